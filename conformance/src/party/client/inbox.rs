//! What a guard has answered and asked, until somebody looks. Never how it came.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mock_gateway::json::Json;
use tokio::sync::Notify;

use super::Sent;
use crate::version::Version;

/// How many questions of a guard are answered in one play; one that asks for ever gets no more.
const QUESTIONS: usize = 200;

/// What has come, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<InboxState>,
    pub(super) changed: Notify,
}

/// What has come.
#[derive(Debug, Default)]
pub(super) struct InboxState {
    /// As they came: unread, because what is read takes many times the memory, and most are never asked for again.
    pub(super) answers: Vec<Bytes>,
    /// Where the answers with this id stand.
    with_id: HashMap<Json, Vec<usize>>,
    /// Where those without an id stand.
    without_id: Vec<usize>,
    /// What the guard asked its client and was not answered yet.
    pub(super) questions: Vec<Json>,
    /// How many questions were taken.
    asked: usize,
    pub(super) closed: bool,
}

impl InboxState {
    fn keep(&mut self, text: Bytes, answer: &Json) {
        let at = self.answers.len();
        match answer.get("id") {
            None | Some(Json::Null) => self.without_id.push(at),
            Some(id) => self.with_id.entry(id.clone()).or_default().push(at),
        }
        self.answers.push(text);
    }

    /// The answer that is waited for, where it has come: what came before it was asked for is none, for an id may
    /// be used again.
    pub(super) fn answer(&self, sent: &Sent) -> Option<&Bytes> {
        let since = |stand: &[usize]| stand.get(stand.partition_point(|at| *at < sent.after)).copied();
        let own = self.with_id.get(&sent.id).and_then(|stand| since(stand));
        let unreadable = since(&self.without_id).filter(|_| sent.may_be_unreadable);
        self.answers.get(own.into_iter().chain(unreadable).min()?)
    }
}

impl Inbox {
    pub(super) fn state(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sorts what came on one line, one message, or several where the version has batches; how many it were.
    pub(super) fn take(&self, line: &Bytes, version: Version) -> usize {
        let messages = match Json::parse(line) {
            Ok(Json::Array(messages)) if version.has_batches() => {
                messages.into_iter().map(|message| (message.to_string().into(), message)).collect()
            }
            Ok(message) => vec![(line.clone(), message)],
            Err(_) => return 0,
        };
        let count = messages.len();
        let mut state = self.state();
        for (text, message) in messages {
            if message.get("result").is_some() || message.get("error").is_some() {
                state.keep(text, &message);
            } else if message.get("id").is_some() && state.asked < QUESTIONS {
                state.asked += 1;
                state.questions.push(message);
            }
        }
        drop(state);
        self.changed.notify_waiters();
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_before_the_question_is_not_the_answer() {
        let inbox = Inbox::default();
        let first = Bytes::from_static(br#"{"jsonrpc":"2.0","id":77,"result":{"is":"first"}}"#);
        let second = Bytes::from_static(br#"{"jsonrpc":"2.0","id":77,"result":{"is":"second"}}"#);
        let sent = |after| Sent { step: "s".into(), id: Json::Number("77".into()), after, may_be_unreadable: false };

        inbox.take(&first, Version::V2025_11_25);
        assert_eq!(inbox.state().answer(&sent(0)), Some(&first));
        assert_eq!(inbox.state().answer(&sent(1)), None, "the same id, used again");
        inbox.take(&second, Version::V2025_11_25);
        assert_eq!(inbox.state().answer(&sent(1)), Some(&second));
    }
}
