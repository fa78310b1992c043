//! What happens on the pages without leaving them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{PHONE, WIDE};
use super::{logged_in, until_live};
use crate::support::{TestApp, next_step};

#[tokio::test]
async fn a_call_appears_where_the_browser_takes_no_notification_from_a_page() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, PHONE).await;
    until_live(&browser).await;
    // As Chrome does it on Android.
    browser
        .run(
            "window.Notification = class { constructor() { throw new TypeError('Illegal constructor') } };
             document.getElementById('tell-me').checked = true",
            json!([]),
        )
        .await;
    app.call("1", &[], &["hej"]).await;
    browser
        .until("return document.querySelector('#now article .them')")
        .await;
    let is_gone = "return document.getElementById('tell-me').closest('label').hidden";
    assert_eq!(browser.run(is_gone, json!([])).await, json!(true));
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
    browser.close().await;
}

#[tokio::test]
async fn a_call_arrives_word_by_word_without_reload_and_markup_is_text() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, PHONE).await;
    until_live(&browser).await;
    browser
        .run(
            "window.same = true; window.alert = () => { window.fooled = true }",
            json!([]),
        )
        .await;
    let name = "<img src=x onerror=alert(1)>";
    let document = app.call("1", &[("CallerName", name)], &[]).await;
    browser
        .until("return document.querySelectorAll('#now article').length === 1")
        .await;
    assert!(browser.text("#now h2").await.contains(name));
    let step = next_step(&document).unwrap();
    let said = "<script>alert(2)</script> vi sælger <b>mobilabonnement</b>";
    app.hook("1", &step, &[("SpeechResult", said), ("Confidence", "0.9")])
        .await;
    browser
        .until("return document.querySelector('#now .them')")
        .await;
    assert!(browser.text("#now .them").await.contains(said));
    assert!(!browser.text("#now .sums").await.is_empty());
    browser.click("#now button[value=refuse]").await;
    browser
        .until("return document.querySelector('#now article').classList.contains('reject')")
        .await;
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    browser
        .until("return document.querySelector('#now article').classList.contains('over-now')")
        .await;
    browser
        .until("return document.getElementById('today').innerText.includes('1 opkald')")
        .await;
    // What is over stands among the latest calls, as text here too.
    browser
        .until("return document.querySelector('#latest .log li')?.offsetWidth > 0")
        .await;
    assert!(browser.text("#latest h3").await.contains(name));
    let way = "return document.querySelector('#latest h3 a').pathname";
    let id = app.calls().await[0].id;
    assert_eq!(
        browser.run(way, json!([])).await,
        json!(format!("/calls/{id}"))
    );
    assert_eq!(
        browser
            .run("return [window.same, window.fooled ?? false]", json!([]))
            .await,
        json!([true, false])
    );
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

/// How long after the webhook's answer a call stands in an open page, in milliseconds, the least first.
pub async fn lateness(app: &TestApp) -> Vec<f64> {
    const ROUNDS: usize = 21;
    let browser = logged_in(app, WIDE).await;
    until_live(&browser).await;
    // The page's own clock says when words came, this one says how far the two are apart.
    browser
        .run(
            "const now = document.getElementById('now');
         window.came = 0;
         let known = 0;
         new MutationObserver(() => {
             const count = now.querySelectorAll('article').length;
             if (count === known) return;
             known = count;
             window.came = performance.now();
         }).observe(now, {childList: true})",
            json!([]),
        )
        .await;
    let mut late = Vec::new();
    for round in 0..ROUNDS {
        let before = Instant::now();
        let page_now = browser
            .run("return performance.now()", json!([]))
            .await
            .as_f64()
            .unwrap();
        // Half the round trip is how old the page's answer is.
        let offset = before.elapsed().as_secs_f64() * 500.0;
        let zero = Instant::now();
        app.hook(&(900 + round).to_string(), "voice", &[])
            .await
            .text()
            .await
            .unwrap();
        let answered = zero.elapsed().as_secs_f64() * 1_000.0;
        let count = format!(
            "return document.querySelectorAll('#now article').length === {}",
            round + 1
        );
        browser.until(&count).await;
        let came = browser
            .run("return window.came", json!([]))
            .await
            .as_f64()
            .unwrap();
        late.push(came - (page_now + offset) - answered);
    }
    browser.close().await;
    late.sort_by(f64::total_cmp);
    late
}

/// What has come late at the median.
pub fn median(late: &[f64]) -> f64 {
    late[late.len() / 2]
}

#[tokio::test]
async fn live_words_stand_in_the_page_soon_after_the_webhook_is_answered() {
    let app = TestApp::start().await;
    let late = lateness(&app).await;
    assert!(median(&late) < 100.0, "{late:?}");
}

#[tokio::test]
async fn a_new_call_is_heard_where_somebody_wants_that_and_the_browser_keeps_it() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    let rung = "return Number(document.getElementById('ring-me').dataset.rung ?? 0)";
    until_live(&browser).await;
    app.hook("1", "voice", &[]).await;
    browser
        .until("return document.querySelectorAll('#now article').length === 1")
        .await;
    assert_eq!(browser.run(rung, json!([])).await, json!(0), "off at first");
    browser.click("#ring-me").await;
    assert_eq!(
        browser.run(rung, json!([])).await,
        json!(1),
        "how it sounds"
    );
    browser.go(&app.url("/")).await;
    until_live(&browser).await;
    app.hook("2", "voice", &[]).await;
    browser
        .until("return document.querySelectorAll('#now article').length === 2")
        .await;
    assert_eq!(
        browser.run(rung, json!([])).await,
        json!(1),
        "once for the new call"
    );
    browser.click("#ring-me").await;
    app.hook("3", "voice", &[]).await;
    browser
        .until("return document.querySelectorAll('#now article').length === 3")
        .await;
    assert_eq!(browser.run(rung, json!([])).await, json!(1), "off again");
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn rules_are_checked_while_they_are_typed_and_a_conflict_is_shown() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/rules/file?path=test.toml")).await;
    browser
        .until("return document.getElementById('verdict').innerText.length > 0")
        .await;
    browser.write("#text", "\npoints = oops\n").await;
    browser
        .until("return document.querySelector('#paint .wavy.error')")
        .await;
    // What was refused is not saved, although it is what the page began with.
    browser.click("#editor button.main").await;
    browser
        .until("return document.querySelector('.note.trouble') && document.getElementById('verdict').innerText.includes('Not saved')")
        .await;
    let leaves = "const leaving = new Event('beforeunload', {cancelable: true});
         window.dispatchEvent(leaving);
         return !leaving.defaultPrevented";
    assert_eq!(browser.run(leaves, json!([])).await, json!(false));
    browser.run(
        "const text = document.getElementById('text'); text.value = text.value.replace('points = oops', '# mine');
         text.dispatchEvent(new Event('input'))",
        json!([]),
    )
    .await;
    browser.until("return !document.querySelector('#verdict.wrong') && !document.querySelector('#paint .error')").await;
    browser.write("#said", "køb et mobilabonnement").await;
    browser.click("#try-form button").await;
    browser
        .until("return document.getElementById('tried').innerText.includes('Sells subscriptions')")
        .await;
    let path = app.rules.path().join("test.toml");
    let by_hand = format!("{}# by hand\n", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &by_hand).unwrap();
    browser.click("#editor button.main").await;
    browser
        .until(
            "return document.querySelector('.note.trouble')?.innerText.includes('changed on disk')",
        )
        .await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), by_hand);
    browser.click("#editor button.main").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    let saved = std::fs::read_to_string(&path).unwrap();
    assert!(
        saved.contains("# mine") && !saved.contains("# by hand"),
        "{saved}"
    );
    browser.close().await;
}

#[tokio::test]
async fn a_dropped_file_is_taken_and_each_refused_row_named() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/lists/wanted")).await;
    browser.run(
        "const data = new DataTransfer();
         data.items.add(new File(['number,note\\n+4540112233,<b>Lone</b>\\nbanana,Per\\n'], 'kunder.csv'));
         document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))",
        json!([]),
    )
    .await;
    browser
        .until("return document.querySelector('#report .rows')")
        .await;
    let report = browser.text("#report").await;
    assert!(
        report.contains("1 taken") && report.contains("Row 3") && report.contains("banana"),
        "{report}"
    );
    browser.click("#report a").await;
    browser
        .until("return document.querySelector('.entries')?.innerText.includes('<b>Lone</b>')")
        .await;
    browser.click(".entries form button").await;
    browser
        .until("return document.querySelector('.note.done button')")
        .await;
    browser.click(".note.done button").await;
    browser
        .until("return document.querySelector('.entries')")
        .await;
    browser.close().await;
}

#[tokio::test]
async fn a_call_is_tried_and_the_log_follows_another() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/try")).await;
    browser.click("main form button.main").await;
    browser
        .until("return document.getElementById('words')")
        .await;
    browser.write("#words", "Vi sælger mobilabonnement").await;
    browser.click(".answer button.main").await;
    browser
        .until("return document.querySelector('.talk .them mark')")
        .await;
    browser.go(&app.url("/calls")).await;
    until_live(&browser).await;
    app.call("7", &[("CallerName", "Anne")], &[]).await;
    browser
        .until("return document.querySelectorAll('.log li').length === 2")
        .await;
    browser
        .until("return document.querySelector('.log li.new')?.innerText.includes('Anne')")
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn a_call_that_is_told_late_stands_where_it_belongs_in_the_log() {
    let app = TestApp::start().await;
    let hours = jiff::SignedDuration::from_hours;
    app.call("1", &[], &["hej"]).await;
    app.clock.advance(hours(2));
    app.call("2", &[], &["hej"]).await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/calls")).await;
    until_live(&browser).await;
    browser.run("window.same = true", json!([])).await;
    // Of a day that is not shown, of between the two, and of now.
    for (call, moves) in [("3", hours(-48)), ("4", hours(47)), ("5", hours(2))] {
        app.clock.advance(moves);
        app.call(call, &[], &["hej"]).await;
    }
    browser
        .until("return document.querySelectorAll('.log li').length === 4")
        .await;
    let rows = "return [window.same, [...document.querySelectorAll('.log li')].map((row) =>
        row.querySelector('time').dateTime)]";
    assert_eq!(
        browser.run(rows, json!([])).await,
        json!([
            true,
            [
                "2026-03-02T12:00:00Z",
                "2026-03-02T11:00:00Z",
                "2026-03-02T10:00:00Z",
                "2026-03-02T09:00:00Z",
            ]
        ])
    );
    browser.close().await;
}

#[tokio::test]
async fn a_call_that_is_over_stays_while_somebody_is_in_it() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    until_live(&browser).await;
    // What takes its time takes a moment here.
    browser
        .run(
            "const later = window.setTimeout; window.setTimeout = (what, ms) => later(what, ms / 100)",
            json!([]),
        )
        .await;
    app.call("1", &[], &[]).await;
    browser
        .until("return document.querySelector('#now article h2 a')")
        .await;
    let focus = "document.querySelector('#now article h2 a').focus()";
    browser.run(focus, json!([])).await;
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    browser
        .until("return document.querySelector('#now article').classList.contains('over-now')")
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let is_there = "return document.activeElement === document.querySelector('#now article h2 a')";
    assert_eq!(browser.run(is_there, json!([])).await, json!(true));
    browser
        .run("document.activeElement.blur()", json!([]))
        .await;
    browser
        .until("return !document.querySelector('#now article')")
        .await;
    browser.close().await;
}
