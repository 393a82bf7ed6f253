//! Requests that are refused, and by which words; requests that pass.

use super::*;

fn a_key(token: &str) -> Key {
    token.parse().expect("a good key")
}

fn read(method: &str, path: &str, body: &str) -> Result<Request, ApiError> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let length = body.len() as u64;
    Request::read(method, path, Some(a_key("iv_test_1")), &body, length)
}

fn refusal(path: &str, body: &str) -> (u16, String) {
    let error = read("POST", path, body).expect_err(body);
    (error.status, error.reason)
}

#[test]
fn a_scan_is_refused_by_the_name_of_its_field() {
    for (body, reason) in [
        (r#"{"url":"https://a"}"#, "`method` is missing"),
        (r#"{"method":null,"url":"https://a"}"#, "`method` is missing"),
        (r#"{"method":"","url":"https://a"}"#, "`method` is empty"),
        (r#"{"method":7,"url":"https://a"}"#, "`method` must be a string, not number"),
        (r#"{"method":"GET"}"#, "`url` is missing"),
        (
            r#"{"method":"GET","url":"/relative"}"#,
            "`url` must be absolute, such as https://host/path or mcp://server/tool",
        ),
        (
            r#"{"method":"GET","url":"//host/x"}"#,
            "`url` must be absolute, such as https://host/path or mcp://server/tool",
        ),
        (
            r#"{"method":"GET","url":"7a://x"}"#,
            "`url` must be absolute, such as https://host/path or mcp://server/tool",
        ),
        (r#"{"method":"GET","url":"https://a","tool_name":[]}"#, "`tool_name` must be a string, not array"),
        (r#"{"method":"GET","url":"https://a","headers":"x"}"#, "`headers` must be an object, not string"),
        (r#"{"method":"GET","url":"https://a","runtime_type":1}"#, "`runtime_type` must be a string, not number"),
        ("[]", "the body must be a JSON object, not array"),
        ("", "the body is not JSON: the text ends where a value is due at byte 0"),
        (
            r#"{"method":"GET","url":"https://a","a":1,"a":2}"#,
            "the body is not JSON: a key twice in one object at byte 40",
        ),
        (r#"{"body":NaN}"#, "the body is not JSON: no JSON value starts like this at byte 8"),
    ] {
        assert_eq!(refusal("/v1/scan", body), (400, reason.to_owned()), "{body}");
    }
}

#[test]
fn a_response_is_refused_by_the_name_of_its_field() {
    for (body, reason) in [
        (r#"{"response_body":{}}"#, "`trace_id` is missing"),
        (r#"{"trace_id":"t"}"#, "`response_body` is missing"),
        (
            r#"{"trace_id":"t","response_body":7}"#,
            "`response_body` must be a string, an object or an array, not number",
        ),
        (
            r#"{"trace_id":"t","response_body":"","response_status":"200"}"#,
            "`response_status` must be a number, not string",
        ),
    ] {
        assert_eq!(refusal("/v1/scan/response", body), (400, reason.to_owned()), "{body}");
    }
}

#[test]
fn path_then_key_then_size_then_content() {
    let (none, junk) = (Bytes::new(), Bytes::from_static(b"junk"));
    let status = |method, path, key: Option<&str>, length| {
        Request::read(method, path, key.map(a_key), &junk, length).map_or_else(|error| error.status, |_| 200)
    };
    let over = BODY_LIMIT + 1;
    assert_eq!(status("POST", "/v1/nothing", None, over), 404);
    assert_eq!(status("GET", "/v1/approvals//status", Some("k"), 0), 404);
    assert_eq!(status("GET", "/v1/scan", None, over), 405);
    assert_eq!(status("POST", "/v1/scan", None, over), 401);
    assert_eq!(status("POST", "/v1/scan", Some("k"), over), 413);
    assert_eq!(status("POST", "/v1/scan", Some("k"), BODY_LIMIT), 400);
    assert!(Request::read("GET", "/health", None, &none, 0).is_ok());
    let size = Request::read("POST", "/v1/scan", Some(a_key("k")), &junk, over).expect_err("too large");
    assert_eq!(size.reason, "the request body has 262145 bytes; the limit is 262144 bytes");
}

#[test]
fn only_the_accepted_token_is_right() {
    use Authorization::{Missing, Right, Wrong};
    let accepted = a_key("iv_test_1");
    for (header, strict, open) in [
        (None, Missing, Missing),
        (Some(""), Missing, Missing),
        (Some("Bearer"), Missing, Missing),
        (Some("Bearer  "), Missing, Missing),
        (Some("Bearer iv_test_1"), Right, Right),
        (Some("bearer iv_test_1"), Right, Right),
        (Some("Bearer iv_test_2"), Wrong, Right),
        (Some("Bearer iv_test_1x"), Wrong, Right),
        (Some("Basic iv_test_1"), Wrong, Wrong),
        (Some("iv_test_1"), Wrong, Wrong),
        (Some("Bearer\tiv_test_1"), Wrong, Wrong),
        (Some("Bearer iv_test_1 iv_test_1"), Wrong, Wrong),
        (Some("Bearer iv_test\u{7f}"), Wrong, Wrong),
        (Some("Bearer clé"), Wrong, Wrong),
    ] {
        let authorize = |accepted| authorize(header.map(str::as_bytes), accepted, |_| None);
        assert_eq!((authorize(Some(&accepted)).0, authorize(None).0), (strict, open), "{header:?}");
        assert_eq!(authorize(None).1.is_some(), open == Right, "{header:?}");
    }
    assert_eq!(format!("{accepted:?}"), "Key(hidden)");
}

#[test]
fn a_key_is_one_token_and_an_error_does_not_show_it() {
    assert!(["k", "iv_live_0", "a.b-c~d+e/f=="].iter().all(|token| token.parse::<Key>().is_ok()));
    for (token, error) in [
        ("", KeyError::Empty),
        (" ", KeyError::Character(1)),
        ("iv live", KeyError::Character(3)),
        ("iv_live\n", KeyError::Character(8)),
        ("iv\0live", KeyError::Character(3)),
        ("clé", KeyError::Character(3)),
    ] {
        assert_eq!(token.parse::<Key>(), Err(error), "{token:?}");
    }
}

#[test]
fn the_host_is_found_in_any_absolute_url() {
    for (url, host) in [
        ("https://slack.com/api?x=http://evil", "slack.com"),
        ("https://user:pass@slack.com:8443/api", "slack.com"),
        ("https://user@evil@slack.com/api", "slack.com"),
        ("mcp://server/tool", "server"),
        ("http://[::1]:80/", "::1"),
        ("https://slack.com#@evil", "slack.com"),
        ("exec://localhost", "localhost"),
    ] {
        let body = format!(r#"{{"method":"GET","url":"{url}"}}"#);
        let Call::Scan(scan) = read("POST", "/v1/scan?x=1", &body).unwrap().call else { panic!("{url}") };
        assert_eq!(scan.host(), host, "{url}");
    }
}
