//! A recording as a person reads it: what crossed, between whom and when, in words and cut to a
//! readable length. Never a judgement, and nothing that the recording does not hold.

use std::borrow::Cow;
use std::collections::HashMap;

use mock_gateway::json::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Party;
use crate::recording::{Entry, Event, Recording, Stream, Text};

/// One thing that happened, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// Microseconds since the play began.
    pub at_us: u64,
    /// Whether it happened in the play without the guard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
    /// Who took part in it, beside the guard.
    pub party: Party,
    /// Which way something went.
    pub way: Way,
    /// What it was, in a few words: `tools/call interven_scan #3`.
    pub what: String,
    /// The bytes, where there were any; what is not UTF-8 is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Which way something went, seen from the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To the guard.
    In,
    /// From the guard.
    Out,
    /// Neither: a step began, a process ended.
    Aside,
}

/// A request of the client, and how long its answer took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The step of the play.
    pub step: String,
    /// What was asked: a method, and of `tools/call` the tool.
    pub what: String,
    /// How long the answer took, in microseconds; `None` when none came.
    pub took_us: Option<u64>,
}

/// Everything that happened, in order; of each text at most so many characters.
pub fn moments(recording: &Recording, characters: usize) -> impl Iterator<Item = Moment> {
    let entries = recording.direct.iter().chain(&recording.entries);
    entries.map(move |entry| moment(entry, characters))
}

/// Every request of the client, in order.
#[must_use]
pub fn calls(recording: &Recording) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    // An id that is used again means its latest request.
    let mut open: HashMap<String, (usize, u64)> = HashMap::new();
    for entry in &recording.entries {
        match &entry.event {
            Event::ClientSent { step, bytes, id: Some(id) } => {
                open.insert(canonical(id), (calls.len(), entry.at_us));
                let what = read(bytes).map_or_else(|| "a request".to_owned(), |message| asked(&message));
                calls.push(Call { step: step.clone(), what, took_us: None });
            }
            Event::ClientReceived { line } if !open.is_empty() => {
                let message = read(line);
                // A batch answers several at once.
                let answers = match &message {
                    Some(Json::Array(answers)) => answers.as_slice(),
                    Some(answer) => std::slice::from_ref(answer),
                    None => &[],
                };
                for answer in answers.iter().filter(|answer| answer.get("method").is_none()) {
                    let asked = answer.get("id").and_then(|id| open.remove(&id.to_string()));
                    if let Some((call, sent)) = asked {
                        calls[call].took_us = Some(entry.at_us.saturating_sub(sent));
                    }
                }
            }
            _ => {}
        }
    }
    calls
}

/// The one spelling of an id that stands for all of them.
fn canonical(id: &str) -> String {
    Json::parse(id.as_bytes()).map_or_else(|_| id.to_owned(), |id| id.to_string())
}

fn moment(entry: &Entry, characters: usize) -> Moment {
    let cut = |text: &Text| Some(cut(text.lossy(), characters)).filter(|text| !text.is_empty());
    let (party, way, what, text) = match &entry.event {
        Event::Step { step } => (Party::Client, Way::Aside, format!("step {step}"), None),
        Event::Started { pid } => (Party::Process, Way::Aside, format!("started as process {pid}"), None),
        Event::ClientSent { bytes, .. } => (Party::Client, Way::In, line(bytes), cut(bytes)),
        Event::ClientStuck { .. } => (Party::Client, Way::Aside, "cannot write: nobody reads".into(), None),
        Event::ClientReceived { line: bytes } => (Party::Client, Way::Out, line(bytes), cut(bytes)),
        Event::StdoutEnded { rest } => (Party::Client, Way::Out, "stdout ended".into(), cut(rest)),
        Event::StdoutClosed => (Party::Client, Way::In, "reads no more".into(), None),
        Event::StdinClosed => (Party::Client, Way::In, "stdin closed".into(), None),
        Event::Stderr { chunk } => (Party::Process, Way::Out, "stderr".into(), cut(chunk)),
        Event::Flooded { stream, kept } => flooded(*stream, *kept),
        Event::GaveUp { id, after_ms, .. } => {
            (Party::Client, Way::Aside, format!("no answer to #{id} within {after_ms} ms"), None)
        }
        Event::GatewayAsked { method, path, body, .. } => {
            (Party::Gateway, Way::Out, format!("{method} {path}"), cut(body))
        }
        Event::GatewayAnswered { status, body, .. } => (Party::Gateway, Way::In, status.to_string(), cut(body)),
        Event::GatewayBroke { sent, .. } => {
            (Party::Gateway, Way::In, format!("broke its answer after {sent} bytes"), None)
        }
        Event::GatewayHungUp { .. } => (Party::Gateway, Way::Out, "the guard hung up".into(), None),
        Event::UpstreamStarted { process, pid, .. } => {
            (Party::Upstream, Way::Aside, format!("upstream {process} started as process {pid}"), None)
        }
        Event::UpstreamGot { line: bytes, .. } => (Party::Upstream, Way::Out, line(bytes), cut(bytes)),
        Event::UpstreamSent { line: bytes, .. } => (Party::Upstream, Way::In, line(bytes), cut(bytes)),
        Event::UpstreamStdinEnded { rest, .. } => (Party::Upstream, Way::Out, "stdin ended".into(), cut(rest)),
        Event::UpstreamSignalled { signal, .. } => (Party::Upstream, Way::Aside, format!("got {signal}"), None),
        Event::UpstreamEnded { code: Some(code), .. } => {
            (Party::Upstream, Way::Aside, format!("left with exit code {code}"), None)
        }
        Event::UpstreamEnded { code: None, .. } => (Party::Upstream, Way::Aside, "was killed".into(), None),
        Event::WentElsewhere { method, path, body, .. } => {
            (Party::Gateway, Way::Out, format!("{method} {path}, at another host"), cut(body))
        }
        Event::Analyst { decided } => {
            let decided =
                decided.as_deref().map_or_else(|| "found nothing to decide".into(), |id| format!("decided {id}"));
            (Party::Gateway, Way::Aside, format!("the analyst {decided}"), None)
        }
        Event::Signalled { signal } => (Party::Process, Way::In, signal.clone(), None),
        Event::StillRunning { after_ms, .. } => {
            (Party::Process, Way::Aside, format!("still running after {after_ms} ms"), None)
        }
        Event::UpstreamRead { process, environment, .. } => (
            Party::Upstream,
            Way::Out,
            format!("upstream {process} could read its parent's variables"),
            cut(environment),
        ),
        Event::Measured { memory_kb, descriptors, threads, .. } => {
            let used = format!("uses {memory_kb} KB, {descriptors} descriptors, {threads} threads");
            (Party::Process, Way::Aside, used, None)
        }
        Event::KeyInFile { path, form } => {
            (Party::Process, Way::Out, format!("the key in a file, {form}"), Some(path.clone()))
        }
        Event::Killed => (Party::Process, Way::In, "killed".into(), None),
        Event::Exited { status } => (Party::Process, Way::Aside, format!("ended: {status}"), None),
        Event::Orphan { pid, name } => {
            (Party::Process, Way::Aside, format!("process {pid} outlived the guard"), Some(name.clone()))
        }
    };
    Moment { at_us: entry.at_us, direct: entry.direct, party, way, what, text }
}

fn flooded(stream: Stream, kept: u64) -> (Party, Way, String, Option<String>) {
    let (party, what) = match stream {
        Stream::Stdout => (Party::Client, format!("more stdout than is kept ({kept})")),
        Stream::Stderr => (Party::Process, format!("more stderr than is kept ({kept})")),
        Stream::Gateway => (Party::Gateway, format!("{kept} events more than are kept")),
        Stream::Upstream => (Party::Upstream, format!("a line of {kept} bytes, more than is kept")),
        Stream::Processes => (Party::Process, format!("killed for starting {kept} processes")),
        Stream::Folder => (Party::Process, format!("killed for writing {kept} bytes to its folder")),
        Stream::Files => (Party::Process, format!("killed for making {kept} files")),
    };
    (party, Way::Out, what, None)
}

/// A longer line is no message whose method anybody needs to read.
const READABLE: usize = 1 << 20;

fn read(bytes: &Text) -> Option<Json> {
    (bytes.0.len() <= READABLE).then(|| Json::parse(bytes.0.trim_ascii()).ok()).flatten()
}

/// What a line on a pipe is.
fn line(bytes: &Text) -> String {
    match read(bytes) {
        Some(Json::Array(messages)) => format!("{} messages in one line", messages.len()),
        Some(message) => said(&message),
        None => "no message".into(),
    }
}

fn said(message: &Json) -> String {
    let id = message.get("id").map(|id| format!(" #{id}")).unwrap_or_default();
    match (message.get("method"), message.get("error"), message.get("result")) {
        (Some(_), ..) => asked(message) + &id,
        (None, Some(error), _) => {
            let code = error.get("code").map(|code| format!(" {code}")).unwrap_or_default();
            format!("error{code}{id}")
        }
        (None, None, Some(result)) if result.get("isError").is_some_and(|is| *is == Json::Bool(true)) => {
            format!("result, isError{id}")
        }
        (None, None, Some(_)) => format!("result{id}"),
        (None, None, None) => "no message".into(),
    }
}

/// The method, and of a call the tool.
fn asked(message: &Json) -> String {
    let method = message.get("method").and_then(Json::as_str).unwrap_or("a request");
    match message.pointer("/params/name").and_then(Json::as_str) {
        Some(tool) if method == "tools/call" => cut(format!("{method} {tool}").into(), NAMED),
        _ => cut(method.into(), NAMED),
    }
}

/// How long a name of the guard's making may be, in characters.
const NAMED: usize = 80;

fn cut(text: Cow<'_, str>, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(id: &str, line: &str) -> Event {
        Event::ClientSent { step: "1".into(), bytes: line.to_owned().into(), id: Some(id.into()) }
    }

    fn received(line: &str) -> Event {
        Event::ClientReceived { line: line.to_owned().into() }
    }

    fn at_steps(events: Vec<Event>) -> Recording {
        let mut recording = Recording::sample(events);
        for (at, entry) in (0..).step_by(10).zip(&mut recording.entries) {
            entry.at_us = at;
        }
        recording
    }

    #[test]
    fn a_line_is_told_by_what_it_asks_or_answers() {
        let told = |line: &str| super::line(&Text::from(line.to_owned()));
        assert_eq!(told(r#"{"id":1,"method":"tools/call","params":{"name":"send"}}"#), "tools/call send #1");
        assert_eq!(told(r#"{"method":"notifications/initialized"}"#), "notifications/initialized");
        assert_eq!(told(r#"{"id":"a","error":{"code":-32601}}"#), "error -32601 #\"a\"");
        assert_eq!(told(r#"{"id":2,"result":{"isError":true}}"#), "result, isError #2");
        assert_eq!(told("[{},{}]"), "2 messages in one line");
        assert_eq!(told("hello"), "no message");
        assert_eq!(told("3"), "no message");
    }

    #[test]
    fn a_call_lasts_until_its_own_answer() {
        let recording = at_steps(vec![
            sent("1", r#"{"id":1,"method":"ping"}"#),
            sent("\"1\"", r#"{"id":"1","method":"tools/list"}"#),
            received(r#"{"id":1,"method":"ping"}"#),
            received(r#"[{"id":"1","result":{}}]"#),
            received(r#"{"id":1,"result":{}}"#),
            sent("2", r#"{"id":2,"method":"ping"}"#),
        ]);
        let told: Vec<_> = calls(&recording).into_iter().map(|call| (call.what, call.took_us)).collect();
        assert_eq!(told, [("ping".into(), Some(40)), ("tools/list".into(), Some(20)), ("ping".into(), None)]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let recording = at_steps(vec![received("ääää")]);
        let told: Vec<_> = moments(&recording, 2).filter_map(|moment| moment.text).collect();
        assert_eq!(told, ["ää… (8 bytes)"]);
    }
}
