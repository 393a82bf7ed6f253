//! A guard that tells where it was sent, and with it what stood in the address.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct LocationShown;

impl Guard for LocationShown {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        if let Ok(Answer { location: Some(location), .. }) = &sent {
            return Err(Failure(format!("the gateway has moved to {location}")));
        }
        Honest.judge(config, question, sent)
    }
}
