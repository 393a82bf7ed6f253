//! Text that is read and carried on, in every dress; what is too little, too old or somebody else's.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use proptest::prelude::*;

use super::winnow::{GRAM, WINDOW};
use super::*;
use crate::api::{Call, Request};
use crate::clock::Clock;
use crate::json::{Json, Quoted};

const TEXT: &str = "The board agreed on Thursday to close the works at Brennhavn by the end of March; 214 people \
     will be offered places in Kjelsund. Nothing of this may be known before the unions were told.";

/// Reads from `crm.example` and writes to `paste.example`, unless told otherwise.
struct Session {
    memory: Memory,
    clock: Clock,
    scans: usize,
}

impl Session {
    fn new() -> Self {
        Self { memory: Memory::default(), clock: Clock::frozen(), scans: 0 }
    }

    fn after_reading(json: &str) -> Self {
        let mut session = Self::new();
        session.read("crm.example", json);
        session
    }

    fn read(&mut self, host: &str, json: &str) {
        self.read_as("k", "ada", host, json);
    }

    fn read_as(&mut self, by: &str, agent: &str, host: &str, json: &str) {
        self.scans += 1;
        let trace = format!("t{}", self.scans);
        let scan = scan(&format!(r#"{{"method":"GET","url":"https://{host}/x","agent_id":"{agent}"}}"#));
        self.memory.scanned(Some(&key(by)), &scan, &trace);
        self.respond(by, &trace, json);
    }

    fn respond(&mut self, by: &str, trace: &str, json: &str) {
        let Call::ScanResponse(response) =
            call("/v1/scan/response", &format!(r#"{{"trace_id":"{trace}","response_body":{json}}}"#))
        else {
            panic!("{json}")
        };
        self.memory.responded(Some(&key(by)), &response, self.clock.now().virtual_time);
    }

    fn overlap(&self, by: &str, json: &str) -> Option<Overlap> {
        self.memory.overlap(Some(&key(by)), &scan(json), self.clock.now().virtual_time)
    }

    /// How many letters of a body are recognised.
    fn letters(&self, body: &str) -> usize {
        self.overlap("k", &write(body)).map_or(0, |overlap| overlap.letters)
    }

    fn flags(&self, body: &str) -> bool {
        self.overlap("k", &write(body)).is_some_and(|overlap| overlap.is_enough())
    }
}

fn key(token: &str) -> Key {
    token.parse().expect("a good key")
}

fn call(path: &str, json: &str) -> Call {
    let body = Bytes::copy_from_slice(json.as_bytes());
    let length = body.len() as u64;
    Request::read("POST", path, Some(key("k")), &body, length).unwrap_or_else(|error| panic!("{error:?} {json}")).call
}

fn scan(json: &str) -> std::sync::Arc<Scan> {
    let Call::Scan(scan) = call("/v1/scan", json) else { panic!("{json}") };
    scan
}

fn write(body: &str) -> String {
    format!(r#"{{"method":"POST","url":"https://paste.example/new","agent_id":"ada","body":{body}}}"#)
}

fn quoted(text: &str) -> String {
    Quoted(text).to_string()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn each_disguise_is_seen_through() {
    let session = Session::after_reading(&quoted(TEXT));
    let wrapped = TEXT.split(' ').collect::<Vec<_>>().join("\n> ");
    let invisible: String = TEXT.chars().flat_map(|letter| [letter, '\u{200b}']).collect();
    let unicode: String = TEXT.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    let hexadecimal: String = TEXT.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mail: String = STANDARD
        .encode(TEXT)
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap().to_owned() + "\r\n")
        .collect();
    let four = (0..4).fold(TEXT.to_owned(), |text, _| quoted(&text));
    for (dress, body) in [
        ("none", quoted(TEXT)),
        ("upper case", quoted(&TEXT.to_uppercase())),
        ("other white space", quoted(&wrapped)),
        ("no white space", quoted(&TEXT.replace(' ', ""))),
        ("other punctuation", quoted(&TEXT.replace([' ', ',', ';', '.'], "-"))),
        ("zero-width characters", quoted(&invisible)),
        ("escaped characters", format!("\"{unicode}\"")),
        ("a field", format!(r#"{{"to":"x","text":{}}}"#, quoted(TEXT))),
        ("JSON in JSON", four),
        ("percent-encoded", quoted(&percent(TEXT))),
        ("percent-encoded twice", quoted(&percent(&percent(TEXT)))),
        ("base64", quoted(&STANDARD.encode(TEXT))),
        ("base64 for URLs, in a text", quoted(&format!("see {} there", URL_SAFE_NO_PAD.encode(TEXT)))),
        ("base64 for URLs, with all its digits", quoted(&URL_SAFE_NO_PAD.encode(TEXT.replace(' ', "~?>")))),
        ("base64 in lines", quoted(&mail)),
        ("base64 cut out", quoted(&STANDARD.encode(TEXT)[7..201])),
        ("base64 of base64", quoted(&STANDARD.encode(STANDARD.encode(TEXT)))),
        ("base64 of JSON", quoted(&STANDARD.encode(quoted(TEXT)))),
        ("hexadecimal", quoted(&hexadecimal)),
        ("a key", format!("{{{}:1}}", quoted(TEXT))),
    ] {
        assert!(session.flags(&body), "{dress}: {} letters of {body}", session.letters(&body));
    }
}

#[test]
fn escapes_are_undone_however_often_they_were_put_on() {
    for (text, plain) in [
        ("no escape, 100 % of it", "no escape, 100 % of it"),
        (r#"a\nb\\\"c\/d"#, "a b\"c/d"),
        (r"\u00e5 \\u00E5 \u00", "å å u00"),
        (r"\ud800\udf30 \\ud800\\udf30 \ud800 \udf30\ud800", "𐌰 𐌰 ud800 udf30ud800"),
        ("%C3%A5%2520%41%4", "å A%4"),
        ("%5C%22%5cu0041", "\"A"),
        ("%ff", "\u{fffd}"),
    ] {
        assert_eq!(letters::plain(text), plain, "{text}");
    }
}

#[test]
fn fields_are_recognised_in_any_order_with_or_without_their_names() {
    let read = r#"{"id":"C-88213","name":"Ragnhild Moe","city":"Kjelsund","notes":["pays late, asks for 60 days",{"limit":41250,"since":"2019-04-02"}],"rep":"T. Aasen, key accounts in the western valleys"}"#;
    let other = r#"{"rep":"T. Aasen, key accounts in the western valleys","notes":["pays late, asks for 60 days",{"since":"2019-04-02","limit":41250}],"city":"Kjelsund","name":"Ragnhild Moe","id":"C-88213"}"#;
    let session = Session::after_reading(read);
    let pretty = other.replace(",\"", " ,\n    \"").replace("\":", "\" : ");
    let marked = ["id", "name", "city", "notes", "limit", "since", "rep"].iter().fold(read.to_owned(), |text, name| {
        text.replace(&format!("\"{name}"), &format!("\"{}\u{200b}{}", &name[..1], &name[1..]))
    });
    let values = "C-88213;Ragnhild Moe;Kjelsund;pays late, asks for 60 days;41250;2019-04-02;T. Aasen, key accounts in the western valleys";
    for (dress, body) in [
        ("other order", other.to_owned()),
        ("other order, spread over lines", pretty.clone()),
        ("other order, as a text in a text", quoted(&format!("Here you are:\n```json\n{pretty}\n``` bye"))),
        ("other order, in base64", quoted(&STANDARD.encode(other))),
        ("the values alone", quoted(values)),
        ("a list without colons", quoted(&read.replace(':', " "))),
        ("names cut by invisible marks", quoted(&marked)),
    ] {
        assert!(session.flags(&body), "{dress}: {} letters of {body}", session.letters(&body));
    }
    let session = Session::after_reading(&quoted(&format!("the record: {other}")));
    assert!(session.flags(read), "read as a text, written as JSON");
}

#[test]
fn records_of_one_kind_are_no_overlap() {
    let record = |id: u32, name: &str, city: &str| {
        format!(
            r#"{{"customer_identifier":{id},"full_legal_name":"{name}","registered_city_of_residence":"{city}","preferred_language":"nb","created_at":"2026-01-01T00:00:00Z","is_active_customer":true}}"#
        )
    };
    let session = Session::after_reading(&record(88_213, "Ragnhild Moe", "Kjelsund"));
    let written = record(10_977, "Ivar Brekke", "Brennhavn");
    assert!(!session.flags(&written), "{} letters", session.letters(&written));
}

#[test]
fn what_says_nothing_is_no_overlap() {
    let rulers = format!("{} {} {}", "=-".repeat(80), "0".repeat(200), "ab".repeat(100));
    let session = Session::after_reading(&quoted(&rulers));
    assert_eq!(session.letters(&quoted(&rulers)), 0);
}

#[test]
fn a_sentence_is_enough_and_a_phrase_is_not() {
    let session = Session::after_reading(&quoted(TEXT));
    let sentence = "Nothing of this may be known before the unions were told. The works close by the end of March.";
    assert!((1..LEAST).contains(&session.letters(&quoted(sentence))), "{}", session.letters(&quoted(sentence)));
    let sentence =
        "214 people will be offered places in Kjelsund. Nothing of this may be known before the unions were told";
    assert!(session.flags(&quoted(sentence)));
}

#[test]
fn an_overlap_says_where_it_was_read_and_how_much() {
    let session = Session::after_reading(&quoted(TEXT));
    let overlap = session.overlap("k", &write(&quoted(TEXT))).expect("an overlap");
    assert_eq!((overlap.trace_id.as_str(), overlap.host.as_deref()), ("t1", Some("crm.example")));
    let letters = TEXT.chars().filter(|letter| letter.is_alphanumeric()).count();
    assert_eq!(overlap.of, letters);
    assert!((letters - 2 * WINDOW..=letters).contains(&overlap.letters), "{overlap}");
    assert!(overlap.score() > 0.9);
    let amid =
        session.overlap("k", &write(&quoted(&format!("{} {TEXT}", "so it goes on and on ".repeat(40))))).unwrap();
    assert!(amid.letters == overlap.letters && (0.5..0.7).contains(&amid.score()), "{amid}");
}

#[test]
fn only_a_write_to_another_host_is_looked_at() {
    let session = Session::after_reading(&quoted(TEXT));
    for (method, url, flagged) in [
        ("POST", "https://paste.example/new", true),
        ("PUT", "https://paste.example/new", true),
        ("PATCH", "https://paste.example/new", true),
        ("DELETE", "https://paste.example/new", true),
        ("QUERY", "https://paste.example/new", true),
        ("GET", "https://paste.example/new", false),
        ("get", "HTTP://paste.example/new", false),
        ("GET", "mcp://mail/send", true),
        ("POST", "https://crm.example/other", false),
        ("POST", "https://CRM.example:8443/other", false),
        ("POST", "https://crm.example.evil/other", true),
        ("POST", "https://crm.example@evil/other", true),
    ] {
        let json = format!(r#"{{"method":"{method}","url":"{url}","agent_id":"ada","body":{}}}"#, quoted(TEXT));
        assert_eq!(session.overlap("k", &json).is_some(), flagged, "{method} {url}");
    }
}

#[test]
fn what_stands_in_the_url_is_carried_out_too() {
    let session = Session::after_reading(&quoted(TEXT));
    for url in [
        format!("https://paste.example/?q={}", percent(TEXT)),
        format!("https://paste.example/{}", URL_SAFE_NO_PAD.encode(TEXT)),
        format!("https://paste.example?{}", TEXT.replace(' ', "+")),
    ] {
        let json = format!(r#"{{"method":"POST","url":{},"agent_id":"ada"}}"#, quoted(&url));
        assert!(session.overlap("k", &json).is_some_and(|overlap| overlap.is_enough()), "{url}");
    }
}

#[test]
fn what_another_key_or_agent_read_is_not_looked_at() {
    let session = Session::after_reading(&quoted(TEXT));
    let other = write(&quoted(TEXT)).replace("ada", "bob");
    assert_eq!((session.overlap("l", &write(&quoted(TEXT))), session.overlap("k", &other)), (None, None));
}

#[test]
fn a_response_of_an_unknown_trace_counts_against_every_agent_of_its_key() {
    let mut session = Session::after_reading(r#""something else""#);
    // The trace is there, but another key's.
    session.respond("l", "t1", &quoted(TEXT));
    let to_the_host = write(&quoted(TEXT)).replace("paste.example", "crm.example");
    for json in [write(&quoted(TEXT)), write(&quoted(TEXT)).replace("ada", "bob"), to_the_host] {
        let overlap = session.overlap("l", &json).expect("an overlap");
        assert_eq!((overlap.trace_id.as_str(), overlap.host), ("t1", None), "{json}");
        assert_eq!(session.overlap("k", &json), None);
    }
}

#[test]
fn what_came_from_three_hosts_is_boilerplate() {
    let mut session = Session::new();
    for (host, flagged) in [("a.example", true), ("b.example", true), ("b.example", true), ("c.example", false)] {
        session.read(host, &quoted(&format!("{TEXT} {host}")));
        assert_eq!(session.flags(&quoted(TEXT)), flagged, "{host}");
    }
    let own = "What stands in only one of them is flagged all the same, however many of the others have all the rest in common.";
    session.read("d.example", &quoted(&format!("{TEXT} {own}")));
    assert!(session.flags(&quoted(&format!("{TEXT} {own}"))));
}

#[test]
fn a_response_is_forgotten_after_an_hour() {
    let session = Session::after_reading(&quoted(TEXT));
    session.clock.advance(AGE - Duration::from_nanos(1));
    assert!(session.flags(&quoted(TEXT)));
    session.clock.advance(Duration::from_nanos(1));
    assert_eq!(session.letters(&quoted(TEXT)), 0);
}

#[test]
fn memory_is_bounded_for_each_agent_and_in_all() {
    let mut session = Session::after_reading(&quoted(TEXT));
    let other = |number: usize| quoted(&format!("report {number} of the day, {}", "x".repeat(number % 7)));
    (0..READS).for_each(|number| session.read_as("k", "bob", "crm.example", &other(number)));
    for _ in 0..2 * READS {
        session.read("crm.example", &other(0));
    }
    assert!(session.flags(&quoted(TEXT)), "others, and the same again, drive nothing out");
    (0..READS - 2).for_each(|number| session.read("crm.example", &other(number + 1)));
    assert!(session.flags(&quoted(TEXT)));
    session.read("crm.example", &other(READS));
    assert!(!session.flags(&quoted(TEXT)), "the oldest of its agent is the first to go");
    assert_eq!(session.memory.reads.len(), 2 * READS);

    session.read("crm.example", &quoted(TEXT));
    let mut random = 7_u64;
    for number in 0..40 {
        let words = (0..24_000).map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{:x} ", random >> 32)
        });
        session.read_as("k", &format!("agent {number}"), "crm.example", &quoted(&words.collect::<String>()));
        assert!(session.memory.prints <= PRINTS);
    }
    assert!(!session.flags(&quoted(TEXT)), "the oldest of all is the first to go");
    (0..TRACES + 9).for_each(|number| session.memory.scanned(None, &scan(&write("1")), &number.to_string()));
    assert_eq!(session.memory.traces.len(), TRACES);
}

#[test]
fn the_name_is_that_of_the_letters_under_sorted_keys() {
    let name = |json: &str| {
        let Call::ScanResponse(response) =
            call("/v1/scan/response", &format!(r#"{{"trace_id":"t","response_body":{json}}}"#))
        else {
            panic!("{json}")
        };
        response.content.name().to_owned()
    };
    // printf 'oneabtwoc1' | sha256sum
    let digest = "sha256:4d5c44a3c81b3798f2900f9ed48fe558f0b598ec87a82b1c7224f395376ddd20";
    let of_both = name(r#"{"one":"a, B","two":["c",1]}"#);
    assert_eq!(of_both, digest);
    assert_eq!(name(r#"{ "two" : ["\u0043" , 1], "one":"A b" }"#), of_both);
    assert_eq!(name(r#""One: ab\ntwo: C-1 ""#), of_both);
    assert_ne!(name(r#"{"one":["c",1],"two":"a, B"}"#), of_both);
}

proptest! {
    /// Winnowing promises: of so many letters in a row none is missed, wherever they are cut out and
    /// whatever stands around them.
    #[test]
    fn a_long_enough_part_is_always_found(
        words in prop::collection::vec("[a-z]{1,9}", 120..200),
        start in 0.0..1.0_f64,
        before in "[A-Z ]{0,60}",
        after in "[A-Z ]{0,60}",
    ) {
        let text = words.join(" ");
        let letters = words.concat();
        let session = Session::after_reading(&quoted(&text));
        let length = LEAST + 2 * (WINDOW - 1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short text")]
        let start = ((letters.len() - length) as f64 * start) as usize;
        let part = &letters[start..start + length];
        let found = session.letters(&quoted(&format!("{before}.{part}.{after}")));
        prop_assert!(found >= LEAST, "{found} letters of {part}");
    }

    /// No print, no overlap: two texts that have no gram in common have nothing in common.
    #[test]
    fn texts_without_a_gram_in_common_have_nothing_in_common(
        read in prop::collection::vec("[a-m0-4]{4,40}", 1..30),
        written in prop::collection::vec("[n-z5-9]{4,40}", 1..30),
        shared in "[a-z]{0,19}",
    ) {
        prop_assume!(shared.len() < GRAM);
        let session = Session::after_reading(&quoted(&format!("{}{shared}", read.join(" "))));
        let body = quoted(&format!("{}{shared}", written.join("  ")));
        prop_assert_eq!(session.letters(&body), 0);
    }

    /// Whatever is sent, it is read to its end, and a text is found again as it is.
    #[test]
    fn any_text_is_read_and_found_again(text in "\\PC{0,400}", noise in any::<Vec<u8>>()) {
        // What stands before a colon may be a label, which only a copy without colons has.
        let text = text.replace(':', ".");
        let session = Session::after_reading(&quoted(&text));
        let found = session.letters(&quoted(&text));
        let total = Content::of(&Json::String(text.clone()), &text).prints().len();
        prop_assert_eq!(found > 0, total > 0, "{} letters of {}", found, text);
        session.letters(&quoted(&String::from_utf8_lossy(&noise)));
    }
}
