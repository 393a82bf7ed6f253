//! What is asked so that each cell is seen: a scenario and a few requests, each play on a gateway of
//! its own. Never what should come of it.

use std::time::Duration;

use mock_gateway::api::Route;

use super::grid::{Column, DECISIONS, FAULTS, SCRIPTED, columns};

/// A scenario, and what is done with it.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) scenario: String,
    pub(crate) steps: Vec<Step>,
}

/// What is done.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A request is sent.
    Ask(Ask),
    /// The approval that was opened last is approved.
    Approve,
    /// It is denied.
    Deny,
    /// So much time passes.
    Advance(Duration),
}

/// A request. In its path `{id}` stands for the approval that was opened last.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Token,
    pub(crate) body: String,
    pub(crate) leaving: Leaving,
}

/// What a request comes with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    Lasting,
    Nothing,
    /// The short-lived key that was given out last.
    ShortLived,
}

/// When the client goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// When there is no more to come.
    Served,
    /// When it is decided what to answer, and nothing has come.
    Waiting,
    /// Before it has sent its whole body.
    Sending,
}

/// A request that is in order, on this route or on a path that is none.
fn ask(column: Column) -> Ask {
    let body = match column {
        Some(Route::Scan) | None => r#"{"tool_name":"t","method":"POST","url":"https://a.example/x","body":{"a":1}}"#,
        Some(Route::ScanResponse) => r#"{"trace_id":"t","response_body":{"a":1}}"#,
        Some(Route::NewKey) => r#"{"ttl_seconds":60,"scope":{"tools":["another"]}}"#,
        Some(Route::ApprovalStatus | Route::Usage | Route::Health) => "",
    };
    Ask {
        method: column.map_or("POST", Route::method),
        path: column.map_or("/v1/nothing", Route::path).to_owned(),
        token: Token::Lasting,
        body: body.to_owned(),
        leaving: Leaving::Served,
    }
}

fn on(route: Route) -> Step {
    Step::Ask(ask(Some(route)))
}

fn play(scenario: impl Into<String>, steps: Vec<Step>) -> Play {
    Play { scenario: scenario.into(), steps }
}

/// A rule for one route only.
fn rule(route: Route, reply: &str) -> String {
    format!("rules: [{{ when: {{ path: '{}' }}, then: {reply} }}]", route.path().replace("{id}", "*"))
}

/// Every play.
pub(crate) fn plays() -> Vec<Play> {
    let mut plays = verdicts();
    plays.extend(refusals());
    plays.extend(Route::ALL.into_iter().flat_map(scripted));
    plays.extend(everywhere());
    plays.extend(columns().map(|column| {
        let ask = Ask { leaving: Leaving::Sending, ..ask(column) };
        play("rules: []", vec![Step::Ask(ask)])
    }));
    plays
}

/// The same on every path, so that what is declared impossible is tried.
fn everywhere() -> Vec<Play> {
    let all: Vec<_> = columns().map(|column| Step::Ask(ask(column))).collect();
    let often = vec![all.clone(); 3].concat();
    vec![
        play("rules: [{ when: { path: '**' }, then: { decision: DENY } }]", all.clone()),
        play("rules: [{ when: { path: '**' }, then: { status: 503 } }]", all),
        play("{ limits: { scans_per_minute: 1 }, rules: [] }", often.clone()),
        play("{ limits: { quota: 1 }, rules: [] }", often),
    ]
}

fn verdicts() -> Vec<Play> {
    let (scan, poll) = (on(Route::Scan), on(Route::ApprovalStatus));
    let held = "rules: [{ then: { decision: REQUIRE_APPROVAL } }]";
    let ten_minutes = Step::Advance(Duration::from_secs(600));
    let mut plays: Vec<_> =
        DECISIONS.iter().map(|(_, reply)| play(format!("rules: [{{ then: {reply} }}]"), vec![scan.clone()])).collect();
    plays.extend([
        play("rules: []", vec![scan.clone()]),
        play("rules: [{ then: { decision: REQUIRE_APPROVAL, wire: reset } }]", vec![scan.clone()]),
        play("rules: []", vec![on(Route::ScanResponse), on(Route::Usage), on(Route::Health)]),
        play(held, vec![scan.clone(), Step::Approve, poll.clone(), scan.clone()]),
        play(held, vec![scan.clone(), Step::Deny, poll.clone(), scan.clone()]),
        play(held, vec![scan.clone(), poll.clone(), poll.clone(), ten_minutes, poll]),
        play(
            "rules: [{ then: { decision: ALLOW } }]",
            vec![on(Route::NewKey), Step::Ask(Ask { token: Token::ShortLived, ..ask(Some(Route::Scan)) })],
        ),
    ]);
    plays
}

/// What the gateway refuses of itself, on every route.
fn refusals() -> Vec<Play> {
    let each = |change: fn(Ask) -> Ask| columns().map(move |column| Step::Ask(change(ask(column)))).collect();
    vec![
        play("rules: []", each(|ask| Ask { body: "{}".to_owned(), ..ask })),
        play("rules: []", each(|ask| Ask { token: Token::Nothing, ..ask })),
        play("rules: []", each(|ask| Ask { method: "PUT", ..ask })),
        play("rules: []", each(|ask| Ask { body: "x".repeat(256 * 1024 + 1), ..ask })),
        play(
            "rules: []",
            [on(Route::NewKey)].into_iter().chain(each(|ask| Ask { token: Token::ShortLived, ..ask })).collect(),
        ),
    ]
}

/// What a rule can do on this route: its statuses, its texts, its faults, and a delay that is not
/// waited for.
fn scripted(route: Route) -> Vec<Play> {
    let verb = if route == Route::Scan { "decision: ALLOW" } else { "status: 503" };
    let mute = ["hang", "reset", "close", "garbage"];
    let once = |reply: &str, leaving| play(rule(route, reply), vec![Step::Ask(Ask { leaving, ..ask(Some(route)) })]);
    let faults = FAULTS.iter().map(|(name, wire)| {
        let leaving = if *name == "hang" { Leaving::Waiting } else { Leaving::Served };
        let verb = if mute.contains(name) { String::new() } else { format!("{verb}, ") };
        once(&format!("{{ {verb}wire: {wire} }}"), leaving)
    });
    let replies = SCRIPTED.iter().map(|(_, reply)| once(reply, Leaving::Served));
    let delay = once(&format!("{{ {verb}, delay: 1h }}"), Leaving::Waiting);
    faults.chain(replies).chain([delay]).collect()
}
