//! Recording → findings. Pure: no process, no clock, no file; the same recording is always judged the
//! same. The judge trusts nothing that the guard says about itself, only what crossed.

mod answer;
mod asked;
mod canary;
mod modern;
mod partial;
mod process;
mod scene;
mod standing;

use mock_gateway::json::Json;

use crate::case::{Case, Opening, Standing};
use crate::finding::{Code, Finding, Party, Seen};
use crate::play::OPENING;
use crate::recording::Recording;
use crate::requirement::{Level, Requirement};
use crate::step::{Listener, Step, Verb};
use crate::version::Version;
use scene::Scene;

/// Judges the play of a case.
#[must_use]
pub fn play(case: &Case, requirement: &Requirement, recording: &Recording) -> Vec<Finding> {
    let scene = Scene::read(recording);
    let mut findings = Findings::new(requirement.level, recording);
    if case.opening == Opening::Required && !answer::opened(&scene, &mut findings) {
        return findings.list;
    }
    let mut stage = Stage { case, refuses: false };
    for (index, step) in case.steps().iter().enumerate() {
        stage.judge(&scene, step, &(index + 1).to_string(), &mut findings);
    }
    findings.list
}

/// Judges what every recording must show. `None` where this platform cannot show it.
#[must_use]
pub fn standing(
    standing: Standing,
    requirement: &Requirement,
    case: &Case,
    recording: &Recording,
) -> Option<Vec<Finding>> {
    let scene = Scene::read(recording);
    let mut findings = Findings::new(requirement.level, recording);
    match standing {
        Standing::StdoutPurity => standing::stdout_purity(&scene, &mut findings),
        Standing::OneAnswer => standing::one_answer(&scene, &mut findings),
        Standing::MessageForm => standing::message_form(&scene, &mut findings),
        Standing::OneVerdict => standing::one_verdict(&scene, &mut findings),
        Standing::KeySecret => canary::key_secret(recording, &mut findings),
        Standing::NoOrphan if !recording.header.sees_orphans => return None,
        Standing::NoOrphan => process::no_orphan(recording, &mut findings),
        Standing::CleanExit => process::clean_exit(case, &scene, &mut findings),
        Standing::ResultType => modern::result_type(&scene, &mut findings),
        Standing::ServerInfo => modern::server_info(&scene, &mut findings),
        Standing::CacheHints => modern::cache_hints(&scene, &mut findings),
        Standing::ErrorCodes => modern::error_codes(&scene, &mut findings),
        Standing::NoServerRequests => modern::no_server_requests(&scene, &mut findings),
    }
    Some(findings.list)
}

/// Why no session opened, for people; `None` when one did.
#[must_use]
pub fn no_session(recording: &Recording) -> Option<String> {
    let mut findings = Findings::new(Level::Must, recording);
    answer::opened(&Scene::read(recording), &mut findings);
    let seen = findings.list.into_iter().next()?.seen;
    Some(
        seen.into_iter()
            .filter(|seen| seen.party != Party::Gateway)
            .map(|seen| seen.what)
            .collect::<Vec<_>>()
            .join("; "),
    )
}

/// What a case has set up when a step is judged.
struct Stage<'a> {
    case: &'a Case,
    /// Nobody can connect to the gateway.
    refuses: bool,
}

impl Stage<'_> {
    fn judge(&mut self, scene: &Scene<'_>, step: &Step, name: &str, findings: &mut Findings) {
        if let Some(listener) = step.listener {
            self.refuses = listener == Listener::Refuse;
        }
        match &step.verb {
            Verb::Concurrently(inner) | Verb::Batch(inner) => {
                for (index, step) in inner.iter().enumerate() {
                    self.judge(scene, step, &format!("{name}.{}", index + 1), findings);
                }
            }
            Verb::Exit(exit) => process::exit(scene, exit, name, findings),
            _ => {}
        }
        let answered = !step.verb.awaits_answer() || answer::judge(scene, self.case, step, name, findings);
        asked::judge(scene, step, name, answered && !self.refuses, findings);
    }
}

/// How many findings of one code are kept of one recording: a million would say no more.
const MOST_OF_A_KIND: usize = 5;

/// Findings as they are made, with the level that the requirement gives them.
struct Findings {
    required: Level,
    version: Version,
    list: Vec<Finding>,
}

impl Findings {
    const fn new(required: Level, recording: &Recording) -> Self {
        Self { required, version: recording.header.version, list: Vec::new() }
    }

    fn add(&mut self, code: Code, step: &str, expected: impl Into<String>, seen: impl Into<Vec<Seen>>) {
        if self.list.iter().filter(|finding| finding.code == code).count() >= MOST_OF_A_KIND {
            return;
        }
        self.list.push(Finding {
            code,
            // A guard that opens no session gave nothing that could be judged more mildly.
            level: if is_opening(step) { Level::Must } else { code.level(self.required) },
            step: step.to_owned(),
            versions: vec![self.version],
            expected: expected.into(),
            seen: seen.into(),
        });
    }
}

/// How much of a message is shown in a finding, in characters.
const SHOWN: usize = 300;

fn saw(party: Party, what: impl Into<String>) -> Seen {
    let what: String = what.into();
    let what = match what.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &what[..end], what.len()),
        None => what,
    };
    Seen { party, what }
}

fn client(what: impl Into<String>) -> Seen {
    saw(Party::Client, what)
}

fn gateway(what: impl Into<String>) -> Seen {
    saw(Party::Gateway, what)
}

fn process_saw(what: impl Into<String>) -> Seen {
    saw(Party::Process, what)
}

fn shown(value: Option<&Json>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Whether a step is the one in which the session opens.
fn is_opening(step: &str) -> bool {
    step == OPENING
}
