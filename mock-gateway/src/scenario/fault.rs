//! What goes wrong on the wire, as people write it. Only the form; what it does to the bytes of an
//! answer is in `wire`.

use std::fmt;
use std::num::{NonZeroI32, NonZeroU32};

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::period::Period;

/// What goes wrong on the wire. Bytes are counted as HTTP writes them, from the first of the status
/// line; TLS adds its own around them.
///
/// `hang`, `reset`, `close` and `garbage` stand alone, or beside a decision that is then made and
/// not told. All others do something to an answer, and need one. After a fault the connection ends,
/// save after `truncated_json`.
///
/// What needs no word here: a broken or empty body is `json: "{"` or `json: ""`, a wrong content
/// type `content_type`, a redirect `status: 302` with its `location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The request is read and never answered.
    Hang,
    /// The connection is reset (RST) before any byte of an answer.
    Reset,
    /// The connection is closed (FIN) before any byte of an answer.
    Close,
    /// Bytes that are no HTTP come, then the connection is closed.
    Garbage,
    /// The connection is reset after this many bytes, or at the end of a shorter answer.
    ResetAfter(NonZeroU32),
    /// The connection is closed after this many bytes, or at the end of a shorter answer.
    CloseAfter(NonZeroU32),
    /// The connection is reset after half of the body.
    ResetMidBody,
    /// The connection is closed after half of the body.
    CloseMidBody,
    /// The answer comes whole, a few bytes at a time.
    Drip(Drip),
    /// The `Content-Length` is this much too high, or too low when negative; never below 0. Then the
    /// connection is closed.
    ContentLengthOffBy(NonZeroI32),
    /// The body comes in chunks, and the size of the second one is no number.
    BadChunk,
    /// Only half of the body comes, with a `Content-Length` that fits it.
    TruncatedJson,
    /// The answer is valid, and spaces before its JSON make the body this many bytes long.
    HugeBody(NonZeroU32),
}

/// The pace of an answer that comes slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drip {
    /// How many bytes come at a time.
    pub bytes: NonZeroU32,
    /// How long after them the next ones come.
    pub every: Period,
}

impl Fault {
    /// The name as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Garbage => "garbage",
            Self::ResetAfter(_) => "reset_after",
            Self::CloseAfter(_) => "close_after",
            Self::ResetMidBody => "reset_mid_body",
            Self::CloseMidBody => "close_mid_body",
            Self::Drip(_) => "drip",
            Self::ContentLengthOffBy(_) => "content_length_off_by",
            Self::BadChunk => "bad_chunk",
            Self::TruncatedJson => "truncated_json",
            Self::HugeBody(_) => "huge_body",
        }
    }

    /// Whether no byte of an answer comes through, so that none need be given.
    #[must_use]
    pub const fn is_mute(self) -> bool {
        matches!(self, Self::Hang | Self::Reset | Self::Close | Self::Garbage)
    }

    /// How long a body must be for this to be different from no fault.
    pub(super) const fn least_body(self) -> u32 {
        match self {
            Self::ResetMidBody | Self::CloseMidBody | Self::TruncatedJson => 1,
            Self::ContentLengthOffBy(by) if by.get() < 0 => by.get().unsigned_abs(),
            _ => 0,
        }
    }

    /// Whether it happens to a body, so that an answer must be allowed to have one.
    pub(super) const fn is_of_body(self) -> bool {
        !self.is_mute() && !matches!(self, Self::ResetAfter(_) | Self::CloseAfter(_) | Self::Drip(_))
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrFigure)
    }
}

struct WordOrFigure;

impl<'de> Visitor<'de> for WordOrFigure {
    type Value = Fault;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault, such as reset or { reset_after: 20 }")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Fault, E> {
        let example = match word {
            "reset_after" | "close_after" => "20",
            "drip" => "{ bytes: 64, every: 20ms }",
            "content_length_off_by" => "10",
            "huge_body" => "64000000",
            _ => return Fault::deserialize(StrDeserializer::new(word)),
        };
        Err(E::custom(format_args!("`{word}` needs a figure, such as {{ {word}: {example} }}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fault, A::Error> {
        Fault::deserialize(MapAccessDeserializer::new(map))
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// The fault in a few words, for lists of rules.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hang => f.write_str("no answer"),
            Self::Reset => f.write_str("reset"),
            Self::Close => f.write_str("closed without an answer"),
            Self::Garbage => f.write_str("bytes that are no HTTP"),
            Self::ResetAfter(bytes) => write!(f, "reset after {bytes} bytes"),
            Self::CloseAfter(bytes) => write!(f, "closed after {bytes} bytes"),
            Self::ResetMidBody => f.write_str("reset in mid-body"),
            Self::CloseMidBody => f.write_str("closed in mid-body"),
            Self::Drip(Drip { bytes, every }) => write!(f, "{bytes} bytes every {every}"),
            Self::ContentLengthOffBy(by) => write!(f, "Content-Length off by {by}"),
            Self::BadChunk => f.write_str("a bad chunk"),
            Self::TruncatedJson => f.write_str("half of the JSON"),
            Self::HugeBody(bytes) => write!(f, "a body of {bytes} bytes"),
        }
    }
}
