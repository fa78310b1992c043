//! Marks, replay, campaigns and proposals, through the interface.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;

async fn ids(app: &TestApp, query: &str) -> Vec<String> {
    let page = app.json(&format!("/api/v1/calls?{query}")).await;
    let calls = page["calls"].as_array().unwrap();
    let id = |call: &Value| call["id"].as_str().unwrap().to_owned();
    calls.iter().map(id).collect()
}

/// Sends it, and again while another test has rules tried on its log: that is done for one at a time.
async fn send(app: &TestApp, method: Method, path: &str, body: Value) -> (u16, Value) {
    for _ in 0..300 {
        let request = app.api(method.clone(), path).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if status != 503 {
            return (status, response.json().await.unwrap_or_default());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path}: another one never ends");
}

#[tokio::test]
async fn calls_are_marked_found_by_their_mark_and_unmarked() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Min ordre er ikke kommet"]).await;
    app.call("2", &[], &["Taler jeg med den it ansvarlige"])
        .await;
    let all = ids(&app, "text=ansvarlige").await;
    let mark = format!("/api/v1/calls/{}/mark", all[0]);
    let wrong = json!({"judged": "wrong", "should": "connect", "note": "min kunde"});
    let (status, kept) = send(&app, Method::PUT, &mark, wrong).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(
        (&kept["by"], &kept["at"]),
        (&json!("owner"), &json!("2026-03-02T09:00:00Z"))
    );
    // Something that still happens to the call leaves the mark alone.
    app.hook("2", "status", &[("CallStatus", "completed")])
        .await;
    let story = app.json(&format!("/api/v1/calls/{}", all[0])).await;
    assert_eq!(story["mark"], kept);
    assert_eq!(
        story["call"]["stage"], "ended",
        "{}",
        story["call"]["stage"]
    );
    assert_eq!(ids(&app, "mark=wrong").await, [all[0].clone()]);
    assert_eq!(ids(&app, "mark=any&limit=1").await, [all[0].clone()]);
    assert!(ids(&app, "mark=right").await.is_empty());
    let page = app.json("/api/v1/calls?text=ansvarlige").await;
    assert_eq!(page["calls"][0]["mark"]["should"], "connect");
    let page = app.json("/api/v1/calls?text=ordre").await;
    assert_eq!(page["calls"][0]["mark"], Value::Null);
    let table = app
        .get("/api/v1/calls?format=csv")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        table.contains("Wrong: should have come through,min kunde"),
        "{table}"
    );
    for (path, body, expected) in [
        (
            mark.as_str(),
            json!({"judged": "right", "should": "reject"}),
            422,
        ),
        (mark.as_str(), json!({"judged": "perhaps"}), 422),
        (
            mark.as_str(),
            json!({"judged": "right", "note": "x".repeat(501)}),
            422,
        ),
        ("/api/v1/calls/x/mark", json!({"judged": "right"}), 400),
        (
            "/api/v1/calls/0198c2f0-0000-7000-8000-000000000000/mark",
            json!({"judged": "right"}),
            404,
        ),
    ] {
        let (status, problem) = send(&app, Method::PUT, path, body).await;
        assert_eq!(status, expected, "{problem}");
    }
    let gone = app.api(Method::DELETE, &mark).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert!(ids(&app, "mark=any").await.is_empty());
}

const REJECT: &str = r#"
version = 1
[[rule]]
id = "no-orders"
name = "Turns orders away"
tactic = "D1"
kind = "sell"
points = 3
action = "reject"
i_mean_it = true
phrases = ["ordre"]
"#;

#[tokio::test]
async fn rules_are_tried_on_the_log_and_nothing_changes() {
    let app = TestApp::start_set_up("second_opinion = false\n").await;
    for (call, words) in [
        ("1", ["Min ordre er ikke kommet", "det er Lone", "ordren"]),
        (
            "2",
            ["Taler jeg med den it ansvarlige", "mobilabonnement", "alle"],
        ),
    ] {
        app.call(call, &[], &words).await;
    }
    let all = ids(&app, "text=ordre").await;
    let mark = format!("/api/v1/calls/{}/mark", all[0]);
    send(&app, Method::PUT, &mark, json!({"judged": "right"})).await;
    let replay = "/api/v1/rules/replay";
    let (status, same) = send(&app, Method::POST, replay, json!({})).await;
    assert_eq!(status, 200, "{same}");
    assert_eq!(
        (&same["judged"], &same["same"], &same["changed"]),
        (&json!(2), &json!(2), &json!(0)),
        "{same}"
    );
    let files = json!([{"path": "mine.toml", "text": REJECT}]);
    let (_, changed) = send(&app, Method::POST, replay, json!({"files": files})).await;
    assert_eq!(
        (&changed["changed"], &changed["marks_broken"]),
        (&json!(1), &json!(1)),
        "{changed}"
    );
    assert_eq!(
        changed["changes"][0]["now"]["judged"]["treatment"],
        "reject"
    );
    assert_ne!(changed["version"], same["version"]);
    assert!(!app.rules.path().join("mine.toml").exists());
    // Without the rules that knew him, the seller would be asked something else or put through.
    let (_, bare) = send(
        &app,
        Method::POST,
        replay,
        json!({"files": files, "whole": true, "against": "rules"}),
    )
    .await;
    assert_eq!(bare["same"], 0, "{bare}");
    let request = app
        .api(Method::POST, replay)
        .header("accept", "application/x-ndjson");
    let lines = request
        .json(&json!({"limit": 200_000}))
        .send()
        .await
        .unwrap();
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    let lines = lines.text().await.unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"]["same"], 2, "{lines}");
    for (body, expected) in [
        (json!({"limit": 200_000}), 400),
        (json!({"limit": 0}), 400),
        (json!({"changes": 2_000}), 400),
        (json!({"files": [{"path": "../x.toml", "text": ""}]}), 400),
        (
            json!({"files": [{"path": "x.toml", "text": "version = 2"}]}),
            422,
        ),
        (json!({"colour": "red"}), 422),
    ] {
        let (status, problem) = send(&app, Method::POST, replay, body).await;
        assert_eq!(status, expected, "{problem}");
    }
}

#[tokio::test]
async fn near_identical_openings_become_a_campaign_that_can_be_refused() {
    let app = TestApp::start().await;
    let script = "Goddag du taler med Per fra Nordlys jeg ringer om jeres mobilabonnement";
    let garbled = "ja goddag du taler med pia fra nordlys jeg ringer om jeres mobilabonnement";
    for (call, from, words) in [
        ("1", "+4571000001", script),
        ("2", "+4571000002", garbled),
        (
            "3",
            "+4571000003",
            "Hej det er Lone fra blomsterhjørnet min hjemmeside er nede",
        ),
    ] {
        app.call(call, &[("From", from)], &[words]).await;
    }
    let campaigns = app.json("/api/v1/campaigns").await;
    let one = &campaigns["campaigns"][0];
    assert_eq!(
        (&campaigns["total"], &one["calls"], &one["numbers"]),
        (&json!(1), &json!(2), &json!(2)),
        "{campaigns}"
    );
    assert_eq!(one["name"], "nordlys mobilabonnement", "{one}");
    assert_eq!(app.json("/api/v1/campaigns?calls=1").await["total"], 2);
    let refusal = format!("/api/v1/campaigns/{}/refusal", one["id"].as_str().unwrap());
    let (status, refused) = send(&app, Method::PUT, &refusal, json!({})).await;
    assert_eq!(
        (status, &refused["refused_until"]),
        (200, &json!("2026-05-31T09:00:00Z")),
        "{refused}"
    );
    app.call("4", &[("From", "+4571000004")], &[script]).await;
    let story = ids(&app, "caller=4571000004").await;
    let story = app.json(&format!("/api/v1/calls/{}", story[0])).await;
    assert_eq!(
        story["call"]["verdict"]["ground"], "refused_campaign",
        "{story}"
    );
    assert_eq!(story["call"]["verdict"]["treatment"], "reject");
    let gone = app.api(Method::DELETE, &refusal).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    app.call("5", &[("From", "+4571000005")], &[script]).await;
    let story = ids(&app, "caller=4571000005").await;
    let story = app.json(&format!("/api/v1/calls/{}", story[0])).await;
    assert_ne!(story["call"]["verdict"]["ground"], "refused_campaign");
    for (path, body, expected) in [
        (
            refusal.as_str(),
            json!({"until": "2020-01-01T00:00:00Z"}),
            422,
        ),
        ("/api/v1/campaigns/x/refusal", json!({}), 400),
        (
            "/api/v1/campaigns/0198c2f0-0000-7000-8000-000000000000/refusal",
            json!({}),
            404,
        ),
    ] {
        let (status, problem) = send(&app, Method::PUT, path, body).await;
        assert_eq!(status, expected, "{problem}");
    }
}

#[tokio::test]
async fn hits_are_counted_once_a_call() {
    let app = TestApp::start().await;
    for call in ["1", "2"] {
        let words = [
            "Taler jeg med den it ansvarlige",
            "it ansvarlige om mobilabonnement",
            "alle",
            "Mikkel fra mobilabonnement direkte",
        ];
        app.call(call, &[], &words).await;
    }
    let rules = app.json("/api/v1/rules/hits").await;
    assert_eq!(app.json("/api/v1/rules").await["rules"], rules["rules"]);
    let rules = rules["rules"].as_array().unwrap();
    let one = rules
        .iter()
        .find(|rule| rule["id"] == "asks-for-it")
        .unwrap();
    assert_eq!(
        (&one["calls"], &one["played"], &one["life"]),
        (&json!(2), &json!(0), &json!("live")),
        "{one}"
    );
    assert_eq!(one["last_at"], "2026-03-02T09:00:00Z");
}

#[tokio::test]
async fn a_wrong_mark_proposes_a_change_that_mends_the_call_and_nothing_is_written() {
    let app = TestApp::start().await;
    let words = [
        "Det er Lone min mobilabonnement fakturaen er væk",
        "jeg kan ikke finde min mobilabonnement fakturaen",
        "fordi i har sendt den til min gamle adresse",
    ];
    app.call("1", &[], &words).await;
    app.call(
        "2",
        &[],
        &[
            "Vil I have et mobilabonnement",
            "billigt mobilabonnement",
            "alle",
        ],
    )
    .await;
    let id = ids(&app, "text=fakturaen").await.remove(0);
    let story = app.json(&format!("/api/v1/calls/{id}")).await;
    let verdict = &story["call"]["verdict"]["treatment"];
    assert_ne!(verdict, "connect", "the caller is held up: {story}");
    let path = format!("/api/v1/calls/{id}/proposals");
    let (status, problem) = send(&app, Method::POST, &path, json!({})).await;
    assert_eq!(status, 422, "{problem}");
    let mark = format!("/api/v1/calls/{id}/mark");
    send(
        &app,
        Method::PUT,
        &mark,
        json!({"judged": "wrong", "should": "connect"}),
    )
    .await;
    let before = std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap();
    let (status, proposals) = send(&app, Method::POST, &path, json!({})).await;
    assert_eq!(status, 200, "{proposals}");
    let first = &proposals["proposals"][0];
    assert_eq!(first["effect"]["marks_broken"], 0, "{proposals}");
    assert_eq!(first["effect"]["marks_mended"], 1, "{proposals}");
    assert_eq!(first["effect"]["changed"], 1, "{proposals}");
    assert!(
        first["diff"].as_str().unwrap().starts_with("--- a/"),
        "{first}"
    );
    assert_eq!(
        std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap(),
        before
    );
    assert_eq!(std::fs::read_dir(app.rules.path()).unwrap().count(), 1);
    // The owner takes it: the file is written only as it was read.
    let path = format!("/api/v1/rules/{}", first["path"].as_str().unwrap());
    let mut request = app
        .api(Method::PUT, &path)
        .body(first["text"].as_str().unwrap().to_owned());
    if let Some(base) = first["base"].as_str() {
        request = request.header("if-match", base);
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let (_, again) = send(
        &app,
        Method::POST,
        &format!("/api/v1/calls/{id}/proposals"),
        json!({}),
    )
    .await;
    assert_eq!(again["proposals"], json!([]));
    let danish = app
        .api(Method::POST, &format!("/api/v1/calls/{id}/proposals"))
        .header("accept-language", "da")
        .json(&json!({}));
    let danish: Value = danish.send().await.unwrap().json().await.unwrap();
    // Another test may have rules tried on its log just now.
    if danish["proposals"].is_array() {
        assert!(
            danish["reason"].as_str().unwrap().contains("med reglerne"),
            "{danish}"
        );
    }
    assert!(
        again["reason"]
            .as_str()
            .unwrap()
            .contains("ends as it should"),
        "{again}"
    );
}

#[tokio::test]
async fn a_change_that_loses_more_conversations_than_it_mends_is_not_proposed() {
    let app = TestApp::start_set_up("second_opinion = false\n").await;
    let words = [
        "Taler jeg med den it ansvarlige",
        "det handler om mobilabonnement",
        "alle",
    ];
    app.call("1", &[], &words).await;
    let id = ids(&app, "text=ansvarlige").await.remove(0);
    let story = app.json(&format!("/api/v1/calls/{id}")).await;
    let tips = story["tips"].as_array().unwrap();
    assert!(tips.iter().any(|tip| tip["en"].is_string()), "{story}");
    let (status, answer) = send(
        &app,
        Method::POST,
        &format!("/api/v1/calls/{id}/proposals"),
        json!({"should": "connect"}),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    for proposal in answer["proposals"].as_array().unwrap() {
        let count = |name: &str| proposal["sample"][name].as_u64().unwrap();
        // On a machine that has other things to do, the time may be up before.
        if count("conversations") == 0 {
            continue;
        }
        assert!(count("conversations") > 50, "{proposal}");
        assert!(count("lost") <= count("mended") + 1, "{proposal}");
    }
}
