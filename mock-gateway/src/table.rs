//! The fidelity table as a person reads it. Text only.

use std::fmt::Write as _;

use mock_gateway::fidelity::{Mark, behaviours};

/// What each mark means, then every behaviour under its mark.
pub(crate) fn fidelity() -> String {
    let marks = [
        (Mark::Seed, "the vendor's integration page for MCP says so"),
        (Mark::Documented, "the vendor's public API documentation says so"),
        (Mark::Observed, "a published client library relies on it"),
        (Mark::Assumed, "nothing public says; this is the most careful reading"),
    ];
    let width = behaviours().map(|behaviour| behaviour.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (mark, meaning) in marks {
        let marked: Vec<_> = behaviours().filter(|behaviour| behaviour.mark == mark).collect();
        writeln!(text, "{} ({}): {meaning}", mark.name(), marked.len()).expect("a String takes every text");
        for behaviour in marked {
            writeln!(text, "  {:width$}  {}", behaviour.id, behaviour.text).expect("a String takes every text");
        }
        text.push('\n');
    }
    let assumed = behaviours().filter(|behaviour| behaviour.mark == Mark::Assumed).count();
    writeln!(text, "{assumed} of {} behaviours are assumed.", behaviours().count()).expect("a String takes every text");
    text
}
