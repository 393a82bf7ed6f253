//! Which calls an approval is good for. From the guard's encoding to the gateway's desk; never when a
//! window ends.

use guard_conformance::generate::{Choices, json};
use mock_gateway::json::Json;

use crate::gateway::{Gateway, Spoken};

/// An approval is good for the same JSON value however it is written, and for no other value: keys may
/// change places, digits may not change. The choices make a value, two ways to write it, and a value
/// that differs from it in one place.
///
/// # Panics
/// When the same value has to be approved again, or another one runs on its approval.
pub fn same_value_same_grant(choices: &[u8]) {
    let mut choices = Choices::new(choices);
    let value = json::value(&mut choices);
    let other = altered(&value, &mut choices);
    let [once, again, elsewhere] = [&value, &value, &other].map(|value| json::spell(value, &mut choices));
    let mut gateway = Gateway::asking();
    let id = match gateway.scan("https://a.example/", &once) {
        Some(Spoken::RequireApproval(id)) => id,
        // What the guard does not serve needs no grant.
        None => return,
        other => panic!("asked for nothing: {other:?}"),
    };
    gateway.approve(&id).expect("what was just asked for is pending");
    assert_eq!(
        gateway.scan("https://a.example/", &again),
        Some(Spoken::Granted),
        "approved as {once}, asked as {again}"
    );
    let spoken = gateway.scan("https://a.example/", &elsewhere);
    assert_ne!(spoken, Some(Spoken::Granted), "approved was {once}, and {elsewhere} runs");
    assert_ne!(gateway.scan("https://a.example/#", &once), Some(Spoken::Granted), "another address runs");
}

/// The value with one thing changed that some equality overlooks.
fn altered(value: &Json, choices: &mut Choices<'_>) -> Json {
    match value {
        Json::Null => Json::Object(Vec::new()),
        Json::Bool(value) => Json::Bool(!value),
        Json::Number(text) => Json::Number(match choices.below(3) {
            0 if text.contains('.') && !text.contains(['e', 'E']) => format!("{text}0"),
            1 if !text.contains(['e', 'E']) => format!("{text}e0"),
            _ if text.starts_with('-') => text[1..].to_owned(),
            _ => format!("-{text}"),
        }),
        Json::String(text) => Json::String(text.clone() + choices.of(&[" ", "\0", "\u{301}", "a"])),
        Json::Array(items) if items.is_empty() => Json::Null,
        Json::Array(items) => {
            let mut items = items.clone();
            let at = choices.below(items.len());
            match choices.below(3) {
                0 => items[at] = altered(&items[at], choices),
                1 => items.truncate(at),
                _ => items.push(Json::Null),
            }
            Json::Array(items)
        }
        Json::Object(members) if members.is_empty() => Json::Null,
        Json::Object(members) => {
            let mut members = members.clone();
            let at = choices.below(members.len());
            match choices.below(3) {
                0 => members[at].1 = altered(&members[at].1, choices),
                1 => drop(members.remove(at)),
                // No key of the generator ends so.
                _ => members[at].0.push('\u{1}'),
            }
            Json::Object(members)
        }
    }
}
