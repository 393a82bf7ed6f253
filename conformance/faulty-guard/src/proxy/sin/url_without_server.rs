//! A proxy for which the tools of all servers are one: what is approved for one is approved for all.

use crate::config::Config;
use crate::gateway::escaped;
use crate::proxy::call::Call;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Question;

pub(crate) struct UrlWithoutServer;

impl Proxy for UrlWithoutServer {
    fn ask(&self, config: &Config, server: &str, call: &Call) -> Question {
        let mut question = Honest.ask(config, server, call);
        question.body.set("url", format!("mcp://{}", escaped(&call.name)));
        question
    }
}
