//! The code beside the password, held against oathtool, which we did not write.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use portner::call::Clock as _;
use portner::store::Shelf;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::support::{TestApp, first_account};

const PASSWORD: &str = "hest og vogn";

/// The code that an app would show at this moment.
pub fn code(secret: &str, at: Timestamp) -> String {
    let moment = at.to_string().replace('T', " ").replace('Z', " UTC");
    let made = Command::new("oathtool")
        .args(["--totp", "--base32", secret, "--now", &moment])
        .output()
        .expect("oathtool is there: tests/run installs it");
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// The secret that a page shows to be typed.
pub fn secret(page: &str) -> String {
    let (_, rest) = page.split_once("class=\"secret\">").unwrap();
    rest.split('<').next().unwrap().replace(' ', "")
}

struct Desk {
    app: TestApp,
}

impl Desk {
    async fn start() -> Self {
        Self {
            app: TestApp::start().await,
        }
    }

    async fn post(&self, cookie: &str, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.app.client.post(self.app.url(path));
        request
            .header("cookie", cookie)
            .form(form)
            .send()
            .await
            .unwrap()
    }

    async fn page(&self, cookie: &str, path: &str) -> Response {
        let request = self.app.client.get(self.app.url(path));
        request.header("cookie", cookie).send().await.unwrap()
    }

    async fn status(&self, cookie: &str) -> u16 {
        self.page(cookie, "/").await.status().as_u16()
    }

    /// A login whose password is right: what the form of the code carries.
    async fn half(&self) -> String {
        let form = [("name", "anne"), ("password", PASSWORD)];
        let asked = self.post("", "/login", &form).await;
        assert_eq!(asked.status(), 200);
        assert!(asked.headers().get("set-cookie").is_none(), "not in yet");
        let page = asked.text().await.unwrap();
        let (_, rest) = page.split_once("name=\"half\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn enter(&self, half: &str, code: &str) -> Response {
        self.post("", "/login/code", &[("half", half), ("code", code)])
            .await
    }

    fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    fn wait(&self, seconds: i64) {
        self.app.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Sets the code up for an account: the secret, and the recovery codes.
    async fn enrol(&self, cookie: &str) -> (String, Vec<String>) {
        let begun = self
            .post(cookie, "/access/code/begin", &[("password", PASSWORD)])
            .await;
        assert_eq!(begun.headers()["location"], "/access/code");
        let page = self
            .page(cookie, "/access/code")
            .await
            .text()
            .await
            .unwrap();
        let secret = secret(&page);
        let wrong = self
            .post(cookie, "/access/code/confirm", &[("code", "000000")])
            .await;
        assert_eq!(wrong.status(), 422);
        let code = code(&secret, self.now());
        let confirmed = self
            .post(cookie, "/access/code/confirm", &[("code", &code)])
            .await;
        assert_eq!(confirmed.status(), 200);
        let page = confirmed.text().await.unwrap();
        assert!(!page.contains("hreflang"), "a link would lose them: {page}");
        let (_, list) = page.split_once("class=\"recovery\">").unwrap();
        let (list, _) = list.split_once("</ul>").unwrap();
        let codes: Vec<String> = list
            .split("<code>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect();
        assert_eq!(codes.len(), 10);
        (secret, codes)
    }

    /// What stands in the record, newest first.
    async fn record(&self) -> Vec<String> {
        let deeds = self
            .app
            .store
            .shelf(Shelf::Audit, None, 1_000)
            .await
            .unwrap();
        let what = |bytes: &[u8]| {
            let deed: Value = serde_json::from_slice(bytes).unwrap();
            format!(
                "{} {} {}",
                deed["by"].as_str().unwrap(),
                deed["what"].as_str().unwrap(),
                deed["status"]
            )
        };
        deeds.iter().map(|deed| what(&deed.value)).collect()
    }
}

fn cookie_of(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_asked_beside_the_password_and_holds_once() {
    let desk = Desk::start().await;
    let anne = first_account(&desk.app, "anne", PASSWORD).await;
    let form = [("name", "anne"), ("password", PASSWORD)];
    let other = cookie_of(&desk.post("", "/login", &form).await);
    let wrong = desk
        .post(
            &anne,
            "/access/code/begin",
            &[("password", "no such thing")],
        )
        .await;
    assert_eq!(wrong.headers()["location"], "/access?done=wrong-password");
    assert_eq!(
        desk.page(&anne, "/access/code").await.status(),
        303,
        "there is no secret yet"
    );

    let (secret, recovery) = desk.enrol(&anne).await;
    assert_eq!(desk.status(&anne).await, 200);
    assert_eq!(desk.status(&other).await, 303, "the other login ended");
    let again = desk.page(&anne, "/access/code").await;
    assert_eq!(again.status(), 303, "the secret is shown no more");
    let kept = desk
        .app
        .store
        .shelf(Shelf::Accounts, None, 10)
        .await
        .unwrap();
    let kept = String::from_utf8(kept[0].value.clone()).unwrap();
    assert!(
        recovery.iter().all(|code| !kept.contains(code.as_str())),
        "{kept}"
    );

    let used = code(&secret, desk.now());
    let half = desk.half().await;
    assert_eq!(
        desk.enter(&half, &used).await.status(),
        401,
        "it was used to confirm"
    );
    desk.wait(30);
    let next = code(&secret, desk.now());
    let entered = cookie_of(&desk.enter(&half, &next).await);
    assert_eq!(desk.status(&entered).await, 200);
    assert_eq!(
        desk.enter(&half, &next).await.status(),
        401,
        "the half login is done"
    );
    let second = desk.half().await;
    assert_eq!(
        desk.enter(&second, &next).await.status(),
        401,
        "the code was used"
    );
    assert_eq!(
        desk.enter(&second, &used).await.status(),
        401,
        "and none before it holds"
    );
    assert_eq!(
        desk.enter("00ff", &code(&secret, desk.now()))
            .await
            .status(),
        401
    );

    let typed = recovery[3].to_uppercase().replace('-', " ");
    cookie_of(&desk.enter(&second, &typed).await);
    let third = desk.half().await;
    assert_eq!(
        desk.enter(&third, &recovery[3]).await.status(),
        401,
        "each holds once"
    );
    desk.wait(6 * 60);
    let late = desk.enter(&third, &code(&secret, desk.now())).await;
    assert_eq!(late.status(), 401, "there are five minutes for a code");

    let record = desk.record().await;
    for what in [
        "anne login: first link 200",
        "anne POST /access/code/begin 422",
        "anne POST /access/code/begin 303",
        "anne login: password 200",
        "anne POST /access/code/confirm 200",
        "anne login: wrong code 401",
        "anne login: password and code 200",
        "anne login: recovery code 200",
    ] {
        assert!(
            record.iter().any(|deed| deed == what),
            "{what}: {record:#?}"
        );
    }
}

#[tokio::test]
async fn it_is_switched_off_with_password_and_code_or_by_an_owner() {
    let desk = Desk::start().await;
    let anne = first_account(&desk.app, "anne", PASSWORD).await;
    let (secret, recovery) = desk.enrol(&anne).await;
    let off = async |password: &str, code: &str| {
        let form = [("password", password), ("code", code)];
        let switched = desk.post(&anne, "/access/code/off", &form).await;
        switched.headers()["location"].to_str().unwrap().to_owned()
    };
    desk.wait(30);
    let now = code(&secret, desk.now());
    assert_eq!(
        off("wrong, of course", &now).await,
        "/access?done=wrong-password"
    );
    assert_eq!(off(PASSWORD, "000000").await, "/access?done=wrong-code");
    let own = desk
        .post(&anne, "/access/code/off-for", &[("name", "anne")])
        .await;
    assert_eq!(own.status(), 403, "one's own takes password and code");
    desk.half().await;
    assert_eq!(off(PASSWORD, &now).await, "/access?done=off");
    let form = [("name", "anne"), ("password", PASSWORD)];
    cookie_of(&desk.post("", "/login", &form).await);

    desk.wait(30);
    let anne = cookie_of(&desk.post("", "/login", &form).await);
    let (_, fresh) = desk.enrol(&anne).await;
    assert_ne!(fresh, recovery);
    let viewer = [("name", "vera"), ("password", PASSWORD), ("role", "viewer")];
    assert_eq!(desk.post(&anne, "/access/add", &viewer).await.status(), 303);
    let form = [("name", "vera"), ("password", PASSWORD)];
    let vera = cookie_of(&desk.post("", "/login", &form).await);
    let refused = desk
        .post(&vera, "/access/code/off-for", &[("name", "anne")])
        .await;
    assert_eq!(refused.status(), 403);
    // Whoever may only look secures his own account all the same.
    desk.enrol(&vera).await;
    // Whoever holds the token of the installation lets in who lost everything.
    let by_token = desk.app.api(Method::POST, "/access/code/off-for");
    let done = by_token.form(&[("name", "anne")]).send().await.unwrap();
    assert_eq!(done.headers()["location"], "/access?done=off-for&of=anne");
    let form = [("name", "anne"), ("password", PASSWORD)];
    cookie_of(&desk.post("", "/login", &form).await);
}

#[tokio::test]
async fn guessing_codes_is_held_back_like_guessing_passwords() {
    let desk = Desk::start().await;
    let anne = first_account(&desk.app, "anne", PASSWORD).await;
    let (secret, _) = desk.enrol(&anne).await;
    desk.wait(30);
    let half = desk.half().await;
    let mut guesses = Vec::new();
    for guess in 0..40 {
        let code = format!("{guess:06}");
        let (desk, half) = (&desk, &half);
        guesses.push(async move { desk.enter(half, &code).await.status().as_u16() });
    }
    let mut answers = Vec::new();
    for guess in guesses {
        answers.push(guess.await);
    }
    let looked_at = answers.iter().filter(|status| **status == 401).count();
    assert_eq!(looked_at, 5, "{answers:?}");
    let right = code(&secret, desk.now());
    assert_eq!(
        desk.enter(&half, &right).await.status(),
        429,
        "even the right one waits"
    );
    assert_eq!(
        desk.enter(&desk.half().await, &right).await.status(),
        429,
        "whatever the login"
    );
    desk.wait(60);
    let right = code(&secret, desk.now());
    cookie_of(&desk.enter(&half, &right).await);
}
