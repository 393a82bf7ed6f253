//! A guard with one place for the latest verdict, which every call under way reads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::question::Question;

/// How many calls are under way, and the latest answer.
type Shared = (usize, Option<Result<Answer, Trouble>>);

static SHARED: (Mutex<Shared>, Condvar) = (Mutex::new((0, None)), Condvar::new());

pub(crate) struct AnswersCrossed;

impl Guard for AnswersCrossed {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let mut shared = lock();
        shared.0 += 1;
        drop(shared);
        let answer = Honest.send(gateway, question);
        let mut shared = lock();
        *shared = (shared.0 - 1, Some(answer.clone()));
        SHARED.1.notify_all();
        // Long enough for calls that come together to end together.
        let deadline = Instant::now() + Duration::from_secs(1);
        let settled = Instant::now() + Duration::from_millis(200);
        loop {
            let now = Instant::now();
            if now >= deadline || (shared.0 == 0 && now >= settled) {
                return shared.1.clone().unwrap_or(answer);
            }
            let until = if now < settled { settled } else { deadline };
            shared = match SHARED.1.wait_timeout(shared, until - now) {
                Ok((shared, _)) => shared,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

fn lock() -> MutexGuard<'static, Shared> {
    SHARED.0.lock().unwrap_or_else(PoisonError::into_inner)
}
