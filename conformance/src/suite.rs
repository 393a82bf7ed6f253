//! Runs cases on a guard: makes it ready, tries it, plays, judges, and tells all of it as events.
//! Never how a case is played, judged or shown.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::case::{Case, Kind, Opening, Profile, Role};
use crate::event::{CaseResult, Event, Header, Summary};
use crate::finding::Finding;
use crate::judge;
use crate::known::{self, Day, Pattern};
use crate::launch::LaunchError;
use crate::outcome::{Exit, Outcome};
use crate::play::{self, Stage};
use crate::recording::{self, Recording};
use crate::requirement::{Requirement, Requirements};
use crate::selection::Selection;
use crate::step::{Expect, Step, Verb};
use crate::subject::Subject;

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
    #[error("{subject} opens no MCP session: {what}")]
    NoSession {
        /// The guard's name.
        subject: String,
        /// What came in place of it, and its last words.
        what: String,
    },
    /// A recording could not be kept.
    #[error(transparent)]
    Recording(#[from] recording::RecordingError),
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

/// Runs a guard's set-up commands, their output on stderr.
///
/// # Errors
/// At the first command that cannot be started or fails.
pub fn set_up(subject: &Subject) -> Result<(), RunError> {
    for command in &subject.setup {
        let line = shlex::try_join(command.iter().map(String::as_str)).unwrap_or_else(|_| command.join(" "));
        let fail = |reason: String| RunError::SetUp { subject: subject.name.clone(), command: line.clone(), reason };
        let (program, arguments) = command.split_first().ok_or_else(|| fail("is empty".into()))?;
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&subject.directory)
            .stdin(Stdio::null())
            .stdout(stderr())
            .status()
            .map_err(|error| fail(format!("cannot be started: {error}")))?;
        if !status.success() {
            return Err(fail(format!("ended with {status}")));
        }
    }
    Ok(())
}

/// Results go to stdout; what a set-up command says is progress.
fn stderr() -> Stdio {
    #[cfg(unix)]
    if let Ok(stderr) = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned() {
        return stderr.into();
    }
    Stdio::null()
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
    let plays = plays(cases, &selected, &options.selection);
    let mut stage = Stage::new(options.seed)?;
    let subject = Arc::new(subject);
    stage.budget = try_out(&subject, &stage).await?;
    tell(Event::Started(Header {
        harness: env!("CARGO_PKG_VERSION").into(),
        subject: subject.name.clone(),
        command: subject.command.clone(),
        role: subject.role,
        protocol_version: subject.versions[0].clone(),
        edition: options.selection.edition,
        seed: options.seed,
        cases: selected.len(),
        budget_ms: u64::try_from(stage.budget.as_millis()).unwrap_or(u64::MAX),
    }));
    let played = play_all(&plays, &subject, Arc::new(stage), options.jobs, &mut tell).await;
    if let Some(folder) = &options.record {
        keep(folder, &played)?;
    }
    let results: Vec<CaseResult> = selected
        .iter()
        .filter_map(|case| Some(result(case, requirements.get(&case.requirement)?, &played, &subject, options)))
        .collect();
    let judged: Vec<_> = results.iter().map(|result| (result.case.as_str(), result.findings.as_slice())).collect();
    let exists = |pattern: &Pattern| cases.iter().any(|case| pattern.matches(&case.id));
    let stale = known::stale(&subject.known_failures, &judged, exists, options.today);
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
    Ok(exit)
}

/// The cases that must be played: the selected ones, and, when only standing checks are selected,
/// every play that there is, for they are judged on all.
fn plays(cases: &[Case], selected: &[&Case], selection: &Selection) -> Vec<Arc<Case>> {
    let played = |cases: &mut dyn Iterator<Item = &Case>| -> Vec<Arc<Case>> {
        cases.filter(|case| matches!(case.kind, Kind::Played(_))).map(|case| Arc::new(case.clone())).collect()
    };
    let plays = played(&mut selected.iter().copied());
    if plays.is_empty() { played(&mut cases.iter().filter(|case| selection.holds_unnamed(case))) } else { plays }
}

/// How many scans the trial makes to learn the guard's pace.
const TRIAL_SCANS: usize = 10;

/// The smallest scan budget that is set, so that a busy machine is not taken for a slow guard.
const LEAST_BUDGET: Duration = Duration::from_millis(300);

/// How many times its own median a guard is given as budget.
const BUDGET_FACTOR: u32 = 20;

/// Opens one session before anything is judged, because a guard that cannot start proves nothing;
/// learns from a few scans how large a budget is fair.
async fn try_out(subject: &Subject, stage: &Stage) -> Result<Duration, RunError> {
    let recording = play::play(&trial(), subject, stage, "trial").await?;
    if let Some(what) = judge::no_session(&recording) {
        return Err(RunError::NoSession { subject: subject.name.clone(), what });
    }
    let mut took: Vec<Duration> = (1..=TRIAL_SCANS).filter_map(|step| recording.took(&step.to_string())).collect();
    took.sort_unstable();
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    Ok((median * BUDGET_FACTOR).max(LEAST_BUDGET))
}

fn trial() -> Case {
    let scan = r#"{"tool_name":"trial","method":"GET","url":"https://example.com/","body":{}}"#;
    let arguments = crate::exact::Exact::parse(scan).expect("the trial's arguments are JSON");
    let step = Step {
        gateway: None,
        listener: None,
        verb: Verb::Scan(arguments),
        expect: Some(Expect::default()),
        gateway_saw: None,
    };
    Case {
        id: "trial".into(),
        requirement: String::new(),
        since: 1,
        why: String::new(),
        role: Role::Scan,
        profile: Profile::Default,
        environment: BTreeMap::new(),
        opening: Opening::Required,
        kind: Kind::Played(vec![step; TRIAL_SCANS]),
        caught_by: Vec::new(),
        text: String::new(),
    }
}

/// A play that ended: the case, what was recorded or why nothing could be, and how long it took.
struct Played {
    case: Arc<Case>,
    recording: Result<Recording, String>,
    took: Duration,
}

async fn play_all(
    plays: &[Arc<Case>],
    subject: &Arc<Subject>,
    stage: Arc<Stage>,
    jobs: usize,
    tell: &mut impl FnMut(Event),
) -> Vec<Played> {
    let seats = Arc::new(Semaphore::new(jobs.max(1)));
    let mut running = JoinSet::new();
    for (index, case) in plays.iter().enumerate() {
        let (case, subject, stage, seats) =
            (Arc::clone(case), Arc::clone(subject), Arc::clone(&stage), Arc::clone(&seats));
        running.spawn(async move {
            let _seat = seats.acquire_owned().await;
            let began = Instant::now();
            let recording = play::play(&case, &subject, &stage, &format!("p{index}")).await;
            (index, Played { recording: recording.map_err(|error| error.to_string()), took: began.elapsed(), case })
        });
    }
    let mut played: BTreeMap<usize, Played> = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        // A panic of the harness in one play must not take the others' results with it.
        if let Ok((index, play)) = ended {
            tell(Event::Played { done: played.len() + 1, total: plays.len(), case: play.case.id.clone() });
            played.insert(index, play);
        }
    }
    for (index, case) in plays.iter().enumerate() {
        played.entry(index).or_insert_with(|| Played {
            case: Arc::clone(case),
            recording: Err("the harness failed while it played this case; this is a defect of the harness".into()),
            took: Duration::ZERO,
        });
    }
    played.into_values().collect()
}

fn keep(folder: &std::path::Path, played: &[Played]) -> Result<(), RunError> {
    for play in played {
        if let Ok(recording) = &play.recording {
            let path = folder.join(format!("{}.jsonl", play.case.id));
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)
                    .map_err(|source| recording::RecordingError::Io { path: parent.display().to_string(), source })?;
            }
            recording.save(&path)?;
        }
    }
    Ok(())
}

fn result(
    case: &Case,
    requirement: &Requirement,
    played: &[Played],
    subject: &Subject,
    options: &Options,
) -> CaseResult {
    let mut duration = Duration::ZERO;
    let mut witness = case.id.clone();
    let judged: Result<Vec<Finding>, (Outcome, String)> = match case.kind {
        Kind::Played(_) => match played.iter().find(|play| play.case.id == case.id) {
            Some(Played { recording: Ok(recording), took, .. }) => {
                duration = *took;
                Ok(judge::play(case, requirement, recording))
            }
            Some(Played { recording: Err(reason), .. }) => Err((Outcome::CouldNotRun, reason.clone())),
            None => Err((Outcome::CouldNotRun, "it was not played".into())),
        },
        Kind::Standing(standing) => {
            let recordings = played.iter().filter_map(|play| Some((&play.case, play.recording.as_ref().ok()?)));
            let judged: Option<Vec<_>> = recordings
                .map(|(case, recording)| {
                    judge::standing(standing, requirement, case, recording).map(|found| (case, found))
                })
                .collect();
            match judged {
                None => Err((Outcome::NotObservable, "this platform does not show it".into())),
                Some(judged) if judged.is_empty() => Err((Outcome::CouldNotRun, "no play came to an end".into())),
                // One result with the first offender as evidence: the rest would only repeat it.
                Some(judged) => Ok(judged.into_iter().find(|(_, found)| !found.is_empty()).map_or_else(
                    Vec::new,
                    |(offender, found)| {
                        witness.clone_from(&offender.id);
                        found
                    },
                )),
            }
        }
    };
    let (outcome, findings, note) = match judged {
        Ok(findings) => (
            Outcome::judged(&case.id, &findings, &subject.known_failures, options.strict, options.today),
            findings,
            None,
        ),
        Err((outcome, note)) => (outcome, Vec::new(), Some(note)),
    };
    CaseResult {
        case: case.id.clone(),
        outcome,
        requirement: requirement.clone(),
        findings,
        note,
        duration_ms: milliseconds(duration),
        rerun: rerun(case, &witness, subject, options),
    }
}

/// The line that runs a case again; for a standing check, on the play that offended.
fn rerun(case: &Case, witness: &str, subject: &Subject, options: &Options) -> String {
    let mut words = options.rerun.clone();
    for id in [witness, &case.id] {
        if !words.iter().any(|word| word == id) {
            words.extend(["--case".into(), id.to_owned()]);
        }
    }
    words.extend(subject.selector.iter().cloned());
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
