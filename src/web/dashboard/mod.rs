//! The owner's page: the log of calls, live, and each call in full. Plain HTML that works without
//! script; the script only fills rows in, as text.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::App;
use super::error::Problem;
use super::language::Shown;
use super::stream;
use crate::call::CallId;
use crate::store::CallFilter;

mod assets;
mod layout;
mod login;
mod row;
mod story;

pub(super) use assets::assets;
pub(super) use login::login;

use self::layout::Page;
use self::row::Row;

/// How many calls a page shows.
const ROWS: usize = 50;

/// What only people who are logged in see.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/", get(log))
        .route("/live", get(live))
        .route("/calls/{id}", get(call))
        .route("/logout", post(login::logout))
}

#[derive(Deserialize)]
struct Part {
    before: Option<String>,
}

async fn log(State(app): State<App>, shown: Shown, Query(part): Query<Part>) -> Response {
    let before = part.before.as_deref().and_then(CallId::parse);
    match rows(&app, &shown, before).await {
        Ok((rows, next)) => {
            let trouble = app.state.service.policies().trouble().map(str::to_owned);
            page_of_log(&rows, next, before.is_some(), trouble.as_deref(), &shown).respond(&shown)
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn rows(
    app: &App,
    shown: &Shown,
    before: Option<CallId>,
) -> Result<(Vec<Row>, Option<CallId>), Problem> {
    let filter = CallFilter {
        simulated: true,
        ..CallFilter::default()
    };
    let page = app.store()?.calls(&filter, before, ROWS).await?;
    let rows = page
        .calls
        .iter()
        .map(|call| Row::of(app, call, shown.language));
    Ok((rows.collect(), page.next))
}

fn page_of_log(
    rows: &[Row],
    next: Option<CallId>,
    older: bool,
    trouble: Option<&str>,
    shown: &Shown,
) -> Page {
    let language = shown.language;
    let title = language.choose("Opkald", "Calls");
    let body = html! {
        div class="head" {
            h1 { (title) }
            @if !older {
                p id="state" role="status"
                    data-live=(language.choose("Følger med", "Live"))
                    data-again=(language.choose("Forbindelsen er væk, prøver igen", "Connection lost, trying again"))
                    data-away=(language.choose("Følger ikke med: genindlæs siden", "Not live: reload the page")) {}
                noscript { p { (language.choose("Genindlæs siden for at se nye opkald.", "Reload the page to see new calls.")) } }
            }
        }
        @if let Some(trouble) = trouble {
            section class="trouble" aria-label=(language.choose("Fejl i reglerne", "Trouble with the rules")) {
                p { (language.choose(
                    "De ændrede filer kan ikke bruges. Reglerne fra før gælder stadig:",
                    "The changed files cannot be used. The rules of before are still in force:")) }
                pre { (trouble) }
            }
        }
        @if rows.is_empty() {
            p id="none" { (language.choose(
                "Ingen opkald endnu. Skriv `portner call` i en terminal for at ringe selv.",
                "No calls yet. Type `portner call` in a terminal to call yourself.")) }
        }
        ol id="log" class="log" data-live=(if older { "" } else { "/live" }) {
            @for row in rows { (row.markup(language)) }
        }
        template id="row" { (Row::empty().markup(language)) }
        @if let Some(next) = next {
            p { a class="more" href={ "/?before=" (next) } rel="next" {
                (language.choose("Ældre opkald", "Earlier calls")) } }
        }
    };
    Page::new(title, body).live()
}

async fn live(State(app): State<App>, shown: Shown) -> Result<Response, Problem> {
    let watching = app.clone();
    stream::open(&app, move |call| {
        let row = Row::of(&watching, call, shown.language);
        Event::default()
            .event("call")
            .json_data(&row)
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a change of a call cannot be told");
                Event::default().event("reload").data("1")
            })
    })
}

async fn call(State(app): State<App>, shown: Shown, Path(id): Path<String>) -> Response {
    let found = async {
        let id = CallId::parse(&id).ok_or_else(|| Problem::not_found("no such call"))?;
        let call = app.store()?.call(id).await?;
        call.ok_or_else(|| Problem::not_found("no such call"))
    };
    match found.await {
        Ok(call) => story::page(&app, &call, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// A page for people about what could not be done.
pub(super) fn trouble(shown: &Shown, problem: &Problem) -> Response {
    let language = shown.language;
    let (title, text) = match problem.status() {
        StatusCode::NOT_FOUND => (
            language.choose("Findes ikke", "Not found"),
            language.choose("Det opkald findes ikke.", "There is no such call."),
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            language.choose("Lageret er væk", "The store is away"),
            language.choose(
                "Opkaldene kan ikke læses lige nu. Telefonen ringer imens, som om ingen stod ved døren. `portner doctor` siger, hvad der er i vejen.",
                "Calls cannot be read just now. The phone rings meanwhile as if nobody stood at the door. `portner doctor` says what is in the way.",
            ),
        ),
        _ => (
            language.choose("Noget gik galt", "Something went wrong"),
            language.choose("Loggen siger hvad.", "The log says what."),
        ),
    };
    let body: Markup = html! { h1 { (title) } p { (text) } };
    let mut response = Page::new(title, body).respond(shown);
    *response.status_mut() = problem.status();
    response.into_response()
}
