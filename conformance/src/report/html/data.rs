//! What crossed in each play, as the data from which the page draws a timeline when a case is opened. A text
//! that stands in many plays stands here once, and the whole stays within what a phone can hold.

use std::collections::HashMap;

use serde::Serialize;

use super::text::within_script;
use crate::event::{CaseResult, PlayResult};
use crate::finding::Party;
use crate::outcome::Outcome;
use crate::report::harmless;
use crate::timeline::{Moment, Way};

/// How much the timelines may come to, in bytes; the rest of a page is about a tenth of that.
const LIMIT: usize = 3_500_000;

/// What one moment takes beside its texts, in bytes.
const MOMENT: usize = 40;

/// The data, and how many cases had to go without their timelines.
pub(super) struct Data {
    pub(super) json: String,
    pub(super) left_out: usize,
}

/// The plays of each result, in the order of results.
pub(super) fn of(results: &[CaseResult]) -> Data {
    within(LIMIT, results)
}

fn within(limit: usize, results: &[CaseResult]) -> Data {
    let mut order: Vec<usize> = (0..results.len()).collect();
    // Where not all have room, those of cases that passed are missed the least.
    order.sort_by_key(|index| results[*index].outcome == Outcome::Pass);
    let mut texts = Texts::default();
    let mut cases = vec![Vec::new(); results.len()];
    let (mut left, mut left_out) = (limit, 0);
    for index in order {
        let plays = &results[index].plays;
        let size: usize = plays.iter().flat_map(|play| &play.timeline).map(|moment| texts.size(moment)).sum();
        let has_room = size <= left;
        cases[index] = plays.iter().map(|play| Play::of(play, has_room, &mut texts)).collect();
        if has_room {
            left -= size;
        } else {
            left_out += 1;
        }
    }
    let json = serde_json::to_string(&Whole { texts: texts.all, cases }).expect("numbers, texts and lists are JSON");
    Data { json: within_script(&json), left_out }
}

#[derive(Serialize)]
struct Whole {
    texts: Vec<String>,
    cases: Vec<Vec<Play>>,
}

/// Texts by their place in the list, each one once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    places: HashMap<String, usize>,
}

impl Texts {
    fn place(&mut self, text: &str) -> usize {
        let text = harmless(text);
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.all.push(text.clone());
        self.places.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }

    /// What a moment would add, at the most.
    fn size(&self, moment: &Moment) -> usize {
        let of = |text: &str| {
            let text = harmless(text);
            if self.places.contains_key(&text) { 0 } else { text.len() }
        };
        MOMENT + of(&moment.what) + moment.text.as_deref().map_or(0, of)
    }
}

#[derive(Clone, Serialize)]
struct Play {
    version: &'static str,
    took: u64,
    /// Step, what was asked, and how long the answer took.
    calls: Vec<(usize, usize, Option<u64>)>,
    /// `None` where it was left out.
    timeline: Option<Vec<Row>>,
    moments: usize,
}

/// When, which party, which way, what, its text, and whether it was without the guard.
type Row = (u64, u8, u8, usize, Option<usize>, u8);

impl Play {
    fn of(play: &PlayResult, with_timeline: bool, texts: &mut Texts) -> Self {
        Self {
            version: play.version.name(),
            took: play.duration_us,
            calls: play
                .calls
                .iter()
                .map(|call| (texts.place(&call.step), texts.place(&call.what), call.took_us))
                .collect(),
            timeline: with_timeline.then(|| play.timeline.iter().map(|moment| row(moment, texts)).collect()),
            moments: play.moments,
        }
    }
}

fn row(moment: &Moment, texts: &mut Texts) -> Row {
    // The lanes of the page, and its three ways, are counted in the same order.
    let party = match moment.party {
        Party::Client => 0,
        Party::Gateway => 1,
        Party::Upstream => 2,
        Party::Process => 3,
    };
    let way = match moment.way {
        Way::In => 0,
        Way::Out => 1,
        Way::Aside => 2,
    };
    let what = texts.place(&moment.what);
    let text = moment.text.as_deref().map(|text| texts.place(text));
    (moment.at_us, party, way, what, text, u8::from(moment.direct))
}
