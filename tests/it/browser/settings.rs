//! The settings and the guide as people use them: typed, conflicting, wrong, on a phone, by
//! keyboard, without script.

use serde_json::json;

use super::access::{ENTER, all_are_well, type_in, violations, walk_to};
use super::driver::{Browser, PHONE, WIDE, Window};
use super::overflows;
use crate::support::living::Living;

const FILE: &str = "\
# Per's settings.
[[line]] # the shop
id = \"shop\"
number = \"+4570101010\"

[line.profile] # who I am
trade = \"webdesign\"

[line.profile.company]
name = \"Topp Design\"

# My mobile.
[[line.destination]]
number = \"+4520111111\"

[[line.destination]]
client = \"owner\"

[[line.profile.known_customers]]
name = \"Blomsterhjørnet\"
people = [\"Lone\"]
";

async fn open(app: &Living, window: Window) -> Browser {
    let browser = Browser::open(window).await;
    browser.go(&app.url("/login")).await;
    browser.write("#token", &app.token).await;
    browser.click("form button.main").await;
    browser.until("return location.pathname === '/'").await;
    browser
}

/// Types into a field in place of what stands in it.
async fn fill(browser: &Browser, name: &str, text: &str) {
    let css = format!("[name=\"{name}\"]");
    browser
        .run(
            "document.querySelector(arguments[0]).value = ''",
            json!([css]),
        )
        .await;
    browser.write(&css, text).await;
}

#[tokio::test]
async fn a_profile_field_is_typed_and_the_next_call_knows_it() {
    let app = Living::start(Some(FILE)).await;
    let browser = open(&app, WIDE).await;
    browser.go(&app.url("/settings")).await;
    browser.click("a[href$='/line/shop/profile']").await;
    browser
        .until("return !!document.querySelector('form.settings')")
        .await;
    fill(&browser, "profile.company.name", "Nordlys Tømrer").await;
    fill(
        &browser,
        "profile.known_customers[1].name",
        "Café <b>Mokka</b>",
    )
    .await;
    browser.click(".save button.main").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    let text = app.text();
    for line in [
        "# Per's settings.",
        "[[line]] # the shop",
        "[line.profile] # who I am",
        "name = \"Nordlys Tømrer\"",
        "# My mobile.",
        "name = \"Café <b>Mokka</b>\"",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} not in {text}");
    }
    app.until(|policies| policies.lines()[0].line.profile.company.name == "Nordlys Tømrer")
        .await;
    let call = app.call("1", "+4570101010", &["hej"]).await;
    assert!(format!("{:?}", call.timeline).contains("Nordlys Tømrer"));
    browser.go(&app.url("/settings/line/shop/profile")).await;
    let shown = "return document.querySelector('[name=\"profile.known_customers[1].name\"]').value";
    assert_eq!(browser.run(shown, json!([])).await, "Café <b>Mokka</b>");
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_a_conflict_shows_both() {
    let app = Living::start(Some(FILE)).await;
    let browser = open(&app, PHONE).await;
    browser.go(&app.url("/settings/line/shop/ringing")).await;
    fill(&browser, "destination[0].to", "70 10 10 10").await;
    // The keyboard alone: Enter in a field saves and moves no row.
    browser.press(&["\u{e007}"]).await;
    browser
        .until("return document.querySelector('[aria-invalid=true]')")
        .await;
    let at_field = "const bad = document.querySelector('[name=\"destination[0].to\"]');
         return bad.getAttribute('aria-invalid') + ' ' + document.getElementById(bad.getAttribute('aria-describedby').split(' ')[0]).innerText";
    let said = browser.run(at_field, json!([])).await;
    assert!(
        said.as_str().unwrap().starts_with("true ") && said.as_str().unwrap().contains("uden ende"),
        "{said}"
    );
    let bad = violations(&browser).await;
    assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
    assert_eq!(app.text(), FILE);
    fill(&browser, "destination[0].to", "20 11 11 12").await;
    let by_hand = FILE.replace("+4520111111", "+4520111113");
    std::fs::write(&app.file, &by_hand).unwrap();
    browser.click(".save button.main").await;
    browser
        .until("return document.querySelector('.changed')?.innerText.includes('+4520111113')")
        .await;
    assert_eq!(app.text(), by_hand);
    let bad = violations(&browser).await;
    assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
    browser.click(".save button.main").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert_eq!(app.text(), FILE.replace("+4520111111", "+4520111112"));
    browser.close().await;
}

#[tokio::test]
async fn the_guide_goes_from_the_first_question_to_a_test_call() {
    let app = Living::start(None).await;
    let browser = open(&app, PHONE).await;
    browser.click("a[href='/guide']").await;
    for (at, fields) in [
        (
            1,
            &[
                ("profile.owner.name", "Anne Holm"),
                ("profile.company.name", "Holms Blomster"),
            ][..],
        ),
        (
            2,
            &[
                ("profile.trade", "blomster"),
                ("profile.services", "buketter\nkranse"),
            ],
        ),
        (3, &[("number", "70 10 10 30")]),
        (4, &[("destination[0].to", "20 11 11 12")]),
        (5, &[]),
    ] {
        browser
            .until(&format!("return location.pathname === '/guide/{at}'"))
            .await;
        let bad = violations(&browser).await;
        assert!(
            bad.is_empty() && !overflows(&browser).await,
            "{at}: {bad:?}"
        );
        let in_line = "const left = (css) => {
                 const range = document.createRange();
                 range.selectNodeContents(document.querySelector(css));
                 return range.getBoundingClientRect().left;
             };
             return Math.abs(left('.how-far') - left('h1')) < 2";
        assert_eq!(browser.run(in_line, json!([])).await, true, "{at}");
        for (name, text) in fields {
            fill(&browser, name, text).await;
        }
        browser.click("main form.card button.main").await;
    }
    browser
        .until("return location.pathname === '/guide/done'")
        .await;
    app.until(|policies| policies.lines()[0].line.id.0 == "holms-blomster")
        .await;
    browser
        .go(&app.url("/guide/done?line=holms-blomster"))
        .await;
    let bad = violations(&browser).await;
    assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
    browser.click("main form button.main").await;
    browser.until("return location.pathname.startsWith('/try/') && document.querySelector('.talk')?.innerText.includes('Holms Blomster')").await;
    browser
        .write("#words", "Hej, jeg vil gerne bestille en buket")
        .await;
    browser.click(".answer button.main").await;
    browser
        .until("return document.querySelector('.talk .them')")
        .await;
    assert!(app.text().contains("mode = \"listen\""), "{}", app.text());
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn a_text_is_heard_before_it_is_kept() {
    let app = Living::start(Some(FILE)).await;
    let browser = open(&app, WIDE).await;
    browser
        .go(&app.url("/settings/line/shop/wordings?spoken=en"))
        .await;
    browser
        .run("window.said = []; speechSynthesis.speak = (speech) => said.push([speech.lang, speech.text])", json!([]))
        .await;
    browser
        .write("[name='wordings.en.goodbye']", "Bye from {company}.")
        .await;
    browser.click("[data-hear='wordings.en.goodbye']").await;
    browser.until("return said.length === 1").await;
    browser.click("[data-hear='wordings.en.connecting']").await;
    browser.until("return said.length === 2").await;
    let said = browser.run("return said", json!([])).await;
    assert_eq!(said[0], json!(["en-GB", "Bye from Topp Design."]));
    assert_eq!(
        said[1][1],
        "Thank you. I am putting you through. Stay on the line."
    );
    assert_eq!(app.text(), FILE);
    browser.click(".save button.main").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert!(app.text().contains("goodbye = \"Bye from {company}.\""));
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

async fn look_at_every_page(window: Window) {
    let app = Living::start(Some(FILE)).await;
    let browser = open(&app, window).await;
    let paths = [
        "/settings",
        "/settings/general",
        "/settings/provider",
        "/settings/provider?look=1",
        "/settings/health",
        "/settings/keys",
        "/settings/file",
        "/settings/line/shop",
        "/settings/line/shop/profile",
        "/settings/line/shop/ringing",
        "/settings/line/shop/wordings",
        "/guide/5",
        "/guide/done?line=shop",
        "/try?to=%2B4570101010",
    ];
    all_are_well(&browser, |path| app.url(path), &paths).await;
    browser.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_in_the_settings_on_a_wide_screen() {
    look_at_every_page(WIDE).await;
}

#[tokio::test]
async fn axe_finds_nothing_in_the_settings_on_a_dark_phone() {
    look_at_every_page(PHONE).await;
}

#[tokio::test]
async fn the_keyboard_is_enough_in_the_settings() {
    let app = Living::start_with(Some(FILE), &[]).await;
    let browser = open(&app, WIDE).await;
    walk_to(&browser, ".rail a[href='/settings']").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return location.pathname === '/settings' && document.querySelector('.line-card')")
        .await;
    walk_to(&browser, "a[href$='/line/shop/profile']").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return !!document.querySelector('form.settings')")
        .await;
    walk_to(&browser, "[name='profile.company.city']").await;
    type_in(&browser, "Skive").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert!(app.text().contains("city = \"Skive\""), "{}", app.text());
    walk_to(&browser, ".tabs a[href='/settings/provider']").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return location.pathname === '/settings/provider' && document.querySelector('form.settings')")
        .await;
    let bad = violations(&browser).await;
    assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
    walk_to(&browser, "[name='providers.twilio.account_sid']").await;
    type_in(&browser, "AC0123456789abcdef0123456789abcdef").await;
    walk_to(&browser, "[name='providers.twilio.auth_token']").await;
    type_in(&browser, "en-hemmelighed").await;
    walk_to(&browser, ".save button").await;
    browser.press(&[ENTER]).await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert!(app.text().contains("auth_token = \"en-hemmelighed\""));
    let shown = "return document.querySelector('[name=\"providers.twilio.auth_token\"]').value";
    assert_eq!(browser.run(shown, json!([])).await, "");
    let bad = violations(&browser).await;
    assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
    browser.close().await;
}

#[tokio::test]
async fn a_line_that_listens_screens_by_one_key_and_listens_again_by_another() {
    let number = "number = \"+4570101010\"\n";
    let listens = FILE.replace(number, &format!("{number}mode = \"listen\"\n"));
    for window in [WIDE, PHONE] {
        let app = Living::start(Some(&listens)).await;
        let browser = open(&app, window).await;
        let fine = async || {
            let bad = violations(&browser).await;
            assert!(bad.is_empty() && !overflows(&browser).await, "{bad:?}");
        };
        fine().await;
        walk_to(&browser, ".listening button").await;
        browser.press(&[ENTER]).await;
        browser
            .until("return !!document.querySelector('.note.done button') && !document.querySelector('.listening')")
            .await;
        assert!(app.text().contains("mode = \"screen\""), "{}", app.text());
        fine().await;
        walk_to(&browser, ".note.done button").await;
        browser.press(&[ENTER]).await;
        browser
            .until("return !!document.querySelector('.note.done') && !!document.querySelector('.listening button')")
            .await;
        assert_eq!(app.text(), listens);
        fine().await;
        browser.close().await;
    }
}

#[tokio::test]
async fn what_has_the_focus_stands_above_the_button_that_stays() {
    let app = Living::start(Some(FILE)).await;
    for window in [WIDE, PHONE] {
        let browser = open(&app, window).await;
        browser.go(&app.url("/settings/line/shop")).await;
        let mut hidden = Vec::new();
        loop {
            browser.press(&["\u{e004}"]).await;
            let place = "const own = document.activeElement;
                 if (own.closest('.save')) return null;
                 if (!own.closest('form.settings') || own.tagName === 'TEXTAREA') return '';
                 const bar = document.querySelector('.save').getBoundingClientRect();
                 return own.getBoundingClientRect().bottom > bar.top ? own.name : ''";
            match browser.run(place, json!([])).await.as_str() {
                None => break,
                Some("") => {}
                Some(name) => hidden.push(name.to_owned()),
            }
        }
        assert!(hidden.is_empty(), "{hidden:?}");
        browser.close().await;
    }
}
