//! How much is measured in each phase, in full and in a hurry. Never a measurement.

use std::time::{Duration, Instant};

use super::delay::Delay;

/// The counts of one bench.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whether it is the one in a hurry.
    pub quick: bool,
    /// How often the guard is started.
    pub starts: u32,
    /// Blocks of a comparison in which guard and floor take turns.
    pub blocks: u32,
    /// Scans in each block.
    pub per_block: u32,
    /// Scans in each step of concurrency.
    pub per_step: usize,
    /// Requests a second of the open loop.
    pub rates: Vec<f64>,
    /// How long each rate is kept up.
    pub rate_length: Duration,
    /// Scans of the run in which growth is sought.
    pub growth: usize,
    /// The budgets that a failing gateway is met with.
    pub budgets: Vec<Duration>,
    /// How long a phase may take in which guard and floor take turns: a slow guard gets fewer of them.
    pub patience: Duration,
}

/// The sizes of bodies, in bytes.
pub const SIZES: [usize; 4] = [1 << 10, 16 << 10, 64 << 10, 256 << 10];

/// The gateways that take their time, and what they are called.
pub const GATEWAYS: [(&str, Delay); 3] = [
    ("80ms", Delay::Lognormal { median: Duration::from_millis(80) }),
    ("spikes", Delay::Spikes { every: 50, spike: Duration::from_millis(250) }),
    ("stalls", Delay::Stalls { period: Duration::from_millis(1_000), stall: Duration::from_millis(200) }),
];

/// Requests a second to a gateway that takes its time.
pub const GATEWAY_RATE: f64 = 100.0;

/// The steps of concurrency.
pub const STEPS: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// Scans that nobody counts, before the first that is: caches, connections and just-in-time compilers.
pub const WARM_UP: u32 = 100;

impl Plan {
    /// All that there is, in some minutes.
    #[must_use]
    pub fn full() -> Self {
        Self {
            quick: false,
            starts: 20,
            blocks: 10,
            per_block: 500,
            per_step: 4_000,
            rates: vec![50.0, 200.0, 500.0, 1_000.0],
            rate_length: Duration::from_secs(10),
            growth: 20_000,
            budgets: [100, 300, 1_000].map(Duration::from_millis).into(),
            patience: Duration::from_secs(20),
        }
    }

    /// Less of each, in less than half a minute.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            quick: true,
            starts: 5,
            blocks: 6,
            per_block: 100,
            per_step: 500,
            rates: vec![100.0, 500.0],
            rate_length: Duration::from_secs(2),
            growth: 2_000,
            budgets: [100, 300].map(Duration::from_millis).into(),
            patience: Duration::from_millis(1_500),
        }
    }

    /// So many blocks at most, as long as the patience of a phase lasts; at least one.
    pub(crate) fn blocks(&self, at_most: u32) -> impl Iterator<Item = u32> + use<> {
        let (began, patience) = (Instant::now(), self.patience);
        (0..at_most).take_while(move |block| *block == 0 || began.elapsed() < patience)
    }
}
