//! Where clients keep their servers in a settings file, and the shapes that they give them, all read as
//! one. Never whether what stands there may be launched.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::ClientConfigError;

/// Members that hold servers by name, at the top or below `mcp`: Claude, Cursor and Cline have the first,
/// VS Code and OpenCode the second, Zed the third.
const SERVERS: [&str; 3] = ["mcpServers", "servers", "context_servers"];

/// One server of the file, as its client wrote it.
pub(super) struct Entry<'a> {
    /// The program, and the arguments.
    pub(super) command: Vec<String>,
    /// What `env` gives; `null` is no variable.
    pub(super) variables: Vec<(&'a str, String)>,
    /// Where it runs.
    pub(super) cwd: Option<&'a str>,
    /// Whether the client reads more variables from a file.
    pub(super) has_env_file: bool,
    /// The folder that the client keeps this server for, when it says so.
    pub(super) project: Option<PathBuf>,
}

/// Servers that stand in one place of the file.
struct Place<'a> {
    /// The members that lead there, with dots between.
    path: String,
    project: Option<PathBuf>,
    servers: Vec<(&'a str, &'a Value)>,
}

impl<'a> Entry<'a> {
    /// The server of this name; `place.name` tells those of one name apart.
    pub(super) fn find(settings: &'a Value, name: &str) -> Result<Self, ClientConfigError> {
        let places = places(settings);
        if places.is_empty() {
            return Err(ClientConfigError::NoServers);
        }
        let all = || {
            places.iter().flat_map(|place| {
                place.servers.iter().map(move |(own, server)| (*own, format!("{}.{own}", place.path), place, *server))
            })
        };
        let found: Vec<_> = all().filter(|(own, full, ..)| *own == name || full == name).collect();
        match &found[..] {
            [] => {
                let mut known: Vec<&str> = all().map(|(own, ..)| own).collect();
                known.sort_unstable();
                known.dedup();
                Err(ClientConfigError::UnknownServer { name: name.to_owned(), known: known.join(", ") })
            }
            [(_, _, place, server)] => Self::of(server, name, place.project.clone()),
            several => Err(ClientConfigError::Ambiguous {
                name: name.to_owned(),
                places: several.iter().map(|(_, full, ..)| format!("`{full}`")).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn of(server: &'a Value, name: &str, project: Option<PathBuf>) -> Result<Self, ClientConfigError> {
        let shape = |member, expected| ClientConfigError::Shape { name: name.to_owned(), member, expected };
        // Zed once kept program, arguments and environment together below `command`.
        let nested = server.get("command").filter(|command| command.is_object());
        let (inner, program) = nested.map_or((server, "command"), |command| (command, "path"));
        let mut command = match present(inner, program) {
            None => return Err(ClientConfigError::Remote(name.to_owned())),
            Some(Value::String(program)) => vec![program.clone()],
            Some(list) => texts(list)
                .filter(|command| !command.is_empty())
                .ok_or_else(|| shape("command", "a text, or a list that starts with the program"))?,
        };
        if let Some(arguments) = present(inner, "args") {
            command.extend(texts(arguments).ok_or_else(|| shape("args", "a list of texts"))?);
        }
        let variables = match present(inner, "env").or_else(|| present(inner, "environment")) {
            None => Vec::new(),
            Some(variables) => {
                variables.as_object().and_then(texts_by_name).ok_or_else(|| shape("env", "an object of texts"))?
            }
        };
        let cwd = match present(server, "cwd") {
            None => None,
            Some(folder) => Some(folder.as_str().ok_or_else(|| shape("cwd", "a text"))?),
        };
        Ok(Self { command, variables, cwd, has_env_file: present(server, "envFile").is_some(), project })
    }
}

fn places<'a>(settings: &'a Value) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    let mut add = |path: String, project: Option<PathBuf>, servers: Option<&'a Value>, skip: &[&str]| {
        if let Some(servers) = servers.and_then(Value::as_object) {
            let is_server = |(name, _): &(&String, &Value)| !skip.contains(&name.as_str());
            let servers = servers.iter().filter(is_server).map(|(name, server)| (name.as_str(), server)).collect();
            places.push(Place { path, project, servers });
        }
    };
    for member in SERVERS {
        add(member.to_owned(), None, settings.get(member), &[]);
    }
    if let Some(mcp) = settings.get("mcp") {
        for member in SERVERS {
            add(format!("mcp.{member}"), None, mcp.get(member), &[]);
        }
        // OpenCode has its servers there by name.
        add("mcp".into(), None, Some(mcp), &[&SERVERS[..], &["inputs"]].concat());
    }
    // Claude Code keeps the servers of each project in the user's one file.
    for (folder, project) in settings.get("projects").and_then(Value::as_object).into_iter().flatten() {
        add(format!("projects.{folder}.mcpServers"), Some(folder.into()), project.get("mcpServers"), &[]);
    }
    places
}

/// A member that says something: `null` is what some clients write for none.
fn present<'a>(value: &'a Value, member: &str) -> Option<&'a Value> {
    value.get(member).filter(|value| !value.is_null())
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Names and values; numbers and booleans as they are written, `null` left out.
fn texts_by_name(variables: &Map<String, Value>) -> Option<Vec<(&str, String)>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let said = variables.iter().filter(|(_, value)| !value.is_null());
    said.map(|(name, value)| Some((name.as_str(), text(value)?))).collect()
}
