//! One request's way: read, written down, checked, decided, waited for, answered.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Method, Request as HttpRequest, Response, StatusCode};

use super::Shared;
use crate::answer::{Answer, Say};
use crate::api::{self, ApiError, BODY_LIMIT, Request};
use crate::engine::Decided;
use crate::journal::{Decision, Event, REDACTED};
use crate::wire::{AnswerBody, Course, Exchange, Leaving, Line};

/// How much of a body over the limit is still read, so that the client gets to see the 413.
const TOLERANCE: u64 = 16 * 1024 * 1024;

/// Answers one request.
///
/// # Errors
/// A body that broke off or took too long: what would come next is no request, so the connection
/// ends here. Or an answer that shall be broken: then it is the line's, and HTTP lets go.
pub(super) async fn answer(
    shared: Arc<Shared>,
    line: Line,
    request: HttpRequest<Incoming>,
) -> io::Result<Response<AnswerBody>> {
    let (mut head, incoming) = request.into_parts();
    let Arrival { body, length, complete } = read_body(incoming, shared.patience).await;

    let header = head.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let now = shared.clock.now();
    let (authorization, key) = api::authorize(header, shared.key.as_ref(), |token| shared.engine().serves(token, now));
    if header.is_some() {
        head.headers.insert(AUTHORIZATION, HeaderValue::from_static(REDACTED));
    }
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    let number = shared.journal.arrive(|number| Event::Arrived {
        number,
        at: Instant::now(),
        time: now.virtual_time,
        method: head.method.as_str().to_owned(),
        path: target.clone(),
        headers: head.headers,
        authorization,
        body: body.clone(),
        length,
    });
    let exchange = Exchange::new(shared.journal.clone(), number);

    if !complete {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let request = match target.strip_prefix(&shared.base_path) {
        Some(path) => Request::read(head.method.as_str(), path, key, &body, length),
        None => Err(ApiError::unknown_path(&target)),
    };
    let decided = match request {
        Ok(request) => shared.engine().decide(&request, now),
        Err(error) => Decided::refused(error),
    };
    if matches!(decided.say, Say::NewKey { .. }) {
        shared.journal.conceal(number);
    }
    let fault = decided.fault();
    let (trace, approval) = (decided.trace().map(str::to_owned), decided.approval().map(str::to_owned));
    let Decided { by, choice, delay, say, reply, miss } = decided;
    let decision = Box::new(Decision { by, choice, trace, approval, reply, miss });
    shared.journal.write(Event::Decided { number, at: Instant::now(), decision });
    let course = Course::of(say.answer(), fault);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match course {
        Course::Whole(answer) => Ok(response(&head.method, answer, exchange, line)),
        Course::Broken(broken) => {
            line.break_with(exchange, broken);
            Err(io::Error::other("the scenario breaks this answer"))
        }
        Course::Never => {
            // The client gives up, or the connection is torn down; either drops the exchange.
            let _held = exchange;
            std::future::pending().await
        }
    }
}

struct Arrival {
    /// The body, or its beginning when it is over the limit or broke off.
    body: Bytes,
    /// How many bytes were read.
    length: u64,
    /// Whether the client sent all that it announced, in time.
    complete: bool,
}

async fn read_body(mut incoming: Incoming, patience: Duration) -> Arrival {
    let announced = incoming.size_hint().lower().min(BODY_LIMIT);
    // A copy: the frames are slices of the connection's buffers, which the journal would keep alive.
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(0));
    let mut length = 0;
    let deadline = tokio::time::Instant::now() + patience;
    while let Some(frame) = tokio::time::timeout_at(deadline, incoming.frame()).await.transpose() {
        let Ok(Ok(frame)) = frame else { return Arrival { body: body.freeze(), length, complete: false } };
        let Ok(data) = frame.into_data() else { continue };
        if length <= BODY_LIMIT {
            body.extend_from_slice(&data);
        }
        length += data.len() as u64;
        if length > TOLERANCE {
            break;
        }
    }
    Arrival { body: body.freeze(), length, complete: true }
}

fn response(method: &Method, answer: Answer, exchange: Exchange, line: Line) -> Response<AnswerBody> {
    let Answer { status, content_type, retry_after, location, allow, body } = answer;
    let sent = method != Method::HEAD && !matches!(status, 204 | 304);
    let mut response = Response::new(AnswerBody::new(line, Leaving { exchange, status, body }, sent));
    *response.status_mut() = StatusCode::from_u16(status).expect("a scenario's status is 200 to 999");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, written(content_type));
    if let Some(location) = location {
        headers.insert(LOCATION, written(Cow::Owned(location)));
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(method) = allow {
        headers.insert(ALLOW, HeaderValue::from_static(method));
    }
    response
}

fn written(text: Cow<'static, str>) -> HeaderValue {
    match text {
        Cow::Borrowed(text) => HeaderValue::from_static(text),
        Cow::Owned(text) => HeaderValue::try_from(text).expect("a scenario's header is printable ASCII"),
    }
}
