//! Calls that wait for an analyst: who is shown what, and what runs in the end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::client::{Client, meta};
use crate::gateway::Gateway;

const NEWEST: &str = "2025-11-25";
const SHOWS: &str = r#"{"elicitation":{"url":{}}}"#;
const PAGE: &str = "https://console.example/approvals/a-1";

/// A gateway that wants an approval first, and says this to the second scan.
fn gateway(second: &Value) -> Gateway {
    let gateway = Gateway::silent();
    let required = json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-1", "trace_id": "t-1" });
    let first = std::sync::atomic::AtomicBool::new(true);
    let second = second.clone();
    gateway.scan_with(move |_: &wiremock::Request| {
        let is_first = first.swap(false, std::sync::atomic::Ordering::SeqCst);
        ResponseTemplate::new(200).set_body_json(if is_first { &required } else { &second })
    });
    gateway
}

fn granted() -> Value {
    json!({ "decision": "ALLOW", "reason_codes": ["RECENT_APPROVAL_GRANT"] })
}

fn client(gateway: &Gateway, capabilities: &str, hold: &str) -> Client {
    let variables = [("INTERVEN_HOLD_MS", hold), ("INTERVEN_CONSOLE_URL", "https://console.example")];
    Client::in_session(NEWEST, capabilities, &gateway.uri(), &variables)
}

fn text(answer: &Value) -> &str {
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(!text.contains("ALLOW"), "{text}");
    text
}

pub(crate) fn an_approved_call_runs() {
    let gateway = gateway(&granted());
    gateway.approval_is(&["approved"]);
    let mut client = client(&gateway, "{}", "20000");
    client.call("1", "echo", r#"{"n":1.10}"#, "");
    client.say(r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#);
    assert_eq!(client.hear()["id"], 2, "others go on meanwhile");
    assert_eq!(client.hear()["result"]["vendor"], true);
    let scans = gateway.scans();
    assert_eq!((scans.len(), &scans[0]), (2, &scans[1]), "asked again, and the same");
    assert_eq!(client.reached().len(), 2);
    assert!(client.end().stderr.contains(&format!("waits for approval a-1: {PAGE}")));
}

pub(crate) fn a_call_that_is_not_approved_never_runs() {
    for (status, hold, said) in [
        ("denied", "20000", "approval a-1 was refused"),
        ("rejected", "20000", "approval a-1 was refused"),
        ("expired", "20000", "approval a-1 expired"),
        ("pending", "1200", "approval a-1 is to be decided at https://console.example/approvals/a-1"),
        ("unheard of", "1200", "approval a-1 is to be decided"),
    ] {
        let gateway = gateway(&granted());
        gateway.approval_is(&[status]);
        let mut client = client(&gateway, "{}", hold);
        client.call("1", "echo", "{}", "");
        let answer = client.hear();
        assert!(text(&answer).contains(said), "{answer}");
        assert_eq!((client.reached(), gateway.scans().len()), (vec![], 1), "{status}");
        assert!(client.is_silent());
    }
}

pub(crate) fn nothing_is_held_where_none_is_to_be() {
    let gateway = gateway(&granted());
    let mut client = client(&gateway, SHOWS, "0");
    client.call("1", "echo", "{}", r#","_meta":{"progressToken":1}"#);
    let answer = client.hear();
    assert!(text(&answer).contains("a-1") && text(&answer).contains(PAGE));
    assert_eq!((client.reached(), gateway.looks()), (vec![], 0));
    client.call("2", "echo", "{}", "");
    assert_eq!(client.hear()["result"]["vendor"], true, "the grant is the gateway's");
}

pub(crate) fn a_user_is_shown_the_page() {
    let gateway = gateway(&granted());
    gateway.approval_is(&["pending", "approved"]);
    let mut client = client(&gateway, SHOWS, "20000");
    client.call("1", "echo", "{}", r#","_meta":{"progressToken":1}"#);
    let asked = client.hear();
    assert_eq!((&asked["method"], &asked["params"]["mode"]), (&json!("elicitation/create"), &json!("url")));
    assert_eq!((&asked["params"]["url"], &asked["params"]["elicitationId"]), (&json!(PAGE), &json!("a-1")));
    client.say(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "action": "accept" } }).to_string());
    let done = client.hear();
    assert_eq!(done["method"], "notifications/elicitation/complete");
    assert_eq!(done["params"], json!({ "elicitationId": "a-1" }));
    assert_eq!(client.hear()["result"]["vendor"], true);
    client.say(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "action": "accept" } }).to_string());
    assert!(client.is_silent());
    assert_eq!(client.reached().len(), 1, "the answers to us are not the server's business");
}

pub(crate) fn a_user_who_declines_has_decided() {
    let gateway = gateway(&granted());
    gateway.approval_is(&["pending"]);
    let mut client = client(&gateway, SHOWS, "20000");
    client.call("1", "echo", "{}", "");
    let asked = client.hear();
    client.say(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "action": "decline" } }).to_string());
    assert_eq!(client.hear()["method"], "notifications/elicitation/complete");
    assert!(text(&client.hear()).contains("declined"));
    assert_eq!((client.reached(), gateway.scans().len()), (vec![], 1));
}

pub(crate) fn progress_tells_what_is_waited_for() {
    for (capabilities, hold) in [("{}", "3600"), (r#"{"elicitation":{}}"#, "3600")] {
        let gateway = gateway(&granted());
        gateway.approval_is(&["pending"]);
        let mut client = client(&gateway, capabilities, hold);
        client.call("1", "echo", "{}", r#","_meta":{"progressToken":"p"}"#);
        let mut last = f64::NEG_INFINITY;
        let mut told = 0;
        let answer = loop {
            let heard = client.hear();
            if heard.get("id").is_some() {
                break heard;
            }
            assert_eq!(
                (&heard["method"], &heard["params"]["progressToken"]),
                (&json!("notifications/progress"), &json!("p"))
            );
            assert!(heard["params"]["message"].as_str().unwrap().contains(PAGE));
            let progress = heard["params"]["progress"].as_f64().unwrap();
            assert!(progress > last && progress <= 0.0, "{progress} after {last}");
            (last, told) = (progress, told + 1);
        };
        assert!(told >= 2, "{told}");
        assert!(text(&answer).contains("a-1"));
    }
}

pub(crate) fn a_call_cancelled_while_it_waits_never_runs() {
    let gateway = gateway(&granted());
    gateway.approval_is(&["approved"]);
    let mut client = client(&gateway, SHOWS, "20000");
    client.call("1", "echo", "{}", "");
    let asked = client.hear();
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    let taken_back = client.hear();
    assert_eq!(taken_back["method"], "notifications/cancelled");
    assert_eq!(taken_back["params"]["requestId"], asked["id"]);
    assert!(client.hears_nothing(Duration::from_millis(1500)), "though it is approved by now");
    assert_eq!((client.reached(), gateway.scans().len()), (vec![], 1));
}

pub(crate) fn an_approval_is_looked_at_no_faster_than_allowed() {
    let gateway = Gateway::answering(&json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-1" }));
    gateway.approval_is(&["pending"]);
    let mut client = client(&gateway, "{}", "4000");
    let begun = Instant::now();
    for id in 0..5 {
        client.call(&id.to_string(), "echo", "{}", "");
    }
    for _ in 0..5 {
        assert!(text(&client.hear()).contains("a-1"));
    }
    assert!(begun.elapsed() >= Duration::from_secs(4));
    assert_eq!(gateway.looks(), 2, "five calls, one approval: at 0.5 s and at 3 s");
    assert_eq!(client.reached(), [""; 0]);
}

pub(crate) fn only_an_allow_runs_after_an_approval() {
    for second in [
        json!({ "decision": "SANITIZE", "sanitized_body": {} }),
        json!({ "decision": "DENY", "reason_codes": ["LATE"] }),
        json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-2" }),
        json!({ "decision": "approved" }),
    ] {
        let gateway = gateway(&second);
        gateway.approval_is(&["approved"]);
        let mut client = client(&gateway, "{}", "20000");
        client.call("1", "echo", "{}", "");
        text(&client.hear());
        assert_eq!((client.reached(), gateway.scans().len()), (vec![], 2), "{second}");
    }
}

pub(crate) fn a_stateless_call_comes_again() {
    let gateway = gateway(&granted());
    let mut client = Client::guarded(&gateway.uri(), &[("INTERVEN_CONSOLE_URL", "https://console.example")]);
    let with = |more: &str| format!("{more},{}", meta(SHOWS));
    client.call("1", "echo", r#"{"n":1.10}"#, &with(r#","requestState":"the \"server's\"""#));
    let asked = client.hear();
    let result = &asked["result"];
    assert_eq!(
        (&result["resultType"], &result["requestState"]),
        (&json!("input_required"), &json!("the \"server's\""))
    );
    let requests = result["inputRequests"].as_object().unwrap();
    let (key, request) = requests.iter().next().unwrap();
    assert_eq!((requests.len(), &request["method"]), (1, &json!("elicitation/create")));
    assert_eq!((&request["params"]["mode"], &request["params"]["url"]), (&json!("url"), &json!(PAGE)));
    assert_eq!((client.reached(), gateway.looks()), (vec![], 0));

    let ours = format!(r#","requestState":"s","inputResponses":{{"{key}":{{"action":"accept"}},"x":{{"n":1.50}}}}"#);
    client.call("2", "echo", r#"{"n":1.10}"#, &with(&ours));
    assert_eq!(client.hear()["id"], 2);
    let reached = client.reached();
    assert!(reached[0].contains(r#""requestState":"s""#) && !reached[0].contains(key), "{reached:?}");
    assert!(reached[0].contains(r#""inputResponses":{"x":{"n":1.50}}"#), "what is the server's stays");
    assert_eq!(gateway.scans()[0], gateway.scans()[1]);

    let declined = format!(r#","inputResponses":{{"{key}":{{"action":"decline"}}}}"#);
    client.call("3", "echo", "{}", &with(&declined));
    assert!(text(&client.hear()).contains("declined"));
    assert_eq!((client.reached().len(), gateway.scans().len()), (1, 2));
}

pub(crate) fn a_stateless_call_that_cannot_be_shown_is_answered() {
    let gateway = Gateway::answering(&json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-1" }));
    for (capabilities, console) in [("{}", "https://console.example"), (SHOWS, "")] {
        let mut client = Client::guarded(&gateway.uri(), &[("INTERVEN_CONSOLE_URL", console)]);
        client.call("1", "echo", "{}", &format!(",{}", meta(capabilities)));
        let answer = client.hear();
        assert!(text(&answer).contains("a-1"));
        assert_eq!(answer["result"]["resultType"], "complete");
        assert_eq!((client.reached(), gateway.looks()), (vec![], 0));
    }
    // Once its user has seen the page it waits, and then asks again.
    gateway.approval_is(&["pending"]);
    let variables = [("INTERVEN_CONSOLE_URL", "https://console.example"), ("INTERVEN_HOLD_MS", "1000")];
    let mut client = Client::guarded(&gateway.uri(), &variables);
    let seen = format!(r#","inputResponses":{{"mcp-guard.approval":{{"action":"accept"}}}},{}"#, meta(SHOWS));
    client.call("1", "echo", "{}", &seen);
    assert_eq!(client.hear()["result"]["resultType"], "input_required");
    assert_eq!((client.reached(), gateway.looks()), (vec![], 1));
}

pub(crate) fn a_held_call_of_a_session_that_ends_is_told_that_it_did_not_run() {
    let gateway = Gateway::silent();
    gateway.scan_with(|request: &wiremock::Request| {
        let is_held = String::from_utf8_lossy(&request.body).contains("held");
        ResponseTemplate::new(200).set_body_json(if is_held {
            json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-1" })
        } else {
            json!({ "decision": "ALLOW" })
        })
    });
    gateway.approval_is(&["pending"]);
    for crashes in [false, true] {
        let mut client = client(&gateway, "{}", "20000");
        client.call("1", "echo", r#"{"a":"held"}"#, "");
        gateway.wait_for("/v1/approvals/a-1/status", 1 + usize::from(crashes));
        if crashes {
            client.call("2", "crash", "{}", "");
        } else {
            client.close_stdin();
        }
        let answer = client.hear();
        assert!(answer["id"] == 1 && text(&answer).contains("session ended before"), "{answer}");
        let reached = client.reached().len();
        let end = client.end();
        assert_eq!((reached, end.rest.len(), end.code), if crashes { (1, 1, Some(3)) } else { (0, 0, Some(0)) });
    }
}
