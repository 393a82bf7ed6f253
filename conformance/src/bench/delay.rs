//! How long a gateway takes to decide: drawn from the number of the scan, or told by the clock. Never a wait.

use std::time::Duration;

/// How a gateway spends its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// It decides at once.
    None,
    /// Half of the scans take longer than `median`, and 1 of 40 more than twice that: a distant gateway.
    Lognormal {
        /// What half of them take at most.
        median: Duration,
    },
    /// One scan in `every` takes `spike`, the others nothing.
    Spikes {
        /// How rare a spike is.
        every: u32,
        /// How long it is.
        spike: Duration,
    },
    /// In each `period` nothing is decided for its first part: whoever comes then waits for the end of it.
    Stalls {
        /// From one stall to the next.
        period: Duration,
        /// How long each is.
        stall: Duration,
    },
}

/// The spread of [`Delay::Lognormal`]: the standard deviation of the logarithm.
const SIGMA: f64 = 0.35;

impl Delay {
    /// How long the scan of this number is kept waiting that arrives so long after the start.
    #[must_use]
    pub fn of(self, number: u64, at: Duration) -> Duration {
        let mut random = fastrand::Rng::with_seed(number);
        match self {
            Self::None => Duration::ZERO,
            Self::Lognormal { median } => {
                // Box and Muller's way from two uniform numbers to a normal one.
                let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * random.f64()).cos();
                median.mul_f64((SIGMA * normal).exp())
            }
            Self::Spikes { every, spike } => {
                if random.u32(..every) == 0 {
                    spike
                } else {
                    Duration::ZERO
                }
            }
            Self::Stalls { period, stall } => {
                let into = Duration::from_nanos(u64::try_from(at.as_nanos() % period.as_nanos()).unwrap_or_default());
                stall.saturating_sub(into)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn drawn(delay: Delay) -> Vec<Duration> {
        let mut all: Vec<_> = (0..10_000).map(|number| delay.of(number, Duration::ZERO)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_distant_gateway_has_its_median_and_a_tail() {
        let all = drawn(Delay::Lognormal { median: 80 * MS });
        assert!((78 * MS..82 * MS).contains(&all[5_000]), "{:?}", all[5_000]);
        let tail = all.iter().filter(|delay| **delay > 160 * MS).count();
        assert!((150..350).contains(&tail), "{tail} of 10000");
    }

    #[test]
    fn spikes_are_as_rare_as_was_said() {
        let all = drawn(Delay::Spikes { every: 100, spike: 250 * MS });
        let spikes = all.iter().filter(|delay| **delay == 250 * MS).count();
        assert!((60..140).contains(&spikes), "{spikes} of 10000");
        assert_eq!(all[0], Duration::ZERO);
    }

    #[test]
    fn a_stall_ends_for_all_at_once() {
        let stalls = Delay::Stalls { period: 1_000 * MS, stall: 200 * MS };
        for (at, wait) in [(0, 200), (50, 150), (199, 1), (200, 0), (999, 0), (1_050, 150)] {
            assert_eq!(stalls.of(3, at * MS), wait * MS, "at {at} ms");
        }
    }
}
