//! Logging in through a provider of OpenID Connect, held against oauth2-mock-server, which we did
//! not write, with right tokens and with forged ones.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use portner::call::{Clock as _, SystemClock};
use portner::store::Shelf;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{PUBLIC_URL, TestApp};

/// A provider on this machine.
pub struct Provider {
    pub issuer: String,
    server: Child,
    told: BufReader<ChildStdout>,
}

impl Provider {
    pub fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        let mut server = Command::new("node")
            .arg("serve.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts: tests/run installs it");
        let mut told = BufReader::new(server.stdout.take().unwrap());
        let mut issuer = String::new();
        told.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(
            issuer.starts_with("http://"),
            "the provider starts: tests/run installs it"
        );
        Self {
            issuer,
            server,
            told,
        }
    }

    /// From now on its tokens differ so from right ones.
    fn wish(&mut self, wish: &Value) {
        writeln!(self.server.stdin.as_mut().unwrap(), "{wish}").unwrap();
        let mut answer = String::new();
        self.told.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done");
    }

    pub fn settings(&self) -> String {
        format!(
            "[desk.oidc]\nissuer = \"{}\"\nclient_id = \"portner\"\nclient_secret = \"s:e c\"\nname = \"Topp\"\n\
             owners = [\"Per@ToppDesign.dk\"]\nviewers = [\"lone@toppdesign.dk\"]\n",
            self.issuer
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An installation whose clock is right, as the provider's is.
async fn installation(settings: &str) -> TestApp {
    let app = TestApp::start_set_up(settings).await;
    app.clock
        .advance(SystemClock.now().duration_since(app.clock.now()));
    app
}

async fn get(app: &TestApp, address: &str, cookie: &str) -> Response {
    let request = app.client.get(address).header("cookie", cookie);
    request.send().await.unwrap()
}

fn cookie(response: &Response, name: &str) -> Option<String> {
    let all = response.headers().get_all("set-cookie").iter();
    all.map(|value| value.to_str().unwrap())
        .find(|value| value.starts_with(&format!("{name}=")))
        .map(|value| value.split(';').next().unwrap().to_owned())
}

/// What binds a login to its browser, and where the provider sends that back to.
async fn logged_in_there(app: &TestApp) -> (String, String) {
    logged_in_by_way_of(app, "/login/provider").await
}

async fn logged_in_by_way_of(app: &TestApp, address: &str) -> (String, String) {
    let begun = get(app, &app.url(address), "").await;
    assert_eq!(begun.status(), 303);
    let bound = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        bound.contains("HttpOnly") && bound.contains("SameSite=Lax"),
        "{bound}"
    );
    let there = begun.headers()["location"].to_str().unwrap().to_owned();
    for part in [
        "response_type=code",
        "code_challenge_method=S256",
        "scope=openid+email",
    ] {
        assert!(there.contains(part), "{there}");
    }
    let sent_back = get(app, &there, "").await;
    let back = sent_back.headers()["location"].to_str().unwrap();
    let back = back.strip_prefix(PUBLIC_URL).expect("it comes back to us");
    (cookie(&begun, "portner-login").unwrap(), app.url(back))
}

/// A whole login.
async fn log_in(app: &TestApp) -> Response {
    let (bound, back) = logged_in_there(app).await;
    get(app, &back, &bound).await
}

#[tokio::test]
async fn whoever_was_on_the_way_somewhere_is_led_on_to_it() {
    let provider = Provider::start();
    let app = installation(&provider.settings()).await;
    for (next, led_to) in [
        ("%2Fcalls%3Fq%3Da", "/calls?q=a"),
        ("%2F%2Fevil.example", "/"),
    ] {
        let login = get(&app, &app.url(&format!("/login?next={next}")), "").await;
        let login = login.text().await.unwrap();
        let (_, link) = login.split_once("href=\"/login/provider").unwrap();
        let link = format!("/login/provider{}", link.split('"').next().unwrap());
        let (bound, back) = logged_in_by_way_of(&app, &link).await;
        let entered = get(&app, &back, &bound).await.text().await.unwrap();
        assert!(entered.contains(&format!("0; url={led_to}\"")), "{entered}");
    }
}

#[tokio::test]
async fn whoever_is_on_the_list_comes_in_and_may_what_the_list_says() {
    let mut provider = Provider::start();
    let app = installation(&provider.settings()).await;
    let page = app.client.get(app.url("/login")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Log in with Topp"));
    let entered = log_in(&app).await;
    assert_eq!(entered.status(), 200);
    let owner = cookie(&entered, "portner").expect("he is in");
    assert_eq!(cookie(&entered, "portner-login").unwrap(), "portner-login=");
    let access = get(&app, &app.url("/access?lang=en"), &owner)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        access.contains("per@toppdesign.dk") && access.contains("New account"),
        "{access}"
    );
    assert!(
        !access.contains("Your password"),
        "he has none here: {access}"
    );

    provider.wish(&json!({"claims": {"email": "LONE@toppdesign.dk", "email_verified": "true"}}));
    let viewer = cookie(&log_in(&app).await, "portner").unwrap();
    assert_eq!(get(&app, &app.url("/rules"), &viewer).await.status(), 200);
    let block = app
        .client
        .post(app.url("/lists/block/put"))
        .header("cookie", &viewer);
    let block = block.form(&[("number", "40112233")]).send().await.unwrap();
    assert_eq!(block.status(), 403);

    provider.wish(&json!({"claims": {"email": "eve@toppdesign.dk"}}));
    let stranger = log_in(&app).await;
    assert_eq!(stranger.status(), 403);
    assert_eq!(cookie(&stranger, "portner"), None);

    provider.wish(&json!({"rotate": true}));
    for _ in 0..2 {
        assert_eq!(
            log_in(&app).await.status(),
            200,
            "with whichever of its keys"
        );
    }
    let deeds = app.store.shelf(Shelf::Audit, None, 100).await.unwrap();
    let entry = |name: &str| {
        deeds.iter().any(|deed| {
            let deed: Value = serde_json::from_slice(&deed.value).unwrap();
            deed["by"] == name && deed["what"] == "login: provider"
        })
    };
    assert!(entry("per@toppdesign.dk") && entry("lone@toppdesign.dk"));
    assert!(!entry("eve@toppdesign.dk"));
}

#[tokio::test]
async fn a_forged_token_lets_nobody_in() {
    let mut provider = Provider::start();
    let app = installation(&provider.settings()).await;
    let now = SystemClock.now().as_second();
    for forged in [
        json!({"none": true}),
        json!({"hmac": "s:e c"}),
        json!({"altered": {"email": "per@toppdesign.dk"}, "claims": {"email": "eve@toppdesign.dk"}}),
        json!({"claims": {"nonce": "of another login"}}),
        json!({"claims": {"nonce": null}}),
        json!({"claims": {"aud": "another-program"}}),
        json!({"claims": {"aud": ["portner", "another-program"]}}),
        json!({"claims": {"aud": null}}),
        json!({"claims": {"azp": "another-program"}}),
        json!({"claims": {"iss": "https://evil.example"}}),
        json!({"claims": {"iss": null}}),
        json!({"claims": {"exp": now - 120}}),
        json!({"claims": {"exp": null}}),
        json!({"claims": {"iat": now + 600}}),
        json!({"claims": {"nbf": now + 600}}),
        json!({"claims": {"sub": null}}),
        json!({"claims": {"email_verified": false}}),
        json!({"claims": {"email_verified": null}}),
        json!({"claims": {"email_verified": "false"}}),
        json!({"claims": {"email": null}}),
    ] {
        provider.wish(&forged);
        let refused = log_in(&app).await;
        assert_eq!(refused.status(), 403, "{forged}");
        assert_eq!(cookie(&refused, "portner"), None, "{forged}");
    }
    provider.wish(&json!({}));
    assert_eq!(log_in(&app).await.status(), 200, "a right one does");
    let both = json!({"claims": {"aud": ["portner", "another-program"], "azp": "portner"}});
    provider.wish(&both);
    assert_eq!(log_in(&app).await.status(), 200, "made for us among others");
}

#[tokio::test]
async fn a_login_belongs_to_the_browser_that_began_it_and_holds_once() {
    let provider = Provider::start();
    let app = installation(&provider.settings()).await;
    let (own, back) = logged_in_there(&app).await;
    let (others, _) = logged_in_there(&app).await;
    for bound in ["", "portner-login=", "portner-login=AAAA", others.as_str()] {
        let refused = get(&app, &back, bound).await;
        assert_eq!(refused.status(), 403, "{bound}");
        assert_eq!(cookie(&refused, "portner"), None);
    }
    let (before, _) = back.split_once("state=").unwrap();
    assert_eq!(
        get(&app, before, &own).await.status(),
        403,
        "without a state"
    );
    let error = format!("{}&error=access_denied", back.replace("code=", "no="));
    assert_eq!(get(&app, &error, &own).await.status(), 401);
    assert_eq!(get(&app, &back, &own).await.status(), 200);
    let again = get(&app, &back, &own).await;
    assert_eq!(again.status(), 502, "the provider takes a code once");
    assert_eq!(cookie(&again, "portner"), None);
}

#[tokio::test]
async fn a_provider_that_is_away_or_is_another_one_lets_nobody_in_and_keeps_nobody_out() {
    let provider = Provider::start();
    let elsewhere = provider.issuer.replace("127.0.0.1", "localhost");
    let settings = provider.settings();
    let another = settings.replace(&provider.issuer, &elsewhere);
    let another = if another == settings {
        settings.replace("localhost", "127.0.0.1")
    } else {
        another
    };
    let away = settings.replace(&provider.issuer, "http://127.0.0.1:9");
    for settings in [another, away] {
        let app = installation(&settings).await;
        let begun = get(&app, &app.url("/login/provider"), "").await;
        assert_eq!(begun.status(), 502, "{settings}");
        assert!(begun.text().await.unwrap().contains("role=\"alert\""));
        let form = [("token", app.token.as_str())];
        let by_token = app.client.post(app.url("/login")).form(&form).send();
        assert_eq!(by_token.await.unwrap().status(), 303);
    }
    let app = TestApp::start().await;
    assert_eq!(
        get(&app, &app.url("/login/provider"), "").await.status(),
        404
    );
}

#[tokio::test]
async fn whoever_is_listed_for_a_line_sees_that_line_alone() {
    let mut provider = Provider::start();
    let settings = format!(
        "{}[[desk.oidc.line]]\nline = \"shop\"\nowners = [\"Mette@toppdesign.dk\"]\n\
         [[desk.oidc.line]]\nline = \"home\"\nviewers = [\"mette@toppdesign.dk\"]\n\
         [[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\ndestination = [{{ client = \"owner\" }}]\n\
         [[line]]\nid = \"home\"\nnumber = \"+4570101011\"\ndestination = [{{ client = \"owner\" }}]\n\
         [[line]]\nid = \"third\"\nnumber = \"+4570101012\"\ndestination = [{{ client = \"owner\" }}]\n",
        provider.settings()
    );
    let app = installation(&settings).await;
    for (call, to) in [
        ("1", "+4570101010"),
        ("2", "+4570101011"),
        ("3", "+4570101012"),
    ] {
        app.call(call, &[("To", to)], &["hej"]).await;
    }
    provider.wish(&json!({"claims": {"email": "mette@toppdesign.dk"}}));
    let mette = cookie(&log_in(&app).await, "portner").unwrap();
    for call in app.calls().await {
        let line = call.line.0.as_str();
        let story = app.url(&format!("/calls/{}", call.id));
        let seen = get(&app, &story, &mette).await.status();
        assert_eq!(seen, if line == "third" { 404 } else { 200 }, "{line}");
        let tapped = app
            .client
            .post(format!("{story}/list"))
            .header("cookie", &mette);
        let tapped = tapped.form(&[("list", "allow")]).send().await.unwrap();
        let expected = match line {
            "shop" => 303,
            "home" => 403,
            _ => 404,
        };
        assert_eq!(tapped.status(), expected, "{line}");
    }
    for path in ["/rules", "/settings"] {
        assert_eq!(get(&app, &app.url(path), &mette).await.status(), 403);
    }
    let access = get(&app, &app.url("/access"), &mette).await;
    let access = access.text().await.unwrap();
    assert!(access.contains("You have no account here."), "{access}");
    assert!(!access.contains("with the token"), "{access}");
}
