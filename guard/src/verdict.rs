//! What the gateway may answer. A verdict is checked and then kept as the text that came; whatever is
//! not exactly one of the four decisions, with what it needs, is no verdict. Never HTTP, never MCP.

use bytes::Bytes;

use crate::json::{Defect, Document, Kind, Value};
use crate::scan::segment;

/// What the gateway decided (documented by the vendor's API: four words, upper case).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum Decision {
    Allow,
    Sanitize,
    Deny,
    RequireApproval,
}

/// A checked answer to a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    decision: Decision,
    text: Bytes,
    approval: Option<Approval>,
}

/// What a held call waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Names the approval.
    pub id: String,
    /// Where an analyst decides, if the gateway said so.
    pub url: Option<String>,
}

impl Approval {
    /// Its place at a console, for a gateway that names none.
    #[must_use]
    pub fn at(&self, console: &str) -> String {
        format!("{console}/approvals/{}", segment(&self.id))
    }
}

/// A checked answer to a reported response: an object, kept as the text that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(Bytes);

/// Why an answer says nothing that may be acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerdictError {
    /// Not strict JSON.
    #[error("it is not readable JSON: {0}")]
    Unreadable(#[from] Defect),
    /// JSON, but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A decision nobody defined, or none.
    #[error("its `decision` is not one of the four of the contract")]
    NoDecision,
    /// SANITIZE without the body to use, REQUIRE_APPROVAL without the approval to wait for.
    #[error("its decision comes without `{0}`")]
    Incomplete(&'static str),
    /// A field that readers rely on has another type than documented.
    #[error("its `{0}` has another type than documented")]
    WrongType(&'static str),
}

impl Verdict {
    /// Checks the gateway's answer to a scan.
    ///
    /// # Errors
    /// Everything that is not a verdict.
    pub fn read(answer: &Bytes) -> Result<Self, VerdictError> {
        let document = Document::read(answer, 1)?;
        let fields = object(&document)?;
        let decision = match fields.get("decision").and_then(Value::as_str).as_deref() {
            Some("ALLOW") => Decision::Allow,
            Some("SANITIZE") => Decision::Sanitize,
            Some("DENY") => Decision::Deny,
            Some("REQUIRE_APPROVAL") => Decision::RequireApproval,
            _ => return Err(VerdictError::NoDecision),
        };
        check_types(fields)?;
        if decision == Decision::Sanitize && fields.get("sanitized_body").is_none() {
            return Err(VerdictError::Incomplete("sanitized_body"));
        }
        let text = |key| fields.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let approval = if decision == Decision::RequireApproval {
            let id = text("approval_id").ok_or(VerdictError::Incomplete("approval_id"))?.into_owned();
            Some(Approval { id, url: text("approval_url").map(std::borrow::Cow::into_owned) })
        } else {
            None
        };
        Ok(Self { decision, text: answer.slice(fields.span()), approval })
    }

    /// What stands in for a verdict when the scan failed and fail-open was asked for (documented by
    /// the vendor's API). It has no `trace_id`: no gateway knows of the call.
    #[must_use]
    pub const fn fail_open() -> Self {
        let text = br#"{"decision":"ALLOW","reason_codes":["GATEWAY_UNREACHABLE"]}"#;
        Self { decision: Decision::Allow, text: Bytes::from_static(text), approval: None }
    }

    /// What was decided.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// What a held call waits for; only with [`Decision::RequireApproval`].
    #[must_use]
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// The whole verdict as the gateway wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        as_text(&self.text)
    }

    /// Every reason that the gateway gave.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let reasons = self.field("reason_codes");
        reasons.and_then(|reasons| serde_json::from_slice::<Option<_>>(&reasons).ok().flatten()).unwrap_or_default()
    }

    /// What the gateway knows the call by, as JSON; `None` where it says nothing.
    #[must_use]
    pub fn trace_id(&self) -> Option<Bytes> {
        self.field("trace_id").filter(|id| id.starts_with(b"\"") && &id[..] != b"\"\"")
    }

    /// What takes the place of the body that was scanned; only with [`Decision::Sanitize`].
    #[must_use]
    pub fn sanitized_body(&self) -> Option<Bytes> {
        (self.decision == Decision::Sanitize).then(|| self.field("sanitized_body")).flatten()
    }

    fn field(&self, key: &str) -> Option<Bytes> {
        let document = Document::read(&self.text, 1).expect("a verdict's text was read before");
        let span = document.root().get(key)?.span();
        Some(self.text.slice(span))
    }
}

impl Receipt {
    /// Checks the gateway's answer to a reported response.
    ///
    /// # Errors
    /// Everything that is not a JSON object.
    pub fn read(answer: &Bytes) -> Result<Self, VerdictError> {
        let document = Document::read(answer, 1)?;
        Ok(Self(answer.slice(object(&document)?.span())))
    }

    /// The whole receipt as the gateway wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        as_text(&self.0)
    }
}

fn as_text(checked: &Bytes) -> &str {
    std::str::from_utf8(checked).expect("a document that was read is UTF-8")
}

fn object<'d>(document: &'d Document<'_>) -> Result<Value<'d>, VerdictError> {
    Some(document.root()).filter(|root| root.kind() == Kind::Object).ok_or(VerdictError::NotAnObject)
}

/// The fields whose type the advertised output schema promises; null counts as absent.
fn check_types(fields: Value<'_>) -> Result<(), VerdictError> {
    let is = |key, kind| fields.get(key).is_none_or(|value| [kind, Kind::Null].contains(&value.kind()));
    for key in ["trace_id", "risk_band", "approval_id", "approval_url"] {
        if !is(key, Kind::String) {
            return Err(VerdictError::WrongType(key));
        }
    }
    if !is("risk_score", Kind::Number) {
        return Err(VerdictError::WrongType("risk_score"));
    }
    let reasons = fields.get("reason_codes");
    if reasons.is_some_and(|reasons| serde_json::from_str::<Option<Vec<String>>>(reasons.raw()).is_err()) {
        return Err(VerdictError::WrongType("reason_codes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Verdict, VerdictError> {
        Verdict::read(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn the_four_decisions_are_read_and_the_text_is_kept() {
        for (text, decision) in [
            (r#"{"decision":"ALLOW","risk_score":0.10,"new":{"x":1e400},"risk_band":"MED"}"#, Decision::Allow),
            (r#"{"decision":"SANITIZE","sanitized_body":null}"#, Decision::Sanitize),
            (r#"{"decision":"DENY","reason_codes":["SECRETS","PII"],"approval_id":null}"#, Decision::Deny),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a"}"#, Decision::RequireApproval),
        ] {
            let verdict = read(&format!("\n {text}\t")).unwrap();
            assert_eq!((verdict.decision(), verdict.text()), (decision, text));
        }
    }

    #[test]
    fn what_a_verdict_says_besides_is_read_as_it_was_written() {
        let verdict = read(
            r#"{"decision":"SANITIZE","sanitized_body": {"n":1.10} ,"reason_codes":["A","\u0042"],"trace_id":"t\u002d1"}"#,
        );
        let verdict = verdict.unwrap();
        assert_eq!(verdict.reasons(), ["A", "B"]);
        assert_eq!(verdict.trace_id().as_deref(), Some(&br#""t\u002d1""#[..]));
        assert_eq!(verdict.sanitized_body().as_deref(), Some(&br#"{"n":1.10}"#[..]));
        let bare = read(r#"{"decision":"ALLOW","sanitized_body":{},"reason_codes":null,"trace_id":""}"#).unwrap();
        assert_eq!((bare.reasons(), bare.trace_id(), bare.sanitized_body()), (vec![], None, None));
    }

    #[test]
    fn what_is_not_a_verdict_is_never_one() {
        use VerdictError::{Incomplete, NoDecision, NotAnObject, WrongType};
        for (text, error) in [
            (r#"{"decision":"allow"}"#, NoDecision),
            (r#"{"decision":"sanitize","sanitized_body":1}"#, NoDecision),
            (r#"{"decision":"deny"}"#, NoDecision),
            (r#"{"decision":"Deny"}"#, NoDecision),
            (r#"{"decision":"require_approval","approval_id":"a"}"#, NoDecision),
            (r#"{"decision":" ALLOW"}"#, NoDecision),
            (r#"{"decision":"MAYBE"}"#, NoDecision),
            (r#"{"decision":["ALLOW"]}"#, NoDecision),
            (r#"{"decision":null}"#, NoDecision),
            (r#"{"Decision":"ALLOW"}"#, NoDecision),
            (r#"{"result":{"decision":"ALLOW"}}"#, NoDecision),
            ("{}", NoDecision),
            (r#""ALLOW""#, NotAnObject),
            (r#"[{"decision":"ALLOW"}]"#, NotAnObject),
            (r#"{"decision":"SANITIZE"}"#, Incomplete("sanitized_body")),
            (r#"{"decision":"REQUIRE_APPROVAL"}"#, Incomplete("approval_id")),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":""}"#, Incomplete("approval_id")),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":" "}"#, Incomplete("approval_id")),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":null}"#, Incomplete("approval_id")),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":7}"#, WrongType("approval_id")),
            (r#"{"decision":"ALLOW","trace_id":7}"#, WrongType("trace_id")),
            (r#"{"decision":"ALLOW","risk_score":"0.1"}"#, WrongType("risk_score")),
            (r#"{"decision":"DENY","reason_codes":"SECRETS"}"#, WrongType("reason_codes")),
            (r#"{"decision":"DENY","reason_codes":[1]}"#, WrongType("reason_codes")),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
        for text in [
            "",
            "null and void",
            r#"{"decision":"DENY","decision":"ALLOW"}"#,
            r#"{"decision":"ALLOW","d\u0065cision":"DENY"}"#,
            r#"{"decision":"ALLOW""#,
            r#"{"decision":"ALLOW"} {"decision":"DENY"}"#,
        ] {
            assert!(matches!(read(text), Err(VerdictError::Unreadable(_))), "{text}");
        }
    }

    #[test]
    fn an_approval_has_its_id_and_perhaps_its_url() {
        let approval = |text| read(text).unwrap().approval().cloned();
        let with_url = r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":"https://c/a-1"}"#;
        assert_eq!(approval(with_url), Some(Approval { id: "a-1".into(), url: Some("https://c/a-1".into()) }));
        let without = r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":null}"#;
        assert_eq!(approval(without), Some(Approval { id: "a-1".into(), url: None }));
        assert_eq!(approval(r#"{"decision":"ALLOW","approval_id":"a-1"}"#), None);
    }

    #[test]
    fn fail_open_reads_as_a_verdict_of_its_own() {
        let verdict = Verdict::fail_open();
        assert_eq!(read(verdict.text()).unwrap(), verdict);
    }

    #[test]
    fn a_receipt_is_any_object() {
        let receipt = |text: &'static str| Receipt::read(&Bytes::from_static(text.as_bytes()));
        assert_eq!(receipt(r#" {"data_classes":["PII"]} "#).unwrap().text(), r#"{"data_classes":["PII"]}"#);
        assert_eq!(receipt("[]").unwrap_err(), VerdictError::NotAnObject);
        assert!(receipt(r#"{"a":1,"a":2}"#).is_err());
    }
}
