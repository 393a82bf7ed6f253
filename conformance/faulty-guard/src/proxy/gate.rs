//! One line of the client's, read strictly, and what is to become of it. Never what a scan says.

use serde_json::value::RawValue;

use super::call::Call;
use crate::json::Object;
use crate::message::{Id, Message, Refusal, RpcError};

/// What is to become of a line.
#[derive(Debug)]
pub(crate) enum Gate {
    /// It is scanned first.
    Call(Box<Call>),
    /// It passes as it stands, and an answer is owed.
    Request { id: Id, method: String },
    /// It passes as it stands.
    Other,
    /// It withdraws a request.
    Cancel(Id),
    /// Its messages are looked at one by one, where there are batches.
    Batch(Vec<Box<RawValue>>),
    /// It is answered, and goes no further.
    Refused(Option<Id>, RpcError),
    /// It goes no further.
    Dropped(String),
}

impl Gate {
    /// What does not read the same for everyone is refused; a tool call is one however it is spelt.
    pub(crate) fn of(line: &[u8]) -> Self {
        match Message::read(line) {
            Ok(Message::Request(request)) if request.method == "tools/call" => {
                let id = request.id.clone();
                let message = serde_json::from_slice(line).ok().and_then(Object::of).unwrap_or_default();
                match Call::read(request, message) {
                    Ok(call) => Self::Call(Box::new(call)),
                    Err(error) => Self::Refused(Some(id), error),
                }
            }
            Ok(Message::Request(request)) => Self::Request { id: request.id, method: request.method },
            Ok(Message::Notification { method, .. }) if method == "tools/call" => {
                Self::Dropped("a tool call without an id was not run".into())
            }
            Ok(Message::Notification { method, params }) if method == "notifications/cancelled" => {
                params.get("requestId").and_then(Id::of).map_or(Self::Other, Self::Cancel)
            }
            Ok(Message::Notification { .. } | Message::Answer) => Self::Other,
            Ok(Message::Batch(messages)) => Self::Batch(messages),
            Err(Refusal::Answered(id, error)) => Self::Refused(id, error),
            Err(Refusal::Silent(why)) => Self::Dropped(format!("dropped a notification: {why}")),
        }
    }

    /// A line that passes unread, as in a guard that sins. Its id is looked for all the same, so that
    /// the answer finds its way back.
    pub(crate) fn unread(line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(line);
        let id = text.split_once("\"id\":").and_then(|(_, rest)| {
            let value = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>().next()?;
            Id::of(value.ok()?)
        });
        id.map_or(Self::Other, |id| Self::Request { id, method: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(rest: &str) -> Gate {
        Gate::of(format!(r#"{{"jsonrpc":"2.0",{rest}}}"#).as_bytes())
    }

    #[test]
    fn a_tool_call_is_one_however_it_is_spelt() {
        for rest in [
            r#""id":1,"method":"tools/call","params":{"name":"send"}"#,
            r#""id":1,"m\u0065thod":"tools\u002fcall","params":{"n\u0061me":"s\u0065nd"}"#,
            r#""id":1,"method":"tools/call","params":{"name":"send","task":{"ttl":1}}"#,
            r#""id":1,"method":"tools/call","params":{"name":"send","inputResponses":{}}"#,
            r#""id":1,"method":"tools/call","params":{"name":"send"},"result":{}"#,
        ] {
            let Gate::Call(call) = gate(rest) else { panic!("{rest}") };
            assert_eq!(call.name, "send");
        }
    }

    #[test]
    fn what_is_no_call_that_can_be_scanned_goes_no_further() {
        for rest in [
            r#""id":1,"method":"tools/call""#,
            r#""id":1,"method":"tools/call","params":{"name":""}"#,
            r#""id":1,"method":"tools/call","params":{"name":1}"#,
            r#""id":1,"method":"tools/call","params":["send"]"#,
            r#""id":null,"method":"tools/call","params":{"name":"send"}"#,
            r#""id":1,"method":"tools/call","params":{"name":"read","name":"send"}"#,
        ] {
            assert!(matches!(gate(rest), Gate::Refused(..)), "{rest}");
        }
        assert!(matches!(gate(r#""method":"tools/call","params":{"name":"send"}"#), Gate::Dropped(_)));
    }

    #[test]
    fn everything_else_passes() {
        assert!(matches!(gate(r#""id":"a","method":"no/such""#), Gate::Request { .. }));
        for rest in [
            r#""method":"notifications/initialized""#,
            r#""id":1,"result":{}"#,
            r#""id":1,"error":{"code":1,"message":""}"#,
            r#""method":"notifications/cancelled","params":{"requestId":null}"#,
        ] {
            assert!(matches!(gate(rest), Gate::Other), "{rest}");
        }
        assert!(matches!(gate(r#""method":"notifications/cancelled","params":{"requestId":1}"#), Gate::Cancel(_)));
    }

    #[test]
    fn the_id_of_a_line_that_cannot_be_read_is_still_seen() {
        let Gate::Request { id, .. } = Gate::unread(b"\xff{\"id\":\"a\\u0062\",NaN") else { panic!() };
        assert_eq!(id.0.get(), r#""a\u0062""#);
        assert!(matches!(Gate::unread(b"[NaN]"), Gate::Other));
    }
}
