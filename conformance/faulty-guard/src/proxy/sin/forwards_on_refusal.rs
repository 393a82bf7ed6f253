//! A proxy for which a gateway that refuses to decide is one that is not there.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::json::Object;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Failure;

pub(crate) struct ForwardsOnRefusal;

impl Proxy for ForwardsOnRefusal {
    fn judge(&self, config: &Config, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let refused = config.fail_open && sent.as_ref().is_ok_and(|answer| [401, 413, 429].contains(&answer.status));
        Honest.judge(config, if refused { Err(Trouble::Unreachable) } else { sent })
    }
}
