//! The pure paths: what is walked without a process, a socket or a clock. Each is made ready once and
//! walked as often as wanted. Never how it is measured.

mod gateway;
mod guard;
mod judge;

use crate::body::Body;

/// A path, ready to be walked with one body.
pub struct Path {
    /// One of [`NAMES`].
    pub name: &'static str,
    /// What it is walked with.
    pub body: Body,
    bytes: usize,
    walk: Walk,
}

/// Tells how much came of it, in bytes; what counts something else says so.
type Walk = Box<dyn FnMut() -> usize>;

/// Every path, by the name of the step that it is.
///
/// | name | from | to |
/// |---|---|---|
/// | `scan` | the bytes that a client wrote | the line that it reads: all of the guard but HTTP and the library's loop |
/// | `frame` | a line | the request in it |
/// | `encode` | a request | the body that the gateway is asked with |
/// | `verdict` | the gateway's answer | the verdict in it |
/// | `answer` | a verdict | the result of the call |
/// | `redact` | JSON | the same without secrets and PII |
/// | `correlate` | a write, read already | what it has in common with an earlier response |
/// | `engine` | a request of the gateway | its answer: all of the mock gateway but HTTP |
/// | `judge` | a recording | what its case and every standing check find in it: nothing |
pub const NAMES: [&str; 9] = ["scan", "frame", "encode", "verdict", "answer", "redact", "correlate", "engine", "judge"];

impl Path {
    /// The path of this name.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn of(name: &str, body: Body) -> Self {
        let json = body.json();
        let bytes = json.len();
        let name = *NAMES.iter().find(|known| **known == name).expect("a path stands in NAMES");
        let walk: Walk = match name {
            "scan" => Box::new(guard::scan(&json)),
            "frame" => Box::new(guard::frame(&json)),
            "encode" => Box::new(guard::encode(&json)),
            "verdict" => Box::new(guard::verdict(&json)),
            "answer" => Box::new(guard::answer(&json)),
            "redact" => Box::new(gateway::redact(&json)),
            "correlate" => Box::new(gateway::correlate(&json)),
            "engine" => Box::new(gateway::engine(&json)),
            _ => Box::new(judge::judge(&json)),
        };
        Self { name, body, bytes, walk }
    }

    /// How long its body is.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Walks it once: how many bytes came of it, or letters, or checks.
    pub fn walk(&mut self) -> usize {
        (self.walk)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much comes of each path, which no shortcut would give.
    #[test]
    fn every_path_goes_all_the_way_as_often_as_it_is_walked() {
        for body in Body::ALL {
            for name in NAMES {
                let mut path = Path::of(name, body);
                let first = path.walk();
                assert_eq!(path.walk(), first, "{name} {body}");
                let least = match name {
                    // The result says everything twice.
                    "scan" | "answer" => 2 * path.bytes(),
                    // So many letters and digits in a row are no accident.
                    "correlate" => mock_gateway::correlate::LEAST,
                    "judge" => 10,
                    _ => path.bytes(),
                };
                assert!(first >= least, "{name} {body}: {first}");
            }
        }
    }
}
