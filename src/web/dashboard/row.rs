//! A call as a row of the log. The page and the live script show the same fields.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Serialize;

use crate::call::{Call, CallerNumber, Disposition, Language, Stage, Treatment};
use crate::web::App;
use crate::web::view::said;

/// The most of a caller's words that a row shows, in characters.
const MAX_SAID_CHARS: usize = 280;

/// The fields of a row, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    id: String,
    /// What the row is marked with: `connect`, `message`, `reject` or `open`.
    kind: &'static str,
    /// The moment it began, for programs.
    at: String,
    time: String,
    caller: String,
    number: String,
    line: String,
    verdict: String,
    ground: String,
    said: String,
    outcome: String,
    trial: String,
}

impl Row {
    /// The row of a call.
    pub(super) fn of(app: &App, call: &Call, language: Language) -> Self {
        let policies = app.state.service.policies();
        let policy = policies.for_line(&call.line);
        let only_line = policies.lines().len() == 1;
        let now = app.state.service.clock().now();
        let (caller, number) = caller(call, language);
        let verdict = call.verdict.as_ref();
        Self {
            id: call.id.to_string(),
            kind: kind(call),
            at: call.started_at.to_string(),
            time: time(call.started_at, now, &policy.line.time_zone, language),
            caller,
            number,
            line: if only_line {
                String::new()
            } else {
                call.line.to_string()
            },
            verdict: verdict_word(call, language).to_owned(),
            ground: verdict.map_or_else(String::new, |verdict| {
                verdict.ground.sentence(language).to_owned()
            }),
            said: shortened(call),
            outcome: outcome(call, language).unwrap_or_default().to_owned(),
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
            at: String::new(),
            time: String::new(),
            caller: String::new(),
            number: String::new(),
            line: String::new(),
            verdict: String::new(),
            ground: String::new(),
            said: String::new(),
            outcome: String::new(),
            trial: String::new(),
        }
    }

    /// The row as markup.
    pub(super) fn markup(&self, language: Language) -> Markup {
        let field = |name: &str, text: &str| {
            html! { span class=(name) data-field=(name) hidden[text.is_empty()] { (text) } }
        };
        html! {
            li id={ "call-" (self.id) } class={ "call " (self.kind) } {
                article {
                    div class="first" {
                        time datetime=(self.at) data-field="time" { (self.time) }
                        h2 { a href={ "/calls/" (self.id) } data-field="caller" { (self.caller) } }
                        (field("number", &self.number))
                        (field("line", &self.line))
                        (field("trial", &self.trial))
                    }
                    p class="decision" {
                        (field("verdict", &self.verdict))
                        (field("ground", &self.ground))
                        (field("outcome", &self.outcome))
                    }
                    blockquote class="said" data-field="said" hidden[self.said.is_empty()]
                        aria-label=(language.choose("Der blev sagt", "What was said")) { (self.said) }
                }
            }
        }
    }
}

/// What a call is marked with.
pub(super) fn kind(call: &Call) -> &'static str {
    match call.verdict.as_ref().map(|verdict| verdict.treatment) {
        Some(Treatment::Connect) => "connect",
        Some(Treatment::Message) => "message",
        Some(Treatment::Reject) => "reject",
        None => "open",
    }
}

/// What was decided; while nothing is, that the call goes on.
pub(super) fn verdict_word(call: &Call, language: Language) -> &'static str {
    match &call.verdict {
        Some(verdict) => verdict.treatment.word(language),
        None if call.is_over() => language.choose("Ikke afgjort", "Not decided"),
        None => language.choose("Taler med Portner", "Talking to Portner"),
    }
}

/// How the call turned out or where it stands, where the verdict does not say it.
pub(super) fn outcome(call: &Call, language: Language) -> Option<&'static str> {
    if let Some(disposition) = call.disposition {
        let said_already = matches!(disposition, Disposition::Rejected);
        return (!said_already).then(|| disposition.word(language));
    }
    match call.stage {
        Stage::Ringing { .. } => Some(language.choose("Det ringer hos dig", "Your phone rings")),
        Stage::Connected { .. } => Some(language.choose("I taler sammen", "You are talking")),
        Stage::Recording => Some(language.choose("Lægger en besked", "Leaving a message")),
        _ => None,
    }
}

/// Who it is, and the number where it is not that already.
pub(super) fn caller(call: &Call, language: Language) -> (String, String) {
    let number = match &call.caller.number {
        CallerNumber::Withheld => language
            .choose("Skjult nummer", "Number withheld")
            .to_owned(),
        known => known.full(),
    };
    let name = call
        .slot(crate::call::Slot::Who)
        .map(|filled| filled.text.as_str())
        .or(call.caller.name.as_deref())
        .map(str::trim)
        .filter(|name| !name.is_empty());
    match name {
        Some(name) => (name.to_owned(), number),
        None => (number, String::new()),
    }
}

/// The time of day, with the day where it is not today.
pub(super) fn time(at: Timestamp, now: Timestamp, zone: &TimeZone, language: Language) -> String {
    let at = at.to_zoned_datetime(zone.clone());
    let today = at.date() == now.to_zoned_datetime(zone.clone()).date();
    let format = if today {
        "%H:%M"
    } else {
        language.choose("%-d.%-m. %H:%M", "%-d %b %H:%M")
    };
    at.strftime(format).to_string()
}

fn shortened(call: &Call) -> String {
    let all = said(call).collect::<Vec<_>>().join(" … ");
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
    fn the_day_is_only_told_when_it_is_another() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let at: Timestamp = "2026-06-01T22:30:00Z".parse().unwrap();
        let soon: Timestamp = "2026-06-02T08:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-06-03T08:00:00Z".parse().unwrap();
        assert_eq!(time(at, soon, &zone, Language::Da), "00:30");
        assert_eq!(time(at, later, &zone, Language::Da), "2.6. 00:30");
        assert_eq!(time(at, later, &zone, Language::En), "2 Jun 00:30");
    }

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
