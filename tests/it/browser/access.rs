//! Whether everybody can use the pages: axe-core finds nothing, nothing is wider than a phone,
//! and the keyboard is enough.

use std::path::Path;
use std::process::Command;

use portner::call::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::driver::{Browser, PHONE, WIDE, Window};
use super::language::strangers;
use super::{logged_in, overflows};
use crate::oidc::Provider;
use crate::recording::{Recordings, address_of, left_a_message};
use crate::second_factor::code;
use crate::support::{PUBLIC_URL, TestApp, first_account};

const AXE: &str = "tests/axe/node_modules/axe-core/axe.min.js";
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// What axe-core finds on the page, and what is not in its language, in a line each.
pub(super) async fn violations(browser: &Browser) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
    let axe = std::fs::read_to_string(path).expect("axe-core is there: tests/run installs it");
    let script = format!(
        "{axe}; return axe.run({{runOnly: arguments[0], rules: {{'landmark-unique': {{enabled: true}}}}}});"
    );
    browser.until_shown().await;
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
    let found = found["violations"].as_array().into_iter().flatten().map(of);
    found.chain(strangers(browser).await).collect()
}

async fn look_at_every_page(window: Window) {
    let provider = Recordings::start().await;
    let app = TestApp::start_with_provider(&provider.address).await;
    app.call(
        "1",
        &[("CallerName", "<b>Per</b>")],
        &[
            "Vi sælger mobilabonnement",
            "til den IT-ansvarlige",
            "til alle",
            "Mikkel fra mobilabonnement direkte",
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
    for (call, from) in [("3", "+4540112234"), ("4", "+4540112235")] {
        let opening = "Goddag, jeg ringer fra Nordlys Energi om jeres aftale på strøm";
        app.call(call, &[("From", from)], &[opening]).await;
    }
    let mark = app.api(reqwest::Method::POST, &format!("/calls/{id}/mark"));
    mark.form(&[("judged", "connect")]).send().await.unwrap();
    let left = left_a_message(&app, "5", &address_of("RE00000000000000000000000000000001")).await;
    let left = format!("/calls/{left}");
    let put = json!({"note": "Lone"});
    app.api(reqwest::Method::PUT, "/api/v1/lists/allow/+4540112233")
        .json(&put)
        .send()
        .await
        .unwrap();
    let story = format!("/calls/{id}");
    let proposals = format!("/calls/{id}/proposals");
    let paths = [
        "/",
        "/calls",
        "/calls?from=2026-03-01",
        "/calls?text=nothing+like+that",
        &story,
        &proposals,
        &left,
        "/lists/allow",
        "/lists/block",
        "/statistics?days=7",
        "/statistics?days=90",
        "/rules",
        "/rules/file?path=test.toml",
        "/try",
        "/settings",
        "/access",
        "/nothing/here",
        "/login",
    ];
    all_are_well(&browser, |path| app.url(path), &paths).await;
    browser.close().await;
}

/// As narrow as telephones are, with names as long as callers have them.
#[tokio::test]
async fn filters_and_tables_fit_on_a_small_phone() {
    let app = TestApp::start().await;
    for (call, from) in [("1", "+4540112234"), ("2", "+4540112235")] {
        let opening = "Goddag, jeg ringer fra Kontorgrossisten om jeres indkøbsaftale på papir";
        app.call(call, &[("From", from)], &[opening]).await;
    }
    let small = Window {
        width: 320,
        ..PHONE
    };
    let browser = logged_in(&app, small).await;
    for path in ["/calls?trials=no", "/statistics?days=7", "/lists/block"] {
        browser.go(&app.url(path)).await;
        assert!(!overflows(&browser).await, "{path}");
    }
    browser.close().await;
}

/// That axe-core finds nothing on any of these pages, and none is wider than the window.
pub(super) async fn all_are_well(
    browser: &Browser,
    address: impl Fn(&str) -> String,
    paths: &[&str],
) {
    let mut bad = Vec::new();
    for path in paths {
        browser.go(&address(path)).await;
        let found = violations(browser).await.into_iter();
        bad.extend(found.map(|found| format!("{path}: {found}")));
        if overflows(browser).await {
            bad.push(format!("{path}: wider than the window"));
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[tokio::test]
async fn axe_finds_nothing_on_a_wide_screen_in_english() {
    look_at_every_page(WIDE).await;
}

#[tokio::test]
async fn axe_finds_nothing_on_a_dark_phone_in_danish() {
    look_at_every_page(PHONE).await;
}

/// A telephone reads the picture, and nothing but the keyboard sets the code up and logs in by it.
#[tokio::test]
async fn a_code_is_set_up_and_shown_by_keyboard() {
    for window in [WIDE, PHONE] {
        let app = TestApp::start().await;
        let cookie = first_account(&app, "anne", "hest og vogn").await;
        let browser = Browser::open(window).await;
        browser.go(&app.url("/login")).await;
        let (name, value) = cookie.split_once('=').unwrap();
        browser
            .run(
                "document.cookie = arguments[0]",
                json!([format!("{name}={value}; path=/")]),
            )
            .await;
        let mut bad = Vec::new();
        let look = async |bad: &mut Vec<String>, place: &str| {
            bad.extend(
                violations(&browser)
                    .await
                    .into_iter()
                    .map(|found| format!("{place}: {found}")),
            );
            if overflows(&browser).await {
                bad.push(format!("{place}: wider than the window"));
            }
        };
        browser.go(&app.url("/access")).await;
        look(&mut bad, "off").await;
        browser
            .write("#begin-password", "hest og vogn\u{e007}")
            .await;
        browser.until("return document.querySelector('.qr')").await;
        let below = "const [first, then] = [...document.querySelectorAll('ol.steps > li')]
             .map((step) => step.getBoundingClientRect());
             return then.top >= first.bottom";
        assert_eq!(browser.run(below, json!([])).await, true);
        look(&mut bad, "to be confirmed").await;
        let secret = browser.text(".secret").await.replace(' ', "");
        let picture = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(picture.path(), browser.picture(".qr").await).unwrap();
        let read = Command::new("zbarimg")
            .args(["--quiet", "--raw"])
            .arg(picture.path())
            .output()
            .expect("zbarimg is there: tests/run installs zbar-tools");
        let read = String::from_utf8(read.stdout).unwrap();
        assert_eq!(
            read.trim(),
            format!("otpauth://totp/Portner:anne?secret={secret}&issuer=Portner")
        );
        for key in code(&secret, app.clock.now()).chars() {
            browser.press(&[&key.to_string()]).await;
        }
        browser.press(&["\u{e007}"]).await;
        browser
            .until("return document.querySelectorAll('.recovery li').length === 10")
            .await;
        look(&mut bad, "recovery codes").await;
        browser.go(&app.url("/access")).await;
        look(&mut bad, "on").await;
        browser
            .run(
                "document.querySelector('form[action=\"/logout\"]').submit()",
                json!([]),
            )
            .await;
        browser
            .until("return location.pathname === '/login' && document.getElementById('password')")
            .await;
        walk_to(&browser, "#name").await;
        type_in(&browser, "anne").await;
        walk_to(&browser, "#password").await;
        type_in(&browser, "hest og vogn").await;
        browser.press(&[ENTER]).await;
        browser
            .until("return document.activeElement.id === 'code'")
            .await;
        look(&mut bad, "asked").await;
        browser.press(&["1", "2", "3", "\u{e007}"]).await;
        browser
            .until("return document.querySelector('[role=alert]')")
            .await;
        look(&mut bad, "wrong").await;
        app.clock.advance(jiff::SignedDuration::from_secs(30));
        walk_to(&browser, "#code").await;
        type_in(&browser, &code(&secret, app.clock.now())).await;
        browser.press(&[ENTER]).await;
        browser
            .until("return location.pathname === '/' && !!document.getElementById('now')")
            .await;
        assert!(bad.is_empty(), "\n{}", bad.join("\n"));
        browser.close().await;
    }
}

/// The way there and back ends at the desk, although the cookie of a session does not go along with
/// a way that began at another site.
#[tokio::test]
async fn the_way_through_a_provider_ends_at_the_desk() {
    let provider = Provider::start();
    let app = TestApp::start_set_up(&provider.settings()).await;
    let now = SystemClock.now();
    app.clock.advance(now.duration_since(app.clock.now()));
    let here = format!(
        "--host-resolver-rules=MAP portner.test 127.0.0.1:{}",
        app.address.port()
    );
    for window in [WIDE, PHONE] {
        let options = [here.as_str(), "--disable-features=HttpsUpgrades"];
        let browser = Browser::open_with(window, &options).await;
        browser.go(&format!("{PUBLIC_URL}/login")).await;
        assert_eq!(violations(&browser).await, Vec::<String>::new());
        browser.click(".through a").await;
        browser
            .until("return location.pathname === '/' && !!document.getElementById('now')")
            .await;
        browser.go(&format!("{PUBLIC_URL}/access")).await;
        assert!(
            browser
                .text("h1 + span")
                .await
                .contains("per@toppdesign.dk")
        );
        browser
            .go(&format!("{PUBLIC_URL}/login/provider/done?code=x&state=y"))
            .await;
        browser
            .until("return document.querySelector('[role=alert]')")
            .await;
        assert_eq!(violations(&browser).await, Vec::<String>::new());
        assert!(!overflows(&browser).await);
        browser.close().await;
    }
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej, det er Anne"]).await;
    app.call("2", &[("From", "+4540112233")], &["Hej, det er Lone"])
        .await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/calls")).await;
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
    // Whoever speaks to the browser switches the letters off.
    browser.go(&app.url("/calls")).await;
    browser.click("#keys").await;
    browser.go(&app.url("/calls")).await;
    browser.press(&["j"]).await;
    assert_eq!(browser.run(focused, json!([])).await, "");
    browser.close().await;
}

const TAB: &str = "\u{e004}";
pub(super) const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

/// Walks on with the tabulator until the focus is on this, and nothing else gives it.
pub(super) async fn walk_to(browser: &Browser, css: &str) {
    let is_there = "return document.activeElement.matches(arguments[0])";
    for _ in 0..120 {
        if browser.run(is_there, json!([css])).await == json!(true) {
            let seen = "const own = document.activeElement.getBoundingClientRect();
                 return own.bottom > 0 && own.top < innerHeight";
            assert_eq!(
                browser.run(seen, json!([])).await,
                true,
                "{css} is in sight"
            );
            return;
        }
        browser.press(&[TAB]).await;
    }
    panic!("no tabulator leads to {css}");
}

pub(super) async fn type_in(browser: &Browser, text: &str) {
    for key in text.chars() {
        browser.press(&[&key.to_string()]).await;
    }
}

/// Walking through a campaign, marking, listing and erasing with nothing but keys.
#[tokio::test]
async fn the_keyboard_is_enough_on_the_story_and_the_campaign() {
    let app = TestApp::start().await;
    let opening = "Goddag, jeg ringer fra Nordlys Energi om jeres aftale på strøm til erhverv";
    for number in 0..22 {
        let from = format!("+45401122{number:02}");
        app.clock.advance(jiff::SignedDuration::from_secs(60));
        let call = number.to_string();
        app.call(&call, &[("From", &from)], &[opening]).await;
        let over = [("CallStatus", "completed"), ("From", &*from)];
        app.hook(&call, "status", &over).await;
    }
    let browser = logged_in(&app, WIDE).await;
    let campaign = app.service.campaigns().all().remove(0);
    browser
        .go(&app.url(&format!("/calls?campaign={}", campaign.id)))
        .await;
    walk_to(&browser, "a[rel=next]").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return location.search.includes('before=') && document.querySelectorAll('.log li').length === 2")
        .await;
    walk_to(&browser, ".log li a").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return !!document.querySelector('.talk')")
        .await;
    let has_verdict = "return !!document.querySelector('form[action$=\"/mark\"]')";
    if browser.run(has_verdict, json!([])).await == json!(true) {
        walk_to(&browser, "button[name=judged][value=right]").await;
        browser.press(&[ENTER]).await;
        browser
            .until("return document.querySelector('.marked')")
            .await;
    }
    walk_to(&browser, "button[name=list][value=allow]").await;
    browser.press(&[SPACE]).await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert_eq!(app.store.counts().await.unwrap().entries, 1);
    walk_to(&browser, "details.erase summary").await;
    browser.press(&[ENTER]).await;
    walk_to(&browser, "input[name=sure]").await;
    browser.press(&[SPACE]).await;
    walk_to(&browser, "details.erase button").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return !document.querySelector('.talk')")
        .await;
    assert_eq!(app.calls().await.len(), 21);
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}
