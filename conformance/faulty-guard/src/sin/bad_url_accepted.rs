//! A guard that leaves an address which is none to be found out at the first scan.

use ureq::http::Uri;

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct BadUrlAccepted;

impl Guard for BadUrlAccepted {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let is_url =
            |value: &String| value.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        match env("INTERVEN_GATEWAY_URL").filter(|value| !value.is_empty() && !is_url(value)) {
            Some(gateway) => {
                let config = Config::read(&|name| if name == "INTERVEN_GATEWAY_URL" { None } else { env(name) })?;
                Ok(Config { gateway, ..config })
            }
            None => Config::read(env),
        }
    }
}
