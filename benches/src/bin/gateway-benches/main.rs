//! Measures the mock gateway beside the floor: how many scans a second its default scenario decides,
//! and how many requests a server on the same HTTP stack answers with a constant, in the same run.
//!
//! Usage: `gateway-benches [MOCK_GATEWAY] [BLOCKS]`, release builds. On Linux, under `taskset -c 1`:
//! servers are pinned to CPU 0. Blocks take turns; a CI plays one to see that the command works.

mod constant;
mod load;

use std::env;
use std::io::Write as _;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use guard_benches::server::Server;
use guard_benches::spread::Spread;

use load::{Ask, CONNECTIONS, Load};

const BLOCKS: usize = 10;
const REQUESTS_PER_BLOCK: usize = 5_000;

/// The word that makes this program the constant server.
const CONSTANT: &str = "--answer-a-constant";

/// One scan for each decision of the default scenario. What asks for an approval goes to a host of its
/// own, because a host that anything was let through to is known from then on.
const SCANS: [Ask; 4] = [
    Ask {
        body: r#"{"tool_name":"http","method":"GET","url":"https://docs.example/page","body":{"page":1,"text":"hello"}}"#,
        due: r#""decision":"ALLOW""#,
    },
    Ask {
        body: r#"{"tool_name":"slack","method":"POST","url":"https://hooks.example/api/chat.postMessage","body":{"channel":"C1","text":"hello"}}"#,
        due: r#""decision":"REQUIRE_APPROVAL""#,
    },
    Ask {
        body: r#"{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{"channel":"C1","text":"mail to kim@people.example"}}"#,
        due: r#""decision":"SANITIZE""#,
    },
    Ask {
        body: r#"{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{"channel":"C1","text":"AKIAIOSFODNN7EXAMPLE"}}"#,
        due: r#""decision":"DENY""#,
    },
];

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut arguments = env::args_os().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == CONSTANT) {
        return runtime.block_on(constant::serve());
    }
    let gateway = arguments.next().unwrap_or_else(|| "target/release/mock-gateway".into());
    let blocks = match arguments.next() {
        None => BLOCKS,
        Some(text) => text
            .to_str()
            .and_then(|text| text.parse().ok())
            .filter(|blocks| *blocks > 0)
            .context("usage: BLOCKS is a number from 1")?,
    };
    let gateway = Server::start(&gateway, &["default", "--listen", "127.0.0.1:0"])?;
    let floor = Server::start(env::current_exe()?.as_ref(), &[CONSTANT])?;
    let anything = |ask: &Ask| Ask { due: "200 OK", ..ask.clone() };
    let (scans, posts) = (Rc::new(SCANS.to_vec()), Rc::new(SCANS.iter().map(anything).collect()));

    let (mut decided, mut answered) = (Load::default(), Load::default());
    for block in 0..blocks {
        // Whoever comes second may find a warmer machine, so that they take turns at it.
        for decides in [block % 2 == 0, block % 2 != 0] {
            if decides {
                decided.add(runtime.block_on(load::run(gateway.address, &scans, REQUESTS_PER_BLOCK))?);
            } else {
                answered.add(runtime.block_on(load::run(floor.address, &posts, REQUESTS_PER_BLOCK))?);
            }
        }
    }
    let (decided, answered) = (Row::of(decided, &gateway), Row::of(answered, &floor));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{CONNECTIONS} connections       a second   CPU each     p50      p99      max      n")?;
    writeln!(out, "default scenario  {}", decided.words())?;
    writeln!(out, "a constant        {}", answered.words())?;
    write!(out, "ratio               {:8.2}", decided.pace / answered.pace)?;
    match decided.cpu.zip(answered.cpu) {
        Some((decided, answered)) => writeln!(out, "   {:8.2}", decided / answered)?,
        None => writeln!(out, "   not observable here")?,
    }
    Ok(())
}

/// One line of the table.
struct Row {
    pace: f64,
    /// Seconds that the server was busy for each request.
    cpu: Option<f64>,
    spread: Spread,
}

impl Row {
    fn of(load: Load, server: &Server) -> Self {
        let pace = load.pace();
        let cpu = server.busy().map(|busy| busy.as_secs_f64() / load.each.len() as f64);
        Self { pace, cpu, spread: Spread::of(load.each) }
    }

    fn words(&self) -> String {
        let cpu = self.cpu.map_or_else(|| "       ?   ".to_owned(), |cpu| format!("{:8.1} µs", cpu * 1e6));
        format!("  {:8.0}{cpu} {}", self.pace, self.spread.row())
    }
}
