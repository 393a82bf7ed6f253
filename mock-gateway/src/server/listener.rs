//! The port and its connections: accepted, refused, torn down. Never HTTP beyond handing a
//! connection to it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::{Shared, exchange};
use crate::tls::Tls;
use crate::wire::{Line, Socket, Wire};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How many connections are served at once; more wait to be accepted. Every one costs memory, and a
/// client need not be a friend.
const CONNECTIONS: usize = 1200;

/// How long to wait when the system has no descriptor left for a new connection.
const BREATH: Duration = Duration::from_millis(20);

/// Whether connections are accepted, and how they are greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// Connections are accepted and shown this certificate. Those that there are end. Only for a
    /// gateway that was started with TLS.
    Tls(Tls),
    /// A connection is refused by the system, as if nothing were there.
    Refuse,
    /// Connections are accepted.
    Accept,
}

/// A port that stays ours, whether or not it listens.
#[derive(Debug)]
pub(super) enum Port {
    /// Bound only: a connection is refused.
    Held(TcpSocket, SocketAddr),
    /// Listening.
    Open(TcpListener, SocketAddr),
}

impl Port {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = socket_for(address)?;
        socket.bind(address)?;
        let address = socket.local_addr()?;
        Ok(Self::Held(socket, address))
    }

    pub(super) const fn address(&self) -> SocketAddr {
        match self {
            Self::Held(_, address) | Self::Open(_, address) => *address,
        }
    }

    fn open(self) -> io::Result<Self> {
        match self {
            Self::Held(socket, address) => {
                // Connections of before that still linger must not stop us.
                socket.set_reuseaddr(true)?;
                Ok(Self::Open(socket.listen(BACKLOG)?, address))
            }
            open @ Self::Open(..) => Ok(open),
        }
    }

    /// Stops listening. A second socket takes the port before the first one leaves it, so that
    /// nobody else can; the port may be shared for that moment only.
    fn hold(self) -> io::Result<Self> {
        match self {
            Self::Open(listener, address) => {
                let socket = socket_for(address)?;
                share(&listener, true)?;
                share(&socket, true)?;
                socket.bind(address)?;
                drop(listener);
                share(&socket, false)?;
                socket.set_reuseaddr(false)?;
                Ok(Self::Held(socket, address))
            }
            held @ Self::Held(..) => Ok(held),
        }
    }
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

#[cfg(unix)]
fn share(socket: &impl std::os::fd::AsFd, shared: bool) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_reuseport(socket, shared)?)
}

/// Elsewhere a bound address may be bound again as it is.
#[cfg(not(unix))]
fn share<S>(_: &S, _: bool) -> io::Result<()> {
    Ok(())
}

/// The task that accepts; dropped, it ends with all its connections.
#[derive(Debug)]
pub(super) struct Acceptor {
    orders: mpsc::UnboundedSender<(Listener, oneshot::Sender<io::Result<()>>)>,
    task: JoinHandle<()>,
}

impl Acceptor {
    pub(super) fn start(port: Port, tls: Option<TlsAcceptor>, shared: Arc<Shared>) -> io::Result<Self> {
        let (orders, inbox) = mpsc::unbounded_channel();
        let task = tokio::spawn(accept(port.open()?, tls, shared, inbox));
        Ok(Self { orders, task })
    }

    pub(super) async fn set(&self, listener: Listener) -> io::Result<()> {
        let (done, answer) = oneshot::channel();
        let gone = || io::Error::other("the gateway has stopped");
        self.orders.send((listener, done)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    mut port: Port,
    mut tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut orders: mpsc::UnboundedReceiver<(Listener, oneshot::Sender<io::Result<()>>)>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some((listener, done)) = order else { return };
                if let Listener::Tls(certificate) = listener {
                    match shared.greeting(certificate) {
                        Ok(greeting) => tls = Some(greeting),
                        Err(error) => { _ = done.send(Err(error)); continue }
                    }
                }
                let moved = match listener {
                    Listener::Accept | Listener::Tls(_) => port.open(),
                    Listener::Refuse => port.hold(),
                };
                let result = match moved {
                    Ok(moved) => { port = moved; Ok(()) }
                    Err(error) => { _ = done.send(Err(error)); return }
                };
                if listener != Listener::Accept {
                    connections.shutdown().await;
                }
                // Whoever gave the order may have stopped waiting for it.
                _ = done.send(result);
            }
            accepted = next(&port), if connections.len() < CONNECTIONS => match accepted {
                Ok(stream) => _ = connections.spawn(greet(stream, tls.clone(), Arc::clone(&shared))),
                Err(_) => tokio::time::sleep(BREATH).await,
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn next(port: &Port) -> io::Result<TcpStream> {
    match port {
        Port::Open(listener, _) => Ok(listener.accept().await?.0),
        Port::Held(..) => std::future::pending().await,
    }
}

/// Shakes hands where TLS is spoken, then serves. A client that does not shake hands in time is no
/// better than one that does not ask.
async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // Without this an answer may wait for the acknowledgement of the one before.
    _ = stream.set_nodelay(true);
    match tls {
        None => serve(stream, shared).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(shared.patience, tls.accept(stream)).await {
                serve(stream, shared).await;
            }
        }
    }
}

/// Serves one connection to its end. Broken HTTP ends it too, and so does a client that keeps the
/// head of its next request to itself; the journal has what came before. A fault ends it last.
async fn serve(mut stream: impl Socket, shared: Arc<Shared>) {
    let line = Line::default();
    let wire = TokioIo::new(Wire::new(&mut stream, line.clone()));
    let patience = shared.patience;
    let handler = line.clone();
    let service = service_fn(move |request| exchange::answer(Arc::clone(&shared), handler.clone(), request));
    _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(wire, service)
        .await;
    if let Some((exchange, broken)) = line.breaking() {
        broken.play(stream, exchange).await;
    }
}
