//! Known failures that should go, from what a run has shown. What makes one stale is in `known`.

use crate::case::{Case, Kind};
use crate::event::{CaseResult, Header};
use crate::known::{self, Pattern};
use crate::outcome::Outcome;

/// Of the known failures that `run` names, those that `results` prove stale. A standing check proves
/// nothing unless every play that there is was played, and a case that did not run proves nothing at all.
pub(crate) fn stale(cases: &[Case], run: &Header, results: &[CaseResult]) -> Vec<known::Stale> {
    let is_standing = |id: &str| cases.iter().any(|case| case.id == id && matches!(case.kind, Kind::Standing(_)));
    let judged: Vec<_> = results
        .iter()
        .filter(|result| {
            !matches!(result.outcome, Outcome::CouldNotRun | Outcome::NotObservable | Outcome::NotApplicable)
        })
        .filter(|result| (run.whole && run.partition.is_none()) || !is_standing(&result.case))
        .map(|result| (result.case.as_str(), result.versions.as_slice(), result.findings.as_slice()))
        .collect();
    let exists = |pattern: &Pattern| cases.iter().any(|case| pattern.matches(&case.id));
    known::stale(&run.known_failures, &judged, exists, &run.unplayed, run.day)
}
