//! A tool result read as a verdict: from `structuredContent`, and from the first text block that is a
//! JSON object. Reading is all that happens here; whether it is the right verdict is judged elsewhere.

use mock_gateway::json::Json;

/// What a client can read out of a `tools/call` result.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// `structuredContent`, when it is an object.
    pub structure: Option<Json>,
    /// The first text block that holds a JSON object.
    pub text: Option<Json>,
    /// `isError`; absent counts as false.
    pub is_error: bool,
}

impl Verdict {
    /// Reads the `result` member of an answer to `tools/call`.
    #[must_use]
    pub fn read(result: &Json) -> Self {
        let object = |value: &Json| value.as_object().is_some().then(|| value.clone());
        let blocks = result.get("content").and_then(Json::as_array).unwrap_or_default();
        Self {
            structure: result.get("structuredContent").and_then(object),
            text: blocks
                .iter()
                .filter_map(block_text)
                .find_map(|text| object(&Json::parse(text.trim().as_bytes()).ok()?)),
            is_error: result.get("isError").and_then(Json::as_bool).unwrap_or(false),
        }
    }

    /// The forms in which the verdict can be read, the one for programs first.
    pub fn forms(&self) -> impl Iterator<Item = &Json> {
        self.structure.iter().chain(&self.text)
    }

    /// A member of the verdict, from the first form that has it.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Json> {
        self.forms().find_map(|form| form.get(name))
    }

    /// The decision, from the first form that has one.
    #[must_use]
    pub fn decision(&self) -> Option<&str> {
        self.member("decision").and_then(Json::as_str)
    }

    /// Whether anybody could take this for permission: some form says ALLOW, in whatever case.
    #[must_use]
    pub fn reads_as_allow(&self) -> bool {
        self.forms()
            .filter_map(|form| form.get("decision")?.as_str())
            .any(|word| word.trim().eq_ignore_ascii_case("ALLOW"))
    }
}

fn block_text(block: &Json) -> Option<&str> {
    (block.get("type")?.as_str()? == "text").then(|| block.get("text")?.as_str())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(result: &str) -> Verdict {
        Verdict::read(&Json::parse(result.as_bytes()).unwrap())
    }

    #[test]
    fn both_forms_are_read_and_the_dangerous_one_is_heard() {
        let verdict = read(
            r#"{"content":[{"type":"image"},{"type":"text","text":"see below"},
                {"type":"text","text":" {\"decision\":\"allow\"}\n"}],"structuredContent":{"decision":"DENY"}}"#,
        );
        assert_eq!(verdict.decision(), Some("DENY"));
        assert!(verdict.reads_as_allow());
    }

    #[test]
    fn prose_is_no_verdict() {
        let verdict = read(r#"{"content":[{"type":"text","text":"ALLOW it"}],"isError":true}"#);
        assert!(verdict.is_error && verdict.decision().is_none() && !verdict.reads_as_allow());
    }
}
