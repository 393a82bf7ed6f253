//! The connection as the gateway sees it: the place where it is known that an answer has left. What
//! a fault makes of an answer is in `broken`, how that is sent in `play`. Never HTTP's own doing.

mod broken;
mod play;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::journal::{Event, Journal};

pub(crate) use broken::{Broken, Course};
pub(crate) use play::Socket;

/// A request whose end is not written down yet. Dropped before that, it was hung up on.
#[derive(Debug)]
pub(crate) struct Exchange {
    journal: Journal,
    number: u64,
    ended: bool,
}

impl Exchange {
    pub(crate) const fn new(journal: Journal, number: u64) -> Self {
        Self { journal, number, ended: false }
    }

    /// The whole answer has left.
    fn answered(mut self, status: u16, body: Bytes) {
        self.ended = true;
        self.journal.write(Event::Answered { number: self.number, at: Instant::now(), status, body });
    }

    /// As much of the answer has left as shall.
    fn broken(mut self, sent: u64) {
        self.ended = true;
        self.journal.write(Event::Broken { number: self.number, at: Instant::now(), sent });
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.ended {
            self.journal.write(Event::HungUp { number: self.number, at: Instant::now() });
        }
    }
}

/// An answer that HTTP has taken and the socket not yet.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) exchange: Exchange,
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// One connection, as the handler of its requests holds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    ends: Arc<Mutex<Ends>>,
}

/// How far the request in hand has come.
#[derive(Debug, Default)]
struct Ends {
    leaving: Option<Leaving>,
    breaking: Option<(Exchange, Broken)>,
}

impl Line {
    /// This answer is complete with the next flush.
    pub(crate) fn leave(&self, leaving: Leaving) {
        self.ends().leaving = Some(leaving);
    }

    /// This is sent once HTTP has let go of the connection.
    pub(crate) fn break_with(&self, exchange: Exchange, broken: Broken) {
        self.ends().breaking = Some((exchange, broken));
    }

    /// What is to be sent now that HTTP has let go of the connection.
    pub(crate) fn breaking(&self) -> Option<(Exchange, Broken)> {
        self.ends().breaking.take()
    }

    fn flushed(&self) {
        if let Some(Leaving { exchange, status, body }) = self.ends().leaving.take() {
            exchange.answered(status, body);
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that reports to its line when HTTP has taken all of it.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    line: Line,
    rest: Option<Leaving>,
}

impl AnswerBody {
    /// The body of an answer. One that has no bytes, or that HTTP never sends (as to HEAD), leaves
    /// with the head.
    pub(crate) fn new(line: Line, leaving: Leaving, sent: bool) -> Self {
        if sent && !leaving.body.is_empty() {
            return Self { line, rest: Some(leaving) };
        }
        line.leave(leaving);
        Self { line, rest: None }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.rest.take().map(|leaving| {
            let body = leaving.body.clone();
            self.line.leave(leaving);
            Ok(Frame::data(body))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |leaving| leaving.body.len() as u64))
    }
}

/// A stream that tells its line when everything written was handed down.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    line: Line,
}

impl<S> Wire<S> {
    pub(crate) const fn new(stream: S, line: Line) -> Self {
        Self { stream, line }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// HTTP flushes the stream only when its own buffer is empty.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.line.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
