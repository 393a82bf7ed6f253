//! The arguments of calls, of the two tools of the contract and of any other, as a case writes them: convenient in YAML, exact
//! where digits matter, absent where they are left out.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, present};
use crate::exact::Exact;

/// Arguments of the scan tool. What is left out is left out of the call.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Scan {
    #[serde(deserialize_with = "present")]
    tool_name: Option<serde_json::Value>,
    #[serde(deserialize_with = "present")]
    method: Option<serde_json::Value>,
    #[serde(deserialize_with = "present")]
    url: Option<serde_json::Value>,
    /// The body; `null` is sent as `null`.
    #[serde(deserialize_with = "present")]
    body: Option<serde_json::Value>,
    /// The body as exact JSON text, where digits or escapes matter.
    body_json: Option<String>,
    /// A body made to measure.
    body_made: Option<Made>,
}

/// A body made to measure.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Made {
    /// An object with one text of so many bytes.
    Length(usize),
    /// Lists in lists, so many of them.
    Depth(usize),
}

impl Made {
    fn text(self) -> String {
        match self {
            Self::Length(bytes) => {
                let text: String = ('a'..='z').cycle().take(bytes).collect();
                format!("{{\"text\":\"{text}\"}}")
            }
            Self::Depth(depth) => "[".repeat(depth) + &"]".repeat(depth),
        }
    }
}

impl Scan {
    pub(super) fn arguments(self) -> Result<Exact, String> {
        let made = self.body_made.map(Made::text);
        if made.is_some() && self.body_json.is_some() {
            return Err("give `body_json` or `body_made`, not both".into());
        }
        let body = exact_or_value("body", made.or(self.body_json), self.body.as_ref())?;
        members([
            ("tool_name", self.tool_name.as_ref().map(Exact::from)),
            ("method", self.method.as_ref().map(Exact::from)),
            ("url", self.url.as_ref().map(Exact::from)),
            ("body", body),
        ])
    }
}

/// A call of any tool, as a case writes it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Call")]
pub(super) struct CallText {
    /// The tool's name, sent as it is.
    tool: String,
    /// The arguments; left out of the call when absent.
    #[serde(deserialize_with = "present")]
    arguments: Option<serde_json::Value>,
    /// The arguments as exact JSON text, where digits or escapes matter.
    arguments_json: Option<String>,
    /// Arguments made to measure.
    arguments_made: Option<Made>,
}

impl TryFrom<CallText> for Call {
    type Error = String;

    fn try_from(call: CallText) -> Result<Self, String> {
        let made = call.arguments_made.map(Made::text);
        if made.is_some() && call.arguments_json.is_some() {
            return Err("give `arguments_json` or `arguments_made`, not both".into());
        }
        let arguments = exact_or_value("arguments", made.or(call.arguments_json), call.arguments.as_ref())?;
        Ok(Self { tool: call.tool, arguments })
    }
}

/// Arguments of the response scan tool. What is left out is left out of the call.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ScanResponse {
    /// `{trace_id}` stands for the trace id of the latest scan's verdict.
    #[serde(deserialize_with = "present")]
    trace_id: Option<serde_json::Value>,
    #[serde(deserialize_with = "present")]
    response_body: Option<serde_json::Value>,
    /// The response body as exact JSON text.
    response_body_json: Option<String>,
    /// A response body made to measure.
    response_body_made: Option<Made>,
    #[serde(deserialize_with = "present")]
    response_status: Option<serde_json::Value>,
}

impl ScanResponse {
    pub(super) fn arguments(self) -> Result<Exact, String> {
        let made = self.response_body_made.map(Made::text);
        if made.is_some() && self.response_body_json.is_some() {
            return Err("give `response_body_json` or `response_body_made`, not both".into());
        }
        let text = made.or(self.response_body_json);
        let body = exact_or_value("response_body", text, self.response_body.as_ref())?;
        members([
            ("trace_id", self.trace_id.as_ref().map(Exact::from)),
            ("response_body", body),
            ("response_status", self.response_status.as_ref().map(Exact::from)),
        ])
    }
}

fn exact_or_value(
    name: &str,
    text: Option<String>,
    value: Option<&serde_json::Value>,
) -> Result<Option<Exact>, String> {
    match (text, value) {
        (Some(_), Some(_)) => Err(format!("give `{name}` or `{name}_json`, not both")),
        (Some(text), None) => Exact::parse(&text).map(Some).map_err(|error| {
            format!("`{name}_json` is not strict JSON: {error}; send it with `raw` if that is the point")
        }),
        (None, value) => Ok(value.map(Exact::from)),
    }
}

fn members<const N: usize>(members: [(&str, Option<Exact>); N]) -> Result<Exact, String> {
    let text = members
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("\"{name}\":{}", value.text())))
        .collect::<Vec<_>>()
        .join(",");
    Exact::parse(&format!("{{{text}}}")).map_err(|error| error.to_string())
}
