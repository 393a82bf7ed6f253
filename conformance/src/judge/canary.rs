//! Looks for the key, and for what a call carried, in everything that left the guard. Never how a text
//! is recognised.

use super::{Findings, process_saw, saw, upstream};
use crate::finding::{Code, Party};
use crate::needles::Needles;
use crate::recording::{Event, Key, Recording, Stream};

/// How a case names the key among its secrets.
const KEY: &str = "{key}";

/// The key belongs in the authorization header of requests to its gateway, and nowhere else.
pub(super) fn key_secret(recording: &Recording, findings: &mut Findings) {
    let needles = Needles::of(&recording.header.canary);
    let case = &recording.header.case;
    let stderr = recording.stderr();
    let mut places: Vec<(Party, &str, &[u8])> = vec![(Party::Process, "stderr", &stderr)];
    for entry in &recording.entries {
        match &entry.event {
            Event::ClientReceived { line } => places.push((Party::Client, "stdout", &line.0)),
            Event::StdoutEnded { rest } => places.push((Party::Client, "stdout", &rest.0)),
            Event::GatewayAsked { path, headers, body, .. } | Event::WentElsewhere { path, headers, body, .. } => {
                places.push((Party::Gateway, "the path of a request", path.as_bytes()));
                places.push((Party::Gateway, "the body of a request", &body.0));
                for (name, value) in headers {
                    places.push((Party::Gateway, "a header other than authorization", name.as_bytes()));
                    places.push((Party::Gateway, "a header other than authorization", value.as_bytes()));
                }
            }
            Event::UpstreamStarted { environment, arguments, .. } => {
                for (name, value) in environment {
                    places.push((Party::Upstream, "the environment of the upstream", name.as_bytes()));
                    places.push((Party::Upstream, "the environment of the upstream", value.as_bytes()));
                }
                for word in arguments {
                    places.push((Party::Upstream, "the command line of the upstream", word.as_bytes()));
                }
            }
            Event::UpstreamGot { line, .. } => places.push((Party::Upstream, "a line to the upstream", &line.0)),
            Event::KeyInFile { path, form } => {
                let seen = [process_saw(format!("{form} in the file {path}"))];
                findings.add(Code::KeyLeaked, case, "the key in no file", seen);
            }
            Event::Flooded { stream, kept } => {
                let flood = match stream {
                    // What a guard keeps to itself is not searched.
                    Stream::Processes | Stream::Folder | Stream::Files => continue,
                    Stream::Gateway => format!("so many requests to the gateway that {kept} events were not kept"),
                    Stream::Stdout => format!("more than {kept} bytes on stdout"),
                    Stream::Upstream => format!("more than {kept} bytes at the upstream"),
                    Stream::Stderr => format!("more than {kept} bytes on stderr"),
                };
                let seen = [saw(Party::Process, flood)];
                findings.add(Code::OutputFlood, case, "output small enough to be searched for the key", seen);
            }
            _ => {}
        }
    }
    if recording.entries.iter().any(|entry| matches!(entry.event, Event::WentElsewhere { key: Key::Right, .. })) {
        let seen = [saw(Party::Gateway, "the key in a request to another host")];
        findings.add(Code::KeyLeaked, case, "the key for the gateway only", seen);
    }
    for (party, place, bytes) in places {
        if let Some(form) = needles.found_in(bytes) {
            let expected = "the key in the authorization header only";
            findings.add(Code::KeyLeaked, case, expected, [saw(party, format!("{form} in {place}"))]);
        }
    }
}

/// The key cannot be read where the guard keeps it: what runs behind the guard runs as the same user.
fn key_hidden(recording: &Recording, findings: &mut Findings) {
    let needles = Needles::of(&recording.header.canary);
    for entry in &recording.entries {
        let Event::UpstreamRead { pid, environment, .. } = &entry.event else { continue };
        if let Some(form) = needles.found_in(&environment.0) {
            let seen = [upstream(format!("{form} in /proc/{pid}/environ, that of the process that started it"))];
            let expected = "a guard whose memory no other process of its user can read";
            findings.add(Code::KeyExposed, &recording.header.case, expected, seen);
        }
    }
}

/// What a case calls secret stays off stderr, and the key wherever it does not belong.
pub(super) fn secrets_kept(recording: &Recording, secrets: &[String], findings: &mut Findings) {
    let stderr = recording.stderr();
    for secret in secrets.iter().filter(|secret| *secret != KEY) {
        if memchr::memmem::find(&stderr, secret.as_bytes()).is_some() {
            let step = &recording.header.case;
            let seen = [process_saw(format!("`{secret}` on stderr"))];
            findings.add(Code::ContentLogged, step, "nothing of what a call carries in a log", seen);
        }
    }
    if secrets.iter().any(|secret| secret == KEY) {
        key_secret(recording, findings);
        key_hidden(recording, findings);
    }
}
