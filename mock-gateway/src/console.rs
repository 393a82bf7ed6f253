//! The console: the page on which a person sees what the gateway decided and plays the analyst. Where
//! it is and who is let in; the requests that reach it are the admin API's, and so is every power.

mod door;
mod page;

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use door::Door;

use crate::admin::{NoRandomness, Token};

pub(crate) use door::Visit;
pub(crate) use page::{File, POLICY, find};

/// Where the console's paths begin.
pub(crate) const BASE: &str = "/console";

/// The console of one gateway.
#[derive(Debug)]
pub(crate) struct Console {
    url: String,
    cookie: String,
    door: Mutex<Door>,
}

impl Console {
    /// The console that is served at this address.
    pub(crate) fn at(address: SocketAddr) -> Self {
        // Cookies do not know ports: each gateway on a machine needs a name of its own.
        let cookie = format!("mock-gateway-{}", address.port());
        Self { url: format!("http://{address}{BASE}"), cookie, door: Mutex::default() }
    }

    /// The address before its paths; approvals have theirs under it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The name of its cookie.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A link that opens the console once. An earlier one that nobody used opens nothing any more.
    pub(crate) fn link(&self) -> Result<String, NoRandomness> {
        let link = Token::random()?;
        let url = format!("{}/#open={}", self.url, link.reveal());
        self.door().offer(link);
        Ok(url)
    }

    /// Lets in whoever has the link, and takes the link away; `None` when this is not it.
    pub(crate) fn enter(&self, link: &str) -> Result<Option<Visit>, NoRandomness> {
        let visit = Visit::new()?;
        Ok(self.door().enter(link.as_bytes(), visit))
    }

    /// Whether somebody was let in with both of these.
    pub(crate) fn knows(&self, cookie: &[u8], proof: &[u8]) -> bool {
        self.door().knows(cookie, proof)
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        // Nothing is left half done where this lock is held, so a panic elsewhere does not spoil it.
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
