//! What calls returned, told to the gateway behind the client's back: no answer waits for it, and only
//! so much is kept for it. Never a verdict.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use crate::gateway::Gateway;
use crate::log;
use crate::room::Room;
use crate::scan::ScanResponse;

/// What the reports that are on their way may hold, in bytes.
const REPORTS: usize = 8 * 1024 * 1024;

/// What the smallest counts as; it bounds their number.
const LEAST: usize = 128 * 1024;

/// The longest body that a gateway of the larger plans takes, in bytes (documented by the vendor's API).
const LONGEST: usize = 1024 * 1024;

/// Tells the gateway.
pub(super) struct Reports {
    gateway: Arc<Gateway>,
    room: Arc<Room>,
}

impl Reports {
    pub(super) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, room: Arc::new(Room::new(REPORTS)) }
    }

    /// Reports the result of the call with this trace, soon; a result too many or too long is left out.
    pub(super) fn tell(&self, trace_id: Bytes, result: &Bytes) {
        let share = (result.len() <= LONGEST).then(|| self.room.try_take(result.len().max(LEAST))).flatten();
        let Some(share) = share else {
            log::say(format_args!(
                "a result of {} bytes was not reported: too long, or too many at once",
                result.len()
            ));
            return;
        };
        // The line that the result came in is not kept for it.
        let report = ScanResponse::of_result(trace_id, Bytes::copy_from_slice(result));
        let gateway = Arc::clone(&self.gateway);
        tokio::spawn(async move {
            if let Err(error) = gateway.report(&report, Instant::now()).await {
                log::say(format_args!("a result was not reported: {error}"));
            }
            drop(share);
        });
    }

    /// Waits until nothing is on its way.
    pub(super) async fn finish(&self) {
        self.room.take(REPORTS).await;
    }
}
