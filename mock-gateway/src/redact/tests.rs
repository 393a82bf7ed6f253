//! What is left of texts, and that nothing is found in it.

use super::*;
use crate::json::{Json, Quoted};
use proptest::prelude::*;

#[test]
fn only_what_was_found_changes() {
    for (text, left, fields) in [
        (
            r#"{ "to" : "jo@example.org" , "n":1.10,"big":1e400 }"#,
            r#"{ "to" : "[REDACTED:PII]" , "n":1.10,"big":1e400 }"#,
            1,
        ),
        (r#"["a\u00e9 \"jo@example.org\" \ud83d\ude00\n"]"#, r#"["a\u00e9 \"[REDACTED:PII]\" \ud83d\ude00\n"]"#, 1),
        (r#""\ud83d\ude00iv_live_12345678\ud83d\ude00""#, r#""\ud83d\ude00[REDACTED:SECRETS]\ud83d\ude00""#, 1),
        (r#""jo\u0040example.org""#, r#""[REDACTED:PII]""#, 1),
        (r#"{"a":4111111111111111,"b":-4}"#, r#"{"a":"[REDACTED:PII]","b":-4}"#, 1),
        (r#"{"a@b.org":1,"c@d.org":2}"#, r#"{"[REDACTED:PII-1]":1,"[REDACTED:PII-2]":2}"#, 2),
        (r#"{"[REDACTED:PII-1]":1,"c@d.org":2}"#, r#"{"[REDACTED:PII-1]":1,"[REDACTED:PII-2]":2}"#, 1),
        (r#"{"k":"iv_live_12345678 and jo@example.org"}"#, r#"{"k":"[REDACTED:SECRETS] and [REDACTED:PII]"}"#, 1),
        ("null", "null", 0),
        (r#"{"password" : "hunter2","n":1}"#, r#"{"password" : "[REDACTED:SECRETS]","n":1}"#, 1),
        (
            r#"{"note":"{\"password\": \"hunter2\", \"n\":1.10}"}"#,
            r#"{"note":"{\"password\": \"[REDACTED:SECRETS]\", \"n\":1.10}"}"#,
            1,
        ),
        (r#"["{\"card\":4111111111111111}"]"#, r#"["{\"card\":\"[REDACTED:PII]\"}"]"#, 1),
        (r#"["[\"{\\\"card\\\":4111111111111111}\"]"]"#, r#"["[\"{\\\"card\\\":\\\"[REDACTED:PII]\\\"}\"]"]"#, 1),
        (
            r#"{"url":"https://a.example/?to=jo%40example.org&x=1"}"#,
            r#"{"url":"https://a.example/?to=[REDACTED:PII]&x=1"}"#,
            1,
        ),
        // What one finding hides of another: an address, an address in another's end, JSON.
        (r#"["jo@example.org-iv_live_12345678"]"#, r#"["[REDACTED:PII]-[REDACTED:SECRETS]"]"#, 1),
        (r#"{"a@b.org@c.org":1}"#, r#"{"[REDACTED:PII-1]@c.org":1}"#, 1),
        (
            r#"["{\"password\":\"abcd\",\"key\":\"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\"}"]"#,
            r#"["{\"password\":\"[REDACTED:SECRETS]\",\"key\":\"[REDACTED:SECRETS]\"}"]"#,
            1,
        ),
    ] {
        assert_eq!(json(text), Redacted { text: left.to_owned(), fields }, "{text}");
        assert!(Json::parse(left.as_bytes()).is_ok());
    }
}

fn any_json() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        any::<String>(),
        Just("jo@example.org".to_owned()),
        Just(r#"{"password":"hunter2","n":[4111111111111111]}"#.to_owned()),
        Just("https://u:p4ss@a.example/?q=jo%40example.org".to_owned()),
        "[a-z\\\\\"\u{e9}\u{1f600}]{0,4}iv_live_[a-z]{8}",
    ]
    .prop_map(|text| Quoted(&text).to_string());
    let leaf = prop_oneof![string, "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?", Just("null".to_owned())];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
            inner.clone().prop_map(|value| format!(r#"{{ "key" :{value}}}"#)),
            inner.clone().prop_map(|value| format!(r#"{{"api_key":{value}}}"#)),
            inner.prop_map(|value| format!("[{}]", Quoted(&format!("[{value}]")))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_left_is_json_without_findings(text in any_json()) {
        let redacted = json(&text);
        let value = Json::parse(redacted.text.as_bytes());
        prop_assert!(value.is_ok(), "{text} became {}", redacted.text);
        let again = classify::document(&redacted.text);
        prop_assert!(again.is_empty(), "{text} became {}", redacted.text);
        prop_assert_eq!(redacted.text == text, redacted.fields == 0);
    }
}

#[test]
fn urls_texts_and_headers_are_redacted_too() {
    let left = url("https://jo:p4ss@a.example/?api_key=a1b2c3d4&n=1");
    assert_eq!(left.text, "https://jo:[REDACTED:SECRETS]@a.example/?api_key=[REDACTED:SECRETS]&n=1");
    assert_eq!(text("call +41 44 668 18 00 now").text, "call [REDACTED:PII] now");
    assert_eq!(text(&format!("to {}@example.org", "jo.".repeat(30))).text, "to [REDACTED:PII]", "all of a long one");
    assert_eq!(header("X-Api-Key", "plain"), Redacted { text: "[REDACTED:SECRETS]".to_owned(), fields: 1 });
    assert_eq!(header("Accept", "text/html"), Redacted { text: "text/html".to_owned(), fields: 0 });
}
