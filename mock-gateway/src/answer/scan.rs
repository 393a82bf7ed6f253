//! The answer to a scan. Only what it says; who decided it is not asked.

use super::Verdict;
use super::object::{Object, list};
use crate::api::Scan;
use crate::classify::Class;
use crate::correlate::Overlap;
use crate::json::Json;
use crate::redact;
use crate::scenario::Reply;

fn risk(decision: &str) -> (f64, &'static str) {
    match decision {
        "ALLOW" => (0.05, "LOW"),
        "SANITIZE" => (0.45, "MEDIUM"),
        "REQUIRE_APPROVAL" => (0.7, "HIGH"),
        "DENY" => (0.95, "CRITICAL"),
        _ => (0.5, "MEDIUM"),
    }
}

fn operation(method: &str) -> &'static str {
    match method {
        "GET" | "HEAD" | "OPTIONS" => "read",
        "DELETE" => "delete",
        _ => "write",
    }
}

pub(super) fn body(scan: &Scan, verdict: &Verdict) -> String {
    let reply = &*verdict.reply;
    let decision = reply.decision.as_deref().unwrap_or_default();
    let (score, band) = risk(decision);
    let mut object = Object::new(&reply.omit);
    object.put_text("decision", decision);
    object.put("risk_score", reply.risk_score.unwrap_or(score));
    object.put_text("risk_band", reply.risk_band.as_deref().unwrap_or(band));
    object.put("reason_codes", list(reply.reason_codes.iter().map(String::as_str)));
    object.put_text("trace_id", verdict.trace_id());
    if let Some(tool_name) = &scan.tool_name {
        object.put_text("tool_name", tool_name);
    }
    object.put_text("operation", operation(&scan.method));
    object.put("classifications", list(scan.classes.iter().map(|class| class.name())));
    object.put("signals", signals(scan, verdict.overlap.as_ref()));
    if let Some(body) = sanitized(scan, reply) {
        object.put("sanitized_body", body);
    }
    let (id, url) = verdict.approval.as_ref().map_or((None, None), |(id, url)| (Some(id), Some(url)));
    if let Some(id) = reply.approval_id.as_ref().or(id) {
        object.put_text("approval_id", id);
    }
    if let Some(url) = reply.approval_url.as_ref().or(url) {
        object.put_text("approval_url", url);
    }
    if let Some(id) = &reply.policy_id {
        object.put_text("policy_id", id);
    }
    if let Some(name) = &reply.policy_name {
        object.put_text("policy_name", name);
    }
    for (name, value) in &reply.extra {
        object.put(name, Json::from(value));
    }
    object.end()
}

fn signals(scan: &Scan, overlap: Option<&Overlap>) -> String {
    let classified = scan.classes.iter().map(|class| {
        let (score, details) = match class {
            Class::Secrets => (0.95, "a credential by its form"),
            Class::Pii => (0.6, "personal data by its form"),
        };
        signal("classifier", score, details)
    });
    let overlaps = overlap.map(|overlap| signal("correlate", overlap.score(), &overlap.to_string()));
    format!("[{}]", classified.chain(overlaps).collect::<Vec<_>>().join(","))
}

fn signal(engine: &str, score: f64, details: &str) -> String {
    let mut object = Object::new(&[]);
    object.put_text("engine", engine);
    object.put("score", score);
    object.put_text("details", details);
    object.end()
}

fn sanitized(scan: &Scan, reply: &Reply) -> Option<String> {
    if let Some(value) = &reply.sanitized_body {
        return Some(Json::from(value).to_string());
    }
    if let Some(text) = &reply.sanitized_body_json {
        return Some(text.trim().to_owned());
    }
    reply.sanitize.map(|_redact| scan.raw_body().map_or_else(|| "{}".to_owned(), |body| redact::json(body).text))
}
