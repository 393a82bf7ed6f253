//! Events as lines of JSON. Never a key; bodies as they came.

use std::borrow::Cow;
use std::time::Instant;

use hyper::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Decision, Event};
use crate::api::Authorization;
use crate::clock::Moment;

/// One line of the journal. Of what has more than one form, what is left out does not apply.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[schemars(rename = "Event", deny_unknown_fields)]
pub(crate) enum Line<'a> {
    /// A request was read.
    Arrived {
        /// The request's number, from 1 in order of arrival.
        request: u64,
        /// Real time since the journal was opened.
        microseconds: u64,
        /// Virtual time.
        time: Moment,
        method: &'a str,
        /// Path and query.
        path: &'a str,
        /// What the bearer token was worth.
        authorization: Authorization,
        /// Names and values, the authorization redacted.
        headers: Vec<(&'a str, Cow<'a, str>)>,
        /// How many bytes of body the client sent; only the beginning of a body over the limit is kept.
        length: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'a str>,
        /// In the place of `body` where it is no text.
        #[serde(skip_serializing_if = "Option::is_none")]
        body_hex: Option<String>,
    },
    /// It was decided what to answer.
    Decided {
        request: u64,
        microseconds: u64,
        /// Who decided, such as `rule 2, reply 1`.
        by: String,
        /// What, such as `DENY` or `503`.
        choice: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        trace_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        approval_id: Option<&'a str>,
        /// What happens to the answer on the wire.
        #[serde(skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
        /// The rule that came nearest, where none was met.
        #[serde(skip_serializing_if = "Option::is_none")]
        nearest: Option<String>,
    },
    /// The whole answer was handed to the socket.
    Answered {
        request: u64,
        microseconds: u64,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'a str>,
        /// In the place of `body` where it is no text.
        #[serde(skip_serializing_if = "Option::is_none")]
        body_hex: Option<String>,
    },
    /// The answer was broken, as the scenario says.
    Broken {
        request: u64,
        microseconds: u64,
        /// How many bytes of HTTP were handed to the socket.
        sent: u64,
    },
    /// The client hung up before the answer was complete, or was made to go.
    HungUp { request: u64, microseconds: u64 },
    /// Events were forgotten before this reader came to them.
    Lost {
        /// How many.
        events: u64,
    },
}

/// Bytes as text, or in hexadecimal digits when they are none.
pub(crate) fn text_or_hex(bytes: &[u8]) -> (Option<&str>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(_) => (None, Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())),
    }
}

/// Headers as names and values.
pub(crate) fn pairs(headers: &HeaderMap) -> Vec<(&str, Cow<'_, str>)> {
    headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect()
}

impl Line<'_> {
    /// The line, without its line feed.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a line has string keys and whole numbers")
    }
}

impl Event {
    /// One JSON object without a line feed; times are in microseconds since `started`.
    #[must_use]
    pub fn to_json(&self, started: Instant) -> String {
        let since = self.at().saturating_duration_since(started).as_micros();
        let (request, microseconds) = (self.number(), u64::try_from(since).unwrap_or(u64::MAX));
        let line = match self {
            Self::Arrived { time, method, path, headers, authorization, body, length, .. } => {
                let (body, body_hex) = text_or_hex(body);
                Line::Arrived {
                    request,
                    microseconds,
                    time: *time,
                    method,
                    path,
                    authorization: *authorization,
                    headers: pairs(headers),
                    length: *length,
                    body,
                    body_hex,
                }
            }
            Self::Decided { decision, .. } => {
                let Decision { by, choice, trace, approval, miss, reply } = &**decision;
                let fault = reply.as_ref().and_then(|reply| reply.fault());
                Line::Decided {
                    request,
                    microseconds,
                    by: by.to_string(),
                    choice: choice.to_string(),
                    trace_id: trace.as_deref(),
                    approval_id: approval.as_deref(),
                    fault: fault.map(|fault| fault.to_string()),
                    nearest: miss.as_ref().map(ToString::to_string),
                }
            }
            Self::Answered { status, body, .. } => {
                let (body, body_hex) = text_or_hex(body);
                Line::Answered { request, microseconds, status: *status, body, body_hex }
            }
            Self::Broken { sent, .. } => Line::Broken { request, microseconds, sent: *sent },
            Self::HungUp { .. } => Line::HungUp { request, microseconds },
        };
        line.to_json()
    }
}
