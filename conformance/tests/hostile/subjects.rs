//! What the suite must make of each trick: found where it was played and nowhere else, in bounded
//! time and memory, and nothing of it left.

use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::bounded::{Bounded, HOSTILE, OTHERS, suite_in_a_process};

/// How much memory the suite may take above what its cases took, in kilobytes.
const MEMORY: u64 = 40 << 10;

/// How much it may take where the gateway is flooded: its journal and its connections have bounds of
/// their own, and what is kept of a journal is read once more by the judge.
const MEMORY_OF_GATEWAY: u64 = 110 << 10;

/// How long a whole run may take. The deadlines of the guard add up to less than half of it; the rest
/// is for a busy machine.
const TIME: Duration = Duration::from_secs(40);

/// A standing check, and the code that it finds.
type Standing = (&'static str, &'static str);

/// Each trick, with a code that must be found in the case that met it, and one in a standing check.
/// None where the harness has nothing to reproach the guard with.
const TRICKS: &[(&str, Option<&str>, Option<Standing>)] = &[
    ("honest", None, None),
    ("endless-lines", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("endless-answers", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("endless-line", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("empty-lines", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("dense-answer", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("dense-answers", Some("no-answer"), Some(("stdout-purity", "output-flood"))),
    ("never-reads", Some("no-answer"), Some(("clean-exit", "no-exit-on-eof"))),
    ("pipe-held", Some("died"), Some(("no-orphan", "orphan-left"))),
    ("pipe-held-apart", None, Some(("no-orphan", "orphan-left"))),
    ("ignores-term", Some("no-answer"), None),
    ("stops-itself", Some("no-answer"), Some(("clean-exit", "no-exit-on-eof"))),
    ("closes-stdout", Some("no-answer"), Some(("clean-exit", "no-exit-on-eof"))),
    ("dies-mid-answer", Some("died"), Some(("stdout-purity", "stdout-noise"))),
    ("half-a-line", Some("no-answer"), Some(("stdout-purity", "stdout-noise"))),
    ("answers-twice", None, Some(("one-answer", "answered-twice"))),
    ("thin-air", None, Some(("one-answer", "answer-unasked"))),
    ("floods-stderr", None, Some(("key-secret", "output-flood"))),
    ("forks", Some("died"), Some(("clean-exit", "died"))),
    ("forks-apart", Some("died"), Some(("clean-exit", "died"))),
    ("hops", None, Some(("no-orphan", "orphan-left"))),
    ("hides", None, Some(("no-orphan", "orphan-left"))),
    ("fills-folder", Some("died"), Some(("clean-exit", "died"))),
    ("many-files", Some("died"), Some(("clean-exit", "died"))),
    ("folder-unreadable", Some("no-answer"), Some(("clean-exit", "no-exit-on-eof"))),
    ("folder-deep", None, None),
    ("symlinks", None, None),
    ("forges-reports", None, None),
    ("holds-gateway", Some("no-answer"), None),
    ("floods-gateway", None, Some(("key-secret", "output-flood"))),
];

pub(crate) fn trials() -> Vec<Trial> {
    let tricks = TRICKS.iter().map(|(trick, own, standing)| {
        Trial::test(format!("suite/{trick}"), move || {
            let run = contained(trick)?;
            let codes = run.codes(HOSTILE);
            assert!(own.map_or(codes.is_empty(), |code| codes.contains(&code)), "{codes:?} is found of its own");
            match standing {
                Some((check, code)) => {
                    let codes = run.codes(&format!("standing/{check}"));
                    assert!(codes.contains(code), "{check}: {codes:?}");
                }
                None if own.is_none() => {
                    assert!(run.outcomes.values().all(|outcome| outcome == "passed" || outcome == "not applicable"));
                }
                None => {}
            }
            Ok(())
        })
    });
    let lost = ["kills-keeper", "stops-keeper"].map(|trick| {
        Trial::test(format!("suite/{trick}"), move || {
            let run = contained(trick)?;
            assert_eq!(run.outcomes[HOSTILE], "could not run", "nothing of such a play can be believed");
            Ok(())
        })
    });
    tricks.chain(lost).chain([Trial::test("suite/costume", costume)]).collect()
}

/// Runs the suite and holds it to its bounds: others' cases pass, and what is found stands at the case
/// that met the trick.
fn contained(trick: &str) -> Result<Bounded, Failed> {
    let run = suite_in_a_process(trick, TIME)?;
    for case in OTHERS {
        assert_eq!(run.outcomes.get(case).map(String::as_str), Some("passed"), "{case} of {trick}: {:?}", run.findings);
    }
    for (case, code, step, seen) in &run.findings {
        assert!(case == HOSTILE || step == HOSTILE, "{code} in {case}: {seen}");
    }
    let memory = if trick.ends_with("-gateway") { MEMORY_OF_GATEWAY } else { MEMORY };
    assert!(run.grown_kb < memory, "{trick}: {} KB above its cases", run.grown_kb);
    assert_eq!(run.left, [""; 0], "{trick}: files are left");
    Ok(run)
}

/// Whatever a guard says of itself must not act on who reads it.
fn costume() -> Result<(), Failed> {
    let run = contained("costume")?;
    assert!(run.codes(HOSTILE).contains(&"died"), "{:?}", run.findings);
    assert!(run.terminal.contains("<script>"), "what was said is shown: {}", run.terminal);
    let acts = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut rest = run.terminal.as_str();
    while let Some(at) = rest.find(acts) {
        let after = &rest[at..];
        // Our own colours come from anstyle, which writes nothing but these.
        let own = ["\n", "\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"];
        let style = own.iter().find(|style| after.starts_with(**style));
        let style = style.ok_or_else(|| format!("acts: {:?}", after.chars().take(20).collect::<String>()))?;
        rest = &after[style.len()..];
        assert!(!rest.starts_with("red\u{9b}") && !rest.starts_with("red\\u"), "the guard's own colour: {rest:?}");
    }
    let document: serde_json::Value = serde_json::from_str(&run.json)?;
    assert!(document.to_string().contains("<script>"), "JSON keeps what was said");
    assert!(run.json.chars().all(|c| c >= ' ' || c == '\n'), "and nothing of it is raw");
    Ok(())
}
