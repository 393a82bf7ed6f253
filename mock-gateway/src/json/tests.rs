//! What is kept, what is equal, what is refused and where.

use super::*;

fn exact(text: &str) -> String {
    Json::parse(text.as_bytes()).unwrap().to_string()
}

#[test]
fn numbers_keep_their_digits() {
    for text in ["1.10", "1e400", "-0", "18446744073709551616", "[1E+2,0.0]"] {
        assert_eq!(exact(text), text);
    }
}

#[test]
fn key_order_does_not_matter_but_digits_do() {
    let parse = |text: &str| Json::parse(text.as_bytes()).unwrap();
    assert_eq!(parse(r#"{"a":1,"b":[2]}"#), parse(r#" { "b" : [2], "a" : 1 } "#));
    assert_ne!(parse("1.0"), parse("1.00"));
    assert_ne!(parse("[1,2]"), parse("[2,1]"));
    assert_ne!(parse("null"), parse("{}"));
}

#[test]
fn what_strict_json_forbids_is_refused_where_it_stands() {
    for (text, what, at) in [
        (r#"{"a":1,"\u0061":2}"#, "a key twice in one object", 7),
        (r#"["\ud800"]"#, "a lone surrogate", 2),
        (r#"["\ud800\u0041"]"#, "a lone surrogate", 2),
        ("[NaN]", "no JSON value starts like this", 1),
        ("01", "text after the value", 1),
        ("[1,]", "no JSON value starts like this", 3),
        ("\"a\nb\"", "a control character inside a string", 2),
        ("{} {}", "text after the value", 3),
        ("\u{feff}{}", "no JSON value starts like this", 0),
        ("", "the text ends where a value is due", 0),
    ] {
        assert_eq!(Json::parse(text.as_bytes()).unwrap_err(), JsonError { what, at }, "{text}");
    }
    assert_eq!(Json::parse(b"\"\xff\"").unwrap_err().what, "invalid UTF-8");
    assert_eq!(Json::parse("[".repeat(MAX_DEPTH + 2).as_bytes()).unwrap_err().what, "nesting too deep");
}

#[test]
fn a_key_twice_is_found_in_small_and_large_objects() {
    for first in 0..20 {
        for second in first + 1..20 {
            // The second time as it is, and with an escape.
            for again in [format!("k{first}"), format!("\\u006b{first}")] {
                let key = |place| if place == second { again.clone() } else { format!("k{place}") };
                let members: Vec<_> = (0..20).map(|place| format!(r#""{}":0"#, key(place))).collect();
                let error = Json::parse(format!("{{{}}}", members.join(",")).as_bytes()).unwrap_err();
                assert_eq!(error.what, "a key twice in one object", "{first} {second}");
            }
        }
    }
    let members: Vec<_> = (0..20).map(|key| format!(r#""{key}":0"#)).collect();
    assert!(Json::parse(format!("{{{}}}", members.join(",")).as_bytes()).is_ok());
}

#[test]
fn escapes_and_pairs_are_read_and_written() {
    assert_eq!(Json::parse(br#""\u00e9\ud83d\ude00\/\b""#).unwrap(), Json::String("é😀/\u{8}".into()));
    assert_eq!(exact("\"a\\n\\u0001\\\"\""), "\"a\\n\\u0001\\\"\"");
}

#[test]
fn members_come_with_their_own_bytes() {
    let text = r#" { "a" : [1.10, {"body":1}] , "b\u006fdy": {"x" : 1e2 } ,"z":null}"#;
    let members = Json::members(text.as_bytes()).unwrap().unwrap();
    let raw: Vec<_> = members.iter().map(|(key, _, range)| (key.as_str(), &text[range.clone()])).collect();
    assert_eq!(raw, [("a", r#"[1.10, {"body":1}]"#), ("body", r#"{"x" : 1e2 }"#), ("z", "null")]);
    assert_eq!(
        Json::Object(members.into_iter().map(|(key, value, _)| (key, value)).collect()).to_string(),
        exact(text)
    );
    assert_eq!(Json::members(b" [1]").unwrap().unwrap_err().kind(), "array");
    assert!(Json::members(b"{} {}").is_err() && Json::members(b"").is_err() && Json::members(b"\xff").is_err());
}

#[test]
fn pointers_reach_into_objects_and_arrays() {
    let value = Json::parse(br#"{"a":{"b/c":[10,{"d":"x"}]}}"#).unwrap();
    assert_eq!(value.pointer("/a/b~1c/1/d").and_then(Json::as_str), Some("x"));
    assert_eq!(value.pointer("/a/nothing"), None);
}
