//! The plays of a run: which ones, on how many seats, and what each showed. Never what a case comes to.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::Options;
use super::court::{Court, Judged};
use crate::case::{Case, Kind, Profile};
use crate::event::Event;
use crate::play::{self, Stage};
use crate::recording::RecordingError;
use crate::subject::Subject;
use crate::version::Version;

/// A case in one version, and the round in which it is played, from 0.
#[derive(Clone)]
pub(super) struct Play {
    pub(super) case: Arc<Case>,
    pub(super) version: Version,
    pub(super) round: u32,
}

impl Play {
    /// Whether it is a play of this case in this version.
    pub(super) fn is_of(&self, case: &Case, version: Version) -> bool {
        self.case.id == case.id && self.version == version
    }
}

/// What must be played in each round: the selected cases, and, when only standing checks are selected,
/// every play that there is, for they are judged on all.
pub(super) fn plays(cases: &[Case], selected: &[&Case], subject: &Subject, options: &Options) -> Vec<Play> {
    if selected.iter().any(|case| matches!(case.kind, Kind::Played(_))) {
        plays_of(selected.iter().copied(), subject)
    } else {
        plays_of(cases.iter().filter(|case| options.selection.holds_unnamed(case)), subject)
    }
}

/// Whether they are all that there are in the profile, so that a standing check has seen everything.
pub(super) fn is_whole(plays: &[Play], cases: &[Case], subject: &Subject, options: &Options) -> bool {
    let all = plays_of(cases.iter().filter(|case| options.selection.holds_unnamed(case)), subject);
    all.iter().all(|play| plays.iter().any(|other| other.is_of(&play.case, play.version)))
}

fn plays_of<'a>(cases: impl Iterator<Item = &'a Case>, subject: &Subject) -> Vec<Play> {
    cases
        .filter(|case| matches!(case.kind, Kind::Played(_)) && subject.unfit(case).is_none())
        .map(|case| Arc::new(case.clone()))
        .flat_map(|case| {
            let versions = case.played_in(&subject.versions);
            versions.into_iter().map(move |version| Play { case: Arc::clone(&case), version, round: 0 })
        })
        .collect()
}

/// How many plays may wait for each one that is played.
const WAITING: usize = 2;

/// How many plays may wait for the real 30 s at once: they sleep, and cost only the memory of their guards.
const SLOW_PLAYS: usize = 32;

/// What is said of a case on which the harness itself panicked.
const DEFECT: &str = "the harness failed while it played or judged this case; this is a defect of the harness";

/// A play that ended: what it showed or why it could not be played, and how long it took.
pub(super) struct Played {
    pub(super) play: Play,
    pub(super) judged: Result<Judged, String>,
    pub(super) unsaved: Option<RecordingError>,
    pub(super) took: Duration,
}

/// Plays them all, each as often as the options say, and tells of each when it ends. A play that lasts
/// longer than `patience` gives up its seat.
pub(super) async fn play_all(
    plays: &[Play],
    subject: &Arc<Subject>,
    stage: &Arc<Stage>,
    court: &Arc<Court>,
    options: &Options,
    patience: Duration,
    tell: &mut impl FnMut(Event),
) -> Vec<Played> {
    let seats = Arc::new(Semaphore::new(options.jobs.max(1)));
    let waiting_room = Arc::new(Semaphore::new(WAITING * options.jobs.max(1)));
    // Who waits for the real 30 s waits together with all the others who do.
    let bench = Arc::new(Semaphore::new(SLOW_PLAYS));
    let mut running = JoinSet::new();
    let rounds = (0..options.repeat).flat_map(|round| plays.iter().map(move |play| Play { round, ..play.clone() }));
    let plays: Vec<Play> = rounds.collect();
    for (index, play) in plays.iter().cloned().enumerate() {
        let (subject, stage) = (Arc::clone(subject), Arc::clone(stage));
        let court = Arc::clone(court);
        let seats = Arc::clone(if play.case.profile == Profile::Slow { &bench } else { &seats });
        let waiting_room = Arc::clone(&waiting_room);
        running.spawn(async move {
            let seat = seats.acquire_owned().await.expect("the seats are never closed");
            let began = Instant::now();
            let (case, round) = (Arc::clone(&play.case), play.round);
            let name = format!("p{index}");
            let played = play::play(&case, &subject, play.version, &stage, &name);
            let recording = match case.profile {
                // What makes load keeps its seat, and on the bench everybody waits.
                Profile::Load | Profile::Slow => played.await,
                Profile::Default => seated(played, seat, patience, &waiting_room).await,
            };
            let took = began.elapsed();
            let recording = match recording {
                Ok(recording) => recording,
                Err(error) => return (index, Played { play, judged: Err(error.to_string()), unsaved: None, took }),
            };
            // What a guard wrote without end takes its time to judge, and no other play shall wait for it.
            let judged = tokio::task::spawn_blocking(move || {
                let judged = court.judge(&case, &recording);
                let unsaved = court.keep(&case, &recording, round).err();
                (if round == 0 { judged } else { judged.forget_if_clean() }, unsaved)
            });
            match judged.await {
                Ok((judged, unsaved)) => (index, Played { play, judged: Ok(judged), unsaved, took }),
                Err(_panic) => (index, Played { play, judged: Err(DEFECT.into()), unsaved: None, took }),
            }
        });
    }
    let mut played: BTreeMap<usize, Played> = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        // A panic of the harness in one play must not take the others' results with it.
        if let Ok((index, ended)) = ended {
            let Play { case, version, .. } = &ended.play;
            let (done, total) = (played.len() + 1, plays.len());
            tell(Event::Played { done, total, case: case.id.clone(), version: *version });
            played.insert(index, ended);
        }
    }
    for (index, play) in plays.iter().enumerate() {
        played.entry(index).or_insert_with(|| Played {
            play: play.clone(),
            judged: Err(DEFECT.into()),
            unsaved: None,
            took: Duration::ZERO,
        });
    }
    played.into_values().collect()
}

/// Ends a play that was begun on a seat. Who has sat for longer than playing takes is waiting, for a deadline or
/// for a person: that keeps no processor busy, and shall not keep others waiting.
async fn seated<T>(
    play: impl Future<Output = T>,
    seat: OwnedSemaphorePermit,
    patience: Duration,
    waiting_room: &Semaphore,
) -> T {
    let mut play = pin!(play);
    let place = async {
        tokio::time::sleep(patience).await;
        waiting_room.acquire().await
    };
    tokio::select! {
        ended = &mut play => ended,
        _place = place => {
            drop(seat);
            play.await
        }
    }
}
