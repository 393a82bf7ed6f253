//! The guard under test: how to start it, what it declares, what it may see. From a manifest
//! (`guard.yaml`) or from a bare command line. Never how it is run.

mod argv;
pub mod client_config;
pub mod policy;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mock_gateway::scenario::Period;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Kind, Role};
use crate::known::Known;
use crate::step::ToolRole;
use crate::version::Version;
use crate::yaml::{self, BadInput};
use argv::{name, resolve};
use client_config::{ClientConfigError, ClientServer, Withheld};
use policy::{Denial, Policies, Policy, Transform};

/// A manifest as its file writes it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Manifest")]
struct ManifestText {
    /// What reports call the guard.
    name: String,
    /// Where set-up runs and relative paths of commands start, relative to this file; this file's folder by default.
    #[serde(default)]
    directory: Option<String>,
    /// Commands that make the guard ready, each an argv. They run only for bundled manifests or with `--setup`.
    #[serde(default)]
    setup: Vec<Vec<String>>,
    /// The argv that starts the guard, per role. In the proxy role `{upstream}` stands for the server that it
    /// fronts: as a word of its own for an argv tail, inside a word for one string; `{policy}` for the folder
    /// of the policy's files.
    command: BTreeMap<Role, Vec<String>>,
    /// The MCP versions that it speaks.
    #[serde(default = "default_versions")]
    versions: Vec<Version>,
    /// Variables for the guard; `{key}`, `{gateway}` and `{budget}` (milliseconds) are filled in.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// For a guard that asks no gateway: the files that give it each policy.
    #[serde(default)]
    policies: Policies,
    /// How a denied call is answered, where that is not a result with `isError: true`; any one of these will do.
    #[serde(default)]
    deny_when: Vec<Denial>,
    /// What the guard changes on purpose in what it relays.
    #[serde(default)]
    transforms: Vec<Transform>,
    /// Names of further variables of the caller that the guard may see.
    #[serde(default)]
    pass: Vec<String>,
    /// `temporary` (one per run, empty at first) or `real`.
    #[serde(default)]
    home: Home,
    /// What the guard calls the tools of the contract.
    #[serde(default)]
    tools: Tools,
    /// How long the harness waits before it gives up.
    #[serde(default)]
    deadlines: DeadlinesText,
    /// What the guard is known not to do, each with a reason.
    #[serde(default)]
    known_failures: Vec<Known>,
}

/// What stands in a command for the server that a proxy fronts.
pub(crate) const UPSTREAM: &str = "{upstream}";

fn default_versions() -> Vec<Version> {
    vec![Version::V2025_11_25]
}

/// Which HOME the guard sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Home {
    /// An empty folder that lasts for one run.
    #[default]
    Temporary,
    /// The caller's own.
    Real,
}

/// What the guard calls the tools of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// The scan of a planned call.
    pub scan: String,
    /// The scan of what a call returned.
    pub scan_response: String,
}

impl Default for Tools {
    fn default() -> Self {
        Self { scan: "interven_scan".into(), scan_response: "interven_scan_response".into() }
    }
}

impl Tools {
    /// The guard's name for a tool of the contract.
    #[must_use]
    pub fn name(&self, tool: ToolRole) -> &str {
        match tool {
            ToolRole::Scan => &self.scan,
            ToolRole::ScanResponse => &self.scan_response,
        }
    }
}

/// How long the harness waits, as a manifest writes it.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Deadlines")]
struct DeadlinesText {
    /// From the start of the process to the answer to `initialize`; 20s by default.
    start: Option<Period>,
    /// For any one answer; 10s by default.
    answer: Option<Period>,
    /// From the end of stdin to the end of the process; 5s by default.
    exit: Option<Period>,
}

/// How long the harness waits before it gives up.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From the start of the process to the answer to `initialize`.
    pub start: Duration,
    /// For any one answer.
    pub answer: Duration,
    /// From the end of stdin to the end of the process.
    pub exit: Duration,
}

impl From<DeadlinesText> for Deadlines {
    fn from(text: DeadlinesText) -> Self {
        let or = |period: Option<Period>, seconds| period.map_or(Duration::from_secs(seconds), Period::get);
        Self { start: or(text.start, 20), answer: or(text.answer, 10), exit: or(text.exit, 5) }
    }
}

/// A guard that can be run.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What reports call it.
    pub name: String,
    /// The argv of each role that it has, paths resolved, with placeholders.
    pub commands: BTreeMap<Role, Vec<String>>,
    /// Where set-up runs.
    pub directory: PathBuf,
    /// Commands that make the guard ready.
    pub setup: Vec<Vec<String>>,
    /// Whether the manifest is one that travels with the harness.
    pub bundled: bool,
    /// The MCP versions in which it is played, newest first; at least one.
    pub versions: Vec<Version>,
    /// The MCP versions that it speaks, newest first.
    pub declared: Vec<Version>,
    /// Variables for the guard, with placeholders.
    pub environment: BTreeMap<String, String>,
    /// The files that give it each policy, where it asks no gateway.
    pub policies: Policies,
    /// How it answers a denied call, where not with `isError: true`.
    pub deny_when: Vec<Denial>,
    /// What it changes on purpose in what it relays.
    pub transforms: Vec<Transform>,
    /// Names of further variables that it may see.
    pub pass: Vec<String>,
    /// Which HOME it sees.
    pub home: Home,
    /// What it calls the tools.
    pub tools: Tools,
    /// How long the harness waits.
    pub deadlines: Deadlines,
    /// What it is known not to do.
    pub known_failures: Vec<Known>,
    /// The words of the command line that select this subject again.
    pub selector: Vec<String>,
}

impl Subject {
    /// A guard without a manifest: it is taken to have the contract's defaults, and the proxy role when its
    /// command has a place for `{upstream}`, else the scan role.
    #[must_use]
    pub fn from_command(command: &[String], directory: &Path) -> Self {
        let role = if command.iter().any(|word| word.contains(UPSTREAM)) { Role::Proxy } else { Role::Scan };
        let mut selector = vec!["--".to_owned()];
        selector.extend_from_slice(command);
        Self {
            name: name(command),
            commands: [(role, resolve(command, directory))].into(),
            directory: directory.to_owned(),
            setup: Vec::new(),
            bundled: false,
            versions: default_versions(),
            declared: default_versions(),
            environment: BTreeMap::new(),
            policies: Policies::new(),
            deny_when: Vec::new(),
            transforms: Vec::new(),
            pass: Vec::new(),
            home: Home::default(),
            tools: Tools::default(),
            deadlines: DeadlinesText::default().into(),
            known_failures: Vec::new(),
            selector,
        }
    }

    /// A guard as a client's own settings file would start it, made harmless, and what of the file's
    /// environment is withheld from it.
    ///
    /// # Errors
    /// When the file cannot be read, is no such file, or would launch something that is not harmless.
    pub fn from_client_config(file: &Path, server: &str) -> Result<(Self, Vec<Withheld>), BadInput> {
        let text = yaml::read(file)?;
        let shown = file.display().to_string();
        let wrong = |error: ClientConfigError| BadInput::contradiction(&shown, error.to_string());
        let read = ClientServer::read(&text, file, server).map_err(wrong)?;
        let subject = Self {
            name: server.to_owned(),
            environment: read.environment,
            selector: vec!["--client-config".into(), shown.clone(), "--server".into(), server.to_owned()],
            ..Self::from_command(&read.command, &read.directory)
        };
        Ok((subject, read.withheld))
    }

    /// A guard as its manifest describes it.
    ///
    /// # Errors
    /// When the manifest cannot be read, is malformed, or has no command.
    pub fn from_manifest(path: &Path) -> Result<Self, BadInput> {
        Self::parse(path, &yaml::read(path)?)
    }

    /// A guard as the text of its manifest describes it; what is relative is so to the folder of `path`.
    ///
    /// # Errors
    /// As [`Subject::from_manifest`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, BadInput> {
        let file = path.display().to_string();
        let manifest: ManifestText = yaml::parse(&file, text)?;
        let wrong = |what: &str| Err(BadInput::contradiction(&file, what));
        if manifest.command.is_empty() || manifest.command.values().any(Vec::is_empty) {
            return wrong("`command` needs an argv for each role that is to be tested: scan, proxy");
        }
        let names_upstream = |command: &Vec<String>| command.iter().any(|word| word.contains(UPSTREAM));
        if manifest.command.get(&Role::Proxy).is_some_and(|command| !names_upstream(command)) {
            return wrong("the proxy command has no `{upstream}`, the place of the server that it fronts");
        }
        if let Some(known) =
            manifest.known_failures.iter().find(|known| known.finding.is_absolute() && known.case.is_wild())
        {
            let finding = known.finding;
            return wrong(&format!("a known failure `{finding}` must name one case, not `{}`", known.case.text()));
        }
        if let Some(known) = manifest.known_failures.iter().find(|known| known.sometimes && known.expires.is_none()) {
            let (case, finding) = (known.case.text(), known.finding);
            return wrong(&format!(
                "the known failure `{case}: {finding}` shows sometimes only; say when it `expires`"
            ));
        }
        if manifest.versions.is_empty() {
            return wrong("`versions` is empty; name the MCP versions that the guard speaks");
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = folder.join(manifest.directory.as_deref().unwrap_or("."));
        let directory = std::path::absolute(&directory)
            .and_then(|directory| directory.canonicalize())
            .map_err(|source| BadInput::Unreadable { path: directory, source })?;
        Ok(Self {
            commands: manifest.command.iter().map(|(role, words)| (*role, resolve(words, &directory))).collect(),
            name: manifest.name,
            directory,
            setup: manifest.setup,
            bundled: guard_fixtures::guards().iter().any(|(_, bundled)| *bundled == text),
            versions: newest_first(manifest.versions.clone()),
            declared: newest_first(manifest.versions),
            environment: manifest.environment,
            policies: manifest.policies,
            deny_when: manifest.deny_when,
            transforms: manifest.transforms,
            pass: manifest.pass,
            home: manifest.home,
            tools: manifest.tools,
            deadlines: manifest.deadlines.into(),
            known_failures: manifest.known_failures,
            selector: vec!["--manifest".into(), file],
        })
    }

    /// Looks again for the files that its commands name, now that set-up may have made them.
    pub fn settle(&mut self) {
        for command in self.commands.values_mut() {
            *command = resolve(command, &self.directory);
        }
    }

    /// Only these of its versions; a guard without a manifest declares them by this.
    ///
    /// # Errors
    /// Which version the manifest does not declare.
    pub fn narrowed(mut self, versions: &[Version]) -> Result<Self, String> {
        let has_manifest = self.selector.first().is_some_and(|word| word == "--manifest");
        if let Some(other) = versions.iter().find(|version| has_manifest && !self.versions.contains(version)) {
            return Err(format!("the manifest of {} does not declare MCP {other}; add it to `versions`", self.name));
        }
        if !versions.is_empty() {
            self.versions = newest_first(versions.to_vec());
        }
        if !has_manifest {
            self.declared.clone_from(&self.versions);
        }
        Ok(self)
    }

    /// Whether its verdicts come from a policy gateway rather than from files of its own.
    #[must_use]
    pub fn asks_gateway(&self) -> bool {
        self.policies.is_empty()
    }

    /// Whether it is given a key. To one that asks no gateway the key of a gateway is a variable like any
    /// other, unless its manifest hands it one.
    fn has_key(&self) -> bool {
        self.asks_gateway() || self.environment.values().any(|value| value.contains("{key}"))
    }

    /// Why a case cannot be put to it; `None` when it can.
    #[must_use]
    pub fn unfit(&self, case: &Case) -> Option<String> {
        let role = match case.kind {
            Kind::Played(_) => Some(case.role),
            Kind::Standing(standing) => standing.role(),
        };
        if let Some(role) = role.filter(|role| !self.commands.contains_key(role)) {
            return Some(format!("about the {} role, for which there is no command", role.word()));
        }
        if case.is_about_key() && !self.has_key() {
            return Some("about a key, and the guard is given none".into());
        }
        match case.policy {
            Some(policy) if !self.asks_gateway() && !self.policies.contains_key(&policy) => {
                Some(format!("the manifest has no files for the policy `{}`", policy.word()))
            }
            Some(Policy::Redact) if self.asks_gateway() => Some("the contract has no redaction of results".into()),
            None if !self.asks_gateway() && case.needs_gateway() => {
                Some("about a policy gateway, and the guard decides by files of its own".into())
            }
            _ => None,
        }
    }

    /// The versions that it speaks and in which it is not played.
    #[must_use]
    pub fn unplayed(&self) -> Vec<Version> {
        self.declared.iter().copied().filter(|version| !self.versions.contains(version)).collect()
    }

    /// The manifest of the workspace's own guard, when `start` lies in a checkout of the workspace.
    #[must_use]
    pub fn reference_manifest(start: &Path) -> Option<PathBuf> {
        start.ancestors().map(|folder| folder.join("fixtures/guards/mcp-guard/guard.yaml")).find(|path| path.is_file())
    }
}

fn newest_first(mut versions: Vec<Version>) -> Vec<Version> {
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    versions
}

/// The JSON Schema of a manifest.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(ManifestText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_command_is_named_after_its_program() {
        let subject = Subject::from_command(&["/opt/bin/my-guard".into(), "--strict".into()], Path::new("/"));
        assert_eq!(subject.name, "my-guard");
        for (words, called) in [
            (&["npx", "-y", "@example/guard"][..], "guard"),
            (&["/usr/bin/python3", "-u", "server.py", "--stdio"], "server.py"),
            (&["node"], "node"),
        ] {
            assert_eq!(name(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()), called);
        }
        assert_eq!(subject.selector, ["--", "/opt/bin/my-guard", "--strict"]);
    }
}
