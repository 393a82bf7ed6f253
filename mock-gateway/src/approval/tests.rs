//! The life of an approval under virtual time, and which scans share one.

use bytes::Bytes;

use super::*;
use crate::api::{Call, Request};
use crate::clock::Clock;

const ALMOST: Duration = Duration::from_millis(599_999);
const INSTANT: Duration = Duration::from_millis(1);

struct Office {
    desk: Desk,
    clock: Clock,
    opened: u32,
}

impl Office {
    fn new() -> Self {
        Self { desk: Desk::default(), clock: Clock::frozen(), opened: 0 }
    }

    fn open(&mut self, scan: &Arc<Scan>) -> String {
        let (now, opened) = (self.clock.now().virtual_time, &mut self.opened);
        self.desk.open(Some(&key()), scan, now, || {
            *opened += 1;
            opened.to_string()
        })
    }

    fn decide(&mut self, id: &str, verdict: Verdict) -> Result<Status, ApprovalError> {
        self.desk.decide(id, verdict, self.clock.now().virtual_time).map(|approval| approval.status)
    }

    fn stands(&self, scan: &Scan) -> Option<Verdict> {
        self.desk.standing(Some(&key()), scan, self.clock.now().virtual_time).map(|(verdict, _)| verdict)
    }

    fn status(&self, at: usize) -> Status {
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
