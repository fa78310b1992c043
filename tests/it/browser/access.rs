//! Whether everybody can use the pages: axe-core finds nothing, nothing is wider than a phone,
//! and the keyboard is enough.

use std::path::Path;

use serde_json::{Value, json};

use super::driver::{Browser, PHONE, WIDE, Window};
use super::{logged_in, overflows};
use crate::support::TestApp;

const AXE: &str = "tests/axe/node_modules/axe-core/axe.min.js";
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// What axe-core finds on the page, in a line each.
pub(super) async fn violations(browser: &Browser) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
    let axe = std::fs::read_to_string(path).expect("axe-core is there: tests/run installs it");
    let script = format!("{axe}; return axe.run({{runOnly: arguments[0]}});");
    let found = browser.run(&script, json!([RULES])).await;
    let looked = found["passes"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    assert!(looked, "axe-core did not look: {found}");
    let of = |violation: &Value| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let places: Vec<String> = nodes
            .map(|node| format!("{} {}", node["target"], node["failureSummary"]))
            .collect();
        format!("{}: {}", violation["id"], places.join(" | "))
    };
    found["violations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(of)
        .collect()
}

async fn look_at_every_page(window: Window) {
    let app = TestApp::start().await;
    app.call(
        "1",
        &[("CallerName", "<b>Per</b>")],
        &[
            "Vi sælger mobilabonnement",
            "til den IT-ansvarlige",
            "til alle",
        ],
    )
    .await;
    app.call("2", &[("From", "+4540112233")], &["Hej, det er Lone"])
        .await;
    let browser = logged_in(&app, window).await;
    let id = app
        .calls()
        .await
        .into_iter()
        .find(|call| call.verdict.is_some())
        .unwrap()
        .id;
    let put = json!({"note": "Lone"});
    app.api(reqwest::Method::PUT, "/api/v1/lists/allow/+4540112233")
        .json(&put)
        .send()
        .await
        .unwrap();
    let story = format!("/calls/{id}");
    let mut bad = Vec::new();
    for path in [
        "/",
        "/calls",
        "/calls?from=2026-03-01",
        &story,
        "/lists/allow",
        "/lists/block",
        "/statistics",
        "/rules",
        "/rules/file?path=test.toml",
        "/try",
        "/settings",
        "/access",
        "/nothing/here",
        "/login",
    ] {
        browser.go(&app.url(path)).await;
        if path != "/nothing/here" {
            bad.extend(
                violations(&browser)
                    .await
                    .into_iter()
                    .map(|found| format!("{path}: {found}")),
            );
        }
        if overflows(&browser).await {
            bad.push(format!("{path}: wider than the window"));
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
    browser.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_on_a_wide_screen_in_english() {
    look_at_every_page(WIDE).await;
}

#[tokio::test]
async fn axe_finds_nothing_on_a_dark_phone_in_danish() {
    look_at_every_page(PHONE).await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej, det er Anne"]).await;
    app.call("2", &[("From", "+4540112233")], &["Hej, det er Lone"])
        .await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/calls")).await;
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    browser.press(&[TAB]).await;
    assert_eq!(
        browser
            .run("return document.activeElement.className", json!([]))
            .await,
        "skip"
    );
    browser.press(&["j", "j", "k"]).await;
    let focused = "return document.activeElement.closest('li')?.id ?? ''";
    let first = browser
        .run("return document.querySelector('.log li').id", json!([]))
        .await;
    assert_eq!(browser.run(focused, json!([])).await, first);
    browser.press(&[ENTER]).await;
    browser
        .until(
            "return location.pathname.startsWith('/calls/') && !!document.querySelector('.talk')",
        )
        .await;
    browser.go(&app.url("/calls")).await;
    browser.press(&["/", "L", "o", "n", "e", ENTER]).await;
    browser
        .until("return location.search.includes('text=Lone')")
        .await;
    assert_eq!(
        browser
            .run(
                "return document.querySelectorAll('.log li').length",
                json!([])
            )
            .await,
        1
    );
    browser.close().await;
}
