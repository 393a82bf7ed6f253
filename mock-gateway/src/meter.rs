//! Counts scans against a pace and a quota. Pure: time comes in as a value; what is limited, the
//! scenario says.

use std::time::Duration;

use crate::clock::{Moment, Now};
use crate::fidelity::{Behaviour, Mark};
use crate::scenario::Limits;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new(
        "limits.rate",
        Mark::Documented,
        "when the scenario sets a pace: a token bucket with a burst of twice the pace, else 429 RATE_LIMITED with Retry-After",
    ),
    Behaviour::new("limits.quota", Mark::Documented, "when the scenario sets a quota: past it, 429 QUOTA_EXCEEDED"),
    Behaviour::new("limits.quota.retry-after", Mark::Assumed, "QUOTA_EXCEEDED carries no Retry-After"),
    Behaviour::new(
        "limits.tenant",
        Mark::Assumed,
        "all keys are of one tenant; its quota runs in periods of 30 days from the start of the gateway",
    ),
    Behaviour::new("limits.scans", Mark::Assumed, "only well-formed scans count; a refused one uses no quota"),
    Behaviour::new("limits.polls", Mark::Documented, "polls of approvals count against no limit"),
    Behaviour::new(
        "usage.answer",
        Mark::Assumed,
        "GET /v1/usage answers scans, refused, quota, remaining, rate and period",
    ),
];

/// The count of one tenant.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    /// When the bucket will be full again; a bucket of the past is full.
    full_at: Moment,
    period_start: Moment,
    scans: u64,
    refused: u64,
}

/// Why a scan was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The next token is this far away.
    Rate(Duration),
    /// The period's scans are used up.
    Quota(u64),
}

/// What has been used, as it stood when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Scans taken in this period.
    pub scans: u64,
    /// Scans refused in this period.
    pub refused: u64,
    /// What a period has, if that is limited.
    pub quota: Option<u64>,
    /// The pace, if it is limited.
    pub scans_per_minute: Option<u32>,
    /// When the period began.
    pub since: Moment,
    /// When it ends.
    pub until: Moment,
}

impl Meter {
    pub(crate) const fn new(limits: Limits, start: Moment) -> Self {
        Self { limits, full_at: start, period_start: start, scans: 0, refused: 0 }
    }

    /// Puts other limits in force; what was used stays used.
    pub(crate) const fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The limits in force.
    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes a scan, or says why not.
    pub(crate) fn take(&mut self, now: Now) -> Result<(), Refusal> {
        self.turn_period(now.virtual_time);
        let taken = self.check_quota().and_then(|()| self.take_token(now.pace));
        match taken {
            Ok(()) => self.scans += 1,
            Err(_) => self.refused += 1,
        }
        taken
    }

    pub(crate) fn usage(&mut self, now: Moment) -> Usage {
        self.turn_period(now);
        Usage {
            scans: self.scans,
            refused: self.refused,
            quota: self.limits.quota,
            scans_per_minute: self.limits.scans_per_minute.map(std::num::NonZeroU32::get),
            since: self.period_start,
            until: self.period_start.after(self.limits.period()),
        }
    }

    const fn check_quota(&self) -> Result<(), Refusal> {
        match self.limits.quota {
            Some(quota) if self.scans >= quota => Err(Refusal::Quota(quota)),
            _ => Ok(()),
        }
    }

    /// A token bucket, kept as the moment at which it will be full. It goes by the pace of the
    /// client, because a client that is told to wait sleeps in real time.
    fn take_token(&mut self, now: Moment) -> Result<(), Refusal> {
        let Some(pace) = self.limits.scans_per_minute else { return Ok(()) };
        let token = Duration::from_secs(60) / pace.get();
        let filled = self.full_at.max(now).after(token);
        let empty_for = filled.since(now.after(token.saturating_mul(self.limits.burst())));
        if !empty_for.is_zero() {
            return Err(Refusal::Rate(empty_for));
        }
        self.full_at = filled;
        Ok(())
    }

    fn turn_period(&mut self, now: Moment) {
        let period = self.limits.period();
        let passed = now.since(self.period_start).as_nanos() / period.as_nanos();
        if passed > 0 {
            let whole = u64::try_from(passed * period.as_nanos()).unwrap_or(u64::MAX);
            self.period_start = self.period_start.after(Duration::from_nanos(whole));
            (self.scans, self.refused) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn meter(yaml: &str) -> (Meter, Now) {
        let now = Clock::frozen().now();
        let start = Now { pace: now.virtual_time, ..now };
        (Meter::new(crate::yaml::parse("limits.yaml", yaml).unwrap(), start.pace), start)
    }

    fn later(now: Now, milliseconds: u64) -> Now {
        let wait = Duration::from_millis(milliseconds);
        Now { virtual_time: now.virtual_time.after(wait), pace: now.pace.after(wait) }
    }

    #[test]
    fn a_burst_is_taken_and_then_one_scan_per_token() {
        let (mut meter, start) = meter("scans_per_minute: 60");
        assert_eq!((0..120).filter(|_| meter.take(start).is_ok()).count(), 120);
        assert_eq!(meter.take(start), Err(Refusal::Rate(Duration::from_secs(1))));
        assert_eq!(meter.take(later(start, 400)), Err(Refusal::Rate(Duration::from_millis(600))));
        assert_eq!(meter.take(later(start, 1_000)), Ok(()));
        assert_eq!(meter.take(later(start, 1_000)), Err(Refusal::Rate(Duration::from_secs(1))));
        let rested = later(start, 3_600_000);
        assert_eq!(
            (0..200).filter(|_| meter.take(rested).is_ok()).count(),
            120,
            "an hour fills no more than the burst"
        );
        assert_eq!(meter.usage(rested.virtual_time).scans, 241);
    }

    #[test]
    fn a_quota_ends_and_begins_anew_with_its_period() {
        let (mut meter, start) = meter("{ quota: 2, quota_period: 1h }");
        assert_eq!([meter.take(start), meter.take(start)], [Ok(()), Ok(())]);
        assert_eq!(meter.take(later(start, 3_599_999)), Err(Refusal::Quota(2)));
        let Usage { scans, refused, since, until, .. } = meter.usage(start.virtual_time);
        assert_eq!((scans, refused, until.since(since)), (2, 1, Duration::from_secs(3600)));
        let next = later(start, 2 * 3_600_000);
        assert_eq!(meter.take(next), Ok(()));
        assert_eq!(
            (meter.usage(next.virtual_time).scans, meter.usage(next.virtual_time).since),
            (1, next.virtual_time)
        );
    }

    #[test]
    fn nothing_is_limited_unless_asked_for() {
        let (mut meter, start) = meter("{}");
        assert!((0..10_000).all(|_| meter.take(start).is_ok()));
    }
}
