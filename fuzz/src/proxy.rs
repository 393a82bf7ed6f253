//! The proxy role, from the client's lines to the server's and back: the guard's own relay between a
//! client and a server that both do as the choices say, and a gateway that answers by the tool's name.
//! The model is what the lines say to an independent parser; never what the guard says of them.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::time::Duration;

use guard_conformance::generate::{Choices, json, message};
use mcp_guard::config::Config;
use mcp_guard::log;
use mcp_guard::proxy::{Server, serve_between};
use mock_gateway::json::Json;
use mock_gateway::{MockGateway, Scenario};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::line::is_id;
use crate::text::{has_reserved_key, shown};

/// What the gateway answers. Of a tool that is not here it denies every call.
const SCENARIO: &str = r#"
rules:
  - { when: { tool_name: [allow, echo] }, then: { decision: ALLOW, repeat: forever } }
  - { when: { tool_name: clean }, then: { decision: SANITIZE, sanitized_body_json: '{"clean":1.10}', repeat: forever } }
  - { when: { tool_name: list }, then: { decision: SANITIZE, sanitized_body_json: '["clean"]', repeat: forever } }
  - { when: { tool_name: hold }, then: { decision: REQUIRE_APPROVAL, repeat: forever } }
  - { when: { tool_name: lower }, then: { decision: allow, repeat: forever } }
  - { when: { tool_name: twice }, then: { json: '{"decision":"ALLOW","decision":"DENY"}', repeat: forever } }
  - { when: { tool_name: refused }, then: { status: 400, repeat: forever } }
  - { when: { tool_name: late }, then: { decision: ALLOW, delay: 2ms, repeat: forever } }
"#;

const TOOLS: &[&str] = &["allow", "send", "clean", "list", "hold", "lower", "twice", "refused", "late"];

/// What runs of a call that the gateway was asked about; `None` when nothing may.
fn permitted(tool: &str, arguments: Option<&Json>) -> Option<Option<Json>> {
    match tool {
        "allow" | "echo" | "late" => Some(arguments.cloned()),
        "clean" => Some(Json::parse(br#"{"clean":1.10}"#).ok()),
        _ => None,
    }
}

/// How long a session may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whatever a client and a server say to each other through the proxy, in whatever order: no call
/// reaches the server that was not permitted just so, everything else reaches it as it was said, and
/// every request is answered, each once. The choices make the client's lines and the server's manners.
///
/// # Panics
/// When a call runs that may not, when an answer is lost or given twice, or when the session hangs.
pub fn nothing_denied_runs(choices: &[u8]) {
    thread_local! {
        static STAGE: LazyCell<Stage> = LazyCell::new(Stage::start);
    }
    let mut choices = Choices::new(choices);
    let lines: Vec<_> = (0..choices.below(12)).map(|_| line(&mut choices)).collect();
    let manners: Vec<_> = (0..8).map(|_| choices.of(&Manner::ALL)).collect();
    let played = STAGE.with(|stage| stage.play(&lines, &manners));
    let said = Said::of(&lines);
    said.check_what_ran(&played.to_server);
    said.check_answers(&played.to_client);
}

fn line(choices: &mut Choices<'_>) -> Vec<u8> {
    let id = ["0", "1", "2", "3", "\"1\"", "\"a\""];
    let named = |text: &str| Json::parse(text.as_bytes()).unwrap_or(Json::Null);
    let text = |text: &str| Json::String(text.to_owned());
    let object = |members: Vec<(&str, Json)>| {
        Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    };
    let outer = |method: &str, rest: Vec<(&'static str, Json)>| {
        object([vec![("jsonrpc", text("2.0")), ("method", text(method))], rest].concat())
    };
    let value = match choices.below(8) {
        0..5 => {
            let mut params = vec![("name", text(choices.of(TOOLS)))];
            if !choices.once_in(4) {
                params.push(("arguments", object(vec![("n", json::value(choices))])));
            }
            outer("tools/call", vec![("id", named(choices.of(&id))), ("params", object(params))])
        }
        5 => outer("ping", vec![("id", named(choices.of(&id)))]),
        6 => {
            let params = object(vec![("requestId", named(choices.of(&id)))]);
            outer("notifications/cancelled", vec![("params", params)])
        }
        _ => return message::line(choices).into_iter().filter(|byte| *byte != b'\n').collect(),
    };
    json::spell(&value, choices).into_bytes()
}

/// What the server does with a request.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Answer,
    /// Answers, and answers again.
    AnswerTwice,
    /// Answers what it was not asked, first.
    Guess,
    /// Prints what is no message, first.
    Print,
}

impl Manner {
    const ALL: [Self; 4] = [Self::Answer, Self::AnswerTwice, Self::Guess, Self::Print];

    fn lines(self, id: &Json) -> String {
        let answer = |id: &Json| {
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"protocolVersion\":\"2025-03-26\"}}}}\n")
        };
        match self {
            Self::Answer => answer(id),
            Self::AnswerTwice => answer(id) + &answer(id),
            Self::Guess => (0..4).map(|id| answer(&Json::Number(id.to_string()))).collect::<String>() + &answer(id),
            Self::Print => "listening on stdio\n{}\n".to_owned() + &answer(id),
        }
    }
}

/// One gateway for all sessions of a thread.
struct Stage {
    runtime: Runtime,
    _gateway: MockGateway,
    config: Config,
}

struct Played {
    to_server: Vec<Vec<u8>>,
    to_client: Vec<Vec<u8>>,
}

impl Stage {
    fn start() -> Self {
        log::mute();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let scenario = Scenario::parse("proxy.yaml", SCENARIO).expect("the scenario is good");
        let gateway = runtime.block_on(MockGateway::builder().scenario(scenario).journal_limit(0).start());
        let gateway = gateway.expect("a gateway starts on loopback");
        let url = gateway.url().to_owned();
        let config = Config::read(|name| match name {
            "INTERVEN_API_KEY" => Some("iv_live_canary".into()),
            "INTERVEN_GATEWAY_URL" => Some(url.clone().into()),
            "INTERVEN_HOLD_MS" => Some("0".into()),
            _ => None,
        });
        Self { runtime, _gateway: gateway, config: config.expect("the variables are good") }
    }

    fn play(&self, lines: &[Vec<u8>], manners: &[Manner]) -> Played {
        let server = Server { name: "server".to_owned(), command: Vec::new() };
        let pipe = || duplex(64 * 1024);
        let ((client_out, guard_in), (guard_out, client_in)) = (pipe(), pipe());
        let ((guard_to_server, server_in), (server_out, guard_from_server)) = (pipe(), pipe());
        let session = async {
            tokio::join!(
                serve_between(&self.config, &server, (guard_in, guard_out), (guard_from_server, guard_to_server)),
                say(client_out, lines),
                hear(client_in),
                serve(server_in, server_out, manners),
            )
        };
        let ((), (), to_client, to_server) =
            self.runtime.block_on(async { timeout(PATIENCE, session).await }).unwrap_or_else(|_| {
                panic!("the session hangs: {:?}", lines.iter().map(|line| shown(line)).collect::<Vec<_>>())
            });
        Played { to_server, to_client }
    }
}

async fn say(mut output: DuplexStream, lines: &[Vec<u8>]) {
    for line in lines {
        // A proxy that has gone hears nothing, and is told by what is missing.
        let _ = output.write_all(&[line, &b"\n"[..]].concat()).await;
    }
}

async fn hear(mut input: DuplexStream) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let _ = input.read_to_end(&mut all).await;
    assert!(all.is_empty() || all.ends_with(b"\n"), "the last line has no end: {}", shown(&all));
    all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

async fn serve(input: DuplexStream, mut output: DuplexStream, manners: &[Manner]) -> Vec<Vec<u8>> {
    let mut lines = BufReader::new(input);
    let mut heard = Vec::new();
    let mut manners = manners.iter().cycle();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await.unwrap_or_default() == 0 {
            return heard;
        }
        assert_eq!(line.pop(), Some(b'\n'), "the server gets a line without an end: {}", shown(&line));
        let value = Json::parse(line.strip_suffix(b"\r").unwrap_or(&line));
        let value = value.unwrap_or_else(|error| panic!("the server gets no JSON ({error}): {}", shown(&line)));
        for message in messages(&value) {
            if let (Some(id), Some(_)) = (message.get("id"), message.get("method")) {
                let manner = manners.next().copied().unwrap_or(Manner::Answer);
                let _ = output.write_all(manner.lines(id).as_bytes()).await;
            }
        }
        heard.push(line);
    }
}

/// A message, or those of a batch.
fn messages(value: &Json) -> &[Json] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}

/// What a client said, as an independent parser reads it.
#[derive(Default)]
struct Said<'l> {
    /// Lines that two readers may read in two ways.
    doubtful: u32,
    /// How often each id asks, and how often for certain.
    asked: BTreeMap<String, Asked>,
    /// The calls that may run, as the server would see them, and how often.
    may_run: BTreeMap<String, u32>,
    lines: Vec<&'l [u8]>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Asked {
    most: u32,
    least: u32,
    cancelled: u32,
}

impl<'l> Said<'l> {
    fn of(lines: &'l [Vec<u8>]) -> Self {
        let mut said = Self { lines: lines.iter().map(|line| strip(line)).collect(), ..Self::default() };
        for line in said.lines.clone() {
            match Json::parse(line) {
                Ok(value) if !line.contains(&b'\r') && !has_reserved_key(&value) => {
                    let is_batch = value.as_array().is_some();
                    messages(&value).iter().for_each(|message| said.hear(message, is_batch));
                }
                _ => said.doubtful += 1,
            }
        }
        said
    }

    fn hear(&mut self, message: &Json, in_batch: bool) {
        let method = message.get("method").and_then(Json::as_str);
        if method == Some("notifications/cancelled")
            && let Some(id) = message.pointer("/params/requestId")
        {
            self.asked.entry(id.to_string()).or_default().cancelled += 1;
        }
        let Some(id) = message.get("id") else { return };
        let asked = self.asked.entry(id.to_string()).or_default();
        asked.most += 1;
        // A batch may be refused as a whole, and then nobody in it is answered.
        asked.least += u32::from(method.is_some() && !in_batch && is_id(id));
        if method == Some("tools/call")
            && let Some(tool) = message.pointer("/params/name").and_then(Json::as_str)
            && let Some(arguments) = permitted(tool, message.pointer("/params/arguments"))
        {
            *self.may_run.entry(call(id, tool, arguments.as_ref())).or_default() += 1;
        }
    }

    fn check_what_ran(&self, to_server: &[Vec<u8>]) {
        let mut may_run = self.may_run.clone();
        for line in to_server {
            let text = strip(line);
            let value = Json::parse(text).expect("what the server gets is JSON");
            for message in messages(&value) {
                if message.get("method").and_then(Json::as_str) == Some("tools/call") {
                    let (Some(id), Some(tool)) =
                        (message.get("id"), message.pointer("/params/name").and_then(Json::as_str))
                    else {
                        panic!("a call without id or name runs: {}", shown(text));
                    };
                    let left = may_run.get_mut(&call(id, tool, message.pointer("/params/arguments")));
                    match left {
                        Some(left) if *left > 0 => *left -= 1,
                        _ => panic!("a call runs that was not permitted just so: {}", shown(text)),
                    }
                } else {
                    let said = self
                        .lines
                        .iter()
                        .any(|line| Json::parse(line).is_ok_and(|said| messages(&said).contains(message)));
                    assert!(said, "nobody said what the server gets: {}", shown(text));
                }
            }
        }
    }

    fn check_answers(&self, to_client: &[Vec<u8>]) {
        let mut answers: BTreeMap<String, u32> = BTreeMap::new();
        for line in to_client {
            let value = Json::parse(line);
            let value = value.unwrap_or_else(|error| panic!("the client gets no JSON ({error}): {}", shown(line)));
            for message in messages(&value).iter().filter(|message| message.get("method").is_none()) {
                let id = message.get("id").unwrap_or(&Json::Null);
                *answers.entry(id.to_string()).or_default() += u32::from(*id != Json::Null);
            }
        }
        for (id, given) in &answers {
            let most = self.asked.get(id).map_or(0, |asked| asked.most) + self.doubtful;
            assert!(
                *given <= most,
                "{id} asked {most} times and is answered {given} times: {}",
                said(&self.lines, to_client)
            );
        }
        for (id, asked) in &self.asked {
            let given = answers.get(id).copied().unwrap_or_default();
            let least = asked.least.saturating_sub(asked.cancelled);
            assert!(given >= least, "{id} is answered {given} times of {least}: {}", said(&self.lines, to_client));
        }
    }
}

fn said(lines: &[&[u8]], answers: &[Vec<u8>]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| shown(line)).collect();
    let answers: Vec<_> = answers.iter().map(|line| shown(line)).collect();
    format!("\n{}\nwas answered\n{}", lines.join("\n"), answers.join("\n"))
}

/// A call as it is told from others.
fn call(id: &Json, tool: &str, arguments: Option<&Json>) -> String {
    let arguments = arguments.map_or_else(String::new, Json::canonical);
    format!("{id} {tool} {arguments}")
}

fn strip(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
