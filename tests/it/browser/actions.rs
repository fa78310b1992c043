//! What the owner does with a tap, as he does it: on calls, rules, lists, accounts.

use portner::call::{E164, Question, Treatment};
use serde_json::json;

use super::access::violations;
use super::driver::{Browser, PHONE, WIDE};
use super::{logged_in, overflows, until_live};
use crate::support::TestApp;

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const SOLD: [&str; 4] = [
    "Vi sælger mobilabonnement",
    "til den IT-ansvarlige",
    "til alle",
    "Mikkel fra mobilabonnement direkte",
];

/// That nothing is wrong with the page as it is now.
async fn is_well(browser: &Browser, place: &str) {
    let bad = violations(browser).await;
    assert!(bad.is_empty(), "{place}: {}", bad.join("\n"));
    assert!(!overflows(browser).await, "{place}: wider than the window");
}

#[tokio::test]
async fn each_button_on_a_live_call_does_what_it_says() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, PHONE).await;
    until_live(&browser).await;
    for (call, action) in [
        ("1", "take"),
        ("2", "ask_why"),
        ("3", "take_message"),
        ("4", "refuse"),
    ] {
        let from = format!("+454011223{call}");
        app.call(call, &[("From", &from)], &["Goddag, det er Anne"])
            .await;
        let id = app
            .calls()
            .await
            .into_iter()
            .find(|own| own.caller.number.full() == from);
        let id = id.unwrap().id;
        let button = format!("#live-{id} button[value={action}]");
        browser
            .until(&format!(
                "return document.querySelector('{button}')?.disabled === false"
            ))
            .await;
        is_well(&browser, action).await;
        browser.click(&button).await;
        browser
            .until(&format!("return document.querySelector('#live-{id} .talk .event:last-of-type, #live-{id} .talk .event')"))
            .await;
        let done = app
            .calls()
            .await
            .into_iter()
            .find(|own| own.id == id)
            .unwrap();
        let treatment = done.verdict.as_ref().map(|verdict| verdict.treatment);
        match action {
            "take" => assert_eq!(treatment, Some(Treatment::Connect)),
            "take_message" => assert_eq!(treatment, Some(Treatment::Message)),
            "refuse" => assert_eq!(treatment, Some(Treatment::Reject)),
            _ => assert!(done.asked.contains(&Question::Why)),
        }
    }
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn the_log_is_narrowed_as_filters_are_tapped() {
    let app = TestApp::start().await;
    app.call("1", &[], &SOLD).await;
    app.call("2", &[("From", "+4540112233")], &["Hej, det er Lone"])
        .await;
    let browser = logged_in(&app, PHONE).await;
    let rows = "return document.querySelectorAll('.log li').length";
    browser.go(&app.url("/calls")).await;
    assert_eq!(browser.run(rows, json!([])).await, 2);
    browser.click("input[name=verdict][value=reject]").await;
    browser
        .until("return location.search.includes('verdict=reject')")
        .await;
    assert_eq!(browser.run(rows, json!([])).await, 1);
    browser.click(".filters details summary").await;
    is_well(&browser, "filters").await;
    browser.write("#caller", "40 11 22 33\u{e007}").await;
    browser
        .until("return document.querySelector('.card.empty')")
        .await;
    is_well(&browser, "nothing found").await;
    browser.close().await;
}

#[tokio::test]
async fn filters_leave_the_keyboard_and_the_language_where_they_were() {
    let app = TestApp::start().await;
    app.call("1", &[], &SOLD).await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/calls")).await;
    let focus = async |css: &str| {
        let script = "document.querySelector(arguments[0]).focus()";
        browser.run(script, json!([css])).await;
    };
    focus("#day").await;
    browser.press(&[DOWN]).await;
    browser
        .until("return location.search.includes('day=2026-03-02') && document.activeElement.id === 'day'")
        .await;
    is_well(&browser, "a day").await;
    focus("[name=verdict]:checked").await;
    browser.press(&[RIGHT]).await;
    browser
        .until("return location.search.includes('verdict=connect') && document.activeElement.value === 'connect'")
        .await;

    // The year 202 is on the way to the year 2026.
    browser.go(&app.url("/calls?verdict=reject")).await;
    browser.click(".filters details summary").await;
    focus("#from").await;
    browser.press(&["0", "3", "0", "2", "2", "0", "2"]).await;
    assert_eq!(
        browser
            .run("return document.getElementById('from').value", json!([]))
            .await,
        "0202-03-02"
    );
    browser.press(&["6"]).await;
    browser
        .until("return location.search.includes('from=2026-03-02')")
        .await;

    browser.click(".rail .tongues a").await;
    browser
        .until("return document.documentElement.lang === 'da'")
        .await;
    let kept = browser.run("return location.search", json!([])).await;
    let kept = kept.as_str().unwrap();
    assert!(
        kept.contains("verdict=reject") && kept.contains("from=2026-03-02"),
        "{kept}"
    );
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn on_a_phone_what_is_done_with_a_call_is_one_tap_from_its_top() {
    let app = TestApp::start().await;
    app.call("1", &[], &SOLD).await;
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    let id = app.calls().await[0].id;
    let browser = logged_in(&app, PHONE).await;
    browser.go(&app.url(&format!("/calls/{id}"))).await;
    browser.click(".next a[href='#next-time']").await;
    let in_sight = "const place = document.getElementById('next-time').getBoundingClientRect();
         return place.top >= 0 && place.bottom < innerHeight / 2";
    browser.until(in_sight).await;
    browser.close().await;

    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url(&format!("/calls/{id}"))).await;
    // There it stands beside the conversation, and nothing has to lead to it.
    let steps = browser.text(".next").await;
    assert_eq!(steps.trim(), "Call back");
    browser.close().await;
}

/// The text of every rule file of the owner's.
fn written(app: &TestApp) -> Vec<String> {
    let files = portner::rules::read_dir(app.rules.path()).unwrap();
    files.into_iter().map(|file| file.text).collect()
}

#[tokio::test]
async fn a_wrong_verdict_is_mended_by_the_change_that_is_offered() {
    let app = TestApp::start_set_up("second_opinion = false\n").await;
    app.call("1", &[], &SOLD).await;
    let id = app.calls().await.remove(0).id;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url(&format!("/calls/{id}"))).await;
    browser.click("button[name=judged][value=connect]").await;
    browser
        .until("return document.querySelector('.proposal button')")
        .await;
    is_well(&browser, "proposals").await;
    let before = written(&app);
    browser.click(".proposal button").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    is_well(&browser, "taken").await;
    assert_ne!(written(&app), before);
    browser.close().await;
}

#[tokio::test]
async fn calls_are_played_by_unsaved_rules_and_a_version_of_before_is_back_with_one_tap() {
    let app = TestApp::start_set_up("second_opinion = false\n").await;
    app.call("1", &[], &SOLD).await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/rules/file?path=test.toml")).await;
    browser
        .run(
            "const text = document.getElementById('text'); text.value = text.value.replace('mobilabonnement', 'solcelle*').replace('it ansvarlig*', 'direktør*');
         text.dispatchEvent(new Event('input'))",
            json!([]),
        )
        .await;
    browser.click("#replay-now").await;
    browser
        .until("return document.querySelector('#replayed .hits a')")
        .await;
    let played = browser.text("#replayed").await;
    assert!(
        played.contains("of 1 calls")
            && played.contains("Vi sælger mobilabonnement")
            && played.contains("→"),
        "{played}"
    );
    is_well(&browser, "played").await;
    let path = app.rules.path().join("test.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    browser.click("#editor button.main").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("solcelle*")
    );
    browser.click(".versions li:last-child a").await;
    browser
        .until("return document.getElementById('compared')")
        .await;
    is_well(&browser, "compared").await;
    browser.click("#compared ~ form button").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    browser.close().await;
}

#[tokio::test]
async fn contacts_are_dropped_and_a_doubtful_number_is_told() {
    const CARDS: &str = "BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nFN:Lone Madsen\\r\\nTEL:40112233\\r\\nEND:VCARD\\r\\n\
                         BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nFN:Per Holm\\r\\nTEL:+45201000\\r\\nEND:VCARD\\r\\n";
    let app = TestApp::start().await;
    let browser = logged_in(&app, PHONE).await;
    browser.go(&app.url("/lists/allow")).await;
    is_well(&browser, "empty").await;
    let drop = format!(
        "const data = new DataTransfer();
         data.items.add(new File(['{CARDS}'], 'contacts.vcf'));
         document.getElementById('drop').dispatchEvent(new DragEvent('drop', {{dataTransfer: data, bubbles: true, cancelable: true}}))"
    );
    browser.run(&drop, json!([])).await;
    browser
        .until("return document.querySelector('#report .rows')")
        .await;
    let report = browser.text("#report").await;
    assert!(
        report.contains("2 optaget") && report.contains("+45201000") && report.contains("ciffer"),
        "{report}"
    );
    is_well(&browser, "report").await;
    let nothing = "const data = new DataTransfer(); data.items.add(new File(['a,b\\n'], 'x.csv'));
         document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))";
    browser.run(nothing, json!([])).await;
    browser
        .until("return document.querySelector('#report.wrong')")
        .await;
    let told = browser.text("#report").await;
    assert!(told.contains("telefonnumre"), "told in Danish: {told}");
    is_well(&browser, "nothing of it").await;
    browser.go(&app.url("/lists/allow")).await;
    browser.click(".entries form button").await;
    browser
        .until("return document.querySelector('.note.done b')")
        .await;
    assert_eq!(browser.text(".note.done b").await, "+45 201000");
    is_well(&browser, "removed").await;
    browser.write("#number", "banan\u{e007}").await;
    browser
        .until("return document.activeElement.id === 'number' && document.activeElement.matches('[aria-invalid=true]')")
        .await;
    is_well(&browser, "unreadable").await;
    let number = E164::parse("+4540112233").unwrap();
    assert_eq!(app.store.entries_matching(number).await.unwrap().len(), 1);
    browser.close().await;
}

#[tokio::test]
async fn a_trial_is_spoken_and_heard_where_the_browser_can() {
    let app = TestApp::start().await;
    let browser = logged_in(&app, WIDE).await;
    browser.go(&app.url("/try")).await;
    browser.click("main form button.main").await;
    browser
        .until("return document.getElementById('speak')?.hidden === false")
        .await;
    browser
        .run("window.said = []; speechSynthesis.speak = (speech) => said.push([speech.lang, speech.text])", json!([]))
        .await;
    browser.click("#aloud").await;
    let said = browser.until("return said.length === 1 && said[0]").await;
    assert_eq!(said[0], "da-DK");
    assert!(!said[1].as_str().unwrap().is_empty());
    // There is no microphone here: the words come as recognition brings them.
    browser
        .run(
            "webkitSpeechRecognition.prototype.start = function () {
             const heard = new Event('result');
             heard.results = [[{transcript: 'Vi sælger mobilabonnement'}]];
             this.dispatchEvent(heard);
         }",
            json!([]),
        )
        .await;
    browser.click("#speak").await;
    browser
        .until(
            "return document.querySelector('.talk .them')?.innerText.includes('mobilabonnement')",
        )
        .await;
    is_well(&browser, "trial").await;
    browser.close().await;
}

#[tokio::test]
async fn accounts_are_made_and_logins_ended() {
    let app = TestApp::start().await;
    let other = logged_in(&app, WIDE).await;
    let browser = logged_in(&app, PHONE).await;
    browser.go(&app.url("/access")).await;
    browser.write("#name", "vera").await;
    browser.write("#new-password", "vogn og hest").await;
    browser.click("form[action='/access/add'] button").await;
    browser
        .until("return document.querySelector('.note.done')")
        .await;
    assert!(browser.text("main").await.contains("vera"));
    is_well(&browser, "made").await;
    browser.click("form[action='/access/revoke'] button").await;
    browser
        .until("return !document.querySelector('form[action=\"/access/revoke\"]')")
        .await;
    is_well(&browser, "ended").await;
    other.go(&app.url("/calls")).await;
    other.until("return location.pathname === '/login'").await;
    other.write("#name", "vera").await;
    other.write("#password", "wrong wrong\u{e007}").await;
    other
        .until("return document.querySelector('[role=alert]')")
        .await;
    is_well(&other, "wrong").await;
    // The name stands there still, and the way leads on to where it was going.
    other.write("#password", "vogn og hest\u{e007}").await;
    other.until("return location.pathname === '/calls'").await;
    for path in [
        "/",
        "/calls",
        "/lists/allow",
        "/statistics",
        "/rules",
        "/settings",
        "/access",
    ] {
        other.go(&app.url(path)).await;
        is_well(&other, path).await;
    }
    other.close().await;
    browser.close().await;
}
