//! What an upstream does about each line it reads: messages in, deeds out, in both eras of MCP. Pure;
//! never a process, a socket or a clock.

mod question;
mod task;
mod tool;

use std::collections::BTreeSet;
use std::time::Duration;

use mock_gateway::json::Json;

use super::call::{self, Call, content, member, members, notification, object, refusal, text};
use super::offer::Offer;
use super::traits::Trait;
use crate::version::{Era, Version};

/// What an upstream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Writes the answer to a request.
    Answer(String),
    /// Writes a line that is none.
    Say(String),
    /// Writes so many bytes to stderr.
    Flood(usize),
    /// Comes back to what it calls by this number when the time has passed.
    Wake(u64, Duration),
    /// Exits with this code, at once.
    Exit(i32),
}

/// What an upstream knows of its client, and still owes it.
#[derive(Debug)]
pub(super) struct Session {
    offer: Offer,
    traits: BTreeSet<Trait>,
    /// The names of its variables.
    environment: Vec<String>,
    /// The version of the handshake, when there was one.
    agreed: Option<Version>,
    /// What the client declared in the handshake.
    capabilities: Json,
    /// The least of [`LEVELS`] that the client wants to see.
    log_level: usize,
    waiting: Vec<Waiting>,
    /// How many things were given a number.
    counted: u64,
    tasks: Vec<(String, Call)>,
}

/// A request that is not answered yet.
#[derive(Debug)]
struct Waiting {
    call: Call,
    until: Until,
}

#[derive(Debug, PartialEq, Eq)]
enum Until {
    /// The time that was asked for under this number has passed.
    Time(u64),
    /// The client has answered the question of this number.
    Reply(u64),
    /// The client takes it back.
    Cancelled,
}

/// RFC 5424, as in MCP 2025-11-25, server/utilities/logging.
const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

fn level(name: Option<&Json>) -> Option<usize> {
    LEVELS.iter().position(|level| Some(*level) == name.and_then(Json::as_str))
}

impl Session {
    pub(super) fn new(traits: BTreeSet<Trait>, environment: Vec<String>) -> Self {
        Self {
            offer: Offer::read(),
            traits,
            environment,
            agreed: None,
            capabilities: Json::Null,
            log_level: 0,
            waiting: Vec::new(),
            counted: 0,
            tasks: Vec::new(),
        }
    }

    /// What to do about a line that was read.
    pub(super) fn take(&mut self, line: &[u8]) -> Vec<Deed> {
        if self.traits.contains(&Trait::Mute) {
            return Vec::new();
        }
        match Json::parse(line) {
            Err(_) => vec![refusal(None, -32700, "this line is not strict JSON", None)],
            Ok(Json::Array(messages)) if self.agreed.is_some_and(Version::has_batches) && !messages.is_empty() => {
                joined(messages.iter().flat_map(|message| self.message(message)).collect())
            }
            Ok(message) => self.message(&message),
        }
    }

    fn message(&mut self, message: &Json) -> Vec<Deed> {
        let method = message.get("method").and_then(Json::as_str);
        match (method, message.get("id")) {
            (Some(method), Some(id @ (Json::Number(_) | Json::String(_)))) => {
                let (id, method) = (id.clone(), method.to_owned());
                let params = message.get("params").cloned().unwrap_or(Json::Null);
                self.request(Call { id, method, params, era: Era::Legacy, server_info: self.offer.part("/serverInfo") })
            }
            (Some(method), None) => {
                self.notified(method, message.get("params"));
                Vec::new()
            }
            (None, Some(id)) if message.get("result").is_some() || message.get("error").is_some() => {
                self.replied(id, message)
            }
            (_, id) => vec![refusal(id, -32600, "this is no message of JSON-RPC 2.0", None)],
        }
    }

    /// What to do when the time of this number has passed.
    pub(super) fn woken(&mut self, number: u64) -> Vec<Deed> {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.until == Until::Time(number)) else {
            return Vec::new();
        };
        vec![self.waiting.swap_remove(at).call.answer(vec![content("at last")])]
    }

    /// Whether an answer will come of itself.
    pub(super) fn is_at_work(&self) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting.until, Until::Time(_)))
    }

    /// Takes back what is cancelled; every other notification has been reported, and means nothing here.
    fn notified(&mut self, method: &str, params: Option<&Json>) {
        if method == "notifications/cancelled" {
            let id = params.and_then(|params| params.get("requestId"));
            self.waiting.retain(|waiting| Some(&waiting.call.id) != id);
        }
    }

    /// A request, in the era by which it is made.
    fn request(&mut self, mut call: Call) -> Vec<Deed> {
        match (call.method.as_str(), call.meta(call::VERSION).cloned()) {
            ("initialize", _) => return vec![self.initialize(&call)],
            (_, Some(version)) if version.as_str() == Some(Version::V2026_07_28.name()) => {
                call.era = Era::Modern;
                if call.meta(call::CAPABILITIES).is_none() {
                    return vec![call.invalid("a request carries the capabilities of its client")];
                }
            }
            // MCP 2026-07-28, basic/versioning: the error names what would do, and what was asked for.
            (_, Some(version)) => {
                let supported = Json::Array(vec![text(Version::V2026_07_28.name())]);
                let data = object([member("supported", supported), member("requested", version)]);
                return vec![call.refuse(-32022, "unsupported protocol version", &data)];
            }
            ("ping", None) => {}
            (_, None) if self.agreed.is_none() => {
                return vec![call.invalid("a request without a handshake carries its protocol version")];
            }
            (_, None) => {}
        }
        let mut deeds = self.served(&call);
        if self.traits.contains(&Trait::Chatty) {
            deeds.push(logged("you asked, I talk"));
            deeds.push(notification("notifications/tools/list_changed", Vec::new()));
        }
        deeds
    }

    /// MCP 2025-11-25, basic/lifecycle: the version asked for where it is known, else the newest.
    fn initialize(&mut self, call: &Call) -> Deed {
        let asked = call.text("protocolVersion").and_then(|version| version.parse::<Version>().ok());
        let version = asked.filter(|version| version.era() == Era::Legacy).unwrap_or(Version::V2025_11_25);
        self.agreed = Some(version);
        self.capabilities = call.param("capabilities").cloned().unwrap_or(Json::Null);
        let mut capabilities = members(self.offer.part("/capabilities"));
        if version == Version::V2025_11_25 {
            capabilities.push(member("tasks", self.offer.part("/tasks")));
        }
        call.answer(vec![
            member("protocolVersion", text(version.name())),
            member("capabilities", Json::Object(capabilities)),
            member("serverInfo", self.offer.part("/serverInfo")),
            member("instructions", self.offer.part("/instructions")),
        ])
    }

    fn served(&mut self, call: &Call) -> Vec<Deed> {
        let done = || vec![call.answer(Vec::new())];
        match (call.era, call.method.as_str()) {
            (_, "tools/call") => self.tool(call),
            (_, "tools/list") => vec![self.page(call, "tools")],
            (_, "resources/list") => vec![self.page(call, "resources")],
            (_, "resources/templates/list") => vec![self.page(call, "resourceTemplates")],
            (_, "prompts/list") => vec![self.page(call, "prompts")],
            (_, "resources/read") => vec![self.read(call)],
            (_, "prompts/get") => vec![prompt(call)],
            (_, "completion/complete") => vec![completion(call)],
            (Era::Modern, "server/discover") => vec![call.answer(vec![
                member("supportedVersions", Json::Array(vec![text(Version::V2026_07_28.name())])),
                member("capabilities", self.offer.part("/capabilities")),
                member("instructions", self.offer.part("/instructions")),
            ])],
            (Era::Modern, "subscriptions/listen") => self.listen(call),
            (Era::Legacy, "ping" | "resources/unsubscribe") => done(),
            (Era::Legacy, "resources/subscribe") => match call.param("uri") {
                Some(uri @ Json::String(_)) => {
                    let updated = vec![member("uri", uri.clone())];
                    vec![call.answer(Vec::new()), notification("notifications/resources/updated", updated)]
                }
                _ => vec![call.invalid("a resource is named by its uri")],
            },
            (Era::Legacy, "logging/setLevel") => match level(call.param("level")) {
                Some(level) => {
                    self.log_level = level;
                    done()
                }
                None => vec![call.invalid("there is no such level")],
            },
            (Era::Legacy, "tasks/get" | "tasks/result" | "tasks/list" | "tasks/cancel")
                if self.agreed == Some(Version::V2025_11_25) =>
            {
                vec![self.task(call)]
            }
            (_, method) => {
                vec![call.refuse(-32601, "method not found", &object([member("method", text(method))]))]
            }
        }
    }

    fn page(&self, call: &Call, list: &str) -> Deed {
        match self.offer.page(list, call.param("cursor")) {
            Some(page) => call.answer(page),
            None => call.invalid("no page has that cursor"),
        }
    }

    fn read(&self, call: &Call) -> Deed {
        let uri = call.text("uri").unwrap_or_default();
        match (self.offer.content(uri), call.era) {
            (Some(content), _) => call.answer(vec![member("contents", Json::Array(vec![content]))]),
            // MCP 2025-11-25, server/resources; the code may not be used since.
            (None, Era::Legacy) => call.refuse(-32002, "resource not found", &object([member("uri", text(uri))])),
            (None, Era::Modern) => call.invalid("there is no such resource"),
        }
    }

    /// MCP 2026-07-28, basic/patterns/subscriptions: acknowledged first, and open until it is cancelled.
    fn listen(&mut self, call: &Call) -> Vec<Deed> {
        let mark = || member("_meta", object([member(call::SUBSCRIPTION, call.id.clone())]));
        let wanted = call.param("notifications").cloned().unwrap_or(Json::Null);
        let resources = wanted.get("resourceSubscriptions").and_then(Json::as_array).unwrap_or_default();
        let updated = resources
            .iter()
            .map(|uri| notification("notifications/resources/updated", vec![mark(), member("uri", uri.clone())]));
        let first = notification(
            "notifications/subscriptions/acknowledged",
            vec![mark(), member("notifications", wanted.clone())],
        );
        self.waiting.push(Waiting { call: call.clone(), until: Until::Cancelled });
        std::iter::once(first).chain(updated).collect()
    }

    /// The next number for something that is waited for; the first is 0, as in many servers, so that
    /// its own requests have ids that its client's have too.
    fn number(&mut self) -> u64 {
        self.counted += 1;
        self.counted - 1
    }
}

fn prompt(call: &Call) -> Deed {
    let words = match call.text("name") {
        Some("greet") => {
            let who = call.param("arguments").and_then(|arguments| arguments.get("who")).and_then(Json::as_str);
            let Some(who) = who else { return call.invalid("greet wants to know `who`") };
            format!("Greet {who}.")
        }
        Some("plain") => "Be plain.".to_owned(),
        _ => return call.invalid("there is no such prompt"),
    };
    let block = object([member("type", text("text")), member("text", text(words))]);
    let message = object([member("role", text("user")), member("content", block)]);
    call.answer(vec![member("description", text("A prompt.")), member("messages", Json::Array(vec![message]))])
}

fn completion(call: &Call) -> Deed {
    let begun = call.param("argument").and_then(|argument| argument.get("value")).and_then(Json::as_str);
    let Some(begun) = begun else { return call.invalid("an argument has a value") };
    let values = ["a", "b"].map(|end| text(format!("{begun}{end}"))).into();
    let total = Json::Number("2".to_owned());
    let found =
        object([member("values", Json::Array(values)), member("total", total), member("hasMore", Json::Bool(false))]);
    call.answer(vec![member("completion", found)])
}

/// A log message at the level `warning`.
fn logged(words: &str) -> Deed {
    let data = object([member("words", text(words))]);
    let params = vec![member("level", text("warning")), member("logger", text("upstream")), member("data", data)];
    notification("notifications/message", params)
}

/// The answers to a batch in one line (MCP 2025-03-26, basic, "Batching"); all else as it was.
fn joined(deeds: Vec<Deed>) -> Vec<Deed> {
    let (answers, mut others): (Vec<_>, Vec<_>) = deeds.into_iter().partition(|deed| matches!(deed, Deed::Answer(_)));
    let texts: Vec<_> = answers
        .into_iter()
        .filter_map(|deed| match deed {
            Deed::Answer(text) => Some(text),
            _ => None,
        })
        .collect();
    if !texts.is_empty() {
        others.push(Deed::Answer(format!("[{}]", texts.join(","))));
    }
    others
}
