//! Everything that looks random, made from the scenario's seed: the same seed and the same order of
//! requests give the same ids, keys and delays. Never a random number of the machine.

use std::f64::consts::TAU;

/// The sequences that are drawn from; none disturbs another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Trace = 1,
    Approval = 2,
    Key = 3,
    Delay = 4,
}

/// Where everything made up comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// An id in the form of a random UUID (RFC 9562, version 4).
    pub(crate) fn id(self, stream: Stream, number: u64) -> String {
        let (high, low) = self.bits(stream, number);
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// A token of 32 hexadecimal digits.
    pub(crate) fn token(self, stream: Stream, number: u64) -> String {
        let (high, low) = self.bits(stream, number);
        format!("{high:016x}{low:016x}")
    }

    /// A number from 0 to 1, both ends left out, evenly spread.
    pub(crate) fn even(self, stream: Stream, number: u64) -> f64 {
        unit(self.bits(stream, number).0)
    }

    /// A number of the standard normal distribution, by the transform of Box and Muller.
    pub(crate) fn normal(self, stream: Stream, number: u64) -> f64 {
        let (high, low) = self.bits(stream, number);
        (-2.0 * unit(high).ln()).sqrt() * (TAU * unit(low)).cos()
    }

    const fn bits(self, stream: Stream, number: u64) -> (u64, u64) {
        let high = scramble(scramble(self.0) ^ scramble(number).rotate_left(stream as u32));
        (high, scramble(high ^ number))
    }
}

/// The upper 52 bits as the middle of one of as many steps between 0 and 1.
fn unit(bits: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "52 bits fit the mantissa")]
    let step = (bits >> 12) as f64;
    (step + 0.5) / 4_503_599_627_370_496.0
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn scramble(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_seed_and_the_shape_they_claim() {
        let (one, other) = (Seed(1), Seed(2));
        assert_eq!(one.id(Stream::Trace, 5), Seed(1).id(Stream::Trace, 5));
        assert_ne!(one.id(Stream::Trace, 5), other.id(Stream::Trace, 5));
        assert_ne!(one.token(Stream::Key, 5), one.token(Stream::Approval, 5));
        let draws = 20_000;
        let mean = |draw: &dyn Fn(u64) -> f64| (0..draws).map(draw).sum::<f64>() / 20_000.0;
        let even = mean(&|number| one.even(Stream::Delay, number));
        let normal = mean(&|number| one.normal(Stream::Delay, number));
        let square = mean(&|number| one.normal(Stream::Delay, number).powi(2));
        assert!(
            (even - 0.5).abs() < 0.01 && normal.abs() < 0.02 && (square - 1.0).abs() < 0.03,
            "{even} {normal} {square}"
        );
    }
}
