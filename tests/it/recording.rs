//! The message that a caller left, fetched from a provider that keeps it and passed on in ranges.

use std::path::Path;

use axum::Router;
use axum::http::{Request, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::Method;
use tempfile::TempDir;
use tower_http::services::ServeDir;

use crate::support::{ACCOUNT, AUTH_TOKEN, TestApp};

const SID: &str = "RE00000000000000000000000000000001";

/// A second of silence: MPEG-1 Layer III frames without sound, 32 kbit/s, 44.1 kHz, mono.
fn silence() -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x10, 0xc0];
    frame.resize(104, 0);
    frame.repeat(39)
}

async fn only_the_account(request: Request<axum::body::Body>, next: Next) -> Response {
    let known = BASE64_STANDARD.encode(format!("{ACCOUNT}:{AUTH_TOKEN}"));
    let shown = request.headers().get(header::AUTHORIZATION);
    if shown.is_some_and(|shown| shown == format!("Basic {known}").as_str()) {
        return next.run(request).await;
    }
    StatusCode::UNAUTHORIZED.into_response()
}

/// A provider that keeps recordings as files: tower-http answers ranges, not we.
pub struct Recordings {
    pub address: String,
    folder: TempDir,
}

impl Recordings {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let router = Router::new()
            .fallback_service(ServeDir::new(folder.path()))
            .layer(from_fn(only_the_account));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let recordings = Self { address, folder };
        recordings.keep(SID, &silence());
        recordings
    }

    fn keep(&self, sid: &str, sound: &[u8]) {
        let path = format!("2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.mp3");
        let path = self.folder.path().join(Path::new(&path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, sound).unwrap();
    }
}

/// A network that keeps files, and an interface that says that every sound lies there.
async fn elsewhere(to: &str) -> String {
    let to = to.to_owned();
    let interface = Router::new().fallback(async move || {
        (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, to.clone())],
        )
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, interface).await });
    address
}

/// A network that keeps files, and what it was shown by whoever asked.
async fn files() -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&asked);
    let router = Router::new().fallback(async move |request: Request<axum::body::Body>| {
        seen.lock()
            .unwrap()
            .push(format!("{:?}", request.headers()));
        ([(header::CONTENT_TYPE, "audio/mpeg")], silence())
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, asked)
}

/// Lets a caller leave a message that the provider keeps at this address.
pub async fn left_a_message(app: &TestApp, call: &str, url: &str) -> String {
    app.call(call, &[("From", "anonymous")], &[]).await;
    let fields = [
        ("RecordingUrl", url),
        ("RecordingDuration", "1"),
        ("From", "anonymous"),
    ];
    let answer = app.hook(call, "recorded?turn=2", &fields).await;
    assert_eq!(answer.status(), 200);
    let calls = app.calls().await;
    let left = calls
        .iter()
        .find(|call| call.recording.as_ref().is_some_and(|one| one.url == url));
    left.expect("the message is in the record").id.to_string()
}

pub fn address_of(sid: &str) -> String {
    format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}")
}

#[tokio::test]
async fn a_message_is_passed_on_whole_in_ranges_and_not_beyond_its_end() {
    let provider = Recordings::start().await;
    let app = TestApp::start_with_provider(&provider.address).await;
    let id = left_a_message(&app, "1", &address_of(SID)).await;
    let path = format!("/calls/{id}/recording");
    let all = silence();

    let whole = app.get(&path).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], "audio/mpeg");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.headers()["cache-control"], "no-store");
    assert_eq!(whole.bytes().await.unwrap(), all);

    for (range, from, to) in [
        ("bytes=100-199", 100, 200),
        ("bytes=4000-", 4_000, 4_056),
        ("bytes=-56", 4_000, 4_056),
    ] {
        let part = app
            .api(Method::GET, &path)
            .header("range", range)
            .send()
            .await
            .unwrap();
        assert_eq!(part.status(), 206, "{range}");
        let told = format!("bytes {from}-{}/{}", to - 1, all.len());
        assert_eq!(part.headers()["content-range"], told.as_str());
        assert_eq!(
            part.headers()["content-length"],
            (to - from).to_string().as_str()
        );
        assert_eq!(part.bytes().await.unwrap(), all[from..to]);
    }
    let beyond = app
        .api(Method::GET, &path)
        .header("range", "bytes=9000-")
        .send()
        .await
        .unwrap();
    assert_eq!(beyond.status(), 416);
    assert_eq!(
        beyond.headers()["content-range"],
        format!("bytes */{}", all.len()).as_str()
    );
    let several = app
        .api(Method::GET, &path)
        .header("range", "bytes=0-1,5-6")
        .send()
        .await
        .unwrap();
    assert_eq!(
        several.status(),
        200,
        "what is not one range gets the whole"
    );
}

#[tokio::test]
async fn a_message_waits_until_somebody_plays_it_or_says_that_it_was_heard() {
    let provider = Recordings::start().await;
    let app = TestApp::start_with_provider(&provider.address).await;
    let page = async |path: &str| app.get(path).await.text().await.unwrap();
    let dots = async |path: &str| page(path).await.matches(">Not heard yet<").count();
    assert!(!page("/?lang=en").await.contains("waits"));
    let first = left_a_message(&app, "1", &address_of(SID)).await;
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let gone = left_a_message(&app, "2", &address_of(&SID.replace("01", "07"))).await;
    app.call("3", &[], &["Hej"]).await;
    let now = page("/?lang=en").await;
    assert!(
        now.contains("href=\"/calls?heard=no\">2 messages wait<"),
        "{now}"
    );
    assert_eq!(dots("/calls?lang=en").await, 2);
    assert_eq!(dots("/calls?heard=no&lang=en").await, 2);
    let of_him = page("/calls?heard=no&caller=71234567&lang=en").await;
    assert!(of_him.contains("No call is like that."), "{of_him}");
    let rest = page(&format!("/calls?heard=no&before={gone}")).await;
    assert!(rest.contains(&first) && !rest.contains(&gone), "{rest}");
    let end = page(&format!("/calls?heard=no&before={first}&lang=en")).await;
    assert!(end.contains("There are no more."), "{end}");

    // Looking at the call is not hearing it, nor is asking what there is, nor what cannot be had.
    page(&format!("/calls/{first}")).await;
    let sound = |method, id: &str| app.api(method, &format!("/calls/{id}/recording"));
    sound(Method::HEAD, &first).send().await.unwrap();
    let beyond = sound(Method::GET, &first).header("range", "bytes=9000-");
    assert_eq!(beyond.send().await.unwrap().status(), 416);
    let missing = sound(Method::GET, &gone).send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(dots("/calls?lang=en").await, 2);

    let played = sound(Method::GET, &first).header("range", "bytes=0-");
    assert_eq!(played.send().await.unwrap().status(), 206);
    assert_eq!(dots("/calls?lang=en").await, 1);
    let now = page("/?lang=da").await;
    let way = format!("href=\"/calls/{gone}\">1 besked venter<");
    assert!(now.contains(&way), "{now}");

    for (heard, waiting) in [("yes", 0), ("no", 1), ("yes", 0)] {
        let tap = app.api(Method::POST, &format!("/calls/{gone}/heard"));
        let tap = tap.form(&[("heard", heard)]).send().await.unwrap();
        assert_eq!(tap.status(), 303);
        let then = tap.headers()["location"].to_str().unwrap();
        assert!(page(then).await.contains("role=\"status\""));
        assert_eq!(dots("/calls?lang=en").await, waiting, "{heard}");
    }
    let none = page("/calls?heard=no&lang=en").await;
    assert!(none.contains("Every message has been heard."), "{none}");
}

#[tokio::test]
async fn nobody_hears_a_message_without_login_and_no_address_leads_elsewhere() {
    let provider = Recordings::start().await;
    let app = TestApp::start_with_provider(&provider.address).await;
    let id = left_a_message(&app, "1", &address_of(SID)).await;
    let path = format!("/calls/{id}/recording");
    let stranger = app.client.get(app.url(&path)).send().await.unwrap();
    assert_eq!(stranger.status(), 303);
    assert_eq!(stranger.headers()["location"], "/login");

    let other = address_of(SID).replace(ACCOUNT, "AC00000000000000000000000000000009");
    for (number, url) in [
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/2010-04-01/Accounts/x/Recordings/RE1",
        &other,
        &format!("{}/../../../x", address_of(SID)),
    ]
    .into_iter()
    .enumerate()
    {
        let id = left_a_message(&app, &format!("9{number}"), url).await;
        let answer = app.get(&format!("/calls/{id}/recording")).await;
        assert_eq!(answer.status(), 404, "{url}");
    }
    let gone = left_a_message(&app, "5", &address_of(&SID.replace("01", "07"))).await;
    let answer = app.get(&format!("/calls/{gone}/recording")).await;
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("try again"));
}

#[tokio::test]
async fn a_sound_that_lies_elsewhere_is_fetched_there_without_our_credentials() {
    let (files, asked) = files().await;
    let interface = elsewhere(&format!("{files}/sounds/1.mp3?signed=yes")).await;
    let app = TestApp::start_with_provider(&interface).await;
    let id = left_a_message(&app, "1", &address_of(SID)).await;
    let path = format!("/calls/{id}/recording");
    let sound = app
        .api(Method::GET, &path)
        .header("range", "bytes=0-9")
        .send()
        .await
        .unwrap();
    assert_eq!(sound.status(), 200);
    assert_eq!(sound.bytes().await.unwrap(), silence());
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("bytes=0-9"), "{asked:?}");
    assert!(!asked[0].contains("authorization"), "{asked:?}");
}

#[tokio::test]
async fn a_sound_is_never_looked_for_in_the_house_s_own_network() {
    let (files, asked) = files().await;
    let port = files.rsplit(':').next().unwrap();
    for inside in [
        format!("http://localhost:{port}/x"),
        format!("https://localhost:{port}/x"),
        format!("http://[::1]:{port}/x"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/x".to_owned(),
        "http://1.1.1.1/x".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let interface = elsewhere(&inside).await;
        let app = TestApp::start_with_provider(&interface).await;
        let id = left_a_message(&app, "1", &address_of(SID)).await;
        let answer = app.get(&format!("/calls/{id}/recording")).await;
        assert_eq!(answer.status(), 502, "{inside}");
    }
    assert!(asked.lock().unwrap().is_empty());
    // One that leads back to itself comes to an end.
    let interface = elsewhere("/again").await;
    let app = TestApp::start_with_provider(&interface).await;
    let id = left_a_message(&app, "1", &address_of(SID)).await;
    let answer = app.get(&format!("/calls/{id}/recording")).await;
    assert_eq!(answer.status(), 502);
}
