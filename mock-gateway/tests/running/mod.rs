//! A gateway as a process of its own, and what can be done to it from outside.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_mock-gateway");

/// How long a command that must end may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How long a gateway may take to stop, whatever its readers do; with room for a busy machine.
pub(crate) const STOP: Duration = Duration::from_secs(5);

/// Runs the command to its end: exit code, stdout, stderr.
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::new(BIN).args(arguments).timeout(PATIENCE).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("output in UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// A gateway that runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// Starts one with these variables in its environment.
    pub(crate) fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(BIN)
            .env_remove("MOCK_GATEWAY_ADMIN_TOKEN")
            .envs(variables.iter().copied())
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut first = String::new();
        stdout.read_line(&mut first).expect("a first line");
        let url = first.trim().strip_prefix("mock-gateway listens on http").expect(&first);
        let address = url.trim_start_matches("s").strip_prefix("://").expect(&first).to_owned();
        Self { child, stdout, address }
    }

    /// Reads the greeting as far as the line that ends so.
    pub(crate) fn greeting(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.trim_end().ends_with(end) {
            let read = self.stdout.read_line(&mut text).expect("stdout in UTF-8");
            assert_ne!(read, 0, "no line ends with {end:?} in {text}");
        }
        text
    }

    /// What leads to the admin API, as it was printed: the variables of its address and its token.
    pub(crate) fn admin(&mut self) -> [(&'static str, String); 2] {
        let greeting = self.greeting("/admin/v1/approvals");
        assert!(greeting.contains("Console, in a browser:") && greeting.contains("/console/#open="), "{greeting}");
        ["MOCK_GATEWAY_ADMIN_URL", "MOCK_GATEWAY_ADMIN_TOKEN"].map(|name| {
            let line = greeting
                .lines()
                .find_map(|line| line.trim().strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='));
            (name, line.unwrap_or_else(|| panic!("{name} in {greeting}")).to_owned())
        })
    }

    pub(crate) fn scan(&self, path: &str, key: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the gateway listens");
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("the gateway reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Asks for a path of 4,000 letters so many times, and reads every answer.
    pub(crate) fn ask(&self, times: usize) {
        let path = "x".repeat(4_000);
        for _ in 0..times {
            let mut stream = TcpStream::connect(&self.address).expect("the gateway listens");
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            write!(stream, "GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("the gateway reads");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer, whoever reads stderr or the journal");
            assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Sends SIGTERM and waits, reading nothing: exit code and how long it took.
    pub(crate) fn terminate(&mut self) -> (Option<i32>, Duration) {
        let told = Instant::now();
        self.signal("-TERM");
        while told.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return (status.code(), told.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("still running {PATIENCE:?} after SIGTERM");
    }

    /// Reads stderr from now on.
    pub(crate) fn stderr(&mut self) -> JoinHandle<String> {
        let stderr = self.child.stderr.take().expect("stderr is piped");
        std::thread::spawn(|| std::io::read_to_string(stderr).expect("stderr in UTF-8"))
    }

    /// Sends a signal and waits: exit code, the rest of stdout, stderr.
    pub(crate) fn stop(mut self, signal: &str) -> (Option<i32>, String, String) {
        let stderr = self.stderr();
        self.signal(signal);
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("stdout in UTF-8");
        (self.child.wait().expect("an end").code(), stdout, stderr.join().expect("a reader"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind; one that passed has seen the end already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
