//! A call in progress as a card. The page and the live script show the same fields.

use maud::{Markup, html};
use serde::Serialize;

use crate::call::{Answer, Call, CallEvent, Instruction, Language, OwnerAction, Slot};
use crate::screening;
use crate::screening::evidence::Evidence;
use crate::web::desk::row::{caller, ground, kind, outcome, verdict_word};
use crate::web::desk::story::{happened, kind_class, sums};
use crate::web::seen::Seen;

/// The fields of a card, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Card {
    id: String,
    kind: &'static str,
    over: bool,
    /// The moment it began, for programs.
    at: String,
    caller: String,
    number: String,
    line: String,
    trial: String,
    verdict: String,
    outcome: String,
    ground: String,
    /// The language that the caller speaks.
    spoken: &'static str,
    turns: Vec<Turn>,
    slots: Vec<Answered>,
    sums: Vec<Sum>,
    may: Vec<&'static str>,
}

/// Something that was said or happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Turn {
    /// `them`, `us` or `event`.
    who: &'static str,
    speaker: String,
    lang: &'static str,
    text: String,
}

/// One of the three H's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Answered {
    label: &'static str,
    text: String,
    specificity: u8,
}

/// Points of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Sum {
    class: &'static str,
    word: &'static str,
    points: u16,
}

impl Card {
    /// The card of a call.
    pub(super) fn of(app: &Seen, call: &Call, language: Language) -> Self {
        let policies = app.policies();
        let only_line = policies.lines().len() == 1;
        let (caller, number) = caller(call, language);
        let is_his = app.may_change(Some(&call.line));
        let may = OwnerAction::ALL
            .into_iter()
            .filter(|action| is_his && screening::may_act(call, *action))
            .map(OwnerAction::as_str)
            .collect();
        Self {
            id: call.id.to_string(),
            kind: kind(call),
            over: call.is_over(),
            at: call.started_at.to_string(),
            caller,
            number,
            line: if only_line {
                String::new()
            } else {
                call.line.to_string()
            },
            trial: trial(call, language).to_owned(),
            verdict: verdict_word(call, language).to_owned(),
            outcome: outcome(call, language).unwrap_or_default().to_owned(),
            ground: ground(call, language).unwrap_or_default().to_owned(),
            spoken: call.language.code(),
            turns: turns(call, language),
            slots: slots(call, language),
            sums: sums(Evidence::of(&call.reasons).score)
                .into_iter()
                .map(|(kind, points)| Sum {
                    class: kind_class(kind),
                    word: kind.word(language),
                    points,
                })
                .collect(),
            may,
        }
    }

    /// A card without a call, for the script to copy.
    pub(super) fn empty(language: Language) -> Self {
        Self {
            id: String::new(),
            kind: "open",
            over: false,
            at: String::new(),
            caller: String::new(),
            number: String::new(),
            line: String::new(),
            trial: String::new(),
            verdict: String::new(),
            outcome: String::new(),
            ground: String::new(),
            spoken: language.code(),
            turns: Vec::new(),
            slots: Slot::ALL
                .into_iter()
                .map(|slot| Answered {
                    label: slot.label(language),
                    text: String::new(),
                    specificity: 0,
                })
                .collect(),
            sums: Vec::new(),
            may: Vec::new(),
        }
    }

    /// The card as markup; with buttons, where whoever looks may act.
    pub(super) fn markup(&self, may_act: bool, language: Language) -> Markup {
        let field = |name: &str, class: &str, text: &str| {
            html! { span class=(class) data-field=(name) hidden[text.is_empty()] { (text) } " " }
        };
        html! {
            article id={ "live-" (self.id) } class={ "card live-call " (self.kind) } {
                div class="headline" {
                    h2 { a data-field="caller" href={ "/calls/" (self.id) } { (self.caller) } }
                    (field("number", "number quiet", &self.number))
                    (field("line", "tag", &self.line))
                    (field("trial", "tag", &self.trial))
                    time class="quiet" datetime=(self.at) data-since="" {}
                    span class="pill" data-field="verdict" { (self.verdict) }
                }
                p class="decision" {
                    (field("ground", "", &self.ground))
                    (field("outcome", "quiet", &self.outcome))
                }
                div class="live-parts" {
                    ol class="talk" data-turns="" aria-live="polite" tabindex="0"
                        aria-label=(language.choose("Samtalen", "The conversation")) {
                        @for turn in &self.turns {
                            li class=(turn.who) {
                                @if !turn.speaker.is_empty() { span class="speaker" { (turn.speaker) } }
                                p lang=(turn.lang) { (turn.text) }
                            }
                        }
                    }
                    div class="live-side" {
                        dl class="slots" data-slots="" {
                            @for slot in &self.slots {
                                div {
                                    dt { (slot.label) }
                                    dd lang=(self.spoken) { @if slot.text.is_empty() { "–" } @else { (slot.text) } }
                                }
                            }
                        }
                        ul class="sums" data-sums="" aria-label=(language.choose("Point", "Points")) {
                            @for sum in &self.sums {
                                li class={ "pill " (sum.class) } { (sum.word) " " (sum.points) }
                            }
                        }
                    }
                }
                @if may_act { form class="buttons" method="post" action={ "/calls/" (self.id) "/act" } hidden[self.may.is_empty()] {
                    @for action in OwnerAction::ALL {
                        button name="action" value=(action.as_str()) class=(class(action))
                            disabled[!self.may.contains(&action.as_str())] { (name(action, language)) }
                    }
                } }
            }
        }
    }
}

/// What the owner taps.
fn name(action: OwnerAction, language: Language) -> &'static str {
    match action {
        OwnerAction::Take => language.choose("Tag den", "Take it"),
        OwnerAction::AskWhy => language.choose("Spørg: hvorfor os?", "Ask: why us?"),
        OwnerAction::TakeMessage => language.choose("Tag en besked", "Take a message"),
        OwnerAction::Refuse => language.choose("Et pænt nej", "A polite no"),
    }
}

fn class(action: OwnerAction) -> &'static str {
    match action {
        OwnerAction::Take => "connect",
        OwnerAction::AskWhy => "",
        OwnerAction::TakeMessage => "message",
        OwnerAction::Refuse => "reject",
    }
}

fn trial(call: &Call, language: Language) -> &'static str {
    if call.simulated {
        language.choose("Prøve", "Trial")
    } else {
        ""
    }
}

fn slots(call: &Call, language: Language) -> Vec<Answered> {
    Slot::ALL
        .into_iter()
        .map(|slot| {
            let filled = call.slot(slot);
            Answered {
                label: slot.label(language),
                text: filled.map(|filled| filled.text.clone()).unwrap_or_default(),
                specificity: filled.map_or(0, |filled| filled.specificity),
            }
        })
        .collect()
}

fn turns(call: &Call, language: Language) -> Vec<Turn> {
    let mut turns = Vec::new();
    for entry in &call.timeline {
        match &entry.event {
            CallEvent::Heard {
                answer: Answer::Speech(utterance),
                ..
            } => turns.push(Turn {
                who: "them",
                speaker: language.choose("Den, der ringer", "Caller").to_owned(),
                lang: call.language.code(),
                text: utterance.text.clone(),
            }),
            other => turns.extend(happened(other, language).map(|text| Turn {
                who: "event",
                speaker: String::new(),
                lang: language.code(),
                text,
            })),
        }
        turns.extend(
            entry
                .instructions
                .iter()
                .filter_map(|told| said(told, language)),
        );
    }
    turns
}

fn said(instruction: &Instruction, language: Language) -> Option<Turn> {
    let (speaker, spoken, text) = match instruction {
        Instruction::Say {
            text,
            language: spoken,
        }
        | Instruction::Ask {
            text,
            language: spoken,
            ..
        } => ("Portner", spoken, text),
        Instruction::Whisper {
            text,
            language: spoken,
            ..
        } => (
            language.choose("Portner til dig", "Portner to you"),
            spoken,
            text,
        ),
        _ => return None,
    };
    Some(Turn {
        who: "us",
        speaker: speaker.to_owned(),
        lang: spoken.code(),
        text: text.clone(),
    })
}
