//! What can still be said about a line that failed: whose answer the error is, and whether one is due.
//! A tolerant walk over brackets and quotes, fed piece by piece. What is found here names an error, it
//! is never acted on.

use memchr::memchr2;

use super::Id;
use super::call::folds_to;
use crate::json::Document;

/// The longest key, in bytes, that can be one of those looked for, every letter of it escaped.
const LONGEST_KEY: usize = 64;

/// The longest id, in bytes, that is kept of a line that failed.
const LONGEST_ID: usize = 64 * 1024;

/// What a failed line still told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// The id, where exactly one stands in the outer object and is well formed.
    pub id: Option<Id>,
    /// The line is an object to its end.
    pub whole: bool,
    /// What its outer object is; `None` where it may be one thing or another.
    pub role: Option<Role>,
}

/// What a message is by the members of its outer object (JSON-RPC 2.0, sections 4 and 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of JSON-RPC")]
pub enum Role {
    Request,
    Notification,
    Response,
}

impl Rescued {
    /// A notification or an answer gets no answer, however malformed.
    #[must_use]
    pub fn is_awaited_by_none(&self) -> bool {
        self.whole && matches!(self.role, Some(Role::Notification | Role::Response))
    }
}

/// Walks over a line that is not strict JSON, or too long to be kept.
#[derive(Debug, Default)]
pub struct Rescue {
    place: Place,
    /// The last byte was a backslash inside a string.
    escaped: bool,
    /// Brackets open inside the value.
    depth: usize,
    key: Vec<u8>,
    value: Vec<u8>,
    /// The value is an id, plainly so called or not.
    names_id: Option<bool>,
    ids: usize,
    id: Option<Id>,
    method: bool,
    /// There is a result, or an error.
    answers: bool,
}

/// Where the walk stands, seen from the outer object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Start,
    Between,
    Key,
    BehindKey,
    Value,
    /// In a string inside the value.
    Text,
    Behind,
    /// Beyond what can be told.
    Lost,
}

/// Walks over a whole line.
#[must_use]
pub fn rescue(line: &[u8]) -> Rescued {
    let mut rescue = Rescue::default();
    rescue.push(line);
    rescue.finish()
}

impl Rescue {
    /// Walks on over the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut at = 0;
        while let Some(byte) = piece.get(at).copied() {
            // Long values are mostly text, where only two bytes matter.
            let plain = self.place == Place::Text && !self.escaped;
            let next = if plain { memchr2(b'"', b'\\', &piece[at..]).unwrap_or(piece.len() - at) } else { 0 };
            if next > 0 {
                self.keep(&piece[at..at + next]);
                at += next;
            } else {
                self.step(byte);
                at += 1;
            }
        }
    }

    /// What the line told, now that it is over.
    #[must_use]
    pub fn finish(self) -> Rescued {
        let role = match (self.method, self.answers, self.ids) {
            (true, false, 0) => Some(Role::Notification),
            (true, false, 1) => Some(Role::Request),
            (false, true, 0 | 1) => Some(Role::Response),
            _ => None,
        };
        Rescued { id: self.id.filter(|_| self.ids == 1), whole: self.place == Place::Behind, role }
    }

    fn step(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (place @ (Place::Start | Place::BehindKey | Place::Behind), byte) if byte.is_ascii_whitespace() => place,
            (Place::Start, b'{') => Place::Between,
            (Place::Start | Place::Behind | Place::Lost, _) => Place::Lost,
            (Place::Between, b'}') => Place::Behind,
            (Place::Between | Place::BehindKey, b'"') => {
                self.key.clear();
                self.key.push(byte);
                Place::Key
            }
            (Place::Key, _) => self.string(byte, Place::Key, Place::BehindKey),
            (Place::BehindKey, b':') => {
                self.begin();
                Place::Value
            }
            (Place::BehindKey, b'}') => Place::Behind,
            (Place::Between | Place::BehindKey, _) => Place::Between,
            (Place::Value, b',' | b'}' | b']') if self.depth == 0 => {
                self.member();
                if byte == b'}' { Place::Behind } else { Place::Between }
            }
            (Place::Value, b'"') => {
                self.keep(&[byte]);
                Place::Text
            }
            (Place::Value, _) => {
                match byte {
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth -= 1,
                    _ => {}
                }
                self.keep(&[byte]);
                Place::Value
            }
            (Place::Text, _) => self.string(byte, Place::Text, Place::Value),
        };
    }

    /// One byte of a string that is walked `inside`, and its place `behind` the closing quote.
    fn string(&mut self, byte: u8, inside: Place, behind: Place) -> Place {
        if inside == Place::Text {
            self.keep(&[byte]);
        } else if self.key.len() < LONGEST_KEY {
            self.key.push(byte);
        }
        let ends = byte == b'"' && !self.escaped;
        self.escaped = byte == b'\\' && !self.escaped;
        if ends { behind } else { inside }
    }

    /// Keeps what may be an id; one byte past the longest tells that it is none.
    fn keep(&mut self, bytes: &[u8]) {
        let room = (LONGEST_ID + 1).saturating_sub(self.value.len());
        self.value.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// A key is over, and what it names has begun.
    fn begin(&mut self) {
        self.value.clear();
        self.names_id = None;
        let key = Document::read(&self.key, 0).ok();
        let Some(key) = key.as_ref().and_then(|key| key.root().as_str()) else { return };
        // What only some readers take for a member counts against it.
        let is = |name| key == name || folds_to(&key, name);
        self.names_id = is("id").then_some(key == "id");
        self.method |= is("method");
        self.answers |= is("result") || is("error");
    }

    /// A value is over.
    fn member(&mut self) {
        if let Some(plainly) = self.names_id {
            self.ids += 1;
            self.id = Id::parse(self.value.trim_ascii()).filter(|_| plainly && self.value.len() <= LONGEST_ID);
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
    fn only_a_whole_notification_or_answer_is_awaited_by_none() {
        for (line, silent) in [
            (r#"{"method":"notifications/x","params":{"a":1,"a":2}}"#, true),
            (r#"{"method":"notifications/x","params":NaN} "#, true),
            (r#"{"id":7,"result":{"a":1,"a":2}}"#, true),
            (r#"{"id":7,"result":{"a":"cut o"#, false),
            (r#"{"id":7,"result":NaN,"method":"x"}"#, false),
            (r#"{"method":"x","id":null,"params":NaN}"#, false),
            (r#"{"method":"x","params":"cut o"#, false),
            (r#"{"params":NaN}"#, false),
            ("NaN", false),
        ] {
            assert_eq!(rescue(line.as_bytes()).is_awaited_by_none(), silent, "{line}");
        }
    }

    #[test]
    fn what_a_line_is_is_told_only_where_every_reader_agrees() {
        for (line, role) in [
            (r#"{"id":7,"result":NaN}"#, Some(Role::Response)),
            (r#"{"id":7,"error":{"a":1,"a":2}"#, Some(Role::Response)),
            (r#"{"id":7,"method":"x","params":[NaN]}"#, Some(Role::Request)),
            (r#"{"id":7,"Id":8,"result":NaN}"#, None),
            (r#"{"id":7,"id\u0000":8,"result":NaN}"#, None),
            (r#"{"id":7,"method":"x","result":NaN}"#, None),
            (r#"{"id":7,"METHOD":"x","error":NaN}"#, None),
            (r#"{"method":"x","Re\u017fult":NaN}"#, None),
            (r#"{"result":NaN}"#, Some(Role::Response)),
        ] {
            assert_eq!(rescue(line.as_bytes()).role, role, "{line}");
        }
        assert_eq!(id(r#"{"ID":7,"result":NaN}"#), None);
    }

    #[test]
    fn a_line_in_pieces_tells_the_same() {
        let line = br#" {"method":"a\"}","params":{"id":[1,"\\"],"x":"{"} , "id" : "s\\" } "#;
        let whole = rescue(line);
        assert_eq!(whole.id.as_ref().map(Id::as_json), Some(r#""s\\""#));
        for at in 0..line.len() {
            let mut rescue = Rescue::default();
            rescue.push(&line[..at]);
            rescue.push(&line[at..]);
            assert_eq!(rescue.finish(), whole, "cut at {at}");
        }
    }

    #[test]
    fn an_id_too_long_to_be_kept_is_not_cut_short() {
        let id = |digits: usize| rescue(format!("{{\"id\":{}}}", "1".repeat(digits)).as_bytes()).id;
        assert!(id(LONGEST_ID).is_some());
        assert_eq!(id(LONGEST_ID + 1), None);
    }
}
