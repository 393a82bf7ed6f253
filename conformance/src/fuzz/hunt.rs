//! The hunt itself: plays many inputs in one session after another, and has what is found made small. Never how an
//! input is made, or a finding told.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::draft::{self, About};
use super::input::Input;
use super::{Bound, Found, Hunted, Options, shrink};
use crate::case::{self, Case, Kind, Standing};
use crate::finding::Code;
use crate::judge::Judge;
use crate::play::{self, Stage};
use crate::requirement::{Requirement, Requirements};
use crate::subject::Subject;
use crate::suite::{RunError, try_out};
use crate::version::Version;

/// How many inputs a session is given.
const SESSION: u64 = 50;

/// After so many inputs in a row of kinds that are found already there is nothing left to hunt.
const STALE: u64 = 10_000;

/// How long any one answer is waited for at the most: nobody is asked but a gateway that answers at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// The checks of every play: what must hold whatever a client says.
const CHECKS: &[Standing] = &[
    Standing::StdoutPurity,
    Standing::OneAnswer,
    Standing::MessageForm,
    Standing::OneVerdict,
    Standing::KeySecret,
    Standing::NoOrphan,
    Standing::CleanExit,
];

/// Hunts on a guard in the scan role; `tell` hears after each play how many inputs it was and how much was found.
///
/// # Errors
/// When the guard cannot be started, or opens no session before the hunt.
pub async fn hunt(
    mut subject: Subject,
    cases: &[Case],
    requirements: &Requirements,
    options: &Options,
    mut tell: impl FnMut(u64, usize),
) -> Result<Hunted, RunError> {
    subject.commands.retain(|role, _| *role == case::Role::Scan);
    if subject.commands.is_empty() {
        return Err(RunError::NothingSelected("the hunt is on guards in the scan role; give a command for it".into()));
    }
    subject.deadlines.answer = subject.deadlines.answer.min(PATIENCE);
    let stage = Stage::new(options.seed)?;
    try_out(&subject, &stage).await?;
    let mut ground = Ground { checks: checks(cases, requirements), subject, stage, requirements, plays: 0 };
    let mut hunted = Hunted::default();
    let mut known: BTreeSet<&'static str> = BTreeSet::new();
    let (began, mut next, mut session) = (Instant::now(), 0, 0);
    loop {
        let left = match options.bound {
            Bound::Inputs(most) => most.saturating_sub(hunted.inputs),
            Bound::Time(most) if began.elapsed() >= most => 0,
            Bound::Time(_) => u64::MAX,
        };
        let (numbers, inputs): (Vec<u64>, Vec<Input>) =
            batch(options.seed, next, &known, SESSION.min(left)).into_iter().unzip();
        if inputs.is_empty() {
            return Ok(hunted);
        }
        let version = options.versions[session % options.versions.len()];
        session += 1;
        let shown = ground.play(&inputs, version).await?;
        // What came after the end of the guard was told to nobody, and is told to the next one.
        let last = shown.iter().filter(|shown| shown.code == Code::Died).filter_map(|shown| shown.input).min();
        let given = last.map_or(inputs.len(), |last| last + 1);
        next = numbers[given - 1] + 1;
        let before = hunted.inputs;
        hunted.inputs += given as u64;
        for shown in shown {
            let oddity = shown.input.map_or("session", |input| inputs[input].oddity);
            // A kind of input that shows something shows it ever again, and hides what others show.
            if shown.input.is_some_and(|input| input >= given) || !known.insert(oddity) {
                continue;
            }
            let after = before + shown.input.map_or(given, |input| input + 1) as u64;
            let smallest = shrink::smallest(&mut ground, &inputs, &shown, version).await?;
            hunted.found.push(found(&ground, &smallest, &shown, oddity, after, options.seed, version)?);
        }
        tell(hunted.inputs, hunted.found.len());
    }
}

/// The next inputs whose oddity is not found yet, all for one kind of session, each with its number.
fn batch(seed: u32, next: u64, known: &BTreeSet<&str>, most: u64) -> Vec<(u64, Input)> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let numbered = (next..next + STALE).map(|number| (number, Input::numbered(seed, number)));
    let mut fresh = numbered.filter(|(_, input)| !known.contains(input.oddity)).peekable();
    let kind = fresh.peek().map(|(_, input)| input.kind);
    fresh.take_while(|(_, input)| Some(input.kind) == kind).take(most).collect()
}

/// The case that is kept of what was found.
fn found(
    ground: &Ground<'_>,
    inputs: &[Input],
    shown: &Shown,
    oddity: &'static str,
    after: u64,
    seed: u32,
    version: Version,
) -> Result<Found, RunError> {
    let why = format!("Found with seed {seed} after {after} inputs: {oddity}; {}.", shown.code.meaning());
    let about = About { why: &why, version, guard: &ground.subject.name, code: shown.code };
    let file = oddity.replace(',', "").replace([' ', '/'], "-");
    let name = format!("{}/{file}", shown.code);
    let case = ground.case(&name, &draft::write(inputs, &about).text);
    Ok(Found { case, standing: shown.standing, code: shown.code, oddity, after })
}

fn checks(cases: &[Case], requirements: &Requirements) -> Vec<(Standing, Requirement)> {
    let check = |case: &Case| match case.kind {
        Kind::Standing(standing) if CHECKS.contains(&standing) => {
            Some((standing, requirements.get(&case.requirement)?.clone()))
        }
        _ => None,
    };
    cases.iter().filter_map(check).collect()
}

/// Where the hunt goes on: the guard, and what its plays are judged by.
pub(super) struct Ground<'a> {
    subject: Subject,
    stage: Stage,
    requirements: &'a Requirements,
    checks: Vec<(Standing, Requirement)>,
    plays: u64,
}

/// What a play has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) code: Code,
    /// The input that it is about; `None` where it is about the whole play.
    pub(super) input: Option<usize>,
    pub(super) standing: Option<Standing>,
}

impl Ground<'_> {
    fn case(&self, name: &str, text: &str) -> Case {
        case::parse(name, name, text, self.requirements).expect("what is drafted is a case")
    }

    /// Gives a guard of its own these inputs; what is about one of them comes first.
    pub(super) async fn play(&mut self, inputs: &[Input], version: Version) -> Result<Vec<Shown>, RunError> {
        self.plays += 1;
        let about = About { why: "A play of the hunt.", version, guard: &self.subject.name, code: Code::NoAnswer };
        let draft = draft::write(inputs, &about);
        let case = self.case("hunt", &draft.text);
        let requirement = self.requirements.get(&case.requirement).expect("a case that was read has a requirement");
        let recording = play::play(&case, &self.subject, version, &self.stage, &format!("h{}", self.plays)).await?;
        let judge = Judge::of(&recording);
        let mut shown: Vec<Shown> = Vec::new();
        for finding in judge.play(&case, requirement) {
            let step = finding.step.parse::<usize>().ok();
            let input = step.and_then(|step| draft.input_of.get(step - 1).copied());
            shown.push(Shown { code: finding.code, input, standing: None });
        }
        // A guard that has gone ended uncleanly; that it has gone says more.
        if shown.is_empty() {
            for (standing, requirement) in &self.checks {
                let findings = judge.standing(*standing, requirement, &case).unwrap_or_default();
                let code = findings.first().map(|finding| finding.code);
                shown.extend(code.map(|code| Shown { code, input: None, standing: Some(*standing) }));
            }
        }
        Ok(shown)
    }
}
