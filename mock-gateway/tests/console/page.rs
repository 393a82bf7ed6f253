//! The words in which the tests speak of a console: opened, clicked, typed at, seen. Seeing waits for
//! what must come; nothing here waits for a fixed time.

use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use mock_gateway::{Clock, MockGateway, Scenario, admin};
use serde_json::{Value, json};

use crate::browser::{Play, play};

/// How long what must come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often is looked.
const PACE: Duration = Duration::from_millis(20);

/// A gateway, and the browser that looks at it.
pub(crate) struct Page {
    pub(crate) gateway: MockGateway,
    pub(crate) client: Client,
}

/// A scan that the bundled `default` wants approved.
pub(crate) fn post(body: &Value) -> Value {
    json!({ "tool_name": "slack", "method": "POST", "url": "https://slack.example/api/chat", "body": body })
}

/// A gateway whose clock stands still, with a scenario by its name.
pub(crate) async fn gateway(scenario: &str) -> MockGateway {
    let scenario = Scenario::named(scenario).unwrap_or_else(|error| panic!("{error}"));
    let builder = MockGateway::builder().scenario(scenario).clock(Clock::frozen()).admin(admin::Settings::default());
    builder.start().await.expect("free ports")
}

/// A client that is no browser.
pub(crate) fn http() -> reqwest::Client {
    // Without a provider there is no client, even where nobody speaks TLS; a second one is refused.
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A test of a console that was opened by its link, beside a gateway with a scenario by its name.
pub(crate) fn on<F: Future<Output = ()> + Send + 'static>(scenario: &'static str, test: fn(Page) -> F) -> Play {
    play(async move |client| test(Page::open(client, scenario).await).await)
}

impl Page {
    /// A console that was opened by its link.
    pub(crate) async fn open(client: Client, scenario: &str) -> Self {
        let page = Self { gateway: gateway(scenario).await, client };
        page.goto(&page.link()).await;
        page.sees("#clock .face", "00:00:00").await;
        page
    }

    pub(crate) fn link(&self) -> String {
        self.gateway.admin().expect("an admin API").console_link().expect("random numbers")
    }

    /// An address of the console.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/console{path}", self.gateway.admin().expect("an admin API").url())
    }

    /// Opens an address of the console.
    pub(crate) async fn visit(&self, path: &str) {
        self.goto(&self.at(path)).await;
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What a guard is answered.
    pub(crate) async fn scan(&self, scan: &Value) -> Value {
        self.scan_text(scan.to_string()).await
    }

    /// The approval that a scan asks for.
    pub(crate) async fn asks(&self, scan: &Value) -> String {
        let answer = self.scan(scan).await;
        answer["approval_id"].as_str().unwrap_or_else(|| panic!("an approval in {answer}")).to_owned()
    }

    pub(crate) async fn scan_text(&self, scan: String) -> Value {
        let request = http().post(format!("{}/v1/scan", self.gateway.url())).bearer_auth("iv_test_1").body(scan);
        let answer = request.send().await.expect("an answer").text().await.expect("text");
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    pub(crate) async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until a script says something true, and gives that.
    pub(crate) async fn until(&self, what: &str, script: &str) -> Value {
        self.wait(what, script, vec![]).await
    }

    async fn wait(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        let started = Instant::now();
        loop {
            let said = self.client.execute(script, arguments.clone()).await;
            match said {
                Ok(Value::Null | Value::Bool(false)) => {}
                Ok(said) => return said,
                // A page that is about to change has nothing to say.
                Err(error) if started.elapsed() > PATIENCE => panic!("{what}: {error}"),
                Err(_) => {}
            }
            if started.elapsed() > PATIENCE {
                let text = self.execute("return document.body.innerText").await;
                let text: String = text.as_str().unwrap_or_default().chars().take(4_000).collect();
                panic!("{what} did not come; the page says: {text}");
            }
            tokio::time::sleep(PACE).await;
        }
    }

    /// Waits until something that fits the selector can be seen with this text.
    pub(crate) async fn sees(&self, selector: &str, text: &str) {
        let script = "const [selector, text] = arguments;
            return [...document.querySelectorAll(selector)].some((node) => node.checkVisibility() && node.innerText.includes(text));";
        self.wait(&format!("{text:?} in {selector}"), script, vec![json!(selector), json!(text)]).await;
    }

    /// Waits until nothing that fits the selector can be seen.
    pub(crate) async fn sees_no(&self, selector: &str) {
        let script = "return ![...document.querySelectorAll(arguments[0])].some((node) => node.checkVisibility());";
        self.wait(&format!("the end of {selector}"), script, vec![json!(selector)]).await;
    }

    /// Clicks as a person does: where it can be seen, and nothing lies over it.
    pub(crate) async fn click(&self, selector: &str) {
        let started = Instant::now();
        loop {
            let clicked = match self.client.find(Locator::Css(selector)).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                Err(error) if started.elapsed() > PATIENCE => panic!("cannot click {selector}: {error}"),
                Err(_) => tokio::time::sleep(PACE).await,
            }
        }
    }

    /// Types at whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let typed = async || self.client.active_element().await?.send_keys(keys).await;
        match typed().await {
            // What had the focus gave way to its like before a key came.
            Err(error) if error.is_stale_element_reference() => typed().await,
            done => done,
        }
        .unwrap_or_else(|error| panic!("{keys:?}: {error}"));
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? null";
        let said = self.wait(selector, script, vec![json!(selector)]).await;
        said.as_str().expect("text").to_owned()
    }
}
