//! That each sin differs from the honest proxy, in what its description says. Whether a conformance
//! case sees it is for the pairs to prove.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

use super::gateway::{ALLOW, Gateway, HELD};
use super::guard::{Guard, KEY, Start, call, notification, request};

/// How long nothing more may come before nothing more will.
const QUIET: Duration = Duration::from_millis(400);

/// How long an honest guard takes at most to end an upstream that does not want to.
const END: Duration = Duration::from_millis(4500);

/// A session in which a sin shows.
struct Play {
    sin: &'static str,
    gateway: fn() -> Gateway,
    environment: &'static [(&'static str, &'static str)],
    traits: &'static [&'static str],
    /// Each is sent once the one before was answered, or nothing came for a while.
    lines: Vec<Vec<u8>>,
    end: End,
    /// Holds for the sin and not for the honest guard.
    shows: fn(&Seen) -> bool,
}

/// How a play ends.
#[derive(PartialEq)]
enum End {
    Eof,
    /// Stdin closes while the last line is still being scanned.
    EofAtOnce,
    Kill,
    Term,
}

/// What was seen of one session.
#[derive(Debug)]
struct Seen {
    /// By the client.
    said: String,
    /// By the upstream.
    reached: String,
    /// By the gateway.
    asked: String,
    stderr: String,
    /// None while it runs, or when a signal ended it.
    code: Option<i32>,
    survivors: usize,
}

/// One test for each sin, and one that none is forgotten.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("every_sin_of_the_proxy_role_has_a_play", || {
        let list = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/sin")).unwrap();
        let mut files: Vec<String> = list.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let mut played: Vec<String> = plays().iter().map(|play| play.sin.replace('-', "_") + ".rs").collect();
        files.sort();
        played.sort();
        assert_eq!(files, played);
        Ok(())
    })];
    trials.extend(plays().into_iter().map(|play| {
        Trial::test(format!("{} differs", play.sin), move || {
            let honest = watch(&play, None);
            assert!(!(play.shows)(&honest), "the honest guard does it too: {honest:#?}");
            let sinner = watch(&play, Some(play.sin));
            assert!((play.shows)(&sinner), "it does not show: {sinner:#?}");
            Ok(())
        })
    }));
    trials
}

fn watch(play: &Play, sin: Option<&str>) -> Seen {
    let gateway = (play.gateway)();
    let start = Start { sin, environment: play.environment, traits: play.traits, version: None };
    let mut guard = Guard::start(&gateway.address, &start);
    let mut said = guard.ask(request("0", "initialize", r#"{"protocolVersion":"2025-11-25"}"#));
    for line in &play.lines {
        // The last guard to have ended does not read it.
        let _ = guard.try_write(line);
        if play.end != End::EofAtOnce {
            said.extend(guard.within(QUIET));
        }
    }
    if play.end == End::EofAtOnce {
        gateway.next();
        std::thread::sleep(QUIET / 2);
    } else {
        while let Some(line) = guard.within(QUIET) {
            said += &line;
        }
    }
    match play.end {
        End::Term => kill_process(Pid::from_child(&guard.child), Signal::TERM).unwrap(),
        End::Kill => kill_process(Pid::from_child(&guard.child), Signal::KILL).unwrap(),
        End::Eof | End::EofAtOnce => guard.close_stdin(),
    }
    let (code, stderr) = if guard.exits(END) {
        let end = guard.end();
        said += &end.rest;
        (end.code, end.stderr)
    } else {
        (None, String::new())
    };
    // What was killed takes a moment to be gone.
    let ended = Instant::now();
    while guard.survivors().len() > 1 && ended.elapsed() < Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (survivors, reached) = (guard.survivors().len(), guard.reached());
    Seen { said, reached, asked: gateway.heard(), stderr, code, survivors }
}

fn play<const N: usize>(
    sin: &'static str,
    gateway: fn() -> Gateway,
    lines: [impl Into<Vec<u8>>; N],
    shows: fn(&Seen) -> bool,
) -> Play {
    let lines = lines.into_iter().map(Into::into).collect();
    Play { sin, gateway, environment: &[], traits: &[], lines, end: End::Eof, shows }
}

/// A call of `echo` that is denied, in this form, and reaches the upstream nevertheless.
fn passes(sin: &'static str, line: impl Into<Vec<u8>>) -> Play {
    play(sin, Gateway::denying_secrets, [line], |seen| seen.reached.contains("secret"))
}

/// A message of the client's, all scans allowed.
fn relayed<const N: usize>(sin: &'static str, lines: [String; N], shows: fn(&Seen) -> bool) -> Play {
    play(sin, || Gateway::saying(ALLOW), lines, shows)
}

/// A call that is held for a moment.
fn held(sin: &'static str, gateway: fn() -> Gateway) -> Play {
    let environment = &[("INTERVEN_HOLD_MS", "100")];
    Play { environment, ..play(sin, gateway, [marked()], |seen| seen.reached.contains("mark")) }
}

fn secret() -> String {
    call("7", "echo", r#"{"s":"secret"}"#)
}

fn marked() -> String {
    call("7", "echo", r#"{"mark":1}"#)
}

fn plays() -> Vec<Play> {
    [encodings(), breaking_lines(), decisions(), approvals(), client_bound(), upstream_bound(), processes()]
        .into_iter()
        .flatten()
        .collect()
}

fn encodings() -> Vec<Play> {
    let params = r#"{"name":"echo","arguments":{"s":"secret"}}"#;
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    vec![
        passes("escaped-method-passes", secret().replace("tools/call", "tools\\u002fcall")),
        passes("escaped-name-passes", secret().replace("\"echo\"", "\"\\u0065cho\"")),
        passes("duplicate-name-passes", secret().replace("\"name\"", "\"name\":\"read\",\"name\"")),
        passes("duplicate-method-passes", secret().replace("\"method\"", "\"method\":\"ping\",\"method\"")),
        passes("nan-passes", secret().replace("\"secret\"", "\"secret\",\"n\":NaN")),
        passes("carriage-return-passes", format!("{}\r{}", request("6", "ping", "{}"), secret())),
        passes("batch-passes", format!("[{}]", secret())),
        passes("bom-passes", format!("\u{feff}{}", secret())),
        passes("utf8-passes", [&secret().as_bytes()[..secret().len() - 4], b"\xff\"}}}"].concat()),
        passes("depth-passes", secret().replace("\"secret\"", &format!("\"secret\",\"n\":{deep}"))),
        passes("task-passes", secret().replace("\"name\"", "\"task\":{\"ttl\":1},\"name\"")),
        passes("retry-passes", secret().replace("\"name\"", "\"inputResponses\":{},\"name\"")),
        passes("notification-passes", notification("tools/call", params)),
        passes("first-line-only", format!("{}\n{}", notification("notifications/other", "{}"), secret())),
        play("notification-answered", Gateway::denying_secrets, [notification("tools/call", params)], |seen| {
            seen.said.contains("error")
        }),
    ]
}

fn breaking_lines() -> Vec<Play> {
    vec![
        relayed("null-arguments-crash", [call("7", "echo", "null")], |seen| seen.code == Some(1)),
        relayed("scalar-crash", ["42".into()], |seen| seen.code == Some(1)),
        relayed("bad-json-ends", ["{".into()], |seen| !seen.said.contains("-32700")),
        relayed("large-line-crash", [call("7", "echo", &format!("{{\"s\":\"{}\"}}", "x".repeat(600_000)))], |seen| {
            seen.code == Some(1)
        }),
    ]
}

fn decisions() -> Vec<Play> {
    const OPEN: &[(&str, &str)] = &[("INTERVEN_FAIL_OPEN", "1")];
    let runs = |seen: &Seen| seen.reached.contains("mark");
    let other = || call("8", "echo", r#"{"n":1}"#);
    vec![
        passes("forwards-denied", secret()),
        passes("forwards-before-verdict", secret()),
        relayed("calls-twice", [marked()], |seen| seen.reached.matches("mark").count() == 2),
        Play {
            environment: OPEN,
            ..play(
                "closed-on-failure",
                || Gateway::new(|_| Some((500, String::new()))),
                [marked()],
                |seen| !seen.reached.contains("mark"),
            )
        },
        Play {
            environment: &[("INTERVEN_SCAN_TIMEOUT_MS", "100")],
            ..play("holds-for-ever", || Gateway::new(|_| None), [marked()], |seen| !seen.said.contains("\"id\":7"))
        },
        passes("scans-without-body", secret()),
        play("scans-by-name-only-once", Gateway::denying_secrets, [other(), secret()], |seen| {
            seen.reached.contains("secret")
        }),
        play("forwards-unknown-decision", || Gateway::saying(r#"{"decision":"allow"}"#), [marked()], runs),
        play("forwards-on-failure", || Gateway::new(|_| Some((500, String::new()))), [marked()], runs),
        Play {
            environment: OPEN,
            ..play("forwards-on-refusal", || Gateway::new(|_| Some((429, String::new()))), [marked()], runs)
        },
        play(
            "forwards-unsanitized",
            || Gateway::saying(r#"{"decision":"SANITIZE","sanitized_body":{}}"#),
            [marked()],
            runs,
        ),
        play("sanitizes-without-body", || Gateway::saying(r#"{"decision":"SANITIZE"}"#), [marked()], runs),
        play("forwards-held", || Gateway::asking("pending", HELD), [marked()], runs),
        play("caches-verdict", once, [marked(), marked()], |seen| seen.reached.matches("mark").count() == 2),
        play("breaker", Gateway::denying_secrets, [secret(), secret(), secret(), marked()], |seen| {
            !seen.reached.contains("mark")
        }),
        play(
            "url-without-server",
            || Gateway::saying(ALLOW),
            [marked()],
            |seen| seen.asked.contains(r#""url":"mcp://echo""#),
        ),
        play("denial-as-result", Gateway::denying_secrets, [secret()], |seen| seen.said.contains(r#""isError":false"#)),
        play("reasons-hidden", Gateway::denying_secrets, [secret()], |seen| !seen.said.contains("SECRETS")),
        play(
            "failure-answered-ok",
            || Gateway::new(|_| Some((500, String::new()))),
            [marked()],
            |seen| seen.said.contains(r#""isError":false"#),
        ),
    ]
}

/// Allows the first scan and denies the rest.
fn once() -> Gateway {
    let scans = AtomicU32::new(0);
    Gateway::new(move |_| {
        let is_first = scans.fetch_add(1, Ordering::SeqCst) == 0;
        Some((200, if is_first { ALLOW } else { r#"{"decision":"DENY"}"# }.to_owned()))
    })
}

fn approvals() -> Vec<Play> {
    let cancel = notification("notifications/cancelled", r#"{"requestId":7}"#);
    vec![
        held("trusts-approval", || Gateway::asking("approved", r#"{"decision":"DENY"}"#)),
        held("runs-after-denial", || Gateway::asking("denied", ALLOW)),
        held("runs-after-expiry", || Gateway::asking("expired", ALLOW)),
        held("runs-after-hold", || Gateway::asking("pending", ALLOW)),
        Play {
            lines: vec![call("6", "echo", r#"{"first":1}"#).into(), marked().into()],
            ..held("approves-all-held", first_approved)
        },
        Play {
            environment: &[("INTERVEN_HOLD_MS", "0")],
            shows: |seen| !seen.said.contains("a/1"),
            ..held("approval-not-shown", || Gateway::saying(HELD))
        },
        play("runs-after-cancel", Gateway::slow, [marked(), cancel], |seen| seen.reached.contains("\"mark\"")),
        play(
            "holds-everything",
            || Gateway::new(|_| None),
            [marked(), request("8", "ping", "{}")],
            |seen| !seen.said.contains("\"id\":8"),
        ),
    ]
}

/// Asks for two approvals, of which the first is given and the second is not.
fn first_approved() -> Gateway {
    Gateway::new(|asked| {
        if asked.starts_with("/v1/approvals/") {
            let status = if asked.contains("first") { "approved" } else { "pending" };
            return Some((200, format!(r#"{{"status":"{status}"}}"#)));
        }
        let id = if asked.contains("mark") { "second" } else { "first" };
        Some((200, format!(r#"{{"decision":"REQUIRE_APPROVAL","approval_id":"{id}"}}"#)))
    })
}

fn client_bound() -> Vec<Play> {
    let list = || request("7", "tools/list", "{}");
    let progress = || request("7", "tools/call", r#"{"name":"progress","_meta":{"progressToken":"t-1"}}"#);
    let large = call("7", "echo", &format!("{{\"s\":\"{}\"}}", "x".repeat(70_000)));
    vec![
        relayed("rounds-ids", [request("9007199254740993", "ping", "{}")], |seen| {
            seen.said.contains("9007199254740992")
        }),
        relayed("renames-ids", [request("\"a\"", "ping", "{}")], |seen| !seen.said.contains("\"id\":\"a\"")),
        relayed("drops-meta", [call("7", "echo", "{}")], |seen| !seen.said.contains("vendor/m")),
        relayed("drops-unknown-fields", [list()], |seen| !seen.said.contains("vendor/key")),
        relayed("drops-annotations", [list()], |seen| !seen.said.contains("readOnlyHint")),
        relayed("drops-output-schema", [list()], |seen| !seen.said.contains("outputSchema")),
        relayed("drops-titles", [list()], |seen| !seen.said.contains("\"Echo\"")),
        relayed("alters-opening", [], |seen| !seen.said.contains("Be kind")),
        relayed("requires-arguments", [list()], |seen| seen.said.contains(r#""required":["text"]"#)),
        relayed("first-page-only", [list()], |seen| !seen.said.contains("nextCursor")),
        relayed("unlisted-refused", [list(), call("8", "fail", "{}")], |seen| !seen.reached.contains("fail")),
        relayed("flattens-is-error", [call("7", "fail", "{}")], |seen| seen.said.contains(r#""isError":false"#)),
        relayed("error-to-result", [call("7", "break", "{}")], |seen| seen.said.contains(r#""isError":true"#)),
        relayed("drops-structured", [call("7", "echo", "{}")], |seen| !seen.said.contains("structuredContent")),
        relayed("drops-other-content", [call("7", "picture", "{}")], |seen| !seen.said.contains("image")),
        relayed("adds-instructions", [call("7", "echo", "{}")], |seen| seen.said.contains("Follow no")),
        relayed("redacts-token", [progress()], |seen| !seen.said.contains("t-1")),
        relayed("drops-progress", [progress()], |seen| !seen.said.contains("notifications/progress")),
        relayed("drops-notifications", [progress()], |seen| !seen.said.contains("notifications/progress")),
        relayed("drops-server-requests", [call("7", "ask", "{}")], |seen| !seen.said.contains("roots/list")),
        relayed("drops-client-answers", [r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.into()], |seen| {
            !seen.reached.contains("result")
        }),
        relayed("truncates", [large], |seen| seen.reached.lines().any(|line| line.len() == 64 * 1024)),
        relayed("escapes-lost", [call("7", "echo", r#"{"s":"né"}"#)], |seen| seen.said.contains("n?")),
        relayed("noise-relayed", [call("7", "noise", "{}")], |seen| seen.said.contains("no message at all")),
        relayed("noise-fatal", [call("7", "noise", "{}")], |seen| seen.code == Some(1)),
    ]
}

fn upstream_bound() -> Vec<Play> {
    let cancel = notification("notifications/cancelled", r#"{"requestId":7}"#);
    let with = |name, value| request("7", "tools/call", &format!(r#"{{"name":"echo","{name}":{value}}}"#));
    let initialized = || notification("notifications/initialized", "{}");
    vec![
        relayed("drops-cancellation", [call("7", "never", "{}"), cancel], |seen| !seen.reached.contains("cancelled")),
        relayed("rounds-numbers", [call("7", "echo", r#"{"n":1.10}"#)], |seen| seen.reached.contains(r#""n":1.1}"#)),
        relayed("adds-member", [call("7", "echo", "{}")], |seen| seen.reached.contains("dryRun")),
        relayed("fills-arguments", [request("7", "tools/call", r#"{"name":"echo"}"#)], |seen| {
            seen.reached.contains(r#""arguments":{}"#)
        }),
        relayed("drops-request-state", [with("requestState", "\"s\"")], |seen| !seen.reached.contains("requestState")),
        relayed("drops-task", [with("task", "{}")], |seen| !seen.reached.contains("task")),
        relayed("pins-version", [], |seen| seen.said.contains("2025-06-18")),
        relayed("swallows-client-notifications", [initialized()], |seen| !seen.reached.contains("initialized")),
        relayed("refuses-unknown-methods", [request("7", "no/such", "{}")], |seen| !seen.reached.contains("no/such")),
        relayed("tools-only", [request("7", "prompts/list", "{}")], |seen| !seen.reached.contains("prompts")),
        relayed("one-at-a-time-upstream", [call("7", "never", "{}"), request("8", "ping", "{}")], |seen| {
            !seen.reached.contains("ping")
        }),
        relayed("lockstep", [initialized(), request("7", "ping", "{}")], |seen| !seen.reached.contains("ping")),
    ]
}

fn processes() -> Vec<Play> {
    let environment = || [call("7", "environment", "{}")];
    let stubborn = |play: Play| Play { traits: &["stubborn"], ..play };
    vec![
        relayed("stderr-undrained", [call("7", "flood", "{}")], |seen| !seen.said.contains("flooded")),
        relayed("stderr-swallowed", [call("7", "flood", "{}")], |seen| !seen.stderr.contains("xxxxxxxx")),
        relayed("death-silent", [call("7", "crash", "{}")], |seen| !seen.said.contains("error")),
        relayed("death-zero", [call("7", "crash", "{}")], |seen| seen.code == Some(0)),
        Play { end: End::Kill, ..stubborn(relayed("child-outlives-kill", [], |seen| seen.survivors == 2)) },
        Play { end: End::Term, ..stubborn(relayed("term-leaves-child", [], |seen| seen.survivors == 2)) },
        Play {
            end: End::EofAtOnce,
            ..relayed("eof-drops-open-calls", [call("7", "slow", "{}")], |seen| !seen.said.contains("\"id\":7"))
        },
        stubborn(relayed("child-orphaned", [], |seen| seen.survivors == 2)),
        stubborn(relayed("child-only-closed", [], |seen| seen.code.is_none() && seen.survivors == 2)),
        relayed("key-in-child", environment(), |seen| seen.said.contains(&format!("INTERVEN_API_KEY={KEY}"))),
        relayed("key-in-arguments", environment(), |seen| seen.said.contains(&format!("--api-key={KEY}"))),
        relayed("environment-emptied", environment(), |seen| !seen.said.contains("KEPT")),
        relayed("eof-ignored-by-proxy", [], |seen| seen.code.is_none()),
    ]
}
