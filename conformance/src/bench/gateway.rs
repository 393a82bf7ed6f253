//! The gateway of a bench: allows every scan, as fast as a socket lets it or after a delay. One thread for
//! each connection, on a CPU of their own. Never a decision.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use super::delay::Delay;
use super::http::Buffer;
use super::machine::Cpus;
use super::scan;

/// A gateway that runs. Dropping it closes its door; those inside leave when their guard does.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    desk: Arc<Desk>,
}

#[derive(Debug)]
struct Desk {
    manner: RwLock<Manner>,
    closed: AtomicBool,
}

/// How it spends its time, and since when.
#[derive(Debug, Clone, Copy)]
struct Manner {
    delay: Delay,
    since: Instant,
}

impl Gateway {
    /// Opens it on loopback, on the gateway's CPU.
    ///
    /// # Errors
    /// There is no port, or no thread.
    pub fn start(cpus: Cpus) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let manner = RwLock::new(Manner { delay: Delay::None, since: Instant::now() });
        let desk = Arc::new(Desk { manner, closed: AtomicBool::new(false) });
        let door = Arc::clone(&desk);
        thread::Builder::new().name("gateway".into()).spawn(move || {
            cpus.keep_gateway();
            for stream in listener.incoming() {
                if door.closed.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), desk) = (stream, Arc::clone(&door)) else { continue };
                // A guard that hangs up amid a request has ended, which its client hears of.
                let serving = thread::Builder::new().name("connection".into()).spawn(move || serve(stream, &desk));
                if serving.is_err() {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        })?;
        Ok(Self { address, desk })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as guards are told it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on spends its time like this.
    pub fn delay(&self, delay: Delay) {
        let mut manner = self.desk.manner.write().expect("nobody panics with the manner in hand");
        *manner = Manner { delay, since: Instant::now() };
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.desk.closed.store(true, Ordering::Relaxed);
        // Only to wake it: who cannot be reached any more has gone already.
        let _gone = TcpStream::connect(self.address);
    }
}

/// Answers one connection to its end.
fn serve(mut stream: TcpStream, desk: &Desk) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Buffer::default();
    while let Some(message) = buffer.message(&mut stream)? {
        let answer = match scan::number(buffer.slice(message.body.clone())) {
            Some(number) => {
                let Manner { delay, since } = *desk.manner.read().expect("nobody panics with the manner in hand");
                let delay = delay.of(number, since.elapsed());
                if !delay.is_zero() {
                    thread::sleep(delay);
                }
                response("200 OK", &scan::decided(number))
            }
            None if buffer.slice(message.head.clone()).starts_with(b"GET ") => response("200 OK", r#"{"status":"ok"}"#),
            None => response("400 Bad Request", r#"{"error":"VALIDATION","reason":"no scan of the bench"}"#),
        };
        buffer.consume(&message);
        stream.write_all(&answer)?;
        if message.is_last {
            break;
        }
    }
    Ok(())
}

fn response(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}
