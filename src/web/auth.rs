//! Who may use this installation: whoever has its token, the local key, or a session, made with an
//! account or one of them. Viewers look; owners change. What is changed is written down, and who took a copy
//! of everything.
//!
//! The token has 256 random bits, is shown once, and only its SHA-256 is kept; guessing it is no
//! way in. Wrong logins are answered ever later all the same, to keep the noise down. A right token
//! is never held back, so that nobody can lock the owner out. Passwords and codes can be guessed, so
//! further tries at a name wait, right ones too ([`super::accounts::NameThrottle`]); whoever is logged
//! in waits for no guesses from outside.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_lc_rs::{constant_time, digest, rand};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, Semaphore};

use super::App;
use super::accounts::{Needs, Rights, Role, Visitor};
use super::audit;
use super::desk;
use super::error::Problem;
use super::language::Shown;
use crate::store::{Store, StoreError};

/// Where the store keeps the hash of the token.
const SETTING: &str = "api-token";
/// What every token begins with, so that one that leaked is recognised for what it is.
const PREFIX: &str = "portner_";
const TOKEN_BYTES: usize = 32;
/// The longest time that the answer to a wrong login is held back.
const LONGEST_DELAY: Duration = Duration::from_secs(4);
/// How many such answers are held back at once.
const MOST_DELAYED: usize = 16;

/// A token that was just made: the only time that it is known in full.
#[derive(Debug)]
pub struct NewToken(SecretString);

impl NewToken {
    /// The token itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Makes the installation's token where there is none yet. `None` when there is one.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn ensure_token(store: &dyn Store) -> Result<Option<NewToken>, StoreError> {
    match store.setting(SETTING).await? {
        Some(_) => Ok(None),
        None => replace_token(store).await.map(Some),
    }
}

/// Makes a new token; the one before is worth nothing from then on.
async fn replace_token(store: &dyn Store) -> Result<NewToken, StoreError> {
    let bytes = random()?;
    let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    store
        .put_setting(SETTING, sha256(&token).as_ref().to_vec())
        .await?;
    Ok(NewToken(token.into()))
}

/// As many random bytes as no one guesses.
pub(super) fn random() -> Result<[u8; TOKEN_BYTES], StoreError> {
    let mut bytes = [0; TOKEN_BYTES];
    rand::fill(&mut bytes).map_err(|_| StoreError::Io("the machine has no randomness".into()))?;
    Ok(bytes)
}

pub(super) fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}

pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// Whether this is the token or the local key.
pub(super) async fn holds(app: &App, secret: &str) -> Result<bool, Problem> {
    if secret.is_empty() {
        return Ok(false);
    }
    let shown = sha256(secret);
    let local = app.state.local_key.expose_secret();
    if !local.is_empty() && same(shown.as_ref(), sha256(local).as_ref()) {
        return Ok(true);
    }
    let kept = app.token.hash(app).await?;
    Ok(kept.is_some_and(|kept| same(shown.as_ref(), &kept)))
}

/// The hash of the token as it was read last: who watches the house is let in while the store is away.
#[derive(Default)]
pub(super) struct LastRead(Mutex<Option<Vec<u8>>>);

impl LastRead {
    /// The hash that holds now. The lock is held while it is read, so that none of before comes late.
    async fn hash(&self, app: &App) -> Result<Option<Vec<u8>>, Problem> {
        let mut last = self.0.lock().await;
        let kept = match app.store() {
            Ok(store) => store.setting(SETTING).await.map_err(Problem::from),
            Err(away) => Err(away),
        };
        match kept {
            Ok(kept) => last.clone_from(&kept),
            Err(problem) if !problem.is_store_away() || last.is_none() => return Err(problem),
            Err(_) => {}
        }
        Ok(last.clone())
    }

    /// Makes a new token; the one before is worth nothing from then on.
    pub(super) async fn replace(&self, app: &App) -> Result<NewToken, Problem> {
        let mut last = self.0.lock().await;
        let token = replace_token(app.store()?.as_ref()).await?;
        *last = Some(sha256(token.expose()).as_ref().to_vec());
        Ok(token)
    }
}

/// Addresses that are asked by POST and change nothing: viewers may ask them too.
const ONLY_ASKS: [&str; 4] = [
    "/rules/check",
    "/rules/try",
    "/settings/say",
    "/api/v1/rules/replay",
];

/// Whether such a request changes something, which takes an owner and is written down.
fn changes(method: &Method, path: &str) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && !ONLY_ASKS.contains(&path)
}

/// Who a request comes from, where he may be here at all.
async fn visitor(app: &App, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
    if let Some(secret) = bearer(headers) {
        return Ok(holds(app, secret).await?.then_some(Visitor {
            account: None,
            outside: None,
            rights: Rights::Everywhere(Role::Owner),
            session: None,
        }));
    }
    app.sessions.visitor(app, headers).await
}

/// Lets a request through in somebody's name, if his rights are enough, and writes down what was
/// done or tried.
async fn admit(
    app: &App,
    needs: Needs,
    visitor: Visitor,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path().to_owned();
    let changes = changes(request.method(), &path);
    let is_written_down = changes || needs == Needs::Ownership;
    let what = format!("{} {path}", request.method());
    if !visitor.rights.meet(needs, changes) {
        if is_written_down {
            audit::note(app, visitor.name(), &what, StatusCode::FORBIDDEN).await;
        }
        return Err(Problem::not_allowed(changes));
    }
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if is_written_down {
        let extensions = response.extensions_mut();
        let (whom, refused) = (extensions.remove(), extensions.remove::<audit::Refused>());
        let status = refused.map_or(response.status(), |_| StatusCode::UNPROCESSABLE_ENTITY);
        audit::note_to(app, visitor.name(), &what, status, whom).await;
    }
    Ok(response)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(secret.trim())
}

/// Lets requests of programs through that show a secret.
pub(super) async fn for_programs(
    State((app, needs)): State<(App, Needs)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let visitor = visitor(&app, request.headers()).await?;
    let visitor = visitor.ok_or_else(Problem::unauthorized)?;
    admit(&app, needs, visitor, request, next).await
}

/// Lets people through who are logged in. The others are sent to the login, and those who sent
/// something are told so where they are.
pub(super) async fn for_people(
    State((app, needs)): State<(App, Needs)>,
    shown: Shown,
    request: Request,
    next: Next,
) -> Response {
    match visitor(&app, request.headers()).await {
        Ok(Some(visitor)) => {
            let shown = shown.to(&visitor);
            admit(&app, needs, visitor, request, next)
                .await
                .unwrap_or_else(|problem| desk::trouble(&shown, &problem))
        }
        Ok(None) if sends_something(&request) => desk::logged_out(&shown, request.headers()),
        Ok(None) if comes_from_elsewhere(&request) => desk::from_elsewhere(&shown, going(&request)),
        Ok(None) => Redirect::to(&login_before(&request)).into_response(),
        Err(problem) => desk::trouble(&shown, &problem),
    }
}

/// Whether somebody sends what would be lost on the way to the login. Whoever logs out is out already.
fn sends_something(request: &Request) -> bool {
    let only_looks = matches!(*request.method(), Method::GET | Method::HEAD);
    !only_looks && request.uri().path() != "/logout"
}

/// Whether somebody looks for a page.
fn wants_a_page(request: &Request) -> bool {
    request.method() == Method::GET && desk::wants_a_page(request.headers())
}

/// Whether somebody looks for a page by a link of another site's, such as a mail's in a browser: then
/// no cookie of a login comes along, though there may be one.
fn comes_from_elsewhere(request: &Request) -> bool {
    let site = request.headers().get("sec-fetch-site");
    wants_a_page(request) && site.is_some_and(|site| site == "cross-site")
}

/// The address that was asked for.
fn going(request: &Request) -> &str {
    let asked = request.uri().path_and_query();
    asked.map_or("/", |going| going.as_str())
}

/// The login, which leads on to the page that was asked for.
fn login_before(request: &Request) -> String {
    let is_page = wants_a_page(request);
    desk::login_before(if is_page { going(request) } else { "/" })
}

/// Holds the answers to wrong logins back, each longer than the one before.
pub(super) struct Throttle {
    first: Duration,
    failures: AtomicU32,
    waiting: Semaphore,
}

impl Throttle {
    pub(super) fn new(first: Duration) -> Self {
        Self {
            first,
            failures: AtomicU32::new(0),
            waiting: Semaphore::new(MOST_DELAYED),
        }
    }

    /// Counts a wrong login and waits. `false` when so many wait that this one is not waited for.
    pub(super) async fn failed(&self) -> bool {
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        let Ok(_place) = self.waiting.try_acquire() else {
            return false;
        };
        tokio::time::sleep(delay(self.first, before)).await;
        true
    }

    /// Forgets the wrong ones after a right one.
    pub(super) fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }
}

/// How long the answer is held back after so many wrong ones.
fn delay(first: Duration, failures: u32) -> Duration {
    first
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_made_once_and_kept_as_a_hash() {
        let store = crate::store::open("memory:").await.unwrap();
        let token = ensure_token(store.as_ref()).await.unwrap().unwrap();
        assert_eq!(token.expose().len(), PREFIX.len() + 43);
        assert!(ensure_token(store.as_ref()).await.unwrap().is_none());
        let kept = store.setting(SETTING).await.unwrap().unwrap();
        assert_eq!(kept, sha256(token.expose()).as_ref());
        let next = replace_token(store.as_ref()).await.unwrap();
        assert_ne!(next.expose(), token.expose());
    }

    #[test]
    fn whatever_is_no_question_takes_an_owner() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(!changes(&method, "/rules/on"), "{method}");
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(changes(&method, "/rules/on"), "{method}");
            assert!(changes(&method, "/rules/check/"), "{method}");
        }
        assert!(!changes(&Method::POST, "/rules/check"));
    }

    #[test]
    fn delays_double_up_to_a_bound() {
        let first = Duration::from_millis(250);
        assert_eq!(delay(first, 0), first);
        assert_eq!(delay(first, 2), Duration::from_secs(1));
        assert_eq!(delay(first, u32::MAX), LONGEST_DELAY);
    }

    #[test]
    fn bearer_is_read_whatever_its_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(header::AUTHORIZATION, "bearer abc".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(header::AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }
}
