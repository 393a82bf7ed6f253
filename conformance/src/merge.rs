//! Puts the reports of the parts of one run together, as if one machine had run it. Pure.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::event::{CaseResult, Summary};
use crate::finding;
use crate::outcome::{Exit, Outcome};
use crate::partition::Partition;
use crate::report::json::Document;
use crate::suite;

/// Parts that are not one run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// A report is of a whole run.
    #[error("{0} is no part of a run: it was not made with --partition")]
    NoPart(String),
    /// Two reports are of different runs.
    #[error("{first} and {other} are of different runs: they differ in {what}")]
    Different {
        /// The first of all parts.
        first: String,
        /// The one that is not like it.
        other: String,
        /// In what they differ.
        what: &'static str,
    },
    /// The same part twice.
    #[error("{first} and {other} are both part {partition}")]
    Twice {
        /// One of them.
        first: String,
        /// The other.
        other: String,
        /// The part that both are.
        partition: Partition,
    },
    /// Not all parts are there.
    #[error("part {0} is missing: a run is not judged by some of its parts")]
    Missing(Partition),
}

/// The whole run, from all of its parts, each with the name of its file; and its exit code. `cases` are
/// all that there are.
///
/// # Errors
/// When the parts are not those of one run, or one is missing.
pub fn merge(parts: Vec<(String, Document)>, cases: &[Case]) -> Result<(Document, Exit), MergeError> {
    let mut ordered: BTreeMap<Partition, (String, Document)> = BTreeMap::new();
    for (name, document) in parts {
        let partition = document.run.partition.ok_or_else(|| MergeError::NoPart(name.clone()))?;
        if let Some((first, like)) = ordered.values().next()
            && let Some(what) = difference(like, &document)
        {
            return Err(MergeError::Different { first: first.clone(), other: name, what });
        }
        if let Some((first, _)) = ordered.get(&partition) {
            return Err(MergeError::Twice { first: first.clone(), other: name, partition });
        }
        ordered.insert(partition, (name, document));
    }
    let of = ordered.keys().next().map_or(1, |partition| partition.of);
    let all = (1..=of).map(|number| Partition { number, of });
    if let Some(missing) = all.into_iter().find(|partition| !ordered.contains_key(partition)) {
        return Err(MergeError::Missing(missing));
    }
    let mut documents = ordered.into_values().map(|(_, document)| document);
    let mut whole = documents.next().expect("a run has a first part");
    let mut results: BTreeMap<String, CaseResult> = by_case(whole.results);
    for document in documents {
        whole.run.plays += document.run.plays;
        whole.run.day = whole.run.day.max(document.run.day);
        whole.run.budget_ms = whole.run.budget_ms.max(document.run.budget_ms);
        whole.summary.duration_ms = whole.summary.duration_ms.max(document.summary.duration_ms);
        for (case, result) in by_case(document.results) {
            let both = match results.remove(&case) {
                Some(first) => combined(first, result),
                None => result,
            };
            results.insert(case, both);
        }
    }
    whole.run.partition = None;
    whole.run.cases = results.len();
    whole.results = results.into_values().collect();
    let outcomes: Vec<Outcome> = whole.results.iter().map(|result| result.outcome).collect();
    let stale = suite::stale(cases, &whole.run, &whole.results);
    let exit = Exit::of(&outcomes, !stale.is_empty());
    whole.summary = Summary { counts: Outcome::count(&outcomes), stale, ..whole.summary };
    Ok((whole, exit))
}

fn by_case(results: Vec<CaseResult>) -> BTreeMap<String, CaseResult> {
    results.into_iter().map(|result| (result.case.clone(), result)).collect()
}

/// What two parts of one run have in common, and these have not.
fn difference(first: &Document, other: &Document) -> Option<&'static str> {
    let (a, b) = (&first.run, &other.run);
    let of = |partition: Option<Partition>| partition.map(|partition| partition.of);
    [
        (first.report != other.report || a.harness != b.harness, "the version of the harness"),
        (a.subject != b.subject, "the guard"),
        (a.commands != b.commands, "the guard's command"),
        (a.versions != b.versions || a.unplayed != b.unplayed, "the MCP versions"),
        (a.edition != b.edition, "the edition of the suite"),
        (a.strict != b.strict, "--strict"),
        (a.repeat != b.repeat, "--repeat"),
        (a.known_failures != b.known_failures, "the known failures"),
        (a.whole != b.whole, "which cases were selected"),
        (of(a.partition) != of(b.partition), "the number of parts"),
    ]
    .into_iter()
    .find_map(|(differs, what)| differs.then_some(what))
}

/// A standing check, judged on the plays of two parts.
fn combined(first: CaseResult, other: CaseResult) -> CaseResult {
    let worse = other.outcome.severity() > first.outcome.severity();
    let (mut shown, other) = if worse { (other, first) } else { (first, other) };
    finding::merge(&mut shown.findings, &other.findings);
    for version in other.versions {
        if !shown.versions.contains(&version) {
            shown.versions.push(version);
        }
    }
    shown.versions.sort_unstable_by(|a, b| b.cmp(a));
    shown.plays.extend(other.plays);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Finding};
    use crate::known::Known;
    use crate::requirement::{Level, Requirements};
    use crate::version::Version;

    const SEEN_IN: Version = Version::V2025_11_25;

    fn result(case: &str, outcome: Outcome) -> CaseResult {
        let finding = Finding {
            code: Code::KeyLeaked,
            level: Level::Must,
            step: "scan/deny".into(),
            versions: vec![SEEN_IN],
            expected: String::new(),
            seen: vec![],
        };
        CaseResult {
            outcome,
            findings: if outcome == Outcome::Pass { Vec::new() } else { vec![finding] },
            ..CaseResult::sample(case)
        }
    }

    fn part(number: usize, results: Vec<CaseResult>) -> (String, Document) {
        let mut document = Document::sample(results);
        document.run.partition = Some(Partition { number, of: 2 });
        document.run.whole = true;
        (format!("{number}.json"), document)
    }

    fn cases() -> Vec<Case> {
        crate::case::load(None, &Requirements::embedded().unwrap()).unwrap()
    }

    #[test]
    fn a_standing_check_fails_when_it_failed_in_one_part() {
        let first = part(1, vec![result("scan/deny", Outcome::Pass), result("standing/key-secret", Outcome::Pass)]);
        let second = part(2, vec![result("scan/allow", Outcome::Pass), result("standing/key-secret", Outcome::Fail)]);
        let (whole, exit) = merge(vec![second, first], &cases()).unwrap();
        let told: Vec<_> = whole.results.iter().map(|result| (result.case.as_str(), result.outcome)).collect();
        let (pass, fail) = (Outcome::Pass, Outcome::Fail);
        assert_eq!(told, [("scan/allow", pass), ("scan/deny", pass), ("standing/key-secret", fail)]);
        assert_eq!((exit, whole.summary.counts), (Exit::GuardFailed, vec![(pass, 2), (fail, 1)]));
        assert_eq!((whole.run.partition, whole.run.cases), (None, 3));
    }

    #[test]
    fn a_known_failure_that_no_part_has_seen_is_stale_in_the_whole() {
        let known = || Known {
            case: "standing/key-secret".parse().unwrap(),
            finding: Code::KeyLeaked,
            reason: "printed once".into(),
            versions: Vec::new(),
            expires: None,
            sometimes: false,
        };
        let with = |number, outcome| {
            let (name, mut document) = part(number, vec![result("standing/key-secret", outcome)]);
            document.run.known_failures = vec![known()];
            (name, document)
        };
        let (_, exit) = merge(vec![with(1, Outcome::Pass), with(2, Outcome::KnownFailure)], &cases()).unwrap();
        assert_eq!(exit, Exit::Success, "one part has seen it");
        let (whole, exit) = merge(vec![with(1, Outcome::Pass), with(2, Outcome::Pass)], &cases()).unwrap();
        assert_eq!((exit, whole.summary.stale.len()), (Exit::GuardFailed, 1));
    }

    #[test]
    fn what_is_not_all_of_one_run_is_refused() {
        let error = |parts| merge(parts, &cases()).unwrap_err().to_string();
        let part = |number| part(number, vec![result("scan/deny", Outcome::Pass)]);
        assert!(error(vec![part(1)]).contains("part 2/2 is missing"));
        assert!(error(vec![part(1), part(1), part(2)]).contains("are both part 1/2"));
        let (name, mut other) = part(2);
        other.run.subject = "another".into();
        assert!(error(vec![part(1), (name, other)]).contains("differ in the guard"));
        let (name, mut other) = part(2);
        other.run.partition = None;
        assert!(error(vec![part(1), (name, other)]).contains("is no part of a run"));
    }
}
