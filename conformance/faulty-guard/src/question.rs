//! From a tool call to the request that asks the gateway about it; arguments travel as their own
//! bytes. Never HTTP, and never what the gateway answers.

use std::fmt;

use serde_json::value::RawValue;

use crate::config::Config;
use crate::json::Object;
use crate::message::{INVALID_PARAMS, RpcError};

/// The two tools of a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Scan,
    ScanResponse,
}

impl Tool {
    pub(crate) const ALL: [Self; 2] = [Self::Scan, Self::ScanResponse];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scan => "interven_scan",
            Self::ScanResponse => "interven_scan_response",
        }
    }

    /// The tool that bears this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The gateway's path for it (documented by the vendor's API).
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Scan => "/v1/scan",
            Self::ScanResponse => "/v1/scan/response",
        }
    }
}

/// One call of one of our tools.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) tool: Tool,
    pub(crate) arguments: Object,
}

impl Call {
    /// Reads the parameters of `tools/call`. Arguments that do not fit the tool are left for
    /// [`Question::build`]: they are the tool's failure, not the protocol's.
    pub(crate) fn read(params: &Object) -> Result<Self, RpcError> {
        let name = params.text("name").ok_or_else(|| RpcError::new(INVALID_PARAMS, "name must be a string"))?;
        let tool = Tool::named(&name).ok_or_else(|| RpcError::new(INVALID_PARAMS, format!("unknown tool {name:?}")))?;
        let arguments = match params.get("arguments") {
            None => Object::default(),
            Some(arguments) if arguments.get() == "null" => Object::default(),
            Some(arguments) => {
                Object::of(arguments).ok_or_else(|| RpcError::new(INVALID_PARAMS, "arguments must be an object"))?
            }
        };
        Ok(Self { tool, arguments })
    }
}

/// Why there is no verdict. Its text never names a decision, so that none can be read in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is posted to the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) tool: Tool,
    pub(crate) body: Object,
}

impl Question {
    /// Checks the arguments and copies them, byte for byte. A member the caller left out is left
    /// out: absent, `null` and `{}` are three different bodies.
    pub(crate) fn build(config: &Config, call: &Call) -> Result<Self, Failure> {
        let arguments = &call.arguments;
        let required: &[&str] = match call.tool {
            Tool::Scan => &["tool_name", "method", "url"],
            Tool::ScanResponse => &["trace_id"],
        };
        for name in required {
            if arguments.text(name).is_none_or(|text| text.trim().is_empty()) {
                return Err(Failure(format!("{name} is missing or empty; give it as a string")));
            }
        }
        if call.tool == Tool::ScanResponse && arguments.get("response_body").is_none() {
            return Err(Failure("response_body is missing; give the tool's response".into()));
        }
        if call.tool == Tool::Scan && !arguments.text("url").is_some_and(|url| is_absolute(&url)) {
            return Err(Failure("url is not absolute; give it with its scheme, such as https://".into()));
        }
        let names: &[&str] = match call.tool {
            Tool::Scan => &["tool_name", "method", "url", "body"],
            Tool::ScanResponse => &["trace_id", "response_body", "response_status"],
        };
        let mut body = Object::default();
        for name in names {
            if let Some(value) = arguments.get(name) {
                body.set(name, value);
            }
        }
        if call.tool == Tool::Scan {
            body.set("runtime_type", "mcp");
            if let Some(agent) = &config.agent_id {
                body.set("agent_id", agent);
            }
        }
        Ok(Self { tool: call.tool, body })
    }

    /// The bytes on the wire.
    pub(crate) fn wire(&self) -> Box<RawValue> {
        crate::json::raw(&self.body)
    }
}

/// A scheme and something after it (RFC 3986, section 3.1); `mcp://` and `exec://` count.
fn is_absolute(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
            && !rest.trim_start_matches('/').is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::local;

    fn call(tool: &str, arguments: &str) -> Call {
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        Call::read(&Object::parse(params.as_bytes()).unwrap()).unwrap()
    }

    fn asked(arguments: &str) -> Result<String, Failure> {
        Question::build(&local(&[]), &call("interven_scan", arguments)).map(|question| question.wire().get().to_owned())
    }

    #[test]
    fn three_bodies_make_three_requests_and_digits_stay() {
        let scan = |body: &str| format!(r#"{{"tool_name":"slack","method":"Post","url":"HTTPS://h:443/%7e/"{body}}}"#);
        for body in ["", r#","body":null"#, r#","body":{}"#, r#","body":{"z":1.10,"a":[1e400,-0],"s":"\u00e9"}"#] {
            let expected = scan(&format!(r#"{body},"runtime_type":"mcp""#));
            assert_eq!(asked(&scan(body)).unwrap(), expected);
        }
    }

    #[test]
    fn arguments_that_cannot_be_scanned_ask_nothing() {
        let whole = [("tool_name", r#""slack""#), ("method", r#""POST""#), ("url", r#""https://h/""#)];
        for (name, _) in whole {
            for bad in [None, Some(r#""""#), Some(r#"" ""#), Some("null"), Some("7")] {
                let members: Vec<String> = whole
                    .iter()
                    .filter_map(|(known, good)| {
                        let value = if *known == name { bad } else { Some(*good) };
                        value.map(|value| format!(r#""{known}":{value}"#))
                    })
                    .collect();
                let failure = asked(&format!("{{{}}}", members.join(","))).unwrap_err();
                assert!(failure.0.contains(name), "{failure}");
            }
        }
        for url in ["/v1/users", "example.com/a", "https://", "://x", "1a:b", "?q=a:b"] {
            assert!(asked(&format!(r#"{{"tool_name":"t","method":"GET","url":"{url}"}}"#)).is_err(), "{url}");
        }
        for url in ["mcp://files/read", "exec://localhost", "mailto:a@b.c", "http://h"] {
            assert!(asked(&format!(r#"{{"tool_name":"t","method":"GET","url":"{url}"}}"#)).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_response_travels_under_the_trace_it_belongs_to() {
        let ask = |arguments| Question::build(&local(&[]), &call("interven_scan_response", arguments));
        let whole = r#"{"trace_id":"t1","response_body":[1.0],"response_status":200}"#;
        assert_eq!(ask(whole).unwrap().wire().get(), whole);
        assert!(ask(r#"{"response_body":"x"}"#).is_err());
        assert!(ask(r#"{"trace_id":"t1"}"#).is_err());
    }

    #[test]
    fn an_agent_is_named_only_when_configured() {
        let scan = call("interven_scan", r#"{"tool_name":"t","method":"GET","url":"http://h"}"#);
        let question = Question::build(&local(&[("INTERVEN_AGENT_ID", "a-1")]), &scan).unwrap();
        assert_eq!(question.body.text("agent_id").as_deref(), Some("a-1"));
    }

    #[test]
    fn a_call_that_names_no_tool_of_ours_is_a_protocol_error() {
        for params in ["{}", r#"{"name":"rm"}"#, r#"{"name":"interven_scan","arguments":[1]}"#] {
            let error = Call::read(&Object::parse(params.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(error.code, INVALID_PARAMS, "{params}");
        }
    }
}
