//! Prints every line of the corpus with what the guard reads in it and what `serde_json` does, one JSON
//! object each: half of the comparison in `.ci/same_reading.py`. Never a comparison.

use std::io::{self, Write};

use bytes::Bytes;
use guard_fuzz::corpus::corpus;
use mcp_guard::frame;
use mcp_guard::json::{Document, Kind};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for seed in corpus() {
        let line = Bytes::from(seed.line());
        let inner = line.strip_suffix(b"\r").unwrap_or(&line);
        let gate = if frame::read(&line).is_ok() { "serves" } else { "refuses" };
        let guard = Document::read(inner, 1).ok().map(|document| read(document.root().raw()));
        let serde_json = serde_json::from_slice(inner).ok().map(|value| of_serde_json(&value));
        let hex: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let told = serde_json::json!({ "path": seed.path, "line": hex, "gate": gate, "guard": guard, "serde_json": serde_json });
        writeln!(out, "{told}")?;
    }
    Ok(())
}

/// What the guard reads, in the form that all readers print: `n`, `b:true`, `d:` and the digits, `s:` and
/// code points, members sorted.
fn read(raw: &str) -> String {
    let document = Document::read(raw.as_bytes(), 1).expect("a part of what was read is read");
    let root = document.root();
    match root.kind() {
        Kind::Null => "n".to_owned(),
        Kind::Bool => format!("b:{raw}"),
        Kind::Number => format!("d:{raw}"),
        Kind::String => string(&root.as_str().unwrap_or_default()),
        Kind::Array => format!("[{}]", root.elements().map(read).collect::<Vec<_>>().join(",")),
        Kind::Object => object(root.members().map(|(key, value)| (key, read(value.raw())))),
    }
}

fn of_serde_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "n".to_owned(),
        serde_json::Value::Bool(value) => format!("b:{value}"),
        serde_json::Value::Number(number) => format!("d:{number}"),
        serde_json::Value::String(text) => string(text),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(of_serde_json).collect::<Vec<_>>().join(","))
        }
        serde_json::Value::Object(members) => object(members.iter().map(|(key, value)| (&**key, of_serde_json(value)))),
    }
}

fn string(text: &str) -> String {
    let points: Vec<_> = text.chars().map(|letter| format!("{:x}", u32::from(letter))).collect();
    format!("s:{}", points.join("."))
}

fn object<'k>(members: impl Iterator<Item = (&'k str, String)>) -> String {
    let mut members: Vec<_> = members.map(|(key, value)| format!("{}={value}", string(key))).collect();
    members.sort();
    format!("{{{}}}", members.join(","))
}
