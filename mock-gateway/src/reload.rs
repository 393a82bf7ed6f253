//! A scenario file that is edited while the gateway runs: taken over when it can be used, reported
//! when it cannot. Only the watching; what another scenario leaves standing is the engine's.

use std::path::Path;
use std::time::{Duration, SystemTime};

use mock_gateway::{MockGateway, Scenario};

use crate::log::Lines;

/// How often the file is looked at.
const PACE: Duration = Duration::from_millis(200);

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    changed: SystemTime,
    length: u64,
}

impl Stamp {
    /// `None` while there is no such file, as between two steps of an editor.
    fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self { changed: about.modified().ok()?, length: about.len() })
    }
}

/// Follows the file for ever; without a file, waits for ever. A state is read once it has lasted
/// from one look to the next, so that nobody's half-written file is.
pub(crate) async fn follow(path: Option<&Path>, gateway: &MockGateway, lines: &Lines) {
    let Some(path) = path else { return std::future::pending().await };
    let mut in_force = Stamp::of(path);
    let mut before = in_force;
    loop {
        tokio::time::sleep(PACE).await;
        let now = Stamp::of(path);
        if now.is_some() && now == before && now != in_force {
            in_force = now;
            lines.say(take_over(path, gateway));
        }
        before = now;
    }
}

fn take_over(path: &Path, gateway: &MockGateway) -> String {
    match Scenario::read(path) {
        Ok(scenario) => {
            gateway.replace(&scenario);
            format!("mock-gateway: {} has changed, and its rules are in force", path.display())
        }
        Err(error) => {
            gateway.keep(&error);
            format!("mock-gateway: the rules stay as they were: {error}")
        }
    }
}
