//! What the plays of one run share, and the environment that a guard gets from it. Never what is played.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use mock_gateway::json::Json;

use crate::case::Case;
use crate::launch::{self, LaunchError};
use crate::subject::policy::Policy;
use crate::subject::{Home, Subject, UPSTREAM};

/// What all plays of one run share.
#[derive(Debug)]
pub struct Stage {
    /// The canary in the place of a key.
    pub canary: String,
    /// Where folders and sockets of this run go.
    pub workplace: launch::Workplace,
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
}

/// The HOME of the run, where the guard has that.
pub(super) fn own_home(subject: &Subject, stage: &Stage) -> Option<PathBuf> {
    matches!(subject.home, Home::Temporary).then(|| stage.workplace.path().join("home"))
}

/// What the placeholders of a manifest and a case stand for in one play.
pub(crate) struct Places<'a> {
    pub(crate) key: &'a str,
    pub(crate) gateway: &'a str,
    /// The file that says whom to trust for the gateway's certificate.
    pub(crate) authority: &'a str,
    pub(crate) budget: Duration,
    /// The folder of the policy's files.
    pub(crate) policy: &'a str,
    /// The argv of the server behind a proxy.
    pub(crate) upstream: &'a [String],
}

impl Places<'_> {
    /// A text with everything in its place.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{key}", self.key)
            .replace("{gateway}", self.gateway)
            .replace("{authority}", self.authority)
            .replace("{budget}", &self.budget.as_millis().to_string())
            .replace("{policy}", self.policy)
            .replace(UPSTREAM, &words(self.upstream))
    }

    /// A command; where the upstream is a word of its own, its whole argv stands there.
    pub(crate) fn command(&self, words: &[String]) -> Vec<String> {
        let fill = |word: &String| match word.as_str() {
            UPSTREAM => self.upstream.to_vec(),
            _ => vec![self.fill(word)],
        };
        words.iter().flat_map(fill).collect()
    }
}

/// An argv as one string, as a shell reads it.
fn words(argv: &[String]) -> String {
    shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" "))
}

/// Writes the files of a policy, where the guard has one of its own; returns their folder.
pub(crate) fn policy(
    policy: Policy,
    subject: &Subject,
    stage: &Stage,
    name: &str,
    upstream: &[String],
) -> Result<String, LaunchError> {
    let folder = launch::folder(stage.workplace.path(), &format!("{name}.policy"))?;
    for (file, text) in subject.policies.get(&policy).into_iter().flatten() {
        let argv = Json::Array(upstream.iter().cloned().map(Json::String).collect()).to_string();
        let text = text.replace("{upstream_json}", &argv).replace(UPSTREAM, &words(upstream));
        std::fs::write(folder.join(file), text)
            .map_err(|error| LaunchError::Harness(format!("write the policy file {file}: {error}")))?;
    }
    Ok(folder.to_string_lossy().into_owned())
}

/// The variables that the guard sees, whatever is played.
pub(crate) fn base_environment(subject: &Subject, stage: &Stage, places: &Places<'_>) -> BTreeMap<String, String> {
    let folder = |name: &str| stage.workplace.path().join(name).to_string_lossy().into_owned();
    let mut environment = launch::passed(&subject.pass);
    let home = match subject.home {
        Home::Temporary => folder("home"),
        Home::Real => launch::real_home().unwrap_or_else(|| folder("home")),
    };
    environment.insert("HOME".into(), home);
    if subject.asks_gateway() {
        environment.insert("INTERVEN_API_KEY".into(), stage.canary.clone());
        environment.insert("INTERVEN_GATEWAY_URL".into(), places.gateway.to_owned());
    }
    environment.extend(subject.environment.iter().map(|(name, value)| (name.clone(), places.fill(value))));
    environment
}

/// The variables that the guard sees in the play of a case.
pub(super) fn environment(
    case: &Case,
    subject: &Subject,
    stage: &Stage,
    places: &Places<'_>,
) -> BTreeMap<String, String> {
    let mut environment = base_environment(subject, stage, places);
    for (name, value) in &case.environment {
        match value {
            Some(value) => {
                environment.insert(name.clone(), places.fill(value));
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
