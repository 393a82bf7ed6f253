//! What a client of each era says: how it opens, and what every request carries. Never how it is sent.

use mock_gateway::json::Json;

use crate::version::{Era, Version};

/// The parameters of the request that opens a session.
pub(crate) fn opening(version: Version) -> Option<String> {
    match version.era() {
        Era::Legacy => {
            Some(format!(r#"{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{}}}"#, client_info()))
        }
        Era::Modern => None,
    }
}

/// The notification that follows a successful opening.
pub(crate) const fn opened(version: Version) -> Option<&'static str> {
    match version.era() {
        Era::Legacy => Some("notifications/initialized"),
        Era::Modern => None,
    }
}

/// The member that every request of this version carries in its parameters, with a comma behind it;
/// empty where there is none (MCP 2026-07-28, basic, "`_meta`").
pub(crate) fn meta(version: Version) -> String {
    match version.era() {
        Era::Legacy => String::new(),
        Era::Modern => format!(
            r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"{version}","io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{{}}}},"#,
            client_info()
        ),
    }
}

/// Parameters as a client of this version sends them; those that have a `_meta` of their own stay.
pub(crate) fn params(version: Version, params: Option<&str>) -> Option<String> {
    let meta = meta(version);
    if meta.is_empty() {
        return params.map(str::to_owned);
    }
    let meta = meta.trim_end_matches(',');
    let Some(text) = params else { return Some(format!("{{{meta}}}")) };
    match Json::parse(text.as_bytes()).ok().as_ref().and_then(Json::as_object) {
        Some([]) => Some(format!("{{{meta}}}")),
        Some(members) if members.iter().all(|(name, _)| name != "_meta") => {
            let rest = text.trim_start().strip_prefix('{').unwrap_or(text);
            Some(format!("{{{meta},{rest}"))
        }
        _ => Some(text.to_owned()),
    }
}

fn client_info() -> String {
    format!(r#"{{"name":"guard-conformance","version":"{}"}}"#, env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_modern_requests_carry_their_version() {
        let legacy = |text| params(Version::V2025_11_25, text);
        assert_eq!(legacy(None), None);
        assert_eq!(legacy(Some("[1]")).as_deref(), Some("[1]"));
        let modern = |text| params(Version::V2026_07_28, text).unwrap();
        for text in [None, Some("{}"), Some(r#" { "a":1.10 }"#)] {
            let params = Json::parse(modern(text).as_bytes()).unwrap();
            let version = params.get("_meta").unwrap().get("io.modelcontextprotocol/protocolVersion");
            assert_eq!(version.and_then(Json::as_str), Some("2026-07-28"), "{text:?}");
            assert_eq!(
                params.get("a").map(ToString::to_string),
                text.filter(|text| text.len() > 2).map(|_| "1.10".into())
            );
        }
        assert_eq!(modern(Some(r#"{"_meta":{}}"#)), r#"{"_meta":{}}"#);
        assert_eq!(modern(Some("7")), "7");
    }
}
