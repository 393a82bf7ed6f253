//! Whether an answer holds what a case asks of it: of an object the members that are named, of a list
//! the items, in any order; anything else is equal.

use mock_gateway::json::Json;

use crate::recording::Header;
use crate::version::{Era, Version};

/// What a case asks for, with its placeholders filled in for this play.
pub(super) fn due(pattern: &serde_json::Value, header: &Header) -> Json {
    let newest = header.declared.iter().copied().filter(|version| version.era() == Era::Legacy).max();
    let text = Json::from(pattern)
        .to_string()
        .replace("{version}", header.version.name())
        .replace("{newest}", newest.map_or("", Version::name));
    Json::parse(text.as_bytes()).unwrap_or(Json::Null)
}

/// Whether `value` holds all of `due`.
pub(super) fn holds(value: Option<&Json>, due: &Json) -> bool {
    match (value, due) {
        (Some(Json::Object(_)), Json::Object(members)) => {
            members.iter().all(|(name, due)| holds(value.and_then(|value| value.get(name)), due))
        }
        (Some(Json::Array(items)), Json::Array(due)) => {
            due.iter().all(|due| items.iter().any(|item| holds(Some(item), due)))
        }
        (value, due) => value == Some(due),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_may_be_anything() {
        let json = |text: &str| Json::parse(text.as_bytes()).unwrap();
        let value = json(r#"{"a":{"b":1,"c":[]},"d":["x","y"]}"#);
        for due in [r#"{}"#, r#"{"a":{}}"#, r#"{"a":{"c":[]}}"#, r#"{"d":["y"]}"#, r#"{"a":{"b":1},"d":["y","x"]}"#] {
            assert!(holds(Some(&value), &json(due)), "{due}");
        }
        for due in [r#"{"e":{}}"#, r#"{"a":[]}"#, r#"{"a":{"b":1.0}}"#, r#"{"d":["z"]}"#, r#"{"d":"x"}"#] {
            assert!(!holds(Some(&value), &json(due)), "{due}");
        }
    }
}
