//! A run as JUnit XML, for CI systems: a suite for each area, a test case for each case. What did not
//! pass says so, whatever it counts as: a warning or a known failure is no failure, and no plain pass.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::json::Document;
use super::{evidence, harmless};
use crate::event::CaseResult;
use crate::outcome::Outcome;

/// The document as JUnit XML.
#[must_use]
pub fn render(document: &Document) -> String {
    let run = &document.run;
    let mut report = Report::new(format!("guard-conformance on {}", harmless(&run.subject)));
    report.set_time(Duration::from_millis(document.summary.duration_ms));
    let areas = document.results.chunk_by(|one, other| one.area() == other.area());
    for results in areas {
        let Some(first) = results.first() else { continue };
        let mut suite = TestSuite::new(first.area());
        suite.add_property(Property::new("harness", run.harness.as_str()));
        suite.add_property(Property::new("edition", run.edition.to_string()));
        suite.add_property(Property::new("seed", run.seed.to_string()));
        suite.set_time(results.iter().map(|result| Duration::from_millis(result.duration_ms)).sum());
        suite.add_test_cases(results.iter().map(test_case));
        report.add_test_suite(suite);
    }
    if !document.summary.stale.is_empty() {
        let mut suite = TestSuite::new("known failures");
        suite.add_test_cases(document.summary.stale.iter().map(|stale| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("stale").set_message(format!("the known failure {}", stale.problem));
            TestCase::new(stale.entry.as_str(), status)
        }));
        report.add_test_suite(suite);
    }
    // Names and texts are made harmless above, and quick-junit leaves out what XML cannot hold.
    report.to_string().expect("a report in memory can be written")
}

fn test_case(result: &CaseResult) -> TestCase {
    let requirement = &result.requirement;
    let note = || result.note.as_deref().map(harmless).unwrap_or_default();
    let mut status = match result.outcome {
        Outcome::Pass | Outcome::Warning | Outcome::KnownFailure => TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::CouldNotRun => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::NotApplicable | Outcome::NotObservable => TestCaseStatus::skipped(),
    };
    match result.outcome {
        Outcome::Fail => {
            if let Some(finding) = result.findings.first() {
                status.set_type(finding.code.name()).set_message(finding.code.meaning());
            }
            status.set_description(evidence::text(result));
        }
        Outcome::CouldNotRun | Outcome::NotApplicable | Outcome::NotObservable => {
            status.set_type(result.outcome.words()).set_message(note());
        }
        Outcome::Pass | Outcome::Warning | Outcome::KnownFailure => {}
    }
    let mut case = TestCase::new(result.case.as_str(), status);
    case.set_classname(requirement.id.as_str());
    case.set_time(Duration::from_millis(result.duration_ms));
    case.add_property(Property::new("outcome", result.outcome.words()));
    case.add_property(Property::new("requirement", format!("{} {}", requirement.level, requirement.id)));
    if matches!(result.outcome, Outcome::Warning | Outcome::KnownFailure) {
        case.set_system_out(evidence::text(result));
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_sees_what_was_judged() {
        let with = |case: &str, outcome| CaseResult { outcome, note: Some("why".into()), ..CaseResult::sample(case) };
        let document = Document::sample(vec![
            with("mcp/ping", Outcome::NotApplicable),
            with("mcp/tools", Outcome::CouldNotRun),
            CaseResult::failed("<&>\"'"),
            with("scan/deny", Outcome::Pass),
            CaseResult { outcome: Outcome::KnownFailure, ..CaseResult::failed("digits lost") },
        ]);
        let text = render(&document);
        let xml = roxmltree::Document::parse(&text).unwrap();
        let told: Vec<_> = xml
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(|case| {
                let inside: Vec<_> = case
                    .children()
                    .filter(|node| node.is_element() && !node.has_tag_name("properties"))
                    .map(|node| node.tag_name().name())
                    .collect();
                (case.attribute("name").unwrap_or_default(), inside.join(" "))
            })
            .collect();
        assert_eq!(
            told,
            [
                ("mcp/ping", "skipped".into()),
                ("mcp/tools", "error".into()),
                ("scan/body", "failure".into()),
                ("scan/deny", String::new()),
                ("scan/body", "system-out".into()),
            ]
        );
        let root = xml.root_element();
        let count = |name| root.attribute(name).unwrap_or_default();
        assert_eq!((count("tests"), count("failures"), count("errors")), ("5", "1", "1"));
        assert!(text.contains("type=\"body-altered\""), "{text}");
    }

    #[test]
    fn nothing_that_a_guard_writes_breaks_the_xml() {
        let text =
            render(&Document::sample(vec![CaseResult::failed("]]></failure><x/> \0 \u{1b}[2J \u{fffe} \u{202e}")]));
        let xml = roxmltree::Document::parse(&text).unwrap();
        assert!(!xml.descendants().any(|node| node.has_tag_name("x")));
        assert!(!text.contains(['\0', '\u{1b}', '\u{202e}']), "{text}");
    }
}
