//! How much of the budget each workload spends: a bar from a microsecond to the budget, full up to the
//! median, light up to 99 of 100, with a mark at the longest. Never a judgement.

use std::fmt::Write as _;

use super::scale::Scale;
use super::time;
use crate::bench::results::Results;
use crate::report::html::text::Shown;

/// Where bars begin, in nanoseconds.
const SHORTEST: f64 = 1_000.0;

/// A table with a bar in each row.
pub(super) fn table(results: &Results) -> String {
    let budget = results.budget_ns as f64;
    let scale = Scale::Log(SHORTEST, budget.max(10.0 * SHORTEST));
    let mut table = format!(
        "<div class=\"chart\" tabindex=\"0\" role=\"group\" aria-label=\"{name}: shares of the budget\">\n<table>\n\
         <caption>{name}: each workload beside the budget of {budget}; the bars run from 1 µs to it, each step \
         ten times the one before</caption>\n<thead><tr><th scope=\"col\">workload</th><th scope=\"col\">p50</th>\
         <th scope=\"col\">p99</th><th scope=\"col\">max</th><th scope=\"col\">n</th><th scope=\"col\">ratio</th>\
         <th scope=\"col\">p99 of budget</th><th scope=\"col\">of the budget</th></tr></thead>\n<tbody>\n",
        name = Shown(&results.subject.name),
        budget = time(budget),
    );
    for workload in &results.workloads {
        let latency = &workload.latency;
        let ratio = workload.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let _infallible = write!(
            table,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{ratio}</td><td>{}</td><td>",
            Shown(&workload.name),
            time(latency.p50 as f64),
            time(latency.p99 as f64),
            time(latency.max as f64),
            latency.n,
            percent(workload.budget_share)
        );
        let at = |value: u64| 200.0 * scale.place(value as f64);
        let (half, most, longest) = (at(latency.p50), at(latency.p99), at(latency.max));
        let _infallible = writeln!(
            table,
            "<svg class=\"bar\" viewBox=\"0 0 204 14\" aria-hidden=\"true\"><path class=\"room\" d=\"M0 7H200\"/>\
             <path class=\"most\" d=\"M0 7H{most:.1}\"/><path class=\"half\" d=\"M0 7H{half:.1}\"/>\
             <path class=\"longest\" d=\"M{longest:.1} 1V13\"/><path class=\"end\" d=\"M201 0V14\"/></svg></td></tr>"
        );
    }
    table + "</tbody>\n</table>\n</div>\n"
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 0.01 { "< 0.01 %".to_owned() } else { format!("{percent:.2} %") }
}
