//! A guard that believes an encoded secret is a hidden one.

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};

use crate::config::Config;
use crate::guard::{Guard, log_line};

pub(crate) struct KeyInBase64;

impl Guard for KeyInBase64 {
    fn log(&self, config: &Config, line: &str) {
        log_line(line);
        log_line(&format!("credential {}", STANDARD.encode(config.key.secret())));
    }
}
