//! One client, from its first line to its last: who reads, who writes, and what happens when the
//! input ends. Never looks at a message.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::time::Duration;

use rmcp::service::{RoleServer, Service, serve_directly};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::batch::Outgoing;
use crate::caught::Caught;
use crate::gate::Gate;
use crate::log;

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

/// Serves one client until the input ends and what was open then is answered, or the grace is over.
///
/// # Errors
/// The stream that failed; a failed input is an end like any other first.
pub async fn serve<S, R, W>(service: S, input: R, output: W) -> Result<(), Broken>
where
    S: Service<RoleServer>,
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (outbox, queue) = mpsc::channel(OUTBOX);
    let (ended, end) = oneshot::channel();
    let gate = Gate::new(input, outbox, ended);
    // The gate knows which requests need a handshake; rmcp would take whatever comes before one for
    // the end of the session.
    let running = serve_directly(Caught(service), gate, None);
    tokio::spawn(running.waiting());
    // The last answer is written when the last sender of the queue is gone.
    let mut writing = pin!(async { write(output, queue, pending()).await.map_err(Broken::Output) });
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

/// Writes what the queue gives, to its end. It ends with its last sender, or takes no more once it is
/// `closed`; what waits then is written still.
pub(crate) async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Outgoing>,
    closed: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut lines = Vec::with_capacity(OUTBOX);
    let mut closed = pin!(closed);
    let mut open = true;
    loop {
        let taken = tokio::select! {
            biased;
            taken = queue.recv_many(&mut lines, OUTBOX) => taken,
            () = &mut closed, if open => {
                open = false;
                queue.close();
                continue;
            }
        };
        if taken == 0 {
            return Ok(());
        }
        for line in lines.drain(..) {
            for piece in line {
                output.write_all(&piece).await?;
            }
        }
        output.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use rmcp::ServerHandler;
    use rmcp::model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, ListToolsResult, PaginatedRequestParams,
    };
    use rmcp::service::RequestContext;
    use serde_json::{Value, json};
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// Panics where it is asked to, before and after it has waited.
    struct Faulty;

    impl ServerHandler for Faulty {
        async fn list_tools(
            &self,
            _: Option<PaginatedRequestParams>,
            _: RequestContext<RoleServer>,
        ) -> Result<ListToolsResult, ErrorData> {
            panic!("a defect at once")
        }

        async fn call_tool(
            &self,
            request: CallToolRequestParams,
            _: RequestContext<RoleServer>,
        ) -> Result<CallToolResponse, ErrorData> {
            tokio::task::yield_now().await;
            assert_eq!(request.name, "good", "a defect later");
            Ok(CallToolResult::success(Vec::new()).into())
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_and_the_session_goes_on() {
        let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
        let request = |id: u32, method: &str, more: &str| {
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{more}{meta}}}}}"#) + "\n"
        };
        let input = [
            request(1, "tools/list", ""),
            request(2, "tools/call", r#""name":"bad","#),
            request(3, "tools/call", r#""name":"good","#),
        ];
        let (output, mut read) = tokio::io::duplex(4096);
        serve(Faulty, io::Cursor::new(input.concat()), output).await.unwrap();
        let mut text = String::new();
        read.read_to_string(&mut text).await.unwrap();
        let mut answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        answers.sort_by_key(|answer| answer["id"].as_i64());
        let codes: Vec<_> = answers.iter().map(|answer| answer["error"]["code"].clone()).collect();
        assert_eq!(codes, [json!(-32603), json!(-32603), Value::Null], "{text}");
        assert_eq!(answers[2]["result"]["resultType"], "complete");
    }
}
