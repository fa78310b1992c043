//! What speaks for or against a caller, as reasons that a verdict can name.

use std::ops::Range;

use crate::call::{EvidenceKind, LISTED, ListName, Question, Reason};
use crate::rules::{Hit, Life, Reading, Situation};

/// What the rules find in an answer, as reasons of the turn.
#[must_use]
pub fn reasons(
    reading: &Reading<'_, '_>,
    question: Question,
    situation: &Situation,
    turn: u16,
) -> Vec<Reason> {
    reading
        .evaluate(question, situation)
        .iter()
        .map(|hit| reason(hit, reading.text(), turn, question))
        .collect()
}

fn reason(hit: &Hit<'_>, text: &str, turn: u16, question: Question) -> Reason {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Reason {
        rule: hit.rule.id.clone(),
        name: hit.rule.name.clone(),
        tactic: hit.rule.tactic.clone(),
        kind: hit.rule.kind,
        points: hit.rule.points,
        turn,
        question,
        words: hit
            .spans
            .iter()
            .filter_map(|span| text.get(span.clone()).map(str::to_owned))
            .collect(),
        spans: hit
            .spans
            .iter()
            .map(|span| (place(span.start), place(span.end)))
            .collect(),
        fills: hit.rule.fills.clone(),
        action: hit.rule.action,
        shadow: hit.rule.life == Life::Shadow,
    }
}

/// That the caller's number is on a list of the owner's, with what he noted there.
pub(super) fn listed(list: ListName, note: &str) -> Reason {
    let kind = if list == ListName::Block {
        EvidenceKind::Evade
    } else {
        EvidenceKind::Trust
    };
    Reason {
        name: note.to_owned(),
        ..Reason::new(format!("{LISTED}{}", list.as_str()), kind)
    }
}

/// From the first word that fired to the last, in bytes of the answer.
pub(super) fn stretch(reason: &Reason) -> Range<usize> {
    let from = reason.spans.iter().map(|(from, _)| *from).min();
    let to = reason.spans.iter().map(|(_, to)| *to).max();
    from.unwrap_or_default() as usize..to.unwrap_or_default() as usize
}

/// How particular the words of a reason are, 1 to 3, where they fill one of the three H's.
pub(super) fn specificity(reason: &Reason) -> u8 {
    match reason.kind {
        EvidenceKind::Trust | EvidenceKind::Protected => reason.points.clamp(1, 3),
        _ => 1,
    }
}
