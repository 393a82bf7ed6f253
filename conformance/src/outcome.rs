//! What became of a case, and what exit code follows from all of them. Never how it is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::known::{Day, Known};
use crate::requirement::Level;

/// What became of one case. Only `Pass` is ever shown green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Played, judged, nothing found.
    Pass,
    /// A SHOULD was not met.
    Warning,
    /// A MUST was not met; or a SHOULD, under `--strict`.
    Fail,
    /// Everything found is listed as known.
    KnownFailure,
    /// The guard does not declare what this case is about.
    NotApplicable,
    /// This platform cannot show it.
    NotObservable,
    /// The harness could not play it; says nothing about the guard.
    CouldNotRun,
}

impl Outcome {
    /// Every outcome, in the order of summaries.
    pub const ALL: &[Self] = &[
        Self::Pass,
        Self::Warning,
        Self::Fail,
        Self::KnownFailure,
        Self::NotApplicable,
        Self::NotObservable,
        Self::CouldNotRun,
    ];

    /// The words of reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Warning => "warning",
            Self::Fail => "failed",
            Self::KnownFailure => "known failure",
            Self::NotApplicable => "not applicable",
            Self::NotObservable => "not observable here",
            Self::CouldNotRun => "could not run",
        }
    }

    /// Which of two outcomes of the same case stands for both: the one of greater severity. What was
    /// observed weighs more than what was not, and a failure more than anything.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::NotObservable => 1,
            Self::Pass => 2,
            Self::KnownFailure => 3,
            Self::Warning => 4,
            Self::CouldNotRun => 5,
            Self::Fail => 6,
        }
    }

    /// How many there are of each, in the order of summaries; those that do not occur are left out.
    #[must_use]
    pub fn count(outcomes: &[Self]) -> Vec<(Self, usize)> {
        let count = |outcome: Self| outcomes.iter().filter(|other| **other == outcome).count();
        Self::ALL.iter().map(|outcome| (*outcome, count(*outcome))).filter(|(_, count)| *count > 0).collect()
    }

    /// The outcome of a case that was played and judged.
    #[must_use]
    pub fn judged(case: &str, findings: &[Finding], known: &[Known], strict: bool, today: Day) -> Self {
        let is_known = |finding: &Finding| {
            let covered = |version| known.iter().any(|entry| entry.covers(case, finding, version, today));
            finding.versions.iter().copied().all(covered)
        };
        let worst = findings.iter().filter(|finding| !is_known(finding)).map(|finding| finding.level).max();
        match worst {
            None if findings.is_empty() => Self::Pass,
            None => Self::KnownFailure,
            Some(Level::Must) => Self::Fail,
            Some(Level::Should) if strict => Self::Fail,
            Some(Level::Should | Level::May) => Self::Warning,
        }
    }
}

/// Why the program ended, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing that was judged failed.
    Success = 0,
    /// The guard failed at least one case, or a known failure is stale.
    GuardFailed = 1,
    /// A file or an argument could not be used.
    BadInput = 2,
    /// The harness, or the set-up of the guard, could not run.
    CouldNotRun = 3,
    /// The selection left nothing to judge.
    NothingSelected = 4,
}

impl Exit {
    /// The exit code of a run: a failure of the guard weighs more than a case that could not run,
    /// and a run in which nothing was observed is never a success.
    #[must_use]
    pub fn of(outcomes: &[Outcome], stale: bool) -> Self {
        let any = |outcome| outcomes.contains(&outcome);
        let judged = any(Outcome::Pass) || any(Outcome::Warning) || any(Outcome::KnownFailure);
        if any(Outcome::Fail) || stale {
            Self::GuardFailed
        } else if any(Outcome::CouldNotRun) {
            Self::CouldNotRun
        } else if judged {
            Self::Success
        } else {
            Self::NothingSelected
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::version::Version;

    fn found(level: Level) -> Finding {
        Finding {
            code: Code::BodyAltered,
            level,
            step: String::new(),
            versions: vec![Version::V2025_11_25],
            expected: String::new(),
            seen: vec![],
        }
    }

    fn judged(findings: &[Finding], known: &[Known], strict: bool) -> Outcome {
        Outcome::judged("scan/body", findings, known, strict, Day("2026-11-22".parse().unwrap()))
    }

    #[test]
    fn the_worst_finding_that_is_not_known_decides() {
        let known = [Known {
            case: "scan/*".parse().unwrap(),
            finding: Code::BodyAltered,
            reason: String::new(),
            versions: Vec::new(),
            expires: None,
            sometimes: false,
        }];
        assert_eq!(judged(&[], &known, false), Outcome::Pass);
        assert_eq!(judged(&[found(Level::Should)], &[], false), Outcome::Warning);
        assert_eq!(judged(&[found(Level::Should)], &[], true), Outcome::Fail);
        assert_eq!(judged(&[found(Level::Should), found(Level::Must)], &[], false), Outcome::Fail);
        assert_eq!(judged(&[found(Level::Must)], &known, false), Outcome::KnownFailure);
    }

    #[test]
    fn what_nobody_observed_is_no_success() {
        use Outcome::{CouldNotRun, Fail, KnownFailure, NotApplicable, NotObservable, Pass, Warning};
        for (outcomes, stale, exit) in [
            (&[Pass, Warning, KnownFailure, NotObservable][..], false, Exit::Success),
            (&[Pass, Fail, CouldNotRun], false, Exit::GuardFailed),
            (&[Pass], true, Exit::GuardFailed),
            (&[Pass, CouldNotRun], false, Exit::CouldNotRun),
            (&[NotApplicable, NotObservable], false, Exit::NothingSelected),
            (&[], false, Exit::NothingSelected),
        ] {
            assert_eq!(Exit::of(outcomes, stale), exit, "{outcomes:?}");
        }
    }
}
