//! The README shows what the program prints: the counts of a run, and the exit codes.

use std::collections::BTreeMap;

use assert_cmd::Command;
use guard_conformance::case;
use guard_conformance::requirement::Requirements;
use guard_conformance::version::Version;

const README: &str = include_str!("../../README.md");

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
    let subject = guard_conformance::subject::Subject::from_manifest(&path).unwrap();
    assert_eq!(subject.known_failures.len(), 1);
    let start = README.find("command: { proxy:").unwrap();
    let text = &README[start..start + README[start..].find("```").unwrap()];
    std::fs::write(&path, format!("name: my-firewall\n{text}")).unwrap();
    let subject = guard_conformance::subject::Subject::from_manifest(&path).unwrap();
    assert!(!subject.asks_gateway() && subject.deny_when.len() == 1 && subject.transforms.len() == 1);
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
