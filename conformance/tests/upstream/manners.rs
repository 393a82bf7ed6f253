//! Each trait of the upstream.

use std::time::{Duration, Instant};

use guard_conformance::party::upstream::Trait;
use guard_conformance::recording::Event;
use libtest_mimic::{Failed, Trial};
use mock_gateway::json::Json;
use tokio::time::timeout;

use crate::driven::{Driven, LONG, at, events, string, wait};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("a_chatty_upstream_talks_after_every_request", chatty),
        Trial::test("a_noisy_upstream_greets_on_stdout", noisy),
        Trial::test("a_mute_upstream_reads_and_never_answers", mute),
        Trial::test("a_dead_upstream_exits_with_3_after_it_has_reported", dead),
        Trial::test("a_late_upstream_waits_before_it_reads", late),
        Trial::test("a_flooding_upstream_serves_beside_its_64_mb", flooding),
        Trial::test("traits_can_be_combined", combined),
    ];
    if cfg!(target_os = "linux") {
        trials.push(Trial::test("a_decent_upstream_obeys_sigterm_and_reports_it", obeys));
        trials.push(Trial::test("a_stubborn_upstream_ignores_eof_and_sigterm", stubborn));
        trials.push(Trial::test("a_brood_outlives_its_upstream_in_a_session_of_its_own", brood));
    }
    trials
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn chatty() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Chatty]);
        driven.say(PING).await;
        assert_eq!(at(&driven.next().await, "/id"), "1");
        assert_eq!(string(&driven.next().await, "/method"), "notifications/message");
        assert_eq!(string(&driven.next().await, "/method"), "notifications/tools/list_changed");
        assert_eq!(driven.end().await.code, Some(0));
    });
    Ok(())
}

fn noisy() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Noisy]);
        let banner = driven.line().await.expect("a banner");
        assert!(Json::parse(banner.as_bytes()).is_err());
        let events = driven.end().await.events;
        let told = |event: &Event| matches!(event, Event::UpstreamSent { line, .. } if *line.0 == *banner.as_bytes());
        assert!(events.iter().any(told), "{events:?}");
    });
    Ok(())
}

fn mute() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Mute]);
        driven.say(PING).await;
        driven.say("{").await;
        let ended = driven.end().await;
        assert_eq!((ended.rest, ended.code), (Vec::new(), Some(0)));
        let got = ended.events.iter().filter(|event| matches!(event, Event::UpstreamGot { .. })).count();
        assert_eq!(got, 2);
    });
    Ok(())
}

fn dead() -> Result<(), Failed> {
    wait(async {
        let ended = Driven::start(&[Trait::Dead]).end().await;
        assert_eq!(ended.code, Some(3));
        let [Event::UpstreamStarted { process: 1, arguments, .. }, Event::UpstreamEnded { process: 1, code: Some(3) }] =
            &ended.events[..]
        else {
            panic!("{:?}", ended.events)
        };
        assert_eq!(arguments, &["dead"]);
    });
    Ok(())
}

fn late() -> Result<(), Failed> {
    wait(async {
        let began = Instant::now();
        let mut driven = Driven::start(&[Trait::Late]);
        driven.say(PING).await;
        driven.next().await;
        assert!(began.elapsed() >= Duration::from_millis(300));
    });
    Ok(())
}

fn flooding() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Flooding]);
        driven.say(PING).await;
        assert_eq!(at(&driven.next().await, "/id"), "1", "although nobody reads stderr");
        assert_eq!(driven.end().await.code, Some(0));
    });
    Ok(())
}

fn combined() -> Result<(), Failed> {
    wait(async {
        let ended = Driven::start(&[Trait::Noisy, Trait::Mute]).end().await;
        assert_eq!((ended.rest.len(), ended.code), (1, Some(0)));
        for word in Trait::ALL {
            assert_eq!(word.to_string().parse(), Ok(word));
        }
    });
    Ok(())
}

/// Sends a signal by the system's own program.
fn kill(signal: &str, pid: u32) {
    let status = std::process::Command::new("kill").args([signal, &pid.to_string()]).status().expect("kill runs");
    assert!(status.success());
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn obeys() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        driven.say(PING).await;
        driven.next().await;
        kill("-TERM", driven.child.id().unwrap());
        // Its stdin is still open here.
        let status = timeout(LONG, driven.child.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(143));
        let events = driven.end().await.events;
        let [.., Event::UpstreamSignalled { signal, .. }, Event::UpstreamEnded { code: Some(143), .. }] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(signal, "TERM");
    });
    Ok(())
}

fn stubborn() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Stubborn]);
        driven.say(PING).await;
        driven.next().await;
        let pid = driven.child.id().unwrap();
        driven.stdin = None;
        let mut seen = Vec::new();
        kill("-TERM", pid);
        let both = |seen: &[Event]| {
            seen.iter().any(|event| matches!(event, Event::UpstreamSignalled { .. }))
                && seen.iter().any(|event| matches!(event, Event::UpstreamStdinEnded { .. }))
        };
        while !both(&seen) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            seen.extend(events(&driven.log));
        }
        assert!(timeout(Duration::from_millis(300), driven.child.wait()).await.is_err(), "it goes on");
        assert!(!driven.upstream.settled(Duration::from_millis(1)).await);
        kill("-KILL", pid);
        let ended = driven.end().await;
        assert_eq!(ended.code, None);
        assert!(matches!(ended.events[..], [Event::UpstreamEnded { code: None, .. }]), "{:?}", ended.events);
    });
    Ok(())
}

fn brood() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[Trait::Brood]);
        driven.say(PING).await;
        driven.next().await;
        let parent = driven.child.id().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
        let child: u32 = children.trim().parse().unwrap_or_else(|_| panic!("one child: {children}"));
        assert_eq!(driven.end().await.code, Some(0), "it does not wait for its child, nor is its stdout held open");
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap();
        let session = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().to_owned();
        assert_eq!(session, child.to_string());
        kill("-TERM", child);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(is_alive(child));
        kill("-KILL", child);
    });
    Ok(())
}
