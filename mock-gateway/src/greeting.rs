//! What a person reads when the gateway starts: where it is, what to copy, how it decides, and how
//! far to trust it. Text only.

use std::fmt::Write as _;

use mock_gateway::Scenario;
use mock_gateway::admin::Admin;
use mock_gateway::fidelity::{Mark, behaviours};
use mock_gateway::json::Quoted;

/// The key that is suggested where any will do.
const ANY_KEY: &str = "iv_test_anything";

/// Where the console and the admin API are and what lets one in. This is the only place where the
/// token is shown, and the first link to the console.
pub(crate) fn desk(admin: &Admin, console_link: &str, token_is_new: bool) -> String {
    let (url, mut lines) = (admin.url(), String::new());
    if token_is_new {
        lines = format!("  export MOCK_GATEWAY_ADMIN_TOKEN={}\n", shell_word(admin.token().reveal()));
    }
    let note = if token_is_new { "  (the token is new in every run)" } else { "" };
    format!(
        "
Console, in a browser:  (the link opens it once)
  {console_link}

Admin API:{note}
  export MOCK_GATEWAY_ADMIN_URL={url}/admin/v1
{lines}  curl -H \"Authorization: Bearer $MOCK_GATEWAY_ADMIN_TOKEN\" {url}/admin/v1/approvals
"
    )
}

pub(crate) fn greeting(url: &str, key: Option<&str>, desk: &str, name: &str, scenario: &Scenario) -> String {
    let note = if key.is_none() { "  (any key is accepted)" } else { "" };
    let key = key.unwrap_or(ANY_KEY);
    let (quoted_key, quoted_url) = (Quoted(key), Quoted(url));
    let mut rules = String::new();
    for (number, line) in (1..).zip(scenario.lines()) {
        writeln!(rules, "  {number}. {line}").expect("a String takes every text");
    }
    let all = behaviours().count();
    let assumed = behaviours().filter(|behaviour| behaviour.mark == Mark::Assumed).count();
    let shell_key = shell_word(key);
    format!(
        "mock-gateway listens on {url}

Environment of a guard:{note}
  export INTERVEN_GATEWAY_URL={url}
  export INTERVEN_API_KEY={shell_key}
{desk}
Block of an MCP client:
  {{
    \"mcpServers\": {{
      \"interven\": {{
        \"command\": \"mcp-guard\",
        \"env\": {{
          \"INTERVEN_GATEWAY_URL\": {quoted_url},
          \"INTERVEN_API_KEY\": {quoted_key}
        }}
      }}
    }}
  }}

How it decides ({name}), the first that fits:
{rules}
{assumed} of its {all} behaviours are assumed: nothing public says that the real gateway does the same.
Which ones: mock-gateway fidelity
"
    )
}

/// A key as one word of a POSIX shell; it is never empty.
fn shell_word(text: &str) -> String {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word_for_the_shell() {
        for (key, word) in [("iv_live_1", "iv_live_1"), ("a$b", "'a$b'"), ("it's", r"'it'\''s'")] {
            assert_eq!(shell_word(key), word);
        }
    }
}
