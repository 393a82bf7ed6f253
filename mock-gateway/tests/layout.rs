//! The layout that the design promises: who this crate may know, and files that can be read.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            sources(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "rs") {
            files.push(entry);
        }
    }
}

#[test]
fn the_gateway_knows_neither_guard_nor_judge() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let known: Vec<_> = manifest.lines().filter_map(|line| line.split([' ', '.', '=']).next()).collect();
    assert!(known.contains(&"guard-fixtures"), "the manifest is read as it is written");
    for forbidden in ["mcp-guard", "guard-conformance", "faulty-guard", "rmcp"] {
        assert!(!known.contains(&forbidden), "{forbidden}");
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_short() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//! "), "{} opens with what lives there", file.display());
        assert!(text.lines().count() <= 420, "{} is two nouns", file.display());
    }
}
