//! A server of its own process, on CPU 0 where that can be done: the one who asks is kept on another.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// A process whose first line on stdout ends with its address, `http://127.0.0.1:PORT`. It ends with
/// this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it is.
    pub address: SocketAddr,
}

impl Server {
    /// Starts the program and waits until it says where it is.
    ///
    /// # Errors
    /// It cannot be started, or says something else.
    pub fn start(program: &OsStr, arguments: &[&str]) -> Result<Self> {
        let pinned = Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok();
        let mut command = if pinned { Command::new("taskset") } else { Command::new(program) };
        if pinned {
            command.args(["-c", "0"]).arg(program);
        }
        let mut process = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut greeting = String::new();
        BufReader::new(process.stdout.take().context("stdout is piped")?).read_line(&mut greeting)?;
        let address = greeting.split_whitespace().last().and_then(|url| url.strip_prefix("http://")?.parse().ok());
        // Before the check, so that a process without an address is ended too.
        let mut server = Self { process, address: ([127, 0, 0, 1], 0).into() };
        server.address = address.with_context(|| format!("{} does not say where it listens", program.display()))?;
        Ok(server)
    }

    /// The address as a base of URLs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How long it has kept a CPU busy so far; only Linux tells, in hundredths of a second.
    #[must_use]
    pub fn busy(&self) -> Option<Duration> {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // Behind the name, which may have spaces in it: state is field 3, utime 14, stime 15 (proc(5)).
        let fields: Vec<_> = status.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
