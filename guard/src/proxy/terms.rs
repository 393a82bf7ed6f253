//! What the client and the server behind us have agreed on: read from `initialize` and its answer, as
//! they pass. Never anything else of them.

use bytes::Bytes;

use crate::json::{Document, Kind, Value};

/// The version that brought URL elicitation and tasks.
const NEWEST_HANDSHAKE: &str = "2025-11-25";

/// What a client said in its `initialize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Offer {
    opens_urls: bool,
}

/// What holds for the session; nothing before it is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Terms {
    version: String,
    opens_urls: bool,
    runs_tasks: bool,
}

impl Offer {
    /// Reads the line of an `initialize`.
    pub(super) fn read(line: &Bytes) -> Self {
        let opens_urls = Document::read(line, 5)
            .is_ok_and(|document| is_there(document.root(), &["params", "capabilities", "elicitation", "url"]));
        Self { opens_urls }
    }
}

impl Terms {
    /// Reads the result that an `initialize` was answered with.
    pub(super) fn read(offer: Offer, result: &Bytes) -> Self {
        let Ok(document) = Document::read(result, 6) else { return Self::default() };
        let root = document.root();
        let version = root.get("protocolVersion").and_then(Value::as_str).unwrap_or_default().into_owned();
        // Neither is spoken in an earlier version, whatever was declared.
        let newest = version == NEWEST_HANDSHAKE;
        let runs_tasks = is_there(root, &["capabilities", "tasks", "requests", "tools", "call"]);
        Self { opens_urls: newest && offer.opens_urls, runs_tasks: newest && runs_tasks, version }
    }

    /// Batches came with one version and went with the next (MCP 2025-03-26, basic, "Batching").
    pub(super) fn take_batches(&self) -> bool {
        self.version == "2025-03-26"
    }

    /// The client shows its user a URL when it is asked to (MCP 2025-11-25, client/elicitation).
    pub(super) const fn open_urls(&self) -> bool {
        self.opens_urls
    }

    /// A call may be answered with a task (MCP 2025-11-25, basic/utilities/tasks).
    pub(super) const fn run_tasks(&self) -> bool {
        self.runs_tasks
    }
}

/// The capabilities of a client, as each request of 2026-07-28 brings them, say that it opens URLs.
pub(super) fn opens_urls(capabilities: &Bytes) -> bool {
    Document::read(capabilities, 2).is_ok_and(|document| is_there(document.root(), &["elicitation", "url"]))
}

fn is_there(root: Value<'_>, path: &[&str]) -> bool {
    let found = path.iter().try_fold(root, |value, key| value.get(key));
    found.is_some_and(|value| value.kind() == Kind::Object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(capabilities: &str, version: &str, tasks: &str) -> Terms {
        let line = format!(r#"{{"id":1,"method":"initialize","params":{{"capabilities":{capabilities}}}}}"#);
        let result = format!(r#"{{"protocolVersion":"{version}","capabilities":{{"tasks":{tasks}}}}}"#);
        Terms::read(Offer::read(&line.into()), &result.into())
    }

    #[test]
    fn a_url_is_shown_only_where_both_know_of_it() {
        let url = r#"{"elicitation":{"form":{},"url":{}}}"#;
        assert!(terms(url, "2025-11-25", "{}").open_urls());
        for (capabilities, version) in [
            (r#"{"elicitation":{}}"#, "2025-11-25"),
            (r#"{"elicitation":{"url":true}}"#, "2025-11-25"),
            (r#"{"url":{}}"#, "2025-11-25"),
            (url, "2025-06-18"),
            (url, ""),
        ] {
            assert!(!terms(capabilities, version, "{}").open_urls(), "{capabilities} {version}");
        }
        assert!(opens_urls(&Bytes::from_static(br#"{"elicitation":{"url":{}}}"#)));
        assert!(!opens_urls(&Bytes::from_static(br#"{"elicitation":{"form":{}}}"#)));
    }

    #[test]
    fn tasks_and_batches_belong_to_their_versions() {
        let tasks = r#"{"requests":{"tools":{"call":{}}}}"#;
        assert!(terms("{}", "2025-11-25", tasks).run_tasks());
        assert!(!terms("{}", "2025-11-25", r#"{"requests":{}}"#).run_tasks());
        assert!(!terms("{}", "2025-06-18", tasks).run_tasks());
        assert!(terms("{}", "2025-03-26", "{}").take_batches());
        assert!(!terms("{}", "2025-06-18", "{}").take_batches());
        assert!(!Terms::default().take_batches());
    }
}
