//! The hunt proved able to find: what readers are known to differ on is planted in a guard, and is found by its name
//! within a stated number of inputs; the case that is kept of it is red on that guard and green on the honest one.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use guard_conformance::case::{self, Case};
use guard_conformance::event::Event;
use guard_conformance::finding::Code;
use guard_conformance::fuzz::{self, Bound, Found, Hunted};
use guard_conformance::outcome::Outcome;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use guard_conformance::version::Version;
use libtest_mimic::{Arguments, Failed, Trial};

const GUARD: &str = env!("CARGO_BIN_EXE_faulty-guard");

const SEED: u32 = 7;

/// What a sin makes the hunt find: the code, what is odd, and after how many inputs.
type Due = (Code, &'static str, u64);

/// The sin, the inputs of the hunt, and what is found by then.
const PLANTED: &[(&str, u64, &[Due])] = &[
    (
        "body-reencoded",
        120,
        &[
            (Code::BodyAltered, "1e400", 115),
            (Code::BodyAltered, "2^64", 41),
            (Code::BodyAltered, "-0.0", 10),
            (Code::BodyAltered, "1.10", 119),
        ],
    ),
    ("minus-zero-lost", 50, &[(Code::BodyAltered, "-0", 20)]),
    (
        "last-key-wins",
        360,
        &[
            (Code::NotRefused, "duplicate key", 171),
            (Code::NotRefused, "duplicate key, escaped", 121),
            (Code::NotRefused, "duplicate argument", 23),
            (Code::NotRefused, "raw CR", 358),
        ],
    ),
    ("surrogate-replaced", 240, &[(Code::NotRefused, "lone surrogate", 239)]),
];

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    let mut trials = vec![
        Trial::test("nothing_is_found_on_the_honest_guard", nothing_on_the_honest_guard),
        Trial::test("what_only_the_whole_session_shows_is_found", whole_session),
    ];
    for (sin, inputs, due) in PLANTED {
        let name = format!("{sin}_is_found_by_name_and_its_cases_are_red");
        trials.push(Trial::test(name, move || planted(sin, *inputs, due)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn guard(arguments: &[&str]) -> Subject {
    let command: Vec<String> = [GUARD].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    let mut subject = Subject::from_command(&command, Path::new("."));
    subject.deadlines.answer = Duration::from_secs(2);
    subject.deadlines.exit = Duration::from_secs(3);
    subject
}

fn hunt(arguments: &[&str], inputs: u64, versions: &[Version]) -> Result<Hunted, Failed> {
    let requirements = Requirements::embedded()?;
    let cases = case::load(None, &requirements)?;
    let options = fuzz::Options { seed: SEED, bound: Bound::Inputs(inputs), versions: versions.to_vec() };
    let subject = guard(arguments).narrowed(versions)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(fuzz::hunt(subject, &cases, &requirements, &options, |_, _| {}))?)
}

/// What comes of a case on a guard, after it has been to a file and back.
fn replayed(found: &Found, arguments: &[&str]) -> Result<(Outcome, Vec<Code>), Failed> {
    let requirements = Requirements::embedded()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(format!("{}.yaml", found.case.id));
    std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
    std::fs::write(&path, &found.case.text)?;
    let cases: Vec<Case> = case::load(Some(folder.path()), &requirements)?;
    let options = Options { strict: true, ..Options::default() };
    let mut result = None;
    let tell = |event| {
        if let Event::Judged(judged) = event {
            result = Some((judged.outcome, judged.findings.iter().map(|finding| finding.code).collect()));
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(suite::run(guard(arguments), &cases, &requirements, &options, tell))?;
    result.ok_or_else(|| "the case did not run".into())
}

fn nothing_on_the_honest_guard() -> Result<(), Failed> {
    let hunted = hunt(&[], 400, &[Version::V2026_07_28, Version::V2025_11_25])?;
    assert_eq!(hunted.inputs, 400);
    assert!(hunted.found.is_empty(), "{:#?}", hunted.found);
    Ok(())
}

fn planted(sin: &str, inputs: u64, due: &[Due]) -> Result<(), Failed> {
    let hunted = hunt(&["--sin", sin], inputs, &[Version::V2025_11_25])?;
    for (code, oddity, after) in due {
        let found = hunted.found.iter().find(|found| (found.code, found.oddity) == (*code, *oddity));
        let Some(found) = found else {
            let names: Vec<_> = hunted.found.iter().map(|found| &found.case.id).collect();
            return Err(format!("no {code} for {oddity} in {inputs} inputs; found {names:?}").into());
        };
        assert_eq!(found.after, *after, "{sin}: {}", found.case.id);
        assert_eq!(found.case.steps().len(), 2, "one line is enough: {}", found.case.text);
        let (outcome, codes) = replayed(found, &["--sin", sin])?;
        assert!(outcome == Outcome::Fail && codes.contains(code), "{}: {outcome:?} {codes:?}", found.case.id);
        let (outcome, codes) = replayed(found, &[])?;
        assert!(outcome == Outcome::Pass, "{} on the honest guard: {codes:?}", found.case.id);
    }
    Ok(())
}

fn whole_session() -> Result<(), Failed> {
    let hunted = hunt(&["--sin", "answers-twice"], 50, &[Version::V2025_11_25])?;
    let found = hunted.found.iter().find(|found| found.code == Code::AnsweredTwice).ok_or("nothing was found")?;
    assert_eq!(found.standing, Some(case::Standing::OneAnswer));
    assert!(found.case.steps().len() <= 3, "it was made small: {}", found.case.text);
    Ok(())
}
