//! A proxy that replaces the arguments where it can.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::json::Object;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Failure;
use crate::verdict;

pub(crate) struct SanitizesWithoutBody;

impl Proxy for SanitizesWithoutBody {
    fn judge(&self, config: &Config, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let answer = sent.as_ref().ok().filter(|answer| answer.status == 200);
        let verdict = answer.and_then(|answer| verdict::object(&answer.body).ok());
        match verdict {
            Some(verdict) if is_bare(&verdict) => Ok(verdict.with("decision", "ALLOW")),
            _ => Honest.judge(config, sent),
        }
    }
}

fn is_bare(verdict: &Object) -> bool {
    verdict.text("decision").as_deref() == Some("SANITIZE")
        && verdict.get("sanitized_body").is_none_or(|body| body.get() == "null")
}
