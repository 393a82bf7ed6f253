//! What the plays of one run share, and the environment that a guard gets from it. Never what is played.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::case::Case;
use crate::launch::{self, LaunchError};
use crate::subject::{Home, Subject};

/// What all plays of one run share.
#[derive(Debug)]
pub struct Stage {
    /// The canary in the place of a key.
    pub canary: String,
    /// Where folders and sockets of this run go.
    pub workplace: tempfile::TempDir,
    /// The scan budget of cases that set one.
    pub budget: Duration,
}

impl Stage {
    /// Prepares a run; the seed decides the canary.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new(seed: u32) -> Result<Self, LaunchError> {
        let mut random = fastrand::Rng::with_seed(u64::from(seed));
        let canary =
            format!("iv_live_{}", std::iter::repeat_with(|| random.alphanumeric()).take(32).collect::<String>());
        let workplace = launch::workplace()?;
        launch::folder(workplace.path(), "home")?;
        Ok(Self { canary, workplace, budget: Duration::from_millis(300) })
    }

    /// A text with the canary, the gateway's address and the budget in their places.
    pub(super) fn fill(&self, text: &str, gateway: &str) -> String {
        text.replace("{key}", &self.canary)
            .replace("{gateway}", gateway)
            .replace("{budget}", &self.budget.as_millis().to_string())
    }
}

/// The variables that the guard sees in the play of a case.
pub(super) fn environment(
    case: &Case,
    subject: &Subject,
    stage: &Stage,
    gateway: &str,
    authority: &Path,
) -> BTreeMap<String, String> {
    let folder = |name: &str| stage.workplace.path().join(name).to_string_lossy().into_owned();
    let mut environment = launch::passed(&subject.pass);
    let home = match subject.home {
        Home::Temporary => folder("home"),
        Home::Real => launch::real_home().unwrap_or_else(|| folder("home")),
    };
    environment.insert("HOME".into(), home);
    environment.insert("INTERVEN_API_KEY".into(), stage.canary.clone());
    environment.insert("INTERVEN_GATEWAY_URL".into(), gateway.to_owned());
    environment.extend(subject.environment.iter().map(|(name, value)| (name.clone(), stage.fill(value, gateway))));
    for (name, value) in &case.environment {
        match value {
            Some(value) => {
                let value = value.replace("{authority}", &authority.to_string_lossy());
                environment.insert(name.clone(), stage.fill(&value, gateway));
            }
            None => {
                // What a manifest calls the key by another name is taken away with it.
                let is_key = |text: &String| name == "INTERVEN_API_KEY" && text.contains("{key}");
                let others = subject.environment.iter().filter(|(_, text)| is_key(text)).map(|(other, _)| other);
                for other in others.chain([name]) {
                    environment.remove(other);
                }
            }
        }
    }
    environment
}
