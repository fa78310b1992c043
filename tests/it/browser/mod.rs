//! The desk in a real Chromium. Every page, what can be done on it, and what must not happen.

mod access;
mod actions;
mod driver;
mod hostile;
mod language;
pub mod pages;
mod settings;
mod story;

use serde_json::json;

use self::driver::{Browser, Window};
use crate::support::TestApp;

/// A browser that is logged in.
async fn logged_in(app: &TestApp, window: Window) -> Browser {
    let browser = Browser::open(window).await;
    browser.go(&app.url("/login")).await;
    browser.write("#token", &app.token).await;
    browser.click("form button.main").await;
    browser
        .until("return location.pathname === '/' && !!document.getElementById('now')")
        .await;
    browser
}

/// Waits until the page is told of calls as they happen.
async fn until_live(browser: &Browser) {
    browser
        .until("return document.getElementById('state').className === 'live'")
        .await;
}

/// Whether anything is wider than the window.
async fn overflows(browser: &Browser) -> bool {
    let script = "return document.documentElement.scrollWidth > innerWidth + 1";
    browser.run(script, json!([])).await == json!(true)
}
