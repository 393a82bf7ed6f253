//! A guard whose errors say with what they were asked.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct KeyInFailure;

impl Guard for KeyInFailure {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let judged = Honest.judge(config, question, sent);
        judged.map_err(|failure| Failure(format!("{failure} (key {})", config.key.secret())))
    }
}
