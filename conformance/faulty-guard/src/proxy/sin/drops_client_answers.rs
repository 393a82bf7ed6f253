//! A proxy in which answers go one way.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite::{self, Kind};

pub(crate) struct DropsClientAnswers;

impl Proxy for DropsClientAnswers {
    fn gate(&self, line: &[u8]) -> Gate {
        match rewrite::kind(line) {
            Some((Kind::Answer, _)) => Gate::Dropped("dropped an answer of the client's".into()),
            _ => Honest.gate(line),
        }
    }
}
