//! The command itself: what it prints, what it refuses, how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const BIN: &str = env!("CARGO_BIN_EXE_mock-gateway");

/// How long a command that must end may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Runs the command to its end: exit code, stdout, stderr.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::new(BIN).args(arguments).timeout(PATIENCE).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("output in UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// A gateway that runs until it is told to stop.
struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    address: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(BIN)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut first = String::new();
        stdout.read_line(&mut first).expect("a first line");
        let address = first.trim().strip_prefix("mock-gateway listens on http://").expect(&first).to_owned();
        Self { child, stdout, address }
    }

    fn scan(&self, path: &str, key: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the gateway listens");
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("the gateway reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Sends a signal and waits: exit code, the rest of stdout, stderr.
    fn stop(mut self, signal: &str) -> (Option<i32>, String, String) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).expect("stdout in UTF-8");
        self.child.stderr.take().expect("stderr is piped").read_to_string(&mut stderr).expect("stderr in UTF-8");
        (self.child.wait().expect("an end").code(), stdout, stderr)
    }
}

#[test]
fn help_reads_like_a_page() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(help);
}

#[test]
fn help_names_every_bundled_scenario() {
    let (_, help, _) = run(&["-h"]);
    for (path, _) in guard_fixtures::scenarios() {
        assert!(help.contains(path.strip_suffix(".yaml").unwrap()), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn the_start_says_where_it_is_what_to_copy_and_how_it_decides() {
    let running = Running::start(&[]);
    let address = running.address.clone();
    let (code, stdout, stderr) = running.stop("-TERM");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(stdout.replace(&address, "ADDRESS"));
}

#[cfg(unix)]
#[test]
fn one_line_per_request_and_no_key_or_body_in_any() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.ndjson");
    let running = Running::start(&["--key", "iv_test_secret", "--journal", journal.to_str().unwrap()]);
    let scan = r#"{"method":"GET","url":"https://a.example/x","body":"sweet \"nothings\""}"#;
    assert!(running.scan("/v1/scan?q=hidden", "iv_test_secret", scan).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(running.scan("/v1/scan", "iv_test_wrong", scan).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    let (code, _, stderr) = running.stop("-INT");
    assert_eq!(code, Some(0));
    assert_eq!(stderr, "POST /v1/scan ALLOW (rule 4, reply 1)\nPOST /v1/scan 401 (built in)\n");

    let text = std::fs::read_to_string(&journal).unwrap();
    assert!(!text.contains("iv_test_"), "{text}");
    let events: Vec<_> =
        text.lines().map(|line| mock_gateway::json::Json::parse(line.as_bytes()).expect(line)).collect();
    let names: Vec<_> = events.iter().map(|event| event.get("event").and_then(|name| name.as_str()).unwrap()).collect();
    assert_eq!(names, ["arrived", "decided", "answered", "arrived", "decided", "answered"]);
    assert_eq!(events[0].get("body").and_then(|body| body.as_str()), Some(scan));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&journal).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_port_that_is_taken_is_said_so_with_a_way_out() {
    let running = Running::start(&["allow"]);
    let (code, stdout, stderr) = run(&["--listen", &running.address]);
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert!(stderr.starts_with(&format!("mock-gateway: cannot listen on {}: ", running.address)), "{stderr}");
    assert!(stderr.ends_with("; choose another address with --listen\n"), "{stderr}");
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[test]
fn other_machines_are_kept_out_unless_asked_in() {
    let (code, stdout, stderr) = run(&["--listen", "0.0.0.0:0"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!(stderr, @"mock-gateway: refusing to listen on 0.0.0.0:0, where other machines can reach it: add --allow-remote");
}

#[test]
fn what_is_no_scenario_is_refused_before_anything_starts() {
    let (code, stdout, stderr) = run(&["nothing"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!(stderr, @"mock-gateway: there is no scenario `nothing`: write the path of a YAML file, or one of allow, default, deny, require-approval, sanitize");

    let (code, _, stderr) = run(&["nowhere/none.yaml"]);
    assert_eq!(code, 2);
    assert!(stderr.starts_with("mock-gateway: cannot read scenario nowhere/none.yaml: "), "{stderr}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.yaml"), "rules:\n  - when: { tol: x }\n    then: { decision: DENY }\n")
        .unwrap();
    let output = assert_cmd::Command::new(BIN).arg("mine.yaml").current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}
