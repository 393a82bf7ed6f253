//! A proxy that judges tools and not calls.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::question::Failure;

static ALLOWED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

pub(crate) struct ScansByNameOnlyOnce;

impl Proxy for ScansByNameOnlyOnce {
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        let name = &errand.call.name;
        if ALLOWED.lock().unwrap_or_else(PoisonError::into_inner).contains(name) {
            return Ok(Object::default().with("decision", "ALLOW"));
        }
        let verdict = desk.scan(errand)?;
        if verdict.text("decision").as_deref() == Some("ALLOW") {
            ALLOWED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        }
        Ok(verdict)
    }
}
