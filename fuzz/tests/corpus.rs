//! The corpus: every text of it through every property that takes bytes, and through the gate with the
//! outcome that its index tells. What once was a defect is here for good.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use guard_fuzz::corpus::{Gate, corpus};
use guard_fuzz::property::{self, Property};
use mcp_guard::frame;

#[test]
fn the_gate_makes_of_each_text_what_the_index_says() {
    let wrong: Vec<_> = corpus()
        .into_iter()
        .filter_map(|seed| {
            let gate = if frame::read(&Bytes::from(seed.line())).is_ok() { Gate::Serves } else { Gate::Refuses };
            (gate != seed.gate).then(|| format!("{} is {gate:?}: {}", seed.path, seed.why))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_property_holds_for_every_text() {
    let mut broken = Vec::new();
    for Property { name, check, .. } in property::ALL {
        for seed in corpus() {
            let held = std::panic::catch_unwind(|| {
                check(seed.text);
                check(&seed.line());
            });
            if held.is_err() {
                broken.push(format!("{name} by {}: {}", seed.path, seed.why));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The folder of targets is a workspace that no test here builds.
#[test]
fn every_property_has_a_target_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let files = fs::read_dir(folder.join("src")).unwrap().map(|entry| entry.unwrap().path());
    let targets: BTreeSet<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let names: BTreeSet<_> = property::ALL.iter().map(|property| property.name.to_owned()).collect();
    assert_eq!(targets, names);
    for name in names {
        let source = fs::read_to_string(folder.join(format!("src/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("guard_fuzz::{name}(input)")), "{name} is another property");
        assert!(manifest.contains(&format!("path = \"src/{name}.rs\"")), "{name} is not built");
    }
}

#[test]
fn the_corpus_has_texts_of_both_kinds_for_values_and_lines() {
    let count = |line: bool, gate| corpus().iter().filter(|seed| seed.is_line() == line && seed.gate == gate).count();
    for line in [false, true] {
        for gate in [Gate::Serves, Gate::Refuses] {
            assert!(count(line, gate) >= 10, "too few: lines {line}, {gate:?}");
        }
    }
}
