//! The two eras of MCP as a client meets them: how each is opened, what each can be asked, and that
//! neither shows through in the other.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::session::{BOTH, ERAS, Era, META, Session};
use crate::{bodies, gateway, slow};

const NOWHERE: &str = "http://127.0.0.1:9";
const ALLOW: &str = r#"{"decision":"ALLOW","trace_id":"t-1"}"#;
const SCAN: &str = r#""name":"interven_scan","arguments":{"tool_name":"t","url":"mcp://x","method":"POST"}"#;

/// Everything that can be asked in either era, with something in it.
const QUESTIONS: [(&str, &str); 5] = [
    ("tools/list", ""),
    ("tools/call", SCAN),
    ("resources/list", ""),
    ("resources/read", r#""uri":"interven://about""#),
    ("resources/templates/list", ""),
];

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {answer}"))
}

#[tokio::test]
async fn every_question_is_answered_in_every_version() {
    let server = gateway(ALLOW).await;
    let ourselves = json!({ "name": "mcp-guard", "title": "MCP guard", "version": env!("CARGO_PKG_VERSION") });
    for era in ERAS {
        let mut session = Session::open_in(era, &server.uri(), &[]);
        for (method, params) in QUESTIONS {
            let answer = session.ask(method, params);
            let result = answer["result"].as_object().unwrap_or_else(|| panic!("{era:?}: {answer}"));
            let told = ["resultType", "_meta"].map(|key| result.get(key).cloned());
            let cached = ["ttlMs", "cacheScope"].map(|key| result.get(key).cloned());
            if era == Era::Stateless {
                let signed = json!({ "io.modelcontextprotocol/serverInfo": ourselves });
                assert_eq!(told, [Some(json!("complete")), Some(signed)], "{method}");
                let hints = [Some(json!(0)), Some(json!("private"))];
                assert_eq!(cached, if method == "tools/call" { [None, None] } else { hints }, "{method}");
            } else {
                assert_eq!((told, cached), ([None, None], [None, None]), "{era:?} {method}");
            }
        }
        let tools = session.ask("tools/list", "");
        let names: Vec<_> = tools["result"]["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
        assert_eq!(names, ["interven_scan", "interven_scan_response"]);
        assert_eq!(tools["result"], session.ask("tools/list", "")["result"]);
        assert_eq!(session.end().code, Some(0));
    }
}

#[test]
fn discovery_tells_what_a_client_needs() {
    let mut session = Session::start(NOWHERE, &[]);
    let result = session.ask("server/discover", "")["result"].take();
    assert_eq!(result["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(result["capabilities"], json!({ "tools": {}, "resources": {} }));
    assert_eq!(
        (&result["resultType"], &result["ttlMs"], &result["cacheScope"]),
        (&json!("complete"), &json!(0), &json!("private"))
    );
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "mcp-guard");
    assert!(result["instructions"].as_str().unwrap().contains("REQUIRE_APPROVAL"));
    assert_eq!(result.get("serverInfo"), None);
}

#[test]
fn a_version_that_is_not_ours_is_told_ours() {
    let mut session = Session::start(NOWHERE, &[]);
    for version in ["1900-01-01", "2027-01-01", "2025-11-25", ""] {
        for method in ["server/discover", "tools/list", "tools/call"] {
            let meta = META.replace("2026-07-28", version);
            session.say(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{meta}}}}}"#));
            let answer = session.hear();
            // The params of a tool call are looked at first.
            if method == "tools/call" {
                assert_eq!(code(&answer), -32602);
                continue;
            }
            assert_eq!(code(&answer), -32022, "{answer}");
            assert_eq!(answer["error"]["data"], json!({ "supported": ["2026-07-28"], "requested": version }));
        }
    }
    for (asked, agreed) in [("2099-01-01", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("2024-11-05", "2024-11-05")] {
        let mut session = Session::start(NOWHERE, &[]);
        session.initialize("0", asked);
        assert_eq!(session.hear()["result"]["protocolVersion"], agreed);
    }
}

#[test]
fn a_request_that_says_too_little_of_itself_is_malformed() {
    let mut session = Session::start(NOWHERE, &[]);
    let (version, capabilities) =
        ("\"io.modelcontextprotocol/protocolVersion\"", "\"io.modelcontextprotocol/clientCapabilities\"");
    for params in [
        String::new(),
        r#""_meta":{}"#.to_owned(),
        r#""_meta":[]"#.to_owned(),
        r#""_meta":null"#.to_owned(),
        format!(r#""_meta":{{{version}:"2026-07-28"}}"#),
        format!(r#""_meta":{{{version}:20260728,{capabilities}:{{}}}}"#),
        format!(r#""_meta":{{{version}:"2026-07-28",{capabilities}:[]}}"#),
        format!(r#""_meta":{{{version}:"2026-07-28",{capabilities}:{{"elicitation":7}}}}"#),
        format!(r#""_meta":{{{capabilities}:{{}}}}"#),
    ] {
        for method in ["server/discover", "tools/list", "resources/list"] {
            session.say(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}}}}}"#));
            let answer = session.hear();
            assert_eq!((code(&answer), &answer["id"]), (-32602, &json!(1)), "{method} {params}: {answer}");
        }
    }
    session.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(code(&session.hear()), -32602);
}

#[test]
fn what_an_era_does_not_have_is_no_method() {
    for (era, methods) in [
        (
            Era::Stateless,
            &["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "notifications/x"][..],
        ),
        (Era::Handshake("2025-11-25"), &["logging/setLevel", "resources/subscribe", "resources/unsubscribe"]),
    ] {
        let mut session = Session::open_in(era, NOWHERE, &[]);
        let never = ["prompts/list", "prompts/get", "completion/complete", "subscriptions/listen", "tasks/get"];
        for method in
            methods.iter().chain(&never).chain(&["tasks/list", "skills/list", "roots/list", "no/such", "", "Ping"])
        {
            // Params that would fit, and params that would not.
            for params in [
                "",
                r#""name":"x","uri":"interven://about","level":"info","taskId":"1","notifications":{"toolsListChanged":true}"#,
                r#""name":7"#,
            ] {
                let answer = session.ask(method, params);
                assert_eq!(code(&answer), -32601, "{era:?} {method}: {answer}");
            }
        }
    }
    let mut session = Session::open(NOWHERE, &[]);
    assert_eq!(code(&session.ask("server/discover", "")), -32602, "it always says of itself what it needs");
}

#[test]
fn ping_belongs_to_the_handshake() {
    let mut session = Session::start(NOWHERE, &[]);
    for params in ["", r#","params":{}"#, r#","params":null"#, r#","params":{"_meta":{"progressToken":"p"}}"#] {
        session.say(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping"{params}}}"#));
        assert_eq!(session.line(), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "{params}");
    }
    assert_eq!(code(&session.ask("ping", "")), -32601);
}

#[test]
fn malformed_params_have_their_own_code() {
    for era in ERAS {
        let mut session = Session::open_in(era, NOWHERE, &[]);
        for (method, params) in [
            ("tools/call", ""),
            ("tools/call", r#""arguments":{}"#),
            ("tools/call", r#""name":7,"arguments":{}"#),
            ("tools/call", r#""name":null"#),
            ("tools/call", r#""name":"interven_scan","arguments":[]"#),
            ("tools/call", r#""name":"interven_scan","arguments":"{}""#),
            ("tools/call", r#""name":"interven_scan","arguments":null"#),
            ("tools/call", r#""name":"no_such_tool","arguments":{}"#),
            ("tools/call", r#""name":"Interven_Scan","arguments":{}"#),
            ("tools/list", r#""cursor":"2""#),
            ("tools/list", r#""cursor":"""#),
            ("tools/list", r#""cursor":7"#),
            ("resources/list", r#""cursor":"2""#),
            ("resources/templates/list", r#""cursor":"2""#),
            ("resources/read", ""),
            ("resources/read", r#""uri":7"#),
        ] {
            let answer = session.ask(method, params);
            assert_eq!(code(&answer), -32602, "{era:?} {method} {params}: {answer}");
        }
        for params in ["[]", "7", r#""x""#] {
            session.say(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{params}}}"#));
            assert_eq!(code(&session.hear()), -32602, "{era:?} {params}");
        }
    }
    let mut session = Session::start(NOWHERE, &[]);
    for params in [r#"{}"#, r#"{"protocolVersion":7}"#, r#"{"protocolVersion":"2025-11-25"}"#] {
        session.say(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{params}}}"#));
        assert_eq!(code(&session.hear()), -32602, "{params}");
    }
    session.initialize("2", "2025-03-26");
    assert_eq!(session.hear()["result"]["protocolVersion"], "2025-03-26", "what failed has opened nothing");
}

#[test]
fn a_resource_that_is_not_there_has_the_code_of_its_era() {
    for era in ERAS {
        let mut session = Session::open_in(era, NOWHERE, &[]);
        let answer = session.ask("resources/read", r#""uri":"interven://other""#);
        assert_eq!(code(&answer), if era == Era::Stateless { -32602 } else { -32002 }, "{era:?}");
    }
}

#[tokio::test]
async fn a_connection_that_mixes_is_served_in_both() {
    let server = gateway(ALLOW).await;
    let mut session = Session::start(&server.uri(), &[]);
    let stateless = |session: &mut Session| {
        assert_eq!(session.ask("tools/call", SCAN)["result"]["resultType"], "complete");
        assert_eq!(code(&session.ask("resources/read", r#""uri":"a:b""#)), -32602);
    };
    session.ask("server/discover", "");
    stateless(&mut session);
    session.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(code(&session.hear()), -32602, "there is no session yet");
    session.initialize("2", "2025-06-18");
    assert_eq!(session.hear()["result"]["protocolVersion"], "2025-06-18");
    stateless(&mut session);
    session.say(r#"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"a:b"}}"#);
    assert_eq!(code(&session.hear()), -32002);
    session.say(r#"{"jsonrpc":"2.0","id":4,"method":"tools/list"}"#);
    assert_eq!(session.hear()["result"].get("resultType"), None);
    session.initialize("5", "2025-11-25");
    assert_eq!(code(&session.hear()), -32600, "a session is opened once");
    stateless(&mut session);
}

#[tokio::test]
async fn lines_that_are_no_message_are_answered_in_both_eras() {
    let server = gateway(ALLOW).await;
    for era in BOTH {
        let mut session = Session::open_in(era, &server.uri(), &[]);
        let call = |body: &str| {
            session.request("7", "tools/call", &SCAN.replace(r#""POST""#, &format!(r#""POST","body":{body}"#)))
        };
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        let lines = [
            (call("1").replacen('{', "{x", 1), Some(7), -32700),
            (call("NaN"), Some(7), -32700),
            (call(r#"{"a":1,"a":2}"#), Some(7), -32600),
            (call("1").replace(r#""name""#, r#""name":"x","name""#), Some(7), -32600),
            (call(&deep), Some(7), -32600),
            (call(&format!("\"{}\"", "x".repeat(5 << 20))), Some(7), -32600),
            (call("1").replace(r#""2.0""#, r#""1.0""#), Some(7), -32600),
            (call("1").replace(r#""id":7"#, r#""id":1.0"#), None, -32600),
            (call("1").replace(r#""id":7"#, r#""id":1e2"#), None, -32600),
            (call("1").replace(r#""id":7"#, r#""id":null"#), None, -32600),
            (call("1").replace(r#""id":7"#, r#""id":[7]"#), None, -32600),
            (call("1").replace(r#""id":7"#, r#""id":true"#), None, -32600),
            (format!("[{}]", call("1")), None, -32600),
            ("null".to_owned(), None, -32600),
        ];
        for (line, id, expected) in lines {
            session.say(&line);
            let answer = session.hear();
            let line = line.chars().take(200).collect::<String>();
            assert_eq!((code(&answer), answer.get("id")), (expected, id.map(Value::from).as_ref()), "{era:?} {line}");
        }
        let answer = session.ask("tools/call", SCAN);
        assert_eq!(answer["result"]["isError"], false, "the session goes on");
    }
    assert_eq!(bodies(&server).await.len(), BOTH.len(), "nothing else reached the gateway");
}

#[tokio::test]
async fn ids_go_back_as_they_came_in_both_eras() {
    let server = gateway(ALLOW).await;
    let long = "9".repeat(1_000);
    for era in BOTH {
        let mut session = Session::open_in(era, &server.uri(), &[]);
        for id in [
            "0",
            "-1",
            "-9223372036854775808",
            "9007199254740993",
            "9223372036854775807",
            &long,
            "\"\"",
            "\"1\"",
            "\"é\\\\\"",
        ] {
            session.scan(id, "1");
            let line = session.line();
            assert!(line.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result""#)), "{era:?} {id}: {line}");
            let line = session.request(id, "no/such", "");
            session.say(line);
            assert!(session.line().starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"error""#)), "{era:?} {id}");
        }
    }
}

#[tokio::test]
async fn an_id_in_use_is_refused_in_both_eras_and_across_them() {
    let server = gateway(ALLOW).await;
    slow(&server, "wait", Duration::from_millis(300)).await;
    for era in BOTH {
        let mut session = Session::open(&server.uri(), &[]);
        session.scan("1", "\"wait\"");
        session.set_era(era);
        session.scan("1", "2");
        assert_eq!(code(&session.hear()), -32600);
        assert_eq!(session.hear()["result"]["structuredContent"]["decision"], "ALLOW", "the first is not hurt");
        session.scan("1", "3");
        assert_eq!(session.hear()["result"]["isError"], false, "an id that was answered is free");
    }
    assert!(!bodies(&server).await.iter().any(|body| body.contains(r#""body":2"#)));
}

#[tokio::test]
async fn notifications_are_never_answered_in_either_era() {
    for era in [None, Some(BOTH[0]), Some(BOTH[1])] {
        let mut session = era.map_or_else(|| Session::start(NOWHERE, &[]), |era| Session::open_in(era, NOWHERE, &[]));
        for line in [
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":7}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{},"progress":"x"}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":{"a":1,"a":2}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/x","params":{"a":NaN}}"#,
            r#"{"jsonrpc":"1.0","method":"notifications/x"}"#,
            r#"{"jsonrpc":"2.0","method":7}"#,
            r#"{"jsonrpc":"2.0","method":"initialize"}"#,
            r#"{"jsonrpc":"2.0","method":"server/discover"}"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"interven_scan","arguments":{}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","error":{"code":1,"message":"x"}}"#,
        ] {
            session.say(line);
        }
        assert!(session.is_silent(), "{era:?}");
        session.ask("tools/list", "")["result"]["tools"].as_array().unwrap_or_else(|| panic!("{era:?}"));
        assert_eq!(session.end().code, Some(0));
    }
}

#[tokio::test]
async fn progress_and_requests_never_come_unasked() {
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(200).set_body_raw(ALLOW, "application/json").set_delay(Duration::from_millis(100));
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    for era in BOTH {
        for token in ["", r#""progressToken":1"#] {
            let mut session = Session::open_in(era, &server.uri(), &[]);
            let line = match (era, token) {
                (_, "") => session.request("1", "tools/call", SCAN),
                (Era::Handshake(_), _) => session.request("1", "tools/call", &format!(r#"{SCAN},"_meta":{{{token}}}"#)),
                (Era::Stateless, _) => {
                    session.request("1", "tools/call", SCAN).replace(r#""_meta":{"#, &format!(r#""_meta":{{{token},"#))
                }
            };
            session.say(line);
            let end = session.end();
            assert_eq!(end.rest.len(), 1, "{era:?}: {:?}", end.rest);
            assert!(end.rest[0].starts_with(r#"{"jsonrpc":"2.0","id":1,"result""#), "{:?}", end.rest);
        }
    }
}

#[tokio::test]
async fn the_input_may_end_at_any_moment_in_both_eras() {
    let server = gateway(ALLOW).await;
    slow(&server, "late", Duration::from_secs(20)).await;
    for era in BOTH {
        let session = || Session::open_in(era, &server.uri(), &[]);
        assert_eq!(session().end().code, Some(0), "{era:?}");
        let mut asked = session();
        let line = asked.request("1", "tools/list", "");
        asked.say(&line);
        let end = asked.end();
        assert_eq!((end.code, end.rest.len()), (Some(0), 1), "{era:?}: what was asked is answered");
        let mut cut = session();
        cut.say_without_end(&line[..line.len() / 2]);
        let end = cut.end();
        assert_eq!((end.code, end.rest), (Some(0), vec![]), "{era:?}: half a line is none");
        let mut open = session();
        open.scan("1", "\"late\"");
        let end = open.end();
        assert_eq!((end.code, end.rest), (Some(0), vec![]), "{era:?}");
    }
    let mut probed = Session::start(NOWHERE, &[]);
    probed.ask("server/discover", "");
    assert_eq!(probed.end().code, Some(0));
    let mut refused = Session::start(NOWHERE, &[]);
    refused.say(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#);
    assert_eq!(refused.end().code, Some(0));
}
