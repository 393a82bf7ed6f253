//! JSON that is sent as it was written: the text and, beside it, the value for whoever must compare.

use mock_gateway::json::{Json, JsonError};

/// A JSON text together with its exact value.
#[derive(Debug, Clone)]
pub struct Exact {
    text: String,
    value: Json,
}

impl Exact {
    /// Keeps a text that is strict JSON.
    ///
    /// # Errors
    /// Where it is not strict JSON.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let text = text.trim();
        Ok(Self { text: text.to_owned(), value: Json::parse(text.as_bytes())? })
    }

    /// The text, to be sent.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, to be compared.
    #[must_use]
    pub const fn value(&self) -> &Json {
        &self.value
    }
}

/// A value that was convenient to write in YAML.
impl From<&serde_json::Value> for Exact {
    fn from(value: &serde_json::Value) -> Self {
        let value = Json::from(value);
        Self { text: value.to_string(), value }
    }
}
