//! The gateway as a running thing: built, started, asked and told. Decisions are the engine's; the
//! port and its connections are in `listener`, one request's way through in `exchange`.

mod approvals;
mod exchange;
mod listener;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_rustls::TlsAcceptor;

use crate::admin::{self, Admin, AdminError};
use crate::api::{Key, KeyError};
use crate::clock::Clock;
use crate::console::Console;
use crate::engine::Engine;
use crate::journal::{Entry, Filter, Journal, Unmet};
use crate::scenario::{Reply, Scenario, ScenarioError};
use crate::tls::{Authority, Tls, TlsError};

pub use approvals::Approvals;
pub use listener::Listener;

/// How long a client may take to send, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The key that shall be accepted can be no bearer token.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no admin API.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The bundled scenario is broken.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// How a gateway shall be.
#[derive(Debug, Default)]
pub struct Builder {
    key: Option<Result<Key, KeyError>>,
    scenario: Option<Scenario>,
    clock: Option<Clock>,
    address: Option<SocketAddr>,
    patience: Option<Duration>,
    journal_limit: Option<usize>,
    tls: Option<Tls>,
    base_path: String,
    admin: Option<admin::Settings>,
}

impl Builder {
    /// The only bearer token that is accepted; without this, any token is.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.parse());
        self
    }

    /// What the gateway does; without this, the bundled `default`.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(scenario);
        self
    }

    /// The clock that approvals go by; without this, a real one.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where to listen; without this, any free port of 127.0.0.1.
    #[must_use]
    pub const fn bind(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Where its paths begin, such as `/tenant/a`, as behind a reverse proxy; without this, at the root.
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.base_path);
        self
    }

    /// Speaks TLS and shows this certificate; without this, plain HTTP. Certificates are made when the
    /// gateway starts; [`MockGateway::authority`] is whom to trust.
    #[must_use]
    pub const fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Serves the [admin API](crate::admin) too, on a port of its own; without this, there is none.
    #[must_use]
    pub fn admin(mut self, settings: admin::Settings) -> Self {
        self.admin = Some(settings);
        self
    }

    /// How long a client may take to send the head of its next request, and as long again for the
    /// body; without this, 30 seconds. Then the connection is closed, so that idle ones cannot use
    /// up the descriptors. Waiting for an answer takes as long as it takes.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How many bytes of events the journal keeps before it forgets the oldest; without this, 32 MB.
    #[must_use]
    pub const fn journal_limit(mut self, bytes: usize) -> Self {
        self.journal_limit = Some(bytes);
        self
    }

    /// Starts the gateway on the current runtime.
    ///
    /// # Errors
    /// A key that is no bearer token, an address that cannot be had, no certificate, or no token for
    /// the admin API.
    pub async fn start(self) -> Result<MockGateway, StartError> {
        let key = self.key.transpose()?;
        let address = self.address.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        let scenario = self.scenario.map_or_else(|| Scenario::named("default"), Ok)?;
        let port = listener::Port::bind(address).map_err(|source| StartError::Bind { address, source })?;
        let address = port.address();
        let authority = self.tls.map(|_| Authority::new(address.ip())).transpose()?;
        let greeting = self.tls.zip(authority.as_ref()).map(|(tls, authority)| authority.acceptor(tls)).transpose()?;
        let scheme = if authority.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}{}", self.base_path);
        let clock = self.clock.unwrap_or_else(Clock::real);
        let admin = match self.admin {
            Some(settings) => Some(admin::Port::bind(settings).await?),
            None => None,
        };
        let console = admin.as_ref().map(|admin| Arc::clone(admin.console()));
        // Where there is no console, an approval's page is only a name.
        let pages = console.as_ref().map_or_else(|| url.clone(), |console| console.url().to_owned());
        let gateway = Arc::new(Shared {
            key,
            engine: Mutex::new(Engine::new(&scenario, pages, clock.now().virtual_time)),
            console,
            fault: Mutex::default(),
            url,
            clock,
            journal: self.journal_limit.map_or_else(Journal::default, Journal::keeping),
            patience: self.patience.unwrap_or(PATIENCE),
            base_path: self.base_path,
            authority,
        });
        let acceptor = listener::Acceptor::start(port, greeting, Arc::clone(&gateway))
            .map_err(|source| StartError::Bind { address, source })?;
        let admin = admin.map(|admin| admin.serve(Arc::clone(&gateway)));
        Ok(MockGateway { address, shared: gateway, acceptor, admin })
    }
}

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Shared {
    key: Option<Key>,
    engine: Mutex<Engine>,
    fault: Mutex<Option<String>>,
    /// There is one where there is an admin API.
    pub(crate) console: Option<Arc<Console>>,
    pub(crate) url: String,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) patience: Duration,
    base_path: String,
    authority: Option<Authority>,
}

impl Shared {
    fn greeting(&self, tls: Tls) -> io::Result<TlsAcceptor> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "this gateway was started without TLS");
        let authority = self.authority.as_ref().ok_or_else(missing)?;
        authority.acceptor(tls).map_err(io::Error::other)
    }

    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        // Nothing is left half done where this lock is held, so a panic elsewhere does not spoil it.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another scenario in force; what was wrong with an earlier one matters no more.
    pub(crate) fn replace(&self, scenario: &Scenario) {
        self.engine().replace(scenario);
        self.fault().take();
    }

    /// Why the scenario that was to come in force last did not.
    pub(crate) fn fault(&self) -> MutexGuard<'_, Option<String>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset(&self) {
        let mut engine = self.engine();
        engine.reset(self.clock.now().virtual_time);
        self.journal.clear();
    }

    fn session(&self) -> Scenario {
        let entries = self.journal.query(&Filter::all());
        let now = self.clock.now().virtual_time;
        self.engine().session(&entries, now)
    }

    /// The session as a file, which says what it lacks: the journal of a long one has forgotten its
    /// beginning.
    pub(crate) fn session_file(&self) -> String {
        let forgotten = self.journal.forgotten();
        let note =
            if forgotten == 0 { String::new() } else { format!("# {forgotten} earlier events were forgotten.\n") };
        format!("# What a mock gateway answered, to be answered again.\n{note}{}", self.session().to_yaml())
    }
}

/// A running gateway. Dropping it ends its connections and frees its port; nothing else happens
/// then, and nothing panics.
///
/// ```
/// use std::time::Duration;
///
/// use mock_gateway::{Clock, Filter, MockGateway, Scenario};
///
/// # async fn ask(_: &str) {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let scenario = Scenario::parse(
///     "my-test",
///     "
/// rules:
///   - when: { tool_name: slack, body: { channel: general } }
///     then: [{ status: 503 }, { decision: ALLOW }]
///   - then: { decision: REQUIRE_APPROVAL, approval: { after: 3s, become: approved } }
/// ",
/// )?;
/// let gateway = MockGateway::builder().scenario(scenario).clock(Clock::frozen()).start().await?;
///
/// ask(gateway.url()).await; // Whatever shall be tested is pointed at this address.
///
/// gateway.clock().advance(Duration::from_secs(3));
/// assert!(gateway.approvals().pending().is_empty());
/// gateway.verify(&Filter::scans().tool_name("slack"), ..=2)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MockGateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: listener::Acceptor,
    admin: Option<Admin>,
}

impl MockGateway {
    /// A gateway yet to be started.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Its base address, such as `http://127.0.0.1:4870`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Whom to trust for its good certificate, in PEM; `None` without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<String> {
        self.shared.authority.as_ref().map(Authority::pem)
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on every scan is given these replies, in turn; the last one repeats. Approvals,
    /// their windows and the journal stay; a running window wins over a scripted verdict.
    pub fn script(&self, replies: Vec<Reply>) {
        self.shared.engine().replace_rules(&Scenario::scripted(replies));
    }

    /// Puts another scenario in force. Approvals, keys, known hosts, the journal and what was used of
    /// the limits stay.
    pub fn replace(&self, scenario: &Scenario) {
        self.shared.replace(scenario);
    }

    /// Says that another scenario should have come in force and could not, as when its file is
    /// wrong: the admin API tells why until one comes.
    pub fn keep(&self, fault: &ScenarioError) {
        *self.shared.fault() = Some(fault.to_string());
    }

    /// The scenario in force.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.shared.engine().scenario()
    }

    /// Forgets approvals, keys, known hosts, what was used of the limits and the journal. The
    /// scenario in force begins anew; the clock stands where it is.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// What happened so far, as a scenario that makes it happen again: the same requests get the
    /// same answers. Secrets and PII are redacted.
    #[must_use]
    pub fn session(&self) -> Scenario {
        self.shared.session()
    }

    /// The same as the text of a scenario file, which says how much of the beginning it lacks.
    #[must_use]
    pub fn session_file(&self) -> String {
        self.shared.session_file()
    }

    /// Its admin API; `None` unless it was asked for.
    #[must_use]
    pub const fn admin(&self) -> Option<&Admin> {
        self.admin.as_ref()
    }

    /// The requests that the filter admits, when there are as many as expected.
    ///
    /// # Errors
    /// There are more or fewer; the error lists what arrived.
    pub fn verify(&self, filter: &Filter, expected: impl RangeBounds<usize>) -> Result<Vec<Entry>, Unmet> {
        self.shared.journal.verify(filter, expected)
    }

    /// Accepts connections, refuses them, or shows them another certificate. Refusing ends those that
    /// there are and keeps the port.
    ///
    /// # Errors
    /// The system would not listen again, or a certificate is asked of a gateway without TLS.
    pub async fn listener(&self, listener: Listener) -> io::Result<()> {
        self.acceptor.set(listener).await
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Its approvals.
    #[must_use]
    pub fn approvals(&self) -> Approvals {
        Approvals::of(Arc::clone(&self.shared))
    }

    /// Its record.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }
}
