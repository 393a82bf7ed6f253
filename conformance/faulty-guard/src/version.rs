//! The five MCP versions and what sets them apart: how one is chosen, whether batches exist, what
//! every result bears. Versions up to 2025-11-25 are agreed on by a handshake; 2026-07-28 is
//! stateless, so every request names it (MCP 2026-07-28, basic/versioning). Never a method's answer.

use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{Object, raw};
use crate::message::{INVALID_PARAMS, Request, RpcError, UNSUPPORTED_VERSION};

/// In a request's `_meta`: the version it speaks.
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// In a request's `_meta`: what its client can do.
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";
/// In a result's `_meta`: who answered.
pub(crate) const SERVER_KEY: &str = "io.modelcontextprotocol/serverInfo";

/// The members that say how long and for whom a result may be kept (MCP 2026-07-28, server/utilities/caching).
pub(crate) const CACHE_HINTS: [&str; 2] = ["ttlMs", "cacheScope"];

/// One version that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(&'static str);

impl Version {
    /// Oldest first.
    pub(crate) const ALL: [Self; 5] =
        [Self("2024-11-05"), Self("2025-03-26"), Self("2025-06-18"), Self("2025-11-25"), Self::STATELESS];
    pub(crate) const STATELESS: Self = Self("2026-07-28");
    /// The newest that a handshake can agree on.
    pub(crate) const NEWEST_HANDSHAKE: Self = Self::ALL[3];

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// Batches exist in one version: the next one removed them.
    pub(crate) fn has_batches(self) -> bool {
        self.0 == "2025-03-26"
    }

    pub(crate) fn is_stateless(self) -> bool {
        self == Self::STATELESS
    }

    /// The version of a handshake that asks for this one; `None` when a handshake cannot agree on it.
    pub(crate) fn of_handshake(asked: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.0 == asked && !version.is_stateless())
    }
}

/// The version in which a request is served: the one it names, or else the one of the handshake.
pub(crate) fn of(request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
    let meta = request.params.get("_meta").and_then(Object::of).unwrap_or_default();
    let names_version = meta.get(VERSION_KEY).is_some() || meta.get(CAPABILITIES_KEY).is_some();
    if names_version || request.method == "server/discover" {
        return named(&meta);
    }
    match (request.method.as_str(), handshake) {
        ("initialize", _) => {
            let asked = request.params.text("protocolVersion");
            let asked = asked.ok_or_else(|| RpcError::new(INVALID_PARAMS, "protocolVersion must be a string"))?;
            Ok(Version::of_handshake(&asked).unwrap_or(Version::NEWEST_HANDSHAKE))
        }
        (_, Some(version)) => Ok(version),
        // The one request that may come before a handshake (MCP 2025-11-25, basic/lifecycle).
        ("ping", None) => Ok(Version::NEWEST_HANDSHAKE),
        (_, None) => {
            Err(RpcError::new(INVALID_PARAMS, format!("_meta names no {VERSION_KEY}; name one, or send initialize")))
        }
    }
}

/// The version that a request's own `_meta` names.
fn named(meta: &Object) -> Result<Version, RpcError> {
    let Some(requested) = meta.text(VERSION_KEY) else {
        return Err(RpcError::new(INVALID_PARAMS, format!("{VERSION_KEY} in _meta must be a string")));
    };
    if requested != Version::STATELESS.name() {
        let data = json!({ "supported": Version::ALL.map(Version::name), "requested": requested });
        return Err(RpcError::new(UNSUPPORTED_VERSION, "unsupported protocol version").with_data(data));
    }
    if meta.get(CAPABILITIES_KEY).and_then(Object::of).is_none() {
        return Err(RpcError::new(INVALID_PARAMS, format!("{CAPABILITIES_KEY} in _meta must be an object")));
    }
    Ok(Version::STATELESS)
}

/// Adds what the version asks of every result, and of this method's.
pub(crate) fn dress(version: Version, method: &str, mut result: Object) -> Object {
    if version.is_stateless() {
        result.set("resultType", "complete");
        result.set("_meta", Object::default().with(SERVER_KEY, server_info()));
        if ["server/discover", "tools/list", "resources/list", "resources/read"].contains(&method) {
            // What is on offer is the same for everyone, but a newer guard may offer more.
            let [age, scope] = CACHE_HINTS;
            result.set(age, 0);
            result.set(scope, "private");
        }
    }
    result
}

pub(crate) fn server_info() -> Box<RawValue> {
    raw(json!({ "name": "faulty-guard", "version": env!("CARGO_PKG_VERSION") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::request;

    fn served(method: &str, params: &str, handshake: Option<Version>) -> Result<&'static str, i32> {
        of(&request(method, params), handshake).map(Version::name).map_err(|error| error.code)
    }

    fn meta(members: &[&str]) -> String {
        format!(r#"{{"_meta":{{{}}}}}"#, members.join(","))
    }

    const NAMED: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
    const ABLE: &str = r#""io.modelcontextprotocol/clientCapabilities":{}"#;

    #[test]
    fn a_handshake_echoes_a_version_it_knows_and_answers_any_other_with_its_newest() {
        for known in &Version::ALL[..4] {
            let asked = format!(r#"{{"protocolVersion":"{}"}}"#, known.name());
            assert_eq!(served("initialize", &asked, None), Ok(known.name()));
        }
        for other in ["2026-07-28", "1", ""] {
            let asked = format!(r#"{{"protocolVersion":"{other}"}}"#);
            assert_eq!(served("initialize", &asked, None), Ok("2025-11-25"));
        }
        assert_eq!(served("initialize", "{}", None), Err(INVALID_PARAMS));
    }

    #[test]
    fn a_request_that_names_its_version_is_served_in_it_whatever_came_before() {
        for handshake in [None, Some(Version::ALL[1])] {
            assert_eq!(served("tools/list", &meta(&[NAMED, ABLE]), handshake), Ok("2026-07-28"));
            for lacking in [vec![NAMED], vec![ABLE], vec![NAMED, r#""io.modelcontextprotocol/clientCapabilities":1"#]] {
                assert_eq!(served("tools/list", &meta(&lacking), handshake), Err(INVALID_PARAMS), "{lacking:?}");
            }
            assert_eq!(served("server/discover", "{}", handshake), Err(INVALID_PARAMS));
        }
        assert_eq!(served("tools/list", "{}", Some(Version::ALL[1])), Ok("2025-03-26"));
        assert_eq!(served("tools/list", "{}", None), Err(INVALID_PARAMS));
        assert_eq!(served("ping", "{}", None), Ok("2025-11-25"));
    }

    #[test]
    fn a_version_that_is_not_served_is_refused_with_those_that_are() {
        let old = r#""io.modelcontextprotocol/protocolVersion":"1900-01-01""#;
        let error = of(&request("tools/list", &meta(&[old, ABLE])), None).unwrap_err();
        assert_eq!(error.code, UNSUPPORTED_VERSION);
        assert_eq!(
            error.data.unwrap().get(),
            r#"{"requested":"1900-01-01","supported":["2024-11-05","2025-03-26","2025-06-18","2025-11-25","2026-07-28"]}"#
        );
    }
}
