//! A proxy that saves a round trip by remembering verdicts, past denials, grants and expiry.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::question::Failure;

static CACHE: LazyLock<Mutex<HashMap<String, Object>>> = LazyLock::new(Mutex::default);

pub(crate) struct CachesVerdict;

impl Proxy for CachesVerdict {
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        let key = errand.call.identity();
        if let Some(verdict) = CACHE.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(verdict.clone());
        }
        let verdict = desk.scan(errand)?;
        CACHE.lock().unwrap_or_else(PoisonError::into_inner).insert(key, verdict.clone());
        Ok(verdict)
    }
}
