//! Relayed lines looked at and changed, as only those who sin do; what is not changed keeps its bytes.
//! Never a sin itself.

use serde_json::value::RawValue;

use crate::json::{Object, raw, rebuilt};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Notification,
    Answer,
}

/// The message in a line, however carelessly written.
pub(crate) fn message(line: &[u8]) -> Option<Object> {
    Object::of(serde_json::from_slice(line).ok()?)
}

/// Its kind and method; an answer has none.
pub(crate) fn kind(line: &[u8]) -> Option<(Kind, String)> {
    let message = message(line)?;
    match (message.text("method"), message.get("id")) {
        (Some(method), Some(_)) => Some((Kind::Request, method)),
        (Some(method), None) => Some((Kind::Notification, method)),
        (None, _) => Some((Kind::Answer, String::new())),
    }
}

/// A member of the message's parameters.
pub(crate) fn has_param(line: &[u8], name: &str) -> bool {
    message(line).and_then(|message| Object::of(message.get("params")?)).is_some_and(|params| params.count(name) > 0)
}

/// The line with the object at the end of this path changed; as it was where there is none.
pub(crate) fn within(line: Vec<u8>, path: &[&str], change: impl FnOnce(Object) -> Object) -> Vec<u8> {
    let changed = message(&line).and_then(|message| changed(message, path, change));
    changed.map_or(line, |message| bytes(&message))
}

fn changed(object: Object, path: &[&str], change: impl FnOnce(Object) -> Object) -> Option<Object> {
    match path {
        [] => Some(change(object)),
        [key, rest @ ..] => {
            let member = changed(Object::of(object.get(key)?)?, rest, change)?;
            Some(object.with(key, member))
        }
    }
}

/// The line with each tool of a list changed.
pub(crate) fn each_tool(line: Vec<u8>, change: impl Fn(Object) -> Object) -> Vec<u8> {
    within(line, &["result"], |result| match tools(&result) {
        Some(tools) => result.with("tools", tools.into_iter().map(change).collect::<Vec<_>>()),
        None => result,
    })
}

/// The tools in a result that lists them.
pub(crate) fn tools(result: &Object) -> Option<Vec<Object>> {
    let tools: Vec<&RawValue> = serde_json::from_str(result.get("tools")?.get()).ok()?;
    tools.into_iter().map(Object::of).collect()
}

/// The value with every number in it as a double has it.
pub(crate) fn rounded(value: &RawValue) -> Box<RawValue> {
    rebuilt(value, &|value, _| {
        let number = value.get().parse::<f64>().ok().filter(|number| number.is_finite())?;
        RawValue::from_string(number.to_string()).ok()
    })
}

/// The text of a message.
pub(crate) fn bytes(message: &Object) -> Vec<u8> {
    raw(message).get().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_changed_changes() {
        let line = br#"{"id":1e0,"result":{"a":1.10,"b":{"c":-0}}}"#.to_vec();
        let changed = within(line.clone(), &["result", "b"], |b| b.with("d", 2));
        assert_eq!(changed, br#"{"id":1e0,"result":{"a":1.10,"b":{"c":-0,"d":2}}}"#);
        assert_eq!(within(line.clone(), &["result", "x"], |x| x.with("d", 2)), line);
        assert_eq!(within(b"no json".to_vec(), &[], |x| x), b"no json");
    }

    #[test]
    fn numbers_become_doubles_and_text_stays() {
        let value = RawValue::from_string(r#"[1.10,18446744073709551616,"1.10",{"a":1e400,"b":true}]"#.into()).unwrap();
        assert_eq!(rounded(&value).get(), r#"[1.1,18446744073709552000,"1.10",{"a":1e400,"b":true}]"#);
    }
}
