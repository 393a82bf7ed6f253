//! A guard that opens on every answer it does not like.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct FailOpenOnDeny;

impl Guard for FailOpenOnDeny {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent)?;
        let denied = verdict.text("decision").as_deref() == Some("DENY");
        if config.fail_open && denied { Ok(verdict.with("decision", "ALLOW")) } else { Ok(verdict) }
    }
}
