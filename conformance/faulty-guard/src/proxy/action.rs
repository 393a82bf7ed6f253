//! From a verdict, or from what became of an approval, to what happens to the call. Pure; never the
//! doing of it.

use serde_json::value::RawValue;

use crate::answer::ToolResult;
use crate::json::Object;
use crate::question::Failure;

/// What happens to a call.
#[derive(Debug)]
pub(crate) enum Action {
    /// It reaches the upstream as it was judged.
    Forward,
    /// It reaches the upstream with these arguments.
    Replace(Box<RawValue>),
    /// It waits for a person.
    Hold(Approval),
    /// It never reaches the upstream.
    Refuse(NotRun),
}

impl Action {
    /// What an honest guard does.
    pub(crate) fn of(verdict: Result<Object, Failure>) -> Self {
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(failure) => return Self::Refuse(NotRun::Failed(failure)),
        };
        match (verdict.text("decision").as_deref(), verdict.get("sanitized_body")) {
            (Some("ALLOW"), _) => Self::Forward,
            (Some("SANITIZE"), Some(body)) => Self::Replace(body.to_owned()),
            (Some("DENY"), _) => Self::Refuse(NotRun::Denied(reasons(&verdict))),
            (Some("REQUIRE_APPROVAL"), _) => Self::Hold(Approval::of(&verdict)),
            _ => Self::Refuse(NotRun::Failed(Failure("the gateway's verdict cannot be followed".into()))),
        }
    }
}

fn reasons(verdict: &Object) -> Vec<String> {
    verdict.get("reason_codes").and_then(|codes| serde_json::from_str(codes.get()).ok()).unwrap_or_default()
}

/// What a person has to approve, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Approval {
    pub(crate) id: String,
    pub(crate) url: Option<String>,
}

impl Approval {
    fn of(verdict: &Object) -> Self {
        Self { id: verdict.text("approval_id").unwrap_or_default(), url: verdict.text("approval_url") }
    }
}

/// What is known of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Undecided, or the gateway did not say.
    Pending,
    Approved,
    Denied,
    Expired,
    /// Undecided when the hold was over.
    HoldOver,
}

impl Status {
    /// The gateway's word for it.
    pub(crate) fn of(word: Option<&str>) -> Self {
        match word {
            Some("approved" | "executed") => Self::Approved,
            Some("denied" | "rejected") => Self::Denied,
            Some("expired") => Self::Expired,
            _ => Self::Pending,
        }
    }
}

/// What a status means for a held call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    Wait,
    /// Only the gateway can say that it may run now.
    ScanAgain,
    Run,
    Refuse(&'static str),
}

impl Settled {
    /// What an honest guard makes of it.
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Pending => Self::Wait,
            Status::Approved => Self::ScanAgain,
            Status::Denied => Self::Refuse("the approval was denied"),
            Status::Expired => Self::Refuse("the approval has expired"),
            Status::HoldOver => Self::Refuse("nobody has decided yet; call again once it is approved"),
        }
    }
}

/// Why a call was not run.
#[derive(Debug)]
pub(crate) enum NotRun {
    Denied(Vec<String>),
    Failed(Failure),
    Unapproved(Approval, &'static str),
    /// The client left, or the server did, before the verdict came.
    TooLate,
}

impl NotRun {
    /// Why, in words that nobody can take for leave to run it.
    pub(crate) fn text(&self) -> String {
        let why = match self {
            Self::Denied(reasons) if reasons.is_empty() => "denied by policy".to_owned(),
            Self::Denied(reasons) => format!("denied by policy: {}", reasons.join(", ")),
            Self::Failed(failure) => format!("scan failed: {failure}"),
            Self::Unapproved(Approval { id, url }, why) => {
                let place = url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
                format!("approval {id} is required{place}: {why}")
            }
            Self::TooLate => "the session ended before there was a verdict".to_owned(),
        };
        format!("{why}. The tool was not run.")
    }

    pub(crate) fn result(&self) -> ToolResult {
        ToolResult { text: self.text(), structured: None, is_error: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(verdict: &str) -> Action {
        Action::of(Ok(Object::parse(verdict.as_bytes()).unwrap()))
    }

    #[test]
    fn only_two_decisions_let_a_call_through() {
        assert!(matches!(act(r#"{"decision":"ALLOW"}"#), Action::Forward));
        let Action::Replace(body) = act(r#"{"decision":"SANITIZE","sanitized_body":{"n":1.10}}"#) else { panic!() };
        assert_eq!(body.get(), r#"{"n":1.10}"#);
        for verdict in [r#"{"decision":"SANITIZE"}"#, r#"{"decision":"allow"}"#, "{}", r#"{"decision":"DENY"}"#] {
            assert!(matches!(act(verdict), Action::Refuse(_)), "{verdict}");
        }
        assert!(matches!(Action::of(Err(Failure(String::new()))), Action::Refuse(NotRun::Failed(_))));
    }

    #[test]
    fn a_refusal_says_why() {
        let Action::Refuse(denied) = act(r#"{"decision":"DENY","reason_codes":["SECRETS","PII"]}"#) else { panic!() };
        assert_eq!(denied.text(), "denied by policy: SECRETS, PII. The tool was not run.");
        let held = act(r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":"https://x/a-1"}"#);
        let Action::Hold(approval) = held else { panic!() };
        let text = NotRun::Unapproved(approval, "the approval was denied").text();
        assert_eq!(text, "approval a-1 is required at https://x/a-1: the approval was denied. The tool was not run.");
    }

    #[test]
    fn an_approval_alone_never_runs_a_call() {
        for word in [None, Some("approved"), Some("executed"), Some("denied"), Some("rejected"), Some("expired")] {
            assert_ne!(Settled::of(Status::of(word)), Settled::Run, "{word:?}");
        }
        assert_eq!(Settled::of(Status::of(Some("approved"))), Settled::ScanAgain);
        assert_eq!(Settled::of(Status::of(Some("surprise"))), Settled::Wait);
        assert!(matches!(Settled::of(Status::HoldOver), Settled::Refuse(_)));
    }
}
