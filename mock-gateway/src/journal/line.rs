//! Events as lines of JSON. Never a key; bodies as they came.

use std::time::Instant;

use super::{Decision, Event};
use crate::api::Authorization;
use crate::json::Quoted;

impl Event {
    /// One JSON object without a line feed; times are in microseconds since `started`.
    #[must_use]
    pub fn to_json(&self, started: Instant) -> String {
        let (number, at) = (self.number(), self.at().saturating_duration_since(started).as_micros());
        let head = |name: &str| format!(r#"{{"event":"{name}","request":{number},"microseconds":{at}"#);
        match self {
            Self::Arrived { time, method, path, headers, authorization, body, length, .. } => {
                let authorization = match authorization {
                    Authorization::Right => "right",
                    Authorization::Wrong => "wrong",
                    Authorization::Missing => "missing",
                };
                let headers: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| {
                        format!("[{},{}]", Quoted(name.as_str()), Quoted(&String::from_utf8_lossy(value.as_bytes())))
                    })
                    .collect();
                format!(
                    r#"{},"time":"{time}","method":{},"path":{},"authorization":"{authorization}","headers":[{}],"length":{length},{}}}"#,
                    head("arrived"),
                    Quoted(method),
                    Quoted(path),
                    headers.join(","),
                    bytes(body),
                )
            }
            Self::Decided { decision, .. } => {
                let Decision { by, choice, trace, approval, miss, reply } = &**decision;
                let fault = reply.as_ref().and_then(|reply| reply.fault());
                let mut line = head("decided");
                let texts = [
                    ("by", Some(by.to_string())),
                    ("choice", Some(choice.to_string())),
                    ("trace_id", trace.clone()),
                    ("approval_id", approval.clone()),
                    ("fault", fault.map(|fault| fault.to_string())),
                    ("nearest", miss.as_ref().map(ToString::to_string)),
                ];
                for (name, text) in texts {
                    if let Some(text) = text {
                        line.push_str(&format!(r#","{name}":{}"#, Quoted(&text)));
                    }
                }
                line + "}"
            }
            Self::Answered { status, body, .. } => {
                format!(r#"{},"status":{status},{}}}"#, head("answered"), bytes(body))
            }
            Self::Broken { sent, .. } => format!(r#"{},"sent":{sent}}}"#, head("broken")),
            Self::HungUp { .. } => format!("{}}}", head("hung_up")),
        }
    }
}

/// Bytes as `body`, or as `body_hex` when they are no text.
fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!(r#""body":{}"#, Quoted(text)),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!(r#""body_hex":"{hex}""#)
        }
    }
}
