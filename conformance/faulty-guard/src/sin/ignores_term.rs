//! A guard that holds a request to end for a signal to be logged.

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, ConfigError, Env};
use crate::guard::{Guard, Honest, log_line};

pub(crate) struct IgnoresTerm;

impl Guard for IgnoresTerm {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let (ready, armed) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async {
                let Ok(mut terms) = signal(SignalKind::terminate()) else { return };
                let _ = ready.send(());
                while terms.recv().await.is_some() {
                    log_line("asked to end; there is work to do");
                }
            });
        });
        let _ = armed.recv();
        Honest.start(env)
    }
}
