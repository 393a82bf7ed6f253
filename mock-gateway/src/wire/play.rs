//! Sends what a fault has made of an answer, and ends the connection as it says. Never HTTP, and
//! never what is sent.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Exchange;
use super::broken::{Broken, End};

/// How many spaces are handed down at a time.
const SPACES: &[u8] = &[b' '; 64 * 1024];

/// A stream of which the TCP connection underneath can be had, because only that can be broken.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// The TCP connection underneath.
    fn tcp(&mut self) -> &mut TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

impl Broken {
    /// Plays this to the client, who may hang up. What the journal says of it is written before the
    /// connection ends, so that whoever sees the end finds it there.
    pub(crate) async fn play(self, mut stream: impl Socket, exchange: Exchange) {
        let Ok(sent) = self.send(&mut stream).await else { return };
        match self.whole {
            Some((status, body)) => exchange.answered(status, body),
            None => exchange.broken(sent),
        }
        // A connection that has gone meanwhile needs no end.
        _ = match self.end {
            End::Reset => stream.tcp().set_zero_linger(),
            End::Cut => stream.tcp().shutdown().await,
            End::Finish => stream.shutdown().await,
        };
    }

    async fn send(&self, stream: &mut impl Socket) -> io::Result<u64> {
        let step = self.pace.and_then(|pace| usize::try_from(pace.bytes.get()).ok()).unwrap_or(usize::MAX);
        for (index, piece) in self.first.chunks(step).enumerate() {
            if let Some(pace) = self.pace.filter(|_| index > 0) {
                tokio::select! {
                    () = tokio::time::sleep(pace.every.get()) => {}
                    gone = hung_up(stream) => return Err(gone),
                }
            }
            stream.write_all(piece).await?;
            stream.flush().await?;
        }
        let mut spaces = self.spaces;
        while spaces > 0 {
            let some = usize::try_from(spaces).map_or(SPACES.len(), |left| left.min(SPACES.len()));
            stream.write_all(&SPACES[..some]).await?;
            spaces -= some as u64;
        }
        stream.write_all(&self.last).await?;
        stream.flush().await?;
        Ok(self.first.len() as u64 + self.spaces + self.last.len() as u64)
    }
}

/// Ends when the client has hung up; what it sends in the meantime is too late for an answer.
async fn hung_up(stream: &mut impl Socket) -> io::Error {
    let mut ignored = [0; 1024];
    loop {
        match stream.read(&mut ignored).await {
            Ok(0) => return io::ErrorKind::ConnectionAborted.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}
