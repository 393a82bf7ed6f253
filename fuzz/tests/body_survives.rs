//! The property over bodies that are meant to be JSON, over ones spoilt by a byte, and over noise.

use guard_fuzz::body_survives;
use proptest::prelude::*;

/// JSON texts with the digits, escapes and white space on which parsers are known to differ.
fn json() -> impl Strategy<Value = String> {
    let number = r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?";
    let string = prop_oneof![
        r#""([a-z $:]|\\u00[0-7][0-9a-f]|\\["\\/bfnrt]|\\ud83d\\ude00|[\u{7f}-\u{2fff}]){0,8}""#.prop_map(|text| text),
        Just(r#""$serde_json::private::RawValue""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number.prop_map(|text| text),
        string.clone(),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        let space = || "[ \t]{0,2}";
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..6), space())
                .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(","))),
            (prop::collection::vec((string.clone(), inner), 0..6), space()).prop_map(|(members, space)| {
                let members: Vec<_> =
                    members.into_iter().map(|(key, value)| format!("{key}{space}:{space}{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_json(body in json()) {
        body_survives(body.as_bytes());
    }

    #[test]
    fn of_json_with_one_byte_spoilt(body in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = body.into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        body_survives(&body);
    }

    #[test]
    fn of_noise(body in prop::collection::vec(any::<u8>(), 0..64)) {
        body_survives(&body);
    }
}

#[test]
fn of_deep_bodies() {
    for depth in [1, 59, 60, 61, 64, 65, 128, 600, 10_000] {
        body_survives(("[".repeat(depth) + &"]".repeat(depth)).as_bytes());
    }
}

/// An argument list must not be closed from inside a body.
#[test]
fn of_bodies_that_break_out() {
    for body in [r#"{}},"method":"x""#, r#"1}},"id":2,"params":{"x":{"y":1"#, r#"1,"body":2"#, "1 2", ""] {
        body_survives(body.as_bytes());
    }
}
