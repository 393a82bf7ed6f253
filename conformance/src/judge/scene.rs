//! A recording made easy to ask: messages parsed once, requests and answers by id, what the gateway
//! saw during a step. No judgement.

mod asked;
mod upstream;

use std::collections::HashMap;

use mock_gateway::json::{Json, JsonError};

use crate::recording::{Event, Recording, Status, Stream, Text};
use crate::step::Field;
use crate::subject::Tools;
pub(super) use asked::Asked;
use asked::AskedIn;
pub(super) use upstream::Got;

/// A recording, indexed. `at` is the place of an entry in it.
pub(super) struct Scene<'a> {
    pub(super) recording: &'a Recording,
    /// The lines that the client received and that are not JSON.
    pub(super) noise: Vec<(&'a Text, JsonError)>,
    /// The messages that it received; those of a batch one by one, where the version has batches.
    messages: Vec<Message>,
    /// What it sent that has an id.
    requests: Vec<Request>,
    requests_of: HashMap<String, Vec<usize>>,
    /// The answers by id, those without one under `null`.
    answers_to: HashMap<Json, Vec<usize>>,
    asked: Vec<Asked<'a>>,
    asked_in: AskedIn<'a>,
    /// What reached the server behind a proxy, the messages of an array one by one.
    pub(super) got: Vec<Got<'a>>,
    /// What was sent in each step that is no request of the client's own making: lines and notifications.
    lines: HashMap<&'a str, (usize, &'a Text)>,
    /// When the client stopped waiting for a step, and after how many milliseconds.
    gave_up: HashMap<&'a str, (usize, u64)>,
}

struct Message {
    at: usize,
    json: Json,
}

struct Request {
    at: usize,
    id: Json,
    /// `None` for a line that is not strict JSON.
    json: Option<Json>,
}

impl<'a> Scene<'a> {
    pub(super) fn read(recording: &'a Recording) -> Self {
        let mut scene = Self {
            recording,
            noise: Vec::new(),
            messages: Vec::new(),
            requests: Vec::new(),
            requests_of: HashMap::new(),
            answers_to: HashMap::new(),
            asked: Vec::new(),
            asked_in: AskedIn::default(),
            got: Vec::new(),
            lines: HashMap::new(),
            gave_up: HashMap::new(),
        };
        let mut during = "";
        let mut number_at = HashMap::new();
        let mut batches = false;
        for (at, entry) in recording.entries.iter().enumerate() {
            match &entry.event {
                Event::Step { step } => during = outermost(step),
                Event::ClientSent { step, bytes, id } => {
                    batches |= bytes.0.first() == Some(&b'[') && recording.header.version.has_batches();
                    scene.lines.insert(step, (at, bytes));
                    scene.sent(at, step, bytes, id.as_deref());
                }
                Event::ClientReceived { line } => scene.received(at, line, batches),
                Event::GaveUp { step, after_ms, .. } => {
                    scene.gave_up.insert(step, (at, *after_ms));
                }
                Event::GatewayAsked { number, path, headers, key, body, .. } => {
                    number_at.insert(*number, scene.asked.len());
                    let json = Json::parse(&body.0).ok();
                    let asked = Asked { at, path, headers, key: *key, body, json, answer: None, during };
                    scene.asked_in.note(scene.asked.len(), &asked);
                    scene.asked.push(asked);
                }
                Event::UpstreamGot { line, .. } => scene.got.extend(Got::read(line, at, during)),
                Event::GatewayAnswered { number, status, body } => {
                    if let Some(at) = number_at.get(number) {
                        scene.asked[*at].answer = Some((*status, body));
                    }
                }
                _ => {}
            }
        }
        scene
    }

    fn sent(&mut self, at: usize, step: &str, bytes: &Text, id: Option<&str>) {
        let json = Json::parse(&bytes.0).ok();
        if let (Some(Json::Array(messages)), None) = (&json, id) {
            // The inner steps of a batch are its messages, in order.
            for (index, message) in messages.iter().enumerate() {
                if let Some(id) = message.get("id").cloned() {
                    self.request(at, format!("{step}.{}", index + 1), id, Some(message.clone()));
                }
            }
        } else if let Some(id) = id.and_then(|id| Json::parse(id.as_bytes()).ok()) {
            self.request(at, step.to_owned(), id, json);
        }
    }

    fn request(&mut self, at: usize, step: String, id: Json, json: Option<Json>) {
        self.requests_of.entry(step).or_default().push(self.requests.len());
        self.requests.push(Request { at, id, json });
    }

    /// An array holds several messages only for a client that has sent one.
    fn received(&mut self, at: usize, line: &'a Text, batches: bool) {
        let messages = match Json::parse(&line.0) {
            Ok(Json::Array(messages)) if batches && !messages.is_empty() => messages,
            Ok(message) => vec![message],
            Err(error) => return self.noise.push((line, error)),
        };
        for json in messages {
            if is_answer(&json) {
                let id = json.get("id").cloned().unwrap_or(Json::Null);
                self.answers_to.entry(id).or_default().push(self.messages.len());
            }
            self.messages.push(Message { at, json });
        }
    }

    fn events(&self) -> impl Iterator<Item = &'a Event> + use<'a> {
        self.recording.entries.iter().map(|entry| &entry.event)
    }

    /// The messages that the client received.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Json> {
        self.messages.iter().map(|message| &message.json)
    }

    /// The answers that the client received, those without an id included.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Json> {
        self.messages().filter(|message| is_answer(message))
    }

    /// The messages that the client received, each with its place in the recording.
    pub(super) fn received_at(&self) -> impl Iterator<Item = (usize, &Json)> {
        self.messages.iter().map(|message| (message.at, &message.json))
    }

    /// The requests that were strict JSON, each with its place and, where it was answered, that of its first answer.
    pub(super) fn requested_at(&self) -> impl Iterator<Item = (usize, &Json, Option<usize>)> {
        self.requests.iter().filter_map(|request| {
            let answered = self.first_answer(&request.id, request.at, usize::MAX).map(|answer| answer.at);
            Some((request.at, request.json.as_ref()?, answered))
        })
    }

    /// Every answer with the request that asked for it; of an id that was used twice, the first.
    pub(super) fn exchanges(&self) -> impl Iterator<Item = (&Json, &Json)> {
        self.requests.iter().filter_map(|request| {
            let json = request.json.as_ref()?;
            json.get("method")?.as_str()?;
            Some((json, self.answer_to(request, usize::MAX)?))
        })
    }

    /// The first answer to a request that came after it was sent and before `until`.
    fn answer_to(&self, request: &Request, until: usize) -> Option<&Json> {
        self.first_answer(&request.id, request.at, until).map(|message| &message.json)
    }

    fn first_answer(&self, id: &Json, after: usize, until: usize) -> Option<&Message> {
        let answers = self.answers_to.get(id)?;
        answers.iter().map(|index| &self.messages[*index]).find(|message| (after..until).contains(&message.at))
    }

    /// The request that a step was first made of.
    fn first_request(&self, step: &str) -> Option<&Request> {
        self.requests_of.get(step)?.first().map(|index| &self.requests[*index])
    }

    /// When the client stopped waiting for a step; what comes later is no answer.
    fn until(&self, step: &str) -> usize {
        self.gave_up.get(step).map_or(usize::MAX, |(at, _)| *at)
    }

    /// The answer to the request of a step, in time.
    pub(super) fn answer(&self, step: &str) -> Option<&Json> {
        self.answer_to(self.first_request(step)?, self.until(step))
    }

    /// The answer to the request of a step, however late.
    pub(super) fn late_answer(&self, step: &str) -> Option<&Json> {
        self.answer_to(self.first_request(step)?, usize::MAX)
    }

    /// An error without an id that came in time after a line whose id may not have been readable.
    pub(super) fn answer_to_unreadable(&self, step: &str) -> Option<&Json> {
        let request = self.first_request(step)?;
        self.first_answer(&Json::Null, request.at, self.until(step)).map(|message| &message.json)
    }

    /// The answers to all requests of a step, such as the pages of a list.
    pub(super) fn pages(&self, step: &str) -> Vec<&Json> {
        let requests = self.requests_of.get(step).into_iter().flatten().map(|index| &self.requests[*index]);
        requests.filter_map(|request| self.answer_to(request, usize::MAX)).collect()
    }

    /// An answer to another request of the same `concurrently` that came before the answer of this step.
    pub(super) fn answered_before(&self, step: &str) -> Option<&Json> {
        let group = step.split_once('.')?.0;
        let own = self.first_request(step)?;
        let end = self.first_answer(&own.id, own.at, usize::MAX)?.at;
        let is_other = |other: &str| other != step && other.split_once('.').is_some_and(|(outer, _)| outer == group);
        let others =
            self.requests_of.keys().filter(|other| is_other(other)).filter_map(|other| self.first_request(other));
        others.filter_map(|other| self.answer_to(other, end)).next()
    }

    /// The request that the client sent in a step, where it was strict JSON.
    pub(super) fn request_of(&self, step: &str) -> Option<&Json> {
        self.first_request(step)?.json.as_ref()
    }

    /// The id of the request of a step.
    pub(super) fn id_of(&self, step: &str) -> Option<&Json> {
        self.first_request(step).map(|request| &request.id)
    }

    /// A member of the arguments that the client sent in a step.
    pub(super) fn argument(&self, step: &str, name: &str) -> Option<&Json> {
        self.request_of(step)?.pointer("/params/arguments")?.get(name)
    }

    /// The events of a step, those of its inner steps included. An inner step shares the time of the
    /// step that holds it, because all of them are under way at once.
    pub(super) fn during(&self, step: &str) -> impl Iterator<Item = &'a Event> + use<'a> {
        let outer = outermost(step).to_owned();
        let mut current = false;
        self.events().filter(move |event| {
            if let Event::Step { step } = event {
                current = outermost(step) == outer;
            }
            current
        })
    }

    /// A field as the client sent it in a step: an argument of a scan, or what a proxy makes of a call.
    pub(super) fn sent_field(&self, step: &str, field: Field) -> Option<&Json> {
        let params = self.request_of(step)?.get("params")?;
        match field {
            _ if self.is_scan(params) => params.get("arguments")?.get(field.name()),
            Field::ToolName => params.get("name"),
            Field::Body => params.get("arguments"),
            _ => None,
        }
    }

    fn is_scan(&self, params: &Json) -> bool {
        let Tools { scan, scan_response } = &self.recording.header.tools;
        params.get("name").and_then(Json::as_str).is_some_and(|name| name == scan || name == scan_response)
    }

    /// Whether, after the line of a step was sent, the gateway was ever asked about a url that stands in it
    /// and in no other line of the play.
    pub(super) fn was_asked_later(&self, step: &str) -> bool {
        let Some((sent_at, line)) = self.lines.get(step) else { return false };
        let line = line.lossy();
        self.asked.iter().filter(|asked| asked.at > *sent_at).any(|asked| {
            let url = asked.json.as_ref().and_then(|body| body.get("url")?.as_str()).unwrap_or_default();
            let stands_in = |text: &str| text.contains(&format!("\"{url}\""));
            let elsewhere = self.lines.iter().any(|(other, (_, line))| *other != step && stands_in(&line.lossy()));
            !url.is_empty() && stands_in(&line) && !elsewhere
        })
    }

    /// The last verdict that the gateway gave during a step; of a response scan, its answer.
    pub(super) fn gateway_verdict(&self, step: &str) -> Option<Json> {
        let tool = self.request_of(step).and_then(|request| request.pointer("/params/name")?.as_str());
        let of_response = tool == Some(&self.recording.header.tools.scan_response);
        let counts = |asked: &&&Asked<'_>| of_response || asked.is_scan();
        self.asked(step).iter().rev().filter(counts).find_map(|asked| asked.verdict())
    }

    /// What the gateway saw during a step, to be shown.
    pub(super) fn gateway_view(&self, step: &str) -> String {
        let asked = self.asked(step);
        let lines: Vec<_> = asked.iter().map(|asked| format!("{} {}", asked.path, asked.view())).collect();
        if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
    }

    /// How long the client waited in vain for the answer of a step, in milliseconds.
    pub(super) fn waited(&self, step: &str) -> Option<u64> {
        self.gave_up.get(step).map(|(_, after_ms)| *after_ms)
    }

    /// How the guard ended, when it ended before anybody asked it to.
    pub(super) fn died(&self) -> Option<Status> {
        let mut may_end = false;
        self.events().find_map(|event| match event {
            Event::Started { .. } => {
                may_end = false;
                None
            }
            Event::StdinClosed | Event::StdoutClosed | Event::Signalled { .. } | Event::Killed => {
                may_end = true;
                None
            }
            Event::Exited { status } if !may_end => Some(*status),
            _ => None,
        })
    }

    /// The guard's last words on stderr, to be shown; before them, why the harness killed it, if it did.
    pub(super) fn last_words(&self) -> String {
        let killed = self.events().find_map(|event| match event {
            Event::Flooded { stream: Stream::Processes, kept } => Some(format!("it had {kept} processes")),
            Event::Flooded { stream: Stream::Folder, kept } => Some(format!("its folder held {kept} bytes")),
            Event::Flooded { stream: Stream::Files, kept } => Some(format!("its folder held {kept} files")),
            _ => None,
        });
        let killed = killed.map(|reason| format!("killed by the harness because {reason}; ")).unwrap_or_default();
        let words = self.recording.last_words(5);
        if words.is_empty() {
            format!("{killed}nothing on stderr")
        } else {
            format!("{killed}stderr: {}", words.join(" ⏎ "))
        }
    }
}

/// The step that holds a step: `3` of `3.1`.
fn outermost(step: &str) -> &str {
    step.split_once('.').map_or(step, |(outer, _)| outer)
}

/// Whether a message would be taken for an answer; one that also has a method is malformed, but some
/// clients look at the result first.
fn is_answer(message: &Json) -> bool {
    let has = |name: &str| message.get(name).is_some();
    has("result") || has("error") || (has("id") && !has("method"))
}
