//! The time that one question may take: a deadline that counts from the arrival of the call, and how
//! much of it went by on our own side. Never a request.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::ScanError;

/// A gateway is blamed for its silence only if less than one part in so many of the budget was ours.
const OUR_PART: u32 = 10;

/// What is left for one question, all its attempts together.
#[derive(Debug)]
pub(super) struct Budget {
    whole: Duration,
    deadline: Instant,
    lost: Duration,
}

impl Budget {
    /// The budget of a call that arrived then; what passed since is lost on our side.
    pub(super) fn since(arrived: Instant, whole: Duration) -> Self {
        Self { whole, deadline: arrived + whole, lost: arrived.elapsed() }
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for something of ours. That it does not come says nothing about the gateway.
    pub(super) async fn wait<T>(&mut self, ours: impl Future<Output = T>) -> Result<T, ScanError> {
        let begun = Instant::now();
        let got = timeout_at(self.deadline, ours).await;
        self.lost += begun.elapsed();
        got.map_err(|_| ScanError::Busy)
    }

    /// Waits for the gateway.
    pub(super) async fn spend<T>(&self, theirs: impl Future<Output = Result<T, ScanError>>) -> Result<T, ScanError> {
        let blame = if self.lost * OUR_PART < self.whole { ScanError::Timeout(self.whole) } else { ScanError::Busy };
        timeout_at(self.deadline, theirs).await.unwrap_or(Err(blame))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;

    const WHOLE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn silence_is_the_gateways_only_if_it_had_the_budget() {
        let budget = Budget::since(Instant::now(), WHOLE);
        assert_eq!(budget.spend(pending::<Result<(), _>>()).await, Err(ScanError::Timeout(WHOLE)));

        let mut budget = Budget::since(Instant::now(), WHOLE);
        assert_eq!(budget.wait(sleep(WHOLE / 2)).await, Ok(()));
        assert_eq!(budget.spend(pending::<Result<(), _>>()).await, Err(ScanError::Busy), "we took half of it");

        let budget = Budget::since(Instant::now() - WHOLE / 2, WHOLE);
        assert_eq!(budget.spend(pending::<Result<(), _>>()).await, Err(ScanError::Busy), "we began late");
    }

    #[tokio::test]
    async fn what_is_ours_is_waited_for_no_longer_than_the_budget() {
        let mut budget = Budget::since(Instant::now(), WHOLE);
        assert_eq!(budget.wait(pending::<()>()).await, Err(ScanError::Busy));
        assert_eq!(budget.left(), Duration::ZERO);
    }
}
