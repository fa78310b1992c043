//! A caller in a sentence: whispered to the owner, noted on a list, sent as a text.

use crate::call::{Call, EvidenceKind, Ground, LISTED, Language, Slot};

use super::Policy;
use super::evidence::Evidence;
use super::slots::{beside_who, came_as_matter};
use super::wording::{Prompt, Values};

/// Who calls, as the owner knows him or as he presented himself: his name, and his firm.
fn caller(call: &Call) -> (&str, &str) {
    let noted = call
        .reasons
        .iter()
        .find(|reason| reason.rule.starts_with(LISTED) && !reason.name.is_empty())
        .map(|reason| reason.name.as_str());
    let who = noted.or_else(|| call.presented()).unwrap_or_default();
    who.split_once(", ").unwrap_or((who, ""))
}

/// What it is about; where that is not known, what was said first beside a name.
fn matter(call: &Call) -> &str {
    let who = call.slot(Slot::Who).map_or("", |who| who.text.as_str());
    let why = call.slot(Slot::Why).map_or("", |why| why.text.as_str());
    let known = call.slot(Slot::What).map(|what| what.text.as_str());
    let mut answers = call.said().map(|said| beside_who(said, who));
    let is_told = |said: &&str| !said.is_empty() && !why.contains(*said);
    let text = known
        .filter(|known| !beside_who(known, who).is_empty())
        .or_else(|| answers.find(is_told));
    text.unwrap_or_default()
}

/// Whether these are words of an answer that no “about” goes before.
fn are_his_own(call: &Call, matter: &str) -> bool {
    let mut answers = call.said().filter(|said| said.contains(matter)).peekable();
    answers.peek().is_some() && !answers.any(|said| came_as_matter(said, matter))
}

/// A text for the owner with what is known of a caller.
fn told(policy: &Policy, call: &Call, prompt: Prompt, number: &str) -> String {
    let line = &policy.line;
    let (caller, firm) = caller(call);
    let matter = matter(call);
    let (matter, words) = if are_his_own(call, matter) {
        ("", matter)
    } else {
        (matter, "")
    };
    let values = Values {
        caller,
        firm,
        matter,
        words,
        why: call.slot(Slot::Why).map_or("", |why| why.text.as_str()),
        number,
    };
    line.wordings
        .text(prompt, line.languages.greeting(), &values)
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
    let mut sentences = vec![told(policy, call, who, "")];
    sentences.extend(warning(call, language).map(str::to_owned));
    let keys = if call.caller.number.public().is_some() {
        Prompt::WhisperKeys
    } else {
        Prompt::WhisperKeysWithheld
    };
    sentences.push(line.wordings.say(keys, language));
    sentences.join(" ")
}

/// Whether the call was decided as one of a seller.
fn was_decided_as_selling(call: &Call) -> bool {
    call.verdict.as_ref().is_some_and(|verdict| {
        matches!(
            verdict.ground,
            Ground::TargetedSeller
                | Ground::UntargetedSelling
                | Ground::UnclearSelling
                | Ground::RefusedCampaign
        )
    })
}

/// A hint or two is no ground for one: customers and firemen use sellers' words too.
fn warning(call: &Call, language: Language) -> Option<&'static str> {
    let may_be_fraud = call
        .reasons
        .iter()
        .any(|reason| reason.kind == EvidenceKind::Scam && reason.points > 0 && !reason.shadow);
    if may_be_fraud {
        Some(language.choose(
            "Pas på: det kan være svindel.",
            "Careful: this may be fraud.",
        ))
    } else if Evidence::of(&call.reasons).sells() || was_decided_as_selling(call) {
        Some(language.choose("Det lyder som salg.", "It sounds like selling."))
    } else {
        None
    }
}

/// What a list entry says of a caller whom the owner put there with a key.
pub(super) fn note(call: &Call) -> String {
    let (caller, firm) = caller(call);
    [caller, firm]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The text that tells the owner of a call he did not take.
pub(super) fn text_message(policy: &Policy, call: &Call) -> String {
    told(policy, call, Prompt::OwnerText, &call.caller.number.full())
}
