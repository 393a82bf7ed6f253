//! Every requirement at a glance: a row for each area, a cell for each requirement with what its cases came
//! to. Never what was found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::text::Shown;
use super::{class, counted, mark};
use crate::event::CaseResult;
use crate::outcome::Outcome;

/// Outcomes from the one that a cell must not hide to the one that says least.
const WORST_FIRST: [Outcome; 7] = [
    Outcome::Fail,
    Outcome::CouldNotRun,
    Outcome::Warning,
    Outcome::KnownFailure,
    Outcome::NotObservable,
    Outcome::Pass,
    Outcome::NotApplicable,
];

type Areas<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a CaseResult>>>;

/// The grid as a table.
pub(super) fn table(results: &[CaseResult]) -> String {
    let mut areas: Areas<'_> = BTreeMap::new();
    for result in results {
        areas.entry(result.area()).or_default().entry(&result.requirement.id).or_default().push(result);
    }
    let mut text = String::from(
        "<table class=\"grid\"><caption class=\"unseen\">Requirements by area</caption>\n\
         <thead class=\"unseen\"><tr><th scope=\"col\">area</th><th scope=\"col\">requirements</th></tr></thead>\n<tbody>\n",
    );
    for (area, requirements) in &areas {
        let outcomes: Vec<_> = requirements.values().flatten().map(|result| result.outcome).collect();
        let _infallible = write!(
            text,
            "<tr><th scope=\"row\">{} <span class=\"quiet\">{}</span></th><td>",
            Shown(area),
            counted(&outcomes)
        );
        for (id, cases) in requirements {
            cell(&mut text, id, cases);
        }
        text += "</td></tr>\n";
    }
    text + "</tbody></table>\n"
}

fn cell(text: &mut String, id: &str, cases: &[&CaseResult]) {
    let worst = WORST_FIRST.iter().find_map(|outcome| cases.iter().find(|case| case.outcome == *outcome));
    let Some(worst) = worst else { return };
    let outcomes: Vec<_> = cases.iter().map(|case| case.outcome).collect();
    let label = format!("{id}: {}", counted(&outcomes));
    let _infallible = write!(
        text,
        "<a class=\"cell {class}\" href=\"#{case}\" title=\"{label}\"><span aria-hidden=\"true\">{mark}</span>\
         <span class=\"unseen\">{label}</span></a>",
        class = class(worst.outcome),
        case = Shown(&worst.case),
        label = Shown(&label),
        mark = mark(worst.outcome),
    );
}
