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
    (input(), output())
}

fn input() -> Input {
    #[cfg(unix)]
    if let Some(socket) = socket(std::io::stdin()) {
        return Box::new(socket);
    }
    #[cfg(target_os = "linux")]
    if let Ok(pipe) = tokio::net::unix::pipe::OpenOptions::new().open_receiver("/proc/self/fd/0") {
        return Box::new(pipe);
    }
    #[cfg(unix)]
    make_blocking(std::io::stdin());
    Box::new(tokio::io::stdin())
}

fn output() -> Output {
    #[cfg(unix)]
    if let Some(socket) = socket(std::io::stdout()) {
        return Box::new(socket);
    }
    // Opened anew, a pipe's end is ours alone; its flags disturb nobody who shares the old one.
    #[cfg(target_os = "linux")]
    if let Ok(pipe) = tokio::net::unix::pipe::OpenOptions::new().open_sender("/proc/self/fd/1") {
        return Box::new(pipe);
    }
    #[cfg(unix)]
    make_blocking(std::io::stdout());
    Box::new(tokio::io::stdout())
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

/// The slow way waits in a call of the system; a stream handed over as non-blocking would fail there
/// whenever it has nothing to give.
#[cfg(unix)]
fn make_blocking(stream: impl std::os::fd::AsFd) {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    if let Ok(flags) = fcntl_getfl(&stream)
        && flags.contains(OFlags::NONBLOCK)
    {
        // Where this fails, the first read or write says so.
        let _ = fcntl_setfl(&stream, flags - OFlags::NONBLOCK);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_stream_that_would_not_wait_is_made_to() {
        let (mut ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        make_blocking(&ours);
        ours.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let begun = Instant::now();
        assert_eq!(ours.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(begun.elapsed() >= Duration::from_millis(50));
    }
}
