//! The rules of the tree: the guard knows no other crate of the workspace, and every file says what
//! lives in it and stays short.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| sources(folder));
    files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).chain(below).collect()
}

#[test]
fn the_guard_knows_nobody() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let (dependencies, for_tests) = manifest.split_once("[dev-dependencies]").unwrap();
    for sibling in ["guard-conformance", "guard-fixtures", "mock-gateway", "faulty-guard"] {
        assert!(!dependencies.contains(sibling), "{sibling} among the dependencies");
    }
    // The judge may be let loose on the guard, but the gateway of its tests is of another make.
    assert!(!for_tests.contains("mock-gateway"));
}

#[test]
fn every_file_says_what_lives_in_it_and_stays_short() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 15, "{sources:?}");
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{path:?} does not say what lives in it");
        let code = text.split("#[cfg(test)]").next().unwrap().lines().count();
        assert!(code <= 400, "{path:?} has {code} lines before its tests");
    }
}
