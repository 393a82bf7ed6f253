//! A proxy that expects an object in every line.

use serde_json::value::RawValue;

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct ScalarCrash;

impl Proxy for ScalarCrash {
    fn gate(&self, line: &[u8]) -> Gate {
        if serde_json::from_slice::<&RawValue>(line).is_ok_and(|value| !value.get().starts_with(['{', '['])) {
            std::process::exit(1)
        } else {
            Honest.gate(line)
        }
    }
}
