//! One client, from its first line to its last: who reads, who writes, and what happens when the
//! input ends. Never looks at a message.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rmcp::serve_server;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use crate::config::Config;
use crate::gate::Gate;
use crate::log;
use crate::server::Guard;

/// How long open calls may still take once the input has ended.
const GRACE: Duration = Duration::from_secs(2);

/// Lines that may wait to be written; a client that reads nothing is asked nothing.
const OUTBOX: usize = 64;

/// Serves the scan role until the input ends and what was open then is answered, or the grace is over.
///
/// # Errors
/// What writing gave.
pub async fn serve<R, W>(config: &Config, input: R, output: W) -> io::Result<()>
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
    tokio::select! {
        written = write(output, queue) => written,
        () = grace(end) => {
            log::say("stdin ended; calls that took longer than 2 s are left without an answer");
            Ok(())
        }
    }
}

async fn write(mut output: impl AsyncWrite + Unpin, mut queue: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut lines = Vec::with_capacity(OUTBOX);
    while queue.recv_many(&mut lines, OUTBOX).await > 0 {
        for line in lines.drain(..) {
            output.write_all(&line).await?;
        }
        output.flush().await?;
    }
    Ok(())
}

async fn grace(end: oneshot::Receiver<()>) {
    match end.await {
        Ok(()) => tokio::time::sleep(GRACE).await,
        // The gate is gone without an end of its input: the writer has the last word.
        Err(_) => std::future::pending().await,
    }
}
