//! Runs cases on a guard: makes it ready, tries it, plays, judges, and tells all of it as events.
//! Never how a case is played, judged or shown.

mod again;
mod court;
mod plays;
mod rerun;
mod result;
mod set_up;
mod stale;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::case::{Case, Kind};
use crate::event::{CaseResult, Event, Header, Summary};
use crate::finding::Finding;
use crate::known::{Day, Stale};
use crate::launch::LaunchError;
use crate::outcome::{Exit, Outcome};
use crate::partition::Partition;
use crate::play::Stage;
use crate::recording::RecordingError;
use crate::requirement::Requirements;
use crate::selection::Selection;
use crate::subject::Subject;
use crate::version::Version;
use court::Court;
use result::Scales;

pub use again::judge_again;
pub use set_up::set_up;
pub(crate) use stale::stale;
pub(crate) use trial::try_out;

/// What is run, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which cases.
    pub selection: Selection,
    /// A SHOULD that is not met fails.
    pub strict: bool,
    /// Decides everything that is random.
    pub seed: u32,
    /// The part that is played here, where several share a run.
    pub partition: Option<Partition>,
    /// How often each play is played.
    pub repeat: u32,
    /// How many plays go on at once.
    pub jobs: usize,
    /// Where recordings are kept, one file a play.
    pub record: Option<PathBuf>,
    /// The versions that a person asked for; none means all that the guard declares.
    pub versions: Vec<Version>,
    /// The day on which known failures are weighed.
    pub today: Day,
    /// The words that come before `--case` in a line that runs a case again.
    pub rerun: Vec<String>,
}

impl Default for Options {
    /// What CI runs.
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            strict: false,
            seed: fastrand::u32(..),
            partition: None,
            repeat: 1,
            jobs: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            record: None,
            versions: Vec::new(),
            today: Day(jiff::Zoned::now().date()),
            rerun: vec!["guard-conformance".into(), "run".into()],
        }
    }
}

/// A run that could not take place. Says nothing about the guard's conduct.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No case is left to play.
    #[error("no case selected: {0}")]
    NothingSelected(String),
    /// A set-up command failed.
    #[error("set-up of {subject} failed: `{command}` {reason}")]
    SetUp {
        /// The guard's name.
        subject: String,
        /// The command.
        command: String,
        /// How it failed.
        reason: String,
    },
    /// The guard's process could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The guard runs, but opens no session: there is nothing to judge.
    #[error("{subject} opens no MCP session in {version}: {what}")]
    NoSession {
        /// The guard's name.
        subject: String,
        /// The version that was tried.
        version: Version,
        /// What came in place of it, and its last words.
        what: String,
    },
    /// A recording could not be kept, or not be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A recording is of a case that is not there any more, or not there yet.
    #[error("{path} is a recording of `{case}`, and there is no such case; `list` shows the cases")]
    UnknownCase {
        /// The recording.
        path: String,
        /// The case that it names.
        case: String,
    },
}

impl RunError {
    /// The exit code that this error asks for.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::NothingSelected(_) => Exit::NothingSelected,
            Self::UnknownCase { .. } | Self::Recording(RecordingError::Malformed { .. }) => Exit::BadInput,
            _ => Exit::CouldNotRun,
        }
    }
}

/// Runs the selected cases and tells what happens; returns the exit code.
///
/// # Errors
/// When nothing is selected or the guard cannot be tried at all. Once playing has begun, trouble with
/// one case is that case's result.
pub async fn run(
    subject: Subject,
    cases: &[Case],
    requirements: &Requirements,
    options: &Options,
    mut tell: impl FnMut(Event),
) -> Result<Exit, RunError> {
    let began = Instant::now();
    let chosen = choose(cases, options)?;
    let whole = plays::is_whole(&plays::plays(cases, &chosen, &subject, options), cases, &subject, options);
    let selected = part(chosen, options.partition)?;
    if let Some(folder) = &options.record {
        let unusable = |source| RecordingError::Io { path: folder.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let plays = plays::plays(cases, &selected, &subject, options);
    let mut stage = Stage::new(options.seed)?;
    let subject = Arc::new(subject);
    let pace = try_out(&subject, &stage).await?;
    stage.budget = pace.budget;
    let header = Header {
        harness: env!("CARGO_PKG_VERSION").into(),
        subject: subject.name.clone(),
        commands: subject.commands.clone(),
        versions: subject.versions.clone(),
        edition: options.selection.edition,
        seed: options.seed,
        day: options.today,
        strict: options.strict,
        known_failures: subject.known_failures.clone(),
        unplayed: subject.unplayed(),
        whole,
        partition: options.partition,
        repeat: options.repeat,
        cases: selected.len(),
        plays: plays.len(),
        budget_ms: u64::try_from(stage.budget.as_millis()).unwrap_or(u64::MAX),
    };
    tell(Event::Started(header.clone()));
    let court = Arc::new(Court::of(&selected, requirements, options));
    let played = plays::play_all(&plays, &subject, &Arc::new(stage), &court, options, pace.patience, &mut tell).await;
    let scales = Scales { known: &subject.known_failures, strict: options.strict, today: options.today };
    let results: Vec<CaseResult> = selected
        .iter()
        .filter_map(|case| {
            let rerun =
                |findings: &[Finding], versions: &[Version]| rerun::line(case, findings, versions, &subject, options);
            let requirement = requirements.get(&case.requirement)?;
            Some(result::result(case, requirement, &played, subject.unfit(case), &scales, rerun))
        })
        .collect();
    let stale = stale(cases, &header, &results);
    let exit = tell_all(results, stale, began, &mut tell);
    match played.into_iter().find_map(|play| play.unsaved) {
        Some(error) => Err(error.into()),
        None => Ok(exit),
    }
}

/// The cases that a person asked for.
fn choose<'a>(cases: &'a [Case], options: &Options) -> Result<Vec<&'a Case>, RunError> {
    let chosen: Vec<&Case> = cases.iter().filter(|case| options.selection.holds(case)).collect();
    if chosen.is_empty() {
        let reason = format!("none of {} fits {}; `list` shows what there is", cases.len(), options.selection.words());
        return Err(RunError::NothingSelected(reason));
    }
    Ok(chosen)
}

/// Those that are in this part: some of the plays, and every standing check, for each is judged on the
/// plays of the part.
fn part(mut cases: Vec<&Case>, partition: Option<Partition>) -> Result<Vec<&Case>, RunError> {
    let Some(partition) = partition else { return Ok(cases) };
    let is_played = |case: &&Case| matches!(case.kind, Kind::Played(_));
    let count = cases.iter().filter(|case| is_played(case)).count();
    let mut index = 0..;
    cases.retain(|case| !is_played(case) || index.next().is_some_and(|index| partition.holds(index)));
    if !cases.iter().any(is_played) {
        let reason = format!("part {partition} of {count} cases is empty; make fewer parts");
        return Err(RunError::NothingSelected(reason));
    }
    Ok(cases)
}

/// Tells the results and how all of it ended; returns the exit code.
fn tell_all(results: Vec<CaseResult>, stale: Vec<Stale>, began: Instant, tell: &mut impl FnMut(Event)) -> Exit {
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome).collect();
    for result in results {
        tell(Event::Judged(Box::new(result)));
    }
    let exit = Exit::of(&outcomes, !stale.is_empty());
    let duration_ms = milliseconds(began.elapsed());
    tell(Event::Ended(Summary { counts: Outcome::count(&outcomes), stale, duration_ms }));
    exit
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
