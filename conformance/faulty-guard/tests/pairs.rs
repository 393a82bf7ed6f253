//! Proves every case able to fail: each sin that a case names is committed once and must be found by
//! that case, under the name the case gives. The honest guard must pass everything, or a finding
//! could be the case's own fault.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use guard_conformance::case::{self, Case, Kind, Pair, Role};
use guard_conformance::event::{CaseResult, Event};
use guard_conformance::outcome::{Exit, Outcome};
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use guard_conformance::version::Version;
use libtest_mimic::{Arguments, Failed, Trial};

const GUARD: &str = env!("CARGO_BIN_EXE_faulty-guard");

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    let requirements = Requirements::embedded().expect("the requirements hold");
    let cases: &'static [Case] = case::load(None, &requirements).expect("the cases hold").leak();
    let mut trials = vec![
        Trial::test("honest", move || honest(cases)),
        Trial::test("every_sin_is_named_by_a_case", move || every_sin_is_named(cases)),
    ];
    for case in cases {
        for pair in &case.caught_by {
            let name = format!("{} catches {} as {}", case.id, pair.sin, pair.finding);
            trials.push(Trial::test(name, move || caught(cases, case, pair)));
        }
    }
    let mut arguments = Arguments::from_args();
    // Much of the time a test waits for a guard.
    arguments.test_threads.get_or_insert(4);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs the cases that fit, all when none is named, on the guard with these arguments in these roles.
fn run(
    cases: &[Case],
    patterns: &[&str],
    roles: &[Role],
    arguments: &[&str],
) -> Result<(Exit, BTreeMap<String, CaseResult>), Failed> {
    let command: Vec<String> = [GUARD].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    let mut subject = Subject::from_command(&command, Path::new("."));
    let behind = ["proxy", "--", "{upstream}"].map(str::to_owned);
    subject.commands.insert(Role::Proxy, command.into_iter().chain(behind).collect());
    subject.commands.retain(|role, _| roles.contains(role));
    // Many sins are silence, and waiting for it is what this test would spend its time on. A thousand calls
    // at once are slow on a busy machine, and no less honest for it.
    let is_load = patterns.is_empty() || patterns.iter().any(|pattern| pattern.starts_with("load/"));
    subject.deadlines.answer = Duration::from_secs(if is_load { 10 } else { 2 });
    subject.deadlines.exit = Duration::from_secs(3);
    subject = subject.narrowed(Version::ALL)?;
    let requirements = Requirements::embedded()?;
    let mut options = Options::default();
    options.selection.profile = None;
    options.selection.patterns = patterns.iter().map(|pattern| pattern.parse()).collect::<Result<_, String>>()?;
    let mut results = BTreeMap::new();
    let tell = |event| {
        if let Event::Judged(result) = event {
            results.insert(result.case.clone(), *result);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(suite::run(subject, cases, &requirements, &options, tell))?;
    Ok((exit, results))
}

fn honest(cases: &[Case]) -> Result<(), Failed> {
    let (exit, results) = run(cases, &[], &[Role::Scan, Role::Proxy], &[])?;
    let odd: Vec<_> = results.values().filter(|result| result.outcome != Outcome::Pass).collect();
    let expected = cases.len();
    if exit == Exit::Success && odd.is_empty() && results.len() == expected {
        return Ok(());
    }
    Err(format!("{exit:?}, {} of {expected} cases, not passed: {odd:#?}", results.len()).into())
}

fn every_sin_is_named(cases: &[Case]) -> Result<(), Failed> {
    let list = Command::new(GUARD).arg("--list").output()?;
    let list = String::from_utf8(list.stdout)?;
    let offered: BTreeSet<&str> = list.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let named: BTreeSet<&str> = cases.iter().flat_map(|case| &case.caught_by).map(|pair| pair.sin.as_str()).collect();
    if offered == named && !named.is_empty() {
        return Ok(());
    }
    let unnamed: Vec<_> = offered.difference(&named).collect();
    let missing: Vec<_> = named.difference(&offered).collect();
    Err(format!("sins that no case names: {unnamed:?}; sins that do not exist: {missing:?}").into())
}

fn caught(cases: &[Case], case: &Case, pair: &Pair) -> Result<(), Failed> {
    let witness = match case.kind {
        Kind::Played(_) => None,
        Kind::Standing(_) => pair.on.as_deref(),
    };
    let played = cases.iter().find(|other| other.id == witness.unwrap_or(&case.id)).ok_or("no such play")?;
    let patterns: Vec<&str> = [case.id.as_str()].into_iter().chain(witness).collect();
    let (_, results) = run(cases, &patterns, &[played.role], &["--sin", &pair.sin])?;
    let result = results.get(&case.id).ok_or("the case did not run")?;
    let is_red = matches!(result.outcome, Outcome::Fail | Outcome::Warning);
    if is_red && result.findings.iter().any(|finding| finding.code == pair.finding) {
        return Ok(());
    }
    Err(format!("{:?}; found {:#?}; {:?}", result.outcome, result.findings, result.note).into())
}
