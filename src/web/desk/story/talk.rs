//! The conversation as it went, with the words that made rules fire marked in place.

use maud::{Markup, html};

use crate::call::{
    Answer, Call, CallEvent, DialOutcome, Entry, EvidenceKind, Instruction, Language, OwnerAction,
    Reason,
};

/// What was said and what happened, in order.
pub(in crate::web::desk) fn conversation(call: &Call, language: Language) -> Markup {
    html! {
        ol class="talk" {
            @for entry in &call.timeline { (turn(entry, call, language)) }
        }
    }
}

/// What happened, and what was said because of it.
fn turn(entry: &Entry, call: &Call, language: Language) -> Markup {
    html! {
        @match &entry.event {
            CallEvent::Heard { turn, answer: Answer::Speech(utterance) } => {
                li class="them" {
                    span class="speaker" { (language.choose("Den, der ringer", "Caller")) }
                    p lang=(call.language.code()) { (marked(&utterance.text, &fired(call, *turn))) }
                }
            }
            other => @if let Some(text) = happened(other, language) {
                li class="event" { (text) }
            },
        }
        @for instruction in &entry.instructions {
            @match instruction {
                Instruction::Say { text, language: spoken } | Instruction::Ask { text, language: spoken, .. } => {
                    li class="us" { span class="speaker" { "Portner" } p lang=(spoken.code()) { (text) } }
                }
                Instruction::Whisper { text, language: spoken, .. } => {
                    li class="us aside" {
                        span class="speaker" { (language.choose("Portner til dig", "Portner to you")) }
                        p lang=(spoken.code()) { (text) }
                    }
                }
                _ => {}
            }
        }
    }
}

/// The reasons found in the answer of a turn, with their places on the receipt, from 1.
fn fired(call: &Call, turn: u16) -> Vec<(usize, &Reason)> {
    let numbered = call.reasons.iter().enumerate();
    numbered
        .filter(|(_, reason)| reason.turn == turn)
        .map(|(at, reason)| (at + 1, reason))
        .collect()
}

/// A stretch of an answer, what it is marked with, and the reasons that stand on it.
#[derive(Debug, PartialEq, Eq)]
struct Stretch<'a> {
    text: &'a str,
    class: Option<&'static str>,
    reasons: Vec<usize>,
}

/// A mark: the reason's number, what it is marked with, and where, in bytes.
type Mark = (usize, &'static str, (u32, u32));

/// Cuts an answer where marks begin and end, and joins what is marked alike. Marks that do not
/// fit the text are left out: the record may be older than the text is.
fn stretches<'a>(text: &'a str, marks: &[Mark]) -> Vec<Stretch<'a>> {
    let marks: Vec<(usize, &'static str, usize, usize)> = marks
        .iter()
        .map(|(number, class, (from, to))| (*number, *class, *from as usize, *to as usize))
        .filter(|(.., from, to)| {
            from < to && text.is_char_boundary(*from) && text.is_char_boundary(*to)
        })
        .collect();
    let mut cuts: Vec<usize> = marks
        .iter()
        .flat_map(|(.., from, to)| [*from, *to])
        .collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut from = 0;
    let mut cut: Vec<(usize, usize, Option<&'static str>, Vec<usize>)> = Vec::new();
    for to in cuts.into_iter().skip(1) {
        let on: Vec<_> = marks
            .iter()
            .filter(|(.., begin, end)| *begin <= from && to <= *end)
            .collect();
        let class = on.first().map(|(_, class, ..)| *class);
        let reasons = on.iter().map(|(number, ..)| *number).collect();
        cut.push((from, to, class, reasons));
        from = to;
    }
    for at in 1..cut.len().saturating_sub(1) {
        let is_gap = cut[at].2.is_none() && text[cut[at].0..cut[at].1].trim().is_empty();
        if is_gap && cut[at - 1].2 == cut[at + 1].2 {
            cut[at].2 = cut[at - 1].2;
        }
    }
    cut.chunk_by(|one, other| one.2 == other.2)
        .map(|alike| {
            let mut reasons: Vec<usize> = alike
                .iter()
                .flat_map(|part| part.3.iter().copied())
                .collect();
            reasons.sort_unstable();
            reasons.dedup();
            Stretch {
                text: &text[alike[0].0..alike[alike.len() - 1].1],
                class: alike[0].2,
                reasons,
            }
        })
        .collect()
}

fn marked(text: &str, fired: &[(usize, &Reason)]) -> Markup {
    let marks: Vec<Mark> = fired
        .iter()
        .flat_map(|(number, reason)| {
            let place = |span: &(u32, u32)| (*number, class(reason), *span);
            reason.spans.iter().map(place)
        })
        .collect();
    html! {
        @for stretch in stretches(text, &marks) {
            @if let Some(class) = stretch.class {
                mark class=(class) { (stretch.text) }
                sup {
                    @for (place, number) in stretch.reasons.iter().enumerate() {
                        @if place > 0 { " " }
                        a href={ "#reason-" (number) } { (number) }
                    }
                }
            } @else {
                (stretch.text)
            }
        }
    }
}

/// What a reason is marked with.
pub(super) fn class(reason: &Reason) -> &'static str {
    if reason.shadow {
        return "shadow";
    }
    match reason.kind {
        EvidenceKind::Sell => "sell",
        EvidenceKind::Evade => "evade",
        EvidenceKind::Scam => "scam",
        EvidenceKind::Machine => "machine",
        EvidenceKind::Trust => "trust",
        EvidenceKind::Protected => "protected",
    }
}

/// An event that nobody spoke, in words.
pub(in crate::web::desk) fn happened(event: &CallEvent, language: Language) -> Option<String> {
    let plain = |danish: &str, english: &str| Some(language.choose(danish, english).to_owned());
    match event {
        CallEvent::Incoming { .. } => None,
        CallEvent::Heard { answer, .. } => match answer {
            Answer::Speech(_) => None,
            Answer::Key(key) => Some(format!(
                "{} {}",
                language.choose("Trykker", "Presses"),
                key.sign()
            )),
            Answer::Silence => plain("Siger ingenting", "Says nothing"),
        },
        CallEvent::OwnerReached { .. } => plain("Du tog telefonen", "You picked up"),
        CallEvent::OwnerPressed { key, .. } => match key {
            Some(key) => Some(format!(
                "{} {}",
                language.choose("Du trykkede", "You pressed"),
                key.sign()
            )),
            None => plain("Du trykkede ikke på noget", "You pressed nothing"),
        },
        CallEvent::DialEnded { outcome, .. } => match outcome {
            DialOutcome::Answered => None,
            DialOutcome::NoAnswer => plain("Ingen tog den", "Nobody answered"),
            DialOutcome::Busy => plain("Optaget", "Engaged"),
            DialOutcome::Failed => {
                plain("Telefonen kunne ikke nås", "The phone could not be reached")
            }
            DialOutcome::Cancelled => plain("Den, der ringede, lagde på", "The caller hung up"),
        },
        CallEvent::Recorded { aside: true, .. } => None,
        CallEvent::Recorded { .. } => plain("Lagde en besked", "Left a message"),
        CallEvent::Unseen { .. } => plain(
            "Kun udbyderens egen liste kender dette opkald",
            "Only the provider's own list knows this call",
        ),
        CallEvent::Ended { .. } => plain("Opkaldet er slut", "The call is over"),
        CallEvent::OwnerActed { action, .. } => match action {
            OwnerAction::Take => plain("Du tog det fra skrivebordet", "You took it from the desk"),
            OwnerAction::AskWhy => plain("Du bad om at få spurgt hvorfor", "You had him asked why"),
            OwnerAction::TakeMessage => plain("Du bad om en besked", "You asked for a message"),
            OwnerAction::Refuse => plain("Du gav et pænt nej", "You gave a polite no"),
        },
        CallEvent::Fallback { .. } => plain(
            "Udbyderen kunne ikke udføre det, den fik besked på",
            "The provider could not do what it was told",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut<'a>(text: &'a str, marks: &[Mark]) -> Vec<(&'a str, Vec<usize>)> {
        stretches(text, marks)
            .into_iter()
            .map(|stretch| (stretch.text, stretch.reasons))
            .collect()
    }

    #[test]
    fn an_answer_is_cut_where_marks_begin_and_end() {
        assert_eq!(
            cut("på vej nu", &[(1, "sell", (4, 7))]),
            [("på ", vec![]), ("vej", vec![1]), (" nu", vec![])]
        );
        assert_eq!(
            cut("på vej nu", &[(1, "sell", (0, 7)), (2, "trust", (8, 10))]),
            [("på vej", vec![1]), (" ", vec![]), ("nu", vec![2])]
        );
    }

    #[test]
    fn what_is_marked_alike_is_one_mark() {
        let marks = [
            (1, "sell", (0, 3)),
            (2, "sell", (4, 7)),
            (3, "sell", (5, 7)),
        ];
        assert_eq!(
            cut("på vej nu", &marks),
            [("på vej", vec![1, 2, 3]), (" nu", vec![])]
        );
    }

    #[test]
    fn marks_that_do_not_fit_are_left_out() {
        let marks = [
            (1, "sell", (0, 2)),
            (2, "sell", (1, 99)),
            (3, "sell", (1, 1)),
        ];
        assert_eq!(cut("på", &marks), [("på", vec![])]);
        assert!(cut("", &[(1, "sell", (0, 1))]).is_empty());
    }
}
