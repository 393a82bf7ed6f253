//! What can still be said about a line that failed: whose answer the error is, and whether one is due.
//! A tolerant walk over brackets and quotes. What is found here names an error, it is never acted on.

use super::Id;

/// What a failed line still told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// The id, where exactly one stands in the outer object and is well formed.
    pub id: Option<Id>,
    /// The line is a whole object with a `method` and no `id`: a notification, which gets no answer.
    pub notification: bool,
}

/// Walks over a line that is not strict JSON, or cut off.
#[must_use]
pub fn rescue(line: &[u8]) -> Rescued {
    let mut walk = Walk { line, at: 0 };
    let (mut ids, mut method) = (Vec::new(), false);
    walk.space();
    if walk.next() != Some(b'{') {
        return Rescued::default();
    }
    let whole = loop {
        walk.space();
        match walk.peek() {
            Some(b'"') => {
                let Some(key) = walk.string() else { break false };
                walk.space();
                if walk.peek() != Some(b':') {
                    continue;
                }
                walk.at += 1;
                let Some(value) = walk.value() else { break false };
                match Id::parse(key).as_ref().map(Id::as_json) {
                    Some("\"id\"") => ids.push(value),
                    Some("\"method\"") => method = true,
                    _ => {}
                }
            }
            Some(b'}') => {
                walk.at += 1;
                walk.space();
                break walk.peek().is_none();
            }
            Some(_) => walk.at += 1,
            None => break false,
        }
    };
    Rescued {
        id: if let [id] = ids[..] { Id::parse(id) } else { None },
        notification: whole && method && ids.is_empty(),
    }
}

struct Walk<'l> {
    line: &'l [u8],
    at: usize,
}

impl<'l> Walk<'l> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// A string with its quotes; `None` where the line ends inside it.
    fn string(&mut self) -> Option<&'l [u8]> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.next()? {
                b'"' => return Some(&self.line[start..self.at]),
                b'\\' => self.at += 1,
                _ => {}
            }
        }
    }

    /// All up to the comma or bracket that ends a member; `None` where the line ends before.
    fn value(&mut self) -> Option<&'l [u8]> {
        self.space();
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => return Some(self.line[start..self.at].trim_ascii_end()),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(line: &str) -> Option<String> {
        rescue(line.as_bytes()).id.map(|id| id.as_json().to_owned())
    }

    #[test]
    fn the_id_is_found_before_and_after_the_fault() {
        for (line, found) in [
            (r#"{"id":5,"method":"x","params":{"a":NaN}}"#, Some("5")),
            (r#"{"method":"x","params":{"a":NaN,"id":9},"id":"s"}"#, Some("\"s\"")),
            (r#"{"jsonrpc":"2.0","\u0069d":5,"params":[[["#, Some("5")),
            (r#"{"jsonrpc":"2.0","id":5,"params":{"text":"cut o"#, Some("5")),
            (r#"{"id":5,"id":5,"method":"x"}"#, None),
            (r#"{"id":1.5,"method":"x",}"#, None),
            (r#"{"params":{"id":5},"method":NaN}"#, None),
            (r#"{"id":5"#, None),
            (r#"[{"id":5}]"#, None),
            ("garbage", None),
            ("", None),
        ] {
            assert_eq!(id(line).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn only_a_whole_object_with_a_method_and_no_id_is_a_notification() {
        for (line, notification) in [
            (r#"{"method":"notifications/x","params":{"a":1,"a":2}}"#, true),
            (r#"{"method":"notifications/x","params":NaN} "#, true),
            (r#"{"method":"x","id":null,"params":NaN}"#, false),
            (r#"{"method":"x","params":"cut o"#, false),
            (r#"{"params":NaN}"#, false),
            ("NaN", false),
        ] {
            assert_eq!(rescue(line.as_bytes()).notification, notification, "{line}");
        }
    }
}
