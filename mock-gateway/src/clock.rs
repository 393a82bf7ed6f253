//! Virtual time: approvals expire by it, and a test moves it. Never a delay on the wire: a client
//! waits in real time, whatever this clock says.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// Where a frozen clock stands until it is advanced: 2026-01-01T00:00:00Z.
const FROZEN_AT: Moment = Moment(Duration::from_secs(1_767_225_600));

/// How far the clock can be advanced: some 580 years, which every date can follow.
const FURTHEST: Duration = Duration::from_nanos(u64::MAX);

/// A point in virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
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

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no point in time since 1970: write one such as 2026-01-01T00:00:00Z")]
pub struct MomentError(String);

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let time = text.parse::<jiff::Timestamp>().ok();
        let since_1970 = time.and_then(|time| Duration::try_from(time.as_duration()).ok());
        since_1970.map(Self).ok_or_else(|| MomentError(text.to_owned()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
    hands: Mutex<Hands>,
}

/// What can be moved.
#[derive(Debug, Default)]
struct Hands {
    advanced: Duration,
    /// How long the machine had run when the clock was stopped; `None` while it runs.
    stopped: Option<Duration>,
    /// For how long it stood still before that.
    stood: Duration,
}

impl Clock {
    /// Runs with the machine's time, and can be advanced.
    #[must_use]
    pub fn real() -> Self {
        let origin = SystemTime::now().duration_since(UNIX_EPOCH).map_or(FROZEN_AT, Moment);
        Self::starting(origin, Hands::default())
    }

    /// Moves only when advanced, so that no verdict depends on how fast the machine is.
    #[must_use]
    pub fn frozen() -> Self {
        Self::starting(FROZEN_AT, Hands { stopped: Some(Duration::ZERO), ..Hands::default() })
    }

    fn starting(origin: Moment, hands: Hands) -> Self {
        Self { shared: Arc::new(Shared { origin, started: Instant::now(), hands: Mutex::new(hands) }) }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Now {
        let hands = self.hands();
        let elapsed = self.shared.started.elapsed();
        let moved = self.shared.origin.after(hands.advanced);
        let ran = hands.stopped.unwrap_or(elapsed).saturating_sub(hands.stood);
        Now { virtual_time: moved.after(ran), pace: moved.after(elapsed) }
    }

    /// Moves the clock forward. Nothing moves it back.
    pub fn advance(&self, step: Duration) {
        let mut hands = self.hands();
        hands.advanced = hands.advanced.saturating_add(step).min(FURTHEST);
    }

    /// Stops the clock where it stands: from now on it moves only when advanced.
    pub fn freeze(&self) {
        let mut hands = self.hands();
        hands.stopped.get_or_insert_with(|| self.shared.started.elapsed());
    }

    /// Lets a stopped clock run on from where it stands.
    pub fn run(&self) {
        let mut hands = self.hands();
        if let Some(stopped) = hands.stopped.take() {
            hands.stood += self.shared.started.elapsed().saturating_sub(stopped);
        }
    }

    /// Whether it moves only when advanced.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.hands().stopped.is_some()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // Nothing is left half done where this lock is held, so a panic elsewhere does not spoil it.
        self.shared.hands.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn a_clock_can_be_stopped_and_runs_on_from_where_it_stood() {
        let clock = Clock::real();
        std::thread::sleep(Duration::from_millis(5));
        let before = clock.now().virtual_time;
        clock.freeze();
        let stood = clock.now().virtual_time;
        assert!(stood >= before, "nothing moves it back");
        std::thread::sleep(Duration::from_millis(20));
        clock.freeze();
        assert_eq!(clock.now().virtual_time, stood);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now().virtual_time.since(stood), Duration::from_secs(1));
        clock.run();
        clock.run();
        assert!(!clock.is_frozen());
        let now = clock.now();
        assert!(now.virtual_time >= stood.after(Duration::from_secs(1)));
        assert!(now.pace.since(now.virtual_time) >= Duration::from_millis(20), "it does not catch up");

        let clock = Clock::frozen();
        clock.run();
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now().virtual_time > FROZEN_AT);
    }

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let moment: Moment = "2026-01-01T00:01:30.5Z".parse().unwrap();
        assert_eq!(
            (moment.to_string().as_str(), moment.since(FROZEN_AT)),
            ("2026-01-01T00:01:30.5Z", Duration::from_millis(90_500))
        );
        assert_eq!("2026-01-01T01:00:00+01:00".parse(), Ok(FROZEN_AT));
        for text in ["", "yesterday", "2026-01-01", "1969-12-31T23:59:59Z"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
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
