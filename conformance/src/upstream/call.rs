//! One request to the upstream, and the forms of its answer in either era. Never what is answered.

use mock_gateway::json::{Json, Quoted};

use super::session::Deed;
use crate::version::Era;

/// The members of `_meta` that belong to the connection (MCP 2026-07-28, basic, "`_meta`").
pub(super) const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
pub(super) const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
pub(super) const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
pub(super) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
pub(super) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// The methods whose results say how long they may be kept (MCP 2026-07-28, server/utilities/caching).
const CACHEABLE: [&str; 6] =
    ["server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"];

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: Json,
    pub(super) method: String,
    pub(super) params: Json,
    pub(super) era: Era,
    /// What the answer says of the server, in the modern era.
    pub(super) server_info: Json,
}

impl Call {
    /// A member of the parameters.
    pub(super) fn param(&self, name: &str) -> Option<&Json> {
        self.params.get(name)
    }

    /// A member of the parameters that is a string.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.param(name).and_then(Json::as_str)
    }

    /// A member of the parameters' `_meta`.
    pub(super) fn meta(&self, name: &str) -> Option<&Json> {
        self.param("_meta")?.get(name)
    }

    /// The arguments of a tool; `null` where there are none.
    pub(super) fn arguments(&self) -> Json {
        self.param("arguments").cloned().unwrap_or(Json::Null)
    }

    /// The result, with what every result of the era carries.
    pub(super) fn answer(&self, result: Vec<(String, Json)>) -> Deed {
        let result = match self.era {
            Era::Legacy => result,
            Era::Modern => self.modern(result),
        };
        Deed::Answer(format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{}}}", self.id, Json::Object(result)))
    }

    /// MCP 2026-07-28, basic: `resultType` on every result, the server's name in its `_meta`.
    fn modern(&self, mut result: Vec<(String, Json)>) -> Vec<(String, Json)> {
        let info = (SERVER_INFO.to_owned(), self.server_info.clone());
        match result.iter_mut().find(|(name, _)| name == "_meta") {
            Some((_, Json::Object(meta))) => meta.push(info),
            _ => result.push(("_meta".to_owned(), Json::Object(vec![info]))),
        }
        if result.iter().all(|(name, _)| name != "resultType") {
            result.push(member("resultType", text("complete")));
        }
        if CACHEABLE.contains(&self.method.as_str()) {
            result.push(member("ttlMs", Json::Number("0".to_owned())));
            result.push(member("cacheScope", text("private")));
        }
        result
    }

    /// An error of the protocol.
    pub(super) fn refuse(&self, code: i32, message: &str, data: &Json) -> Deed {
        refusal(Some(&self.id), code, message, Some(data))
    }

    /// The parameters do not do; `what` says which.
    pub(super) fn invalid(&self, what: &str) -> Deed {
        self.refuse(-32602, "invalid params", &object([member("why", text(what))]))
    }
}

/// An error of the protocol, under an id where one could be read.
pub(super) fn refusal(id: Option<&Json>, code: i32, message: &str, data: Option<&Json>) -> Deed {
    let id = id.map(|id| format!("\"id\":{id},")).unwrap_or_default();
    let data = data.map(|data| format!(",\"data\":{data}")).unwrap_or_default();
    let message = Quoted(message);
    Deed::Answer(format!("{{\"jsonrpc\":\"2.0\",{id}\"error\":{{\"code\":{code},\"message\":{message}{data}}}}}"))
}

/// A notification of the upstream's own.
pub(super) fn notification(method: &str, params: Vec<(String, Json)>) -> Deed {
    let params = if params.is_empty() { String::new() } else { format!(",\"params\":{}", Json::Object(params)) };
    Deed::Say(format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{method}\"{params}}}"))
}

/// A member of an object.
pub(super) fn member(name: &str, value: Json) -> (String, Json) {
    (name.to_owned(), value)
}

/// An object.
pub(super) fn object<const N: usize>(members: [(String, Json); N]) -> Json {
    Json::Object(members.into())
}

/// A string.
pub(super) fn text(text: impl Into<String>) -> Json {
    Json::String(text.into())
}

/// The member `content` with one block of text.
pub(super) fn content(words: impl Into<String>) -> (String, Json) {
    member("content", Json::Array(vec![object([member("type", text("text")), member("text", text(words))])]))
}

/// The members of an object; none where it is no object.
pub(super) fn members(value: Json) -> Vec<(String, Json)> {
    match value {
        Json::Object(members) => members,
        _ => Vec::new(),
    }
}
