//! A proxy that answers for the deadline and works on behind it.

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::question::Failure;

pub(crate) struct RunsLateAllow;

impl Proxy for RunsLateAllow {
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        desk.scan_late(errand, |upstream, line, answer| {
            let is_allowed =
                Object::parse(&answer.body).is_ok_and(|verdict| verdict.text("decision").as_deref() == Some("ALLOW"));
            if is_allowed {
                upstream.send(line);
            }
        })
    }
}
