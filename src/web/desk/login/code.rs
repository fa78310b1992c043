//! The second step of a login: the code beside the password.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::super::layout::{Page, brand};
use super::super::trouble;
use super::{Asked, Onward, begin, too_late};
use crate::call::Language;
use crate::web::App;
use crate::web::accounts::Door;
use crate::web::accounts::totp::{self, Shown as Code};
use crate::web::audit;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::sessions::Who;

/// Asks for the code of whoever is half logged in.
pub(super) fn ask(half: &str, next: &Onward, wrong: Option<&str>, language: Language) -> Page {
    let title = language.choose("Bekræft, at det er dig", "Confirm that it is you");
    let hidden = html! { input type="hidden" name="half" value=(half); (next.field()) };
    let body = html! {
        (brand())
        h1 { (title) }
        @if let Some(wrong) = wrong { p class="wrong" role="alert" id="wrong" { (wrong) } }
        form class="login" method="post" action="/login/code" {
            (hidden)
            div class="field" {
                label for="code" { (language.choose("Koden fra din app", "The code from your app")) }
                input id="code" name="code" class="code" inputmode="numeric" autocomplete="one-time-code" maxlength="10"
                    required autofocus spellcheck="false" aria-describedby=[wrong.map(|_| "wrong")];
            }
            button class="main" { (language.choose("Log ind", "Log in")) }
        }
        details {
            summary { (language.choose("Har du ikke telefonen?", "Without your phone?")) }
            form class="login" method="post" action="/login/code" {
                (hidden)
                div class="field" {
                    label for="recovery" { (language.choose("En af dine nødkoder", "One of your recovery codes")) }
                    input id="recovery" name="code" class="code" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="40" required;
                }
                button { (language.choose("Log ind", "Log in")) }
            }
            p class="quiet small" { (language.choose(
                "Har du heller ikke dem, kan en anden ejer slå koden fra for dig på siden Adgang.",
                "Without those too, another owner can switch the code off for you on the page Access.")) }
        }
    };
    Page::new(title, body).before_login().found_at(next.login())
}

/// Whoever comes back to the page without its form begins anew.
pub(super) async fn anew(shown: Shown) -> Redirect {
    Redirect::to(&format!("/login?lang={}", shown.language.code()))
}

/// A code, and whose.
#[derive(Deserialize)]
pub(super) struct Typed {
    half: String,
    code: String,
    #[serde(default)]
    next: Onward,
}

/// Logs in whoever shows the right code.
pub(super) async fn enter(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let now = app.state.service.clock().now();
    let Some(name) = app.halfway.find(&typed.half, now) else {
        let asked = Asked {
            next: typed.next,
            ..Asked::default()
        };
        return too_late(&app, &shown, asked).await;
    };
    match taken(&app, &name, &typed.code).await {
        Ok(Some(Code::Wrong)) => {
            audit::note(&app, &name, "login: wrong code", StatusCode::UNAUTHORIZED).await;
            again(&typed, StatusCode::UNAUTHORIZED, &shown)
        }
        Ok(None) => again(&typed, StatusCode::TOO_MANY_REQUESTS, &shown),
        Ok(Some(code)) => {
            app.halfway.end(&typed.half);
            let how = match code {
                Code::Recovery(_) => "recovery code",
                _ => "password and code",
            };
            let who = Who::Account(name);
            begin(&app, &shown, who, &headers, how, &typed.next).await
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// What a code of this account turns out to be; `None` when there were too many wrong ones.
pub(in crate::web::desk) async fn taken(
    app: &App,
    name: &str,
    code: &str,
) -> Result<Option<Code>, Problem> {
    let now = app.state.service.clock().now();
    if !app.names.may_try(Door::Code, name, now) {
        return Ok(None);
    }
    let taken = totp::take(&app.changing, app.store()?.as_ref(), name, code, now).await?;
    if taken != Code::Wrong {
        app.names.succeeded(Door::Code, name);
    }
    Ok(Some(taken))
}

fn again(typed: &Typed, status: StatusCode, shown: &Shown) -> Response {
    let words = if status == StatusCode::UNAUTHORIZED {
        shown.language.choose(
            "Koden passer ikke, eller den er brugt. Vent på den næste.",
            "That code is not right, or it was used. Wait for the next one.",
        )
    } else {
        shown.language.choose(
            "For mange forkerte koder. Vent et minut.",
            "Too many wrong codes. Wait a minute.",
        )
    };
    let page = ask(&typed.half, &typed.next, Some(words), shown.language);
    let mut response = page.respond(shown);
    *response.status_mut() = status;
    response
}
