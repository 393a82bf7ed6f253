//! The command `mock-gateway`: arguments in, a running gateway out. Wiring and exit codes; what a
//! person reads at start is in `greeting`, what is written per request in `log`, how a changed
//! scenario is taken over in `reload`, the view of a running one from a shell in `watch`.

mod greeting;
mod log;
mod pages;
mod reload;
mod table;
mod watch;

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr as _;
use std::thread;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use mock_gateway::admin::{self, AdminError, Token, TokenError};
use mock_gateway::api::Key;
use mock_gateway::{MockGateway, Scenario, StartError, Tls};
use tokio::sync::oneshot;

/// Where the gateway listens unless told otherwise.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4870);

/// What sets the token of the admin API.
const ADMIN_TOKEN: &str = "MOCK_GATEWAY_ADMIN_TOKEN";

const AFTER_HELP: &str = r#"A client has 30 seconds to send the head of its next request, and as long again for the body; then the connection is closed.

Approve from a shell, with the two variables that --admin prints:
  auth="Authorization: Bearer $MOCK_GATEWAY_ADMIN_TOKEN"
  curl -sS -H "$auth" "$MOCK_GATEWAY_ADMIN_URL/approvals?status=pending"
  curl -sS -H "$auth" --json '{"note": "fine"}' "$MOCK_GATEWAY_ADMIN_URL/approvals/ID/approve"

Ten minutes later, without waiting for them, and another scenario:
  curl -sS -H "$auth" --json '{"by": "10m"}' "$MOCK_GATEWAY_ADMIN_URL/clock/advance"
  curl -sS -H "$auth" -X PUT --json '{"bundled": "deny"}' "$MOCK_GATEWAY_ADMIN_URL/scenario"

What else there is: $MOCK_GATEWAY_ADMIN_URL/openapi.json. The same two variables lead
`mock-gateway watch` there; its key o makes another link to the console.

A guided tour of five minutes, with curl and with a guard: mock-gateway/TOUR.md in the sources.

Exit codes:
  0  stopped by a signal; `watch`: also by its key q, or ended with the gateway
  2  bad arguments or scenario; `watch`: no gateway named, or its token is wrong
  3  could not start; `watch`: the gateway cannot be reached"#;

/// A policy gateway for development and tests: it decides as its scenario says.
///
/// Point a guard at it with INTERVEN_GATEWAY_URL; the lines to copy are printed at start. It speaks
/// the gateway's public API, and says how much of what it does is only assumed. A scenario file that
/// changes is taken over while it runs; one that cannot be used leaves the rules as they are.
#[derive(Parser)]
#[command(
    name = "mock-gateway",
    version,
    args_conflicts_with_subcommands = true,
    after_help = AFTER_HELP
)]
struct Arguments {
    #[command(subcommand)]
    question: Option<Question>,

    /// A scenario file, or the name of a bundled one: allow, approval-desk, default, deny, flaky,
    /// outage, rate-limited, require-approval, sanitize, slow
    #[arg(value_name = "SCENARIO", default_value = "default")]
    scenario: String,

    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value_t = DEFAULT_ADDRESS)]
    listen: SocketAddr,

    /// The only API key to accept; without it any key is accepted
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Speak TLS, with a certificate that is good or is bad in one way
    #[arg(long, value_name = "CERTIFICATE")]
    tls: Option<Certificate>,

    /// Write the certificate to trust for --tls good to this file, in PEM; it is new in every run
    #[arg(long, value_name = "FILE", requires = "tls")]
    tls_ca: Option<PathBuf>,

    /// Append every request and answer to this file, one JSON object a line, keys left out
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// At the end, write what happened to this file as a scenario that makes it happen again, secrets
    /// left out
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,

    /// Serve the console and the admin API on a port of its own, the one after --listen's: approve,
    /// move time, change the scenario, read the journal. A link that opens the console once is printed
    /// at start, and the token that the API wants; MOCK_GATEWAY_ADMIN_TOKEN sets it
    #[arg(long, visible_alias = "console", value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
    admin: Option<Option<SocketAddr>>,

    /// Allow --listen and --admin to be reached from other machines
    #[arg(long)]
    allow_remote: bool,
}

/// The certificate that clients are shown.
#[derive(Clone, Copy, ValueEnum)]
enum Certificate {
    Good,
    Untrusted,
    Expired,
    WrongHost,
}

impl From<Certificate> for Tls {
    fn from(certificate: Certificate) -> Self {
        match certificate {
            Certificate::Good => Self::Good,
            Certificate::Untrusted => Self::Untrusted,
            Certificate::Expired => Self::Expired,
            Certificate::WrongHost => Self::WrongHost,
        }
    }
}

/// What can be asked instead of starting a gateway.
#[derive(Subcommand)]
enum Question {
    /// Print every behaviour of this gateway, and how well it is known that the real one does the same
    Fidelity,

    /// Follow what a running gateway decides, and decide its approvals by key
    ///
    /// The gateway must serve its admin API (--admin). Where there is a terminal: a or d and the number
    /// of an approval approves or denies it, o makes a link that opens the console once, q ends. Without
    /// one it only follows. Exit codes are those of mock-gateway.
    Watch(watch::Which),

    /// Print what lets a shell complete these words
    #[command(hide = true)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the man pages
    #[command(hide = true)]
    Man {
        /// Where they go
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

impl Question {
    async fn answer(self) -> Result<(), Failure> {
        let page = match self {
            Self::Fidelity => table::fidelity(),
            Self::Completions { shell } => pages::completions(shell),
            Self::Watch(which) => {
                let stop =
                    stop_signal().map_err(|error| Failure::start(format_args!("cannot catch signals: {error}")))?;
                return watch::run(which, stop).await;
            }
            Self::Man { out } => {
                return pages::man(&out).map_err(|error| {
                    Failure::start(format_args!("cannot write man pages to {}: {error}", out.display()))
                });
            }
        };
        let printed = io::stdout().write_all(page.as_bytes());
        printed.map_err(|error| Failure::start(format_args!("cannot write to stdout: {error}")))
    }
}

/// Why the command ends, and with which code.
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The user must change what was asked.
    fn input(error: impl std::fmt::Display) -> Self {
        Self { code: 2, message: error.to_string() }
    }

    /// The machine did not let us.
    fn start(error: impl std::fmt::Display) -> Self {
        Self { code: 3, message: error.to_string() }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread: the gateway stands inside every latency that is measured through it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime
        .map_err(|error| Failure::start(format_args!("cannot start the runtime: {error}")))
        .and_then(|runtime| runtime.block_on(run(arguments)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, message }) => {
            _ = writeln!(io::stderr(), "mock-gateway: {message}");
            ExitCode::from(code)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { question, scenario: name, listen, key, tls, tls_ca, journal, export, admin, allow_remote } =
        arguments;
    if let Some(question) = question {
        return question.answer().await;
    }
    let admin = admin.map(|address| address.unwrap_or_else(|| beside(listen)));
    if let Some(address) = admin.into_iter().chain([listen]).find(|address| !address.ip().is_loopback())
        && !allow_remote
    {
        let problem = format!("refusing to listen on {address}, where other machines can reach it: add --allow-remote");
        return Err(Failure::input(problem));
    }
    let token = admin.and_then(|_| std::env::var_os(ADMIN_TOKEN)).map(|token| read_token(&token)).transpose()?;
    let token_is_new = token.is_none();
    if let Some(key) = &key {
        Key::from_str(key).map_err(|error| Failure::input(format_args!("cannot use --key: {error}")))?;
    }
    let scenario = load(&name).map_err(Failure::input)?;
    let log = log::Log::open(journal.as_deref()).map_err(Failure::start)?;
    let lines = log.lines().clone();
    // The signals are caught before anyone is told that the gateway is up.
    let stop = stop_signal().map_err(|error| Failure::start(format_args!("cannot catch signals: {error}")))?;

    let mut builder = MockGateway::builder().scenario(scenario.clone()).bind(listen);
    if let Some(key) = &key {
        builder = builder.key(key);
    }
    if let Some(tls) = tls {
        builder = builder.tls(tls.into());
    }
    if let Some(address) = admin {
        builder = builder.admin(admin::Settings { address, token });
    }
    let gateway = builder.start().await.map_err(|error| match error {
        StartError::Bind { .. } => Failure::start(format_args!("{error}; choose another address with --listen")),
        StartError::Admin(AdminError::Bind { .. }) => {
            Failure::start(format_args!("{error}; choose another address with --admin=ADDRESS"))
        }
        _ => Failure::start(error),
    })?;
    if let Some((path, pem)) = tls_ca.zip(gateway.authority()) {
        let written = std::fs::write(&path, pem);
        written.map_err(|error| Failure::start(format_args!("cannot write --tls-ca {}: {error}", path.display())))?;
    }
    let log = tokio::spawn(log.follow(gateway.journal().follow()));

    let desk = match gateway.admin() {
        Some(admin) => greeting::desk(admin, &admin.console_link().map_err(Failure::start)?, token_is_new),
        None => String::new(),
    };
    let greeting = greeting::greeting(gateway.url(), key.as_deref(), &desk, &name, &scenario);
    tokio::select! {
        () = stop => {}
        () = reload::follow(file(&name), &gateway, &lines) => {}
        error = greet(greeting) => return Err(Failure::start(format_args!("cannot write to stdout: {error}"))),
    }
    let exported = export.map(|path| write_session(&path, &gateway)).transpose();
    drop(gateway);
    log.await.map_err(|error| Failure::start(format_args!("cannot finish the log: {error}")))?;
    exported.map(|_| ()).map_err(Failure::start)
}

/// Where the admin API listens unless told otherwise: on this machine alone, at the port after the
/// gateway's; any free one where that has any.
fn beside(listen: SocketAddr) -> SocketAddr {
    let port = if listen.port() == 0 { 0 } else { listen.port().checked_add(1).unwrap_or(0) };
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)
}

/// The token that the environment sets; it is in no message.
fn read_token(token: &OsStr) -> Result<Token, Failure> {
    let token = token.to_str().ok_or(TokenError).and_then(Token::from_str);
    token.map_err(|error| Failure::input(format_args!("cannot use {ADMIN_TOKEN}: {error}")))
}

fn write_session(path: &Path, gateway: &MockGateway) -> Result<(), String> {
    let written = std::fs::write(path, gateway.session_file());
    written.map_err(|error| format!("cannot write the session to {}: {error}", path.display()))
}

/// Prints the greeting on a thread of its own, because nobody may read it to its end. Ends only
/// when it cannot be printed.
async fn greet(greeting: String) -> io::Error {
    let (done, printed) = oneshot::channel();
    let print = move || {
        let mut stdout = io::stdout().lock();
        // When the gateway has stopped meanwhile, nobody waits to hear of it.
        _ = done.send(stdout.write_all(greeting.as_bytes()).and_then(|()| stdout.flush()));
    };
    if let Err(error) = thread::Builder::new().name("stdout".to_owned()).spawn(print) {
        return error;
    }
    match printed.await {
        Ok(Err(error)) => error,
        Ok(Ok(())) | Err(_) => std::future::pending().await,
    }
}

fn load(name: &str) -> Result<Scenario, mock_gateway::scenario::ScenarioError> {
    file(name).map_or_else(|| Scenario::named(name), Scenario::read)
}

/// The file that a scenario's name stands for; `None` when it is a bundled one.
fn file(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    let is_path = path.extension().is_some() || path.components().count() > 1 || path.is_file();
    is_path.then_some(path)
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on unix, where catching a signal can fail")]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { _ = tokio::signal::ctrl_c().await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_admin_api_is_beside_the_gateway_and_on_this_machine_alone() {
        for (listen, due) in [
            ("127.0.0.1:4870", "127.0.0.1:4871"),
            ("0.0.0.0:80", "127.0.0.1:81"),
            ("[::1]:0", "127.0.0.1:0"),
            ("127.0.0.1:65535", "127.0.0.1:0"),
        ] {
            assert_eq!(beside(listen.parse().unwrap()).to_string(), due, "{listen}");
        }
    }
}
