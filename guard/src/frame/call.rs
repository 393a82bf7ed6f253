//! A tool call, taken apart and written again: what goes on is made of what was judged, value by value,
//! so that no second reader can see another call in it. Never policy.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::Id;
use crate::json::{Kind, Object, Value};

/// How a call is named (MCP 2025-11-25, server/tools).
pub(super) const METHOD: &str = "tools/call";

/// What the params of a call may say that anybody acts on (MCP 2025-11-25, server/tools and
/// basic/utilities/tasks; MCP 2026-07-28, basic/patterns/mrtr).
const PARAMS: [&str; 6] = ["name", "arguments", "task", "inputResponses", "requestState", "_meta"];

/// A `tools/call`, whose members are the bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    root: Object,
    params: Object,
    arguments: Option<(Range<usize>, Object)>,
}

impl ToolCall {
    /// Takes a call apart (MCP 2025-11-25, server/tools: `name` a string, `arguments` an object or
    /// absent).
    pub(super) fn read(line: &Bytes, root: Value<'_>) -> Result<Self, &'static str> {
        let params = root.get("params").filter(|params| params.kind() == Kind::Object);
        let params = params.ok_or("`params` must be an object")?;
        if ambiguous(params.members().map(|(key, _)| key), &PARAMS).is_some() {
            return Err("`params` hold a key that some readers take for another one");
        }
        if params.get("name").is_none_or(|name| name.kind() != Kind::String) {
            return Err("`params.name` must be a string");
        }
        let arguments = params.get("arguments").map(|arguments| {
            let object = arguments.to_object(line).ok_or("`params.arguments` must be an object")?;
            Ok((arguments.span(), object))
        });
        let object = |value: Value<'_>| value.to_object(line).ok_or("a message must be an object");
        Ok(Self { root: object(root)?, params: object(params)?, arguments: arguments.transpose()? })
    }

    pub(super) fn arguments_at(&self) -> Option<Range<usize>> {
        self.arguments.as_ref().map(|(range, _)| range.clone())
    }

    /// The tool's name.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        self.params.string("name").unwrap_or_default()
    }

    /// The arguments as they were written; `None` where there are none.
    #[must_use]
    pub fn arguments(&self) -> Option<&Object> {
        self.arguments.as_ref().map(|(_, arguments)| arguments)
    }

    /// What else the params say, as it was written.
    #[must_use]
    pub fn param(&self, key: &str) -> Option<Bytes> {
        self.params.get(key)
    }

    /// The call as one line under this id, with its line feed. Each of `instead` takes the place of a
    /// member of the params, or leaves it out. Keys are spelled plainly, and values stay the bytes that came.
    #[must_use]
    pub fn line(&self, id: &Id, instead: &[(&str, Option<Bytes>)]) -> Bytes {
        let mut line = Vec::with_capacity(self.root.as_str().len() + 16);
        let mut outer = b'{';
        for (key, value) in self.root.members() {
            put_key(&mut line, outer, key);
            outer = b',';
            match key {
                "id" => line.extend_from_slice(id.as_json().as_bytes()),
                "method" => line.extend_from_slice(b"\"tools/call\""),
                "params" => self.put_params(&mut line, instead),
                _ => line.extend_from_slice(&value),
            }
        }
        line.extend_from_slice(b"}\n");
        line.into()
    }

    fn put_params(&self, line: &mut Vec<u8>, instead: &[(&str, Option<Bytes>)]) {
        let kept = self.params.members().filter(|(key, _)| instead.iter().all(|(other, _)| other != key));
        let put = instead.iter().filter_map(|(key, value)| Some((*key, value.clone()?)));
        let mut before = b'{';
        for (key, value) in kept.chain(put) {
            put_key(line, before, key);
            line.extend_from_slice(&value);
            before = b',';
        }
        line.push(b'}');
    }
}

fn put_key(line: &mut Vec<u8>, before: u8, key: &str) {
    line.push(before);
    serde_json::to_writer(&mut *line, key).expect("a string is written to memory");
    line.push(b':');
}

/// One of `names` that a key of the message is not, but that some readers take it for: which of the two such a reader follows is not for us to guess.
pub(super) fn ambiguous<'n>(mut keys: impl Iterator<Item = impl AsRef<str>>, names: &[&'n str]) -> Option<&'n str> {
    keys.find_map(|key| names.iter().find(|name| folds_to(key.as_ref(), name)).copied())
}

/// A text that is not this name, and that some readers take for it all the same: those that do not look at
/// case, and those whose strings end with a NUL.
pub(super) fn folds_to(text: &str, name: &str) -> bool {
    let seen = text.chars().take_while(|letter| *letter != '\0');
    text != name && seen.map(fold).eq(name.chars().map(fold))
}

/// A method that is not ours to judge, and may be a call of a tool to a reader that is lax about it.
pub(super) fn is_disguised(method: &str) -> bool {
    method != METHOD && (method.trim() == METHOD || folds_to(method.trim(), METHOD))
}

/// The simple case folding of Unicode, as far as it leads to ASCII.
const fn fold(letter: char) -> char {
    match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Message, read};
    use super::*;

    fn call(text: &str) -> (Id, ToolCall) {
        match read(&Bytes::copy_from_slice(text.as_bytes())) {
            Ok(Message::Request(request)) => (request.id.clone(), request.call().expect("a tool call").clone()),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn line(text: &str, instead: &[(&str, Option<Bytes>)]) -> String {
        let (id, call) = call(text);
        String::from_utf8(call.line(&id, instead).to_vec()).unwrap()
    }

    #[test]
    fn a_call_is_written_again_from_what_was_read() {
        let text = r#" { "m\u0065thod" : "tools\u002fcall", "id":"\u0061", "params" : {"n\u0061me":"x\u0041", "arguments": {"n":[1.10,1e400,-0, 18446744073709551616],"s":"\u00e9\/"} ,"_meta":{"a":1},"task":{"ttl":6}, "vendor":7},"jsonrpc":"2.0","trace":[1]}"#;
        assert_eq!(
            line(text, &[]),
            r#"{"method":"tools/call","id":"a","params":{"name":"x\u0041","arguments":{"n":[1.10,1e400,-0, 18446744073709551616],"s":"\u00e9\/"},"_meta":{"a":1},"task":{"ttl":6},"vendor":7},"jsonrpc":"2.0","trace":[1]}"#.to_owned() + "\n"
        );
    }

    #[test]
    fn members_are_replaced_left_out_and_added() {
        let text = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1},"inputResponses":{}}}"#;
        assert_eq!(
            line(text, &[("arguments", Some(Bytes::from_static(b"{\"b\":1.10}"))), ("inputResponses", None)]),
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"b":1.10}}}"#.to_owned()
                + "\n"
        );
        let bare = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#;
        assert_eq!(line(bare, &[]), bare.to_owned() + "\n");
        assert!(line(bare, &[("arguments", Some(Bytes::from_static(b"{}")))]).contains(r#","arguments":{}}}"#));
    }

    #[test]
    fn a_key_that_another_reader_takes_for_one_of_ours_is_refused() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{"name":"x"},"result":{}}"#,
            r#"{"jsonrpc":"2.0","ID":1,"method":"tools/call","params":{"name":"x"}}"#,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"param\u{17f}\":{}}",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","Name":"y"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","\u0041rguments":{}}}"#,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\",\"tas\u{212a}\":{}}}",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name\u0000":"y","name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","method":"\ttools/CALL\u0000.","params":{"name":"x"}}"#,
        ] {
            let refusal = read(&Bytes::copy_from_slice(text.as_bytes())).unwrap_err();
            assert!(refusal.text.contains("some readers take for"), "{text}: {}", refusal.text);
            let is_request = text.contains("\"id\"") && !text.contains("\"result\"");
            assert_eq!(refusal.silent, !is_request, "to us it is a notification or an answer: {text}");
        }
        let fine = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"Name":1,"name":2}},"Trace":1}"#;
        assert!(matches!(read(&Bytes::copy_from_slice(fine.as_bytes())), Ok(Message::Request(_))));
    }
}
