//! The upstream as a server of the versions with a handshake.

use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use mock_gateway::json::Json;

use crate::driven::{Driven, at, string, wait};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("legacy_a_session_opens_in_every_version_with_a_handshake", opens),
        Trial::test("legacy_tools_stand_on_two_pages_with_all_that_a_guard_could_drop", lists_tools),
        Trial::test("legacy_numbers_and_ids_are_given_back_as_they_came", keeps_numbers),
        Trial::test("legacy_each_tool_answers_in_its_own_way", tools),
        Trial::test("legacy_progress_carries_the_token_of_its_caller", progress),
        Trial::test("legacy_a_question_to_the_client_is_answered_by_the_client", questions),
        Trial::test("legacy_a_cancelled_call_is_never_answered", cancelled),
        Trial::test("legacy_a_slow_call_holds_nobody_up", slow),
        Trial::test("legacy_a_call_can_be_a_task", task),
        Trial::test("legacy_logs_come_from_the_level_that_was_set", logs),
        Trial::test("legacy_resources_prompts_and_completion", resources),
        Trial::test("legacy_what_makes_no_sense_is_refused", refuses),
        Trial::test("legacy_only_one_version_has_batches", batches),
    ]
}

const NEWEST: &str = "2025-11-25";

fn opens() -> Result<(), Failed> {
    wait(async {
        for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
            let driven = Driven::open(version, "{}", &[]).await;
            assert_eq!(driven.end().await.code, Some(0));
        }
        let mut driven = Driven::start(&[]);
        let early = driven.ask("1", "tools/list", "{}").await;
        assert_eq!(at(&early, "/error/code"), "-32602", "nothing before the handshake");
        let opened = driven.ask("\"o\"", "initialize", r#"{"protocolVersion":"2030-01-01","capabilities":{}}"#).await;
        assert_eq!(string(&opened, "/result/protocolVersion"), NEWEST);
        assert_eq!(at(&opened, "/result/capabilities/experimental"), r#"{"com.example/vendor":{"level":3}}"#);
        assert_eq!(at(&opened, "/result/capabilities/tasks/cancel"), "{}");
        assert_eq!(string(&opened, "/result/serverInfo/name"), "scripted-upstream");
        assert!(string(&opened, "/result/instructions").ends_with("日本語"));
        assert_eq!(opened.pointer("/result/resultType"), None);
    });
    Ok(())
}

fn lists_tools() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let first = driven.ask("1", "tools/list", "{}").await;
        let cursor = at(&first, "/result/nextCursor");
        let second = driven.ask("2", "tools/list", &format!("{{\"cursor\":{cursor}}}")).await;
        assert_eq!(second.pointer("/result/nextCursor"), None);
        let tools = |page: &Json| page.pointer("/result/tools").and_then(Json::as_array).unwrap().to_vec();
        let names: Vec<_> = [tools(&first), tools(&second)].concat().iter().map(|tool| at(tool, "/name")).collect();
        assert_eq!(names.len(), 19);
        assert!(names.contains(&"\"environment\"".to_owned()), "{names:?}");
        let echo = &tools(&first)[0];
        for member in ["title", "annotations", "icons", "_meta", "outputSchema", "execution", "x-vendor"] {
            assert!(echo.get(member).is_some(), "{member}");
        }
        assert_eq!(at(echo, "/x-vendor/big"), "18446744073709551616");
        assert_eq!(at(&tools(&first)[1], "/annotations/openWorldHint"), "true");
        for cursor in ["\"page\"", "\"\"", "2"] {
            let bad = driven.ask("3", "tools/list", &format!("{{\"cursor\":{cursor}}}")).await;
            assert_eq!(at(&bad, "/error/code"), "-32602", "{cursor}");
        }
    });
    Ok(())
}

fn keeps_numbers() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let arguments = r#"{"z":1.10,"a":1e400,"m":[-0,18446744073709551616],"":"é 🎉"}"#;
        for (id, tool) in [("0", "echo"), ("9007199254740993", "send"), ("-1.50", "echo"), ("\"ä\"", "send")] {
            let answer = driven.call(id, tool, arguments).await;
            assert_eq!(at(&answer, "/result/structuredContent/echo"), arguments);
            assert_eq!(string(&answer, "/result/content/0/text"), arguments);
        }
    });
    Ok(())
}

fn tools() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let read = driven.call("1", "read", "{}").await;
        let kinds = read.pointer("/result/content").and_then(Json::as_array).unwrap();
        let kinds: Vec<_> = kinds.iter().map(|block| string(block, "/type")).collect();
        assert_eq!(kinds, ["text", "image", "audio", "resource_link", "resource"]);
        assert_eq!(at(&read, "/result/_meta/com.example~1result/digits"), "1.10");
        assert_eq!(at(&read, "/result/x-vendor"), "[1e400,-0]");
        let fail = driven.call("2", "fail", "{}").await;
        assert_eq!(at(&fail, "/result/isError"), "true");
        let broken = driven.call("3", "break", "{}").await;
        assert_eq!(at(&broken, "/error"), r#"{"code":-31050,"message":"broken","data":{"part":"spring"}}"#);
        let huge = driven.call("4", "huge", "{}").await;
        assert_eq!(string(&huge, "/result/content/0/text").len(), 1 << 20);
        driven.request("5", "tools/call", r#"{"name":"noise"}"#).await;
        let noise = driven.line().await.expect("a line");
        assert!(Json::parse(noise.as_bytes()).is_err(), "{noise}");
        assert_eq!(at(&driven.next().await, "/id"), "5");
        let twice = driven.call("6", "twice", "{}").await;
        assert_eq!(driven.next().await, twice);
        let names = driven.call("7", "environment", "{}").await;
        let names = names.pointer("/result/structuredContent/names").and_then(Json::as_array).unwrap();
        assert!(names.iter().any(|name| name.as_str() == Some("PATH")));
        assert!(names.is_sorted_by_key(|name| name.as_str()));
        driven.request("8", "tools/call", r#"{"name":"flood"}"#).await;
        driven.request("9", "tools/call", r#"{"name":"crash"}"#).await;
        let ended = driven.end().await;
        assert_eq!((ended.code, ended.stderr, ended.rest.len()), (Some(7), 1 << 20, 1), "{:?}", ended.rest);
    });
    Ok(())
}

fn progress() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        for token in ["7", "\"t\"", "1.0"] {
            let params = format!(r#"{{"name":"progress","_meta":{{"progressToken":{token}}}}}"#);
            driven.request("1", "tools/call", &params).await;
            for step in 1..=3 {
                let told = driven.next().await;
                assert_eq!(string(&told, "/method"), "notifications/progress");
                assert_eq!(at(&told, "/params/progressToken"), token);
                assert_eq!(at(&told, "/params/progress"), step.to_string());
            }
            assert_eq!(at(&driven.next().await, "/id"), "1");
        }
        assert_eq!(at(&driven.call("2", "progress", "{}").await, "/id"), "2", "without a token, no progress");
    });
    Ok(())
}

fn questions() -> Result<(), Failed> {
    wait(async {
        let mut bare = Driven::open(NEWEST, "{}", &[]).await;
        assert_eq!(at(&bare.call("1", "ask", "{}").await, "/result/isError"), "true");
        let mut driven = Driven::open(NEWEST, r#"{"elicitation":{},"sampling":{},"roots":{}}"#, &[]).await;
        let tools = [("ask", "elicitation/create"), ("sample", "sampling/createMessage"), ("roots", "roots/list")];
        for (count, (tool, method)) in tools.into_iter().enumerate() {
            driven.request("\"q\"", "tools/call", &format!(r#"{{"name":"{tool}"}}"#)).await;
            let question = driven.next().await;
            assert_eq!((string(&question, "/method"), at(&question, "/id")), (method, count.to_string()));
            driven.say(r#"{"jsonrpc":"2.0","id":77,"result":{"not":"asked"}}"#).await;
            let said = if tool == "roots" { r#""error":{"code":-1,"message":"no"}"# } else { r#""result":{"x":1.10}"# };
            driven.say(&format!(r#"{{"jsonrpc":"2.0","id":{count},{said}}}"#)).await;
            let answer = driven.next().await;
            assert_eq!(at(&answer, "/id"), "\"q\"");
            let expected = if tool == "roots" { r#"{"code":-1,"message":"no"}"# } else { r#"{"x":1.10}"# };
            assert_eq!(at(&answer, "/result/structuredContent/answer"), expected);
        }
    });
    Ok(())
}

fn cancelled() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, r#"{"elicitation":{}}"#, &[]).await;
        driven.request("1", "tools/call", r#"{"name":"slow","arguments":{"ms":3000}}"#).await;
        driven.request("2", "tools/call", r#"{"name":"never"}"#).await;
        driven.request("\"1\"", "tools/call", r#"{"name":"slow","arguments":{"ms":150}}"#).await;
        for id in ["1", "2", "3"] {
            let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#;
            driven.say(&format!("{cancel}{id}}}}}")).await;
        }
        assert_eq!(at(&driven.next().await, "/id"), "\"1\"", "another id than 1");
        assert_eq!(driven.end().await.rest, [""; 0]);
    });
    Ok(())
}

fn slow() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let began = Instant::now();
        driven.request("1", "tools/call", r#"{"name":"slow","arguments":{"ms":300}}"#).await;
        driven.request("2", "tools/call", r#"{"name":"slow"}"#).await;
        assert_eq!(at(&driven.ask("3", "ping", "{}").await, "/result"), "{}");
        // What has begun is answered although stdin has ended.
        let ended = driven.end().await;
        assert!(began.elapsed() >= Duration::from_millis(400));
        let ids: Vec<_> = ended.rest.iter().map(|line| at(&Json::parse(line.as_bytes()).unwrap(), "/id")).collect();
        assert_eq!((ids, ended.code), (vec!["1".to_owned(), "2".to_owned()], Some(0)));
    });
    Ok(())
}

fn task() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        for tool in ["task", "send"] {
            let params = format!(r#"{{"name":"{tool}","arguments":{{"n":1.10}},"task":{{"ttl":60000}}}}"#);
            let begun = driven.ask("1", "tools/call", &params).await;
            assert_eq!(string(&begun, "/result/task/status"), "working");
            let id = format!(r#"{{"taskId":{}}}"#, at(&begun, "/result/task/taskId"));
            let got = driven.ask("2", "tasks/get", &id).await;
            assert_eq!((string(&got, "/result/status"), at(&got, "/result/ttl")), ("completed", "60000".to_owned()));
            let result = driven.ask("3", "tasks/result", &id).await;
            assert_eq!(at(&result, "/result/structuredContent/echo"), r#"{"n":1.10}"#);
            assert_eq!(at(&result, "/result/_meta/io.modelcontextprotocol~1related-task"), id);
            assert_eq!(at(&driven.ask("4", "tasks/cancel", &id).await, "/error/code"), "-32602");
        }
        let tasks = driven.ask("5", "tasks/list", "{}").await;
        assert_eq!(tasks.pointer("/result/tasks").and_then(Json::as_array).unwrap().len(), 2);
        assert_eq!(at(&driven.ask("6", "tasks/get", r#"{"taskId":"x"}"#).await, "/error/code"), "-32602");
        let refused = driven.ask("7", "tools/call", r#"{"name":"read","task":{}}"#).await;
        assert_eq!(at(&refused, "/error/code"), "-32601");
        let mut older = Driven::open("2025-06-18", "{}", &[]).await;
        let plain = older.ask("1", "tools/call", r#"{"name":"task","arguments":{},"task":{}}"#).await;
        assert_eq!(at(&plain, "/result/structuredContent/echo"), "{}");
        assert_eq!(at(&older.ask("2", "tasks/list", "{}").await, "/error/code"), "-32601");
    });
    Ok(())
}

fn logs() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        driven.request("1", "tools/call", r#"{"name":"log"}"#).await;
        assert_eq!(string(&driven.next().await, "/method"), "notifications/message");
        assert_eq!(at(&driven.next().await, "/id"), "1");
        assert_eq!(at(&driven.ask("2", "logging/setLevel", r#"{"level":"error"}"#).await, "/result"), "{}");
        assert_eq!(at(&driven.call("3", "log", "{}").await, "/id"), "3", "a warning is less than an error");
        assert_eq!(at(&driven.ask("4", "logging/setLevel", r#"{"level":"loud"}"#).await, "/error/code"), "-32602");
    });
    Ok(())
}

fn resources() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let first = driven.ask("1", "resources/list", "{}").await;
        let cursor = at(&first, "/result/nextCursor");
        let second = driven.ask("2", "resources/list", &format!("{{\"cursor\":{cursor}}}")).await;
        assert_eq!(string(&second, "/result/resources/0/uri"), "upstream://last");
        let templates = driven.ask("3", "resources/templates/list", "{}").await;
        assert_eq!(string(&templates, "/result/resourceTemplates/0/name"), "item");
        let note = driven.ask("4", "resources/read", r#"{"uri":"upstream://note"}"#).await;
        assert!(string(&note, "/result/contents/0/text").ends_with("🎉"));
        let item = driven.ask("5", "resources/read", r#"{"uri":"upstream://item/7"}"#).await;
        assert_eq!(string(&item, "/result/contents/0/text"), "upstream://item/7");
        let missing = driven.ask("6", "resources/read", r#"{"uri":"upstream://x"}"#).await;
        assert_eq!(at(&missing, "/error/code"), "-32002");
        let subscribed = driven.ask("7", "resources/subscribe", r#"{"uri":"upstream://note"}"#).await;
        assert_eq!(at(&subscribed, "/result"), "{}");
        let updated = driven.next().await;
        assert_eq!(string(&updated, "/method"), "notifications/resources/updated");
        assert_eq!(string(&updated, "/params/uri"), "upstream://note");
        let prompts = driven.ask("8", "prompts/list", "{}").await;
        assert_eq!(string(&prompts, "/result/prompts/0/name"), "greet");
        let greet = driven.ask("9", "prompts/get", r#"{"name":"greet","arguments":{"who":"Ö"}}"#).await;
        assert_eq!(string(&greet, "/result/messages/0/content/text"), "Greet Ö.");
        assert_eq!(at(&driven.ask("10", "prompts/get", r#"{"name":"greet"}"#).await, "/error/code"), "-32602");
        let params = r#"{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":"x"}}"#;
        let complete = driven.ask("11", "completion/complete", params).await;
        assert_eq!(at(&complete, "/result/completion/values"), r#"["xa","xb"]"#);
    });
    Ok(())
}

fn refuses() -> Result<(), Failed> {
    wait(async {
        let mut driven = Driven::open(NEWEST, "{}", &[]).await;
        let unknown = driven.ask("1", "vendor/thing", "{}").await;
        assert_eq!(at(&unknown, "/error/code"), "-32601");
        assert_eq!(string(&unknown, "/error/data/method"), "vendor/thing");
        let tool = driven.call("2", "Echo", "{}").await;
        assert_eq!((at(&tool, "/error/code"), string(&tool, "/error/data/name")), ("-32602".into(), "Echo"));
        assert_eq!(at(&driven.ask("3", "server/discover", "{}").await, "/error/code"), "-32601");
        for (line, code) in [("{", "-32700"), (r#"{"a":1,"a":2}"#, "-32700"), ("[]", "-32600"), ("42", "-32600")] {
            driven.say(line).await;
            let refused = driven.next().await;
            assert_eq!((at(&refused, "/error/code").as_str(), refused.get("id")), (code, None), "{line}");
        }
        driven.say(r#"{"jsonrpc":"2.0","method":"notifications/vendor"}"#).await;
        driven.say(r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}"#).await;
        assert_eq!(driven.end().await.rest, [""; 0], "a notification is never answered");
    });
    Ok(())
}

fn batches() -> Result<(), Failed> {
    wait(async {
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#;
        let mut driven = Driven::open("2025-03-26", "{}", &[]).await;
        driven.say(batch).await;
        let answers = driven.next().await;
        assert_eq!((at(&answers, "/0/id"), at(&answers, "/1/id")), ("1".into(), "2".into()));
        let mut newer = Driven::open("2025-06-18", "{}", &[]).await;
        newer.say(batch).await;
        assert_eq!(at(&newer.next().await, "/error/code"), "-32600");
    });
    Ok(())
}
