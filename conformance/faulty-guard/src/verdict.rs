//! What the gateway sent back, read as a verdict or as the reason why there is none.
//! Never HTTP, and never how the client is told.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::json::Object;
use crate::question::{Failure, Tool};

/// The four decisions, exactly so spelt.
pub(crate) const DECISIONS: [&str; 4] = ["ALLOW", "SANITIZE", "DENY", "REQUIRE_APPROVAL"];

/// Reads a verdict: the gateway's own object, unknown members included.
pub(crate) fn read(config: &Config, tool: Tool, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
    let failure = match sent {
        Ok(answer) if answer.status == 200 => {
            let object = object(&answer.body)?;
            if holds(&object, config.key.secret()) {
                return Err(Failure("the gateway's answer repeats the key; tell whoever runs the gateway".into()));
            }
            return if tool == Tool::Scan { decided(config, object) } else { Ok(object) };
        }
        Ok(answer) => return status(config, tool, answer.status),
        Err(Trouble::Broken(why)) => return Err(Failure(format!("the gateway's answer cannot be read: {why}"))),
        Err(Trouble::TooLong) => return Err(Failure("the gateway's answer is too long to be one".into())),
        Err(Trouble::Refused) => "the gateway refused the connection; check INTERVEN_GATEWAY_URL",
        Err(Trouble::Unreachable) => "the gateway cannot be reached; check INTERVEN_GATEWAY_URL and the network",
        Err(Trouble::Reset) => "the gateway closed the connection before it answered; scan again later",
        Err(Trouble::Timeout) => "the gateway did not answer in time; scan again, or raise INTERVEN_SCAN_TIMEOUT_MS",
    };
    open_or(config, tool, failure.into())
}

/// The object of a 200, on one line: between its members a gateway may break lines, stdio may not.
pub(crate) fn object(body: &[u8]) -> Result<Object, Failure> {
    let unreadable = |why| Failure(format!("the gateway's answer cannot be read: {why}"));
    // Strict JSON has line breaks only between tokens, so the check comes before the change.
    Object::parse(body).map_err(unreadable)?;
    let line: Vec<u8> = body.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
    Object::parse(&line).map_err(unreadable)
}

/// Whether a text stands in a verdict, escaped or not.
fn holds(object: &Object, text: &str) -> bool {
    let plain =
        |value: &RawValue| serde_json::from_str::<serde_json::Value>(value.get()).unwrap_or_default().to_string();
    object.keys().any(|name| name.contains(text) || object.get(name).is_some_and(|value| plain(value).contains(text)))
}

/// A scan's answer that has one of the four decisions and what this decision needs.
fn decided(config: &Config, mut object: Object) -> Result<Object, Failure> {
    let decision = object.text("decision").filter(|decision| DECISIONS.contains(&decision.as_str()));
    let lacks =
        |what| Err(Failure(format!("the gateway's verdict lacks {what}; report it to whoever runs the gateway")));
    match decision.as_deref() {
        None => lacks("a known decision"),
        Some("SANITIZE") if object.get("sanitized_body").is_none_or(|body| body.get() == "null") => {
            lacks("sanitized_body")
        }
        Some("REQUIRE_APPROVAL") => match object.text("approval_id").filter(|id| !id.is_empty()) {
            None => lacks("approval_id"),
            Some(id) => {
                if let (None, Some(console)) = (object.get("approval_url"), &config.console) {
                    object.set("approval_url", format!("{console}/approvals/{id}"));
                }
                Ok(object)
            }
        },
        Some(_) => Ok(object),
    }
}

fn status(config: &Config, tool: Tool, status: u16) -> Result<Object, Failure> {
    let advice = match status {
        500.. => {
            return open_or(config, tool, format!("the gateway failed with status {status}; scan again later"));
        }
        300..400 => "that is a redirect: set INTERVEN_GATEWAY_URL to the address it leads to",
        400 => "it found the request not valid: check the arguments",
        401 | 403 => "it does not accept the key: check INTERVEN_API_KEY",
        413 => "the body is too large for it: send less",
        429 => "there were too many scans: wait, then scan again",
        _ => "no such answer is known: check INTERVEN_GATEWAY_URL",
    };
    Err(Failure(format!("the gateway answered with status {status}; {advice}")))
}

/// Fail-open lets a call through only where the gateway was not there to decide.
fn open_or(config: &Config, tool: Tool, failure: String) -> Result<Object, Failure> {
    if config.fail_open && tool == Tool::Scan {
        Ok(Object::default().with("decision", "ALLOW").with("reason_codes", ["GATEWAY_UNREACHABLE"]))
    } else {
        Err(Failure(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::local;
    use crate::json::raw;

    fn answer(status: u16, body: &str) -> Result<Answer, Trouble> {
        Ok(Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() })
    }

    fn scanned(extra: &[(&str, &str)], body: &str) -> Result<String, Failure> {
        read(&local(extra), Tool::Scan, answer(200, body)).map(|object| raw(object).get().to_owned())
    }

    #[test]
    fn a_verdict_is_passed_on_byte_for_byte() {
        let sent = r#"{"decision":"SANITIZE","risk_band":"MED","new":[1.10],"sanitized_body":{"z":1e400,"a":"\/"}}"#;
        assert_eq!(scanned(&[], sent).unwrap(), sent);
        assert_eq!(scanned(&[], "{\r\n\"decision\": \"DENY\"\n}").unwrap(), r#"{"decision":"DENY"}"#);
        assert_eq!(
            scanned(&[], "{\"decision\":\"SANITIZE\",\"sanitized_body\":[1,\n2]}").unwrap(),
            r#"{"decision":"SANITIZE","sanitized_body":[1, 2]}"#
        );
    }

    #[test]
    fn only_the_four_decisions_are_decisions() {
        for body in [
            r#"{"decision":"allow"}"#,
            r#"{"decision":"ALLOW "}"#,
            r#"{"decision":["ALLOW"]}"#,
            r#"{"decision":null}"#,
            "{}",
            "[]",
            "",
            "ALLOW",
            r#"{"decision":"DENY","decision":"ALLOW"}"#,
            r#"{"decision":"ALLOW""#,
            "{\"decision\":\"ALLOW\",\"a\":\"\n\"}",
            r#"{"decision":"SANITIZE"}"#,
            r#"{"decision":"SANITIZE","sanitized_body":null}"#,
            r#"{"decision":"REQUIRE_APPROVAL"}"#,
            r#"{"decision":"REQUIRE_APPROVAL","approval_id":""}"#,
        ] {
            let failure = scanned(&[("INTERVEN_FAIL_OPEN", "1")], body).unwrap_err();
            assert!(DECISIONS.iter().all(|decision| !failure.0.contains(decision)), "{failure}");
        }
    }

    #[test]
    fn an_approval_url_is_kept_or_built_or_left_out() {
        let console = [("INTERVEN_CONSOLE_URL", "https://console.test/")];
        let bare = r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a1"}"#;
        let with =
            |url: &str| format!(r#"{{"decision":"REQUIRE_APPROVAL","approval_id":"a1","approval_url":"{url}"}}"#);
        assert_eq!(scanned(&[], bare).unwrap(), bare);
        assert_eq!(scanned(&console, bare).unwrap(), with("https://console.test/approvals/a1"));
        assert_eq!(scanned(&console, &with("https://x/a?b")).unwrap(), with("https://x/a?b"));
    }

    #[test]
    fn fail_open_covers_a_gateway_that_is_not_there_and_nothing_else() {
        let open = local(&[("INTERVEN_FAIL_OPEN", "1")]);
        let let_through = |sent: Result<Answer, Trouble>| {
            assert!(read(&local(&[]), Tool::Scan, sent.clone()).is_err(), "{sent:?}");
            assert!(read(&open, Tool::ScanResponse, sent.clone()).is_err(), "{sent:?}");
            read(&open, Tool::Scan, sent).ok().map(|object| raw(object).get().to_owned())
        };
        let opened = Some(r#"{"decision":"ALLOW","reason_codes":["GATEWAY_UNREACHABLE"]}"#.to_owned());
        for sent in [Trouble::Refused, Trouble::Unreachable, Trouble::Reset, Trouble::Timeout] {
            assert_eq!(let_through(Err(sent)), opened);
        }
        assert_eq!(let_through(answer(500, "")), opened);
        for status in [201, 204, 302, 400, 401, 403, 404, 413, 429] {
            assert_eq!(let_through(answer(status, r#"{"decision":"ALLOW"}"#)), None, "{status}");
        }
        assert_eq!(let_through(Err(Trouble::Broken("cut".into()))), None);
    }

    #[test]
    fn a_response_scan_needs_an_object_and_no_decision() {
        let read = |body| read(&local(&[]), Tool::ScanResponse, answer(200, body));
        assert_eq!(raw(read(r#"{"data_classes":["PII"]}"#).unwrap()).get(), r#"{"data_classes":["PII"]}"#);
        assert!(read("null").is_err());
    }
}
