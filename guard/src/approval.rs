//! How the approval of a held call stands, asked no faster than the gateway allows, however many calls
//! wait for the same one. Never what becomes of the call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

use crate::gateway::{Gateway, ScanError};
use crate::json::{Document, Kind, Value};
use crate::log;
use crate::verdict::VerdictError;

/// Between two looks at one approval; the gateway takes one every 2 s (observed in the vendor's
/// clients).
const PACE: Duration = Duration::from_millis(2500);

/// Before the first look: nobody decides sooner.
const FIRST: Duration = Duration::from_millis(500);

/// How an approval stands (documented by the vendor's API; `executed` and `rejected` observed in its
/// clients).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum Status {
    Pending,
    Approved,
    Denied,
    Expired,
}

impl Status {
    /// Checks the gateway's answer about this approval.
    ///
    /// # Errors
    /// Everything that says nothing about it.
    pub fn read(answer: &Bytes, approval_id: &str) -> Result<Self, VerdictError> {
        let document = Document::read(answer, 1)?;
        let fields = Some(document.root()).filter(|root| root.kind() == Kind::Object);
        let fields = fields.ok_or(VerdictError::NotAnObject)?;
        let text = |key| fields.get(key).and_then(Value::as_str);
        if fields.get("approval_id").is_some() && text("approval_id").as_deref() != Some(approval_id) {
            return Err(VerdictError::WrongType("approval_id"));
        }
        match text("status").as_deref() {
            Some("pending") => Ok(Self::Pending),
            // Whether the call may run is asked once more in any case.
            Some("approved" | "executed") => Ok(Self::Approved),
            Some("denied" | "rejected") => Ok(Self::Denied),
            Some("expired") => Ok(Self::Expired),
            _ => Err(VerdictError::WrongType("status")),
        }
    }
}

/// The approvals that calls wait for.
#[derive(Debug, Default)]
pub struct Approvals(Mutex<HashMap<String, Arc<Pace>>>);

/// The last look at one approval; whoever looks holds it meanwhile.
type Pace = tokio::sync::Mutex<Option<Look>>;

#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    next: Instant,
    seen: Status,
}

impl Approvals {
    /// How the approval stands at the next look, by whomever; `since` is when the caller last heard of
    /// it. A look that fails says that nothing is decided. Dropping the future drops the request.
    pub async fn look(&self, gateway: &Gateway, id: &str, since: &mut Instant) -> Status {
        let pace = self.pace(id);
        let mut last = pace.lock().await;
        if let Some(look) = last.filter(|look| look.at > *since) {
            *since = look.at;
            return look.seen;
        }
        let due = last.map_or(*since + FIRST, |look| look.next.max(*since));
        sleep_until(due).await;
        let at = Instant::now();
        let look = last.insert(Look { at, next: at + PACE, seen: Status::Pending });
        match gateway.status(id).await {
            Ok(status) => look.seen = status,
            Err(error) => {
                log::say(format_args!("how an approval stands was not learned: {error}"));
                if let ScanError::RateLimited { retry_after: Some(seconds) } = error {
                    look.next = at + PACE.max(Duration::from_secs(seconds));
                }
            }
        }
        *since = at;
        look.seen
    }

    fn pace(&self, id: &str) -> Arc<Pace> {
        let mut paces = self.0.lock().expect("nobody panics with the paces in hand");
        let now = Instant::now();
        // One that nobody waits for is kept until the next look would be due, for whoever comes then.
        paces.retain(|_, pace| {
            Arc::strong_count(pace) > 1 || pace.try_lock().is_ok_and(|last| last.is_some_and(|look| look.next > now))
        });
        Arc::clone(paces.entry(id.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Status, VerdictError> {
        Status::read(&Bytes::copy_from_slice(text.as_bytes()), "a-1")
    }

    #[test]
    fn only_the_words_of_the_contract_decide() {
        for (word, status) in [
            ("pending", Status::Pending),
            ("approved", Status::Approved),
            ("executed", Status::Approved),
            ("denied", Status::Denied),
            ("rejected", Status::Denied),
            ("expired", Status::Expired),
        ] {
            assert_eq!(
                read(&format!(r#"{{"status":"{word}","approval_id":"a-1","remaining_seconds":1}}"#)),
                Ok(status)
            );
            assert_eq!(read(&format!(r#"{{"status":"{word}"}}"#)), Ok(status));
        }
        for other in [
            r#"{"status":"APPROVED"}"#,
            r#"{"status":"granted"}"#,
            r#"{"status":null}"#,
            r#"{"decision":"approved"}"#,
            r#"{"status":"approved","approval_id":"a-2"}"#,
            r#"{"status":"approved","approval_id":7}"#,
            r#"{"status":"denied","status":"approved"}"#,
            r#"["approved"]"#,
            "approved",
        ] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
