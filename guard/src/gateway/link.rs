//! The connections to one gateway: TCP, TLS where its address asks for it, and for each connection
//! whether a byte of the answer was heard. Never a request's meaning.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_service::Service;

use super::failure::ScanError;
use crate::scan::Pieces;

/// Keeps connections open between requests.
pub(super) enum Link {
    Plain(Client<Listening<Tcp>, Full<Pieces>>),
    Tls(Client<Listening<HttpsConnector<Tcp>>, Full<Pieces>>),
}

/// Idle connections kept: as many as may be busy at once.
pub(super) const MOST_CONNECTIONS: usize = 256;

impl Link {
    /// Builds the client. TLS costs its roots and its tables, so it is built only for `https://`.
    pub(super) fn new(https: bool) -> Self {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let tcp = Tcp(http);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(MOST_CONNECTIONS);
        if https {
            let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_only().enable_http1().wrap_connector(tcp);
            Self::Tls(builder.build(Listening(tls)))
        } else {
            Self::Plain(builder.build(Listening(tcp)))
        }
    }

    pub(super) async fn send(&self, request: Request<Full<Pieces>>) -> Result<Response<Incoming>, ScanError> {
        match self {
            Self::Plain(client) => client.request(request).await.map_err(|error| failure(&error, false)),
            Self::Tls(client) => client.request(request).await.map_err(|error| failure(&error, true)),
        }
    }
}

fn failure(error: &ClientError, https: bool) -> ScanError {
    if error.is_connect() {
        return match find::<TcpError>(error) {
            Some(tcp) => tcp.failure(),
            // TCP was there, so what failed is what comes after it.
            None if https => ScanError::Tls,
            None => ScanError::Unreachable,
        };
    }
    let spoken = find::<hyper::Error>(error);
    if spoken.is_some_and(hyper::Error::is_parse) {
        return ScanError::NotHttp;
    }
    if https && find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
        return ScanError::Tls;
    }
    let mut extras = hyper::http::Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    if extras.get::<Heard>().is_some_and(Heard::something) { ScanError::Broken } else { ScanError::Reset }
}

fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    std::iter::successors(Some(error), |error| (*error).source()).find_map(<dyn Error>::downcast_ref)
}

/// Whether a connection gave a byte since it was last written to. What is written begins a request,
/// and what came before it belongs to another, read to its end or not.
#[derive(Clone, Default)]
struct Heard(Arc<AtomicBool>);

impl Heard {
    fn something(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn note(&self, something: bool) {
        self.0.store(something, Ordering::Relaxed);
    }
}

type Connecting<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Connects TCP, and marks its failures, so that they are told from those of TLS.
#[derive(Clone)]
pub(super) struct Tcp(HttpConnector);

#[derive(Debug, thiserror::Error)]
#[error("tcp connection failed")]
struct TcpError(#[source] Box<dyn Error + Send + Sync>);

impl TcpError {
    fn failure(&self) -> ScanError {
        // EMFILE and ENFILE have no kind of their own.
        const NO_MORE_FILES: [i32; 2] = [24, 23];
        match find::<io::Error>(self) {
            Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => ScanError::Refused,
            Some(error) if error.raw_os_error().is_some_and(|code| cfg!(unix) && NO_MORE_FILES.contains(&code)) => {
                ScanError::Local
            }
            _ => ScanError::Unreachable,
        }
    }
}

impl Service<Uri> for Tcp {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Connecting<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async { connecting.await.map_err(|error| TcpError(error.into()).into()) })
    }
}

/// Makes connections that know whether they were answered.
#[derive(Clone)]
pub(super) struct Listening<C>(C);

impl<C> Service<Uri> for Listening<C>
where
    C: Service<Uri, Error = Box<dyn Error + Send + Sync>>,
    C::Future: Send + 'static,
{
    type Response = TokioIo<Listened<C::Response>>;
    type Error = C::Error;
    type Future = Connecting<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async {
            let stream = TokioIo::new(connecting.await?);
            Ok(TokioIo::new(Listened { stream, heard: Heard::default() }))
        })
    }
}

/// A connection that notes whether it was answered. It looks on as a stream of tokio's, whose read
/// buffer tells how much was read.
pub(super) struct Listened<S> {
    stream: TokioIo<S>,
    heard: Heard,
}

impl<S: Connection> Connection for Listened<S> {
    fn connected(&self) -> Connected {
        self.stream.inner().connected().extra(self.heard.clone())
    }
}

impl<S: Read + Unpin> AsyncRead for Listened<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.heard.note(true);
        }
        polled
    }
}

impl<S: Write + Unpin> AsyncWrite for Listened<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.heard.note(false);
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.heard.note(false);
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
