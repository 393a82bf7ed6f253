//! The command as its operator uses it: by the admin API, with the token that was printed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mock_gateway::json::Json;

use crate::running::{Running, run};

const SCAN: &str = r#"{"method":"POST","url":"https://a.example/x","body":{"n":1}}"#;

/// What the greeting gave: the address before the paths, and the token.
struct Desk {
    address: String,
    token: String,
}

impl Desk {
    /// Reads both where a person would.
    fn of(running: &mut Running) -> Self {
        let [(_, url), (_, token)] = running.admin();
        let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/admin/v1")).expect(&url);
        Self { address: address.to_owned(), token }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Json) {
        let Self { address, token } = self;
        let mut stream = TcpStream::connect(address).expect("the admin API listens");
        let length = body.len();
        write!(
            stream,
            "{method} /admin/v1{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, Json::parse(body.as_bytes()).expect(body))
    }
}

fn text<'a>(json: &'a Json, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("{pointer} in {json}"))
}

fn decides(running: &Running, decision: &str) {
    let answer = running.scan("/v1/scan", "k", SCAN);
    assert!(answer.contains(&format!(r#""decision":"{decision}""#)), "{decision}: {answer}");
}

#[cfg(unix)]
#[test]
fn an_analyst_approves_time_passes_and_another_scenario_comes_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.ndjson");
    let mut running = Running::start(&["require-approval", "--admin", "--journal", journal.to_str().unwrap()]);
    let desk = Desk::of(&mut running);
    assert_eq!(desk.token.len(), 64);
    decides(&running, "REQUIRE_APPROVAL");
    let (_, pending) = desk.ask("GET", "/approvals?status=pending", "");
    let id = text(&pending, "/approvals/0/approval_id");
    assert_eq!(desk.ask("POST", &format!("/approvals/{id}/approve"), r#"{"note":"fine"}"#).0, 200);
    decides(&running, "ALLOW");
    assert_eq!(desk.ask("POST", "/clock/advance", r#"{"by":"10m"}"#).0, 200);
    decides(&running, "REQUIRE_APPROVAL");
    assert_eq!(desk.ask("PUT", "/scenario", r#"{"bundled":"deny"}"#).0, 200);
    decides(&running, "DENY");
    let (status, fault) = desk.ask("PUT", "/scenario", r#"{"yaml":"rules:\n - then: { decide: DENY }"}"#);
    assert_eq!((status, fault.get("line")), (422, Some(&Json::Number("2".to_owned()))));
    decides(&running, "DENY");
    let (_, state) = desk.ask("GET", "/state", "");
    assert_eq!(state.get("requests"), Some(&Json::Number("5".to_owned())));
    let token = desk.token.clone();
    let (code, rest, stderr) = running.stop("-TERM");
    assert_eq!(code, Some(0));
    let written = std::fs::read_to_string(&journal).unwrap();
    for log in [&rest, &stderr, &written] {
        assert!(!log.contains(&token) && !log.contains("/admin/"), "{log}");
    }
    assert_eq!(stderr.lines().count(), 5, "{stderr}");
}

#[cfg(unix)]
#[test]
fn the_token_is_new_in_every_run_unless_the_environment_sets_it() {
    let desk = || Desk::of(&mut Running::start(&["--admin=127.0.0.1:0"])).token;
    assert_ne!(desk(), desk());

    let set = "set-by-the-environment";
    let mut running = Running::start_with(&["--admin"], &[("MOCK_GATEWAY_ADMIN_TOKEN", set)]);
    let greeting = running.greeting("/admin/v1/approvals");
    assert!(!greeting.contains(set) && !greeting.contains("export MOCK_GATEWAY_ADMIN_TOKEN"), "{greeting}");
    let address = greeting.split("MOCK_GATEWAY_ADMIN_URL=http://").nth(1).and_then(|rest| rest.split("/admin").next());
    let desk = Desk { address: address.expect(&greeting).to_owned(), token: set.to_owned() };
    assert_eq!(desk.ask("GET", "/state", "").0, 200);
    let wrong = Desk { token: "set-by-somebody-else".to_owned(), ..desk };
    assert_eq!(wrong.ask("GET", "/state", "").0, 401);
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[test]
fn there_is_no_admin_api_unless_asked_for_and_none_for_other_machines() {
    let mut running = Running::start(&[]);
    let greeting = running.greeting("mock-gateway fidelity");
    assert!(!greeting.to_lowercase().contains("admin"), "{greeting}");

    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--admin=0.0.0.0:0"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("refusing to listen on 0.0.0.0:0, where other machines can reach it"), "{stderr}");
    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", &format!("--admin={}", running.address)]);
    assert_eq!(code, 3);
    let due = format!("mock-gateway: cannot listen on {} for the admin API: ", running.address);
    assert!(
        stderr.starts_with(&due) && stderr.ends_with("; choose another address with --admin=ADDRESS\n"),
        "{stderr}"
    );
}

#[test]
fn a_token_that_could_be_guessed_is_refused_and_not_shown() {
    let command = || assert_cmd::Command::new(crate::running::BIN);
    for token in ["", "hunter2", "sixteen letters or more", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
        let mut command = command();
        let output = command.args(["--listen", "127.0.0.1:0", "--admin"]).env("MOCK_GATEWAY_ADMIN_TOKEN", token);
        let output = output.timeout(crate::running::PATIENCE).output().expect("the command starts");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{stderr}");
        assert!(stderr.starts_with("mock-gateway: cannot use MOCK_GATEWAY_ADMIN_TOKEN: "), "{stderr}");
        assert!(token.is_empty() || !stderr.contains(token), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_scenario_file_that_went_wrong_is_told_until_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    std::fs::write(&path, "rules: [{ then: { decision: DENY } }]\n").unwrap();
    let mut running = Running::start(&[path.to_str().unwrap(), "--admin"]);
    let desk = Desk::of(&mut running);
    let once = |fits: &dyn Fn(&Json) -> bool| {
        let started = std::time::Instant::now();
        loop {
            let (_, state) = desk.ask("GET", "/state", "");
            if fits(&state) {
                return state;
            }
            assert!(started.elapsed() < crate::PATIENCE, "{state}");
        }
    };
    let fault = |state: &Json| state.get("scenario_fault").and_then(Json::as_str).map(str::to_owned);
    let state = once(&|_| true);
    assert_eq!((text(&state, "/scenario"), fault(&state)), (path.to_str().unwrap(), None));
    std::fs::write(&path, "rules:\n  - then: { decison: ALLOW }\n").unwrap();
    let said = fault(&once(&|state| fault(state).is_some())).unwrap();
    assert!(said.contains("line 2 column 13: unknown field `decison`"), "{said}");
    decides(&running, "DENY");
    assert_eq!(desk.ask("POST", "/reset", "").0, 200);
    assert_eq!(fault(&once(&|_| true)), Some(said), "the file is as wrong as before");
    std::fs::write(&path, "rules: [{ then: { decision: ALLOW } }]\n").unwrap();
    once(&|state| fault(state).is_none());
    decides(&running, "ALLOW");
    std::fs::write(&path, "rules: 7\n").unwrap();
    once(&|state| fault(state).is_some());
    assert_eq!(desk.ask("PUT", "/scenario", r#"{"bundled":"deny"}"#).0, 200);
    let state = once(&|_| true);
    assert_eq!((text(&state, "/scenario"), fault(&state)), ("deny", None));
    assert_eq!(running.stop("-TERM").0, Some(0));
}
