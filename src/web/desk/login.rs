//! Logging in with the installation's token, and out again. The token only ever travels in a body.

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::html;
use serde::Deserialize;

use super::layout::{Page, brand};
use super::trouble;
use crate::web::App;
use crate::web::auth;
use crate::web::error::Problem;
use crate::web::language::Shown;

/// What answers without login.
pub(in crate::web) fn login() -> Router<App> {
    Router::new().route("/login", get(ask).post(enter))
}

async fn ask(shown: Shown) -> Response {
    page(&shown, None).respond(&shown)
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    token: String,
}

async fn enter(
    State(app): State<App>,
    shown: Shown,
    Form(credentials): Form<Credentials>,
) -> Response {
    match auth::holds(&app, credentials.token.trim()).await {
        Ok(true) => match app.sessions.begin(&app).await {
            Ok(cookie) => {
                app.throttle.succeeded();
                ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
            }
            Err(problem) => trouble(&shown, &problem),
        },
        Ok(false) => refuse(&app, &shown).await,
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn refuse(app: &App, shown: &Shown) -> Response {
    let language = shown.language;
    let (status, words) = if app.throttle.failed().await {
        (
            StatusCode::UNAUTHORIZED,
            language.choose(
                "Det er ikke nøglen til denne installation.",
                "This is not the token of this installation.",
            ),
        )
    } else {
        (
            StatusCode::TOO_MANY_REQUESTS,
            language.choose(
                "For mange forkerte forsøg. Vent et øjeblik.",
                "Too many wrong tries. Wait a moment.",
            ),
        )
    };
    tracing::warn!("a login with a wrong token was refused");
    let mut response = page(shown, Some(words)).respond(shown);
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

fn page(shown: &Shown, wrong: Option<&str>) -> Page {
    let language = shown.language;
    let title = language.choose("Log ind", "Log in");
    let body = html! {
        form class="login" method="post" action="/login" {
            (brand())
            h1 { (title) }
            @if let Some(wrong) = wrong {
                p class="wrong" role="alert" id="wrong" { (wrong) }
            }
            label for="token" { (language.choose("Nøgle", "Token")) }
            input id="token" name="token" type="password" autocomplete="current-password"
                required autofocus spellcheck="false" autocapitalize="off"
                aria-describedby="where" aria-invalid=[wrong.map(|_| "true")];
            p id="where" class="quiet" {
                (language.choose(
                    "Portner viste den, da den startede første gang.",
                    "Portner showed it when it started for the first time."))
                " "
                code { "portner token" }
                (language.choose(" laver en ny.", " makes a new one."))
            }
            button class="main" { (title) }
        }
    };
    Page::new(title, body).before_login()
}
