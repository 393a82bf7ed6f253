//! Renders the events of a run. A reporter sees events and nothing else, and never decides.

pub mod json;
pub mod terminal;

use crate::event::Event;

/// Something that renders events as they come.
pub trait Report {
    /// Takes the next event.
    ///
    /// # Errors
    /// When what it writes to cannot be written.
    fn tell(&mut self, event: &Event) -> std::io::Result<()>;
}

/// Text of a guard must not move the cursor, colour the screen, or turn the reading direction.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str(" ⏎ "),
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode());
            }
            control if control.is_control() => shown.extend(control.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}
