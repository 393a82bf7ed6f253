//! Chromium under its driver: found, started, and closed again whatever a test does. Never a test.

use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use libtest_mimic::Failed;
use serde_json::json;

/// What a test does with a browser.
pub(crate) type Play = Box<dyn FnOnce(Client) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// A test of a browser in which nothing is open yet.
pub(crate) fn play<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Client) -> F + Send + 'static) -> Play {
    Box::new(|client| Box::pin(test(client)))
}

/// How long a whole test may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A name that the browser takes for this machine, as an attacker's name server would make it.
pub(crate) const REBOUND: &str = "rebound.example";

/// The eyes that look at a page.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    Light,
    Dark,
    /// As on a small telephone.
    Narrow,
}

/// The command that this machine lacks.
pub(crate) fn missing() -> Option<String> {
    let is_missing = |command: &str| {
        Command::new(command).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
    };
    ["chromium", "chromedriver"].into_iter().find(|command| is_missing(command)).map(str::to_owned)
}

/// The running driver; it ends with this.
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // What it says later is read by nobody, but must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port: port.expect("chromedriver says its port") }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Runs a test in a browser of its own, and closes that however it ends.
pub(crate) fn run(driver: &str, look: Look, play: Play) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = open(driver, look).await;
        let played = tokio::time::timeout(PATIENCE, tokio::spawn(play(client.clone()))).await;
        _ = client.close().await;
        match played {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panicked)) => Err(Failed::from(message(panicked))),
            Err(_) => Err(Failed::from(format!("not done after {PATIENCE:?}"))),
        }
    })
}

fn message(panicked: tokio::task::JoinError) -> String {
    let panic = panicked.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

async fn open(driver: &str, look: Look) -> Client {
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,840",
            "--no-proxy-server", format!("--host-resolver-rules=MAP {REBOUND} 127.0.0.1"),
            // 0 is dark, 1 is light.
            format!("--blink-settings=preferredColorScheme={}", u8::from(!matches!(look, Look::Dark))),
        ],
    });
    if let Look::Narrow = look {
        let metrics = json!({ "width": 320, "height": 640, "pixelRatio": 2.0, "mobile": true, "touch": false });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    let mut capabilities = serde_json::Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities).connect(driver).await.unwrap_or_else(|error| panic!("no browser: {error}"))
}
