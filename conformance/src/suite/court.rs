//! Judges each play when it ends, and weighs what the standing checks saw in all of them. Never how
//! a recording came about.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Options;
use crate::case::{Case, Kind, Standing};
use crate::finding::Finding;
use crate::judge::Judge;
use crate::outcome::Outcome;
use crate::recording::{Recording, RecordingError};
use crate::requirement::{Requirement, Requirements};

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
        }
    }

    pub(super) fn keep(&self, case: &Case, recording: &Recording) -> Result<(), RecordingError> {
        let Some(folder) = &self.record else { return Ok(()) };
        let path = folder.join(format!("{}@{}.jsonl", case.id, recording.header.version));
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
            return Err((Outcome::NotObservable, "this platform does not show it".into()));
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
