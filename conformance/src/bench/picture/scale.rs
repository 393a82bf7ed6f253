//! From values to places on an axis: evenly, or by their logarithm. Never what is drawn there.

/// An axis's stretch of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// From 0 to 1.
    Share,
    /// Whole numbers, from 0 to the last.
    Place(usize),
    /// Between two values that are more than 0, each step as many times the one before.
    Log(f64, f64),
}

impl Scale {
    /// Whole powers of ten around what has to find room, and no fewer than one of them.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        let (low, high) = (10f64.powf(low.log10().floor()), 10f64.powf(high.log10().ceil()));
        Self::Log(low, if high > low { high } else { 10.0 * low })
    }

    /// No more than what has to find room, and a little air.
    pub(super) fn close_around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        Self::Log(low / 1.25, high * 1.25)
    }

    /// Where a value stands, from 0 to 1.
    pub(super) fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Share => value,
            Self::Place(last) => value / last.max(1) as f64,
            Self::Log(from, to) => (value.max(f64::MIN_POSITIVE) / from).ln() / (to / from).ln(),
        };
        place.clamp(0.0, 1.0)
    }

    /// Values that are worth a mark.
    pub(super) fn ticks(self) -> Vec<f64> {
        match self {
            Self::Share => vec![0.0, 0.25, 0.5, 0.75, 1.0],
            Self::Place(last) => (0..=last).map(|place| place as f64).collect(),
            Self::Log(from, to) => {
                // A short stretch needs more than the powers of ten.
                let steps: &[f64] = match to / from {
                    ..9.0 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
                    ..101.0 => &[1.0, 2.0, 5.0],
                    _ => &[1.0],
                };
                let first = from.log10().floor() as i32;
                let powers = (first..=first + 20).map(|power| 10f64.powi(power));
                let all = powers.flat_map(|power| steps.iter().map(move |step| step * power));
                all.filter(|value| (from * 0.999..=to * 1.001).contains(value)).collect()
            }
        }
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let known = values.filter(|value| *value > 0.0 && value.is_finite());
    let (low, high) = known.fold((f64::INFINITY, 0f64), |(low, high), value| (low.min(value), high.max(value)));
    if high > 0.0 { (low, high) } else { (1.0, 10.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_gives_each_power_of_ten_the_same_room() {
        let scale = Scale::around([2e3, 7e5].into_iter());
        assert_eq!(scale, Scale::Log(1e3, 1e6));
        let places: Vec<_> = scale.ticks().into_iter().map(|tick| (scale.place(tick) * 300.0).round()).collect();
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
        assert_eq!((scale.place(1.0), scale.place(1e9)), (0.0, 1.0));
    }

    #[test]
    fn what_is_alike_or_not_there_still_has_an_axis() {
        assert_eq!(Scale::around([100.0].into_iter()), Scale::Log(100.0, 1000.0));
        assert_eq!(Scale::around([0.0, f64::NAN].into_iter()), Scale::Log(1.0, 10.0));
        assert!(Scale::close_around([1.7, 1.72].into_iter()).ticks().len() >= 2);
    }
}
