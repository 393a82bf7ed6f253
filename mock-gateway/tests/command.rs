//! The command itself: what it prints, what it refuses, how it ends.

mod operating;
mod running;
mod watching;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Command;

use running::{BIN, PATIENCE, Running, STOP, run};

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

#[test]
fn shells_and_packagers_get_what_the_options_are() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, script, _) = run(&["completions", shell]);
        assert!(code == 0 && script.contains("mock-gateway") && script.contains("allow-remote"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, _) = run(&["man", "--out", folder.path().to_str().unwrap()]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    let page = std::fs::read_to_string(folder.path().join("mock-gateway.1")).unwrap();
    assert!(page.contains("\\-\\-allow\\-remote") && page.contains("Exit codes:"), "{page}");
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
    assert_eq!(stderr, "POST /v1/scan ALLOW (rule 5, reply 1)\nPOST /v1/scan 401 (built in)\n");

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

/// The number before ` events` or ` lines` in the gateway's own notes.
fn counted(stderr: &str, what: &str) -> usize {
    let notes = stderr.lines().filter_map(|line| line.strip_prefix("mock-gateway: ")?.split_once(what));
    notes.map(|(number, _)| number.parse::<usize>().expect("a number")).sum()
}

#[cfg(unix)]
#[test]
fn a_stderr_that_nobody_reads_costs_lines_and_neither_answers_nor_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.ndjson");
    let mut running = Running::start(&["--journal", journal.to_str().unwrap()]);
    running.ask(200);
    let (code, took) = running.terminate();
    assert_eq!(code, Some(0));
    assert!(took < STOP, "{took:?}");
    assert_eq!(std::fs::read_to_string(&journal).unwrap().lines().count(), 3 * 200);
}

#[cfg(unix)]
#[test]
fn a_greeting_that_nobody_reads_to_its_end_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("long.yaml");
    let rule = "  - { when: { tool_name: a_tool_of_a_long_scenario }, then: { decision: DENY } }\n";
    std::fs::write(&scenario, format!("rules:\n{}", rule.repeat(4_000))).unwrap();
    let mut running = Running::start(&[scenario.to_str().unwrap()]);
    running.ask(1);
    let (code, took) = running.terminate();
    assert_eq!(code, Some(0));
    assert!(took < STOP, "{took:?}");
}

#[cfg(unix)]
#[test]
fn lines_left_out_are_counted_once_stderr_is_read_again() {
    let mut running = Running::start(&[]);
    running.ask(200);
    let (sender, lines) = std::sync::mpsc::channel();
    let stderr = BufReader::new(running.child.stderr.take().expect("stderr is piped"));
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let (mut written, mut left_out) = (0, 0);
    while written + left_out < 200 {
        let line = lines.recv_timeout(PATIENCE).expect("200 lines, written or counted");
        written += usize::from(line.ends_with("404 (built in)"));
        left_out += counted(&line, " lines left out here");
    }
    assert!(written > 0 && left_out > 0, "{written} {left_out}");
    assert_eq!((written + left_out, running.terminate().0), (200, Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_takes_nothing_holds_up_no_answer_and_what_it_lacks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("journal");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    // Linux opens a named pipe for both sides at once, so that the gateway finds a reader.
    let mut reader = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let mut running = Running::start(&["--journal", pipe.to_str().unwrap()]);
    let stderr = running.stderr();
    running.ask(100);
    let (code, took) = running.terminate();
    assert_eq!(code, Some(0));
    assert!(took < STOP, "{took:?}");
    let mut taken = vec![0; 1024 * 1024];
    let length = reader.read(&mut taken).unwrap();
    let whole = taken[..length].iter().filter(|byte| **byte == b'\n').count();
    let missing = counted(&stderr.join().unwrap(), " events did not reach the journal file");
    assert!(missing > 0 && whole > 0, "{missing} {whole}");
    assert_eq!(missing + whole, 3 * 100);
}

#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_written_ends_and_the_gateway_does_not() {
    let running = Running::start(&["--journal", "/dev/full"]);
    running.ask(2);
    let (code, _, stderr) = running.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(stderr.contains("mock-gateway: the journal ends here, it cannot be written: "), "{stderr}");
    assert_eq!(counted(&stderr, " events did not reach the journal file"), 6);
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

#[cfg(unix)]
#[test]
fn whom_to_trust_is_written_before_the_gateway_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let ca = path.to_str().unwrap();
    let mut seen = Vec::new();
    for _run in 0..2 {
        let running = Running::start(&["--tls", "expired", "--tls-ca", ca]);
        seen.push(std::fs::read_to_string(&path).unwrap());
        let (code, stdout, _) = running.stop("-TERM");
        assert!(code == Some(0) && stdout.contains("INTERVEN_GATEWAY_URL=https://127.0.0.1:"), "{stdout}");
    }
    assert!(seen[0].starts_with("-----BEGIN CERTIFICATE-----") && !seen[0].contains("PRIVATE"), "{}", seen[0]);
    assert_ne!(seen[0], seen[1], "a new one in every run");

    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--tls", "good", "--tls-ca", "/nowhere/ca.pem"]);
    assert_eq!(code, 3);
    assert!(stderr.starts_with("mock-gateway: cannot write --tls-ca /nowhere/ca.pem: "), "{stderr}");
    assert_eq!(run(&["--tls-ca", ca]).0, 2, "there is nobody to trust without --tls");
}

#[test]
fn other_machines_are_kept_out_unless_asked_in() {
    let (code, stdout, stderr) = run(&["--listen", "0.0.0.0:0"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!(stderr, @"mock-gateway: refusing to listen on 0.0.0.0:0, where other machines can reach it: add --allow-remote");
}

#[test]
fn a_key_that_is_no_token_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    for key in ["", " ", "iv_test 1", "iv_test_1\n", "iv_test_\u{7f}", "iv_test_\u{e9}"] {
        let (code, stdout, stderr) =
            run(&["--listen", "127.0.0.1:0", "--key", key, "--journal", journal.to_str().unwrap()]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{key:?} {stderr}");
        assert!(stderr.starts_with("mock-gateway: cannot use --key: "), "{stderr}");
        assert!(!stderr.contains("iv_test_\u{7f}") && !stderr.contains("iv_test 1"), "{stderr}");
    }
    assert!(!journal.exists(), "refused before anything is written");
}

#[test]
fn what_is_no_scenario_is_refused_before_anything_starts() {
    let (code, stdout, stderr) = run(&["nothing"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!(stderr, @"mock-gateway: there is no scenario `nothing`: write the path of a YAML file, or one of allow, approval-desk, default, deny, flaky, outage, rate-limited, require-approval, sanitize, slow");

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

#[test]
fn the_fidelity_table_lists_every_behaviour_under_its_mark() {
    let (code, stdout, stderr) = run(&["fidelity"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for behaviour in mock_gateway::fidelity::behaviours() {
        assert!(
            stdout.contains(&format!("  {} ", behaviour.id)) && stdout.contains(behaviour.text),
            "{}",
            behaviour.id
        );
    }
    let heads: Vec<_> = stdout
        .lines()
        .filter(|line| line.ends_with("so") || line.ends_with("it") || line.ends_with("reading"))
        .collect();
    assert!(heads.len() >= 4 && heads[0].starts_with("seed ("), "{stdout}");
    let count = mock_gateway::fidelity::behaviours().count();
    assert!(stdout.ends_with(&format!(" of {count} behaviours are assumed.\n")), "{stdout}");
    assert_eq!(run(&["fidelity", "--key", "k"]).0, 2);
}

/// Reads lines of a gateway's stderr until one has this text.
fn line_with(lines: &std::sync::mpsc::Receiver<String>, text: &str) -> String {
    let mut seen = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(text) => return line,
            Ok(line) => seen.push(line),
            Err(_) => panic!("no line with {text:?} in {seen:#?}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn a_changed_scenario_is_taken_over_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    let rules = |decision: &str| format!("rules:\n  - then: {{ decision: {decision} }}\n");
    std::fs::write(&path, rules("DENY")).unwrap();
    let mut running = Running::start(&[path.to_str().unwrap()]);
    let stderr = BufReader::new(running.child.stderr.take().expect("stderr is piped"));
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let scan = r#"{"method":"GET","url":"https://a.example/x"}"#;
    let decides = |decision: &str| {
        let answer = running.scan("/v1/scan", "k", scan);
        assert!(answer.contains(&format!(r#""decision":"{decision}""#)), "{answer}");
    };
    decides("DENY");
    std::fs::write(&path, rules("ALLOW")).unwrap();
    line_with(&lines, "mine.yaml has changed, and its rules are in force");
    decides("ALLOW");
    std::fs::write(&path, "rules:\n  - then: { decison: SANITIZE }\n").unwrap();
    let said = line_with(&lines, "the rules stay as they were");
    assert!(said.contains("line 2 column 13: unknown field `decison`, expected one of decision"), "{said}");
    decides("ALLOW");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, rules("SANITIZE")).unwrap();
    line_with(&lines, "its rules are in force");
    decides("SANITIZE");
    assert_eq!(running.terminate().0, Some(0));
}

#[cfg(unix)]
#[test]
fn a_session_is_exported_and_starts_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.yaml");
    let export = path.to_str().unwrap();
    let running = Running::start(&["--export", export]);
    let scan = r#"{"method":"GET","url":"https://a.example/x","body":{"key":"iv_live_12345678"}}"#;
    let answer = running.scan("/v1/scan", "k", scan);
    assert_eq!(running.stop("-TERM").0, Some(0));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# What a mock gateway answered") && !text.contains("iv_live_"), "{text}");
    let again = Running::start(&[export]);
    let body = |answer: &str| answer.split("\r\n\r\n").nth(1).map(str::to_owned);
    assert_eq!(body(&again.scan("/v1/scan", "k", scan)), body(&answer));
    assert_eq!(again.stop("-TERM").0, Some(0));

    let running = Running::start(&["--export", "/nowhere/session.yaml"]);
    let (code, _, stderr) = running.stop("-TERM");
    assert_eq!(code, Some(3));
    assert!(stderr.contains("mock-gateway: cannot write the session to /nowhere/session.yaml: "), "{stderr}");
}
