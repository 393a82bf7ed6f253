//! A recording for a reader: one line for everything that happened, with its bytes below it. Texts of
//! the guard under test are shown harmlessly.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::harmless;
use crate::finding::Party;
use crate::recording::Recording;
use crate::timeline::{self, Way};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The recording as text; of the bytes of each moment at most so many characters.
#[must_use]
pub fn replay(recording: &Recording, characters: usize) -> String {
    let header = &recording.header;
    let mut text = format!(
        "{BOLD}{}{BOLD:#}  {} in MCP {}   {DIM}→ to the guard, ← from it; milliseconds{DIM:#}\n",
        harmless(&header.case),
        harmless(&header.subject),
        header.version,
    );
    let mut direct = false;
    for moment in timeline::moments(recording, characters) {
        if moment.direct != direct || (moment.direct && text.lines().count() == 1) {
            direct = moment.direct;
            let which = if direct { "without the guard" } else { "with the guard" };
            let _infallible = writeln!(text, "\n{BOLD}{which}{BOLD:#}");
        }
        let arrow = match moment.way {
            Way::In => "→",
            Way::Out => "←",
            Way::Aside => "·",
        };
        let (style, thousandths) = (style(moment.party), moment.at_us % 1000);
        let _infallible = writeln!(
            text,
            "{:>6}.{thousandths:03}  {style}{:<8} {arrow}{style:#} {}",
            moment.at_us / 1000,
            moment.party,
            harmless(&moment.what),
        );
        if let Some(bytes) = &moment.text {
            let _infallible = writeln!(text, "{:22}{DIM}{}{DIM:#}", "", harmless(bytes));
        }
    }
    text
}

const fn style(party: Party) -> Style {
    match party {
        Party::Client => AnsiColor::Cyan.on_default(),
        Party::Gateway => AnsiColor::Yellow.on_default(),
        Party::Upstream => AnsiColor::Magenta.on_default(),
        Party::Process => DIM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Event;

    #[test]
    fn who_did_what_and_when() {
        let mut recording = Recording::sample([
            Event::Step { step: "1".into() },
            Event::ClientSent {
                step: "1".into(),
                bytes: r#"{"id":1,"method":"ping"}"#.to_owned().into(),
                id: Some("1".into()),
            },
            Event::GatewayAsked {
                number: 1,
                method: "POST".into(),
                path: "/v1/scan".into(),
                headers: Vec::new(),
                key: crate::recording::Key::Right,
                body: "{}".to_owned().into(),
            },
            Event::ClientReceived { line: "\u{1b}[2J".to_owned().into() },
        ]);
        recording.entries[3].at_us = 1_002_003;
        let mut out = anstream::StripStream::new(Vec::new());
        std::io::Write::write_all(&mut out, replay(&recording, 100).as_bytes()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out.into_inner()).unwrap(), @r#"
        scan/deny  g in MCP 2025-03-26   → to the guard, ← from it; milliseconds
             0.000  client   · step 1
             0.000  client   → ping #1
                              {"id":1,"method":"ping"}
             0.000  gateway  ← POST /v1/scan
                              {}
          1002.003  client   ← no message
                              \u{1b}[2J
        "#);
    }
}
