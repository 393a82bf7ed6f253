//! How far a measured ratio can be trusted: intervals by drawing again from what was measured. Never a
//! measurement.

/// How often is drawn again.
const DRAWS: usize = 2_000;

/// What is cut off at each end before the mean, as a part of all: single bad moments of a machine.
const TRIMMED: f64 = 0.2;

/// What was measured, and between what bounds it lies in 95 of 100 runs.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The measured value.
    pub estimate: f64,
    /// The upper bound.
    pub high: f64,
}

/// The typical one of several independent ratios: the trimmed mean of their logarithms, with its interval.
///
/// # Panics
/// Never for at least one ratio, all above 0.
#[must_use]
pub fn ratio(ratios: &[f64], seed: u64) -> Interval {
    assert!(!ratios.is_empty(), "an interval needs a measurement");
    let logarithms: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = vec![0.0; logarithms.len()];
    let mut means: Vec<f64> = std::iter::repeat_with(|| {
        drawn.fill_with(|| logarithms[random.usize(..logarithms.len())]);
        trimmed_mean(&mut drawn)
    })
    .take(DRAWS)
    .collect();
    means.sort_unstable_by(f64::total_cmp);
    let at = |quantile: f64| means[((DRAWS - 1) as f64 * quantile).round() as usize].exp();
    Interval { low: at(0.025), estimate: trimmed_mean(&mut logarithms.clone()).exp(), high: at(0.975) }
}

/// Sorts the values, and averages those in the middle.
fn trimmed_mean(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let cut = (values.len() as f64 * TRIMMED) as usize;
    let middle = &values[cut..values.len() - cut];
    middle.iter().sum::<f64>() / middle.len() as f64
}

/// The value that half of them do not exceed; what is left of `values` is in another order.
#[must_use]
pub fn quantile(values: &mut [u64], quantile: f64) -> u64 {
    let Some(last) = values.len().checked_sub(1) else { return 0 };
    let at = (values.len() as f64 * quantile).ceil() as usize;
    *values.select_nth_unstable(at.saturating_sub(1).min(last)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_varies_has_no_width() {
        let interval = ratio(&[1.1; 12], 1);
        for bound in [interval.low, interval.estimate, interval.high] {
            assert!((bound - 1.1).abs() < 1e-9, "{interval:?}");
        }
    }

    #[test]
    fn one_bad_moment_moves_nothing() {
        let mut ratios = vec![1.0; 19];
        ratios.push(50.0);
        assert!((ratio(&ratios, 1).estimate - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        let mut random = fastrand::Rng::with_seed(42);
        // The sum of twelve uniform numbers is as good as normal.
        let mut noise = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let held = (0..100)
            .filter(|seed| {
                let ratios: Vec<f64> = (0..24).map(|_| (0.1 + 0.05 * noise()).exp()).collect();
                let Interval { low, high, .. } = ratio(&ratios, *seed);
                (low..=high).contains(&0.1f64.exp())
            })
            .count();
        assert!((85..=99).contains(&held), "{held} of 100 intervals hold it");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(quantile(&mut values, 0.5), 50);
        assert_eq!(quantile(&mut values, 0.99), 99);
        assert_eq!(quantile(&mut values, 1.0), 100);
        assert_eq!(quantile(&mut [7], 0.01), 7);
        assert_eq!(quantile(&mut [], 0.5), 0);
    }
}
