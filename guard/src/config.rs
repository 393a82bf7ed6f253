//! The environment → what the guard may do: every variable, its default, and the one line that says
//! what is wrong with it. Never reads the environment itself, never does I/O.

mod address;

use std::ffi::OsString;
use std::time::Duration;

use crate::key::ApiKey;

pub use address::GatewayUrl;

/// The gateway of whoever names none.
pub const DEFAULT_GATEWAY: &str = "https://api.intervensecurity.com";
const DEFAULT_CONSOLE: &str = "https://app.intervensecurity.com";
const DEFAULT_TIMEOUT_MS: u64 = 30_000;
/// A common client gives up on a call after a minute.
const DEFAULT_HOLD_MS: u64 = 45_000;
/// A day; longer waits are a slip of the keyboard.
const LONGEST_MS: u64 = 86_400_000;
const NOT_AN_ADDRESS: &str = "is not an http(s) URL of a host, perhaps a port and perhaps a path";

/// What the environment asked for.
#[derive(Debug, Clone)]
pub struct Config {
    /// Sent with every request.
    pub key: ApiKey,
    /// Where the gateway is.
    pub gateway: GatewayUrl,
    /// The whole budget of one scan, retries included.
    pub timeout: Duration,
    /// A call is let through when the gateway cannot be reached.
    pub fail_open: bool,
    /// Sent with every scan, when set.
    pub agent_id: Option<String>,
    /// Where approvals are decided, without a slash at its end.
    pub console: Option<String>,
    /// How long the proxy holds a call that needs an approval; zero answers it at once.
    pub hold: Duration,
    /// The proxy reports what the calls returned that were let through.
    pub reports: bool,
}

/// A variable that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}; {remedy}")]
pub struct ConfigError {
    variable: &'static str,
    problem: &'static str,
    remedy: &'static str,
}

impl Config {
    /// Reads the variables through `lookup`. A variable that is set but empty counts as not set:
    /// that is how client configuration files leave one out.
    ///
    /// # Errors
    /// The first variable that cannot be followed; its value is never part of the message.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variable = |name, remedy| variable(&lookup, name, remedy);

        let key_remedy = "set it to your gateway key (iv_live_…)";
        let key_error = |problem| ConfigError { variable: "INTERVEN_API_KEY", problem, remedy: key_remedy };
        let key = variable("INTERVEN_API_KEY", key_remedy)?.ok_or_else(|| key_error("is not set"))?;
        let key =
            ApiKey::new(&key).ok_or_else(|| key_error("holds spaces, line breaks or other characters no key has"))?;

        let gateway = gateway(&lookup)?;

        let remedy = "set it to milliseconds, for example 30000";
        let timeout = variable("INTERVEN_SCAN_TIMEOUT_MS", remedy)?
            .map_or(Some(DEFAULT_TIMEOUT_MS), |value| whole_number(&value));
        let timeout = timeout.filter(|ms| (1..=LONGEST_MS).contains(ms)).ok_or(ConfigError {
            variable: "INTERVEN_SCAN_TIMEOUT_MS",
            problem: "is not a whole number from 1 to 86400000",
            remedy,
        })?;

        let remedy = "set it to milliseconds, for example 45000; 0 holds no call";
        let hold = variable("INTERVEN_HOLD_MS", remedy)?.map_or(Some(DEFAULT_HOLD_MS), |value| whole_number(&value));
        let hold = hold.filter(|ms| *ms <= LONGEST_MS).ok_or(ConfigError {
            variable: "INTERVEN_HOLD_MS",
            problem: "is not a whole number from 0 to 86400000",
            remedy,
        })?;

        let remedy = "set it to the agent's id, or leave it out";
        let agent_id = variable("INTERVEN_AGENT_ID", remedy)?;
        if agent_id.as_ref().is_some_and(|id| id.chars().any(char::is_control)) {
            return Err(ConfigError { variable: "INTERVEN_AGENT_ID", problem: "holds control characters", remedy });
        }

        let remedy = "set it to a URL such as https://console.example, or leave it out";
        let console = match variable("INTERVEN_CONSOLE_URL", remedy)? {
            _ if gateway.as_str() == DEFAULT_GATEWAY => Some(DEFAULT_CONSOLE.to_owned()),
            None => None,
            Some(url) => Some(GatewayUrl::new(&url).map(|url| url.as_str().to_owned()).ok_or(ConfigError {
                variable: "INTERVEN_CONSOLE_URL",
                problem: NOT_AN_ADDRESS,
                remedy,
            })?),
        };

        Ok(Self {
            key,
            gateway,
            timeout: Duration::from_millis(timeout),
            fail_open: switch(&lookup, "INTERVEN_FAIL_OPEN", false)?,
            agent_id,
            console,
            hold: Duration::from_millis(hold),
            reports: switch(&lookup, "INTERVEN_REPORT_RESPONSES", true)?,
        })
    }
}

/// Where the variables say that the gateway is; part of [`Config::read`].
///
/// # Errors
/// A variable that cannot be followed; its value is never part of the message.
pub fn gateway(lookup: &impl Fn(&str) -> Option<OsString>) -> Result<GatewayUrl, ConfigError> {
    let allow_http = switch(lookup, "INTERVEN_ALLOW_HTTP", false)?;
    let name = "INTERVEN_GATEWAY_URL";
    let remedy = "set it to a URL such as https://gateway.example or https://gateway.example/prefix";
    let Some(url) = variable(lookup, name, remedy)? else {
        return Ok(GatewayUrl::new(DEFAULT_GATEWAY).expect("the default is an address"));
    };
    let gateway = GatewayUrl::new(&url).ok_or(ConfigError { variable: name, problem: NOT_AN_ADDRESS, remedy })?;
    if gateway.is_private() || allow_http {
        return Ok(gateway);
    }
    Err(ConfigError {
        variable: name,
        problem: "would send the key and every call in clear over http://",
        remedy: "use https://, or set INTERVEN_ALLOW_HTTP=1 if the network is yours",
    })
}

/// Digits alone; the parser of the standard library takes a sign as well.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn variable(
    lookup: &impl Fn(&str) -> Option<OsString>,
    variable: &'static str,
    remedy: &'static str,
) -> Result<Option<String>, ConfigError> {
    match lookup(variable).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value).filter(|value| !value.is_empty())),
        Some(Err(_)) => Err(ConfigError { variable, problem: "is not valid UTF-8", remedy }),
    }
}

fn switch(lookup: &impl Fn(&str) -> Option<OsString>, name: &'static str, default: bool) -> Result<bool, ConfigError> {
    let remedy = "set it to 1 or 0";
    match variable(lookup, name, remedy)?.as_deref() {
        None => Ok(default),
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        // A switch that opens doors is not guessed at.
        Some(_) => Err(ConfigError { variable: name, problem: "is neither 1 nor 0", remedy }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, String> {
        let with_key = [("INTERVEN_API_KEY", "iv_live_test")].into_iter().chain(variables.iter().copied());
        let variables: std::collections::HashMap<_, _> = with_key.collect();
        Config::read(|name| variables.get(name).map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_key_is_required() {
        let config = config(&[]).unwrap();
        assert_eq!(config.gateway.as_str(), "https://api.intervensecurity.com");
        assert_eq!(config.timeout, Duration::from_secs(30));
        assert!(!config.fail_open);
        assert_eq!((config.agent_id, config.console.as_deref()), (None, Some("https://app.intervensecurity.com")));
    }

    #[test]
    fn empty_counts_as_not_set() {
        let names = [
            "GATEWAY_URL",
            "SCAN_TIMEOUT_MS",
            "FAIL_OPEN",
            "AGENT_ID",
            "CONSOLE_URL",
            "ALLOW_HTTP",
            "HOLD_MS",
            "REPORT_RESPONSES",
        ];
        let names = names.map(|name| format!("INTERVEN_{name}"));
        let config = config(&names.each_ref().map(|name| (name.as_str(), ""))).unwrap();
        assert_eq!((config.timeout.as_secs(), config.fail_open, config.agent_id), (30, false, None));
        assert_eq!((config.hold.as_secs(), config.reports), (45, true));
        assert_eq!(
            self::config(&[("INTERVEN_API_KEY", "")]).unwrap_err(),
            "INTERVEN_API_KEY is not set; set it to your gateway key (iv_live_…)"
        );
    }

    #[test]
    fn every_variable_is_followed() {
        let config = config(&[
            ("INTERVEN_GATEWAY_URL", "http://127.0.0.1:8080/prefix//"),
            ("INTERVEN_SCAN_TIMEOUT_MS", "250"),
            ("INTERVEN_FAIL_OPEN", "1"),
            ("INTERVEN_AGENT_ID", "6f1c"),
            ("INTERVEN_CONSOLE_URL", "https://console.example/"),
            ("INTERVEN_HOLD_MS", "0"),
            ("INTERVEN_REPORT_RESPONSES", "0"),
        ])
        .unwrap();
        assert_eq!(config.gateway.join("/v1/scan"), "http://127.0.0.1:8080/prefix/v1/scan");
        assert_eq!(config.timeout, Duration::from_millis(250));
        assert!(config.fail_open);
        assert_eq!((config.hold, config.reports), (Duration::ZERO, false));
        assert_eq!(
            (config.agent_id.as_deref(), config.console.as_deref()),
            (Some("6f1c"), Some("https://console.example"))
        );
    }

    #[test]
    fn a_console_is_known_for_the_default_gateway_and_else_only_if_set() {
        let console = |variables| config(variables).unwrap().console;
        assert_eq!(console(&[("INTERVEN_GATEWAY_URL", "https://own.example")]), None);
        let default = "https://api.intervensecurity.com/";
        assert_eq!(console(&[("INTERVEN_GATEWAY_URL", default)]).as_deref(), Some(DEFAULT_CONSOLE));
    }

    #[test]
    fn what_cannot_be_followed_is_named_with_what_to_do() {
        for (variable, value, line) in [
            (
                "INTERVEN_API_KEY",
                "iv\r\nX: 1",
                "INTERVEN_API_KEY holds spaces, line breaks or other characters no key has; set it to your gateway key (iv_live_…)",
            ),
            (
                "INTERVEN_GATEWAY_URL",
                "gateway.example",
                "INTERVEN_GATEWAY_URL is not an http(s) URL of a host, perhaps a port and perhaps a path; set it to a URL such as https://gateway.example or https://gateway.example/prefix",
            ),
            (
                "INTERVEN_GATEWAY_URL",
                "http://gateway.example",
                "INTERVEN_GATEWAY_URL would send the key and every call in clear over http://; use https://, or set INTERVEN_ALLOW_HTTP=1 if the network is yours",
            ),
            (
                "INTERVEN_SCAN_TIMEOUT_MS",
                "30s",
                "INTERVEN_SCAN_TIMEOUT_MS is not a whole number from 1 to 86400000; set it to milliseconds, for example 30000",
            ),
            (
                "INTERVEN_HOLD_MS",
                "45s",
                "INTERVEN_HOLD_MS is not a whole number from 0 to 86400000; set it to milliseconds, for example 45000; 0 holds no call",
            ),
            ("INTERVEN_REPORT_RESPONSES", "no", "INTERVEN_REPORT_RESPONSES is neither 1 nor 0; set it to 1 or 0"),
            ("INTERVEN_FAIL_OPEN", "true", "INTERVEN_FAIL_OPEN is neither 1 nor 0; set it to 1 or 0"),
            ("INTERVEN_ALLOW_HTTP", "yes", "INTERVEN_ALLOW_HTTP is neither 1 nor 0; set it to 1 or 0"),
            (
                "INTERVEN_AGENT_ID",
                "a\nb",
                "INTERVEN_AGENT_ID holds control characters; set it to the agent's id, or leave it out",
            ),
        ] {
            assert_eq!(config(&[(variable, value)]).unwrap_err(), line);
        }
        let own = ("INTERVEN_GATEWAY_URL", "https://own.example");
        assert!(
            config(&[own, ("INTERVEN_CONSOLE_URL", "console")]).unwrap_err().starts_with("INTERVEN_CONSOLE_URL is not")
        );
        for value in ["0", "-1", "+30", "1.5", "86400001", "99999999999999999999"] {
            assert!(
                config(&[("INTERVEN_SCAN_TIMEOUT_MS", value)]).unwrap_err().starts_with("INTERVEN_SCAN_TIMEOUT_MS")
            );
        }
    }

    #[test]
    fn clear_text_is_for_this_machine_or_by_consent() {
        let far = ("INTERVEN_GATEWAY_URL", "http://10.0.0.1");
        assert!(config(&[("INTERVEN_GATEWAY_URL", "http://127.0.0.1")]).is_ok());
        assert!(config(&[far]).is_err());
        assert!(config(&[far, ("INTERVEN_ALLOW_HTTP", "1")]).is_ok());
    }
}
