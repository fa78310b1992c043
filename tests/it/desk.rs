//! The pages for people.

use portner::call::{
    Disposition, E164, Ground, LineId, ListEntry, ListName, NumberPattern, Origin, Question,
    Treatment,
};
use portner::store::ListChange;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::support::{PUBLIC_URL, TestApp, first_account, next_step};

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

/// What the page Now tells beside the calls in progress.
async fn beside(app: &TestApp, cookie: &str) -> serde_json::Value {
    let told = text(page(app, cookie, "/now/beside?lang=en")).await;
    serde_json::from_str(&told).unwrap()
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
    assert_eq!(rows("day=2026-03-02").await, 2);
    assert_eq!(rows("day=2026-03-01").await, 0);
    assert_eq!(rows("verdict=reject").await, 0);
    // A message counts as one, whatever the verdict was.
    assert_eq!(rows("verdict=message").await, 0);
    let left = [
        ("From", "+4540112233"),
        ("RecordingUrl", "https://api.twilio.com/1"),
        ("RecordingDuration", "4"),
    ];
    app.hook("2", "recorded?turn=2", &left).await;
    assert_eq!(rows("verdict=message").await, 1);
    let days = text(page(&app, &cookie, "/calls?day=2025-12-31&lang=da")).await;
    for (day, name) in [
        ("2026-03-02", "I dag"),
        ("2026-02-24", "tirsdag 24. februar"),
    ] {
        let option = format!("<option value=\"{day}\">{name}</option>");
        assert!(days.contains(&option), "{days}");
    }
    // A day that is further back stays chosen.
    assert!(days.contains("<option value=\"2025-12-31\" selected>"));
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

#[tokio::test]
async fn a_tap_on_a_call_leaves_what_holds_on_other_lines_alone() {
    let lines = ["shop", "home"].map(|id| {
        let number = if id == "shop" { 10 } else { 11 };
        format!(
            "[[line]]\nid = \"{id}\"\nnumber = \"+45701010{number}\"\ndestination = [{{ client = \"owner\" }}]\n"
        )
    });
    let app = TestApp::start_set_up(&lines.concat()).await;
    app.call("1", &[], &["Hej, det er Lone"]).await;
    let at_home = json!({"note": "Mor", "line": "home"});
    let put = app.api(Method::PUT, "/api/v1/lists/allow/+4571234567");
    assert_eq!(put.json(&at_home).send().await.unwrap().status(), 200);
    let cookie = log_in(&app).await;
    let path = format!("/calls/{}/list", app.calls().await[0].id);
    sent(&app, &cookie, &path, &[("list", "block")]).await;
    let number = E164::parse("+4571234567").unwrap();
    let entries = app.store.entries_matching(number).await.unwrap();
    let mut notes: Vec<_> = entries
        .iter()
        .map(|entry| (entry.list, &*entry.note))
        .collect();
    notes.sort();
    assert_eq!(notes, [(ListName::Allow, "Mor"), (ListName::Block, "Lone")]);
}

#[tokio::test]
async fn who_falls_silent_was_heard_all_the_same_and_can_be_called_back() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let mut answer = app.call("1", &[], &["hej", "det er privat"]).await;
    while let Some(step) = next_step(&answer).filter(|_| !answer.contains("<Record")) {
        answer = app.hook("1", &step, &[]).await.text().await.unwrap();
    }
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    let call = app.calls().await.remove(0);
    assert_eq!(call.verdict.as_ref().unwrap().ground, Ground::Silent);
    let story = text(page(&app, &cookie, &format!("/calls/{}?lang=en", call.id))).await;
    assert!(
        story.contains("The last question got no clear answer."),
        "{story}"
    );
    assert!(story.contains("href=\"tel:+4571234567\""), "{story}");
    let log = text(page(&app, &cookie, "/calls?lang=da")).await;
    assert!(log.contains("Lagde ingen besked"), "{log}");
    assert!(!log.contains("Ikke taget"), "{log}");

    app.call("2", &[("From", "anonymous")], &["hej"]).await;
    let hidden = app
        .calls()
        .await
        .into_iter()
        .find(|own| own.id != call.id)
        .unwrap();
    let story = text(page(&app, &cookie, &format!("/calls/{}", hidden.id))).await;
    assert!(!story.contains("tel:"), "{story}");
}

#[tokio::test]
async fn the_owner_acts_on_a_live_call_and_the_record_says_so() {
    let app = TestApp::start().await;
    let asking = app.call("1", &[], &["Goddag, det er Anne"]).await;
    let cookie = log_in(&app).await;
    let call = app.calls().await.remove(0);
    let act = |action: &'static str| {
        let request = app.client.post(app.url(&format!("/calls/{}/act", call.id)));
        let request = request
            .header("cookie", &cookie)
            .form(&[("action", action)]);
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(act("dance").await, 404);
    assert_eq!(act("ask_why").await, 200);
    let asked = app.calls().await.remove(0);
    assert!(asked.asked.contains(&Question::Why), "{asked:?}");
    assert_eq!(act("refuse").await, 200);
    let refused = app.calls().await.remove(0);
    let verdict = refused.verdict.as_ref().unwrap();
    assert_eq!(verdict.treatment, Treatment::Reject);
    assert_eq!(verdict.ground, Ground::OwnerDecided);
    // Nothing can be told to the provider here: the no comes with the caller's next answer.
    let step = next_step(&asking).unwrap();
    let answer = app
        .hook(
            "1",
            &step,
            &[("SpeechResult", "hallo"), ("Confidence", "0.9")],
        )
        .await;
    assert!(answer.text().await.unwrap().contains("direkte nej"));
    let story = text(page(&app, &cookie, &format!("/calls/{}?lang=en", call.id))).await;
    assert!(story.contains("You gave a polite no"), "{story}");
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    assert_eq!(act("take").await, 409);
}

#[tokio::test]
async fn now_shows_calls_in_progress_and_today_in_a_sentence() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let quiet = text(page(&app, &cookie, "/?lang=en")).await;
    assert!(quiet.contains("No calls yet today."), "{quiet}");
    let mut stream = page(&app, &cookie, "/now/live?lang=en")
        .send()
        .await
        .unwrap();
    app.call(
        "1",
        &[("CallerName", "<b>Per</b>")],
        &["Hej, det er <i>Per</i>"],
    )
    .await;
    let mut events = String::new();
    while !events.contains("<i>Per</i>") {
        let chunk = stream.chunk().await.unwrap().unwrap();
        events.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let now = text(page(&app, &cookie, "/?lang=en")).await;
    assert!(
        now.contains("&lt;i&gt;Per&lt;/i&gt;") && !now.contains("<i>Per"),
        "{now}"
    );
    let told = beside(&app, &cookie).await;
    assert!(told["today"].as_str().unwrap().starts_with("1 call"));
    // What goes on is not among the latest; what is over is, and the names of others are text.
    assert_eq!(told["latest"], serde_json::json!([]));
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    for call in 2..=7 {
        let call = call.to_string();
        app.call(&call, &[], &[]).await;
        app.hook(&call, "status", &[("CallStatus", "completed")])
            .await;
    }
    let told = beside(&app, &cookie).await;
    assert_eq!(told["latest"][0]["name"], "Today");
    let shown = told["latest"][0]["rows"].as_array().unwrap().clone();
    let newest: Vec<String> = app
        .calls()
        .await
        .iter()
        .take(5)
        .map(|call| call.id.to_string())
        .collect();
    let shown: Vec<&str> = shown
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(shown, newest);
    let now = text(page(&app, &cookie, "/?lang=en")).await;
    assert_eq!(now.matches("<li id=\"call-").count() - 1, 5, "{now}");
    // A call whose end was never told is over some time.
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    app.call("8", &[], &[]).await;
    app.clock.advance(jiff::SignedDuration::from_hours(25));
    let told = beside(&app, &cookie).await;
    assert_eq!(told["latest"][0]["name"], "Yesterday");
    let stuck = app.calls().await[0].id.to_string();
    assert_eq!(told["latest"][0]["rows"][0]["id"], stuck);
}

#[tokio::test]
async fn what_listening_would_have_done_before_today_is_counted_once_a_day() {
    let line = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nmode = \"listen\"\ndestination = [{ client = \"owner\" }]\n";
    let app = TestApp::start_set_up(line).await;
    let cookie = log_in(&app).await;
    let now = async || text(page(&app, &cookie, "/?lang=en")).await;
    let hours = jiff::SignedDuration::from_hours;
    app.call("1", &[], &["Hej"]).await;
    assert!(now().await.contains("In the last week: 1 call,"));
    app.clock.advance(hours(24));
    app.call("2", &[], &["Hej"]).await;
    assert!(now().await.contains("In the last week: 2 calls,"));
    // Yesterday is over and not read again, while every call of today counts at once.
    let yesterday = app.calls().await.pop().unwrap();
    app.store.remove_calls(vec![yesterday.id]).await.unwrap();
    app.call("3", &[], &["Hej"]).await;
    assert!(now().await.contains("In the last week: 3 calls,"));
    app.clock.advance(hours(24));
    assert!(now().await.contains("In the last week: 2 calls,"));
    app.clock.advance(hours(24 * 8));
    assert!(now().await.contains("Nobody has called in the last week."));
}

/// Sends a form, and says where its answer leads.
async fn sent(app: &TestApp, cookie: &str, path: &str, form: &[(&str, &str)]) -> String {
    let request = app.client.post(app.url(path)).header("cookie", cookie);
    let response = request.form(form).send().await.unwrap();
    assert_eq!(response.status(), 303, "{path}");
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_sent_after_the_login_ended_is_not_led_away_from() {
    let app = TestApp::start().await;
    let send = async |path: &str, accept: &str| {
        let request = app.client.post(app.url(path)).header("accept", accept);
        request.form(&[("text", "a")]).send().await.unwrap()
    };
    let page = send("/rules/save", "text/html").await;
    assert_eq!(page.status(), 401);
    let page = page.text().await.unwrap();
    assert!(page.contains("href=\"/login\" target=\"_blank\""), "{page}");
    let told = send("/settings/say", "*/*").await;
    assert_eq!(told.status(), 401);
    let told: serde_json::Value = told.json().await.unwrap();
    assert_eq!(told["error"], "logged_out");
    assert_eq!(send("/logout", "text/html").await.status(), 303);
}

#[tokio::test]
async fn what_is_not_there_is_told_as_what_it_is() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let call = "/calls/019ca8e1-0000-7000-8000-000000000000?lang=en";
    for (path, is_call, told) in [
        ("/lists/friends?lang=en", false, "There is no such list."),
        (call, true, "There is no such call."),
    ] {
        let answer = page(&app, &cookie, path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(told), "{path}: {answer}");
        let removed = "Calls are removed when their time is up.";
        assert_eq!(answer.contains(removed), is_call, "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_takes_too_long_is_answered_with_words() {
    let app = TestApp::start_with(portner::web::Limits {
        request: std::time::Duration::ZERO,
        ..portner::web::Limits::default()
    })
    .await;
    // A password is hashed on a thread of its own: that takes longer than nothing.
    for (accept, told) in [("text/html", "That took too long"), ("*/*", "too_slow")] {
        let form = [("name", "anne"), ("password", "hest og vogn")];
        let request = app.client.post(app.url("/login")).header("accept", accept);
        let answer = request.form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(told), "{answer}");
    }
}

#[tokio::test]
async fn entries_are_added_found_removed_and_put_back() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let send = async |path: &str, form: &[(&str, &str)]| sent(&app, &cookie, path, form).await;
    let put = [("number", "40 11 22 33"), ("note", "<b>Lone</b>")];
    let saved = send("/lists/wanted/put", &put).await;
    assert!(
        text(page(&app, &cookie, &saved))
            .await
            .contains("&lt;b&gt;Lone&lt;/b&gt;")
    );
    for (query, found) in [("q=lone", true), ("q=4011", true), ("q=Per", false)] {
        let list = text(page(&app, &cookie, &format!("/lists/wanted?{query}"))).await;
        assert_eq!(list.contains("+45 40 11 22 33"), found, "{query}");
    }
    let wrong = [("number", "Lone"), ("note", "the <b>baker</b>")];
    let refused = app.client.post(app.url("/lists/wanted/put?lang=en"));
    let refused = refused.header("cookie", &cookie).form(&wrong).send();
    let refused = refused.await.unwrap();
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    for kept in ["cannot be read", "value=\"Lone\"", "the &lt;b&gt;baker"] {
        assert!(refused.contains(kept), "{kept}: {refused}");
    }
    for way in ["action", "data-list"] {
        assert!(
            refused.contains(&format!("{way}=\"/lists/wanted\"")),
            "{way}: {refused}"
        );
    }
    assert!(refused.contains("href=\"/lists/wanted?edit="), "{refused}");
    assert!(!refused.contains("href=\"?"), "{refused}");
    let short = send("/lists/wanted/put", &[("number", "+45201000")]).await;
    let short = text(page(&app, &cookie, &format!("{short}&lang=en"))).await;
    assert!(short.contains("a digit is missing"), "{short}");
    send("/lists/wanted/remove", &[("pattern", "+45201000")]).await;
    let removed = send("/lists/wanted/remove", &[("pattern", "+4540112233")]).await;
    let number = E164::parse("+4540112233").unwrap();
    assert!(app.store.entries_matching(number).await.unwrap().is_empty());
    let told = text(page(&app, &cookie, &format!("{removed}&lang=en"))).await;
    assert!(
        told.contains("<b>+45 40 11 22 33</b> &lt;b&gt;Lone"),
        "it says whom: {told}"
    );
    assert!(!removed.contains("Lone"), "{removed}");
    let offer = field(&told, "offer");
    send(
        "/lists/wanted/put",
        &[("number", "40112233"), ("note", "Per")],
    )
    .await;
    let over = app.client.post(app.url("/lists/wanted/restore"));
    let over = over.header("cookie", &cookie).form(&[("offer", &offer)]);
    assert_eq!(
        over.send().await.unwrap().status(),
        409,
        "a newer one stands there"
    );
    assert_eq!(
        app.store.entries_matching(number).await.unwrap()[0].note,
        "Per"
    );
    send("/lists/wanted/remove", &[("pattern", "+4540112233")]).await;
    send("/lists/wanted/restore", &[("offer", &offer)]).await;
    assert_eq!(
        app.store.entries_matching(number).await.unwrap()[0].note,
        "<b>Lone</b>"
    );
    let edit = text(page(&app, &cookie, "/lists/wanted?edit=%2B4540112233")).await;
    let changed = [
        ("number", "40112244"),
        ("note", "Lone"),
        ("was", &*field(&edit, "was")),
        ("was_line", &*field(&edit, "was_line")),
    ];
    send("/lists/wanted/put", &changed).await;
    assert!(app.store.entries_matching(number).await.unwrap().is_empty());
    let number = E164::parse("+4540112244").unwrap();
    assert_eq!(app.store.entries_matching(number).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_entry_is_neither_widened_nor_written_over_without_a_word() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let put = async |form: &[(&str, &str)]| {
        let request = app.client.post(app.url("/lists/wanted/put?lang=en"));
        let request = request.header("cookie", &cookie).form(form);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let number = E164::parse("+4540112233").unwrap();
    let listed = async || app.store.entries_matching(number).await.unwrap();
    let of_a_line = ListEntry {
        pattern: NumberPattern::exact(number),
        list: ListName::Wanted,
        line: Some(LineId("before".to_owned())),
        note: "Lone".to_owned(),
        origin: Origin::Owner,
        added_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        expires_at: None,
    };
    let kept = vec![ListChange::Put(of_a_line)];
    app.store.change_lists(kept).await.unwrap();
    // Its line has another name now; the form offers it all the same.
    let edit = "/lists/wanted?edit=%2B4540112233&line=before&lang=en";
    let edit = text(page(&app, &cookie, edit)).await;
    assert!(edit.contains("before (is no more)"), "{edit}");
    let changed = [
        ("number", "40112233"),
        ("note", "Lone Hansen"),
        ("line", "before"),
        ("was", "+4540112233"),
        ("was_line", "before"),
    ];
    assert_eq!(put(&changed).await.0, 303);
    let entry = listed().await.remove(0);
    assert_eq!(entry.note, "Lone Hansen");
    assert_eq!(entry.line.unwrap().0, "before");
    let (status, told) = put(&[("number", "40112233"), ("line", "nowhere")]).await;
    assert_eq!(status, 422);
    assert!(told.contains("That line is here no more"), "{told}");
    assert!(told.contains("class=\"main\" autofocus"), "{told}");
    for (until, words) in [
        ("22027-03-11", "The day cannot be read"),
        ("2020-01-01", "That day has passed"),
    ] {
        let (status, told) = put(&[("number", "40112233"), ("until", until)]).await;
        assert_eq!(status, 422, "{until}");
        assert!(told.contains(words), "{until}: {told}");
    }
    assert_eq!(listed().await.len(), 1);

    assert_eq!(put(&[("number", "40112233"), ("note", "Per")]).await.0, 303);
    assert_eq!(listed().await.len(), 2);
    let (status, told) = put(&[("number", "40112233"), ("note", "Mette")]).await;
    assert_eq!(status, 422);
    assert!(told.contains("is here already: “Per”"), "{told}");
    assert!(told.contains("value=\"40112233\" autofocus"), "{told}");
    let over = field(&told, "over");
    let insisted = [("number", "40112233"), ("note", "Mette"), ("over", &*over)];
    assert_eq!(put(&insisted).await.0, 303);
    let notes: Vec<_> = listed().await.into_iter().map(|own| own.note).collect();
    assert!(
        notes.contains(&"Mette".to_owned()) && notes.len() == 2,
        "{notes:?}"
    );
}

#[tokio::test]
async fn an_entry_that_was_held_back_takes_the_place_of_the_one_it_changed() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let send = async |path: &str, form: &[(&str, &str)]| sent(&app, &cookie, path, form).await;
    let words = "hej det er Lone fra bageriet jeg ringer om min ordre på et nyt logo";
    app.call("1", &[("From", "+4571234567")], &[words; 3]).await;
    let verdict = app.calls().await[0].verdict.clone().unwrap();
    assert_eq!(verdict.treatment, Treatment::Connect);
    send("/lists/block/put", &[("number", "+4572*")]).await;
    let edit = text(page(&app, &cookie, "/lists/block?edit=%2B4572*")).await;
    let changed = [
        ("number", "+4571*"),
        ("note", "Sælgere"),
        ("was", &*field(&edit, "was")),
        ("was_line", &*field(&edit, "was_line")),
    ];
    let held = send("/lists/block/put", &changed).await;
    assert!(held.contains("done=held"), "{held}");
    let listed = async || {
        let entries = app.store.entries(ListName::Block, None, 10).await.unwrap();
        let full = entries.into_iter().map(|entry| entry.pattern.full());
        full.collect::<Vec<_>>()
    };
    assert_eq!(listed().await, ["+4572*"]);
    let held = text(page(&app, &cookie, &held)).await;
    assert!(held.contains("<b>+4571*</b>"), "it says which: {held}");
    // What was typed is still there, so that more of the number can be written.
    for typed in ["value=\"+4571*\"", "value=\"Sælgere\""] {
        assert!(held.contains(typed), "{typed}: {held}");
    }
    assert_eq!(field(&held, "was"), "+4572*");
    let offer = field(&held, "offer");
    // Somebody else writes it first, and in his own words.
    let put = async |note: &str| {
        let put = app.api(Method::PUT, "/api/v1/lists/block/+4571*?insist=true");
        let put = put.json(&json!({ "note": note })).send().await.unwrap();
        assert_eq!(put.status(), 200);
    };
    put("Per").await;
    let taken = app.client.post(app.url("/lists/block/restore"));
    let taken = taken.header("cookie", &cookie).form(&[("offer", &offer)]);
    assert_eq!(taken.send().await.unwrap().status(), 409);
    let gone = app.api(Method::DELETE, "/api/v1/lists/block/+4571*");
    assert_eq!(gone.send().await.unwrap().status(), 204);
    send("/lists/block/restore", &[("offer", &offer)]).await;
    assert_eq!(listed().await, ["+4571*"]);
}

#[tokio::test]
async fn no_link_makes_a_list_offer_what_was_not_offered_to_whoever_follows_it() {
    let app = TestApp::start().await;
    let anne = first_account(&app, "anne", "hest og vogn").await;
    let token = log_in(&app).await;
    let made_up = "&undo=%7B%22pattern%22%3A%22%2B45*%22%2C%22list%22%3A%22block%22%2C%22origin%22%3A%22owner%22%2C%22added_at%22%3A%222026-03-02T09%3A00%3A00Z%22%7D";
    let put = [("number", "+4520111111")];
    sent(&app, &anne, "/lists/block/put", &put).await;
    let removed = sent(
        &app,
        &anne,
        "/lists/block/remove",
        &[("pattern", "+4520111111")],
    )
    .await;
    let (_, offer) = removed.split_once("&offer=").unwrap();
    // Of what he did himself it says whom it was about, whatever else the link has.
    let own = format!("/lists/block?done=removed&of=%2B4540112233&offer={offer}");
    let page_of = async |cookie: &str, path: &str| text(page(&app, cookie, path)).await;
    assert!(
        page_of(&anne, &own)
            .await
            .contains("<b>+45 20 11 11 11</b>")
    );
    for path in [
        own,
        format!("/lists/block?done=removed&of=%2B4520111111{made_up}"),
    ] {
        let followed = page_of(&token, &path).await;
        assert!(!followed.contains("/lists/block/restore"), "{followed}");
    }
    let taken = app.client.post(app.url("/lists/block/restore"));
    let taken = taken.header("cookie", &token).form(&[("offer", offer)]);
    assert_eq!(taken.send().await.unwrap().status(), 409);
    assert_eq!(app.store.counts().await.unwrap().entries, 0);
    sent(&app, &anne, "/lists/block/restore", &[("offer", offer)]).await;
    assert_eq!(app.store.counts().await.unwrap().entries, 1);
}

#[tokio::test]
async fn the_last_day_of_an_entry_stays_what_it_was() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let path = "/api/v1/lists/import?list=wanted";
    let imported = app
        .api(Method::POST, path)
        .header("content-type", "text/csv");
    let imported = imported
        .body("nummer,udløber\n40112233,2026-12-31\n")
        .send();
    assert_eq!(imported.await.unwrap().status(), 200);
    let number = E164::parse("+4540112233").unwrap();
    let end = async || app.store.entries_matching(number).await.unwrap()[0].expires_at;
    let before = end().await;
    let list = text(page(
        &app,
        &cookie,
        "/lists/wanted?edit=%2B4540112233&lang=en",
    ))
    .await;
    assert!(list.contains("until Thursday 31 December"), "{list}");
    assert!(list.contains("value=\"2026-12-31\""), "{list}");
    let changed = [
        ("number", "40112233"),
        ("note", "Lone"),
        ("until", "2026-12-31"),
        ("was", &*field(&list, "was")),
        ("was_line", &*field(&list, "was_line")),
    ];
    let put = app.client.post(app.url("/lists/wanted/put"));
    let put = put.header("cookie", &cookie).form(&changed).send();
    assert_eq!(put.await.unwrap().status(), 303);
    assert_eq!(end().await, before);
}

/// Where the other language of a page is found.
fn other_language(page: &str) -> String {
    let (before, _) = page.split_once("hreflang=").unwrap();
    let (_, address) = before.rsplit_once("href=\"").unwrap();
    let address = address.split('"').next().unwrap();
    address.replace("&amp;", "&")
}

#[tokio::test]
async fn the_other_language_of_an_answer_is_found_where_the_page_is() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej"]).await;
    let id = app.calls().await[0].id;
    let cookie = log_in(&app).await;
    for (path, form, address) in [
        (
            "/lists/block/put",
            &[("number", "x")][..],
            "/lists/block?lang=da",
        ),
        (
            "/rules/save",
            &[("path", "test.toml"), ("text", "points = oops")],
            "/rules/file?path=test.toml&lang=da",
        ),
        (
            &format!("/calls/{id}/act"),
            &[("action", "ask_why")],
            "/?lang=da",
        ),
        ("/lists/block/remove", &[("pattern", "nobody")], "/?lang=da"),
    ] {
        let request = app.client.post(app.url(&format!("{path}?lang=en")));
        let answer = request.header("cookie", &cookie).form(form).send().await;
        let answer = answer.unwrap().text().await.unwrap();
        assert_eq!(other_language(&answer), address, "{path}: {answer}");
        let there = text(page(&app, &cookie, address)).await;
        assert!(there.contains("<html lang=\"da\""), "{path}: {there}");
    }
    // Where something can only be sent, people are told so, and programs as ever.
    let asked = |accept: &'static str| {
        let request = page(&app, &cookie, "/lists/block/put?lang=en").header("accept", accept);
        async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 405);
            response.text().await.unwrap()
        }
    };
    assert!(asked("text/html").await.contains("There is no page here"));
    let told: serde_json::Value = serde_json::from_str(&asked("*/*").await).unwrap();
    assert_eq!(told["error"], "method");
}

#[tokio::test]
async fn statistics_and_settings_are_shown_in_both_languages() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Vi sælger mobilabonnement"]).await;
    let cookie = log_in(&app).await;
    for (path, danish, english) in [
        ("/statistics", "Opkald dag for dag", "Calls by day"),
        (
            "/settings",
            "Du har ingen linje endnu",
            "You have no line yet",
        ),
    ] {
        assert!(
            text(page(&app, &cookie, &format!("{path}?lang=da")))
                .await
                .contains(danish)
        );
        assert!(
            text(page(&app, &cookie, &format!("{path}?lang=en")))
                .await
                .contains(english)
        );
    }
    let day = text(page(&app, &cookie, "/statistics?days=7&lang=en")).await;
    assert!(day.contains("fill=\"#8A8880\""), "{day}");
}

#[tokio::test]
async fn rules_are_tried_saved_and_never_written_over_what_changed_meanwhile() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let file = text(page(&app, &cookie, "/rules/file?path=test.toml&lang=en")).await;
    let base = field(&file, "base");
    let own = std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap();
    let changed = own.replace("mobilabonnement", "solcelle*");
    let ask = async |path: &str, text: &str| {
        let request = app.client.post(app.url(path)).header("cookie", &cookie);
        let body = serde_json::json!({"path": "test.toml", "text": text, "said": "køb solceller"});
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json::<serde_json::Value>().await.unwrap()
    };
    let broken = ask("/rules/check", &own.replace("points = 3", "points = 33")).await;
    assert_eq!(broken["errors"], 2, "{broken}");
    assert_eq!(ask("/rules/check", &changed).await["errors"], 0);
    let fires = |tried: &serde_json::Value| {
        let reasons = tried["reasons"].as_array().unwrap();
        reasons
            .iter()
            .any(|hit| hit["words"] == "solceller" && hit["name"] == "Sells subscriptions")
    };
    assert!(!fires(&ask("/rules/try", &own).await));
    let tried = ask("/rules/try", &changed).await;
    assert!(fires(&tried), "{tried}");

    let save = async |text: &str, base: &str| {
        let form = [("path", "test.toml"), ("base", base), ("text", text)];
        let request = app
            .client
            .post(app.url("/rules/save"))
            .header("cookie", &cookie);
        request.form(&form).send().await.unwrap()
    };
    assert_eq!(
        save(&own.replace("points = 3", "points = 33"), &base)
            .await
            .status(),
        422
    );
    std::fs::write(
        app.rules.path().join("test.toml"),
        format!("{own}# by hand\n"),
    )
    .unwrap();
    let refused = save(&changed, &base).await;
    assert_eq!(refused.status(), 409);
    let conflict = refused.text().await.unwrap();
    assert!(
        conflict.contains("# by hand") && conflict.contains("solcelle*"),
        "{conflict}"
    );
    assert_eq!(
        save(&changed, &field(&conflict, "base")).await.status(),
        303
    );
    assert_eq!(
        std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap(),
        changed
    );
    let saved = text(page(&app, &cookie, "/rules/file?path=test.toml&lang=en")).await;
    assert_eq!(saved.matches("&amp;version=").count(), 2, "{saved}");
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_is_tried_in_the_browser_the_way_real_ones_go() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let send = async |path: &str, form: &[(&str, &str)]| {
        let request = app.client.post(app.url(path)).header("cookie", &cookie);
        let response = request.form(form).send().await.unwrap();
        assert_eq!(
            response.status(),
            303,
            "{path} {}",
            response.text().await.unwrap()
        );
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    let unreadable = [("from", "4011223x"), ("name", "<i>Lone</i>")];
    let refused = app.client.post(app.url("/try?lang=en"));
    let refused = refused.header("cookie", &cookie).form(&unreadable).send();
    let refused = refused.await.unwrap();
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    for kept in ["cannot be read", "value=\"4011223x\"", "&lt;i&gt;Lone"] {
        assert!(refused.contains(kept), "{kept}: {refused}");
    }
    assert!(app.calls().await.is_empty());
    let trial = send("/try", &[("from", "40 11 22 33"), ("name", "<i>Lone</i>")]).await;
    let begun = text(page(&app, &cookie, &trial)).await;
    assert!(
        begun.contains("&lt;i&gt;Lone") && begun.contains("name=\"words\""),
        "{begun}"
    );
    send(&trial, &[("words", "Vi sælger mobilabonnement")]).await;
    send(&trial, &[("press", "2")]).await;
    send(&trial, &[("press", "message")]).await;
    let call = app.calls().await.remove(0);
    assert!(call.simulated && call.is_over(), "{call:?}");
    assert_eq!(call.recording.unwrap().seconds, Some(8));
    let beside = beside(&app, &cookie).await;
    assert_eq!(beside["today"], "No calls yet today.");
    assert_eq!(beside["waiting"]["words"], "");
    assert_eq!(beside["latest"], serde_json::json!([]));

    let rung = send("/try", &[]).await;
    send(&rung, &[("press", "2")]).await;
    send(&rung, &[("press", "1")]).await;
    let id = rung.rsplit('/').next().unwrap();
    let calls = app.calls().await;
    let call = calls.iter().find(|call| call.id.to_string() == id).unwrap();
    assert_eq!(call.disposition, Some(Disposition::Connected), "{call:?}");
    app.call("9", &[], &[]).await;
    let real = app
        .calls()
        .await
        .into_iter()
        .find(|call| !call.simulated)
        .unwrap();
    let refused = app.client.post(app.url(&format!("/try/{}", real.id)));
    let refused = refused.header("cookie", &cookie).form(&[("words", "x")]);
    assert_eq!(refused.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_first_link_makes_an_owner_once_and_viewers_only_look() {
    let app = TestApp::start().await;
    let link = portner::web::first_link(app.store.as_ref()).await.unwrap();
    let link = format!("/welcome/{}", link.unwrap().expose_secret());
    let post = async |cookie: &str, path: &str, form: &[(&str, &str)]| {
        let request = app.client.post(app.url(path)).header("cookie", cookie);
        request.form(form).send().await.unwrap()
    };
    let wrong = app
        .client
        .get(app.url("/welcome/00ff"))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.headers()["location"], "/login");
    assert_eq!(
        app.client
            .get(app.url(&link))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let short = [("name", "anne"), ("password", "short")];
    assert_eq!(post("", &link, &short).await.status(), 422);
    let fit = [("name", "anne"), ("password", "hest og vogn")];
    let owner = cookie_of(&post("", &link, &fit).await);
    assert!(
        text(page(&app, &owner, "/access?lang=en"))
            .await
            .contains("anne")
    );
    let again = post("", &link, &[("name", "eve"), ("password", "hest og vogn")]).await;
    assert_eq!(again.headers()["location"], "/login");

    let new = [
        ("name", "per"),
        ("password", "vogn og hest"),
        ("role", "viewer"),
    ];
    assert_eq!(post(&owner, "/access/add", &new).await.status(), 303);
    let taken = post(&owner, "/access/add?lang=en", &new).await;
    assert_eq!(taken.status(), 422);
    let taken = taken.text().await.unwrap();
    for kept in ["The name is taken.", "value=\"per\"", "\"/access?lang=da\""] {
        assert!(taken.contains(kept), "{kept}: {taken}");
    }
    assert!(!taken.contains("vogn og hest"), "{taken}");
    let log_in = [("name", "Per"), ("password", "vogn og hest")];
    let viewer = cookie_of(&post("", "/login", &log_in).await);
    text(page(&app, &viewer, "/calls")).await;
    let block = [("number", "40112233")];
    assert_eq!(
        post(&viewer, "/lists/block/put", &block).await.status(),
        403
    );
    let through_the_interface = app.client.put(app.url("/api/v1/lists/block/+4540112233"));
    let refused = through_the_interface
        .header("cookie", &viewer)
        .json(&serde_json::json!({}));
    assert_eq!(refused.send().await.unwrap().status(), 403);
    assert_eq!(app.store.counts().await.unwrap().entries, 0);
    assert_eq!(post(&owner, "/lists/block/put", &block).await.status(), 303);
    let access = text(page(&app, &owner, "/access")).await;
    assert!(access.contains("Wrote on the list “Blocked”"), "{access}");
    let seen = text(page(&app, &viewer, "/access")).await;
    assert!(
        seen.contains("<td>per</td>") && !seen.contains("<td>anne</td>"),
        "{seen}"
    );

    let removed = post(&owner, "/access/remove", &[("name", "per")]).await;
    assert_eq!(removed.status(), 303);
    let then = removed.headers()["location"].to_str().unwrap().to_owned();
    let told = text(page(&app, &owner, &format!("{then}&lang=en"))).await;
    for words in ["The account “per” is removed.", "Removed an account: per"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(
        page(&app, &viewer, "/calls").send().await.unwrap().status(),
        303
    );
    let last = post(&owner, "/access/remove", &[("name", "anne")]).await;
    assert_eq!(last.headers()["location"], "/access?done=last");
    let told = text(page(&app, &owner, "/access?lang=en")).await;
    let refused = "Removed an account <span class=\"tag\">refused</span>";
    assert!(told.contains(refused), "{told}");
}

#[tokio::test]
async fn the_login_leads_on_and_keeps_the_name() {
    let app = TestApp::start().await;
    let link = portner::web::first_link(app.store.as_ref()).await.unwrap();
    let link = format!("/welcome/{}", link.unwrap().expose_secret());
    let post = async |path: &str, form: &[(&str, &str)]| {
        let request = app.client.post(app.url(path)).form(form);
        request.send().await.unwrap()
    };
    let short = post(&link, &[("name", "anne"), ("password", "short")]).await;
    assert_eq!(short.status(), 422);
    assert!(short.text().await.unwrap().contains("value=\"anne\""));
    let right = [("name", "anne"), ("password", "hest og vogn")];
    cookie_of(&post(&link, &right).await);
    let going = app.client.get(app.url("/calls?verdict=reject"));
    let going = going.header("accept", "text/html").send().await.unwrap();
    let login = going.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(login, "/login?next=%2Fcalls%3Fverdict%3Dreject");
    let asked = text(app.client.get(app.url(&login))).await;
    assert_eq!(field(&asked, "next"), "/calls?verdict=reject");
    let wrong = [
        ("name", "anne"),
        ("password", "ko og kalv går"),
        ("next", "/calls"),
    ];
    let wrong = post("/login", &wrong).await;
    assert_eq!(wrong.status(), 401);
    let wrong = wrong.text().await.unwrap();
    assert_eq!(field(&wrong, "next"), "/calls");
    assert!(wrong.contains("value=\"anne\"") && !wrong.contains("kalv"));
    for (next, then) in [("/calls", "/calls"), ("//evil.example", "/")] {
        let typed = [right[0], right[1], ("next", next)];
        let inside = post("/login", &typed).await;
        assert_eq!(inside.headers()["location"], then);
    }
}

/// A browser sends no cookie of a login along with a link of another site's, such as a mail that is read
/// in it.
#[tokio::test]
async fn a_link_in_a_mail_leads_whoever_is_logged_in_to_its_page() {
    let app = TestApp::start().await;
    let cookie = log_in(&app).await;
    let followed = async |path: &str, site: &str| {
        let request = app.client.get(app.url(path)).header("accept", "text/html");
        request.header("sec-fetch-site", site).send().await.unwrap()
    };
    for (path, leads_to) in [
        ("/calls?verdict=reject", "/calls?verdict=reject"),
        ("/", "/"),
        ("/calls?q=//evil.example", "/"),
    ] {
        let answer = followed(path, "cross-site").await;
        assert_eq!(answer.status(), 200, "{path}");
        let answer = answer.text().await.unwrap();
        let refresh = format!("http-equiv=\"refresh\" content=\"0; url={leads_to}\"");
        assert!(answer.contains(&refresh), "{path}: {answer}");
    }
    let on = followed("/calls", "same-origin").await;
    assert_eq!(on.headers()["location"], "/login?next=%2Fcalls");
    let program = app.client.get(app.url("/calls"));
    let program = program.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(program.unwrap().status(), 303, "no page is looked for");
    for (login, to) in [
        ("/login", "/"),
        ("/login?next=%2Fcalls", "/calls"),
        ("/login?next=%2F%2Fevil.example", "/"),
    ] {
        let on = page(&app, &cookie, login).send().await.unwrap();
        assert_eq!(on.headers()["location"], to, "{login}");
    }
}

#[tokio::test]
async fn guessing_a_password_is_held_back_and_a_changed_one_ends_other_logins() {
    let app = TestApp::start().await;
    let link = portner::web::first_link(app.store.as_ref()).await.unwrap();
    let link = format!("/welcome/{}", link.unwrap().expose_secret());
    let post = async |cookie: &str, path: &str, form: &[(&str, &str)]| {
        let request = app.client.post(app.url(path)).header("cookie", cookie);
        request.form(form).send().await.unwrap()
    };
    let right = [("name", "anne"), ("password", "hest og vogn")];
    let first = cookie_of(&post("", &link, &right).await);
    let second = cookie_of(&post("", "/login", &right).await);
    let change = [("old", "hest og vogn"), ("password", "ko og kalv går")];
    let changed = post(&second, "/access/password", &change).await;
    assert_eq!(changed.headers()["location"], "/access?done=done");
    assert_eq!(page(&app, &first, "/").send().await.unwrap().status(), 303);
    assert_eq!(page(&app, &second, "/").send().await.unwrap().status(), 200);
    for _ in 0..5 {
        assert_eq!(post("", "/login", &right).await.status(), 401);
    }
    let new = [("name", "anne"), ("password", "ko og kalv går")];
    assert_eq!(post("", "/login", &new).await.status(), 429);
    // Whoever is logged in waits for nobody's guesses.
    let begun = [("password", "ko og kalv går")];
    let begun = post(&second, "/access/code/begin", &begun).await;
    assert_eq!(begun.headers()["location"], "/access/code");
    let change = [("old", "ko og kalv går"), ("password", "gris og so")];
    let changed = post(&second, "/access/password", &change).await;
    assert_eq!(changed.headers()["location"], "/access?done=done");
    // There too, guessing is held back.
    let wrong = [("old", "hest og vogn"), ("password", "ko og kalv går")];
    for _ in 0..5 {
        post(&second, "/access/password", &wrong).await;
    }
    let right = [("old", "gris og so"), ("password", "ko og kalv går")];
    let held = post(&second, "/access/password", &right).await;
    assert_eq!(held.headers()["location"], "/access?done=wait");
    for path in ["/access/code/begin", "/access/code/off"] {
        let right = [("password", "gris og so"), ("code", "000000")];
        let held = post(&second, path, &right).await;
        assert_eq!(held.headers()["location"], "/access?done=wait", "{path}");
    }
}

#[tokio::test]
async fn the_owner_marks_a_call_right_or_wrong() {
    let app = TestApp::start().await;
    let sold = [
        "Vi sælger mobilabonnement",
        "til den IT-ansvarlige",
        "til alle",
        "Mikkel fra mobilabonnement direkte",
    ];
    app.call("1", &[], &sold).await;
    let cookie = log_in(&app).await;
    let call = app.calls().await.remove(0);
    let story = format!("/calls/{}", call.id);
    for (judged, words) in [
        ("connect", "Wrong: should have come through"),
        ("off", "Was that right?"),
    ] {
        let mark = app
            .client
            .post(app.url(&format!("{story}/mark")))
            .header("cookie", &cookie);
        let response = mark.form(&[("judged", judged)]).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let page = text(page(&app, &cookie, &format!("{story}?lang=en"))).await;
        assert!(page.contains(words), "{page}");
    }
    // The page is a new one, so what was tapped below is answered at its top.
    for (judged, words) in [
        ("right", "The mark is kept."),
        ("off", "The mark is taken away."),
    ] {
        let mark = app
            .client
            .post(app.url(&format!("{story}/mark")))
            .header("cookie", &cookie);
        let response = mark.form(&[("judged", judged)]).send().await.unwrap();
        let then = response.headers()["location"].to_str().unwrap();
        let page = text(page(&app, &cookie, &format!("{then}&lang=en"))).await;
        assert!(page.contains(words), "{page}");
    }
}

fn cookie_of(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
