//! Many scans under way at once: one thread writes, another reads, so that a slow answer delays no request.
//! Never what the figures mean.

use std::io::Write as _;
use std::process::ChildStdin;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::scan::{self, Heard, Wrong};
use super::session::{Seat, Session};

/// When the next scan is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace<'a> {
    /// At these moments from the start, whatever the guard does.
    Schedule(&'a [Duration]),
    /// As soon as fewer than so many are under way, until `total` were sent.
    InFlight {
        /// How many.
        count: u32,
        /// How many in all.
        total: usize,
    },
}

/// One scan of a load: moments from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shot {
    /// When it was to be sent.
    pub(crate) intended: Duration,
    /// When it was.
    pub(crate) sent: Duration,
    /// When its answer was there.
    pub(crate) received: Duration,
}

impl Shot {
    /// What a caller waited, who wanted to send at the intended moment: a guard that keeps the next request
    /// from being sent is charged for it.
    pub(crate) fn latency(&self) -> Duration {
        self.received.saturating_sub(self.intended)
    }

    /// What the guard took from the moment of the write.
    pub(crate) fn service(&self) -> Duration {
        self.received.saturating_sub(self.sent)
    }
}

/// Answers a second of a load.
pub(crate) fn per_second(shots: &[Shot]) -> f64 {
    let last = shots.iter().map(|shot| shot.received).max().unwrap_or_default();
    shots.len() as f64 / last.as_secs_f64().max(f64::EPSILON)
}

/// Sends the scans and reads every answer; each must be the right one.
///
/// # Errors
/// The guard ends, falls silent, or answers wrongly, twice, or not at all.
pub(crate) fn run(session: &mut Session, pace: Pace<'_>) -> anyhow::Result<Vec<Shot>> {
    let total = match pace {
        Pace::Schedule(moments) => moments.len(),
        Pace::InFlight { total, .. } => total,
    };
    let first = session.take_ids(total as u64);
    let mut stdin = session.stdin.take().expect("stdin is open until the session is closed");
    let seat = session.seat.clone();
    let start = Instant::now();
    let (written, heard) = thread::scope(|scope| {
        let (permit, permits) = mpsc::channel();
        let writer = scope.spawn(|| {
            let sent = write(&mut stdin, &seat, first, pace, start, permits.into_iter());
            (stdin, sent)
        });
        let heard = read(session, total, start, || {
            // A writer that has written all takes no more permits.
            let _done = permit.send(());
        });
        if heard.is_err() {
            // A guard that reads no more would hold the writer for ever.
            session.watch.leave();
        }
        drop(permit);
        (writer.join(), heard)
    });
    let (stdin, sent) = written.map_err(|_| anyhow::anyhow!("the writer of a load panicked"))?;
    session.stdin = Some(stdin);
    shots(&heard?, first, &sent)
}

/// Writes each scan in its time; returns when each was to be written, and when it was.
fn write(
    stdin: &mut ChildStdin,
    seat: &Seat,
    first: u64,
    pace: Pace<'_>,
    start: Instant,
    mut permits: impl Iterator<Item = ()>,
) -> Vec<(Duration, Duration)> {
    let mut sent = Vec::new();
    let mut send = |intended: Option<Duration>| {
        let id = first + sent.len() as u64;
        let line = scan::call(&seat.dialect, id, &seat.tool, &scan::arguments(id, 0));
        let now = start.elapsed();
        sent.push((intended.unwrap_or(now), now));
        stdin.write_all(&line).is_ok()
    };
    match pace {
        Pace::Schedule(moments) => {
            for moment in moments {
                thread::sleep(moment.saturating_sub(start.elapsed()));
                if !send(Some(*moment)) {
                    break;
                }
            }
        }
        Pace::InFlight { count, total } => {
            for turn in 0..total {
                if (turn >= count as usize && permits.next().is_none()) || !send(None) {
                    break;
                }
            }
        }
    }
    sent
}

/// Reads as many answers as were asked for, and when each was there.
fn read(
    session: &mut Session,
    total: usize,
    start: Instant,
    answered: impl Fn(),
) -> anyhow::Result<Vec<(Duration, Vec<u8>)>> {
    let mut heard = Vec::with_capacity(total);
    while heard.len() < total {
        session.watch.begin();
        let mut line = Vec::new();
        session.read_line(&mut line)?;
        let at = start.elapsed();
        if scan::answers(&line) {
            answered();
            heard.push((at, line));
        }
    }
    session.watch.end();
    Ok(heard)
}

/// Puts answers to requests, each exactly once.
fn shots(heard: &[(Duration, Vec<u8>)], first: u64, sent: &[(Duration, Duration)]) -> anyhow::Result<Vec<Shot>> {
    let mut received: Vec<Option<Duration>> = vec![None; sent.len()];
    for (at, line) in heard {
        let Heard::Answer(id, answer) = scan::heard(line)? else { continue };
        let place = id.checked_sub(first).and_then(|index| received.get_mut(usize::try_from(index).ok()?));
        match place {
            Some(place @ None) => *place = Some(*at),
            Some(Some(_)) => return Err(Wrong(format!("request {id} was answered twice")).into()),
            None => return Err(Wrong(format!("request {id} was answered and never made")).into()),
        }
        scan::is_allowed(&answer, id)?;
    }
    let shots = sent.iter().zip(received).enumerate().map(|(index, ((intended, sent), received))| {
        let received = received.ok_or_else(|| Wrong(format!("request {} was not answered", first + index as u64)))?;
        Ok(Shot { intended: *intended, sent: *sent, received })
    });
    shots.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn answer(id: u64) -> Vec<u8> {
        let verdict = scan::decided(id);
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"structuredContent\":{verdict}}}}}\n").into_bytes()
    }

    fn judged(heard: &[(u32, u64)], sent: &[(u32, u32)]) -> Result<Vec<Shot>, String> {
        let heard: Vec<_> = heard.iter().map(|(at, id)| (*at * MS, answer(*id))).collect();
        let sent: Vec<_> = sent.iter().map(|(intended, sent)| (*intended * MS, *sent * MS)).collect();
        shots(&heard, 10, &sent).map_err(|error| error.to_string())
    }

    #[test]
    fn latency_counts_from_the_moment_that_was_intended() {
        // The guard was stuck from 1 to 9 ms, so that the second request left late: its caller waited all the same.
        let shots = judged(&[(9, 10), (10, 11)], &[(1, 1), (2, 9)]).unwrap();
        assert_eq!(shots.iter().map(Shot::latency).collect::<Vec<_>>(), [8 * MS, 8 * MS]);
        assert_eq!(shots.iter().map(Shot::service).collect::<Vec<_>>(), [8 * MS, MS]);
        assert!((per_second(&shots) - 200.0).abs() < 1e-6);
    }

    #[test]
    fn answers_may_come_in_any_order_and_each_once() {
        assert_eq!(judged(&[(3, 11), (4, 10)], &[(1, 1), (2, 2)]).unwrap()[0].received, 4 * MS);
        let wrong = |heard: &[(u32, u64)]| judged(heard, &[(1, 1), (2, 2)]).unwrap_err();
        assert!(wrong(&[(3, 11), (4, 11)]).contains("request 11 was answered twice"));
        assert!(wrong(&[(3, 11), (4, 12)]).contains("request 12 was answered and never made"));
        assert!(wrong(&[(3, 9)]).contains("request 9 was answered and never made"));
        assert!(wrong(&[(3, 11)]).contains("request 10 was not answered"));
    }
}
