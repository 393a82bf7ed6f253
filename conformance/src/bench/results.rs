//! What one bench found, as it is stored: who was measured where, and a distribution for each workload.
//! Never how it was measured, and never what it is compared with.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

/// The version of this format. Members are added under the same number; a new number means that an old
/// member has changed its meaning.
pub const SCHEMA: u32 = 1;

/// One run of `guard-conformance bench`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`] when it was written.
    pub schema: u32,
    /// The day in UTC, `2026-11-23`.
    pub day: String,
    /// Whether the counts were those of `--quick`.
    pub quick: bool,
    /// The budget of one scan, in nanoseconds.
    pub budget_ns: u64,
    /// Where it ran.
    pub machine: Machine,
    /// Of what it was made.
    pub versions: Versions,
    /// Who was measured.
    pub subject: Subject,
    /// Requests a second that the bench's gateway answered to a bare client of many connections: what no guard can exceed.
    pub gateway_per_second: Option<f64>,
    /// What was measured, in the order in which it was.
    pub workloads: Vec<Workload>,
    /// From where on more scans in flight gained nothing; `None` where that was not reached or not sought.
    pub knee: Option<Knee>,
    /// CPU time of the guard and its children for one scan, in nanoseconds; `None` where nobody can tell.
    pub cpu_per_scan_ns: Option<u64>,
    /// Its memory after each workload that says something of it.
    pub memory: Vec<Memory>,
    /// Whether the gateway's failures ended in the budget.
    pub budget_checks: Vec<BudgetCheck>,
}

/// Where a bench ran. Times of different machines are never compared; ratios are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// `linux`, `macos`, `windows`.
    pub os: String,
    /// The processor's model, as the system names it.
    pub cpu: Option<String>,
    /// How many processors could be used.
    pub cores: usize,
    /// The release of the kernel.
    pub kernel: Option<String>,
    /// Whether the gateway had a processor to itself, and guard and client another: without, a ratio to the
    /// floor means little.
    pub pinned: bool,
}

/// What took part, by version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Of `guard-conformance`.
    pub harness: String,
    /// What the guard says of itself, `name version`.
    pub guard: Option<String>,
}

/// Who was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What reports call it.
    pub name: String,
    /// The words that started it.
    pub command: Vec<String>,
    /// SHA-256 of the program's file, in hexadecimal; of a launcher such as `npx` it says nothing of the guard.
    pub sha256: Option<String>,
}

/// One kind of work, many times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// A path such as `start`, `scan`, `body/64KB`, `rate/500`, `in-flight/8`, `gateway/spikes`, `proxy/call`:
    /// the same in every run, so that runs can be laid side by side.
    pub name: String,
    /// Of all times in it; `ns`.
    pub unit: String,
    /// From the moment at which it was to be sent until its answer was there.
    pub latency: Distribution,
    /// From the moment at which it was really sent; only where a schedule said when.
    pub service: Option<Distribution>,
    /// The same work without the guard, taken in turns with it.
    pub floor: Option<Floor>,
    /// p50 to the floor's p50.
    pub ratio: Option<f64>,
    /// p99 as a part of the budget, 0.01 for a hundredth.
    pub budget_share: f64,
    /// Requests a second that the schedule asked for.
    pub offered_per_second: Option<f64>,
    /// Requests a second that were answered.
    pub achieved_per_second: Option<f64>,
    /// How many were under way at a time, where that was set.
    pub in_flight: Option<u32>,
}

/// What a workload is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// `post` (the bare request on a kept-alive connection) or `direct` (the server that the proxy fronts).
    pub name: String,
    /// How long that took.
    pub latency: Distribution,
}

/// How many durations are spread. Three digits are kept of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// How many.
    pub n: u64,
    /// The shortest.
    pub min: u64,
    /// Half of them took at most this long.
    pub p50: u64,
    /// 90 of 100.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1,000; the longest where there are fewer.
    #[serde(rename = "p99.9")]
    pub p999: u64,
    /// The longest.
    pub max: u64,
    /// Each value that occurred and how often, ascending.
    pub histogram: Vec<(u64, u64)>,
}

/// Where throughput stops growing with the scans in flight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    /// The last step that gained enough.
    pub in_flight: u32,
    /// Scans a second there.
    pub per_second: f64,
}

/// What the guard and its children held, together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// After which workload.
    pub after: String,
    /// How many scans the process had done.
    pub scans: u64,
    /// Resident, in units of 1024 bytes.
    pub resident_kb: u64,
    /// The most that was ever resident, likewise.
    pub peak_kb: u64,
}

/// One failing gateway under one budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetCheck {
    /// What the gateway did: `hang`, `drip`, `reset`, `retry-after`.
    pub gateway: String,
    /// The budget that the guard was given, in nanoseconds.
    pub budget_ns: u64,
    /// How long its answer took.
    pub took_ns: u64,
    /// By how much that is too long; 0 when it is not.
    pub overshoot_ns: u64,
    /// How much would have been borne with.
    pub tolerance_ns: u64,
}

impl BudgetCheck {
    /// Whether the answer came in time.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.overshoot_ns <= self.tolerance_ns
    }
}

impl Results {
    /// The workload of this name.
    #[must_use]
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// Reads stored results.
    ///
    /// # Errors
    /// The file cannot be read, is none, or was written in another version of the format.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let results: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no result of a bench", path.display()))?;
        ensure!(
            results.schema == SCHEMA,
            "{} has version {} of the format, not {SCHEMA}; measure again with this program",
            path.display(),
            results.schema
        );
        Ok(results)
    }

    /// Stores them.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string(self).context("cannot write the results as JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}
