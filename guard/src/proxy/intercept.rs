//! (message, verdict) → action: the whole policy of the proxy, by the contract's table. Pure; never a
//! byte written, never a clock.

use bytes::Bytes;

use super::terms::{self, Terms};
use crate::answer::in_one_line;
use crate::era;
use crate::frame::Request;
use crate::gateway::ScanError;
use crate::json::Object;
use crate::verdict::{Approval, Decision, Verdict};

/// Under this key a client of 2026-07-28 is asked to show an approval, and answers.
pub(super) const KEY: &str = "mcp-guard.approval";

/// How whoever made a request reads its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As the result of a session.
    Session,
    /// As a task of a session: what is no task is an error (MCP 2025-11-25, basic/utilities/tasks).
    Task,
    /// As the result of a request that stands for itself (MCP 2026-07-28).
    Stateless,
}

/// What a user said to being shown a URL (MCP 2025-11-25, client/elicitation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Accepted,
    Declined,
    /// Neither; the page may be open all the same.
    Dismissed,
}

/// What can be done with a call and its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manners {
    pub(super) reading: Reading,
    /// The client shows a URL when asked to.
    pub(super) opens_urls: bool,
    /// What it wants to hear progress under, as JSON.
    pub(super) progress: Option<Bytes>,
    /// The call comes again, and says what the user said.
    pub(super) consent: Option<Consent>,
}

/// What the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) fail_open: bool,
    /// Calls wait for their approval.
    pub(super) holds: bool,
    /// Where approvals are decided that name no place.
    pub(super) console: Option<String>,
}

/// How a held call learns what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// The user is shown the URL.
    Url,
    /// Progress tells it.
    Progress,
    /// Nobody can be told before the answer.
    Nothing,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// It runs, with these arguments in place of its own if there are any.
    Forward(Option<Bytes>),
    /// It does not run, for this reason.
    Refuse(String),
    /// It does not run; its client shows the URL and asks again.
    AskToShow(Approval, String),
}

/// What becomes of a call that was judged for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Now(Action),
    /// It waits.
    Hold(Approval, Show),
}

/// How waiting ended without an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Denied,
    Expired,
    Declined,
    /// Nothing is decided, and the client would wait no longer.
    Undecided,
}

impl Manners {
    /// What a request says of itself, and the terms of its session.
    pub(super) fn of(request: &Request, terms: &Terms) -> Self {
        let call = request.call();
        let stateless = era::names_version(request.meta());
        let task = call.is_some_and(|call| call.param("task").is_some()) && terms.run_tasks();
        let reading = match (stateless, task) {
            (true, _) => Reading::Stateless,
            (false, true) => Reading::Task,
            (false, false) => Reading::Session,
        };
        let opens_urls = if stateless {
            era::capabilities(request.meta()).is_some_and(|capabilities| terms::opens_urls(&capabilities))
        } else {
            terms.open_urls()
        };
        let responses = call.and_then(|call| call.param("inputResponses"));
        let ours = responses.and_then(|responses| Object::read(&responses).ok().flatten()?.get(KEY));
        Self {
            reading,
            opens_urls,
            progress: request.meta().and_then(|meta| meta.get("progressToken")),
            consent: ours.filter(|_| stateless).map(|answer| Consent::read(&answer)),
        }
    }
}

impl Consent {
    /// Reads the result of an elicitation; what says nothing clear is as good as nothing said.
    pub(super) fn read(result: &Bytes) -> Self {
        let result = Object::read(result).ok().flatten().unwrap_or_default();
        match result.string("action").as_deref() {
            Some("accept") => Self::Accepted,
            Some("decline") => Self::Declined,
            _ => Self::Dismissed,
        }
    }
}

/// What becomes of a call before anybody is asked: a user who said no has decided.
pub(super) fn before(manners: &Manners) -> Option<Action> {
    (manners.consent == Some(Consent::Declined)).then(|| Action::Refuse(over(Ending::Declined, None)))
}

/// What becomes of a call on which the gateway has spoken, or has not.
pub(super) fn judged(outcome: Result<&Verdict, &ScanError>, manners: &Manners, policy: &Policy) -> Next {
    let verdict = match spoken(outcome, policy) {
        Ok(verdict) => verdict,
        Err(action) => return Next::Now(action),
    };
    match verdict.decision() {
        Decision::Sanitize => Next::Now(sanitized(verdict)),
        Decision::RequireApproval => approval_required(named(verdict, policy), manners, policy),
        Decision::Allow | Decision::Deny => Next::Now(rejudged(outcome, manners, policy)),
    }
}

/// What becomes of a call that was approved and judged again: it runs on an ALLOW alone.
pub(super) fn rejudged(outcome: Result<&Verdict, &ScanError>, manners: &Manners, policy: &Policy) -> Action {
    let verdict = match spoken(outcome, policy) {
        Ok(verdict) => verdict,
        Err(action) => return action,
    };
    match verdict.decision() {
        Decision::Allow => Action::Forward(None),
        Decision::Deny => Action::Refuse(denied(&verdict.reasons())),
        Decision::RequireApproval => undecided(named(verdict, policy), manners),
        // What was approved is the call as it was.
        Decision::Sanitize => {
            Action::Refuse(failed(&"the call was approved, and then not cleared as it is; send it again"))
        }
    }
}

/// A verdict, or what becomes of a call without one.
fn spoken<'v>(outcome: Result<&'v Verdict, &ScanError>, policy: &Policy) -> Result<&'v Verdict, Action> {
    outcome.map_err(|error| match error {
        error if policy.fail_open && error.is_outage() => Action::Forward(None),
        error => Action::Refuse(failed(error)),
    })
}

/// The approval of a verdict, with a place where it is decided.
fn named(verdict: &Verdict, policy: &Policy) -> Approval {
    let approval = verdict.approval().expect("a verdict that requires an approval names it");
    let console = policy.console.as_ref().map(|console| approval.at(console));
    Approval { url: approval.url.clone().or(console), ..approval.clone() }
}

/// What becomes of a call that has waited in vain.
pub(super) fn ended(ending: Ending, approval: Approval, manners: &Manners) -> Action {
    match ending {
        Ending::Undecided => undecided(approval, manners),
        ending => Action::Refuse(over(ending, Some(&approval))),
    }
}

fn approval_required(approval: Approval, manners: &Manners, policy: &Policy) -> Next {
    let can_show = manners.opens_urls && is_web(&approval);
    let stateless = manners.reading == Reading::Stateless;
    // A stateless call is asked about first; once its user has seen the page, waiting makes sense.
    if !policy.holds || stateless && !(can_show && manners.consent.is_some()) {
        return Next::Now(undecided(approval, manners));
    }
    let show = match &manners.progress {
        _ if can_show && !stateless => Show::Url,
        Some(_) => Show::Progress,
        None => Show::Nothing,
    };
    Next::Hold(approval, show)
}

fn undecided(approval: Approval, manners: &Manners) -> Action {
    let can_show = manners.opens_urls && is_web(&approval);
    if can_show && manners.reading == Reading::Stateless {
        let text = waiting(&approval);
        return Action::AskToShow(approval, text);
    }
    Action::Refuse(over(Ending::Undecided, Some(&approval)))
}

fn sanitized(verdict: &Verdict) -> Action {
    let body = verdict.sanitized_body().unwrap_or_default();
    if !body.starts_with(b"{") {
        let why = "the gateway's answer cannot be used: its `sanitized_body` is no object, as arguments are; tell its operator";
        return Action::Refuse(failed(&why));
    }
    let mut body = body.to_vec();
    in_one_line(&mut body);
    Action::Forward(Some(body.into()))
}

fn denied(reasons: &[String]) -> String {
    let reasons = if reasons.is_empty() { "none was given".to_owned() } else { reasons.join(", ") };
    format!(
        "denied by policy; reasons: {reasons}. The call did not run: tell the user the reasons, and do not try to get around them."
    )
}

/// The text of a call that nobody judged.
pub(super) fn failed(why: &dyn std::fmt::Display) -> String {
    format!("scan failed: {why}. The call did not run: tell the user what failed.")
}

/// The text that asks a user to see an approval.
pub(super) fn waiting(approval: &Approval) -> String {
    let place = approval.url.as_ref().map(|url| format!(": {url}")).unwrap_or_default();
    format!("this call waits for approval {}{place}", approval.id)
}

fn over(ending: Ending, approval: Option<&Approval>) -> String {
    let which = approval.map(|approval| format!(" {}", approval.id)).unwrap_or_default();
    match ending {
        Ending::Denied => format!("denied: approval{which} was refused. The call did not run: tell the user."),
        Ending::Expired => {
            format!("not approved: approval{which} expired undecided. The call did not run: tell the user.")
        }
        Ending::Declined => format!("not approved: the user declined approval{which}. The call did not run."),
        Ending::Undecided => {
            let place = approval.and_then(|approval| approval.url.as_ref());
            let place = place.map(|url| format!(" at {url}")).unwrap_or_default();
            format!(
                "approval required: approval{which} is to be decided{place}. The call did not run: show this to the user, and send the same call again once it is approved."
            )
        }
    }
}

/// A URL that a client may open for its user.
fn is_web(approval: &Approval) -> bool {
    let is_web = |url: &String| {
        let url = url.parse::<hyper::Uri>().ok();
        url.is_some_and(|url| matches!(url.scheme_str(), Some("https" | "http")) && url.host().is_some())
    };
    approval.url.as_ref().is_some_and(is_web)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::{self, Message};
    use crate::verdict::VerdictError;

    const PAGE: &str = "https://console.example/approvals/a-1";

    fn verdict(text: &str) -> Verdict {
        Verdict::read(&Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    fn required(url: &str) -> Verdict {
        verdict(&format!(r#"{{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":{url}}}"#))
    }

    fn approval(url: Option<&str>) -> Approval {
        Approval { id: "a-1".to_owned(), url: url.map(str::to_owned) }
    }

    fn manners(reading: Reading, opens_urls: bool, progress: bool, consent: Option<Consent>) -> Manners {
        Manners { reading, opens_urls, progress: progress.then(|| Bytes::from_static(b"7")), consent }
    }

    /// Every way that a call can come.
    fn all_manners() -> Vec<Manners> {
        let mut all = Vec::new();
        for reading in [Reading::Session, Reading::Task, Reading::Stateless] {
            for (opens_urls, progress) in [(false, false), (false, true), (true, false), (true, true)] {
                for consent in [None, Some(Consent::Accepted), Some(Consent::Dismissed)] {
                    if consent.is_none() || reading == Reading::Stateless {
                        all.push(manners(reading, opens_urls, progress, consent));
                    }
                }
            }
        }
        all
    }

    fn policies() -> Vec<Policy> {
        let mut all = Vec::new();
        for (fail_open, holds) in [(false, false), (false, true), (true, false), (true, true)] {
            for console in [None, Some("https://console.example".to_owned())] {
                all.push(Policy { fail_open, holds, console });
            }
        }
        all
    }

    /// Each with every other.
    fn everywhere(mut check: impl FnMut(&Manners, &Policy)) {
        for manners in all_manners() {
            for policy in policies() {
                check(&manners, &policy);
            }
        }
    }

    fn says(action: &Action, words: &[&str]) -> bool {
        let (Action::Refuse(text) | Action::AskToShow(_, text)) = action else { return false };
        words.iter().all(|word| text.contains(word)) && !text.contains("ALLOW")
    }

    #[test]
    fn an_allow_is_forwarded_as_it_is() {
        let allow = verdict(r#"{"decision":"ALLOW","sanitized_body":{"x":1},"approval_id":"a-1"}"#);
        everywhere(|manners, policy| {
            assert_eq!(judged(Ok(&allow), manners, policy), Next::Now(Action::Forward(None)));
            assert_eq!(rejudged(Ok(&allow), manners, policy), Action::Forward(None));
        });
    }

    #[test]
    fn a_deny_gives_every_reason_and_nothing_else() {
        let deny = verdict(r#"{"decision":"DENY","reason_codes":["SECRETS","PII"],"sanitized_body":{}}"#);
        let bare = verdict(r#"{"decision":"DENY"}"#);
        everywhere(|manners, policy| {
            let Next::Now(action) = judged(Ok(&deny), manners, policy) else { panic!("held") };
            assert!(says(&action, &["denied by policy", "SECRETS, PII", "did not run"]), "{action:?}");
            assert_eq!(rejudged(Ok(&deny), manners, policy), action);
            assert!(says(&rejudged(Ok(&bare), manners, policy), &["none was given"]));
        });
    }

    #[test]
    fn sanitized_arguments_are_an_object_in_one_line_and_count_the_first_time_only() {
        everywhere(|manners, policy| {
            let clean = verdict("{\"decision\":\"SANITIZE\",\"sanitized_body\":{\"n\":\r\n1.10}}");
            let forward = Next::Now(Action::Forward(Some(Bytes::from_static(b"{\"n\":  1.10}"))));
            assert_eq!(judged(Ok(&clean), manners, policy), forward);
            assert!(says(&rejudged(Ok(&clean), manners, policy), &["scan failed", "did not run"]));
            for other in ["null", "[]", "\"{}\"", "7"] {
                let other = verdict(&format!(r#"{{"decision":"SANITIZE","sanitized_body":{other}}}"#));
                let Next::Now(action) = judged(Ok(&other), manners, policy) else { panic!("held") };
                assert!(says(&action, &["scan failed", "no object"]), "{action:?}");
            }
        });
    }

    #[test]
    fn a_failed_scan_runs_nothing_unless_it_is_an_outage_and_asked_for() {
        let second = Duration::from_secs(1);
        for error in [
            ScanError::Refused,
            ScanError::Timeout(second),
            ScanError::Server(503),
            ScanError::Busy,
            ScanError::Key(401),
            ScanError::TooLarge,
            ScanError::RateLimited { retry_after: None },
            ScanError::Tls,
            ScanError::Redirect(302),
            ScanError::KeyEchoed,
            ScanError::BadAnswer(VerdictError::NoDecision),
        ] {
            everywhere(|manners, policy| {
                let action = rejudged(Err(&error), manners, policy);
                assert_eq!(judged(Err(&error), manners, policy), Next::Now(action.clone()));
                if policy.fail_open && error.is_outage() {
                    assert_eq!(action, Action::Forward(None), "{error}");
                } else {
                    assert!(says(&action, &["scan failed: ", "did not run"]), "{error}: {action:?}");
                }
            });
        }
    }

    #[test]
    fn an_approval_is_waited_for_as_the_version_allows() {
        everywhere(|manners, policy| {
            for (url, named) in [
                (format!("\"{PAGE}\""), Some(PAGE)),
                ("\"page\"".to_owned(), Some("page")),
                ("null".to_owned(), policy.console.as_ref().map(|_| PAGE)),
            ] {
                let approval = approval(named);
                let can_show = manners.opens_urls && named == Some(PAGE);
                let stateless = manners.reading == Reading::Stateless;
                let next = judged(Ok(&required(&url)), manners, policy);
                let asks_first = stateless && can_show && manners.consent.is_none();
                match &next {
                    Next::Hold(waited_for, show) => {
                        assert!(policy.holds && !asks_first && (!stateless || can_show), "{manners:?}");
                        assert_eq!(waited_for, &approval);
                        let expected = match (can_show && !stateless, &manners.progress) {
                            (true, _) => Show::Url,
                            (false, Some(_)) => Show::Progress,
                            (false, None) => Show::Nothing,
                        };
                        assert_eq!(*show, expected, "{manners:?}");
                    }
                    Next::Now(Action::AskToShow(shown, text)) => {
                        assert!(stateless && can_show && (asks_first || !policy.holds), "{manners:?}");
                        assert!(shown == &approval && text.contains("a-1") && text.contains(PAGE));
                    }
                    Next::Now(action) => {
                        assert!(!policy.holds || stateless && !can_show, "{manners:?}");
                        assert!(says(action, &["approval required", "a-1", named.unwrap_or_default()]));
                    }
                }
                // What is not approved after an approval is never waited for again.
                assert_eq!(rejudged(Ok(&required(&url)), manners, policy), undecided(approval, manners));
            }
        });
    }

    #[test]
    fn waiting_in_vain_runs_nothing() {
        for manners in all_manners() {
            for (ending, words) in [
                (Ending::Denied, "refused"),
                (Ending::Expired, "expired"),
                (Ending::Declined, "declined"),
                (Ending::Undecided, "approval"),
            ] {
                let action = ended(ending, approval(Some(PAGE)), &manners);
                assert!(says(&action, &[words, "a-1"]), "{action:?}");
                let asks = matches!(action, Action::AskToShow(..));
                let may_ask = manners.reading == Reading::Stateless && manners.opens_urls;
                assert_eq!(asks, ending == Ending::Undecided && may_ask, "{action:?}");
            }
        }
    }

    #[test]
    fn a_user_who_said_no_is_not_asked_about() {
        for consent in [None, Some(Consent::Accepted), Some(Consent::Dismissed)] {
            assert_eq!(before(&manners(Reading::Stateless, true, false, consent)), None);
        }
        let declined = before(&manners(Reading::Stateless, true, false, Some(Consent::Declined)));
        assert!(says(&declined.unwrap(), &["declined", "did not run"]));
    }

    #[test]
    fn a_call_is_read_as_its_client_reads_the_answer() {
        let terms = Terms::read(
            terms::Offer::read(&Bytes::from_static(br#"{"params":{"capabilities":{"elicitation":{"url":{}}}}}"#)),
            &Bytes::from_static(
                br#"{"protocolVersion":"2025-11-25","capabilities":{"tasks":{"requests":{"tools":{"call":{}}}}}}"#,
            ),
        );
        let read = |params: &str, terms: &Terms| {
            let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"x"{params}}}}}"#);
            let Ok(Message::Request(request)) = frame::read(&line.into()) else { panic!("no request") };
            Manners::of(&request, terms)
        };
        let modern = |capabilities: &str, more: &str| {
            format!(
                r#","_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{capabilities}}}{more}"#
            )
        };
        let none = Terms::default();
        assert_eq!(read("", &none), manners(Reading::Session, false, false, None));
        assert_eq!(read(r#","_meta":{"progressToken":7}"#, &terms), manners(Reading::Session, true, true, None));
        assert_eq!(read(r#","task":{}"#, &terms), manners(Reading::Task, true, false, None));
        assert_eq!(read(r#","task":{}"#, &none), manners(Reading::Session, false, false, None));
        assert_eq!(read(&modern("{}", r#","task":{}"#), &terms), manners(Reading::Stateless, false, false, None));
        let url = r#"{"elicitation":{"url":{}}}"#;
        for (action, consent) in [
            ("accept", Consent::Accepted),
            ("decline", Consent::Declined),
            ("cancel", Consent::Dismissed),
            ("ACCEPT", Consent::Dismissed),
        ] {
            let responses = format!(r#","inputResponses":{{"{KEY}":{{"action":"{action}"}}}}"#);
            assert_eq!(read(&modern(url, &responses), &none), manners(Reading::Stateless, true, false, Some(consent)));
            assert_eq!(read(&responses, &terms).consent, None, "a session answers elsewhere");
        }
        let others = r#","inputResponses":{"x":{"action":"decline"}}"#;
        assert_eq!(read(&modern("{}", others), &none).consent, None, "what the server asked is its own business");
    }
}
