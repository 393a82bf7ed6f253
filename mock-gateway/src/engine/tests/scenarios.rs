//! Every bundled scenario does what its comment says.

use super::*;

/// What the scans are answered in turn, in one word each, and one for what happens to it.
fn choices(play: &mut Play, scans: usize) -> Vec<String> {
    (0..scans)
        .map(|_| {
            let body = Bytes::from_static(WRITE.as_bytes());
            let request = Request::read("POST", "/v1/scan", Some(a_key()), &body, 1).expect("a good request");
            let decided = play.engine.decide(&request, play.clock.now());
            match decided.fault().filter(|_| decided.say.answer().is_some()) {
                Some(fault) => format!("{} {}", decided.choice, fault.name()),
                None => decided.choice.to_string(),
            }
        })
        .collect()
}

fn bundled(name: &str) -> Play {
    Play::new(guard_fixtures::scenario(name).unwrap_or_else(|| panic!("no scenario {name}")))
}

#[test]
fn each_has_a_comment_that_says_what_it_does_and_a_test_here() {
    let tested = include_str!("scenarios.rs");
    let others = include_str!("../tests.rs");
    for (path, yaml) in guard_fixtures::scenarios() {
        Scenario::parse(path, yaml).unwrap_or_else(|error| panic!("{error}"));
        assert!(yaml.starts_with("# "), "{path}");
        let name = format!("\"{}\"", path.trim_end_matches(".yaml"));
        assert!(tested.contains(&name) || others.contains(&name), "{path} is not tested");
    }
}

#[test]
fn outage_fails_every_scan_in_six_ways_and_stays_healthy() {
    let mut play = bundled("outage");
    let ways = ["503", "502 json", "500 reset_mid_body", "close", "reset", "hang"];
    assert_eq!(choices(&mut play, 18), ways.repeat(3));
    assert_eq!(play.send("GET", "/health", "").1, 200);
}

#[test]
fn flaky_loses_one_in_seven_and_fails_a_third_of_the_others() {
    let given = choices(&mut bundled("flaky"), 2_100);
    let count = |choice: &str| given.iter().filter(|given| *given == choice).count();
    let counts = ["hang", "ALLOW reset_mid_body", "503", "ALLOW"].map(count);
    assert_eq!(counts, [100, 200, 600, 1_200]);
    assert_eq!(given[8..11], ["503", "ALLOW reset_mid_body", "ALLOW"]);
}

#[test]
fn slow_waits_like_a_service_and_allows() {
    let mut play = bundled("slow");
    let mut waits: Vec<_> = (0..2_000)
        .map(|_| {
            let (decided, _, answer) = play.send("POST", "/v1/scan", WRITE);
            assert_eq!(text(&answer, "decision"), "ALLOW");
            decided.delay.as_millis()
        })
        .collect();
    waits.sort_unstable();
    assert!(
        (72..88).contains(&waits[1_000]) && (900..1_600).contains(&waits[1_980]),
        "{} {}",
        waits[1_000],
        waits[1_980]
    );
}

#[test]
fn rate_limited_takes_its_burst_its_pace_and_its_quota() {
    let mut play = bundled("rate-limited");
    let start = play.clock.now();
    let mut at = |seconds: u64| {
        let later = start.pace.after(Duration::from_secs(seconds));
        let body = Bytes::from_static(WRITE.as_bytes());
        let request = Request::read("POST", "/v1/scan", Some(a_key()), &body, 1).expect("a good request");
        let answer = play.engine.decide(&request, Now { virtual_time: later, pace: later }).say.answer();
        let answer = answer.expect("an answer");
        let limited = String::from_utf8(answer.body.to_vec()).expect("UTF-8");
        (answer.status, answer.retry_after, limited.contains("QUOTA_EXCEEDED"))
    };
    assert_eq!((0..130).filter(|_| at(0).0 == 200).count(), 120);
    assert_eq!(at(0), (429, Some(1), false));
    assert_eq!([at(1).0, at(1).0], [200, 429]);
    assert_eq!((2..=1_000).filter(|second| at(*second).0 == 200).count(), 1_000 - 121);
    assert_eq!(at(1_001), (429, None, true));
}

#[test]
fn the_approval_desk_decides_after_three_seconds() {
    let mut play = bundled("approval-desk");
    let scan = |method: &str, url: &str| about("t", method, url, "");
    assert_eq!(play.decision(&scan("GET", "https://a.example/x")), "ALLOW");
    for (scan, status, then) in [
        (scan("POST", "https://a.example/x"), "approved", "ALLOW"),
        (scan("DELETE", "https://a.example/x"), "denied", "DENY"),
        (scan("POST", "https://a.example/forgotten/1"), "expired", "REQUIRE_APPROVAL"),
    ] {
        let asked = play.scan(&scan);
        assert_eq!(text(&asked, "decision"), "REQUIRE_APPROVAL");
        let path = format!("/v1/approvals/{}/status", text(&asked, "approval_id"));
        assert_eq!(text(&play.send("GET", &path, "").2, "status"), "pending");
        play.clock.advance(Duration::from_secs(3));
        let answer = play.send("GET", &path, "").2;
        assert_eq!(text(&answer, "status"), status);
        assert_eq!(play.decision(&scan), then, "{status}");
    }
}
