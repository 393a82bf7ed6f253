//! A proxy that takes a client which was denied something for one that is broken.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::question::Failure;

const MOST: u32 = 3;

static DENIALS: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Breaker;

impl Proxy for Breaker {
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        if DENIALS.load(Ordering::Relaxed) >= MOST {
            return Err(Failure("there were too many denials; start the guard again".into()));
        }
        let verdict = desk.scan(errand)?;
        if verdict.text("decision").as_deref() == Some("DENY") {
            DENIALS.fetch_add(1, Ordering::Relaxed);
        }
        Ok(verdict)
    }
}
