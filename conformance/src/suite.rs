//! Runs cases on a guard: makes it ready, tries it, plays, judges, and tells all of it as events.
//! Never how a case is played, judged or shown.

mod court;
mod set_up;
mod trial;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::case::{Case, Kind};
use crate::event::{CaseResult, Event, Header, Summary};
use crate::finding::{self, Finding};
use crate::known::{self, Day, Pattern};
use crate::launch::LaunchError;
use crate::outcome::{Exit, Outcome};
use crate::play::{self, Stage};
use crate::recording::RecordingError;
use crate::requirement::{Requirement, Requirements};
use crate::selection::Selection;
use crate::subject::Subject;
use crate::version::{Scope, Version};
use court::{Court, Judged};

pub use set_up::set_up;

/// What is run, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which cases.
    pub selection: Selection,
    /// A SHOULD that is not met fails.
    pub strict: bool,
    /// Decides everything that is random.
    pub seed: u32,
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
    /// A recording could not be kept.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

impl RunError {
    /// The exit code that this error asks for.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::NothingSelected(_) => Exit::NothingSelected,
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
    let selected: Vec<&Case> = cases.iter().filter(|case| options.selection.holds(case)).collect();
    if selected.is_empty() {
        let reason = format!("none of {} fits {}; `list` shows what there is", cases.len(), options.selection.words());
        return Err(RunError::NothingSelected(reason));
    }
    if let Some(folder) = &options.record {
        let unusable = |source| RecordingError::Io { path: folder.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let plays = plays(cases, &selected, &subject, options);
    let mut stage = Stage::new(options.seed)?;
    let subject = Arc::new(subject);
    stage.budget = trial::try_out(&subject, &stage).await?;
    tell(Event::Started(Header {
        harness: env!("CARGO_PKG_VERSION").into(),
        subject: subject.name.clone(),
        commands: subject.commands.clone(),
        versions: subject.versions.clone(),
        edition: options.selection.edition,
        seed: options.seed,
        cases: selected.len(),
        plays: plays.len(),
        budget_ms: u64::try_from(stage.budget.as_millis()).unwrap_or(u64::MAX),
    }));
    let court = Arc::new(Court::of(&selected, requirements, options));
    let played = play_all(&plays, &subject, &Arc::new(stage), &court, options.jobs, &mut tell).await;
    let results: Vec<CaseResult> = selected
        .iter()
        .filter_map(|case| Some(result(case, requirements.get(&case.requirement)?, &played, &subject, options)))
        .collect();
    let stale = stale(cases, &plays, &results, &subject, options);
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome).collect();
    for result in results {
        tell(Event::Judged(Box::new(result)));
    }
    let exit = Exit::of(&outcomes, !stale.is_empty());
    let count = |outcome: Outcome| outcomes.iter().filter(|other| **other == outcome).count();
    tell(Event::Ended(Summary {
        counts: Outcome::ALL
            .iter()
            .map(|outcome| (*outcome, count(*outcome)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        stale,
        duration_ms: milliseconds(began.elapsed()),
    }));
    match played.into_iter().find_map(|play| play.unsaved) {
        Some(error) => Err(error.into()),
        None => Ok(exit),
    }
}

/// Known failures that should go. A standing check proves nothing about them unless every play that
/// there is was played, and a case that did not run proves nothing at all.
fn stale(
    cases: &[Case],
    plays: &[Play],
    results: &[CaseResult],
    subject: &Subject,
    options: &Options,
) -> Vec<known::Stale> {
    let every_play = cases
        .iter()
        .filter(|case| matches!(case.kind, Kind::Played(_)) && options.selection.holds_unnamed(case))
        .filter(|case| subject.unfit(case).is_none())
        .all(|case| {
            let versions = case.played_in(&subject.versions);
            versions.iter().all(|version| plays.iter().any(|play| play.is(case, *version)))
        });
    let is_standing = |id: &str| cases.iter().any(|case| case.id == id && matches!(case.kind, Kind::Standing(_)));
    let judged: Vec<_> = results
        .iter()
        .filter(|result| {
            !matches!(result.outcome, Outcome::CouldNotRun | Outcome::NotObservable | Outcome::NotApplicable)
        })
        .filter(|result| every_play || !is_standing(&result.case))
        .map(|result| (result.case.as_str(), result.versions.as_slice(), result.findings.as_slice()))
        .collect();
    let exists = |pattern: &Pattern| cases.iter().any(|case| pattern.matches(&case.id));
    known::stale(&subject.known_failures, &judged, exists, &subject.unplayed(), options.today)
}

/// A case in one version.
#[derive(Clone)]
struct Play {
    case: Arc<Case>,
    version: Version,
}

impl Play {
    fn is(&self, case: &Case, version: Version) -> bool {
        self.case.id == case.id && self.version == version
    }
}

/// What must be played: the selected cases, and, when only standing checks are selected, every play
/// that there is, for they are judged on all.
fn plays(cases: &[Case], selected: &[&Case], subject: &Subject, options: &Options) -> Vec<Play> {
    let plays = |cases: &mut dyn Iterator<Item = &Case>| -> Vec<Play> {
        cases
            .filter(|case| matches!(case.kind, Kind::Played(_)) && subject.unfit(case).is_none())
            .map(|case| Arc::new(case.clone()))
            .flat_map(|case| {
                let versions = case.played_in(&subject.versions);
                versions.into_iter().map(move |version| Play { case: Arc::clone(&case), version })
            })
            .collect()
    };
    if selected.iter().any(|case| matches!(case.kind, Kind::Played(_))) {
        plays(&mut selected.iter().copied())
    } else {
        plays(&mut cases.iter().filter(|case| options.selection.holds_unnamed(case)))
    }
}

/// What is said of a case on which the harness itself panicked.
const DEFECT: &str = "the harness failed while it played or judged this case; this is a defect of the harness";

/// A play that ended: what it showed or why it could not be played, and how long it took.
struct Played {
    play: Play,
    judged: Result<Judged, String>,
    unsaved: Option<RecordingError>,
    took: Duration,
}

async fn play_all(
    plays: &[Play],
    subject: &Arc<Subject>,
    stage: &Arc<Stage>,
    court: &Arc<Court>,
    jobs: usize,
    tell: &mut impl FnMut(Event),
) -> Vec<Played> {
    let seats = Arc::new(Semaphore::new(jobs.max(1)));
    // Who waits for a person keeps no processor busy, and shall not keep others waiting.
    let waiting_room = Arc::new(Semaphore::new(jobs.max(1)));
    let mut running = JoinSet::new();
    for (index, play) in plays.iter().cloned().enumerate() {
        let (subject, stage) = (Arc::clone(subject), Arc::clone(stage));
        let court = Arc::clone(court);
        let seats = Arc::clone(if play.case.holds() { &waiting_room } else { &seats });
        running.spawn(async move {
            let _seat = seats.acquire_owned().await;
            let began = Instant::now();
            let case = Arc::clone(&play.case);
            let recording = play::play(&case, &subject, play.version, &stage, &format!("p{index}")).await;
            let took = began.elapsed();
            let recording = match recording {
                Ok(recording) => recording,
                Err(error) => return (index, Played { play, judged: Err(error.to_string()), unsaved: None, took }),
            };
            // What a guard wrote without end takes its time to judge, and no other play shall wait for it.
            let judged = tokio::task::spawn_blocking(move || {
                (court.judge(&case, &recording), court.keep(&case, &recording).err())
            });
            match judged.await {
                Ok((judged, unsaved)) => (index, Played { play, judged: Ok(judged), unsaved, took }),
                Err(_panic) => (index, Played { play, judged: Err(DEFECT.into()), unsaved: None, took }),
            }
        });
    }
    let mut played: BTreeMap<usize, Played> = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        // A panic of the harness in one play must not take the others' results with it.
        if let Ok((index, ended)) = ended {
            let Play { case, version } = &ended.play;
            let (done, total) = (played.len() + 1, plays.len());
            tell(Event::Played { done, total, case: case.id.clone(), version: *version });
            played.insert(index, ended);
        }
    }
    for (index, play) in plays.iter().enumerate() {
        played.entry(index).or_insert_with(|| Played {
            play: play.clone(),
            judged: Err(DEFECT.into()),
            unsaved: None,
            took: Duration::ZERO,
        });
    }
    played.into_values().collect()
}

/// What the plays of a case, in all its versions, come to.
fn result(
    case: &Case,
    requirement: &Requirement,
    played: &[Played],
    subject: &Subject,
    options: &Options,
) -> CaseResult {
    let own = |played: &&Played| match case.kind {
        Kind::Played(_) => played.play.case.id == case.id,
        Kind::Standing(standing) => case.is_about(played.play.version) && standing.is_about(&played.play.case),
    };
    let unfit = subject.unfit(case);
    let own: Vec<&Played> = played.iter().filter(|_| unfit.is_none()).filter(own).collect();
    let judged: Vec<&Judged> = own.iter().filter_map(|play| play.judged.as_ref().ok()).collect();
    let mut note = own.iter().find_map(|play| play.judged.as_ref().err().cloned());
    let mut findings = Vec::new();
    let outcome = match case.kind {
        _ if own.is_empty() => {
            let scope = || case.versions.iter().map(Scope::word).collect::<Vec<_>>().join(", ");
            let other_version = || format!("about MCP versions that are not played: {}", scope());
            note = Some(unfit.unwrap_or_else(other_version));
            Some(Outcome::NotApplicable)
        }
        Kind::Played(_) => {
            judged.iter().for_each(|judged| finding::merge(&mut findings, &judged.own));
            note.is_some().then_some(Outcome::CouldNotRun)
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
    let known = &subject.known_failures;
    let weighed = Outcome::judged(&case.id, &findings, known, options.strict, options.today);
    let mut versions: Vec<_> = own.iter().map(|play| play.play.version).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    let took = |play: &&Played| if matches!(case.kind, Kind::Played(_)) { play.took } else { Duration::ZERO };
    CaseResult {
        case: case.id.clone(),
        // A failure that was seen in one version stands, whatever became of the others.
        outcome: outcome.filter(|_| weighed != Outcome::Fail).unwrap_or(weighed),
        requirement: requirement.clone(),
        note,
        duration_ms: milliseconds(own.iter().map(took).sum()),
        rerun: rerun(case, &findings, &versions, subject, options),
        versions,
        findings,
    }
}

/// The line that runs a case again; for a standing check, on the plays that offended.
fn rerun(case: &Case, findings: &[Finding], versions: &[Version], subject: &Subject, options: &Options) -> String {
    let mut cases = vec![case.id.as_str()];
    if matches!(case.kind, Kind::Standing(_)) {
        cases.extend(findings.iter().map(|finding| finding.step.as_str()));
        cases.dedup();
    }
    let mut words = options.rerun.clone();
    for id in cases {
        words.extend(["--case".into(), globset::escape(id)]);
    }
    let offended: Vec<_> =
        versions.iter().filter(|version| findings.iter().any(|found| found.versions.contains(version))).collect();
    if offended.len() < versions.len() {
        words.extend(offended.iter().flat_map(|version| ["--mcp".to_owned(), version.to_string()]));
    } else {
        words.extend(options.versions.iter().flat_map(|version| ["--mcp".to_owned(), version.to_string()]));
    }
    words.extend(subject.selector.iter().cloned());
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
