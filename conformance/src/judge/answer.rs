//! What the client got for a request: an answer at all, and the verdict in it.

use mock_gateway::json::Json;

use super::scene::Scene;
use super::{Findings, client, denial, gateway, is_opening, modern, offer, partial, process_saw, shown};
use crate::case::{Case, Opening, Role};
use crate::finding::Code;
use crate::play::OPENING;
use crate::step::{Decision, Expect, Form, Step, Verb};
use crate::verdict::{Verdict, reads_as_allow};

/// Whether the session opened; if not, why.
pub(super) fn opened(scene: &Scene<'_>, findings: &mut Findings) -> bool {
    let expected = &format!("a session: {} answered with a result", scene.recording.header.version.opening());
    match scene.answer(OPENING) {
        Some(answer) if answer.get("result").is_some() => true,
        Some(answer) => {
            findings.add(Code::ErrorUnexpected, OPENING, expected.as_str(), [client(answer.to_string())]);
            false
        }
        None => {
            silence(scene, OPENING, expected, false, findings);
            false
        }
    }
}

/// Judges the answer to the request of a step; tells whether there was one that the gateway had to be
/// asked for.
pub(super) fn judge(scene: &Scene<'_>, case: &Case, step: &Step, name: &str, findings: &mut Findings) -> bool {
    let default = Expect::default();
    let expect = step.expect.as_ref().unwrap_or(&default);
    if expect.unanswered {
        if let Some(answer) = scene.late_answer(name) {
            let seen = [client(answer.to_string()), gateway(scene.gateway_view(name))];
            let code = if matches!(step.verb, Verb::Raw(_)) { Code::AnswerUnasked } else { Code::AnsweredAfterCancel };
            findings.add(code, name, "no answer", seen);
        }
        return false;
    }
    let unreadable = || matches!(step.verb, Verb::Raw(_)).then(|| scene.answer_to_unreadable(name))?;
    let Some(answer) = scene.answer(name).or_else(unreadable) else {
        // A guard that refuses to start, where that is allowed, allows nothing.
        let may_fail = expect.decision == Some(Decision::None) || expect.may_refuse;
        let may_be_gone = case.opening == Opening::Tried && may_fail && scene.died().is_some();
        if !may_be_gone {
            silence(scene, name, &expected(expect), case.sets_budget(), findings);
        }
        return false;
    };
    timing(scene, expect, name, findings);
    if expect.may_refuse && is_refusal(answer) {
        return false;
    }
    if case.role == Role::Scan
        && may_decide(&step.verb)
        && reads_as_allow(answer)
        && scene.gateway_verdict(name).is_none()
    {
        // Whatever the line was: a permission that no gateway gave is one that nobody gave.
        let seen = [client(answer.to_string()), gateway(scene.gateway_view(name))];
        findings.add(Code::DecisionEscalated, name, "no permission without the gateway's verdict", seen);
        return false;
    }
    if expect.first
        && let Some(earlier) = scene.answered_before(name)
    {
        let seen = [client(format!("first {earlier}, then {answer}"))];
        findings.add(Code::AnsweredLate, name, "the answer before those of slower calls", seen);
    }
    if expect.denied {
        denial::judge(scene, expect, answer, name, findings);
        return true;
    }
    if expect.refused {
        if !is_refusal(answer) {
            let seen = [client(answer.to_string()), gateway(scene.gateway_view(name))];
            findings.add(Code::NotRefused, name, expected(expect), seen);
        }
        return false;
    }
    match (answer.get("result"), answer.get("error")) {
        (Some(result), _) => judge_result(scene, case, expect, result, name, findings),
        (None, error) => judge_error(scene, expect, error, answer, name, findings),
    }
    true
}

/// Judges when the answer came, where a play waits for the real 30 s.
fn timing(scene: &Scene<'_>, expect: &Expect, step: &str, findings: &mut Findings) {
    if expect.not_before.is_none() && expect.not_after.is_none() {
        return;
    }
    let Some(took) = scene.recording.took(step) else { return };
    let seen = || [client(format!("an answer after {} ms", took.as_millis())), gateway(scene.gateway_view(step))];
    if let Some(least) = expect.not_before.filter(|least| took < least.get()) {
        findings.add(Code::GaveUpEarly, step, format!("no answer before {} s", least.get().as_secs()), seen());
    }
    if let Some(most) = expect.not_after.filter(|most| took > most.get()) {
        findings.add(Code::BudgetExceeded, step, format!("an answer within {} s", most.get().as_secs()), seen());
    }
}

/// Whether the answer to a step could be taken for a verdict, though the step is not made as a scan.
fn may_decide(verb: &Verb) -> bool {
    match verb {
        Verb::Raw(_) | Verb::Call(_) => true,
        Verb::Request(request) => !matches!(request.method.as_str(), "initialize" | "server/discover" | "tools/list"),
        _ => false,
    }
}

/// Whether a guard said that it will not do it, in a way that nobody takes for permission.
fn is_refusal(answer: &Json) -> bool {
    let refused = answer.get("result").is_none_or(|result| {
        let verdict = Verdict::read(result);
        verdict.is_error && verdict.decision().is_none()
    });
    refused && !reads_as_allow(answer)
}

/// No answer came; finds out what kind of silence it is.
fn silence(scene: &Scene<'_>, step: &str, expected: &str, has_budget: bool, findings: &mut Findings) {
    let id = scene.id_of(step);
    let near = id.and_then(|id| {
        scene.answers().find(|answer| answer.get("id").is_some_and(|other| other != id && plain(other) == plain(id)))
    });
    if let (Some(answer), Some(id)) = (near, id) {
        return findings.add(
            Code::IdAltered,
            step,
            format!("an answer with the id {id}"),
            [client(answer.to_string())],
        );
    }
    if let Some(status) = scene.died() {
        // Said once: every later step is silent for the same reason.
        if findings.list.iter().all(|finding| finding.code != Code::Died) {
            let seen = [
                process_saw(format!("ended with {status}; {}", scene.last_words())),
                gateway(scene.gateway_view(step)),
            ];
            findings.add(Code::Died, step, expected, seen);
        }
        return;
    }
    if let (Some(answer), Some(id), false) =
        (scene.answer_to_unreadable(step), id, scene.recording.header.version.has_batches())
    {
        // It was read well enough to be refused. Of a batch that is refused whole nobody can tell.
        let seen = [client(answer.to_string())];
        return findings.add(Code::IdAltered, step, format!("an answer with the id {id}"), seen);
    }
    let budget_ms = scene.recording.header.budget_ms;
    let waited = scene.waited(step).unwrap_or_default();
    let code = if has_budget && !is_opening(step) { Code::BudgetExceeded } else { Code::NoAnswer };
    let expected = match code {
        Code::BudgetExceeded => format!("{expected}, within a budget of {budget_ms} ms"),
        _ => expected.to_owned(),
    };
    let seen = [client(format!("nothing in {waited} ms; {}", scene.last_words())), gateway(scene.gateway_view(step))];
    findings.add(code, step, expected, seen);
}

/// An id without its JSON type, and a number as a double has it: past 2^53 it has a neighbour's.
fn plain(id: &Json) -> String {
    match id {
        Json::String(text) => text.clone(),
        Json::Number(digits) => digits.parse::<f64>().map_or_else(|_| digits.clone(), |number| number.to_string()),
        other => other.to_string(),
    }
}

fn expected(expect: &Expect) -> String {
    if expect.denied {
        return "a denial".into();
    }
    if expect.refused {
        return "an error, or a result with isError and without a verdict".into();
    }
    match (expect.decision, expect.error, &expect.resource) {
        (Some(Decision::None), ..) => "a failed scan: isError true, no decision".into(),
        (Some(decision), ..) => format!("the decision {}", decision.word()),
        (None, Some(code), _) => format!("the JSON-RPC error {code}"),
        (None, None, Some(uri)) => format!("the text of {uri}"),
        (None, None, None) => "an answer".into(),
    }
}

fn judge_error(
    scene: &Scene<'_>,
    expect: &Expect,
    error: Option<&Json>,
    answer: &Json,
    step: &str,
    findings: &mut Findings,
) {
    if let Some(pattern) = &expect.error_data {
        let due = partial::due(pattern, &scene.recording.header);
        if !partial::holds(error.and_then(|error| error.get("data")), &due) {
            let expected = format!("an error whose data holds {due}");
            findings.add(Code::AnswerDiffers, step, expected, [client(answer.to_string())]);
        }
    }
    let code = error.and_then(|error| error.get("code")).map(ToString::to_string);
    if expect.decision != Some(Decision::Allow) && error.is_some_and(reads_as_allow) {
        let seen = [client(answer.to_string())];
        return findings.add(Code::FailureReadsAsAllow, step, expected(expect), seen);
    }
    let found = match (expect.error, &expect.resource, expect.decision) {
        (Some(due), ..) if code.as_deref() == Some(&due.to_string()) => return,
        // Clients act on the codes that MCP itself defines; those of JSON-RPC only tell people.
        (Some(due), ..) if modern::DEFINED.contains(&due) => Code::AnswerDiffers,
        (Some(_), ..) => Code::ErrorCodeWrong,
        (None, Some(_), _) => Code::ResourceMissing,
        (None, None, Some(Decision::None)) => Code::FailureNotError,
        (None, None, _) => Code::ErrorUnexpected,
    };
    findings.add(found, step, expected(expect), [client(answer.to_string())]);
}

fn judge_result(scene: &Scene<'_>, case: &Case, expect: &Expect, result: &Json, step: &str, findings: &mut Findings) {
    let seen = || [client(result.to_string()), gateway(scene.gateway_view(step))];
    if expect.error.is_some() {
        return findings.add(Code::ErrorExpected, step, expected(expect), seen());
    }
    if let Some(pattern) = &expect.result {
        let due = partial::due(pattern, &scene.recording.header);
        if !partial::holds(Some(result), &due) {
            findings.add(Code::AnswerDiffers, step, format!("a result that holds {due}"), seen());
        }
    }
    let verdict = Verdict::read(result);
    let said = scene.gateway_verdict(step);
    if let Some(due) = expect.decision {
        if result.get("resultType").is_some_and(|kind| kind.as_str() != Some("complete")) {
            findings.add(
                Code::AnswerDiffers,
                step,
                "a result that is complete, or no client reads the verdict",
                seen(),
            );
        }
        for code in decision_codes(due, result, &verdict, said.as_ref(), case) {
            findings.add(code, step, expected(expect), seen());
        }
        // What else a verdict must carry is only asked of the verdict that was due.
        if due == Decision::None || verdict.decision() != Some(due.word()) {
            return;
        }
    }
    if let Some(reasons) = &expect.reason_codes {
        let mut due: Vec<_> = reasons.iter().map(String::as_str).collect();
        let mut got: Vec<_> =
            verdict.member("reason_codes").and_then(Json::as_array).unwrap_or_default().iter().map(plain).collect();
        due.sort_unstable();
        got.sort_unstable();
        if due != got {
            findings.add(Code::ReasonsAltered, step, format!("the reason codes {}", due.join(", ")), seen());
        }
    }
    let member = |name: &str| if name.starts_with('/') { result.pointer(name) } else { verdict.member(name) };
    for name in &expect.has {
        match member(name) {
            value if value.is_none_or(is_nothing) => {
                findings.add(Code::FieldMissing, step, format!("the member {name}"), seen());
            }
            _ => {
                // What the gateway has said is passed on as it is, wherever it can be read.
                let due = said.as_ref().and_then(|said| said.get(name));
                let differs = |form: &Json| form.get(name).is_some_and(|value| due.is_some_and(|due| due != value));
                if verdict.forms().any(differs) {
                    findings.add(Code::VerdictAltered, step, format!("{name}: {}", shown(due)), seen());
                }
            }
        }
    }
    for name in expect.lacks.iter().filter(|name| member(name).is_some()) {
        findings.add(Code::FieldUnexpected, step, format!("no member {name}"), seen());
    }
    if expect.sanitized_body.is_some() {
        sanitized_body(scene, &verdict, step, findings, &seen);
    }
    if expect.is_error.is_some_and(|due| due != verdict.is_error) {
        let code = match (verdict.is_error, verdict.decision()) {
            (true, Some("DENY")) => Code::DenialIsError,
            (true, _) => Code::ErrorUnexpected,
            (false, _) => Code::FailureNotError,
        };
        findings.add(code, step, format!("isError {}", !verdict.is_error), seen());
    }
    if expect.readable_as.contains(&Form::Structure) && verdict.structure.is_none() {
        findings.add(Code::StructureMissing, step, "the verdict in structuredContent", seen());
    }
    if expect.readable_as.contains(&Form::Text) && verdict.text.is_none() {
        findings.add(Code::TextMissing, step, "the verdict as JSON text", seen());
    }
    offer::tools(scene, expect, step, findings);
    if let Some(earlier) = expect.repeats {
        repeats(scene, earlier, result, step, findings);
    }
    if let Some(uri) = &expect.resource {
        let contents = result.get("contents").and_then(Json::as_array).unwrap_or_default();
        let is_there = |content: &Json| {
            content.get("uri").and_then(Json::as_str) == Some(uri)
                && content.get("text").and_then(Json::as_str).is_some_and(|text| !text.trim().is_empty())
        };
        if !contents.iter().any(is_there) {
            findings.add(Code::ResourceMissing, step, expected(expect), seen());
        }
    }
}

/// Whether a member is there in name only.
fn is_nothing(value: &Json) -> bool {
    matches!(value, Json::Null) || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// What is wrong with the decision that the client read, given the one that was due and what the
/// gateway said.
fn decision_codes(due: Decision, result: &Json, verdict: &Verdict, gateway: Option<&Json>, case: &Case) -> Vec<Code> {
    let read = verdict.decision();
    if due != Decision::Allow && reads_as_allow(result) {
        let was_refused = due != Decision::None || gateway.is_some_and(|answer| answer.get("decision").is_some());
        return vec![match (was_refused, case.opens_on_failure()) {
            (true, _) => Code::DecisionEscalated,
            // Some failures were meant to be let through; that this one was too is a lesser fault.
            (false, true) => Code::FailOpenTooWide,
            (false, false) => Code::FailureReadsAsAllow,
        }];
    }
    match (due, read) {
        (Decision::None, Some(_)) => vec![Code::IncompleteVerdict],
        (Decision::None, None) if verdict.is_error => vec![],
        (Decision::None, None) => vec![Code::FailureNotError],
        (_, Some(word)) if word == due.word() => vec![],
        (_, Some(word)) if word.trim().eq_ignore_ascii_case(due.word()) => vec![Code::DecisionRespelled],
        (_, Some(_)) => vec![Code::DecisionAltered],
        (_, None) => vec![Code::VerdictMissing],
    }
}

fn sanitized_body<const N: usize>(
    scene: &Scene<'_>,
    verdict: &Verdict,
    step: &str,
    findings: &mut Findings,
    seen: &impl Fn() -> [crate::finding::Seen; N],
) {
    let sent = scene.gateway_verdict(step).and_then(|verdict| verdict.get("sanitized_body").cloned());
    if verdict.member("sanitized_body").is_none() {
        return findings.add(Code::FieldMissing, step, "the member sanitized_body", seen());
    }
    for form in verdict.forms() {
        if form.get("sanitized_body").is_some_and(|body| Some(body) != sent.as_ref()) {
            let expected = format!("sanitized_body {} wherever the verdict can be read", shown(sent.as_ref()));
            return findings.add(Code::SanitizedBodyAltered, step, expected, seen());
        }
    }
}

/// Judges a list that must be the same as that of an earlier step.
fn repeats(scene: &Scene<'_>, earlier: usize, result: &Json, step: &str, findings: &mut Findings) {
    let list = |result: &'_ Json| {
        let members = result.as_object().unwrap_or_default().iter();
        members.filter_map(|(_, value)| value.as_array()).next().unwrap_or_default().to_vec()
    };
    let before = scene.answer(&earlier.to_string()).and_then(|answer| answer.get("result")).map(list);
    let (before, now) = (before.unwrap_or_default(), list(result));
    if before == now {
        return;
    }
    let is_same_set = before.len() == now.len() && before.iter().all(|item| now.contains(item));
    let code = if is_same_set { Code::ListReordered } else { Code::ListVaries };
    let expected = format!("the list of step {earlier}: {}", Json::Array(before));
    findings.add(code, step, expected, [client(Json::Array(now).to_string())]);
}
