//! The desk: what the doorman did, why, and how the owner changes it. Plain HTML that works
//! without script; scripts only fill in text and save steps.
//!
//! A page is a file. What is shown in two languages stands in both, side by side, where it is
//! used, so that a text without its translation does not compile.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use tokio::time::timeout;

use super::App;
use super::error::{self, Problem};
use super::language::Shown;
use super::seen::Veil;
use crate::call::Bilingual;

mod access;
mod alarms;
mod assets;
mod attempt;
mod calls;
mod diff;
mod filter;
mod guide;
pub(super) mod history;
mod icon;
mod layout;
mod lists;
mod login;
mod now;
mod place;
mod qr;
mod row;
mod rules;
mod settings;
mod statistics;
mod story;
mod time;
mod versions;

pub(super) use assets::assets;
pub(super) use lists::Offer;
pub(super) use login::{from_elsewhere, login, login_before};
pub(super) use now::Past;

use self::alarms::{sentence, with_code};
use self::layout::{Page, brand};

/// What concerns the installation: for whoever sees all of it.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/rules", get(rules::page))
        .route("/rules/file", get(rules::file))
        .route("/rules/save", post(rules::save))
        .route("/rules/insist", post(rules::insist))
        .route("/rules/life", post(rules::switches::put))
        .route("/rules/check", post(rules::trial::check))
        .route("/rules/try", post(rules::trial::say))
        .merge(settings::pages())
        .merge(guide::pages())
        .route("/access/add", post(access::add))
        .route("/access/remove", post(access::remove))
        .route("/access/rights", post(access::rights))
        .route("/access/code/off-for", post(access::second::off_for))
}

/// What concerns lines: narrowed to those of whoever looks.
pub(super) fn pages_of_lines() -> Router<Veil> {
    Router::new()
        .route("/", get(now::page))
        .route("/now/live", get(now::live))
        .route("/now/beside", get(now::beside))
        .route("/now/mode", post(now::switching::put))
        .route("/calls/{id}/act", post(now::act))
        .route("/calls", get(calls::log))
        .route("/calls/live", get(calls::live))
        .route("/calls/{id}", get(story::page))
        .route("/calls/{id}/recording", get(story::recording::sound))
        .route("/calls/{id}/heard", post(story::recording::put))
        .route("/calls/{id}/proposals", get(story::mending::page))
        .route("/calls/{id}/mark", post(story::marking::put))
        .route("/calls/{id}/erase", post(story::erasing::put))
        .route("/calls/{id}/list", post(story::listing::put))
        .route("/lists", get(lists::first))
        .route("/lists/{list}", get(lists::page))
        .route("/lists/{list}/put", post(lists::change::put))
        .route("/lists/{list}/remove", post(lists::change::remove))
        .route("/lists/{list}/restore", post(lists::offer::take))
        .route("/statistics", get(statistics::page))
        .route("/try", get(attempt::page).post(attempt::begin))
        .route("/try/{id}", get(attempt::going).post(attempt::go_on))
}

/// What concerns whoever is logged in.
pub(super) fn pages_of_oneself() -> Router<App> {
    Router::new()
        .route("/access", get(access::page))
        .route("/access/revoke", post(access::revoke))
        .route("/access/password", post(access::password))
        .route("/access/code", get(access::second::page))
        .route("/access/code/begin", post(access::second::begin))
        .route(
            "/access/code/confirm",
            get(access::second::page).post(access::second::confirm),
        )
        .route("/access/code/off", post(access::second::off))
        .route("/logout", post(login::logout))
}

/// Answers for addresses that do not exist: to people with a page, to programs with a problem.
pub(super) async fn nothing_here(shown: Shown, headers: HeaderMap) -> Response {
    if !wants_a_page(&headers) {
        return error::nowhere().into_response();
    }
    no_page(
        &shown,
        StatusCode::NOT_FOUND,
        ("Findes ikke", "Not found"),
        (
            "Der er intet på denne adresse.",
            "There is nothing at this address.",
        ),
    )
}

/// Answers something sent by whoever is not logged in any more. What he typed is not lost: the browser
/// sends it again when it loads the answer anew.
pub(super) fn logged_out(shown: &Shown, headers: &HeaderMap) -> Response {
    let problem = Problem::logged_out();
    if !wants_a_page(headers) {
        return problem.into_response();
    }
    let language = shown.language;
    let title = language.choose("Du er logget ud", "You are logged out");
    let body = html! {
        (brand())
        h1 { (title) }
        p { (language.choose(
            "Det er ikke gemt endnu, men det er heller ikke tabt. Log ind i en ny fane, kom tilbage hertil, og genindlæs siden: browseren spørger, om den må sende det igen.",
            "It is not saved yet, and it is not lost either. Log in in a new tab, come back here, and reload this page: the browser asks whether it may send it again.")) }
        p class="buttons" { a class="button main" href="/login" target="_blank" { (language.choose("Log ind i en ny fane", "Log in in a new tab")) } }
    };
    let page = Page::new(title, body).before_login().found_at("/login");
    let mut response = page.respond(shown);
    *response.status_mut() = problem.status();
    response
}

/// Answers for methods that an address does not know, likewise: where something can only be sent,
/// there is nothing to see.
pub(super) async fn wrong_method(shown: Shown, headers: HeaderMap) -> Response {
    if !wants_a_page(&headers) {
        let problem = error::wrong_method();
        return problem.for_readers_of(shown.language).into_response();
    }
    no_page(
        &shown,
        StatusCode::METHOD_NOT_ALLOWED,
        ("Her er ingen side", "There is no page here"),
        (
            "På denne adresse bliver der kun taget imod; der er intet at se.",
            "At this address something is only taken in; there is nothing to see.",
        ),
    )
}

/// Answers what takes longer than this.
pub(super) async fn in_time(
    State(limit): State<Duration>,
    shown: Shown,
    request: Request,
    next: Next,
) -> Response {
    let is_page = wants_a_page(request.headers());
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) if is_page => no_page(
            &shown,
            StatusCode::SERVICE_UNAVAILABLE,
            ("Det tog for lang tid", "That took too long"),
            (
                "Maskinen eller nettet har for meget at lave lige nu. Prøv igen om lidt.",
                "The machine or the network has too much to do just now. Try again in a while.",
            ),
        ),
        Err(_) => Problem::too_slow().into_response(),
    }
}

/// Whether a browser asks, for somebody to read.
pub(super) fn wants_a_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn no_page(
    shown: &Shown,
    status: StatusCode,
    title: (&'static str, &'static str),
    text: (&'static str, &'static str),
) -> Response {
    let language = shown.language;
    let title = language.choose(title.0, title.1);
    let body = html! {
        (brand())
        h1 { (title) }
        p { (language.choose(text.0, text.1)) }
        p class="buttons" { a class="button main" href="/" { (language.choose("Til forsiden", "To the first page")) } }
    };
    let mut response = Page::new(title, body).before_login().respond(shown);
    *response.status_mut() = status;
    response
}

/// A page for people about what could not be done.
pub(super) fn trouble(shown: &Shown, problem: &Problem) -> Response {
    let language = shown.language;
    let told = |text: &Bilingual| sentence(text.told_in(language));
    let fixed = |danish: &str, english: &str| language.choose(danish, english).to_owned();
    let (title, text) = match problem.status() {
        StatusCode::NOT_FOUND => (
            language.choose("Findes ikke", "Not found"),
            told(problem.message()),
        ),
        StatusCode::FORBIDDEN => (
            language.choose("Det må kontoen ikke", "Not for this account"),
            told(problem.message()),
        ),
        _ if problem.is_store_away() => (
            language.choose("Lageret er væk", "The store is away"),
            fixed(
                "Opkaldene kan ikke læses lige nu. Telefonen ringer imens, som om ingen stod ved døren. `portner doctor` siger, hvad der er i vejen.",
                "Calls cannot be read just now. The phone rings meanwhile as if nobody stood at the door. `portner doctor` says what is in the way.",
            ),
        ),
        StatusCode::INTERNAL_SERVER_ERROR => (
            language.choose("Noget gik galt", "Something went wrong"),
            fixed("Loggen siger hvad.", "The log says what."),
        ),
        _ => (
            language.choose("Det kunne ikke lade sig gøre", "That could not be done"),
            told(problem.message()),
        ),
    };
    let hint = problem.what_to_do();
    let hint = hint.filter(|_| text == told(problem.message()));
    let body: Markup = html! {
        h1 { (title) }
        p { (with_code(&text)) }
        @if let Some(hint) = hint { p class="quiet" { (with_code(&told(hint))) } }
        p class="buttons" { a class="button main" href="/" { (language.choose("Til forsiden", "To the first page")) } }
    };
    let page = Page::new(title, body);
    let page = if shown.asked_for {
        page
    } else {
        page.found_at("/")
    };
    let mut response = page.respond(shown);
    *response.status_mut() = problem.status();
    response.into_response()
}
