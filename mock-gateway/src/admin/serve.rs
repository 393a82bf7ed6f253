//! The admin API's own port and its connections, the console's included: plain HTTP, one request at a
//! time, every answer with the headers that keep browsers from making more of it than it is.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::gate;
use super::operation::{self, BASE, Operation, Outcome};
use super::problem::Problem;
use super::token::Token;
use crate::console::{self, Console, File, Visit};
use crate::journal::{Line, Tail};
use crate::server::Shared;

/// The largest body that is taken; a scenario of thousands of rules has room in it.
const BODY_LIMIT: usize = 1024 * 1024;

/// How much of a body over the limit, or of a refused request, is still read, so that the client
/// gets to see why.
const TOLERANCE: usize = 16 * 1024 * 1024;

/// How long to wait when the system has no descriptor left for a new connection.
const BREATH: Duration = Duration::from_millis(20);

/// Accepts for ever; dropped, it ends with all its connections.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, token: Token) {
    let mut connections = JoinSet::new();
    let desk = Arc::new(Desk { shared, token, opened: Instant::now() });
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = connections.spawn(serve(stream, Arc::clone(&desk))),
                Err(_) => tokio::time::sleep(BREATH).await,
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// What every connection shares.
struct Desk {
    shared: Arc<Shared>,
    token: Token,
    /// What the times of events are counted from.
    opened: Instant,
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    _ = stream.set_nodelay(true);
    // Of a connection that has no address any more nobody will read the answer.
    let Ok(here) = stream.local_addr() else { return };
    let patience = desk.shared.patience;
    let service = service_fn(move |request| answer(Arc::clone(&desk), here, request));
    _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Answers one request.
///
/// # Errors
/// A body that broke off or took too long: what would come next is no request.
async fn answer(desk: Arc<Desk>, here: SocketAddr, request: Request<Incoming>) -> io::Result<Response<Reply>> {
    let (head, incoming) = request.into_parts();
    let meant = Meant::by(&head, here, !incoming.is_end_stream(), &desk);
    let body = read(incoming, if meant.is_ok() { BODY_LIMIT } else { 0 }, desk.shared.patience).await?;
    let outcome = meant.and_then(|meant| {
        let body = body.ok_or_else(|| {
            let error = format!("the body has more than {BODY_LIMIT} bytes");
            Problem::new(413, error, "put a larger scenario in a file and start the gateway with it")
        })?;
        Ok(match meant {
            Meant::Page(file) => page(file),
            Meant::Enter(console) => welcome(console, &enter(console, &body)?),
            Meant::Operation(operation, name) => {
                match operation.act(&desk.shared, name, head.uri.query().unwrap_or(""), body)? {
                    Outcome::Json(text) => response(StatusCode::OK, "application/json", Reply::whole(text)),
                    Outcome::Journal { after } => {
                        let lines = Lines { tail: Tail::of(desk.shared.journal.clone()), after, opened: desk.opened };
                        response(StatusCode::OK, "application/x-ndjson", Reply::Following(lines))
                    }
                }
            }
        })
    });
    Ok(outcome.unwrap_or_else(|problem| refusal(&problem)))
}

/// What a request means.
enum Meant<'a> {
    /// A file of the console.
    Page(&'static File),
    /// A browser wants to be let into the console.
    Enter(&'a Console),
    /// Something is asked of the admin API.
    Operation(&'static Operation, String),
}

impl<'a> Meant<'a> {
    /// What it is, if whoever asks may ask for it.
    fn by(head: &Parts, here: SocketAddr, has_body: bool, desk: &'a Desk) -> Result<Self, Problem> {
        gate::address(head, here)?;
        let console = desk.shared.console.as_deref();
        if let Some(path) = head.uri.path().strip_prefix(console::BASE)
            && let Some(console) = console
        {
            return Self::of_console(head, path, console);
        }
        gate::power(head, &desk.token, console)?;
        let (operation, name) = operation::find(&head.method, head.uri.path())?;
        if has_body {
            gate::is_json(&head.headers)?;
        }
        Ok(Self::Operation(operation, name))
    }

    fn of_console(head: &Parts, path: &str, console: &'a Console) -> Result<Self, Problem> {
        let file = console::find(path);
        let allow = match (file, path) {
            (Some(_), _) => Method::GET,
            (None, "/session") => Method::POST,
            _ => {
                let error = format!("there is no path {} here", head.uri.path());
                return Err(Problem::new(404, error, format!("the console is at {}/", console.url())));
            }
        };
        if head.method != allow {
            let error = format!("{} does not answer {}", head.uri.path(), head.method);
            let problem = Problem::new(405, error, format!("use {allow}"));
            return Err(Problem { allow: Some(allow.to_string()), ..problem });
        }
        if let Some(file) = file {
            return Ok(Self::Page(file));
        }
        gate::own_page(head)?;
        gate::is_json(&head.headers)?;
        Ok(Self::Enter(console))
    }
}

/// What a browser brings along to be let in.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Ticket {
    link: String,
}

fn enter(console: &Console, body: &[u8]) -> Result<Visit, Problem> {
    let wrong = |error| Problem::new(400, format!("cannot read the body: {error}"), "open the link as it was printed");
    let Ticket { link } = serde_json::from_slice(body).map_err(wrong)?;
    console.enter(&link)?.ok_or_else(|| {
        let remedy = "a link opens once; `mock-gateway watch` makes another one by the key o";
        Problem::new(401, "this link was used before, or another one took its place", remedy)
    })
}

fn welcome(console: &Console, visit: &Visit) -> Response<Reply> {
    let proof = serde_json::json!({ "proof": visit.proof.reveal() }).to_string();
    let mut response = response(StatusCode::OK, "application/json", Reply::whole(proof.into_bytes()));
    let name = console.cookie();
    let cookie = format!("{name}={}; Path={BASE}; HttpOnly; SameSite=Strict", visit.cookie.reveal());
    let cookie = HeaderValue::try_from(cookie).expect("hexadecimal digits are a header");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

fn page(file: &'static File) -> Response<Reply> {
    let mut response =
        response(StatusCode::OK, file.media, Reply::Whole(Some(Bytes::from_static(file.text.as_bytes()))));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(console::POLICY));
    response
}

fn refusal(problem: &Problem) -> Response<Reply> {
    let status = StatusCode::from_u16(problem.status).expect("a problem has a status of HTTP");
    let text = serde_json::to_vec(problem).expect("a problem has string keys and whole numbers");
    let mut response = response(status, "application/json", Reply::whole(text));
    if let Some(allow) = problem.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
        response.headers_mut().insert(ALLOW, allow);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn response(status: StatusCode, media: &'static str, body: Reply) -> Response<Reply> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
    }
    response
}

/// Reads a body to its end; `None` when it has more than `limit` bytes, which are not kept.
async fn read(mut incoming: Incoming, limit: usize, patience: Duration) -> io::Result<Option<Bytes>> {
    let (mut body, mut length) = (BytesMut::new(), 0_usize);
    let deadline = tokio::time::Instant::now() + patience;
    while let Some(frame) = tokio::time::timeout_at(deadline, incoming.frame()).await.transpose() {
        let (Ok(Ok(frame)), true) = (frame, length <= TOLERANCE) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= limit {
            body.extend_from_slice(&data);
        }
    }
    Ok((length <= limit).then(|| body.freeze()))
}

/// The body of an answer.
enum Reply {
    Whole(Option<Bytes>),
    Following(Lines),
}

impl Reply {
    fn whole(text: Vec<u8>) -> Self {
        Self::Whole(Some(text.into()))
    }
}

/// The journal as it grows.
struct Lines {
    tail: Tail,
    after: u64,
    opened: Instant,
}

impl Lines {
    fn poll_text(&mut self, context: &Context<'_>) -> Poll<String> {
        loop {
            let read = ready!(self.tail.poll_read(context));
            let mut text = String::new();
            if read.lost > 0 {
                text += &(Line::Lost { events: read.lost }.to_json() + "\n");
            }
            for event in read.events.iter().filter(|event| event.number() > self.after) {
                text += &(event.to_json(self.opened) + "\n");
            }
            if !text.is_empty() {
                return Poll::Ready(text);
            }
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Following(lines) => lines.poll_text(context).map(|text| Some(Ok(Frame::data(text.into())))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(text) => SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Self::Following(_) => SizeHint::default(),
        }
    }
}
