//! From where on more requests in flight gain nothing. Never how they were sent.

use super::results::Knee;

/// By how much throughput must grow from one step to the next, as a factor.
const GAIN: f64 = 1.1;

/// How many steps in a row must gain nothing: one alone may have met a machine that was busy.
const CONFIRMED_BY: usize = 2;

/// The first step, of `(in flight, a second)`, that neither of the two after it exceeds by a tenth. `None` while
/// there is none.
#[must_use]
pub fn knee(steps: &[(u32, f64)]) -> Option<Knee> {
    steps.windows(1 + CONFIRMED_BY).find_map(|steps| {
        let ((in_flight, per_second), later) = (steps[0], &steps[1..]);
        let is_knee = later.iter().all(|(_, their)| *their < per_second * GAIN);
        is_knee.then_some(Knee { in_flight, per_second })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knee_is_where_growth_ends() {
        let grows = [(1, 100.0), (2, 190.0), (4, 360.0)];
        assert_eq!(knee(&grows), None);
        assert_eq!(knee(&grows[..1]), None);
        let bent = [grows.as_slice(), &[(8, 390.0), (16, 380.0)]].concat();
        assert_eq!(knee(&bent), Some(Knee { in_flight: 4, per_second: 360.0 }));
        assert_eq!(knee(&bent[..4]), None, "one step alone proves nothing");
        assert_eq!(knee(&[(1, 100.0), (2, 90.0), (4, 80.0)]), Some(Knee { in_flight: 1, per_second: 100.0 }));
    }

    #[test]
    fn one_noisy_step_is_no_knee() {
        let noisy = [(1, 100.0), (2, 190.0), (4, 60.0), (8, 700.0), (16, 1300.0)];
        assert_eq!(knee(&noisy), None);
        let bent = [noisy.as_slice(), &[(32, 1350.0), (64, 1290.0)]].concat();
        assert_eq!(knee(&bent), Some(Knee { in_flight: 16, per_second: 1300.0 }));
    }
}
