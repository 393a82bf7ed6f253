//! What there is to say of results, before it is set for a terminal, a summary or XML. Texts of the guard
//! under test are shown harmlessly.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::harmless;
use crate::event::CaseResult;
use crate::finding::Finding;
use crate::outcome::Outcome;

/// A label, and what it says.
pub(super) type Line = (String, String);

/// The requirement, what was found and seen, and the line that runs the case again.
pub(super) fn whole(result: &CaseResult) -> Vec<Line> {
    let mut lines = promise(result);
    lines.extend(result.findings.iter().flat_map(|finding| found(finding, result)));
    lines.push(again(result));
    lines
}

/// The same, but of what was found later in the play only where: it usually follows from what came first.
pub(super) fn brief(result: &CaseResult) -> Vec<Line> {
    let step = result.findings.first().map(|finding| finding.step.as_str());
    let (first, later): (Vec<_>, Vec<_>) =
        result.findings.iter().partition(|finding| Some(finding.step.as_str()) == step);
    let mut lines = promise(result);
    lines.extend(first.into_iter().flat_map(|finding| found(finding, result)));
    if !later.is_empty() {
        let later: Vec<_> = later.iter().map(|finding| format!("{} at {}", finding.code, finding.step)).collect();
        lines.push(line("then", &later.join(", ")));
    }
    lines.push(again(result));
    lines
}

/// The whole of it as text.
pub(super) fn text(result: &CaseResult) -> String {
    let lines: Vec<_> = whole(result).into_iter().map(|(label, value)| format!("{label:<12}  {value}")).collect();
    lines.join("\n")
}

fn line(label: &str, value: &str) -> Line {
    (label.to_owned(), harmless(value))
}

fn promise(result: &CaseResult) -> Vec<Line> {
    let requirement = &result.requirement;
    let origin = format!("{} {} ({}; {})", requirement.level, requirement.id, requirement.mark, requirement.source);
    let mut lines = vec![line("requirement", &origin), line("", &requirement.text)];
    lines.extend(result.note.as_deref().map(|note| line("because", note)));
    lines.extend(rounds(result).map(|rounds| line("rounds", &rounds)));
    lines
}

/// How many rounds came to what, where there was more than one.
pub(super) fn rounds(result: &CaseResult) -> Option<String> {
    let of: usize = result.rounds.iter().map(|(_, times)| times).sum();
    let rounds: Vec<_> = result.rounds.iter().map(|(outcome, times)| format!("{} {times}", outcome.words())).collect();
    (of > 0).then(|| format!("{} of {of}", rounds.join(", ")))
}

fn found(finding: &Finding, result: &CaseResult) -> Vec<Line> {
    let mut place = if finding.step.is_empty() { String::new() } else { format!(", at {}", finding.step) };
    if finding.versions.len() < result.versions.len() {
        let versions: Vec<_> = finding.versions.iter().map(|version| version.name()).collect();
        let _infallible = write!(place, ", in MCP {}", versions.join(", "));
    }
    let mut lines = vec![
        line("found", &format!("{} ({}{place}): {}", finding.code, finding.level, finding.code.meaning())),
        line("expected", &finding.expected),
    ];
    lines.extend(finding.seen.iter().map(|seen| line(&format!("{} saw", seen.party), &seen.what)));
    lines
}

fn again(result: &CaseResult) -> Line {
    line("run again", &result.rerun)
}

/// How many cases of each area came to each outcome that occurred.
pub(super) fn areas(results: &[CaseResult]) -> BTreeMap<&str, BTreeMap<Outcome, usize>> {
    let mut areas: BTreeMap<&str, BTreeMap<Outcome, usize>> = BTreeMap::new();
    for result in results {
        *areas.entry(result.area()).or_default().entry(result.outcome).or_default() += 1;
    }
    areas
}

/// The cases that are not about this guard, by reason.
pub(super) fn inapplicable(results: &[CaseResult]) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in results.iter().filter(|result| result.outcome == Outcome::NotApplicable) {
        reasons.entry(result.note.as_deref().unwrap_or_default()).or_default().push(&result.case);
    }
    reasons
}
