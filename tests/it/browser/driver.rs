//! As much of WebDriver (W3C, 2018) as the tests of pages need, against Debian's chromium-driver.

use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A browser with a window of its own.
pub struct Browser {
    client: Client,
    session: String,
    driver: Child,
    /// Kept open: a driver that cannot say anything stops.
    _told: Lines<BufReader<ChildStdout>>,
}

/// What the window is like.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    pub language: &'static str,
}

pub const WIDE: Window = Window {
    width: 1360,
    height: 900,
    dark: false,
    language: "en",
};
pub const PHONE: Window = Window {
    width: 390,
    height: 844,
    dark: true,
    language: "da",
};

/// How the name of an element is written in answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long to wait for what a script does.
const PATIENCE: Duration = Duration::from_secs(30);

impl Browser {
    pub async fn open(window: Window) -> Self {
        Self::open_with(window, &[]).await
    }

    /// With these options of Chromium's beside.
    pub async fn open_with(window: Window, more: &[&str]) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: tests/run installs Debian's chromium-driver");
        let mut told = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = told
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver tells its port");
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let mut browser = Self {
            client,
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            _told: told,
        };
        let size = format!("--window-size={},{}", window.width, window.height);
        let language = format!("--lang={}", window.language);
        let mut options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size, language],
            "prefs": {"intl.accept_languages": window.language},
        });
        for option in more {
            options["args"].as_array_mut().unwrap().push(json!(option));
        }
        if window.width < 500 {
            let metrics = json!({"width": window.width, "height": window.height, "pixelRatio": 2, "touch": true});
            options["mobileEmulation"] = json!({"deviceMetrics": metrics});
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}});
        let made = browser.ask(Method::POST, "", wanted).await;
        let id = made["sessionId"].as_str().unwrap();
        browser.session = format!("{}/{id}", browser.session);
        if window.dark {
            let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
            let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": dark});
            browser
                .ask(Method::POST, "/goog/cdp/execute", command)
                .await;
        }
        browser
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self
            .client
            .request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::POST {
            request.json(&body)
        } else {
            request
        };
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(
            answer["value"]["error"].is_null(),
            "{path} {body}: {answer}"
        );
        answer["value"].clone()
    }

    pub async fn go(&self, url: &str) {
        self.ask(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// Runs a script in the page and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.ask(Method::POST, "/execute/sync", body).await
    }

    /// Waits until a script returns something that is true.
    pub async fn until(&self, script: &str) -> Value {
        let began = std::time::Instant::now();
        loop {
            let value = self.run(script, json!([])).await;
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "never: {script}\n{}",
                self.text("body").await
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the page is whole and was shown: what comes before its first picture, Chromium
    /// throws away.
    pub async fn until_shown(&self) {
        self.until(
            "return document.readyState === 'complete' && performance.getEntriesByType('paint').length > 0",
        )
        .await;
    }

    async fn find(&self, css: &str) -> String {
        let body = json!({"using": "css selector", "value": css});
        let found = self.ask(Method::POST, "/element", body).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub async fn click(&self, css: &str) {
        self.until_shown().await;
        let element = self.find(css).await;
        // As a person does, away from what is fixed at the edges.
        let scroll = "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})";
        self.run(scroll, json!([css])).await;
        self.ask(
            Method::POST,
            &format!("/element/{element}/click"),
            json!({}),
        )
        .await;
    }

    /// Types into an element, after what stands in it.
    pub async fn write(&self, css: &str, text: &str) {
        self.until_shown().await;
        let element = self.find(css).await;
        let body = json!({ "text": text });
        self.ask(Method::POST, &format!("/element/{element}/value"), body)
            .await;
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: &[&str]) {
        self.until_shown().await;
        let actions: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                [
                    json!({"type": "keyDown", "value": key}),
                    json!({"type": "keyUp", "value": key}),
                ]
            })
            .collect();
        let body = json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]});
        self.ask(Method::POST, "/actions", body).await;
    }

    /// A picture of an element, as PNG.
    pub async fn picture(&self, css: &str) -> Vec<u8> {
        let element = self.find(css).await;
        let path = format!("/element/{element}/screenshot");
        let taken = self.ask(Method::GET, &path, json!({})).await;
        BASE64_STANDARD.decode(taken.as_str().unwrap()).unwrap()
    }

    /// The words that a person sees in an element.
    pub async fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.run(script, json!([css])).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What the browser complained about since it was asked last.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self
            .ask(Method::POST, "/se/log", json!({"type": "browser"}))
            .await;
        log.as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browsers that it began too, where a test failed before it closed its own.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        // Where there is no such program, the driver at least.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
