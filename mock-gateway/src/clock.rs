//! Virtual time: approvals expire by it, and a test moves it. Never a delay on the wire: a client
//! waits in real time, whatever this clock says.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where a frozen clock stands until it is advanced: 2026-01-01T00:00:00Z.
const FROZEN_AT: Moment = Moment(Duration::from_secs(1_767_225_600));

/// A point in virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `wait` later.
    #[must_use]
    pub const fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }

    /// How long after `earlier` this is; zero when it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX);
        let nanoseconds = i32::try_from(self.0.subsec_nanos()).unwrap_or(0);
        jiff::Timestamp::new(seconds, nanoseconds).unwrap_or(jiff::Timestamp::MAX).fmt(f)
    }
}

/// What time it is, for the two things that ask.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For verdicts and approvals. A frozen clock holds it still.
    pub virtual_time: Moment,
    /// For the pace of a client that polls. It runs with the machine even when verdicts stand
    /// still, because the client that is being paced sleeps in real time.
    pub pace: Moment,
}

/// The gateway's clock. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    origin: Moment,
    started: Instant,
    frozen: bool,
    advanced_nanoseconds: AtomicU64,
}

impl Clock {
    /// Runs with the machine's time, and can be advanced.
    #[must_use]
    pub fn real() -> Self {
        let origin = SystemTime::now().duration_since(UNIX_EPOCH).map_or(FROZEN_AT, Moment);
        Self::starting(origin, false)
    }

    /// Moves only when advanced, so that no verdict depends on how fast the machine is.
    #[must_use]
    pub fn frozen() -> Self {
        Self::starting(FROZEN_AT, true)
    }

    fn starting(origin: Moment, frozen: bool) -> Self {
        let advanced_nanoseconds = AtomicU64::new(0);
        Self { shared: Arc::new(Shared { origin, started: Instant::now(), frozen, advanced_nanoseconds }) }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Now {
        let shared = &self.shared;
        let advanced = Duration::from_nanos(shared.advanced_nanoseconds.load(Ordering::SeqCst));
        let pace = shared.origin.after(advanced).after(shared.started.elapsed());
        Now { virtual_time: if shared.frozen { shared.origin.after(advanced) } else { pace }, pace }
    }

    /// Moves the clock forward. Nothing moves it back.
    pub fn advance(&self, step: Duration) {
        let step = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
        let add = |advanced: u64| Some(advanced.saturating_add(step));
        // The closure never declines, so there is no error to see.
        let _advanced = self.shared.advanced_nanoseconds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let clock = Clock::frozen();
        let before = clock.now();
        assert_eq!(before.virtual_time.to_string(), "2026-01-01T00:00:00Z");
        clock.clone().advance(Duration::from_millis(90_500));
        assert_eq!(clock.now().virtual_time.to_string(), "2026-01-01T00:01:30.5Z");
        assert!(clock.now().pace.since(before.pace) >= Duration::from_millis(90_500));
    }

    #[test]
    fn a_real_clock_runs_and_can_be_advanced() {
        let clock = Clock::real();
        let first = clock.now().virtual_time;
        assert!(clock.now().virtual_time >= first);
        clock.advance(Duration::from_secs(600));
        assert!(clock.now().virtual_time.since(first) >= Duration::from_secs(600));
        assert_eq!(first.since(clock.now().virtual_time), Duration::ZERO);
    }

    #[test]
    fn time_saturates_instead_of_failing() {
        let clock = Clock::frozen();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert!(clock.now().virtual_time.to_string().starts_with("2610-"));
        assert!(Moment(Duration::MAX).to_string().starts_with("9999-"));
    }
}
