//! The three streams as clients really hand them over: sockets, files, pipes that do not wait, unread
//! or ended at any moment; and how much may stand on them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use assert_cmd::assert::OutputAssertExt as _;

use crate::session::{KEY, Session, guard};

#[test]
fn stdin_may_end_at_any_moment() {
    for start in [
        &[][..],
        &[r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#],
        &[r#"{"jsonrpc":"2.0","id":1,"result":{}}"#],
        &[r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#],
        &["garbage"],
    ] {
        let mut session = Session::start("http://127.0.0.1:9", &[]);
        for line in start {
            session.say(line);
        }
        assert_eq!(session.end().code, Some(0), "{start:?}");
    }
}

/// Clients on Node hand socket pairs over. One thread is enough for them, as for pipes.
#[cfg(target_os = "linux")]
#[test]
fn stdin_and_stdout_may_be_sockets() {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut guard = guard(&[("INTERVEN_API_KEY", KEY)])
        .stdin(std::os::fd::OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(std::os::fd::OwnedFd::from(theirs))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(ours.try_clone().unwrap()).lines();
    (&ours).write_all(b"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\"}\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), r#"{"jsonrpc":"2.0","id":0,"result":{}}"#);
    assert_eq!(std::fs::read_dir(format!("/proc/{}/task", guard.id())).unwrap().count(), 1);
    ours.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(guard.wait().unwrap().success());
    assert!(lines.next().is_none(), "stdout ends with the guard");
}

#[test]
fn stdin_and_stdout_may_be_files() {
    let folder = std::env::temp_dir().join(format!("mcp-guard-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (input, output) = (folder.join("in"), folder.join("out"));
    std::fs::write(&input, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\nunterminated").unwrap();
    guard(&[("INTERVEN_API_KEY", KEY)])
        .stdin(std::fs::File::open(&input).unwrap())
        .stdout(std::fs::File::create(&output).unwrap())
        .assert()
        .success();
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_client_that_never_reads_stderr_does_not_stop_the_guard() {
    let (unread, stderr) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut session = Session::start_with("http://127.0.0.1:9", &[], std::os::fd::OwnedFd::from(stderr).into());
    for _ in 0..3_000 {
        session.say("garbage");
        assert_eq!(session.hear()["error"]["code"], -32700);
    }
    let begun = Instant::now();
    assert_eq!(session.end().code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(unread);
}

#[cfg(unix)]
#[test]
fn lines_of_the_log_that_were_dropped_are_counted() {
    let (mut unread, stderr) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut session = Session::start_with("http://127.0.0.1:9", &[], std::os::fd::OwnedFd::from(stderr).into());
    for _ in 0..3_000 {
        session.say("garbage");
        session.hear();
    }
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        unread.read_to_string(&mut said).unwrap();
        said
    });
    session.end();
    let said = reader.join().unwrap();
    let count = |line: &str| {
        line.strip_prefix("mcp-guard: ")?
            .strip_suffix(" lines are missing here, since stderr was not read in time")?
            .parse::<usize>()
            .ok()
    };
    let missing: usize = said.lines().filter_map(count).sum();
    let shown = said.lines().filter(|line| line.contains("refused a message")).count();
    assert!(missing > 0);
    assert_eq!(missing + shown, 3_000);
}

/// A client that has given up reading may still hold stdout open.
#[test]
fn the_end_of_stdin_is_noticed_though_stdout_is_not_read() {
    let mut guard = guard(&[("INTERVEN_API_KEY", KEY)])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = guard.stdin.take().unwrap();
    stdin.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"0\"}}}\n").unwrap();
    for id in 1..2_000 {
        writeln!(stdin, r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list"}}"#).unwrap();
    }
    drop(stdin);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        if let Some(status) = guard.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    guard.kill().unwrap();
    guard.wait().unwrap();
    panic!("the guard lives on");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdin_that_fails_is_exit_1() {
    let output = guard(&[("INTERVEN_API_KEY", KEY)]).stdin(std::fs::File::open("/").unwrap()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("mcp-guard: stdin failed: "), "{stderr}");
}

/// Whatever shared the pipe with the guard may have made it non-blocking.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_that_does_not_wait_may_come_with_a_file() {
    let (input, mut client) = std::io::pipe().unwrap();
    rustix::fs::fcntl_setfl(&input, rustix::fs::OFlags::NONBLOCK).unwrap();
    let output = std::env::temp_dir().join(format!("mcp-guard-pipe-{}", std::process::id()));
    let mut guard = guard(&[("INTERVEN_API_KEY", KEY)])
        .stdin(input)
        .stdout(std::fs::File::create(&output).unwrap())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while std::fs::metadata(&output).unwrap().len() == 0 {
        assert_eq!(guard.try_wait().unwrap(), None, "the guard took an empty pipe for its end");
        client.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(client);
    assert!(guard.wait().unwrap().success());
    std::fs::remove_file(&output).unwrap();
}

/// The gateway hangs; the client goes on asking with bodies of its own size.
#[cfg(target_os = "linux")]
#[test]
fn calls_past_the_bound_are_refused_at_once_and_hold_no_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = format!("http://{}", listener.local_addr().unwrap());
    let mut session = Session::open(&gateway, &[("INTERVEN_FAIL_OPEN", "1")]);
    let body = format!("\"{}\"", "x".repeat(900_000));
    for id in 0..120 {
        session.scan(&id.to_string(), &body);
    }
    for _ in 0..46 {
        assert_eq!(session.hear()["error"]["code"], -32603);
    }
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}"#);
    session.scan("120", &body);
    assert!(session.is_silent(), "a cancelled call leaves its room to another");
    let status = std::fs::read_to_string(format!("/proc/{}/status", session.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 200_000, "{kilobytes} kB");
}
