//! Rules with the places that their replies have reached. Whose turn it is; never what an answer
//! says.

use std::fmt;
use std::sync::Arc;

use crate::api::{Call, Request};
use crate::correlate::Overlap;
use crate::scenario::{
    Candidate, Destinations, Difference, Fault, Field, Needles, OneOrMany, Repeat, Reply, Rule, Verb, When,
};

/// The rules in force.
#[derive(Debug, Default)]
pub(super) struct Rules {
    scripts: Vec<Script>,
    needles: Needles,
}

/// A rule with its state.
#[derive(Debug)]
struct Script {
    when: When,
    replies: Vec<Arc<Reply>>,
    turn: usize,
    given: u32,
    /// How many requests came this far and agreed, their number left aside.
    met: u64,
}

/// The rule that came nearest to a request that met none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Its place in the scenario, from 1.
    pub rule: usize,
    /// Where the two part first.
    pub difference: Difference,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, difference } = self;
        write!(f, "nearest is rule {rule}; {difference}")
    }
}

impl Rules {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let script = |rule: &Rule| Script {
            when: rule.when.clone(),
            replies: rule.then.iter().cloned().map(Arc::new).collect(),
            turn: 0,
            given: 0,
            met: 0,
        };
        Self { scripts: rules.iter().map(script).collect(), needles: Needles::of(rules.iter().map(|rule| &rule.when)) }
    }

    /// The rules as they were written.
    pub(super) fn written(&self) -> Vec<Rule> {
        let rule = |script: &Script| {
            let replies = script.replies.iter().map(|reply| Reply::clone(reply)).collect();
            OneOrMany::some(replies).map(|then| Rule { when: script.when.clone(), then })
        };
        self.scripts.iter().filter_map(rule).collect()
    }

    /// The first rule that the request meets, from 0. What is no scan passes over verdicts.
    pub(super) fn meet(
        &mut self,
        request: &Request,
        destinations: &Destinations,
        overlap: Option<&Overlap>,
    ) -> Option<usize> {
        let candidate = Candidate::new(request, destinations, overlap, &self.needles);
        let is_scan = matches!(request.call, Call::Scan(_));
        self.scripts.iter_mut().position(|script| {
            let answers = is_scan || !is_verdict(script.next());
            let agrees = answers && script.when.agrees(&candidate);
            script.met += u64::from(agrees);
            agrees && script.when.is_turn(script.met)
        })
    }

    /// Whether the reply whose turn it is decides about a scan.
    pub(super) fn decides(&self, rule: usize) -> bool {
        is_verdict(self.scripts[rule].next())
    }

    /// What goes wrong on the wire by the reply whose turn it is.
    pub(super) fn fault(&self, rule: usize) -> Option<Fault> {
        self.scripts[rule].next().fault()
    }

    /// Gives the reply of a rule whose turn it is, and its place.
    pub(super) fn take(&mut self, rule: usize) -> (usize, Arc<Reply>) {
        self.scripts[rule].take()
    }

    /// The rule that is nearest to a request that met none; the first of those that are equally near.
    pub(super) fn nearest(
        &self,
        request: &Request,
        destinations: &Destinations,
        overlap: Option<&Overlap>,
    ) -> Option<Miss> {
        let candidate = Candidate::new(request, destinations, overlap, &self.needles);
        let nearest = |(_, script): &(usize, &Script)| script.when.distance(&candidate);
        let (rule, script) = self.scripts.iter().enumerate().min_by_key(nearest)?;
        let turn = || Difference {
            field: Field::Turn,
            wanted: script.when.turn_words(),
            got: format!("number {}", script.met),
        };
        Some(Miss { rule: rule + 1, difference: script.when.difference(&candidate).unwrap_or_else(turn) })
    }
}

fn is_verdict(reply: &Reply) -> bool {
    matches!(reply.verb(), Verb::Decision(_))
}

impl Script {
    fn next(&self) -> &Reply {
        &self.replies[self.turn]
    }

    fn take(&mut self) -> (usize, Arc<Reply>) {
        let (turn, reply) = (self.turn, Arc::clone(&self.replies[self.turn]));
        self.given += 1;
        let done = match reply.repeat {
            None => true,
            Some(Repeat::Times(times)) => self.given >= times.get(),
            Some(Repeat::Forever) => false,
        };
        if done && turn + 1 < self.replies.len() {
            (self.turn, self.given) = (turn + 1, 0);
        }
        (turn, reply)
    }
}
