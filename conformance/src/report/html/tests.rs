//! The page of a run whose every text is hostile, and of one that is too large.

use super::*;
use crate::event::PlayResult;
use crate::finding::{Code, Finding, Party, Seen};
use crate::known::{Known, Stale};
use crate::report::harmless;
use crate::requirement::{Level, Requirement};
use crate::timeline::{Call, Moment, Way};
use crate::version::Version;

/// A run of one case for each outcome, in which every text is made of `text`.
fn document(text: &str) -> Document {
    let results: Vec<_> = Outcome::ALL.iter().map(|outcome| result(text, *outcome)).collect();
    let mut document = Document::sample(results);
    document.run.harness = text.into();
    document.run.subject = text.into();
    document.run.commands.values_mut().for_each(|words| *words = vec![text.into()]);
    document.run.known_failures = vec![Known {
        case: "**".parse().unwrap(),
        finding: Code::DecisionEscalated,
        reason: text.into(),
        versions: Vec::new(),
        expires: None,
        sometimes: false,
    }];
    document.summary.stale = vec![Stale { entry: text.into(), problem: text.into() }];
    document
}

fn result(text: &str, outcome: Outcome) -> CaseResult {
    let finding = Finding {
        code: Code::DecisionEscalated,
        level: Level::Must,
        step: text.into(),
        versions: vec![Version::V2025_11_25],
        expected: text.into(),
        seen: vec![Seen { party: Party::Client, what: text.into() }],
    };
    let sample = CaseResult::sample(&format!("scan/{}{text}", class(outcome)));
    CaseResult {
        outcome,
        findings: vec![finding],
        note: Some(text.into()),
        rerun: text.into(),
        rounds: vec![(outcome, 2)],
        plays: vec![play(1, |_| text.into())],
        requirement: Requirement {
            id: text.into(),
            text: text.into(),
            source: text.into(),
            ..sample.requirement.clone()
        },
        ..sample
    }
}

fn play(moments: usize, text: impl Fn(usize) -> String) -> PlayResult {
    PlayResult {
        version: Version::V2025_11_25,
        duration_us: 2500,
        calls: vec![Call { step: text(0), what: text(0), took_us: Some(900) }],
        timeline: (0..moments)
            .map(|number| Moment {
                at_us: 10,
                direct: false,
                party: Party::Gateway,
                way: Way::Out,
                what: text(number),
                text: Some(text(number)),
            })
            .collect(),
        moments,
    }
}

/// The tags of a page with the names of their attributes, and nothing of what stands in or between them.
fn skeleton(page: &str) -> Vec<String> {
    let page = page.replace(STYLE, "").replace(SCRIPT, "");
    page.split('<')
        .skip(1)
        .map(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            // Every other piece is the value of an attribute.
            tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
        })
        .collect()
}

const HOSTILE: &[&str] = &[
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "' onfocus='alert(1)'",
    "<!-- --><![CDATA[ ]]>",
    "</title></style></details><a href='javascript:alert(1)'>",
    "&lt;b&gt;&amp;#60;",
    "\u{0}\u{1b}[2J\u{7f}\u{9b}31m\r\n\t",
    "\u{202e}gnp.exe\u{2066}\u{2069}\u{200f}",
    "`${alert(1)}`",
];

#[test]
fn no_text_becomes_markup() {
    let plain = skeleton(&render(&document("plain")));
    assert!(plain.len() > 100, "the page has its parts: {}", plain.len());
    for hostile in HOSTILE {
        let page = render(&document(hostile));
        assert_eq!(skeleton(&page), plain, "{hostile:?}");
        let unseen = |character: &char| (character.is_control() && *character != '\n') || is_bidi(*character);
        assert_eq!(page.chars().find(unseen), None, "{hostile:?}");
    }
}

const fn is_bidi(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn the_page_asks_for_nothing_and_runs_only_what_its_policy_names() {
    let page = render(&document(HOSTILE[0]));
    let within = |from: &str, to: &str| {
        let start = page.find(from).unwrap() + from.len();
        &page[start..start + page[start..].find(to).unwrap()]
    };
    for (kind, text) in [("script", within("\n<script>", "</script>")), ("style", within("<style>", "</style>"))] {
        let digest = STANDARD.encode(Sha256::digest(text));
        assert!(
            within("Content-Security-Policy\" content=\"", "\"").contains(&format!("{kind}-src 'sha256-{digest}'"))
        );
    }
    for tag in skeleton(&page) {
        for outside in [" src=", " style=", " on", "link "] {
            assert!(!tag.contains(outside), "{tag}");
        }
    }
    assert_eq!(
        page.matches("href=\"").count(),
        page.matches("href=\"#").count(),
        "every link leads to the page itself"
    );
}

#[test]
fn what_crossed_is_data_that_says_what_the_run_said() {
    let text = "</script><!-- \u{1b}[2J";
    let page = render(&document(text));
    let start = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
    let json = &page[start..start + page[start..].find('<').unwrap()];
    let data: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(data["texts"], serde_json::json!([harmless(text)]), "it stands there once");
    let play = &data["cases"][2][0];
    assert_eq!(play["timeline"], serde_json::json!([[10, 1, 1, 0, 0, 0]]));
    assert_eq!((&play["calls"], &play["took"]), (&serde_json::json!([[0, 0, 900]]), &2500.into()));
}

#[test]
fn a_page_stays_small_and_keeps_the_timelines_of_what_did_not_pass() {
    let long = |case: usize, number: usize| format!("{case} {number} {}", "<\u{1b}".repeat(150));
    let results = |outcome: Outcome, cases: std::ops::Range<usize>| {
        cases.map(move |case| {
            let plays = vec![play(60, |number| long(case, number)), play(60, |number| long(case, number + 60))];
            CaseResult { case: format!("scan/{case:03}"), plays, findings: Vec::new(), ..result("plain", outcome) }
        })
    };
    let mut document = document("plain");
    document.results = results(Outcome::Pass, 0..258).chain(results(Outcome::Fail, 258..260)).collect();
    let page = render(&document);
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    let said =
        page.split_once(" cases are without a timeline here").map(|(before, _)| before.rsplit('>').next().unwrap());
    let left_out: usize = said.unwrap().parse().unwrap();
    assert!((100..258).contains(&left_out), "{left_out}");
    assert_eq!(page.matches("\"timeline\":null").count(), 2 * left_out);
    let last = page
        .find("[{\"version\":\"2025-11-25\",\"took\":2500,\"calls\"")
        .map(|_| page.rfind("\"timeline\":[").unwrap());
    assert!(last > page.rfind("\"timeline\":null"), "the last cases, which failed, have theirs");
}

#[test]
fn only_what_passed_is_green() {
    let green = |counts: &[(Outcome, usize)]| {
        worst(&Summary { counts: counts.to_vec(), stale: Vec::new(), duration_ms: 0 }) == class(Outcome::Pass)
    };
    assert!(green(&[(Outcome::Pass, 3)]));
    for outcome in Outcome::ALL.iter().filter(|outcome| **outcome != Outcome::Pass) {
        assert!(!green(&[(Outcome::Pass, 3), (*outcome, 1)]) && !green(&[(*outcome, 1)]), "{outcome:?}");
    }
    let stale = vec![Stale { entry: String::new(), problem: String::new() }];
    assert_ne!(worst(&Summary { counts: vec![(Outcome::Pass, 3)], stale, duration_ms: 0 }), class(Outcome::Pass));
    let signs: std::collections::BTreeSet<_> = Outcome::ALL.iter().map(|outcome| mark(*outcome)).collect();
    assert_eq!(signs.len(), Outcome::ALL.len(), "each has a sign of its own");
}

#[test]
fn times_are_said_in_the_unit_that_fits() {
    assert_eq!([micros(999), micros(12_345), micros(2_050_000)], ["999 µs", "12.3 ms", "2.05 s"]);
    assert_eq!([duration(12), duration(21_540)], ["12 ms", "21.54 s"]);
}
