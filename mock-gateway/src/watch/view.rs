//! What a person sees: a line for each decision, and who waits. Pure; values of the admin API come in,
//! text goes out, and nothing of a client can steer the terminal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

/// What is known of the requests and approvals that are open.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The requests that are not answered yet: time and call.
    open: HashMap<u64, [String; 2]>,
    /// Who waits, by numbers that are never given twice: a key that is pressed too late decides
    /// about nobody else.
    waiting: BTreeMap<usize, Waiting>,
    numbered: usize,
}

#[derive(Debug)]
struct Waiting {
    id: String,
    call: String,
    left: u64,
}

impl View {
    /// Takes an event of the journal, and gives the line that it is worth.
    pub(super) fn take(&mut self, event: &Value) -> Option<String> {
        let number = event["request"].as_u64();
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        match text("event") {
            "arrived" => {
                let time = text("time").get(11..19).unwrap_or_default().to_owned();
                self.open.insert(number?, [time, call(event)]);
                None
            }
            "decided" => {
                let [time, call] = self.open.get(&number?)?;
                let (choice, by, number) = (text("choice"), clean(text("by")), number?);
                let (style, quiet) = (style(choice), Style::new().dimmed());
                let mut line = format!(
                    "{quiet}{time} {:>5}{quiet:#} {style}{:<16}{style:#} {call}",
                    format!("#{number}"),
                    clean(choice)
                );
                write!(line, " {quiet}({by}){quiet:#}").expect("a String takes every text");
                for more in
                    [text("fault"), text("nearest")].into_iter().filter(|more| !more.is_empty() && *more != choice)
                {
                    write!(line, " {}", clean(more)).expect("a String takes every text");
                }
                Some(line)
            }
            "answered" => {
                self.open.remove(&number?);
                None
            }
            "broken" => {
                let [time, call] = self.open.remove(&number?)?;
                Some(format!("{time} {:>5} broken after {} bytes: {call}", format!("#{}", number?), event["sent"]))
            }
            "hung_up" => {
                let [time, call] = self.open.remove(&number?)?;
                Some(format!("{time} {:>5} the client hung up: {call}", format!("#{}", number?)))
            }
            "lost" => {
                self.open.clear();
                Some(format!("{} events were forgotten before they could be shown", event["events"]))
            }
            _ => None,
        }
    }

    /// Takes the approvals that are pending now; whoever is known keeps the number.
    pub(super) fn wait(&mut self, pending: &Value) {
        let pending = pending.as_array().map(Vec::as_slice).unwrap_or_default();
        let id = |approval: &Value| approval["approval_id"].as_str().unwrap_or_default().to_owned();
        let ids: BTreeSet<_> = pending.iter().map(id).collect();
        self.waiting.retain(|_, waiting| ids.contains(&waiting.id));
        for approval in pending {
            let (id, left) = (id(approval), approval["remaining_seconds"].as_u64().unwrap_or(0));
            if let Some(known) = self.waiting.values_mut().find(|waiting| waiting.id == id) {
                known.left = left;
                continue;
            }
            self.numbered += 1;
            let parts = ["tool_name", "method", "url"].map(|name| approval[name].as_str().unwrap_or_default());
            self.waiting.insert(self.numbered, Waiting { id, call: clean(&words(parts)), left });
        }
    }

    /// The numbers of those who wait.
    pub(super) fn labels(&self) -> BTreeSet<usize> {
        self.waiting.keys().copied().collect()
    }

    /// The approval with this number.
    pub(super) fn id(&self, label: usize) -> Option<&str> {
        self.waiting.get(&label).map(|waiting| &*waiting.id)
    }

    /// The line below all others, no longer than the terminal is wide.
    pub(super) fn bar(&self, prompt: Option<String>, width: usize) -> String {
        let waiting: Vec<_> = self
            .waiting
            .iter()
            .map(|(label, Waiting { call, left, .. })| format!("{label} {call} {}:{:02}", left / 60, left % 60))
            .collect();
        let who =
            if waiting.is_empty() { "nobody waits".to_owned() } else { format!("waiting: {}", waiting.join(" | ")) };
        let keys = "a d and a number: approve, deny | o: console | q: quit";
        let text = match prompt {
            Some(prompt) => format!("{prompt} | {who}"),
            None => format!("{keys} | {who}"),
        };
        text.chars().take(width.saturating_sub(1)).collect()
    }
}

/// What was decided, in a line.
pub(super) fn decided(label: usize, approval: &Value) -> String {
    let parts = ["status", "tool_name", "method", "url"].map(|name| approval[name].as_str().unwrap_or_default());
    format!("{label} is {}", clean(&words(parts)))
}

/// The call that a scan is about, else method and path of the request.
fn call(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let path = text("path").split('?').next().unwrap_or_default();
    let scan: Value = serde_json::from_str(text("body")).unwrap_or_default();
    let parts = ["tool_name", "method", "url"].map(|name| scan[name].as_str().unwrap_or_default());
    if path.ends_with("/v1/scan") && !parts[2].is_empty() {
        return clean(&words(parts));
    }
    clean(&words([text("method"), path]))
}

fn words<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// How much of a client's text is shown in a line.
const LONGEST: usize = 300;

/// A text without anything that steers a terminal or turns the line around: such characters are
/// written as their code points.
pub(super) fn clean(text: &str) -> String {
    let steers = |char: char| {
        char.is_control()
            || matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let mut clean = String::new();
    for (place, char) in text.chars().enumerate() {
        if place == LONGEST {
            clean.push('…');
            break;
        }
        if steers(char) {
            clean.extend(char.escape_unicode());
        } else {
            clean.push(char);
        }
    }
    clean
}

fn style(choice: &str) -> Style {
    let color = match choice {
        "ALLOW" => AnsiColor::Green,
        "SANITIZE" => AnsiColor::Cyan,
        "DENY" => AnsiColor::Red,
        "REQUIRE_APPROVAL" => AnsiColor::Yellow,
        "200" | "201" => return Style::new(),
        _ => AnsiColor::Magenta,
    };
    Style::new().fg_color(Some(color.into())).bold()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(line: &str) -> String {
        anstream::adapter::strip_str(line).to_string()
    }

    #[test]
    fn a_decision_is_one_line_with_its_call() {
        let mut view = View::default();
        let body = json!({ "tool_name": "slack", "method": "POST", "url": "https://a.example/x" }).to_string();
        let arrived = json!({ "event": "arrived", "request": 7, "time": "2026-01-01T00:02:14Z", "method": "POST", "path": "/v1/scan?x", "body": body });
        assert_eq!(view.take(&arrived), None);
        let decided = json!({ "event": "decided", "request": 7, "choice": "DENY", "by": "built in", "nearest": "nearest is rule 1; method asks for GET, got POST" });
        assert_eq!(
            plain(&view.take(&decided).unwrap()),
            "00:02:14    #7 DENY             slack POST https://a.example/x (built in) nearest is rule 1; method asks for GET, got POST"
        );
        assert_eq!(view.take(&json!({ "event": "answered", "request": 7, "status": 200 })), None);
        assert_eq!(view.take(&json!({ "event": "hung_up", "request": 7 })), None, "it is over");
        view.take(&json!({ "event": "arrived", "request": 8, "time": "2026-01-01T00:02:15Z", "method": "GET", "path": "/health" }));
        let broken = view.take(&json!({ "event": "broken", "request": 8, "sent": 20 })).unwrap();
        assert_eq!(broken, "00:02:15    #8 broken after 20 bytes: GET /health");
    }

    #[test]
    fn nothing_of_a_client_steers_the_terminal() {
        let mut view = View::default();
        let evil = "a\u{1b}[2J\r\n\u{7}\u{202e}\u{9b}b";
        let body = json!({ "tool_name": evil, "method": "POST", "url": format!("https://{evil}") }).to_string();
        view.take(
            &json!({ "event": "arrived", "request": 1, "time": "", "method": evil, "path": "/v1/scan", "body": body }),
        );
        let line =
            view.take(&json!({ "event": "decided", "request": 1, "choice": evil, "by": evil, "fault": evil })).unwrap();
        view.wait(
            &json!([{ "approval_id": "x", "tool_name": evil, "method": evil, "url": evil, "remaining_seconds": 9 }]),
        );
        let own = plain(&line);
        for text in [&own, &view.bar(None, 500), &decided(1, &json!({ "status": evil }))] {
            assert!(text.contains(r"a\u{1b}[2J\u{d}\u{a}\u{7}\u{202e}\u{9b}b"), "{text:?}");
            assert!(!text.chars().any(|char| char.is_control() || char == '\u{202e}'), "{text:?}");
        }
        assert!(clean(&"x".repeat(1_000_000)).chars().count() == LONGEST + 1);
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut view = View::default();
        let approval = |id: &str| json!({ "approval_id": id, "tool_name": "t", "method": "POST", "url": "u", "remaining_seconds": 61 });
        view.wait(&json!([approval("a"), approval("b")]));
        assert_eq!((view.id(1), view.id(2)), (Some("a"), Some("b")));
        view.wait(&json!([approval("b"), approval("c")]));
        assert_eq!((view.id(1), view.id(2), view.id(3)), (None, Some("b"), Some("c")));
        assert!(view.bar(None, 200).ends_with("waiting: 2 t POST u 1:01 | 3 t POST u 1:01"), "{}", view.bar(None, 200));
        assert_eq!(view.bar(Some("approve which? ".to_owned()), 9), "approve ");
    }
}
