//! What was found, made small: fewer messages, then a smaller message, as far as it still shows, in bounded time.
//! Never what counts as found.

use std::time::{Duration, Instant};

use super::hunt::{Ground, Shown};
use super::input::Input;
use crate::finding::Code;
use crate::suite::RunError;
use crate::version::Version;

/// For how long a smaller play is looked for.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many smaller inputs are tried in one session, and how many where each may cost the wait for an answer or a
/// session of its own.
const TRIED: usize = 40;
const TRIED_SLOWLY: usize = 4;

/// The smallest play that was found to show the same; the whole play where it did not show again.
pub(super) async fn smallest(
    ground: &mut Ground<'_>,
    inputs: &[Input],
    shown: &Shown,
    version: Version,
) -> Result<Vec<Input>, RunError> {
    let until = Instant::now() + PATIENCE;
    let mut search = Search { ground, code: shown.code, version, until };
    let mut kept = inputs.to_vec();
    if let Some(input) = shown.input {
        kept.truncate(input + 1);
        let alone = &kept[input..];
        if search.shows(alone).await? {
            kept = alone.to_vec();
        }
    }
    search.fewer(&mut kept).await?;
    if let [input] = kept.as_mut_slice() {
        search.smaller(input, shown.input.is_some()).await?;
    }
    Ok(kept)
}

struct Search<'g, 'a> {
    ground: &'g mut Ground<'a>,
    code: Code,
    version: Version,
    until: Instant,
}

impl Search<'_, '_> {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    async fn shows(&mut self, inputs: &[Input]) -> Result<bool, RunError> {
        let shown = self.ground.play(inputs, self.version).await?;
        Ok(shown.iter().any(|shown| shown.code == self.code))
    }

    /// Leaves out halves, quarters, single ones, as long as the rest still shows it.
    async fn fewer(&mut self, kept: &mut Vec<Input>) -> Result<(), RunError> {
        let mut chunk = kept.len() / 2;
        while chunk > 0 {
            let mut start = 0;
            while start < kept.len() && kept.len() > 1 && !self.is_over() {
                let mut rest = kept.clone();
                rest.drain(start..(start + chunk).min(kept.len()));
                if !rest.is_empty() && self.shows(&rest).await? {
                    *kept = rest;
                } else {
                    start += chunk;
                }
            }
            chunk /= 2;
        }
        Ok(())
    }

    /// Replaces the input by the smallest of its smaller ones that shows it, as often as there is one.
    async fn smaller(&mut self, input: &mut Input, at_a_step: bool) -> Result<(), RunError> {
        let is_slow = !at_a_step || self.code == Code::NoAnswer;
        while !self.is_over() {
            let candidates = input.smaller(if is_slow { TRIED_SLOWLY } else { TRIED });
            let mut showing = Vec::new();
            if at_a_step {
                let shown = self.ground.play(&candidates, self.version).await?;
                showing.extend(shown.iter().filter(|shown| shown.code == self.code).filter_map(|shown| shown.input));
            } else {
                showing.extend(0..candidates.len());
            }
            let mut found = None;
            for index in showing {
                // In the company of others is one thing, alone another.
                if self.shows(&candidates[index..=index]).await? {
                    found = candidates.get(index).cloned();
                    break;
                }
            }
            match found {
                Some(smaller) => *input = smaller,
                None => break,
            }
        }
        Ok(())
    }
}
