//! What the gateway saw during a step: whether it was asked, how often, and with what.

use super::scene::{Asked, Scene};
use super::{Findings, client, gateway, shown};
use crate::case::{Case, Role};
use crate::finding::Code;
use crate::recording::{Event, Key};
use crate::step::{Field, GatewaySaw, Step, Verb};

/// Judges what the gateway saw. `reachable`: the guard answered, and could have asked.
pub(super) fn judge(scene: &Scene<'_>, case: &Case, step: &Step, name: &str, reachable: bool, findings: &mut Findings) {
    let default = GatewaySaw::default();
    let due = step.gateway_saw.as_ref().unwrap_or(&default);
    let asked = scene.asked(name);
    let relevant: Vec<_> = asked.into_iter().filter(|asked| is_about(asked, case.role, &step.verb)).collect();
    if due.requests == Some(0) && relevant.is_empty() && scene.was_asked_later(name) {
        // A guard that refuses and asks all the same has not refused.
        findings.add(
            Code::GatewayAsked,
            name,
            "no request about this line, later neither",
            [gateway("a later request")],
        );
    }
    if let Some(count) = due.requests {
        let code = match relevant.len() {
            got if got == count => None,
            _ if count == 0 => Some(Code::GatewayAsked),
            got if got < count => reachable.then_some(Code::GatewayNotAsked),
            _ => Some(Code::GatewayAskedAgain),
        };
        if let Some(code) = code {
            findings.add(code, name, format!("requests to the gateway: {count}"), [gateway(scene.gateway_view(name))]);
        }
    } else if reachable
        && relevant.len() < due.at_least.unwrap_or(1)
        && (step.verb.is_scan() || due.at_least.is_some())
        && !is_silent(name, findings)
    {
        // The right verdict for the wrong reason is a failure.
        let answer = shown(scene.answer(name));
        findings.add(
            Code::GatewayNotAsked,
            name,
            "the gateway to be asked",
            [client(answer), gateway(scene.gateway_view(name))],
        );
    }
    if let Some(most) = due.at_most.filter(|most| relevant.len() > *most) {
        findings.add(
            Code::GatewayAskedAgain,
            name,
            format!("requests to the gateway: {most} at the most"),
            [gateway(scene.gateway_view(name))],
        );
    }
    if let Some(due) = &due.path
        && let Some(other) = relevant.iter().map(|asked| asked.endpoint()).find(|path| path != due)
    {
        findings.add(Code::FieldAltered, name, format!("the path {due}"), [gateway(format!("the path {other}"))]);
    }
    if let Some(pattern) = &due.url {
        let url = |asked: &Asked<'_>| shown(asked.json.as_ref().and_then(|body| body.get("url")));
        let (before, after) = pattern.split_once('*').unwrap_or((pattern, ""));
        let fits = |url: &str| {
            let url = url.trim_matches('"');
            let has_room = url.len() >= before.len() + after.len();
            has_room && url.starts_with(before) && url.ends_with(after) && (pattern.contains('*') || url == pattern)
        };
        if let Some(other) = relevant.iter().map(|asked| url(asked)).find(|url| !fits(url)) {
            findings.add(Code::FieldAltered, name, format!("the url {pattern}"), [gateway(format!("the url {other}"))]);
        }
    }
    for text in &due.headers_lack {
        let text = text.to_ascii_lowercase();
        let has = |asked: &&Asked<'_>| {
            let mut heads = asked.headers.iter().flat_map(|(name, value)| [name.as_str(), value]);
            heads.any(|head| head.to_ascii_lowercase().contains(&text))
                || asked.path.to_ascii_lowercase().contains(&text)
        };
        if let Some(asked) = scene.asked(name).into_iter().find(has) {
            let head: Vec<_> = asked.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let seen = [gateway(format!("{} with {}", asked.path, head.join("; ")))];
            findings.add(Code::HeaderInjected, name, format!("`{text}` in no header and no path"), seen);
        }
    }
    if due.abandoned {
        let expected = "a request to the gateway, given up with the call";
        let code = match relevant.as_slice() {
            [] => Some(Code::GatewayNotAsked),
            asked => asked.iter().any(|asked| asked.answer.is_some()).then_some(Code::WorkNotStopped),
        };
        if let Some(code) = code {
            findings.add(code, name, expected, [gateway(scene.gateway_view(name))]);
        }
    }
    for field in &due.same {
        same(scene, *field, &relevant, name, findings);
    }
}

/// Whatever the gateway points to, only the gateway is asked.
pub(super) fn elsewhere(scene: &Scene<'_>, name: &str, findings: &mut Findings) {
    for event in scene.during(name) {
        if let Event::WentElsewhere { method, path, key, body, .. } = event {
            let key = if *key == Key::Missing { "no key" } else { "a key" };
            let seen = [gateway(format!("at the other host {method} {path} with {key} and {}", body.lossy()))];
            findings.add(Code::WentElsewhere, name, "requests to the gateway only", seen);
        }
    }
}

/// A peer that has not proved to be the gateway gets no request.
pub(super) fn impostor(scene: &Scene<'_>, name: &str, findings: &mut Findings) {
    if !scene.asked(name).is_empty() {
        let seen = [gateway(scene.gateway_view(name))];
        findings.add(Code::PeerNotVerified, name, "a handshake that fails, and no request", seen);
    }
}

/// Whether it has been said already that this step brought no verdict; that nobody was asked adds nothing.
fn is_silent(step: &str, findings: &Findings) -> bool {
    findings.list.iter().any(|finding| finding.step == step && finding.code == Code::VerdictMissing)
}

fn is_about(asked: &Asked<'_>, role: Role, verb: &Verb) -> bool {
    match verb {
        // Approvals are asked about in between, and results may be reported.
        _ if role == Role::Proxy => asked.is_scan(),
        Verb::Scan(_) => asked.is_scan(),
        Verb::ScanResponse(_) => asked.endpoint().ends_with("/v1/scan/response"),
        _ => true,
    }
}

fn same(scene: &Scene<'_>, field: Field, asked: &[&Asked<'_>], step: &str, findings: &mut Findings) {
    if field == Field::Key {
        if asked.iter().any(|asked| asked.key != Key::Right) {
            findings.add(
                Code::KeyNotSent,
                step,
                "the configured key as bearer token",
                [gateway(scene.gateway_view(step))],
            );
        }
        return;
    }
    let sent = scene.sent_field(step, field);
    for asked in asked {
        let arrived = asked.json.as_ref().and_then(|body| body.get(field.name()));
        if arrived != sent {
            let code =
                if matches!(field, Field::Body | Field::ResponseBody) { Code::BodyAltered } else { Code::FieldAltered };
            let expected = format!("{}: {}", field.name(), shown(sent));
            let seen = match asked.json {
                Some(_) => format!("{}: {}", field.name(), shown(arrived)),
                None => format!("a body that is not strict JSON: {}", asked.body.lossy()),
            };
            return findings.add(code, step, expected, [gateway(seen)]);
        }
    }
}
