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
