//! A comparison for readers: as plain text, and as Markdown. Changes come first, gaps after them, and
//! what all guards pass is only counted.

use std::fmt::Write as _;

use super::harmless;
use crate::compare::{Change, Comparison, Row};
use crate::outcome::Outcome;

/// How many columns a cell of the plain text takes.
const WIDTH: usize = 15;

/// The comparison for a terminal.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (number, column) in (1..).zip(&comparison.columns) {
        let counts: Vec<_> =
            column.counts.iter().map(|(outcome, count)| format!("{count} {}", outcome.words())).collect();
        let _infallible = writeln!(text, "[{number}] {}: {}", harmless(&column.title), counts.join(", "));
    }
    for difference in &comparison.differences {
        let _infallible = writeln!(text, "not the same: {}", harmless(difference));
    }
    let width = comparison.rows.iter().map(|row| row.case.len()).max().unwrap_or_default();
    for (title, rows) in sections(comparison) {
        let numbers: String =
            (1..=comparison.columns.len()).map(|number| format!("{:<WIDTH$}", format!("[{number}]"))).collect();
        let _infallible = writeln!(text, "\n{:<width$}  {}", format!("{title} ({})", rows.len()), numbers.trim_end());
        for row in rows {
            let cells: String = row.outcomes.iter().map(|outcome| format!("{:<WIDTH$}", word(*outcome))).collect();
            let _infallible = writeln!(text, "{:<width$}  {}", harmless(&row.case), cells.trim_end());
        }
    }
    let _infallible = writeln!(text, "\n{}", rest(comparison));
    text
}

/// The comparison as Markdown.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let plain = super::markdown::plain;
    let titles: Vec<_> = comparison.columns.iter().map(|column| plain(&column.title)).collect();
    let mut text = String::from("## Guards side by side\n\n");
    for difference in &comparison.differences {
        let _infallible = writeln!(text, "- not the same: {}", plain(difference));
    }
    let head = |first: &str| format!("\n| {first} | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
    text += &head("outcome");
    for outcome in Outcome::ALL {
        let counts: Vec<usize> = comparison
            .columns
            .iter()
            .map(|column| column.counts.iter().find(|(other, _)| other == outcome).map_or(0, |(_, count)| *count))
            .collect();
        if counts.iter().any(|count| *count > 0) {
            let counts: Vec<_> = counts.iter().map(ToString::to_string).collect();
            let _infallible = writeln!(text, "| {} | {} |", outcome.words(), counts.join(" | "));
        }
    }
    for (title, rows) in sections(comparison) {
        let _infallible = write!(text, "\n### {title} ({})\n{}", rows.len(), head("case"));
        for row in rows {
            let cells: Vec<_> = row.outcomes.iter().map(|outcome| word(*outcome)).collect();
            let _infallible = writeln!(text, "| {} | {} |", plain(&row.case), cells.join(" | "));
        }
    }
    let _infallible = writeln!(text, "\n{}", rest(comparison));
    text
}

/// What is told case by case.
fn sections(comparison: &Comparison) -> Vec<(&'static str, Vec<&Row>)> {
    let sections = [
        ("Regressed", comparison.changed(Change::Regressed).collect()),
        ("Mended", comparison.changed(Change::Mended).collect()),
        ("Gaps", comparison.gaps().collect::<Vec<_>>()),
    ];
    sections.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

fn rest(comparison: &Comparison) -> String {
    let passed = |row: &&Row| row.outcomes.iter().all(|outcome| *outcome == Some(Outcome::Pass));
    let all = comparison.rows.iter().filter(passed).count();
    format!("{all} of {} cases passed in every report", comparison.rows.len())
}

const fn word(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "not run",
        Some(Outcome::Pass) => "passed",
        Some(Outcome::Warning) => "warning",
        Some(Outcome::Fail) => "FAILED",
        Some(Outcome::KnownFailure) => "known failure",
        Some(Outcome::NotApplicable) => "not applicable",
        Some(Outcome::NotObservable) => "not seen",
        Some(Outcome::CouldNotRun) => "could not run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CaseResult;
    use crate::report::json::Document;

    #[test]
    fn regressions_stand_apart_from_gaps() {
        use Outcome::{Fail, KnownFailure, Pass};
        let report = |name: &str, outcomes: [Outcome; 4]| {
            let cases = ["scan/allow", "scan/body-exact", "scan/deny", "stdio/crlf"];
            let results = cases.into_iter().zip(outcomes);
            let results = results.map(|(case, outcome)| CaseResult { outcome, ..CaseResult::sample(case) });
            (name.to_owned(), Document::sample(results.collect()))
        };
        let reports = [
            report("old.json", [Pass, KnownFailure, Pass, Fail]),
            report("new.json", [Pass, KnownFailure, Fail, Pass]),
        ];
        let comparison = Comparison::of(&reports);
        insta::assert_snapshot!(text(&comparison) + "\n" + &markdown(&comparison));
    }
}
