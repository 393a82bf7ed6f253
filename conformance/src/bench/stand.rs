//! What every phase of a bench needs: the guard's command and environment in each role, the gateway, the
//! CPUs. Never a measurement.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::gateway::Gateway;
use super::machine::Cpus;
use super::peer::Peer;
use super::session::{Seat, Session};
use crate::case::Role;
use crate::launch;
use crate::party::dialect::Dialect;
use crate::play::Stage;
use crate::play::stage::{self, Places};
use crate::subject::Subject;
use crate::subject::policy::Policy;
use crate::version::{Era, Version};

/// A guard ready to be started, again and again.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) subject: Subject,
    pub(crate) gateway: Gateway,
    pub(crate) cpus: Cpus,
    /// Of one scan, as the guard is told it.
    pub(crate) budget: Duration,
    stage: Stage,
    dialect: Dialect,
}

impl Stand {
    /// Opens the gateway; this thread is kept on the guard's CPU from then on.
    ///
    /// # Errors
    /// There is no place for temporary files, or no port.
    pub(crate) fn new(subject: Subject, budget: Duration, cpus: Cpus) -> anyhow::Result<Self> {
        let stage = Stage::new(0)?;
        let gateway = Gateway::start(cpus)?;
        cpus.keep_guard();
        // A session with a handshake, where the guard has one, is what most clients open.
        let handshake = |version: &&Version| version.era() == Era::Legacy;
        let version = subject.versions.iter().find(handshake).or(subject.versions.first());
        let version = *version.expect("a subject has at least one version");
        Ok(Self { subject, gateway, cpus, budget, stage, dialect: Dialect { version, capabilities: Vec::new() } })
    }

    /// Whether the guard has a command for this role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.subject.commands.contains_key(&role)
    }

    /// How to start the guard in this role.
    ///
    /// # Errors
    /// There is no place for its files.
    pub(crate) fn seat(&self, role: Role) -> anyhow::Result<Seat> {
        self.seat_before(role, &self.gateway.url(), self.budget)
    }

    /// How to start it before another gateway, with another budget.
    pub(crate) fn seat_before(&self, role: Role, gateway: &str, budget: Duration) -> anyhow::Result<Seat> {
        let upstream = Peer::Server.argv()?;
        let places = Places {
            key: &self.stage.canary,
            gateway,
            authority: "",
            budget,
            policy: &stage::policy(Policy::Allow, &self.subject, &self.stage, "bench", &upstream)?,
            upstream: &upstream,
        };
        let command = places.command(self.subject.commands.get(&role).map(Vec::as_slice).unwrap_or_default());
        let mut environment = stage::base_environment(&self.subject, &self.stage, &places);
        if self.subject.asks_gateway() {
            environment.insert("INTERVEN_SCAN_TIMEOUT_MS".into(), budget.as_millis().to_string());
        }
        Ok(Seat { command, environment, ..self.own(Peer::Server)? })
    }

    /// How to start a process of the bench's own.
    ///
    /// # Errors
    /// There is no place for its files, or this program cannot be found.
    pub(crate) fn own(&self, peer: Peer) -> anyhow::Result<Seat> {
        Ok(Seat {
            command: peer.argv()?,
            environment: [].into(),
            folder: launch::folder(self.stage.workplace.path(), "guard")?,
            dialect: self.dialect.clone(),
            tool: self.subject.tools.scan.clone(),
            deadlines: self.subject.deadlines,
        })
    }

    /// Starts the guard in its scan role.
    ///
    /// # Errors
    /// It cannot be started, or does not answer.
    pub(crate) fn open(&self) -> anyhow::Result<Session> {
        Session::open(&self.seat(Role::Scan)?)
    }
}

/// The guard as results name it.
pub(crate) fn named(subject: &Subject) -> super::results::Subject {
    let command = subject.commands.get(&Role::Scan).or(subject.commands.values().next()).cloned().unwrap_or_default();
    let sha256 = command.first().and_then(|program| digest(program));
    super::results::Subject { name: subject.name.clone(), command, sha256 }
}

/// The digest of a program, found as a shell finds it.
fn digest(program: &str) -> Option<String> {
    let path = match Path::new(program).components().count() {
        1 => std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())?,
        _ => Path::new(program).to_owned(),
    };
    let digest = Sha256::digest(std::fs::read(path).ok()?);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guard");
        std::fs::write(&path, "abc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(&path.to_string_lossy()).as_deref(), Some(known));
        assert_eq!(digest("no-such-program-anywhere"), None);
    }
}
