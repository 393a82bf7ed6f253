//! What a guard has of the machine while it runs: its processes and the files in its folder, counted
//! now and then, because no limit of the system bounds them for every user. Never what happens to it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::recording::Stream;

/// How many processes a guard may have, its descendants included.
const PROCESSES: u64 = 256;

/// How much may stand in its folder, in bytes on the disk.
const BYTES: u64 = 1 << 30;

/// How many files may stand there.
const FILES: u64 = 20_000;

/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(100);

/// How much longer than a look the rest after it is at least: a guard with many files is not slowed.
const REST: u32 = 4;

/// Looks until there is too much of something; says of what, and how much. Processes are the
/// descendants of this one.
pub(super) fn until_flooded() -> (Stream, u64) {
    loop {
        let began = Instant::now();
        let processes = descendants(rustix::process::getpid()).len() as u64;
        if processes > PROCESSES {
            return (Stream::Processes, processes);
        }
        if let Some(flood) = folder() {
            return flood;
        }
        std::thread::sleep(INTERVAL.max(began.elapsed() * REST));
    }
}

/// What there is too much of in the current folder.
fn folder() -> Option<(Stream, u64)> {
    let (mut bytes, mut files) = (0, 0);
    let mut folders = vec![PathBuf::from(".")];
    while let Some(folder) = folders.pop() {
        // What is locked, or deeper than a path is long, is not counted.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            bytes += metadata.blocks() * 512;
            files += 1;
            if bytes > BYTES {
                return Some((Stream::Folder, bytes));
            }
            if files > FILES {
                return Some((Stream::Files, files));
            }
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    None
}

/// The living descendants of a process, as quickly as Linux tells them: while they come and go some
/// may be missing. None where the system does not tell.
pub(crate) fn descendants(process: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut parents = vec![process];
    while let Some(parent) = parents.pop() {
        let threads = fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero()));
        for thread in threads.into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let children = children.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?));
            parents.extend(children.clone());
            found.extend(children);
        }
    }
    found
}
