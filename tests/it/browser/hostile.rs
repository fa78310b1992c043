//! Whatever callers, contacts and files are called, on every page it is text.

use reqwest::Method;
use serde_json::json;

use super::driver::WIDE;
use super::logged_in;
use crate::support::TestApp;

const NAME: &str = "\"><img src=x onerror=fooled=1><b>Per";
const SAID: &str =
    "</script><script>fooled=1</script> vi sælger <svg onload=fooled=1> mobilabonnement";

#[tokio::test]
async fn names_and_words_full_of_markup_are_text_on_every_page() {
    let app = TestApp::start().await;
    for (call, from) in [("1", "+4540112233"), ("2", "+4540112234")] {
        let more = [("CallerName", NAME), ("From", from)];
        app.call(call, &more, &[SAID, "til den IT-ansvarlige", "til alle"])
            .await;
    }
    app.call(
        "3",
        &[("CallerName", NAME), ("From", "+4540112235")],
        &[SAID],
    )
    .await;
    let put = app.api(Method::PUT, "/api/v1/lists/block/+4540112236");
    put.json(&json!({ "note": NAME })).send().await.unwrap();
    let calls = app.calls().await;
    let decided = calls.iter().find(|call| call.verdict.is_some()).unwrap().id;
    let mark = app.api(Method::POST, &format!("/calls/{decided}/mark"));
    mark.form(&[("judged", "connect")]).send().await.unwrap();
    let browser = logged_in(&app, WIDE).await;
    let search: String = form_urlencoded::byte_serialize(SAID.as_bytes()).collect();
    let first = calls.last().unwrap().id;
    for (path, shows) in [
        ("/".to_owned(), SAID),
        ("/calls".to_owned(), SAID),
        (format!("/calls?text={search}"), SAID),
        (format!("/calls?campaign={first}"), SAID),
        (format!("/calls/{decided}"), SAID),
        (format!("/calls/{decided}/proposals"), NAME),
        ("/lists/block".to_owned(), NAME),
        (format!("/lists/block?q={search}"), ""),
        ("/statistics?days=7".to_owned(), "“"),
        ("/rules/file?path=test.toml".to_owned(), ""),
    ] {
        browser.go(&app.url(&path)).await;
        let text = browser.text("main").await;
        assert!(text.contains(shows), "{path}: {text}");
        let fooled = "return [window.fooled ?? 0, document.querySelectorAll('img[src=x], script:not([src]), main svg[onload]').length]";
        assert_eq!(
            browser.run(fooled, json!([])).await,
            json!([0, 0]),
            "{path}"
        );
    }
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}
