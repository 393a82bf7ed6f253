//! Requests without a pause, over connections that are kept: written and read by hand, so that the
//! one who asks costs less than the one who answers.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// How many connections ask at the same time.
pub(crate) const CONNECTIONS: usize = 32;

/// A request, and what its answer must contain.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) body: &'static str,
    pub(crate) due: &'static str,
}

/// What came of many requests.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) took: Duration,
    pub(crate) each: Vec<Duration>,
}

impl Load {
    /// Requests per second.
    pub(crate) fn pace(&self) -> f64 {
        self.each.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn add(&mut self, mut other: Self) {
        self.took += other.took;
        self.each.append(&mut other.each);
    }
}

/// Sends `count` requests, `asks` in turn.
///
/// # Errors
/// The server hangs up, or an answer is not the one that is due.
pub(crate) async fn run(address: SocketAddr, asks: &Rc<Vec<Ask>>, count: usize) -> Result<Load> {
    let left = Rc::new(Cell::new(count));
    let local = LocalSet::new();
    let mut lanes = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.context("cannot reach the server")?;
        stream.set_nodelay(true)?;
        lanes.push(local.spawn_local(lane(stream, address, Rc::clone(asks), Rc::clone(&left))));
    }
    let began = Instant::now();
    let each = local.run_until(async {
        let mut each = Vec::with_capacity(count);
        for lane in lanes {
            each.append(&mut lane.await.context("a connection panicked")??);
        }
        anyhow::Ok(each)
    });
    let each = each.await?;
    Ok(Load { took: began.elapsed(), each })
}

async fn lane(
    mut stream: TcpStream,
    address: SocketAddr,
    asks: Rc<Vec<Ask>>,
    left: Rc<Cell<usize>>,
) -> Result<Vec<Duration>> {
    let requests: Vec<_> = asks
        .iter()
        .map(|Ask { body, .. }| {
            let length = body.len();
            format!(
                "POST /v1/scan HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer iv_test_bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        })
        .collect();
    let (mut each, mut answer) = (Vec::new(), Vec::new());
    while left.get() > 0 {
        left.set(left.get() - 1);
        let turn = left.get() % asks.len();
        let began = Instant::now();
        stream.write_all(requests[turn].as_bytes()).await?;
        answer.clear();
        while !is_whole(&answer)? {
            ensure!(stream.read_buf(&mut answer).await? > 0, "the server closed a connection");
        }
        each.push(began.elapsed());
        let due = asks[turn].due.as_bytes();
        let found = answer.windows(due.len()).any(|window| window == due);
        ensure!(found, "{} is not in {}", asks[turn].due, String::from_utf8_lossy(&answer));
    }
    Ok(each)
}

fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&answer[..end])?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.context("an answer without content-length")?.parse()?;
    Ok(answer.len() >= end + 4 + length)
}
