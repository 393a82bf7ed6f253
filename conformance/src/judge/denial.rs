//! What the client is told of a call that a proxy did not let run.

use mock_gateway::json::Json;

use super::scene::Scene;
use super::{Findings, client, gateway, texts};
use crate::finding::Code;
use crate::step::Expect;

/// Judges the answer to a call that must have been denied.
pub(super) fn judge(scene: &Scene<'_>, expect: &Expect, answer: &Json, step: &str, findings: &mut Findings) {
    let seen = || [client(answer.to_string()), gateway(scene.gateway_view(step))];
    let declared = &scene.recording.header.deny_when;
    let is_error = answer.pointer("/result/isError") == Some(&Json::Bool(true));
    if !declared.is_empty() {
        if !declared.iter().any(|form| form.fits(answer)) {
            findings.add(Code::DenialUnclear, step, "a denial in a form that `deny_when` declares", seen());
        }
    } else if !is_error {
        let code = if answer.get("error").is_some() { Code::DenialForm } else { Code::DenialUnclear };
        findings.add(code, step, "a result with isError: true", seen());
    }
    let texts = texts(answer);
    for name in expect.names.iter().filter(|name| !texts.iter().any(|text| text.contains(name.as_str()))) {
        findings.add(Code::ReasonsHidden, step, format!("`{name}` in the answer"), seen());
    }
}
