//! The lines at a glance, each with the way to what can be changed about it.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value as Json;

use super::field::target_text;
use super::form::in_words;
use super::page::LinePage;
use super::show::waits_for_restart;
use super::{Current, doubtful, sheet, tabs};
use crate::call::{E164, Language};
use crate::config::Sheet;
use crate::web::App;
use crate::web::desk::alarms::troubles;
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::language::Shown;

/// The page.
pub(super) async fn page(State(app): State<App>, shown: Shown) -> Response {
    let (current, sheet) = match sheet(&app, &shown).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let language = shown.language;
    let title = Place::Settings.name(language);
    let lines = sheet.lines();
    let body = html! {
        div class="head" { h1 { (title) } }
        (tabs("/settings", language))
        (troubles(&app, &shown))
        (waits_for_restart(&app, &sheet, language))
        @if lines.is_empty() { (no_line_yet(language)) }
        @for (at, id) in lines.iter().enumerate() { (line(&sheet, at, id, language)) }
        @if !lines.is_empty() {
            p { a class="button" href="/guide" { (language.choose("Endnu en linje", "Another line")) } }
        }
        (warnings(&sheet, language))
        (where_it_is(&app, &current, language))
    };
    Page::new(title, body).at(Place::Settings).respond(&shown)
}

fn no_line_yet(language: Language) -> Markup {
    html! {
        section class="card quiet-now" {
            p class="big" { (language.choose("Du har ingen linje endnu.", "You have no line yet.")) }
            p class="quiet" { (language.choose(
                "Så længe svarer en prøvelinje med en opdigtet indehaver. Fem spørgsmål gør den til din.",
                "Until then a line to try things out answers, with a made-up owner. Five questions make it yours.")) }
            p class="buttons" { a class="button main" href="/guide" { (language.choose("Begynd", "Begin")) } }
        }
    }
}

fn line(sheet: &Sheet, at: usize, id: &str, language: Language) -> Markup {
    let get = |setting: &str| sheet.get(&format!("line[{at}].{setting}"));
    let word = |setting: &str| get(setting).and_then(Json::as_str).unwrap_or_default();
    let fact = |name: &str, value: String| {
        html! { div { dt { (name) } dd { @if value.is_empty() { "–" } @else { (value) } } } }
    };
    html! {
        section class="card line-card" aria-labelledby={ "line-" (at) } {
            h2 id={ "line-" (at) } {
                @if word("profile.company.name").is_empty() { (id) } @else { (word("profile.company.name")) " " span class="tag" { (id) } }
            }
            dl class="facts" {
                (fact(language.choose("Numre", "Numbers"), numbers(get("number"), get("numbers"))))
                (fact(language.choose("Ved opkald", "Mode"), match word("mode") {
                    "listen" => language.choose("Lytter kun", "Only listens"),
                    _ => language.choose("Spørger opkald ud", "Screens callers"),
                }.to_owned()))
                (fact(language.choose("Indehaver", "Owner"), word("profile.owner.name").to_owned()))
                (fact(language.choose("Fag", "Trade"), word("profile.trade").to_owned()))
                (fact(language.choose("Ringer hos", "Rings at"), destinations(get("destination"), language)))
                (fact(language.choose("Tager ingen den", "If nobody answers"), match word("no_answer") {
                    "text" => language.choose("Du får en sms", "You get a text"),
                    "goodbye" => language.choose("Et pænt farvel", "A polite goodbye"),
                    _ => language.choose("En besked optages", "A message is recorded"),
                }.to_owned()))
            }
            p class="buttons" {
                @for page in LinePage::ALL { a class="button" href=(page.address(id)) {
                    (page.name(language)) span class="sr" { " · " (id) } } }
            }
        }
    }
}

fn shown_number(text: &str) -> String {
    E164::parse(text).map_or_else(|_| text.to_owned(), E164::grouped)
}

fn numbers(first: Option<&Json>, others: Option<&Json>) -> String {
    let first = first.and_then(Json::as_str);
    let others = others.and_then(Json::as_array).into_iter().flatten();
    first
        .into_iter()
        .chain(others.filter_map(Json::as_str))
        .map(shown_number)
        .collect::<Vec<_>>()
        .join(", ")
}

fn destinations(list: Option<&Json>, language: Language) -> String {
    let mut text = String::new();
    for row in list.and_then(Json::as_array).into_iter().flatten() {
        if !text.is_empty() {
            let together = row["together"] == true;
            text.push_str(if together {
                " + "
            } else {
                language.choose(", så ", ", then ")
            });
        }
        text.push_str(&shown_number(&target_text(Some(row))));
    }
    text
}

fn warnings(sheet: &Sheet, language: Language) -> Markup {
    let told: Vec<_> = doubtful(sheet.problems()).collect();
    html! {
        @if !told.is_empty() {
            section class="card line-card" aria-labelledby="doubtful" {
                h2 id="doubtful" { (language.choose("Nok ikke meningen", "Probably not meant")) }
                ul { @for told in told {
                    li { code { (told.setting) } ": " (in_words(told, language)) }
                } }
            }
        }
    }
}

fn where_it_is(app: &App, current: &Current, language: Language) -> Markup {
    html! {
        p class="quiet small" {
            @if current.hash.is_some() {
                (language.choose("Alt her står i ", "Everything here stands in "))
            } @else {
                (language.choose("Der er ingen fil endnu; den første ændring laver ", "There is no file yet; the first change makes "))
            }
            code { (app.state.settings.path.display()) }
            (language.choose(". Den kan også ændres med hånden; så gælder det på samme måde.", ". It may be changed by hand too, to the same effect."))
        }
    }
}
