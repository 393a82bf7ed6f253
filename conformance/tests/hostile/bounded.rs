//! The whole suite on a guard with one trick, in a process of its own, so that its memory is its own:
//! what became of each case, what it cost, and what was left. Never what is expected of a trick.

use std::collections::BTreeMap;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use guard_conformance::case::{self, Case};
use guard_conformance::event::Event;
use guard_conformance::report::whole::Whole;
use guard_conformance::report::{Report as _, json, terminal};
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use serde::{Deserialize, Serialize};

use crate::guard;

/// The first argument that makes this program the suite; the second names the guard's trick.
pub(crate) const ROLE: &str = "suite";

/// The only case that meets the trick; its second step is too large for a pipe that nobody reads.
pub(crate) const HOSTILE: &str = "hostile/call";

/// The other cases that are played.
pub(crate) const OTHERS: [&str; 4] = ["scan/allow", "scan/deny", "scan/require-approval", "scan/sanitize"];

/// How long a guard may take for an answer; a guard that is silent costs a few of these.
const ANSWER: Duration = Duration::from_secs(3);

/// A user who may do nothing in particular: root is bound by few limits, and would prove little.
const NOBODY: u32 = 65534;

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bounded {
    /// Each case with its outcome.
    pub(crate) outcomes: BTreeMap<String, String>,
    /// Each finding: the case, its code, the step, all that was seen.
    pub(crate) findings: Vec<(String, String, String, String)>,
    /// The most memory that the suite had, above the most that it took to load its cases, in kilobytes.
    pub(crate) grown_kb: u64,
    /// As the terminal would show it.
    pub(crate) terminal: String,
    /// The JSON report.
    pub(crate) json: String,
    /// How long it took.
    #[serde(skip)]
    pub(crate) took: Duration,
    /// The name of every file that was left in the place for temporary files.
    #[serde(skip)]
    pub(crate) left: Vec<String>,
}

impl Bounded {
    /// The codes found in a case.
    pub(crate) fn codes(&self, case: &str) -> Vec<&str> {
        self.findings.iter().filter(|(of, ..)| of == case).map(|(_, code, ..)| code.as_str()).collect()
    }
}

/// Runs the suite in a process of its own, as nobody where this is root; `limit` is the time it may take.
pub(crate) fn suite_in_a_process(trick: &str, limit: Duration) -> Result<Bounded, String> {
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (temporary, outside) = (place.path().join("t"), place.path().join("outside"));
    let mut command = Command::new("/proc/self/exe");
    for folder in [&temporary, &outside] {
        std::fs::create_dir(folder).map_err(|error| error.to_string())?;
    }
    std::fs::write(outside.join("kept"), "dear").map_err(|error| error.to_string())?;
    if rustix::process::geteuid().is_root() {
        for path in [place.path(), &temporary, &outside, &outside.join("kept")] {
            chown(path, Some(NOBODY), Some(NOBODY)).map_err(|error| error.to_string())?;
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let began = Instant::now();
    command.args([ROLE, trick]).env("TMPDIR", &temporary).env("OUTSIDE", &outside).current_dir("/");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let stdout = child.stdout.take().expect("stdout is piped");
    let reader = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap_or_default());
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if began.elapsed() > limit {
            let _gone = child.kill();
            let _reaped = child.wait();
            return Err(format!("{trick}: not over after {limit:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    // What lives only to start the next may be missed once, and is not missed ten times.
    let survivors: Vec<_> = (0..10).flat_map(|_| survivors(&temporary)).collect();
    if !survivors.is_empty() {
        return Err(format!("{trick}: processes are left: {survivors:?}"));
    }
    let kept = std::fs::read_to_string(outside.join("kept"));
    if kept.ok().as_deref() != Some("dear") {
        return Err(format!("{trick}: a file outside was touched"));
    }
    let told = reader.join().unwrap_or_default();
    let mut bounded: Bounded = serde_json::from_str(&told).map_err(|error| format!("{trick}: {error}: {told}"))?;
    bounded.took = took;
    let left = std::fs::read_dir(&temporary).into_iter().flatten().flatten();
    bounded.left = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let seconds = took.as_secs_f64();
    eprintln!("{trick:20} {seconds:6.2} s  {:6.1} MB above its cases", bounded.grown_kb as f64 / 1024.0);
    Ok(bounded)
}

/// Processes of the run that still live: each has the place for temporary files in its environment.
fn survivors(temporary: &Path) -> Vec<String> {
    let mark = temporary.as_os_str().as_encoded_bytes();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| {
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            memchr::memmem::find(&environment, mark)?;
            std::fs::read_to_string(entry.path().join("stat")).ok()
        })
        .filter(|stat| !stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X'])))
        .collect()
}

/// Is the suite: runs it, and prints what came of it.
pub(crate) fn run(trick: &str) -> ExitCode {
    let requirements = Requirements::embedded().expect("the requirements hold");
    let cases = cases(trick, &requirements);
    let start = kilobytes("VmHWM:");
    // What most systems give; the harness may take more, where it may.
    let few = rustix::process::Rlimit { current: Some(1024), maximum: Some(4096) };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, few).expect("a limit may be lowered");
    guard_conformance::launch::take_over();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut out = Vec::new();
    let mut document = Vec::new();
    let mut terminal = terminal::Terminal::new(&mut out, None::<Vec<u8>>);
    let mut json = Whole::new(&mut document, json::render);
    let mut results = Vec::new();
    let ended = runtime.block_on(play(trick, &cases, &requirements, |event| {
        terminal.tell(&event).expect("a buffer takes it");
        json.tell(&event).expect("a buffer takes it");
        if let Event::Judged(result) = event {
            results.push(*result);
        }
    }));
    if let Err(error) = ended {
        eprintln!("{trick}: {error}");
        return ExitCode::FAILURE;
    }
    let grown_kb = kilobytes("VmHWM:").saturating_sub(start);
    let findings = results.iter().flat_map(|result| {
        result.findings.iter().map(|finding| {
            let seen: Vec<_> = finding.seen.iter().map(|seen| seen.what.as_str()).collect();
            (result.case.clone(), finding.code.name().to_owned(), finding.step.clone(), seen.join("; "))
        })
    });
    let bounded = Bounded {
        outcomes: results.iter().map(|result| (result.case.clone(), result.outcome.words().to_owned())).collect(),
        findings: findings.collect(),
        grown_kb,
        terminal: String::from_utf8(out).expect("reports are text"),
        json: String::from_utf8(document).expect("reports are text"),
        took: Duration::ZERO,
        left: Vec::new(),
    };
    serde_json::to_writer(std::io::stdout().lock(), &bounded).expect("somebody reads");
    ExitCode::SUCCESS
}

fn cases(trick: &str, requirements: &Requirements) -> Vec<Case> {
    let mut cases = case::load(None, requirements).expect("the cases hold");
    cases.retain(|case| OTHERS.contains(&case.id.as_str()) || case.id.starts_with("standing/"));
    cases.push(hostile(trick, requirements));
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

async fn play(
    trick: &str,
    cases: &[Case],
    requirements: &Requirements,
    tell: impl FnMut(Event),
) -> Result<(), suite::RunError> {
    let command = ["/proc/self/exe", guard::ROLE, trick].map(str::to_owned);
    let mut subject = Subject::from_command(&command, Path::new("/"));
    subject.deadlines.answer = ANSWER;
    subject.deadlines.exit = Duration::from_secs(1);
    subject.pass = vec!["OUTSIDE".to_owned()];
    let options = Options { seed: 7, jobs: 2, ..Options::default() };
    suite::run(subject, cases, requirements, &options, tell).await.map(|_| ())
}

fn hostile(trick: &str, requirements: &Requirements) -> Case {
    let large = "x".repeat(200 << 10);
    let signal = if trick == "ignores-term" { "- signal: TERM\n  " } else { "" };
    let text = format!(
        "requirement: scan.allow\nsince: 1\nwhy: A guard may do anything here.\nsteps:\n  \
         - scan: {{ tool_name: hostile, method: GET, url: \"x://y\", body: {{}} }}\n    expect: {{ decision: ALLOW }}\n  \
         {signal}\
         - scan: {{ tool_name: later, method: GET, url: \"x://y\", body: {{ text: {large} }} }}\n    \
         gateway: {{ decision: ALLOW }}\n    expect: {{ decision: ALLOW }}\n\
         caught_by:\n  - {{ sin: crashes-on-call, finding: died }}\n"
    );
    case::parse(HOSTILE, &format!("{HOSTILE}.yaml"), &text, requirements).expect("the case holds")
}

fn kilobytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
