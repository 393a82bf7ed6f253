//! Judges recordings again, without a guard: what a run kept, or what somebody else sent.
//! Never plays anything.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::court::Court;
use super::plays::{Play, Played};
use super::result::{self, Scales};
use super::{Options, RunError, tell_all};
use crate::case::{Case, Kind};
use crate::event::{CaseResult, Event};
use crate::known::Known;
use crate::outcome::Exit;
use crate::recording::{Recording, RecordingError};
use crate::requirement::Requirements;

/// Judges recordings (files, or folders with all that is in them) by the cases of today, tells the
/// results, and returns the exit code. The standing checks are judged on those recordings only, and
/// whether a known failure is stale is not asked.
///
/// # Errors
/// When a recording cannot be read, is of no case that there is, or there is none.
pub fn judge_again(
    paths: &[PathBuf],
    cases: &[Case],
    requirements: &Requirements,
    known: &[Known],
    options: &Options,
    mut tell: impl FnMut(Event),
) -> Result<Exit, RunError> {
    let began = Instant::now();
    let files = files(paths)?;
    if files.is_empty() {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(RunError::NothingSelected(format!("no recording (*.jsonl) in {}", paths.join(", "))));
    }
    let standing = cases.iter().filter(|case| matches!(case.kind, Kind::Standing(_)));
    let court = Court::of(&standing.collect::<Vec<_>>(), requirements, options);
    let mut played = Vec::new();
    for file in &files {
        let recording = Recording::load(file)?;
        let case = cases.iter().find(|case| case.id == recording.header.case).ok_or_else(|| RunError::UnknownCase {
            path: file.display().to_string(),
            case: recording.header.case.clone(),
        })?;
        let version = recording.header.version;
        let judged = court.judge(case, &recording);
        let round = played.iter().filter(|played: &&Played| played.play.is_of(case, version)).count();
        let round = u32::try_from(round).unwrap_or(u32::MAX);
        let took = Duration::from_micros(judged.told.as_ref().map_or(0, |told| told.duration_us));
        let play = Play { case: Arc::new(case.clone()), version, round };
        played.push(Played { play, judged: Ok(judged), unsaved: None, took });
    }
    // In the order of a run, for the first offender is the evidence.
    let place = |played: &Played| cases.iter().position(|case| case.id == played.play.case.id);
    played.sort_by_key(|played| (played.play.round, place(played), Reverse(played.play.version)));
    let recorded: BTreeSet<&str> = played.iter().map(|played| played.play.case.id.as_str()).collect();
    let scales = Scales { known, strict: options.strict, today: options.today };
    let results: Vec<CaseResult> = cases
        .iter()
        .filter(|case| matches!(case.kind, Kind::Standing(_)) || recorded.contains(case.id.as_str()))
        .filter_map(|case| {
            let words = options.rerun.iter().map(String::as_str);
            let rerun = shlex::try_join(words).unwrap_or_default();
            let requirement = requirements.get(&case.requirement)?;
            Some(result::result(case, requirement, &played, None, &scales, |_, _| rerun.clone()))
        })
        .collect();
    Ok(tell_all(results, Vec::new(), began, &mut tell))
}

/// The recordings among `paths` and in the folders among them, in the order of names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, RecordingError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { within(path, &mut files)? } else { files.push(path.clone()) }
    }
    Ok(files)
}

fn within(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), RecordingError> {
    let unreadable = |source| RecordingError::Io { path: folder.display().to_string(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort_unstable();
    for path in paths {
        if path.is_dir() {
            within(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "jsonl") {
            files.push(path);
        }
    }
    Ok(())
}
