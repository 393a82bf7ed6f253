//! The server's lines, on their way to the client. They are the server's to write: what a client could
//! read at all is handed on, unless it answers what the server was not asked. Never a line of the
//! client's.

use std::sync::Arc;

use bytes::Bytes;
use memchr::memmem;
use tokio::io::AsyncRead;

use super::{Holding, LONGEST_ANSWER, ended, whole};
use crate::batch::Outgoing;
use crate::frame::{self, Code, Id, Line, Lines, MOST_IN_BATCH, Message, Response, Role};
use crate::json::Document;
use crate::log;
use crate::proxy::intercept::Reading;
use crate::proxy::ledger::{Due, Open, Stage};
use crate::proxy::terms::Terms;
use crate::proxy::{Proxy, reply};

/// What becomes of a line of the server's.
enum Heard {
    /// It goes on as it is.
    Through(Outgoing),
    /// These go on in its place.
    Instead(Outgoing),
    Nothing,
}

impl From<Option<Outgoing>> for Heard {
    fn from(instead: Option<Outgoing>) -> Self {
        instead.map_or(Self::Nothing, Self::Instead)
    }
}

impl Proxy {
    /// Hands the server's lines on, to their end.
    pub(in crate::proxy) async fn down<R: AsyncRead + Unpin>(self: Arc<Self>, mut lines: Lines<R>) {
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return,
                Err(error) => return log::say(format_args!("the server's stdout failed: {error}")),
            };
            let length = if let Line::Whole(line) = &line { line.len() } else { 0 };
            let holding = self.behind.take(length).await.hold(());
            let (Heard::Through(line) | Heard::Instead(line)) = self.hear(line, &holding) else { continue };
            if self.to_client.send(line).await.is_err() {
                return;
            }
        }
    }

    fn hear(&self, line: Line, holding: &Holding) -> Heard {
        let line = match line {
            Line::Whole(line) if line.trim_ascii().is_empty() => return Heard::Nothing,
            Line::Whole(line) => in_one_line(line),
            Line::Overlong(told) => {
                let text = format!("the server's answer is longer than {LONGEST_ANSWER} bytes and was left out");
                let id = told.id.filter(|_| told.role == Some(Role::Response));
                return id.and_then(|id| self.fail_for(&id, &text)).into();
            }
        };
        match frame::read(&line) {
            Ok(Message::Request(_) | Message::Notification(_)) => Heard::Through(whole(line, holding)),
            Ok(Message::Response(Response { id: Some(id), result })) => {
                self.answer(&id, result.as_ref(), line, holding)
            }
            // An error about something that the server could not read.
            Ok(Message::Response(Response { id: None, result: None })) => Heard::Through(whole(line, holding)),
            Ok(Message::Response(Response { id: None, result: Some(_) })) => noise(&line),
            Ok(Message::Batch(elements)) => self.hear_batch(line, holding, &elements),
            Err(_) if memmem::find(&line, b"\"jsonrpc\"").is_some() => self.guess(line, holding),
            Err(_) => noise(&line),
        }
    }

    /// A line that only we may find hard to read; the client may be of another mind. It goes on where all
    /// readers see one message in it, and the same one as far as it matters whose it is.
    fn guess(&self, line: Bytes, holding: &Holding) -> Heard {
        let told = frame::rescue(&line);
        let passes = told.whole && is_one_line(&line);
        match (told.role, told.id) {
            (Some(Role::Response), Some(id)) if passes => self.answer(&id, None, line, holding),
            (Some(Role::Response), Some(id)) => self.fail_for(&id, "the server's answer is not readable").into(),
            (Some(Role::Request | Role::Notification), _) if passes => Heard::Through(whole(line, holding)),
            _ => noise(&line),
        }
    }

    /// Each message of a batch is heard as if it came alone. Where one may not go on as it is, the others
    /// go on alone.
    fn hear_batch(&self, line: Bytes, holding: &Holding, elements: &[Bytes]) -> Heard {
        if elements.is_empty() || elements.len() > MOST_IN_BATCH {
            log::say("ignored a batch of the server's, which is empty or too long");
            return Heard::Nothing;
        }
        let heard: Vec<_> = elements.iter().map(|element| self.hear(Line::Whole(element.clone()), holding)).collect();
        if heard.iter().all(|heard| matches!(heard, Heard::Through(_))) {
            return Heard::Through(whole(line, holding));
        }
        let lines = heard.into_iter().filter_map(|heard| match heard {
            Heard::Through(line) | Heard::Instead(line) => Some(line),
            Heard::Nothing => None,
        });
        let lines: Outgoing = lines.flatten().collect();
        Some(lines).filter(|lines| !lines.is_empty()).into()
    }

    /// An answer of the server's: handed on if it answers an open request that the server has.
    fn answer(&self, id: &Id, result: Option<&Bytes>, line: Bytes, holding: &Holding) -> Heard {
        let Some(Open { stage: Stage::Sent(due), reading, batch, .. }) = self.ledger().answered(id) else {
            log::say("ignored an answer of the server's to nothing that it was asked");
            return Heard::Nothing;
        };
        self.settled.notify_one();
        match (due, result) {
            (Due::Opening(offer), Some(result)) => self.ledger().terms = Terms::read(offer, result),
            (Due::Report(trace), Some(result)) => self.told(trace, reading, result),
            _ => {}
        }
        if batch.is_none() {
            return Heard::Through(whole(line, holding));
        }
        // What waits for the rest of its batch takes no room from what the rest comes through.
        let answer = match self.aside.try_take(line.len()) {
            Some(share) => share.hold(ended(&line)),
            None => {
                let text = "the answers that wait for the rest of their batch are too long together; ask one by one";
                reply::error(id, Code::InternalError, text).into()
            }
        };
        self.ledger().out(batch, answer).into()
    }

    /// What a call returned, or the task that it became.
    fn told(&self, trace: Bytes, reading: Reading, result: &Bytes) {
        let Some(reports) = &self.reports else { return };
        if reading == Reading::Task {
            let document = Document::read(result, 2).ok();
            let task = document.as_ref().and_then(|result| result.root().get("task")?.get("taskId")?.as_str());
            if let Some(task) = task {
                return self.ledger().remember_task(task.into_owned(), trace);
            }
        }
        self.ledger().forget_task(&trace);
        reports.tell(trace, result);
    }

    fn fail_for(&self, id: &Id, text: &str) -> Option<Outgoing> {
        let open = self.ledger().answered(id)?;
        self.settled.notify_one();
        log::say(text);
        self.ledger().out(open.batch, reply::error(id, Code::InternalError, text).into())
    }
}

/// A line without carriage returns inside: white space to JSON, they end a line for some readers, to whom
/// the rest would be another message.
fn in_one_line(line: Bytes) -> Bytes {
    let inside = line.len().saturating_sub(1);
    if memchr::memchr(b'\r', &line[..inside]).is_none() {
        return line;
    }
    let mut spaced = Vec::from(line);
    spaced[..inside].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b' ');
    spaced.into()
}

/// Nothing in this line ends a line for anybody. In strict JSON such a character stands in a string alone,
/// where no message can hide behind it; in any other text it may stand anywhere.
fn is_one_line(line: &[u8]) -> bool {
    let parts = |letter: char| letter.is_control() && letter != '\t' || matches!(letter, '\u{2028}' | '\u{2029}');
    std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).is_ok_and(|line| !line.contains(parts))
}

/// Servers print, too.
fn noise(line: &Bytes) -> Heard {
    log::say(format_args!("ignored {} bytes on the server's stdout that are no message", line.len()));
    Heard::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::ASIDE;

    #[tokio::test]
    async fn what_waits_for_the_rest_of_its_batch_holds_up_nobody() {
        let (proxy, _queues) = Proxy::alone("2025-03-26");
        let batch = proxy.ledger().batches.begin();
        let ids = [1, 2, 3].map(|id: u32| Id::parse(id.to_string().as_bytes()).unwrap());
        for id in ids {
            let share = proxy.open.try_take(1).unwrap();
            proxy.ledger().enter(id, Reading::Session, Some(batch), share, Stage::Sent(Due::Nothing));
        }
        assert_eq!(proxy.ledger().batches.settle(batch, None), None);
        let behind = proxy.behind.take(1).await.hold(());
        let hear = |id: u32| {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#);
            proxy.hear(Line::Whole(line.into()), &behind)
        };
        assert!(matches!(hear(1), Heard::Nothing));
        let others = proxy.aside.take(ASIDE - 50).await;
        assert!(matches!(hear(2), Heard::Nothing));
        drop(others);
        let Heard::Instead(line) = hear(3) else { panic!("all of the batch is answered") };
        let line: Vec<_> = line.iter().flat_map(|piece| piece.to_vec()).collect();
        let line = String::from_utf8(line).unwrap();
        let answers: Vec<_> = line.matches(r#""result""#).collect();
        assert!(answers.len() == 2 && line.contains(r#""id":2,"error":{"code":-32603"#), "{line}");
    }
}
