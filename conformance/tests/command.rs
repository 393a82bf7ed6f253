//! The command as a person meets it: help, lists, explanations, and what bad input and broken guards
//! get. Every exit code is seen here.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

fn guard_conformance(words: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("guard-conformance").unwrap();
    command.args(words).env("NO_COLOR", "1").env("COLUMNS", "100").timeout(Duration::from_secs(60)).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// A folder with one file in it.
fn folder(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    folder
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn help_reads_like_a_page() {
    insta::assert_snapshot!("help", stdout(&guard_conformance(&["--help"]).code(0)));
    insta::assert_snapshot!("help_run", stdout(&guard_conformance(&["run", "--help"]).code(0)));
}

#[test]
fn a_wrong_word_is_bad_input() {
    let run = guard_conformance(&["run", "--strickt"]).code(2);
    assert!(stderr(&run).contains("--strict"), "{}", stderr(&run));
}

#[test]
fn cases_are_listed_with_what_they_ask_for() {
    insta::assert_snapshot!("list_approval", stdout(&guard_conformance(&["list", "--case", "approval/*"]).code(0)));
    let all = stdout(&guard_conformance(&["list"]).code(0));
    assert_eq!(all.lines().count(), guard_fixtures::cases().len());
}

#[test]
fn a_case_and_a_finding_are_explained() {
    insta::assert_snapshot!("explain", stdout(&guard_conformance(&["explain", "failure/hang"]).code(0)));
    let finding = stdout(&guard_conformance(&["explain", "key-leaked"]).code(0));
    assert!(finding.starts_with("key-leaked: "), "{finding}");
    let unknown = guard_conformance(&["explain", "scan/nothing"]).code(2);
    assert!(stderr(&unknown).contains("there is no case and no finding `scan/nothing`"), "{}", stderr(&unknown));
}

#[test]
fn a_malformed_case_is_shown_where_it_is_wrong() {
    let cases = folder(
        "scan/mine.yaml",
        "requirement: scan.deny\nsince: 1\nwhy: because\nsteps:\n  - scan: { url: u, bodi: {} }\ncaught_by: [{ sin: s, finding: no-answer }]\n",
    );
    let run = guard_conformance(&["list", "--cases", &text(cases.path())]).code(2);
    let error = stderr(&run).replace(&text(cases.path()), "CASES");
    insta::assert_snapshot!("malformed_case", error);
}

#[test]
fn what_a_case_cannot_mean_is_refused() {
    let case = |body: &str| {
        let cases = folder("a/b.yaml", &format!("since: 1\nwhy: because\n{body}\n"));
        let run = guard_conformance(&["list", "--cases", &text(cases.path())]).code(2);
        stderr(&run)
    };
    let pair = "caught_by: [{ sin: s, finding: no-answer }]";
    let steps = "steps: [{ stdin: close }]";
    for (body, complaint) in [
        (format!("requirement: no.such\n{steps}\n{pair}"), "requirement `no.such` does not stand in requirements.yaml"),
        (format!("requirement: scan.deny\n{pair}"), "a case needs `steps`"),
        (format!("requirement: scan.deny\n{steps}\ncaught_by: []"), "`caught_by` is empty"),
        (format!("requirement: scan.deny\n{steps}\nstanding: one-answer\n{pair}"), "not both"),
        (format!("requirement: scan.deny\nstanding: one-answer\n{pair}"), "needs `on`"),
    ] {
        assert!(case(&body).contains(complaint), "{body}\n{}", case(&body));
    }
}

#[test]
fn a_malformed_manifest_is_shown_where_it_is_wrong() {
    let manifest = folder("guard.yaml", "name: mine\ncommand:\n  scan: [guard]\nversion: [1]\n");
    let path = text(&manifest.path().join("guard.yaml"));
    let run = guard_conformance(&["run", "--manifest", &path]).code(2);
    insta::assert_snapshot!("malformed_manifest", stderr(&run).replace(&path, "guard.yaml"));
    let run = guard_conformance(&["run", "--manifest", "no/such/guard.yaml"]).code(2);
    assert!(stderr(&run).contains("cannot read no/such/guard.yaml"), "{}", stderr(&run));
}

#[test]
fn a_known_failure_says_what_why_and_until_when() {
    let manifest = |entry: &str| {
        let text = format!("name: mine\ncommand: {{ scan: [guard] }}\nknown_failures:\n  - {entry}\n");
        let folder = folder("guard.yaml", &text);
        stderr(&guard_conformance(&["run", "--manifest", &text_of(&folder)]).code(2))
    };
    for (entry, place, complaint) in [
        ("{ case: scan/deny, finding: denial-is-error, reason: ' ' }", "4:", "a known failure needs a reason"),
        ("{ case: scan/deny, finding: denial-is-error }", "4:", "missing field `reason`"),
        ("{ case: scan/deny, finding: denial, reason: r }", "4:", "unknown variant `denial`"),
        (
            "{ case: scan/deny, finding: denial-is-error, reason: r, expires: 2027-02-30 }",
            "4:",
            "`2027-02-30` is no day",
        ),
        ("{ case: scan/deny, finding: denial-is-error, reason: r, expires: soon }", "4:", "write it as 2027-03-31"),
        ("{ case: 'scan/[', finding: denial-is-error, reason: r }", "4:", "`scan/[` is no pattern"),
        ("{ case: scan/deny, finding: denial-is-error, reason: r, sometimes: true }", "", "say when it `expires`"),
        ("{ case: 'scan/*', finding: decision-escalated, reason: r }", "", "must name one case, not `scan/*`"),
    ] {
        let error = manifest(entry);
        assert!(error.contains(complaint) && error.contains(&format!("guard.yaml:{place}")), "{entry}\n{error}");
    }
}

/// The manifest in a folder.
fn text_of(folder: &tempfile::TempDir) -> String {
    text(&folder.path().join("guard.yaml"))
}

#[test]
fn a_command_that_does_not_exist_is_said_as_such() {
    let run = guard_conformance(&["run", "--", "no-such-guard-anywhere"]).code(3);
    assert!(stderr(&run).contains("cannot start `no-such-guard-anywhere`"), "{}", stderr(&run));
}

#[cfg(unix)]
#[test]
fn a_guard_that_dies_at_once_is_quoted() {
    let began = Instant::now();
    let run = guard_conformance(&["run", "--", "sh", "-c", "echo no config found >&2; exit 9"]).code(3);
    let error = stderr(&run);
    assert!(
        error.contains("opens no MCP session in 2025-11-25: ended with exit code 9; stderr: no config found"),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(15), "it must not wait for a guard that has gone");
}

#[cfg(unix)]
#[test]
fn a_clients_own_file_is_launched_without_the_users_secrets() {
    let settings = folder(
        "mcp.json",
        r#"{ "mcpServers": { "mine": { "command": "sh",
            "args": ["-c", "echo [$SLACK_TOKEN] [$MODE] $LOG_LEVEL $INTERVEN_API_KEY $INTERVEN_GATEWAY_URL $HOME >&2; exit 9"],
            "env": { "INTERVEN_API_KEY": "iv_live_of_the_user", "INTERVEN_GATEWAY_URL": "https://gw.example",
                     "SLACK_TOKEN": "xoxb-of-the-user", "MODE": "strict", "LOG_LEVEL": "debug",
                     "HOME": "/home/of_the_user" }, // as the user has it
        } } }"#,
    );
    let path = text(&settings.path().join("mcp.json"));
    let run = guard_conformance(&["run", "--client-config", &path, "--server", "mine"]).code(3);
    let error = stderr(&run);
    assert!(error.contains("SLACK_TOKEN is not passed on: it could be a secret"), "{error}");
    assert!(error.contains("MODE is not passed on: it is not known to be harmless; a manifest can pass it"), "{error}");
    assert!(error.contains("HOME is not passed on: the harness gives the guard one of its own"), "{error}");
    assert!(error.contains("[] [] debug iv_live_") && error.contains(" http://127.0.0.1:"), "{error}");
    assert!(!error.contains("of_the_user") && !error.contains("xoxb") && !error.contains("strict"), "{error}");
    let run = guard_conformance(&["run", "--client-config", &path, "--server", "other"]).code(2);
    assert!(stderr(&run).contains("has no server `other`; it has mine"), "{}", stderr(&run));
    guard_conformance(&["run", "--client-config", &path]).code(2);
}

#[test]
fn a_clients_own_file_that_would_give_a_secret_away_starts_nothing() {
    for (server, complaint) in [
        (r#"{"command":"sh","args":["-c","exit 9","-e","DB_PASSWORD=hunter2"]}"#, "argument 4 is refused: it could be"),
        (r#"{"command":"ssh","args":["hunter2"]}"#, "`command` is refused: it leads off this machine"),
    ] {
        let settings = folder("mcp.json", &format!(r#"{{"context_servers":{{}},"mcpServers":{{"mine":{server}}}}}"#));
        let report = settings.path().join("report.json");
        let path = text(&settings.path().join("mcp.json"));
        let words = ["run", "--client-config", &path, "--server", "mine", "--json", &text(&report)];
        let error = stderr(&guard_conformance(&words).code(2));
        assert!(error.contains(complaint) && !error.contains("hunter2"), "{error}");
        assert!(!report.exists(), "nothing of the file may reach a report");
    }
}

#[test]
fn a_version_that_is_none_or_was_not_declared_is_bad_input() {
    let run = guard_conformance(&["run", "--mcp", "2023-01-01", "--", "true"]).code(2);
    assert!(stderr(&run).contains("`2023-01-01` is no version of MCP; there are 2024-11-05"), "{}", stderr(&run));
    let manifest = folder("guard.yaml", "name: mine\ncommand: { scan: [no-such-guard] }\n");
    let path = text(&manifest.path().join("guard.yaml"));
    let run = guard_conformance(&["run", "--manifest", &path, "--mcp", "2026-07-28"]).code(2);
    assert!(stderr(&run).contains("the manifest of mine does not declare MCP 2026-07-28"), "{}", stderr(&run));
}

#[cfg(unix)]
#[test]
fn set_up_runs_only_when_it_is_trusted_and_its_failure_is_told_apart() {
    let manifest = folder(
        "guard.yaml",
        "name: mine\nsetup: [[sh, -c, 'echo made; exit 7']]\ncommand: { scan: [no-such-guard] }\n",
    );
    let path = text(&manifest.path().join("guard.yaml"));
    let untrusted = guard_conformance(&["run", "--manifest", &path]).code(3);
    assert!(stderr(&untrusted).contains("set-up was not run; give --setup"), "{}", stderr(&untrusted));
    assert!(!stderr(&untrusted).contains("made"), "{}", stderr(&untrusted));
    let trusted = guard_conformance(&["run", "--setup", "--manifest", &path]).code(3);
    assert!(stderr(&trusted).contains("set-up: sh -c"), "it is printed first: {}", stderr(&trusted));
    assert!(stderr(&trusted).contains("set-up of mine failed"), "{}", stderr(&trusted));
    assert_eq!(stdout(&trusted), "", "what set-up says is no result");
}

#[cfg(unix)]
#[test]
fn what_set_up_makes_is_found_by_the_command() {
    let make = "[sh, -c, 'mkdir made; echo \"exit 9\" > made/guard.sh']";
    let manifest =
        folder("guard.yaml", &format!("name: mine\nsetup: [{make}]\ncommand: {{ scan: [sh, made/guard.sh] }}\n"));
    let path = text(&manifest.path().join("guard.yaml"));
    let run = guard_conformance(&["run", "--setup", "--manifest", &path]).code(3);
    assert!(stderr(&run).contains("exit code 9"), "it runs, from its own folder: {}", stderr(&run));
}

#[test]
fn nothing_selected_is_no_success() {
    let run = guard_conformance(&["run", "--case", "nothing/*", "--", "true"]).code(4);
    assert!(stderr(&run).contains("fits --case nothing/*"), "{}", stderr(&run));
    guard_conformance(&["list", "--case", "nothing/*"]).code(4);
}

#[test]
fn a_recording_that_cannot_be_used_is_told_with_its_line() {
    let recordings = folder("a.jsonl", "{\"recording\": 1}\n");
    let path = text(&recordings.path().join("a.jsonl"));
    for words in [["replay", &path], ["judge", &path]] {
        let error = stderr(&guard_conformance(&words).code(2));
        assert!(error.contains("a.jsonl:1: not a line of a recording: missing field `case`"), "{error}");
    }
    guard_conformance(&["replay", "no-such-file"]).code(2);
    let empty = folder("readme.txt", "");
    let error = stderr(&guard_conformance(&["judge", &text(empty.path())]).code(4));
    assert!(error.contains("no recording (*.jsonl) in"), "{error}");
}

#[test]
fn a_part_that_is_none_or_a_report_that_is_no_part_is_bad_input() {
    let error = stderr(&guard_conformance(&["run", "--partition", "3/2", "--", "true"]).code(2));
    assert!(error.contains("`3/2` is no part; write the second of five as 2/5"), "{error}");
    let error = stderr(&guard_conformance(&["run", "--case", "scan/deny", "--partition", "2/2", "--", "true"]).code(4));
    assert!(error.contains("part 2/2 of 1 cases is empty"), "{error}");
    let reports = folder("a.json", "{}");
    let error = stderr(&guard_conformance(&["merge", &text(&reports.path().join("a.json"))]).code(2));
    assert!(error.contains("is no report of this version of guard-conformance: missing field"), "{error}");
}

#[test]
fn published_files_are_what_the_code_says() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut stale = Vec::new();
    let mut compare = |path: &str, words: &[&str]| {
        let path = fixtures.join(path);
        let due = stdout(&guard_conformance(words).code(0));
        if std::env::var_os("UPDATE_PUBLISHED").is_some() {
            std::fs::write(&path, &due).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != due {
            stale.push(words.join(" "));
        }
    };
    for format in ["case", "manifest", "report", "requirement", "scenario"] {
        compare(&format!("schemas/{format}.json"), &["schema", format]);
    }
    compare("CASES.md", &["list", "--markdown"]);
    compare("REQUIREMENTS.md", &["list", "--requirements", "--markdown"]);
    assert!(stale.is_empty(), "run this test again with UPDATE_PUBLISHED=1; stale: {stale:?}");
}

#[cfg(unix)]
#[test]
fn a_shell_completes_our_words() {
    let script = stdout(&guard_conformance(&["completions", "bash"]).code(0));
    // As a shell asks: the words so far, which of them is open, and the word before it.
    let ask = "COMP_WORDS=(guard-conformance run --part) COMP_CWORD=2\n\
               _guard__conformance guard-conformance --part run\necho \"${COMPREPLY[@]}\"";
    let bash = std::process::Command::new("bash").arg("-c").arg(format!("{script}\n{ask}")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "--partition\n", "{}", String::from_utf8_lossy(&bash.stderr));
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&guard_conformance(&["completions", shell]).code(0));
        assert!(script.contains("guard-conformance") && script.contains("partition"), "{shell}: {script}");
    }
    guard_conformance(&["completions", "no-such-shell"]).code(2);
}

#[test]
fn every_command_of_the_help_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("new");
    guard_conformance(&["man", "--out", &text(&pages)]).code(0).stdout("");
    let help = stdout(&guard_conformance(&["--help"]).code(0));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.map_while(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut seen = 0;
    for command in commands {
        let page = std::fs::read_to_string(pages.join(format!("guard-conformance-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}: {page}");
        seen += 1;
    }
    assert!(seen >= 7, "{help}");
    let run = std::fs::read_to_string(pages.join("guard-conformance-run.1")).unwrap();
    assert!(run.contains("\\-\\-partition") && !run.contains("guard-conformance-man"), "{run}");
    let page = std::fs::read_to_string(pages.join("guard-conformance.1")).unwrap();
    assert!(page.contains("Exit codes:"), "{page}");
    let run = guard_conformance(&["man", "--out", &text(&pages.join("guard-conformance.1"))]).code(3);
    assert!(stderr(&run).contains("cannot write man pages to "), "{}", stderr(&run));
}
