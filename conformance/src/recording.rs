//! Everything that crossed during one play: who, when, which bytes, as JSON lines. Redacted as it is
//! written. Never a judgement.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use mock_gateway::json::Json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::subject::Tools;
use crate::subject::policy::{Denial, Transform};
use crate::version::Version;

/// One play, from the start of the guard to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// What was played.
    pub header: Header,
    /// What crossed without the guard, where the case compares the two; ordered by time.
    pub direct: Vec<Entry>,
    /// What crossed, ordered by time.
    pub entries: Vec<Entry>,
}

/// What was played, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of this format.
    pub recording: u32,
    /// The case.
    pub case: String,
    /// The guard's name.
    pub subject: String,
    /// The MCP version that the client spoke.
    pub version: Version,
    /// The MCP versions that the guard declares, newest first.
    pub declared: Vec<Version>,
    /// The canary in the place of a key: made for the run, worth nothing, and looked for everywhere.
    pub canary: String,
    /// What the guard calls the tools of the contract.
    pub tools: Tools,
    /// How it answers a denied call, where not with `isError: true`.
    pub deny_when: Vec<Denial>,
    /// What it changes on purpose in what it relays.
    pub transforms: Vec<Transform>,
    /// Whether its verdicts come from the gateway.
    pub has_gateway: bool,
    /// The scan budget that `{budget}` stood for, in milliseconds.
    pub budget_ms: u64,
    /// Whether processes can be looked at on this platform: those that outlive the guard, and what a running one uses.
    pub sees_processes: bool,
}

/// One event, with the time since the play began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Microseconds since the play began.
    pub at_us: u64,
    /// Whether it happened in the play without the guard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
    /// What happened.
    pub event: Event,
}

/// What can happen in a play. `step` is where in the play, `number` counts the gateway's requests,
/// `*_ms` are milliseconds, `kept` is in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the members are explained above, once for all variants")]
pub enum Event {
    /// The guard's process runs.
    Started { pid: u32 },
    /// A step began; inner steps are named `3.1`.
    Step { step: String },
    /// The client wrote bytes; `id` is the JSON text of the request's id, when it is a request.
    ClientSent { step: String, bytes: Text, id: Option<String> },
    /// The client could not write all it had, because nobody read.
    ClientStuck { step: String },
    /// The client read a line, without its line feed.
    ClientReceived { line: Text },
    /// The guard closed its stdout; `rest` is an unterminated last line.
    StdoutEnded { rest: Text },
    /// The client closed the guard's stdin.
    StdinClosed,
    /// The client closed its end of the guard's stdout.
    StdoutClosed,
    /// The guard wrote to stderr.
    Stderr { chunk: Text },
    /// More came on a stream than is kept, or there was more of something than a guard may have, and it was
    /// killed; `kept` is then how much there was, in bytes or by number. Of the gateway's requests, `kept` counts the events that are lost,
    /// and of what an upstream read, it is the length of a single line that was too long.
    Flooded { stream: Stream, kept: u64 },
    /// The client stopped waiting for an answer.
    GaveUp { step: String, id: String, after_ms: u64 },
    /// A request arrived at the gateway. The authorization header is replaced by what it was worth.
    GatewayAsked { number: u64, method: String, path: String, headers: Vec<(String, String)>, key: Key, body: Text },
    /// The gateway's answer went out whole.
    GatewayAnswered { number: u64, status: u16, body: Text },
    /// The gateway broke its answer, as the case says, after so many bytes of HTTP.
    GatewayBroke { number: u64, sent: u64 },
    /// The guard hung up on the gateway before the answer was whole.
    GatewayHungUp { number: u64 },
    /// An upstream was started. `process` counts those of the play; its variables are the guard's doing.
    UpstreamStarted { process: u64, pid: u32, arguments: Vec<String>, environment: BTreeMap<String, String> },
    /// An upstream could read the variables of the process that started it, with which that one began.
    UpstreamRead { process: u64, pid: u32, environment: Text },
    /// An upstream read a line, and has not acted on it yet; without its line feed.
    UpstreamGot { process: u64, line: Text },
    /// An upstream is about to write a line; without its line feed.
    UpstreamSent { process: u64, line: Text },
    /// An upstream read to the end of its stdin; `rest` is an unterminated last line, which is not acted on.
    UpstreamStdinEnded { process: u64, rest: Text },
    /// A signal arrived at an upstream that it could notice.
    UpstreamSignalled { process: u64, signal: String },
    /// An upstream is no more: it left with this code, or was killed.
    UpstreamEnded { process: u64, code: Option<i32> },
    /// A request arrived at another host, to which the gateway had pointed.
    WentElsewhere { method: String, path: String, headers: Vec<(String, String)>, key: Key, body: Text },
    /// The analyst decided, or found nothing to decide.
    Analyst { decided: Option<String> },
    /// The harness sent a signal.
    Signalled { signal: String },
    /// The guard's process was awaited, and had not ended.
    StillRunning { step: String, after_ms: u64 },
    /// The guard had to be killed.
    Killed,
    /// The guard's process ended.
    Exited { status: Status },
    /// What the guard and the processes that it started use at this moment.
    Measured { step: String, memory_kb: u64, descriptors: u64, threads: u64 },
    /// The key stands in a file that the guard has left, in this form.
    KeyInFile { path: String, form: String },
    /// A process that outlived the guard, since killed.
    Orphan { pid: u32, name: String },
}

/// Something that a guard can flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Messages.
    Stdout,
    /// Logs.
    Stderr,
    /// Requests to the gateway.
    Gateway,
    /// What upstreams report.
    Upstream,
    /// The processes that it started.
    Processes,
    /// The files in its folder, in bytes.
    Folder,
    /// The files in its folder, by number.
    Files,
}

/// What a request's bearer token was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// The key that the guard was given.
    Right,
    /// Something else.
    Wrong,
    /// None at all.
    Missing,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// Bytes that are usually text: a JSON string where they are UTF-8, else `{"base64": "…"}`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text(pub Bytes);

impl Text {
    /// The bytes, with what is not UTF-8 replaced; for showing and searching only.
    #[must_use]
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}

impl<T: Into<Bytes>> From<T> for Text {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TextForm {
    Utf8(String),
    Base64(String),
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => TextForm::Utf8(text.to_owned()),
            Err(_) => TextForm::Base64(BASE64.encode(&self.0)),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match TextForm::deserialize(deserializer)? {
            TextForm::Utf8(text) => Ok(Self(text.into())),
            TextForm::Base64(text) => BASE64.decode(text).map(Self::from).map_err(serde::de::Error::custom),
        }
    }
}

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file could not be read or written.
    #[error("cannot use recording {path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not what the format asks for.
    #[error("{path}:{line}: not a line of a recording: {source}")]
    Malformed {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
}

impl Recording {
    /// Writes JSON lines to a file that only its owner can read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), RecordingError> {
        let write = || {
            // A file of this name may have other rights, or lead elsewhere: it is replaced, not opened.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut file = io::BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
            serde_json::to_writer(&mut file, &self.header)?;
            for entry in self.direct.iter().chain(&self.entries) {
                file.write_all(b"\n")?;
                serde_json::to_writer(&mut file, entry)?;
            }
            file.write_all(b"\n")?;
            file.into_inner()?.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| RecordingError::Io { path: path.display().to_string(), source })
    }

    /// Reads what [`Recording::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is not of this format.
    pub fn load(path: &Path) -> Result<Self, RecordingError> {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|source| RecordingError::Io { path: name.clone(), source })?;
        Self::read(&name, io::BufReader::new(file))
    }

    /// Reads what [`Recording::save`] wrote; `name` stands for it in errors.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is not of this format.
    pub fn read(name: &str, text: impl BufRead) -> Result<Self, RecordingError> {
        let io = |source| RecordingError::Io { path: name.to_owned(), source };
        let malformed = |line| move |source| RecordingError::Malformed { path: name.to_owned(), line, source };
        let mut lines = text.lines();
        let first = lines.next().unwrap_or(Ok(String::new())).map_err(io)?;
        let header = serde_json::from_str(&first).map_err(malformed(1))?;
        let mut entries: Vec<Entry> = Vec::new();
        for (index, line) in lines.enumerate() {
            entries.push(serde_json::from_str(&line.map_err(io)?).map_err(malformed(index + 2))?);
        }
        let (direct, entries) = entries.into_iter().partition(|entry| entry.direct);
        Ok(Self { header, direct, entries })
    }

    /// The lines that the client received, in order.
    pub fn received(&self) -> impl Iterator<Item = &Text> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::ClientReceived { line } => Some(line),
            _ => None,
        })
    }

    /// Everything that came on stderr, joined.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        self.entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::Stderr { chunk } => Some(&chunk.0[..]),
                _ => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }

    /// How long the answer to the request of a step took; `None` when none came.
    #[must_use]
    pub fn took(&self, step: &str) -> Option<Duration> {
        let mut entries = self.entries.iter();
        let (sent, id) = entries.find_map(|entry| match &entry.event {
            Event::ClientSent { step: at, id: Some(id), .. } if at == step => {
                Some((entry.at_us, Json::parse(id.as_bytes()).ok()?))
            }
            _ => None,
        })?;
        let received = entries.find_map(|entry| match &entry.event {
            Event::ClientReceived { line }
                if Json::parse(&line.0).is_ok_and(|message| message.get("id") == Some(&id)) =>
            {
                Some(entry.at_us)
            }
            _ => None,
        })?;
        Some(Duration::from_micros(received.saturating_sub(sent)))
    }

    /// What a guard last wrote to stderr, for whoever must mend it: the last `count` lines.
    #[must_use]
    pub fn last_words(&self, count: usize) -> Vec<String> {
        let stderr = self.stderr();
        let text = String::from_utf8_lossy(&stderr);
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
    }

    /// What outlived the guard, by process id and name.
    pub(crate) fn orphans(&self) -> impl Iterator<Item = (u32, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Orphan { pid, name } => Some((*pid, name.as_str())),
            _ => None,
        })
    }

    /// How the process ended, when it did.
    #[must_use]
    pub fn exit(&self) -> Option<Status> {
        self.entries.iter().find_map(|entry| match entry.event {
            Event::Exited { status } => Some(status),
            _ => None,
        })
    }
}

#[cfg(test)]
impl Header {
    /// One that says nothing special.
    pub(crate) fn sample() -> Self {
        Self {
            recording: 1,
            case: "scan/deny".into(),
            subject: "g".into(),
            version: Version::V2025_03_26,
            declared: vec![Version::V2025_03_26],
            canary: "iv_live_x".into(),
            tools: Tools::default(),
            deny_when: Vec::new(),
            transforms: Vec::new(),
            has_gateway: true,
            budget_ms: 300,
            sees_processes: true,
        }
    }
}

#[cfg(test)]
impl Recording {
    /// One in which this happened, all of it at once.
    pub(crate) fn sample(events: impl IntoIterator<Item = Event>) -> Self {
        let entries = events.into_iter().map(|event| Entry { at_us: 0, direct: false, event }).collect();
        Self { header: Header::sample(), direct: Vec::new(), entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let recording = Recording {
            header: Header::sample(),
            direct: vec![Entry { at_us: 3, direct: true, event: Event::StdinClosed }],
            entries: vec![
                Entry { at_us: 5, direct: false, event: Event::ClientReceived { line: Text::from(&b"\xff\n"[..]) } },
                Entry { at_us: 9, direct: false, event: Event::Exited { status: Status::Code(0) } },
                Entry { at_us: 10, direct: false, event: Event::StdinClosed },
            ],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("play.jsonl");
        recording.save(&path).unwrap();
        assert_eq!(Recording::load(&path).unwrap(), recording);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("play.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(Recording::load(&path).unwrap_err().to_string().contains("play.jsonl:1: not a line"));
    }
}
