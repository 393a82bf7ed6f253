//! Plays one case on one guard and returns the recording: the only place, with the parties, that
//! touches processes, sockets and time. Never a judgement.

use std::time::Duration;

use mock_gateway::json::Json;

use crate::case::{Case, Opening};
use crate::exact::Exact;
use crate::launch::{self, Launch, LaunchError, Process, Running};
use crate::log::Log;
use crate::party::client::{Client, Sent};
use crate::party::gateway::Gateway;
use crate::recording::{Event, Header, Recording};
use crate::step::{Raw, Signal, Step, Verb};
use crate::subject::{Home, Subject};
use crate::verdict::Verdict;

/// The step in which the session is opened, before the first of the case.
pub const OPENING: &str = "opening";

/// How many times its budget a guard may take before it is called silent: the order of events is
/// judged, never milliseconds.
const PATIENCE: u32 = 10;

/// How many further pages of a list are asked for.
const PAGES: usize = 20;

/// After this many silences the rest of a play is waited for only briefly: nothing will come.
const SILENCES: u32 = 2;

/// How long an answer is waited for once a guard has fallen silent.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// How long a guard's streams are still read after its end.
const DRAIN: Duration = Duration::from_secs(1);

/// What all plays of one run share.
#[derive(Debug)]
pub struct Stage {
    /// The canary in the place of a key.
    pub canary: String,
    /// Where folders and sockets of this run go.
    pub workplace: tempfile::TempDir,
    /// The scan budget of cases that set one.
    pub budget: Duration,
}

impl Stage {
    /// Prepares a run; the seed decides the canary.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new(seed: u32) -> Result<Self, LaunchError> {
        let mut random = fastrand::Rng::with_seed(u64::from(seed));
        let canary =
            format!("iv_live_{}", std::iter::repeat_with(|| random.alphanumeric()).take(32).collect::<String>());
        let workplace = launch::workplace()?;
        launch::folder(workplace.path(), "home")?;
        Ok(Self { canary, workplace, budget: Duration::from_millis(300) })
    }

    fn fill(&self, text: &str, gateway: &str) -> String {
        text.replace("{key}", &self.canary)
            .replace("{gateway}", gateway)
            .replace("{budget}", &self.budget.as_millis().to_string())
    }
}

/// Plays a case; `name` is unique in the run.
///
/// # Errors
/// When the guard cannot be started at all, or the harness cannot work.
pub async fn play(case: &Case, subject: &Subject, stage: &Stage, name: &str) -> Result<Recording, LaunchError> {
    let log = Log::begin();
    let gateway = Gateway::start(&stage.canary).await.map_err(|error| LaunchError::Harness(error.to_string()))?;
    let plan = Launch {
        command: subject.command.clone(),
        environment: environment(case, subject, stage, gateway.url()),
        folder: launch::folder(stage.workplace.path(), name)?,
        socket: stage.workplace.path().join(format!("{name}.s")),
    };
    let Running { stdin, stdout, stderr, process } = launch::launch(&plan).await?;
    log.push(Event::Started { pid: process.pid });
    let client = Client::new(stdin, stdout, stderr, log.clone());
    let patience = if case.sets_budget() { stage.budget * PATIENCE } else { subject.deadlines.answer };
    let mut play = Play {
        subject,
        log: log.clone(),
        gateway,
        client,
        process,
        patience,
        silences: 0,
        trace_id: None,
        trouble: None,
    };
    if case.opening == Opening::None || play.open().await || case.opening == Opening::Tried {
        play.steps(case.steps(), "").await;
    }
    let ended = play.end().await;
    // What a guard leaves in its folder is its own affair; a failure to remove it is the system's.
    let _kept = std::fs::remove_dir_all(&plan.folder);
    let _kept = std::fs::remove_file(&plan.socket);
    ended?.write_down(&log);
    Ok(Recording {
        header: Header {
            recording: 1,
            case: case.id.clone(),
            subject: subject.name.clone(),
            protocol_version: subject.versions[0].clone(),
            canary: stage.canary.clone(),
            tools: subject.tools.clone(),
            budget_ms: u64::try_from(stage.budget.as_millis()).unwrap_or(u64::MAX),
            sees_orphans: launch::SEES_ORPHANS,
        },
        entries: log.entries(),
    })
}

fn environment(
    case: &Case,
    subject: &Subject,
    stage: &Stage,
    gateway: &str,
) -> std::collections::BTreeMap<String, String> {
    let folder = |name: &str| stage.workplace.path().join(name).to_string_lossy().into_owned();
    let mut environment = launch::passed(&subject.pass);
    let home = match subject.home {
        Home::Temporary => folder("home"),
        Home::Real => launch::real_home().unwrap_or_else(|| folder("home")),
    };
    environment.insert("HOME".into(), home);
    environment.insert("INTERVEN_API_KEY".into(), stage.canary.clone());
    environment.insert("INTERVEN_GATEWAY_URL".into(), gateway.to_owned());
    environment.extend(subject.environment.iter().map(|(name, value)| (name.clone(), stage.fill(value, gateway))));
    for (name, value) in &case.environment {
        match value {
            Some(value) => {
                environment.insert(name.clone(), stage.fill(value, gateway));
            }
            None => {
                // What a manifest calls the key by another name is taken away with it.
                let is_key = |text: &String| name == "INTERVEN_API_KEY" && text.contains("{key}");
                let others = subject.environment.iter().filter(|(_, text)| is_key(text)).map(|(other, _)| other);
                for other in others.chain([name]) {
                    environment.remove(other);
                }
            }
        }
    }
    environment
}

struct Play<'a> {
    subject: &'a Subject,
    log: Log,
    gateway: Gateway,
    client: Client,
    process: Process,
    /// How long any one answer is waited for.
    patience: Duration,
    /// How many answers never came.
    silences: u32,
    /// Of the latest verdict, for `{trace_id}`.
    trace_id: Option<Json>,
    /// What the harness itself failed at; the recording is worth nothing then.
    trouble: Option<String>,
}

impl Play<'_> {
    /// Opens a session; tells whether the guard answered.
    async fn open(&mut self) -> bool {
        let limit = self.subject.deadlines.start;
        let version = Json::String(self.subject.versions[0].clone());
        let params = format!(
            r#"{{"protocolVersion":{version},"capabilities":{{}},"clientInfo":{{"name":"guard-conformance","version":"{}"}}}}"#,
            env!("CARGO_PKG_VERSION")
        );
        self.log.push(Event::Step { step: OPENING.into() });
        let sent = self.client.request(OPENING, None, "initialize", Some(&params), limit).await;
        let answered = self.client.answer(&sent, limit).await.is_ok_and(|answer| answer.get("result").is_some());
        if answered {
            self.client.notify(OPENING, "notifications/initialized", None, limit).await;
        }
        answered
    }

    /// Plays steps one after the other; `prefix` names the step that holds them.
    async fn steps(&mut self, steps: &[Step], prefix: &str) {
        for (index, step) in steps.iter().enumerate() {
            let name = format!("{prefix}{}", index + 1);
            self.log.push(Event::Step { step: name.clone() });
            self.obey(step).await;
            if let Verb::Concurrently(inner) = &step.verb {
                let mut sent = Vec::new();
                for (index, step) in inner.iter().enumerate() {
                    let name = format!("{name}.{}", index + 1);
                    self.log.push(Event::Step { step: name.clone() });
                    self.obey(step).await;
                    sent.extend(self.send(step, &name).await.map(|sent| (step, sent)));
                }
                for (step, sent) in sent {
                    self.wait(step, &sent).await;
                }
            } else if let Some(sent) = self.send(step, &name).await {
                self.wait(step, &sent).await;
            }
        }
    }

    async fn obey(&mut self, step: &Step) {
        if let Err(error) = self.gateway.obey(step).await {
            self.trouble.get_or_insert(format!("the gateway's listener: {error}"));
        }
    }

    async fn wait(&mut self, step: &Step, sent: &Sent) {
        let Ok(answer) = self.client.answer(sent, self.patience).await else {
            self.silences += 1;
            if self.silences >= SILENCES {
                self.patience = self.patience.min(LAST_PATIENCE);
            }
            return;
        };
        let Some(result) = answer.get("result") else { return };
        if let Some(trace_id) = Verdict::read(result).member("trace_id") {
            self.trace_id = Some(trace_id.clone());
        }
        // A list may come in pages; the tools that are looked for may stand on any of them.
        let wants_tools = step.expect.as_ref().is_some_and(|expect| !expect.tools.is_empty());
        let mut cursor = result.get("nextCursor").cloned();
        for _ in 0..PAGES {
            let Some(next) = cursor.filter(|_| wants_tools) else { return };
            let params = format!("{{\"cursor\":{next}}}");
            let page = self.client.request(&sent.step, None, "tools/list", Some(&params), self.patience).await;
            let Ok(answer) = self.client.answer(&page, self.patience).await else { return };
            cursor = answer.pointer("/result/nextCursor").cloned();
        }
    }

    /// Carries out one verb; what it returns must be waited for.
    async fn send(&mut self, step: &Step, name: &str) -> Option<Sent> {
        let limit = self.patience;
        match &step.verb {
            Verb::Scan(arguments) => Some(self.call(name, &self.subject.tools.scan, Some(arguments)).await),
            Verb::ScanResponse(arguments) => {
                let arguments = self.with_trace_id(arguments);
                Some(self.call(name, &self.subject.tools.scan_response, Some(&arguments)).await)
            }
            Verb::Call(call) => {
                Some(self.call(name, &call.tool, call.arguments.as_ref().map(Exact::from).as_ref()).await)
            }
            Verb::Request(request) => {
                let (id, params) = (request.id.as_ref().map(Json::from), request.params.as_ref().map(Exact::from));
                Some(self.client.request(name, id, &request.method, params.as_ref().map(Exact::text), limit).await)
            }
            Verb::Notify(notify) => {
                let params = notify.params.as_ref().map(Exact::from);
                self.client.notify(name, &notify.method, params.as_ref().map(Exact::text), limit).await;
                None
            }
            Verb::Raw(raw) => {
                let bytes = match raw {
                    Raw::Line(line) => format!("{line}\n").into(),
                    Raw::Text(text) => text.clone().into(),
                    Raw::Hex(hex) => hex.0.clone().into(),
                };
                self.client.write(name, bytes, None, limit).await;
                None
            }
            Verb::Stdin(_) => {
                self.client.close_stdin();
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
            Verb::Exit(_) => {
                // A process that was never spoken to may still be starting.
                self.await_exit(name, self.subject.deadlines.start + self.subject.deadlines.exit).await;
                None
            }
            Verb::Advance(_) | Verb::Concurrently(_) | Verb::Set => None,
        }
    }

    async fn call(&mut self, step: &str, tool: &str, arguments: Option<&Exact>) -> Sent {
        let tool = Json::String(tool.to_owned());
        let arguments = arguments.map(|arguments| format!(",\"arguments\":{}", arguments.text())).unwrap_or_default();
        let params = format!("{{\"name\":{tool}{arguments}}}");
        self.client.request(step, None, "tools/call", Some(&params), self.patience).await
    }

    /// Puts the latest trace id where the case asks for it. Without one the call goes out as written,
    /// and what comes of it is judged.
    fn with_trace_id(&self, arguments: &Exact) -> Exact {
        let trace_id = self.trace_id.as_ref().map(ToString::to_string);
        let text = trace_id.map(|id| arguments.text().replace("\"{trace_id}\"", &id));
        text.and_then(|text| Exact::parse(&text).ok()).unwrap_or_else(|| arguments.clone())
    }

    fn signal(&self, signal: Signal) {
        #[cfg(unix)]
        {
            let (number, name) = match signal {
                Signal::Term => (rustix::process::Signal::TERM, "TERM"),
                Signal::Int => (rustix::process::Signal::INT, "INT"),
            };
            self.log.push(Event::Signalled { signal: name.into() });
            self.process.signal(number);
        }
        #[cfg(not(unix))]
        let _unavailable = signal;
    }

    /// Waits for the process to end and writes down whether it did.
    async fn await_exit(&mut self, step: &str, limit: Duration) -> bool {
        let ended = self.process.ended(limit).await;
        match ended {
            Some(status) => self.log.push(Event::Exited { status }),
            None => self.log.push(Event::StillRunning {
                step: step.to_owned(),
                after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            }),
        }
        ended.is_some()
    }

    /// Ends the session as a client does: closes stdin, waits, and kills what stays.
    async fn end(mut self) -> Result<Gateway, LaunchError> {
        // A guard whose stdout has ended is ending, and did so before its stdin was closed.
        let gone = if self.client.is_over() {
            self.process.ended(DRAIN).await
        } else {
            self.process.ended(Duration::ZERO).await
        };
        if let Some(status) = gone {
            self.log.push(Event::Exited { status });
        } else {
            self.client.close_stdin();
            if !self.await_exit("end", self.subject.deadlines.exit).await {
                self.log.push(Event::Killed);
            }
        }
        let end = self.process.finish().await;
        self.client.drain(DRAIN).await;
        for (pid, name) in end.as_ref().map(|end| end.orphans.clone()).unwrap_or_default() {
            self.log.push(Event::Orphan { pid, name });
        }
        self.trouble.map_or(end, |trouble| Err(LaunchError::Harness(trouble))).map(|_| self.gateway)
    }
}
