//! Plays one case on one guard and returns the recording: the only place, with the parties, that
//! touches processes, sockets and time. Never a judgement.

mod files;
mod life;
mod message;
mod series;
pub(crate) mod stage;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mock_gateway::json::Json;
use tokio::time::Instant;

use crate::case::{Case, Compare, Opening, Profile, Role};
use crate::launch::{self, Launch, LaunchError, Process};
use crate::log::Log;
use crate::party::client::{Client, Sent};
use crate::party::dialect::Dialect;
use crate::party::gateway::Gateway;
use crate::party::upstream::Upstream;
use crate::recording::{Entry, Event, Header, Recording};
use crate::step::{Await, Step, Verb};
use crate::subject::policy::Policy;
use crate::subject::{Deadlines, Subject};
use crate::verdict::Verdict;
use crate::version::Version;

pub use stage::Stage;

/// The step in which the session is opened, before the first of the case.
pub const OPENING: &str = "opening";

/// How many times its budget a guard may take before it is called silent: the order of events is
/// judged, never milliseconds.
const PATIENCE: u32 = 10;

/// The least of it: what a call does once it may run is not bound by a budget, and takes its time too.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// How long the answer to a call is waited for that a person must approve first: guards ask every few
/// seconds what has become of an approval (observed: 2.5 s).
const HELD: Duration = Duration::from_secs(10);

/// How long an answer is waited for that the guard owes after the real 30 s.
const SLOW: Duration = Duration::from_secs(36);

/// How many further pages of a list are asked for.
const PAGES: usize = 20;

/// After this many silences the rest of a play is waited for only briefly: nothing will come.
const SILENCES: u32 = 2;

/// How long an answer is waited for once a guard has fallen silent.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether the gateway has been asked.
const POLL: Duration = Duration::from_millis(1);

/// How long a guard's streams are still read after its end.
const DRAIN: Duration = Duration::from_secs(1);

/// Plays a case as a client of this version does; `name` is unique in the run.
///
/// # Errors
/// When the guard cannot be started at all, or the harness cannot work.
pub async fn play(
    case: &Case,
    subject: &Subject,
    version: Version,
    stage: &Stage,
    name: &str,
) -> Result<Recording, LaunchError> {
    let mut direct = match case.compare {
        Some(Compare::Direct) => act(case, subject, version, stage, name, Seat::Nobody).await?,
        None => Vec::new(),
    };
    direct.iter_mut().for_each(|entry| entry.direct = true);
    let entries = act(case, subject, version, stage, name, Seat::Guard).await?;
    Ok(Recording {
        header: Header {
            recording: 1,
            case: case.id.clone(),
            subject: subject.name.clone(),
            version,
            declared: subject.declared.clone(),
            canary: stage.canary.clone(),
            tools: subject.tools.clone(),
            deny_when: subject.deny_when.clone(),
            transforms: subject.transforms.clone(),
            has_gateway: subject.asks_gateway(),
            budget_ms: u64::try_from(stage.budget.as_millis()).unwrap_or(u64::MAX),
            sees_processes: launch::SEES_PROCESSES,
        },
        direct,
        entries,
    })
}

/// Who sits between the client and the server behind a proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seat {
    /// The guard, as always.
    Guard,
    /// Nobody: the client talks to the server itself.
    Nobody,
}

/// Plays a case once and returns what crossed.
async fn act(
    case: &Case,
    subject: &Subject,
    version: Version,
    stage: &Stage,
    name: &str,
    seat: Seat,
) -> Result<Vec<Entry>, LaunchError> {
    let log = Log::begin();
    let harness = |what: &str, error: &dyn std::fmt::Display| LaunchError::Harness(format!("{what}: {error}"));
    let gateway = Gateway::start(&stage.canary, case).await;
    let gateway = gateway.map_err(|error| harness("start the gateway", &error))?;
    let upstream = match case.role {
        Role::Proxy => Some(Upstream::listen(log.clone()).map_err(|error| harness("listen for the upstream", &error))?),
        Role::Scan => None,
    };
    let server = upstream.as_ref().map(|upstream| upstream.argv(&case.upstream)).unwrap_or_default();
    let folder = launch::folder(stage.workplace.path(), name)?;
    let authority = folder.join("authority.pem");
    if let Some(certificate) = gateway.authority() {
        std::fs::write(&authority, certificate).map_err(|error| harness("write the gateway's authority", &error))?;
    }
    let places = stage::Places {
        key: &stage.canary,
        gateway: gateway.url(),
        authority: &authority.to_string_lossy(),
        budget: stage.budget,
        policy: &stage::policy(case.policy.unwrap_or(Policy::Allow), subject, stage, name, &server)?,
        upstream: &server,
    };
    let plan = Launch {
        command: match seat {
            Seat::Guard => places.command(subject.commands.get(&case.role).map(Vec::as_slice).unwrap_or_default()),
            Seat::Nobody => server.clone(),
        },
        environment: stage::environment(case, subject, stage, &places),
        folder,
        socket: stage.workplace.path().join(format!("{name}.s")),
    };
    let dialect = Dialect { version, capabilities: case.capabilities.clone() };
    // File systems are not as exact as clocks.
    let began = SystemTime::now() - Duration::from_secs(1);
    let (client, process) = life::start(&plan, dialect, &log, 0).await?;
    let mut play = Play {
        subject,
        began,
        searched: [Some(plan.folder.clone()), stage::own_home(subject, stage)].into_iter().flatten().collect(),
        canary: stage.canary.clone(),
        plan,
        log: log.clone(),
        gateway,
        upstream,
        client,
        process: Some(process),
        patience: match (case.sets_budget(), case.holds()) {
            (true, _) => (stage.budget * PATIENCE).max(LEAST_PATIENCE),
            _ if case.profile == Profile::Slow => SLOW,
            (_, true) => subject.deadlines.answer.max(HELD),
            _ => subject.deadlines.answer,
        },
        silences: 0,
        asked_before: 0,
        called_before: 0,
        trace_id: None,
        last_id: Json::Null,
        trouble: None,
    };
    if case.opening == Opening::None || play.open(OPENING).await || case.opening == Opening::Tried {
        play.steps(case.steps(), "").await;
    }
    play.end().await?.write_down(&log);
    Ok(log.entries())
}

struct Play<'a> {
    subject: &'a Subject,
    plan: Launch,
    /// From when on a file can be the guard's.
    began: SystemTime,
    /// The folders that are the guard's to write to.
    searched: Vec<PathBuf>,
    /// The key that is looked for there.
    canary: String,
    log: Log,
    gateway: Gateway,
    /// The server behind a proxy.
    upstream: Option<Upstream>,
    client: Client,
    /// `None` once a restart has failed.
    process: Option<Process>,
    /// How long any one answer is waited for.
    patience: Duration,
    /// How many answers never came.
    silences: u32,
    /// How often the gateway had been asked when the outermost step began.
    asked_before: usize,
    /// How many calls had reached the upstream by then.
    called_before: usize,
    /// Of the latest verdict, for `{trace_id}`.
    trace_id: Option<Json>,
    /// Of the latest request, for `{last_id}`.
    last_id: Json,
    /// What the harness itself failed at; the recording is worth nothing then.
    trouble: Option<LaunchError>,
}

impl Play<'_> {
    /// Plays steps one after the other; `prefix` names the step that holds them.
    async fn steps(&mut self, steps: &[Step], prefix: &str) {
        for (index, step) in steps.iter().enumerate() {
            let name = format!("{prefix}{}", index + 1);
            self.log.push(Event::Step { step: name.clone() });
            self.asked_before = self.gateway.asked();
            self.called_before = self.log.count(is_upstream_call);
            self.obey(step).await;
            let sent = match &step.verb {
                Verb::Concurrently(inner) => {
                    let mut sent = Vec::new();
                    for (index, step) in inner.iter().enumerate() {
                        let name = format!("{name}.{}", index + 1);
                        self.log.push(Event::Step { step: name.clone() });
                        self.obey(step).await;
                        sent.extend(self.carry_out(step, &name).await.map(|sent| (step, sent)));
                    }
                    sent
                }
                Verb::Batch(inner) => self.batch(inner, &name).await,
                Verb::InTurn(series) => {
                    self.in_turn(series, &name).await;
                    Vec::new()
                }
                _ => self.carry_out(step, &name).await.map(|sent| (step, sent)).into_iter().collect(),
            };
            // All of them are under way at once: only while answers come is there more to wait for.
            let mut since = Instant::now();
            for (step, sent) in sent {
                if self.wait(step, &sent, since).await {
                    since = Instant::now();
                }
            }
        }
    }

    async fn obey(&mut self, step: &Step) {
        if let Err(error) = self.gateway.obey(step).await {
            self.trouble.get_or_insert(LaunchError::Harness(format!("the gateway's listener: {error}")));
        }
    }

    /// Waits for an answer, with patience counted from `since`; tells whether one came.
    async fn wait(&mut self, step: &Step, sent: &Sent, since: Instant) -> bool {
        if step.expect.as_ref().is_some_and(|expect| expect.unanswered) {
            return false;
        }
        let Ok(answer) = self.client.answer(sent, since, self.patience).await else {
            self.silences += 1;
            if self.silences >= SILENCES {
                self.patience = self.patience.min(LAST_PATIENCE);
            }
            return false;
        };
        if let Some(result) = answer.get("result") {
            self.take_note(step, sent, result).await;
        }
        true
    }

    /// Keeps what later steps need of a result, and asks for the rest of a list.
    async fn take_note(&mut self, step: &Step, sent: &Sent, result: &Json) {
        if let Some(trace_id) = Verdict::read(result).member("trace_id") {
            self.trace_id = Some(trace_id.clone());
        }
        // A list may come in pages; the tools that are looked for may stand on any of them.
        let wants_tools = step.expect.as_ref().is_some_and(|expect| !expect.tools.is_empty());
        let mut cursor = result.get("nextCursor").cloned();
        for _ in 0..PAGES {
            let Some(next) = cursor.filter(|_| wants_tools) else { return };
            let request = self.client.request(None, "tools/list", Some(&format!("{{\"cursor\":{next}}}")));
            let Some(page) = self.client.send(&sent.step, request, self.patience).await else { return };
            let Ok(answer) = self.client.answer(&page, Instant::now(), self.patience).await else { return };
            cursor = answer.pointer("/result/nextCursor").cloned();
        }
    }

    /// Carries out one verb; what it returns must be waited for.
    async fn carry_out(&mut self, step: &Step, name: &str) -> Option<Sent> {
        let limit = self.patience;
        let sent = match &step.verb {
            Verb::Raw(raw) => {
                let bytes = raw.bytes(&self.client.dialect().meta(), &self.subject.tools.scan);
                self.client.send_raw(name, bytes.into(), raw.id.as_ref().map(Json::from), limit).await
            }
            Verb::Open => {
                self.open(name).await;
                None
            }
            Verb::Restart => {
                self.restart(name).await;
                None
            }
            Verb::Await(party) => {
                self.await_party(*party).await;
                None
            }
            Verb::Stdin(_) => {
                self.client.close_stdin();
                None
            }
            Verb::Stdout(_) => {
                self.client.close_stdout().await;
                None
            }
            Verb::Signal(signal) => {
                self.signal(*signal);
                None
            }
            Verb::Analyst(analyst) => {
                let decided = self.gateway.decide(*analyst);
                self.log.push(Event::Analyst { decided });
                None
            }
            Verb::Measure(_) => {
                self.measure(name);
                None
            }
            Verb::Exit(_) => {
                // A process that has never spoken may still be starting, and a proxy ends its server first.
                let Deadlines { start, exit, .. } = self.subject.deadlines;
                let is_ready = self.client.heard() > 0 && self.upstream.is_none();
                let limit = if is_ready { exit } else { start + exit };
                self.await_exit(name, limit).await;
                None
            }
            verb => {
                let message = self.message(verb)?;
                self.client.send(name, message, limit).await
            }
        };
        if let Some(sent) = &sent {
            self.last_id = sent.id.clone();
        }
        sent
    }

    /// Sends messages as one array; what it returns must be waited for.
    async fn batch<'s>(&mut self, steps: &'s [Step], name: &str) -> Vec<(&'s Step, Sent)> {
        let after = self.client.heard();
        let mut texts = Vec::new();
        let mut sent = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let Some(message) = self.message(&step.verb) else { continue };
            texts.push(message.text);
            let step_name = format!("{name}.{}", index + 1);
            sent.extend(message.id.map(|id| (step, Sent { step: step_name, id, after, may_be_unreadable: false })));
        }
        let line = format!("[{}]\n", texts.join(","));
        self.client.write(name, line.into(), None, self.patience).await;
        sent
    }

    /// Waits until a party has been reached in this step; whether it was is judged.
    async fn await_party(&self, party: Await) {
        let until = Instant::now() + self.patience;
        let reached = || match party {
            Await::Gateway => self.gateway.asked() > self.asked_before,
            Await::Upstream => self.log.count(is_upstream_call) > self.called_before,
        };
        while !reached() && Instant::now() < until {
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Whether the upstream got what may be a call.
fn is_upstream_call(event: &Event) -> bool {
    let name = b"tools/call";
    matches!(event, Event::UpstreamGot { line, .. } if line.0.windows(name.len()).any(|window| window == name))
}
