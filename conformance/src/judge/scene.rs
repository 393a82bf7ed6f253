//! A recording made easy to ask: messages parsed once, requests and answers by id, what the gateway
//! saw during a step. No judgement.

use mock_gateway::json::{Json, JsonError};

use crate::recording::{Event, Key, Recording, Status, Text};

/// A recording, indexed.
pub(super) struct Scene<'a> {
    pub(super) recording: &'a Recording,
    /// The lines that the client received, parsed.
    pub(super) received: Vec<(&'a Text, Result<Json, JsonError>)>,
}

/// A request that the gateway received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) number: u64,
    pub(super) path: &'a str,
    pub(super) key: Key,
    pub(super) body: &'a Text,
}

impl Asked<'_> {
    /// The body as exact JSON; `None` when it is not strict JSON.
    pub(super) fn json(&self) -> Option<Json> {
        Json::parse(&self.body.0).ok()
    }
}

impl<'a> Scene<'a> {
    pub(super) fn read(recording: &'a Recording) -> Self {
        let received = recording.received().map(|line| (line, Json::parse(&line.0))).collect();
        Self { recording, received }
    }

    fn events(&self) -> impl Iterator<Item = &'a Event> {
        self.recording.entries.iter().map(|entry| &entry.event)
    }

    /// The messages that the client received and that are JSON at all.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Json> {
        self.received.iter().filter_map(|(_, message)| message.as_ref().ok())
    }

    /// The answers that the client received, those without an id included.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Json> {
        self.messages().filter(|message| is_answer(message))
    }

    /// The answer to the request of a step: the first that came after it was asked and before the
    /// client stopped waiting. What comes too late is no answer.
    pub(super) fn answer(&self, step: &str) -> Option<&Json> {
        let id = self.request(step)?.1;
        let mut lines = self.received.iter();
        let mut asked = false;
        for event in self.events() {
            match event {
                Event::ClientReceived { .. } => {
                    let message = lines.next().and_then(|(_, message)| message.as_ref().ok());
                    let fits = |message: &&Json| is_answer(message) && message.get("id") == Some(&id);
                    if let Some(answer) = message.filter(fits).filter(|_| asked) {
                        return Some(answer);
                    }
                }
                Event::ClientSent { step: at, id: Some(_), .. } if at == step => asked = true,
                Event::GaveUp { step: at, .. } if at == step => return None,
                _ => {}
            }
        }
        None
    }

    /// The answers to all requests of a step, such as the pages of a list.
    pub(super) fn pages(&self, step: &str) -> Vec<&Json> {
        let ids: Vec<Json> = self
            .events()
            .filter_map(|event| match event {
                Event::ClientSent { step: at, id: Some(id), .. } if at == step => Json::parse(id.as_bytes()).ok(),
                _ => None,
            })
            .collect();
        self.answers().filter(|answer| answer.get("id").is_some_and(|id| ids.contains(id))).collect()
    }

    /// An answer to another request of the same `concurrently` that came before the answer of this step.
    pub(super) fn answered_before(&self, step: &str) -> Option<&Json> {
        let (group, _) = step.split_once('.')?;
        let others: Vec<Json> = self
            .events()
            .filter_map(|event| match event {
                Event::ClientSent { step: at, id: Some(id), .. }
                    if at != step && at.split('.').next() == Some(group) =>
                {
                    Json::parse(id.as_bytes()).ok()
                }
                _ => None,
            })
            .collect();
        let own = self.request(step)?.1;
        self.answers()
            .take_while(|answer| answer.get("id") != Some(&own))
            .find(|answer| answer.get("id").is_some_and(|id| others.contains(id)))
    }

    /// The request that the client sent in a step, and its id.
    pub(super) fn request(&self, step: &str) -> Option<(Json, Json)> {
        self.events().find_map(|event| match event {
            Event::ClientSent { step: at, bytes, id: Some(id) } if at == step => {
                Some((Json::parse(&bytes.0).ok()?, Json::parse(id.as_bytes()).ok()?))
            }
            _ => None,
        })
    }

    /// A member of the arguments that the client sent in a step.
    pub(super) fn argument(&self, step: &str, name: &str) -> Option<Json> {
        self.request(step)?.0.pointer("/params/arguments")?.get(name).cloned()
    }

    /// The events of a step, those of its inner steps included. An inner step shares the time of the
    /// step that holds it, because all of them are under way at once.
    pub(super) fn during(&self, step: &str) -> impl Iterator<Item = &'a Event> {
        let outer = step.split('.').next().unwrap_or(step).to_owned();
        let inside =
            move |name: &str| name == outer || name.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('.'));
        let mut current = false;
        self.events().filter(move |event| {
            if let Event::Step { step } = event {
                current = inside(step);
            }
            current
        })
    }

    /// What the gateway was asked during a step. Of an inner step, only what names the same url.
    pub(super) fn asked(&self, step: &str) -> Vec<Asked<'a>> {
        let url = step.contains('.').then(|| self.argument(step, "url")).flatten();
        let asked = self.during(step).filter_map(|event| match event {
            Event::GatewayAsked { number, path, key, body, .. } => {
                Some(Asked { number: *number, path, key: *key, body })
            }
            _ => None,
        });
        asked
            .filter(|asked| url.is_none() || asked.json().as_ref().and_then(|body| body.get("url")) == url.as_ref())
            .collect()
    }

    /// The gateway's answer to a request, when it went out whole.
    pub(super) fn gateway_answer(&self, number: u64) -> Option<(u16, &'a Text)> {
        self.events().find_map(|event| match event {
            Event::GatewayAnswered { number: of, status, body } if *of == number => Some((*status, body)),
            _ => None,
        })
    }

    /// The last verdict that the gateway gave during a step.
    pub(super) fn gateway_verdict(&self, step: &str) -> Option<Json> {
        self.asked(step).iter().rev().find_map(|asked| match self.gateway_answer(asked.number)? {
            (200, body) => Json::parse(&body.0).ok(),
            _ => None,
        })
    }

    /// What the gateway saw during a step, to be shown.
    pub(super) fn gateway_view(&self, step: &str) -> String {
        let asked = self.asked(step);
        let lines: Vec<_> = asked
            .iter()
            .map(|asked| match self.gateway_answer(asked.number) {
                Some((status, body)) => format!("{} {} → {status} {}", asked.path, asked.body.lossy(), body.lossy()),
                None => format!("{} {} → no whole answer", asked.path, asked.body.lossy()),
            })
            .collect();
        if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
    }

    /// How long the client waited in vain for the answer of a step, in milliseconds.
    pub(super) fn waited(&self, step: &str) -> Option<u64> {
        self.events().find_map(|event| match event {
            Event::GaveUp { step: at, after_ms, .. } if at == step => Some(*after_ms),
            _ => None,
        })
    }

    /// How the guard ended, when it ended before anybody asked it to.
    pub(super) fn died(&self) -> Option<Status> {
        self.events()
            .take_while(|event| !matches!(event, Event::StdinClosed | Event::Signalled { .. } | Event::Killed))
            .find_map(|event| match event {
                Event::Exited { status } => Some(*status),
                _ => None,
            })
    }

    /// The guard's last words on stderr, to be shown.
    pub(super) fn last_words(&self) -> String {
        let words = self.recording.last_words(5);
        if words.is_empty() { "nothing on stderr".to_owned() } else { format!("stderr: {}", words.join(" ⏎ ")) }
    }
}

/// Whether a message would be taken for an answer; one that also has a method is malformed, but some
/// clients look at the result first.
fn is_answer(message: &Json) -> bool {
    let has = |name: &str| message.get(name).is_some();
    has("result") || has("error") || (has("id") && !has("method"))
}
