//! The corpus as it is tried: each text, the line it stands in, and what the guard is to make of it.
//! Never a property.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One file of the corpus.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Its path below `fixtures/corpus`.
    pub path: &'static str,
    /// What stands in it.
    pub text: &'static [u8],
    /// What the guard makes of it.
    pub gate: Gate,
    /// Why it is kept.
    pub why: String,
}

/// What the guard makes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// It goes on.
    Serves,
    /// It goes no further.
    Refuses,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    gate: Gate,
    why: String,
}

/// Every file of the corpus, sorted by path.
///
/// # Panics
/// When a file has no line in the index, or a line no file.
#[must_use]
pub fn corpus() -> Vec<Seed> {
    let index = serde_saphyr::from_str(guard_fixtures::CORPUS_INDEX);
    let mut index: BTreeMap<String, Note> = index.unwrap_or_else(|error| panic!("fixtures/corpus/index.yaml: {error}"));
    let seeds = guard_fixtures::corpus().into_iter().map(|(path, text)| {
        let Note { gate, why } = index.remove(path).unwrap_or_else(|| panic!("{path} has no line in the index"));
        Seed { path, text, gate, why }
    });
    let seeds = seeds.collect();
    assert!(index.is_empty(), "lines of the index without a file: {:?}", index.keys());
    seeds
}

impl Seed {
    /// Whether it is a line of a client's, rather than a value.
    #[must_use]
    pub fn is_line(&self) -> bool {
        self.path.contains("lines/")
    }

    /// The line as a client sends it, without its line feed.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        if self.is_line() {
            return self.text.to_vec();
        }
        [br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"value":"#, self.text, b"}}"].concat()
    }
}
