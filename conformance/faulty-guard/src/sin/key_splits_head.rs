//! A guard that pastes its key into the head of a request as it is.

use crate::config::{Config, ConfigError, Env, Key};
use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct KeySplitsHead;

impl Guard for KeySplitsHead {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        super::any_key_taken::read(env)
    }

    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let mut lines = gateway.config.key.secret().lines();
        let gateway = gateway.with_key(Key::any(lines.next().unwrap_or_default()));
        let line = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers: Vec<_> = lines.filter_map(line).collect();
        gateway.post_with(&gateway.url(question), question, Some(gateway.deadline()), &headers)
    }
}
