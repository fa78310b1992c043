//! A call's page: its message is heard in place.

use serde_json::json;

use super::driver::WIDE;
use super::logged_in;
use crate::recording::{Recordings, address_of, left_a_message};
use crate::support::TestApp;

#[tokio::test]
async fn a_message_is_played_in_place() {
    let provider = Recordings::start().await;
    let app = TestApp::start_with_provider(&provider.address).await;
    let id = left_a_message(&app, "1", &address_of("RE00000000000000000000000000000001")).await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url(&format!("/calls/{id}"))).await;
    // Nothing is asked for before it is played, since what is passed on counts as heard.
    browser
        .until("return document.querySelector('.new-message')?.offsetWidth > 0")
        .await;
    assert!(app.service.unheard().on_lines(|_| true).len() == 1);
    // A page makes no sound before somebody has touched it.
    browser.click("h1").await;
    browser
        .run(
            "const audio = document.querySelector('audio'); audio.muted = true; return audio.play()",
            json!([]),
        )
        .await;
    browser
        .until("const audio = document.querySelector('audio'); return audio.ended && audio.duration > 0.9")
        .await;
    browser
        .until("return document.querySelector('.new-message').offsetWidth === 0 && document.querySelector('[value=no]').offsetWidth > 0")
        .await;
    assert!(app.service.unheard().on_lines(|_| true).is_empty());
    browser
        .run(
            "const audio = document.querySelector('audio'); audio.currentTime = 0.5",
            json!([]),
        )
        .await;
    browser
        .until("return Math.abs(document.querySelector('audio').currentTime - 0.5) < 0.1")
        .await;
    assert!(browser.complaints().await.is_empty());
    let gone = left_a_message(&app, "2", &address_of("RE00000000000000000000000000000009")).await;
    browser.go(&app.url(&format!("/calls/{gone}"))).await;
    browser.click("h1").await;
    browser
        .run(
            "document.querySelector('audio').play().catch(() => {})",
            json!([]),
        )
        .await;
    browser
        .until("return !document.querySelector('.message-left [role=alert]').hidden")
        .await;
    browser.close().await;
}
