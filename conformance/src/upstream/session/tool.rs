//! What each tool of the upstream does. Never how it is listed, which stands in the offer.

use std::time::Duration;

use mock_gateway::json::Json;

use super::super::call::{self, Call, content, member, members, notification, object, text};
use super::{Deed, LEVELS, Session, Until, Waiting, level, logged};
use crate::version::Era;

/// How much `huge` and `flood` give, in bytes.
const MUCH: usize = 1 << 20;

/// How long `slow` takes when it is not told, and at most, in milliseconds.
const SLOW: (u64, u64) = (400, 60_000);

impl Session {
    pub(super) fn tool(&mut self, call: &Call) -> Vec<Deed> {
        let Some(name) = call.text("name").map(str::to_owned) else { return vec![call.invalid("a tool has a name")] };
        if !self.offer.has_tool(&name) {
            return vec![call.refuse(-32602, "unknown tool", &object([member("name", text(name))]))];
        }
        if let Some(deed) = self.begun_as_task(call, &name) {
            return vec![deed];
        }
        let done = || call.answer(vec![content("done")]);
        match name.as_str() {
            "read" | "fail" => vec![call.answer(members(self.offer.part(&format!("/results/{name}"))))],
            // Private codes lie outside of the range of JSON-RPC in new servers; this one is an old server.
            "break" => vec![call.refuse(-31050, "broken", &object([member("part", text("spring"))]))],
            "progress" => progress(call).into_iter().chain([done()]).collect(),
            "ask" | "sample" | "roots" => self.ask(call, &name),
            "slow" => {
                let asked = match call.arguments().get("ms") {
                    Some(Json::Number(digits)) => digits.parse().unwrap_or(SLOW.0),
                    _ => SLOW.0,
                };
                let number = self.number();
                self.waiting.push(Waiting { call: call.clone(), until: Until::Time(number) });
                vec![Deed::Wake(number, Duration::from_millis(asked.min(SLOW.1)))]
            }
            "never" => {
                self.waiting.push(Waiting { call: call.clone(), until: Until::Cancelled });
                Vec::new()
            }
            "huge" => vec![call.answer(vec![content("0123456789abcdef".repeat(MUCH / 16))])],
            "log" => self.log(call).into_iter().chain([done()]).collect(),
            "noise" => vec![Deed::Say("this is no JSON: {".to_owned()), done()],
            "flood" => vec![Deed::Flood(MUCH), done()],
            "crash" => vec![Deed::Exit(7)],
            "twice" => vec![done(), done()],
            "environment" => {
                let names = Json::Array(self.environment.iter().map(text).collect());
                vec![call.answer(vec![
                    content(names.to_string()),
                    member("structuredContent", object([member("names", names)])),
                ])]
            }
            _ => vec![call.answer(echoed(call.arguments()))],
        }
    }

    /// A log message, where the client wants it: by a level once set, or in the modern era by that of
    /// the request (MCP 2026-07-28, server/utilities/logging).
    fn log(&self, call: &Call) -> Option<Deed> {
        let least = match call.era {
            Era::Legacy => Some(self.log_level),
            Era::Modern => level(call.meta(call::LOG_LEVEL)),
        };
        let ours = LEVELS.iter().position(|level| *level == "warning")?;
        (ours >= least?).then(|| logged("as you wished"))
    }
}

/// The arguments, as text and as a value: their numbers keep their digits and their keys their order.
pub(super) fn echoed(arguments: Json) -> Vec<(String, Json)> {
    vec![content(arguments.to_string()), member("structuredContent", object([member("echo", arguments)]))]
}

/// Three steps on the way, where the client gave a token for them.
fn progress(call: &Call) -> Vec<Deed> {
    let Some(token) = call.meta("progressToken") else { return Vec::new() };
    let number = |count: u8| Json::Number(count.to_string());
    let step = |count| {
        let params = vec![
            member("progressToken", token.clone()),
            member("progress", number(count)),
            member("total", number(3)),
            member("message", text(format!("step {count}"))),
        ];
        notification("notifications/progress", params)
    };
    [1, 2, 3].map(step).into()
}
