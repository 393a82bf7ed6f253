//! `guard-conformance list` and `explain`: what there is, and why.

use std::io::Write;

use anyhow::anyhow;
use clap::Args;

use super::{CasesFolder, Filter, load, promises};
use crate::case::{self, Case, Kind};
use crate::finding::Code;
use crate::outcome::Exit;
use crate::version::Scope;

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// Lists the requirements in their place, each with the cases that test it or the reason why none does
    #[arg(long)]
    requirements: bool,
    /// As the Markdown table that is published with the cases
    #[arg(long)]
    markdown: bool,
}

impl List {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let (requirements, cases) = load(&self.filter.cases)?;
        let selection = self.filter.selection(None);
        let cases: Vec<_> = cases.iter().filter(|case| selection.holds(case)).collect();
        let mut out = anstream::stdout().lock();
        if self.requirements {
            return promises::list(&mut out, &requirements, &cases, self.markdown);
        }
        if self.markdown {
            writeln!(out, "{MARKDOWN_HEAD}")?;
        }
        let width = cases.iter().map(|case| case.id.len()).max().unwrap_or_default();
        for case in &cases {
            let Some(requirement) = requirements.get(&case.requirement) else { continue };
            let (level, mark, text) = (requirement.level, requirement.mark, &requirement.text);
            if self.markdown {
                let sins: Vec<_> =
                    case.caught_by.iter().map(|pair| format!("{} → `{}`", pair.sin, pair.finding)).collect();
                let versions = versions(case);
                writeln!(out, "| `{}` | {level} | {mark} | {text} | {versions} | {} |", case.id, sins.join("<br>"))?;
            } else {
                writeln!(out, "{:width$}  {level:6}  {text}", case.id)?;
            }
        }
        Ok(if cases.is_empty() { Exit::NothingSelected } else { Exit::Success })
    }
}

const MARKDOWN_HEAD: &str = "# Cases

Made by `guard-conformance list --markdown`. A case of the area `mcp` is played in each version that the
guard declares, any other in the newest of each era: legacy (with a handshake) and modern (2026-07-28). The
last column is the proof that a case can fail: a sin of the faulty guard, and the finding by which the case
catches it.

| case | level | known from | what is asked | in MCP | proved by |
|---|---|---|---|---|---|";

/// The versions in which a case is played, in words.
pub(super) fn versions(case: &Case) -> String {
    match (case.versions.is_empty(), case.area()) {
        (true, case::PROTOCOL) => "each version".into(),
        (true, _) => "each era".into(),
        (false, _) => case.versions.iter().map(Scope::word).collect::<Vec<_>>().join(", "),
    }
}

/// Explains a case or a finding.
pub(super) fn explain(name: &str, cases: &CasesFolder) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == name) {
        writeln!(out, "{code}: {}", code.meaning())?;
        return Ok(Exit::Success);
    }
    let (requirements, cases) = load(cases)?;
    let case = cases
        .iter()
        .find(|case| case.id == name)
        .ok_or_else(|| anyhow!("there is no case and no finding `{name}`; `guard-conformance list` shows the cases"))?;
    if let Some(requirement) = requirements.get(&case.requirement) {
        writeln!(out, "{}  {} {} ({})", case.id, requirement.level, requirement.id, requirement.mark)?;
        writeln!(out, "\n{}\nSource: {}.", requirement.text, requirement.source)?;
    }
    writeln!(out, "\nWhy: {}", case.why)?;
    let what = if matches!(case.kind, Kind::Standing(_)) { "Judged on every play" } else { "The play" };
    writeln!(out, "\n{what}, as its file writes it:\n")?;
    for line in case.text.lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "\nProved able to fail by:")?;
    for pair in &case.caught_by {
        writeln!(out, "    {}, found as {}: {}", pair.sin, pair.finding, pair.finding.meaning())?;
    }
    Ok(Exit::Success)
}
