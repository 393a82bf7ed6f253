//! The command line and the variables: what is refused, what is printed, and what tells a client of the
//! guard. Never a session.

use assert_cmd::assert::OutputAssertExt as _;

use crate::session::{KEY, guard};

#[test]
fn a_wrong_variable_is_one_line_and_exit_2() {
    for (variables, line) in [
        (&[][..], "mcp-guard: INTERVEN_API_KEY is not set; set it to your gateway key (iv_live_…)\n"),
        (
            &[("INTERVEN_API_KEY", "iv live"), ("INTERVEN_FAIL_OPEN", "1")],
            "mcp-guard: INTERVEN_API_KEY holds spaces, line breaks or other characters no key has; set it to your gateway key (iv_live_…)\n",
        ),
        (
            &[("INTERVEN_API_KEY", "k"), ("INTERVEN_GATEWAY_URL", "http://192.0.2.1")],
            "mcp-guard: INTERVEN_GATEWAY_URL would send the key and every call in clear over http://; use https://, or set INTERVEN_ALLOW_HTTP=1 if the network is yours\n",
        ),
        (
            &[("INTERVEN_API_KEY", "k"), ("INTERVEN_SCAN_TIMEOUT_MS", "soon")],
            "mcp-guard: INTERVEN_SCAN_TIMEOUT_MS is not a whole number from 1 to 86400000; set it to milliseconds, for example 30000\n",
        ),
    ] {
        guard(variables).assert().code(2).stderr(line).stdout("");
    }
}

#[test]
fn an_unknown_argument_is_one_line_and_exit_2() {
    guard(&[])
        .arg("--verbose")
        .assert()
        .code(2)
        .stderr("mcp-guard: unknown argument `--verbose`; run `mcp-guard --help`\n")
        .stdout("");
}

#[test]
fn help_and_version_need_no_configuration() {
    insta::assert_snapshot!(
        String::from_utf8(guard(&[]).arg("--help").assert().success().stderr("").get_output().stdout.clone()).unwrap()
    );
    guard(&[]).arg("-V").assert().success().stdout(concat!("mcp-guard ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn what_tells_a_client_of_the_guard_starts_the_guard() {
    let environment = [("INTERVEN_API_KEY", KEY), ("INTERVEN_GATEWAY_URL", "http://127.0.0.1:9")];
    for (client, servers) in
        [("claude-desktop", "mcpServers"), ("cursor", "mcpServers"), ("cline", "mcpServers"), ("vscode", "servers")]
    {
        let output = guard(&environment).args(["config", client]).output().unwrap();
        let (block, place) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(0), "{place}");
        assert!(place.starts_with("Put it into ~") && place.contains(".json"), "{place}");
        assert!(!block.contains(KEY) && !place.contains(KEY), "the key is never printed");
        let entry = &serde_json::from_str::<serde_json::Value>(&block).unwrap()[servers]["interven"];
        let program = std::path::Path::new(entry["command"].as_str().unwrap());
        assert!(program.is_absolute() && entry.get("args").is_none());
        let variables = entry["env"].as_object().unwrap().iter();
        let mut started = std::process::Command::new(program);
        started.env_clear().envs(variables.map(|(name, value)| (name, value.as_str().unwrap())));
        // As VS Code does, once it has asked.
        started.env("INTERVEN_API_KEY", KEY).stdin(std::process::Stdio::null()).assert().success().stdout("");
    }
}

#[test]
fn what_the_agents_sdk_takes_is_python() {
    let output = guard(&[("INTERVEN_API_KEY", KEY), ("INTERVEN_GATEWAY_URL", "http://127.0.0.1:9")])
        .args(["config", "openai-agents"])
        .output()
        .unwrap();
    let block = String::from_utf8(output.stdout).unwrap();
    assert!(!block.contains(KEY) && block.contains("MCPServerStdio") && block.contains("127.0.0.1:9"), "{block}");
    let parsed =
        std::process::Command::new("python3").args(["-c", "import ast,sys; ast.parse(sys.argv[1])", &block]).status();
    // Where there is no Python, its own test still holds the text.
    assert!(parsed.map_or(true, |status| status.success()), "{block}");
}

#[test]
fn a_client_that_is_not_known_is_one_line_and_exit_2() {
    let line = "mcp-guard: `config` needs the name of a client that it knows: claude-desktop, cursor, cline, vscode, openai-agents\n";
    guard(&[]).args(["config", "iv_live_0123"]).assert().code(2).stderr(line).stdout("");
    guard(&[]).arg("config").assert().code(2).stderr(line).stdout("");
    guard(&[("INTERVEN_GATEWAY_URL", "https://user:secret@gateway.example")])
        .args(["config", "cursor"])
        .assert()
        .code(2)
        .stderr("mcp-guard: INTERVEN_GATEWAY_URL is not an http(s) URL of a host, perhaps a port and perhaps a path; set it to a URL such as https://gateway.example or https://gateway.example/prefix\n")
        .stdout("");
}
