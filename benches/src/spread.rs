//! Many durations in a few figures. Never an average: it hides the tail.

use std::time::Duration;

/// What many durations come to.
#[derive(Debug)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Half of them are not longer.
    pub p50: Duration,
    /// Ninety-nine of a hundred are not longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Spread {
    /// Of at least one duration.
    #[must_use]
    pub fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |share: usize| samples[(samples.len() * share / 100).min(samples.len() - 1)];
        Self { count: samples.len(), p50: at(50), p99: at(99), max: at(100) }
    }

    /// The columns p50, p99, max and n of a table.
    #[must_use]
    pub fn row(&self) -> String {
        let us = |duration: Duration| duration.as_secs_f64() * 1e6;
        format!("{:5.0} µs {:5.0} µs {:5.0} µs {:6}", us(self.p50), us(self.p99), us(self.max), self.count)
    }
}
