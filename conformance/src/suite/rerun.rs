//! The line that a person copies to run a case again. Never how it is shown.

use super::Options;
use crate::case::{Case, Kind};
use crate::finding::Finding;
use crate::subject::Subject;
use crate::version::Version;

/// The line that runs a case again; for a standing check, on the plays that offended.
pub(super) fn line(
    case: &Case,
    findings: &[Finding],
    versions: &[Version],
    subject: &Subject,
    options: &Options,
) -> String {
    let mut cases = vec![case.id.as_str()];
    if matches!(case.kind, Kind::Standing(_)) {
        cases.extend(findings.iter().map(|finding| finding.step.as_str()));
        cases.dedup();
    }
    let mut words = options.rerun.clone();
    for id in cases {
        words.extend(["--case".into(), globset::escape(id)]);
    }
    let offended: Vec<_> =
        versions.iter().filter(|version| findings.iter().any(|found| found.versions.contains(version))).collect();
    if offended.len() < versions.len() {
        words.extend(offended.iter().flat_map(|version| ["--mcp".to_owned(), version.to_string()]));
    } else {
        words.extend(options.versions.iter().flat_map(|version| ["--mcp".to_owned(), version.to_string()]));
    }
    words.extend(subject.selector.iter().cloned());
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}
