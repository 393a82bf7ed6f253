//! Known failures over whole runs: what a manifest may excuse, what it may not, and what becomes of an
//! entry that is needed no more. Never how a manifest is read, which the command's own tests show.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use guard_conformance::case;
use guard_conformance::event::Event;
use guard_conformance::outcome::{Exit, Outcome};
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options, RunError};
use libtest_mimic::{Arguments, Failed, Trial};

const GUARD: &str = env!("CARGO_BIN_EXE_faulty-guard");

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    let trials = [
        Trial::test("what_is_listed_is_excused_and_counted_apart", what_is_listed),
        Trial::test("a_warning_that_is_listed_is_no_warning_and_no_error_under_strict", a_warning),
        Trial::test("another_finding_on_the_same_case_fails", another_finding),
        Trial::test("an_entry_that_is_not_needed_any_more_fails", not_needed),
        Trial::test("an_entry_that_matches_no_case_fails", no_case),
        Trial::test("an_entry_that_has_run_out_excuses_nothing_and_fails", run_out),
        Trial::test("an_entry_about_a_case_of_a_later_edition_is_left_alone", later_edition),
        Trial::test("a_guard_that_cannot_start_is_never_excused", cannot_start),
        Trial::test("a_guard_that_dies_in_the_opening_of_one_case_is_not_excused_for_it", dies_in_one),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// What became of a run: its exit code, the outcomes by case, and what is said of stale entries.
struct Run {
    exit: Exit,
    outcomes: BTreeMap<String, Outcome>,
    stale: Vec<String>,
}

impl Run {
    fn is(&self, exit: Exit, case: &str, outcome: Outcome, stale: &[&str]) -> Result<(), Failed> {
        let stale_as_due =
            self.stale.len() == stale.len() && self.stale.iter().zip(stale).all(|(problem, due)| problem.contains(due));
        if self.exit == exit && self.outcomes.get(case) == Some(&outcome) && stale_as_due {
            return Ok(());
        }
        Err(format!("{:?} {:?} {:?}", self.exit, self.outcomes, self.stale).into())
    }
}

/// Plays cases on the guard of this command, with these known failures, as a manifest writes them.
fn run(command: &str, known: &str, cases: &[&str], options: Options) -> Result<Run, Failed> {
    run_of(command, known, cases, options)?.map_err(|error| error.to_string().into())
}

fn run_of(command: &str, known: &str, cases: &[&str], mut options: Options) -> Result<Result<Run, RunError>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("guard.yaml");
    std::fs::write(&path, format!("name: faulty\ncommand: {{ scan: {command} }}\nknown_failures:\n{known}\n"))?;
    let mut subject = Subject::from_manifest(&path)?;
    subject.deadlines.exit = Duration::from_secs(3);
    let requirements = Requirements::embedded()?;
    let all = case::load(None, &requirements)?;
    options.selection.patterns = cases.iter().map(|case| case.parse()).collect::<Result<_, String>>()?;
    let mut outcomes = BTreeMap::new();
    let mut stale = Vec::new();
    let tell = |event| match event {
        Event::Judged(result) => drop(outcomes.insert(result.case, result.outcome)),
        Event::Ended(summary) => {
            stale = summary.stale.into_iter().map(|stale| format!("{} {}", stale.entry, stale.problem)).collect();
        }
        _ => {}
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(suite::run(subject, &all, &requirements, &options, tell));
    Ok(exit.map(|exit| Run { exit, outcomes, stale }))
}

fn sin(name: &str) -> String {
    format!("[{GUARD:?}, --sin, {name}]")
}

const TRIMMED: &str = "  - { case: scan/deny, finding: reasons-altered, reason: only one is kept }";

fn what_is_listed() -> Result<(), Failed> {
    let unlisted = run(&sin("reasons-trimmed"), "  []", &["scan/deny"], Options::default())?;
    unlisted.is(Exit::GuardFailed, "scan/deny", Outcome::Fail, &[])?;
    let listed = run(&sin("reasons-trimmed"), TRIMMED, &["scan/deny"], Options::default())?;
    listed.is(Exit::Success, "scan/deny", Outcome::KnownFailure, &[])
}

fn a_warning() -> Result<(), Failed> {
    let (guard, case) = (sin("deny-is-error"), "scan/deny-is-no-error");
    let strict = || Options { strict: true, ..Options::default() };
    run(&guard, "  []", &[case], Options::default())?.is(Exit::Success, case, Outcome::Warning, &[])?;
    run(&guard, "  []", &[case], strict())?.is(Exit::GuardFailed, case, Outcome::Fail, &[])?;
    let known = "  - { case: scan/deny-is-no-error, finding: denial-is-error, reason: a habit }";
    for options in [Options::default(), strict()] {
        run(&guard, known, &[case], options)?.is(Exit::Success, case, Outcome::KnownFailure, &[])?;
    }
    Ok(())
}

fn another_finding() -> Result<(), Failed> {
    let played = run(&sin("deny-as-allow"), TRIMMED, &["scan/deny"], Options::default())?;
    played.is(Exit::GuardFailed, "scan/deny", Outcome::Fail, &["was not found any more"])
}

fn not_needed() -> Result<(), Failed> {
    let played = run(&format!("[{GUARD:?}]"), TRIMMED, &["scan/deny"], Options::default())?;
    played.is(Exit::GuardFailed, "scan/deny", Outcome::Pass, &["scan/deny: reasons-altered was not found any more"])?;
    let elsewhere = run(&format!("[{GUARD:?}]"), TRIMMED, &["scan/allow"], Options::default())?;
    elsewhere.is(Exit::Success, "scan/allow", Outcome::Pass, &[])
}

fn no_case() -> Result<(), Failed> {
    let known = "  - { case: scam/deny, finding: reasons-altered, reason: a slip }";
    let played = run(&format!("[{GUARD:?}]"), known, &["scan/deny"], Options::default())?;
    played.is(Exit::GuardFailed, "scan/deny", Outcome::Pass, &["matches no case"])
}

fn run_out() -> Result<(), Failed> {
    let known =
        "  - { case: scan/deny, finding: reasons-altered, reason: until the next version, expires: 2026-01-31 }";
    let on = |day: &str| {
        let today = day.to_owned().try_into()?;
        run(&sin("reasons-trimmed"), known, &["scan/deny"], Options { today, ..Options::default() })
    };
    on("2026-01-31")?.is(Exit::Success, "scan/deny", Outcome::KnownFailure, &[])?;
    on("2026-02-01")?.is(Exit::GuardFailed, "scan/deny", Outcome::Fail, &["has expired"])
}

fn later_edition() -> Result<(), Failed> {
    let known = "  - { case: security/body-not-logged, finding: content-logged, reason: a debug log }";
    let mut options = Options::default();
    options.selection.edition = 3;
    let pinned = run(&sin("bodies-logged"), known, &["scan/deny", "security/*"], options)?;
    pinned.is(Exit::Success, "scan/deny", Outcome::Pass, &[])?;
    let newest = run(&sin("bodies-logged"), known, &["security/body-not-logged"], Options::default())?;
    newest.is(Exit::Success, "security/body-not-logged", Outcome::KnownFailure, &[])
}

fn cannot_start() -> Result<(), Failed> {
    let known = "  - { case: scan/deny, finding: died, reason: it does not start }\n\
                 \x20 - { case: scan/deny, finding: no-answer, reason: it does not start }\n\
                 \x20 - { case: scan/deny, finding: error-unexpected, reason: it does not start }";
    match run_of("[\"false\"]", known, &["scan/deny"], Options::default())? {
        Err(error @ RunError::NoSession { .. }) if error.exit() == Exit::CouldNotRun => Ok(()),
        Err(error) => Err(error.to_string().into()),
        Ok(_) => Err("a guard that cannot start was judged".into()),
    }
}

/// It starts whenever it is tried, and ends at once in the play that asks it to fail open.
fn dies_in_one() -> Result<(), Failed> {
    let guard = format!("[sh, -c, 'test \"$INTERVEN_FAIL_OPEN\" = 1 && exit 9; exec {GUARD}']");
    let known = "  - { case: config/fail-open, finding: died, reason: it does not fail open }";
    let played = run(&guard, known, &["config/fail-open"], Options::default())?;
    played.is(Exit::GuardFailed, "config/fail-open", Outcome::Fail, &[])
}
