//! One line of the upstream's: the messages in it, and which of them answer a request. Never the
//! client's lines, which are read more strictly: what the client trusts, it asked for.

use serde_json::value::RawValue;

use crate::json::Object;
use crate::message::Id;

/// A message as it stands in its line.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) line: Vec<u8>,
    /// The request that it answers.
    pub(crate) answers: Option<Id>,
}

/// The messages of a line, more than one only where there are batches; `None` when it holds none.
pub(crate) fn read(line: &[u8], takes_batch: bool) -> Option<Vec<Message>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let value: &RawValue = serde_json::from_slice(line).ok()?;
    if takes_batch && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        return items.into_iter().map(|item| message(item.get().as_bytes(), item)).collect();
    }
    message(line, value).map(|message| vec![message])
}

fn message(line: &[u8], value: &RawValue) -> Option<Message> {
    let object = Object::of(value).filter(|object| object.text("jsonrpc").as_deref() == Some("2.0"))?;
    let is_answer = object.get("method").is_none();
    let id = object.get("id").and_then(Id::of).filter(|_| is_answer);
    Some(Message { line: line.to_vec(), answers: id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str, takes_batch: bool) -> Option<Vec<Option<String>>> {
        let id = |message: Message| message.answers.map(|id| id.0.get().to_owned());
        read(line.as_bytes(), takes_batch).map(|messages| messages.into_iter().map(id).collect())
    }

    #[test]
    fn an_answer_names_its_request_and_nothing_else_does() {
        for (line, id) in [
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, Some("1")),
            (r#"{"jsonrpc":"2.0","id":"a","error":{}}"#, Some("\"a\"")),
            (r#"{"jsonrpc":"2.0","id":null,"error":{}}"#, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#, None),
            (r#"{"jsonrpc":"2.0","method":"notifications/message"}"#, None),
        ] {
            assert_eq!(answered(line, false), Some(vec![id.map(str::to_owned)]), "{line}");
        }
    }

    #[test]
    fn noise_is_no_message() {
        for line in ["", "Listening", "7", r#"{"level":"info"}"#, "[1]"] {
            assert_eq!(answered(line, true).filter(|ids| !ids.is_empty()), None, "{line}");
        }
        let batch = r#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"a"}]"#;
        assert_eq!(answered(batch, true), Some(vec![Some("1".into()), None]));
        assert_eq!(answered(batch, false), None);
    }
}
