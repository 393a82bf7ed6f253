//! One tool call on its way through: what is scanned of it, and the line that reaches the upstream.
//! Never a verdict.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::gateway::escaped;
use crate::json::{Object, raw};
use crate::message::{INVALID_PARAMS, Id, Request, RpcError};
use crate::question::{Question, Tool};
use crate::version::{self, Version};

/// A `tools/call` request, in whichever form it came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: Id,
    pub(crate) name: String,
    /// As they stand; absent, `null` and `{}` are three different things.
    pub(crate) arguments: Option<Box<RawValue>>,
    /// Whether the call names the version without handshakes.
    pub(crate) is_stateless: bool,
    /// The whole message.
    message: Object,
}

impl Call {
    /// Reads a request together with the message that it was read from.
    pub(crate) fn read(request: Request, message: Object) -> Result<Self, RpcError> {
        let name = request.params.text("name").filter(|name| !name.is_empty());
        Ok(Self {
            name: name.ok_or_else(|| RpcError::new(INVALID_PARAMS, "name must be a string that is not empty"))?,
            arguments: request.params.get("arguments").map(ToOwned::to_owned),
            is_stateless: version::of(&request, Some(Version::NEWEST_HANDSHAKE)).is_ok_and(Version::is_stateless),
            id: request.id,
            message,
        })
    }

    /// The question for the gateway. Tools have no address of their own, and two servers may have a
    /// tool of the same name, so the url names both.
    pub(crate) fn question(&self, config: &Config, server: &str) -> Question {
        let url = format!("mcp://{}/{}", escaped(server), escaped(&self.name));
        let mut body = Object::default().with("tool_name", &self.name).with("method", "POST").with("url", url);
        if let Some(arguments) = &self.arguments {
            body.set("body", arguments);
        }
        body.set("runtime_type", "mcp");
        if let Some(agent) = &config.agent_id {
            body.set("agent_id", agent);
        }
        Question { tool: Tool::Scan, body }
    }

    /// The same for identical calls.
    pub(crate) fn identity(&self) -> String {
        format!("{:?} {}", self.name, self.arguments.as_ref().map_or("", |arguments| arguments.get()))
    }

    /// The line for the upstream, written from what was judged.
    pub(crate) fn line(&self) -> Vec<u8> {
        raw(&self.message).get().as_bytes().to_vec()
    }

    /// The same with other arguments.
    pub(crate) fn line_with(&self, arguments: &RawValue) -> Vec<u8> {
        let params = self.message.get("params").and_then(Object::of).unwrap_or_default();
        let message = self.message.clone().with("params", params.with("arguments", arguments));
        raw(message).get().as_bytes().to_vec()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::tests::local;
    use crate::message::Message;

    /// A call with these parameters, for other modules' tests.
    pub(crate) fn call(params: &str) -> Call {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        let Ok(Message::Request(request)) = Message::read(line.as_bytes()) else { panic!("{line}") };
        Call::read(request, Object::parse(line.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn arguments_are_scanned_as_they_stand_and_absent_stays_absent() {
        for (arguments, body) in [
            ("", String::new()),
            (r#","arguments":null"#, r#","body":null"#.into()),
            (r#","arguments":{}"#, r#","body":{}"#.into()),
            (r#","arguments":{"z":1.10,"\u0061":[1e400,-0]}"#, r#","body":{"z":1.10,"\u0061":[1e400,-0]}"#.into()),
        ] {
            let asked = call(&format!(r#"{{"n\u0061me":"a b/\u00e9"{arguments}}}"#)).question(&local(&[]), "up");
            let head = r#"{"tool_name":"a b/é","method":"POST","url":"mcp://up/a%20b%2F%C3%A9""#;
            assert_eq!(asked.wire().get(), format!(r#"{head}{body},"runtime_type":"mcp"}}"#));
        }
    }

    #[test]
    fn only_the_arguments_are_replaced() {
        let call = call(r#"{"arguments":{"n":1.10},"name":"send","_meta":{"progressToken":1e0}}"#);
        let other = RawValue::from_string(r#"{"n":2.50}"#.into()).unwrap();
        let line = |arguments| {
            let params = format!(r#"{{"arguments":{arguments},"name":"send","_meta":{{"progressToken":1e0}}}}"#);
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#).into_bytes()
        };
        assert_eq!(call.line(), line(r#"{"n":1.10}"#));
        assert_eq!(call.line_with(&other), line(r#"{"n":2.50}"#));
    }
}
