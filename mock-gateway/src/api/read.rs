//! The bodies of requests, checked field by field; an error names the field. Never a path or a key.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use super::{ApiError, KeyWish, Scan, ScanResponse, Scope};
use crate::classify;
use crate::correlate::Content;
use crate::json::Json;

pub(super) fn scan(text: &Bytes) -> Result<Scan, ApiError> {
    let mut fields = Fields::read(text)?;
    let method = fields.required_text("method")?;
    let url = fields.required_text("url")?;
    if !is_absolute(&url) {
        return Err(invalid("url", "must be absolute, such as https://host/path or mcp://server/tool"));
    }
    let tool_name = fields.text("tool_name")?;
    let agent = [fields.text("agent_id")?, fields.text("agent_name")?];
    fields.text("runtime_type")?;
    let headers = match fields.take("headers") {
        None => Vec::new(),
        Some(Json::Object(headers)) => headers.into_iter().map(|(name, value)| (name, words(value))).collect(),
        Some(other) => return Err(invalid("headers", &format!("must be an object, not {}", other.kind()))),
    };
    let (body, raw) =
        fields.take_raw("body").map_or((None, None), |(body, range)| (Some(body), Some(text.slice(range))));
    let mut classes = classify::in_url(&url);
    if let Some(raw) = &raw {
        classes.append(&mut classify::in_document(utf8(raw)));
    }
    Ok(Scan { method, url, tool_name, headers, body, agent, classes, raw })
}

pub(super) fn response(text: &Bytes) -> Result<ScanResponse, ApiError> {
    let mut fields = Fields::read(text)?;
    let trace_id = fields.required_text("trace_id")?;
    let (response_body, range) =
        fields.take_raw("response_body").ok_or_else(|| invalid("response_body", "is missing"))?;
    if !matches!(response_body, Json::String(_) | Json::Object(_) | Json::Array(_)) {
        let problem = format!("must be a string, an object or an array, not {}", response_body.kind());
        return Err(invalid("response_body", &problem));
    }
    match fields.take("response_status") {
        None | Some(Json::Number(_)) => {}
        Some(other) => return Err(invalid("response_status", &format!("must be a number, not {}", other.kind()))),
    }
    let raw = text.slice(range);
    let classes = classify::in_document(utf8(&raw));
    let content = Content::of(&response_body, utf8(&raw));
    Ok(ScanResponse { trace_id, response_body, classes, content, raw })
}

/// What is asked of a short-lived key.
pub(super) fn key_wish(text: &Bytes) -> Result<KeyWish, ApiError> {
    let mut fields = Fields::read(text)?;
    let ttl = fields.whole("ttl_seconds", 1, 86_400)?.ok_or_else(|| invalid("ttl_seconds", "is missing"))?;
    let max_uses = fields.whole("max_uses", 1, 1_000)?;
    let scope = match fields.take("scope") {
        None | Some(Json::Null) => Scope::default(),
        Some(Json::Object(members)) => {
            let mut inner = Fields(members.into_iter().map(|(name, value)| (name, value, 0..0)).collect());
            Scope { tools: inner.names("tools", "scope.tools")?, verbs: inner.names("verbs", "scope.verbs")? }
        }
        Some(other) => return Err(invalid("scope", &format!("must be an object, not {}", other.kind()))),
    };
    Ok(KeyWish { ttl: Duration::from_secs(ttl), max_uses, scope })
}

/// A header's value as a text; what is no string is written as JSON.
fn words(value: Json) -> String {
    match value {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// A part of a text that was read as JSON.
pub(super) fn utf8(raw: &[u8]) -> &str {
    std::str::from_utf8(raw).expect("what was read as JSON is UTF-8")
}

fn is_absolute(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| {
        let mut letters = scheme.bytes();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter))
            && !rest.is_empty()
    })
}

fn invalid(field: &str, problem: &str) -> ApiError {
    ApiError::new(400, format!("`{field}` {problem}"))
}

/// The members of a request's object with their places in its text, taken out one by one.
struct Fields(Vec<(String, Json, Range<usize>)>);

impl Fields {
    fn read(text: &[u8]) -> Result<Self, ApiError> {
        match Json::members(text) {
            Ok(Ok(members)) => Ok(Self(members)),
            Ok(Err(other)) => Err(ApiError::new(400, format!("the body must be a JSON object, not {}", other.kind()))),
            Err(error) => Err(ApiError::new(400, format!("the body is not JSON: {error}"))),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        self.take_raw(name).map(|(value, _)| value)
    }

    fn take_raw(&mut self, name: &str) -> Option<(Json, Range<usize>)> {
        let at = self.0.iter().position(|(key, ..)| key == name)?;
        let (_, value, range) = self.0.swap_remove(at);
        Some((value, range))
    }

    /// A whole number within bounds that may be left out.
    fn whole(&mut self, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
        let due = format!("must be a whole number from {least} to {most}");
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Number(text)) => match text.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
                _ => Err(invalid(name, &format!("{due}, not {text}"))),
            },
            Some(other) => Err(invalid(name, &format!("{due}, not {}", other.kind()))),
        }
    }

    /// A list of strings that may be left out; `shown` is its name in errors.
    fn names(&mut self, name: &str, shown: &str) -> Result<Option<Vec<String>>, ApiError> {
        let due = || invalid(shown, "must be an array of strings");
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Array(items)) => items
                .into_iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(due))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(due()),
        }
    }

    /// A text that may be left out; `null` leaves it out too.
    fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(invalid(name, &format!("must be a string, not {}", other.kind()))),
        }
    }

    fn required_text(&mut self, name: &str) -> Result<String, ApiError> {
        match self.text(name)? {
            None => Err(invalid(name, "is missing")),
            Some(text) if text.is_empty() => Err(invalid(name, "is empty")),
            Some(text) => Ok(text),
        }
    }
}
