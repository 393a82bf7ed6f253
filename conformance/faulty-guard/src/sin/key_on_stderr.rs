//! A guard with a debug log of its request headers.

use crate::config::Config;
use crate::guard::{Guard, log_line};

pub(crate) struct KeyOnStderr;

impl Guard for KeyOnStderr {
    fn log(&self, config: &Config, line: &str) {
        log_line(line);
        log_line(&format!("authorization: Bearer {}", config.key.secret()));
    }
}
