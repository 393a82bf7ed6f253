//! A proxy that asks about the tool and not about what it is given.

use crate::config::Config;
use crate::proxy::call::Call;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Question;

pub(crate) struct ScansWithoutBody;

impl Proxy for ScansWithoutBody {
    fn ask(&self, config: &Config, server: &str, call: &Call) -> Question {
        let mut question = Honest.ask(config, server, call);
        question.body.remove("body");
        question
    }
}
