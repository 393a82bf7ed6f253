//! What the plays of a case come to: over its versions, and over the rounds when it is played again.
//! Never how a play is judged.

use super::court::{self, Judged};
use super::plays::Played;
use crate::case::{Case, Kind};
use crate::event::CaseResult;
use crate::finding::{self, Finding};
use crate::known::{Day, Known};
use crate::launch;
use crate::outcome::Outcome;
use crate::requirement::Requirement;
use crate::version::{Scope, Version};

/// By what findings are weighed.
pub(super) struct Scales<'a> {
    pub(super) known: &'a [Known],
    pub(super) strict: bool,
    pub(super) today: Day,
}

/// The result of a case, from all that was played; `unfit` says why it is not about this guard. `rerun`
/// makes the line that runs it again, of what was found and of the versions it was played in.
pub(super) fn result(
    case: &Case,
    requirement: &Requirement,
    played: &[Played],
    unfit: Option<String>,
    scales: &Scales<'_>,
    rerun: impl Fn(&[Finding], &[Version]) -> String,
) -> CaseResult {
    let is_own = |played: &&Played| match case.kind {
        Kind::Played(_) => played.play.case.id == case.id,
        Kind::Standing(standing) => case.is_about(played.play.version) && standing.is_about(&played.play.case),
    };
    let own: Vec<&Played> = played.iter().filter(|_| unfit.is_none()).filter(is_own).collect();
    let mut versions: Vec<_> = own.iter().map(|played| played.play.version).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    let mut rounds = rounds(&own).into_iter().map(|plays| Round::of(case, plays, scales));
    let Some(mut shown) = rounds.next() else {
        let scope = || case.versions.iter().map(Scope::word).collect::<Vec<_>>().join(", ");
        let note = unfit.unwrap_or_else(|| format!("about MCP versions that are not played: {}", scope()));
        return CaseResult {
            case: case.id.clone(),
            outcome: Outcome::NotApplicable,
            requirement: requirement.clone(),
            note: Some(note),
            duration_ms: 0,
            rerun: rerun(&[], &[]),
            versions,
            findings: Vec::new(),
            rounds: Vec::new(),
            plays: Vec::new(),
        };
    };
    let mut counts = vec![shown.outcome];
    for round in rounds {
        counts.push(round.outcome);
        let worse = round.outcome.severity() > shown.outcome.severity();
        let (mut worst, other) = if worse { (round, shown) } else { (shown, round) };
        finding::merge(&mut worst.findings, &other.findings);
        shown = worst;
    }
    let is_played = matches!(case.kind, Kind::Played(_));
    CaseResult {
        case: case.id.clone(),
        outcome: shown.outcome,
        requirement: requirement.clone(),
        note: shown.note,
        duration_ms: if is_played { super::milliseconds(shown.plays.iter().map(|play| play.took).sum()) } else { 0 },
        rerun: rerun(&shown.findings, &versions),
        versions,
        findings: shown.findings,
        rounds: if counts.len() > 1 { Outcome::count(&counts) } else { Vec::new() },
        plays: if is_played {
            shown.plays.iter().filter_map(|play| play.judged.as_ref().ok()?.told.clone()).collect()
        } else {
            Vec::new()
        },
    }
}

/// The plays of each round, in the order of rounds.
fn rounds<'a>(own: &[&'a Played]) -> Vec<Vec<&'a Played>> {
    let mut rounds: Vec<Vec<&Played>> = Vec::new();
    for played in own {
        let round = played.play.round as usize;
        rounds.resize_with(rounds.len().max(round + 1), Vec::new);
        rounds[round].push(*played);
    }
    rounds.retain(|plays| !plays.is_empty());
    rounds
}

/// What one round of a case came to.
struct Round<'a> {
    outcome: Outcome,
    findings: Vec<Finding>,
    note: Option<String>,
    plays: Vec<&'a Played>,
}

impl<'a> Round<'a> {
    fn of(case: &Case, plays: Vec<&'a Played>, scales: &Scales<'_>) -> Self {
        let judged: Vec<&Judged> = plays.iter().filter_map(|play| play.judged.as_ref().ok()).collect();
        let mut note = plays.iter().find_map(|play| play.judged.as_ref().err().cloned());
        let mut findings = Vec::new();
        let unseen = match case.kind {
            Kind::Played(_) => {
                judged.iter().for_each(|judged| finding::merge(&mut findings, &judged.own));
                if case.looks_at_processes() && !launch::SEES_PROCESSES && note.is_none() {
                    note = Some(court::UNSEEN.into());
                    Some(Outcome::NotObservable)
                } else {
                    note.is_some().then_some(Outcome::CouldNotRun)
                }
            }
            Kind::Standing(standing) => match court::weigh(standing, &judged) {
                Ok(seen) => {
                    (findings, note) = (seen, None);
                    None
                }
                Err((outcome, why)) => {
                    note = Some(why);
                    Some(outcome)
                }
            },
        };
        let weighed = Outcome::judged(&case.id, &findings, scales.known, scales.strict, scales.today);
        // A failure that was seen in one version stands, whatever became of the others.
        let outcome = unseen.filter(|_| weighed != Outcome::Fail).unwrap_or(weighed);
        Self { outcome, findings, note, plays }
    }
}
