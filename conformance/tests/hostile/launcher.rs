//! The launcher alone, with shell scripts for guards: what a guard inherits, and what is left of it
//! and of its keeper when it is ended.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use guard_conformance::case;
use guard_conformance::launch::{self, End, Launch, LaunchError, Running};
use guard_conformance::recording::Status;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options, RunError};
use libtest_mimic::{Failed, Trial};
use tokio::io::AsyncReadExt;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("a_guard_sees_an_environment_from_an_allowlist", environment),
        Trial::test("a_guard_that_ignores_everything_is_killed", ignores_everything),
        Trial::test("a_child_in_a_session_of_its_own_is_found_and_killed", runaway_child),
        Trial::test("a_child_in_the_group_is_found_and_killed", left_child),
        Trial::test("a_child_that_ends_with_its_guard_is_no_orphan", short_child),
        Trial::test("a_guard_that_kills_its_keeper_is_killed_and_told", || loses_keeper("KILL")),
        Trial::test("a_guard_that_stops_its_keeper_is_killed_and_told", || loses_keeper("STOP")),
        Trial::test("a_keeper_that_is_stopped_at_once_is_told_too", stops_keeper_at_once),
        Trial::test("a_core_file_cannot_be_written", no_core),
        Trial::test("a_guard_that_only_prints_opens_no_session", endless),
        Trial::test("nothing_but_three_streams_is_inherited", inherits),
        Trial::test("a_guard_that_never_reads_or_writes_costs_its_deadline", silent),
    ]
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), future).await.expect("within 30 s") })
}

/// Starts a shell script as a guard and reads its stdout to the end, at most 2 s; then ends it.
fn shell(script: &str, linger: Duration) -> (String, Option<Status>, Result<End, LaunchError>) {
    wait(async {
        let workplace = launch::workplace().expect("a temporary folder");
        let plan = Launch {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment: BTreeMap::from([("GIVEN".to_owned(), "by the manifest".to_owned())]),
            folder: launch::folder(workplace.path(), "guard").expect("a folder"),
            socket: workplace.path().join("s"),
        };
        let Running { mut stdout, mut process, .. } = launch::launch(&plan).await.expect("sh starts");
        let mut bytes = Vec::new();
        let _cut = tokio::time::timeout(linger, stdout.read_to_end(&mut bytes)).await;
        let status = process.ended(linger).await;
        (String::from_utf8(bytes).expect("UTF-8"), status, process.finish().await)
    })
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn environment() -> Result<(), Failed> {
    // Cargo gives every test variables of its own: none of them may come through.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let (text, ..) = shell("env", Duration::from_secs(2));
    let allowed = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "GIVEN", "PWD", "OLDPWD", "SHLVL", "_"];
    let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"GIVEN") && names.contains(&"PATH"), "{text}");
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
    Ok(())
}

fn ignores_everything() -> Result<(), Failed> {
    let script = "trap '' TERM INT HUP PIPE; echo $$; while :; do sleep 0.1; done";
    let (text, status, end) = shell(script, Duration::from_millis(300));
    assert_eq!((status, end?.status), (None, Status::Signal(9)));
    assert!(!is_alive(text.trim().parse()?));
    Ok(())
}

fn runaway_child() -> Result<(), Failed> {
    let (_, status, end) = shell("setsid sleep 47 >/dev/null 2>&1 & exit 0", Duration::from_secs(2));
    assert_eq!(status, Some(Status::Code(0)));
    let end = end?;
    let [(pid, name)] = &end.orphans[..] else { return Err(format!("{end:?}").into()) };
    assert_eq!(name, "sleep");
    assert!(!is_alive(*pid));
    Ok(())
}

fn left_child() -> Result<(), Failed> {
    let (_, _, end) = shell("(trap '' TERM; sleep 47; sleep 47) >/dev/null 2>&1 & exit 3", Duration::from_secs(2));
    let end = end?;
    assert_eq!(end.status, Status::Code(3));
    assert!(!end.orphans.is_empty());
    assert!(end.orphans.iter().all(|(pid, _)| !is_alive(*pid)), "{end:?}");
    Ok(())
}

fn short_child() -> Result<(), Failed> {
    let (_, _, end) = shell("sleep 0.1 >/dev/null 2>&1 & exit 0", Duration::from_secs(2));
    assert_eq!(end?, End { status: Status::Code(0), orphans: vec![], flood: None });
    Ok(())
}

/// Its daemon, too, whose own parent is long gone.
fn loses_keeper(signal: &str) -> Result<(), Failed> {
    let script =
        format!("(setsid sleep 47 >/dev/null 2>&1 & echo $!); echo $$; sleep 0.2; kill -{signal} $PPID; sleep 47");
    let (text, _, end) = shell(&script, Duration::from_millis(600));
    assert!(matches!(end, Err(LaunchError::KeeperLost)), "{end:?}");
    let pids: Vec<u32> = text.lines().map(str::parse).collect::<Result<_, _>>()?;
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| !is_alive(*pid)), "{pids:?}");
    Ok(())
}

/// Before the keeper can even say that the guard has started, or just after.
fn stops_keeper_at_once() -> Result<(), Failed> {
    let (run, took) = suite_on(&["sh", "-c", "kill -STOP $PPID; exec sleep 43"]);
    assert!(matches!(run, Err(RunError::Launch(LaunchError::KeeperLost))), "{run:?}");
    assert!(took < Duration::from_secs(20), "took {took:?}");
    Ok(())
}

fn no_core() -> Result<(), Failed> {
    let (text, ..) = shell("ulimit -c", Duration::from_secs(2));
    assert_eq!(text.trim(), "0");
    Ok(())
}

/// What the suite says of a guard with this command, and how long it took.
fn suite_on(command: &[&str]) -> (Result<(), RunError>, Duration) {
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let mut subject = Subject::from_command(&command, Path::new("."));
    subject.deadlines.start = Duration::from_secs(2);
    subject.deadlines.exit = Duration::from_secs(1);
    let requirements = Requirements::embedded().expect("the requirements hold");
    let cases = case::load(None, &requirements).expect("the cases hold");
    let began = Instant::now();
    let options = Options::default();
    let run = wait(suite::run(subject, &cases, &requirements, &options, |_| {}));
    (run.map(|_| ()), began.elapsed())
}

fn endless() -> Result<(), Failed> {
    for command in [&["yes"][..], &["cat", "/dev/zero"]] {
        let (run, took) = suite_on(command);
        assert!(matches!(run, Err(RunError::NoSession { .. })), "{run:?}");
        assert!(took < Duration::from_secs(10), "{command:?} took {took:?}");
    }
    Ok(())
}

fn inherits() -> Result<(), Failed> {
    // A shell that cannot write to a descriptor says so, and goes on.
    let script =
        "for fd in 3 4 5 6 7 8 9; do { echo forged >&$fd; } 2>/dev/null && echo $fd; done; echo end; ls /proc/$$/fd";
    let (text, ..) = shell(script, Duration::from_secs(2));
    let (written, open) = text.split_once("end\n").ok_or("the script ends")?;
    assert_eq!(written, "");
    let open: Vec<u32> = open.lines().map(str::parse).collect::<Result<_, _>>()?;
    // The shell keeps descriptors of its own from 10 on.
    assert!(open.iter().all(|fd| *fd < 3 || *fd >= 10), "{open:?}");
    Ok(())
}

fn silent() -> Result<(), Failed> {
    let (run, took) = suite_on(&["sleep", "600"]);
    assert!(matches!(run, Err(RunError::NoSession { .. })), "{run:?}");
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(10), "took {took:?}");
    Ok(())
}
