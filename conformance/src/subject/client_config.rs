//! A client's own settings file read as a subject: the command that the client would launch, with the
//! canary and the mock gateway in the place of what is the user's. Nothing that could be a secret is
//! passed on, nothing that leads off this machine is launched. Never what is run.
//!
//! Arguments are judged word by word, because a guard cannot start without them: what is doubtful is
//! refused. Variables can be left out, and a secret can have any name (`CONN`, `GH_PAT`), so that only
//! those known to be harmless are passed on; the others are withheld by name, and a manifest can say more.

mod entry;
mod word;

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};

use jsonc_parser::ParseOptions;
use serde_json::Value;

use crate::launch;
use entry::Entry;
pub use word::Reason;

/// The variables of the contract that are the user's own, and what stands in their place.
const REPLACED: [(&str, &str); 2] = [("INTERVEN_API_KEY", KEY), ("INTERVEN_GATEWAY_URL", GATEWAY)];

const KEY: &str = "{key}";
const GATEWAY: &str = "{gateway}";

/// What `{gateway}` is judged as: no digit fits behind this port.
const MOCK: &str = "http://127.0.0.1:65535";

/// The prefixes of the contract's keys.
const KEY_PREFIXES: [&str; 3] = ["iv_live_", "iv_eph_", "iv_test_"];

/// From how many bytes on the user's key is looked for inside words; `dev` would be found in `/dev/null`.
const FINDABLE: usize = 8;

/// How the contract's variables begin.
const CONTRACT: &str = "INTERVEN_";

/// Other variables that are passed on when their value is harmless too: how a program runs and speaks,
/// never to whom.
const HARMLESS: [&str; 22] = [
    "DEBUG",
    "FORCE_COLOR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOG_LEVEL",
    "NODE_ENV",
    "NODE_NO_WARNINGS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NO_COLOR",
    "PATH",
    "PATHEXT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SYSTEMROOT",
    "TZ",
];

/// Variables that are the harness's to set.
const HARNESS: [&str; 5] = ["HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP"];

/// JSON as the clients themselves read it: with comments and trailing commas, and otherwise strict.
const JSONC: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What a client would launch, made harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientServer {
    /// The argv; `{key}` and `{gateway}` stand where the user's were.
    pub command: Vec<String>,
    /// Variables of the file that the guard may see, with the same placeholders.
    pub environment: BTreeMap<String, String>,
    /// The folder that relative paths start from.
    pub directory: PathBuf,
    /// Variables that are not passed on.
    pub withheld: Vec<Withheld>,
}

/// A variable of the user's file that the guard does not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Its name; never its value.
    pub name: String,
    /// Why.
    pub why: Reason,
}

/// Why a file cannot be used. No message repeats a value of the file: it could be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ClientConfigError {
    /// It is not JSON, even with comments and trailing commas.
    #[error("not JSON with comments, at {0}")]
    Malformed(String),
    /// It has no member that holds servers.
    #[error(
        "has no `mcpServers`, `servers`, `context_servers` or `mcp` that holds servers; is it an MCP client's settings file?"
    )]
    NoServers,
    /// No server has this name.
    #[error("has no server `{name}`; it has {known}")]
    UnknownServer {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Servers in several places have this name.
    #[error("has several servers `{name}`; give one of {places} to --server")]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// The places and the name, each of which names one of them.
        places: String,
    },
    /// The server is not started by the client.
    #[error("server `{0}` has no `command`; only servers that a client starts over stdio can be tested")]
    Remote(String),
    /// A member has another type than every client gives it.
    #[error("server `{name}`: `{member}` must be {expected}")]
    Shape {
        /// The server.
        name: String,
        /// The member.
        member: &'static str,
        /// Its type.
        expected: &'static str,
    },
    /// A word cannot be given to a guard under test.
    #[error("server `{name}`: {part} is refused: {why}; describe the guard in a manifest instead")]
    Refused {
        /// The server.
        name: String,
        /// Which word.
        part: String,
        /// What is wrong with it.
        why: Reason,
    },
}

impl ClientServer {
    /// Reads one server of a settings file; `file` is where it lies. A server of which there are several
    /// is named with its place, as in `mcpServers.guard`.
    ///
    /// # Errors
    /// When the file is no such file, has no such server, or the server cannot be launched harmlessly.
    pub fn read(text: &str, file: &Path, name: &str) -> Result<Self, ClientConfigError> {
        Self::read_for(launch::real_home().as_deref(), text, file, name)
    }

    /// The same for the user with this HOME.
    fn read_for(home: Option<&str>, text: &str, file: &Path, name: &str) -> Result<Self, ClientConfigError> {
        let text = text.trim_start_matches('\u{feff}');
        let settings: Value = jsonc_parser::parse_to_serde_value(text, &JSONC)
            .map_err(|error| ClientConfigError::Malformed(position(text, error.range().start)))?;
        let server = Entry::find(&settings, name)?;
        let root = server.project.clone().unwrap_or_else(|| workspace(file));
        let own = Own::of(&server.variables, &root, home);
        let refused =
            |part: &str, why| ClientConfigError::Refused { name: name.to_owned(), part: part.to_owned(), why };
        let mut command = Vec::new();
        for (index, text) in server.command.iter().enumerate() {
            let before = index.checked_sub(1).filter(|before| *before > 0).map_or("", |before| &server.command[before]);
            let (part, harmless) = match index {
                0 => ("`command`".to_owned(), own.harmless(text, word::judge_program)),
                _ => {
                    let flag = word::flag_of(before, text);
                    (format!("argument {index}"), own.harmless(text, |text| word::judge(flag, text)))
                }
            };
            command.push(harmless.map_err(|why| refused(&part, why))?);
        }
        let directory = match server.cwd {
            Some(folder) => {
                let folder = own.harmless(folder, |text| word::judge("", text));
                root.join(folder.map_err(|why| refused("`cwd`", why))?)
            }
            None => root,
        };
        let mut environment = BTreeMap::new();
        let mut withheld = Vec::new();
        for (name, value) in &server.variables {
            match own.variable(name, value) {
                Ok(value) => drop(environment.insert((*name).to_owned(), value)),
                Err(why) => withheld.push(Withheld { name: (*name).to_owned(), why }),
            }
        }
        if server.has_env_file {
            withheld.push(Withheld { name: "what stands in `envFile`".into(), why: Reason::Unknown });
        }
        Ok(Self { command, environment, directory, withheld })
    }
}

/// What in the file is the user's own, and what stands in its place.
struct Own {
    key: Option<String>,
    gateway: Option<String>,
    /// What clients fill in, as it is judged and as it is launched.
    folders: Vec<(&'static str, &'static str, String)>,
}

impl Own {
    fn of(variables: &[(&str, String)], root: &Path, home: Option<&str>) -> Self {
        let value = |name: &str| {
            let found = variables.iter().find(|(own, value)| *own == name && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let separator = || MAIN_SEPARATOR_STR.to_owned();
        let mut folders = vec![
            ("${workspaceFolder}", "/folder", text(root)),
            ("${workspaceFolderBasename}", "folder", text(Path::new(root.file_name().unwrap_or_default()))),
            ("${pathSeparator}", "/", separator()),
            ("${/}", "/", separator()),
        ];
        folders.extend(home.map(|home| ("${userHome}", "/folder", home.to_owned())));
        let gateway = value(REPLACED[1].0).map(|gateway| gateway.trim_end_matches('/').to_owned());
        let gateway = gateway.filter(|gateway| !gateway.is_empty());
        Self { key: value(REPLACED[0].0), gateway, folders }
    }

    /// A word as the guard may get it, once `judge` has found nothing against the rest of it.
    fn harmless(&self, text: &str, judge: impl Fn(&str) -> Result<(), Reason>) -> Result<String, Reason> {
        let replaced = self.replaced(text);
        // What stands in the place of the user's own is judged as what it will be, so that
        // nothing behind it goes unseen.
        let judged = replaced.replace(KEY, word::PLAIN).replace(GATEWAY, MOCK);
        judge(&self.folders.iter().fold(judged, |text, (name, stand_in, _)| text.replace(name, stand_in)))?;
        Ok(self.folders.iter().fold(replaced, |text, (name, _, folder)| text.replace(name, folder)))
    }

    fn variable(&self, name: &str, value: &str) -> Result<String, Reason> {
        if let Some((_, place)) = REPLACED.iter().find(|(replaced, _)| *replaced == name) {
            return Ok((*place).to_owned());
        }
        if HARNESS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(Reason::Harness);
        }
        let harmless = self.harmless(value, |text| word::judge(name, text))?;
        let is_known = name.starts_with(CONTRACT) || HARMLESS.contains(&name);
        if is_known { Ok(harmless) } else { Err(Reason::Unknown) }
    }

    fn replaced(&self, text: &str) -> String {
        let mut text = match &self.key {
            Some(key) if key.len() >= FINDABLE || text == key => text.replace(key, KEY),
            _ => text.to_owned(),
        };
        if let Some(gateway) = &self.gateway {
            text = text.replace(gateway, GATEWAY);
        }
        KEY_PREFIXES.iter().fold(text, |text, prefix| without_keys(&text, prefix))
    }
}

/// Replaces each key that begins with this prefix.
fn without_keys(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        replaced.push_str(KEY);
        replaced
            .push_str(part.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter)));
    }
    replaced
}

/// The folder that a client takes for the user's: that of the file, or the one that holds its settings folder.
fn workspace(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_settings = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let root = if is_settings { folder.parent().unwrap_or(folder) } else { folder };
    std::path::absolute(root).unwrap_or_else(|_| root.to_owned())
}

/// Line and column of an offset.
fn position(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line} column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str, name: &str) -> Result<ClientServer, String> {
        let file = Path::new("/home/ann/project/.cursor/mcp.json");
        ClientServer::read_for(Some("/home/ann"), text, file, name).map_err(|error| error.to_string())
    }

    fn read(text: &str) -> Result<ClientServer, String> {
        read_as(text, "guard")
    }

    /// What starts a server with this member instead of, or beside, `"command": "g"`.
    fn server(member: &str) -> Result<ClientServer, String> {
        read(&format!(r#"{{"mcpServers":{{"guard":{{"command":"g",{member}}}}}}}"#))
    }

    /// The arguments of a server that was given these.
    fn launched(arguments: &str) -> Result<Vec<String>, String> {
        let env = r#"{"INTERVEN_API_KEY":"hunter2hunter2","INTERVEN_GATEWAY_URL":"https://gw.example/t/"}"#;
        server(&format!(r#""args":[{arguments}],"env":{env}"#)).map(|server| server.command[1..].to_vec())
    }

    /// The variables that pass, and those that do not.
    fn passed(variables: &str) -> (Vec<String>, Vec<(String, Reason)>) {
        let server = server(&format!(r#""env":{variables}"#)).unwrap();
        let withheld = server.withheld.into_iter().map(|withheld| (withheld.name, withheld.why)).collect();
        (server.environment.into_keys().collect(), withheld)
    }

    #[test]
    fn the_files_of_clients_are_read_with_their_comments() {
        let server = read(
            r#"{
                // Cursor and Claude Desktop
                "mcpServers": { "guard": {
                    "command": "npx", "args": ["-y", "@example/guard", "${workspaceFolder}/policy.json",],
                    "env": { "INTERVEN_API_KEY": "iv_live_ann", "INTERVEN_FAIL_OPEN": "1" },
                } },
            }"#,
        );
        let server = server.unwrap();
        assert_eq!(server.command, ["npx", "-y", "@example/guard", "/home/ann/project/policy.json"]);
        assert_eq!(server.environment["INTERVEN_API_KEY"], "{key}");
        assert_eq!(server.environment["INTERVEN_FAIL_OPEN"], "1");
        let code = r#"{"inputs":[],"servers":{"guard":{"type":"stdio","command":"g","cwd":"${workspaceFolder}/sub"}}}"#;
        for text in [code, &format!(r#"{{"mcp":{code}}}"#), &format!(r#"{{"mcpServers":{{}},{}"#, &code[1..])] {
            assert_eq!(read(text).unwrap().directory, Path::new("/home/ann/project/sub"), "{text}");
        }
    }

    #[test]
    fn every_client_has_a_shape_of_its_own() {
        for text in [
            r#"{"context_servers":{"guard":{"source":"custom","command":"g","args":["-v"],"env":{"LANG":"C"}}}}"#,
            r#"{"context_servers":{"guard":{"command":{"path":"g","args":["-v"],"env":{"LANG":"C"}}}}}"#,
            r#"{"mcp":{"guard":{"type":"local","command":["g","-v"],"environment":{"LANG":"C"}}}}"#,
            r#"{"mcp":{"servers":{"guard":{"type":"local","command":["g","-v"],"environment":{"LANG":"C"}}}}}"#,
            r#"{"projects":{"/home/ann/project":{"mcpServers":{"guard":{"command":"g","args":["-v"],"env":{"LANG":"C"}}}}}}"#,
            "\u{feff}{\"mcpServers\":{\"guard\":{\"command\":\"g\",\"args\":[\"-v\"],\"env\":{\"LANG\":\"C\"}}}}",
        ] {
            let server = read(text).unwrap();
            assert_eq!(server.command, ["g", "-v"], "{text}");
            assert_eq!(server.environment["LANG"], "C", "{text}");
            assert_eq!(server.directory, Path::new("/home/ann/project"), "{text}");
        }
        let server = server(r#""args":null,"env":{"DEBUG":null,"LOG_LEVEL":3},"cwd":null"#).unwrap();
        assert_eq!(server.command, ["g"]);
        assert_eq!(server.environment.into_iter().collect::<Vec<_>>(), [("LOG_LEVEL".into(), "3".into())]);
    }

    #[test]
    fn servers_of_one_name_are_told_apart_by_their_place() {
        let text = r#"{"mcpServers":{"guard":{"command":"a"},"other":{"command":"o"}},
            "projects":{"/code/b":{"mcpServers":{"guard":{"command":"b"}}}}}"#;
        let error = read(text).unwrap_err();
        let places = "`mcpServers.guard`, `projects./code/b.mcpServers.guard`";
        assert_eq!(error, format!("has several servers `guard`; give one of {places} to --server"));
        assert_eq!(read_as(text, "mcpServers.guard").unwrap().command, ["a"]);
        let project = read_as(text, "projects./code/b.mcpServers.guard").unwrap();
        assert_eq!((project.command, project.directory), (vec!["b".to_owned()], PathBuf::from("/code/b")));
        assert_eq!(read_as(text, "other").unwrap().command, ["o"]);
    }

    #[test]
    fn the_users_key_and_gateway_are_replaced_wherever_they_stand() {
        for (arguments, due) in [
            (r#""--api-key","hunter2hunter2""#, &["--api-key", "{key}"][..]),
            (r#""--api-key=hunter2hunter2""#, &["--api-key={key}"]),
            (r#""--key=iv_live_other""#, &["--key={key}"]),
            (r#""--header","Authorization: Bearer hunter2hunter2""#, &["--header", "Authorization: Bearer {key}"]),
            (r#""--header=X-Api-Key: iv_eph_a-1""#, &["--header=X-Api-Key: {key}"]),
            (r#""--url","https://gw.example/t/v2""#, &["--url", "{gateway}/v2"]),
            (r#""--urls=https://gw.example/t,http://localhost:9""#, &["--urls={gateway},http://localhost:9"]),
            (r#""${userHome}/x.json""#, &["/home/ann/x.json"]),
        ] {
            assert_eq!(launched(arguments).unwrap(), due);
        }
        let short = server(r#""args":["/dev/null"],"env":{"INTERVEN_API_KEY":"dev"}"#).unwrap();
        assert_eq!(short.command, ["g", "/dev/null"], "a short key is not looked for inside words");
        let none = server(r#""args":["/a"],"env":{"INTERVEN_GATEWAY_URL":"/"}"#).unwrap();
        assert_eq!(none.command, ["g", "/a"]);
    }

    #[test]
    fn what_follows_the_users_gateway_is_judged_too() {
        for arguments in [
            r#""--urls=https://gw.example/t,https://collector.example""#,
            r#""https://gw.example/t@collector.example/""#,
            r#""https://gw.example/t.collector.example""#,
            r#""https://gw.example/t1""#,
            r#""{gateway}@collector.example/""#,
            r#""{gateway}.collector.example/""#,
            r#""iv_live_x@collector.example""#,
        ] {
            let error = launched(arguments).unwrap_err();
            assert!(error.contains("argument 1 is refused: it leads off this machine"), "{arguments}: {error}");
        }
    }

    #[test]
    fn what_is_refused_is_said_without_its_value() {
        for (member, problem) in [
            (r#""args":["--token","hunter2"]"#, "argument 2 is refused: it could be a secret; describe the guard in a"),
            (r#""args":["-x","--token=hunter2"]"#, "argument 2 is refused: it could be a secret"),
            (r#""args":["a","b","https://hunter2.example/"]"#, "argument 3 is refused: it leads off this machine"),
            (r#""args":["${input:hunter2}"]"#, "argument 1 is refused: its value is asked for"),
            (r#""command":"${env:hunter2}""#, "`command` is refused: its value is asked for"),
            (r#""command":"https://hunter2.example/g""#, "`command` is refused: it leads off this machine"),
            (r#""command":"/usr/bin/ssh","args":["hunter2"]"#, "`command` is refused: it leads off this machine"),
            (r#""cwd":"${env:hunter2}/x""#, "`cwd` is refused: its value is asked for"),
            (r#""command":["hunter2",1]"#, "`command` must be a text, or a list that starts with the program"),
            (r#""command":[]"#, "`command` must be a text, or a list that starts with the program"),
            (r#""args":"hunter2""#, "`args` must be a list of texts"),
            (r#""env":{"A":["hunter2"]}"#, "`env` must be an object of texts"),
            (r#""command":null,"url":"https://hunter2.example""#, "has no `command`"),
        ] {
            let error = server(member).unwrap_err();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{member}: {error}");
        }
        for (text, problem) in [
            ("{ \"mcpServers\": {\n  oops hunter2 } }", "at line 2 column"),
            (r#"{"other":"hunter2"}"#, "has no `mcpServers`, `servers`, `context_servers` or `mcp`"),
            (r#"{"mcpServers":{"a":{},"b":{}},"servers":{"a":{}}}"#, "has no server `guard`; it has a, b"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
        let home = r#"{"mcpServers":{"guard":{"command":"${userHome}/g"}}}"#;
        assert_eq!(read(home).unwrap().command, ["/home/ann/g"]);
        assert!(ClientServer::read_for(None, home, Path::new("/a/mcp.json"), "guard").is_err());
    }

    #[test]
    fn only_variables_known_to_be_harmless_are_passed_on() {
        let (names, withheld) = passed(
            r#"{"INTERVEN_AGENT_ID":"550e8400-e29b-41d4-a716-446655440000","INTERVEN_SCAN_TIMEOUT_MS":300,
                "NODE_OPTIONS":"--max-old-space-size=512","PATH":"/opt/x1/bin:/usr/bin","RUST_LOG":"guard=debug,hyper=info"}"#,
        );
        assert_eq!(
            names,
            ["INTERVEN_AGENT_ID", "INTERVEN_SCAN_TIMEOUT_MS", "NODE_OPTIONS", "PATH", "RUST_LOG"],
            "{withheld:?}"
        );
        for (name, value, due) in [
            ("API_KEYS", "x", Reason::Secret),
            ("SECRETS", "x", Reason::Secret),
            ("DB_PASS", "x", Reason::Secret),
            ("SSH_PASSPHRASE", "x", Reason::Secret),
            ("GH_PAT", "x", Reason::Secret),
            ("SESSION_JWT", "x", Reason::Secret),
            ("HEADERS", "x", Reason::Unknown),
            ("DATABASE_URL", "postgres://ann:pw@localhost/db", Reason::Secret),
            ("CONN", "Server=localhost;Password=x", Reason::Secret),
            ("INTERVEN_PASSWORD", "x", Reason::Secret),
            ("ELSEWHERE", "https://collector.example", Reason::Away),
            ("INTERVEN_CONSOLE_URL", "https://collector.example", Reason::Away),
            ("ASKED", "${input:a}", Reason::Asked),
            ("LOG_LEVEL", "{env:LEVEL}", Reason::Asked),
            ("MODE", "strict", Reason::Unknown),
            ("HOME", "/home/ann", Reason::Harness),
            ("UserProfile", "/home/ann", Reason::Harness),
            ("TMPDIR", "/tmp", Reason::Harness),
        ] {
            let (names, withheld) = passed(&format!(r#"{{"{name}":"{value}"}}"#));
            assert_eq!((names, withheld), (vec![], vec![(name.to_owned(), due)]));
        }
        let file = server(r#""envFile":"${workspaceFolder}/.env""#).unwrap().withheld;
        assert_eq!(file, [Withheld { name: "what stands in `envFile`".into(), why: Reason::Unknown }]);
    }
}
