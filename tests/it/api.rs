//! The interface for programs.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use portner::web;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{LOCAL_KEY, TestApp};

#[tokio::test]
async fn nothing_is_told_without_the_token() {
    let app = TestApp::start().await;
    let mut addresses: Vec<(Method, String)> = Vec::new();
    for (path, item) in portner::web::openapi().paths.paths {
        let path = path.replace(['{', '}'], "x");
        for (method, there) in [
            (Method::GET, item.get.is_some()),
            (Method::PUT, item.put.is_some()),
            (Method::POST, item.post.is_some()),
            (Method::DELETE, item.delete.is_some()),
        ] {
            addresses.extend(there.then(|| (method, path.clone())));
        }
    }
    assert!(addresses.len() > 10, "{addresses:?}");
    addresses.push((Method::GET, "/metrics".into()));
    addresses.push((Method::GET, "/api/v1/openapi.json".into()));
    for (method, path) in addresses {
        for wrong in [None, Some("wrong"), Some("")] {
            let mut request = app.client.request(method.clone(), app.url(&path));
            if let Some(wrong) = wrong {
                request = request.bearer_auth(wrong);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{method} {path}");
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["error"], "unauthorized");
        }
    }
    for path in ["/health/live", "/health/ready"] {
        let response = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn who_watches_the_house_is_told_that_the_store_is_away() {
    let watched = [
        "/metrics",
        "/api/v1/status",
        "/api/v1/rules",
        "/api/v1/rules/hits",
    ];
    let app = TestApp::start().await;
    app.service.keeper().close().await;
    let status = app.get("/metrics").await.status();
    assert_eq!(status, 503, "no token was read yet");
    app.service.keeper().open().await.unwrap();
    // A store in memory is a new one each time.
    let store = app.service.keeper().store().unwrap();
    let token = web::ensure_token(store.as_ref()).await.unwrap().unwrap();
    let shown = |path: &str, token: &str| {
        let request = app.client.get(app.url(path)).bearer_auth(token);
        async move { request.send().await.unwrap() }
    };
    assert_eq!(shown("/metrics", token.expose()).await.status(), 200);
    let renewed = app.client.post(app.url("/api/v1/token"));
    let renewed = renewed.bearer_auth(token.expose()).send().await.unwrap();
    let renewed: Value = renewed.json().await.unwrap();
    let renewed = renewed["token"].as_str().unwrap();
    app.service.keeper().close().await;
    for path in watched {
        assert_eq!(shown(path, renewed).await.status(), 200, "{path}");
        for wrong in ["wrong", token.expose()] {
            assert_eq!(shown(path, wrong).await.status(), 401, "{path}");
        }
    }
    let figures = shown("/metrics", renewed).await.text().await.unwrap();
    assert!(figures.contains("portner_store_up 0"), "{figures}");
    let status = shown("/api/v1/calls", renewed).await.status();
    assert_eq!(status, 503, "what is in the store is away");
}

#[tokio::test]
async fn the_local_key_serves_as_well_and_makes_a_new_token() {
    let app = TestApp::start().await;
    let new = app
        .client
        .post(app.url("/api/v1/token"))
        .bearer_auth(LOCAL_KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(new.status(), 200);
    let new: Value = new.json().await.unwrap();
    assert_eq!(app.get("/api/v1/status").await.status(), 401);
    let with_new = app.client.get(app.url("/api/v1/status"));
    let with_new = with_new.bearer_auth(new["token"].as_str().unwrap()).send();
    let status: Value = with_new.await.unwrap().json().await.unwrap();
    assert_eq!(status["store"]["ok"], true);
    assert_eq!(status["instance"], "this-run");
    assert_eq!(status["lines"][0]["destinations"], json!([["client:····"]]));
}

#[tokio::test]
async fn calls_are_found_by_what_is_known_of_them() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Min ordre er ikke kommet frem"]).await;
    app.call("2", &[("From", "+4520111111")], &["Hej"]).await;
    let found = |query: &'static str| {
        let app = &app;
        async move {
            let page = app.json(&format!("/api/v1/calls?{query}")).await;
            page["calls"].as_array().unwrap().len()
        }
    };
    assert_eq!(found("").await, 2);
    assert_eq!(found("caller=%2B4520111111").await, 1);
    assert_eq!(found("caller=4520111111").await, 1);
    assert_eq!(found("caller=+4520111111").await, 1);
    assert_eq!(found("text=ORDRE").await, 1);
    assert_eq!(found("line=nowhere").await, 0);
    assert_eq!(found("from=2026-03-02&until=2026-03-03").await, 2);
    assert_eq!(found("until=2026-03-02").await, 0);
    assert_eq!(found("message=true").await, 0);
    let left = [
        ("From", "+4520111111"),
        ("RecordingUrl", "https://api.twilio.com/1"),
        ("RecordingDuration", "4"),
    ];
    app.hook("2", "recorded?turn=2", &left).await;
    assert_eq!(found("message=true").await, 1);
    assert_eq!(found("message=true&verdict=message").await, 0);
    assert_eq!(found("message=false").await, 2);
    let first = app.json("/api/v1/calls?limit=1").await;
    let next = first["next"].as_str().expect("there is more").to_owned();
    let second = app
        .json(&format!("/api/v1/calls?limit=1&before={next}"))
        .await;
    assert_ne!(first["calls"][0]["id"], second["calls"][0]["id"]);
    assert_eq!(second["next"], Value::Null);
    for wrong in [
        "limit=0",
        "limit=501",
        "caller=abc",
        "from=yesterday",
        "before=x",
        "message=perhaps",
        "colour=red",
    ] {
        let response = app.get(&format!("/api/v1/calls?{wrong}")).await;
        assert_eq!(response.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_table_holds_no_formulas() {
    let app = TestApp::start().await;
    let name = [("CallerName", "=HYPERLINK(\"http://evil\")")];
    app.call("1", &name, &["=1+1, sagde han"]).await;
    // One that is written like a guarded one, and would lose its sign where guards are taken off.
    let call = app.calls().await[0].id;
    let mark = json!({"judged": "right", "note": "'=1+1"});
    let marked = app.api(Method::PUT, &format!("/api/v1/calls/{call}/mark"));
    assert_eq!(marked.json(&mark).send().await.unwrap().status(), 200);
    for response in [
        app.get("/api/v1/calls?format=csv").await,
        app.api(Method::GET, "/api/v1/calls")
            .header("accept", "text/csv")
            .send()
            .await
            .unwrap(),
    ] {
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("text/csv"), "{kind}");
        let table = response.text().await.unwrap();
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert!(row.iter().any(|cell| cell == "+4571234567"), "{row:?}");
        assert!(
            row.iter().any(|cell| cell.starts_with("'=HYPERLINK")),
            "{row:?}"
        );
        assert!(row.iter().any(|cell| cell.starts_with("'=1+1")), "{row:?}");
        assert!(row.iter().any(|cell| cell == "''=1+1"), "{row:?}");
        assert!(!row.iter().any(|cell| cell.starts_with('=')), "{row:?}");
    }
}

#[tokio::test]
async fn lists_are_written_and_read() {
    let app = TestApp::start().await;
    let put = |path: &'static str, body: Value| {
        let request = app.api(Method::PUT, path).json(&body);
        async move { request.send().await.unwrap() }
    };
    let response = put("/api/v1/lists/wanted/+4520111111", json!({"note": "Mette"})).await;
    assert_eq!(response.status(), 200);
    let entry: Value = response.json().await.unwrap();
    assert_eq!(
        (&entry["pattern"], &entry["origin"]),
        (&json!("+4520111111"), &json!("owner"))
    );
    for pattern in ["+45*", "+4520*", "+4520111111"] {
        let path = format!("/api/v1/lists/block/{pattern}");
        // Half the country begins as the number of the line does.
        let insisted = format!("{path}?insist=true");
        let written = app.api(Method::PUT, &insisted).json(&json!({})).send();
        assert_eq!(written.await.unwrap().status(), 200);
        let one = app.json(&path).await;
        assert_eq!(one["entries"].as_array().unwrap().len(), 1, "{pattern}");
        assert_eq!(one["entries"][0]["pattern"], pattern);
    }
    let page = app.json("/api/v1/lists/block?limit=2").await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 2);
    let after = page["next"].as_str().unwrap().replace('+', "%2B");
    let rest = app
        .json(&format!("/api/v1/lists/block?after={after}"))
        .await;
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);

    for (path, body, status, word) in [
        ("/api/v1/lists/block/12", json!({}), 400, "digits"),
        (
            "/api/v1/lists/friends/+4520111111",
            json!({}),
            404,
            "friends",
        ),
        (
            "/api/v1/lists/block/+4520111111",
            json!({"line": "moon"}),
            422,
            "moon",
        ),
        (
            "/api/v1/lists/block/+4520111111",
            json!({"notes": "x"}),
            422,
            "notes",
        ),
        (
            "/api/v1/lists/block/+4520111111",
            json!({"expires_at": "2020-01-01T00:00:00Z"}),
            422,
            "expires_at",
        ),
    ] {
        let response = put(path, body).await;
        assert_eq!(response.status(), status, "{path}");
        let problem = response.text().await.unwrap();
        assert!(problem.contains(word), "{problem}");
    }
    let remove = || app.api(Method::DELETE, "/api/v1/lists/block/+4520*").send();
    assert_eq!(remove().await.unwrap().status(), 204);
    assert_eq!(remove().await.unwrap().status(), 404);
}

#[tokio::test]
async fn rule_files_are_only_written_when_they_work() {
    let app = TestApp::start().await;
    let rules = app.json("/api/v1/rules").await;
    let file = &rules["files"][0];
    assert_eq!(
        (&file["path"], &file["own"]),
        (&json!("test.toml"), &json!(true))
    );
    let (hash, text) = (
        file["hash"].as_str().unwrap(),
        file["text"].as_str().unwrap(),
    );
    let put = |path: &str, base: Option<&str>, text: String| {
        let mut request = app
            .api(Method::PUT, &format!("/api/v1/rules/{path}"))
            .body(text);
        if let Some(base) = base {
            request = request.header("if-match", format!("\"{base}\""));
        }
        async move { request.send().await.unwrap() }
    };
    let changed = text.replace("Sells subscriptions", "Sells telephones");
    assert_eq!(put("test.toml", None, changed.clone()).await.status(), 409);
    assert_eq!(
        put("test.toml", Some("other"), changed.clone())
            .await
            .status(),
        409
    );
    let large = put("large.toml", None, "#".repeat(1024 * 1024 + 1)).await;
    assert_eq!(large.status(), 413);
    let broken = put("test.toml", Some(hash), text.replace("sell\"", "cell\"")).await;
    assert_eq!(broken.status(), 422);
    let broken: Value = broken.json().await.unwrap();
    assert_eq!(broken["diagnostics"][0]["line"], 7, "{broken}");
    let on_disk = || std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap();
    assert_eq!(on_disk(), text);
    assert_eq!(
        put("test.toml", Some(hash), changed.clone()).await.status(),
        200
    );
    assert_eq!(on_disk(), changed);
    for path in [
        "../out.toml",
        "..%2Fout.toml",
        "%2Fetc%2Fout.toml",
        "notes.md",
        ".x.toml",
    ] {
        let status = put(path, None, "version = 1".into()).await.status();
        assert!(status == 400 || status == 404, "{path}: {status}");
    }
    assert_eq!(
        put("da/new.toml", None, "version = 1\n".into())
            .await
            .status(),
        200
    );
    assert!(app.rules.path().join("da/new.toml").is_file());
}

#[tokio::test]
async fn all_of_an_answer_is_in_the_language_that_was_asked_for() {
    let app = TestApp::start().await;
    let asked = async |method: Method, path: &str, body: String| {
        let request = app.api(method, path).header("accept-language", "da");
        let request = request.header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let is_danish = |found: &Value| {
        let told = found["diagnostics"].to_string();
        told.contains("`name` mangler") && !told.contains("is missing")
    };

    let broken = "[[rule]]\nid = \"x\"\n".to_owned();
    let (status, found) = asked(Method::PUT, "/api/v1/rules/x.toml", broken.clone()).await;
    assert_eq!(status, 422, "{found}");
    assert!(is_danish(&found), "{found}");
    std::fs::write(app.rules.path().join("x.toml"), &broken).unwrap();
    let (_, found) = asked(Method::GET, "/api/v1/rules", String::new()).await;
    assert!(is_danish(&found), "{found}");

    let (status, found) = asked(Method::GET, "/api/v1/calls?limit=abc", String::new()).await;
    assert_eq!(status, 400);
    let message = found["message"].as_str().unwrap();
    assert!(
        message.contains("limit") && !message.contains("Failed"),
        "{message}"
    );
    let large = "#".repeat(3 * 1024 * 1024);
    let (status, found) = asked(Method::PUT, "/api/v1/lists/allow/+4571234567", large).await;
    assert_eq!((status, &found["error"]), (413, &json!("too_large")));
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("flere byte"), "{message}");
}

#[tokio::test]
async fn changes_of_calls_arrive_live_and_the_stream_ends_with_the_server() {
    let app = TestApp::start().await;
    let mut stream = app.get("/api/v1/calls/live").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    app.call("1", &[], &[]).await;
    let id = app.calls().await[0].id;
    let chunk = tokio::time::timeout(Duration::from_secs(5), stream.chunk());
    let chunk = chunk.await.expect("an event comes").unwrap().unwrap();
    let event = String::from_utf8(chunk.to_vec()).unwrap();
    assert!(event.contains("event: call"), "{event}");
    assert!(event.contains(&format!("id: {id}")), "{event}");
    assert!(event.contains("\"caller\":\"+4571234567\""), "{event}");
    let took = app.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(
        stream.chunk().await.unwrap(),
        None,
        "the stream ends in order"
    );
}

#[tokio::test]
async fn streams_are_bounded() {
    let app = TestApp::start_with(portner::web::Limits {
        streams: 1,
        ..portner::web::Limits::default()
    })
    .await;
    let first = app.get("/api/v1/calls/live").await;
    assert_eq!(first.status(), 200);
    assert_eq!(app.get("/api/v1/calls/live").await.status(), 503);
    drop(first);
    for _ in 0..50 {
        if app.get("/api/v1/calls/live").await.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the place of a closed stream was not given back");
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_says_why() {
    let app = TestApp::start().await;
    let response = app.get("/api/v1/backup").await;
    assert_eq!(response.status(), 409);
    let problem: Value = response.json().await.unwrap();
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("this store keeps nothing"), "{message}");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/calls/0195f0a0-0000-7000-8000-000000000000",
        "/nowhere",
        "/api/v1/nowhere",
    ] {
        let response = app.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["error"], "not_found");
    }
    let wrong_method = app
        .api(Method::POST, "/api/v1/status")
        .send()
        .await
        .unwrap();
    assert_eq!(wrong_method.status(), 405);
}

/// `PORTNER_BLESS=1 cargo test openapi` writes the file anew.
#[test]
fn the_openapi_file_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let now = portner::web::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("PORTNER_BLESS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == now,
        "docs/openapi.json is not what the code says; see this test's comment"
    );
}

/// Of two types of one name, the description has only one, and says of the other's answers what is not
/// true.
#[test]
fn no_two_schemas_have_the_same_name() {
    let mut files = Vec::new();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    crate::architecture::sources(&all, &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (_, described) in text
            .match_indices("ToSchema)]")
            .map(|(at, _)| text.split_at(at))
        {
            let words = described.split_whitespace();
            let mut words = words.skip_while(|word| !matches!(*word, "struct" | "enum"));
            let name = words.nth(1).unwrap_or_default().to_owned();
            assert!(
                names.insert(name.clone()),
                "another {name}: {}",
                file.display()
            );
        }
    }
    assert!(names.len() > 40, "{names:?}");
}
