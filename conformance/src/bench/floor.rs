//! The floor: the same requests without a guard, written and read by hand so that nothing but the gateway
//! and the kernel is measured. Never a guard.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::ensure;
use memchr::memmem;

use super::http::Buffer;
use super::scan;

/// How many connections the gateway's own ceiling is sought with.
pub const CONNECTIONS: usize = 16;

/// A kept-alive connection to the gateway.
#[derive(Debug)]
pub struct Floor {
    host: String,
    stream: TcpStream,
    buffer: Buffer,
    number: u64,
}

impl Floor {
    /// Connects.
    ///
    /// # Errors
    /// The gateway cannot be reached.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { host: address.to_string(), stream, buffer: Buffer::default(), number: 0 })
    }

    /// Posts one scan with a body of this size, and says how long the verdict took.
    ///
    /// # Errors
    /// The gateway does not answer, or not with this scan's verdict.
    pub fn post(&mut self, size: usize) -> anyhow::Result<Duration> {
        self.number += 1;
        let request = scan::post(&self.host, self.number, size);
        let began = Instant::now();
        self.stream.write_all(&request)?;
        self.verdict(self.number)?;
        Ok(began.elapsed())
    }

    fn verdict(&mut self, number: u64) -> anyhow::Result<()> {
        let message = self.buffer.message(&mut self.stream)?;
        let message = message.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let is_own = memmem::find(self.buffer.slice(message.body.clone()), scan::trace(number).as_bytes()).is_some();
        self.buffer.consume(&message);
        ensure!(is_own, "the bench's gateway did not answer scan {number} with its verdict");
        Ok(())
    }
}

/// How many scans a second the gateway answers to callers that do nothing else, for about `length`.
///
/// # Errors
/// As [`Floor::post`].
pub fn ceiling(address: SocketAddr, length: Duration) -> anyhow::Result<f64> {
    let mut floors = (0..CONNECTIONS).map(|_| Floor::connect(address)).collect::<io::Result<Vec<_>>>()?;
    let (began, mut answered) = (Instant::now(), 0);
    while began.elapsed() < length {
        for floor in &mut floors {
            floor.number += 1;
            floor.stream.write_all(&scan::post(&floor.host, floor.number, 0))?;
        }
        for floor in &mut floors {
            floor.verdict(floor.number)?;
            answered += 1;
        }
    }
    Ok(f64::from(answered) / began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::delay::Delay;
    use super::super::gateway::Gateway;
    use super::super::machine::Cpus;
    use super::*;

    #[test]
    fn the_gateway_answers_each_scan_with_its_own_verdict_and_takes_its_time() {
        let gateway = Gateway::start(Cpus::choose()).unwrap();
        let mut floor = Floor::connect(gateway.address()).unwrap();
        for size in [0, 1 << 10, 256 << 10] {
            floor.post(size).unwrap();
        }
        let late = Duration::from_millis(30);
        gateway.delay(Delay::Spikes { every: 1, spike: late });
        assert!(floor.post(0).unwrap() >= late);
        gateway.delay(Delay::None);
        assert!(ceiling(gateway.address(), Duration::from_millis(50)).unwrap() > 100.0);
    }
}
