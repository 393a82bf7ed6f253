//! What came of one request: by the journal, in the words of the grid, and on the wire. Only what was
//! observed; what can be is in `grid`.

use std::fmt;
use std::io;

use mock_gateway::api::Route;
use mock_gateway::engine::{Choice, Decider};
use mock_gateway::journal::{Decision, Entry};
use mock_gateway::json::Json;

/// Everything that a client got, and how it ended.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

/// How the client's side ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It had a whole answer and went.
    Whole,
    /// The gateway closed the connection.
    Closed,
    /// The gateway reset it.
    Reset,
    /// It went without an answer.
    Left,
}

/// An answer that came whole.
struct Answer<'a> {
    status: u16,
    headers: Vec<&'a str>,
    body: &'a [u8],
}

impl Wire {
    /// Takes in what a read gave; whether there is more to come.
    pub(crate) fn take(&mut self, read: &io::Result<usize>) -> bool {
        match read {
            Ok(0) => self.end = End::Closed,
            Err(_) => self.end = End::Reset,
            Ok(_) if self.answer().is_some() => self.end = End::Whole,
            Ok(_) => return true,
        }
        false
    }

    /// The answer, if the bytes are a whole one.
    fn answer(&self) -> Option<Answer<'_>> {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&self.bytes[..end]).ok()?.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers: Vec<_> = lines.collect();
        let length = headers.iter().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
        let body = self.bytes[end + 4..].get(..length)?;
        Some(Answer { status, headers, body })
    }

    /// The whole body, as text.
    pub(crate) fn body(&self) -> String {
        self.answer().map(|answer| String::from_utf8_lossy(answer.body).into_owned()).unwrap_or_default()
    }

    /// What does not agree with the journal.
    pub(crate) fn disagreement(&self, entry: &Entry) -> Option<String> {
        let left = self.end == End::Left;
        let agrees = match (&entry.answer, entry.broken, self.answer()) {
            (Some((status, body)), None, Some(answer)) => {
                // What hands out a key is not written down as it was; padding is not written down.
                let concealed = body.starts_with(br#"{"key":"[redacted]""#);
                !left && *status == answer.status && (concealed || answer.body.trim_ascii_start() == &body[..])
            }
            (None, Some(sent), _) => !left && sent == self.bytes.len() as u64,
            (None, None, None) => left && entry.hung_up,
            _ => false,
        };
        (!agrees).then(|| format!("{entry}: the journal has {:?}, the client {self:?}", (&entry.answer, entry.broken)))
    }
}

/// The cell of the table: a status with what stands out beside it, or what came in its place.
impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answer() {
            Some(Answer { status, headers, body }) => {
                write!(f, "{status}")?;
                for (header, name) in
                    [("retry-after: ", "Retry-After"), ("allow: ", "Allow"), ("location: ", "Location")]
                {
                    if headers.iter().any(|line| line.starts_with(header)) {
                        write!(f, ", {name}")?;
                    }
                }
                if Json::parse(body).is_err() {
                    f.write_str(", no JSON")?;
                }
                if body.len() >= 100_000 {
                    f.write_str(", huge")?;
                }
            }
            None if self.bytes.is_empty() => f.write_str("nothing")?,
            None if self.bytes.starts_with(b"HTTP/1.1 ") => f.write_str("a part")?,
            None => f.write_str("no HTTP")?,
        }
        match self.end {
            End::Closed => f.write_str(", closed"),
            End::Reset => f.write_str(", reset"),
            End::Whole | End::Left => Ok(()),
        }
    }
}

/// What came of a request, in the words of the grid.
pub(crate) fn outcome(entry: &Entry) -> String {
    let Some(Decision { by, choice, reply, .. }) = &entry.decision else {
        return "the client leaves within its body".to_owned();
    };
    if let Some(fault) = reply.as_ref().and_then(|reply| reply.fault()) {
        let untold = fault.is_mute() && matches!(choice, Choice::Decision(_));
        return if untold { "decided and not told".to_owned() } else { format!("fault {}", fault.name()) };
    }
    if entry.hung_up {
        return "the client leaves before the answer".to_owned();
    }
    let body = entry.answer.as_ref().and_then(|(_, body)| Json::parse(body).ok());
    let field = |name: &str| body.as_ref().and_then(|body| body.get(name)?.as_str()).unwrap_or_default().to_owned();
    let reasons = || body.as_ref().and_then(|body| body.get("reason_codes")?.as_array()?.first()?.as_str());
    match (choice, by) {
        (Choice::Decision(decision), Decider::Rule { .. }) => match &**decision {
            "ALLOW" | "SANITIZE" | "DENY" | "REQUIRE_APPROVAL" => decision.clone(),
            _ => "another decision".to_owned(),
        },
        (Choice::Decision(decision), Decider::Grant { .. }) => format!("{decision} by a grant"),
        (Choice::Decision(decision), Decider::Denial { .. }) => format!("{decision} by a denial"),
        (Choice::Decision(decision), Decider::BuiltIn) => format!("{decision}, {}", reasons().unwrap_or_default()),
        (Choice::Status(status), Decider::BuiltIn) => {
            let polled = matches!(Route::of(entry.bare_path()), Some((Route::ApprovalStatus, _)));
            let more = field(if polled && *status == 200 { "status" } else { "error" });
            format!("{status} {more}").trim_end().to_owned()
        }
        (Choice::Status(status), _) if *status >= 600 => "scripted 6xx to 9xx".to_owned(),
        (Choice::Status(status), _) => format!("scripted {}xx", status / 100),
        (Choice::Json(_), _) => "scripted text".to_owned(),
        (Choice::Wire(fault), _) => format!("fault {}", fault.name()),
    }
}
