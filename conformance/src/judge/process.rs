//! How the guard ended as a process, and what it left behind.

use super::scene::Scene;
use super::{Findings, process_saw};
use crate::case::{Case, Opening, Role};
use crate::finding::Code;
use crate::recording::{Event, Recording, Status};
use crate::step::{Exit, ExitStatus, Verb};

/// Judges a step that awaits the end of the process.
pub(super) fn exit(scene: &Scene<'_>, case: &Case, exit: &Exit, step: &str, findings: &mut Findings) {
    let recording = scene.recording;
    let still_running = scene.during(step).any(|event| matches!(event, Event::StillRunning { .. }));
    let expected = match exit.status {
        ExitStatus::Zero => "the end of the process, with exit code 0",
        ExitStatus::Nonzero => "the end of the process, with an exit code other than 0",
        ExitStatus::Any => "the end of the process",
    };
    let ended = recording.exit().filter(|_| !still_running);
    let code = match (exit.status, ended) {
        (ExitStatus::Zero, Some(Status::Code(0))) | (ExitStatus::Nonzero, Some(Status::Code(1..))) => None,
        (ExitStatus::Any, Some(_)) => None,
        (ExitStatus::Nonzero, _) if case.role == Role::Proxy => Some(Code::ExitCodeAltered),
        (ExitStatus::Zero | ExitStatus::Any, None) => Some(overstayed(recording, step)),
        (ExitStatus::Zero, Some(_)) => Some(Code::UncleanExit),
        (ExitStatus::Nonzero, None | Some(Status::Code(_))) => Some(Code::BadConfigAccepted),
        (ExitStatus::Nonzero, Some(Status::Signal(_))) => Some(Code::Died),
    };
    let how = ended.map_or_else(|| "still running".to_owned(), |status| status.to_string());
    let seen = || [process_saw(format!("{how}; {}", scene.last_words()))];
    if let Some(code) = code {
        findings.add(code, step, expected, seen());
    }
    if let (Some(due), Some(Status::Code(code))) = (exit.code, ended)
        && due != code
    {
        findings.add(Code::ExitCodeAltered, step, format!("exit code {due}"), seen());
    }
    if exit.leaves_nothing {
        for (pid, name) in recording.orphans() {
            let left = [process_saw(format!("process {pid} ({name}) is left"))];
            findings.add(Code::OrphanLeft, step, "no process after the end of the guard", left);
        }
    }
    if let Some(word) = &exit.stderr_names
        && !String::from_utf8_lossy(&recording.stderr()).contains(word)
    {
        let code = if case.role == Role::Proxy { Code::StderrLost } else { Code::VariableNotNamed };
        findings.add(code, step, format!("{word} on stderr"), seen());
    }
}

/// What kind of end a guard has stayed beyond: the last thing that told it to go before it was found running.
fn overstayed(recording: &Recording, found_in: &str) -> Code {
    let events = || recording.entries.iter().map(|entry| &entry.event);
    let found = |event: &Event| matches!(event, Event::StillRunning { step, .. } if step == found_in);
    let until = events().position(found).unwrap_or(recording.entries.len());
    let told = recording.entries[..until].iter().rev().find_map(|entry| match &entry.event {
        Event::StdinClosed => Some(Code::NoExitOnEof),
        Event::StdoutClosed => Some(Code::OutlivesReader),
        Event::Signalled { .. } => Some(Code::NoExitOnSignal),
        _ => None,
    });
    told.unwrap_or(Code::NoExitOnEof)
}

/// Nothing outlives a guard that ended by itself; of one that had to be killed no tidiness is asked.
pub(super) fn no_orphan(recording: &Recording, findings: &mut Findings) {
    let is_kill = |event: &Event| match event {
        Event::Signalled { signal } => signal == "KILL",
        event => *event == Event::Killed,
    };
    if recording.entries.iter().any(|entry| is_kill(&entry.event)) {
        return;
    }
    for (pid, name) in recording.orphans() {
        let seen = [process_saw(format!("process {pid} ({name}) outlived the guard"))];
        findings.add(Code::OrphanLeft, &recording.header.case, "no process of the guard after its end", seen);
    }
}

/// A guard whose stdin was closed ends by itself, with exit code 0. Plays that are about another end
/// are judged by their own steps.
pub(super) fn clean_exit(case: &Case, scene: &Scene<'_>, findings: &mut Findings) {
    let recording = scene.recording;
    let is_about_exit = case.steps().iter().any(|step| matches!(step.verb, Verb::Exit(_) | Verb::Signal(_)));
    let closed = recording.entries.iter().position(|entry| entry.event == Event::StdinClosed);
    // A proxy whose upstream failed has nothing left to do.
    if is_about_exit || upstream_failed(recording) {
        return;
    }
    let Some(closed) = closed else {
        if let (Some(status), Opening::Required) = (scene.died(), case.opening) {
            let seen = [process_saw(format!("ended with {status} before stdin was closed; {}", scene.last_words()))];
            findings.add(Code::Died, &recording.header.case, "a guard that serves as long as its client stays", seen);
        }
        return;
    };
    for entry in &recording.entries[closed..] {
        let (code, seen) = match &entry.event {
            Event::StillRunning { after_ms, .. } => (Code::NoExitOnEof, format!("still running after {after_ms} ms")),
            Event::Exited { status } if *status != Status::Code(0) => (Code::UncleanExit, status.to_string()),
            _ => continue,
        };
        findings.add(code, &recording.header.case, "exit code 0 soon after stdin was closed", [process_saw(seen)]);
    }
}

/// Whether an upstream left with a failure of its own; one that was told to end has not failed.
fn upstream_failed(recording: &Recording) -> bool {
    let events = || recording.entries.iter().map(|entry| &entry.event);
    let was_told = |number: u64| {
        events().any(|event| matches!(event, Event::UpstreamSignalled { process, .. } if *process == number))
    };
    events().any(|event| match event {
        Event::UpstreamEnded { process, code: Some(1..) } => !was_told(*process),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_that_its_guard_ended_has_not_failed() {
        let told = |process| Event::UpstreamSignalled { process, signal: "TERM".to_owned() };
        let ended = |process, code| Event::UpstreamEnded { process, code: Some(code) };
        for (events, failed) in [
            (vec![ended(1, 0)], false),
            (vec![ended(1, 3)], true),
            (vec![told(1), ended(1, 143)], false),
            (vec![told(1), ended(1, 143), ended(2, 3)], true),
        ] {
            assert_eq!(upstream_failed(&Recording::sample(events)), failed);
        }
    }
}
