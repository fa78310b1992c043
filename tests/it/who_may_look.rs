//! Who may look and change: nothing without a login, nothing of a line without business there, and
//! nothing changed without an entry in the record. Each walks every address there is.

use std::time::Duration;

use portner::call::{CallId, LineId, ListEntry, ListName, NumberPattern, Origin};
use portner::store::{CallFilter, ListChange, Shelf};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{TestApp, first_account, routes};

/// Two lines; the tests' calls come in at the first unless they say otherwise.
const LINES: &str = r#"
[[line]]
id = "shop"
number = "+4570101010"
destination = [{ client = "owner" }]
[[line]]
id = "home"
number = "+4570101011"
destination = [{ client = "owner" }]
"#;
const HOME: (&str, &str) = ("To", "+4570101011");
/// What is only known at home.
const SECRETS: [&str; 4] = ["arvestykke", "+4540998877", "40 99 88 77", "kun-hjemme"];

/// What answers without a login.
const OPEN: [&str; 9] = [
    "/login",
    "/login/code",
    "/login/provider",
    "/login/provider/done",
    "/welcome/{link}",
    "/health/live",
    "/health/ready",
    "/assets/{*file}",
    "/webhooks/{*rest}",
];

fn methods(known: &[String]) -> Vec<Method> {
    known
        .iter()
        .filter(|method| *method != "HEAD")
        .map(|method| method.parse().unwrap())
        .collect()
}

/// The address with something in each of its places.
fn filled(path: &str, call: CallId) -> String {
    path.replace("{id}", &call.to_string())
        .replace("{list}", "block")
        .replace("{pattern}", "+4540998877")
        .replace("{number}", "+4540998877")
        .replace("{*path}", "test.toml")
        .replace(['{', '}', '*'], "")
}

fn is_open(path: &str) -> bool {
    OPEN.contains(&path) || path.starts_with("/assets/")
}

#[tokio::test]
async fn nothing_but_health_and_webhooks_answers_without_a_login() {
    let app = TestApp::start_set_up(LINES).await;
    app.call("1", &[], &["arvestykke"]).await;
    let call = app.calls().await[0].id;
    let mut walked = 0;
    for (path, known) in routes().await {
        if is_open(&path) {
            continue;
        }
        for method in methods(&known) {
            let request = app
                .client
                .request(method.clone(), app.url(&filled(&path, call)));
            let response = request.body("{}").send().await.unwrap();
            let to = response.headers().get("location").cloned();
            match response.status().as_u16() {
                401 => {}
                303 => assert_eq!(to.unwrap(), "/login", "{method} {path}"),
                other => panic!("{method} {path} is answered with {other}"),
            }
            let body = response.text().await.unwrap();
            assert!(!body.contains("arvestykke"), "{method} {path}");
            walked += 1;
        }
    }
    assert!(walked > 60, "only {walked} were walked");
}

#[tokio::test]
async fn no_address_changes_anything_for_another_sites_page() {
    let app = TestApp::start_set_up(LINES).await;
    app.call("1", &[], &["arvestykke"]).await;
    let call = app.calls().await[0].id;
    let owner = account(&app, "otto", &[("role", "owner")]).await;
    let before = everything(&app).await;
    let mut walked = 0;
    for (path, known) in routes().await {
        if path.starts_with("/webhooks/") {
            continue;
        }
        for method in methods(&known)
            .into_iter()
            .filter(|one| *one != Method::GET)
        {
            for (name, value) in [
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
            ] {
                let request = app
                    .client
                    .request(method.clone(), app.url(&filled(&path, call)));
                let request = request.header("cookie", &owner).header(name, value);
                let answer = request.body("").send().await.unwrap();
                assert_eq!(answer.status(), 403, "{method} {path} {name}: {value}");
                walked += 1;
            }
        }
    }
    assert!(walked > 100, "only {walked} were walked");
    assert_eq!(everything(&app).await, before);
}

/// An account with these rights, logged in: its cookie.
async fn account(app: &TestApp, name: &str, rights: &[(&str, &str)]) -> String {
    let mut form = vec![("name", name), ("password", "hest og vogn")];
    form.extend(rights);
    let made = app.api(Method::POST, "/access/add").form(&form);
    let made = made.send().await.unwrap();
    let made = made.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(made, format!("/access?done=made&of={name}"));
    let form = [("name", name), ("password", "hest og vogn")];
    let entered = app.client.post(app.url("/login")).form(&form).send();
    cookie_of(&entered.await.unwrap())
}

#[tokio::test]
async fn whoever_is_given_a_line_sees_no_other_by_what_stands_above_it() {
    let app = TestApp::start_set_up(LINES).await;
    let post = async |path: &str, rights: &[(&str, &str)]| {
        let mut form = vec![("name", "per"), ("password", "hest og vogn")];
        form.extend(rights);
        app.api(Method::POST, path)
            .form(&form)
            .send()
            .await
            .unwrap()
    };
    let beside = [("role", "viewer"), ("on.shop", "owner"), ("on.home", "")];
    let refused = post("/access/add?lang=en", &beside).await;
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    for told in ["leave the lines at", "value=\"lines\" selected"] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let everywhere = [("role", "viewer"), ("on.shop", ""), ("on.home", "")];
    assert_eq!(post("/access/add", &everywhere).await.status(), 303);
    let refused = post("/access/rights", &beside).await;
    assert_eq!(refused.headers()["location"], "/access?done=aside");
}

fn cookie_of(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// An installation with a call and an entry on each line; the call at home.
async fn two_lines() -> (TestApp, CallId) {
    let app = TestApp::start_set_up(LINES).await;
    app.call("1", &[], &["Jeg vil købe en lampe"]).await;
    let at_home = [HOME, ("From", "+4540998877"), ("CallerName", "kun-hjemme")];
    app.call("2", &at_home, &["Det gælder et arvestykke"]).await;
    let entry = |number: &str, line: &str| {
        ListChange::Put(ListEntry {
            pattern: NumberPattern::parse(number).unwrap(),
            list: ListName::Block,
            line: Some(LineId(line.to_owned())),
            note: format!("kun-{}", if line == "home" { "hjemme" } else { "butik" }),
            origin: Origin::Owner,
            added_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            expires_at: None,
        })
    };
    let entries = vec![entry("+4540998877", "home"), entry("+4540112233", "shop")];
    app.store.change_lists(entries).await.unwrap();
    let calls = app.calls().await;
    let home = calls.iter().find(|call| call.line.0 == "home").unwrap().id;
    (app, home)
}

/// What an answer begins with; event streams never end.
async fn beginning(mut response: Response) -> String {
    let mut text = Vec::new();
    while let Ok(Ok(Some(piece))) =
        tokio::time::timeout(Duration::from_millis(300), response.chunk()).await
    {
        text.extend_from_slice(&piece);
        if text.len() > 4_000_000 {
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_viewer_of_one_line_learns_nothing_of_another_at_any_address() {
    let (app, home) = two_lines().await;
    let viewer = account(&app, "vera", &[("role", "lines"), ("on.shop", "viewer")]).await;
    let owner = account(&app, "otto", &[("role", "lines"), ("on.shop", "owner")]).await;
    let before = everything(&app).await;
    for (path, known) in routes().await {
        if is_open(&path) || path == "/logout" {
            continue;
        }
        for method in methods(&known) {
            for cookie in [&viewer, &owner] {
                let address = app.url(&filled(&path, home));
                let mut request = app.client.request(method.clone(), &address);
                request = request.header("cookie", cookie.as_str());
                if method != Method::GET {
                    request = match path.starts_with("/api/") {
                        true => request.json(&json!({"judged": "right", "note": "x"})),
                        false => request.form(&[
                            ("judged", "right"),
                            ("list", "allow"),
                            ("action", "refuse"),
                            ("words", "x"),
                            ("to", "+4570101011"),
                            ("number", "40998877"),
                            ("pattern", "+4540998877"),
                            ("line", "home"),
                            ("entry", r#"{"pattern":"+4540998877","list":"allow","line":"home","note":"x","origin":"owner","added_at":"2026-03-02T09:00:00Z","expires_at":null}"#),
                            ("name", "vera"),
                            ("role", "owner"),
                            ("password", "vogn og hest"),
                            ("old", "wrong, of course"),
                        ]),
                    };
                }
                let response = request.send().await.unwrap();
                // What was asked for may be said again; what is known of it may not.
                let text = beginning(response)
                    .await
                    .replace("+4540998877 is not on", "");
                for secret in SECRETS {
                    assert!(
                        !text.contains(secret),
                        "{method} {path} tells {secret}: {text}"
                    );
                }
            }
        }
    }
    assert_eq!(
        everything(&app).await,
        before,
        "something at home was changed"
    );
    // The walk proves something only if whoever may look does find these things.
    let owner = account(&app, "anne", &[("role", "owner")]).await;
    for path in [
        "/calls",
        "/lists/block",
        "/api/v1/calls",
        "/api/v1/lists/block/export",
    ] {
        let page = app.client.get(app.url(path)).header("cookie", &owner);
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(
            SECRETS.iter().any(|secret| page.contains(secret)),
            "{path}: {page}"
        );
    }
}

/// Everything that is kept of the calls, lists, marks and accounts.
async fn everything(app: &TestApp) -> String {
    let all = CallFilter {
        simulated: true,
        ..CallFilter::default()
    };
    let calls = app.store.calls(&all, None, 100).await.unwrap().calls;
    let lists = app.store.entries(ListName::Block, None, 100).await.unwrap();
    let allowed = app.store.entries(ListName::Allow, None, 100).await.unwrap();
    let marks = app.store.shelf(Shelf::Marks, None, 100).await.unwrap();
    let accounts = app.store.shelf(Shelf::Accounts, None, 100).await.unwrap();
    let rules = std::fs::read_to_string(app.rules.path().join("test.toml")).unwrap();
    format!("{calls:?} {lists:?} {allowed:?} {marks:?} {accounts:?} {rules}")
}

#[tokio::test]
async fn live_events_of_a_line_reach_whoever_may_look_and_stop_when_he_may_not() {
    let (app, _) = two_lines().await;
    let viewer = account(&app, "vera", &[("role", "lines"), ("on.shop", "viewer")]).await;
    let mut streams = Vec::new();
    for path in ["/calls/live", "/now/live", "/api/v1/calls/live"] {
        let stream = app.client.get(app.url(path)).header("cookie", &viewer);
        streams.push((path, stream.send().await.unwrap(), String::new()));
    }
    app.call(
        "3",
        &[HOME, ("From", "+4540998877")],
        &["Et arvestykke igen"],
    )
    .await;
    app.call("4", &[("CallerName", "Butikskunde")], &["Hej"])
        .await;
    for (path, stream, told) in &mut streams {
        while !told.contains("Butikskunde") {
            let piece = stream.chunk().await.unwrap().unwrap();
            told.push_str(std::str::from_utf8(&piece).unwrap());
        }
        assert!(
            SECRETS.iter().all(|secret| !told.contains(secret)),
            "{path}: {told}"
        );
    }
    let form = [("name", "vera"), ("role", "lines"), ("on.home", "viewer")];
    let changed = app.api(Method::POST, "/access/rights").form(&form).send();
    assert_eq!(
        changed.await.unwrap().headers()["location"],
        "/access?done=changed&of=vera"
    );
    for (path, stream, _) in &mut streams {
        let ended = tokio::time::timeout(Duration::from_secs(5), async {
            while let Ok(Some(_)) = stream.chunk().await {}
        });
        assert!(ended.await.is_ok(), "{path} goes on");
    }
    let calls = app.client.get(app.url("/calls")).header("cookie", &viewer);
    let calls = calls.send().await.unwrap().text().await.unwrap();
    assert!(
        calls.contains("arvestykke") && !calls.contains("lampe"),
        "{calls}"
    );
}

#[tokio::test]
async fn an_owner_of_a_line_changes_what_is_the_lines_and_no_more() {
    let (app, home) = two_lines().await;
    let cookie = account(&app, "otto", &[("role", "lines"), ("on.shop", "owner")]).await;
    let post = async |path: &str, form: &[(&str, &str)]| {
        let request = app.client.post(app.url(path)).header("cookie", &cookie);
        request.form(form).send().await.unwrap().status().as_u16()
    };
    let calls = app.calls().await;
    let shop = calls.iter().find(|call| call.line.0 == "shop").unwrap().id;
    let number = [("number", "40112244")];
    assert_eq!(post("/lists/allow/put", &number).await, 403);
    let at_home = [("number", "40112244"), ("line", "home")];
    assert_eq!(post("/lists/allow/put", &at_home).await, 403);
    let in_the_shop = [("number", "40112244"), ("line", "shop")];
    assert_eq!(post("/lists/allow/put", &in_the_shop).await, 303);
    let allowed = app.store.entries(ListName::Allow, None, 10).await.unwrap();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0].line, Some(LineId("shop".into())));
    // Whether another line's number begins so is nothing to him.
    for (pattern, saved) in [("+4570101011*", 3), ("+457010101*", 3)] {
        let form = [("number", pattern), ("line", "shop")];
        assert_eq!(post("/lists/block/put", &form).await, 303);
        let blocked = app.store.entries(ListName::Block, None, 10).await.unwrap();
        assert_eq!(blocked.len(), saved, "{pattern}");
    }
    assert_eq!(
        post(&format!("/calls/{shop}/list"), &[("list", "wanted")]).await,
        303
    );
    let wanted = app.store.entries(ListName::Wanted, None, 10).await.unwrap();
    assert_eq!(
        wanted[0].line,
        Some(LineId("shop".into())),
        "it holds for the shop alone"
    );
    assert_eq!(
        post(&format!("/calls/{shop}/mark"), &[("judged", "right")]).await,
        303
    );
    assert_eq!(
        post(&format!("/calls/{home}/mark"), &[("judged", "right")]).await,
        404
    );
    assert_eq!(
        post(&format!("/calls/{shop}/act"), &[("action", "take_message")]).await,
        200
    );
    assert_eq!(post("/try", &[("to", "+4570101010")]).await, 303);
    assert_eq!(post("/try", &[("to", "+4570101011")]).await, 403);
    assert_eq!(
        post(
            "/rules/save",
            &[("path", "x.toml"), ("text", "version = 1")]
        )
        .await,
        403
    );
}

#[tokio::test]
async fn messages_wait_for_those_who_may_hear_them() {
    let (app, home) = two_lines().await;
    let left = [
        HOME,
        ("From", "+4540998877"),
        ("RecordingUrl", "https://api.twilio.com/1"),
        ("RecordingDuration", "4"),
    ];
    app.hook("2", "recorded?turn=2", &left).await;
    let waits = ">1 message waits<";
    for (name, line, role, sees, tapped) in [
        ("vera", "on.shop", "owner", false, 404),
        ("lone", "on.home", "viewer", true, 403),
        ("otto", "on.home", "owner", true, 303),
    ] {
        let cookie = account(&app, name, &[("role", "lines"), (line, role)]).await;
        let get = async |path: &str| {
            let page = app.client.get(app.url(path)).header("cookie", &cookie);
            page.send().await.unwrap().text().await.unwrap()
        };
        assert_eq!(get("/?lang=en").await.contains(waits), sees, "{name}");
        let unheard = get("/calls?heard=no&lang=en").await;
        assert_eq!(unheard.contains("arvestykke"), sees, "{name}");
        let tap = app.client.post(app.url(&format!("/calls/{home}/heard")));
        let tap = tap.header("cookie", &cookie).form(&[("heard", "yes")]);
        assert_eq!(tap.send().await.unwrap().status(), tapped, "{name}");
    }
    assert!(app.service.unheard().on_lines(|_| true).is_empty());
}

#[tokio::test]
async fn a_copy_of_everything_is_for_its_owner_and_is_written_down() {
    let app = TestApp::start().await;
    // What is in memory only is not copied: whoever may have a copy is told so.
    for (name, rights, status) in [
        ("vera", [("role", "viewer")].as_slice(), 403),
        ("lone", &[("role", "lines"), ("on.shop", "owner")], 403),
        ("otto", &[("role", "owner")], 409),
    ] {
        let cookie = account(&app, name, rights).await;
        let copy = app.client.get(app.url("/api/v1/backup"));
        let copy = copy.header("cookie", &cookie).send().await.unwrap();
        assert_eq!(copy.status(), status, "{name}");
        let record = app.store.shelf(Shelf::Audit, None, 100).await.unwrap();
        let is_it = |deed: &Value| {
            deed["by"] == name && deed["what"] == "GET /api/v1/backup" && deed["status"] == status
        };
        let mut deeds = record
            .iter()
            .map(|own| serde_json::from_slice(&own.value).unwrap());
        assert!(deeds.any(|deed: Value| is_it(&deed)), "{name}");
    }
}

#[tokio::test]
async fn whoever_owns_a_line_has_it_screen_and_no_other() {
    let lines = LINES.replace("\ndestination", "\nmode = \"listen\"\ndestination");
    let app = TestApp::start_set_up(&lines).await;
    for (name, line, role, status) in [
        ("vera", "on.home", "viewer", 403),
        ("lone", "on.shop", "owner", 403),
        ("otto", "on.home", "owner", 303),
    ] {
        let cookie = account(&app, name, &[("role", "lines"), (line, role)]).await;
        let page = app.client.get(app.url("/?lang=en"));
        let page = page.header("cookie", &cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        assert!(page.contains("Portner only listens"), "{name}: {page}");
        let is_offered = page.contains("action=\"/now/mode\"");
        assert_eq!(is_offered, role == "owner", "{name}: {page}");
        let tap = app.client.post(app.url("/now/mode"));
        let tap = tap.header("cookie", &cookie);
        let tap = tap.form(&[("line", "home"), ("mode", "screen")]).send();
        let tap = tap.await.unwrap();
        assert_eq!(tap.status(), status, "{name}");
        // Nobody reads these settings anew here, so it is told that they will be.
        if status == 303 {
            let to = tap.headers()["location"].to_str().unwrap();
            assert_eq!(to, "/?done=screen&line=home");
            let told = app.client.get(app.url(&format!("{to}&lang=en")));
            let told = told.header("cookie", &cookie).send().await.unwrap();
            let told = told.text().await.unwrap();
            assert!(told.contains("holds in a moment"), "{told}");
            assert!(!told.contains("/settings"), "{told}");
        }
    }
}

#[tokio::test]
async fn pages_of_several_lines_are_walked_without_a_gap() {
    let app = TestApp::start_set_up(&format!(
        "{LINES}[[line]]\nid = \"barn\"\nnumber = \"+4570101012\"\ndestination = [{{ client = \"owner\" }}]\n"
    ))
    .await;
    for call in 1..=12 {
        let to = ["+4570101010", "+4570101011", "+4570101012"][call % 3];
        let from = format!("+45401122{call:02}");
        app.call(&call.to_string(), &[("To", to), ("From", &from)], &["Hej"])
            .await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let rights = [
        ("role", "lines"),
        ("on.shop", "viewer"),
        ("on.home", "owner"),
    ];
    let cookie = account(&app, "vera", &rights).await;
    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/calls?limit=3{before}");
        let page = app.client.get(app.url(&path)).header("cookie", &cookie);
        let page: Value = page.send().await.unwrap().json().await.unwrap();
        for call in page["calls"].as_array().unwrap() {
            seen.push((call["id"].clone(), call["line"].clone()));
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let all = app.calls().await;
    let expected: Vec<(Value, Value)> = all
        .iter()
        .filter(|call| call.line.0 != "barn")
        .map(|call| (json!(call.id), json!(call.line)))
        .collect();
    assert_eq!(expected.len(), 8);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn whatever_is_changed_stands_in_the_record() {
    /// Asked by POST, and nothing changes.
    const ONLY_ASKS: [&str; 4] = [
        "/rules/check",
        "/rules/try",
        "/settings/say",
        "/api/v1/rules/replay",
    ];
    let (app, home) = two_lines().await;
    let owner = first_account(&app, "anne", "hest og vogn").await;
    let mut all = routes().await;
    // Whoever is logged out does nothing more.
    all.sort_by_key(|(path, _)| (path == "/api/v1/token", path == "/logout"));
    let mut done = Vec::new();
    for (path, known) in all {
        let wanted = |method: &Method| *method != Method::GET;
        if is_open(&path) || ONLY_ASKS.contains(&path.as_str()) || path == "/logout" {
            continue;
        }
        for method in methods(&known).into_iter().filter(wanted) {
            let address = filled(&path, home);
            let request = app.client.request(method.clone(), app.url(&address));
            let request = request.header("cookie", &owner).body("x=y");
            request.send().await.unwrap();
            // Whose number is erased is not in the record of it either.
            done.push(match (method.as_str(), path.as_str()) {
                ("DELETE", "/api/v1/numbers/{number}") => "erased everything".to_owned(),
                _ => format!("{method} {address}"),
            });
        }
    }
    assert!(done.len() > 25, "{done:?}");
    let deeds = app.store.shelf(Shelf::Audit, None, 1_000).await.unwrap();
    let deeds: Vec<Value> = deeds
        .iter()
        .map(|deed| serde_json::from_slice(&deed.value).unwrap())
        .collect();
    for what in done {
        let found = deeds.iter().any(|deed| {
            deed["by"] == "anne"
                && deed["what"]
                    .as_str()
                    .is_some_and(|own| own.starts_with(&what))
        });
        assert!(found, "{what} is not in the record");
    }
}

/// What the forms of a page lead to.
fn forms(page: &str) -> Vec<&str> {
    let forms = page.split("<form ").skip(1);
    let posted = forms.filter(|form| form.split('>').next().unwrap().contains("\"post\""));
    posted
        .map(|form| form.split("action=\"").nth(1).unwrap())
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

#[tokio::test]
async fn whoever_only_looks_is_shown_no_control_that_would_be_refused() {
    let (app, _) = two_lines().await;
    app.hook("3", "voice", &[("From", "+4521222324")]).await;
    let everything = account(&app, "vera", &[("role", "viewer")]).await;
    let shop = account(&app, "lone", &[("role", "lines"), ("on.shop", "viewer")]).await;
    let owner = account(&app, "anne", &[("role", "owner")]).await;
    let calls = app.calls().await;
    let mut offered = 0;
    for (path, known) in routes().await {
        let is_page = !is_open(&path) && !path.starts_with("/api/") && path != "/logout";
        if !is_page || !known.iter().any(|method| method == "GET") {
            continue;
        }
        for call in &calls {
            let address = filled(&path, call.id);
            let address = if path == "/rules/file" {
                format!("{address}?path=test.toml")
            } else {
                address
            };
            for cookie in [&everything, &shop] {
                let page = app.client.get(app.url(&address)).header("cookie", cookie);
                let page = beginning(page.send().await.unwrap()).await;
                for action in forms(&page) {
                    assert!(
                        action.starts_with("/access/") || action == "/logout",
                        "{address} offers {action}"
                    );
                }
                for (word, why) in [("id=\"file\"", "import"), ("/proposals", "rules")] {
                    let may = why == "rules" && cookie == &everything;
                    assert!(may || !page.contains(word), "{address} offers {why}");
                }
            }
            let page = app.client.get(app.url(&address)).header("cookie", &owner);
            let page = beginning(page.send().await.unwrap()).await;
            offered += forms(&page)
                .iter()
                .filter(|action| !action.starts_with("/access/") && **action != "/logout")
                .count();
        }
    }
    assert!(offered > 20, "an owner was offered {offered} only");
    // Campaigns reach over all lines: nobody waits for them who will never see any.
    for (cookie, sees) in [(&everything, true), (&shop, false)] {
        let page = app.client.get(app.url("/statistics"));
        let page = page.header("cookie", cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        assert_eq!(page.contains("id=\"campaigns\""), sees, "{page}");
    }
}

#[tokio::test]
async fn where_the_owners_phone_rings_is_told_to_nobody_who_only_looks() {
    let private = "20304050";
    let lines = LINES.replace(
        "{ client = \"owner\" }",
        &format!("{{ number = \"+45{private}\" }}"),
    );
    let app = TestApp::start_set_up(&lines).await;
    let known = ListEntry {
        pattern: NumberPattern::parse("+4571234567").unwrap(),
        list: ListName::Allow,
        line: None,
        note: String::new(),
        origin: Origin::Owner,
        added_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        expires_at: None,
    };
    app.store
        .change_lists(vec![ListChange::Put(known)])
        .await
        .unwrap();
    let answer = app.call("1", &[], &[]).await;
    assert!(answer.contains(private), "{answer}");
    let call = app.calls().await[0].id;
    let told = [
        format!("/calls/{call}"),
        format!("/api/v1/calls/{call}"),
        "/api/v1/numbers/+4571234567".to_owned(),
    ];
    let get = async |path: &str, cookie: &str| {
        let page = app.client.get(app.url(path)).header("cookie", cookie);
        let page = page.send().await.unwrap();
        (page.status().as_u16(), page.text().await.unwrap())
    };
    let everywhere = account(&app, "vera", &[("role", "viewer")]).await;
    let owner = account(&app, "anne", &[("role", "owner")]).await;
    for path in &told {
        let (status, page) = get(path, &everywhere).await;
        assert_eq!(status, 200, "{path}");
        assert!(!page.contains(private), "{path}: {page}");
        let (status, page) = get(path, &owner).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.contains(private), "{path}: {page}");
    }
    let (_, story) = get(&told[1], &everywhere).await;
    let story: Value = serde_json::from_str(&story).unwrap();
    assert!(story.to_string().contains("+4520····50"), "{story}");
    assert_eq!(story["markup"], json!([]));
    let shop = account(&app, "lone", &[("role", "lines"), ("on.shop", "viewer")]).await;
    for (path, known) in routes().await {
        if is_open(&path) || !methods(&known).contains(&Method::GET) {
            continue;
        }
        let path = filled(&path, call);
        let page = app.client.get(app.url(&path)).header("cookie", &shop);
        let page = beginning(page.send().await.unwrap()).await;
        assert!(!page.contains(private), "{path}: {page}");
    }
}

#[tokio::test]
async fn rows_for_a_line_that_is_only_looked_at_are_refused_one_by_one() {
    let app = TestApp::start_set_up(LINES).await;
    let rights = [
        ("role", "lines"),
        ("on.shop", "owner"),
        ("on.home", "viewer"),
    ];
    let lone = account(&app, "lone", &rights).await;
    let file = app.client.post(app.url("/api/v1/lists/import?list=allow"));
    let file = file
        .header("cookie", &lone)
        .header("content-type", "text/csv");
    let file = file.body("number,line\n+4520111111,shop\n+4520111112,home\n");
    let report = file.send().await.unwrap();
    assert_eq!(report.status(), 200);
    let report: Value = report.json().await.unwrap();
    assert_eq!(report["taken"], 1, "{report}");
    assert_eq!(report["refused"][0]["value"], "home", "{report}");
    assert_eq!(app.store.counts().await.unwrap().entries, 1);
}

#[tokio::test]
async fn entries_of_other_lines_are_left_out_of_pages_many_at_once() {
    let (app, _) = two_lines().await;
    let entry = |number: u32, line: &str| {
        ListChange::Put(ListEntry {
            pattern: NumberPattern::parse(&format!("+45{number}")).unwrap(),
            list: ListName::Wanted,
            line: Some(LineId(line.to_owned())),
            note: String::new(),
            origin: Origin::Import,
            added_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            expires_at: None,
        })
    };
    // Between two of the shop's entries stand more of home's than can be stepped over one by one.
    let mut changes: Vec<_> = (30_000_000..30_020_000)
        .map(|number| entry(number, "home"))
        .collect();
    let shops = [20_000_000, 20_000_001, 30_010_000, 40_000_000];
    changes.extend(shops.map(|number| entry(number, "shop")));
    app.store.change_lists(changes).await.unwrap();
    let viewer = account(&app, "vera", &[("role", "lines"), ("on.shop", "viewer")]).await;
    for limit in [1, 2, 4] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/lists/wanted?limit={limit}{after}");
            let page = app.client.get(app.url(&path)).header("cookie", &viewer);
            let page: Value = page.send().await.unwrap().json().await.unwrap();
            let entries = page["entries"].as_array().unwrap();
            assert_eq!(entries.len(), limit, "{page}");
            seen.extend(entries.iter().map(|entry| entry["pattern"].clone()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={}", next.replace('+', "%2B")),
                None => break,
            }
        }
        let expected = shops.map(|number| json!(format!("+45{number}")));
        assert_eq!(seen, expected, "in pages of {limit}");
    }
}
