//! One line per request for a person on stderr, and the whole journal as a file when asked for.
//! Neither ever holds a key; only the file holds bodies, and only its owner can read it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use mock_gateway::Event;
use mock_gateway::api::Authorization;
use mock_gateway::json::Quoted;
use tokio::sync::mpsc::UnboundedReceiver;

/// Where events go.
pub(crate) struct Log {
    file: Option<File>,
    started: Instant,
    open: HashMap<u64, String>,
}

impl Log {
    /// Opens the file, if there shall be one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, String> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path).map_err(|error| format!("cannot open journal {}: {error}", path.display()))
        };
        Ok(Self { file: path.map(open).transpose()?, started: Instant::now(), open: HashMap::new() })
    }

    /// Writes until the gateway is gone.
    pub(crate) async fn follow(mut self, mut events: UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            if let Some(line) = self.line(&event) {
                // A closed stderr silences the log; it does not stop the gateway.
                _ = writeln!(io::stderr(), "{line}");
            }
            if let Some(file) = &mut self.file
                && let Err(error) = writeln!(file, "{}", record(&event, self.started))
            {
                _ = writeln!(io::stderr(), "mock-gateway: the journal ends here, it cannot be written: {error}");
                self.file = None;
            }
        }
    }

    /// What a person reads about this event, if anything.
    fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Arrived { number, method, path, .. } => {
                let path = path.split('?').next().unwrap_or(path);
                self.open.insert(*number, format!("{method} {path}"));
                None
            }
            Event::Decided { number, by, choice, .. } => {
                self.open.get(number).map(|call| format!("{call} {choice} ({by})"))
            }
            Event::Answered { number, .. } => {
                self.open.remove(number);
                None
            }
            Event::HungUp { number, .. } => self.open.remove(number).map(|call| format!("{call} hung up")),
        }
    }
}

/// One event as a JSON object.
fn record(event: &Event, started: Instant) -> String {
    let (number, at) = (event.number(), event.at().saturating_duration_since(started).as_micros());
    let head = |name: &str| format!(r#"{{"event":"{name}","request":{number},"microseconds":{at}"#);
    match event {
        Event::Arrived { time, method, path, headers, authorization, body, length, .. } => {
            let authorization = match authorization {
                Authorization::Right => "right",
                Authorization::Wrong => "wrong",
                Authorization::Missing => "missing",
            };
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| {
                    format!("[{},{}]", Quoted(name.as_str()), Quoted(&String::from_utf8_lossy(value.as_bytes())))
                })
                .collect();
            format!(
                r#"{},"time":"{time}","method":{},"path":{},"authorization":"{authorization}","headers":[{}],"length":{length},{}}}"#,
                head("arrived"),
                Quoted(method),
                Quoted(path),
                headers.join(","),
                bytes(body),
            )
        }
        Event::Decided { by, choice, .. } => {
            let (by, choice) = (by.to_string(), choice.to_string());
            format!(r#"{},"by":{},"choice":{}}}"#, head("decided"), Quoted(&by), Quoted(&choice))
        }
        Event::Answered { status, body, .. } => {
            format!(r#"{},"status":{status},{}}}"#, head("answered"), bytes(body))
        }
        Event::HungUp { .. } => format!("{}}}", head("hung_up")),
    }
}

/// Bytes as `body`, or as `body_hex` when they are no text.
fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!(r#""body":{}"#, Quoted(text)),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!(r#""body_hex":"{hex}""#)
        }
    }
}
