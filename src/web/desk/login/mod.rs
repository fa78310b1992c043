//! Logging in, with an account or with the installation's token, and out again; and the link that
//! makes the first account. Secrets only ever travel in a body, but for that link, which works
//! once and only while there is no account.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

mod code;
mod provider;

pub(super) use code::taken;

use super::access::unfit;
use super::guide;
use super::layout::{Page, brand};
use super::lists::encoded;
use super::trouble;
use crate::call::Language;
use crate::web::accounts::{self, Account, Door, MIN_PASSWORD_CHARS, Unfit};
use crate::web::audit;
use crate::web::auth;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::sessions::Who;
use crate::web::{App, SignIn};

/// The largest body that is read of somebody who is not logged in yet, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// What answers without login.
pub(in crate::web) fn login() -> Router<App> {
    Router::new()
        .route("/login", get(ask).post(enter))
        .route("/login/code", get(code::anew).post(code::enter))
        .route("/login/provider", get(provider::begin))
        .route(SignIn::COMES_BACK_TO, get(provider::done))
        .route("/welcome/{link}", get(welcome).post(first))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// The longest address that somebody is led on to, in bytes: a cookie holds it.
const MAX_ONWARD_BYTES: usize = 2_000;

/// Where somebody was going when he was asked to log in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "String")]
struct Onward(String);

impl From<String> for Onward {
    /// A page of ours, else the first one: a link that somebody sends may say anything.
    fn from(asked: String) -> Self {
        let path = asked.split('?').next().unwrap_or_default();
        let is_ours = asked.starts_with('/')
            && !asked.contains("//")
            && asked
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let is_a_page = !matches!(path, "/" | "/login" | "/logout") && !path.starts_with("/login/");
        if is_ours && is_a_page && asked.len() <= MAX_ONWARD_BYTES {
            Self(asked)
        } else {
            Self::default()
        }
    }
}

impl Onward {
    fn address(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// The login that leads there.
    fn login(&self) -> String {
        self.by_way_of("/login")
    }

    /// An address that leads there in the end.
    fn by_way_of(&self, address: &str) -> String {
        if self.0.is_empty() {
            return address.to_owned();
        }
        format!("{address}?next={}", encoded(&self.0))
    }

    /// Kept in a form.
    fn field(&self) -> Markup {
        html! { @if !self.0.is_empty() { input type="hidden" name="next" value=(self.0); } }
    }
}

/// The login of whoever was going there.
pub(in crate::web) fn login_before(going: &str) -> String {
    Onward::from(going.to_owned()).login()
}

/// Leads whoever comes by a link of another site's on to the page that he asked for.
pub(in crate::web) fn from_elsewhere(shown: &Shown, going: &str) -> Response {
    let title = shown.language.choose("Et øjeblik", "One moment");
    leading_on(shown, title, &Onward::from(going.to_owned()))
}

/// Leads on from a page of ours: the cookie of the login does not go along with a way that began
/// at another site.
fn leading_on(shown: &Shown, title: &str, to: &Onward) -> Response {
    let language = shown.language;
    let body = html! {
        (brand())
        h1 { (title) }
        p { a class="button main" href=(to.address()) { (language.choose("Til skrivebordet", "To the desk")) } }
    };
    Page::new(title, body)
        .before_login()
        .leading_to(to.address())
        .found_at(to.address())
        .respond(shown)
}

/// What stands on the page of the login.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: Onward,
    /// Who tried before, and why it did not work.
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    wrong: Option<&'static str>,
}

/// Whoever is logged in goes on.
async fn ask(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    match app.sessions.visitor(&app, &headers).await {
        Ok(Some(_)) => Redirect::to(asked.next.address()).into_response(),
        Ok(None) | Err(_) => page(&app, &shown, &asked).await.respond(&shown),
    }
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: Onward,
}

async fn enter(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Response {
    let asked = Asked {
        next: credentials.next.clone(),
        name: credentials.name.trim().to_owned(),
        wrong: None,
    };
    match known(&app, credentials).await {
        Ok(Known::Nobody) => refuse(&app, &shown, asked).await,
        Ok(Known::Wait) => too_many(&app, &shown, asked).await,
        Ok(Known::Token) => begin(&app, &shown, Who::Token, &headers, "token", &asked.next).await,
        Ok(Known::Account(account)) if account.has_codes() => {
            let now = app.state.service.clock().now();
            match app.halfway.keep(account.name, now) {
                Ok(half) => code::ask(&half, &asked.next, None, shown.language).respond(&shown),
                Err(problem) => trouble(&shown, &problem),
            }
        }
        Ok(Known::Account(account)) => {
            let who = Who::Account(account.name);
            begin(&app, &shown, who, &headers, "password", &asked.next).await
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Who shows himself.
enum Known {
    /// Whoever holds the token.
    Token,
    /// An account, whose code is still to come where it has one.
    Account(Box<Account>),
    Nobody,
    /// Too many wrong passwords at this name just now.
    Wait,
}

async fn known(app: &App, shown: Credentials) -> Result<Known, Problem> {
    let token = shown.token.trim();
    if !token.is_empty() {
        let holds = auth::holds(app, token).await?;
        return Ok(if holds { Known::Token } else { Known::Nobody });
    }
    let now = app.state.service.clock().now();
    if !app.names.may_try(Door::Password, &shown.name, now) {
        return Ok(Known::Wait);
    }
    let account = accounts::check(app.store()?.as_ref(), &shown.name, shown.password).await?;
    Ok(match account {
        Some(account) => {
            app.names.succeeded(Door::Password, &shown.name);
            Known::Account(Box::new(account))
        }
        None => Known::Nobody,
    })
}

async fn begin(
    app: &App,
    shown: &Shown,
    who: Who,
    headers: &HeaderMap,
    how: &str,
    next: &Onward,
) -> Response {
    let by = who.name().to_owned();
    match app.sessions.begin(app, who, headers).await {
        Ok(cookie) => {
            app.throttle.succeeded();
            audit::note(app, &by, &format!("login: {how}"), StatusCode::OK).await;
            let on = Redirect::to(next.address());
            ([(header::SET_COOKIE, cookie)], on).into_response()
        }
        Err(problem) => trouble(shown, &problem),
    }
}

async fn refuse(app: &App, shown: &Shown, asked: Asked) -> Response {
    tracing::warn!("a wrong login was refused");
    if !app.throttle.failed().await {
        return too_many(app, shown, asked).await;
    }
    let words = shown.language.choose(
        "Det passer ikke. Prøv igen.",
        "That is not right. Try again.",
    );
    again(app, shown, asked, words, StatusCode::UNAUTHORIZED).await
}

/// The password was right too long ago for a code.
async fn too_late(app: &App, shown: &Shown, asked: Asked) -> Response {
    let words = shown.language.choose(
        "Der gik for lang tid. Begynd forfra.",
        "That took too long. Begin anew.",
    );
    again(app, shown, asked, words, StatusCode::UNAUTHORIZED).await
}

async fn too_many(app: &App, shown: &Shown, asked: Asked) -> Response {
    let words = shown.language.choose(
        "For mange forkerte forsøg. Vent et minut.",
        "Too many wrong tries. Wait a minute.",
    );
    again(app, shown, asked, words, StatusCode::TOO_MANY_REQUESTS).await
}

/// The page once more, with the name that was typed.
async fn again(
    app: &App,
    shown: &Shown,
    asked: Asked,
    wrong: &'static str,
    status: StatusCode,
) -> Response {
    let asked = Asked {
        wrong: Some(wrong),
        ..asked
    };
    let mut response = page(app, shown, &asked).await.respond(shown);
    *response.status_mut() = status;
    response
}

/// Ends this browser's login.
pub(super) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let cookie = app.sessions.end(&app, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

async fn page(app: &App, shown: &Shown, asked: &Asked) -> Page {
    let language = shown.language;
    let Asked { next, name, wrong } = asked;
    let title = language.choose("Log ind", "Log in");
    let has_accounts = match app.store() {
        Ok(store) => accounts::all(store.as_ref())
            .await
            .is_ok_and(|all| !all.is_empty()),
        Err(_) => false,
    };
    let body = html! {
        (brand())
        h1 { (title) }
        @if let Some(wrong) = wrong { p class="wrong" role="alert" id="wrong" { (wrong) } }
        @if let Some(sign_in) = &app.state.sign_in {
            p class="through" { a class="button" href=(next.by_way_of("/login/provider")) { (language.choose("Log ind med ", "Log in with ")) (sign_in.name) } }
        }
        @if has_accounts {
            form class="login" method="post" action="/login" {
                (next.field())
                (name_field(name, name.is_empty(), language))
                div class="field" {
                    label for="password" { (language.choose("Adgangskode", "Password")) }
                    input id="password" name="password" type="password" autocomplete="current-password" required
                        autofocus[!name.is_empty()] aria-describedby=[wrong.map(|_| "wrong")];
                }
                button class="main" { (title) }
            }
            details {
                summary { (language.choose("Log ind med installationens nøgle", "Log in with the token of this installation")) }
                (token_form(next, language))
            }
        } @else {
            (token_form(next, language))
            p class="quiet small" { (language.choose(
                "Har du linket til første login fra terminalen, så brug det: så får du et navn og en adgangskode.",
                "If you have the link for the first login from the terminal, use that: it gives you a name and a password.")) }
        }
    };
    Page::new(title, body).before_login().found_at(next.login())
}

/// The field of the name, with the one that was typed, and whether that is to be typed first.
fn name_field(name: &str, first: bool, language: Language) -> Markup {
    html! {
        div class="field" {
            label for="name" { (language.choose("Navn", "Name")) }
            input id="name" name="name" value=(name) autocomplete="username" required autofocus[first] spellcheck="false" autocapitalize="off" maxlength="40";
        }
    }
}

fn token_form(next: &Onward, language: Language) -> Markup {
    html! {
        form class="login" method="post" action="/login" {
            (next.field())
            div class="field" {
                label for="token" { (language.choose("Nøgle", "Token")) }
                input id="token" name="token" type="password" autocomplete="off"
                    required spellcheck="false" autocapitalize="off" aria-describedby="where";
                p id="where" class="quiet small" {
                    (language.choose(
                        "Portner viste den, da den startede første gang.",
                        "Portner showed it when it started for the first time."))
                    " " code { "portner token" } (language.choose(" laver en ny.", " makes a new one."))
                }
            }
            button class="main" { (language.choose("Log ind", "Log in")) }
        }
    }
}

/// The page behind the one-time link.
async fn welcome(State(app): State<App>, shown: Shown, Path(link): Path<String>) -> Response {
    match holds(&app, &link).await {
        Ok(true) => first_page(&shown, &link, "", None).respond(&shown),
        Ok(false) => Redirect::to("/login").into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn holds(app: &App, link: &str) -> Result<bool, Problem> {
    Ok(accounts::is_first_link(app.store()?.as_ref(), link).await?)
}

fn first_page(shown: &Shown, link: &str, name: &str, wrong: Option<Unfit>) -> Page {
    let language = shown.language;
    let title = language.choose("Velkommen", "Welcome");
    let body = html! {
        (brand())
        h1 { (title) }
        p { (language.choose(
            "Vælg et navn og en adgangskode. Så er skrivebordet dit.",
            "Choose a name and a password. Then the desk is yours.")) }
        form class="login" method="post" action={ "/welcome/" (link) } {
            @if let Some(wrong) = wrong { p class="wrong" role="alert" id="wrong" { (unfit(wrong, language)) } }
            (name_field(name, wrong != Some(Unfit::Password), language))
            div class="field" {
                label for="password" { (language.choose("Adgangskode", "Password")) }
                input id="password" name="password" type="password" autocomplete="new-password" required
                    autofocus[wrong == Some(Unfit::Password)] minlength=(MIN_PASSWORD_CHARS) aria-describedby="how-long";
                span id="how-long" class="quiet small" {
                    (language.choose("Mindst ", "At least ")) (MIN_PASSWORD_CHARS) (language.choose(" tegn", " characters"))
                }
            }
            button class="main" { (language.choose("Begynd", "Begin")) }
        }
    };
    Page::new(title, body).before_login()
}

#[derive(Deserialize)]
struct First {
    name: String,
    password: SecretString,
}

/// Makes the first account, which may do everything, and logs it in.
async fn first(
    State(app): State<App>,
    shown: Shown,
    Path(link): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<First>,
) -> Response {
    let made = async {
        let now = app.state.service.clock().now();
        accounts::add_first(
            &app.changing,
            app.store()?.as_ref(),
            &link,
            &typed.name,
            typed.password,
            now,
        )
        .await
    };
    match made.await {
        Ok(None) => Redirect::to("/login").into_response(),
        Ok(Some(Ok(()))) => {
            let name = typed.name.trim().to_owned();
            let (who, next) = (Who::Account(name), Onward::default());
            let begun = begin(&app, &shown, who, &headers, "first link", &next).await;
            guide::after_first_login(&app, begun).await
        }
        Ok(Some(Err(reason))) => {
            let page = first_page(&shown, &link, &typed.name, Some(reason));
            let mut response = page.respond(&shown);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_leads_to_a_page_of_ours_or_to_the_first_one() {
        let on = |asked: &str| Onward::from(asked.to_owned()).address().to_owned();
        for ours in ["/calls", "/calls?verdict=reject", "/settings/line/shop"] {
            assert_eq!(on(ours), ours);
        }
        for other in [
            "",
            "calls",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/calls//x",
            "/calls\r\nx: y",
            "/logout",
            "/logout?x",
            "/login",
            "/login/code",
        ] {
            assert_eq!(on(other), "/", "{other:?}");
        }
        assert_eq!(login_before("/calls?q=a"), "/login?next=%2Fcalls%3Fq%3Da");
        assert_eq!(login_before("/"), "/login");
    }
}
