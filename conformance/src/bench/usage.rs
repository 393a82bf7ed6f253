//! What a guard and its children have used so far: memory and CPU time, as `/proc` tells it. Never what that
//! means.

use std::fs;
use std::time::Duration;

/// What some processes used, together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident, in units of 1024 bytes.
    pub resident_kb: u64,
    /// The most that was ever resident of each, added up.
    pub peak_kb: u64,
    /// CPU time, of the threads that still run.
    pub cpu: Duration,
}

/// What a process and those below it used; `None` when it is gone, or the system has no such table.
#[must_use]
pub fn of(pid: u32) -> Option<Usage> {
    let mut sum = one(pid)?;
    for child in below(pid) {
        // One that ended in this moment uses nothing.
        let Usage { resident_kb, peak_kb, cpu } = one(child).unwrap_or_default();
        sum.resident_kb += resident_kb;
        sum.peak_kb += peak_kb;
        sum.cpu += cpu;
    }
    Some(sum)
}

#[cfg(unix)]
fn below(pid: u32) -> Vec<u32> {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return Vec::new() };
    crate::launch::descendants(pid).into_iter().map(|pid| pid.as_raw_nonzero().get().cast_unsigned()).collect()
}

#[cfg(not(unix))]
fn below(_pid: u32) -> Vec<u32> {
    Vec::new()
}

fn one(pid: u32) -> Option<Usage> {
    let (resident_kb, peak_kb) = memory(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)?;
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanos =
        threads.flatten().filter_map(|thread| run_time(&fs::read_to_string(thread.path().join("schedstat")).ok()?));
    Some(Usage { resident_kb, peak_kb, cpu: Duration::from_nanos(nanos.sum()) })
}

/// Resident and peak memory, as `/proc/PID/status` has them.
fn memory(status: &str) -> Option<(u64, u64)> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    Some((field("VmRSS")?, field("VmHWM")?))
}

/// Nanoseconds on a CPU, the first of the three numbers of a `schedstat`.
fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_as_the_system_writes_them() {
        let status = "Name:\tguard\nVmPeak:\t   20000 kB\nVmHWM:\t    5230 kB\nVmRSS:\t    4711 kB\nThreads:\t3\n";
        assert_eq!(memory(status), Some((4711, 5230)));
        assert_eq!(memory("Name:\tzombie\n"), None);
        assert_eq!(run_time("10628471 4001 38\n"), Some(10_628_471));
        assert_eq!(run_time("\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_costs_time_and_memory_is_held() {
        let before = of(std::process::id()).unwrap();
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_millis(30) {
            std::hint::black_box(fastrand::u64(..));
        }
        let after = of(std::process::id()).unwrap();
        assert!(after.cpu > before.cpu, "{before:?} {after:?}");
        assert!(after.peak_kb >= after.resident_kb && after.resident_kb > 100, "{after:?}");
        assert_eq!(of(u32::MAX), None);
    }
}
