//! The upstream of one play, seen from the harness: where its processes report, and what of that is
//! written down. Never what an upstream does, which it decides itself in a process of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mock_gateway::admin::Token;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::log::Log;
use crate::recording::{Event, Stream, Text};
pub use crate::upstream::Trait;
use crate::upstream::UPSTREAM;
use crate::upstream::report::{HEARD, REPORT_LIMIT, Report};

/// How much of the reports of one play is kept, in bytes; more is heard and thrown away.
const KEPT_LIMIT: u64 = 16 << 20;

/// What a report costs beside its bytes, in bytes.
const REPORT_COST: u64 = 256;

/// How many processes may report at the same time; a guard that starts more of them, or calls here
/// itself, is not heard.
const CALLERS: usize = 16;

/// How many hexadecimal digits of a random token are used: 128 bits.
const TOKEN_DIGITS: usize = 32;

/// How long a caller may take to show its token.
const GREETING: Duration = Duration::from_secs(5);

/// Where the upstreams of one play report. Dropping it ends every upstream that still runs, as soon as
/// that has something to report.
#[derive(Debug)]
pub struct Upstream {
    place: String,
    program: String,
    callers: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
    /// Dropping it ends what accepts, and hangs up on everyone.
    open: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Desk {
    token: String,
    log: Log,
    processes: AtomicU64,
    kept: AtomicU64,
    flooded: AtomicBool,
}

impl Upstream {
    /// Begins to listen, on loopback; what upstreams report goes into the log. Called within a runtime.
    ///
    /// # Errors
    /// When there is no port, no random number, or this program cannot be found.
    pub fn listen(log: Log) -> io::Result<Self> {
        let program = std::env::current_exe()?
            .into_os_string()
            .into_string()
            .map_err(|path| io::Error::other(format!("the path of this program is not UTF-8: {}", path.display())))?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let token = Token::random().map_err(io::Error::other)?.reveal()[..TOKEN_DIGITS].to_owned();
        let place = format!("{address}/{token}");
        let desk =
            Desk { token, log, processes: AtomicU64::new(0), kept: AtomicU64::new(0), flooded: AtomicBool::new(false) };
        let (count, callers) = watch::channel(0);
        let (open, closed) = oneshot::channel();
        let accepting = tokio::spawn(accept(TcpListener::from_std(listener)?, Arc::new(desk), count, closed));
        Ok(Self { place, program, callers, accepting, open })
    }

    /// The command that starts an upstream with these traits: what `{upstream}` stands for. The program
    /// that plays must call [`crate::launch::take_over`] first.
    #[must_use]
    pub fn argv(&self, traits: &[Trait]) -> Vec<String> {
        let head = [self.program.clone(), UPSTREAM.to_owned(), self.place.clone()];
        head.into_iter().chain(traits.iter().map(ToString::to_string)).collect()
    }

    /// Waits until no process reports any more, at most `limit`: then the record of all that have
    /// called is whole. Whether that came about.
    pub async fn settled(&mut self, limit: Duration) -> bool {
        timeout(limit, self.callers.wait_for(|callers| *callers == 0)).await.is_ok_and(|settled| settled.is_ok())
    }

    /// Waits as [`Upstream::settled`] does, then listens no more. The record of a process that still
    /// runs then has no end.
    pub async fn close(mut self, limit: Duration) -> bool {
        let settled = self.settled(limit).await;
        drop(self.open);
        // A task that panicked has nothing more to write down either.
        let _panicked = self.accepting.await;
        settled
    }
}

/// Takes calls until it is closed, then hangs up on everyone: nothing is written down afterwards.
async fn accept(
    listener: TcpListener,
    desk: Arc<Desk>,
    count: watch::Sender<usize>,
    mut closed: oneshot::Receiver<()>,
) {
    let mut callers = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = &mut closed => {
                callers.shutdown().await;
                return;
            }
            Some(_) = callers.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((caller, _)) if callers.len() < CALLERS => {
                    let desk = Arc::clone(&desk);
                    callers.spawn(async move { hear(caller, &desk).await });
                }
                // One caller too many is sent away by dropping it.
                Ok(_) => {}
                // Too many open files, for one: it may pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
        count.send_replace(callers.len());
    }
}

/// Hears one caller to its end. Whoever does not know the token, or says what makes no sense, is hung
/// up on.
async fn hear(mut caller: TcpStream, desk: &Desk) -> Option<()> {
    let mut token = [0; TOKEN_DIGITS + 1];
    timeout(GREETING, caller.read_exact(&mut token)).await.ok()?.ok()?;
    if token.strip_suffix(b"\n") != Some(desk.token.as_bytes()) {
        return None;
    }
    caller.set_nodelay(true).ok()?;
    caller.write_all(&[HEARD]).await.ok()?;
    let Report::Started(start) = timeout(GREETING, report(&mut caller)).await.ok()?? else { return None };
    let process = desk.processes.fetch_add(1, Ordering::SeqCst) + 1;
    let cost = start.environment.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
        + start.arguments.iter().map(String::len).sum::<usize>();
    let environment = start.environment.into_iter().collect::<BTreeMap<_, _>>();
    let started = Event::UpstreamStarted { process, pid: start.pid, arguments: start.arguments, environment };
    if !desk.keep(started, cost) {
        return None;
    }
    let mut code = None;
    while caller.write_all(&[HEARD]).await.is_ok() {
        let Some(report) = report(&mut caller).await else { break };
        match report {
            Report::Started(_) => break,
            Report::Read(pid, text) => {
                desk.keep_line(text, |environment| Event::UpstreamRead { process, pid, environment });
            }
            Report::Got(line) => desk.keep_line(line, |line| Event::UpstreamGot { process, line }),
            Report::Overlong(length) => desk.flooded(length),
            Report::Sent(line) => desk.keep_line(line, |line| Event::UpstreamSent { process, line }),
            Report::StdinEnded(rest) => desk.keep_line(rest, |rest| Event::UpstreamStdinEnded { process, rest }),
            Report::Terminated => {
                desk.keep(Event::UpstreamSignalled { process, signal: "TERM".to_owned() }, 0);
            }
            Report::Leaving(with) => code = Some(with),
        }
    }
    // Kept in any case: there is only one for each process whose start was kept.
    desk.log.push(Event::UpstreamEnded { process, code });
    None
}

/// The next report; `None` when the caller has gone, or makes no sense.
async fn report(caller: &mut TcpStream) -> Option<Report> {
    let kind = caller.read_u8().await.ok()?;
    let length = caller.read_u32().await.ok().filter(|length| *length <= REPORT_LIMIT)?;
    let mut content = Vec::new();
    caller.take(length.into()).read_to_end(&mut content).await.ok()?;
    (content.len() == length as usize).then(|| Report::decode(kind, content))?
}

impl Desk {
    /// Writes an event of so many bytes down, unless too much is kept already; whether it did.
    fn keep(&self, event: Event, bytes: usize) -> bool {
        let cost = bytes as u64 + REPORT_COST;
        if self.kept.fetch_add(cost, Ordering::SeqCst) + cost > KEPT_LIMIT {
            self.flooded(KEPT_LIMIT);
            return false;
        }
        self.log.push(event);
        true
    }

    fn keep_line(&self, line: Vec<u8>, event: impl FnOnce(Text) -> Event) {
        let bytes = line.len();
        self.keep(event(Text(line.into())), bytes);
    }

    /// Says once that the record is not whole.
    fn flooded(&self, kept: u64) {
        if !self.flooded.swap(true, Ordering::SeqCst) {
            self.log.push(Event::Flooded { stream: Stream::Upstream, kept });
        }
    }
}
