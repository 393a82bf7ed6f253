//! How latencies are spread: what share comes within which time, and how long the rare ones take. Both
//! show every value that was kept, up to the longest.

use super::chart::{Axis, Chart, Line};
use super::scale::Scale;
use super::time;
use crate::bench::results::Distribution;

/// A spread, and what it is called.
pub(super) type Named<'a> = (String, &'a Distribution);

/// The share of answers that came within a time.
pub(super) fn cumulative(title: String, spreads: &[Named<'_>]) -> Chart {
    let lines =
        spreads.iter().map(|(name, spread)| Line { name: named(name, spread), points: steps(spread), dotted: false });
    Chart {
        title,
        x: Axis::new("latency", times(spreads), time),
        y: Axis::new("share of answers", Scale::Share, |share| format!("{:.0} %", share * 100.0)),
        lines: lines.collect(),
    }
}

/// The time that one of so many answers takes or exceeds.
pub(super) fn percentiles(title: String, spreads: &[Named<'_>]) -> Chart {
    const MARKS: [(f64, &str); 7] = [
        (1.0, "min"),
        (2.0, "50 %"),
        (10.0, "90 %"),
        (100.0, "99 %"),
        (1e3, "99.9 %"),
        (1e4, "99.99 %"),
        (1e5, "99.999 %"),
    ];
    let most = spreads.iter().map(|(_, spread)| spread.n).max().unwrap_or_default().max(10) as f64;
    let lines = spreads.iter().map(|(name, spread)| Line {
        name: named(name, spread),
        points: rarities(spread),
        dotted: false,
    });
    let marks =
        MARKS.iter().filter(|(rarity, _)| *rarity <= most).map(|(rarity, words)| (*rarity, (*words).to_owned()));
    Chart {
        title,
        x: Axis { name: "share of answers that came sooner", scale: Scale::Log(1.0, most), marks: marks.collect() },
        y: Axis::new("latency", times(spreads), time),
        lines: lines.collect(),
    }
}

/// What no picture shows, and nobody should have to guess.
fn named(name: &str, spread: &Distribution) -> String {
    format!("{name}: n {}, max {}", spread.n, time(spread.max as f64))
}

fn times(spreads: &[Named<'_>]) -> Scale {
    Scale::around(spreads.iter().flat_map(|(_, spread)| [spread.min as f64, spread.max as f64]))
}

/// A step up at every value.
fn steps(spread: &Distribution) -> Vec<(f64, f64)> {
    let mut sooner = 0;
    let mut points = Vec::new();
    for (value, count) in &spread.histogram {
        points.push((*value as f64, sooner as f64 / spread.n as f64));
        sooner += count;
        points.push((*value as f64, sooner as f64 / spread.n as f64));
    }
    points
}

/// For every value, one of how many answers is as long as that or longer.
fn rarities(spread: &Distribution) -> Vec<(f64, f64)> {
    let mut sooner = 0;
    let mut points = Vec::new();
    for (value, count) in &spread.histogram {
        points.push((spread.n as f64 / (spread.n - sooner).max(1) as f64, *value as f64));
        sooner += count;
    }
    // The longest stands at the end, however many are as long.
    points.extend(spread.histogram.last().map(|(value, _)| (spread.n as f64, *value as f64)));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread() -> Distribution {
        let histogram = vec![(1_000, 50), (2_000, 40), (4_000, 9), (900_000, 1)];
        Distribution { n: 100, min: 1_000, p50: 1_000, p90: 2_000, p99: 4_000, p999: 900_000, max: 900_000, histogram }
    }

    #[test]
    fn each_value_stands_at_the_share_that_came_before_it() {
        assert_eq!(rarities(&spread()), [(1.0, 1e3), (2.0, 2e3), (10.0, 4e3), (100.0, 9e5), (100.0, 9e5)]);
        assert_eq!(steps(&spread())[..4], [(1e3, 0.0), (1e3, 0.5), (2e3, 0.5), (2e3, 0.9)]);
        assert_eq!(steps(&spread()).last(), Some(&(9e5, 1.0)));
    }

    #[test]
    fn how_many_there_were_and_the_longest_are_always_told() {
        let spread = spread();
        for chart in
            [cumulative("a".into(), &[("scan".into(), &spread)]), percentiles("a".into(), &[("scan".into(), &spread)])]
        {
            assert!(chart.figure().contains("scan: n 100, max 900 µs"));
        }
    }
}
