//! What a process and its descendants use, as the system's own table tells it. Never what that means.

use std::collections::BTreeMap;

/// What some processes use together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory, in units of 1024 bytes.
    pub memory_kb: u64,
    /// Room for open files and connections. The files themselves are hidden where a process hides its memory.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}

impl Usage {
    fn and(self, other: Self) -> Self {
        Self {
            memory_kb: self.memory_kb + other.memory_kb,
            descriptors: self.descriptors + other.descriptors,
            threads: self.threads + other.threads,
        }
    }
}

/// What this process and all below it use; `None` when it is gone, or there is no `/proc`.
pub(super) fn of(root: u32) -> Option<Usage> {
    let table: BTreeMap<u32, (u32, Usage)> = std::fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((pid, read(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)?))
        })
        .collect();
    let mut sum = table.get(&root)?.1;
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for (pid, (_, usage)) in table.iter().filter(|(_, (of, _))| *of == parent) {
            parents.push(*pid);
            sum = sum.and(*usage);
        }
    }
    Some(sum)
}

/// The parent of a process and what it uses, as `/proc/PID/status` says.
fn read(status: &str) -> Option<(u32, Usage)> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    // A process that has ended and was not looked after yet has no memory.
    let memory_kb = field("VmRSS").unwrap_or_default();
    let usage = Usage { memory_kb, descriptors: field("FDSize")?, threads: field("Threads")? };
    Some((u32::try_from(field("PPid")?).ok()?, usage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_the_system_writes_it() {
        let status = "Name:\tguard\nPPid:\t12\nFDSize:\t64\nVmRSS:\t    4711 kB\nThreads:\t3\n";
        assert_eq!(read(status), Some((12, Usage { memory_kb: 4711, descriptors: 64, threads: 3 })));
        assert_eq!(read("Name:\tguard\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something_and_none_uses_nothing() {
        let usage = of(std::process::id()).unwrap();
        assert!(usage.memory_kb > 100 && usage.descriptors > 2 && usage.threads > 0, "{usage:?}");
        assert_eq!(of(u32::MAX), None);
    }
}
