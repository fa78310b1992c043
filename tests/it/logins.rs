//! Logins that last: how many there may be, whose they are, and when they end.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::{Method, Response};

use crate::support::{LOCAL_KEY, TestApp, first_account};

const PASSWORD: &str = "hest og vogn";
/// How many one person may have.
const MOST: usize = 16;

async fn post(app: &TestApp, cookie: &str, path: &str, form: &[(&str, &str)]) -> Response {
    let request = app.client.post(app.url(path)).header("cookie", cookie);
    request.form(form).send().await.unwrap()
}

fn cookie_of(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Logs in with the token.
async fn log_in(app: &TestApp) -> String {
    cookie_of(&post(app, "", "/login", &[("token", &app.token)]).await)
}

async fn status(app: &TestApp, cookie: &str) -> u16 {
    let request = app.client.get(app.url("/")).header("cookie", cookie);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn as_often_as_he_may_somebody_logs_in_and_then_his_oldest_login_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_on(&format!("sled:{}", folder.path().display())).await;
    // What a store of before has: all of them in one value.
    let before = br#"[{"hash":"00","until":"2026-04-01T00:00:00Z","browser":"Firefox"}]"#;
    let put = app.store.put_setting("sessions", before.to_vec()).await;
    put.unwrap();
    let anne = first_account(&app, "anne", PASSWORD).await;
    app.clock.advance(SignedDuration::from_secs(1));
    let mut cookies = Vec::new();
    for _ in 0..=MOST {
        cookies.push(log_in(&app).await);
        app.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(status(&app, &cookies[0]).await, 303, "it made room");
    for cookie in cookies[1..].iter().chain([&anne]) {
        assert_eq!(status(&app, cookie).await, 200, "nobody else makes room");
    }
    let page = app.client.get(app.url("/access"));
    let page = page.header("cookie", &cookies[1]).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert_eq!(page.matches("/access/revoke").count(), MOST);
    let kept = app.store.setting("sessions").await.unwrap();
    assert_eq!(kept.as_deref(), Some(&b""[..]), "those of before are gone");
    app.clock.advance(SignedDuration::from_hours(24 * 30));
    assert_eq!(status(&app, &cookies[MOST]).await, 303, "its time is over");
    // Those whose time is over are let go of.
    log_in(&app).await;
    let kept = app.store.shelf(portner::store::Shelf::Sessions, None, 99);
    assert_eq!(kept.await.unwrap().len(), 1);
}

#[tokio::test]
async fn however_its_name_is_written_an_account_that_goes_takes_its_logins_along() {
    let app = TestApp::start().await;
    let anne = first_account(&app, "anne", PASSWORD).await;
    let per = [("name", "Per"), ("password", PASSWORD), ("role", "owner")];
    post(&app, &anne, "/access/add", &per).await;
    let login = cookie_of(&post(&app, "", "/login", &per[..2]).await);
    assert_eq!(status(&app, &login).await, 200);
    let removed = post(&app, &anne, "/access/remove", &[("name", "pER")]).await;
    assert_eq!(removed.headers()["location"], "/access?done=removed&of=pER");
    // Another one of that name is another person.
    post(&app, &anne, "/access/add", &per).await;
    assert_eq!(status(&app, &login).await, 303);
}

/// Whether a stream tells of this call.
async fn tells_of(stream: &mut Response, call: &str) -> bool {
    let chunk = tokio::time::timeout(Duration::from_secs(5), stream.chunk());
    match chunk.await.expect("it goes on or ends").unwrap() {
        Some(event) => String::from_utf8_lossy(&event).contains(call),
        None => false,
    }
}

#[tokio::test]
async fn what_is_open_with_the_token_goes_on_while_people_come_and_go_and_ends_with_it() {
    let app = TestApp::start().await;
    let mut with_token = app.get("/api/v1/calls/live").await;
    let cookie = log_in(&app).await;
    let with_cookie = app.client.get(app.url("/api/v1/calls/live"));
    let mut with_cookie = with_cookie.header("cookie", &cookie).send().await.unwrap();
    log_in(&app).await;
    app.call("1", &[], &[]).await;
    for stream in [&mut with_token, &mut with_cookie] {
        assert!(tells_of(stream, "+4571234567").await);
    }
    post(&app, &cookie, "/logout", &[]).await;
    app.call("2", &[("From", "+4520304050")], &[]).await;
    assert!(tells_of(&mut with_token, "+4520304050").await);
    assert!(
        !tells_of(&mut with_cookie, "+4520304050").await,
        "it is over"
    );
    let renewed = app.client.request(Method::POST, app.url("/api/v1/token"));
    let renewed = renewed.bearer_auth(LOCAL_KEY).send().await.unwrap();
    assert_eq!(renewed.status(), 200);
    let end = tokio::time::timeout(Duration::from_secs(5), with_token.chunk());
    assert_eq!(end.await.expect("it ends").unwrap(), None);
}
