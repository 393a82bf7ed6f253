//! Texts inside a text, in base64 or hexadecimal. Only finding and decoding them; what is no text
//! when it is decoded is left alone.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The shortest run that is tried: a gram of text has as many digits at least.
const RUN: usize = 27;

/// A line of this length without a space is broken only because it is encoded.
const LINE: usize = 32;

/// How much of a run is tried before all of it is decoded.
const TASTE: usize = 128;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Every text that stands encoded in a plain text.
pub(super) fn texts(plain: &str) -> Vec<String> {
    runs(plain.as_bytes()).into_iter().filter_map(|run| decoded(&plain.as_bytes()[run])).collect()
}

/// Where digits of base64 stand without a gap but those at the ends of lines.
fn runs(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut runs, mut open) = (Vec::new(), None::<Range<usize>>);
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().position(|byte| !is_digit(*byte)).unwrap_or(bytes.len() - at);
        if length == 0 {
            if !bytes[at].is_ascii_whitespace() {
                runs.extend(open.take());
            }
            at += 1;
            continue;
        }
        let line = at..at + length;
        at = line.end;
        open = Some(open.map_or(line.start, |run| run.start)..line.end);
        if length < LINE {
            runs.extend(open.take());
        }
    }
    runs.extend(open);
    runs.retain(|run| run.len() >= RUN);
    runs
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn decoded(run: &[u8]) -> Option<String> {
    let digits: Vec<u8> = run
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    // A part that was cut out may begin anywhere among the digits that stand together.
    let cut = |start: usize, decode: fn(&[u8]) -> Option<Vec<u8>>| {
        let digits = digits.get(start..)?;
        text(&decode(&digits[..digits.len().min(TASTE)])?)?;
        text(&decode(digits)?)
    };
    (0..2).find_map(|start| cut(start, hexadecimal)).or_else(|| (0..4).find_map(|start| cut(start, base64)))
}

fn base64(digits: &[u8]) -> Option<Vec<u8>> {
    // One digit left over holds no byte.
    let whole = if digits.len() % 4 == 1 { &digits[..digits.len() - 1] } else { digits };
    BASE64.decode(whole).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits.chunks_exact(2).map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()).collect()
}

/// The bytes as a text, less the parts of characters at its ends; `None` when they are none.
fn text(bytes: &[u8]) -> Option<String> {
    const PART: usize = 3;
    let start = bytes.iter().take(PART).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let text = match std::str::from_utf8(&bytes[start..]) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() + PART >= bytes.len() - start => {
            std::str::from_utf8(&bytes[start..start + error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_text = text.chars().all(|character| !character.is_control() || character.is_whitespace());
    (is_text && !text.is_empty()).then(|| text.to_owned())
}
