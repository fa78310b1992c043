//! The pages for people.

use portner::call::E164;
use reqwest::{Method, RequestBuilder, Response};

use crate::support::{PUBLIC_URL, TestApp};

async fn log_in(app: &TestApp) -> String {
    let form = [("token", app.token.as_str())];
    let response = app.client.post(app.url("/login")).form(&form).send();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

fn page(app: &TestApp, cookie: &str, path: &str) -> RequestBuilder {
    app.client.get(app.url(path)).header("cookie", cookie)
}

async fn text(request: RequestBuilder) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

#[tokio::test]
async fn pages_want_a_login_and_forget_it() {
    let app = TestApp::start().await;
    for path in ["/", "/calls", "/calls/live", "/calls/x"] {
        let response = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 303, "{path}");
        assert_eq!(response.headers()["location"], "/login");
    }
    let in_address = app.client.get(app.url(&format!("/?token={}", app.token)));
    assert_eq!(in_address.send().await.unwrap().status(), 303);

    let cookie = log_in(&app).await;
    text(page(&app, &cookie, "/")).await;
    let out = app
        .client
        .post(app.url("/logout"))
        .header("cookie", &cookie);
    assert_eq!(out.send().await.unwrap().status(), 303);
    let after = page(&app, &cookie, "/").send().await.unwrap();
    assert_eq!(after.status(), 303);
}

#[tokio::test]
async fn a_wrong_token_is_no_way_in_and_locks_nobody_out() {
    let app = TestApp::start().await;
    let wrong = |token: &'static str| {
        let request = app.client.post(app.url("/login")).form(&[("token", token)]);
        async move { request.send().await.unwrap() }
    };
    for token in ["", "wrong", "portner_"] {
        let response = wrong(token).await;
        assert_eq!(response.status(), 401, "{token:?}");
        assert!(response.headers().get("set-cookie").is_none());
        assert!(response.text().await.unwrap().contains("role=\"alert\""));
    }
    log_in(&app).await;
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let logout = |header: &'static str, value: &'static str| {
        let request = app.client.post(app.url("/logout"));
        let request = request.header("cookie", &cookie).header(header, value);
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(logout("sec-fetch-site", "cross-site").await, 403);
    assert_eq!(logout("origin", "https://evil.example").await, 403);
    text(page(&app, &cookie, "/")).await;
    let hook = app.client.post(app.url("/webhooks/twilio/voice"));
    let hook = hook
        .header("origin", "https://evil.example")
        .body("x")
        .send();
    assert_eq!(hook.await.unwrap().text().await.unwrap(), "");
    assert_eq!(logout("origin", PUBLIC_URL).await, 303);
}

#[tokio::test]
async fn what_callers_say_is_text() {
    let app = TestApp::start().await;
    let script = "<script>alert('x')</script>";
    let name = [("CallerName", script)];
    app.call("1", &name, &["<script>alert('x')</script> hej"])
        .await;
    let cookie = log_in(&app).await;
    let id = app.calls().await[0].id;
    for path in ["/calls".to_owned(), format!("/calls/{id}")] {
        let page = text(page(&app, &cookie, &path)).await;
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}

#[tokio::test]
async fn the_log_shows_calls_in_the_language_of_the_browser() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej, taler jeg med den IT-ansvarlige?"])
        .await;
    let cookie = log_in(&app).await;
    let danish =
        text(page(&app, &cookie, "/calls").header("accept-language", "da-DK,en;q=0.5")).await;
    assert!(
        danish.contains("lang=\"da\"") && danish.contains("Taler med Portner"),
        "{danish}"
    );
    assert!(
        danish.contains("+45 71 23 45 67") && danish.contains("10:00"),
        "{danish}"
    );
    let english = text(page(&app, &cookie, "/calls").header("accept-language", "en")).await;
    assert!(english.contains("Talking to Portner"), "{english}");
    let chosen = page(&app, &cookie, "/calls?lang=en").header("accept-language", "da");
    let chosen: Response = chosen.send().await.unwrap();
    let remembered = chosen.headers()["set-cookie"].to_str().unwrap();
    assert!(remembered.starts_with("lang=en;"), "{remembered}");
    assert!(chosen.text().await.unwrap().contains("Talking to Portner"));
}

#[tokio::test]
async fn every_answer_keeps_the_browser_within_bounds() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    for path in [
        "/",
        "/login",
        "/health/live",
        "/assets/live.js",
        "/nowhere",
        "/api/v1/status",
    ] {
        let response = page(&app, &cookie, path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let kept = if path.starts_with("/assets/") {
            "public"
        } else {
            "no-store"
        };
        assert!(header("cache-control").starts_with(kept), "{path}");
    }
}

#[tokio::test]
async fn live_rows_are_fields_and_never_markup() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let mut stream = page(&app, &cookie, "/calls/live?lang=en")
        .send()
        .await
        .unwrap();
    app.call("1", &[("CallerName", "<b>Per</b>")], &[]).await;
    let chunk = stream.chunk().await.unwrap().unwrap();
    let event = String::from_utf8(chunk.to_vec()).unwrap();
    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
    let row: serde_json::Value = serde_json::from_str(data.unwrap()).unwrap();
    assert_eq!(row["caller"], "<b>Per</b>");
    assert_eq!(row["verdict"], "Talking to Portner");
}

#[tokio::test]
async fn programs_may_read_pages_with_the_token_too() {
    let app = TestApp::start().await;
    let response = app.api(Method::GET, "/").send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn the_log_is_narrowed_by_its_address() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Vi sælger mobilabonnement"]).await;
    app.call("2", &[("From", "+4540112233")], &["Hej, det er Lone"])
        .await;
    let cookie = log_in(&app).await;
    let rows = async |query: &str| {
        let page = text(page(&app, &cookie, &format!("/calls?{query}"))).await;
        page.matches("<li id=\"call-").count() - 1
    };
    assert_eq!(rows("").await, 2);
    assert_eq!(rows("text=MOBIL").await, 1);
    assert_eq!(rows("caller=40+11+22+33").await, 1);
    assert_eq!(rows("from=2026-03-02&to=2026-03-02").await, 2);
    assert_eq!(rows("to=2026-03-01").await, 0);
    assert_eq!(rows("verdict=reject").await, 0);
    let unread = text(page(&app, &cookie, "/calls?caller=Lone&from=x")).await;
    assert_eq!(unread.matches("role=\"alert\"").count(), 2, "{unread}");
}

#[tokio::test]
async fn a_caller_is_put_on_a_list_from_his_call_and_taken_off() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej, det er Lone"]).await;
    let cookie = log_in(&app).await;
    let id = app.calls().await[0].id;
    let number = E164::parse("+4571234567").unwrap();
    for (list, listed) in [("block", 1), ("allow", 1), ("off", 0)] {
        let tap = app.client.post(app.url(&format!("/calls/{id}/list")));
        let tap = tap.header("cookie", &cookie).form(&[("list", list)]);
        let response = tap.send().await.unwrap();
        assert_eq!(response.status(), 303, "{list}");
        let then = response.headers()["location"].to_str().unwrap().to_owned();
        let story = text(page(&app, &cookie, &then)).await;
        assert!(story.contains("role=\"status\""), "{list}");
        let entries = app.store.entries_matching(number).await.unwrap();
        assert_eq!(entries.len(), listed, "{list}");
        assert!(entries.iter().all(|entry| entry.list.as_str() == list));
    }
}
