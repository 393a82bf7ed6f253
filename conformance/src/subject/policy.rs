//! What a manifest says of a guard that decides by files of its own: the files for each policy, how a denied
//! call is answered, and what is changed on purpose in what is relayed. Never how a policy is judged.

use std::collections::BTreeMap;

use mock_gateway::json::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The files of each policy, by file name; in a text `{upstream_json}` stands for the upstream's argv as JSON.
pub type Policies = BTreeMap<Policy, BTreeMap<String, String>>;

/// What a policy decides. Calls are those of the harness's own upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Every call runs.
    Allow,
    /// Calls of the tool `send` are denied, all others run.
    Deny,
    /// `AKIAIOSFODNN7EXAMPLE` is taken out of results, every call runs.
    Redact,
    /// Calls of the tool `send` wait for a person, who never comes; all others run.
    Hold,
}

impl Policy {
    /// The word in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Redact => "redact",
            Self::Hold => "hold",
        }
    }
}

/// One form of the answer to a denied call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Denial {
    /// A JSON-RPC error with this code; the same code may mean something else, so give `text` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<i64>,
    /// Where in the answer a text stands, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What that text contains; anywhere in the answer when no pointer is given.
    pub text: String,
}

impl Denial {
    /// Whether an answer has this form.
    pub(crate) fn fits(&self, answer: &Json) -> bool {
        let code = answer.pointer("/error/code").map(ToString::to_string);
        let place = match &self.pointer {
            Some(pointer) => answer.pointer(pointer),
            None => Some(answer),
        };
        self.error.is_none_or(|due| code == Some(due.to_string()))
            && place.is_some_and(|place| {
                place.as_str().map_or_else(|| place.to_string(), str::to_owned).contains(&self.text)
            })
    }
}

/// Something that a guard changes on purpose in what it relays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// The method of the request whose answer is changed, or of the message itself.
    pub method: String,
    /// What may differ in it, as a JSON pointer in which `*` stands for any one step.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

impl Transform {
    /// Takes what may differ out of a message of this method.
    pub(crate) fn blank(&self, method: &str, message: &mut Json) {
        if self.method == method {
            let steps: Vec<&str> = self.pointer.split('/').skip(1).collect();
            blank(message, &steps);
        }
    }
}

/// Removes what stands at the end of a path.
pub(crate) fn blank(value: &mut Json, steps: &[&str]) {
    let Some((step, rest)) = steps.split_first() else { return };
    let step = step.replace("~1", "/").replace("~0", "~");
    let fits = |name: &str| step == "*" || step == name;
    match value {
        Json::Object(members) if rest.is_empty() => members.retain(|(name, _)| !fits(name)),
        Json::Object(members) => {
            members.iter_mut().filter(|(name, _)| fits(name)).for_each(|(_, inner)| blank(inner, rest));
        }
        Json::Array(items) if rest.is_empty() => {
            let mut index = 0..;
            items.retain(|_| !fits(&index.next().unwrap_or(0).to_string()));
        }
        Json::Array(items) => items
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| fits(&index.to_string()))
            .for_each(|(_, inner)| blank(inner, rest)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_denial_is_known_by_its_text_and_never_by_its_code_alone() {
        let denial = Denial { error: Some(-32001), pointer: Some("/error/message".into()), text: "denied".into() };
        assert!(denial.fits(&json(r#"{"error":{"code":-32001,"message":"denied by policy"}}"#)));
        assert!(!denial.fits(&json(r#"{"error":{"code":-32001,"message":"needs approval"}}"#)));
        assert!(!denial.fits(&json(r#"{"error":{"code":-32002,"message":"denied by policy"}}"#)));
        let anywhere = Denial { error: None, pointer: None, text: "blocked".into() };
        assert!(anywhere.fits(&json(r#"{"result":{"content":[{"text":"[blocked]"}]}}"#)));
    }

    #[test]
    fn what_a_transform_names_is_taken_out() {
        let of = |pointer: &str| Transform { method: "tools/list".into(), pointer: pointer.into(), reason: "r".into() };
        for (pointer, left) in [
            ("/result/tools/*/description", r#"{"result":{"tools":[{"name":"a"},{"name":"b"}],"n":1}}"#),
            ("/result/n", r#"{"result":{"tools":[{"name":"a","description":"x"},{"name":"b"}]}}"#),
            ("/result/tools/1", r#"{"result":{"tools":[{"name":"a","description":"x"}],"n":1}}"#),
            ("/result/other", r#"{"result":{"tools":[{"name":"a","description":"x"},{"name":"b"}],"n":1}}"#),
        ] {
            let mut message = json(r#"{"result":{"tools":[{"name":"a","description":"x"},{"name":"b"}],"n":1}}"#);
            of(pointer).blank("tools/call", &mut message);
            assert!(message.pointer("/result/n").is_some(), "another method");
            of(pointer).blank("tools/list", &mut message);
            assert_eq!(message, json(left), "{pointer}");
        }
    }
}
