//! The life of an approval under virtual time, and which scans share one.

use bytes::Bytes;

use super::*;
use crate::api::{Call, Key, Request};
use crate::clock::{Clock, Now};
use crate::scenario::{Course, Windows};

const WINDOW: Duration = Duration::from_secs(600);
const ALMOST: Duration = Duration::from_millis(599_999);
const INSTANT: Duration = Duration::from_millis(1);

struct Office {
    desk: Desk,
    clock: Clock,
    opened: u32,
    course: Option<Course>,
}

impl Office {
    fn new() -> Self {
        Self { desk: Desk::default(), clock: Clock::frozen(), opened: 0, course: None }
    }

    fn open(&mut self, scan: &Arc<Scan>) -> String {
        let (now, opened) = (self.clock.now().virtual_time, &mut self.opened);
        self.desk.open(Some(&key()), scan, now, self.course, || {
            *opened += 1;
            opened.to_string()
        })
    }

    fn decide(&mut self, id: &str, verdict: Verdict) -> Result<Status, ApprovalError> {
        self.desk.decide(id, verdict, None, self.clock.now().virtual_time).map(|approval| approval.status)
    }

    fn revoke(&mut self, id: &str) -> Result<Status, NoGrant> {
        self.desk.revoke(id, self.clock.now().virtual_time).map(|approval| approval.status)
    }

    fn stands(&mut self, scan: &Arc<Scan>) -> Option<Verdict> {
        self.desk.standing(Some(&key()), scan, self.clock.now().virtual_time).map(|(verdict, _)| verdict)
    }

    fn status(&mut self, at: usize) -> Status {
        self.desk.all(self.clock.now().virtual_time)[at].status
    }
}

fn key() -> Key {
    "iv_test_1".parse().expect("a good key")
}

fn other_key() -> Key {
    "iv_test_2".parse().expect("a good key")
}

fn scan(json: &str) -> Arc<Scan> {
    let body = Bytes::copy_from_slice(json.as_bytes());
    let length = body.len() as u64;
    match Request::read("POST", "/v1/scan", Some(key()), &body, length).expect(json).call {
        Call::Scan(scan) => scan,
        other => panic!("{other:?}"),
    }
}

fn a_scan() -> Arc<Scan> {
    scan(r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1.0,"m":2}}"#)
}

#[test]
fn pending_expires_at_exactly_ten_minutes() {
    let mut office = Office::new();
    let id = office.open(&a_scan());
    office.clock.advance(ALMOST);
    assert_eq!((office.status(0), office.open(&a_scan())), (Status::Pending, id.clone()));
    office.clock.advance(INSTANT);
    assert_eq!(office.status(0), Status::Expired);
    assert_eq!(
        office.decide(&id, Verdict::Approve),
        Err(ApprovalError::NotPending { id: id.clone(), status: Status::Expired })
    );
    assert_ne!(office.open(&a_scan()), id);
}

#[test]
fn a_decision_stands_for_ten_minutes_less_nothing() {
    for (verdict, status) in [(Verdict::Approve, Status::Approved), (Verdict::Deny, Status::Denied)] {
        let mut office = Office::new();
        let id = office.open(&a_scan());
        assert_eq!(office.stands(&a_scan()), None);
        office.clock.advance(Duration::from_secs(300));
        assert_eq!(office.decide(&id, verdict), Ok(status));
        office.clock.advance(ALMOST);
        assert_eq!(office.stands(&a_scan()), Some(verdict));
        office.clock.advance(INSTANT);
        assert_eq!((office.stands(&a_scan()), office.status(0)), (None, status));
        assert_ne!(office.open(&a_scan()), id);
    }
}

fn course(yaml: &str) -> Option<Course> {
    Some(crate::yaml::parse("course.yaml", yaml).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn an_approval_decides_itself_at_its_own_moment() {
    for (become_, status, verdict) in [
        ("approved", Status::Approved, Some(Verdict::Approve)),
        ("denied", Status::Denied, Some(Verdict::Deny)),
        ("expired", Status::Expired, None),
    ] {
        let mut office = Office::new();
        office.course = course(&format!("{{ after: 3s, become: {become_} }}"));
        let id = office.open(&a_scan());
        office.clock.advance(Duration::from_millis(2_999));
        assert_eq!((office.status(0), office.stands(&a_scan())), (Status::Pending, None));
        office.clock.advance(INSTANT);
        assert_eq!((office.status(0), office.stands(&a_scan())), (status, verdict), "{become_}");
        let late = office.decide(&id, Verdict::Approve).expect_err("it is decided");
        assert_eq!(late, ApprovalError::NotPending { id: id.clone(), status });
        office.clock.advance(ALMOST);
        assert_eq!(office.stands(&a_scan()), verdict);
        office.clock.advance(INSTANT);
        assert_eq!(office.stands(&a_scan()), None);
        assert_ne!(office.open(&a_scan()), id);
    }
}

#[test]
fn an_approval_that_nobody_watched_decided_itself_in_time_all_the_same() {
    let mut office = Office::new();
    office.course = course("{ after: 3s, become: approved }");
    office.open(&a_scan());
    office.clock.advance(Duration::from_secs(602));
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Approve), "the window began after three seconds");
    office.clock.advance(Duration::from_secs(1));
    assert_eq!(office.stands(&a_scan()), None);
}

#[test]
fn an_analyst_comes_before_the_course_and_an_end_before_both() {
    let mut office = Office::new();
    office.course = course("{ after: 3s, become: approved }");
    let id = office.open(&a_scan());
    assert_eq!(office.decide(&id, Verdict::Deny), Ok(Status::Denied));
    office.clock.advance(Duration::from_secs(5));
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Deny));
    let mut office = Office::new();
    office.course = course("{ after: 10m, become: approved }");
    office.open(&a_scan());
    office.clock.advance(WINDOW);
    assert_eq!((office.status(0), office.stands(&a_scan())), (Status::Expired, None));
}

#[test]
fn windows_are_those_of_the_scenario_for_what_comes_after() {
    let windows: Windows =
        crate::yaml::parse("w.yaml", "{ pending: 2m, grant: 1h, denial: 1m, poll_every: 5s }").unwrap();
    let mut office = Office::new();
    let before = office.open(&a_scan());
    office.desk.set_windows(windows);
    let after = office.open(&numbered(1));
    office.clock.advance(Duration::from_secs(120));
    assert_eq!([office.status(0), office.status(1)], [Status::Pending, Status::Expired]);
    let poll = office.desk.poll(Some(&key()), &after, office.clock.now()).map(|approval| approval.status);
    assert_eq!(poll, Ok(Status::Expired));
    let again = office.desk.poll(Some(&key()), &after, office.clock.now()).unwrap_err();
    assert!(matches!(again, PollError::TooSoon(left) if left > Duration::from_secs(4)), "{again:?}");
    assert_eq!(office.decide(&before, Verdict::Approve), Ok(Status::Approved));
    office.clock.advance(Duration::from_secs(3_599));
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Approve));
    let denied = office.open(&numbered(2));
    assert_eq!(office.decide(&denied, Verdict::Deny), Ok(Status::Denied));
    office.clock.advance(Duration::from_secs(60));
    assert_eq!([office.stands(&a_scan()), office.stands(&numbered(2))], [None, None]);
}

#[test]
fn windows_beyond_what_the_gateway_knows_are_refused() {
    for (yaml, message) in [
        ("{ pending: 59s }", "`pending` can be 1m to 24h"),
        ("{ pending: 25h }", "`pending` can be 1m to 24h"),
        ("{ grant: 61m }", "`grant` can be 1m to 1h"),
        ("{ denial: 0ms }", "`denial` can be 1m to 1h"),
        ("{ grants: 1m }", "unknown field `grants`"),
    ] {
        let report = crate::yaml::parse::<Windows>("w.yaml", yaml).unwrap_err().to_string();
        assert!(report.contains(message), "{report}");
    }
}

#[test]
fn a_decision_is_made_once() {
    let mut office = Office::new();
    let id = office.open(&a_scan());
    assert_eq!(office.decide(&id, Verdict::Deny), Ok(Status::Denied));
    let late = office.decide(&id, Verdict::Approve).unwrap_err();
    assert_eq!(late.to_string(), "approval 1 is denied; only a pending one can be decided");
    assert_eq!(office.decide("7", Verdict::Approve), Err(ApprovalError::Unknown("7".to_owned())));
}

#[test]
fn arguments_are_the_same_by_the_letter_and_by_json_value() {
    let base = a_scan();
    let same =
        r#"{"body":{"m":2,"n":1.0},"tool_name":"t","url":"https://a.example/x","method":"POST","headers":{"a":"b"}}"#;
    assert!(base.same_arguments(&scan(same)));
    for other in [
        r#"{"method":"PUT","url":"https://a.example/x","tool_name":"t","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"post","url":"https://a.example/x","tool_name":"t","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"POST","url":"https://A.example/x","tool_name":"t","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/%78","tool_name":"t","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"T","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/x","body":{"n":1.0,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1.00,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1,"m":2}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1.0}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{}}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":null}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t"}"#,
        r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1.0,"m":2},"agent_id":"1"}"#,
    ] {
        assert!(!base.same_arguments(&scan(other)), "{other}");
    }
}

#[test]
fn a_grant_belongs_to_its_key() {
    let mut office = Office::new();
    let id = office.open(&a_scan());
    assert_eq!(office.decide(&id, Verdict::Approve), Ok(Status::Approved));
    let now = office.clock.now().virtual_time;
    assert_eq!(office.desk.standing(Some(&other_key()), &a_scan(), now), None);
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Approve));
}

#[test]
fn polls_keep_their_pace_and_their_key() {
    let mut office = Office::new();
    let id = office.open(&a_scan());
    let start = office.clock.now();
    let mut poll = |key: Key, after: u64| {
        let now = Now { pace: start.pace.after(Duration::from_millis(after)), ..start };
        office.desk.poll(Some(&key), &id, now).map(|approval| approval.status)
    };
    assert_eq!(poll(key(), 0), Ok(Status::Pending));
    assert_eq!(poll(key(), 500), Err(PollError::TooSoon(Duration::from_millis(1_500))));
    assert_eq!(poll(key(), 1_999), Err(PollError::TooSoon(INSTANT)));
    assert_eq!(poll(key(), 2_000), Ok(Status::Pending));
    assert_eq!(poll(other_key(), 9_000), Err(PollError::Unknown));
}

fn numbered(number: usize) -> Arc<Scan> {
    scan(&format!(r#"{{"method":"POST","url":"https://a.example/x","body":{number}}}"#))
}

#[test]
fn what_is_over_is_forgotten_oldest_first_and_what_runs_is_not() {
    let mut office = Office::new();
    let ids: Vec<_> = (0..REMEMBERED + 500).map(|number| office.open(&numbered(number))).collect();
    office.clock.advance(Duration::from_secs(300));
    assert_eq!(office.decide(&ids[0], Verdict::Approve), Ok(Status::Approved));
    office.clock.advance(Duration::from_secs(300));
    let last = office.open(&numbered(9_999));
    let kept: Vec<_> = office.desk.all(office.clock.now().virtual_time).into_iter().map(|kept| kept.id).collect();
    assert_eq!(kept, [&ids[..1], &ids[500..], &[last]].concat(), "the granted one runs, 499 after it are forgotten");
    assert_eq!(office.stands(&numbered(0)), Some(Verdict::Approve));
    assert_eq!(office.desk.poll(Some(&key()), &ids[499], office.clock.now()).unwrap_err(), PollError::Unknown);
    assert!(office.desk.poll(Some(&key()), &ids[500], office.clock.now()).is_ok());
    assert_eq!(office.decide(&ids[499], Verdict::Deny), Err(ApprovalError::Unknown(ids[499].clone())));
}

#[test]
fn a_window_seen_to_be_over_is_not_opened_again_by_an_earlier_clock() {
    let mut office = Office::new();
    let before = office.clock.now().virtual_time;
    let id = office.open(&a_scan());
    office.clock.advance(WINDOW);
    _ = office.open(&numbered(1));
    let late = office.desk.decide(&id, Verdict::Approve, None, before).unwrap_err();
    assert_eq!(late, ApprovalError::NotPending { id, status: Status::Expired });
}

/// The desk as a plain list, searched from its end.
#[derive(Default)]
struct List(Vec<Entry>);

struct Entry {
    meaning: usize,
    opened: Moment,
    decided: Option<(Moment, Verdict)>,
}

impl List {
    fn running(&self, meaning: usize, now: Moment, decided: bool) -> Option<usize> {
        self.0.iter().rposition(|entry| {
            let since = entry.decided.map_or(entry.opened, |(at, _)| at);
            entry.meaning == meaning && entry.decided.is_some() == decided && now < since.after(WINDOW)
        })
    }
}

/// Four meanings, each in two spellings.
const SPELLINGS: [[&str; 2]; 4] = [
    [r#"{"a":1,"b":[{"c":2,"d":3}]}"#, r#"{ "b":[{"d":3,"c":2}], "\u0061":1 }"#],
    [r#"{"a":1.0,"b":[{"c":2,"d":3}]}"#, r#"{"b":[{"d":3,"c":2}],"a":1.0}"#],
    ["[1,2]", "[1 , 2]"],
    [r#""1""#, r#""\u0031""#],
];

proptest::proptest! {
    #[test]
    fn the_indices_find_what_a_list_would(
        steps in proptest::collection::vec((0..4_usize, 0..2_usize, 0..4_u32, 0..400_u64), 1..80),
    ) {
        let (mut office, mut list) = (Office::new(), List::default());
        for (meaning, spelling, step, seconds) in steps {
            let body = SPELLINGS[meaning][spelling];
            let scan = scan(&format!(r#"{{"method":"POST","url":"https://a.example/x","body":{body}}}"#));
            let now = office.clock.now().virtual_time;
            match step {
                0 | 1 => {
                    let expected = list.running(meaning, now, false).unwrap_or(list.0.len());
                    if expected == list.0.len() {
                        list.0.push(Entry { meaning, opened: now, decided: None });
                    }
                    proptest::prop_assert_eq!(office.open(&scan), (expected + 1).to_string());
                }
                2 => if let Some(at) = list.running(meaning, now, false) {
                    let verdict = if spelling == 0 { Verdict::Approve } else { Verdict::Deny };
                    list.0[at].decided = Some((now, verdict));
                    proptest::prop_assert!(office.decide(&(at + 1).to_string(), verdict).is_ok());
                },
                _ => office.clock.advance(Duration::from_secs(seconds)),
            }
            let now = office.clock.now().virtual_time;
            let standing = list.running(meaning, now, true).and_then(|at| list.0[at].decided);
            proptest::prop_assert_eq!(office.stands(&scan), standing.map(|(_, verdict)| verdict));
        }
    }
}

#[test]
fn a_revoked_grant_allows_nothing_more_and_another_approval_can_be_asked_for() {
    let mut office = Office::new();
    let id = office.open(&a_scan());
    assert_eq!(office.revoke(&id), Err(NoGrant(id.clone())), "nothing is granted yet");
    office.decide(&id, Verdict::Approve).unwrap();
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Approve));
    assert_eq!(office.revoke(&id), Ok(Status::Approved));
    assert_eq!(office.stands(&a_scan()), None);
    assert_eq!(office.revoke(&id), Err(NoGrant(id.clone())), "it runs no more");
    let next = office.open(&a_scan());
    assert_ne!(next, id);
    office.decide(&next, Verdict::Deny).unwrap();
    assert_eq!(office.revoke(&next), Err(NoGrant(next)), "a denial is no grant");
    assert_eq!(office.stands(&a_scan()), Some(Verdict::Deny));
}
