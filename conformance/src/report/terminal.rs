//! A run for the person who started it: a line for each area, everything about what is not green,
//! and a summary. Texts of the guard under test are shown harmlessly.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Report, evidence, harmless};
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
        "{BOLD}{}{BOLD:#}  {}, edition {}, {}{} in {}{}, seed {}\nMCP {}\n\n",
        harmless(&header.subject),
        roles(header),
        header.edition,
        header.partition.map(|partition| format!("part {partition}, ")).unwrap_or_default(),
        counted(header.cases, "case"),
        counted(header.plays, "play"),
        if header.repeat > 1 { format!(", {} times", header.repeat) } else { String::new() },
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
    let areas = evidence::areas(results);
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
    let is_told = |outcome| !matches!(outcome, Outcome::Pass | Outcome::NotApplicable);
    for result in results.iter().filter(|result| is_told(result.outcome)) {
        let style = style(result.outcome);
        let _infallible = writeln!(text, "\n{style}{}{style:#}  {BOLD}{}{BOLD:#}", result.outcome.words(), result.case);
        for (label, value) in evidence::brief(result) {
            let _infallible = writeln!(text, "  {DIM}{label:<12}{DIM:#}  {value}");
        }
    }
    let style = style(Outcome::NotApplicable);
    for (why, ids) in evidence::inapplicable(results) {
        let ids = if ids.len() > LISTED { counted(ids.len(), "case") } else { ids.join(", ") };
        let _infallible = writeln!(text, "\n{style}{}{style:#}  {why}: {ids}", Outcome::NotApplicable.words());
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
    use crate::finding::{Code, Finding, Party, Seen};
    use crate::known::Stale;
    use crate::requirement::Level;

    fn result(case: &str, outcome: Outcome, findings: Vec<Finding>) -> CaseResult {
        CaseResult { outcome, findings, ..CaseResult::sample(case) }
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
            Event::Started(Header::sample()),
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
