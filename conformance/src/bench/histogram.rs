//! Many durations and how they are spread, in constant memory. Never what they were spent on.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::results::Distribution;

/// How many decimal digits are kept of each duration.
const DIGITS: u8 = 3;

/// What is longer counts as this: an hour is beyond every budget, and the table stays small.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Durations, counted by value.
#[derive(Debug, Clone)]
pub struct Spread(Histogram<u64>);

impl Default for Spread {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("three digits are among those that a histogram can keep"))
    }
}

impl Spread {
    /// Counts one more.
    pub fn record(&mut self, duration: Duration) {
        self.0.record(nanos(duration.min(LONGEST))).expect("a histogram that grows by itself takes every value");
    }

    /// Counts all of another one too.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("a histogram that grows by itself takes every other one");
    }

    /// What they come to. All is 0 where nothing was counted.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        let at = |quantile| self.0.value_at_quantile(quantile).min(self.0.max());
        Distribution {
            n: self.0.len(),
            min: if self.0.is_empty() { 0 } else { self.0.min() },
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max(),
            histogram: self
                .0
                .iter_recorded()
                .map(|value| (value.value_iterated_to().min(self.0.max()), value.count_at_value()))
                .collect(),
        }
    }
}

impl FromIterator<Duration> for Spread {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut spread = Self::default();
        for duration in durations {
            spread.record(duration);
        }
        spread
    }
}

/// A duration as results store it.
#[must_use]
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(range: impl Iterator<Item = u64>) -> Spread {
        range.map(Duration::from_micros).collect()
    }

    /// Within the three digits that are kept.
    fn is_about(value: u64, wanted: u64) -> bool {
        value.abs_diff(wanted) * 1000 <= wanted
    }

    #[test]
    fn percentiles_are_those_of_what_was_counted() {
        let spread = micros(1..=1000).distribution();
        assert_eq!(spread.n, 1000);
        for (value, wanted) in [
            (spread.min, 1_000),
            (spread.p50, 500_000),
            (spread.p90, 900_000),
            (spread.p99, 990_000),
            (spread.p999, 999_000),
            (spread.max, 1_000_000),
        ] {
            assert!(is_about(value, wanted), "{value} for {wanted}");
        }
        assert_eq!(spread.histogram.iter().map(|(_, count)| count).sum::<u64>(), 1000);
        assert!(spread.histogram.is_sorted());
    }

    #[test]
    fn two_merged_are_as_if_counted_together() {
        let mut low = micros(1..=500);
        low.merge(&micros(501..=1000));
        assert_eq!(low.distribution(), micros(1..=1000).distribution());
        // A percentile of both is not the mean of the percentiles.
        let mut fast = micros((0..99).map(|_| 10));
        fast.merge(&micros(std::iter::once(100_000)));
        assert!(is_about(fast.distribution().p99, 10_000), "{:?}", fast.distribution());
        assert!(is_about(fast.distribution().max, 100_000_000));
    }

    #[test]
    fn nothing_counted_is_nothing_long() {
        let nothing = Spread::default().distribution();
        assert_eq!((nothing.n, nothing.min, nothing.p50, nothing.max), (0, 0, 0, 0));
        assert!(nothing.histogram.is_empty());
    }
}
