//! A client's own settings file read as a subject: the command that the client would launch, with the
//! canary and the mock gateway in the place of what is the user's. Nothing that could be a secret is
//! passed on, nothing that leads off this machine is launched. Never what is run.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

/// The members under which clients keep their servers; VS Code has the second.
const SERVERS: [&str; 2] = ["mcpServers", "servers"];

/// The variables of the contract that are the user's own, and what stands in their place.
const REPLACED: [(&str, &str); 2] = [("INTERVEN_API_KEY", "{key}"), ("INTERVEN_GATEWAY_URL", "{gateway}")];

/// How a word of a variable's or a flag's name ends that announces a secret.
const SECRETIVE: [&str; 9] =
    ["key", "token", "secret", "password", "passwd", "credential", "credentials", "auth", "cookie"];

/// The prefixes of the contract's keys.
const KEY_PREFIXES: [&str; 3] = ["iv_live_", "iv_eph_", "iv_test_"];

/// From how many bytes on a word of letters and digits is taken for a secret.
const DENSE: usize = 24;

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
    pub why: &'static str,
}

/// Why a file cannot be used. No message repeats a value of the file: it could be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ClientConfigError {
    /// It is not JSON, even with comments and trailing commas.
    #[error("not JSON with comments, at {0}")]
    Malformed(String),
    /// It has no member that holds servers.
    #[error("has neither `mcpServers` nor `servers`; is it an MCP client's settings file?")]
    NoServers,
    /// No server has this name.
    #[error("has no server `{name}`; it has {known}")]
    UnknownServer {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
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
    /// An argument cannot be given to a guard under test.
    #[error("server `{name}`: argument {number} {problem}; describe the guard in a manifest instead")]
    Argument {
        /// The server.
        name: String,
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl ClientServer {
    /// Reads one server of a settings file; `file` is where it lies.
    ///
    /// # Errors
    /// When the file is no such file, has no such server, or the server cannot be launched harmlessly.
    pub fn read(text: &str, file: &Path, name: &str) -> Result<Self, ClientConfigError> {
        let settings: Value = jsonc_parser::parse_to_serde_value(text, &JSONC)
            .map_err(|error| ClientConfigError::Malformed(place(text, error.range().start)))?;
        let servers = SERVERS
            .iter()
            .find_map(|member| settings.get(member).or_else(|| settings.get("mcp")?.get(member))?.as_object())
            .ok_or(ClientConfigError::NoServers)?;
        let server = servers.get(name).ok_or_else(|| ClientConfigError::UnknownServer {
            name: name.to_owned(),
            known: servers.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })?;
        let shape = |member, expected| ClientConfigError::Shape { name: name.to_owned(), member, expected };
        let program = match server.get("command") {
            None => return Err(ClientConfigError::Remote(name.to_owned())),
            Some(command) => command.as_str().ok_or_else(|| shape("command", "a text"))?,
        };
        let words = match server.get("args") {
            None => Vec::new(),
            Some(arguments) => texts(arguments).ok_or_else(|| shape("args", "a list of texts"))?,
        };
        let variables = match server.get("env") {
            None => Map::new(),
            Some(variables) => variables.as_object().cloned().ok_or_else(|| shape("env", "an object"))?,
        };
        let root = workspace(file);
        let own = Own::of(&variables, &root);
        let mut read = Self {
            command: vec![own.replaced(program)],
            environment: BTreeMap::new(),
            directory: root,
            withheld: Vec::new(),
        };
        let mut flag = "";
        for (index, word) in words.iter().enumerate() {
            let argument = argument(&own.replaced(word), flag);
            let refused = |problem| ClientConfigError::Argument { name: name.to_owned(), number: index + 1, problem };
            read.command.push(argument.map_err(refused)?);
            flag = word;
        }
        for (name, value) in &variables {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match variable(name, &own.replaced(&text)) {
                Ok(value) => {
                    read.environment.insert(name.clone(), value);
                }
                Err(why) => read.withheld.push(Withheld { name: name.clone(), why }),
            }
        }
        if let Some(folder) = server.get("cwd").and_then(Value::as_str) {
            read.directory = read.directory.join(own.replaced(folder));
        }
        Ok(read)
    }
}

/// What the user's file says that is the user's own, each with what stands in its place.
struct Own(Vec<(String, String)>);

impl Own {
    fn of(variables: &Map<String, Value>, root: &Path) -> Self {
        let value = |name: &str| variables.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
        let mut own: Vec<_> =
            REPLACED.iter().filter_map(|(name, place)| Some((value(name)?.to_owned(), (*place).to_owned()))).collect();
        own.push(("${workspaceFolder}".into(), root.to_string_lossy().into_owned()));
        Self(own)
    }

    fn replaced(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (own, place)| text.replace(own, place))
    }
}

/// The value of a variable as the guard may see it, or why it may not.
fn variable(name: &str, value: &str) -> Result<String, &'static str> {
    if let Some((_, place)) = REPLACED.iter().find(|(replaced, _)| *replaced == name) {
        Ok((*place).to_owned())
    } else if value.contains("${") {
        Err("its value is asked for or looked up by the client")
    } else if announces_secret(name) || looks_secret(value) {
        Err("it could be a secret")
    } else if leads_away(value) {
        Err("it leads off this machine")
    } else {
        Ok(value.to_owned())
    }
}

/// An argument as the guard may get it; `flag` is the one before it.
fn argument(word: &str, flag: &str) -> Result<String, &'static str> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) if name.starts_with('-') => (name, value),
        _ if flag.starts_with('-') && !flag.contains('=') && !word.starts_with('-') => (flag, word),
        _ => ("", word),
    };
    if value.starts_with("{key}") || value.starts_with("{gateway}") {
        Ok(word.to_owned())
    } else if value.contains("${") {
        Err("is asked for or looked up by the client")
    } else if KEY_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
        Ok(word.replace(value, "{key}"))
    } else if (announces_secret(name) && !value.is_empty()) || looks_secret(value) {
        Err("could be a secret")
    } else if leads_away(value) {
        Err("leads off this machine")
    } else {
        Ok(word.to_owned())
    }
}

fn announces_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| SECRETIVE.iter().any(|end| word.ends_with(end)))
}

/// A key of the contract, or a long word of letters and digits, as no path and no option is.
fn looks_secret(value: &str) -> bool {
    let is_dense =
        value.len() >= DENSE && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+=".contains(&byte));
    let has = |class: fn(&u8) -> bool| value.as_bytes().iter().any(class);
    KEY_PREFIXES.iter().any(|prefix| value.contains(prefix))
        || (is_dense && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
}

/// Whether a text names a place on another machine: by a URL, or by a host and a port.
fn leads_away(text: &str) -> bool {
    let by_url = text.match_indices("://").any(|(at, sign)| {
        let is_file = text[..at].to_ascii_lowercase().ends_with("file");
        !is_file && !is_local(host(&text[at + sign.len()..]))
    });
    let by_port = text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_name = host.contains('.') && !host.contains(['/', '\\', '@', ' ']);
        let is_host = is_name || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_host && port.parse::<u16>().is_ok() && !is_local(host)
    });
    by_url || by_port
}

/// The host in what follows `://`.
fn host(rest: &str) -> &str {
    let end = rest.find(['/', '?', '#', '\\', ' ', '"', '\'', ',']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    let end = if host.starts_with('[') { host.find(']').map(|at| at + 1) } else { host.find(':') };
    &host[..end.unwrap_or(host.len())]
}

fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The folder that a client takes for the user's: that of the file, or the one that holds its settings folder.
fn workspace(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_settings = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let root = if is_settings { folder.parent().unwrap_or(folder) } else { folder };
    std::path::absolute(root).unwrap_or_else(|_| root.to_owned())
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Line and column of an offset.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line} column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ClientServer, String> {
        let file = Path::new("/home/ann/project/.cursor/mcp.json");
        ClientServer::read(text, file, "guard").map_err(|error| error.to_string())
    }

    /// The arguments of a server that was given these.
    fn launched(arguments: &str) -> Result<Vec<String>, String> {
        let env = r#"{"INTERVEN_API_KEY":"hunter2hunter2","INTERVEN_GATEWAY_URL":"https://gw.example/t"}"#;
        read(&format!(r#"{{"mcpServers":{{"guard":{{"command":"g","args":[{arguments}],"env":{env}}}}}}}"#))
            .map(|server| server.command[1..].to_vec())
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
        for text in [code, &format!(r#"{{"mcp":{code}}}"#)] {
            assert_eq!(read(text).unwrap().directory, Path::new("/home/ann/project/sub"), "{text}");
        }
    }

    #[test]
    fn the_users_key_and_gateway_are_replaced_wherever_they_stand() {
        for (arguments, due) in [
            (r#""--api-key","hunter2hunter2""#, &["--api-key", "{key}"][..]),
            (r#""--api-key=hunter2hunter2""#, &["--api-key={key}"]),
            (r#""--key=iv_live_other""#, &["--key={key}"]),
            (r#""--url","https://gw.example/t/v2""#, &["--url", "{gateway}/v2"]),
            (
                r#""--author","ann","http://127.0.0.1:9/","[::1]:9","localhost:80""#,
                &["--author", "ann", "http://127.0.0.1:9/", "[::1]:9", "localhost:80"],
            ),
        ] {
            assert_eq!(launched(arguments).unwrap(), due);
        }
    }

    #[test]
    fn secrets_and_remote_places_are_not_launched() {
        for (arguments, problem) in [
            (r#""--token","abc""#, "argument 2 could be a secret"),
            (r#""--token=abc""#, "argument 1 could be a secret"),
            (r#""ghp_0123456789abcdefghijKLMNOP""#, "argument 1 could be a secret"),
            (r#""--to","https://evil.example/""#, "argument 2 leads off this machine"),
            (r#""--to=evil.example:443""#, "argument 1 leads off this machine"),
            (r#""203.0.113.7:80""#, "argument 1 leads off this machine"),
            (r#""http://localhost@evil.example/""#, "argument 1 leads off this machine"),
            (r#""http://evil.example\\@localhost/""#, "argument 1 leads off this machine"),
            (r#""${input:key}""#, "argument 1 is asked for"),
        ] {
            let error = launched(arguments).unwrap_err();
            assert!(error.contains(problem) && !error.contains("abc"), "{arguments}: {error}");
        }
    }

    #[test]
    fn variables_that_could_be_secrets_are_withheld_by_name() {
        let server = read(
            r#"{"mcpServers":{"guard":{"command":"g","env":{"SLACK_TOKEN":"x","PLAIN":"yes","ASKED":"${input:a}",
                "ELSEWHERE":"https://collector.example","HIDDEN":"abcdefghijklmnop0123456789","COUNT":3}}}}"#,
        );
        let server = server.unwrap();
        assert_eq!(server.environment.keys().collect::<Vec<_>>(), ["COUNT", "PLAIN"]);
        let mut names: Vec<_> = server.withheld.iter().map(|withheld| withheld.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["ASKED", "ELSEWHERE", "HIDDEN", "SLACK_TOKEN"]);
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (text, problem) in [
            ("{ \"mcpServers\": {\n  oops hunter2 } }", "at line 2 column"),
            ("{}", "neither `mcpServers` nor `servers`"),
            (r#"{"mcpServers":{"a":{},"b":{}}}"#, "has no server `guard`; it has a, b"),
            (r#"{"mcpServers":{"guard":{"url":"https://x.example"}}}"#, "has no `command`"),
            (r#"{"mcpServers":{"guard":{"command":["g"]}}}"#, "`command` must be a text"),
            (r#"{"mcpServers":{"guard":{"command":"g","args":"-y"}}}"#, "`args` must be a list of texts"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
    }
}
