//! One line of a client ↔ one JSON-RPC message, strictly: what is read here reads the same everywhere.
//! The arguments of a tool call stay the bytes they came as. Never policy, never which version of the
//! protocol is spoken, and never an answer's content.

mod call;
mod id;
mod lines;
mod rescue;

use std::ops::Range;

use bytes::Bytes;

use crate::json::{Defect, Document, Flaw, Kind, Object, Value};

pub use call::ToolCall;
pub use id::Id;
pub use lines::{Line, Lines, MAX_LINE};
pub use rescue::{Rescue, Rescued, Role, rescue};

/// The most messages that are read of one batch: the answer to a short one may be a hundred times as
/// long, and all of a batch wait for the last.
pub const MOST_IN_BATCH: usize = 128;

/// Codes of JSON-RPC 2.0, section 5.1, and the one that MCP 2026-07-28 adds for us (basic, "Error
/// Codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the specification")]
pub enum Code {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    InternalError = -32603,
    UnsupportedProtocolVersion = -32022,
    /// What the SDKs of the handshake versions tell when the other end has gone.
    ConnectionClosed = -32000,
}

/// What the outer object of a message may say (JSON-RPC 2.0, sections 4 and 5).
const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// What a line said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Something to answer.
    Request(Request),
    /// Something that never is answered.
    Notification(Notification),
    /// An answer to something that was asked.
    Response(Response),
    /// Several, each still to be read: [`MOST_IN_BATCH`] and one more, where there are more. None of
    /// them keeps the line.
    Batch(Vec<Bytes>),
}

/// A request, still the bytes it came as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What its answer must carry.
    pub id: Id,
    /// `tools/call` and the like.
    pub method: String,
    line: Bytes,
    id_at: Range<usize>,
    has_params: bool,
    meta: Option<Object>,
    call: Option<Box<ToolCall>>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `notifications/cancelled` and the like.
    pub method: String,
    /// The request it cancels, where it does.
    pub cancels: Option<Id>,
}

/// An answer, as far as it tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The request that it answers; an error about something unreadable answers none.
    pub id: Option<Id>,
    /// What came of it, as it was written; an error has none.
    pub result: Option<Bytes>,
}

/// Why a line goes no further, and what its sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The request's id, where it could be read.
    pub id: Option<Id>,
    /// The error's code.
    pub code: Code,
    /// The error's message.
    pub text: String,
    /// What a program needs to know besides.
    pub data: Option<serde_json::Value>,
    /// A notification gets no answer, however malformed (JSON-RPC 2.0, section 4.1).
    pub silent: bool,
}

impl Refusal {
    /// A refusal that is answered.
    #[must_use]
    pub fn new(id: Option<Id>, code: Code, text: impl Into<String>) -> Self {
        Self { id, code, text: text.into(), data: None, silent: false }
    }
}

impl Request {
    /// It comes with params, be they empty.
    #[must_use]
    pub const fn has_params(&self) -> bool {
        self.has_params
    }

    /// What the request says about itself: `params._meta`.
    #[must_use]
    pub const fn meta(&self) -> Option<&Object> {
        self.meta.as_ref()
    }

    /// The arguments of a tool call as they were written; `None` where there are none.
    #[must_use]
    pub fn arguments(&self) -> Option<&Object> {
        self.call.as_ref().and_then(|call| call.arguments())
    }

    /// The tool call that it is, taken apart.
    #[must_use]
    pub fn call(&self) -> Option<&ToolCall> {
        self.call.as_deref()
    }

    /// The whole line as it came, without its end.
    #[must_use]
    pub const fn line(&self) -> &Bytes {
        &self.line
    }

    /// How long the line was, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.line.len()
    }

    /// The same request under a number of ours and, for a tool call, without its arguments: what a
    /// library may parse without touching what was asked.
    #[must_use]
    pub fn stub(&self, slot: i64) -> Vec<u8> {
        let mut cuts = vec![(self.id_at.clone(), slot.to_string())];
        let arguments = self.call.as_ref().and_then(|call| call.arguments_at());
        cuts.extend(arguments.map(|range| (range, "{}".to_owned())));
        cuts.sort_by_key(|(range, _)| range.start);
        let mut stub = Vec::with_capacity(256);
        let mut copied = 0;
        for (range, instead) in cuts {
            stub.extend_from_slice(&self.line[copied..range.start]);
            stub.extend_from_slice(instead.as_bytes());
            copied = range.end;
        }
        stub.extend_from_slice(&self.line[copied..]);
        stub
    }
}

/// Reads one line, without its line feed.
///
/// # Errors
/// A [`Refusal`] for everything that two readers might read differently, and for what is no message.
pub fn read(line: &Bytes) -> Result<Message, Refusal> {
    let line = line.strip_suffix(b"\r").map_or_else(|| line.clone(), |inner| line.slice_ref(inner));
    if let Some(at) = memchr::memchr(b'\r', &line) {
        return Err(malformed(&line, Defect { flaw: Flaw::Syntax("a carriage return inside the line"), at }));
    }
    let document = Document::read(&line, 3).map_err(|defect| malformed(&line, defect))?;
    message(&line, document.root())
}

/// The refusal of a line that is longer than [`MAX_LINE`].
#[must_use]
pub fn overlong(told: Rescued) -> Refusal {
    let text = format!("the message is longer than {MAX_LINE} bytes; send less");
    Refusal { silent: told.is_awaited_by_none(), ..Refusal::new(told.id, Code::InvalidRequest, text) }
}

fn malformed(line: &[u8], defect: Defect) -> Refusal {
    let rescued = rescue(line);
    let code = match defect.flaw {
        Flaw::Syntax(_) | Flaw::Utf8 => Code::ParseError,
        Flaw::DuplicateKey | Flaw::TooDeep | Flaw::ReservedKey => Code::InvalidRequest,
    };
    let text = format!("the message was not read: {defect}");
    Refusal { silent: rescued.is_awaited_by_none(), ..Refusal::new(rescued.id, code, text) }
}

fn message(line: &Bytes, root: Value<'_>) -> Result<Message, Refusal> {
    if root.kind() == Kind::Array {
        let elements = root.elements().take(MOST_IN_BATCH + 1);
        return Ok(Message::Batch(elements.map(|element| Bytes::copy_from_slice(element.as_bytes())).collect()));
    }
    if root.kind() != Kind::Object {
        return Err(Refusal::new(None, Code::InvalidRequest, "a message must be an object"));
    }
    let (id_value, method) = (root.get("id"), root.get("method"));
    let id = id_value.and_then(Id::read);
    let answers = root.get("result").is_some() || root.get("error").is_some();
    // Nobody waits for what is said to a notification or to an answer.
    let silent = if method.is_some() { id_value.is_none() } else { answers };
    let invalid = |text: &str| Refusal { silent, ..Refusal::new(id.clone(), Code::InvalidRequest, text) };
    if let Some(key) = call::ambiguous(root.members().map(|(key, _)| key), &MEMBERS) {
        return Err(invalid(&format!("a key that some readers take for `{key}`; spell it so, and once")));
    }
    if root.get("jsonrpc").and_then(Value::as_str).as_deref() != Some("2.0") {
        return Err(invalid("`jsonrpc` must be \"2.0\""));
    }
    let Some(method) = method else {
        if !answers {
            return Err(invalid("a message needs a `method`"));
        }
        if id.is_none() && id_value.is_some_and(|id| id.kind() != Kind::Null) {
            return Err(invalid("`id` must be a string or an integer"));
        }
        let result = root.get("result").map(|result| line.slice(result.span()));
        return Ok(Message::Response(Response { id, result }));
    };
    let Some(method) = method.as_str() else { return Err(invalid("`method` must be a string")) };
    if call::is_disguised(&method) {
        return Err(invalid("a method that some readers take for `tools/call`; spell it so"));
    }
    if answers {
        return Err(invalid("a message is a request or a response, not both"));
    }
    let params = root.get("params");
    let Some(id_value) = id_value else {
        let cancels = (method == "notifications/cancelled").then(|| params?.get("requestId")).flatten();
        let cancels = cancels.and_then(Id::read);
        return Ok(Message::Notification(Notification { method: method.into_owned(), cancels }));
    };
    let Some(id) = id else { return Err(invalid("`id` must be a string or an integer")) };
    let unfit = |text: &str| Refusal::new(Some(id.clone()), Code::InvalidParams, text);
    if params.is_some_and(|params| !matches!(params.kind(), Kind::Object | Kind::Null)) {
        return Err(unfit("`params` must be an object"));
    }
    let params = params.filter(|params| params.kind() == Kind::Object);
    let meta = params.and_then(|params| params.get("_meta"));
    let meta = meta.map(|meta| meta.to_object(line).ok_or_else(|| unfit("`params._meta` must be an object")));
    let call = (method == call::METHOD).then(|| ToolCall::read(line, root).map(Box::new).map_err(unfit)).transpose()?;
    Ok(Message::Request(Request {
        method: method.into_owned(),
        line: line.clone(),
        id_at: id_value.span(),
        has_params: params.is_some(),
        meta: meta.transpose()?,
        call,
        id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn request(text: &str) -> Request {
        match read(&line(text)) {
            Ok(Message::Request(request)) => request,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refusal(text: impl AsRef<[u8]>) -> (Option<String>, Code, String, bool) {
        let refusal = read(&Bytes::copy_from_slice(text.as_ref())).unwrap_err();
        (refusal.id.map(|id| id.as_json().to_owned()), refusal.code, refusal.text, refusal.silent)
    }

    #[test]
    fn the_arguments_of_a_tool_call_are_the_bytes_that_came() {
        let text = r#"{"params":{"arguments":{"body": {"n":1.10,"m":1e400} },"name":"x","_meta":{}},"method":"tools\u002fcall","id":"a","jsonrpc":"2.0"}"#;
        let call = request(text);
        assert_eq!(call.method, "tools/call");
        assert_eq!(call.arguments().unwrap().as_str(), r#"{"body": {"n":1.10,"m":1e400} }"#);
        assert_eq!(
            String::from_utf8(call.stub(7)).unwrap(),
            r#"{"params":{"arguments":{},"name":"x","_meta":{}},"method":"tools\u002fcall","id":7,"jsonrpc":"2.0"}"#
        );
    }

    #[test]
    fn other_requests_pass_whole_but_for_their_id() {
        let other =
            request(r#"{"jsonrpc":"2.0","id":0,"method":"resources/read","params":{"arguments":{},"uri":"a:b"}}"#);
        assert_eq!(other.arguments(), None);
        assert_eq!(
            other.stub(12),
            br#"{"jsonrpc":"2.0","id":12,"method":"resources/read","params":{"arguments":{},"uri":"a:b"}}"#
        );
    }

    #[test]
    fn a_line_may_end_in_a_carriage_return_but_not_hold_one() {
        assert_eq!(request("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r").id.as_json(), "1");
        let (id, code, text, silent) = refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\r\"method\":\"ping\"}");
        assert_eq!((id.as_deref(), code, silent), (Some("1"), Code::ParseError, false));
        assert_eq!(text, "the message was not read: a carriage return inside the line at byte 24");
    }

    #[test]
    fn what_is_refused_says_whose_answer_it_is() {
        use Code::{InvalidParams, InvalidRequest, ParseError};
        for (text, id, code, why) in [
            ("garbage", None, ParseError, "no JSON value starts like this"),
            ("\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", None, ParseError, "no JSON value"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":NaN}}"#, Some("1"), ParseError, "no JSON value"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}"#, Some("1"), InvalidRequest, "a key twice"),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"$serde_json::private::RawValue":"7"}}"#,
                Some("1"),
                InvalidRequest,
                "reserved",
            ),
            ("42", None, InvalidRequest, "must be an object"),
            (r#"{"id":1,"method":"ping"}"#, Some("1"), InvalidRequest, "`jsonrpc`"),
            (r#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, Some("1"), InvalidRequest, "`jsonrpc`"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, None, InvalidRequest, "`id` must be"),
            (r#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#, None, InvalidRequest, "`id` must be"),
            (r#"{"jsonrpc":"2.0","id":1}"#, Some("1"), InvalidRequest, "needs a `method`"),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, Some("1"), InvalidRequest, "`method` must be"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","result":{}}"#, Some("1"), InvalidRequest, "not both"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, Some("1"), InvalidParams, "`params` must be"),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#,
                Some("1"),
                InvalidParams,
                "`params` must be",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
                Some("1"),
                InvalidParams,
                "`params.name`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":null}}"#,
                Some("1"),
                InvalidParams,
                "`params.arguments`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
                Some("1"),
                InvalidParams,
                "`params` must",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":7}}"#,
                Some("1"),
                InvalidParams,
                "`params._meta`",
            ),
        ] {
            let refused = refusal(text);
            assert_eq!((refused.0.as_deref(), refused.1, refused.3), (id, code, false), "{text}");
            assert!(refused.2.contains(why), "{text}: {}", refused.2);
        }
        let deep =
            format!(r#"{{"jsonrpc":"2.0","id":"d","method":"x","params":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        assert_eq!(refusal(deep).0.as_deref(), Some("\"d\""));
        assert_eq!(refusal(b"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"\xff\"}").0.as_deref(), Some("3"));
    }

    #[test]
    fn a_malformed_notification_is_refused_in_silence() {
        for text in [
            r#"{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1,"a":2}}"#,
            r#"{"jsonrpc":"1.0","method":"notifications/x"}"#,
            r#"{"jsonrpc":"2.0","method":7}"#,
        ] {
            assert!(refusal(text).3, "{text}");
        }
    }

    #[test]
    fn a_batch_is_taken_apart_and_not_kept() {
        let text = line(r#"[ {"jsonrpc":"2.0","id":1,"method":"ping"} , 7,[]]"#);
        let Ok(Message::Batch(elements)) = read(&text) else { panic!("not a batch") };
        assert_eq!(elements, [&br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#[..], b"7", b"[]"]);
        assert!(elements.iter().all(|element| !text.as_ptr_range().contains(&element.as_ptr())));
        let long = line(&format!("[{}7]", "7,".repeat(2 * MOST_IN_BATCH)));
        assert!(matches!(read(&long), Ok(Message::Batch(elements)) if elements.len() == MOST_IN_BATCH + 1));
    }

    #[test]
    fn what_a_request_says_about_itself_is_kept() {
        let told = request(r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"a/b":"c"}}}"#);
        assert_eq!(told.meta().unwrap().string("a/b").as_deref(), Some("c"));
        for untold in ["", r#","params":null"#, r#","params":{}"#] {
            assert_eq!(request(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x"{untold}}}"#)).meta(), None);
        }
    }

    #[test]
    fn notifications_and_responses_are_told_apart() {
        let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a","reason":"x"}}"#;
        let Ok(Message::Notification(notification)) = read(&line(cancel)) else { panic!("not a notification") };
        assert_eq!(notification.cancels, Id::parse(b"\"a\""));
        let Ok(Message::Notification(call)) = read(&line(r#"{"jsonrpc":"2.0","method":"tools/call"}"#)) else {
            panic!("not a notification")
        };
        assert_eq!((call.method.as_str(), call.cancels), ("tools/call", None));
        let response = Response { id: Id::parse(b"1"), result: Some(line("{ }")) };
        assert_eq!(read(&line(r#"{"jsonrpc":"2.0","id":1,"result":{ }}"#)), Ok(Message::Response(response)));
        let failure = read(&line(r#"{"jsonrpc":"2.0","id":null,"error":{}}"#));
        assert_eq!(failure, Ok(Message::Response(Response { id: None, result: None })));
    }

    #[test]
    fn an_answer_is_never_answered_however_odd() {
        for odd in [
            r#"{"jsonrpc":"2.0","id":1,"error":{},"PARAMS":{}}"#,
            r#"{"jsonrpc":"2.0","id":7.0,"result":{}}"#,
            r#"{"id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","error":{"$serde_json::private::Number":false}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}"#,
        ] {
            let (.., silent) = refusal(odd);
            assert!(silent, "{odd}");
        }
        assert!(!refusal(r#"{"jsonrpc":"2.0","id":1,"result":{},"method":"ping"}"#).3, "a request, then");
    }

    #[test]
    fn an_overlong_line_is_answered_under_its_id() {
        let refusal =
            overlong(rescue(br#"{"method":"tools/call","params":{"x":"aaaaaa"},"jsonrpc":"2.0","id":"big"}"#));
        assert_eq!(refusal.id, Id::parse(b"\"big\""));
        assert_eq!((refusal.code, refusal.silent), (Code::InvalidRequest, false));
        assert!(overlong(rescue(br#"{"method":"notifications/message","params":{"x":"aaaaaa"}}"#)).silent);
    }
}
