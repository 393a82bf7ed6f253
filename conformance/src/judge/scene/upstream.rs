//! What reached the server behind a proxy, and because of which step. No judgement.

use mock_gateway::json::Json;

use super::{Asked, Scene, outermost};
use crate::judge::texts;
use crate::recording::{Event, Text};

/// How long a text must be to tell one line from another, in bytes.
const TELLING: usize = 4;

/// A message that reached the server behind a proxy.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Got<'a> {
    pub(in crate::judge) line: &'a Text,
    /// `None` for a line that two parsers could read in two ways.
    pub(in crate::judge) json: Option<Json>,
    pub(in crate::judge) at: usize,
    /// The outermost step during which it came.
    pub(super) during: &'a str,
}

impl<'a> Got<'a> {
    pub(in crate::judge) fn read(line: &'a Text, at: usize, during: &'a str) -> Vec<Self> {
        let got = |json| Self { line, json, at, during };
        // To some parsers a carriage return ends a line.
        let body = line.0.strip_suffix(b"\r").unwrap_or(&line.0);
        match Json::parse(body) {
            _ if body.contains(&b'\r') => vec![got(None)],
            Ok(Json::Array(messages)) if !messages.is_empty() => {
                messages.into_iter().map(|message| got(Some(message))).collect()
            }
            Ok(message) => vec![got(Some(message))],
            Err(_) if body.is_empty() => vec![],
            Err(_) => vec![got(None)],
        }
    }

    pub(in crate::judge) fn method(&self) -> Option<&str> {
        self.json.as_ref()?.get("method")?.as_str()
    }

    /// The outermost step during which it came.
    pub(in crate::judge) fn step(&self) -> &'a str {
        self.during
    }

    pub(in crate::judge) fn is_call(&self) -> bool {
        self.method() == Some("tools/call")
    }

    pub(in crate::judge) fn tool(&self) -> Option<&Json> {
        self.json.as_ref()?.pointer("/params/name")
    }

    pub(in crate::judge) fn arguments(&self) -> Option<&Json> {
        self.json.as_ref()?.pointer("/params/arguments")
    }
}

impl<'a> Scene<'a> {
    /// Everything that the gateway was asked to scan in the play.
    pub(in crate::judge) fn scans(&self) -> impl Iterator<Item = &Asked<'a>> {
        self.asked.iter().filter(|asked| asked.is_scan())
    }

    /// The calls that reached the upstream because of a step: those that came during it, of an inner step
    /// only those of its tool and arguments, and those that came later but can only be of its making.
    pub(in crate::judge) fn calls(&self, step: &str) -> Vec<&Got<'a>> {
        let outer = outermost(step);
        let own = step.contains('.').then(|| self.request_of(step)?.get("params")).flatten();
        let sanitized = self.gateway_verdict(step).and_then(|verdict| verdict.get("sanitized_body").cloned());
        let is_own = |call: &Got<'_>| {
            own.is_none_or(|params| {
                let arguments = call.arguments();
                call.tool() == params.get("name")
                    && (arguments == params.get("arguments")
                        || sanitized.as_ref().is_some_and(|body| Some(body) == arguments))
            })
        };
        let calls = self.got.iter().filter(|got| got.is_call());
        calls
            .filter(|call| if call.during == outer { is_own(call) } else { self.is_late_call_of(step, call) })
            .collect()
    }

    /// Whether a call came after the step that sent it, told by texts that stand in no other line.
    fn is_late_call_of(&self, step: &str, call: &Got<'_>) -> bool {
        let Some((sent_at, line)) = self.lines.get(step).filter(|(at, _)| *at < call.at) else { return false };
        let mut texts = call.arguments().map(texts).unwrap_or_default();
        texts.retain(|text| text.len() >= TELLING);
        let all_in = |line: &str| texts.iter().all(|text| line.contains(text));
        let elsewhere =
            self.lines.iter().any(|(other, (at, line))| *other != step && at != sent_at && all_in(&line.lossy()));
        !texts.is_empty() && all_in(&line.lossy()) && !elsewhere
    }

    /// What reached the upstream from a step on.
    pub(in crate::judge) fn got_since(&self, step: &str) -> impl Iterator<Item = &Got<'a>> {
        let outer = outermost(step).to_owned();
        self.got.iter().skip_while(move |got| got.during != outer)
    }

    /// Everything that the client sent and that is strict JSON, the messages of an array one by one.
    pub(in crate::judge) fn client_messages(&self) -> Vec<Json> {
        let sent = self.events().filter_map(|event| match event {
            Event::ClientSent { bytes, .. } => Some(&bytes.0),
            _ => None,
        });
        let lines = sent.flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
        let messages = lines.filter_map(|line| Json::parse(line).ok()).map(|message| match message {
            Json::Array(messages) => messages,
            message => vec![message],
        });
        messages.flatten().collect()
    }

    /// What the upstream saw during a step, to be shown.
    pub(in crate::judge) fn upstream_view(&self, step: &str) -> String {
        let outer = outermost(step);
        let lines: Vec<_> =
            self.got.iter().filter(|got| got.during == outer).map(|got| got.line.lossy().into_owned()).collect();
        if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
    }
}
