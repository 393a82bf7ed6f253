//! What ran behind a proxy: that it was permitted as it ran, that it ran once, and what else arrived there.

use mock_gateway::json::Json;

use super::scene::{Asked, Got, Scene};
use super::{Findings, gateway, shown, upstream};
use crate::case::Case;
use crate::finding::Code;
use crate::recording::Event;
use crate::step::{ArgumentsAs, Listener, Step};
use crate::subject::policy::Policy;

/// Judges what reached the upstream because of a step.
pub(super) fn judge(scene: &Scene<'_>, step: &Step, name: &str, findings: &mut Findings) {
    let Some(due) = &step.upstream_saw else { return };
    let calls = scene.calls(name);
    let seen = || [upstream(scene.upstream_view(name)), gateway(scene.gateway_view(name))];
    if let Some(count) = due.calls {
        match (count, calls.len()) {
            (due, got) if due == got => {}
            (0, _) => {
                let lines: Vec<_> = calls.iter().map(|call| call.line.lossy()).collect();
                let seen = [upstream(lines.join("; ")), gateway(scene.gateway_view(name))];
                findings.add(Code::DeniedRan, name, "nothing of this runs", seen);
            }
            (due, got) if got < due => findings.add(Code::CallLost, name, format!("{due} calls to run"), seen()),
            (due, _) => findings.add(Code::CallRepeated, name, format!("{due} calls to run"), seen()),
        }
    }
    if due.calls == Some(0)
        && let Some(line) = scene.got_since(name).find(|got| got.json.is_none())
    {
        findings.add(Code::MalformedForwarded, name, "nothing of this is forwarded", [upstream(line.line.lossy())]);
    }
    if let Some(arguments) = due.arguments {
        let verdict = scene.gateway_verdict(name);
        let due = match arguments {
            ArgumentsAs::Sent => scene.request_of(name).and_then(|request| request.pointer("/params/arguments")),
            ArgumentsAs::Sanitized => verdict.as_ref().and_then(|verdict| verdict.get("sanitized_body")),
        };
        if let Some(other) = calls.iter().find(|call| call.arguments() != due) {
            let seen = [upstream(other.line.lossy())];
            findings.add(Code::ArgumentsAltered, name, format!("the arguments {}", shown(due)), seen);
        }
    }
    for method in &due.methods {
        if !scene.got_since(name).any(|got| got.method() == Some(method)) {
            findings.add(Code::RelayLost, name, format!("{method} to arrive"), seen());
        }
    }
    for (variable, value) in &due.environment {
        let has = |event: &Event| match event {
            Event::UpstreamStarted { environment, .. } => {
                environment.iter().any(|(name, text)| name == variable && text == value)
            }
            _ => false,
        };
        if !scene.recording.entries.iter().any(|entry| has(&entry.event)) {
            let seen = [upstream(format!("no {variable} with this value"))];
            findings.add(Code::EnvironmentLost, name, format!("{variable}={value} in the environment"), seen);
        }
    }
}

/// Every call that ran was permitted before, as it ran, and one permission is good for one call.
pub(super) fn nothing_unscanned(case: &Case, scene: &Scene<'_>, findings: &mut Findings) {
    let step = &scene.recording.header.case;
    for got in scene.got.iter().filter(|got| got.json.is_none()) {
        let expected = "only what is one strict JSON message is forwarded";
        findings.add(Code::MalformedForwarded, step, expected, [upstream(got.line.lossy())]);
    }
    let sent = scene.client_messages();
    let mut scans: Vec<_> = scene.scans().map(Scan::of).collect();
    for call in scene.got.iter().filter(|got| got.is_call()) {
        if let Some(name) = added(&sent, call) {
            let expected = format!("no member `{name}`, which the client never sent");
            findings.add(Code::RanUnscanned, step, expected, [upstream(call.line.lossy())]);
        }
        if !scene.recording.header.has_gateway {
            if let Some((code, expected)) = kept_back(case, call, &sent) {
                findings.add(code, step, expected, [upstream(call.line.lossy())]);
            }
        } else if let Some((code, said)) = unpermitted(case, call, &mut scans) {
            let seen = [upstream(call.line.lossy()), gateway(said)];
            findings.add(code, step, "a permission for exactly this call before it runs", seen);
        }
    }
}

/// What a guard with a policy of its own did wrong in letting a call run, and what was due.
fn kept_back(case: &Case, call: &Got<'_>, sent: &[Json]) -> Option<(Code, &'static str)> {
    let is_send = call.tool().and_then(Json::as_str) == Some("send");
    if is_send && matches!(case.policy, Some(Policy::Deny | Policy::Hold)) {
        return Some((Code::DeniedRan, "no call of a tool that the policy keeps back"));
    }
    let was_made = sent.iter().any(|sent| sent.pointer("/params/name") == call.tool());
    (!was_made).then_some((Code::RanUnscanned, "no call of a tool that the client did not call"))
}

/// Why a call should not have run, and what the gateway said; `None` where a scan permits it, which is then used.
fn unpermitted(case: &Case, call: &Got<'_>, scans: &mut [Scan<'_>]) -> Option<(Code, String)> {
    let mut about: Vec<_> = scans.iter_mut().filter(|scan| scan.asked.at < call.at && scan.is_about(call)).collect();
    if let Some(scan) = about.iter_mut().find(|scan| !scan.used && scan.permits(call)) {
        scan.used = true;
        return None;
    }
    let failed = |scan: &Scan<'_>| scan.asked.answer.is_none_or(|(status, _)| status >= 500);
    let was_asked = !about.is_empty();
    if case.opens_on_failure() && (was_asked || refuses(case, call)) && about.iter().all(|scan| failed(scan)) {
        return None;
    }
    Some(match about.last() {
        Some(scan) if !scan.used => (Code::DeniedRan, scan.asked.view()),
        Some(_) => (Code::RanUnscanned, "one permission, used before".to_owned()),
        None => (Code::RanUnscanned, "no scan of this tool with these arguments".to_owned()),
    })
}

/// Whether nobody could connect to the gateway in the step during which a call came.
fn refuses(case: &Case, call: &Got<'_>) -> bool {
    let so_far = call.step().parse().unwrap_or(0);
    case.steps().iter().take(so_far).filter_map(|step| step.listener).next_back() == Some(Listener::Refuse)
}

/// A member of a call's parameters that stands in no call of the client's; `_meta` belongs to each hop.
fn added<'a>(sent: &[Json], call: &'a Got<'_>) -> Option<&'a str> {
    let params = call.json.as_ref()?.get("params")?.as_object()?;
    let own = |name: &str, value: &Json| {
        sent.iter().any(|sent| sent.get("params").and_then(|params| params.get(name)) == Some(value))
    };
    let mut others = params.iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "arguments" | "_meta"));
    others.find(|(name, value)| !own(name, value)).map(|(name, _)| name.as_str())
}

/// A scan with what the gateway said to it, read once.
struct Scan<'a> {
    asked: &'a Asked<'a>,
    verdict: Option<Json>,
    /// One permission is good for one call.
    used: bool,
}

impl<'a> Scan<'a> {
    fn of(asked: &'a Asked<'a>) -> Self {
        Self { asked, verdict: asked.verdict(), used: false }
    }

    /// Whether it is about a call, with the arguments that were planned or those put in their place.
    fn is_about(&self, call: &Got<'_>) -> bool {
        self.asked.member("tool_name") == call.tool() && (self.plans(call) || self.replaces(call))
    }

    fn plans(&self, call: &Got<'_>) -> bool {
        self.asked.member("body") == call.arguments()
    }

    /// Whether the gateway put exactly a call's arguments in the place of the planned ones.
    fn replaces(&self, call: &Got<'_>) -> bool {
        self.said("sanitized_body").is_some_and(|body| Some(body) == call.arguments())
    }

    fn permits(&self, call: &Got<'_>) -> bool {
        match self.said("decision").and_then(Json::as_str) {
            Some("ALLOW") => self.plans(call),
            Some("SANITIZE") => self.replaces(call),
            _ => false,
        }
    }

    fn said(&self, member: &str) -> Option<&Json> {
        self.verdict.as_ref()?.get(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;
    use crate::recording::Recording;
    use crate::requirement::{Level, Requirements};

    const CASE: &str = "requirement: proxy.fail-open\nsince: 3\nwhy: w\nrole: proxy\n\
        environment: { INTERVEN_FAIL_OPEN: \"1\" }\nsteps:\n- { listener: refuse, call: { tool: send } }\n\
        - { listener: accept, call: { tool: send } }\ncaught_by: [{ sin: s, finding: denied-ran }]\n";

    /// What is found when this line reaches the upstream in this step, and the client sent `send`.
    fn found(has_gateway: bool, step: &str, line: &'static str) -> Vec<Code> {
        let case = case::parse("c.yaml", "proxy/c.yaml", CASE, &Requirements::embedded().unwrap()).unwrap();
        let sent = r#"{"id":1,"method":"tools/call","params":{"name":"send"}}"#;
        let events = [
            Event::Step { step: step.into() },
            Event::ClientSent { step: step.into(), bytes: sent.into(), id: Some("1".into()) },
            Event::UpstreamGot { process: 1, line: line.into() },
        ];
        let mut recording = Recording::sample(events);
        recording.header.has_gateway = has_gateway;
        let mut findings = Findings::new(Level::Must, &recording);
        nothing_unscanned(&case, &Scene::read(&recording), &mut findings);
        findings.list.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn fail_open_is_no_excuse_while_the_gateway_can_be_reached() {
        let call = r#"{"id":1,"method":"tools/call","params":{"name":"send"}}"#;
        assert_eq!(found(true, "1", call), []);
        assert_eq!(found(true, "2", call), [Code::RanUnscanned]);
    }

    #[test]
    fn what_the_client_never_said_does_not_run() {
        let added = r#"{"id":1,"method":"tools/call","params":{"name":"send","dryRun":false,"_meta":{"a":1}}}"#;
        assert_eq!(found(true, "1", added), [Code::RanUnscanned]);
        let renamed = r#"{"id":1,"method":"tools/call","params":{"name":"echo"}}"#;
        assert_eq!(found(false, "1", renamed), [Code::RanUnscanned]);
        assert_eq!(found(true, "1", "{\"a\":1,\"a\":2}"), [Code::MalformedForwarded]);
    }
}
