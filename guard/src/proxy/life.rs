//! One session of the proxy, from the server's start to its end: who ends it, how long the others are
//! waited for, and the exit code. Never looks at a message.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::child::{self, Child, not_started};
use super::{NotServed, Proxy, Server, relay, stderr};
use crate::batch::Outgoing;
use crate::config::Config;
use crate::frame::Lines;
use crate::{log, session};

/// Lines that may wait to be written, to either side.
const QUEUE: usize = 64;

/// How long what is open may still take once the client has left.
const GRACE: Duration = Duration::from_secs(2);

/// How long a server may take to end of its own accord, once it is told nothing more.
const LEAVE: Duration = Duration::from_secs(1);

/// How long the last words of a server may take that has ended, if others hold its streams.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Why a session comes to its end.
enum End {
    /// The client has left.
    Client,
    /// A stream of ours has failed.
    Broken(NotServed),
    /// The server has ended, or hears or speaks no more.
    Server,
    /// We are asked to end, with this signal.
    Signal(u8),
}

/// A task of the session; it may be waited for again and again.
struct Task<T>(Option<JoinHandle<T>>);

impl<T> Task<T> {
    fn new(handle: JoinHandle<T>) -> Self {
        Self(Some(handle))
    }

    /// What it came to; nothing where that was told before, or where it was ended.
    async fn end(&mut self) -> Option<T> {
        let result = self.0.as_mut()?.await;
        self.0 = None;
        result.ok()
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}

/// Lines on their way to somebody.
struct Writer {
    task: Task<io::Result<()>>,
    closed: Arc<Notify>,
}

impl Writer {
    fn start(output: impl AsyncWrite + Send + Unpin + 'static, queue: mpsc::Receiver<Outgoing>) -> Self {
        let closed = Arc::new(Notify::new());
        let notified = Arc::clone(&closed);
        let task = tokio::spawn(async move { session::write(output, queue, notified.notified()).await });
        Self { task: Task::new(task), closed }
    }

    /// Takes no more lines, and ends when those that wait are written.
    fn close(&self) {
        self.closed.notify_one();
    }
}

/// Serves a client in front of a server until one of them has left; gives the exit code. Call it on the
/// thread that the process ends with: on Linux the server ends with it.
///
/// # Errors
/// Why the session did not begin, or which stream of ours broke it.
pub async fn serve<R, W>(config: &Config, server: &Server, input: R, output: W) -> Result<u8, NotServed>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    if server.command.iter().any(|argument| config.key.is_in(argument.as_encoded_bytes())) {
        return Err(NotServed::KeyInCommand);
    }
    // From here on a signal ends the server too.
    let mut signals = Signals::listen();
    let environment = child::environment(std::env::vars_os(), &config.key);
    let (mut child, streams) = Child::start(&server.command, environment).map_err(|error| {
        let (text, code) = not_started(&server.command[0], &error);
        NotServed::NotStarted(text, code)
    })?;
    let (to_client, client_queue) = mpsc::channel(QUEUE);
    let (to_server, server_queue) = mpsc::channel(QUEUE);
    let proxy = Arc::new(Proxy::new(config, server, to_client, to_server));
    let (ended, left) = oneshot::channel();
    let mut stderr = Task::new(tokio::spawn(stderr::drain(streams.stderr, config.key.clone())));
    let mut to_server = Writer::start(streams.stdin, server_queue);
    let mut to_client = Writer::start(output, client_queue);
    let mut up = Task::new(tokio::spawn(Arc::clone(&proxy).up(Lines::new(input), ended)));
    let lines = Lines::up_to(relay::LONGEST_ANSWER, streams.stdout);
    let mut down = Task::new(tokio::spawn(Arc::clone(&proxy).down(lines)));

    let mut end = tokio::select! {
        biased;
        left = left => match left {
            Ok(Err(error)) => End::Broken(NotServed::Input(error)),
            _ => End::Client,
        },
        written = to_client.task.end() => End::Broken(NotServed::Output(reason(written))),
        _ = to_server.task.end() => End::Server,
        _ = down.end() => End::Server,
        _ = child.wait() => End::Server,
        signal = signals.next() => End::Signal(signal),
    };
    proxy.closing.store(true, Ordering::Relaxed);
    match end {
        End::Client => {
            let leaving = async {
                let open = async {
                    up.end().await;
                    proxy.quiet().await;
                };
                if timeout(GRACE, open).await.is_err() {
                    log::say("stdin ended; what took longer than 2 s is left without an answer");
                }
                to_server.close();
                timeout(LEAVE, async { tokio::join!(child.wait(), down.end()) }).await.is_err()
            };
            tokio::select! {
                biased;
                stubborn = leaving => if stubborn {
                    log::say("stdin ended; the server went on, and is ended");
                },
                signal = signals.next() => end = End::Signal(signal),
            }
        }
        End::Server => {
            let _ = timeout(LEAVE, async { tokio::join!(child.wait(), timeout(LAST_WORDS, down.end())) }).await;
        }
        End::Broken(_) | End::Signal(_) => {}
    }
    drop(up);
    let status = child.stop().await;
    let _ = timeout(LAST_WORDS, async { tokio::join!(down.end(), stderr.end()) }).await;
    let farewell = async {
        proxy.give_up().await;
        to_client.close();
        to_client.task.end().await;
    };
    let reported = async {
        if let Some(reports) = &proxy.reports {
            reports.finish().await;
        }
    };
    let _ = timeout(GRACE, async { tokio::join!(farewell, reported) }).await;
    match (end, status) {
        (End::Broken(error), _) => Err(error),
        (End::Signal(signal), _) => Ok(128 + signal),
        (End::Server, Some(status)) => {
            log::say(format_args!("the server has ended: {status}"));
            Ok(child::code(status))
        }
        (End::Server, None) => {
            log::say("the server went silent, and is ended");
            Ok(1)
        }
        // A server that had to be ended has no say.
        (End::Client, status) => Ok(status.map(child::code).unwrap_or_default()),
    }
}

/// Serves a client in front of a server that is no process, until the client has left and all that was
/// open is answered: the whole relay, for who wants to be on both ends of it.
#[doc(hidden)]
pub async fn serve_between<R, W, S, T>(config: &Config, server: &Server, client: (R, W), upstream: (S, T))
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
    S: AsyncRead + Send + Unpin + 'static,
    T: AsyncWrite + Send + Unpin + 'static,
{
    let (to_client, client_queue) = mpsc::channel(QUEUE);
    let (to_server, server_queue) = mpsc::channel(QUEUE);
    let proxy = Arc::new(Proxy::new(config, server, to_client, to_server));
    let (ended, _left) = oneshot::channel();
    let mut to_server = Writer::start(upstream.1, server_queue);
    let mut to_client = Writer::start(client.1, client_queue);
    let mut up = Task::new(tokio::spawn(Arc::clone(&proxy).up(Lines::new(client.0), ended)));
    let lines = Lines::up_to(relay::LONGEST_ANSWER, upstream.0);
    let mut down = Task::new(tokio::spawn(Arc::clone(&proxy).down(lines)));
    up.end().await;
    let _ = timeout(GRACE, proxy.quiet()).await;
    proxy.closing.store(true, Ordering::Relaxed);
    to_server.close();
    to_server.task.end().await;
    down.end().await;
    proxy.give_up().await;
    to_client.close();
    to_client.task.end().await;
}

fn reason(written: Option<io::Result<()>>) -> io::Error {
    match written {
        Some(Err(error)) => error,
        _ => io::Error::other("the writer has ended"),
    }
}

/// The signals by which others ask a process to end.
#[cfg(unix)]
struct Signals(Vec<(u8, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let listened =
            kinds.into_iter().filter_map(|kind| Some((u8::try_from(kind.as_raw_value()).ok()?, signal(kind).ok()?)));
        Self(listened.collect())
    }

    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|cx| {
            let heard =
                self.0.iter_mut().find_map(|(number, signal)| signal.poll_recv(cx).is_ready().then_some(*number));
            heard.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        })
        .await
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    const fn listen() -> Self {
        Self
    }

    async fn next(&mut self) -> u8 {
        std::future::pending().await
    }
}
