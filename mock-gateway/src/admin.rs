//! The admin API: what whoever runs a gateway may ask of it, over HTTP on a port of its own.
//!
//! Off unless asked for. Agents are shown the gateway's address and approval links; neither gives
//! any power here. Every request needs the token, the Host header must name the address that is
//! listened on, pages of other origins are refused, and a body must be said to be JSON.
//!
//! From a shell, with what `mock-gateway --admin` prints when it starts:
//!
//! ```sh
//! export MOCK_GATEWAY_ADMIN_TOKEN=...
//! admin() { curl -sS -H "Authorization: Bearer $MOCK_GATEWAY_ADMIN_TOKEN" -H "Content-Type: application/json" "$@"; }
//!
//! # Approve what has waited longest.
//! id=$(admin "$URL/admin/v1/approvals?status=pending" | jq -r '.approvals[0].approval_id')
//! admin -d '{"note": "asked Kim"}' "$URL/admin/v1/approvals/$id/approve"
//!
//! # Ten minutes later the grant is over.
//! admin -d '{"by": "10m"}' "$URL/admin/v1/clock/advance"
//! ```
//!
//! From Rust the same can be had without HTTP, by the methods of [`MockGateway`](crate::MockGateway).
//!
//! On the same port is the console, a page that does all this in a browser: [`Admin::console_link`]
//! opens it once.
//!
//! Never: a decision about a scan.

mod approvals;
mod clock;
mod gate;
mod gateway;
mod openapi;
mod operation;
mod problem;
mod query;
mod records;
mod scenario;
mod serve;
mod token;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::console::Console;
use crate::server::Shared;

pub use token::{NoRandomness, Token, TokenError};

/// How the admin API shall be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; any free port of 127.0.0.1 unless told otherwise.
    pub address: SocketAddr,
    /// The token that it wants; a new one that nobody can guess unless told otherwise.
    pub token: Option<Token>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { address: (Ipv4Addr::LOCALHOST, 0).into(), token: None }
    }
}

/// Why there is no admin API.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address cannot be had.
    #[error("cannot listen on {address} for the admin API: {source}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// There is no token.
    #[error(transparent)]
    Token(#[from] NoRandomness),
}

/// The running admin API of a gateway; it ends with it.
#[derive(Debug)]
pub struct Admin {
    address: SocketAddr,
    token: Token,
    console: Arc<Console>,
    task: JoinHandle<()>,
}

/// The port of an admin API that is not served yet. The gateway must know the console's address before
/// it answers anybody, and the admin API must know the gateway.
pub(crate) struct Port {
    listener: TcpListener,
    address: SocketAddr,
    token: Token,
    console: Arc<Console>,
}

impl Port {
    pub(crate) async fn bind(settings: Settings) -> Result<Self, AdminError> {
        let Settings { address, token } = settings;
        let token = token.map_or_else(Token::random, Ok)?;
        let failed = |source| AdminError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, token, console: Arc::new(Console::at(address)) })
    }

    /// The console that will be there.
    pub(crate) const fn console(&self) -> &Arc<Console> {
        &self.console
    }

    pub(crate) fn serve(self, shared: Arc<Shared>) -> Admin {
        let Self { listener, address, token, console } = self;
        let task = tokio::spawn(serve::accept(listener, shared, token.clone()));
        Admin { address, token, console, task }
    }
}

impl Admin {
    /// A new link that opens the console once, in one browser. An earlier one that was not used opens
    /// nothing any more.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn console_link(&self) -> Result<String, NoRandomness> {
        self.console.link()
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address before the paths, such as `http://127.0.0.1:4871`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token that it wants.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The description of the admin API, OpenAPI 3.1 in JSON.
#[must_use]
pub fn openapi() -> serde_json::Map<String, serde_json::Value> {
    openapi::document()
}
