//! Two guards in one run, in turns, so that whatever the machine does befalls both: what was measured, and
//! whether the second is slower. Never a process.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, quantile, ratio};
use super::results::{Machine, SCHEMA, Subject};

/// One run of `guard-conformance bench ab`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// The version of the format, that of all results of benches.
    pub schema: u32,
    /// The day in UTC.
    pub day: String,
    /// Where it ran.
    pub machine: Machine,
    /// What head is compared with.
    pub base: Subject,
    /// What may have become slower.
    pub head: Subject,
    /// What was measured, in its order.
    pub quads: Vec<Quad>,
}

/// One fresh process of each guard, measured in four blocks: base, head, head, base, or the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quad {
    /// Each scan of base, in nanoseconds.
    pub base: Vec<u64>,
    /// Each scan of head.
    pub head: Vec<u64>,
}

/// How much longer head takes than base: head to base, 1 when they are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slower {
    /// Of the medians.
    pub p50: Interval,
    /// Of what 99 of 100 take at most.
    pub p99: Interval,
}

impl Quad {
    /// The ratios of p50 and p99.
    #[must_use]
    pub fn ratios(&self) -> (f64, f64) {
        let of = |part| {
            let at = |side: &[u64]| quantile(&mut side.to_vec(), part).max(1) as f64;
            at(&self.head) / at(&self.base)
        };
        (of(0.5), of(0.99))
    }
}

impl Slower {
    /// What the ratios of some quads come to; the seed decides what is drawn.
    #[must_use]
    pub fn of(ratios: &[(f64, f64)], seed: u64) -> Self {
        let (p50, p99): (Vec<f64>, Vec<f64>) = ratios.iter().copied().unzip();
        Self { p50: ratio(&p50, seed), p99: ratio(&p99, seed) }
    }

    /// Whether head is slower by more than the threshold (0.05 for 5 %), beyond doubt: the whole interval of
    /// p50, or that of p99, lies above it.
    #[must_use]
    pub fn is_regression(&self, threshold: f64) -> bool {
        [self.p50, self.p99].iter().any(|interval| interval.low > 1.0 + threshold)
    }

    /// The finding in two sentences.
    #[must_use]
    pub fn sentence(&self, threshold: f64) -> String {
        let verdict = if self.is_regression(threshold) { "That is a regression" } else { "That is no regression" };
        format!(
            "head is {} than base at p50 (95 %: {}), and {} at p99 (95 %: {}).\n{verdict}: the threshold is {:.0} %.",
            change(self.p50.estimate),
            bounds(self.p50),
            change(self.p99.estimate),
            bounds(self.p99),
            threshold * 100.0
        )
    }
}

fn change(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    format!("{:.1} % {}", percent.abs(), if percent < 0.0 { "faster" } else { "slower" })
}

fn bounds(interval: Interval) -> String {
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    format!("{:+.1} to {:+.1} %", percent(interval.low), percent(interval.high))
}

impl Sides {
    /// The ratios of all quads.
    #[must_use]
    pub fn ratios(&self) -> Vec<(f64, f64)> {
        self.quads.iter().map(Quad::ratios).collect()
    }

    /// Reads a stored run.
    ///
    /// # Errors
    /// The file cannot be read, or is none.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let sides: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no result of bench ab", path.display()))?;
        ensure!(sides.schema == SCHEMA, "{} is of version {}, not {SCHEMA}", path.display(), sides.schema);
        ensure!(!sides.quads.is_empty(), "{} holds no measurement", path.display());
        Ok(sides)
    }

    /// Stores it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string(self).context("cannot write the results as JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}

/// How often runs that compare a guard with itself call it slower than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FalseAlarms {
    /// How many runs.
    pub runs: u32,
    /// How many found a regression beyond the threshold.
    pub beyond_threshold: u32,
    /// How many found the medians different at all, slower or faster: 5 of 100 if intervals are what they say.
    pub different: u32,
}

/// Plays so many runs of a guard against itself, out of the quads of one real one: each draws as many of them
/// again, and tosses which side is head. Nothing within a quad is torn apart, so that what slows a machine for a
/// while stays together.
#[must_use]
pub fn false_alarms(ratios: &[(f64, f64)], runs: u32, threshold: f64, seed: u64) -> FalseAlarms {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut alarms = FalseAlarms { runs, beyond_threshold: 0, different: 0 };
    for run in 0..runs {
        let drawn: Vec<_> = (0..ratios.len())
            .map(|_| {
                let (p50, p99) = ratios[random.usize(..ratios.len())];
                if random.bool() { (p50, p99) } else { (1.0 / p50, 1.0 / p99) }
            })
            .collect();
        let slower = Slower::of(&drawn, u64::from(run));
        alarms.beyond_threshold += u32::from(slower.is_regression(threshold));
        alarms.different += u32::from(!(slower.p50.low..=slower.p50.high).contains(&1.0));
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quads whose medians differ by a factor, with noise that a seed decides.
    fn ratios(factor: f64, noise: f64) -> Vec<(f64, f64)> {
        let mut random = fastrand::Rng::with_seed(3);
        let mut one = || factor * (noise * (random.f64() * 2.0 - 1.0)).exp();
        (0..24).map(|_| (one(), one())).collect()
    }

    #[test]
    fn a_quad_has_the_ratios_of_its_sides() {
        let quad = Quad { base: (1..=100).collect(), head: (1..=100).map(|nanos| nanos * 2).collect() };
        assert_eq!(quad.ratios(), (2.0, 2.0));
        let tail = Quad { head: (1..=98).chain([990, 1000]).collect(), ..quad };
        assert_eq!(tail.ratios(), (1.0, 10.0));
    }

    #[test]
    fn a_tenth_is_found_in_noise_and_nothing_is_not() {
        let tenth = Slower::of(&ratios(1.1, 0.1), 1);
        assert!(tenth.is_regression(0.05), "{tenth:?}");
        assert!(tenth.sentence(0.05).contains("That is a regression: the threshold is 5 %."));
        let nothing = Slower::of(&ratios(1.0, 0.1), 1);
        assert!(!nothing.is_regression(0.05), "{nothing:?}");
        assert!(nothing.sentence(0.05).contains("no regression"));
        // Doubt is no regression.
        assert!(!Slower::of(&ratios(1.1, 0.6), 1).is_regression(0.05));
        let faster = Slower::of(&ratios(0.5, 0.0), 1).sentence(0.05);
        assert!(faster.starts_with("head is 50.0 % faster than base at p50 (95 %: -50.0 to -50.0 %)"), "{faster}");
    }

    #[test]
    fn a_tail_alone_can_be_a_regression() {
        let tail: Vec<_> = ratios(1.0, 0.02).into_iter().map(|(p50, p99)| (p50, p99 * 1.3)).collect();
        assert!(Slower::of(&tail, 1).is_regression(0.05));
    }

    #[test]
    fn a_guard_is_rarely_slower_than_itself() {
        let alarms = false_alarms(&ratios(1.0, 0.1), 100, 0.05, 1);
        assert_eq!(alarms.beyond_threshold, 0, "{alarms:?}");
        assert!((1..=14).contains(&alarms.different), "{alarms:?}");
        // Noise that is larger than the threshold raises alarms, and they are counted.
        assert!(false_alarms(&ratios(1.0, 1.0), 100, 0.0, 1).beyond_threshold > 0);
    }

    #[test]
    fn a_stored_run_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ab.json");
        let machine = Machine { os: "linux".into(), cpu: None, cores: 2, kernel: None, pinned: true };
        let subject = Subject { name: "guard".into(), command: vec!["guard".into()], sha256: None };
        let quads = vec![Quad { base: vec![1, 2], head: vec![3, 4] }];
        let sides =
            Sides { schema: SCHEMA, day: "2026-11-23".into(), machine, base: subject.clone(), head: subject, quads };
        sides.save(&path).unwrap();
        assert_eq!(Sides::load(&path).unwrap(), sides);
        Sides { quads: Vec::new(), ..sides }.save(&path).unwrap();
        assert!(Sides::load(&path).unwrap_err().to_string().contains("no measurement"));
    }
}
