//! A case: a play with its reason, the requirement it tests, and the sins that prove it can fail.
//! Its path is its id. Never how it is played or judged.

mod load;
mod standing;

use std::collections::BTreeMap;

use mock_gateway::Tls;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Code;
use crate::party::upstream::Trait;
use crate::requirement::Requirements;
use crate::step::{Await, Listener, Step, Verb};
use crate::subject::policy::Policy;
use crate::version::{Scope, Version};
use crate::yaml::{self, BadInput};

pub use load::load;
pub use standing::Standing;

/// The newest edition: a new case carries the next number, and a CI that pins an older one keeps
/// being judged by what it was promised.
pub const EDITION: u32 = 4;

/// The area whose cases are about the protocol itself.
pub(crate) const PROTOCOL: &str = "mcp";

/// What a guard does for its client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Offers the scan tools.
    #[default]
    Scan,
    /// Stands before another MCP server and scans every call to it.
    Proxy,
}

impl Role {
    /// The word in files and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Proxy => "proxy",
        }
    }
}

/// What the client can do for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Asks its user to fill in a form; always answered.
    Elicitation,
    /// Sends its user to a page; always agreed to.
    UrlElicitation,
    /// Asks a model; always answered.
    Sampling,
    /// Names the folders that it works in.
    Roots,
}

/// With what a play is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compare {
    /// With the same play without the guard, message by message.
    Direct,
}

/// How costly a case is, hence when it runs.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What CI runs.
    #[default]
    Default,
    /// Growth, and a thousand calls in flight.
    Load,
    /// The real 30 s.
    Slow,
}

/// Whether the play opens an MCP session before its first step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Opening {
    /// The session must open; a guard that does not open one could not be tested.
    #[default]
    Required,
    /// A session is tried; a guard that ends instead is what some requirements ask for.
    Tried,
    /// The first step speaks first.
    None,
}

/// A case as its file writes it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Case")]
struct CaseText {
    /// The id of the requirement that this case tests.
    requirement: String,
    /// The edition in which this case appeared.
    since: u32,
    /// What goes wrong in the world when a guard does not do this.
    why: String,
    /// What the guard must be able to do for its client to be held to this case.
    #[serde(default)]
    role: Role,
    /// When this case runs.
    #[serde(default)]
    profile: Profile,
    /// The MCP versions that this case is about: `legacy`, `modern`, or single ones; all by default.
    #[serde(default)]
    versions: Vec<Scope>,
    /// Variables for the guard, over those of the manifest; `null` takes one away. `{key}`, `{gateway}`,
    /// `{budget}` (milliseconds) and `{authority}` (a file: whom to trust over TLS) are filled in.
    #[serde(default)]
    environment: BTreeMap<String, Option<String>>,
    /// Where the gateway's paths begin, such as `/tenant/a`; `{gateway}` ends in it.
    #[serde(default)]
    gateway_path: String,
    /// Whether a session is opened before the first step.
    #[serde(default)]
    opening: Opening,
    /// How the server behind a proxy behaves beyond what is usual.
    #[serde(default)]
    upstream: Vec<Trait>,
    /// What the client declares that it can do for a server.
    #[serde(default)]
    capabilities: Vec<Capability>,
    /// What the guard's own policy decides; a gateway stands in for it where the guard has none.
    #[serde(default)]
    policy: Option<Policy>,
    /// `direct`: the play goes twice, without the guard and with it, and both must show the same.
    #[serde(default)]
    compare: Option<Compare>,
    /// Texts that must not stand on the guard's stderr at the end of the play: what a call carries is nobody's
    /// but the gateway's. `{key}` is the key, which must not come out anywhere but in its header.
    #[serde(default)]
    secrets: Vec<String>,
    /// The play.
    #[serde(default)]
    steps: Vec<Step>,
    /// In place of steps: the check that is judged on every recording.
    #[serde(default)]
    standing: Option<Standing>,
    /// The sins that fail this case, each with the finding it must give.
    caught_by: Vec<Pair>,
}

/// A sin, and the finding by which this case catches it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The sin's name.
    pub sin: String,
    /// The finding that it must give.
    pub finding: Code,
    /// The play that witnesses it, for a standing check.
    #[serde(default)]
    pub on: Option<String>,
}

/// One case, loaded and checked.
#[derive(Debug, Clone)]
pub struct Case {
    /// The path below the cases folder, without its ending: `scan/deny`.
    pub id: String,
    /// The id of the requirement that it tests; known to exist.
    pub requirement: String,
    /// The edition in which it appeared.
    pub since: u32,
    /// What goes wrong in the world otherwise.
    pub why: String,
    /// What the guard must be able to do.
    pub role: Role,
    /// When it runs.
    pub profile: Profile,
    /// The MCP versions that it is about; none named means all.
    pub versions: Vec<Scope>,
    /// Variables over those of the manifest.
    pub environment: BTreeMap<String, Option<String>>,
    /// Where the gateway's paths begin; empty for the root.
    pub gateway_path: String,
    /// Whether a session is opened first.
    pub opening: Opening,
    /// How the server behind a proxy behaves beyond what is usual.
    pub upstream: Vec<Trait>,
    /// What the client declares that it can do for a server.
    pub capabilities: Vec<Capability>,
    /// What the guard's own policy decides.
    pub policy: Option<Policy>,
    /// With what its play is compared.
    pub compare: Option<Compare>,
    /// What must not come out of the guard in its play.
    pub secrets: Vec<String>,
    /// What is played, or judged on every recording.
    pub kind: Kind,
    /// The sins that fail it.
    pub caught_by: Vec<Pair>,
    /// The file as it was written, for `explain`.
    pub text: String,
}

/// How a case comes to its result.
#[derive(Debug, Clone)]
pub enum Kind {
    /// By a play of its own.
    Played(Vec<Step>),
    /// By every play.
    Standing(Standing),
}

impl Case {
    /// The steps of its own play; none for a standing check.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        match &self.kind {
            Kind::Played(steps) => steps,
            Kind::Standing(_) => &[],
        }
    }

    /// Whether it is about a version.
    #[must_use]
    pub fn is_about(&self, version: Version) -> bool {
        self.versions.is_empty() || self.versions.iter().any(|scope| scope.holds(version))
    }

    /// In which of a guard's versions it is played: what is about the protocol in each one, anything
    /// else in the newest of each era.
    #[must_use]
    pub fn played_in(&self, declared: &[Version]) -> Vec<Version> {
        let about: Vec<_> = declared.iter().copied().filter(|version| self.is_about(*version)).collect();
        if self.area() == PROTOCOL { about } else { Version::newest_of_each_era(&about) }
    }

    /// Whether its play scripts or watches a policy gateway.
    #[must_use]
    pub fn needs_gateway(&self) -> bool {
        fn any(steps: &[Step]) -> bool {
            steps.iter().any(|step| {
                let inner = match &step.verb {
                    Verb::Concurrently(inner) | Verb::Batch(inner) => any(inner),
                    verb => matches!(verb, Verb::Analyst(_) | Verb::Advance(_) | Verb::Await(Await::Gateway)),
                };
                inner || step.gateway.is_some() || step.listener.is_some() || step.gateway_saw.is_some()
            })
        }
        any(self.steps())
    }

    /// Whether its play tells a proxy for how long to hold a call that needs approval.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.environment.contains_key("INTERVEN_HOLD_MS")
    }

    /// Whether its play asks the guard to let calls through when the gateway is out.
    #[must_use]
    pub fn opens_on_failure(&self) -> bool {
        self.environment.get("INTERVEN_FAIL_OPEN").is_some_and(|value| value.as_deref() == Some("1"))
    }

    /// Whether its play gives the guard a scan budget of its own.
    #[must_use]
    pub fn sets_budget(&self) -> bool {
        self.environment.values().flatten().any(|value| value.contains("{budget}"))
    }

    /// Whether it says anything of a guard only where that has a key.
    #[must_use]
    pub fn is_about_key(&self) -> bool {
        matches!(self.kind, Kind::Standing(Standing::KeySecret)) || self.secrets.iter().any(|secret| secret == "{key}")
    }

    /// Whether its play looks at processes, which not every platform shows.
    #[must_use]
    pub fn looks_at_processes(&self) -> bool {
        let measures = |step: &Step| matches!(step.verb, Verb::Measure(_));
        self.upstream.contains(&Trait::Prying) || self.steps().iter().any(measures)
    }

    /// Whether its gateway points to another host, which must therefore be there to be asked.
    #[must_use]
    pub fn points_elsewhere(&self) -> bool {
        self.text.contains("{elsewhere}")
    }

    /// The first certificate that its gateway shows; `None` where it speaks plain HTTP.
    #[must_use]
    pub fn certificate(&self) -> Option<Tls> {
        self.steps().iter().filter_map(|step| step.listener).find_map(Listener::certificate)
    }

    /// The first part of the id: `scan` in `scan/deny`.
    #[must_use]
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// Reads one case; `file` names it in errors, `path` is its place below the cases folder.
///
/// # Errors
/// As [`load`].
pub fn parse(file: &str, path: &str, text: &str, requirements: &Requirements) -> Result<Case, BadInput> {
    let case: CaseText = yaml::parse(file, text)?;
    let wrong = |what: String| Err(BadInput::contradiction(file, what));
    if requirements.get(&case.requirement).is_none() {
        return wrong(format!("requirement `{}` does not stand in requirements.yaml", case.requirement));
    }
    if case.since == 0 || case.since > EDITION {
        return wrong(format!("`since: {}` is no edition; the newest is {EDITION}", case.since));
    }
    if case.caught_by.is_empty() {
        return wrong("`caught_by` is empty; a case that no sin fails proves nothing".into());
    }
    let kind = match (case.steps.is_empty(), case.standing) {
        (false, None) => Kind::Played(case.steps),
        (true, Some(standing)) => Kind::Standing(standing),
        (false, Some(_)) => return wrong("give `steps` or `standing`, not both".into()),
        (true, None) => return wrong("a case needs `steps`, or `standing` for a check of every recording".into()),
    };
    for pair in &case.caught_by {
        match (&kind, &pair.on) {
            (Kind::Standing(_), None) => {
                return wrong(format!("sin `{}` needs `on`: the play that witnesses it", pair.sin));
            }
            (Kind::Played(_), Some(_)) => {
                return wrong(format!("sin `{}` has `on`, which is only for standing checks", pair.sin));
            }
            _ => {}
        }
    }
    Ok(Case {
        id: path.trim_end_matches(".yaml").to_owned(),
        requirement: case.requirement,
        since: case.since,
        why: case.why,
        role: case.role,
        profile: case.profile,
        versions: case.versions,
        environment: case.environment,
        gateway_path: case.gateway_path,
        opening: case.opening,
        upstream: case.upstream,
        capabilities: case.capabilities,
        policy: case.policy,
        compare: case.compare,
        secrets: case.secrets,
        kind,
        caught_by: case.caught_by,
        text: text.to_owned(),
    })
}

/// The JSON Schema of a case file.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(CaseText)
}
