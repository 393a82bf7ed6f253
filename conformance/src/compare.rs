//! Several reports side by side: which guard passes what, and, of reports on the same guard, what is worse
//! than before. Pure, and never how it is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{CaseResult, Header};
use crate::outcome::Outcome;
use crate::report::json::Document;
use crate::requirement::Requirement;

/// Reports side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The reports, in the order given.
    pub columns: Vec<Column>,
    /// Every case that is in any of them, in the order of ids.
    pub rows: Vec<Row>,
    /// What is not the same in all runs, so that a reader does not take one for the other.
    pub differences: Vec<String>,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The guard's name, with the file's where two reports are on a guard of the same name.
    pub title: String,
    /// How many cases came to each outcome.
    pub counts: Vec<(Outcome, usize)>,
}

/// One case in all reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The case.
    pub case: String,
    /// The requirement, as the last report that has the case says it.
    pub requirement: Requirement,
    /// What became of it, by report; `None` where it was not run.
    pub outcomes: Vec<Option<Outcome>>,
    /// What changed, from one report to the next on a guard of the same name; the last change counts.
    pub change: Option<Change>,
}

/// From one report to the next on the same guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It fails, and did not before.
    Regressed,
    /// It failed, and does not any more.
    Mended,
}

impl Comparison {
    /// Compares reports, each with the name of its file; reports on the same guard stand in the order of age.
    #[must_use]
    pub fn of(reports: &[(String, Document)]) -> Self {
        let is_twin = |name: &str| reports.iter().filter(|(_, report)| report.run.subject == name).count() > 1;
        let columns = reports
            .iter()
            .map(|(file, report)| Column {
                title: match report.run.subject.as_str() {
                    name if is_twin(name) => format!("{name} ({file})"),
                    name => name.to_owned(),
                },
                counts: report.summary.counts.clone(),
            })
            .collect();
        let by_case: Vec<BTreeMap<&str, &CaseResult>> = reports
            .iter()
            .map(|(_, report)| report.results.iter().map(|result| (result.case.as_str(), result)).collect())
            .collect();
        let cases: BTreeSet<&str> = by_case.iter().flat_map(|results| results.keys().copied()).collect();
        let rows = cases
            .into_iter()
            .filter_map(|case| {
                let outcomes: Vec<_> =
                    by_case.iter().map(|results| results.get(case).map(|result| result.outcome)).collect();
                let last = by_case.iter().rev().find_map(|results| results.get(case))?;
                let change = change(reports, &outcomes);
                Some(Row { case: case.to_owned(), requirement: last.requirement.clone(), outcomes, change })
            })
            .collect();
        Self { columns, rows, differences: differences(reports) }
    }

    /// The rows that changed in this way.
    pub fn changed(&self, change: Change) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.change == Some(change))
    }

    /// The rows that are a gap of some guard, and no change: it fails, is known to, or does not as it should.
    pub fn gaps(&self) -> impl Iterator<Item = &Row> {
        let is_gap = |outcome: &Option<Outcome>| {
            matches!(outcome, Some(Outcome::Fail | Outcome::KnownFailure | Outcome::Warning))
        };
        self.rows.iter().filter(move |row| row.change.is_none() && row.outcomes.iter().any(is_gap))
    }
}

fn change(reports: &[(String, Document)], outcomes: &[Option<Outcome>]) -> Option<Change> {
    let mut latest: BTreeMap<&str, Outcome> = BTreeMap::new();
    let mut change = None;
    for ((_, report), outcome) in reports.iter().zip(outcomes) {
        // What was not run, or could not be seen, says nothing for or against.
        let Some(now) = outcome.filter(|outcome| is_verdict(*outcome)) else { continue };
        let before = latest.insert(report.run.subject.as_str(), now);
        change = match (before, now) {
            (Some(Outcome::Pass | Outcome::Warning), Outcome::Fail | Outcome::KnownFailure)
            | (Some(Outcome::KnownFailure), Outcome::Fail) => Some(Change::Regressed),
            // A failure that somebody wrote down as known is none the better for it.
            (Some(Outcome::Fail | Outcome::KnownFailure), Outcome::Pass | Outcome::Warning) => Some(Change::Mended),
            _ => change,
        };
    }
    change
}

const fn is_verdict(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Warning | Outcome::Fail | Outcome::KnownFailure)
}

fn differences(reports: &[(String, Document)]) -> Vec<String> {
    let told = |what: &str, tell: &dyn Fn(&Header) -> String| {
        let values: Vec<String> = reports.iter().map(|(_, report)| tell(&report.run)).collect();
        let differ = values.windows(2).any(|two| two[0] != two[1]);
        differ.then(|| format!("{what}: {}", values.join(" | ")))
    };
    let versions = |run: &Header| run.versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ");
    let roles = |run: &Header| run.commands.keys().map(|role| role.word()).collect::<Vec<_>>().join(" and ");
    let selected = |run: &Header| match (run.partition, run.whole) {
        (Some(partition), _) => format!("part {partition}"),
        (None, true) => "all".to_owned(),
        (None, false) => format!("a selection of {}", run.cases),
    };
    [
        told("harness", &|run| run.harness.clone()),
        told("edition", &|run| run.edition.to_string()),
        told("roles", &roles),
        told("MCP", &versions),
        told("cases", &selected),
        told("strict", &|run| if run.strict { "yes".into() } else { "no".into() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(subject: &str, results: &[(&str, Outcome)]) -> (String, Document) {
        let result = |(case, outcome): &(&str, Outcome)| CaseResult { outcome: *outcome, ..CaseResult::sample(case) };
        let mut document = Document::sample(results.iter().map(result).collect());
        document.run.subject = subject.into();
        (format!("{subject}.json"), document)
    }

    fn changes(reports: &[(String, Document)]) -> Vec<(String, Option<Change>)> {
        Comparison::of(reports).rows.into_iter().map(|row| (row.case, row.change)).collect()
    }

    #[test]
    fn a_regression_is_of_one_guard_over_time() {
        use Outcome::{Fail, KnownFailure, NotObservable, Pass};
        let old = report("mine", &[("a/a", Pass), ("a/b", Fail), ("a/c", Fail), ("a/d", Pass), ("a/e", Fail)]);
        let new = [("a/a", Fail), ("a/b", Pass), ("a/c", Fail), ("a/d", NotObservable), ("a/e", KnownFailure)];
        let changed = changes(&[old.clone(), report("mine", &new)]);
        let due = [Some(Change::Regressed), Some(Change::Mended), None, None, None];
        assert_eq!(changed.iter().map(|(_, change)| *change).collect::<Vec<_>>(), due);
        let other = report("another", &[("a/a", Fail)]);
        assert!(changes(&[old, other]).iter().all(|(_, change)| change.is_none()), "two guards are no history");
    }

    #[test]
    fn what_was_not_run_is_neither_gap_nor_change() {
        let comparison = Comparison::of(&[report("a", &[("x/y", Outcome::Pass)]), report("b", &[])]);
        assert_eq!(comparison.rows[0].outcomes, [Some(Outcome::Pass), None]);
        assert_eq!(comparison.gaps().count(), 0);
    }

    #[test]
    fn what_differs_between_the_runs_is_said() {
        let (mut a, b) = (report("a", &[]), report("a", &[]));
        a.1.run.edition = 2;
        let comparison = Comparison::of(&[a, b]);
        assert_eq!(comparison.differences, ["edition: 2 | 1"]);
        assert_eq!(comparison.columns[0].title, "a (a.json)");
    }
}
