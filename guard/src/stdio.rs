//! stdin and stdout without a thread between: pipes, as most programs hand them over, and the socket
//! pairs of clients that run on Node. Anything else (a file, a terminal) is read the slow way.

use tokio::io::{AsyncRead, AsyncWrite};

/// Where lines come from.
pub type Input = Box<dyn AsyncRead + Send + Unpin>;

/// Where lines go to.
pub type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// Takes the process's own streams. Call it on a runtime, and once.
#[must_use]
pub fn open() -> (Input, Output) {
    #[cfg(unix)]
    if let (Some(input), Some(output)) = (socket(std::io::stdin()), socket(std::io::stdout())) {
        return (Box::new(input), Box::new(output));
    }
    let (input, output) = rmcp::transport::stdio_pipes();
    (Box::new(input), Box::new(output))
}

/// A stream that is a socket, ready for the runtime. Each process has its own end of a socket pair, so
/// that setting it non-blocking disturbs nobody.
#[cfg(unix)]
fn socket(stream: impl std::os::fd::AsFd) -> Option<tokio::net::UnixStream> {
    let socket = std::os::unix::net::UnixStream::from(stream.as_fd().try_clone_to_owned().ok()?);
    // What is no socket has no address.
    socket.local_addr().ok()?;
    socket.set_nonblocking(true).ok()?;
    tokio::net::UnixStream::from_std(socket).ok()
}
