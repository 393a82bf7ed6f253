//! The terminal as this process changes it: keys without Enter and without echo while somebody can press
//! them, and everything as it was afterwards. Without a terminal there are no keys.

use std::io::{self, IsTerminal as _, Read as _};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A terminal that becomes what it was when this is dropped.
pub(super) struct Terminal {
    raw: Option<raw::Raw>,
}

/// The keys that are pressed, byte by byte.
pub(super) struct Pressed(Option<UnboundedReceiver<u8>>);

impl Terminal {
    pub(super) fn open() -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        Self { raw: is_terminal.then(raw::Raw::enter).flatten() }
    }

    /// Whether somebody can press keys and see a line change.
    pub(super) const fn is_interactive(&self) -> bool {
        self.raw.is_some()
    }

    pub(super) fn keys(&mut self) -> Pressed {
        if self.raw.is_none() {
            return Pressed(None);
        }
        let (sender, receiver) = unbounded_channel();
        let read = move || {
            let bytes = io::stdin().lock().bytes().map_while(Result::ok);
            // It ends with the terminal, or when nobody wants to know any more.
            bytes.map(|byte| sender.send(byte)).take_while(Result::is_ok).for_each(drop);
        };
        let thread = thread::Builder::new().name("keys".to_owned()).spawn(read);
        Pressed(thread.ok().map(|_| receiver))
    }
}

impl Pressed {
    /// The next key; where there are none, waits for ever.
    pub(super) async fn next(&mut self) -> Option<u8> {
        match &mut self.0 {
            Some(keys) => match keys.recv().await {
                None => std::future::pending().await,
                key => key,
            },
            None => std::future::pending().await,
        }
    }
}

/// How many columns the terminal has.
pub(super) fn width() -> usize {
    raw::width().unwrap_or(80)
}

#[cfg(unix)]
mod raw {
    use std::io;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

    /// Keys come at once and are not echoed; signals stay what they are.
    pub(super) struct Raw {
        before: Termios,
    }

    impl Raw {
        pub(super) fn enter() -> Option<Self> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut now = before.clone();
            now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Now, &now).ok()?;
            Some(Self { before })
        }
    }

    impl Drop for Raw {
        fn drop(&mut self) {
            // A terminal that is gone needs nothing.
            _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
        }
    }

    pub(super) fn width() -> Option<usize> {
        tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0)
    }
}

#[cfg(not(unix))]
mod raw {
    /// Nothing is changed here, so there are no keys.
    pub(super) struct Raw;

    impl Raw {
        pub(super) const fn enter() -> Option<Self> {
            None
        }
    }

    pub(super) const fn width() -> Option<usize> {
        None
    }
}
