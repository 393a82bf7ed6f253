//! A run as Markdown that fits the summary of a CI job: what is not green comes first, and folded. Texts
//! of the guard under test stand in fences that they cannot leave.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::json::Document;
use super::{evidence, harmless};
use crate::event::CaseResult;
use crate::outcome::Outcome;

/// GitHub takes 1 MiB for all summaries of a job; other steps may want some of it.
const MOST: usize = 900 * 1024;

/// The outcomes whose cases are told one by one, the worst first.
const TOLD: &[Outcome] =
    &[Outcome::Fail, Outcome::CouldNotRun, Outcome::Warning, Outcome::KnownFailure, Outcome::NotObservable];

/// The document as Markdown.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut text = head(document) + &areas(&document.results);
    for stale in &document.summary.stale {
        let _infallible =
            writeln!(text, "\nStale: the known failure {} {}.", plain(&stale.entry), plain(&stale.problem));
    }
    for outcome in TOLD {
        let results: Vec<_> = document.results.iter().filter(|result| result.outcome == *outcome).collect();
        if results.is_empty() {
            continue;
        }
        let _infallible = writeln!(text, "\n### {}", heading(*outcome));
        for (told, result) in results.iter().enumerate() {
            let folded = folded(result);
            if text.len() + folded.len() > MOST {
                let _infallible = writeln!(text, "\n… and {} more: see the JSON report.", results.len() - told);
                break;
            }
            text += &folded;
        }
    }
    text + &inapplicable(&document.results)
}

fn head(document: &Document) -> String {
    let (run, summary) = (&document.run, &document.summary);
    let total = document.results.len();
    let count = |outcome| document.results.iter().filter(|result| result.outcome == outcome).count();
    let counted = |count: usize| if count == 1 { "1 case".to_owned() } else { format!("{count} cases") };
    let verdict = match (count(Outcome::Fail), count(Outcome::CouldNotRun), summary.stale.len()) {
        (0, 0, 0) if count(Outcome::Pass) == total => format!("✅ all of {} passed", counted(total)),
        (0, 0, 0) => format!("☑️ {} of {} passed, none failed", count(Outcome::Pass), counted(total)),
        (0, 0, stale) => format!("❌ {stale} known failures are stale"),
        (0, unrun, _) => format!("⚠️ {unrun} of {} could not run", counted(total)),
        (failed, ..) => format!("❌ {failed} of {} failed", counted(total)),
    };
    let roles: Vec<_> = run.commands.keys().map(|role| role.word()).collect();
    let versions: Vec<_> = run.versions.iter().map(|version| version.name()).collect();
    format!(
        "## {}: {verdict}\n\n{} role, MCP {}, edition {}{}, seed {}, {}.{:03} s\n\n",
        plain(&run.subject),
        roles.join(" and "),
        versions.join(", "),
        run.edition,
        if run.strict { ", strict" } else { "" },
        run.seed,
        summary.duration_ms / 1000,
        summary.duration_ms % 1000,
    )
}

/// How many cases of each area came to each outcome that occurred.
fn areas(results: &[CaseResult]) -> String {
    let occurred: BTreeSet<Outcome> = results.iter().map(|result| result.outcome).collect();
    let words: Vec<_> = occurred.iter().map(|outcome| outcome.words()).collect();
    let mut text = format!("| area | {} |\n|---|{}\n", words.join(" | "), "--:|".repeat(words.len()));
    for (area, counts) in evidence::areas(results) {
        let count = |outcome| counts.get(outcome).map_or_else(String::new, ToString::to_string);
        let counts: Vec<_> = occurred.iter().map(count).collect();
        let _infallible = writeln!(text, "| {} | {} |", plain(area), counts.join(" | "));
    }
    text
}

const fn heading(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "Failed",
        Outcome::CouldNotRun => "Could not run",
        Outcome::Warning => "Warnings: a SHOULD was not met",
        Outcome::KnownFailure => "Known failures",
        Outcome::NotObservable => "Not observable here",
        Outcome::Pass => "Passed",
        Outcome::NotApplicable => "Not applicable",
    }
}

fn folded(result: &CaseResult) -> String {
    let (requirement, evidence) = (&result.requirement, evidence::text(result));
    // A fence is closed by one at least as long as itself, and by nothing else.
    let longest = evidence.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(3.max(longest + 1));
    format!(
        "\n<details><summary><code>{}</code> {}: {}</summary>\n\n{fence}text\n{evidence}\n{fence}\n\n</details>\n",
        html(&result.case),
        requirement.level,
        html(&requirement.text),
    )
}

/// Cases that are not about this guard, by reason.
fn inapplicable(results: &[CaseResult]) -> String {
    let reasons = evidence::inapplicable(results);
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = format!("\n### {}\n\n", heading(Outcome::NotApplicable));
    for (reason, cases) in reasons {
        let _infallible = writeln!(text, "- {}: {}", cases.len(), plain(reason));
    }
    text
}

/// Text in which nothing is markup, a mention or a link.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::new();
    for character in harmless(text).chars() {
        match character {
            '@' | ':' | '&' | '<' | '>' | '"' | '|' | '#' => {
                let _infallible = write!(shown, "&#{};", u32::from(character));
            }
            punctuation if punctuation.is_ascii_punctuation() && !".,;/-()'".contains(punctuation) => {
                shown.push('\\');
                shown.push(punctuation);
            }
            other => shown.push(other),
        }
    }
    shown
}

/// Text inside an HTML element.
fn html(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::Stale;

    #[test]
    fn what_is_not_green_is_told_first() {
        let with = |case: &str, outcome| CaseResult { outcome, note: Some("why".into()), ..CaseResult::sample(case) };
        let mut document = Document::sample(vec![
            with("mcp/ping", Outcome::NotApplicable),
            with("mcp/tools", Outcome::Pass),
            CaseResult::failed("{}"),
            with("standing/no-orphan", Outcome::NotObservable),
        ]);
        document.summary.stale.push(Stale { entry: "scan/*: body-altered".into(), problem: "has expired".into() });
        insta::assert_snapshot!(render(&document));
    }

    #[test]
    fn nothing_that_a_guard_writes_leaves_its_fence() {
        let text =
            render(&Document::sample(vec![CaseResult::failed("```\n</details><script>alert(1)</script> `````` @all")]));
        let inside: Vec<_> = text.lines().skip_while(|line| !line.starts_with("```````text")).collect();
        let (last, inside) = inside[1..].split_at(inside[1..].iter().position(|line| *line == "```````").unwrap());
        assert!(last.iter().any(|line| line.contains("<script>")), "{text}");
        assert!(!inside.iter().any(|line| line.contains("<script>")), "{text}");
    }

    #[test]
    fn a_summary_that_would_be_too_long_is_cut_and_says_so() {
        let many = (0..4000).map(|_| CaseResult::failed(&"x".repeat(300))).collect();
        let text = render(&Document::sample(many));
        assert!(text.len() < 1 << 20 && text.contains("more: see the JSON report"), "{}", text.len());
    }

    #[test]
    fn plain_text_is_no_markup() {
        assert_eq!(plain("a|b <i> *x* @me [l](u)"), "a&#124;b &#60;i&#62; \\*x\\* &#64;me \\[l\\](u)");
    }
}
