//! What can still be said about a line that failed: whose answer the error is, and whether one is due.
//! A tolerant walk over brackets and quotes, fed piece by piece. What is found here names an error, it
//! is never acted on.

use memchr::memchr2;

use super::Id;

/// The longest key, in bytes, that can be one of those looked for, every letter of it escaped.
const LONGEST_KEY: usize = 64;

/// The longest id, in bytes, that is kept of a line that failed.
const LONGEST_ID: usize = 64 * 1024;

/// What a failed line still told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// The id, where exactly one stands in the outer object and is well formed.
    pub id: Option<Id>,
    /// The line is a whole object with a `method` and no `id`: a notification, which gets no answer.
    pub notification: bool,
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
    ids: usize,
    id: Option<Id>,
    method: bool,
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
        let whole = self.place == Place::Behind;
        Rescued { id: self.id.filter(|_| self.ids == 1), notification: whole && self.method && self.ids == 0 }
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
                self.value.clear();
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

    fn member(&mut self) {
        match Id::parse(&self.key).as_ref().map(Id::as_json) {
            Some("\"id\"") => {
                self.ids += 1;
                self.id = Id::parse(self.value.trim_ascii()).filter(|_| self.value.len() <= LONGEST_ID);
            }
            Some("\"method\"") => self.method = true,
            _ => {}
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
