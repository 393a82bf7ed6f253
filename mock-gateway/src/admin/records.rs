//! The journal as an operator reads it: in pages, one request in full, and as it grows.

use std::sync::Arc;

use hyper::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::operation::{Ask, Operation};
use super::problem::Problem;
use super::query::{JOURNAL, STREAM};
use crate::api::Authorization;
use crate::clock::Moment;
use crate::journal::{self, End, Filter, Line, pairs, text_or_hex};
use crate::json::{Json, Member};
use crate::server::Shared;

/// Requests in the order of their arrival.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Page {
    requests: Vec<Request>,
    /// Whether there are more of what was asked for than this page holds.
    more: bool,
    /// The number of the last request that arrived, whether or not it was asked for; 0 before the first.
    last: u64,
    /// How many events the journal has forgotten because it had grown past its bound.
    forgotten: u64,
}

/// One request, and in short what became of it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Request {
    /// Its number, from 1 in order of arrival.
    number: u64,
    /// When it arrived, in virtual time.
    time: Moment,
    method: String,
    /// Path and query.
    path: String,
    /// The tool that a scan names.
    tool_name: Option<String>,
    /// What the bearer token was worth.
    authorization: Authorization,
    /// How many bytes of body the client sent.
    length: u64,
    /// What was decided, once it is.
    decision: Option<Decision>,
    /// The status of the answer, once all of it was handed to the socket.
    status: Option<u16>,
    /// How many bytes left of an answer that was broken, as the scenario says.
    broken: Option<u64>,
    /// Whether the client hung up before the answer was complete, or was made to go.
    hung_up: bool,
}

/// What was decided.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Decision {
    /// Who decided, such as `rule 2, reply 1`.
    by: String,
    /// What, such as `DENY` or `503`.
    choice: String,
    trace_id: Option<String>,
    approval_id: Option<String>,
    /// What the scenario has as the reply, in words.
    reply: Option<String>,
    /// What happens to the answer on the wire.
    fault: Option<String>,
    /// The rule that came nearest, where none was met.
    nearest: Option<Miss>,
}

/// The rule that came nearest, and where the two part first.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Miss {
    /// Its place in the scenario, from 1.
    rule: usize,
    /// The field of its condition.
    field: &'static str,
    /// What the rule asks for.
    wanted: String,
    /// What the request has, secrets and PII taken out.
    got: String,
}

/// One request with everything that is known of it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RequestInFull {
    request: Request,
    /// Names and values, the authorization redacted.
    headers: Vec<(String, String)>,
    body: Content,
    /// The body of the answer, once all of it was handed to the socket.
    answer: Option<Content>,
    /// The call that a scan is about; `null` for other requests, and for bodies that are no scan.
    call: Option<ScannedCall>,
}

/// The call that a scan is about.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ScannedCall {
    method: String,
    url: String,
    /// The text of its body, as it came; `null` when there is none.
    body: Option<String>,
    /// The text of the body that the answer has in its place, as it left; `null` when there is none.
    sanitized_body: Option<String>,
}

/// Bytes: one of the two is `null`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Content {
    /// As text.
    text: Option<String>,
    /// In hexadecimal digits, where they are no text.
    hex: Option<String>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/journal",
            "queryJournal",
            "Requests in the order of their arrival: the latest, or with `after` the first ones after that number.",
            page,
        )
        .asking(JOURNAL),
        Operation::new(
            Method::GET,
            "/journal/{number}",
            "readRequest",
            "One request with everything that is known of it.",
            read,
        )
        .failing(&[404]),
        Operation::following::<Line<'_>>(
            "/journal/stream",
            "followJournal",
            "Every event that is kept and then each one as it happens, one JSON object a line, until the client closes the connection. A client that reads too slowly is told how many events it lost.",
        )
        .asking(STREAM),
    ]
}

fn page(shared: &Arc<Shared>, ask: &Ask) -> Result<Page, Problem> {
    let end = if ask.search.after.is_some() { End::First } else { End::Latest };
    let (found, more) = shared.journal.page(&ask.search.filter, end, ask.search.limit);
    Ok(Page {
        requests: found.iter().map(Request::from).collect(),
        more,
        last: shared.journal.arrived(),
        forgotten: shared.journal.forgotten(),
    })
}

fn read(shared: &Arc<Shared>, ask: &Ask) -> Result<RequestInFull, Problem> {
    let number = ask.name.parse::<u64>().ok();
    let after = number.and_then(|number| number.checked_sub(1));
    let found = after.and_then(|after| shared.journal.page(&Filter::all().after(after), End::First, 1).0.pop());
    let found = found.filter(|entry| Some(entry.number) == number).ok_or_else(|| {
        let error = format!("there is no request {} in the journal", ask.name);
        Problem::new(404, error, "GET /admin/v1/journal lists those that are kept")
    })?;
    let headers =
        pairs(&found.headers).into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
    Ok(RequestInFull {
        request: Request::from(&found),
        headers,
        body: Content::from(&*found.body),
        answer: found.answer.as_ref().map(|(_, body)| Content::from(&**body)),
        call: ScannedCall::of(&found),
    })
}

impl ScannedCall {
    fn of(entry: &journal::Entry) -> Option<Self> {
        if entry.bare_path().rsplit_once("/v1/").is_none_or(|(_, call)| call != "scan") {
            return None;
        }
        let asked = Json::members(&entry.body).ok()?.ok()?;
        let text = |name: &str| asked.iter().find(|(key, ..)| key == name)?.1.as_str().map(str::to_owned);
        let answered = entry.answer.as_ref().and_then(|(_, body)| Some((body, Json::members(body).ok()?.ok()?)));
        Some(Self {
            method: text("method")?,
            url: text("url")?,
            body: raw(&asked, &entry.body, "body"),
            sanitized_body: answered.and_then(|(body, members)| raw(&members, body, "sanitized_body")),
        })
    }
}

/// The text of one member of an object, as it stands there.
fn raw(members: &[Member], text: &[u8], name: &str) -> Option<String> {
    let range = members.iter().find(|(key, ..)| key == name)?.2.clone();
    std::str::from_utf8(&text[range]).ok().map(str::to_owned)
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        let (text, hex) = text_or_hex(bytes);
        Self { text: text.map(str::to_owned), hex }
    }
}

impl From<&journal::Entry> for Request {
    fn from(entry: &journal::Entry) -> Self {
        Self {
            number: entry.number,
            time: entry.time,
            method: entry.method.clone(),
            path: entry.path.clone(),
            tool_name: entry.tool_name(),
            authorization: entry.authorization,
            length: entry.length,
            decision: entry.decision.as_ref().map(Decision::from),
            status: entry.answer.as_ref().map(|(status, _)| *status),
            broken: entry.broken,
            hung_up: entry.hung_up,
        }
    }
}

impl From<&journal::Decision> for Decision {
    fn from(decision: &journal::Decision) -> Self {
        let journal::Decision { by, choice, trace, approval, reply, miss } = decision;
        let fault = reply.as_ref().and_then(|reply| reply.fault());
        Self {
            by: by.to_string(),
            choice: choice.to_string(),
            trace_id: trace.clone(),
            approval_id: approval.clone(),
            reply: reply.as_ref().map(ToString::to_string),
            fault: fault.map(|fault| fault.to_string()),
            nearest: miss.as_ref().map(|miss| Miss {
                rule: miss.rule,
                field: miss.difference.field.name(),
                wanted: miss.difference.wanted.clone(),
                got: miss.difference.got.clone(),
            }),
        }
    }
}
