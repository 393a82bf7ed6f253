//! The whole run as one page that needs nothing but itself: a summary, a grid of requirements, and each case
//! with what crossed in it. What is read, not drawn, is there without a script.

mod cases;
mod data;
mod grid;
pub(crate) mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::event::{CaseResult, Header, Summary};
use crate::outcome::Outcome;
use crate::report::json::Document;
use text::Shown;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The run as a page of HTML.
#[must_use]
pub fn render(document: &Document) -> String {
    let Document { run, results, summary, .. } = document;
    let data = data::of(results);
    let mut page = head(run, summary);
    page += &header(run, results, summary);
    page += "<main id=\"main\">\n";
    page += &stale(summary);
    page += &odd(results);
    let _infallible = write!(
        page,
        "<section aria-labelledby=\"requirements\">\n<h2 id=\"requirements\">Requirements</h2>\n{}</section>\n\
         <section aria-labelledby=\"cases\">\n<h2 id=\"cases\">Cases</h2>\n<div id=\"filters\" role=\"search\" hidden></div>\n",
        grid::table(results)
    );
    if data.left_out > 0 {
        let _infallible = writeln!(
            page,
            "<p class=\"note\">{} without a timeline here, to keep the page small; the JSON report has them all.</p>",
            plural(data.left_out, "case is", "cases are")
        );
    }
    page += "<noscript><p class=\"note\">Timelines and filters need the script of this page.</p></noscript>\n";
    page += &cases::sections(run, results);
    let _infallible = write!(
        page,
        "<p id=\"none\" class=\"note\" hidden>No case fits.</p>\n</section>\n</main>\n<footer>guard-conformance {}</footer>\n\
         <script type=\"application/json\" id=\"data\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        Shown(&run.harness),
        data.json
    );
    page
}

fn head(run: &Header, summary: &Summary) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        policy(),
        Shown(&run.subject),
        sentence(summary),
    )
}

/// What the page may do: its own style and script, known by their digests, and nothing else at all.
fn policy() -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        digest(SCRIPT),
        digest(STYLE)
    )
}

fn header(run: &Header, results: &[CaseResult], summary: &Summary) -> String {
    let mut text = format!(
        "<a class=\"skip\" href=\"#main\">To the results</a>\n<header>\n<h1>{}</h1>\n<p class=\"sentence {}\">{}</p>\n\
         <ul class=\"counts\">\n",
        Shown(&run.subject),
        worst(summary),
        sentence(summary)
    );
    for (outcome, count) in &summary.counts {
        let _infallible = writeln!(
            text,
            "<li class=\"{}\"><span class=\"mark\" aria-hidden=\"true\">{}</span> <b>{count}</b> {}</li>",
            class(*outcome),
            mark(*outcome),
            outcome.words()
        );
    }
    text += "</ul>\n<dl class=\"facts\">\n";
    let mut fact = |name: &str, value: &str| {
        let _infallible = writeln!(text, "<div><dt>{name}</dt><dd>{}</dd></div>", Shown(value));
    };
    let versions: Vec<_> = run.versions.iter().map(|version| version.name()).collect();
    fact("MCP", &versions.join(", "));
    fact("played", &format!("{} in {}", plural(run.cases, "case", "cases"), plural(run.plays, "play", "plays")));
    fact("took", &duration(summary.duration_ms));
    fact("on", &run.day.0.to_string());
    fact("edition", &run.edition.to_string());
    fact("seed", &run.seed.to_string());
    fact("scan budget", &format!("{} ms", run.budget_ms));
    if run.strict {
        fact("strict", "a SHOULD that is not met fails");
    }
    if run.repeat > 1 {
        fact("repeated", &plural(run.repeat as usize, "round", "rounds"));
    }
    match run.partition {
        Some(partition) => fact("part", &partition.to_string()),
        None if !run.whole => fact("selection", "not every case of the profile was played"),
        None => {}
    }
    if !run.unplayed.is_empty() {
        let versions: Vec<_> = run.unplayed.iter().map(|version| version.name()).collect();
        fact("not played in", &versions.join(", "));
    }
    for (role, command) in &run.commands {
        let words = command.iter().map(String::as_str);
        let line = shlex::try_join(words).unwrap_or_else(|_| command.join(" "));
        let _infallible = writeln!(
            text,
            "<div class=\"wide\"><dt>{} role</dt><dd><code>{}</code></dd></div>",
            role.word(),
            Shown(&line)
        );
    }
    let slowest = slowest(results);
    if !slowest.is_empty() {
        let _infallible = writeln!(text, "<div class=\"wide\"><dt>answers</dt><dd>{slowest}</dd></div>");
    }
    text + "</dl>\n</header>\n"
}

/// How long the guard took for its answers, over all plays.
fn slowest(results: &[CaseResult]) -> String {
    let calls = results.iter().flat_map(|result| &result.plays).flat_map(|play| &play.calls);
    let mut took: Vec<u64> = calls.filter_map(|call| call.took_us).collect();
    took.sort_unstable();
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied();
    let (Some(half), Some(most), Some(longest)) = (at(50), at(90), took.last()) else { return String::new() };
    format!(
        "{}: half within {}, nine of ten within {}, the longest {}; cases that make the gateway wait are among them",
        plural(took.len(), "request", "requests"),
        micros(half),
        micros(most),
        micros(*longest)
    )
}

fn stale(summary: &Summary) -> String {
    if summary.stale.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<section class=\"stale\" aria-labelledby=\"stale\">\n<h2 id=\"stale\">Known failures to take out</h2>\n<ul>\n",
    );
    for stale in &summary.stale {
        let _infallible = writeln!(text, "<li><code>{}</code> {}</li>", Shown(&stale.entry), Shown(&stale.problem));
    }
    text + "</ul>\n</section>\n"
}

/// What wants a look: every case that says something against the guard, or nothing though it should.
fn odd(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for outcome in [Outcome::Fail, Outcome::CouldNotRun, Outcome::Warning, Outcome::KnownFailure] {
        for result in results.iter().filter(|result| result.outcome == outcome) {
            let why = result.findings.first().map_or_else(
                || result.note.clone().unwrap_or_default(),
                |finding| format!("{}: {}", finding.code, finding.code.meaning()),
            );
            let _infallible = writeln!(
                text,
                "<li class=\"{0}\"><span class=\"outcome {0}\"><span aria-hidden=\"true\">{1}</span> {2}</span> \
                 <a href=\"#{3}\">{3}</a> <span class=\"quiet\">{4}</span></li>",
                class(outcome),
                mark(outcome),
                outcome.words(),
                Shown(&result.case),
                Shown(&why)
            );
        }
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "<section aria-labelledby=\"look\">\n<h2 id=\"look\">What did not pass</h2>\n<ul class=\"odd\">\n{text}</ul>\n</section>\n"
    )
}

/// The run in one sentence.
fn sentence(summary: &Summary) -> String {
    let of = |outcome| summary.counts.iter().find(|(other, _)| *other == outcome).map_or(0, |(_, count)| *count);
    let total: usize = summary.counts.iter().map(|(_, count)| count).sum();
    let (failed, passed) = (of(Outcome::Fail), of(Outcome::Pass));
    if failed > 0 {
        format!("{failed} of {} failed", plural(total, "case", "cases"))
    } else if !summary.stale.is_empty() {
        "no case failed, but a known failure is to be taken out".into()
    } else if of(Outcome::CouldNotRun) > 0 {
        format!("{} of {} could not run", of(Outcome::CouldNotRun), plural(total, "case", "cases"))
    } else if passed == total && total > 0 {
        format!("all of {} passed", plural(total, "case", "cases"))
    } else {
        format!("none failed, {passed} of {} passed", plural(total, "case", "cases"))
    }
}

/// The class of the sentence: green only where everything passed.
fn worst(summary: &Summary) -> &'static str {
    let any = |outcome| summary.counts.iter().any(|(other, count)| *other == outcome && *count > 0);
    if any(Outcome::Fail) || !summary.stale.is_empty() {
        class(Outcome::Fail)
    } else if any(Outcome::CouldNotRun) {
        class(Outcome::CouldNotRun)
    } else if any(Outcome::Pass) && summary.counts.iter().filter(|(_, count)| *count > 0).count() == 1 {
        class(Outcome::Pass)
    } else {
        "mixed"
    }
}

/// How many came to each outcome, in words.
fn counted(outcomes: &[Outcome]) -> String {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry(*outcome).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(outcome, count)| format!("{count} {}", outcome.words())).collect();
    counts.join(", ")
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Milliseconds as a reader wants them.
fn duration(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { micros(ms.saturating_mul(1000)) }
}

fn micros(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

/// The name of an outcome in the style and in filters.
const fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warning => "warning",
        Outcome::Fail => "fail",
        Outcome::KnownFailure => "known-failure",
        Outcome::NotApplicable => "not-applicable",
        Outcome::NotObservable => "not-observable",
        Outcome::CouldNotRun => "could-not-run",
    }
}

/// The sign of an outcome, for who does not see colours.
const fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Warning => "!",
        Outcome::Fail => "✗",
        Outcome::KnownFailure => "≈",
        Outcome::NotApplicable => "–",
        Outcome::NotObservable => "○",
        Outcome::CouldNotRun => "?",
    }
}

#[cfg(test)]
mod tests;
