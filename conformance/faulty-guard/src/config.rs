//! The environment read into a `Config`: every variable, its default, its error message.
//! Never the environment itself, which is passed in, and never any other I/O.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::Uri;

const DEFAULT_GATEWAY: &str = "https://api.intervensecurity.com";
const DEFAULT_CONSOLE: &str = "https://app.intervensecurity.com";
const DEFAULT_BUDGET: Duration = Duration::from_secs(30);
/// Less than the 60 s after which a common client gives up.
const DEFAULT_HOLD: Duration = Duration::from_secs(45);

/// Looks a variable up.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the guard was told.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) key: Key,
    /// Base address without a trailing slash.
    pub(crate) gateway: String,
    /// The whole of one scan, a retry included.
    pub(crate) budget: Duration,
    pub(crate) fail_open: bool,
    /// How long the proxy role holds a call that needs an approval; zero holds none.
    pub(crate) hold: Duration,
    pub(crate) agent_id: Option<String>,
    /// The file that says whom to trust over TLS, in place of the authorities that browsers know.
    pub(crate) authority: Option<PathBuf>,
    /// Where people approve; known for the default gateway or when given.
    pub(crate) console: Option<String>,
}

/// The bearer token. It shows itself only to the code that asks for [`Key::secret`].
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// Whatever it holds; an honest guard checks it first.
    pub(crate) fn any(key: &str) -> Self {
        Self(key.to_owned())
    }

    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// Why the guard does not start: one line that names the variable.
#[derive(Debug)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Config {
    /// Reads every variable; an empty one counts as not set.
    pub(crate) fn read(env: Env<'_>) -> Result<Self, ConfigError> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let allow_http = flag("INTERVEN_ALLOW_HTTP", get("INTERVEN_ALLOW_HTTP").as_deref())?;
        let gateway = get("INTERVEN_GATEWAY_URL");
        let console = get("INTERVEN_CONSOLE_URL").or_else(|| gateway.is_none().then(|| DEFAULT_CONSOLE.to_owned()));
        Ok(Self {
            key: key(get("INTERVEN_API_KEY"))?,
            gateway: address(gateway.as_deref().unwrap_or(DEFAULT_GATEWAY), allow_http)?,
            budget: milliseconds("INTERVEN_SCAN_TIMEOUT_MS", get("INTERVEN_SCAN_TIMEOUT_MS"), 1)?
                .unwrap_or(DEFAULT_BUDGET),
            fail_open: flag("INTERVEN_FAIL_OPEN", get("INTERVEN_FAIL_OPEN").as_deref())?,
            hold: milliseconds("INTERVEN_HOLD_MS", get("INTERVEN_HOLD_MS"), 0)?.unwrap_or(DEFAULT_HOLD),
            agent_id: get("INTERVEN_AGENT_ID"),
            authority: get("SSL_CERT_FILE").map(PathBuf::from),
            console: console.map(|console| console.trim_end_matches('/').to_owned()),
        })
    }
}

fn key(value: Option<String>) -> Result<Key, ConfigError> {
    let key =
        value.ok_or_else(|| ConfigError("INTERVEN_API_KEY is not set; set it to the gateway's API key".into()))?;
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Key(key))
    } else {
        Err(ConfigError("INTERVEN_API_KEY has characters that no header may carry; copy the key again".into()))
    }
}

fn milliseconds(name: &str, value: Option<String>, least: u32) -> Result<Option<Duration>, ConfigError> {
    let Some(value) = value else { return Ok(None) };
    let wrong = || ConfigError(format!("{name} is {value:?}; set it to milliseconds, such as 30000"));
    let number = value.parse::<u32>().ok().filter(|number| *number >= least).ok_or_else(wrong)?;
    Ok(Some(Duration::from_millis(number.into())))
}

fn flag(name: &str, value: Option<&str>) -> Result<bool, ConfigError> {
    match value {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(ConfigError(format!("{name} is {other:?}; set it to 0 or 1"))),
    }
}

fn address(value: &str, allow_http: bool) -> Result<String, ConfigError> {
    let wrong =
        |why| ConfigError(format!("INTERVEN_GATEWAY_URL {why}; set it to an address such as {DEFAULT_GATEWAY}"));
    let uri: Uri = value.parse().map_err(|_| wrong("is no URL"))?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no host"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("carries a user name"));
    }
    if uri.query().is_some() || value.contains('#') {
        return Err(wrong("carries a query"));
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if allow_http || is_loopback(host) => {}
        Some("http") => {
            return Err(ConfigError(format!(
                "INTERVEN_GATEWAY_URL would send the key in clear to {host}; use https, or set INTERVEN_ALLOW_HTTP=1"
            )));
        }
        _ => return Err(wrong("is neither https nor http")),
    }
    Ok(value.trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A configuration for other modules' tests: local gateway, key `iv_live_test`.
    pub(crate) fn local(extra: &[(&str, &str)]) -> Config {
        read(&[&[("INTERVEN_API_KEY", "iv_live_test"), ("INTERVEN_GATEWAY_URL", "http://127.0.0.1:9")], extra].concat())
            .unwrap()
    }

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        // The last one wins, so that a test can override.
        Config::read(&|name| variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    }

    #[test]
    fn a_key_is_enough() {
        let config = read(&[("INTERVEN_API_KEY", "iv_live_x")]).unwrap();
        assert_eq!(config.gateway, DEFAULT_GATEWAY);
        assert_eq!(config.console.as_deref(), Some(DEFAULT_CONSOLE));
        assert_eq!((config.budget, config.hold), (DEFAULT_BUDGET, DEFAULT_HOLD));
        assert!(!config.fail_open);
        assert!(!format!("{config:?}").contains("iv_live_x"));
    }

    #[test]
    fn a_gateway_may_bear_a_path_and_a_trailing_slash_and_has_no_console_of_its_own() {
        let config = local(&[("INTERVEN_GATEWAY_URL", "http://localhost:8/guard/")]);
        assert_eq!(config.gateway, "http://localhost:8/guard");
        assert_eq!(config.console, None);
        let config = local(&[("INTERVEN_CONSOLE_URL", "https://console.test/")]);
        assert_eq!(config.console.as_deref(), Some("https://console.test"));
    }

    #[test]
    fn a_bad_value_is_refused_and_its_variable_named() {
        for (name, value) in [
            ("INTERVEN_API_KEY", ""),
            ("INTERVEN_API_KEY", "two words"),
            ("INTERVEN_API_KEY", "iv\r\nX-Evil: 1"),
            ("INTERVEN_GATEWAY_URL", "localhost:80"),
            ("INTERVEN_GATEWAY_URL", "ftp://localhost"),
            ("INTERVEN_GATEWAY_URL", "http://user@localhost"),
            ("INTERVEN_GATEWAY_URL", "http://localhost/?a=b"),
            ("INTERVEN_GATEWAY_URL", "/v1"),
            ("INTERVEN_SCAN_TIMEOUT_MS", "0"),
            ("INTERVEN_SCAN_TIMEOUT_MS", "-1"),
            ("INTERVEN_SCAN_TIMEOUT_MS", "30s"),
            ("INTERVEN_HOLD_MS", "-1"),
            ("INTERVEN_FAIL_OPEN", "yes"),
        ] {
            let error = read(&[("INTERVEN_API_KEY", "iv_live_x"), (name, value)]).unwrap_err().to_string();
            assert!(error.contains(name), "{name}={value}: {error}");
            assert!(!error.contains("iv_live_x") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_key_is_not_sent_in_clear_past_this_machine() {
        let remote = [("INTERVEN_API_KEY", "iv_live_x"), ("INTERVEN_GATEWAY_URL", "http://gateway.test")];
        assert!(read(&remote).unwrap_err().to_string().contains("INTERVEN_ALLOW_HTTP=1"));
        assert!(read(&[&remote[..], &[("INTERVEN_ALLOW_HTTP", "1")]].concat()).is_ok());
        assert!(read(&[remote[0], ("INTERVEN_GATEWAY_URL", "http://[::1]:7")]).is_ok());
    }
}
