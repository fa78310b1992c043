//! A caller in a sentence: whispered to the owner, noted on a list, sent as a text.

use jiff::Timestamp;

use crate::call::{Call, EvidenceKind, Ground, Language, Slot};

use super::Policy;
use super::wording::Prompt;

/// What the owner hears before the call is his: who, from where, about what, why here, a warning
/// where one is due, and the keys.
pub(super) fn whisper(policy: &Policy, call: &Call) -> String {
    let language = policy.line.languages.greeting();
    let line = &policy.line;
    let keys = line
        .wordings
        .text(Prompt::WhisperKeys, language, &line.profile);
    let mut sentences = vec![sentence(&introduction(call, language))];
    if let Some(why) = call.slot(Slot::Why) {
        let because = language.choose("Hvorfor her", "Why here");
        sentences.push(sentence(&format!("{because}: {}", why.text)));
    }
    sentences.extend(warning(call, language).map(str::to_owned));
    sentences.push(keys);
    sentences.join(" ")
}

/// “Per Topp, Nordlys Telefoni, om mobilabonnement”, or as much of it as is known.
fn introduction(call: &Call, language: Language) -> String {
    let ground = call.verdict.as_ref().map(|verdict| verdict.ground);
    let noted = call
        .reasons
        .iter()
        .find(|reason| reason.rule.starts_with("list-") && !reason.name.is_empty())
        .map(|reason| reason.name.as_str());
    let who = call
        .slot(Slot::Who)
        .map(|filled| filled.text.as_str())
        .or(noted)
        .or(call.caller.name.as_deref())
        .unwrap_or(language.choose("Ukendt navn", "Name unknown"));
    let mut text = if ground == Some(Ground::Wanted) {
        let wanted = language.choose(
            "En af de kunder, du gerne vil have",
            "One of the customers you want",
        );
        format!("{wanted}: {who}")
    } else {
        who.to_owned()
    };
    if let Some(what) = call.slot(Slot::What) {
        text += language.choose(", om ", ", about ");
        text += &what.text;
    }
    text
}

fn warning(call: &Call, language: Language) -> Option<&'static str> {
    let has = |kind| {
        call.reasons
            .iter()
            .any(|reason| reason.kind == kind && reason.points > 0 && !reason.shadow)
    };
    if has(EvidenceKind::Scam) {
        Some(language.choose(
            "Pas på: det kan være svindel.",
            "Careful: this may be fraud.",
        ))
    } else if has(EvidenceKind::Sell) {
        Some(language.choose("Det lyder som salg.", "It sounds like selling."))
    } else {
        None
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches(['.', '!', '?', ',']);
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect::<String>() + "."
    })
}

/// What a list entry says of a caller whom the owner put there with a key.
pub(super) fn note(call: &Call) -> String {
    introduction(call, call.language)
}

/// The text that tells the owner of a call he did not take.
pub(super) fn text_message(policy: &Policy, call: &Call, now: Timestamp) -> String {
    let language = policy.line.languages.greeting();
    let local = now.to_zoned(policy.line.time_zone.clone());
    let number = call.caller.number.full();
    let number = if number.is_empty() {
        language.choose("skjult nummer", "number withheld")
    } else {
        number.as_str()
    };
    format!(
        "{} {:02}:{:02}, {number}: {}",
        language.choose("Opkald kl.", "Call at"),
        local.hour(),
        local.minute(),
        introduction(call, language)
    )
}
