//! How long an answer waits: always the same, or drawn from a distribution. Only the form and the
//! drawing; the waiting is the server's.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::period::Period;
use crate::seed::{Seed, Stream};

/// The 99th percentile of the standard normal distribution.
const P99: f64 = 2.326_347_874_040_841;

/// The longest wait that is drawn: a tail that never ends would hang a test.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A wait in real time before the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// Always this long.
    Fixed(Period),
    /// Another length for each answer.
    Drawn(Distribution),
}

/// Where the lengths come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Distribution {
    /// Every length between the two is as likely.
    Uniform(Between),
    /// Around a middle, both sides alike; never below zero.
    Normal(Around),
    /// With the long tail that services have.
    Lognormal(Percentiles),
}

/// Two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// The shortest wait.
    pub min: Period,
    /// The longest wait.
    pub max: Period,
}

/// A middle and a spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Around {
    /// The mean wait.
    pub mean: Period,
    /// The standard deviation.
    pub deviation: Period,
}

/// Two percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Percentiles {
    /// Half of the waits are shorter.
    pub p50: Period,
    /// One wait in a hundred is longer.
    pub p99: Period,
}

/// Ends or percentiles that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum DelayError {
    #[error("`min` must not be longer than `max`")]
    Between,
    #[error("`p50` must be longer than nothing and not longer than `p99`")]
    Percentiles,
}

impl Delay {
    /// The wait before the answer with this number.
    #[must_use]
    pub(crate) fn draw(self, seed: Seed, number: u64) -> Duration {
        let seconds = |period: Period| period.get().as_secs_f64();
        let length = match self {
            Self::Fixed(period) => return period.get(),
            Self::Drawn(Distribution::Uniform(Between { min, max })) => {
                seconds(min) + (seconds(max) - seconds(min)) * seed.even(Stream::Delay, number)
            }
            Self::Drawn(Distribution::Normal(Around { mean, deviation })) => {
                seconds(mean) + seconds(deviation) * seed.normal(Stream::Delay, number)
            }
            Self::Drawn(Distribution::Lognormal(Percentiles { p50, p99 })) => {
                let spread = (seconds(p99) / seconds(p50)).ln() / P99;
                seconds(p50) * (spread * seed.normal(Stream::Delay, number)).exp()
            }
        };
        Duration::try_from_secs_f64(length.max(0.0)).unwrap_or(LONGEST).min(LONGEST)
    }

    const fn check(self) -> Result<Self, DelayError> {
        match self {
            Self::Drawn(Distribution::Uniform(Between { min, max }))
                if min.get().as_millis() > max.get().as_millis() =>
            {
                Err(DelayError::Between)
            }
            Self::Drawn(Distribution::Lognormal(Percentiles { p50, p99 }))
                if p50.get().is_zero() || p50.get().as_millis() > p99.get().as_millis() =>
            {
                Err(DelayError::Percentiles)
            }
            _ => Ok(self),
        }
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FixedOrDrawn)
    }
}

struct FixedOrDrawn;

impl<'de> Visitor<'de> for FixedOrDrawn {
    type Value = Delay;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time such as 80ms, or a distribution such as { lognormal: { p50: 80ms, p99: 400ms } }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Delay, E> {
        text.parse().map(Delay::Fixed).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Delay, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Delay, A::Error> {
        let drawn = Distribution::deserialize(MapAccessDeserializer::new(map))?;
        Delay::Drawn(drawn).check().map_err(de::Error::custom)
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(period) => period.serialize(serializer),
            Self::Drawn(distribution) => distribution.serialize(serializer),
        }
    }
}

impl JsonSchema for Delay {
    fn schema_name() -> Cow<'static, str> {
        "Delay".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (fixed, drawn) = (generator.subschema_for::<Period>(), generator.subschema_for::<Distribution>());
        json_schema!({ "anyOf": [fixed, drawn] })
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(period) => period.fmt(f),
            Self::Drawn(Distribution::Uniform(Between { min, max })) => write!(f, "{min} to {max}"),
            Self::Drawn(Distribution::Normal(Around { mean, deviation })) => write!(f, "{mean} ± {deviation}"),
            Self::Drawn(Distribution::Lognormal(Percentiles { p50, p99 })) => write!(f, "p50 {p50}, p99 {p99}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Delay, String> {
        crate::yaml::parse("d.yaml", yaml).map_err(|error| error.to_string())
    }

    fn sorted(yaml: &str, seed: u64) -> Vec<Duration> {
        let delay = read(yaml).unwrap();
        let mut drawn: Vec<_> = (0..10_000).map(|number| delay.draw(Seed(seed), number)).collect();
        drawn.sort_unstable();
        drawn
    }

    fn near(drawn: Duration, milliseconds: f64) {
        let ratio = drawn.as_secs_f64() * 1_000.0 / milliseconds;
        assert!((0.93..1.07).contains(&ratio), "{drawn:?} for {milliseconds} ms");
    }

    #[test]
    fn the_lengths_have_the_percentiles_that_were_asked_for() {
        let lognormal = sorted("{ lognormal: { p50: 80ms, p99: 400ms } }", 7);
        near(lognormal[5_000], 80.0);
        near(lognormal[9_900], 400.0);
        let normal = sorted("{ normal: { mean: 100ms, deviation: 10ms } }", 7);
        near(normal[5_000], 100.0);
        near(normal[8_413], 110.0);
        let uniform = sorted("{ uniform: { min: 50ms, max: 150ms } }", 7);
        near(uniform[2_500], 75.0);
        assert!(uniform[0] >= Duration::from_millis(50) && uniform[9_999] <= Duration::from_millis(150));
        assert_eq!(sorted("{ normal: { mean: 1ms, deviation: 1s } }", 7)[0], Duration::ZERO, "no wait is negative");
    }

    #[test]
    fn the_same_seed_draws_the_same_lengths() {
        let text = "{ uniform: { min: 0ms, max: 1h } }";
        assert_eq!(sorted(text, 3), sorted(text, 3));
        assert_ne!(sorted(text, 3), sorted(text, 4));
        assert!(sorted("2s", 3).iter().all(|wait| *wait == Duration::from_secs(2)));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for (text, message) in [
            ("10", "`10` is no length of time"),
            ("{ uniform: { min: 2s, max: 1s } }", "`min` must not be longer than `max`"),
            ("{ lognormal: { p50: 0ms, p99: 1s } }", "`p50` must be longer than nothing"),
            ("{ lognormal: { p50: 1s } }", "p99"),
            ("{ pareto: { p50: 1s } }", "unknown variant `pareto`, expected one of uniform, normal, lognormal"),
            ("{ normal: { mean: 1s, sigma: 1s } }", "unknown field `sigma`"),
            ("[1s]", "expected a length of time such as 80ms, or a distribution"),
        ] {
            let report = read(text).unwrap_err();
            assert!(report.contains(message), "{text}: {report}");
        }
    }

    #[test]
    fn a_delay_is_written_as_it_was_read() {
        for text in [r#""80ms""#, r#"{"lognormal":{"p50":"80ms","p99":"400ms"}}"#] {
            assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
        }
    }
}
