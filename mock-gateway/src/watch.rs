//! `mock-gateway watch`: the journal of a running gateway in a shell, as it grows, and its approvals
//! decided by key. Wiring; what is shown is `view`'s, what a key means `keys`', the terminal's state
//! `terminal`'s, and the admin API is spoken to in `desk`.

mod desk;
mod keys;
mod terminal;
mod view;

use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Value, json};

use desk::{Desk, Lines, Problem};
use keys::{Keys, Step};
use terminal::Terminal;
use view::View;

use crate::Failure;

/// How many requests of the past are shown at first.
const PAST: u64 = 20;

/// How often is asked who waits: what one analyst does, another one sees so soon.
const PACE: Duration = Duration::from_secs(1);

/// Which gateway, and what lets one in.
#[derive(clap::Args)]
pub(crate) struct Which {
    /// The admin API, as mock-gateway --admin printed it; else MOCK_GATEWAY_ADMIN_URL
    #[arg(value_name = "URL")]
    url: Option<String>,

    /// Its token, which other users of this machine can then see in the list of processes; else
    /// MOCK_GATEWAY_ADMIN_TOKEN
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
}

/// Watches until the gateway ends, a signal comes, or a key says so.
///
/// # Errors
/// What to do when the gateway is not named, cannot be found, or will not be asked.
pub(crate) async fn run(which: Which, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let given = |given: Option<String>, name: &str| {
        let missing = || Failure::input(format_args!("which gateway? give it, or set {name}"));
        given.or_else(|| std::env::var(name).ok()).ok_or_else(missing)
    };
    let (url, token) = (given(which.url, "MOCK_GATEWAY_ADMIN_URL")?, given(which.token, crate::ADMIN_TOKEN)?);
    let desk = Desk::new(&url, &token).map_err(Failure::input)?;
    let state = desk.ask("GET", "/state", None).await?;
    let arrived = state["requests"].as_u64().unwrap_or(0);
    let events = desk.follow(arrived.saturating_sub(PAST)).await?;
    let mut terminal = Terminal::open();
    let (mut keys, mut screen) = (terminal.keys(), Screen::new(terminal.is_interactive()));
    screen.say(&format!("watching {}", view::clean(state["url"].as_str().unwrap_or_default())))?;
    tokio::select! {
        () = stop => Ok(()),
        watched = watch(&desk, events, &mut keys, &mut screen) => watched,
    }
    // The screen's last line goes first, then the terminal becomes what it was.
}

async fn watch(
    desk: &Desk,
    mut events: Lines,
    keys: &mut terminal::Pressed,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let mut tick = tokio::time::interval(PACE);
    loop {
        tokio::select! {
            lines = events.next() => {
                let Some(lines) = lines.map_err(Failure::start)? else { return screen.say("the gateway has ended") };
                for event in &lines {
                    if let Some(line) = screen.view.take(event) {
                        screen.say(&line)?;
                    }
                }
                if lines.iter().any(|event| event.get("approval_id").is_some()) {
                    screen.waiting(desk).await?;
                }
            }
            Some(key) = keys.next() => match screen.keys.press(key, &screen.view.labels()) {
                Step::Nothing => {}
                Step::Changed => screen.draw()?,
                Step::Quit => return Ok(()),
                Step::Decide(verb, label) => screen.decide(desk, verb, label).await?,
                Step::Link => match desk.ask("POST", "/console", None).await {
                    Ok(made) => screen.say(&format!("opens the console once: {}", view::clean(made["link"].as_str().unwrap_or_default())))?,
                    Err(problem) => screen.say(&problem.to_string())?,
                },
            },
            _ = tick.tick() => screen.waiting(desk).await?,
        }
    }
}

/// What is shown: lines that stay, and below them, where keys can be pressed, one that changes.
struct Screen {
    view: View,
    keys: Keys,
    has_bar: bool,
    out: anstream::AutoStream<io::Stdout>,
}

impl Screen {
    fn new(has_bar: bool) -> Self {
        Self { view: View::default(), keys: Keys::default(), has_bar, out: anstream::stdout() }
    }

    fn say(&mut self, line: &str) -> Result<(), Failure> {
        self.clear().and_then(|()| writeln!(self.out, "{line}")).map_err(|error| unwritable(&error))?;
        self.draw()
    }

    fn draw(&mut self) -> Result<(), Failure> {
        if self.has_bar {
            let bar = self.view.bar(self.keys.prompt(), terminal::width());
            self.clear().and_then(|()| write!(self.out, "{bar}")).map_err(|error| unwritable(&error))?;
        }
        self.out.flush().map_err(|error| unwritable(&error))
    }

    /// Empties the last line. Not through `out`, which strips this with the colours where NO_COLOR is set.
    fn clear(&self) -> io::Result<()> {
        if self.has_bar { io::stdout().write_all(b"\r\x1b[2K") } else { Ok(()) }
    }

    async fn waiting(&mut self, desk: &Desk) -> Result<(), Failure> {
        match desk.ask("GET", "/approvals?status=pending", None).await {
            Ok(pending) => self.view.wait(&pending["approvals"]),
            // A gateway that has ended is told of by the end of its journal.
            Err(Problem::Silent { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
        self.draw()
    }

    async fn decide(&mut self, desk: &Desk, verb: keys::Verb, label: usize) -> Result<(), Failure> {
        let Some(id) = self.view.id(label) else { return self.draw() };
        let path = format!("/approvals/{}/{}", desk::encoded(id), verb.name());
        let said = match desk.ask("POST", &path, Some(json!({}))).await {
            Ok(Value::Object(approval)) => view::decided(label, &Value::Object(approval)),
            Ok(other) => other.to_string(),
            Err(problem) => problem.to_string(),
        };
        self.say(&said)?;
        self.waiting(desk).await
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.has_bar {
            // A terminal that is gone needs no clearing.
            _ = self.clear().and_then(|()| self.out.flush());
        }
    }
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::start(format_args!("cannot write to stdout: {error}"))
}

/// A gateway that cannot be reached is the machine's trouble; one that refuses was asked wrongly.
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Silent { .. } => Self::start(problem),
            Problem::Refused(_) => Self::input(problem),
        }
    }
}
