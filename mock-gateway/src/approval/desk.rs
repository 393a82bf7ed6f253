//! Where approvals are kept, found and forgotten. Every look-up goes by an index, so that the ten
//! thousandth scan costs what the first one did. Pure: time and ids come in.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{Approval, ApprovalError, NoGrant, PollError, REMEMBERED, Status, Verdict};
use crate::api::{Key, Scan};
use crate::clock::{Moment, Now};
use crate::scenario::{Become, Course, Windows};

/// Every approval whose window runs, and the latest [`REMEMBERED`] of those whose window is over.
///
/// Approvals are numbered in the order in which they were opened; the indices hold numbers.
#[derive(Debug, Default)]
pub struct Desk {
    windows: Windows,
    opened: u64,
    records: BTreeMap<u64, Record>,
    /// Several can share an id: a scenario may name it.
    by_id: HashMap<String, BTreeSet<u64>>,
    /// Those whose window runs.
    by_arguments: HashMap<Asked, BTreeSet<u64>>,
    /// The same, the first to end first.
    ending: BTreeSet<(Moment, u64)>,
    /// The others, the first that ended first.
    over: VecDeque<u64>,
    /// Those that will decide themselves, the first to do so first.
    due: BTreeSet<(Moment, u64)>,
}

#[derive(Debug)]
struct Record {
    id: String,
    asked: Asked,
    opened: Moment,
    /// When it expires, or the window of its decision ends.
    expires: Moment,
    decided: Option<(Moment, Verdict)>,
    note: Option<Arc<str>>,
    /// What it becomes by itself.
    course: Option<Verdict>,
    polled: Option<Moment>,
    over: bool,
}

/// Who asked for what: equal when one decision serves both.
#[derive(Debug, Clone)]
struct Asked {
    key: Option<Key>,
    scan: Arc<Scan>,
}

impl Asked {
    fn new(key: Option<&Key>, scan: &Arc<Scan>) -> Self {
        Self { key: key.cloned(), scan: Arc::clone(scan) }
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.scan.same_arguments(&other.scan)
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Scan { method, url, tool_name, body, agent, .. } = &*self.scan;
        (&self.key, method, url, tool_name, body, agent).hash(state);
    }
}

impl Record {
    /// A window that was seen to be over stays so, even for a request that read the clock earlier.
    fn runs(&self, now: Moment) -> bool {
        !self.over && now < self.expires
    }

    fn status(&self, now: Moment) -> Status {
        match self.decided {
            Some((_, Verdict::Approve)) => Status::Approved,
            Some((_, Verdict::Deny)) => Status::Denied,
            None if self.runs(now) => Status::Pending,
            None => Status::Expired,
        }
    }

    fn snapshot(&self, now: Moment) -> Approval {
        Approval {
            id: self.id.clone(),
            status: self.status(now),
            scan: Arc::clone(&self.asked.scan),
            opened: self.opened,
            decided: self.decided.map(|(at, _)| at),
            verdict: self.decided.map(|(_, verdict)| verdict),
            note: self.note.clone(),
            expires: self.expires,
            remaining: self.expires.since(now),
        }
    }
}

impl Desk {
    /// A desk with these windows.
    #[must_use]
    pub fn new(windows: Windows) -> Self {
        Self { windows, ..Self::default() }
    }

    /// Other windows, for what is opened or decided from now on.
    pub const fn set_windows(&mut self, windows: Windows) {
        self.windows = windows;
    }

    /// The windows in force.
    #[must_use]
    pub const fn windows(&self) -> Windows {
        self.windows
    }

    /// The decision whose window runs for these arguments, with its approval's id.
    pub fn standing(&mut self, key: Option<&Key>, scan: &Arc<Scan>, now: Moment) -> Option<(Verdict, &str)> {
        self.settle(now);
        let record = self.running(&Asked::new(key, scan), now, true)?;
        record.decided.map(|(_, verdict)| (verdict, &*record.id))
    }

    /// The id of the approval that waits for these arguments, opened now if there is none. A new
    /// one takes its `course` by itself, if it has one.
    pub fn open(
        &mut self,
        key: Option<&Key>,
        scan: &Arc<Scan>,
        now: Moment,
        course: Option<Course>,
        id: impl FnOnce() -> String,
    ) -> String {
        self.settle(now);
        let asked = Asked::new(key, scan);
        if let Some(record) = self.running(&asked, now, false) {
            return record.id.clone();
        }
        self.forget(now);
        self.opened += 1;
        let (number, id) = (self.opened, id());
        self.by_id.entry(id.clone()).or_default().insert(number);
        self.by_arguments.entry(asked.clone()).or_default().insert(number);
        let mut expires = now.after(self.windows.pending.get());
        let course = course.and_then(|Course { after, r#become }| {
            let at = now.after(after.get());
            let verdict = match r#become {
                Become::Approved => Verdict::Approve,
                Become::Denied => Verdict::Deny,
                Become::Expired => {
                    expires = expires.min(at);
                    return None;
                }
            };
            (at < expires).then(|| self.due.insert((at, number)));
            Some(verdict)
        });
        let record = Record {
            id: id.clone(),
            asked,
            opened: now,
            expires,
            decided: None,
            note: None,
            course,
            polled: None,
            over: false,
        };
        self.ending.insert((record.expires, number));
        self.records.insert(number, record);
        id
    }

    /// An analyst decides, and may write why.
    ///
    /// # Errors
    /// An unknown approval, or one that is pending no more.
    pub fn decide(
        &mut self,
        id: &str,
        verdict: Verdict,
        note: Option<&str>,
        now: Moment,
    ) -> Result<Approval, ApprovalError> {
        self.settle(now);
        let number = self.by_id.get(id).and_then(BTreeSet::last).copied();
        let number = number.ok_or_else(|| ApprovalError::Unknown(id.to_owned()))?;
        match self.records[&number].status(now) {
            Status::Pending => {
                let record = self.record_decision(number, verdict, now);
                record.note = note.map(Arc::from);
                Ok(record.snapshot(now))
            }
            status => Err(ApprovalError::NotPending { id: id.to_owned(), status }),
        }
    }

    /// Ends a grant before its time.
    ///
    /// # Errors
    /// No grant of this approval runs.
    pub fn revoke(&mut self, id: &str, now: Moment) -> Result<Approval, NoGrant> {
        self.settle(now);
        let runs = |number: &&u64| self.records[number].snapshot(now).is_grant();
        let number = self.by_id.get(id).and_then(|numbers| numbers.iter().rev().find(runs)).copied();
        let number = number.ok_or_else(|| NoGrant(id.to_owned()))?;
        Ok(self.end(number, now).snapshot(now))
    }

    /// Lets the window of an approval end at this moment.
    fn end(&mut self, number: u64, at: Moment) -> &mut Record {
        let record = self.records.get_mut(&number).expect("an indexed approval is kept");
        self.ending.remove(&(record.expires, number));
        record.expires = at;
        self.ending.insert((record.expires, number));
        record
    }

    fn record_decision(&mut self, number: u64, verdict: Verdict, at: Moment) -> &mut Record {
        let window = match verdict {
            Verdict::Approve => self.windows.grant,
            Verdict::Deny => self.windows.denial,
        };
        let record = self.end(number, at.after(window.get()));
        record.decided = Some((at, verdict));
        record
    }

    /// Lets the approvals whose time has come decide themselves, each at its own moment.
    fn settle(&mut self, now: Moment) {
        while let Some(&(at, number)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            if let Some(record) = self.records.get(&number)
                && let Some(verdict) = record.course
                && record.status(at) == Status::Pending
            {
                self.record_decision(number, verdict, at);
            }
        }
    }

    /// A client asks where an approval stands.
    ///
    /// # Errors
    /// An approval that this key does not know, or a poll that comes too soon.
    pub fn poll(&mut self, key: Option<&Key>, id: &str, now: Now) -> Result<Approval, PollError> {
        self.settle(now.virtual_time);
        let pace = self.windows.poll_every.get();
        let numbers = self.by_id.get(id).ok_or(PollError::Unknown)?;
        let theirs = |number: &&u64| self.records[number].asked.key.as_ref() == key;
        let number = numbers.iter().rev().find(theirs).ok_or(PollError::Unknown)?;
        let record = self.records.get_mut(number).expect("an indexed approval is kept");
        if let Some(polled) = record.polled {
            let passed = now.pace.since(polled);
            if passed < pace {
                return Err(PollError::TooSoon(pace.saturating_sub(passed)));
            }
        }
        record.polled = Some(now.pace);
        Ok(record.snapshot(now.virtual_time))
    }

    /// Every approval that is kept, oldest first.
    pub fn all(&mut self, now: Moment) -> Vec<Approval> {
        self.settle(now);
        self.records.values().map(|record| record.snapshot(now)).collect()
    }

    /// The latest approval for these arguments that waits, or whose decision stands.
    fn running(&self, asked: &Asked, now: Moment, decided: bool) -> Option<&Record> {
        let records = self.by_arguments.get(asked)?.iter().rev().map(|number| &self.records[number]);
        records.into_iter().find(|record| record.decided.is_some() == decided && record.runs(now))
    }

    /// Retires the approvals whose windows are over, and forgets the oldest of them.
    fn forget(&mut self, now: Moment) {
        while let Some(&(expires, number)) = self.ending.first()
            && expires <= now
        {
            self.ending.pop_first();
            let record = self.records.get_mut(&number).expect("an approval is kept while its window runs");
            record.over = true;
            strike(&mut self.by_arguments, &record.asked, number);
            self.over.push_back(number);
        }
        while self.over.len() > REMEMBERED
            && let Some(number) = self.over.pop_front()
            && let Some(record) = self.records.remove(&number)
        {
            strike(&mut self.by_id, &record.id, number);
        }
    }
}

/// Takes a number out of an index.
fn strike<K: Eq + Hash>(index: &mut HashMap<K, BTreeSet<u64>>, key: &K, number: u64) {
    if let Some(numbers) = index.get_mut(key) {
        numbers.remove(&number);
        if numbers.is_empty() {
            index.remove(key);
        }
    }
}
