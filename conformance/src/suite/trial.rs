//! The trial before anything is judged: does the guard open a session at all, and how fast is it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::RunError;
use crate::case::{Case, Kind, Opening, Profile, Role};
use crate::exact::Exact;
use crate::judge::Judge;
use crate::play::{self, Stage};
use crate::step::{Call, Expect, Step, Verb};
use crate::subject::Subject;
use crate::version::Version;

/// How many scans the trial makes to learn the guard's pace.
const TRIAL_SCANS: usize = 10;

/// The smallest scan budget that is set, so that a busy machine is not taken for a slow guard.
const LEAST_BUDGET: Duration = Duration::from_millis(300);

/// The largest, so that a guard cannot buy itself time by being slow while it is tried.
const MOST_BUDGET: Duration = Duration::from_secs(2);

/// How many times its own median a guard is given as budget.
const BUDGET_FACTOR: u32 = 20;

/// How many times the longest play of the trial a play may take that waits for nothing, and how much it
/// may take at the least.
const PATIENCE_FACTOR: u32 = 3;
const LEAST_PATIENCE: Duration = Duration::from_millis(100);

/// How fast the guard is, as far as the trial shows.
pub(crate) struct Pace {
    /// The scan budget that is fair.
    pub(crate) budget: Duration,
    /// What plays longer than this is waiting.
    pub(crate) patience: Duration,
}

/// Opens a session of each era before anything is judged, because a guard that cannot start proves
/// nothing; learns from a few scans how large a budget is fair.
pub(crate) async fn try_out(subject: &Subject, stage: &Stage) -> Result<Pace, RunError> {
    let mut took: Vec<Duration> = Vec::new();
    let mut longest = Duration::ZERO;
    let versions = Version::newest_of_each_era(&subject.versions);
    let tries = subject.commands.keys().flat_map(|role| versions.iter().map(|version| (*role, *version)));
    for (role, version) in tries {
        let began = Instant::now();
        let recording = play::play(&trial(role), subject, version, stage, "trial").await?;
        longest = longest.max(began.elapsed());
        if let Some(what) = Judge::of(&recording).no_session() {
            return Err(RunError::NoSession { subject: subject.name.clone(), version, what });
        }
        took.extend((1..=TRIAL_SCANS).filter_map(|step| recording.took(&step.to_string())));
    }
    took.sort_unstable();
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    let budget = (median * BUDGET_FACTOR).clamp(LEAST_BUDGET, MOST_BUDGET);
    Ok(Pace { budget, patience: (longest * PATIENCE_FACTOR).max(LEAST_PATIENCE) })
}

fn trial(role: Role) -> Case {
    let verb = match role {
        Role::Scan => {
            let scan = r#"{"tool_name":"trial","method":"GET","url":"https://example.com/","body":{}}"#;
            Verb::Scan(Exact::parse(scan).expect("the trial's arguments are JSON"))
        }
        Role::Proxy => {
            let arguments = Exact::parse(r#"{"text":"trial"}"#).expect("the trial's arguments are JSON");
            Verb::Call(Call { tool: "echo".into(), arguments: Some(arguments) })
        }
    };
    let step = Step {
        gateway: None,
        listener: None,
        verb,
        expect: Some(Expect::default()),
        gateway_saw: None,
        upstream_saw: None,
        process_saw: None,
    };
    Case {
        id: "trial".into(),
        requirement: String::new(),
        since: 1,
        why: String::new(),
        role,
        profile: Profile::Default,
        versions: Vec::new(),
        environment: BTreeMap::new(),
        gateway_path: String::new(),
        opening: Opening::Required,
        upstream: Vec::new(),
        capabilities: Vec::new(),
        policy: None,
        compare: None,
        secrets: Vec::new(),
        kind: Kind::Played(vec![step; TRIAL_SCANS]),
        caught_by: Vec::new(),
        text: String::new(),
    }
}
