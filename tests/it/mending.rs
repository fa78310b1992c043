//! A call marked wrong leads to the change of the rules that would have made it right; rules are
//! switched one by one; marks tell how often the verdicts are right.

use portner::call::Treatment;
use reqwest::{Method, Response};

use crate::support::TestApp;

const SOLD: [&str; 4] = [
    "Vi sælger mobilabonnement",
    "til den IT-ansvarlige",
    "til alle",
    "Mikkel fra mobilabonnement direkte",
];

/// The page, as soon as no other test has rules tried on its log: that is done for one at a time.
async fn page(app: &TestApp, address: &str) -> String {
    let mut answer = app.get(address).await;
    for _ in 0..300 {
        if answer.status() != 503 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = app.get(address).await;
    }
    assert_eq!(answer.status(), 200, "{address}");
    answer.text().await.unwrap()
}

async fn post(app: &TestApp, address: &str, form: &[(&str, &str)]) -> Response {
    let request = app.api(Method::POST, address).form(form);
    request.send().await.unwrap()
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status(), 303);
    response.headers()["location"].to_str().unwrap()
}

/// The value of a hidden field in the part of a page after this.
fn field(page: &str, after: &str, name: &str) -> String {
    let (_, rest) = page.split_once(after).unwrap();
    let (_, rest) = rest
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    let value = rest.split('"').next().unwrap();
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[tokio::test]
async fn a_wrong_verdict_leads_to_a_change_that_is_taken_with_one_tap() {
    // By the rules alone: no small change of one outweighs the second opinion as well.
    let app = TestApp::start_set_up("second_opinion = false\n").await;
    app.call("1", &[], &SOLD).await;
    let call = app.calls().await.remove(0);
    assert_eq!(call.verdict.as_ref().unwrap().treatment, Treatment::Reject);
    let proposals = format!("/calls/{}/proposals", call.id);
    let unmarked = app.get(&format!("{proposals}?lang=en")).await;
    assert_eq!(unmarked.status(), 422);
    let unmarked = unmarked.text().await.unwrap();
    assert!(
        unmarked.contains("Mark it wrong first.") && !unmarked.contains("should"),
        "{unmarked}"
    );
    let marked = post(
        &app,
        &format!("/calls/{}/mark", call.id),
        &[("judged", "connect")],
    )
    .await;
    assert_eq!(location(&marked), proposals);
    let shown = page(&app, &format!("{proposals}?lang=en")).await;
    assert!(
        shown.contains("The caller should have come through"),
        "{shown}"
    );
    assert!(
        shown.contains("No other of the latest 1 calls would have ended otherwise"),
        "{shown}"
    );
    let titles: Vec<&str> = shown.split("<h2 id=\"proposal-").skip(1).collect();
    let told = |title: &&str| title[2..title.find("</h2>").unwrap()].to_owned();
    let told: std::collections::BTreeSet<String> = titles.iter().map(told).collect();
    assert_eq!(told.len(), titles.len(), "{told:?}");
    let form = |name| field(&shown, "id=\"proposal-1\"", name);
    let (path, text) = (form("path"), form("text"));
    let known = app.rules.path().join(&path).exists();
    let base = if known { form("base") } else { String::new() };
    let saved = post(
        &app,
        "/rules/save",
        &[("path", &path), ("base", &base), ("text", &text)],
    )
    .await;
    assert_eq!(
        location(&saved),
        format!("/rules/file?path={path}&done=saved")
    );
    assert_eq!(
        std::fs::read_to_string(app.rules.path().join(&path)).unwrap(),
        text
    );
    let right = post(
        &app,
        &format!("/calls/{}/mark", call.id),
        &[("judged", "right")],
    )
    .await;
    assert_eq!(location(&right), format!("/calls/{}?done=marked", call.id));
}

#[tokio::test]
async fn marks_tell_how_often_the_verdicts_are_right() {
    let app = TestApp::start().await;
    for number in ["1", "2", "3"] {
        app.call(number, &[], &SOLD).await;
    }
    let before = page(&app, "/statistics?days=7&lang=en").await;
    assert!(before.contains("Mark calls right or wrong"), "{before}");
    for (call, judged) in app.calls().await.iter().zip(["right", "right", "connect"]) {
        let marked = post(
            &app,
            &format!("/calls/{}/mark", call.id),
            &[("judged", judged)],
        )
        .await;
        assert_eq!(marked.status(), 303);
    }
    let after = page(&app, "/statistics?days=7&lang=en").await;
    let (_, rest) = after.split_once("id=\"precision\"").unwrap();
    let (_, row) = rest.split_once("Turned away</th>").unwrap();
    let row = row.split("</tr>").next().unwrap();
    let cells: Vec<&str> = row.split("<td class=\"points\">").skip(1).collect();
    let cells: Vec<&str> = cells
        .iter()
        .map(|cell| cell.trim_end_matches("</td>"))
        .collect();
    assert_eq!(cells, ["2", "1", "67%"], "{row}");
}

#[tokio::test]
async fn a_rule_is_switched_in_its_file_and_never_over_what_changed_meanwhile() {
    let app = TestApp::start().await;
    app.call("1", &[], &SOLD).await;
    let file = app.rules.path().join("test.toml");
    let own = std::fs::read_to_string(&file).unwrap();
    let editor = page(&app, "/rules/file?path=test.toml&lang=en").await;
    assert!(editor.contains("Hit 1 call, last on"), "{editor}");
    let base = field(&editor, "id=\"rule-asks-for-it\"", "base");
    let wish = |base: &str, life: &str| {
        [
            ("path", "test.toml"),
            ("base", base),
            ("rule", "asks-for-it"),
            ("life", life),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let switch = async |base: &str, life: &str| {
        let form = wish(base, life);
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        post(&app, "/rules/life", &form).await
    };
    assert_eq!(switch(&base, "asleep").await.status(), 404);
    let fresh = page(&app, "/rules/file?path=new.toml&lang=en").await;
    assert!(
        !fresh.contains("/rules/life"),
        "it is not on the disk: {fresh}"
    );
    let unsaved = [
        ("path", "new.toml"),
        ("base", ""),
        ("rule", "asks-for-it"),
        ("life", "live"),
    ];
    let unsaved = post(&app, "/rules/life?lang=en", &unsaved).await;
    assert_eq!(unsaved.status(), 409);
    let unsaved = unsaved.text().await.unwrap();
    assert!(unsaved.contains("save the file first"), "{unsaved}");
    let done = switch(&base, "shadow").await;
    assert_eq!(
        location(&done),
        "/rules/file?path=test.toml&done=saved#rule-asks-for-it"
    );
    let now = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        now,
        own.replace(
            "[\"it ansvarlig*\"]\n",
            "[\"it ansvarlig*\"]\nlife = \"shadow\"\n"
        )
    );
    assert_eq!(
        switch(&base, "live").await.status(),
        409,
        "the page was of before"
    );
    let editor = page(&app, "/rules/file?path=test.toml&lang=en").await;
    assert!(
        editor.contains("value=\"shadow\" aria-pressed=\"true\""),
        "{editor}"
    );
}

#[tokio::test]
async fn everything_on_a_number_is_erased_from_the_page_of_a_call_by_whoever_is_sure() {
    let app = TestApp::start().await;
    app.call("1", &[("From", "+4540112233")], &SOLD).await;
    app.hook(
        "1",
        "status",
        &[("CallStatus", "completed"), ("From", "+4540112233")],
    )
    .await;
    let call = app.calls().await.remove(0);
    let story = page(&app, &format!("/calls/{}?lang=en", call.id)).await;
    assert!(story.contains("Yes, erase it for good"), "{story}");
    let address = format!("/calls/{}/erase", call.id);
    assert_eq!(post(&app, &address, &[]).await.status(), 400);
    assert_eq!(app.calls().await.len(), 1, "nobody was sure");
    let erased = post(&app, &address, &[("sure", "yes")]).await;
    assert_eq!(erased.status(), 200);
    assert!(app.calls().await.is_empty());
    assert_eq!(app.get(&format!("/calls/{}", call.id)).await.status(), 404);
    let record = page(&app, "/access?lang=en").await;
    assert!(record.contains(&address), "what was done is in the record");
    assert!(!record.contains("40112233"));
}
