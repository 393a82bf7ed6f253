//! Every property over inputs that are meant to break it, in a stated number and from a fixed seed: what
//! is red here once is red for everybody. The fuzz targets look further.

use std::cell::Cell;
use std::fs;

use guard_conformance::generate::secret::Planted;
use guard_conformance::generate::{Choices, json, message};
use guard_fuzz as property;
use guard_fuzz::dress;
use guard_fuzz::property::Input;
use guard_fuzz::seeds::seeds;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

const SEED: u64 = 20_251_125;

/// A property holds for so many inputs. The first that breaks it is told with its number, and made small.
#[track_caller]
fn holds(property: fn(&[u8]), count: u32, inputs: &impl Strategy<Value = Vec<u8>>) {
    let config = Config {
        cases: count,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let (tried, broken) = (Cell::new(0), Cell::new(false));
    let outcome = TestRunner::new(config).run(inputs, |input| {
        // What comes after the first failure only makes it small.
        tried.set(tried.get() + u32::from(!broken.get()));
        broken.set(true);
        property(&input);
        broken.set(false);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("broken by input {} of {count}: {error}", tried.get());
    }
}

/// Lists of decisions for what is made of them.
fn choices() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..160)
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => choices().prop_map(|choices| json::text(&mut Choices::new(&choices))),
        1 => vec(any::<u8>(), 0..64),
    ]
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    choices().prop_map(|choices| message::line(&mut Choices::new(&choices)))
}

/// What is done to a file, somewhere.
#[derive(Debug, Clone)]
enum Change {
    /// So many characters become others.
    Characters(usize, String),
    /// A word or a number becomes another one.
    Word(&'static str),
    /// What stands in a pair of brackets is left out.
    Emptied,
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let characters = (0..40_usize, prop_oneof!["[ -~]{0,3}", "[\u{0}-\u{fff}]"]);
        let words =
            prop::sample::select(vec!["", "0", "7", "-1", "99", "1e400", "null", "true", "~", "é", "*a", "a b"]);
        prop_oneof![
            2 => characters.prop_map(|(length, put)| Self::Characters(length, put)),
            2 => words.prop_map(Self::Word),
            1 => Just(Self::Emptied),
        ]
    }

    fn make(&self, text: &mut Vec<char>, place: prop::sample::Index) {
        let starts = |is_start: fn(&char, &char) -> bool| {
            let pairs = text.windows(2).enumerate().filter(move |(_, pair)| is_start(&pair[0], &pair[1]));
            pairs.map(|(before, _)| before + 1).collect::<Vec<_>>()
        };
        let starts = match self {
            Self::Characters(..) => (0..=text.len()).collect(),
            Self::Word(_) => starts(|before, first| !before.is_alphanumeric() && first.is_alphanumeric()),
            Self::Emptied => starts(|before, _| matches!(before, '[' | '{')),
        };
        if starts.is_empty() {
            return;
        }
        let start = starts[place.index(starts.len())];
        let until = |is_end: fn(&char) -> bool| text[start..].iter().take_while(|letter| !is_end(letter)).count();
        let (length, put) = match self {
            Self::Characters(length, put) => ((*length).min(text.len() - start), put.as_str()),
            Self::Word(word) => (until(|letter| !letter.is_alphanumeric()), *word),
            Self::Emptied => (until(|letter| matches!(letter, ']' | '}')), ""),
        };
        text.splice(start..start + length, put.chars());
    }
}

/// Files of this kind with some changes.
fn files(input: Input) -> impl Strategy<Value = Vec<u8>> {
    let seeds: Vec<_> =
        seeds(input).into_iter().map(|seed| String::from_utf8(seed).expect("files of ours are UTF-8")).collect();
    let changes = vec((any::<prop::sample::Index>(), Change::any()), 0..4);
    (prop::sample::select(seeds), changes).prop_map(|(seed, changes)| {
        let mut text: Vec<char> = seed.chars().collect();
        changes.into_iter().for_each(|(place, change)| change.make(&mut text, place));
        text.into_iter().collect::<String>().into_bytes()
    })
}

/// Values as one of the ways to write them, now and then spoilt.
fn written(value: fn(&mut Choices<'_>) -> mock_gateway::json::Json) -> impl Strategy<Value = Vec<u8>> {
    choices().prop_map(move |choices| {
        let mut choices = Choices::new(&choices);
        let value = value(&mut choices);
        json::nearly(value, &mut choices)
    })
}

#[test]
fn the_gate_agrees_with_another_strict_parser() {
    holds(property::gate_agrees, 8192, &texts());
}

#[test]
fn a_line_is_read_as_it_is_written() {
    holds(property::line_is_read_as_written, 8192, &lines());
}

#[test]
fn a_body_survives() {
    holds(property::body_survives, 8192, &texts());
}

#[test]
fn arguments_survive() {
    holds(property::arguments_survive, 8192, &written(message::arguments));
}

#[test]
fn addresses_of_tools_differ() {
    holds(property::addresses_differ, 4096, &choices());
}

#[test]
fn a_result_says_what_was_decided() {
    // Gateways may print their answers over several lines.
    let answers = written(message::verdict).prop_map(|mut answer| {
        answer.iter_mut().filter(|byte| **byte == b'\t').for_each(|tab| *tab = b'\n');
        answer
    });
    holds(property::result_says_what_was_decided, 8192, &answers);
}

#[test]
fn a_sanitized_body_is_the_gateway_s() {
    holds(property::sanitized_body_is_the_gateways, 8192, &texts());
}

#[test]
fn the_same_value_has_the_same_grant() {
    holds(property::same_value_same_grant, 4096, &choices());
}

#[test]
fn redaction_takes_secrets_alone() {
    holds(property::redaction_takes_secrets_alone, 8192, &choices());
}

#[test]
fn redaction_leaves_nothing_to_find() {
    let documents = choices().prop_map(|choices| {
        let mut choices = Choices::new(&choices);
        let document = Planted::choose(&mut choices);
        json::spell(&document.value, &mut choices).into_bytes()
    });
    holds(property::redaction_leaves_nothing_to_find, 8192, &prop_oneof![documents, texts()]);
}

#[test]
fn an_overlap_is_found_in_every_dress() {
    holds(property::overlap_is_found, 4096, &vec(any::<u8>(), 0..400));
}

/// The page is measured by a test of the gateway's own; what it finds without fail is a property.
#[test]
fn every_dress_that_is_promised_is_worn() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../mock-gateway/EXFILTRATION.md")).unwrap();
    let promises = page.split("## What is not promised").next().unwrap();
    let rows = promises.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let is_certain = |cell: &str| cell == "–" || cell.split_once(" of ").is_some_and(|(found, of)| found == of);
    let certain = rows.filter_map(|row| {
        let (dress, cells) = row.split_once(" | ")?;
        cells.split(" | ").all(is_certain).then_some(dress)
    });
    assert_eq!(certain.collect::<Vec<_>>(), dress::ALL.iter().map(|dress| dress.name).collect::<Vec<_>>());
}

#[test]
fn nothing_denied_runs() {
    holds(property::nothing_denied_runs, 1024, &vec(any::<u8>(), 0..400));
}

#[test]
fn a_scenario_is_read_or_refused() {
    holds(property::scenario_is_read, 2048, &files(Input::Scenario));
}

#[test]
fn a_case_is_read_or_refused() {
    holds(property::case_is_read, 2048, &files(Input::Case));
}

#[test]
fn a_manifest_is_read_or_refused() {
    holds(property::manifest_is_read, 2048, &files(Input::Manifest));
}

#[test]
fn a_client_s_settings_are_read_or_refused() {
    holds(property::client_config_is_read, 4096, &files(Input::ClientConfig));
}

#[test]
fn a_recording_is_read_or_refused() {
    holds(property::recording_is_read, 4096, &files(Input::Recording));
}

#[test]
fn deep_texts_are_read_alike() {
    for depth in [1, 59, 60, 61, 64, 65, 92, 93, 95, 96, 97, 128, 600, 10_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = open.repeat(depth) + "0" + &close.repeat(depth);
            property::gate_agrees(text.as_bytes());
            property::body_survives(text.as_bytes());
            property::sanitized_body_is_the_gateways(text.as_bytes());
        }
    }
}

#[test]
fn no_argument_is_closed_from_inside() {
    for body in [r#"{}},"method":"x""#, r#"1}},"id":2,"params":{"x":{"y":1"#, r#"1,"body":2"#, "1 2", ""] {
        property::body_survives(body.as_bytes());
        property::sanitized_body_is_the_gateways(body.as_bytes());
    }
    property::sanitized_body_is_the_gateways(br#"1,"decision":"ALLOW""#);
}
