//! The upstream as a server of MCP 2026-07-28, in which every request stands for itself.

use libtest_mimic::{Failed, Trial};

use crate::driven::{Driven, at, string, wait};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("modern_results_carry_what_the_version_asks_for", results),
        Trial::test("modern_requests_must_name_version_and_capabilities", meta),
        Trial::test("modern_a_question_is_a_result_and_its_state_comes_back_unchanged", questions),
        Trial::test("modern_logs_come_only_where_the_request_asks_for_them", logs),
        Trial::test("modern_a_subscription_is_acknowledged_and_open_until_cancelled", listen),
        Trial::test("modern_what_the_version_removed_is_gone", removed),
        Trial::test("modern_both_eras_in_one_process", both),
    ]
}

/// Parameters with the `_meta` that a client of these capabilities sends.
fn params(capabilities: &str, more: &str) -> String {
    let version = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!(r#"{{"_meta":{{{version},"io.modelcontextprotocol/clientCapabilities":{capabilities}}}{more}}}"#)
}

fn results() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let found = driven.ask("0", "server/discover", &params("{}", "")).await;
        assert_eq!(at(&found, "/result/supportedVersions"), r#"["2026-07-28"]"#);
        assert_eq!(at(&found, "/result/capabilities/completions"), "{}");
        for (method, more) in [
            ("tools/list", ""),
            ("prompts/list", ""),
            ("resources/list", ""),
            ("resources/templates/list", ""),
            ("resources/read", r#""uri":"upstream://note""#),
        ] {
            let listed = driven.ask("1", method, &params("{}", more)).await;
            assert_eq!(
                (at(&listed, "/result/ttlMs").as_str(), string(&listed, "/result/cacheScope")),
                ("0", "private")
            );
        }
        let called = driven.ask("2", "tools/call", &params("{}", r#""name":"read""#)).await;
        assert_eq!(string(&called, "/result/resultType"), "complete");
        assert_eq!(string(&called, "/result/_meta/io.modelcontextprotocol~1serverInfo/name"), "scripted-upstream");
        assert_eq!(at(&called, "/result/_meta/com.example~1result/digits"), "1.10", "beside what it has of its own");
        assert_eq!(called.pointer("/result/ttlMs"), None);
        let echo =
            driven.ask("3", "tools/call", &params("{}", r#""name":"echo","arguments":{"n":1.10},"task":{}"#)).await;
        assert_eq!(at(&echo, "/result/structuredContent/echo"), r#"{"n":1.10}"#, "there are no such tasks any more");
        let missing = driven.ask("4", "resources/read", &params("{}", r#""uri":"upstream://x""#)).await;
        assert_eq!(at(&missing, "/error/code"), "-32602");
    });
    Ok(())
}

fn meta() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let bare = driven.ask("1", "tools/list", "{}").await;
        assert_eq!(at(&bare, "/error/code"), "-32602");
        let half = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
        assert_eq!(at(&driven.ask("2", "tools/list", half).await, "/error/code"), "-32602");
        let other = params("{}", "").replace("2026-07-28", "2030-01-01");
        let refused = driven.ask("3", "tools/list", &other).await;
        assert_eq!(at(&refused, "/error/code"), "-32022");
        let data = r#"{"supported":["2026-07-28"],"requested":"2030-01-01"}"#;
        assert_eq!(at(&refused, "/error/data"), data);
    });
    Ok(())
}

fn questions() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        for (tool, capability) in [("ask", "elicitation"), ("sample", "sampling"), ("roots", "roots")] {
            let name = format!(r#""name":"{tool}""#);
            let undeclared = driven.ask("1", "tools/call", &params("{}", &name)).await;
            assert_eq!(at(&undeclared, "/error/code"), "-32021");
            let required = format!(r#"{{"{capability}":{{}}}}"#);
            assert_eq!(at(&undeclared, "/error/data/requiredCapabilities"), required);
            let asked = driven.ask("2", "tools/call", &params(&required, &name)).await;
            assert_eq!(string(&asked, "/result/resultType"), "input_required");
            let method = string(&asked, &format!("/result/inputRequests/{tool}/method"));
            assert!(method.starts_with(capability), "{method}");
            let state = at(&asked, "/result/requestState");
            let retry = |state: &str, replies: &str| {
                let more = format!(r#"{name},"requestState":{state},"inputResponses":{{{replies}}}"#);
                params(&required, &more)
            };
            let reply = format!(r#""{tool}":{{"x":1.10}}"#);
            let done = driven.ask("3", "tools/call", &retry(&state, &reply)).await;
            assert_eq!(string(&done, "/result/resultType"), "complete");
            assert_eq!(at(&done, "/result/structuredContent/answer"), r#"{"x":1.10}"#);
            let changed = state.replace('é', "e\u{301}");
            assert_ne!(state, changed);
            for retry in [retry(&changed, &reply), retry("null", &reply), retry(&state, "")] {
                assert_eq!(at(&driven.ask("4", "tools/call", &retry).await, "/error/code"), "-32602", "{retry}");
            }
        }
    });
    Ok(())
}

fn logs() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let silent = params("{}", r#""name":"log""#);
        driven.ask("1", "tools/call", &silent).await;
        let at_level = |level: &str| {
            silent.replacen("\"_meta\":{", &format!("\"_meta\":{{\"io.modelcontextprotocol/logLevel\":\"{level}\","), 1)
        };
        driven.ask("2", "tools/call", &at_level("error")).await;
        driven.request("3", "tools/call", &at_level("info")).await;
        assert_eq!(string(&driven.next().await, "/method"), "notifications/message");
        assert_eq!(at(&driven.next().await, "/id"), "3");
    });
    Ok(())
}

fn listen() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        let more = r#""notifications":{"toolsListChanged":true,"resourceSubscriptions":["upstream://note"]}"#;
        driven.request("\"s\"", "subscriptions/listen", &params("{}", more)).await;
        for method in ["notifications/subscriptions/acknowledged", "notifications/resources/updated"] {
            let told = driven.next().await;
            assert_eq!(string(&told, "/method"), method);
            assert_eq!(string(&told, "/params/_meta/io.modelcontextprotocol~1subscriptionId"), "s");
        }
        driven.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s"}}"#).await;
        assert_eq!(driven.end().await.rest, [""; 0]);
    });
    Ok(())
}

fn removed() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::start(&[]);
        for method in ["ping", "logging/setLevel", "resources/subscribe", "tasks/list"] {
            let more = r#""level":"error","uri":"upstream://note""#;
            let gone = driven.ask("1", method, &params("{}", more)).await;
            assert_eq!(at(&gone, "/error/code"), "-32601", "{method}");
        }
    });
    Ok(())
}

fn both() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open("2025-11-25", "{}", &[]).await;
        let modern = driven.ask("1", "tools/list", &params("{}", "")).await;
        assert_eq!(string(&modern, "/result/resultType"), "complete");
        let legacy = driven.ask("2", "tools/list", "{}").await;
        assert_eq!(legacy.pointer("/result/resultType"), None);
    });
    Ok(())
}
