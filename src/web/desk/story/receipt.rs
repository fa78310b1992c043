//! The receipt of a verdict: point by point, the three H's, and what would have tipped it.

use maud::{Markup, html};

use super::talk::class;
use crate::call::{Call, EvidenceKind, Filled, LISTED, Language, Reason, Score, Slot};
use crate::screening::evidence::{Evidence, OPINION};
use crate::screening::tipping::Tip;

/// How particular an answer can be at most.
const MOST_SPECIFIC: u8 = 3;

/// The three H's as far as they are filled.
pub(in crate::web::desk) fn slots(call: &Call, language: Language) -> Markup {
    html! {
        section class="card" aria-label=(language.choose("Hvem, hvad og hvorfor", "Who, what and why")) {
            dl class="slots" {
                @for slot in Slot::ALL {
                    div {
                        dt {
                            (slot.label(language))
                            @if let Some(filled) = call.slot(slot) { (pips(filled, language)) }
                        }
                        dd { @match call.slot(slot) {
                            Some(filled) => span lang=(call.language.code()) { (filled.shown()) },
                            None => span class="quiet" { (language.choose("ikke besvaret", "not answered")) },
                        } }
                    }
                }
            }
        }
    }
}

fn pips(filled: &Filled, language: Language) -> Markup {
    let full = filled.specificity.min(MOST_SPECIFIC);
    let words = filled.how_particular(language);
    html! {
        span title=(words) {
            span class="pips" aria-hidden="true" {
                (("●").repeat(full.into())) (("○").repeat((MOST_SPECIFIC - full).into()))
            }
            span class="sr" { (words) }
        }
    }
}

/// Every rule that fired, with its words and points, and their sums.
pub(in crate::web::desk) fn receipt(call: &Call, language: Language) -> Markup {
    let score = call.verdict.as_ref().map_or_else(
        || Evidence::of(&call.reasons).score,
        |verdict| verdict.score,
    );
    html! {
        section class="card receipt" aria-labelledby="receipt" {
            h2 id="receipt" { (language.choose("Kvittering", "Receipt")) }
            @if call.reasons.is_empty() {
                p class="quiet" { (language.choose("Ingen regel slog ud.", "No rule fired.")) }
            }
            ol {
                @for (at, reason) in call.reasons.iter().enumerate() { (line(at + 1, reason, call, language)) }
            }
            dl { @for (kind, points) in sums(score) {
                dt { (kind.word(language)) }
                dd class=(kind_class(kind)) { (points) }
            } }
        }
    }
}

fn line(number: usize, reason: &Reason, call: &Call, language: Language) -> Markup {
    let spoken = call.language;
    let is_opinion = reason.rule == OPINION;
    let is_ours = is_opinion || reason.rule.starts_with(LISTED);
    let named_in = if is_ours { language } else { spoken };
    html! {
        li id={ "reason-" (number) } class=(class(reason)) {
            span class="n" { (number) }
            span {
                span lang=(named_in.code()) { (name(reason, call, language)) }
                @if !is_opinion && !reason.tactic.is_empty() { " " span class="tag" { (reason.tactic) } }
            }
            span class="points" { (reason.points) " " (reason.kind.word(language)) }
            span class="words" lang=(spoken.code()) {
                @for (place, words) in reason.words.iter().enumerate() {
                    @if place > 0 { ", " }
                    "“" (words) "”"
                }
                @if reason.shadow { " " span lang=(language.code()) { (language.choose("På prøve, tæller ikke.", "On trial, does not count.")) } }
            }
        }
    }
}

fn name(reason: &Reason, call: &Call, language: Language) -> String {
    if reason.rule.starts_with(LISTED) {
        let list = match reason.rule.as_str() {
            "list-allow" => language.choose("Altid igennem", "Always through"),
            "list-wanted" => language.choose("Ønsket kunde", "Wanted customer"),
            _ => language.choose("Blokeret", "Blocked"),
        };
        return if reason.name.is_empty() {
            list.to_owned()
        } else {
            format!("{list}: {}", reason.name)
        };
    }
    reason.told(call.opinion.as_ref(), language)
}

/// The sums that are not nothing.
pub(in crate::web::desk) fn sums(score: Score) -> Vec<(EvidenceKind, u16)> {
    [
        (EvidenceKind::Sell, score.sell),
        (EvidenceKind::Evade, score.evade),
        (EvidenceKind::Scam, score.scam),
        (EvidenceKind::Machine, score.machine),
        (EvidenceKind::Trust, score.trust),
        (EvidenceKind::Protected, score.protected),
    ]
    .into_iter()
    .filter(|(_, points)| *points > 0)
    .collect()
}

/// What a kind of evidence is marked with.
pub(in crate::web::desk) fn kind_class(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Sell => "sell",
        EvidenceKind::Evade => "evade",
        EvidenceKind::Scam => "scam",
        EvidenceKind::Machine => "machine",
        EvidenceKind::Trust => "trust",
        EvidenceKind::Protected => "protected",
    }
}

/// The single changes that would have led elsewhere.
pub(super) fn tips(tips: &[Tip], language: Language) -> Markup {
    if tips.is_empty() {
        return html! {};
    }
    html! {
        section class="card" aria-labelledby="tips" {
            h2 id="tips" { (language.choose("Hvad der ville have vendt det", "What would have tipped it")) }
            ul class="tips" { @for tip in tips { li { (tip.sentence(language)) } } }
        }
    }
}
