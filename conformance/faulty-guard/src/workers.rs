//! The threads that do the work of calls: as many as there are calls at once, up to a bound; past it
//! a call waits for its turn. Never what the work is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// One call's work, from the question to the answer.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// More connections at once than any gateway welcomes, and far fewer than a process may open.
const MOST: usize = 256;

/// The threads of one session.
#[derive(Clone)]
pub(crate) struct Workers {
    queue: Arc<Mutex<Queue>>,
    most: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    threads: usize,
}

impl Default for Workers {
    fn default() -> Self {
        Self { queue: Arc::default(), most: MOST }
    }
}

impl Workers {
    /// For work that is mostly waiting: none of it ever waits for its turn.
    pub(crate) fn without_bound() -> Self {
        Self { queue: Arc::default(), most: usize::MAX }
    }

    /// Does the work on another thread, now or as soon as one is free.
    pub(crate) fn run(&self, work: Work) {
        let mut queue = self.lock();
        queue.waiting.push_back(work);
        if queue.threads < self.most {
            let workers = self.clone();
            // A thread that cannot be had leaves the work to those that are there.
            if thread::Builder::new().spawn(move || workers.work()).is_ok() {
                queue.threads += 1;
            }
        }
    }

    fn work(&self) {
        while let Some(work) = self.next() {
            work();
        }
    }

    /// The next work; without any, this thread counts as gone.
    fn next(&self) -> Option<Work> {
        let mut queue = self.lock();
        let work = queue.waiting.pop_front();
        if work.is_none() {
            queue.threads -= 1;
        }
        work
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn as_many_as_fit_run_at_once_and_the_rest_after_them() {
        let (workers, barrier, (done, ended)) = (Workers::default(), Arc::new(Barrier::new(MOST)), channel());
        for number in 0..2 * MOST {
            let (barrier, done) = (Arc::clone(&barrier), done.clone());
            workers.run(Box::new(move || {
                barrier.wait();
                done.send(number).unwrap();
            }));
        }
        let next = |_| ended.recv_timeout(Duration::from_secs(30)).expect("all work is done");
        let mut numbers: Vec<_> = (0..2 * MOST).map(next).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..2 * MOST));
    }
}
