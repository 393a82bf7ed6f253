//! `mock-gateway watch` beside a running gateway: plain where there is no terminal, by key where there
//! is one, and the terminal as it was afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::line_with;
use crate::running::{BIN, PATIENCE, Running, run};

const SCAN: &str = r#"{"tool_name":"sl\u001b[2Jack","method":"POST","url":"https://a.example/x"}"#;

fn lines(stdout: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

/// Ends with the test.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Watching {
    fn ends(&mut self) -> Option<i32> {
        let started = std::time::Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait().expect("a child of ours") {
                return status.code();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("still watching");
    }
}

#[cfg(unix)]
#[test]
fn without_a_terminal_it_follows_plainly_and_ends_with_the_gateway() {
    let mut running = Running::start(&["deny", "--admin"]);
    let variables = running.admin();
    running.scan("/v1/scan", "iv_test_1", SCAN);
    let mut command = Command::new(BIN);
    command.arg("watch").envs(variables).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watching = Watching(command.spawn().expect("it starts"));
    let seen = lines(watching.0.stdout.take().expect("stdout is piped"));
    let first = line_with(&seen, "#1 ");
    assert!(
        first.ends_with(r"DENY             sl\u{1b}[2Jack POST https://a.example/x (rule 1, reply 1)"),
        "{first:?}"
    );
    running.scan("/v1/scan", "iv_test_1", SCAN);
    let second = line_with(&seen, "#2 ");
    assert!(!second.contains('\u{1b}') && !second.contains("iv_test_1"), "{second:?}");
    assert_eq!(running.stop("-TERM").0, Some(0));
    line_with(&seen, "the gateway has ended");
    assert_eq!(watching.ends(), Some(0));
}

#[test]
fn what_it_cannot_watch_is_said_with_what_to_do() {
    for (arguments, code, words) in [
        (&["watch"][..], 2, "which gateway? give it, or set MOCK_GATEWAY_ADMIN_URL"),
        (&["watch", "localhost", "--token", "secret"], 2, "write it as it was printed"),
        (&["watch", "http://127.0.0.1:1", "--token", "secret"], 3, "start one with mock-gateway --admin"),
    ] {
        let (got, stdout, stderr) = run(arguments);
        assert_eq!((got, stdout.as_str()), (code, ""), "{stderr}");
        assert!(stderr.contains(words) && !stderr.contains("secret"), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_wrong_token_is_bad_input() {
    let mut running = Running::start(&["allow", "--admin"]);
    let [(_, url), _] = running.admin();
    let (code, stdout, stderr) = run(&["watch", &url, "--token", "of-another-gateway"]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("token") && !stderr.contains("of-another-gateway"), "{stderr}");
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[cfg(target_os = "linux")]
mod by_key {
    use std::fs::File;
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Termios, tcgetattr};

    use super::*;

    /// Both ends of a terminal.
    fn terminal() -> (File, File) {
        let ours: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal of ours");
        let path = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("UTF-8");
        let theirs = File::options().read(true).write(true).open(path).expect("its other end");
        (ours.into(), theirs)
    }

    fn modes(terminal: &File) -> String {
        let Termios { input_modes, output_modes, control_modes, local_modes, .. } =
            tcgetattr(terminal).expect("a terminal");
        format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?}")
    }

    fn watching(variables: [(&'static str, String); 2], colour: bool) -> (Watching, File, File, Receiver<String>) {
        let (ours, theirs) = terminal();
        let end = || Stdio::from(theirs.try_clone().expect("a descriptor"));
        let mut command = Command::new(BIN);
        command.arg("watch").envs(variables).env("TERM", "xterm");
        // As https://no-color.org has it: empty is as good as unset.
        command.env("NO_COLOR", if colour { "" } else { "1" });
        let child = command.stdin(end()).stdout(end()).stderr(Stdio::null()).spawn().expect("it starts");
        let seen = lines(ours.try_clone().expect("a descriptor"));
        (Watching(child), ours, theirs, seen)
    }

    #[test]
    fn approvals_are_decided_and_the_terminal_is_as_it_was() {
        let mut running = Running::start(&["require-approval", "--admin"]);
        let variables = running.admin();
        let (_open, probe) = terminal();
        let before = modes(&probe);
        let (mut watch, mut keys, theirs, seen) = watching(variables, true);
        running.scan("/v1/scan", "k", SCAN);
        let line = line_with(&seen, "REQUIRE_APPROVAL");
        assert!(line.contains("\u{1b}[1m\u{1b}[33mREQUIRE_APPROVAL"), "in colour: {line:?}");
        assert_ne!(modes(&theirs), before, "keys come without Enter");
        // The keys come when the number is on the screen, which a line of ours follows.
        let mut answer = String::new();
        let started = std::time::Instant::now();
        while !answer.contains("RECENT_APPROVAL_GRANT") && started.elapsed() < PATIENCE {
            write!(keys, "a1").unwrap();
            answer = running.scan("/v1/scan", "k", SCAN);
        }
        assert!(answer.contains("RECENT_APPROVAL_GRANT"), "{answer}");
        line_with(&seen, r"1 is approved sl\u{1b}[2Jack POST https://a.example/x");
        write!(keys, "o").unwrap();
        let link = line_with(&seen, "opens the console once: http://127.0.0.1:");
        assert!(link.contains("/console/#open="), "{link:?}");
        write!(keys, "q").unwrap();
        assert_eq!(watch.ends(), Some(0));
        assert_eq!(modes(&theirs), before, "the terminal is as it was");
        assert_eq!(running.stop("-TERM").0, Some(0));
    }

    #[test]
    fn a_signal_leaves_the_terminal_as_it_was() {
        let mut running = Running::start(&["allow", "--admin"]);
        let variables = running.admin();
        let (_open, probe) = terminal();
        let before = modes(&probe);
        let (mut watch, _keys, theirs, seen) = watching(variables, true);
        line_with(&seen, "watching http://");
        assert_ne!(modes(&theirs), before);
        let sent = Command::new("kill").args(["-TERM", &watch.0.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        assert_eq!(watch.ends(), Some(0));
        assert_eq!(modes(&theirs), before);
        assert_eq!(running.stop("-TERM").0, Some(0));
    }
    #[test]
    fn without_colour_the_last_line_still_gives_way_to_the_next() {
        let mut running = Running::start(&["allow", "--admin"]);
        let variables = running.admin();
        let (mut watch, mut keys, _theirs, seen) = watching(variables, false);
        running.scan("/v1/scan", "k", SCAN);
        let line = line_with(&seen, "ALLOW ");
        let shown = line.strip_prefix("\r\u{1b}[2K").and_then(|_| line.rsplit("\r\u{1b}[2K").next());
        assert!(shown.is_some_and(|shown| !shown.contains('\u{1b}') && shown.contains("ALLOW ")), "{line:?}");
        write!(keys, "q").unwrap();
        assert_eq!(watch.ends(), Some(0));
        assert_eq!(running.stop("-TERM").0, Some(0));
    }
}
