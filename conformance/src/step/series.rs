//! One scan or call made many times, each told apart by its number. Never how they are sent.

use super::{Call, Step, Verb};
use crate::exact::Exact;

/// A scan or a call, so many times. Twenty thousand steps are made one by one as they are played and judged.
#[derive(Debug, Clone)]
pub struct Series {
    pub(super) step: Box<Step>,
    /// How many there are.
    pub times: u32,
    /// How many may be under way at once.
    pub at_once: usize,
}

impl Series {
    /// The one with this number, counted from 1.
    ///
    /// # Errors
    /// When the arguments are no JSON with this number in them.
    pub fn step(&self, number: u32) -> Result<Step, String> {
        self.step.numbered(number)
    }
}

impl Step {
    /// This scan or call with a number in the place of `{n}`.
    pub(super) fn numbered(&self, number: u32) -> Result<Self, String> {
        let numbered = |arguments: &Exact| {
            Exact::parse(&arguments.text().replace("{n}", &number.to_string()))
                .map_err(|error| format!("with {number} for {{n}}: {error}"))
        };
        let verb = match &self.verb {
            Verb::Scan(arguments) => Verb::Scan(numbered(arguments)?),
            Verb::Call(Call { tool, arguments }) => {
                Verb::Call(Call { tool: tool.clone(), arguments: arguments.as_ref().map(numbered).transpose()? })
            }
            _ => return Err("`times` goes with `scan` or `call`".to_owned()),
        };
        Ok(Self { gateway: None, listener: None, verb, ..self.clone() })
    }
}
