//! What the upstream has to offer: tools, resources, prompts and fixed answers, all of them in
//! `offer.json`. Never who asks for it.

use mock_gateway::json::Json;

/// What stands in `offer.json`; the numbers keep their digits.
#[derive(Debug)]
pub(super) struct Offer(Json);

/// How many entries stand on the first page of each list.
const FIRST_PAGE: [(&str, usize); 4] = [("tools", 10), ("resources", 2), ("resourceTemplates", 10), ("prompts", 10)];

/// What leads to the second page: opaque, so it looks like nothing that could be counted on.
const SECOND_PAGE: &str = "cGFnZQ==/zwei+2";

impl Offer {
    pub(super) fn read() -> Self {
        Self(Json::parse(include_bytes!("offer.json")).expect("the offer is written as strict JSON"))
    }

    /// One part of it.
    pub(super) fn part(&self, pointer: &str) -> Json {
        self.0.pointer(pointer).cloned().unwrap_or(Json::Null)
    }

    /// The members of one page of a list; `None` when no page has that cursor.
    pub(super) fn page(&self, list: &str, cursor: Option<&Json>) -> Option<Vec<(String, Json)>> {
        let entries = self.0.get(list).and_then(Json::as_array).unwrap_or_default();
        let first = FIRST_PAGE.iter().find(|(name, _)| *name == list).map_or(entries.len(), |(_, first)| *first);
        let (first, second) = entries.split_at(first.min(entries.len()));
        let member = |entries: &[Json]| (list.to_owned(), Json::Array(entries.to_vec()));
        match cursor.map(Json::as_str) {
            None if second.is_empty() => Some(vec![member(first)]),
            None => Some(vec![member(first), ("nextCursor".to_owned(), Json::String(SECOND_PAGE.to_owned()))]),
            Some(Some(SECOND_PAGE)) if !second.is_empty() => Some(vec![member(second)]),
            Some(_) => None,
        }
    }

    /// Whether there is such a tool.
    pub(super) fn has_tool(&self, name: &str) -> bool {
        let tools = self.0.get("tools").and_then(Json::as_array).unwrap_or_default();
        tools.iter().any(|tool| tool.get("name").and_then(Json::as_str) == Some(name))
    }

    /// What a resource holds; those of the template `item` hold their own address.
    pub(super) fn content(&self, uri: &str) -> Option<Json> {
        let contents = self.0.get("contents").and_then(Json::as_array).unwrap_or_default();
        let fixed = contents.iter().find(|content| content.get("uri").and_then(Json::as_str) == Some(uri));
        fixed.cloned().or_else(|| {
            uri.starts_with("upstream://item/").then(|| {
                let text = || Json::String(uri.to_owned());
                Json::Object(vec![("uri".to_owned(), text()), ("text".to_owned(), text())])
            })
        })
    }
}
