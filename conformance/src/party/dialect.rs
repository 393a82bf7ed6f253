//! What a client of each era says: how it opens, what every request carries, and what it answers to a
//! server that asks. Never how it is sent.

use mock_gateway::json::Json;

use crate::case::Capability;
use crate::version::{Era, Version};

/// How the names of members begin that MCP itself gives to `_meta`.
const RESERVED: &str = "io.modelcontextprotocol/";

/// A client's manner of speaking.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub(crate) version: Version,
    /// What it declares, and answers for.
    pub(crate) capabilities: Vec<Capability>,
}

impl Dialect {
    /// The parameters of the request that opens a session.
    pub(crate) fn opening(&self) -> Option<String> {
        let (version, capabilities) = (self.version, self.capabilities());
        match version.era() {
            Era::Legacy => Some(format!(
                r#"{{"protocolVersion":"{version}","capabilities":{capabilities},"clientInfo":{}}}"#,
                client_info()
            )),
            Era::Modern => None,
        }
    }

    /// The notification that follows a successful opening.
    pub(crate) const fn opened(&self) -> Option<&'static str> {
        match self.version.era() {
            Era::Legacy => Some("notifications/initialized"),
            Era::Modern => None,
        }
    }

    /// The member that every request of this version carries in its parameters, with a comma behind it;
    /// empty where there is none (MCP 2026-07-28, basic, "`_meta`").
    pub(crate) fn meta(&self) -> String {
        match self.version.era() {
            Era::Legacy => String::new(),
            Era::Modern => format!(r#""_meta":{{{}}},"#, self.meta_members()),
        }
    }

    /// Parameters as a client of this version sends them; a `_meta` that says anything of the protocol stays.
    pub(crate) fn params(&self, params: Option<&str>) -> Option<String> {
        if self.version.era() == Era::Legacy {
            return params.map(str::to_owned);
        }
        let members = self.meta_members();
        let Some(text) = params else { return Some(format!("{{\"_meta\":{{{members}}}}}")) };
        let Ok(Json::Object(own)) = Json::parse(text.as_bytes()) else { return Some(text.to_owned()) };
        let Some(at) = own.iter().position(|(name, _)| name == "_meta") else {
            let rest = text.trim_start().strip_prefix('{').unwrap_or(text);
            let comma = if own.is_empty() { "" } else { "," };
            return Some(format!("{{\"_meta\":{{{members}}}{comma}{rest}"));
        };
        let meta = match own[at].1.as_object() {
            Some(meta) if !meta.is_empty() && !meta.iter().any(|(name, _)| name.starts_with(RESERVED)) => {
                format!("{{{members},{}", own[at].1.to_string().trim_start_matches('{'))
            }
            _ => return Some(text.to_owned()),
        };
        let member = |(index, (name, value)): (usize, &(String, Json))| {
            let value = if index == at { meta.clone() } else { value.to_string() };
            format!("{}:{value}", Json::String(name.clone()))
        };
        Some(format!("{{{}}}", own.iter().enumerate().map(member).collect::<Vec<_>>().join(",")))
    }

    fn meta_members(&self) -> String {
        let (version, capabilities) = (self.version, self.capabilities());
        format!(
            r#""io.modelcontextprotocol/protocolVersion":"{version}","io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{capabilities}"#,
            client_info()
        )
    }

    /// What the client declares (MCP 2025-11-25, basic/lifecycle, "Capability Negotiation"). Kinds of
    /// elicitation are told apart since 2025-11-25.
    fn capabilities(&self) -> String {
        let has = |capability| self.capabilities.contains(&capability);
        let mut members = Vec::new();
        match (has(Capability::Elicitation), has(Capability::UrlElicitation)) {
            (true, true) => members.push(r#""elicitation":{"form":{},"url":{}}"#),
            (false, true) => members.push(r#""elicitation":{"url":{}}"#),
            (true, false) => members.push(r#""elicitation":{}"#),
            (false, false) => {}
        }
        if has(Capability::Sampling) {
            members.push(r#""sampling":{}"#);
        }
        if has(Capability::Roots) {
            members.push(r#""roots":{"listChanged":true}"#);
        }
        format!("{{{}}}", members.join(","))
    }

    /// What the client answers to a request of the server: a ping as the specification demands, what it
    /// declared with something plain, anything else with a no.
    pub(crate) fn answer(&self, method: &str) -> &'static str {
        let has = |capability| self.capabilities.contains(&capability);
        match method {
            "ping" => r#""result":{}"#,
            "elicitation/create" if has(Capability::Elicitation) || has(Capability::UrlElicitation) => {
                r#""result":{"action":"accept","content":{"answer":"blue"}}"#
            }
            "sampling/createMessage" if has(Capability::Sampling) => {
                r#""result":{"role":"assistant","content":{"type":"text","text":"a sample"},"model":"none"}"#
            }
            "roots/list" if has(Capability::Roots) => r#""result":{"roots":[{"uri":"file:///work","name":"work"}]}"#,
            _ => r#""error":{"code":-32601,"message":"this client does not offer that"}"#,
        }
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
        let dialect = |version| Dialect { version, capabilities: vec![] };
        let legacy = |text| dialect(Version::V2025_11_25).params(text);
        assert_eq!(legacy(None), None);
        assert_eq!(legacy(Some("[1]")).as_deref(), Some("[1]"));
        let modern = |text| dialect(Version::V2026_07_28).params(text).unwrap();
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
        let own = modern(Some(r#"{"_meta":{"progressToken":1},"n":1.10}"#));
        let own = Json::parse(own.as_bytes()).unwrap();
        assert_eq!(own.get("_meta").and_then(Json::as_object).map(<[_]>::len), Some(4), "{own}");
        assert_eq!(own.get("n").map(ToString::to_string).as_deref(), Some("1.10"));
    }

    #[test]
    fn what_is_declared_is_answered() {
        let capabilities = vec![Capability::Elicitation, Capability::UrlElicitation, Capability::Roots];
        let dialect = Dialect { version: Version::V2025_11_25, capabilities };
        let opening = Json::parse(dialect.opening().unwrap().as_bytes()).unwrap();
        assert!(opening.pointer("/capabilities/elicitation/url").is_some(), "{opening}");
        assert!(opening.pointer("/capabilities/sampling").is_none(), "{opening}");
        assert!(dialect.answer("roots/list").contains("file:///work"));
        assert!(dialect.answer("sampling/createMessage").contains("-32601"));
    }
}
