//! The client's lines, on their way to the server. Every one is read strictly; what is not goes no
//! further. Never a line of the server's.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncRead;
use tokio::sync::oneshot;

use super::{size_of_open, whole};
use crate::batch::{BatchNumber, Outgoing};
use crate::frame::{self, Code, Id, Line, Lines, MOST_IN_BATCH, Message, Notification, Refusal, Request, Response};
use crate::json::Document;
use crate::proxy::Proxy;
use crate::proxy::intercept::{Consent, Manners, Reading};
use crate::proxy::ledger::{Cancelled, Due, Stage};
use crate::proxy::terms::Offer;
use crate::room::Share;
use crate::{era, line, log};

/// What is to be delivered.
enum Errand {
    /// A line to the server, without its end.
    ToServer(Bytes),
    ToClient(Outgoing),
}

type Errands = VecDeque<Errand>;

impl Proxy {
    /// Reads the client's lines to their end, of which `ended` hears as soon as it is known.
    pub(in crate::proxy) async fn up<R: AsyncRead + Unpin>(
        self: Arc<Self>,
        mut lines: Lines<R>,
        ended: oneshot::Sender<io::Result<()>>,
    ) {
        let mut ended = Some(ended);
        let mut tell = |end| ended.take().map(|ended| ended.send(end));
        let mut told = false;
        let mut errands = Errands::new();
        loop {
            while let Some(errand) = errands.pop_front() {
                let mut delivery = pin!(self.deliver(errand));
                // A client that leaves is noticed though the other side takes nothing.
                while !told {
                    tokio::select! {
                        biased;
                        () = &mut delivery => break,
                        end = lines.end() => {
                            tell(end);
                            told = true;
                        }
                    }
                }
                if told {
                    delivery.await;
                }
            }
            match lines.next().await {
                Ok(Some(line)) => self.take(line, &mut errands),
                end => {
                    tell(end.map(|_| ()));
                    return;
                }
            }
        }
    }

    /// Waits for room. What the other side does not take any more is nobody's.
    async fn deliver(&self, errand: Errand) {
        match errand {
            Errand::ToServer(line) => {
                let holding = self.ahead.take(line.len()).await.hold(());
                let _ = self.to_server.send(whole(line, &holding)).await;
            }
            Errand::ToClient(line) => drop(self.to_client.send(line).await),
        }
    }

    fn take(self: &Arc<Self>, line: Line, errands: &mut Errands) {
        let (raw, read) = match line {
            Line::Whole(line) if line.trim_ascii().is_empty() => return,
            Line::Whole(line) => {
                (line.strip_suffix(b"\r").map_or_else(|| line.clone(), |some| line.slice_ref(some)), frame::read(&line))
            }
            Line::Overlong(told) => (Bytes::new(), Err(frame::overlong(told))),
        };
        let taken = match read {
            Ok(Message::Batch(elements)) => self.take_batch(&raw, &elements, errands),
            read => read.and_then(|message| self.take_one(message, raw, None, errands)),
        };
        let refused = taken.as_ref().err().and_then(refused);
        errands.extend(refused.map(|reply| Errand::ToClient(vec![reply.into()])));
    }

    fn take_one(
        self: &Arc<Self>,
        message: Message,
        raw: Bytes,
        batch: Option<BatchNumber>,
        errands: &mut Errands,
    ) -> Result<(), Refusal> {
        match message {
            Message::Request(request) if request.call().is_some() => self.open_case(&request, batch)?,
            Message::Request(request) => {
                self.note(&request, batch)?;
                errands.push_back(Errand::ToServer(raw));
            }
            Message::Notification(notification) => self.heed(&notification, raw, errands),
            Message::Response(response) if response.id.as_ref().is_some_and(|id| self.is_ours(id)) => {
                self.hear_user(&response);
            }
            Message::Response(_) => errands.push_back(Errand::ToServer(raw)),
            Message::Batch(_) => {
                return Err(Refusal::new(None, Code::InvalidRequest, "a batch holds messages, not batches"));
            }
        }
        Ok(())
    }

    /// A batch without a call goes on as it is. One with a call is taken apart: its messages go on one
    /// by one, and their answers come back together.
    fn take_batch(self: &Arc<Self>, raw: &Bytes, elements: &[Bytes], errands: &mut Errands) -> Result<(), Refusal> {
        let refuse = |text: &str| Err(Refusal::new(None, Code::InvalidRequest, text));
        if !self.ledger().terms.take_batches() {
            return refuse("batches belong to a session of 2025-03-26 alone; send one message a line");
        }
        if elements.is_empty() {
            return refuse("a batch must hold a message");
        }
        if elements.len() > MOST_IN_BATCH {
            return refuse(&format!("a batch of more than {MOST_IN_BATCH} messages; send fewer at once"));
        }
        let messages: Vec<_> = elements.iter().map(frame::read).collect();
        if self.goes_on_whole(&messages) && self.note_all(&messages) {
            errands.push_back(Errand::ToServer(raw.clone()));
            return Ok(());
        }
        let batch = self.ledger().batches.begin();
        for (message, raw) in messages.into_iter().zip(elements) {
            let taken = message.and_then(|message| self.take_one(message, raw.clone(), Some(batch), errands));
            if let Some(reply) = taken.as_ref().err().and_then(refused) {
                self.ledger().batches.add(batch, reply);
            }
        }
        let settled = self.ledger().batches.settle(batch, None);
        errands.extend(settled.map(Errand::ToClient));
        Ok(())
    }

    fn goes_on_whole(&self, messages: &[Result<Message, Refusal>]) -> bool {
        let mut ids = Vec::new();
        messages.iter().all(|message| match message {
            Ok(Message::Request(request)) => {
                let is_new = !ids.contains(&&request.id) && !self.ledger().holds(&request.id);
                ids.push(&request.id);
                is_new && request.call().is_none()
            }
            Ok(Message::Notification(notification)) => notification.cancels.is_none() && is_told(notification),
            Ok(Message::Response(response)) => response.id.as_ref().is_none_or(|id| !self.is_ours(id)),
            Ok(Message::Batch(_)) | Err(_) => false,
        })
    }

    /// Notes the requests of a batch that goes to the server as it is, all or none: where there is no room
    /// for all of them, each is told so in its place.
    fn note_all(&self, messages: &[Result<Message, Refusal>]) -> bool {
        let requests = || {
            messages.iter().filter_map(|message| match message {
                Ok(Message::Request(request)) => Some(request),
                _ => None,
            })
        };
        let noted = requests().take_while(|request| self.note(request, None).is_ok()).count();
        if noted == requests().count() {
            return true;
        }
        requests().take(noted).for_each(|request| drop(self.ledger().answered(&request.id)));
        false
    }

    /// Notes a request that goes to the server as it is.
    fn note(&self, request: &Request, batch: Option<BatchNumber>) -> Result<(), Refusal> {
        let share = self.admit(&request.id, size_of_open(&request.id))?;
        let reading = if era::names_version(request.meta()) { Reading::Stateless } else { Reading::Session };
        let due = match request.method.as_str() {
            // It is answered when it is over (MCP 2026-07-28, basic/patterns/subscriptions).
            "subscriptions/listen" => Due::Nobody,
            "initialize" => Due::Opening(Offer::read(request.line())),
            "tasks/result" => {
                let task = Document::read(request.line(), 2).ok();
                let task = task.as_ref().and_then(|line| line.root().get("params")?.get("taskId")?.as_str());
                task.and_then(|task| self.ledger().recall_task(&task)).map_or(Due::Nothing, Due::Report)
            }
            _ => Due::Nothing,
        };
        self.ledger().enter(request.id.clone(), reading, batch, share, Stage::Sent(due));
        Ok(())
    }

    /// Room for one more request under this id.
    pub(in crate::proxy) fn admit(&self, id: &Id, bytes: usize) -> Result<Share, Refusal> {
        let refuse = |code, text: &str| Refusal::new(Some(id.clone()), code, text);
        if self.ledger().holds(id) {
            return Err(refuse(Code::InvalidRequest, "the id is in use by a request that is not answered yet"));
        }
        self.open.try_take(bytes).ok_or_else(|| {
            let text = "too many requests are open; this one went no further, wait for answers and send it again";
            refuse(Code::InternalError, text)
        })
    }

    fn heed(&self, notification: &Notification, raw: Bytes, errands: &mut Errands) {
        if !is_told(notification) {
            log::say("ignored `tools/call`, which came without an id");
            return;
        }
        if let Some(id) = &notification.cancels {
            let cancelled = self.ledger().cancel(id);
            self.settled.notify_one();
            let (Cancelled::Ours(line) | Cancelled::Theirs(line)) = &cancelled;
            errands.extend(line.clone().map(Errand::ToClient));
            if matches!(cancelled, Cancelled::Ours(_)) {
                return;
            }
        }
        errands.push_back(Errand::ToServer(raw));
    }

    /// The client has answered a question of ours; perhaps nobody waits for it any more.
    fn hear_user(&self, response: &Response) {
        let question = response.id.as_ref().and_then(|id| self.ledger().questions.remove(id));
        if let Some(question) = question {
            let consent = response.result.as_ref().map_or(Consent::Dismissed, Consent::read);
            let _ = question.send(consent);
        }
    }

    fn open_case(self: &Arc<Self>, request: &Request, batch: Option<BatchNumber>) -> Result<(), Refusal> {
        let manners = Manners::of(request, &self.ledger().terms);
        self.judge(request, manners, batch)
    }
}

/// A notification is told to the server, unless it is a call in disguise.
fn is_told(notification: &Notification) -> bool {
    notification.method != "tools/call"
}

/// The line that says why another one was refused, where anybody is to be told.
fn refused(why: &Refusal) -> Option<Bytes> {
    log::say(format_args!("refused a message: {}", why.text));
    (!why.silent).then(|| line::refusal(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::OPEN;

    #[tokio::test]
    async fn a_batch_that_there_is_no_room_for_goes_on_as_far_as_there_is() {
        let (proxy, _queues) = Proxy::alone("2025-03-26");
        let ping = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let line = |ids: [u32; 3]| Bytes::from(format!("[{}]", ids.map(ping).join(",")));
        let errands = |line: &Bytes| {
            let mut errands = Errands::new();
            proxy.take(Line::Whole(line.clone()), &mut errands);
            errands.into_iter().map(|errand| match errand {
                Errand::ToServer(line) => line,
                Errand::ToClient(_) => panic!("nothing is answered yet"),
            })
        };
        let whole = line([1, 2, 3]);
        assert_eq!(errands(&whole).collect::<Vec<_>>(), [whole]);
        let id = Id::parse(b"1").unwrap();
        let _others = proxy.open.take(OPEN - 5 * size_of_open(&id)).await;
        assert_eq!(errands(&line([4, 5, 6])).collect::<Vec<_>>(), [ping(4), ping(5)]);
        let mut answered = [4, 5].map(|id| {
            let id = Id::parse(id.to_string().as_bytes()).unwrap();
            let open = proxy.ledger().answered(&id).expect("it is open");
            proxy.ledger().out(open.batch, Bytes::from_static(b"{}\n").into())
        });
        let line: Vec<_> =
            answered[1].take().expect("all of the batch").iter().flat_map(|piece| piece.to_vec()).collect();
        let line = String::from_utf8(line).unwrap();
        assert!(answered[0].is_none() && line.contains(r#""id":6,"error""#), "{line}");
    }
}
