//! Which protocol a request is served under, decided request by request from what it says itself and
//! from whether `initialize` has opened a session. Pure; never an answer.
//!
//! MCP has two eras (MCP 2026-07-28, basic/versioning). A request whose `_meta` names the version and
//! the capabilities of its client is served by 2026-07-28, wherever it stands: nothing is remembered of
//! it, and nothing before it matters. `initialize` opens the one session of a connection, in an earlier
//! version, and requests that say nothing of themselves belong to it. A connection that mixes the two
//! is served in both, side by side; neither changes the other, but for the ids in use, which they share.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::frame::Code;
use crate::json::Object;

/// The version without a handshake: the one that a request can name for itself.
pub const STATELESS: &str = "2026-07-28";

/// The fields of `_meta` that every request of [`STATELESS`] carries (basic, "Per-request protocol
/// fields").
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// What both eras can be asked. Whatever else they know of belongs to capabilities that we do not declare.
const METHODS: [&str; 5] = ["tools/list", "tools/call", "resources/list", "resources/read", "resources/templates/list"];

/// A version that opens a session with `initialize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "a version is its date")]
pub enum Handshake {
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
}

/// Where a request belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the `initialize` of the session.
    Opening,
    /// The session, or before it a `ping`.
    Session,
    /// Nowhere but to itself: [`STATELESS`].
    Stateless,
}

/// Why a request belongs nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// One connection, one session.
    #[error("the session is open already; start another process for another one")]
    OpenAlready,
    /// Neither a request of a session, since there is none, nor one of its own.
    #[error("`params._meta` needs `{0}`; without it, open with `initialize` first")]
    Incomplete(&'static str),
    /// A version that no request can name for itself.
    #[error("a request cannot be served under the protocol version it names; use one of those supported")]
    Unsupported(String),
    /// Not in this era, or not by us.
    #[error("there is no such method")]
    NoSuchMethod,
}

/// What `initialize` has agreed on this connection.
#[derive(Debug, Default)]
pub struct Agreed(Option<Handshake>);

impl Agreed {
    /// Where a request belongs that has this method and says this of itself.
    ///
    /// # Errors
    /// Why it belongs nowhere.
    pub fn place(&self, method: &str, meta: Option<&Object>) -> Result<Place, Misplaced> {
        if method == "initialize" {
            return if self.0.is_some() { Err(Misplaced::OpenAlready) } else { Ok(Place::Opening) };
        }
        let tells = |field| meta.is_some_and(|meta| meta.get(field).is_some());
        if method == "server/discover" || tells(VERSION) || tells(CAPABILITIES) {
            return stateless(method, meta);
        }
        match method {
            "ping" => Ok(Place::Session),
            _ if self.0.is_none() => Err(Misplaced::Incomplete(VERSION)),
            _ if METHODS.contains(&method) => Ok(Place::Session),
            _ => Err(Misplaced::NoSuchMethod),
        }
    }

    /// Opens the session: in the version that the client asked for, or in our newest (MCP 2025-11-25,
    /// basic/lifecycle, "Version Negotiation").
    pub fn open(&mut self, requested: &str) -> Handshake {
        *self
            .0
            .insert(Handshake::ALL.into_iter().find(|known| known.as_str() == requested).unwrap_or(Handshake::NEWEST))
    }

    /// Batches came with one version and went with the next (MCP 2025-03-26, basic, "Batching").
    #[must_use]
    pub fn takes_batches(&self) -> bool {
        self.0 == Some(Handshake::V2025_03_26)
    }
}

fn stateless(method: &str, meta: Option<&Object>) -> Result<Place, Misplaced> {
    let version = meta.and_then(|meta| meta.string(VERSION)).ok_or(Misplaced::Incomplete(VERSION))?;
    if version != STATELESS {
        return Err(Misplaced::Unsupported(version.into_owned()));
    }
    if meta.and_then(|meta| meta.get(CAPABILITIES)).is_none_or(|capabilities| !capabilities.starts_with(b"{")) {
        return Err(Misplaced::Incomplete(CAPABILITIES));
    }
    if method == "server/discover" || METHODS.contains(&method) {
        Ok(Place::Stateless)
    } else {
        Err(Misplaced::NoSuchMethod)
    }
}

impl Handshake {
    const NEWEST: Self = Self::V2025_11_25;
    const ALL: [Self; 4] = [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::NEWEST];

    /// The version as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
        }
    }
}

impl Misplaced {
    /// The code of the error that says so.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::OpenAlready => Code::InvalidRequest,
            Self::Incomplete(_) => Code::InvalidParams,
            Self::Unsupported(_) => Code::UnsupportedProtocolVersion,
            Self::NoSuchMethod => Code::MethodNotFound,
        }
    }

    /// What a client needs to try again: the versions that a request can name.
    #[must_use]
    pub fn data(&self) -> Option<Value> {
        let Self::Unsupported(requested) = self else { return None };
        Some(json!({ "supported": [STATELESS], "requested": requested }))
    }
}

/// A request that names its version, and so is one of [`STATELESS`] or of what may come after it.
#[must_use]
pub fn names_version(meta: Option<&Object>) -> bool {
    meta.is_some_and(|meta| meta.get(VERSION).is_some())
}

/// What a request that names its version says that its client can do.
#[must_use]
pub fn capabilities(meta: Option<&Object>) -> Option<Bytes> {
    meta.and_then(|meta| meta.get(CAPABILITIES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(agreed: &Agreed, method: &str, meta: &str) -> Result<Place, Misplaced> {
        let meta = Object::read(&Bytes::copy_from_slice(meta.as_bytes())).unwrap();
        agreed.place(method, meta.as_ref())
    }

    fn meta(version: &str, capabilities: &str) -> String {
        format!(r#"{{"{VERSION}":{version},"{CAPABILITIES}":{capabilities}}}"#)
    }

    fn opened(version: &str) -> Agreed {
        let mut agreed = Agreed::default();
        agreed.open(version);
        agreed
    }

    #[test]
    fn a_session_is_opened_once_and_in_the_version_asked_for() {
        for known in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
            assert_eq!(Agreed::default().open(known).as_str(), known);
        }
        for unknown in ["2026-07-28", "2099-01-01", ""] {
            assert_eq!(Agreed::default().open(unknown).as_str(), "2025-11-25");
        }
        assert_eq!(place(&Agreed::default(), "initialize", "{}"), Ok(Place::Opening));
        assert_eq!(place(&opened("2025-06-18"), "initialize", "{}"), Err(Misplaced::OpenAlready));
    }

    #[test]
    fn a_request_that_says_what_it_needs_is_served_by_itself_before_and_in_a_session() {
        for agreed in [Agreed::default(), opened("2025-03-26")] {
            for method in METHODS.into_iter().chain(["server/discover"]) {
                assert_eq!(place(&agreed, method, &meta("\"2026-07-28\"", "{}")), Ok(Place::Stateless), "{method}");
            }
            for method in ["ping", "logging/setLevel", "prompts/list", "subscriptions/listen", "tasks/get", ""] {
                let refused = place(&agreed, method, &meta("\"2026-07-28\"", "{}"));
                assert_eq!(refused, Err(Misplaced::NoSuchMethod), "{method}");
            }
        }
    }

    #[test]
    fn a_request_that_says_half_is_malformed_and_one_of_another_version_is_told_ours() {
        for agreed in [Agreed::default(), opened("2025-11-25")] {
            for (meta, error) in [
                (meta("7", "{}"), Misplaced::Incomplete(VERSION)),
                (meta("\"2026-07-28\"", "7"), Misplaced::Incomplete(CAPABILITIES)),
                (format!(r#"{{"{VERSION}":"2026-07-28"}}"#), Misplaced::Incomplete(CAPABILITIES)),
                (format!(r#"{{"{CAPABILITIES}":{{}}}}"#), Misplaced::Incomplete(VERSION)),
                (meta("\"2025-11-25\"", "{}"), Misplaced::Unsupported("2025-11-25".to_owned())),
                (format!(r#"{{"{VERSION}":"2099-01-01"}}"#), Misplaced::Unsupported("2099-01-01".to_owned())),
            ] {
                assert_eq!(place(&agreed, "tools/call", &meta), Err(error), "{meta}");
            }
            assert_eq!(place(&agreed, "server/discover", "{}"), Err(Misplaced::Incomplete(VERSION)));
        }
        let data = Misplaced::Unsupported("1900-01-01".to_owned()).data().unwrap();
        assert_eq!(data, json!({ "supported": ["2026-07-28"], "requested": "1900-01-01" }));
    }

    #[test]
    fn a_request_that_says_nothing_needs_a_session() {
        let (none, session) = (Agreed::default(), opened("2024-11-05"));
        assert_eq!(place(&none, "ping", "{}"), Ok(Place::Session));
        assert_eq!(place(&none, "tools/list", r#"{"progressToken":1}"#), Err(Misplaced::Incomplete(VERSION)));
        assert_eq!(place(&session, "tools/list", r#"{"progressToken":1}"#), Ok(Place::Session));
        assert_eq!(place(&session, "prompts/list", "{}"), Err(Misplaced::NoSuchMethod));
    }

    #[test]
    fn batches_belong_to_one_version() {
        assert!(opened("2025-03-26").takes_batches());
        for other in ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"] {
            assert!(!opened(other).takes_batches());
        }
        assert!(!Agreed::default().takes_batches());
    }
}
