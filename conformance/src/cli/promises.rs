//! `guard-conformance list --requirements`: what a guard is held to, and what shows it. Never a single case's play.

use std::collections::BTreeSet;
use std::io::Write;

use super::list::versions;
use crate::case::Case;
use crate::outcome::Exit;
use crate::requirement::{Requirement, Requirements};

const MARKDOWN_HEAD: &str = "# Requirements

Made by `guard-conformance list --requirements --markdown`. What MCP asks of clients, of
servers over HTTP and of those that join several servers into one is left out, because no guard plays that part
here. A requirement that no case tests says why. The column on MCP has the versions in which its cases are played.

| requirement | level | known from | what is asked | source | in MCP | cases |
|---|---|---|---|---|---|---|";

/// Lists the requirements, in the order of their ids, with those of the cases that test them.
pub(super) fn list(
    out: &mut impl Write,
    requirements: &Requirements,
    cases: &[&Case],
    markdown: bool,
) -> anyhow::Result<Exit> {
    if markdown {
        writeln!(out, "{MARKDOWN_HEAD}")?;
    }
    let width = requirements.iter().map(|requirement| requirement.id.len()).max().unwrap_or_default();
    for requirement in requirements.iter() {
        let tested: Vec<&Case> = cases.iter().copied().filter(|case| case.requirement == requirement.id).collect();
        let Requirement { id, level, text, source, mark, untested } = requirement;
        if markdown {
            let shown: BTreeSet<String> = tested.iter().map(|case| versions(case)).collect();
            let shown = shown.into_iter().collect::<Vec<_>>().join("; ");
            let links = tested.iter().map(|case| format!("[`{0}`](cases/{0}.yaml)", case.id));
            let reason = untested.iter().map(|why| format!("untested: {why}"));
            let cases = links.chain(reason).collect::<Vec<_>>().join("<br>");
            writeln!(out, "| `{id}` | {level} | {mark} | {text} | {source} | {shown} | {cases} |")?;
        } else {
            let count = match (tested.len(), untested) {
                (0, Some(_)) => "untested".to_owned(),
                (1, _) => "1 case".to_owned(),
                (count, _) => format!("{count} cases"),
            };
            writeln!(out, "{id:width$}  {level:6}  {count:8}  {text}")?;
        }
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;

    #[test]
    fn every_requirement_has_a_case_or_a_reason_and_not_both() {
        let requirements = Requirements::embedded().unwrap();
        let cases = case::load(None, &requirements).unwrap();
        let is_tested = |requirement: &&Requirement| cases.iter().any(|case| case.requirement == requirement.id);
        let odd: Vec<_> = requirements.iter().filter(|one| is_tested(one) == one.untested.is_some()).collect();
        assert!(odd.is_empty(), "{odd:#?}");
    }
}
