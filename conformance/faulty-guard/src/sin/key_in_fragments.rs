//! A guard whose log breaks a long line into columns, and the key with it.

use crate::config::Config;
use crate::guard::{Guard, log_line};

pub(crate) struct KeyInFragments;

impl Guard for KeyInFragments {
    fn log(&self, config: &Config, line: &str) {
        log_line(line);
        for piece in config.key.secret().as_bytes().chunks(8) {
            log_line(&String::from_utf8_lossy(piece));
        }
    }
}
