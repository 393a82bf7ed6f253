//! Renders the events of a run. A reporter sees events and nothing else, and never decides.

mod evidence;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod replay;
pub mod side_by_side;
pub mod terminal;
pub mod whole;

use crate::event::Event;

/// Something that renders events as they come.
pub trait Report {
    /// Takes the next event.
    ///
    /// # Errors
    /// When what it writes to cannot be written.
    fn tell(&mut self, event: &Event) -> std::io::Result<()>;
}

/// Text of a guard must not move the cursor, colour the screen, turn the reading direction, hide, or be what
/// XML cannot hold.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str(" ⏎ "),
            odd if odd.is_control() || is_unseen(odd) => shown.extend(odd.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// Marks of direction, of width zero, tags, breaks of line and paragraph, and what is no character at all.
const fn is_unseen(character: char) -> bool {
    let is_no_character = character as u32 & 0xfffe == 0xfffe;
    let is_mark = matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    );
    is_no_character || is_mark
}
