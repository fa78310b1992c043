//! What is wrong in the house, said at the top of the pages that the owner looks at first.

use maud::{Markup, html};

use crate::call::Language;
use crate::telemetry::AlarmKind;
use crate::web::App;

/// Every trouble that stands.
pub(super) fn troubles(app: &App, language: Language) -> Markup {
    let policies = app.state.service.policies();
    html! {
        @if let Some(trouble) = policies.trouble() { (of_the_rules(trouble, policies.are_held(), language)) }
        (alarms(app, language))
    }
}

/// The troubles that stand; that of the rules is told in full elsewhere.
fn alarms(app: &App, language: Language) -> Markup {
    let standing = app.state.metrics.alarms().standing();
    html! {
        @for alarm in standing.iter().filter(|alarm| alarm.kind != AlarmKind::Rules) {
            section class="note trouble" aria-label=(language.choose("Alarm", "Alarm")) {
                h2 { (alarm.kind.words(language)) }
                p { (alarm.text) }
            }
        }
    }
}

fn of_the_rules(trouble: &str, held: bool, language: Language) -> Markup {
    html! {
        section class="note trouble" aria-label=(language.choose("Fejl i reglerne", "Trouble with the rules")) {
            p {
                @if held { (language.choose(
                    "De ændrede regler holdes tilbage. Reglerne fra før gælder stadig:",
                    "The changed rules are held back. The rules of before are still in force:")) }
                @else { (language.choose(
                    "De ændrede filer kan ikke bruges. Reglerne fra før gælder stadig:",
                    "The changed files cannot be used. The rules of before are still in force:")) }
            }
            pre { (trouble) }
        }
    }
}
