//! What is wrong in the house, said at the top of the pages that the owner looks at first.

use maud::{Markup, html};

use crate::service::Trouble;
use crate::telemetry::AlarmKind;
use crate::web::App;
use crate::web::language::Shown;

/// Every trouble that stands.
pub(super) fn troubles(app: &App, shown: &Shown) -> Markup {
    html! {
        (of_the_rules(app, shown))
        (alarms(app, shown))
    }
}

/// The troubles that stand; that of the rules is told in full elsewhere.
fn alarms(app: &App, shown: &Shown) -> Markup {
    let language = shown.language;
    let standing = app.state.metrics.alarms().standing();
    html! {
        @for alarm in standing.iter().filter(|alarm| alarm.kind != AlarmKind::Rules) {
            section class="note trouble" aria-label=(alarm.kind.words(language)) {
                h2 { (alarm.kind.words(language)) }
                p { (sentence(alarm.kind.mend(language))) }
                p class="quiet small" { (sentence(alarm.text.told_in(language))) }
            }
        }
    }
}

/// A clause as a sentence of its own.
pub(super) fn sentence(clause: &str) -> String {
    capital(clause) + "."
}

/// With a capital to begin with; a file or an address stays as it is.
pub(super) fn capital(clause: &str) -> String {
    let first = clause.split_whitespace().next().unwrap_or_default();
    if first.trim_end_matches(['.', ':']).contains(['.', ':']) {
        return clause.to_owned();
    }
    let mut letters = clause.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Text, and what stands between backticks in it as code.
pub(super) fn with_code(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Why the files as they are on disk are not in force; an owner can insist on what is held back.
pub(super) fn of_the_rules(app: &App, shown: &Shown) -> Markup {
    let language = shown.language;
    let policies = app.state.service.policies();
    html! { @match policies.trouble() {
        None => {}
        Some(Trouble::Wrong(wrong)) => {
            section class="note trouble" aria-label=(language.choose("Fejl i reglerne", "Trouble with the rules")) {
                p { (language.choose(
                    "Filerne kan ikke bruges, som de er. Imens gælder de seneste regler, der kunne bruges:",
                    "The files cannot be used as they are. Meanwhile the last rules that could be are in force:")) }
                pre tabindex="0" { (wrong.told_in(language)) }
            }
        }
        Some(Trouble::Held(harm)) => {
            section class="note trouble" aria-labelledby="held" {
                h2 id="held" { (language.choose("De nye regler er holdt tilbage", "The new rules are held back")) }
                p { (sentence(&harm.words(language))) " "
                    (language.choose(
                        "Derfor gælder reglerne fra før stadig.",
                        "So the rules of before are still in force.")) }
                @if shown.owns {
                    form class="buttons" method="post" action="/rules/insist" {
                        button class="reject" { (language.choose("Brug de nye alligevel", "Use the new ones all the same")) }
                    }
                }
            }
        }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Language;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let told = with_code("shorten `notice` or <b>").into_string();
        assert_eq!(told, "shorten <code>notice</code> or &lt;b&gt;");
    }

    #[test]
    fn a_clause_becomes_a_sentence() {
        assert_eq!(sentence("åbn døren"), "Åbn døren.");
        assert_eq!(capital("settings: well"), "Settings: well");
        for name in ["portner.toml: well", "http://127.0.0.1 is near"] {
            assert_eq!(capital(name), name);
        }
        for kind in AlarmKind::ALL {
            for language in Language::ALL {
                let told = sentence(kind.mend(language));
                assert!(!told.ends_with(".."), "{told}");
            }
        }
    }
}
