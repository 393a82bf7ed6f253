//! The part of each case: what was asked, what was found and seen, and the line that runs it again. What
//! crossed is drawn by the page itself, from its data, when the part is opened.

use std::fmt::Write as _;

use super::text::Shown;
use super::{class, counted, duration, mark};
use crate::event::{CaseResult, Header};
use crate::finding::Finding;
use crate::known::Known;
use crate::report::evidence;

/// Every case, area by area.
pub(super) fn sections(run: &Header, results: &[CaseResult]) -> String {
    let mut text = String::new();
    let numbered: Vec<(usize, &CaseResult)> = results.iter().enumerate().collect();
    for group in numbered.chunk_by(|a, b| a.1.area() == b.1.area()) {
        let outcomes: Vec<_> = group.iter().map(|(_, result)| result.outcome).collect();
        let _infallible = writeln!(
            text,
            "<section class=\"area\"><h3>{} <span class=\"quiet\">{}</span></h3>",
            Shown(group[0].1.area()),
            counted(&outcomes)
        );
        for (index, result) in group {
            case(&mut text, run, *index, result);
        }
        text += "</section>\n";
    }
    text
}

fn case(text: &mut String, run: &Header, index: usize, result: &CaseResult) {
    let versions: Vec<_> = result.versions.iter().map(|version| version.name()).collect();
    let requirement = &result.requirement;
    let _infallible = write!(
        text,
        "<details class=\"case {class}\" id=\"{id}\" data-index=\"{index}\" data-outcome=\"{class}\" \
         data-area=\"{area}\" data-versions=\"{versions}\">\n<summary><span class=\"mark {class}\" \
         aria-hidden=\"true\">{mark}</span> <span class=\"id\">{id}</span> <span class=\"asked\">{asked}</span> \
         <span class=\"outcome {class}\">{outcome}</span>{took}</summary>\n<div class=\"body\">\n<p><strong>{level}</strong> \
         <code>{requirement}</code> <span class=\"quiet\">{known}: {source}</span></p>\n<p>{asked}</p>\n",
        class = class(result.outcome),
        id = Shown(&result.case),
        area = Shown(result.area()),
        versions = versions.join(" "),
        mark = mark(result.outcome),
        asked = Shown(&requirement.text),
        outcome = result.outcome.words(),
        took = took(result.duration_ms),
        level = requirement.level,
        requirement = Shown(&requirement.id),
        known = requirement.mark,
        source = Shown(&requirement.source),
    );
    if let Some(note) = &result.note {
        let _infallible = writeln!(text, "<p class=\"note\"><strong>because</strong> {}</p>", Shown(note));
    }
    if let Some(rounds) = evidence::rounds(result) {
        let _infallible = writeln!(text, "<p class=\"note\"><strong>rounds</strong> {}</p>", Shown(&rounds));
    }
    for found in &result.findings {
        finding(text, run, found, result);
    }
    let _infallible = write!(
        text,
        "<p class=\"again\"><span class=\"quiet\">run again</span> <code tabindex=\"0\">{}</code></p>\n\
         <div class=\"plays\"></div>\n</div></details>\n",
        Shown(&result.rerun)
    );
}

/// A standing check has no time of its own.
fn took(ms: u64) -> String {
    if ms == 0 { String::new() } else { format!(" <span class=\"took\">{}</span>", duration(ms)) }
}

fn finding(text: &mut String, run: &Header, finding: &Finding, result: &CaseResult) {
    let mut place = if finding.step.is_empty() { String::new() } else { format!(", at {}", finding.step) };
    if finding.versions.len() < result.versions.len() {
        let versions: Vec<_> = finding.versions.iter().map(|version| version.name()).collect();
        let _infallible = write!(place, ", in MCP {}", versions.join(", "));
    }
    let _infallible = write!(
        text,
        "<section class=\"finding\">\n<h4><code>{code}</code> <span class=\"quiet\">{level}{place}</span></h4>\n\
         <p>{meaning}</p>\n<dl>\n<dt>expected</dt><dd>{expected}</dd>\n",
        code = finding.code,
        level = finding.level,
        place = Shown(&place),
        meaning = Shown(finding.code.meaning()),
        expected = Shown(&finding.expected),
    );
    for seen in &finding.seen {
        let _infallible = writeln!(text, "<dt>{} saw</dt><dd><code>{}</code></dd>", seen.party, Shown(&seen.what));
    }
    for known in known(run, finding, result) {
        let _infallible = writeln!(text, "<dt>known</dt><dd>{}</dd>", Shown(&excuse(known)));
    }
    text.push_str("</dl>\n</section>\n");
}

/// What the manifest says of a finding.
fn known<'a>(run: &'a Header, finding: &'a Finding, result: &'a CaseResult) -> impl Iterator<Item = &'a Known> {
    let covers = |known: &Known, version| known.covers(&result.case, finding, version, run.day);
    run.known_failures.iter().filter(move |known| finding.versions.iter().any(|version| covers(known, *version)))
}

fn excuse(known: &Known) -> String {
    let until = known.expires.map(|day| format!(", until {}", day.0)).unwrap_or_default();
    let sometimes = if known.sometimes { ", seen in some runs only" } else { "" };
    format!("{}{until}{sometimes}", known.reason)
}
