//! The same play without the guard and with it: whether every message came through, and came through as
//! it was. What the protocol leaves to each hop is left out, and so is what the guard declares to change.

use std::collections::BTreeMap;

use mock_gateway::json::Json;

use super::{Findings, client, upstream};
use crate::finding::{Code, Seen};
use crate::play::OPENING;
use crate::recording::{Entry, Event, Recording};
use crate::subject::policy::{Transform, blank};

/// Compares both plays of a recording.
pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    let transforms = &recording.header.transforms;
    let (direct, proxied) = (Traffic::read(&recording.direct), Traffic::read(&recording.entries));
    let case = &recording.header.case;
    for (kind, due) in &direct.client {
        let got = proxied.client.get(kind).map(Vec::as_slice).unwrap_or_default();
        compare(kind, &comparable(due, kind, transforms), &comparable(got, kind, transforms), client, case, findings);
    }
    for (kind, got) in proxied.client.iter().filter(|(kind, _)| !direct.client.contains_key(*kind)) {
        if let Some(message) = got.first() {
            findings.add(Code::RelayAdded, case, format!("no {}", kind.name()), [client(message.to_string())]);
        }
    }
    for (kind, due) in direct.upstream.iter().filter(|(kind, _)| !kind.is_of_each_hop()) {
        let got = proxied.upstream.get(kind).map(Vec::as_slice).unwrap_or_default();
        compare(kind, &comparable(due, kind, transforms), &comparable(got, kind, transforms), upstream, case, findings);
    }
}

fn compare(kind: &Kind, due: &[Json], got: &[Json], saw: fn(String) -> Seen, case: &str, findings: &mut Findings) {
    let name = kind.name();
    if let Some((direct, proxied)) = due.iter().zip(got).find(|(direct, proxied)| direct != proxied) {
        let (at, direct, proxied) = difference(direct, proxied, String::new());
        let place = if at.is_empty() { "whole".to_owned() } else { at };
        return findings.add(
            Code::RelayAltered,
            case,
            format!("{name}, {place}: {direct}"),
            [saw(format!("{place}: {proxied}"))],
        );
    }
    match (due.get(got.len()), got.get(due.len())) {
        (Some(lost), _) => findings.add(Code::RelayLost, case, format!("{name}: {lost}"), [saw("nothing".into())]),
        (_, Some(added)) => {
            findings.add(Code::RelayAdded, case, format!("{} of {name}", due.len()), [saw(added.to_string())]);
        }
        (None, None) => {}
    }
}

/// The first place where two values differ, and what stands there in each.
fn difference(direct: &Json, proxied: &Json, at: String) -> (String, String, String) {
    let inner = match (direct, proxied) {
        (Json::Object(a), Json::Object(b)) => {
            let names = a.iter().chain(b).map(|(name, _)| name);
            names.map(|name| (name.clone(), direct.get(name), proxied.get(name))).find(|(_, a, b)| a != b)
        }
        (Json::Array(a), Json::Array(b)) => {
            let indexes = 0..a.len().max(b.len());
            indexes.map(|index| (index.to_string(), a.get(index), b.get(index))).find(|(_, a, b)| a != b)
        }
        _ => None,
    };
    match inner {
        Some((step, Some(a), Some(b))) => difference(a, b, format!("{at}/{step}")),
        Some((step, a, b)) => (format!("{at}/{step}"), super::shown(a), super::shown(b)),
        None => (at, direct.to_string(), proxied.to_string()),
    }
}

/// What a message is, so that it is compared with its like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Request(String),
    Notification(String),
    /// By the method that was asked for, and, on the client's side, the id.
    Answer(String, Option<String>),
    /// To nothing that was asked.
    Stray,
}

impl Kind {
    fn name(&self) -> String {
        match self {
            Self::Request(method) => format!("the request {method}"),
            Self::Notification(method) => format!("the notification {method}"),
            Self::Answer(method, Some(id)) => format!("the answer to {method} with the id {id}"),
            Self::Answer(method, None) => format!("the answer to {method}"),
            Self::Stray => "an answer to nothing".to_owned(),
        }
    }

    const fn method(&self) -> &str {
        match self {
            Self::Request(method) | Self::Notification(method) | Self::Answer(method, _) => method.as_str(),
            Self::Stray => "",
        }
    }

    /// Whether a proxy, being a client of its own, says this for itself. It may also need the tools before
    /// its client asks, or know them already: what the client learns of them is compared on its side.
    fn is_of_each_hop(&self) -> bool {
        matches!(self.method(), "initialize" | "notifications/initialized" | "server/discover" | "ping" | "tools/list")
    }
}

/// What each end received, in order.
#[derive(Default)]
struct Traffic {
    client: BTreeMap<Kind, Vec<Json>>,
    upstream: BTreeMap<Kind, Vec<Json>>,
}

impl Traffic {
    fn read(entries: &[Entry]) -> Self {
        let mut traffic = Self::default();
        // What was asked, by id: of the client's requests those after the opening.
        let (mut by_client, mut by_server) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            match &entry.event {
                Event::ClientSent { step, bytes, id: Some(id) } => {
                    let method =
                        Json::parse(&bytes.0).ok().and_then(|sent| Some(sent.get("method")?.as_str()?.to_owned()));
                    by_client.insert(id.clone(), (step == OPENING, method.unwrap_or_default()));
                }
                Event::UpstreamSent { line, .. } => {
                    if let Ok(sent) = Json::parse(&line.0)
                        && let (Some(id), Some(method)) = (sent.get("id"), sent.get("method").and_then(Json::as_str))
                    {
                        by_server.insert(id.to_string(), method.to_owned());
                    }
                }
                _ => {}
            }
        }
        for entry in entries {
            match &entry.event {
                Event::ClientReceived { line } => {
                    let Ok(message) = Json::parse(&line.0) else { continue };
                    let id = message.get("id").map(ToString::to_string).unwrap_or_default();
                    let kind = match kind(&message) {
                        Some(kind) => kind,
                        None => match by_client.get(&id) {
                            Some((true, _)) => continue,
                            Some((false, method)) => Kind::Answer(method.clone(), Some(id)),
                            None => Kind::Stray,
                        },
                    };
                    traffic.client.entry(kind).or_default().push(message);
                }
                Event::UpstreamGot { line, .. } => {
                    let Ok(message) = Json::parse(&line.0) else { continue };
                    let id = message.get("id").map(ToString::to_string).unwrap_or_default();
                    let kind = kind(&message).unwrap_or_else(|| match by_server.get(&id) {
                        Some(method) => Kind::Answer(method.clone(), None),
                        None => Kind::Stray,
                    });
                    traffic.upstream.entry(kind).or_default().push(message);
                }
                _ => {}
            }
        }
        traffic
    }
}

/// What a message with a method is.
fn kind(message: &Json) -> Option<Kind> {
    let method = message.get("method")?.as_str()?.to_owned();
    Some(if message.get("id").is_some() { Kind::Request(method) } else { Kind::Notification(method) })
}

/// What each hop may have of its own: ids, and the client's and server's word about themselves.
const OF_EACH_HOP: &[&[&str]] = &[
    &["params", "_meta", "progressToken"],
    &["params", "requestId"],
    &["params", "_meta", "io.modelcontextprotocol/protocolVersion"],
    &["params", "_meta", "io.modelcontextprotocol/clientInfo"],
    &["params", "_meta", "io.modelcontextprotocol/clientCapabilities"],
    &["result", "_meta", "io.modelcontextprotocol/serverInfo"],
];

/// Messages without what may differ.
fn comparable(messages: &[Json], kind: &Kind, transforms: &[Transform]) -> Vec<Json> {
    let mut messages = messages.to_vec();
    for message in &mut messages {
        // The id of an answer is that of its request, and part of its kind.
        blank(message, &["id"]);
        OF_EACH_HOP.iter().for_each(|steps| blank(message, steps));
        if kind.method() == "initialize" {
            // Who answers the handshake says who it is (MCP 2025-11-25, basic/lifecycle); saying it stays due.
            blank(message, &["result", "serverInfo", "*"]);
        }
        transforms.iter().for_each(|transform| transform.blank(kind.method(), message));
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::Level;

    fn findings(direct: &[Event], proxied: &[Event]) -> Vec<(Code, String)> {
        let sample = |events: &[Event]| Recording::sample(events.iter().cloned());
        let recording = Recording { direct: sample(direct).entries, ..sample(proxied) };
        let mut findings = Findings::new(Level::Must, &recording);
        judge(&recording, &mut findings);
        findings.list.into_iter().map(|finding| (finding.code, finding.expected)).collect()
    }

    fn sent(id: &str) -> Event {
        let bytes = format!(r#"{{"id":{id},"method":"tools/list"}}"#);
        Event::ClientSent { step: "1".into(), bytes: bytes.into(), id: Some(id.into()) }
    }

    fn received(line: &'static str) -> Event {
        Event::ClientReceived { line: line.into() }
    }

    fn got(line: &'static str) -> Event {
        Event::UpstreamGot { process: 1, line: line.into() }
    }

    #[test]
    fn what_differs_is_named_with_its_place() {
        let direct = [sent("1"), received(r#"{"id":1,"result":{"tools":[{"name":"a","title":"A"}]}}"#)];
        let proxied = [sent("1"), received(r#"{"id":1,"result":{"tools":[{"name":"a"}]}}"#)];
        let expected = "the answer to tools/list with the id 1, /result/tools/0/title: \"A\"";
        assert_eq!(findings(&direct, &proxied), [(Code::RelayAltered, expected.into())]);
        assert_eq!(findings(&direct, &direct), []);
        assert_eq!(findings(&direct, &direct[..1])[0].0, Code::RelayLost);
    }

    #[test]
    fn an_answer_under_another_id_is_lost_and_added() {
        let direct = [sent("\"x\""), received(r#"{"id":"x","result":{}}"#)];
        let proxied = [sent("\"x\""), received(r#"{"id":7,"result":{}}"#)];
        let codes: Vec<_> = findings(&direct, &proxied).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [Code::RelayLost, Code::RelayAdded]);
    }

    #[test]
    fn ids_and_tokens_are_each_hops_own_and_values_are_not() {
        let direct = [got(r#"{"id":1,"method":"m","params":{"_meta":{"progressToken":1,"a":1.10}}}"#)];
        let other = [got(r#"{"id":9,"method":"m","params":{"_meta":{"progressToken":"p","a":1.10}}}"#)];
        let altered = [got(r#"{"id":9,"method":"m","params":{"_meta":{"progressToken":"p","a":1.1}}}"#)];
        assert_eq!(findings(&direct, &other), []);
        assert_eq!(findings(&direct, &altered)[0].0, Code::RelayAltered);
        assert_eq!(findings(&direct, &[])[0].0, Code::RelayLost);
    }

    #[test]
    fn a_proxy_may_list_the_tools_for_itself_and_has_a_name_of_its_own() {
        let list = got(r#"{"id":1,"method":"tools/list"}"#);
        assert_eq!(findings(std::slice::from_ref(&list), &[list.clone(), list.clone()]), []);
        assert_eq!(findings(std::slice::from_ref(&list), &[]), []);
        let opening = Event::ClientSent {
            step: "1".into(),
            bytes: r#"{"id":1,"method":"initialize"}"#.into(),
            id: Some("1".into()),
        };
        let play = |answer| [opening.clone(), received(answer)];
        let direct = play(r#"{"id":1,"result":{"serverInfo":{"name":"upstream"},"instructions":"i"}}"#);
        let named = play(r#"{"id":1,"result":{"serverInfo":{"name":"guard"},"instructions":"i"}}"#);
        let nameless = play(r#"{"id":1,"result":{"instructions":"i"}}"#);
        let altered = play(r#"{"id":1,"result":{"serverInfo":{"name":"guard"},"instructions":"j"}}"#);
        assert_eq!(findings(&direct, &named), []);
        assert_eq!(findings(&direct, &nameless)[0].0, Code::RelayAltered);
        assert_eq!(findings(&direct, &altered)[0].0, Code::RelayAltered);
    }

    #[test]
    fn every_notification_counts() {
        let note = received(r#"{"method":"notifications/progress","params":{"progress":1}}"#);
        assert_eq!(findings(&[note.clone(), note.clone()], std::slice::from_ref(&note))[0].0, Code::RelayLost);
        assert_eq!(findings(std::slice::from_ref(&note), &[note.clone(), note.clone()])[0].0, Code::RelayAdded);
    }
}
