//! What we ask of the gateway: the arguments of our two tools, checked, and the request bodies made
//! of them. A body is a slice of the line it came in. Never HTTP.

use bytes::{Buf, Bytes, buf::Chain};

use crate::json::Object;

/// What goes over the wire, in the pieces it was made of: the caller's own bytes stand in the middle,
/// uncopied however often they are sent.
#[derive(Debug, Clone)]
pub struct WireBody {
    head: Bytes,
    body: Bytes,
}

/// The pieces in their order.
pub type Pieces = Chain<Chain<Bytes, Bytes>, Bytes>;

impl WireBody {
    /// The length of the whole, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.pieces().remaining()
    }

    /// The whole, ready to be read or sent.
    #[must_use]
    pub fn pieces(&self) -> Pieces {
        self.head.clone().chain(self.body.clone()).chain(Bytes::from_static(b"}"))
    }
}

/// The arguments of `interven_scan`, fit to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    tool_name: Bytes,
    url: Bytes,
    method: Bytes,
    body: Option<Bytes>,
}

/// The arguments of `interven_scan_response`, fit to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanResponse {
    trace_id: Bytes,
    response_body: Bytes,
    response_status: Option<Bytes>,
}

/// Why the gateway was not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// It must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// It must say something.
    #[error("`{0}` must be a string that is not empty")]
    NotText(&'static str),
    /// The gateway takes absolute URLs of any scheme (documented by the vendor's API).
    #[error("`url` must be absolute, with a scheme such as https:// or mcp://")]
    RelativeUrl,
    /// HTTP status codes have three digits.
    #[error("`response_status` must be an HTTP status code")]
    NotAStatus,
    /// What we do not know we would not send, and what is not sent is not scanned.
    #[error("`{0}` is not an argument of this tool; put what belongs to the call into `body`")]
    Unknown(String),
}

impl Scan {
    /// Checks the arguments of a call; each keeps the bytes it came as.
    ///
    /// # Errors
    /// The first [`ArgumentError`].
    pub fn read(arguments: &Object) -> Result<Self, ArgumentError> {
        only(arguments, &["tool_name", "url", "method", "body"])?;
        let scan = Self {
            tool_name: text(arguments, "tool_name")?,
            url: text(arguments, "url")?,
            method: text(arguments, "method")?,
            body: arguments.get("body"),
        };
        if arguments.string("url").is_some_and(|url| is_absolute(&url)) {
            Ok(scan)
        } else {
            Err(ArgumentError::RelativeUrl)
        }
    }

    /// The question about a tool call of another server, whose tools have no address of their own
    /// (observed in the vendor's middleware example: POST, `mcp://`, and the arguments as the body).
    ///
    /// # Errors
    /// The name of the tool says nothing.
    pub fn of_call(server: &str, tool: &str, arguments: Option<Bytes>) -> Result<Self, ArgumentError> {
        if tool.trim().is_empty() {
            return Err(ArgumentError::NotText("name"));
        }
        let string = |text: &str| Bytes::from(serde_json::Value::from(text).to_string());
        Ok(Self {
            tool_name: string(tool),
            url: string(&format!("mcp://{}/{}", segment(server), segment(tool))),
            method: Bytes::from_static(b"\"POST\""),
            body: arguments,
        })
    }

    /// The body of `POST /v1/scan`. A body that is absent stays absent.
    #[must_use]
    pub fn encode(&self, agent_id: Option<&str>) -> WireBody {
        let mut head = Vec::with_capacity(256);
        head.extend_from_slice(b"{\"runtime_type\":\"mcp\"");
        if let Some(agent_id) = agent_id {
            put(&mut head, "agent_id", serde_json::Value::from(agent_id).to_string().as_bytes());
        }
        put(&mut head, "tool_name", &self.tool_name);
        put(&mut head, "method", &self.method);
        put(&mut head, "url", &self.url);
        if self.body.is_some() {
            put(&mut head, "body", b"");
        }
        WireBody { head: head.into(), body: self.body.clone().unwrap_or_default() }
    }
}

impl ScanResponse {
    /// Checks the arguments of a call; each keeps the bytes it came as.
    ///
    /// # Errors
    /// The first [`ArgumentError`].
    pub fn read(arguments: &Object) -> Result<Self, ArgumentError> {
        only(arguments, &["trace_id", "response_body", "response_status"])?;
        let response = Self {
            trace_id: text(arguments, "trace_id")?,
            response_body: arguments.get("response_body").ok_or(ArgumentError::Missing("response_body"))?,
            response_status: arguments.get("response_status"),
        };
        let is_status = |status: &Bytes| matches!(status[..], [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9']);
        if response.response_status.as_ref().is_none_or(is_status) {
            Ok(response)
        } else {
            Err(ArgumentError::NotAStatus)
        }
    }

    /// The report of what a call returned; both as JSON.
    #[must_use]
    pub const fn of_result(trace_id: Bytes, result: Bytes) -> Self {
        Self { trace_id, response_body: result, response_status: None }
    }

    /// The body of `POST /v1/scan/response`.
    #[must_use]
    pub fn encode(&self) -> WireBody {
        let mut head = Vec::with_capacity(128);
        head.extend_from_slice(b"{\"trace_id\":");
        head.extend_from_slice(&self.trace_id);
        if let Some(status) = &self.response_status {
            put(&mut head, "response_status", status);
        }
        put(&mut head, "response_body", b"");
        WireBody { head: head.into(), body: self.response_body.clone() }
    }
}

fn put(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(value);
}

fn only(arguments: &Object, known: &[&str]) -> Result<(), ArgumentError> {
    match arguments.keys().find(|key| !known.contains(key)) {
        Some(key) => Err(ArgumentError::Unknown(key.to_owned())),
        None => Ok(()),
    }
}

/// The raw text of a string that says something.
fn text(arguments: &Object, key: &'static str) -> Result<Bytes, ArgumentError> {
    let raw = arguments.get(key).ok_or(ArgumentError::Missing(key))?;
    match arguments.string(key) {
        Some(text) if !text.trim().is_empty() => Ok(raw),
        _ => Err(ArgumentError::NotText(key)),
    }
}

/// A name as one segment of an address (RFC 3986, section 3.3), so that no name leads somewhere else
/// and no two names to one address. A dot stays one only between letters and digits.
#[must_use]
pub fn segment(name: &str) -> String {
    let bytes = name.as_bytes();
    let is_plain = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let mut out = String::with_capacity(name.len());
    for (at, byte) in bytes.iter().copied().enumerate() {
        let between = byte == b'.' && at > 0 && is_plain(at - 1) && is_plain(at + 1);
        if is_plain(at) || between || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A scheme, a colon, and something behind it (RFC 3986, section 3); for HTTP that is a host (RFC 9110,
/// section 4.2).
fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_http = ["http", "https"].iter().any(|http| scheme.eq_ignore_ascii_case(http));
    is_scheme && if is_http { names_host(rest) } else { !rest.is_empty() }
}

fn names_host(rest: &str) -> bool {
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#', '\\']).next());
    let host = authority.and_then(|authority| authority.rsplit('@').next()).unwrap_or_default();
    !host.trim().is_empty() && !host.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Object {
        Object::read(&Bytes::copy_from_slice(text.as_bytes())).unwrap().unwrap()
    }

    fn wire(body: &WireBody) -> String {
        let mut body = body.pieces();
        String::from_utf8(body.copy_to_bytes(body.remaining()).to_vec()).unwrap()
    }

    fn scan(body: &str) -> String {
        wire(
            &Scan::read(&arguments(&format!(r#"{{"tool_name":"t","url":"x:y","method":"POST"{body}}}"#)))
                .unwrap()
                .encode(None),
        )
    }

    #[test]
    fn what_was_asked_is_sent_byte_for_byte() {
        let text = r#"{"body" : {"n":[1.10,1e400,-0,18446744073709551616],"s":"\u00e9\/"} ,"method":"po\u0073t","url":"HTTPS://Example.com/%7e?a=b#c","tool_name":"a\"b"}"#;
        let scan = Scan::read(&arguments(text)).unwrap();
        assert_eq!(
            wire(&scan.encode(Some("agent \"7\""))),
            r#"{"runtime_type":"mcp","agent_id":"agent \"7\"","tool_name":"a\"b","method":"po\u0073t","url":"HTTPS://Example.com/%7e?a=b#c","body":{"n":[1.10,1e400,-0,18446744073709551616],"s":"\u00e9\/"}}"#
        );
    }

    #[test]
    fn absent_null_and_empty_bodies_are_three_requests() {
        let start = r#"{"runtime_type":"mcp","tool_name":"t","method":"POST","url":"x:y""#;
        assert_eq!(scan(""), format!("{start}}}"));
        assert_eq!(scan(r#","body":null"#), format!(r#"{start},"body":null}}"#));
        assert_eq!(scan(r#","body":{}"#), format!(r#"{start},"body":{{}}}}"#));
    }

    #[test]
    fn a_body_is_a_slice_of_the_line_it_came_in() {
        let line = Bytes::from_static(br#"{"tool_name":"t","url":"x:y","method":"POST","body":[1,2,3]}"#);
        let body = Scan::read(&Object::read(&line).unwrap().unwrap()).unwrap().body.unwrap();
        assert!(line.as_ptr_range().contains(&body.as_ptr()));
    }

    #[test]
    fn what_cannot_be_scanned_is_not_sent() {
        use ArgumentError::{Missing, NotText, RelativeUrl, Unknown};
        for (text, error) in [
            (r#"{"url":"x:y","method":"POST"}"#, Missing("tool_name")),
            (r#"{"tool_name":"","url":"x:y","method":"POST"}"#, NotText("tool_name")),
            (r#"{"tool_name":7,"url":"x:y","method":"POST"}"#, NotText("tool_name")),
            (r#"{"tool_name":"t","method":"POST"}"#, Missing("url")),
            (r#"{"tool_name":"t","url":"x:y"}"#, Missing("method")),
            (r#"{"tool_name":"t","url":"x:y","method":" "}"#, NotText("method")),
            (r#"{"tool_name":"t","url":"x:y","method":null}"#, NotText("method")),
            (r#"{"tool_name":"t","url":"/v1/x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"//host/x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"example.com/x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":" https://x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"https:","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"HTTPS:x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"https://","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"http:///x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"http://u@:80/x","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"mcp:","method":"GET"}"#, RelativeUrl),
            (r#"{"tool_name":"t","url":"x:y","method":"GET","headers":{}}"#, Unknown("headers".into())),
        ] {
            assert_eq!(Scan::read(&arguments(text)).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn every_scheme_is_accepted() {
        for url in [
            "https://x",
            "http://u:p@[::1]:80?q",
            "mcp://send",
            "exec://localhost",
            "mailto:a@example.com",
            "search://q",
            "a+b-c.d:e",
        ] {
            assert!(is_absolute(url), "{url}");
        }
    }

    #[test]
    fn a_call_of_another_server_is_asked_about_under_an_address_of_its_own() {
        let asked = |server, tool, arguments: Option<&'static [u8]>| {
            wire(&Scan::of_call(server, tool, arguments.map(Bytes::from_static)).unwrap().encode(None))
        };
        assert_eq!(
            asked("mail", "send.now", Some(br#"{"n":1.10}"#)),
            r#"{"runtime_type":"mcp","tool_name":"send.now","method":"POST","url":"mcp://mail/send.now","body":{"n":1.10}}"#
        );
        assert_eq!(
            asked("a/b", "../\"é", None),
            r#"{"runtime_type":"mcp","tool_name":"../\"é","method":"POST","url":"mcp://a%2Fb/%2E%2E%2F%22%C3%A9"}"#
        );
        for name in ["", " \t"] {
            assert_eq!(Scan::of_call("mail", name, None).unwrap_err(), ArgumentError::NotText("name"));
        }
    }

    #[test]
    fn no_two_names_share_a_segment() {
        let names = ["a", "A", "a.b", "a%2Eb", ".", "..", ".a", "a.", "a..b", "a/b", "a%2Fb", "a b", "a+b", "ä"];
        let segments: std::collections::BTreeSet<_> = names.map(segment).into();
        assert_eq!(segments.len(), names.len());
        assert!(segments.iter().all(|segment| !segment.contains(['/', '?', '#', ' ']) && !segment.starts_with('.')));
    }

    #[test]
    fn a_response_keeps_its_bytes_too() {
        let text = r#"{"trace_id":"t-1","response_body":"a \u0041 <b>","response_status":200}"#;
        let response = ScanResponse::read(&arguments(text)).unwrap();
        assert_eq!(
            wire(&response.encode()),
            r#"{"trace_id":"t-1","response_status":200,"response_body":"a \u0041 <b>"}"#
        );
        for (text, error) in [
            (r#"{"response_body":{}}"#, ArgumentError::Missing("trace_id")),
            (r#"{"trace_id":"","response_body":{}}"#, ArgumentError::NotText("trace_id")),
            (r#"{"trace_id":"t"}"#, ArgumentError::Missing("response_body")),
            (r#"{"trace_id":"t","response_body":1,"response_status":"200"}"#, ArgumentError::NotAStatus),
            (r#"{"trace_id":"t","response_body":1,"response_status":20}"#, ArgumentError::NotAStatus),
        ] {
            assert_eq!(ScanResponse::read(&arguments(text)).unwrap_err(), error, "{text}");
        }
    }
}
