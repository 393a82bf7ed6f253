//! What the upstream asks its client in the middle of a call: by requests of its own in the legacy era,
//! by `input_required` results in the modern one. Never what the call is about.

use mock_gateway::json::Json;

use super::super::call::{self, Call, content, member, members, object, text};
use super::{Deed, Session, Until, Waiting};
use crate::version::Era;

/// What a retry must bring back unchanged; it holds what is easily changed on the way.
const STATE: &str = "v1.\"é\\\u{1F512}+/==\u{2028} 1.10";

impl Session {
    /// Asks the client, or takes the answer that a retry brings.
    pub(super) fn ask(&mut self, call: &Call, name: &str) -> Vec<Deed> {
        let question = self.offer.part(&format!("/questions/{name}"));
        let method = question.get("method").and_then(Json::as_str).unwrap_or_default();
        let capability = method.split('/').next().unwrap_or_default().to_owned();
        match call.era {
            Era::Legacy if self.capabilities.get(&capability).is_none() => {
                vec![call.answer(vec![
                    content(format!("the client did not declare {capability}")),
                    member("isError", Json::Bool(true)),
                ])]
            }
            Era::Legacy => {
                let number = self.number();
                self.waiting.push(Waiting { call: call.clone(), until: Until::Reply(number) });
                let mut request = vec![member("jsonrpc", text("2.0")), member("id", Json::Number(number.to_string()))];
                request.extend(members(question));
                vec![Deed::Say(Json::Object(request).to_string())]
            }
            Era::Modern => vec![modern(call, name, &capability, question)],
        }
    }

    /// The client has answered a question; what it said becomes the result of the call that asked.
    pub(super) fn replied(&mut self, id: &Json, message: &Json) -> Vec<Deed> {
        let Json::Number(digits) = id else { return Vec::new() };
        let Ok(number) = digits.parse() else { return Vec::new() };
        let Some(at) = self.waiting.iter().position(|waiting| waiting.until == Until::Reply(number)) else {
            return Vec::new();
        };
        let call = self.waiting.swap_remove(at).call;
        let said = message.get("result").or_else(|| message.get("error")).cloned().unwrap_or(Json::Null);
        vec![answered(&call, said)]
    }
}

/// MCP 2026-07-28, basic/patterns/mrtr.
fn modern(call: &Call, name: &str, capability: &str, question: Json) -> Deed {
    if call.meta(call::CAPABILITIES).and_then(|declared| declared.get(capability)).is_none() {
        let required = object([member(capability, object([]))]);
        return call.refuse(-32021, "missing client capability", &object([member("requiredCapabilities", required)]));
    }
    let Some(replies) = call.param("inputResponses") else {
        return call.answer(vec![
            member("resultType", text("input_required")),
            member("inputRequests", object([member(name, question)])),
            member("requestState", text(STATE)),
        ]);
    };
    match (call.text("requestState"), replies.get(name)) {
        (Some(STATE), Some(said)) => answered(call, said.clone()),
        (Some(STATE), None) => call.invalid("the response to the question is missing"),
        _ => call.invalid("requestState is not what was given out"),
    }
}

fn answered(call: &Call, said: Json) -> Deed {
    call.answer(vec![content(said.to_string()), member("structuredContent", object([member("answer", said)]))])
}
