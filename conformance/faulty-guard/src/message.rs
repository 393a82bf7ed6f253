//! One line of stdin read as one JSON-RPC message or a batch of them (JSON-RPC 2.0; MCP, basic), and
//! one reply written as such. Never what a method means, nor where batches are allowed.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::{self, NotStrict, Object};
use crate::version::Version;

/// The code of a line that is not JSON.
pub(crate) const PARSE_ERROR: i32 = -32700;
/// The code of JSON that is no message.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// The code of a method that is not served.
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
/// The code of parameters that do not fit the method, and of an unknown tool.
pub(crate) const INVALID_PARAMS: i32 = -32602;
/// The code of an unknown resource up to MCP 2025-11-25 (server/resources); forbidden afterwards.
pub(crate) const RESOURCE_NOT_FOUND: i32 = -32002;
/// The code of a version that is not served (MCP 2026-07-28, basic/versioning).
pub(crate) const UNSUPPORTED_VERSION: i32 = -32022;

/// What the client sent.
#[derive(Debug)]
pub(crate) enum Message {
    Request(Request),
    Notification {
        method: String,
        params: Object,
    },
    /// An answer to a request of the server's. This one sends none, so it is dropped.
    Answer,
    /// At least one message, each still to be read.
    Batch(Vec<Box<RawValue>>),
}

/// A message that wants an answer.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: Id,
    pub(crate) method: String,
    pub(crate) params: Object,
}

/// A request id, a string or a number, as it was written.
#[derive(Debug, Clone)]
pub(crate) struct Id(pub(crate) Box<RawValue>);

impl Id {
    /// The id in a member's value; `None` for what may not be an id.
    pub(crate) fn of(value: &RawValue) -> Option<Self> {
        matches!(value.get().as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9')).then(|| Self(value.to_owned()))
    }

    pub(crate) fn is_number(&self) -> bool {
        !self.0.get().starts_with('"')
    }

    /// Equal for the same id, however its string is escaped; `1` and `"1"` are two ids.
    pub(crate) fn key(&self) -> String {
        serde_json::from_str::<String>(self.0.get())
            .map_or_else(|_| self.0.get().to_owned(), |text| format!("{text:?}"))
    }
}

/// A JSON-RPC error: code and data for programs, the text for people.
#[derive(Debug, Clone)]
pub(crate) struct RpcError {
    pub(crate) code: i32,
    pub(crate) message: String,
    pub(crate) data: Option<Box<RawValue>>,
}

impl RpcError {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub(crate) fn with_data(self, data: impl Serialize) -> Self {
        Self { data: Some(json::raw(data)), ..self }
    }
}

/// A line that becomes no message.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Answered with an error, under the id where one could be read.
    Answered(Option<Id>, RpcError),
    /// Not answered, because a notification never is (JSON-RPC 2.0, section 4.1).
    Silent(String),
}

impl Message {
    /// Reads one line, its line feed already taken off.
    pub(crate) fn read(line: &[u8]) -> Result<Self, Refusal> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let unreadable = |why: NotStrict| Refusal::Answered(None, RpcError::new(PARSE_ERROR, why.0));
        if line.contains(&b'\r') {
            // Some readers take it for a line end and would see two messages here.
            return Err(unreadable(NotStrict("a carriage return inside the line".into())));
        }
        let value: &RawValue = serde_json::from_slice(line).map_err(|error| unreadable(error.into()))?;
        let Some(object) = Object::of(value) else {
            return match serde_json::from_str::<Vec<Box<RawValue>>>(value.get()) {
                Ok(messages) if !messages.is_empty() => Ok(Self::Batch(messages)),
                _ => Err(Refusal::Answered(None, RpcError::new(INVALID_REQUEST, "a message is one JSON object"))),
            };
        };
        let id = (object.count("id") == 1).then(|| object.get("id").and_then(Id::of)).flatten();
        let notification = object.count("id") == 0 && object.count("method") > 0;
        let refuse = |why: String| {
            if notification {
                Refusal::Silent(why)
            } else {
                Refusal::Answered(id.clone(), RpcError::new(INVALID_REQUEST, why))
            }
        };
        json::strict(value).map_err(|error| refuse(error.0))?;
        if object.text("jsonrpc").as_deref() != Some("2.0") {
            return Err(refuse("jsonrpc must be \"2.0\"".into()));
        }
        let Some(method) = object.text("method") else {
            let answer = object.get("result").is_some() || object.get("error").is_some();
            return if answer { Ok(Self::Answer) } else { Err(refuse("method must be a string".into())) };
        };
        let params = match object.get("params") {
            None => Object::default(),
            Some(params) => match Object::of(params) {
                Some(params) => params,
                None if notification => return Err(refuse("params must be an object".into())),
                None => {
                    return Err(Refusal::Answered(id, RpcError::new(INVALID_PARAMS, "params must be an object")));
                }
            },
        };
        if notification {
            return Ok(Self::Notification { method, params });
        }
        match id {
            Some(id) => Ok(Self::Request(Request { id, method, params })),
            None => Err(refuse("id must be a string or a number".into())),
        }
    }
}

/// One answer on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The method that was asked; empty where it could not be read.
    pub(crate) method: String,
    pub(crate) id: Option<Id>,
    /// The version in which the request was served; `None` where it never came to that.
    pub(crate) version: Option<Version>,
    pub(crate) result: Result<Object, RpcError>,
}

impl Reply {
    /// The message. An error to what could not be read bears no id, as MCP has it since 2025-11-25.
    pub(crate) fn message(&self) -> Object {
        let mut message = Object::default().with("jsonrpc", "2.0");
        if let Some(id) = &self.id {
            message.set("id", &id.0);
        }
        match &self.result {
            Ok(result) => message.with("result", result),
            Err(error) => {
                let mut object = Object::default().with("code", error.code).with("message", &error.message);
                if let Some(data) = &error.data {
                    object.set("data", data);
                }
                message.with("error", object)
            }
        }
    }

    /// Whether a client may wait for this one before it says anything else.
    pub(crate) fn opens(&self) -> bool {
        ["initialize", "server/discover"].contains(&self.method.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::json::raw;

    /// A request for other modules' tests, under the id 1.
    pub(crate) fn request(method: &str, params: &str) -> Request {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let Ok(Message::Request(request)) = Message::read(line.as_bytes()) else { panic!("{line}") };
        request
    }

    fn refused(line: &str) -> (Option<String>, i32) {
        match Message::read(line.as_bytes()) {
            Err(Refusal::Answered(id, error)) => (id.map(|id| id.0.get().to_owned()), error.code),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn ids_are_echoed_as_written() {
        for id in ["0", "-1", "9007199254740993", "18446744073709551616", "\"\"", r#""\u0061""#] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let Ok(Message::Request(request)) = Message::read(line.as_bytes()) else { panic!("{line}") };
            let result = Ok(Object::default());
            let reply = Reply { method: request.method, id: Some(request.id), version: None, result };
            assert_eq!(raw(reply.message()).get(), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
        }
    }

    #[test]
    fn one_id_is_one_key() {
        let key = |text: &str| Id::of(&RawValue::from_string(text.into()).unwrap()).unwrap().key();
        assert_eq!(key(r#""\u0061""#), key(r#""a""#));
        assert_ne!(key("1"), key(r#""1""#));
    }

    #[test]
    fn a_refusal_bears_the_id_wherever_it_can_be_read() {
        let call = |rest: &str| format!(r#"{{"jsonrpc":"2.0","id":7,{rest}}}"#);
        let seven = Some("7".to_owned());
        assert_eq!(refused("{"), (None, PARSE_ERROR));
        assert_eq!(refused("\u{feff}{}"), (None, PARSE_ERROR));
        assert_eq!(refused(&call("\r\"method\":\"ping\"")), (None, PARSE_ERROR));
        assert_eq!(refused(&call(r#""method":"ping","params":{"x":NaN}"#)), (None, PARSE_ERROR));
        assert_eq!(refused("[]"), (None, INVALID_REQUEST));
        assert_eq!(refused("{}"), (None, INVALID_REQUEST));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#), (None, INVALID_REQUEST));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#), (None, INVALID_REQUEST));
        assert_eq!(refused(&call(r#""method":"a","method":"b""#)), (seven.clone(), INVALID_REQUEST));
        assert_eq!(refused(&call(r#""method":1"#)), (seven.clone(), INVALID_REQUEST));
        assert_eq!(refused(&call(r#""method":"ping","params":[]"#)), (seven, INVALID_PARAMS));
        assert_eq!(refused(r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#).1, INVALID_REQUEST);
    }

    #[test]
    fn a_batch_is_its_messages_as_they_stand() {
        let Ok(Message::Batch(messages)) = Message::read(br#" [{"id":1,"id":1} ,[7],2] "#) else { panic!() };
        let messages: Vec<_> = messages.iter().map(|message| message.get()).collect();
        assert_eq!(messages, [r#"{"id":1,"id":1}"#, "[7]", "2"]);
    }

    #[test]
    fn a_malformed_notification_is_not_answered() {
        for line in [
            r#"{"jsonrpc":"1.0","method":"x"}"#,
            r#"{"jsonrpc":"2.0","method":"x","params":[]}"#,
            r#"{"jsonrpc":"2.0","method":"x","params":{"a":1,"a":1}}"#,
        ] {
            assert!(matches!(Message::read(line.as_bytes()), Err(Refusal::Silent(_))), "{line}");
        }
    }

    #[test]
    fn a_carriage_return_before_the_line_feed_is_white_space() {
        let line = b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\r";
        assert!(matches!(Message::read(line), Ok(Message::Notification { .. })));
    }
}
