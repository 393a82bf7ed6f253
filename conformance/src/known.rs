//! Known failures: what a guard's manifest says it does not do, with a reason and an end. Never a
//! way to hide: an entry that matches nothing, has run out, or is no longer needed is an error.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::finding::{Code, Finding};
use crate::play::OPENING;
use crate::version::{Scope, Version};

/// One known failure, as the manifest writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The case, or a glob over case ids.
    pub case: Pattern,
    /// The finding that is known; another finding on the same case still fails.
    pub finding: Code,
    /// Why it is accepted.
    #[serde(deserialize_with = "reason")]
    #[schemars(length(min = 1))]
    pub reason: String,
    /// The MCP versions in which it is known; all by default. In another one it still fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Scope>,
    /// The last day on which it is accepted, as `2027-03-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Day>,
    /// Whether it shows in some runs only; then its absence is no error, and it must expire.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
}

/// A reason that is one: an exception for which nobody can say why is a failure.
fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(serde::de::Error::custom("a known failure needs a reason: say why it is accepted"));
    }
    Ok(text)
}

/// A glob over case ids; `*` stays within an area, `**` does not.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Whether a case's id fits.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        self.matcher.is_match(id)
    }

    /// Whether it can fit more than one case.
    #[must_use]
    pub fn is_wild(&self) -> bool {
        globset::escape(&self.text) != self.text
    }

    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let glob = GlobBuilder::new(&text).literal_separator(true).build();
        let matcher = glob.map_err(|error| format!("`{text}` is no pattern: {}", error.kind()))?.compile_matcher();
        Ok(Self { text, matcher })
    }
}

impl std::str::FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Day(pub jiff::civil::Date);

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let day = text.parse::<jiff::civil::Date>().ok().filter(|day| day.to_string() == text);
        day.map(Self).ok_or_else(|| format!("`{text}` is no day; write it as 2027-03-31"))
    }
}

/// What is wrong with a known failure itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stale {
    /// The pattern and code, as the manifest writes them.
    pub entry: String,
    /// What to do about it.
    pub problem: String,
}

impl Known {
    /// Whether this entry, on `today`, accounts for a finding on a case played in `version`.
    #[must_use]
    pub fn covers(&self, case: &str, finding: &Finding, version: Version, today: Day) -> bool {
        // That a guard does not even start is never excused. One that answers the opening with an error did
        // start: that may be known of the one case whose upstream it does not take.
        let is_of_one_case = self.finding == Code::ErrorUnexpected && !self.case.is_wild();
        (finding.step != OPENING || is_of_one_case)
            && self.finding == finding.code
            && self.case.matches(case)
            && self.is_about(version)
            && !self.has_expired(today)
    }

    fn is_about(&self, version: Version) -> bool {
        self.versions.is_empty() || self.versions.iter().any(|scope| scope.holds(version))
    }

    fn has_expired(&self, today: Day) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

/// The entries that should be taken out: run out, or without a case that they name, or not seen
/// though their cases ran. `judged` are all cases that ran, in which versions, with what was found on
/// each; in `unplayed`, which the guard declares too, nobody looked; `exists` tells whether any case, run or not, fits a pattern.
#[must_use]
pub fn stale(
    known: &[Known],
    judged: &[(&str, &[Version], &[Finding])],
    exists: impl Fn(&Pattern) -> bool,
    unplayed: &[Version],
    today: Day,
) -> Vec<Stale> {
    known
        .iter()
        .filter_map(|entry| {
            let is_about = |versions: &[Version]| versions.iter().any(|version| entry.is_about(*version));
            let mut ran =
                judged.iter().filter(|(id, versions, _)| entry.case.matches(id) && is_about(versions)).peekable();
            let fits = |finding: &Finding| finding.code == entry.finding && is_about(&finding.versions);
            let problem = if entry.has_expired(today) {
                "has expired; mend the guard or decide anew".to_owned()
            } else if !exists(&entry.case) {
                "matches no case; take it out or mend the pattern".to_owned()
            } else if !entry.sometimes
                && ran.peek().is_some()
                && !is_about(unplayed)
                && !ran.any(|(.., findings)| findings.iter().any(fits))
            {
                "was not found any more; take it out".to_owned()
            } else {
                return None;
            };
            Some(Stale { entry: format!("{}: {}", entry.case.text(), entry.finding), problem })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::Level;

    const SEEN_IN: Version = Version::V2025_11_25;

    fn day(text: &str) -> Day {
        text.to_owned().try_into().unwrap()
    }

    fn known(case: &str, expires: Option<&str>) -> Known {
        Known {
            case: case.parse().unwrap(),
            finding: Code::BodyAltered,
            reason: "floats".into(),
            versions: Vec::new(),
            expires: expires.map(day),
            sometimes: false,
        }
    }

    fn found(code: Code) -> Vec<Finding> {
        let versions = vec![SEEN_IN];
        vec![Finding { code, level: Level::Must, step: "1".into(), versions, expected: String::new(), seen: vec![] }]
    }

    #[test]
    fn only_the_named_finding_on_the_named_case_is_covered() {
        let (entry, today) = (known("scan/*", None), day("2026-11-22"));
        assert!(entry.covers("scan/body", &found(Code::BodyAltered)[0], SEEN_IN, today));
        assert!(!entry.covers("scan/body", &found(Code::FieldAltered)[0], SEEN_IN, today));
        assert!(!entry.covers("stdio/eof", &found(Code::BodyAltered)[0], SEEN_IN, today));
        let at_start = Finding { step: OPENING.into(), ..found(Code::BodyAltered).remove(0) };
        assert!(!entry.covers("scan/body", &at_start, SEEN_IN, today), "a crash at start is never excused");
    }

    #[test]
    fn an_error_at_the_opening_is_known_of_one_case_only() {
        let today = day("2026-11-22");
        let refused = Finding { step: OPENING.into(), ..found(Code::ErrorUnexpected).remove(0) };
        let entry = |case: &str| Known { finding: Code::ErrorUnexpected, ..known(case, None) };
        assert!(entry("proxy/noise").covers("proxy/noise", &refused, SEEN_IN, today));
        assert!(!entry("proxy/*").covers("proxy/noise", &refused, SEEN_IN, today));
    }

    #[test]
    fn a_day_is_a_day_of_the_calendar_and_nothing_else() {
        for text in
            ["", "soon", "2027-02-29", "2027-13-01", "31.03.2027", "2027-3-1", "2027-03-31T10:00", " 2027-03-31"]
        {
            assert!(Day::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(day("2028-02-29") < day("2028-03-01"));
    }

    #[test]
    fn a_star_stays_within_its_area() {
        let (one, all): (Pattern, Pattern) = ("*".parse().unwrap(), "**".parse().unwrap());
        assert!(!one.matches("scan/body") && all.matches("scan/body"));
        assert!(one.is_wild() && !known("scan/body", None).case.is_wild());
    }

    #[test]
    fn an_entry_ends_after_its_last_day() {
        let entry = known("scan/*", Some("2026-11-22"));
        assert!(entry.covers("scan/body", &found(Code::BodyAltered)[0], SEEN_IN, day("2026-11-22")));
        assert!(!entry.covers("scan/body", &found(Code::BodyAltered)[0], SEEN_IN, day("2026-11-23")));
    }

    #[test]
    fn an_entry_for_one_version_says_nothing_about_another() {
        let (today, scope) = (day("2026-11-22"), |word: &str| vec![word.to_owned().try_into().unwrap()]);
        let (legacy, modern) = (known("scan/*", None), known("scan/*", None));
        let (legacy, modern) =
            (Known { versions: scope("legacy"), ..legacy }, Known { versions: scope("modern"), ..modern });
        let seen = found(Code::BodyAltered);
        assert!(legacy.covers("scan/body", &seen[0], SEEN_IN, today));
        assert!(!modern.covers("scan/body", &seen[0], SEEN_IN, today));
        let stale_in = |entry: &Known, versions: &[Version]| {
            !stale(std::slice::from_ref(entry), &[("scan/body", versions, &seen)], |_| true, &[], today).is_empty()
        };
        assert!(!stale_in(&legacy, &[SEEN_IN]) && stale_in(&modern, Version::ALL));
        assert!(!stale_in(&modern, &[SEEN_IN]), "it was not played in the version that the entry is about");
        let clean = [("scan/body", &[SEEN_IN][..], &[][..])];
        let unplayed = [Version::V2026_07_28];
        assert!(stale(&[known("scan/*", None)], &clean, |_| true, &unplayed, today).is_empty(), "nobody looked there");
    }

    #[test]
    fn entries_that_rot_are_named_with_the_reason() {
        let (seen, clean) = (found(Code::BodyAltered), Vec::new());
        let problem = |entry: Known, judged: &[(&str, &[Finding])], exists: bool| {
            let judged: Vec<_> = judged.iter().map(|(case, findings)| (*case, &[SEEN_IN][..], *findings)).collect();
            stale(&[entry], &judged, |_| exists, &[], day("2026-11-22")).pop().map(|stale| stale.problem)
        };
        assert_eq!(problem(known("scan/*", None), &[("scan/body", &seen)], true), None);
        assert_eq!(problem(known("scan/*", None), &[], true), None, "its case was not run");
        assert!(problem(known("scan/*", None), &[("scan/body", &clean)], true).unwrap().contains("any more"));
        let sometimes = |expires| Known { sometimes: true, ..known("scan/*", expires) };
        assert_eq!(problem(sometimes(None), &[("scan/body", &clean)], true), None, "it shows in some runs only");
        assert!(problem(sometimes(Some("2026-01-01")), &[("scan/body", &clean)], true).unwrap().contains("expired"));
        assert!(problem(known("scam/*", None), &[], false).unwrap().contains("no case"));
        assert!(
            problem(known("scan/*", Some("2026-01-01")), &[("scan/body", &seen)], true).unwrap().contains("expired")
        );
    }
}
