//! What a guard says of its own accord: progress, notifications and questions that nothing has asked for, or
//! that were never agreed on. Never an answer.

use mock_gateway::json::Json;

use super::modern::method;
use super::scene::Scene;
use super::{Findings, client};
use crate::finding::Code;
use crate::recording::Event;
use crate::version::Era;

/// In a request's `_meta`: the least level of what the client wants logged (MCP 2026-07-28, server/utilities/logging).
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// In a request's `_meta`: what its client can do.
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// The requests that may be answered by asking for input (MCP 2026-07-28, basic/patterns/mrtr).
const MAY_ASK: &[&str] = &["tools/call", "prompts/get", "resources/read"];

/// basic/utilities/progress (basic/patterns/progress): only under the token of a request that is open, and always on.
pub(super) fn progress(scene: &Scene<'_>, findings: &mut Findings) {
    let mut reached: Vec<(usize, f64)> = Vec::new();
    for (at, message) in scene.received_at().filter(|(_, message)| method(message) == Some("notifications/progress")) {
        let token = message.pointer("/params/progressToken");
        let mut open = open_at(scene, at);
        let asked = open.find(|(_, request)| token.is_some() && meta(request, "progressToken") == token);
        let now = match message.pointer("/params/progress") {
            Some(Json::Number(text)) => text.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        let (code, expected) = match asked {
            None => (Code::ProgressUnasked, "progress only under the token of a request that is open"),
            Some((request, _)) => {
                let before = reached.iter().rev().find(|(of, _)| *of == request).map(|(_, before)| *before);
                reached.push((request, now));
                if before.is_none_or(|before| now > before) && !now.is_nan() {
                    continue;
                }
                (Code::ProgressStalled, "progress that is more each time")
            }
        };
        findings.add(code, &scene.recording.header.case, expected, [client(message.to_string())]);
    }
}

/// Notifications that need a capability that was declared, a level that was named, or a subscription.
pub(super) fn notifications(scene: &Scene<'_>, findings: &mut Findings) {
    let era = scene.recording.header.version.era();
    for (at, message) in scene.received_at().filter(|(_, message)| message.get("id").is_none()) {
        let Some(name) = method(message) else { continue };
        let listens = || open_at(scene, at).any(|(_, request)| method(request) == Some("subscriptions/listen"));
        let changed = name.strip_prefix("notifications/").and_then(|name| name.strip_suffix("/list_changed"));
        let (code, expected) = match (name, era, changed) {
            ("notifications/message", Era::Legacy, _) if !declares(scene, "/logging") => {
                (Code::NotificationUnasked, "the capability logging, where anything is logged to the client")
            }
            ("notifications/message", Era::Modern, _)
                if !open_at(scene, at).any(|(_, request)| meta(request, LOG_LEVEL).is_some()) =>
            {
                (Code::NotificationUnasked, "no log for a client whose open requests name no logLevel")
            }
            ("notifications/cancelled" | "notifications/resources/updated", Era::Modern, _) if !listens() => {
                (Code::NotificationUnasked, "such a notification only on a subscription")
            }
            (_, Era::Modern, Some(_)) if !listens() => {
                (Code::NotificationUnasked, "such a notification only on a subscription")
            }
            (_, Era::Legacy, Some(what)) if !declares(scene, &format!("/{what}/listChanged")) => {
                (Code::ChangeUnannounced, "the capability listChanged of what has changed")
            }
            _ => continue,
        };
        findings.add(code, &scene.recording.header.case, expected, [client(message.to_string())]);
    }
}

/// MCP 2025-11-25, basic/lifecycle, "Initialization": before the client has said that it is ready, a server sends
/// nothing but pings and logs.
pub(super) fn early(scene: &Scene<'_>, findings: &mut Findings) {
    let ready = scene.recording.entries.iter().position(|entry| match &entry.event {
        Event::ClientSent { bytes, .. } => {
            Json::parse(&bytes.0).is_ok_and(|sent| method(&sent) == Some("notifications/initialized"))
        }
        _ => false,
    });
    for (_, message) in scene.received_at().take_while(|(at, _)| ready.is_none_or(|ready| *at < ready)) {
        if method(message).is_some_and(|name| !matches!(name, "ping" | "notifications/message")) {
            let expected = "nothing but pings and logs before notifications/initialized";
            findings.add(Code::MessageEarly, &scene.recording.header.case, expected, [client(message.to_string())]);
        }
    }
}

/// Questions to the client are about what it has declared; in the modern era they come as answers to some requests.
pub(super) fn questions(scene: &Scene<'_>, findings: &mut Findings) {
    let case = &scene.recording.header.case;
    let opening = scene.requested_at().find(|(_, request, _)| method(request) == Some("initialize"));
    let declared = opening.and_then(|(_, request, _)| request.pointer("/params/capabilities"));
    for (_, message) in scene.received_at().filter(|(_, message)| message.get("id").is_some()) {
        if method(message).is_some() && !may_ask(declared, message) {
            let expected = "questions only about what the client has declared";
            findings.add(Code::CapabilityUndeclared, case, expected, [client(message.to_string())]);
        }
    }
    for (request, answer) in scene.exchanges() {
        if answer.pointer("/result/resultType").and_then(Json::as_str) != Some("input_required") {
            continue;
        }
        let seen = || [client(answer.to_string())];
        if !method(request).is_some_and(|name| MAY_ASK.contains(&name)) {
            findings.add(Code::InputMisplaced, case, format!("input_required only for {}", MAY_ASK.join(", ")), seen());
        }
        let questions = answer.pointer("/result/inputRequests").and_then(Json::as_object).unwrap_or_default();
        if questions.iter().any(|(_, question)| !may_ask(meta(request, CAPABILITIES), question)) {
            findings.add(Code::CapabilityUndeclared, case, "questions only about what the request declares", seen());
        }
    }
}

/// Whether a client that has declared this may be asked so (client/sampling, client/roots, client/elicitation,
/// "Capabilities"). A bare `elicitation` means forms.
fn may_ask(declared: Option<&Json>, question: &Json) -> bool {
    let has = |pointer: &str| declared.is_some_and(|declared| declared.pointer(pointer).is_some());
    let by_url = question.pointer("/params/mode").and_then(Json::as_str) == Some("url");
    match method(question).unwrap_or_default() {
        "sampling/createMessage" => has("/sampling"),
        "roots/list" => has("/roots"),
        "elicitation/create" if by_url => has("/elicitation/url"),
        "elicitation/create" => has("/elicitation/form") || (has("/elicitation") && !has("/elicitation/url")),
        _ => true,
    }
}

/// The requests that were sent before this place in the recording and not answered by then.
fn open_at<'a>(scene: &'a Scene<'_>, at: usize) -> impl Iterator<Item = (usize, &'a Json)> {
    let requests = scene.requested_at();
    let open = requests.filter(move |(sent, _, answered)| *sent < at && answered.is_none_or(|answered| answered > at));
    open.map(|(sent, request, _)| (sent, request))
}

/// A member of a request's `_meta`.
fn meta<'a>(request: &'a Json, name: &str) -> Option<&'a Json> {
    request.pointer("/params/_meta")?.get(name)
}

/// Whether the server has declared a capability that is not false.
fn declares(scene: &Scene<'_>, pointer: &str) -> bool {
    let opened = scene.exchanges().find(|(request, _)| method(request) == Some("initialize"));
    let capability = opened.and_then(|(_, answer)| answer.pointer(&format!("/result/capabilities{pointer}")));
    capability.is_some_and(|capability| capability.as_bool() != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crate::requirement::Level;
    use crate::version::Version;

    /// What is found in these lines; those that begin with `>` are the client's.
    fn found(version: Version, check: impl Fn(&Scene<'_>, &mut Findings), lines: &[&str]) -> Vec<Code> {
        let events = lines.iter().map(|line| match line.strip_prefix('>') {
            Some(sent) => {
                let id = Json::parse(sent.as_bytes()).unwrap().get("id").map(ToString::to_string);
                Event::ClientSent { step: "1".into(), bytes: sent.to_owned().into(), id }
            }
            None => Event::ClientReceived { line: (*line).to_owned().into() },
        });
        let mut recording = Recording::sample(events);
        recording.header.version = version;
        let mut findings = Findings::new(Level::Must, &recording);
        check(&Scene::read(&recording), &mut findings);
        findings.list.into_iter().map(|finding| finding.code).collect()
    }

    fn at(token: &str, progress: &str) -> String {
        format!(r#"{{"method":"notifications/progress","params":{{"progressToken":{token},"progress":{progress}}}}}"#)
    }

    #[test]
    fn progress_is_asked_for_and_goes_on() {
        let call = r#">{"id":1,"method":"tools/call","params":{"_meta":{"progressToken":0}}}"#;
        let done = r#"{"id":1,"result":{}}"#;
        let found = |lines: &[&str]| found(Version::V2025_11_25, progress, lines);
        assert_eq!(found(&[call, &at("0", "1"), &at("0", "1.5"), done]), []);
        assert_eq!(found(&[call, &at("0", "1"), &at("0", "1"), done]), [Code::ProgressStalled]);
        assert_eq!(found(&[call, &at("\"0\"", "1"), done]), [Code::ProgressUnasked]);
        assert_eq!(found(&[call, done, &at("0", "1")]), [Code::ProgressUnasked]);
        assert_eq!(found(&[call, &at("0", "\"much\"")]), [Code::ProgressStalled]);
    }

    #[test]
    fn each_era_has_its_own_leave_to_notify() {
        let log = r#"{"method":"notifications/message","params":{}}"#;
        let changed = r#"{"method":"notifications/tools/list_changed"}"#;
        let open = r#">{"id":1,"method":"initialize"}"#;
        let bare = r#"{"id":1,"result":{"capabilities":{"tools":{"listChanged":false}}}}"#;
        let able = r#"{"id":1,"result":{"capabilities":{"tools":{"listChanged":true},"logging":{}}}}"#;
        let legacy = |lines: &[&str]| found(Version::V2025_11_25, notifications, lines);
        assert_eq!(legacy(&[open, able, log, changed]), []);
        assert_eq!(legacy(&[open, bare, log, changed]), [Code::NotificationUnasked, Code::ChangeUnannounced]);
        let modern = |lines: &[&str]| found(Version::V2026_07_28, notifications, lines);
        let call = r#">{"id":2,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/logLevel":"info"}}}"#;
        let listen = r#">{"id":3,"method":"subscriptions/listen","params":{}}"#;
        let cancelled = r#"{"method":"notifications/cancelled","params":{"requestId":3}}"#;
        assert_eq!(modern(&[call, log, listen, changed, cancelled]), []);
        assert_eq!(modern(&[log, changed, cancelled]), [Code::NotificationUnasked; 3]);
    }

    #[test]
    fn before_the_client_is_ready_there_are_pings_and_logs_only() {
        let ready = r#">{"method":"notifications/initialized"}"#;
        let ping = r#"{"id":1,"method":"ping"}"#;
        let changed = r#"{"method":"notifications/tools/list_changed"}"#;
        let found = |lines: &[&str]| found(Version::V2025_11_25, early, lines);
        assert_eq!(found(&[ping, ready, changed]), []);
        assert_eq!(found(&[ping, changed, ready]), [Code::MessageEarly]);
    }

    #[test]
    fn only_what_was_declared_is_asked_about() {
        let open =
            |declared: &str| format!(r#">{{"id":1,"method":"initialize","params":{{"capabilities":{{{declared}}}}}}}"#);
        let roots = r#"{"id":9,"method":"roots/list"}"#;
        let url = r#"{"id":9,"method":"elicitation/create","params":{"mode":"url"}}"#;
        let legacy = |lines: &[&str]| found(Version::V2025_11_25, questions, lines);
        assert_eq!(legacy(&[&open(r#""roots":{},"elicitation":{"url":{}}"#), roots, url]), []);
        assert_eq!(legacy(&[&open(r#""elicitation":{}"#), roots, url]), [Code::CapabilityUndeclared; 2]);
        let ask = |name: &str| {
            let declares = r#""_meta":{"io.modelcontextprotocol/clientCapabilities":{"roots":{}}}"#;
            format!(r#">{{"id":1,"method":"{name}","params":{{{declares}}}}}"#)
        };
        let asks = |method: &str| {
            let question = format!(r#"{{"q":{{"method":"{method}"}}}}"#);
            format!(r#"{{"id":1,"result":{{"resultType":"input_required","inputRequests":{question}}}}}"#)
        };
        let modern = |name: &str, method: &str| found(Version::V2026_07_28, questions, &[&ask(name), &asks(method)]);
        assert_eq!(modern("tools/call", "roots/list"), []);
        assert_eq!(modern("tools/call", "sampling/createMessage"), [Code::CapabilityUndeclared]);
        assert_eq!(modern("tools/list", "roots/list"), [Code::InputMisplaced]);
    }
}
