//! The settings, to be read, heard and changed. What is changed is written into the settings file
//! as a hand would write it: what a form does not know stays as it is, and takes effect as any
//! change of the file does.

use axum::Router;
use axum::extract::{Extension, Form as Body, Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::Page;
use super::place::Place;
use super::trouble;
use crate::call::Language;
use crate::config::{ConfigErrors, Look, Problem as Told, Severity, Sheet};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::settings::{self as files, Current};

pub(super) mod field;
mod file;
pub(super) mod form;
mod general;
mod health;
mod keys;
pub(super) mod line;
pub(super) mod mode;
mod overview;
mod page;
mod provider;
mod save;
mod show;
mod wordings;

use self::field::Posted;
use self::page::{FormPage, LinePage};
use self::save::save;
use self::show::{show, show_beside};

/// The pages, for owners alone.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/settings", get(overview::page))
        .route("/settings/provider", get(provider_page).post(save_provider))
        .route("/settings/general", get(general_page).post(save_general))
        .route("/settings/line/{line}", get(line_calls).post(save_line))
        .route(
            "/settings/line/{line}/{part}",
            get(line_part).post(save_part),
        )
        .route("/settings/say", post(wordings::say))
        .route("/settings/file", get(file::page).post(file::save))
        .route("/settings/health", get(health::page))
        .route("/settings/keys", get(keys::page).post(keys::renew))
        .layer(from_fn(owners_only))
}

/// Settings name telephones and keys: nobody but owners sees them.
pub(super) async fn owners_only(
    visitor: Extension<Visitor>,
    shown: Shown,
    request: Request,
    next: Next,
) -> Response {
    if visitor.rights.own_everything() {
        next.run(request).await
    } else {
        trouble(&shown, &Problem::not_allowed(true))
    }
}

/// What came before this page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    done: String,
    /// Whether the doctor is to look.
    look: String,
    /// The language whose wordings are shown.
    spoken: String,
}

async fn general_page(State(app): State<App>, shown: Shown, Query(came): Query<Came>) -> Response {
    show(&app, &shown, &FormPage::general(shown.language), &came).await
}

async fn save_general(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Body(posted): Body<Vec<(String, String)>>,
) -> Response {
    let page = FormPage::general(shown.language);
    save(&app, &shown, &visitor, &page, Posted(posted)).await
}

async fn provider_page(State(app): State<App>, shown: Shown, Query(came): Query<Came>) -> Response {
    let page = FormPage::provider(shown.language);
    // What was just written is looked at, too.
    let looks = came.done == "saved" || came.look == "1";
    let findings = provider::findings(&app, looks, shown.language).await;
    show_beside(&app, &shown, &page, &came, &findings).await
}

async fn save_provider(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Body(posted): Body<Vec<(String, String)>>,
) -> Response {
    let page = FormPage::provider(shown.language);
    save(&app, &shown, &visitor, &page, Posted(posted)).await
}

async fn line_calls(
    State(app): State<App>,
    shown: Shown,
    Path(line): Path<String>,
    Query(came): Query<Came>,
) -> Response {
    let page = FormPage::of_line(&line, LinePage::Calls, "", shown.language);
    show(&app, &shown, &page, &came).await
}

async fn save_line(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Path(line): Path<String>,
    Body(posted): Body<Vec<(String, String)>>,
) -> Response {
    let page = FormPage::of_line(&line, LinePage::Calls, "", shown.language);
    save(&app, &shown, &visitor, &page, Posted(posted)).await
}

async fn line_part(
    State(app): State<App>,
    shown: Shown,
    Path((line, part)): Path<(String, String)>,
    Query(came): Query<Came>,
) -> Response {
    let Some(part) = LinePage::parse(&part) else {
        return trouble(&shown, &Problem::nothing_here());
    };
    let page = FormPage::of_line(&line, part, &came.spoken, shown.language);
    show(&app, &shown, &page, &came).await
}

async fn save_part(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Path((line, part)): Path<(String, String)>,
    Query(came): Query<Came>,
    Body(posted): Body<Vec<(String, String)>>,
) -> Response {
    let Some(part) = LinePage::parse(&part) else {
        return trouble(&shown, &Problem::nothing_here());
    };
    let page = FormPage::of_line(&line, part, &came.spoken, shown.language);
    save(&app, &shown, &visitor, &page, Posted(posted)).await
}

/// The file as a sheet; the page to answer with where it is none.
async fn sheet(app: &App, shown: &Shown) -> Result<(Current, Sheet), Response> {
    let current = files::read(app)
        .await
        .map_err(|problem| trouble(shown, &problem))?;
    match read_sheet(app, &current.text) {
        Ok(sheet) => Ok((current, sheet)),
        Err(wrong) => Err(unreadable(&wrong, shown)),
    }
}

pub(super) fn read_sheet(app: &App, text: &str) -> Result<Sheet, ConfigErrors> {
    let settings = &app.state.settings;
    Sheet::read(Some(&settings.path), text, &settings.variables, Look::Close)
}

/// The file is no TOML: no form can show it.
fn unreadable(wrong: &ConfigErrors, shown: &Shown) -> Response {
    let language = shown.language;
    let title = Place::Settings.name(language);
    let body = html! {
        div class="head" { h1 { (title) } }
        (tabs("", language))
        section class="note trouble" {
            p { (language.choose(
                "Indstillingernes fil kan ikke læses. Det, der gjaldt før, gælder stadig.",
                "The settings file cannot be read. What held before still holds.")) }
            pre tabindex="0" { (wrong.told_in(language)) }
            p { a class="button" href="/settings/file" { (language.choose("Ret filen", "Mend the file")) } }
        }
    };
    Page::new(title, body).at(Place::Settings).respond(shown)
}

/// The pages of the settings.
fn tabs(here: &str, language: Language) -> Markup {
    let pages = [
        ("/settings", language.choose("Linjer", "Lines")),
        (
            "/settings/general",
            language.choose("Fælles", "For all lines"),
        ),
        ("/settings/provider", language.choose("Udbyder", "Provider")),
        ("/settings/health", language.choose("Tilstand", "Health")),
        ("/settings/keys", language.choose("Nøgle", "Token")),
        ("/settings/file", language.choose("Filen", "The file")),
    ];
    html! {
        nav class="tabs" aria-label=(language.choose("Indstillinger", "Settings")) {
            @for (address, name) in pages {
                @let is_here = here == address || (address == "/settings" && here.starts_with("/settings/line"));
                a href=(address) aria-current=[is_here.then_some("page")] { (name) }
            }
        }
    }
}

/// What works, but is probably not meant.
fn doubtful(told: &[Told]) -> impl Iterator<Item = &Told> {
    told.iter()
        .filter(|told| told.severity == Severity::Warning)
}
