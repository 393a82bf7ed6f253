//! What can come of a request, by route: the one declaration of the grid. Where something cannot
//! happen, it says why. Never what was seen.

use mock_gateway::api::Route;

/// A column: a route, or every path that is none.
pub(crate) type Column = Option<Route>;

/// Every column.
pub(crate) fn columns() -> impl Iterator<Item = Column> {
    Route::ALL.into_iter().map(Some).chain([None])
}

/// One thing that can come of a request.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name, as `seen` derives it from the journal.
    pub(crate) name: String,
    on: &'static [Route],
    /// Why on no other route.
    because: &'static str,
    /// Whether it can happen on a path that is not served, too.
    unserved: bool,
}

impl Row {
    /// Why it cannot happen there; `None` where it can.
    pub(crate) fn never(&self, column: Column) -> Option<&'static str> {
        match column {
            Some(route) => (!self.on.contains(&route)).then_some(self.because),
            None => (!self.unserved)
                .then_some("a path that is not served is answered 404 before anything else is looked at"),
        }
    }
}

/// A fault, and how a scenario writes it.
pub(crate) const FAULTS: [(&str, &str); 13] = [
    ("hang", "hang"),
    ("reset", "reset"),
    ("close", "close"),
    ("garbage", "garbage"),
    ("reset_after", "{ reset_after: 20 }"),
    ("close_after", "{ close_after: 20 }"),
    ("reset_mid_body", "reset_mid_body"),
    ("close_mid_body", "close_mid_body"),
    ("drip", "{ drip: { bytes: 64, every: 1ms } }"),
    ("content_length_off_by", "{ content_length_off_by: 10 }"),
    ("bad_chunk", "bad_chunk"),
    ("truncated_json", "truncated_json"),
    ("huge_body", "{ huge_body: 100000 }"),
];

/// What a scenario can answer anywhere, and how it writes it.
pub(crate) const SCRIPTED: [(&str, &str); 5] = [
    ("scripted 3xx", "{ status: 302, location: 'https://elsewhere.example/' }"),
    ("scripted 4xx", "{ status: 429, retry_after: 2s }"),
    ("scripted 5xx", "{ status: 503 }"),
    ("scripted 6xx to 9xx", "{ status: 799 }"),
    ("scripted text", "{ json: '{' }"),
];

/// The decisions, and how a scenario writes them.
pub(crate) const DECISIONS: [(&str, &str); 5] = [
    ("ALLOW", "{ decision: ALLOW }"),
    ("SANITIZE", "{ decision: SANITIZE, sanitize: redact }"),
    ("DENY", "{ decision: DENY }"),
    ("REQUIRE_APPROVAL", "{ decision: REQUIRE_APPROVAL }"),
    ("another decision", "{ decision: PERHAPS }"),
];

const SCAN: &[Route] = &[Route::Scan];
const KEY: &[Route] = &[Route::NewKey];
const POLL: &[Route] = &[Route::ApprovalStatus];
const WITH_BODY: &[Route] = &[Route::Scan, Route::ScanResponse, Route::NewKey];
const WITH_KEY: &[Route] = &[Route::Scan, Route::ScanResponse, Route::ApprovalStatus, Route::Usage, Route::NewKey];

/// Every row, in the order of the table.
pub(crate) fn rows() -> Vec<Row> {
    let row = |name: &str, on, because| Row { name: name.to_owned(), on, because, unserved: false };
    let verdicts = DECISIONS.map(|(name, _)| name).into_iter().chain([
        "ALLOW by a grant",
        "DENY by a denial",
        "DENY, NO_RULE_MET",
        "DENY, EPHEMERAL_SCOPE_VIOLATION",
        "decided and not told",
    ]);
    let states = ["pending", "approved", "denied", "expired"];
    let anywhere = SCRIPTED.map(|(name, _)| name.to_owned()).into_iter();
    let anywhere = anywhere.chain(FAULTS.map(|(name, _)| format!("fault {name}")));
    let mut rows: Vec<_> = verdicts.map(|name| row(name, SCAN, "only a scan is decided about")).collect();
    rows.push(row("200", &[Route::ScanResponse, Route::Usage, Route::Health], "it says more than that it was done"));
    rows.push(row("201", KEY, "nothing is made there"));
    rows.extend(states.map(|state| row(&format!("200 {state}"), POLL, "it does not tell where an approval stands")));
    rows.push(row("400 VALIDATION_ERROR", WITH_BODY, "no body is read there"));
    rows.push(row("401 UNAUTHORIZED", WITH_KEY, "it needs no token"));
    rows.push(row("403 FORBIDDEN", KEY, "it is open to every key that serves"));
    rows.push(Row {
        unserved: true,
        ..row("404 NOT_FOUND", POLL, "there is nothing in the path that could be unknown")
    });
    rows.push(row("405 METHOD_NOT_ALLOWED", &Route::ALL, ""));
    rows.push(row("413 PAYLOAD_TOO_LARGE", &Route::ALL, ""));
    rows.push(row("429 RATE_LIMITED", &[Route::Scan, Route::ApprovalStatus], "it may be asked as often as one likes"));
    rows.push(row("429 QUOTA_EXCEEDED", SCAN, "only scans count against the quota"));
    rows.extend(anywhere.map(|name| row(&name, &Route::ALL, "")));
    rows.push(row("the client leaves before the answer", &Route::ALL, ""));
    rows.push(Row { unserved: true, ..row("the client leaves within its body", &Route::ALL, "") });
    rows
}
