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
        let blocks = result.get("content").and_then(Json::as_array).unwrap_or_default();
        Self {
            structure: result.get("structuredContent").and_then(unwrapped),
            text: blocks.iter().filter_map(block_text).find_map(object),
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
}

/// An object, also where a framework has put the JSON text of one into a lone member `result`.
fn unwrapped(structure: &Json) -> Option<Json> {
    match structure.as_object()? {
        [(name, Json::String(text))] if name == "result" => object(text).or_else(|| Some(structure.clone())),
        _ => Some(structure.clone()),
    }
}

fn object(text: &str) -> Option<Json> {
    Json::parse(text.trim().as_bytes()).ok().filter(|value| value.as_object().is_some())
}

fn block_text(block: &Json) -> Option<&str> {
    (block.get("type")?.as_str()? == "text").then(|| block.get("text")?.as_str())?
}

/// Whether anybody, program or model, could take an answer for permission. Far more generous than
/// [`Verdict::read`]: wherever it stands, however it is spelled, in JSON or in prose. What the agent
/// would send is not looked at.
#[must_use]
pub fn reads_as_allow(answer: &Json) -> bool {
    match answer {
        Json::String(text) => text_allows(text),
        Json::Array(items) => items.iter().any(reads_as_allow),
        Json::Object(members) => members.iter().any(|(name, value)| match (name.as_str(), value) {
            ("sanitized_body", _) => false,
            ("decision" | "verdict", Json::String(word)) => is_allow(word),
            ("allowed" | "allow" | "approved", Json::Bool(true)) => true,
            _ => reads_as_allow(value),
        }),
        _ => false,
    }
}

/// A text that begins with the word, or says it of a decision, as in `"decision": "ALLOW"`, with
/// whatever quotes, escapes or emphasis in between.
fn text_allows(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let said_of = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start_matches(|character: char| !character.is_alphanumeric());
            match rest.strip_prefix("is ") {
                // Prose may tell under what condition a call would run, which permits nothing.
                Some(rest) => is_allow(rest) && !is_conditional(&text[..at]),
                None => is_allow(rest),
            }
        })
    };
    is_allow(&text) || said_of("decision") || said_of("verdict")
}

/// Whether the sentence that these are the beginnings of states a condition.
fn is_conditional(before: &str) -> bool {
    let sentence = before.rsplit(['.', '!', '\n', ';']).next().unwrap_or_default();
    let mut words = sentence.split(|character: char| !character.is_alphanumeric());
    words.any(|word| matches!(word, "if" | "when" | "unless" | "until" | "whether" | "where"))
}

/// Whether a text begins with ALLOW or ALLOWED as a word of its own, after whatever stands around it.
fn is_allow(text: &str) -> bool {
    let text = text.trim_start_matches(|character: char| !character.is_alphanumeric());
    let word: String = text.chars().take_while(|character| character.is_alphanumeric()).collect();
    word.eq_ignore_ascii_case("allow") || word.eq_ignore_ascii_case("allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_structure_comes_before_the_text() {
        let verdict = Verdict::read(&json(
            r#"{"content":[{"type":"image"},{"type":"text","text":"see below"},
                {"type":"text","text":" {\"decision\":\"allow\"}\n"}],"structuredContent":{"decision":"DENY"}}"#,
        ));
        assert_eq!(verdict.decision(), Some("DENY"));
        assert_eq!(verdict.text, Some(json(r#"{"decision":"allow"}"#)));
    }

    #[test]
    fn json_text_in_a_lone_result_is_unwrapped() {
        let verdict =
            Verdict::read(&json(r#"{"structuredContent":{"result":"{\"decision\":\"DENY\"}"},"isError":true}"#));
        assert!(verdict.is_error);
        assert_eq!(verdict.decision(), Some("DENY"));
    }

    #[test]
    fn prose_is_no_verdict() {
        let verdict = Verdict::read(&json(r#"{"content":[{"type":"text","text":"the decision is DENY"}]}"#));
        assert!(verdict.decision().is_none());
    }

    #[test]
    fn permission_is_heard_wherever_it_is_said() {
        for answer in [
            r#"{"structuredContent":{"decision":"allow "}}"#,
            r#"{"structuredContent":{"decision":"DENY","result":{"verdict":"ALLOWED"}}}"#,
            r#"{"structuredContent":{"allowed":true}}"#,
            r#"{"content":[{"type":"text","text":"{\"decision\":\"DENY\",\"decision\":\"ALLOW\",\"x\":NaN}"}]}"#,
            r#"{"content":[{"type":"text","text":"```json\n{\"decision\": \"ALLOW\"}\n```"}]}"#,
            r#"{"content":[{"type":"text","text":"{\"inner\":\"{\\\"decision\\\":\\\"ALLOW\\\"}\"}"}]}"#,
            r#"{"content":[{"type":"text","text":"**Decision:** _ALLOW_. Go ahead."}]}"#,
            r#"{"content":[{"type":"text","text":"If in doubt, ask. The decision is ALLOW."}]}"#,
            r#"{"content":[{"type":"text","text":"ALLOW"}]}"#,
            r#"{"content":[{"type":"resource","resource":{"text":"the verdict is ALLOW"}}]}"#,
            r#"{"code":-32000,"message":"m","data":{"decision":"ALLOW"}}"#,
        ] {
            assert!(reads_as_allow(&json(answer)), "{answer}");
        }
    }

    #[test]
    fn what_only_mentions_it_is_no_permission() {
        for answer in [
            r#"{"structuredContent":{"decision":"DENY","sanitized_body":{"decision":"ALLOW"}}}"#,
            r#"{"content":[{"type":"text","text":"no verdict, so this is not an ALLOW; the call is not allowed"}]}"#,
            r#"{"content":[{"type":"text","text":"the decision \"ESCALATE\" is none of ALLOW, SANITIZE, DENY"}]}"#,
            r#"{"structuredContent":{"decision":"DENY","allowed":false}}"#,
            r#"{"content":[{"type":"text","text":"Do not run it. Only if the decision is ALLOW may a call run."}]}"#,
        ] {
            assert!(!reads_as_allow(&json(answer)), "{answer}");
        }
    }
}
