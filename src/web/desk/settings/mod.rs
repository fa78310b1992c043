//! The settings, to be read, heard and changed. What is changed is written into the settings file
//! as a hand would write it: what a form does not know stays as it is, and takes effect as any
//! change of the file does.

use axum::Router;
use axum::extract::{Extension, Form as Body, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::alarms::troubles;
use super::assets;
use super::layout::Page;
use super::place::Place;
use super::trouble;
use crate::call::Language;
use crate::config::{ConfigErrors, Look, Problem as Told, Severity, Sheet, amend};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::settings::{self as files, Current, NotSaved};

pub(super) mod field;
mod file;
pub(super) mod form;
mod general;
mod health;
mod keys;
pub(super) mod line;
mod overview;
mod provider;
mod wordings;

use self::field::{Part, Posted, changes};
use self::form::{Form, Section, in_words};

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

/// A page with a form on it.
struct FormPage {
    title: String,
    /// Where it is, and where it is sent.
    address: String,
    /// The line that it is about; none for the whole installation.
    line: Option<String>,
    sections: &'static [Section],
    spoken: Option<Language>,
}

/// The pages of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinePage {
    Calls,
    Profile,
    Ringing,
    Wordings,
}

impl LinePage {
    const ALL: [Self; 4] = [Self::Calls, Self::Profile, Self::Ringing, Self::Wordings];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == name)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Calls => "",
            Self::Profile => "profile",
            Self::Ringing => "ringing",
            Self::Wordings => "wordings",
        }
    }

    fn name(self, language: Language) -> &'static str {
        match self {
            Self::Calls => language.choose("Opkald", "Calls"),
            Self::Profile => language.choose("Profil", "Profile"),
            Self::Ringing => language.choose("Telefoner og tider", "Phones and hours"),
            Self::Wordings => language.choose("Hvad Portner siger", "What Portner says"),
        }
    }

    fn address(self, line: &str) -> String {
        let line = super::lists::encoded(line);
        match self {
            Self::Calls => format!("/settings/line/{line}"),
            other => format!("/settings/line/{line}/{}", other.path()),
        }
    }
}

impl FormPage {
    fn general(language: Language) -> Self {
        Self {
            title: language.choose("Fælles", "For all lines").to_owned(),
            address: "/settings/general".to_owned(),
            line: None,
            sections: &general::GENERAL,
            spoken: None,
        }
    }

    fn provider(language: Language) -> Self {
        Self {
            title: language.choose("Udbyder", "Provider").to_owned(),
            address: "/settings/provider".to_owned(),
            line: None,
            sections: &provider::PROVIDER,
            spoken: None,
        }
    }

    fn of_line(line: &str, page: LinePage, spoken: &str, language: Language) -> Self {
        let spoken = Language::ALL
            .into_iter()
            .find(|one| one.code() == spoken)
            .unwrap_or(language);
        let sections: &'static [Section] = match page {
            LinePage::Calls => &line::CALLS,
            LinePage::Profile => &line::PROFILE,
            LinePage::Ringing => &line::RINGING,
            LinePage::Wordings => wordings::sections(spoken),
        };
        let address = page.address(line);
        let is_spoken = page == LinePage::Wordings;
        Self {
            title: format!("{} · {line}", page.name(language)),
            address: if is_spoken {
                format!("{address}?spoken={}", spoken.code())
            } else {
                address
            },
            line: Some(line.to_owned()),
            sections,
            spoken: is_spoken.then_some(spoken),
        }
    }

    fn parts(&self) -> impl Iterator<Item = &'static Part> + use<> {
        self.sections
            .iter()
            .flat_map(|section| section.parts.iter())
    }

    /// The table of the line in the file; nothing where there is no such line any more.
    fn base(&self, sheet: &Sheet) -> Option<String> {
        match &self.line {
            None => Some(String::new()),
            Some(line) => {
                let at = sheet.lines().iter().position(|own| own == line)?;
                Some(format!("line[{at}]"))
            }
        }
    }
}

/// What is shown above a form.
enum Note {
    Nothing,
    Saved,
    Wrong,
    Changed,
    Unwritable(String),
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
        return trouble(&shown, &Problem::not_found("no such page"));
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
        return trouble(&shown, &Problem::not_found("no such page"));
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
            pre lang="en" { (wrong) }
            p { a class="button" href="/settings/file" { (language.choose("Ret filen", "Mend the file")) } }
        }
    };
    Page::new(title, body).at(Place::Settings).respond(shown)
}

async fn show(app: &App, shown: &Shown, page: &FormPage, came: &Came) -> Response {
    show_beside(app, shown, page, came, &html! {}).await
}

/// The page, with something beside its form.
async fn show_beside(
    app: &App,
    shown: &Shown,
    page: &FormPage,
    came: &Came,
    beside: &Markup,
) -> Response {
    let (current, sheet) = match sheet(app, shown).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let note = if came.done == "saved" {
        Note::Saved
    } else {
        Note::Nothing
    };
    render(
        app,
        shown,
        page,
        &current,
        &sheet,
        None,
        sheet.problems(),
        &note,
        beside,
    )
}

/// Writes what the form changes, or gives it back with what is in the way.
async fn save(
    app: &App,
    shown: &Shown,
    visitor: &Visitor,
    page: &FormPage,
    posted: Posted,
) -> Response {
    let (current, sheet) = match sheet(app, shown).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let give_back = |current: &Current, sheet: &Sheet, problems: &[Told], note: Note, status| {
        let mut response = render(
            app,
            shown,
            page,
            current,
            sheet,
            Some(&posted),
            problems,
            &note,
            &html! {},
        );
        *response.status_mut() = status;
        response
    };
    let read_before = posted.get("base").filter(|base| !base.is_empty());
    if current.hash.as_deref() != read_before {
        return give_back(&current, &sheet, &[], Note::Changed, StatusCode::CONFLICT);
    }
    let Some(base) = page.base(&sheet) else {
        return trouble(shown, &no_line());
    };
    let changes = changes(page.parts(), &posted, &sheet, &base);
    let Some(text) = amend(&current.text, &changes) else {
        let words = shown.language.choose(
            "Filen er skrevet på en måde, som formularen ikke kan ændre. Ret den i filen selv.",
            "The file is written in a way that the form cannot change. Change it in the file itself.",
        );
        let note = Note::Unwritable(words.to_owned());
        return give_back(
            &current,
            &sheet,
            &[],
            note,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    };
    match files::save(app, current.hash.clone(), text, visitor.name()).await {
        Ok(Ok(())) => Redirect::to(&page.after(&posted)).into_response(),
        Ok(Err(NotSaved::Changed(now))) => match read_sheet(app, &now.text) {
            Ok(sheet) => give_back(&now, &sheet, &[], Note::Changed, StatusCode::CONFLICT),
            Err(wrong) => unreadable(&wrong, shown),
        },
        Ok(Err(NotSaved::Wrong(wrong))) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            give_back(&current, &sheet, &wrong.problems, Note::Wrong, status)
        }
        Ok(Err(NotSaved::Unwritable(why))) => {
            let status = StatusCode::CONFLICT;
            give_back(&current, &sheet, &[], Note::Unwritable(why), status)
        }
        Err(problem) => trouble(shown, &problem),
    }
}

fn no_line() -> Problem {
    Problem::not_found("there is no such line in the settings")
}

impl FormPage {
    /// Where to go when it is saved: a line may be called something else now.
    fn after(&self, posted: &Posted) -> String {
        let address = match posted.get("id").map(str::trim) {
            Some(id) if self.line.is_some() => LinePage::Calls.address(id),
            _ => self.address.clone(),
        };
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}done=saved")
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "what a page shows, each from somewhere else"
)]
fn render(
    app: &App,
    shown: &Shown,
    page: &FormPage,
    current: &Current,
    sheet: &Sheet,
    posted: Option<&Posted>,
    problems: &[Told],
    note: &Note,
    beside: &Markup,
) -> Response {
    let language = shown.language;
    let Some(base) = page.base(sheet) else {
        return trouble(shown, &no_line());
    };
    let form = Form {
        sheet,
        base: &base,
        posted,
        problems,
        changed: matches!(note, Note::Changed),
        language,
    };
    let elsewhere = form.elsewhere(page.sections);
    let body = html! {
        div class="head" { h1 { (page.title) } }
        (tabs(&page.address, language))
        @if let Some(line) = &page.line { (line_tabs(line, page, language)) }
        (troubles(app, shown))
        (note_of(note, language))
        (broken_elsewhere(&elsewhere, language))
        (waits_for_restart(app, sheet, language))
        @if let Some(spoken) = page.spoken { (wordings::tongues(page, spoken, language)) }
        div class=[(!beside.0.is_empty()).then_some("columns")] {
            form class="settings" method="post" action=(page.address) {
                input type="hidden" name="base" value=[current.hash.as_ref()];
                // The first button is the one that Enter presses: it saves, and moves no row.
                button class="sr" tabindex="-1" aria-hidden="true" { (language.choose("Gem", "Save")) }
                @if let (Some(spoken), Some(line)) = (page.spoken, &page.line) {
                    (wordings::markup(&form, page.sections, line, spoken))
                } @else {
                    @for section in page.sections { (form.section(section)) }
                }
                div class="save" { button class="main" { (language.choose("Gem", "Save")) } }
            }
            @if !beside.0.is_empty() { div class="side" { (beside) } }
        }
    };
    Page::new(page.title.clone(), body)
        .at(Place::Settings)
        .script(&assets::SETTINGS)
        .respond(shown)
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

fn line_tabs(line: &str, here: &FormPage, language: Language) -> Markup {
    html! {
        nav class="line-tabs" aria-label={ (language.choose("Linjen ", "The line ")) (line) } {
            @for page in LinePage::ALL {
                @let is_here = here.address.split('?').next() == Some(page.address(line).as_str());
                a href=(page.address(line)) aria-current=[is_here.then_some("page")] { (page.name(language)) }
            }
        }
    }
}

fn note_of(note: &Note, language: Language) -> Markup {
    match note {
        Note::Nothing => html! {},
        Note::Saved => html! {
            p class="note done" role="status" { (language.choose(
                "Gemt. Det gælder inden for et sekund, også for det næste opkald.",
                "Saved. It takes effect within a second, for the next call too.")) }
        },
        Note::Wrong => html! {
            p class="note trouble" role="alert" { (language.choose(
                "Ikke gemt: indstillingerne ville ikke virke. Det står ved feltet.",
                "Not saved: the settings would not work. It is said at the field.")) }
        },
        Note::Changed => html! {
            p class="note trouble" role="alert" { (language.choose(
                "Ikke gemt: filen er ændret på disken, siden du åbnede den. Hvor den nu siger noget andet, står det ved feltet. Gemmer du nu, er det dit, der gælder.",
                "Not saved: the file was changed on disk since you opened it. Where it now says something else, that stands at the field. If you save now, yours is what counts.")) }
        },
        Note::Unwritable(why) => html! {
            section class="note trouble" role="alert" {
                p { (language.choose("Ikke gemt.", "Not saved.")) }
                p lang="en" { (why) }
            }
        },
    }
}

/// What is wrong where this form cannot show it.
fn broken_elsewhere(told: &[&Told], language: Language) -> Markup {
    if told.is_empty() {
        return html! {};
    }
    html! {
        section class="note trouble" role="alert" {
            p { (language.choose("Andetsteds i filen er der noget galt:", "Something is wrong elsewhere in the file:")) }
            ul { @for told in told {
                li { @if !told.setting.is_empty() { code { (told.setting) } ": " } (in_words(told, language)) }
            } }
            p { a href="/settings/file" { (language.choose("Ret filen selv", "Mend the file itself")) } }
        }
    }
}

/// What was changed and waits.
fn waits_for_restart(app: &App, sheet: &Sheet, language: Language) -> Markup {
    let waiting = files::waiting(app, sheet);
    if waiting.is_empty() {
        return html! {};
    }
    html! {
        section class="note" {
            p { (language.choose("Gælder først, når Portner er startet igen: ", "Takes effect only when Portner has been started again: "))
                @for (at, setting) in waiting.iter().enumerate() { @if at > 0 { ", " } code { (setting) } } }
        }
    }
}

/// What works, but is probably not meant.
fn doubtful(told: &[Told]) -> impl Iterator<Item = &Told> {
    told.iter()
        .filter(|told| told.severity == Severity::Warning)
}
