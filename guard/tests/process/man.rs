//! The man page, which is the help page in the form that `man` reads. The guard has no parser of options that
//! could write one, since every session would pay for its start.

use std::fmt::Write as _;

use assert_cmd::assert::OutputAssertExt as _;

use crate::session::guard;

#[test]
fn the_man_page_is_the_help_page() {
    let help = guard(&[]).arg("--help").assert().code(0);
    let due = man(&String::from_utf8_lossy(&help.get_output().stdout));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/man/mcp-guard.1");
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        std::fs::write(path, &due).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == due, "run this test again with UPDATE_PUBLISHED=1");
}

/// The first sentence is what `apropos` shows; a line that stands at the margin after `Usage:` opens a section.
fn man(help: &str) -> String {
    let (about, sections) = help.split_at(help.find("Usage:\n").unwrap());
    let (purpose, about) = about.split_once("\n\n").unwrap();
    let purpose = purpose.strip_prefix("mcp-guard ").unwrap().trim_end_matches('.');
    let mut page = String::from(".TH MCP-GUARD 1\n.SH NAME\n");
    writeln!(page, "mcp\\-guard \\- {}\n.SH DESCRIPTION", line(purpose)).unwrap();
    about.trim().lines().for_each(|text| writeln!(page, "{}", line(text)).unwrap());
    let mut is_open = false;
    for text in sections.lines().filter(|text| !text.is_empty()) {
        if let Some((title, rest)) = text.split_once(':').filter(|_| !text.starts_with(' ')) {
            let close = if std::mem::replace(&mut is_open, true) { ".EE\n" } else { "" };
            writeln!(page, "{close}.SH {}\n.EX", line(&title.to_uppercase())).unwrap();
            if !rest.is_empty() {
                writeln!(page, "{}", line(rest.trim_start())).unwrap();
            }
        } else {
            writeln!(page, "{}", line(text)).unwrap();
        }
    }
    page + ".EE\n"
}

/// One line of text, which roff might take for something else.
fn line(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let is_request = text.starts_with(['.', '\'']);
    if is_request { format!("\\&{text}") } else { text }
}
