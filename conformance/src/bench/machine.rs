//! Where a bench runs: the processor, the kernel, the day, and which CPUs are whose. Never a measurement.

use super::results::Machine;

/// A CPU for the gateway and another for guard and client, where the system lets them be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpus {
    gateway: Option<usize>,
    guard: Option<usize>,
}

impl Cpus {
    /// The first two that this process may use; none where it may use only one, or the system does not say.
    #[must_use]
    pub fn choose() -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(allowed) = rustix::thread::sched_getaffinity(None) {
            let mut cpus = (0..rustix::thread::CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
            if let (Some(gateway), Some(guard)) = (cpus.next(), cpus.next()) {
                return Self { gateway: Some(gateway), guard: Some(guard) };
            }
        }
        Self { gateway: None, guard: None }
    }

    /// Whether both have one.
    #[must_use]
    pub const fn are_apart(self) -> bool {
        self.guard.is_some()
    }

    /// Keeps this thread, and what it starts, on the gateway's CPU.
    pub fn keep_gateway(self) {
        keep(self.gateway);
    }

    /// Keeps this thread, and what it starts, on the CPU of guard and client, and has it woken when it asks to be.
    pub fn keep_guard(self) {
        keep(self.guard);
        // The kernel lets timers be late by 50 µs by default, which is half a scan.
        #[cfg(target_os = "linux")]
        let _as_before = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    }

    /// How that is said.
    #[must_use]
    pub fn words(self) -> String {
        match (self.gateway, self.guard) {
            (Some(gateway), Some(guard)) => format!("gateway on CPU {gateway}, guard and client on CPU {guard}"),
            _ => "not pinned to CPUs, so ratios to the floor mean little".to_owned(),
        }
    }
}

fn keep(cpu: Option<usize>) {
    #[cfg(target_os = "linux")]
    if let Some(cpu) = cpu {
        let mut only = rustix::thread::CpuSet::new();
        only.set(cpu);
        // It was allowed a moment ago; if it is not now, the figures are noisier and nothing else.
        let _refused = rustix::thread::sched_setaffinity(None, &only);
    }
    #[cfg(not(target_os = "linux"))]
    let _nobody_can = cpu;
}

/// This machine.
#[must_use]
pub fn this(cpus: Cpus) -> Machine {
    let text = |path: &str| std::fs::read_to_string(path).ok();
    Machine {
        os: std::env::consts::OS.to_owned(),
        cpu: text("/proc/cpuinfo").as_deref().and_then(model),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: text("/proc/sys/kernel/osrelease").map(|release| version(&release)),
        pinned: cpus.are_apart(),
    }
}

/// Today in UTC.
#[must_use]
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The first processor's name in `/proc/cpuinfo`.
fn model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The numbers of a release, without what its builder added.
fn version(release: &str) -> String {
    release.trim().split('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_as_the_system_does() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nprocessor\t: 1\nmodel name\t: Another\n";
        assert_eq!(model(text).as_deref(), Some("Some CPU @ 2.10GHz"));
        assert_eq!(model("processor\t: 0\n"), None);
    }

    #[test]
    fn a_day_is_written_as_a_date() {
        let today = today();
        assert_eq!((today.len(), today.matches('-').count()), (10, 2), "{today}");
    }
}
