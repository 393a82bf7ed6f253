//! The record of upstreams: in order, apart from what was answered, bounded, and whole.

use guard_conformance::log::Log;
use guard_conformance::party::upstream::Upstream;
use guard_conformance::recording::{Event, Stream, Text};
use libtest_mimic::{Failed, Trial};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::driven::{Driven, LONG, at, command, events, wait};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("each_line_is_written_down_before_what_follows_from_it", ordered),
        Trial::test("what_is_read_is_written_down_byte_for_byte", bytes),
        Trial::test("variables_are_written_down_with_their_values", environment),
        Trial::test("several_processes_are_numbered", several),
        Trial::test("a_killed_upstream_has_an_end_without_a_code", killed),
        Trial::test("a_wrong_token_is_refused", wrong_token),
        Trial::test("a_word_that_is_no_trait_is_reported_and_refused", wrong_word),
        Trial::test("garbage_from_a_caller_harms_nobody", garbage),
        Trial::test("a_line_without_end_costs_little", overlong),
        Trial::test("no_more_than_16_mb_are_kept", bounded),
        Trial::test("without_a_harness_an_upstream_ends", abandoned),
    ]
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn line(text: &str) -> Text {
    Text::from(text.as_bytes().to_vec())
}

fn ordered() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        for _ in 0..20 {
            driven.say(PING).await;
            driven.next().await;
            // Whoever holds the answer finds question and answer in the record.
            let seen: Vec<_> = events(&driven.log)
                .into_iter()
                .filter(|event| !matches!(event, Event::UpstreamStarted { .. }))
                .collect();
            let answer = line(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
            let expected =
                [Event::UpstreamGot { process: 1, line: line(PING) }, Event::UpstreamSent { process: 1, line: answer }];
            assert_eq!(seen, expected);
        }
    });
    Ok(())
}

fn bytes() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let stdin = driven.stdin.as_mut().unwrap();
        stdin.write_all(b"\xff \r\n\n{\"a\" : 1.10}\nrest").await.unwrap();
        let events = driven.end().await.events;
        let got: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::UpstreamGot { line, .. } => Some(&line.0[..]),
                _ => None,
            })
            .collect();
        assert_eq!(got, [&b"\xff \r"[..], b"", b"{\"a\" : 1.10}"]);
        assert!(events.contains(&Event::UpstreamStdinEnded { process: 1, rest: line("rest") }));
        assert_eq!(events.last(), Some(&Event::UpstreamEnded { process: 1, code: Some(0) }));
    });
    Ok(())
}

fn environment() -> Result<(), Failed> {
    wait(async {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).unwrap();
        let mut child = command(&upstream.argv(&[])).env_clear().env("SECRET", "iv_live_é\n").spawn().unwrap();
        let pid = child.id().unwrap();
        drop(child.stdin.take());
        child.wait().await.unwrap();
        assert!(upstream.close(LONG).await);
        let seen = events(&log);
        let Event::UpstreamStarted { process: 1, pid: told, arguments, environment } = &seen[0] else {
            panic!("{seen:?}")
        };
        assert_eq!((*told, arguments.len()), (pid, 0));
        assert_eq!(environment.clone().into_iter().collect::<Vec<_>>(), [("SECRET".into(), "iv_live_é\n".into())]);
    });
    Ok(())
}

fn several() -> Result<(), Failed> {
    wait(async {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).unwrap();
        for _ in 0..3 {
            let mut child = command(&upstream.argv(&[])).spawn().unwrap();
            drop(child.stdin.take());
            child.wait().await.unwrap();
        }
        assert!(upstream.close(LONG).await);
        let ended = |process| Event::UpstreamEnded { process, code: Some(0) };
        let seen = events(&log);
        for process in 1..=3 {
            assert!(seen.contains(&ended(process)), "{process}: {seen:?}");
        }
    });
    Ok(())
}

fn killed() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        driven.say(PING).await;
        driven.next().await;
        driven.child.start_kill().unwrap();
        let ended = driven.end().await;
        assert_eq!(ended.events.last(), Some(&Event::UpstreamEnded { process: 1, code: None }));
    });
    Ok(())
}

fn wrong_token() -> Result<(), Failed> {
    wait(async {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).unwrap();
        let mut argv = upstream.argv(&[]);
        let token = argv[2].split_once('/').unwrap().1.to_owned();
        assert_eq!(token.len(), 32);
        argv[2] = argv[2].replace(&token, &"0".repeat(32));
        let output = command(&argv).output().await.unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert!(upstream.close(LONG).await);
        assert_eq!(events(&log), []);
    });
    Ok(())
}

fn wrong_word() -> Result<(), Failed> {
    wait(async {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).unwrap();
        let mut argv = upstream.argv(&[]);
        argv.push("polite".to_owned());
        let output = command(&argv).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("`polite` is no trait of the upstream"));
        assert!(upstream.close(LONG).await);
        let seen = events(&log);
        assert!(matches!(&seen[0], Event::UpstreamStarted { arguments, .. } if arguments == &["polite"]), "{seen:?}");
    });
    Ok(())
}

fn garbage() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        driven.say(PING).await;
        driven.next().await;
        let place = driven.upstream.argv(&[])[2].clone();
        let (address, token) = place.split_once('/').unwrap();
        let started = b"\0\0\0\x29{\"pid\":1,\"arguments\":[],\"environment\":[]}";
        for bytes in [
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
            format!("{token}\n?\0\0\0\0").into_bytes(),
            format!("{token}\n<\0\0\0\x01x").into_bytes(),
            [format!("{token}\ns").as_bytes(), &u32::MAX.to_be_bytes()].concat(),
            [format!("{token}\ns").as_bytes(), started, b"<\xff\xff\xff\xff"].concat(),
            [format!("{token}\ns").as_bytes(), started, b"x\0\0\0\x01?"].concat(),
        ] {
            let mut caller = TcpStream::connect(address).await.unwrap();
            caller.write_all(&bytes).await.unwrap();
            let mut heard = Vec::new();
            // Hung up on, orderly or not.
            let _reset = caller.read_to_end(&mut heard).await;
            assert!(heard.len() <= 2, "{bytes:?}");
        }
        driven.say(PING).await;
        assert_eq!(at(&driven.next().await, "/id"), "1");
        let seen = driven.end().await.events;
        let started = seen.iter().filter(|event| matches!(event, Event::UpstreamStarted { .. })).count();
        assert_eq!(started, 3, "two of the callers had the form of an upstream: {seen:?}");
    });
    Ok(())
}

fn overlong() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let long = "x".repeat(5 << 20);
        driven.say(&long).await;
        driven.say(PING).await;
        assert_eq!(at(&driven.next().await, "/id"), "1");
        let seen = driven.end().await.events;
        let flooded = Event::Flooded { stream: Stream::Upstream, kept: (5 << 20) + 1 };
        assert!(seen.contains(&flooded), "{seen:?}");
    });
    Ok(())
}

fn bounded() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let big = format!(r#"{{"jsonrpc":"2.0","method":"n","params":"{}"}}"#, "x".repeat(1 << 20));
        for _ in 0..20 {
            driven.say(&big).await;
        }
        driven.say(PING).await;
        assert_eq!(at(&driven.next().await, "/id"), "1", "it is served although nothing more is kept");
        let seen = driven.end().await.events;
        let bytes: usize = seen
            .iter()
            .map(|event| match event {
                Event::UpstreamGot { line, .. } => line.0.len(),
                _ => 0,
            })
            .sum();
        assert!((15 << 20..=16 << 20).contains(&bytes), "{bytes}");
        let floods = seen.iter().filter(|event| matches!(event, Event::Flooded { stream: Stream::Upstream, .. }));
        assert_eq!(floods.count(), 1);
        assert_eq!(seen.last(), Some(&Event::UpstreamEnded { process: 1, code: Some(0) }));
    });
    Ok(())
}

fn abandoned() -> Result<(), Failed> {
    wait(async {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).unwrap();
        let mut child = command(&upstream.argv(&[])).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdin.write_all(format!("{PING}\n").as_bytes()).await.unwrap();
        stdout.read_u8().await.unwrap();
        assert!(!upstream.close(std::time::Duration::from_millis(1)).await, "it still runs");
        stdin.write_all(format!("{PING}\n").as_bytes()).await.unwrap();
        assert_eq!(child.wait().await.unwrap().code(), Some(1));
    });
    Ok(())
}
