//! What happened, as a scenario that makes it happen again: the same requests get the same answers.
//! Secrets and PII are left out of conditions and redacted in replies. Pure.

use std::sync::Arc;

use serde_json::Value;

use crate::api::{Call, Key, Request, Scan};
use crate::approval::{Approval, Verdict};
use crate::classify;
use crate::engine::Decider;
use crate::journal::{Decision, Entry};
use crate::json::{Json, Quoted};
use crate::redact;
use crate::scenario::{Become, Course, OneOrMany, Pattern, Period, Repeat, Reply, Rule, Subset, When};

/// The rules that give these requests the answers that they were given. What the gateway answers by
/// itself, grants and denials included, it will answer again; an approval that was decided decides
/// itself after the same time.
pub(crate) fn rules(entries: &[Entry], approvals: &[Approval]) -> Vec<Rule> {
    let mut rules: Vec<(String, When, Vec<Reply>)> = Vec::new();
    for entry in entries {
        let Some(Decision { by, approval, reply: Some(reply), .. }) = &entry.decision else { continue };
        let scripted = match by {
            Decider::Rule { .. } => true,
            // Without this rule the replay would meet none either, but another rule could catch it.
            Decider::BuiltIn => entry.decision.as_ref().is_some_and(|decision| decision.miss.is_some()),
            Decider::Grant { .. } | Decider::Denial { .. } => false,
        };
        let Some(when) = scripted.then(|| condition(entry)).flatten() else { continue };
        let mut reply = without_secrets(reply);
        reply.repeat = None;
        reply.approval = course(approval.as_deref(), approvals);
        let text = serde_json::to_string(&when).expect("a condition has string keys and finite numbers");
        match rules.iter_mut().find(|(known, ..)| *known == text) {
            Some((_, _, replies)) => replies.push(reply),
            None => rules.push((text, when, vec![reply])),
        }
    }
    // A condition that asks for more is longer; it must come before the one that it is a part of.
    rules.sort_by_key(|(text, ..)| std::cmp::Reverse(text.len()));
    let rule = |(_, when, replies)| OneOrMany::some(in_runs(replies)).map(|then| Rule { when, then });
    rules.into_iter().filter_map(rule).collect()
}

/// The request that this was, less its secrets.
fn condition(entry: &Entry) -> Option<When> {
    // Which key it came with is not written down, and does not matter here.
    let key: Key = "any".parse().ok()?;
    let request = Request::read(&entry.method, &entry.path, Some(key), &entry.body, entry.length).ok()?;
    let body = request.body().and_then(|body| presentable("", body)).map(Subset::from);
    Some(match &request.call {
        Call::Scan(scan) => When { body, ..scan_condition(scan) },
        _ => When { path: Some(Pattern::around(&request.path, &[])), body, ..When::default() },
    })
}

fn scan_condition(scan: &Scan) -> When {
    let holes: Vec<_> = classify::url(&scan.url).into_iter().map(|finding| finding.range).collect();
    let agent = scan.agent.iter().flatten().find(|agent| classify::findings(agent).is_empty());
    When {
        tool_name: scan.tool_name.clone().map(OneOrMany::from),
        method: Some(scan.method.clone().into()),
        url: Some(Pattern::around(&scan.url, &holes)),
        agent: agent.cloned().map(OneOrMany::from),
        ..When::default()
    }
}

/// The value under this name, less the members in which something was found; `None` when nothing
/// is left of it that could be asked for.
fn presentable(name: &str, value: &Json) -> Option<Value> {
    match value {
        Json::Object(members) => {
            let clean = |(name, value): &(String, Json)| {
                classify::findings(name)
                    .is_empty()
                    .then(|| presentable(name, value))
                    .flatten()
                    .map(|value| (name.clone(), value))
            };
            Some(Value::Object(members.iter().filter_map(clean).collect()))
        }
        Json::Array(items) => items.iter().map(|item| presentable("", item)).collect::<Option<_>>().map(Value::Array),
        scalar => {
            let alone = format!("{{{}:{scalar}}}", Quoted(name));
            let clean = classify::in_document(&alone).is_empty();
            clean.then(|| serde_json::from_str(&scalar.to_string()).ok()).flatten()
        }
    }
}

fn without_secrets(reply: &Arc<Reply>) -> Reply {
    let mut reply = Reply::clone(reply);
    let redact = |text: &str| match Json::parse(text.as_bytes()) {
        Ok(_) => redact::json(text).text,
        Err(_) => redact::text(text).text,
    };
    let value = |value: &Value| serde_json::from_str(&redact::json(&value.to_string()).text).unwrap_or(Value::Null);
    reply.sanitized_body = reply.sanitized_body.as_ref().map(value);
    reply.sanitized_body_json = reply.sanitized_body_json.as_deref().map(redact);
    reply.json = reply.json.as_deref().map(redact);
    reply.location = reply.location.as_deref().map(|url| redact::url(url).text);
    reply.approval_url = reply.approval_url.as_deref().map(|url| redact::url(url).text);
    for extra in reply.extra.values_mut() {
        *extra = value(extra);
    }
    reply
}

/// The decision that an analyst made, as one that makes itself.
fn course(id: Option<&str>, approvals: &[Approval]) -> Option<Course> {
    let approval = approvals.iter().find(|approval| Some(&*approval.id) == id)?;
    let r#become = match approval.verdict? {
        Verdict::Approve => Become::Approved,
        Verdict::Deny => Become::Denied,
    };
    Some(Course { after: Period::new(approval.decided?.since(approval.opened)), r#become })
}

/// Equal replies in a row become one that repeats.
fn in_runs(replies: Vec<Reply>) -> Vec<Reply> {
    let text = |reply: &Reply| serde_json::to_string(&Reply { repeat: None, ..reply.clone() }).unwrap_or_default();
    let mut runs: Vec<(Reply, u32)> = Vec::new();
    for reply in replies {
        match runs.last_mut() {
            Some((last, times)) if text(last) == text(&reply) => *times += 1,
            _ => runs.push((reply, 1)),
        }
    }
    let repeated = |(reply, times): (Reply, u32)| Reply {
        repeat: std::num::NonZeroU32::new(times).filter(|times| times.get() > 1).map(Repeat::Times),
        ..reply
    };
    runs.into_iter().map(repeated).collect()
}
