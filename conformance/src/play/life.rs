//! The guard's life within a play: started, opened, ended as a client ends it, started again.

use std::time::Duration;

use tokio::time::Instant;

use super::{DRAIN, OPENING, Play, files};
use crate::launch::{self, Launch, LaunchError, Process, Running};
use crate::log::Log;
use crate::party::client::Client;
use crate::party::dialect::Dialect;
use crate::party::gateway::Gateway;
use crate::recording::Event;
use crate::step::Signal;

/// Starts the guard, and a client of it whose ids go on after `last_id`.
pub(super) async fn start(
    plan: &Launch,
    dialect: Dialect,
    log: &Log,
    last_id: i64,
) -> Result<(Client, Process), LaunchError> {
    let Running { stdin, stdout, stderr, process } = launch::launch(plan).await?;
    log.push(Event::Started { pid: process.pid });
    Ok((Client::new(dialect, (stdin, stdout, stderr), log.clone(), last_id), process))
}

impl Play<'_> {
    /// Opens a session; tells whether the guard answered.
    pub(super) async fn open(&mut self, step: &str) -> bool {
        let limit = self.subject.deadlines.start;
        if step == OPENING {
            self.log.push(Event::Step { step: step.to_owned() });
        }
        let dialect = self.client.dialect().clone();
        let request = self.client.request(None, dialect.version.opening(), dialect.opening().as_deref());
        let Some(sent) = self.client.send(step, request, limit).await else { return false };
        let answered =
            self.client.answer(&sent, Instant::now(), limit).await.is_ok_and(|answer| answer.get("result").is_some());
        if let Some(method) = dialect.opened().filter(|_| answered) {
            self.client.send(step, Client::notification(method, None), limit).await;
        }
        answered
    }

    /// Ends the guard as a client does and starts it again; the gateway stays.
    pub(super) async fn restart(&mut self, name: &str) {
        if let Err(error) = self.leave(name).await {
            self.trouble.get_or_insert(error);
            return;
        }
        let dialect = self.client.dialect().clone();
        match start(&self.plan, dialect, &self.log, self.client.last_id()).await {
            Ok((client, process)) => {
                (self.client, self.process) = (client, Some(process));
                self.open(name).await;
            }
            Err(error) => {
                self.trouble.get_or_insert(error);
            }
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        #[cfg(unix)]
        {
            let (number, name) = match signal {
                Signal::Term => (rustix::process::Signal::TERM, "TERM"),
                Signal::Int => (rustix::process::Signal::INT, "INT"),
                Signal::Kill => (rustix::process::Signal::KILL, "KILL"),
            };
            self.log.push(Event::Signalled { signal: name.into() });
            if let Some(process) = &self.process {
                process.signal(number);
            }
        }
        #[cfg(not(unix))]
        let _unavailable = signal;
    }

    /// Waits for the process to end and writes down whether it did.
    pub(super) async fn await_exit(&mut self, step: &str, limit: Duration) -> bool {
        let Some(process) = &mut self.process else { return true };
        let ended = process.ended(limit).await;
        match ended {
            Some(status) => self.log.push(Event::Exited { status }),
            None => self.log.push(Event::StillRunning {
                step: step.to_owned(),
                after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            }),
        }
        ended.is_some()
    }

    /// Ends the guard's process as a client does: closes stdin, waits, and kills what stays.
    async fn leave(&mut self, step: &str) -> Result<(), LaunchError> {
        // A guard whose stdout has ended is ending, and did so before its stdin was closed.
        let patience = if self.client.is_over() { DRAIN } else { Duration::ZERO };
        let gone = match &mut self.process {
            Some(process) => process.ended(patience).await,
            None => return Ok(()),
        };
        if let Some(status) = gone {
            self.log.push(Event::Exited { status });
        } else {
            self.client.close_stdin();
            if !self.await_exit(step, self.subject.deadlines.exit).await {
                self.log.push(Event::Killed);
            }
        }
        let Some(process) = self.process.take() else { return Ok(()) };
        let end = process.finish().await;
        self.client.drain(DRAIN).await;
        if let Some(upstream) = &mut self.upstream {
            upstream.settled(DRAIN).await;
        }
        // What a guard leaves in its folder is its own affair; a failure to remove the socket is the system's.
        let _kept = std::fs::remove_file(&self.plan.socket);
        let end = end?;
        if let Some((stream, kept)) = end.flood {
            self.log.push(Event::Flooded { stream, kept });
        }
        for (pid, name) in end.orphans {
            self.log.push(Event::Orphan { pid, name });
        }
        Ok(())
    }

    /// Ends the play; what is left of it is the gateway's journal.
    pub(super) async fn end(mut self) -> Result<Gateway, LaunchError> {
        let left = self.leave("end").await;
        for found in files::with_key(&self.searched, &self.canary, self.began) {
            self.log.push(found);
        }
        // A guard can make of its folder what takes long to remove; no other play shall wait for it.
        let folder = self.plan.folder;
        let _kept = tokio::task::spawn_blocking(move || launch::remove(&folder)).await;
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => left.map(|()| self.gateway),
        }
    }
}
