//! A call as a row of the log. The page and the live script show the same fields.

use jiff::civil::Date;
use maud::{Markup, html};
use serde::Serialize;

use super::time::{caller_number, clock};
use crate::call::{Call, Disposition, Language, Stage, Treatment};
use crate::web::seen::Seen;

/// The most of a caller's words that a row shows, in characters.
const MAX_SAID_CHARS: usize = 280;

/// The fields of a row, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    id: String,
    /// What the row is marked with: `connect`, `message`, `reject`, `over` or `open`.
    kind: &'static str,
    /// The day it began, where its line is.
    pub(super) day: Date,
    /// The moment it began, for programs.
    at: String,
    time: String,
    caller: String,
    number: String,
    line: String,
    verdict: String,
    said: String,
    /// The language that it was said in.
    spoken: &'static str,
    outcome: String,
    /// That a message was left that nobody has heard yet.
    unheard: &'static str,
    /// What would have become of the caller on a line that only listens.
    otherwise: String,
    trial: String,
}

impl Row {
    /// The row of a call.
    pub(super) fn of(app: &Seen, call: &Call, language: Language) -> Self {
        let policies = app.policies();
        let zone = &policies.for_line(&call.line).line.time_zone;
        let only_line = policies.lines().len() == 1;
        let (caller, number) = caller(call, language);
        Self {
            id: call.id.to_string(),
            kind: kind(call),
            day: zone.to_datetime(call.started_at).date(),
            at: call.started_at.to_string(),
            time: clock(call.started_at, zone),
            caller,
            number,
            line: if only_line {
                String::new()
            } else {
                call.line.to_string()
            },
            verdict: verdict_word(call, language).to_owned(),
            said: shortened(call),
            spoken: call.language.code(),
            outcome: outcome(call, language).unwrap_or_default().to_owned(),
            unheard: if app.is_unheard(call) {
                unheard_words(language)
            } else {
                ""
            },
            otherwise: otherwise(call, language).unwrap_or_default(),
            trial: if call.simulated {
                language.choose("Prøve", "Trial").to_owned()
            } else {
                String::new()
            },
        }
    }

    /// A row without a call, for the script to copy.
    pub(super) fn empty() -> Self {
        Self {
            id: String::new(),
            kind: "open",
            day: Date::ZERO,
            at: String::new(),
            time: String::new(),
            caller: String::new(),
            number: String::new(),
            line: String::new(),
            verdict: String::new(),
            said: String::new(),
            spoken: Language::Da.code(),
            outcome: String::new(),
            unheard: "",
            otherwise: String::new(),
            trial: String::new(),
        }
    }

    /// The row as markup.
    pub(super) fn markup(&self, language: Language) -> Markup {
        let field = |name: &str, class: &str, text: &str| {
            html! { span class=(class) data-field=(name) hidden[text.is_empty()] { (text) } " " }
        };
        html! {
            li id={ "call-" (self.id) } class={ "call " (self.kind) } {
                time datetime=(self.at) data-field="time" { (self.time) }
                div class="who" {
                    h3 { a href={ "/calls/" (self.id) } data-field="caller" { (self.caller) } }
                    (field("number", "number", &self.number))
                    (field("line", "tag", &self.line))
                    (field("trial", "tag", &self.trial))
                    (field("unheard", "unheard", self.unheard))
                    (field("outcome", "outcome", &self.outcome))
                    (field("otherwise", "tag", &self.otherwise))
                }
                span class="pill" data-field="verdict" { (self.verdict) }
                blockquote class="said" data-field="said" lang=(self.spoken) hidden[self.said.is_empty()]
                    aria-label=(language.choose("Der blev sagt", "What was said")) { (self.said) }
            }
        }
    }
}

/// What a message is marked with that nobody has heard yet.
pub(super) fn unheard_words(language: Language) -> &'static str {
    language.choose("Ikke hørt endnu", "Not heard yet")
}

/// What a call is marked with.
pub(super) fn kind(call: &Call) -> &'static str {
    match call.verdict.as_ref().map(|verdict| verdict.treatment) {
        Some(Treatment::Connect) => "connect",
        Some(Treatment::Message) => "message",
        Some(Treatment::Reject) => "reject",
        None if call.is_over() => "over",
        None => "open",
    }
}

/// What was decided; while nothing is, that the call goes on.
pub(super) fn verdict_word(call: &Call, language: Language) -> &'static str {
    match (&call.verdict, call.disposition) {
        // The outcome says the rest.
        (Some(_), Some(disposition)) if call.missed(language).is_some() => {
            disposition.word(language)
        }
        (Some(verdict), _) => verdict.treatment.word(language),
        (None, _) if call.is_over() => call.disposition.map_or_else(
            || language.choose("Ikke afgjort", "Not decided"),
            |disposition| disposition.word(language),
        ),
        (None, _) => language.choose("Taler med Portner", "Talking to Portner"),
    }
}

/// How the call turned out or where it stands, where the verdict does not say it.
pub(super) fn outcome(call: &Call, language: Language) -> Option<&'static str> {
    if let Some(missed) = call.missed(language) {
        return Some(missed);
    }
    if let Some(disposition) = call.disposition {
        let asked_for_a_message = call
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.treatment == Treatment::Message);
        if disposition == Disposition::NotAnswered && asked_for_a_message {
            return Some(language.choose("Lagde ingen besked", "Left no message"));
        }
        let said_already = disposition == Disposition::Rejected || call.verdict.is_none();
        return (!said_already).then(|| disposition.word(language));
    }
    match call.stage {
        Stage::Ringing { .. } => Some(language.choose("Det ringer hos dig", "Your phone rings")),
        Stage::Connected { .. } => Some(language.choose("I taler sammen", "You are talking")),
        Stage::Recording => Some(language.choose("Lægger en besked", "Leaving a message")),
        _ => None,
    }
}

/// Why it was decided so, in a sentence.
pub(super) fn ground(call: &Call, language: Language) -> Option<&'static str> {
    let ground = call.verdict.as_ref()?.ground;
    Some(ground.sentence(language))
}

/// What would have become of the caller, where the line only listens.
fn otherwise(call: &Call, language: Language) -> Option<String> {
    let verdict = call.verdict.as_ref()?;
    let would_have = verdict.would_have.filter(|own| *own != verdict.treatment)?;
    let otherwise = language.choose("Ellers: ", "Otherwise: ");
    Some(format!("{otherwise}{}", would_have.word(language)))
}

/// Who it is, and the number where it is not that already.
pub(super) fn caller(call: &Call, language: Language) -> (String, String) {
    let number = caller_number(&call.caller.number, language);
    match call.presented() {
        Some(name) => (name.to_owned(), number),
        None => (number, String::new()),
    }
}

fn shortened(call: &Call) -> String {
    let all = call.said().collect::<Vec<_>>().join(" … ");
    if all.chars().count() <= MAX_SAID_CHARS {
        return all;
    }
    let mut short: String = all.chars().take(MAX_SAID_CHARS).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_what_is_shown_is_text() {
        let row = Row {
            said: "<script>alert(1)</script>".into(),
            caller: "\"><img src=x>".into(),
            ..Row::empty()
        };
        let markup = row.markup(Language::En).into_string();
        assert!(
            !markup.contains("<script") && !markup.contains("<img"),
            "{markup}"
        );
        assert!(markup.contains("&lt;script&gt;"), "{markup}");
    }
}
