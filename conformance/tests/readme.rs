//! The README and the pages show what is so: the counts of a run, the exit codes, manifests that can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assert_cmd::Command;
use guard_conformance::case;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::{self, Subject};
use guard_conformance::version::Version;

const README: &str = include_str!("../../README.md");
const MANIFESTS: &str = include_str!("../docs/write-a-manifest.md");

#[test]
fn the_run_that_is_shown_has_every_case() {
    let mut cases = case::load(None, &Requirements::embedded().unwrap()).unwrap();
    cases.retain(|case| case.profile == case::Profile::Default);
    let mut areas: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        *areas.entry(case.area()).or_default() += 1;
    }
    let width = areas.keys().map(|area| area.len()).max().unwrap_or_default();
    for (area, count) in areas {
        assert!(README.contains(&format!("\n{area:width$}  {count} passed\n")), "{area}: {count}");
    }
    assert!(README.contains(&format!("\n{0} cases: {0} passed; ", cases.len())));
    let plays: usize = cases.iter().map(|case| case.played_in(Version::ALL).len()).sum();
    let standing = cases.iter().filter(|case| matches!(case.kind, case::Kind::Standing(_)));
    let plays = plays - standing.map(|case| case.played_in(Version::ALL).len()).sum::<usize>();
    assert!(README.contains(&format!("{} cases in {plays} plays", cases.len())), "{plays} plays");
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = Command::cargo_bin("guard-conformance").unwrap().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let codes = &help[help.find("Exit codes:").unwrap()..];
    assert!(README.contains(codes.trim_end()), "{codes}");
}

#[test]
fn the_manifest_that_is_shown_can_be_read() {
    let start = README.find("# guard.yaml\n").unwrap();
    let text = &README[start..start + README[start..].find("```").unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guard.yaml");
    std::fs::write(&path, text).unwrap();
    let subject = Subject::from_manifest(&path).unwrap();
    assert_eq!(subject.known_failures.len(), 1);
    let start = README.find("command: { proxy:").unwrap();
    let text = &README[start..start + README[start..].find("```").unwrap()];
    std::fs::write(&path, format!("name: my-firewall\n{text}")).unwrap();
    let subject = Subject::from_manifest(&path).unwrap();
    assert!(!subject.asks_gateway() && subject.deny_when.len() == 1 && subject.transforms.len() == 1);
}

#[test]
fn the_manifests_of_the_page_can_be_read_and_name_cases_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner/guard.yaml");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let cases = case::load(None, &Requirements::embedded().unwrap()).unwrap();
    let blocks: Vec<&str> = MANIFESTS.split("```yaml\n").skip(1).collect();
    assert!(blocks.len() > 5);
    for block in blocks {
        let text = block.split("```").next().unwrap();
        assert!(text.starts_with("# guard.yaml\n"), "{text}");
        std::fs::write(&path, text).unwrap();
        let subject = Subject::from_manifest(&path).unwrap_or_else(|error| panic!("{error}\n{text}"));
        for known in &subject.known_failures {
            assert!(cases.iter().any(|case| known.case.matches(&case.id)), "{}", known.case.text());
        }
    }
}

#[test]
fn the_page_has_every_key_of_a_manifest() {
    let schema = serde_json::to_value(subject::schema()).unwrap();
    let mut keys = BTreeSet::new();
    keys_of(&schema, &mut keys);
    assert!(keys.len() > 20 && keys.contains("known_failures") && keys.contains("sometimes"), "{keys:?}");
    let examples: String = MANIFESTS.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    let shown = |key: &&String| {
        let key = format!("{key}:");
        examples.match_indices(&key).any(|(at, _)| examples[..at].ends_with([' ', '\n', '{']))
    };
    let missing: Vec<_> = keys.iter().filter(|key| !shown(key)).collect();
    assert!(missing.is_empty(), "no example has {missing:?}");
    let policies = ["allow", "deny", "hold", "redact"];
    assert!(policies.iter().all(|policy| shown(&&(*policy).to_owned())), "a policy without an example");
}

/// The names of all members that an object of the schema may have.
fn keys_of(schema: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(serde_json::Value::as_object) {
                keys.extend(properties.keys().cloned());
            }
            members.values().for_each(|inner| keys_of(inner, keys));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|inner| keys_of(inner, keys)),
        _ => {}
    }
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut seen = 0;
    for page in std::fs::read_dir(&docs).unwrap() {
        let page = page.unwrap().path();
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.strip_prefix(docs.parent().unwrap()).unwrap().display().to_string();
        assert!(README.contains(&format!("(conformance/{name})")), "the README does not lead to {name}");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            // A claim links the report that it is made with.
            if target != "report.html" {
                assert!(docs.join(target).exists(), "{name} leads to {target}, which does not exist");
            }
        }
        seen += 1;
    }
    assert!(seen >= 2);
}

#[test]
fn the_scenarios_that_are_shown_can_be_read() {
    let blocks: Vec<_> = README.split("```yaml\n").skip(1).filter(|block| block.starts_with("rules:")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let text = block.split("```").next().unwrap();
        mock_gateway::Scenario::parse("README.md", text).unwrap();
    }
}
