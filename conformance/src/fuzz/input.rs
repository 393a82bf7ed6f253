//! One input: the choices that it is made of, the line that they make, and what is due to that. Never how it is sent.

use mock_gateway::json::Json;

use crate::generate::{Choices, message, scan};
use crate::step::Raw;

/// What is said of lines that are made of any message.
const MESSAGE: &str = "message of any kind";

/// Stands in a line for the id that its place in the play gives it.
pub(super) const ID: &str = "{id}";

/// What is due to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// What the gateway is asked about is what the line says, or the line is refused.
    Kept,
    /// Two readers could read it in two ways: it is refused, and the gateway is not asked.
    Refused,
    /// An answer under this id, served or refused.
    Answered(Json),
    /// Nothing but what every play must show.
    Nothing,
}

/// What a session is given. Some messages make a guard ask the gateway and cannot be waited for; a scan beside them
/// would be judged by what they asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scans,
    Messages,
}

impl Kind {
    /// So many inputs in a row are of one kind.
    const RUN: u64 = 50;

    const fn of(number: u64) -> Self {
        if number / Self::RUN % 6 == 5 { Self::Messages } else { Self::Scans }
    }
}

/// One line for a guard.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) kind: Kind,
    pub(super) choices: Vec<u8>,
    /// In the notation of a case's `raw` line.
    pub(super) line: String,
    pub(super) oddity: &'static str,
    pub(super) due: Due,
}

/// How many choices an input is made of at the most.
const CHOICES: usize = 120;

impl Input {
    /// The input of this number in the order that a seed gives.
    pub(super) fn numbered(seed: u32, number: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(u64::from(seed) << 32 ^ number);
        let count = 8 + random.usize(..CHOICES);
        Self::of(Kind::of(number), (0..count).map(|_| random.u8(..)).collect())
    }

    /// The input that these choices make.
    pub(super) fn of(kind: Kind, bytes: Vec<u8>) -> Self {
        let mut choices = Choices::new(&bytes);
        let (line, oddity, due) = match kind {
            Kind::Messages => {
                let line = message::line(&mut choices);
                (in_notation(&line), MESSAGE, due_to_message(&line))
            }
            Kind::Scans => {
                let scan::Scan { line, oddity } = scan::line(&mut choices);
                let due = due_to_scan(&line);
                (line, oddity, due)
            }
        };
        Self { kind, choices: bytes, line, oddity, due }
    }

    /// What this is compared by when one is looked for that is smaller.
    pub(super) fn size(&self) -> (usize, usize, u64) {
        (self.line.len(), self.choices.len(), self.choices.iter().map(|byte| u64::from(*byte)).sum())
    }

    /// Inputs of fewer and lesser choices that are odd in the same way, the smallest first.
    pub(super) fn smaller(&self, most: usize) -> Vec<Self> {
        let bytes = &self.choices;
        let mut variants = Vec::new();
        for chunk in [bytes.len() / 2, bytes.len() / 4, 8, 4, 2, 1] {
            for start in (0..bytes.len()).step_by(chunk.max(1)) {
                let end = (start + chunk).min(bytes.len());
                variants.push([&bytes[..start], &bytes[end..]].concat());
                variants.push([&bytes[..start], &vec![0; end - start], &bytes[end..]].concat());
            }
            variants.push(bytes[..chunk.min(bytes.len())].to_vec());
        }
        let mut inputs: Vec<Self> = variants.into_iter().map(|bytes| Self::of(self.kind, bytes)).collect();
        inputs.retain(|input| input.oddity == self.oddity && input.due == self.due && input.size() < self.size());
        inputs.sort_by_key(Self::size);
        inputs.dedup_by(|a, b| a.line == b.line);
        inputs.truncate(most);
        inputs
    }
}

/// What is due to the line of a scan. A carriage return is white space to JSON, and the end of a line to some
/// readers of lines; before the line feed it is neither here nor there.
fn due_to_scan(line: &str) -> Due {
    let bytes = Raw::parse(&line.replace(ID, "f")).map(|raw| raw.bytes("", "scan")).unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
    if bytes.contains(&b'\r') || Json::parse(bytes).is_err() { Due::Refused } else { Due::Kept }
}

/// What is answered with a text about verdicts, in which there is none.
const ABOUT_ITSELF: [&str; 3] = ["initialize", "tools/list", "resources/read"];

/// An answer is awaited where the line is a request, and its id one that a case can name.
fn due_to_message(line: &[u8]) -> Due {
    let Ok(message) = Json::parse(line) else { return Due::Nothing };
    let is_request = message.get("jsonrpc").and_then(Json::as_str) == Some("2.0")
        && message.get("method").and_then(Json::as_str).is_some_and(|method| !ABOUT_ITSELF.contains(&method))
        && message.get("result").is_none()
        && message.get("error").is_none();
    match message.get("id") {
        Some(id @ Json::String(text)) if is_request && text.chars().all(char::is_alphanumeric) => {
            Due::Answered(id.clone())
        }
        Some(id @ Json::Number(text)) if is_request && text.parse::<i64>().is_ok_and(|id| id.to_string() == *text) => {
            Due::Answered(id.clone())
        }
        _ => Due::Nothing,
    }
}

/// Bytes in the notation of a case's `raw` line; a line feed would make two lines of one.
fn in_notation(line: &[u8]) -> String {
    let mut text = String::new();
    for chunk in line.utf8_chunks() {
        text.push_str(&scan::noted(&chunk.valid().replace('\n', " ")));
        text.extend(chunk.invalid().iter().map(|byte| format!("{{hex:{byte:02x}}}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first input of a seed with this oddity.
    fn odd(oddity: &str) -> Input {
        (0..5000).map(|number| Input::numbered(1, number)).find(|input| input.oddity == oddity).unwrap()
    }

    #[test]
    fn what_two_readers_could_read_in_two_ways_is_refused() {
        for oddity in ["duplicate key", "lone surrogate", "raw CR", "byte order mark", "invalid UTF-8", "NaN"] {
            assert_eq!(odd(oddity).due, Due::Refused, "{oddity}");
        }
        for oddity in ["1e400", "2^64", "-0", "CRLF", "escaped pair", "nesting", "long string", scan::ORDINARY] {
            assert_eq!(odd(oddity).due, Due::Kept, "{oddity}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_inputs_each_time_and_another_gives_others() {
        let lines = |seed| (0..100).map(|number| Input::numbered(seed, number).line).collect::<Vec<_>>();
        assert_eq!(lines(7), lines(7));
        assert_ne!(lines(7), lines(8));
    }

    #[test]
    fn what_is_smaller_is_odd_in_the_same_way() {
        let input = odd("1e400");
        let smaller = input.smaller(40);
        assert!(!smaller.is_empty());
        assert!(smaller.iter().all(|other| other.line.contains("1e400") && other.size() < input.size()));
    }
}
