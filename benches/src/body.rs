//! The bodies of the calls that paths are walked with. The same bytes in every run; nothing in them is
//! a secret or PII, so that no path ends early.

use std::fmt;
use std::fmt::Write as _;

/// The body of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// 1 KB: a list of small objects.
    Small,
    /// Almost 256 KB of them: with what stands around it, as long as every plan of the gateway takes.
    Objects,
    /// As long, and one string.
    Text,
}

impl Body {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Objects, Self::Text];

    /// As JSON.
    #[must_use]
    pub fn json(self) -> String {
        match self {
            Self::Small => objects(20),
            Self::Objects => objects(4_200),
            Self::Text => format!("\"{}\"", objects(4_200).replace(['"', '{', '}', ':', ','], " ")),
        }
    }
}

/// No two are alike: what is seen once only is what costs most to look for.
fn objects(count: usize) -> String {
    let mut list = String::from("[");
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        write!(list, r#"{comma}{{"id":{number},"name":"the {number:x}th of them","ok":true,"rate":1.10}}"#)
            .expect("a String takes every text");
    }
    list + "]"
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Small => "small",
            Self::Objects => "objects",
            Self::Text => "text",
        })
    }
}
