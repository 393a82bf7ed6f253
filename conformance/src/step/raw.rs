//! Bytes of a case's own making: text with placeholders for what cannot be written, or would be long.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present;

/// Bytes of one's own making: `{meta}` stands for the `_meta` member of the play's version, with a comma behind it,
/// `{scan}` for the name of the scan tool, `{hex:ff}` for bytes, `{lists:9}` for lists in lists, `{spaces:9}` for
/// so many spaces.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "RawText")]
#[schemars(with = "RawText")]
pub struct Raw {
    pieces: Vec<Piece>,
    /// The id under which it must be answered; none when no answer is awaited.
    pub id: Option<serde_json::Value>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Meta,
    Scan,
    Bytes(Vec<u8>),
    Lists(usize),
    Spaces(usize),
}

/// The same as it is written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Raw")]
struct RawText {
    /// This text and a line feed.
    line: Option<String>,
    /// Exactly this text.
    text: Option<String>,
    /// The id under which this must be answered; where the guard could not read it, an error without id will do.
    #[serde(deserialize_with = "present")]
    id: Option<serde_json::Value>,
}

impl TryFrom<RawText> for Raw {
    type Error = String;

    fn try_from(raw: RawText) -> Result<Self, String> {
        let text = match (raw.line, raw.text) {
            (Some(line), None) => line + "\n",
            (None, Some(text)) => text,
            _ => return Err("`raw` has a `line` or a `text`, one of them".into()),
        };
        Ok(Self { id: raw.id, ..Self::parse(&text)? })
    }
}

impl Raw {
    /// This text, to which no answer is awaited.
    ///
    /// # Errors
    /// Where a placeholder means nothing: `{hex:…}` without pairs of hexadecimal digits, `{lists:…}` without a number.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { pieces: pieces(text)?, id: None })
    }

    /// The bytes to send in a session with this `_meta` member, to a guard whose scan tool has this name.
    #[must_use]
    pub fn bytes(&self, meta: &str, scan: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Meta => bytes.extend_from_slice(meta.as_bytes()),
                Piece::Scan => bytes.extend_from_slice(scan.as_bytes()),
                Piece::Bytes(piece) => bytes.extend_from_slice(piece),
                Piece::Lists(depth) => {
                    bytes.resize(bytes.len() + depth, b'[');
                    bytes.resize(bytes.len() + depth, b']');
                }
                Piece::Spaces(count) => bytes.resize(bytes.len() + count, b' '),
            }
        }
        bytes
    }
}

/// How a placeholder begins.
const PLACEHOLDERS: [&str; 5] = ["{meta}", "{scan}", "{hex:", "{lists:", "{spaces:"];

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = PLACEHOLDERS.iter().filter_map(|name| rest.find(name)).min() {
        let (before, placeholder) = rest.split_at(start);
        let (placeholder, after) = placeholder.split_once('}').ok_or_else(|| format!("`{rest}` is not closed"))?;
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(match placeholder[1..].split_once(':') {
            Some(("lists", depth)) => Piece::Lists(number(depth)?),
            Some(("spaces", count)) => Piece::Spaces(number(count)?),
            Some((_, digits)) => Piece::Bytes(hexadecimal(digits)?),
            None if placeholder == "{meta" => Piece::Meta,
            None => Piece::Scan,
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

/// A case that asks for more has lost a digit somewhere.
const MOST: usize = 64 << 20;

fn number(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number.ok_or_else(|| format!("`{text}` is no number of lists or spaces up to {MOST}"))
}

/// Bytes written as pairs of hexadecimal digits.
fn hexadecimal(text: &str) -> Result<Vec<u8>, String> {
    let digit =
        |character: char| character.to_digit(16).ok_or_else(|| format!("`{character}` is no hexadecimal digit"));
    let digits: Vec<u32> = text.chars().map(digit).collect::<Result<_, _>>()?;
    if digits.len() % 2 == 1 {
        return Err(format!("`{text}` is an odd number of hexadecimal digits"));
    }
    Ok(digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let bytes = |text| Raw::parse(text).unwrap().bytes("\"m\":1,", "s");
        assert_eq!(
            bytes("{hex:efbbbf}{\"params\":{{meta}\"name\":\"{scan}\"}}\n"),
            b"\xef\xbb\xbf{\"params\":{\"m\":1,\"name\":\"s\"}}\n"
        );
        assert_eq!(bytes("a{lists:2}b"), b"a[[]]b");
        assert_eq!(bytes("{spaces:3}{lists:1}"), b"   []");
    }

    #[test]
    fn a_placeholder_that_means_nothing_is_refused() {
        let wrong = |text| Raw::parse(text).unwrap_err();
        assert!(wrong("{hex:abc}").contains("odd number"));
        assert!(wrong("{hex:zz}").contains("`z` is no hexadecimal digit"));
        assert!(wrong("{hex:ff").contains("not closed"));
        assert!(wrong("{lists:many}").contains("no number of lists"));
        assert!(wrong("{spaces:67108865}").contains("up to 67108864"));
    }
}
