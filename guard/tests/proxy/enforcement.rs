//! What runs and what does not, whatever a call looks like.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::client::{Client, meta};
use crate::gateway::Gateway;

const NEWEST: &str = "2025-11-25";

pub(crate) fn session(gateway: &Gateway, variables: &[(&str, &str)]) -> Client {
    Client::in_session(NEWEST, "{}", &gateway.uri(), variables)
}

pub(crate) fn is_refusal(answer: &Value) -> bool {
    answer["result"]["isError"] == true && !answer.to_string().contains("ALLOW")
}

pub(crate) fn the_four_decisions_are_followed() {
    let verdicts = [
        (json!({ "decision": "ALLOW" }), true),
        (json!({ "decision": "SANITIZE", "sanitized_body": {} }), true),
        (json!({ "decision": "SANITIZE", "sanitized_body": "text" }), false),
        (json!({ "decision": "SANITIZE" }), false),
        (json!({ "decision": "DENY", "reason_codes": ["SECRETS", "PII"] }), false),
        (json!({ "decision": "DENY" }), false),
        (json!({ "decision": "allow" }), false),
        (json!({ "decision": "REQUIRE_APPROVAL", "approval_id": "a-1" }), false),
        (json!({ "decision": "REQUIRE_APPROVAL" }), false),
        (json!({}), false),
    ];
    for (verdict, runs) in verdicts {
        let gateway = Gateway::answering(&verdict);
        let mut client = session(&gateway, &[("INTERVEN_HOLD_MS", "0")]);
        client.call("7", "echo", r#"{"a":1}"#, "");
        let answer = client.hear();
        assert_eq!(answer["id"], 7);
        assert_eq!((client.reached().len() == 1, is_refusal(&answer)), (runs, !runs), "{verdict}: {answer}");
        if verdict["decision"] == "DENY" {
            let text = answer["result"]["content"][0]["text"].as_str().unwrap();
            let reasons = verdict["reason_codes"].as_array().cloned().unwrap_or_default();
            assert!(reasons.iter().all(|reason| text.contains(reason.as_str().unwrap())), "{text}");
        }
    }
}

pub(crate) fn a_call_arrives_as_it_was_judged() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, &[]);
    let arguments = r#"{"z":1.10,"a":[1e300,-0,18446744073709551616],"s":"\ud83d\ude00\/","deep":{"Name":1,"name":2}}"#;
    let line = format!(
        r#"{{"jsonrpc":"2.0","id":"\u0061","method":"tools/call","params":{{"name":"echo.x","arguments":{arguments},"_meta":{{"n":1.50}},"vendor":-0}}}}"#
    );
    client.say(&line);
    assert_eq!(client.hear()["id"], "a");
    assert_eq!(client.reached(), [line.replace(r"\u0061", "a")]);
    let asked = format!(
        r#"{{"runtime_type":"mcp","tool_name":"echo.x","method":"POST","url":"mcp://upstream/echo.x","body":{arguments}}}"#
    );
    assert_eq!(gateway.scans(), [asked]);
    client.say(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a/b"}}"#);
    client.hear();
    assert_eq!(
        gateway.scans()[1],
        r#"{"runtime_type":"mcp","tool_name":"a/b","method":"POST","url":"mcp://upstream/a%2Fb"}"#
    );
    assert_eq!(client.reached()[1], r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a/b"}}"#);
}

pub(crate) fn arguments_are_replaced_and_nothing_else() {
    let gateway = Gateway::silent();
    let verdict = "{\"decision\":\"SANITIZE\",\"sanitized_body\":{\r\n \"n\": [1.10,1e300] }}";
    gateway.scan_with(ResponseTemplate::new(200).set_body_raw(verdict, "application/json"));
    let mut client = session(&gateway, &[]);
    client.call("1", "echo", r#"{"secret":"x"}"#, r#","_meta":{"n":1.0}"#);
    client.hear();
    assert_eq!(
        client.reached(),
        [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"n":1.0},"arguments":{   "n": [1.10,1e300] }}}"#
        ]
    );
}

pub(crate) fn every_encoding_of_a_call_is_judged() {
    let gateway = Gateway::denying();
    let mut client = session(&gateway, &[]);
    let lines = [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools\u002fcall","params":{"name":"echo"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"m\u0065thod":"\u0074ools/call","params":{"n\u0061me":"echo"}}"#.to_owned(),
        r#" { "params" : { "name" : "echo" } , "method" : "tools/call" , "id" : 1 , "jsonrpc" : "2.0" } "#.to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}\r".to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","task":{"ttl":1}}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","requestState":"s","inputResponses":{"x":{"action":"accept"}}}}"#.to_owned(),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","inputResponses":{{}},{}}}}}"#, meta("{}")),
    ];
    for (at, line) in lines.iter().enumerate() {
        client.say(line);
        let answer = client.hear();
        assert_eq!(answer["id"], 1);
        assert!(answer.to_string().contains("SECRETS"), "{line}: {answer}");
        assert_eq!(gateway.scans().len(), at + 1, "{line}");
    }
    assert_eq!(client.reached(), [""; 0]);
    assert!(client.is_silent());
}

pub(crate) fn what_is_not_strict_is_answered_and_goes_no_further() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, &[]);
    let call = |more: &str, arguments: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call",{more}"params":{{"name":"echo","arguments":{arguments}}}}}"#
        )
    };
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let lines: Vec<(Vec<u8>, i32)> = vec![
        (b"garbage".to_vec(), -32700),
        ([&b"\xef\xbb\xbf"[..], call("", "{}").as_bytes()].concat(), -32700),
        (call("", r#"{"a":NaN}"#).into_bytes(), -32700),
        (call("", "{\"a\":\"\r\"}").into_bytes(), -32700),
        (format!("{}\r{}", call("", "{}"), call("", "{}")).into_bytes(), -32700),
        ([call("", "{}").replace("echo", "ec\u{1}ho").as_bytes(), b""].concat(), -32700),
        ([call("", "{}").trim_end_matches("}}").as_bytes(), b",\"x\":\"\xff\"}}"].concat(), -32700),
        (call("", r#"{"a":1,"a":2}"#).into_bytes(), -32600),
        (call(r#""method":"ping","#, "{}").into_bytes(), -32600),
        (call(r#""Method":"ping","#, "{}").into_bytes(), -32600),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{"name":"echo"}}"#.to_vec(),
            -32600,
        ),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"ping","method\u0000":"tools/call","params":{"name":"echo"}}"#
                .to_vec(),
            -32600,
        ),
        (call("", "{}").replace("tools/call", "Tools/Call").into_bytes(), -32600),
        (call("", "{}").replace("tools/call", "tools/call\\u0000").into_bytes(), -32600),
        (call(r#""result":{},"#, "{}").into_bytes(), -32600),
        (call(r#""error":null,"#, "{}").into_bytes(), -32600),
        (call("", &deep).into_bytes(), -32600),
        (call("", &format!(r#"{{"a":"{}"}}"#, "x".repeat(5 << 20))).into_bytes(), -32600),
        (format!("[{}]", call("", "{}")).into_bytes(), -32600),
        (b"42".to_vec(), -32600),
        (b"null".to_vec(), -32600),
        (call("", "[]").into_bytes(), -32602),
        (call("", "null").into_bytes(), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","Name":"x"}}"#.to_vec(), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["echo"]}"#.to_vec(), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#.to_vec(), -32602),
    ];
    for (line, code) in lines {
        client.say(&line);
        let answer = client.hear();
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
        assert_eq!(answer["error"]["code"], code, "{line}: {answer}");
    }
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":" "}}"#);
    assert!(is_refusal(&client.hear()), "a tool without a name");
    assert!(client.is_silent());
    assert_eq!((client.reached(), gateway.scans()), (vec![], vec![]));
}

pub(crate) fn a_call_without_an_id_never_runs() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, &[]);
    client.say(r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}"#);
    client.say(r#"{"jsonrpc":"2.0","method":"tools\u002fcall","params":{"name":"echo"}}"#);
    assert!(client.is_silent());
    client.say(r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"echo"}}"#);
    assert_eq!(client.hear()["error"]["code"], -32600);
    assert_eq!((client.reached(), gateway.scans()), (vec![], vec![]));
    assert!(client.end().stderr.contains("ignored `tools/call`"));
}

pub(crate) fn a_failed_scan_is_an_error_and_nothing_runs() {
    for status in [200, 302, 400, 401, 413, 429, 500, 503] {
        let gateway = Gateway::silent();
        gateway.scan_with(ResponseTemplate::new(status));
        let mut client = session(&gateway, &[]);
        client.call("1", "echo", "{}", "");
        let answer = client.hear();
        assert!(is_refusal(&answer) && answer.to_string().contains("scan failed"), "{answer}");
        assert_eq!(client.reached(), [""; 0]);
    }
    let mut client = Client::in_session(NEWEST, "{}", "http://127.0.0.1:9", &[]);
    client.call("1", "echo", "{}", "");
    assert!(is_refusal(&client.hear()));
    assert_eq!(client.reached(), [""; 0]);
}

pub(crate) fn a_gateway_that_hangs_is_given_up() {
    let gateway = Gateway::silent();
    let allow = json!({ "decision": "ALLOW" });
    gateway.scan_with(ResponseTemplate::new(200).set_body_json(allow).set_delay(Duration::from_secs(3)));
    for (open, runs) in [("0", false), ("1", true)] {
        let mut client = session(&gateway, &[("INTERVEN_SCAN_TIMEOUT_MS", "300"), ("INTERVEN_FAIL_OPEN", open)]);
        let begun = std::time::Instant::now();
        client.call("1", "echo", "{}", "");
        let answer = client.hear();
        assert!(begun.elapsed() < Duration::from_secs(3), "the guard answers first");
        assert_eq!((is_refusal(&answer), client.reached().len() == 1), (!runs, runs), "{answer}");
    }
}

pub(crate) fn fail_open_covers_an_outage_alone() {
    let open = [("INTERVEN_FAIL_OPEN", "1")];
    for (status, runs) in [(503, true), (401, false), (413, false), (429, false), (302, false), (200, false)] {
        let gateway = Gateway::silent();
        gateway.scan_with(ResponseTemplate::new(status));
        let mut client = session(&gateway, &open);
        client.call("1", "echo", "{}", "");
        let answer = client.hear();
        assert_eq!((client.reached().len() == 1, is_refusal(&answer)), (runs, !runs), "{status}");
        assert_eq!(client.end().stderr.contains("let through unscanned"), runs);
    }
}

pub(crate) fn a_denied_task_is_an_error() {
    let gateway = Gateway::denying();
    for (version, is_error) in [("2025-11-25", true), ("2025-06-18", false)] {
        let mut client = Client::in_session(version, "{}", &gateway.uri(), &[]);
        client.call("1", "echo", "{}", r#","task":{"ttl":60000}"#);
        let answer = client.hear();
        assert_eq!((answer["error"]["code"] == -32600, is_refusal(&answer)), (is_error, !is_error), "{answer}");
        assert!(answer.to_string().contains("SECRETS"));
        assert_eq!(client.reached(), [""; 0]);
    }
}

pub(crate) fn results_of_ours_say_what_2026_07_28_asks() {
    let gateway = Gateway::denying();
    let mut client = Client::guarded(&gateway.uri(), &[]);
    client.call("1", "echo", "{}", &format!(",{}", meta("{}")));
    let answer = client.hear();
    assert!(is_refusal(&answer));
    assert_eq!(answer["result"]["resultType"], "complete");
    assert_eq!(answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "mcp-guard");
    assert_eq!(client.reached(), [""; 0]);
}

pub(crate) fn by_tool(request: &Request) -> ResponseTemplate {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    ResponseTemplate::new(200).set_body_json(match body["tool_name"].as_str().unwrap() {
        "fail" | "denied" => json!({ "decision": "DENY", "reason_codes": ["NO"] }),
        "clean" => json!({ "decision": "SANITIZE", "sanitized_body": { "clean": body["body"]["n"] } }),
        _ => json!({ "decision": "ALLOW", "trace_id": "t" }),
    })
}

pub(crate) fn a_batch_is_judged_call_by_call() {
    let gateway = Gateway::silent();
    gateway.scan_with(by_tool);
    let mut client = Client::in_session("2025-03-26", "{}", &gateway.uri(), &[]);
    let call = |id: u32, tool: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}}}}}}"#)
    };
    let ping = r#"{"jsonrpc":"2.0","id":4,"method":"ping"}"#;
    let told = r#"{"jsonrpc":"2.0","method":"notifications/x"}"#;
    client.say(format!("[{},{},{ping},{told},7,{}]", call(1, "echo"), call(2, "denied"), call(1, "echo")));
    let answers = client.hear();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 5, "{answers:?}");
    let of = |id: u32| answers.iter().filter(|answer| answer["id"] == id).collect::<Vec<_>>();
    assert_eq!(of(1).iter().filter(|answer| answer.get("result").is_some()).count(), 1);
    assert_eq!(of(1).iter().filter(|answer| answer["error"]["code"] == -32600).count(), 1, "the id was in use");
    assert!(is_refusal(of(2)[0]));
    assert_eq!(of(4)[0]["result"], json!({}));
    let mut reached = client.reached();
    reached.sort();
    assert_eq!(reached, [call(1, "echo"), ping.to_owned(), told.to_owned()]);
}

pub(crate) fn a_batch_without_a_call_goes_on_whole() {
    let gateway = Gateway::denying();
    let mut client = Client::in_session("2025-03-26", "{}", &gateway.uri(), &[]);
    let batch = r#"[ {"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/list"} ]"#;
    client.say(batch);
    assert_eq!(client.hear().as_array().unwrap().len(), 2);
    assert_eq!(client.reached(), [batch]);
}

pub(crate) fn batches_belong_to_one_version() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, &[]);
    client.say(r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}]"#);
    assert_eq!(client.hear()["error"]["code"], -32600);
    assert_eq!((client.reached(), gateway.scans()), (vec![], vec![]));
}

pub(crate) fn nobody_waits_for_another_s_scan() {
    let gateway = Gateway::silent();
    gateway.scan_with(|request: &Request| {
        let slow = String::from_utf8_lossy(&request.body).contains("slow scan");
        by_tool(request).set_delay(Duration::from_millis(if slow { 600 } else { 0 }))
    });
    let mut client = session(&gateway, &[]);
    client.call("1", "echo", r#"{"a":"slow scan"}"#, "");
    client.call("2", "echo", "{}", "");
    client.say(r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#);
    let mut ids = [client.hear()["id"].clone(), client.hear()["id"].clone()];
    ids.sort_by_key(Value::as_u64);
    assert_eq!(ids, [2, 3]);
    assert_eq!(client.hear()["id"], 1);
}

pub(crate) fn a_cancelled_call_never_runs() {
    let gateway = Gateway::silent();
    gateway.scan_with(|request: &Request| by_tool(request).set_delay(Duration::from_millis(300)));
    for params in [String::new(), format!(",{}", meta("{}"))] {
        let mut client = session(&gateway, &[]);
        let before = gateway.scans().len();
        client.call("\"c\"", "echo", "{}", &params);
        gateway.wait_for("/v1/scan", before + 1);
        let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}"#;
        client.say(cancel);
        assert!(client.hears_nothing(Duration::from_millis(600)));
        assert_eq!(client.reached(), [""; 0], "neither the call nor its end is the server's business");
        client.call("\"c\"", "silent", "{}", &params);
        gateway.wait_for("/v1/scan", before + 2);
        while client.reached().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        client.say(cancel);
        assert!(client.is_silent());
        assert_eq!(client.reached().last().unwrap(), cancel, "what the server has, it is told of");
    }
}

pub(crate) fn many_calls_are_each_answered_with_their_own() {
    let gateway = Gateway::silent();
    gateway.scan_with(by_tool);
    let mut client = session(&gateway, &[("INTERVEN_REPORT_RESPONSES", "0")]);
    for id in 0..1000 {
        let tool = ["echo", "denied", "clean"][id % 3];
        client.call(&id.to_string(), tool, &format!(r#"{{"n":{id}}}"#), "");
    }
    let mut seen = vec![false; 1000];
    for _ in 0..1000 {
        let answer = client.hear();
        let id = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
        assert!(!std::mem::replace(&mut seen[id], true), "{id} twice");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        match id % 3 {
            0 => assert!(text.contains(&format!(r#""arguments":{{"n":{id}}}"#)), "{text}"),
            1 => assert!(is_refusal(&answer)),
            _ => assert!(text.contains(&format!(r#""arguments":{{"clean":{id}}}"#)), "{text}"),
        }
    }
    let reached = client.reached();
    assert_eq!(reached.len(), 667);
    assert!(!reached.iter().any(|line| line.contains("denied")));
    assert!(client.is_silent());
}

pub(crate) fn an_id_in_use_is_refused() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, &[]);
    client.call("1", "silent", "{}", "");
    client.say(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    assert_eq!(client.hear()["error"]["code"], -32600);
    client.call("1", "echo", "{}", "");
    assert_eq!(client.hear()["error"]["code"], -32600);
    client.call("\"1\"", "echo", "{}", "");
    assert_eq!(client.hear()["id"], "1");
}
