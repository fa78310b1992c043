//! Logging in, with an account or with the installation's token, and out again; and the link that
//! makes the first account. Secrets only ever travel in a body, but for that link, which works
//! once and only while there is no account.

use axum::Router;
use axum::extract::{Form, Path, State};
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
use super::trouble;
use crate::call::Language;
use crate::web::accounts::{self, Account, Door, MIN_PASSWORD_CHARS};
use crate::web::audit;
use crate::web::auth;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::sessions::Who;
use crate::web::{App, SignIn};

/// What answers without login.
pub(in crate::web) fn login() -> Router<App> {
    Router::new()
        .route("/login", get(ask).post(enter))
        .route("/login/code", get(code::anew).post(code::enter))
        .route("/login/provider", get(provider::begin))
        .route(SignIn::COMES_BACK_TO, get(provider::done))
        .route("/welcome/{link}", get(welcome).post(first))
}

async fn ask(State(app): State<App>, shown: Shown) -> Response {
    page(&app, &shown, None).await.respond(&shown)
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    token: String,
}

async fn enter(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Response {
    match known(&app, credentials).await {
        Ok(Known::Nobody) => refuse(&app, &shown).await,
        Ok(Known::Wait) => too_many(&app, &shown).await,
        Ok(Known::Token) => begin(&app, &shown, Who::Token, &headers, "token").await,
        Ok(Known::Account(account)) if account.has_codes() => {
            let now = app.state.service.clock().now();
            match app.halfway.begin(account.name, now) {
                Ok(half) => code::ask(&half, None, shown.language).respond(&shown),
                Err(problem) => trouble(&shown, &problem),
            }
        }
        Ok(Known::Account(account)) => {
            begin(
                &app,
                &shown,
                Who::Account(account.name),
                &headers,
                "password",
            )
            .await
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

async fn begin(app: &App, shown: &Shown, who: Who, headers: &HeaderMap, how: &str) -> Response {
    let by = who.name().to_owned();
    match app.sessions.begin(app, who, headers).await {
        Ok(cookie) => {
            app.throttle.succeeded();
            audit::note(app, &by, &format!("login: {how}"), StatusCode::OK).await;
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(problem) => trouble(shown, &problem),
    }
}

async fn refuse(app: &App, shown: &Shown) -> Response {
    tracing::warn!("a wrong login was refused");
    if !app.throttle.failed().await {
        return too_many(app, shown).await;
    }
    let words = shown.language.choose(
        "Det passer ikke. Prøv igen.",
        "That is not right. Try again.",
    );
    let mut response = page(app, shown, Some(words)).await.respond(shown);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

/// The password was right too long ago for a code.
async fn too_late(app: &App, shown: &Shown) -> Response {
    let words = shown.language.choose(
        "Der gik for lang tid. Begynd forfra.",
        "That took too long. Begin anew.",
    );
    let mut response = page(app, shown, Some(words)).await.respond(shown);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

async fn too_many(app: &App, shown: &Shown) -> Response {
    let words = shown.language.choose(
        "For mange forkerte forsøg. Vent et minut.",
        "Too many wrong tries. Wait a minute.",
    );
    let mut response = page(app, shown, Some(words)).await.respond(shown);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
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

async fn page(app: &App, shown: &Shown, wrong: Option<&str>) -> Page {
    let language = shown.language;
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
            p class="through" { a class="button" href="/login/provider" { (language.choose("Log ind med ", "Log in with ")) (sign_in.name) } }
        }
        @if has_accounts {
            form class="login" method="post" action="/login" {
                (name_field(language))
                div class="field" {
                    label for="password" { (language.choose("Adgangskode", "Password")) }
                    input id="password" name="password" type="password" autocomplete="current-password" required
                        aria-describedby=[wrong.map(|_| "wrong")];
                }
                button class="main" { (title) }
            }
            details {
                summary { (language.choose("Log ind med installationens nøgle", "Log in with the token of this installation")) }
                (token_form(language))
            }
        } @else {
            (token_form(language))
            p class="quiet small" { (language.choose(
                "Har du linket til første login fra terminalen, så brug det: så får du et navn og en adgangskode.",
                "If you have the link for the first login from the terminal, use that: it gives you a name and a password.")) }
        }
    };
    Page::new(title, body).before_login()
}

fn name_field(language: Language) -> Markup {
    html! {
        div class="field" {
            label for="name" { (language.choose("Navn", "Name")) }
            input id="name" name="name" autocomplete="username" required autofocus spellcheck="false" autocapitalize="off" maxlength="40";
        }
    }
}

fn token_form(language: Language) -> Markup {
    html! {
        form class="login" method="post" action="/login" {
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
        Ok(true) => first_page(&shown, &link, None).respond(&shown),
        Ok(false) => Redirect::to("/login").into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn holds(app: &App, link: &str) -> Result<bool, Problem> {
    Ok(accounts::is_first_link(app.store()?.as_ref(), link).await?)
}

fn first_page(shown: &Shown, link: &str, wrong: Option<&str>) -> Page {
    let language = shown.language;
    let title = language.choose("Velkommen", "Welcome");
    let body = html! {
        (brand())
        h1 { (title) }
        p { (language.choose(
            "Vælg et navn og en adgangskode. Så er skrivebordet dit.",
            "Choose a name and a password. Then the desk is yours.")) }
        form class="login" method="post" action={ "/welcome/" (link) } {
            @if let Some(wrong) = wrong { p class="wrong" role="alert" id="wrong" { (wrong) } }
            (name_field(language))
            div class="field" {
                label for="password" { (language.choose("Adgangskode", "Password")) }
                input id="password" name="password" type="password" autocomplete="new-password" required
                    minlength=(MIN_PASSWORD_CHARS) aria-describedby="how-long";
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
            let begun = begin(&app, &shown, Who::Account(name), &headers, "first link").await;
            guide::after_first_login(&app, begun).await
        }
        Ok(Some(Err(reason))) => {
            let words = unfit(reason, shown.language);
            let mut response = first_page(&shown, &link, Some(words)).respond(&shown);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Err(problem) => trouble(&shown, &problem),
    }
}
