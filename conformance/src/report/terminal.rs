//! A run for the person who started it: a line for each area, everything about what is not green,
//! and a summary. Texts of the guard under test are shown harmlessly.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Report, harmless};
use crate::event::{CaseResult, Event, Header, Summary};
use crate::outcome::Outcome;
use crate::version::Version;

/// Renders to a terminal, or to anything else without colour when `out` strips it.
pub struct Terminal<W, P> {
    out: W,
    /// Where progress goes, while it goes on.
    progress: Option<P>,
    results: Vec<CaseResult>,
}

impl<W: Write, P: Write> Terminal<W, P> {
    /// Results go to `out`; a line that says how far the run is goes to `progress`.
    pub const fn new(out: W, progress: Option<P>) -> Self {
        Self { out, progress, results: Vec::new() }
    }

    /// What the results were written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn progress(&mut self, text: &str) -> io::Result<()> {
        if let Some(progress) = &mut self.progress {
            // Back to the start of the line, and the line emptied.
            write!(progress, "\r\x1b[2K{text}")?;
            progress.flush()?;
        }
        Ok(())
    }
}

impl<W: Write, P: Write> Report for Terminal<W, P> {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.out.write_all(heading(header).as_bytes()),
            Event::Played { done, total, case, version } => {
                self.progress(&format!("{done}/{total}  {case} in {version}"))
            }
            Event::Judged(result) => {
                self.results.push((**result).clone());
                Ok(())
            }
            Event::Ended(summary) => {
                self.progress("")?;
                let text = areas(&self.results) + &details(&self.results) + &end(summary);
                self.out.write_all(text.as_bytes())?;
                self.out.flush()
            }
        }
    }
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Pass => AnsiColor::Green.on_default(),
        Outcome::Warning => AnsiColor::Yellow.on_default(),
        Outcome::Fail => AnsiColor::Red.on_default().bold(),
        Outcome::KnownFailure => AnsiColor::Magenta.on_default(),
        Outcome::NotApplicable | Outcome::NotObservable => DIM,
        Outcome::CouldNotRun => AnsiColor::Cyan.on_default().bold(),
    }
}

fn heading(header: &Header) -> String {
    format!(
        "{BOLD}{}{BOLD:#}  {}, edition {}, {} in {}, seed {}\nMCP {}\n\n",
        harmless(&header.subject),
        roles(header),
        header.edition,
        counted(header.cases, "case"),
        counted(header.plays, "play"),
        header.seed,
        listed(&header.versions),
    )
}

/// How many cases are named in one line; more are only counted.
const LISTED: usize = 8;

fn roles(header: &Header) -> String {
    let words: Vec<_> = header.commands.keys().map(|role| role.word()).collect();
    format!("{} role{}", words.join(" and "), if words.len() == 1 { "" } else { "s" })
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn listed(versions: &[Version]) -> String {
    versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
}

/// One line for each area: how many cases came to each outcome.
fn areas(results: &[CaseResult]) -> String {
    let mut areas: BTreeMap<&str, BTreeMap<Outcome, usize>> = BTreeMap::new();
    for result in results {
        let area = result.case.split('/').next().unwrap_or_default();
        *areas.entry(area).or_default().entry(result.outcome).or_default() += 1;
    }
    let width = areas.keys().map(|area| area.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (area, counts) in areas {
        let counts: Vec<_> = counts.into_iter().map(count).collect();
        let _infallible = writeln!(text, "{area:width$}  {}", counts.join(", "));
    }
    text
}

fn count((outcome, count): (Outcome, usize)) -> String {
    let style = style(outcome);
    format!("{style}{count} {}{style:#}", outcome.words())
}

/// Everything about the cases that did not pass.
fn details(results: &[CaseResult]) -> String {
    let mut text = String::new();
    let (inapplicable, odd): (Vec<_>, Vec<_>) = results
        .iter()
        .filter(|result| result.outcome != Outcome::Pass)
        .partition(|result| result.outcome == Outcome::NotApplicable);
    for result in odd {
        let style = style(result.outcome);
        let _infallible = writeln!(text, "\n{style}{}{style:#}  {BOLD}{}{BOLD:#}", result.outcome.words(), result.case);
        let requirement = &result.requirement;
        let mut line = |label: &str, value: &str| {
            let _infallible = writeln!(text, "  {DIM}{label:<12}{DIM:#}  {}", harmless(value));
        };
        let origin = format!("{} {} ({}; {})", requirement.level, requirement.id, requirement.mark, requirement.source);
        line("requirement", &origin);
        line("", &requirement.text);
        if let Some(note) = &result.note {
            line("because", note);
        }
        let step = result.findings.first().map(|finding| finding.step.as_str());
        let (first, later): (Vec<_>, Vec<_>) =
            result.findings.iter().partition(|finding| Some(finding.step.as_str()) == step);
        for finding in first {
            let mut place = if finding.step.is_empty() { String::new() } else { format!(", at {}", finding.step) };
            if finding.versions.len() < result.versions.len() {
                let _infallible = write!(place, ", in MCP {}", listed(&finding.versions));
            }
            line("found", &format!("{} ({}{place}): {}", finding.code, finding.level, finding.code.meaning()));
            line("expected", &finding.expected);
            for seen in &finding.seen {
                line(&format!("{} saw", seen.party), &seen.what);
            }
        }
        // What comes later in a play usually follows from what came first; the JSON report has it whole.
        if !later.is_empty() {
            let later: Vec<_> = later.iter().map(|finding| format!("{} at {}", finding.code, finding.step)).collect();
            line("then", &later.join(", "));
        }
        line("run again", &result.rerun);
    }
    if !inapplicable.is_empty() {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for result in inapplicable {
            reasons.entry(result.note.as_deref().unwrap_or_default()).or_default().push(&result.case);
        }
        let style = style(Outcome::NotApplicable);
        let words = Outcome::NotApplicable.words();
        for (why, ids) in reasons {
            let ids = if ids.len() > LISTED { counted(ids.len(), "case") } else { ids.join(", ") };
            let _infallible = writeln!(text, "\n{style}{words}{style:#}  {why}: {ids}");
        }
    }
    text
}

fn end(summary: &Summary) -> String {
    let mut text = String::new();
    for stale in &summary.stale {
        let red = style(Outcome::Fail);
        let _infallible = writeln!(text, "\n{red}stale{red:#}  known failure `{}` {}", stale.entry, stale.problem);
    }
    let total: usize = summary.counts.iter().map(|(_, count)| count).sum();
    let counts: Vec<_> = summary.counts.iter().copied().map(count).collect();
    let seconds = f64::from(u32::try_from(summary.duration_ms).unwrap_or(u32::MAX)) / 1000.0;
    let _infallible =
        writeln!(text, "\n{BOLD}{}{BOLD:#}: {}; {seconds:.1} s", counted(total, "case"), counts.join(", "));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Role;
    use crate::finding::{Code, Finding, Party, Seen};
    use crate::known::Stale;
    use crate::requirement::{Level, Mark, Requirement};

    fn result(case: &str, outcome: Outcome, findings: Vec<Finding>) -> CaseResult {
        CaseResult {
            case: case.into(),
            outcome,
            requirement: Requirement {
                id: "scan.deny".into(),
                level: Level::Must,
                text: "A DENY reads as DENY.".into(),
                source: "the guard's page, decisions".into(),
                mark: Mark::Seed,
                untested: None,
            },
            versions: vec![Version::V2026_07_28, Version::V2025_11_25],
            findings,
            note: None,
            duration_ms: 12,
            rerun: format!("guard-conformance run --case {case} -- my-guard"),
        }
    }

    #[test]
    fn a_run_is_shown_with_everything_about_what_is_not_green() {
        let finding = Finding {
            code: Code::DecisionEscalated,
            level: Level::Must,
            step: "2".into(),
            versions: vec![Version::V2025_11_25],
            expected: "the decision DENY".into(),
            seen: vec![
                Seen { party: Party::Client, what: "\u{1b}[2Jnice try\n\u{202e}".into() },
                Seen { party: Party::Gateway, what: "/v1/scan → 200".into() },
            ],
        };
        let events = [
            Event::Started(Header {
                harness: "0.1.0".into(),
                subject: "my-guard".into(),
                commands: [(Role::Scan, vec!["my-guard".into()])].into(),
                versions: vec![Version::V2026_07_28, Version::V2025_11_25],
                edition: 1,
                seed: 7,
                cases: 3,
                plays: 5,
                budget_ms: 300,
            }),
            Event::Judged(Box::new(result("mcp/ping", Outcome::Pass, vec![]))),
            Event::Judged(Box::new(result("scan/deny", Outcome::Fail, vec![finding]))),
            Event::Judged(Box::new(result("mcp/batch", Outcome::NotApplicable, vec![]))),
            Event::Ended(Summary {
                counts: vec![(Outcome::Pass, 1), (Outcome::Fail, 1), (Outcome::NotApplicable, 1)],
                stale: vec![Stale {
                    entry: "scan/x: body-altered".into(),
                    problem: "was not found any more; take it out".into(),
                }],
                duration_ms: 1234,
            }),
        ];
        let mut out = anstream::StripStream::new(Vec::new());
        let mut report = Terminal::new(&mut out, None::<Vec<u8>>);
        for event in &events {
            report.tell(event).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(out.into_inner()).unwrap());
    }
}
