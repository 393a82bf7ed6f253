//! Judges each play when it ends, and weighs what the standing checks saw in all of them. Never how
//! a recording came about.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Options;
use crate::case::{Case, Kind, Standing};
use crate::event::PlayResult;
use crate::finding::Finding;
use crate::judge::Judge;
use crate::outcome::Outcome;
use crate::recording::{Recording, RecordingError};
use crate::requirement::{Requirement, Requirements};
use crate::timeline;

/// What is said of a check that needs more than this platform shows.
pub(super) const UNSEEN: &str = "this platform does not show it";

/// What a recording is judged by. Shared by all plays, so that each is judged when it ends and no
/// recording is kept longer than its play.
pub(super) struct Court {
    requirements: BTreeMap<String, Requirement>,
    /// The standing checks, each with its case for the versions that it is about.
    standing: Vec<(Standing, Case, Requirement)>,
    record: Option<PathBuf>,
}

impl Court {
    pub(super) fn of(selected: &[&Case], requirements: &Requirements, options: &Options) -> Self {
        let standing = selected.iter().filter_map(|case| match case.kind {
            Kind::Standing(standing) => Some((standing, (*case).clone(), requirements.get(&case.requirement)?.clone())),
            Kind::Played(_) => None,
        });
        Self {
            requirements: requirements
                .iter()
                .map(|requirement| (requirement.id.clone(), requirement.clone()))
                .collect(),
            standing: standing.collect(),
            record: options.record.clone(),
        }
    }

    pub(super) fn judge(&self, case: &Case, recording: &Recording) -> Judged {
        let judge = Judge::of(recording);
        let own = self.requirements.get(&case.requirement).map(|requirement| judge.play(case, requirement));
        let standing = self
            .standing
            .iter()
            .filter(|(standing, check, _)| check.is_about(recording.header.version) && standing.is_about(case));
        Judged {
            own: own.unwrap_or_default(),
            standing: standing
                .map(|(standing, _, requirement)| (*standing, judge.standing(*standing, requirement, case)))
                .collect(),
            opened: judge.no_session().is_none(),
            told: Some(told(recording)),
        }
    }

    /// Keeps the recording, where recordings are kept; from the second round on with the round's number.
    pub(super) fn keep(&self, case: &Case, recording: &Recording, round: u32) -> Result<(), RecordingError> {
        let Some(folder) = &self.record else { return Ok(()) };
        let round = if round == 0 { String::new() } else { format!("@{}", round + 1) };
        let path = folder.join(format!("{}@{}{round}.jsonl", case.id, recording.header.version));
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .map_err(|source| RecordingError::Io { path: parent.display().to_string(), source })?;
        recording.save(&path)
    }
}

/// What one recording has shown.
pub(super) struct Judged {
    pub(super) own: Vec<Finding>,
    /// By check, those that are about the play's version; `None` where this platform does not show it.
    standing: BTreeMap<Standing, Option<Vec<Finding>>>,
    /// Whether there was a session in it at all.
    opened: bool,
    /// What crossed, for whoever reads the report.
    pub(super) told: Option<PlayResult>,
}

impl Judged {
    /// Without what crossed, unless something was found: of many rounds, nobody reads the clean ones.
    pub(super) fn forget_if_clean(mut self) -> Self {
        self.told = self.told.filter(|_| !self.own.is_empty());
        self
    }
}

/// What a report keeps of a play: so much in calls, moments, and characters of each text.
const CALLS: usize = 100;
const MOMENTS: usize = 200;
const CHARACTERS: usize = 300;

fn told(recording: &Recording) -> PlayResult {
    let entries = || recording.direct.iter().chain(&recording.entries);
    let mut calls = timeline::calls(recording);
    calls.truncate(CALLS);
    PlayResult {
        version: recording.header.version,
        duration_us: entries().map(|entry| entry.at_us).max().unwrap_or_default(),
        calls,
        timeline: timeline::moments(recording, CHARACTERS).take(MOMENTS).collect(),
        moments: entries().count(),
    }
}

/// A standing check over all plays: the first offender of each kind as evidence, because the rest
/// would only repeat it.
pub(super) fn weigh(standing: Standing, judged: &[&Judged]) -> Result<Vec<Finding>, (Outcome, String)> {
    if !judged.iter().any(|judged| judged.opened) {
        return Err((Outcome::CouldNotRun, "no play came to a session in which it could be seen".into()));
    }
    let mut first: Vec<Finding> = Vec::new();
    for judged in judged.iter().filter_map(|judged| judged.standing.get(&standing)) {
        let Some(findings) = judged else {
            return Err((Outcome::NotObservable, UNSEEN.into()));
        };
        for finding in findings {
            match first.iter_mut().find(|other| other.code == finding.code) {
                Some(known) => known.seen_in(&finding.versions),
                None => first.push(finding.clone()),
            }
        }
    }
    Ok(first)
}
