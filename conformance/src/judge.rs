//! Recording → findings. Pure: no process, no clock, no file; the same recording is always judged the
//! same. The judge trusts nothing that the guard says about itself, only what crossed.

mod answer;
mod asked;
mod canary;
mod denial;
mod growth;
mod meta;
mod modern;
mod offer;
mod partial;
mod process;
mod reader;
mod relay;
mod scene;
mod standing;
mod unasked;
mod upstream;

use mock_gateway::json::Json;

use crate::case::{Case, Compare, Opening, Standing};
use crate::finding::{Code, Finding, Party, Seen};
use crate::play::OPENING;
use crate::recording::Recording;
use crate::requirement::{Level, Requirement};
use crate::step::{Listener, Step, Verb};
use crate::version::Version;
use scene::Scene;

/// A recording in court: read once, judged as often as there are checks.
pub struct Judge<'a> {
    scene: Scene<'a>,
}

impl<'a> Judge<'a> {
    /// Reads a recording.
    #[must_use]
    pub fn of(recording: &'a Recording) -> Self {
        Self { scene: Scene::read(recording) }
    }

    /// Judges the play of a case.
    #[must_use]
    pub fn play(&self, case: &Case, requirement: &Requirement) -> Vec<Finding> {
        let mut findings = Findings::new(requirement.level, self.scene.recording);
        if case.opening == Opening::Required && !answer::opened(&self.scene, &mut findings) {
            return findings.list;
        }
        let mut stage = Stage { case, listener: Listener::Accept };
        for (index, step) in case.steps().iter().enumerate() {
            let name = (index + 1).to_string();
            stage.judge(&self.scene, step, &name, &mut findings);
            asked::elsewhere(&self.scene, &name, &mut findings);
        }
        canary::secrets_kept(self.scene.recording, &case.secrets, &mut findings);
        if case.compare == Some(Compare::Direct) {
            relay::judge(self.scene.recording, &mut findings);
        }
        findings.list
    }

    /// Judges what every recording must show. `None` where this platform cannot show it.
    #[must_use]
    pub fn standing(&self, standing: Standing, requirement: &Requirement, case: &Case) -> Option<Vec<Finding>> {
        let scene = &self.scene;
        let mut findings = Findings::new(requirement.level, scene.recording);
        match standing {
            Standing::StdoutPurity => standing::stdout_purity(scene, &mut findings),
            Standing::OneAnswer => standing::one_answer(scene, &mut findings),
            Standing::MessageForm => standing::message_form(scene, &mut findings),
            Standing::OneVerdict => standing::one_verdict(scene, &mut findings),
            Standing::KeySecret => canary::key_secret(scene.recording, &mut findings),
            Standing::NoOrphan if !scene.recording.header.sees_processes => return None,
            Standing::NoOrphan => process::no_orphan(scene.recording, &mut findings),
            Standing::NothingUnscanned => upstream::nothing_unscanned(case, scene, &mut findings),
            Standing::CleanExit => process::clean_exit(case, scene, &mut findings),
            Standing::ResultType => modern::result_type(scene, &mut findings),
            Standing::ServerInfo => modern::server_info(scene, &mut findings),
            Standing::CacheHints => modern::cache_hints(scene, &mut findings),
            Standing::ErrorCodes => modern::error_codes(scene, &mut findings),
            Standing::PrivateCodes => modern::private_codes(scene, &mut findings),
            Standing::MetaKeys => meta::keys(scene, &mut findings),
            Standing::ToolNames => offer::names(scene, &mut findings),
            Standing::ToolSchemas => offer::schemas(scene, &mut findings),
            Standing::StructureFits => offer::structure(scene, &mut findings),
            Standing::StructureAsText => offer::text(scene, &mut findings),
            Standing::Progress => unasked::progress(scene, &mut findings),
            Standing::Notifications => unasked::notifications(scene, &mut findings),
            Standing::Early => unasked::early(scene, &mut findings),
            Standing::Questions => unasked::questions(scene, &mut findings),
            Standing::SecondReader => reader::second(scene, &mut findings),
            Standing::NoServerRequests => modern::no_server_requests(scene, &mut findings),
        }
        Some(findings.list)
    }

    /// Why no session opened, for people; `None` when one did.
    #[must_use]
    pub fn no_session(&self) -> Option<String> {
        let mut findings = Findings::new(Level::Must, self.scene.recording);
        answer::opened(&self.scene, &mut findings);
        let seen = findings.list.into_iter().next()?.seen;
        let relevant = seen.into_iter().filter(|seen| seen.party != Party::Gateway).map(|seen| seen.what);
        Some(relevant.collect::<Vec<_>>().join("; "))
    }
}

/// What a case has set up when a step is judged.
struct Stage<'a> {
    case: &'a Case,
    /// How the gateway takes connections.
    listener: Listener,
}

impl Stage<'_> {
    fn judge(&mut self, scene: &Scene<'_>, step: &Step, name: &str, findings: &mut Findings) {
        if let Some(listener) = step.listener {
            self.listener = listener;
        }
        match &step.verb {
            Verb::Concurrently(inner) | Verb::Batch(inner) => {
                for (index, step) in inner.iter().enumerate() {
                    self.judge(scene, step, &format!("{name}.{}", index + 1), findings);
                }
            }
            Verb::InTurn(series) => {
                for number in 1..=series.times {
                    // Every one was checked when the case was read.
                    let Ok(step) = series.step(number) else { continue };
                    self.judge(scene, &step, &format!("{name}.{number}"), findings);
                }
            }
            Verb::Exit(exit) => process::exit(scene, self.case, exit, name, findings),
            _ => {}
        }
        let answered = !step.verb.awaits_answer() || answer::judge(scene, self.case, step, name, findings);
        if self.listener.is_impostor() {
            asked::impostor(scene, name, findings);
        }
        let reachable = self.listener != Listener::Refuse && !self.listener.is_impostor();
        asked::judge(scene, self.case, step, name, answered && reachable, findings);
        upstream::judge(scene, step, name, findings);
        if let Some(due) = &step.process_saw {
            growth::judge(scene, due, name, findings);
        }
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
            expected: cut(expected.into()),
            seen: seen.into(),
        });
    }
}

/// How much of a text is shown in a finding, in characters.
const SHOWN: usize = 300;

fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

fn saw(party: Party, what: impl Into<String>) -> Seen {
    Seen { party, what: cut(what.into()) }
}

fn client(what: impl Into<String>) -> Seen {
    saw(Party::Client, what)
}

fn gateway(what: impl Into<String>) -> Seen {
    saw(Party::Gateway, what)
}

fn upstream(what: impl Into<String>) -> Seen {
    saw(Party::Upstream, what)
}

fn process_saw(what: impl Into<String>) -> Seen {
    saw(Party::Process, what)
}

fn shown(value: Option<&Json>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// All strings in a value, names of members left out.
fn texts(value: &Json) -> Vec<&str> {
    match value {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Object(members) => members.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => vec![],
    }
}

/// Whether a step is the one in which the session opens.
fn is_opening(step: &str) -> bool {
    step == OPENING
}
