//! Logging in through a provider of OpenID Connect: there, and back again with a code.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::super::layout::{Page, brand};
use super::super::trouble;
use super::{Asked, Onward, leading_on};
use crate::identity::{Attempt, IdentityError};
use crate::web::App;
use crate::web::audit;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::sessions::Who;

/// How long there is to log in at the provider, in seconds.
const PATIENCE: i64 = 600;

/// Sends the browser to the provider, with what binds its coming back to it.
pub(super) async fn begin(
    State(app): State<App>,
    shown: Shown,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(sign_in) = &app.state.sign_in else {
        return trouble(&shown, &Problem::nothing_here());
    };
    let begun = async {
        let attempt = Attempt::new()?;
        let address = sign_in.provider.address(&attempt).await?;
        Ok((attempt, address))
    };
    match begun.await {
        Ok((attempt, address)) => match app.attempt_begins(&attempt, &asked.next.0, PATIENCE) {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response(),
            Err(problem) => trouble(&shown, &problem),
        },
        Err(error) => refused(&shown, &error),
    }
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
}

/// Logs in whoever the provider says it is, if he may.
pub(super) async fn done(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    let Some(sign_in) = &app.state.sign_in else {
        return trouble(&shown, &Problem::nothing_here());
    };
    let language = shown.language;
    let attempt = app.attempt(&headers);
    let attempt = attempt.filter(|(attempt, _)| attempt.began(&back.state));
    let Some((attempt, going)) = attempt else {
        let words = language.choose(
            "Det login begyndte ikke i denne browser, eller det tog for lang tid.",
            "That login did not begin in this browser, or it took too long.",
        );
        return no(&shown, StatusCode::FORBIDDEN, words);
    };
    if !back.error.is_empty() || back.code.is_empty() {
        let words = language.choose(
            "Du blev ikke logget ind dér.",
            "You were not logged in there.",
        );
        return no(&shown, StatusCode::UNAUTHORIZED, words);
    }
    let now = app.state.service.clock().now();
    let email = match sign_in.provider.email(&back.code, &attempt, now).await {
        Ok(email) => email,
        Err(error) => return refused(&shown, &error),
    };
    if sign_in.rights(&email).is_none() {
        tracing::warn!(
            email,
            "somebody logged in at the provider who may not look here"
        );
        let words = language.choose(
            "Den e-mailadresse må ikke se skrivebordet. En ejer kan skrive den i indstillingerne.",
            "That e-mail address may not see the desk. An owner can write it into the settings.",
        );
        return no(&shown, StatusCode::FORBIDDEN, words);
    }
    match enter(&app, email, &headers).await {
        Ok(cookies) => {
            let title = language.choose("Du er logget ind", "You are logged in");
            let on = leading_on(&shown, title, &Onward::from(going));
            (cookies, on).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn enter(app: &App, email: String, headers: &HeaderMap) -> Result<HeaderMap, Problem> {
    let session = app
        .sessions
        .begin(app, Who::Outside(email.clone()), headers)
        .await?;
    audit::note(app, &email, "login: provider", StatusCode::OK).await;
    let mut cookies = HeaderMap::new();
    cookies.append(header::SET_COOKIE, session);
    cookies.append(header::SET_COOKIE, app.attempt_ends()?);
    Ok(cookies)
}

fn refused(shown: &Shown, error: &IdentityError) -> Response {
    let language = shown.language;
    let mut causes = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        causes.push(one.to_string());
        cause = one.source();
    }
    tracing::warn!(
        error = causes.join(": "),
        "a login through the provider was refused"
    );
    let (status, words) = match error {
        IdentityError::Token(_) => (
            StatusCode::FORBIDDEN,
            language.choose(
                "Udbyderens svar kan ikke bruges. Loggen siger hvorfor.",
                "The provider's answer cannot be used. The log says why.",
            ),
        ),
        IdentityError::Busy => (
            StatusCode::TOO_MANY_REQUESTS,
            language.choose(
                "Der er for mange lige nu. Prøv igen.",
                "There are too many just now. Try again.",
            ),
        ),
        _ => (
            StatusCode::BAD_GATEWAY,
            language.choose(
                "Udbyderen kan ikke spørges lige nu. Loggen siger hvorfor.",
                "The provider cannot be asked just now. The log says why.",
            ),
        ),
    };
    no(shown, status, words)
}

fn no(shown: &Shown, status: StatusCode, words: &str) -> Response {
    let language = shown.language;
    let title = language.choose("Ikke logget ind", "Not logged in");
    let body = html! {
        (brand())
        h1 { (title) }
        p class="wrong" role="alert" { (words) }
        p { a class="button" href="/login" { (language.choose("Til login", "To the login")) } }
    };
    let mut response = Page::new(title, body).before_login().respond(shown);
    *response.status_mut() = status;
    response
}
