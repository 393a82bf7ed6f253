//! Many scans or calls, a few of them under way at once, and what the guard uses meanwhile.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::{Play, SILENCES};
use crate::launch::Process;
use crate::recording::Event;
use crate::step::Series;

impl Play<'_> {
    /// Sends them one after the other, and waits for the oldest whenever as many are under way as may be. Once a
    /// guard has fallen silent no more are sent.
    pub(super) async fn in_turn(&mut self, series: &Series, prefix: &str) {
        let mut under_way = VecDeque::new();
        for number in 1..=series.times {
            // Every one was checked when the case was read.
            let Ok(step) = series.step(number) else { continue };
            let name = format!("{prefix}.{number}");
            self.log.push(Event::Step { step: name.clone() });
            if let Some(sent) = self.carry_out(&step, &name).await {
                under_way.push_back((step, sent));
            }
            if under_way.len() >= series.at_once
                && let Some((step, sent)) = under_way.pop_front()
            {
                self.wait(&step, &sent, Instant::now()).await;
            }
            if self.silences >= SILENCES {
                return;
            }
        }
        for (step, sent) in under_way {
            self.wait(&step, &sent, Instant::now()).await;
        }
    }

    /// Writes down what the guard uses, where the platform shows it.
    pub(super) fn measure(&self, step: &str) {
        if let Some(usage) = self.process.as_ref().and_then(Process::usage) {
            let (memory_kb, descriptors, threads) = (usage.memory_kb, usage.descriptors, usage.threads);
            self.log.push(Event::Measured { step: step.to_owned(), memory_kb, descriptors, threads });
        }
    }
}
