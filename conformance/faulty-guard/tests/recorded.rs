//! What can be done with what runs have kept: a recording judged again gives what it gave, the parts of
//! a run make the whole, and what does not come out the same each time is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use guard_conformance::case::{self, Case, Role};
use guard_conformance::event::{CaseResult, Event, Header};
use guard_conformance::finding::Code;
use guard_conformance::merge::merge;
use guard_conformance::outcome::{Exit, Outcome};
use guard_conformance::partition::Partition;
use guard_conformance::report::json::Document;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use guard_conformance::version::Version;
use libtest_mimic::{Arguments, Failed, Trial};

const GUARD: &str = env!("CARGO_BIN_EXE_faulty-guard");

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    let trials = vec![
        Trial::test("a_recording_judged_again_gives_what_it_gave", judged_again),
        Trial::test("the_parts_of_a_run_make_the_whole", parts_make_the_whole),
        Trial::test("what_does_not_come_out_the_same_each_time_is_told", told_by_rounds),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The faulty guard with a sin, in the role in which it is committed.
fn faulty(sin: &str, role: Role) -> Result<Subject, Failed> {
    let behind: &[&str] = if role == Role::Proxy { &["proxy", "--", "{upstream}"] } else { &[] };
    let command: Vec<String> = [GUARD, "--sin", sin].iter().chain(behind).map(|word| (*word).to_owned()).collect();
    let mut subject = Subject::from_command(&command, Path::new("."));
    subject.deadlines.answer = Duration::from_secs(2);
    subject.deadlines.exit = Duration::from_secs(3);
    Ok(subject.narrowed(&[Version::V2026_07_28, Version::V2025_11_25])?)
}

fn cases() -> Result<(Requirements, Vec<Case>), Failed> {
    let requirements = Requirements::embedded()?;
    let cases = case::load(None, &requirements)?;
    Ok((requirements, cases))
}

fn selecting(patterns: &[&str]) -> Result<Options, Failed> {
    let mut options = Options::default();
    options.selection.patterns = patterns.iter().map(|pattern| pattern.parse()).collect::<Result<_, String>>()?;
    Ok(options)
}

/// Runs the suite and returns what it told, as the JSON report has it.
fn run(subject: Subject, options: &Options) -> Result<(Exit, Document), Failed> {
    let (requirements, cases) = cases()?;
    let (mut header, mut results, mut summary): (Option<Header>, _, _) = (None, Vec::new(), None);
    let tell = |event| match event {
        Event::Started(told) => header = Some(told),
        Event::Played { .. } => {}
        Event::Judged(result) => results.push(*result),
        Event::Ended(told) => summary = Some(told),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(suite::run(subject, &cases, &requirements, options, tell))?;
    let (run, summary) = (header.ok_or("no start")?, summary.ok_or("no end")?);
    Ok((exit, Document { report: 1, run, results, summary }))
}

/// Which findings, and at which steps.
type Places<'a> = BTreeSet<(Code, &'a str)>;

/// What was found in each case that was played, as far as it does not hang on times and names of processes.
fn found(results: &[CaseResult]) -> BTreeMap<&str, (Outcome, Places<'_>)> {
    results
        .iter()
        .filter(|result| result.outcome != Outcome::NotApplicable)
        .map(|result| {
            let codes = result.findings.iter().map(|finding| (finding.code, finding.step.as_str())).collect();
            (result.case.as_str(), (result.outcome, codes))
        })
        .collect()
}

fn judged_again() -> Result<(), Failed> {
    let (requirements, cases) = cases()?;
    // A sin in what the client sees, one in what the upstream gets, and one that a standing check finds.
    for (sin, role, patterns) in [
        ("reasons-trimmed", Role::Scan, ["scan/*", "standing/*"]),
        ("duplicate-name-passes", Role::Proxy, ["policy/*", "standing/*"]),
        ("key-on-stderr", Role::Scan, ["config/*", "standing/*"]),
    ] {
        let folder = tempfile::tempdir()?;
        let options = Options { record: Some(folder.path().to_owned()), ..selecting(&patterns)? };
        let (exit, played) = run(faulty(sin, role)?, &options)?;
        assert_eq!(exit, Exit::GuardFailed, "{sin}");
        let mut again = Vec::new();
        let tell = |event| {
            if let Event::Judged(result) = event {
                again.push(*result);
            }
        };
        let paths: [PathBuf; 1] = [folder.path().to_owned()];
        let exit = suite::judge_again(&paths, &cases, &requirements, &[], &options, tell)?;
        assert_eq!(exit, Exit::GuardFailed, "{sin}");
        assert_eq!(found(&again), found(&played.results), "{sin}");
    }
    Ok(())
}

fn parts_make_the_whole() -> Result<(), Failed> {
    let (_, cases) = cases()?;
    let options = selecting(&["scan/*", "response/*", "standing/*"])?;
    let (exit, whole) = run(faulty("key-on-stderr", Role::Scan)?, &options)?;
    let mut parts = Vec::new();
    for number in 1..=3 {
        let options = Options { partition: Some(Partition { number, of: 3 }), ..options.clone() };
        let (_, part) = run(faulty("key-on-stderr", Role::Scan)?, &options)?;
        assert!(part.results.len() < whole.results.len(), "part {number} holds {}", part.results.len());
        parts.push((format!("{number}.json"), part));
    }
    parts.rotate_left(1);
    let (merged, merged_exit) = merge(parts, &cases)?;
    assert_eq!(merged_exit, exit);
    assert_eq!((merged.run.cases, merged.run.plays), (whole.run.cases, whole.run.plays));
    let outcomes = |document: &Document| -> Vec<(String, Outcome)> {
        document.results.iter().map(|result| (result.case.clone(), result.outcome)).collect()
    };
    assert_eq!(outcomes(&merged), outcomes(&whole));
    Ok(())
}

fn told_by_rounds() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let count = folder.path().join("count");
    std::fs::write(&count, "0")?;
    // Honest and faulty in turn, beginning honest after the one session in which it is tried.
    let script = format!(
        "n=$(cat {count}); echo $((n + 1)) > {count}; [ $((n % 2)) = 1 ] && exec {GUARD}; exec {GUARD} --sin reasons-trimmed",
        count = count.display()
    );
    let subject = Subject::from_command(&["sh".into(), "-c".into(), script], Path::new("."));
    let options = Options { repeat: 5, jobs: 1, ..selecting(&["scan/deny"])? };
    let (exit, document) = run(subject, &options)?;
    let result = &document.results[0];
    assert_eq!(exit, Exit::GuardFailed);
    assert_eq!(result.outcome, Outcome::Fail, "one round is enough");
    assert_eq!(result.rounds, [(Outcome::Pass, 3), (Outcome::Fail, 2)]);
    assert!(!result.plays.is_empty() && !result.findings.is_empty(), "the worst round is shown");
    Ok(())
}
