//! When each request of an open loop is to be sent, settled before the first one is. Never what became of it.

use std::time::Duration;

/// The moments, from the start of the load, at which independent callers would send `rate` requests a second
/// for `length`: gaps are drawn from an exponential distribution, so that requests also come close together.
#[must_use]
pub fn arrivals(rate: f64, length: Duration, seed: u64) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut at = 0.0;
    std::iter::from_fn(|| {
        // From 1 down to above 0, so that the logarithm is finite.
        at -= (1.0 - random.f64()).ln() / rate;
        (at < length.as_secs_f64()).then(|| Duration::from_secs_f64(at))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_its_rate_and_its_length() {
        let schedule = arrivals(1000.0, Duration::from_secs(10), 7);
        assert!((9_700..10_300).contains(&schedule.len()), "{}", schedule.len());
        assert!(schedule.is_sorted());
        assert!(schedule.last().unwrap() < &Duration::from_secs(10));
        // Of independent callers 63 in 100 come within the mean gap after the one before.
        let close = schedule.windows(2).filter(|pair| pair[1] - pair[0] < Duration::from_millis(1)).count();
        assert!((0.60..0.66).contains(&(close as f64 / schedule.len() as f64)), "{close}");
    }

    #[test]
    fn a_seed_decides_it_all() {
        let schedule = |seed| arrivals(100.0, Duration::from_secs(1), seed);
        assert_eq!(schedule(1), schedule(1));
        assert_ne!(schedule(1), schedule(2));
    }
}
