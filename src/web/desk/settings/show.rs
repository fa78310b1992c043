//! A form as it is shown: with what was done before, and what is wrong.

use std::cell::Cell;

use axum::response::Response;
use maud::{Markup, html};

use super::field::Posted;
use super::form::{Form, in_words};
use super::page::{FormPage, LinePage};
use super::{Came, sheet, tabs, wordings};
use crate::call::{Bilingual, Language, bilingual};
use crate::config::{Problem as Told, Sheet};
use crate::web::App;
use crate::web::desk::alarms::{sentence, troubles};
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::desk::{assets, trouble};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::settings::{self as files, Current};

/// What is shown above a form.
pub(super) enum Note {
    Nothing,
    Saved,
    Wrong,
    Changed,
    Unwritable(Bilingual),
}

pub(super) async fn show(app: &App, shown: &Shown, page: &FormPage, came: &Came) -> Response {
    show_beside(app, shown, page, came, &html! {}).await
}

/// The page, with something beside its form.
pub(super) async fn show_beside(
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

pub(super) fn no_line() -> Problem {
    Problem::not_found(bilingual!(
        "der er ikke sådan en linje i indstillingerne",
        "there is no such line in the settings"
    ))
}

#[expect(
    clippy::too_many_arguments,
    reason = "what a page shows, each from somewhere else"
)]
pub(super) fn render(
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
        focused: Cell::default(),
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
                p { (sentence(why.told_in(language))) }
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
pub(super) fn waits_for_restart(app: &App, sheet: &Sheet, language: Language) -> Markup {
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
