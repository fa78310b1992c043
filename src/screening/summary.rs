//! A caller in a sentence: whispered to the owner, noted on a list, sent as a text.

use crate::call::{Call, EvidenceKind, Ground, Language, Slot};

use super::Policy;
use super::wording::{Prompt, Values};

/// What is known of a caller, in his own words or the owner's.
fn values(call: &Call) -> Values<'_> {
    let slot = |slot| call.slot(slot).map_or("", |filled| filled.text.as_str());
    let noted = call
        .reasons
        .iter()
        .find(|reason| reason.rule.starts_with("list-") && !reason.name.is_empty())
        .map(|reason| reason.name.as_str());
    let presented = call.slot(Slot::Who).map(|filled| filled.text.as_str());
    let who = noted
        .or(presented)
        .or(call.caller.name.as_deref())
        .unwrap_or_default();
    let (caller, firm) = who.split_once(", ").unwrap_or((who, ""));
    Values {
        caller,
        firm,
        matter: slot(Slot::What),
        why: slot(Slot::Why),
        number: "",
    }
}

/// What the owner hears before the call is his: who, from where, about what, why here, a warning
/// where one is due, and his keys.
pub(super) fn whisper(policy: &Policy, call: &Call) -> String {
    let line = &policy.line;
    let language = line.languages.greeting();
    let wanted = call
        .verdict
        .as_ref()
        .is_some_and(|verdict| verdict.ground == Ground::Wanted);
    let who = if wanted {
        Prompt::WantedWhisper
    } else {
        Prompt::Whisper
    };
    let mut sentences = vec![line.wordings.text(who, language, &values(call))];
    sentences.extend(warning(call, language).map(str::to_owned));
    sentences.push(line.wordings.say(Prompt::WhisperKeys, language));
    sentences.join(" ")
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

/// What a list entry says of a caller whom the owner put there with a key.
pub(super) fn note(call: &Call) -> String {
    let Values { caller, firm, .. } = values(call);
    [caller, firm]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The text that tells the owner of a call he did not take.
pub(super) fn text_message(policy: &Policy, call: &Call) -> String {
    let line = &policy.line;
    let number = call.caller.number.full();
    let values = Values {
        number: &number,
        ..values(call)
    };
    line.wordings
        .text(Prompt::OwnerText, line.languages.greeting(), &values)
}
