//! How it is: what `portner doctor` finds, in a sentence each.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::tabs;
use crate::call::Language;
use crate::telemetry::{Finding, Health};
use crate::web::App;
use crate::web::api::status;
use crate::web::desk::alarms::{capital, with_code};
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::language::Shown;

/// The page. Looking takes as long as the network does.
pub(super) async fn page(State(app): State<App>, shown: Shown) -> Response {
    let language = shown.language;
    let found = examined(&app, language).await;
    let bad = found.iter().filter(|own| own.state == Health::Bad).count();
    let body = html! {
        div class="head" { h1 { (Place::Settings.name(language)) } }
        (tabs("/settings/health", language))
        section class="card" aria-labelledby="health" {
            h2 id="health" { @if bad == 0 { (language.choose("Intet er i stykker", "Nothing is broken")) }
                @else { (bad) (language.choose(" ting at rette", " to mend")) } }
            (list(&found, language))
            p class="buttons" { a class="button" href="/settings/health" { (language.choose("Se efter igen", "Look again")) } }
            p class="quiet small" { code { "portner doctor" } (language.choose(" siger det samme.", " says the same.")) }
        }
    };
    Page::new(language.choose("Tilstand", "Health"), body)
        .at(Place::Settings)
        .respond(&shown)
}

/// What the doctor finds now. The troubles of the status are told to whoever reads the page.
pub(super) async fn examined(app: &App, language: Language) -> Vec<Finding> {
    let axum::Json(mut status) = status::status(State(app.clone())).await;
    for alarm in &mut status.alarms {
        alarm.text = alarm.text.only(language);
    }
    for trouble in [&mut status.rules_trouble, &mut status.store.trouble] {
        *trouble = trouble.take().map(|trouble| trouble.only(language));
    }
    let status = serde_json::to_value(&status).unwrap_or_default();
    app.state.doctor.examine(status, language).await
}

/// What was found, to stand alone: the English of the terminal is told beside a name.
fn sentence(finding: &Finding, language: Language) -> String {
    let found = finding.found.trim();
    let name = finding.name;
    let told = language.choose(found.to_owned(), format!("{name}: {found}"));
    capital(&told)
}

/// What was found; what is to be done comes first.
pub(super) fn list(found: &[Finding], language: Language) -> Markup {
    html! {
        ul class="findings" {
            @for state in [Health::Bad, Health::Note, Health::Good] {
                @let (class, sign, word) = match state {
                    Health::Bad => ("reject", "×", language.choose("I stykker", "Broken")),
                    Health::Note => ("message", "!", language.choose("Se på det", "Look at this")),
                    Health::Good => ("connect", "✓", language.choose("I orden", "Well")),
                };
                @for finding in found.iter().filter(|own| own.state == state) {
                    li class=(class) {
                        span class="sign" aria-hidden="true" { (sign) }
                        div {
                            span class="sr" { (word) ": " }
                            (with_code(&sentence(finding, language)))
                            @if !finding.mend.is_empty() { div class="quiet small" { "→ " (with_code(&finding.mend)) } }
                        }
                    }
                }
            }
        }
    }
}
