//! What tells an MCP client of the guard: a block for its configuration, and the file where it goes.
//! Pure; never a real key, never a file read or written.

use serde_json::{Map, Value, json};

use crate::config::{DEFAULT_GATEWAY, GatewayUrl};
use crate::proxy::Server;

/// Stands where the user's key belongs.
const KEY: &str = "iv_live_...";

/// In seconds; somewhat more than a scan may take. The OpenAI Agents SDK gives up after 5 by itself.
const PATIENCE: u32 = 35;

/// An MCP client whose configuration we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are named as their makers name them")]
pub enum Client {
    ClaudeDesktop,
    Cursor,
    Cline,
    VsCode,
    OpenAiAgents,
}

/// Where clients keep their files differs by platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say all")]
pub enum Platform {
    Linux,
    MacOs,
    Windows,
}

impl Client {
    /// All of them, in the order of the help page.
    pub const ALL: [Self; 5] = [Self::ClaudeDesktop, Self::Cursor, Self::Cline, Self::VsCode, Self::OpenAiAgents];

    /// The client of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.name() == name)
    }

    /// The name by which the command line knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "claude-desktop",
            Self::Cursor => "cursor",
            Self::Cline => "cline",
            Self::VsCode => "vscode",
            Self::OpenAiAgents => "openai-agents",
        }
    }

    /// The names of all.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// What is to be put there: JSON, or Python for the OpenAI Agents SDK. `program` is the path of the
    /// guard, and `server` what it is put before, if anything; `None` where its command is not UTF-8.
    #[must_use]
    pub fn block(self, program: &str, gateway: &GatewayUrl, server: Option<&Server>) -> Option<String> {
        let name = server.map_or("interven", |server| &server.name);
        let mut launch = Map::new();
        launch.insert("command".to_owned(), program.into());
        if let Some(server) = server {
            launch.insert("args".to_owned(), arguments(server)?.into());
        }
        let mut environment = Map::new();
        if gateway.as_str() != DEFAULT_GATEWAY {
            environment.insert("INTERVEN_GATEWAY_URL".to_owned(), gateway.as_str().into());
        }
        if !gateway.is_private() {
            environment.insert("INTERVEN_ALLOW_HTTP".to_owned(), "1".into());
        }
        let with_key = |key: &str| {
            let key = ("INTERVEN_API_KEY".to_owned(), key.into());
            environment.clone().into_iter().chain([key]).collect::<Map<_, _>>()
        };
        let with_environment = |mut launch: Map<_, Value>, key| {
            launch.insert("env".to_owned(), with_key(key).into());
            launch
        };
        Some(match self {
            Self::ClaudeDesktop | Self::Cursor | Self::Cline => {
                pretty(&json!({ "mcpServers": { name: with_environment(launch, KEY) } }))
            }
            // VS Code asks for the key once and keeps it in its secret storage.
            Self::VsCode => pretty(&json!({
                "inputs": [{
                    "type": "promptString",
                    "id": "interven-api-key",
                    "description": "The key of the policy gateway (iv_live_...)",
                    "password": true,
                }],
                "servers": {
                    name: with_environment(
                        [("type".to_owned(), "stdio".into())].into_iter().chain(launch).collect(),
                        "${input:interven-api-key}",
                    ),
                },
            })),
            Self::OpenAiAgents => python(name, &launch, &environment),
        })
    }

    /// Where the block goes, this platform's file first: for people.
    #[must_use]
    pub fn place(self, platform: Platform) -> String {
        let Some(file) = self.file(platform) else {
            return "Put it where your agent is built, and the server into `Agent(mcp_servers=[interven])`.\n\
                    The key is taken from the environment of your program.\n"
                .to_owned();
        };
        let others = Platform::ALL.into_iter().filter(|other| *other != platform).filter_map(|other| {
            let file = self.file(other).filter(|other| *other != file)?;
            Some(format!("  on {}: {file}\n", other.name()))
        });
        let others: String = others.collect();
        let key = match self {
            Self::VsCode => "VS Code asks for the key when it starts the guard.",
            _ => "Put your key in the place of `iv_live_...`.",
        };
        format!("Put it into {file}, beside what stands there.\n{others}{key}\n")
    }

    fn file(self, platform: Platform) -> Option<String> {
        use Platform::{Linux, MacOs, Windows};
        // Where applications keep their settings.
        let settings = match platform {
            Linux => "~/.config",
            MacOs => "~/Library/Application Support",
            Windows => "~/AppData/Roaming",
        };
        let file = match self {
            Self::ClaudeDesktop => format!("{settings}/Claude/claude_desktop_config.json"),
            Self::Cursor => "~/.cursor/mcp.json".to_owned(),
            Self::Cline => {
                let folder = "Code/User/globalStorage/saoudrizwan.claude-dev/settings";
                format!("{settings}/{folder}/cline_mcp_settings.json")
            }
            Self::VsCode => format!("{settings}/Code/User/mcp.json"),
            Self::OpenAiAgents => return None,
        };
        Some(if platform == Windows { file.replace('/', "\\") } else { file })
    }
}

impl Platform {
    const ALL: [Self; 3] = [Self::Linux, Self::MacOs, Self::Windows];

    /// Where this program runs; whatever is neither macOS nor Windows is taken for Linux.
    #[must_use]
    pub const fn of_this_machine() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        }
    }
}

/// How the guard is told of the server.
fn arguments(server: &Server) -> Option<Vec<Value>> {
    let command = server.command.iter().map(|word| word.to_str()).collect::<Option<Vec<_>>>()?;
    Some(["proxy", "--name", &server.name, "--"].into_iter().chain(command).map(Value::from).collect())
}

fn pretty(block: &Value) -> String {
    format!("{block:#}\n")
}

/// A string of JSON is one of Python too, as long as it escapes nothing but quotes, backslashes and
/// control characters, which is what `serde_json` does.
fn python(name: &str, launch: &Map<String, Value>, environment: &Map<String, Value>) -> String {
    let name = Value::from(name);
    let launch: String = launch.iter().map(|(key, value)| format!("\n        \"{key}\": {value},")).collect();
    let more: String = environment.iter().map(|(name, value)| format!("            \"{name}\": {value},\n")).collect();
    format!(
        r#"import os

from agents.mcp import MCPServerStdio

interven = MCPServerStdio(
    name={name},
    params={{{launch}
        "env": {{
            "INTERVEN_API_KEY": os.environ["INTERVEN_API_KEY"],
{more}        }},
    }},
    client_session_timeout_seconds={PATIENCE},
)
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "/opt/a \"b\"\\é/mcp-guard";

    fn block(client: Client, gateway: &str) -> String {
        client.block(PROGRAM, &GatewayUrl::new(gateway).unwrap(), None).unwrap()
    }

    fn json(client: Client, gateway: &str) -> Value {
        serde_json::from_str(&block(client, gateway)).unwrap()
    }

    #[test]
    fn most_clients_take_the_same_block() {
        for client in [Client::ClaudeDesktop, Client::Cursor, Client::Cline] {
            let entry = json!({ "command": PROGRAM, "env": { "INTERVEN_API_KEY": KEY } });
            assert_eq!(json(client, DEFAULT_GATEWAY), json!({ "mcpServers": { "interven": entry } }));
        }
    }

    #[test]
    fn vs_code_asks_for_the_key() {
        let block = json(Client::VsCode, DEFAULT_GATEWAY);
        let (server, input) = (&block["servers"]["interven"], &block["inputs"][0]);
        assert_eq!((&server["type"], &server["command"]), (&json!("stdio"), &json!(PROGRAM)));
        assert_eq!(server["env"], json!({ "INTERVEN_API_KEY": "${input:interven-api-key}" }));
        assert_eq!(
            (&input["type"], &input["id"], &input["password"]),
            (&json!("promptString"), &json!("interven-api-key"), &json!(true))
        );
        assert_eq!(block.get("mcpServers"), None);
    }

    #[test]
    fn the_openai_agents_sdk_takes_python() {
        insta::assert_snapshot!(block(Client::OpenAiAgents, "http://gateway.example"), @r#"
        import os

        from agents.mcp import MCPServerStdio

        interven = MCPServerStdio(
            name="interven",
            params={
                "command": "/opt/a \"b\"\\é/mcp-guard",
                "env": {
                    "INTERVEN_API_KEY": os.environ["INTERVEN_API_KEY"],
                    "INTERVEN_ALLOW_HTTP": "1",
                    "INTERVEN_GATEWAY_URL": "http://gateway.example",
                },
            },
            client_session_timeout_seconds=35,
        )
        "#);
    }

    #[test]
    fn a_server_stands_behind_the_guard_under_its_own_name() {
        let server = Server { name: "mail".to_owned(), command: ["npx", "-y", "é \""].map(Into::into).into() };
        let gateway = GatewayUrl::new(DEFAULT_GATEWAY).unwrap();
        let arguments = json!(["proxy", "--name", "mail", "--", "npx", "-y", "é \""]);
        for (client, servers) in [(Client::Cline, "mcpServers"), (Client::VsCode, "servers")] {
            let block: Value = serde_json::from_str(&client.block(PROGRAM, &gateway, Some(&server)).unwrap()).unwrap();
            assert_eq!(
                (&block[servers]["mail"]["command"], &block[servers]["mail"]["args"]),
                (&json!(PROGRAM), &arguments)
            );
            assert_eq!(block[servers].as_object().unwrap().len(), 1);
        }
        let python = Client::OpenAiAgents.block(PROGRAM, &gateway, Some(&server)).unwrap();
        assert!(
            python.contains("    name=\"mail\",\n") && python.contains(&format!("        \"args\": {arguments},\n"))
        );
    }

    #[test]
    fn a_gateway_of_ones_own_is_named_with_what_it_needs() {
        for (gateway, expected) in [
            (
                "http://127.0.0.1:4870",
                json!({ "INTERVEN_API_KEY": KEY, "INTERVEN_GATEWAY_URL": "http://127.0.0.1:4870" }),
            ),
            (
                "http://gateway.example/p/",
                json!({ "INTERVEN_API_KEY": KEY, "INTERVEN_GATEWAY_URL": "http://gateway.example/p", "INTERVEN_ALLOW_HTTP": "1" }),
            ),
        ] {
            assert_eq!(json(Client::Cursor, gateway)["mcpServers"]["interven"]["env"], expected);
        }
    }

    #[test]
    fn this_platform_s_file_comes_first() {
        assert_eq!(
            Client::ClaudeDesktop.place(Platform::Windows),
            "Put it into ~\\AppData\\Roaming\\Claude\\claude_desktop_config.json, beside what stands there.\n  \
             on Linux: ~/.config/Claude/claude_desktop_config.json\n  \
             on macOS: ~/Library/Application Support/Claude/claude_desktop_config.json\n\
             Put your key in the place of `iv_live_...`.\n"
        );
        for platform in Platform::ALL {
            for client in Client::ALL {
                let place = client.place(platform);
                let first = place.lines().next().unwrap();
                assert_eq!(
                    first.contains("~\\"),
                    platform == Platform::Windows && client != Client::OpenAiAgents,
                    "{place}"
                );
            }
        }
    }
}
