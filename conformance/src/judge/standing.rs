//! What every recording must show of the messages themselves: nothing but messages on stdout, each of
//! the right form, one answer for each request, one verdict in each answer.

use std::collections::{BTreeMap, BTreeSet};

use mock_gateway::json::Json;

use super::scene::Scene;
use super::{Findings, client, shown};
use crate::finding::Code;
use crate::recording::{Event, Stream};
use crate::verdict::Verdict;

/// MCP 2025-11-25, basic/transports: the server writes nothing to stdout that is not a valid message.
pub(super) fn stdout_purity(scene: &Scene<'_>, findings: &mut Findings) {
    let case = &scene.recording.header.case;
    for (line, error) in &scene.noise {
        let seen = [client(format!("{error}: {}", line.lossy()))];
        findings.add(Code::StdoutNoise, case, "one JSON-RPC message on each line", seen);
    }
    for entry in &scene.recording.entries {
        match &entry.event {
            Event::Flooded { stream: Stream::Stdout, kept } => {
                let seen = [client(format!("more than {kept} bytes on stdout"))];
                findings.add(Code::OutputFlood, case, "output that ends", seen);
            }
            Event::StdoutEnded { rest } if !rest.0.is_empty() => {
                let seen = [client(format!("stdout ends in the middle of a line: {}", rest.lossy()))];
                findings.add(Code::StdoutNoise, case, "a line feed after the last message", seen);
            }
            _ => {}
        }
    }
}

/// JSON-RPC 2.0; MCP 2025-11-25, basic: every request gets one answer, and nothing else gets any.
pub(super) fn one_answer(scene: &Scene<'_>, findings: &mut Findings) {
    let case = &scene.recording.header.case;
    let mut asked = Asked::read(scene);
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let (nameless, named): (Vec<_>, Vec<_>) =
        scene.answers().partition(|answer| matches!(answer.get("id"), None | Some(Json::Null)));
    // Those without an id come last: they go to the broken lines that are left.
    for answer in named.into_iter().chain(nameless) {
        let id = answer.get("id").map_or_else(|| "null".to_owned(), ToString::to_string);
        let count = answers.entry(id.clone()).or_default();
        *count += 1;
        let due = if id == "null" { asked.unreadable } else { asked.ids.get(&id).copied().unwrap_or(0) };
        if *count <= due {
            continue;
        }
        if asked.settle_broken(&id) {
            *count -= 1;
            continue;
        }
        let code = if due == 0 { Code::AnswerUnasked } else { Code::AnsweredTwice };
        let expected = format!("{due} answers with the id {id}");
        findings.add(code, case, expected, [client(answer.to_string())]);
    }
}

/// The longest line that a guard should serve, in bytes; a longer one may be refused unread.
const LONGEST_SERVED: usize = 1 << 20;

/// The ids that the client sent, how many messages had none that could be read, and the ids that show in each line of
/// which readers may make one or another.
struct Asked {
    ids: BTreeMap<String, usize>,
    unreadable: usize,
    broken: Vec<BTreeSet<String>>,
}

impl Asked {
    fn read(scene: &Scene<'_>) -> Self {
        let mut asked = Self { ids: BTreeMap::new(), unreadable: 0, broken: Vec::new() };
        let answered: BTreeSet<_> =
            scene.answers().filter_map(|answer| answer.get("id")).map(Json::to_string).collect();
        let mut unfinished: Vec<u8> = Vec::new();
        for entry in &scene.recording.entries {
            match &entry.event {
                // What stood unfinished in the old process's stdin is lost with it.
                Event::Started { .. } => unfinished.clear(),
                Event::ClientSent { bytes, .. } => unfinished.extend_from_slice(&bytes.0),
                _ => {}
            }
            while let Some(end) = unfinished.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unfinished.drain(..=end).collect();
                asked.line(line.trim_ascii_end(), &answered, scene.recording.header.version.has_batches());
            }
        }
        asked
    }

    fn line(&mut self, line: &[u8], answered: &BTreeSet<String>, has_batches: bool) {
        // Its id may stand in the part that was never kept.
        self.unreadable += usize::from(line.len() > LONGEST_SERVED);
        match Json::parse(line) {
            _ if line.is_empty() => {}
            // White space to JSON, and to some readers of lines their end.
            _ if line.contains(&b'\r') => self.broken.push(visible_ids(&String::from_utf8_lossy(line))),
            Ok(Json::Array(messages)) => {
                // A guard that takes none of its messages refuses the array whole, with one error without an id.
                let is_taken = |message: &Json| message.get("id").is_some_and(|id| answered.contains(&id.to_string()));
                self.unreadable += usize::from(!has_batches || !messages.iter().any(is_taken));
                messages.iter().for_each(|message| self.count(message));
            }
            Ok(message) => self.count(&message),
            Err(_) => self.broken.push(visible_ids(&String::from_utf8_lossy(line))),
        }
    }

    /// What is no strict JSON, or has an odd id, may be refused once: without an id, or with one that shows.
    fn settle_broken(&mut self, id: &str) -> bool {
        let line = self.broken.iter().position(|ids| id == "null" || ids.contains(id));
        line.map(|line| self.broken.remove(line)).is_some()
    }

    fn count(&mut self, message: &Json) {
        let is_answer = message.get("result").is_some() || message.get("error").is_some();
        // What is not of JSON-RPC 2.0 is no answer of it either, and may be refused like any other invalid message.
        if is_answer && message.get("jsonrpc").and_then(Json::as_str) == Some("2.0") {
            return;
        }
        match message.get("id") {
            Some(id) if is_plain(id) => *self.ids.entry(id.to_string()).or_default() += 1,
            Some(id) => self.broken.push(BTreeSet::from([id.to_string()])),
            None => self.unreadable += usize::from(!is_notification(message)),
        }
    }
}

/// Whether an id is one that every reader gives back as it came. JSON-RPC 2.0, section 4: numbers should have no
/// fraction; and integers beyond 64 bits are few readers' own.
fn is_plain(id: &Json) -> bool {
    match id {
        Json::String(_) => true,
        Json::Number(digits) => digits.parse::<i64>().is_ok(),
        _ => false,
    }
}

/// Whether a message without an id is a notification of JSON-RPC 2.0, which is never answered; anything
/// else without an id is an invalid request, and may be.
fn is_notification(message: &Json) -> bool {
    message.get("jsonrpc").and_then(Json::as_str) == Some("2.0")
        && message.get("method").and_then(Json::as_str).is_some()
        && matches!(message.get("params"), None | Some(Json::Object(_) | Json::Array(_)))
}

/// The ids that readers would make out in a line that is not strict JSON: what stands after each key `id`, however it
/// is spelled. One reader takes the first of two, another the last.
fn visible_ids(line: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut rest = line;
    while let Some(start) = rest.find('"') {
        let token = &rest[start..];
        let Some(length) = string_length(token) else { break };
        let after = &token[length..];
        rest = after;
        let is_id = Json::parse(&token.as_bytes()[..length]).is_ok_and(|key| key.as_str() == Some("id"));
        let Some(value) = after.trim_start().strip_prefix(':').filter(|_| is_id).map(str::trim_start) else { continue };
        let end = match value.starts_with('"') {
            true => string_length(value),
            false => Some(value.find([',', '}', ' ', '\r']).unwrap_or(value.len())),
        };
        let id = end.and_then(|end| Json::parse(&value.as_bytes()[..end]).ok());
        ids.extend(id.map(|id| id.to_string()));
    }
    ids
}

/// How long the string is that begins here, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    Some(end + 2)
}

/// JSON-RPC 2.0 sections 4 and 5; MCP 2025-11-25, basic: the members that each kind of message has.
pub(super) fn message_form(scene: &Scene<'_>, findings: &mut Findings) {
    for message in scene.messages() {
        if let Some(problem) = malformed(message) {
            let seen = [client(message.to_string())];
            findings.add(Code::MessageMalformed, &scene.recording.header.case, problem, seen);
        }
    }
}

/// What a message should have had.
fn malformed(message: &Json) -> Option<&'static str> {
    if message.as_object().is_none() {
        return Some("a message that is an object");
    }
    if message.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        return Some("the member jsonrpc: \"2.0\"");
    }
    let id = message.get("id");
    let is_id = matches!(id, Some(Json::String(_) | Json::Number(_)));
    if let Some(method) = message.get("method") {
        return if message.get("result").is_some() || message.get("error").is_some() {
            Some("either a method, or a result or an error")
        } else if method.as_str().is_none() {
            Some("a method that is a string")
        } else if id.is_some() && !is_id {
            Some("an id that is a string or a number")
        } else {
            None
        };
    }
    match (message.get("result"), message.get("error")) {
        (Some(_), Some(_)) => Some("either a result or an error, not both"),
        (None, None) => Some("a method, a result or an error"),
        (Some(Json::Object(_)), None) if is_id => None,
        (Some(Json::Object(_)), None) => Some("a result with the id of its request"),
        (Some(_), None) => Some("a result that is an object"),
        (None, Some(error)) => {
            let is_integer = |code: &Json| matches!(code, Json::Number(text) if text.parse::<i64>().is_ok());
            if !error.get("code").is_some_and(is_integer) {
                Some("an error with an integer code")
            } else if error.get("message").and_then(Json::as_str).is_none() {
                Some("an error with a message")
            } else if id.is_some_and(|id| !is_id && !matches!(id, Json::Null)) {
                Some("an error with the id of its request")
            } else {
                None
            }
        }
    }
}

/// MCP 2025-11-25, server/tools: structured content is also there as text, and says the same.
pub(super) fn one_verdict(scene: &Scene<'_>, findings: &mut Findings) {
    for result in scene.answers().filter_map(|answer| answer.get("result")) {
        let verdict = Verdict::read(result);
        if let (Some(structure), Some(text)) = (&verdict.structure, &verdict.text)
            && structure != text
        {
            let expected = format!("the text {structure}");
            let seen = [client(format!("the text {}", shown(Some(text))))];
            findings.add(Code::TextContradicts, &scene.recording.header.case, expected, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Recording, Text};
    use crate::requirement::Level;

    #[test]
    fn the_form_of_each_kind_of_message_is_known() {
        for (message, problem) in [
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, None),
            (r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#, None),
            (r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}}"#, None),
            (r#"{"jsonrpc":"2.0","method":"notifications/x"}"#, None),
            (r#"{"id":1,"result":{}}"#, Some("the member jsonrpc: \"2.0\"")),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, Some("either a result or an error, not both")),
            (r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#, Some("either a method, or a result or an error")),
            (r#"{"jsonrpc":"2.0","id":1}"#, Some("a method, a result or an error")),
            (r#"{"jsonrpc":"2.0","id":null,"result":{}}"#, Some("a result with the id of its request")),
            (r#"{"jsonrpc":"2.0","id":1,"result":[]}"#, Some("a result that is an object")),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"m"}}"#, Some("an error with an integer code")),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, Some("an error with a message")),
            ("[]", Some("a message that is an object")),
        ] {
            assert_eq!(malformed(&Json::parse(message.as_bytes()).unwrap()), problem, "{message}");
        }
    }

    #[test]
    fn an_array_is_refused_whole_or_answered_message_by_message() {
        let whole = r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"m"}}"#;
        let one = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        for (answers, unasked) in [(&[whole][..], 0), (&[one], 0), (&[one, whole], 1), (&[whole, whole], 1)] {
            let sent = Event::ClientSent { step: "1".into(), bytes: "[{\"id\":1},{\"id\":2}]\n".into(), id: None };
            let received = answers.iter().map(|line| Event::ClientReceived { line: (*line).into() });
            let recording = Recording::sample(std::iter::once(sent).chain(received));
            let mut findings = Findings::new(Level::Must, &recording);
            one_answer(&Scene::read(&recording), &mut findings);
            assert_eq!(findings.list.len(), unasked, "{answers:?}");
        }
    }

    #[test]
    fn an_answer_is_never_answered_and_what_only_looks_like_one_may_be_refused() {
        for (sent, unasked) in [(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, 1), (r#"{"id":1,"result":{}}"#, 0)] {
            let line = Text::from(format!("{sent}\n"));
            let refusal = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"m"}}"#;
            let recording = Recording::sample([
                Event::ClientSent { step: "1".into(), bytes: line, id: None },
                Event::ClientReceived { line: refusal.into() },
            ]);
            let mut findings = Findings::new(Level::Must, &recording);
            one_answer(&Scene::read(&recording), &mut findings);
            assert_eq!(findings.list.len(), unasked, "{sent}");
        }
    }

    #[test]
    fn ids_are_made_out_in_a_broken_line() {
        for (line, ids) in [
            (r#"{"id":7,"id":8}"#, &["7", "8"][..]),
            (r#"{"a":NaN,"id" : "x"}"#, &["\"x\""]),
            (r#"{"\u0069\u0064":  2,"a":1,"a":2}"#, &["2"]),
            (r#"{"text":"\"id\":3","a":01}"#, &[]),
            (r#"{"id":12"#, &["12"]),
            (r#"{"id":"no end"#, &[]),
            (r#"{"id":NaN}"#, &[]),
            ("nothing", &[]),
        ] {
            assert_eq!(visible_ids(line).into_iter().collect::<Vec<_>>(), ids, "{line}");
        }
    }

    #[test]
    fn a_broken_line_is_refused_once_under_one_of_its_ids_or_none() {
        let (seven, null) = (r#""id":7,"#, r#""id":null,"#);
        for (answers, wrong) in [
            (&[seven][..], 0),
            (&[null], 0),
            (&[""], 0),
            (&[seven, seven], 1),
            (&[null, seven], 1),
            (&[r#""id":9,"#], 1),
        ] {
            let sent = Event::ClientSent { step: "1".into(), bytes: "{\"id\":7,\"id\":8}\n".into(), id: None };
            let received = answers.iter().map(|id| {
                let line = format!("{{\"jsonrpc\":\"2.0\",{id}\"error\":{{\"code\":-32600,\"message\":\"m\"}}}}");
                Event::ClientReceived { line: line.into() }
            });
            let recording = Recording::sample(std::iter::once(sent).chain(received));
            let mut findings = Findings::new(Level::Must, &recording);
            one_answer(&Scene::read(&recording), &mut findings);
            assert_eq!(findings.list.len(), wrong, "{answers:?}");
        }
    }
}
