//! The proxy role: a server behind us, and every call of a tool judged before it gets there. This file
//! holds what all of a session share. Lines are relayed as the bytes they are and never pass rmcp: a
//! type that knows a message also forgets a part of it.

mod child;
mod intercept;
mod judge;
mod ledger;
mod life;
mod relay;
mod reply;
mod report;
mod stderr;
mod terms;

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use crate::approval::Approvals;
use crate::batch::Outgoing;
use crate::config::Config;
use crate::frame::Id;
use crate::gateway::Gateway;
use crate::room::Room;
use intercept::Policy;
use ledger::{Ledger, Stage};
use report::Reports;

pub use child::{BECOME, become_server, not_started};
pub use life::{serve, serve_between};

/// What the requests that are open may hold, in bytes.
const OPEN: usize = 64 * 1024 * 1024;

/// What may wait to be written to the server, in bytes.
const AHEAD: usize = 16 * 1024 * 1024;

/// What may wait to be written to the client, in bytes.
const BEHIND: usize = 2 * relay::LONGEST_ANSWER;

/// What may wait for the rest of a batch, in bytes.
const ASIDE: usize = 2 * relay::LONGEST_ANSWER;

/// Why a call did not run that was still judged at the end.
const TOO_LATE: &str = "the session ended before the call was handed on";

/// What to put behind the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// What the gateway knows it by.
    pub name: String,
    /// The program and its arguments; never empty.
    pub command: Vec<OsString>,
}

/// Why a proxy did not come to serve.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what happened")]
pub enum NotServed {
    #[error("the command behind `--` holds the gateway key; a server must not have it")]
    KeyInCommand,
    #[error("{0}")]
    NotStarted(String, u8),
    #[error("stdin failed: {0}")]
    Input(#[source] io::Error),
    #[error("stdout failed: {0}")]
    Output(#[source] io::Error),
}

/// What all the tasks of a session share.
struct Proxy {
    gateway: Arc<Gateway>,
    policy: Policy,
    hold: Duration,
    server: String,
    reports: Option<Reports>,
    approvals: Approvals,
    ledger: Mutex<Ledger>,
    open: Room,
    ahead: Room,
    behind: Room,
    aside: Room,
    to_client: mpsc::Sender<Outgoing>,
    to_server: mpsc::Sender<Outgoing>,
    /// Told whenever a request is over.
    settled: Notify,
    /// The session ends: no call is handed on any more.
    closing: AtomicBool,
    /// How the ids of our own questions begin; nobody else's do.
    ours: String,
    asked: AtomicU64,
}

impl Proxy {
    fn new(
        config: &Config,
        server: &Server,
        to_client: mpsc::Sender<Outgoing>,
        to_server: mpsc::Sender<Outgoing>,
    ) -> Self {
        let gateway = Arc::new(Gateway::new(config));
        Self {
            policy: Policy {
                fail_open: config.fail_open,
                holds: !config.hold.is_zero(),
                console: config.console.clone(),
            },
            hold: config.hold,
            server: server.name.clone(),
            reports: config.reports.then(|| Reports::new(Arc::clone(&gateway))),
            gateway,
            approvals: Approvals::default(),
            ledger: Mutex::default(),
            open: Room::new(OPEN),
            ahead: Room::new(AHEAD),
            behind: Room::new(BEHIND),
            aside: Room::new(ASIDE),
            to_client,
            to_server,
            settled: Notify::new(),
            closing: AtomicBool::new(false),
            // A server that knew our ids could answer them in the client's place.
            ours: format!("\"mcp-guard-{:016x}", RandomState::new().hash_one(0)),
            asked: AtomicU64::new(1),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics with the ledger in hand")
    }

    fn is_ours(&self, id: &Id) -> bool {
        id.as_json().starts_with(&self.ours)
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Waits until nothing is open that will come to an end.
    async fn quiet(&self) {
        while !self.ledger().is_quiet() {
            self.settled.notified().await;
        }
    }

    /// Answers whatever is open, since nobody else will.
    async fn give_up(&self) {
        let open = self.ledger().close();
        for (id, open) in open {
            let answer = match open.stage {
                Stage::Judged(_) => reply::not_run(&id, open.reading, &intercept::failed(&TOO_LATE)),
                Stage::Sent(_) => reply::gone(&id, open.reading),
            };
            let line = self.ledger().out(open.batch, answer.into());
            if let Some(line) = line {
                let _ = self.to_client.send(line).await;
            }
        }
    }
}

#[cfg(test)]
impl Proxy {
    /// One in a session of this version, and what takes its lines: to the client, and to the server.
    fn alone(version: &str) -> (Arc<Self>, [mpsc::Receiver<Outgoing>; 2]) {
        let config = Config::read(|name| (name == "INTERVEN_API_KEY").then(|| "iv_live_canary".into()));
        let server = Server { name: "x".to_owned(), command: vec!["x".into()] };
        let ((to_client, client), (to_server, behind)) = (mpsc::channel(8), mpsc::channel(8));
        let proxy = Self::new(&config.expect("a key is enough"), &server, to_client, to_server);
        let opened = format!(r#"{{"protocolVersion":"{version}"}}"#).into();
        proxy.ledger().terms = terms::Terms::read(terms::Offer::default(), &opened);
        (Arc::new(proxy), [client, behind])
    }
}
