//! What of a text is compared: its letters and digits in lower case, whatever they were wrapped in.
//! Escapes and percent-encoding are undone; white space, punctuation and labels are left out.

use std::borrow::Cow;

/// How often a text may have been escaped.
const ROUNDS: usize = 4;

/// The longest word before a colon that is taken for a label.
const LABEL: usize = 32;

/// The text without percent-encoding and without the escapes of JSON and its like, however often
/// they were put on.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        match undone(&plain) {
            Some(less) => plain = Cow::Owned(less),
            None => break,
        }
    }
    plain
}

/// The text less one round of escapes; `None` when there are none. A run of backslashes is one
/// escape, so that a text reads the same however often it was quoted.
fn undone(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let first = bytes.iter().position(|byte| matches!(byte, b'\\' | b'%'))?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&bytes[..first]);
    let (mut at, mut changed) = (first, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'%' if let Some(decoded) = percent(&bytes[at..]) => {
                out.push(decoded);
                (at, changed) = (at + 3, true);
            }
            b'\\' => {
                changed = true;
                at += 1;
                match bytes.get(at) {
                    Some(b'n' | b'r' | b't' | b'b' | b'f') => {
                        out.push(b' ');
                        at += 1;
                    }
                    Some(b'u') => {
                        if let Some((character, length)) = unicode(&bytes[at..]) {
                            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                            at += length;
                        }
                    }
                    _ => {}
                }
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    changed
        .then(|| String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The byte that `%41` stands for.
fn percent(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    u8::try_from(digit(1)? * 16 + digit(2)?).ok()
}

/// How many backslashes stand here.
fn backslashes(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b'\\').count()
}

/// The character that `u00e9` stands for, a second half after backslashes included, and its length.
fn unicode(bytes: &[u8]) -> Option<(char, usize)> {
    const LENGTH: usize = 5;
    let unit = |bytes: &[u8]| {
        let digits = bytes.get(1..LENGTH).filter(|_| bytes[0] == b'u')?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let high = unit(bytes)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, LENGTH));
    }
    let second = LENGTH + backslashes(&bytes[LENGTH..]);
    let low = unit(bytes.get(second..)?).filter(|low| (0xdc00..0xe000).contains(low))?;
    let character = char::from_u32(0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff))?;
    (high < 0xdc00).then_some((character, second + LENGTH))
}

/// What is done about a word before a colon. The name of a field is the same in every record and says
/// nothing of what was read, but whoever copies one without its colon copies the name as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Dropped,
    Kept,
}

/// Shows every letter and digit of a plain text that counts, in lower case.
pub(super) fn each(plain: &str, labels: Labels, mut see: impl FnMut(char)) {
    let mut word = Word { letters: String::new(), is_over: false };
    for character in plain.chars() {
        if character.is_alphanumeric() {
            if word.is_over {
                word.tell(&mut see);
            }
            if character.is_ascii() {
                word.letters.push(character.to_ascii_lowercase());
            } else {
                word.letters.extend(character.to_lowercase());
            }
            if word.letters.len() > LABEL && !word.is_over {
                // Too long for a label already; what follows is as good as another word.
                word.tell(&mut see);
            }
        } else if character == ':' && labels == Labels::Dropped && word.is_label() {
            word.clear();
        } else if character.is_whitespace() || matches!(character, '"' | '\'') {
            word.is_over = true;
        } else if !matches!(character, '_' | '-') && !is_invisible(character) {
            word.tell(&mut see);
        }
    }
    word.tell(&mut see);
}

/// Marks that a reader does not see, and that words are cut with to hide them.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The word that is being read: it is known only after it whether it was a label.
struct Word {
    letters: String,
    is_over: bool,
}

impl Word {
    fn tell(&mut self, see: &mut impl FnMut(char)) {
        self.letters.chars().for_each(see);
        self.clear();
    }

    fn is_label(&self) -> bool {
        self.letters.starts_with(char::is_alphabetic)
    }

    fn clear(&mut self) {
        self.letters.clear();
        self.is_over = false;
    }
}
