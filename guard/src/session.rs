//! One client, from its first line to its last: who reads, who writes, and what happens when the
//! input ends. Never looks at a message.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rmcp::serve_server;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::config::Config;
use crate::gate::Gate;
use crate::log;
use crate::room::Held;
use crate::server::Guard;

/// How long open calls may still take once the input has ended.
const GRACE: Duration = Duration::from_secs(2);

/// Lines that may wait to be written; a client that reads nothing is asked nothing.
const OUTBOX: usize = 64;

/// A stream of the process failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says which")]
pub enum Broken {
    #[error("stdin failed: {0}")]
    Input(#[source] io::Error),
    #[error("stdout failed: {0}")]
    Output(#[source] io::Error),
}

/// Serves the scan role until the input ends and what was open then is answered, or the grace is over.
///
/// # Errors
/// The stream that failed; a failed input is an end like any other first.
pub async fn serve<R, W>(config: &Config, input: R, output: W) -> Result<(), Broken>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (outbox, queue) = mpsc::channel(OUTBOX);
    let (ended, end) = oneshot::channel();
    let opened = Arc::new(AtomicBool::new(false));
    let gate = Gate::new(input, outbox, Arc::clone(&opened), ended);
    let guard = Guard::new(config);
    tokio::spawn(async move {
        match serve_server(guard, gate).await {
            Ok(running) => {
                opened.store(true, Ordering::Relaxed);
                let _ = running.waiting().await;
            }
            // A client may leave before it opens a session.
            Err(ServerInitializeError::ConnectionClosed(_)) => {}
            Err(error) => log::say(format_args!("the session did not open: {error}")),
        }
    });
    // The last answer is written when the last sender of the queue is gone.
    let mut writing = pin!(async { write(output, queue).await.map_err(Broken::Output) });
    let ended = tokio::select! {
        biased;
        Ok(ended) = end => ended,
        written = &mut writing => return written,
    };
    tokio::select! {
        biased;
        written = writing => written?,
        () = sleep(GRACE) => log::say("stdin ended; calls that took longer than 2 s are left without an answer"),
    }
    ended.map_err(Broken::Input)
}

async fn write(mut output: impl AsyncWrite + Unpin, mut queue: mpsc::Receiver<Held<Bytes>>) -> io::Result<()> {
    let mut lines = Vec::with_capacity(OUTBOX);
    while queue.recv_many(&mut lines, OUTBOX).await > 0 {
        for line in lines.drain(..) {
            output.write_all(&line).await?;
        }
        output.flush().await?;
    }
    Ok(())
}
