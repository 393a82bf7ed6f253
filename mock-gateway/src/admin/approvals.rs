//! Approvals and the grants that come of them: listed, decided, revoked.

use std::sync::Arc;

use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::{Ask, Operation};
use super::problem::Problem;
use super::query::APPROVALS;
use crate::answer::whole_seconds;
use crate::approval::{self, ApprovalError, Status, Verdict};
use crate::clock::Moment;
use crate::server::{Approvals, Shared};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// One approval and the call that waits for it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Approval {
    approval_id: String,
    status: Status,
    /// The method of the call.
    method: String,
    /// Its URL.
    url: String,
    tool_name: Option<String>,
    agent_id: Option<String>,
    agent_name: Option<String>,
    /// When it was asked for.
    opened_at: Moment,
    /// When it was decided.
    decided_at: Option<Moment>,
    /// What the analyst wrote about it.
    note: Option<String>,
    /// When the wait, or the window of the decision, ends or ended.
    expires_at: Moment,
    /// How much of that is left; a part of a second counts as one.
    remaining_seconds: u64,
}

/// Approvals, oldest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Approvals", deny_unknown_fields)]
struct List {
    approvals: Vec<Approval>,
}

/// An approval with all that an analyst needs to see.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ApprovalInFull {
    approval: Approval,
    /// The headers of the call, names and values.
    headers: Vec<(String, String)>,
    /// The text of the body, as it came; `null` when there is none.
    body: Option<String>,
    /// What was found in it.
    classifications: Vec<&'static str>,
}

/// The grants that run, oldest first: the same arguments are allowed while they do.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Grants {
    grants: Vec<Approval>,
}

/// Why an analyst decides so.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// For the other people at the desk; clients do not see it.
    #[serde(default)]
    #[schemars(length(max = 2_000))]
    note: Option<String>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/approvals",
            "listApprovals",
            "The approvals that were asked for, oldest first.",
            list,
        )
        .asking(APPROVALS),
        Operation::new(
            Method::GET,
            "/approvals/{approval_id}",
            "readApproval",
            "One approval, with the whole call that waits for it.",
            read,
        )
        .failing(&[404]),
        Operation::with_body(
            Method::POST,
            "/approvals/{approval_id}/approve",
            "approve",
            "Approves one, and opens its grant window: the same arguments are allowed while it runs.",
            |shared, ask, reason| decide(shared, ask, Verdict::Approve, &reason),
        )
        .failing(&[404, 409]),
        Operation::with_body(
            Method::POST,
            "/approvals/{approval_id}/deny",
            "deny",
            "Denies one, and opens its deny window: the same arguments are denied while it runs.",
            |shared, ask, reason| decide(shared, ask, Verdict::Deny, &reason),
        )
        .failing(&[404, 409]),
        Operation::new(
            Method::GET,
            "/grants",
            "listGrants",
            "The grants that run, with the time left.",
            |shared, _| {
                let mut running = desk(shared).all();
                running.retain(approval::Approval::is_grant);
                Ok(Grants { grants: running.iter().map(Approval::from).collect() })
            },
        ),
        Operation::new(
            Method::DELETE,
            "/grants/{approval_id}",
            "revokeGrant",
            "Ends a grant before its time: the same arguments need an approval again.",
            |shared, ask| Ok(Approval::from(&desk(shared).revoke(&ask.name)?)),
        )
        .failing(&[404]),
    ]
}

fn desk(shared: &Arc<Shared>) -> Approvals {
    Approvals::of(Arc::clone(shared))
}

fn list(shared: &Arc<Shared>, ask: &Ask) -> Result<List, Problem> {
    let mut all = desk(shared).all();
    all.retain(|approval| ask.search.status.is_none_or(|status| status == approval.status));
    Ok(List { approvals: all.iter().map(Approval::from).collect() })
}

fn read(shared: &Arc<Shared>, ask: &Ask) -> Result<ApprovalInFull, Problem> {
    let found = desk(shared).all().into_iter().rev().find(|approval| approval.id == ask.name);
    let found = found.ok_or_else(|| Problem::no_approval(&ApprovalError::Unknown(ask.name.clone())))?;
    Ok(ApprovalInFull {
        approval: Approval::from(&found),
        headers: found.scan.headers.clone(),
        body: found.scan.raw_body().map(str::to_owned),
        classifications: found.scan.classes.iter().map(|class| class.name()).collect(),
    })
}

fn decide(shared: &Arc<Shared>, ask: &Ask, verdict: Verdict, reason: &Reason) -> Result<Approval, Problem> {
    let note = reason.note.as_deref();
    if let Some(length) = note.map(|note| note.chars().count()).filter(|length| *length > LONGEST_NOTE) {
        let error = format!("the note has {length} characters");
        return Err(Problem::new(400, error, format!("write at most {LONGEST_NOTE}")));
    }
    Ok(Approval::from(&desk(shared).decide(&ask.name, verdict, note)?))
}

impl From<&approval::Approval> for Approval {
    fn from(approval: &approval::Approval) -> Self {
        let scan = &approval.scan;
        let [agent_id, agent_name] = scan.agent.clone();
        Self {
            approval_id: approval.id.clone(),
            status: approval.status,
            method: scan.method.clone(),
            url: scan.url.clone(),
            tool_name: scan.tool_name.clone(),
            agent_id,
            agent_name,
            opened_at: approval.opened,
            decided_at: approval.decided,
            note: approval.note.as_deref().map(str::to_owned),
            expires_at: approval.expires,
            remaining_seconds: whole_seconds(approval.remaining),
        }
    }
}
