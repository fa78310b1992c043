//! One call in full: the verdict, the conversation, what spoke for and against, and what the
//! provider was told.

use maud::{Markup, html};

use super::layout::Page;
use super::row::{caller, kind, outcome, time, verdict_word};
use crate::call::{
    Answer, Call, CallEvent, DialOutcome, Entry, Instruction, Language, Reason, Slot,
};
use crate::web::App;

/// The page of a call.
pub(super) fn page(app: &App, call: &Call, language: Language) -> Page {
    let (who, number) = caller(call, language);
    let body = html! {
        nav aria-label=(language.choose("Brødkrumme", "Breadcrumb")) {
            a href="/" { "← " (language.choose("Alle opkald", "All calls")) }
        }
        h1 { (who) }
        (verdict(call, language))
        (facts(app, call, &number, language))
        section aria-labelledby="talk" {
            h2 id="talk" { (language.choose("Samtalen", "The conversation")) }
            ol class="talk" {
                @for entry in &call.timeline { (turn(entry, language)) }
            }
        }
        section aria-labelledby="why" {
            h2 id="why" { (language.choose("Hvad der talte for og imod", "What spoke for and against")) }
            (reasons(&call.reasons, language))
        }
        (told(app, call, language))
    };
    Page::new(who, body)
}

fn verdict(call: &Call, language: Language) -> Markup {
    html! {
        p class={ "decision call " (kind(call)) } {
            span class="verdict" { (verdict_word(call, language)) }
            @if let Some(verdict) = &call.verdict {
                span class="ground" { (verdict.ground.sentence(language)) }
            }
            @if let Some(outcome) = outcome(call, language) {
                span class="outcome" { (outcome) }
            }
            @if let Some(would_have) = call.verdict.as_ref().and_then(|verdict| verdict.would_have) {
                span class="outcome" {
                    (language.choose("Linjen lytter kun. Ellers: ", "This line only listens. Otherwise: "))
                    (would_have.word(language))
                }
            }
        }
    }
}

fn facts(app: &App, call: &Call, number: &str, language: Language) -> Markup {
    let policies = app.state.service.policies();
    let zone = &policies.for_line(&call.line).line.time_zone;
    let now = app.state.service.clock().now();
    let fact = |name: &str, text: &str| {
        html! { @if !text.is_empty() { div { dt { (name) } dd { (text) } } } }
    };
    let policy = call.verdict.as_ref().map(|verdict| verdict.policy.as_str());
    let name = call.caller.name.as_deref();
    let message = call.recording.as_ref().map(|recording| recording.seconds);
    html! {
        dl class="facts" {
            @for slot in Slot::ALL {
                div {
                    dt { (slot.label(language)) }
                    dd { @match call.slot(slot) {
                        Some(filled) => (filled.text),
                        None => span class="quiet" { "–" },
                    } }
                }
            }
            (fact(language.choose("Nummer", "Number"), number))
            (fact(language.choose("Navn fra nettet", "Name from the network"), name.unwrap_or_default()))
            (fact(language.choose("Linje", "Line"), &call.line.0))
            (fact(language.choose("Begyndte", "Began"), &time(call.started_at, now, zone, language)))
            @if let Some(end) = call.ended_at {
                (fact(language.choose("Varede", "Lasted"), &lasted(end.duration_since(call.started_at).as_secs())))
            }
            @if let Some(seconds) = message {
                (fact(language.choose("Besked", "Message"), &lasted(seconds.into())))
            }
            (fact(language.choose("Regelversion", "Version of the rules"), policy.unwrap_or_default()))
            @if call.simulated {
                (fact(language.choose("Prøve", "Trial"), language.choose("Ringet op for at prøve", "Called to try things out")))
            }
        }
    }
}

fn lasted(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// What happened, and what was said because of it.
fn turn(entry: &Entry, language: Language) -> Markup {
    html! {
        @match &entry.event {
            CallEvent::Heard { answer: Answer::Speech(utterance), .. } =>
                (line("them", language.choose("Den, der ringer", "Caller"), &utterance.text)),
            other => @if let Some(text) = happened(other, language) {
                li class="event" { (text) }
            },
        }
        @for instruction in &entry.instructions {
            @match instruction {
                Instruction::Say { text, .. } | Instruction::Ask { text, .. } =>
                    (line("us", "Portner", text)),
                Instruction::Whisper { text, .. } =>
                    (line("us", language.choose("Portner til dig", "Portner to you"), text)),
                _ => {}
            }
        }
    }
}

fn line(side: &str, speaker: &str, text: &str) -> Markup {
    html! { li class=(side) { span class="speaker" { (speaker) } p { (text) } } }
}

fn happened(event: &CallEvent, language: Language) -> Option<String> {
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
        CallEvent::Recorded { .. } => plain("Lagde en besked", "Left a message"),
        CallEvent::Ended { .. } => plain("Opkaldet er slut", "The call is over"),
        CallEvent::Fallback { .. } => plain(
            "Udbyderen kunne ikke udføre det, den fik besked på",
            "The provider could not do what it was told",
        ),
    }
}

fn reasons(reasons: &[Reason], language: Language) -> Markup {
    if reasons.is_empty() {
        return html! { p class="quiet" { (language.choose("Ingen regel slog ud.", "No rule fired.")) } };
    }
    html! {
        div class="scroll" role="region" aria-labelledby="why" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (language.choose("Regel", "Rule")) }
                        th scope="col" { (language.choose("Ord", "Words")) }
                        th scope="col" { (language.choose("Tegn på", "Sign of")) }
                        th scope="col" class="points" { (language.choose("Point", "Points")) }
                    }
                }
                tbody {
                    @for reason in reasons {
                        tr {
                            th scope="row" {
                                (reason.name)
                                @if !reason.tactic.is_empty() { " " span class="quiet" { (reason.tactic) } }
                            }
                            td {
                                @for (place, words) in reason.words.iter().enumerate() {
                                    @if place > 0 { ", " }
                                    q { (words) }
                                }
                            }
                            td {
                                (reason.kind.word(language))
                                @if reason.shadow {
                                    " " span class="quiet" { (language.choose("(på prøve, tæller ikke)", "(on trial, does not count)")) }
                                }
                            }
                            td class="points" { (reason.points) }
                        }
                    }
                }
            }
        }
    }
}

/// The documents that the provider got, as it got them.
fn told(app: &App, call: &Call, language: Language) -> Markup {
    let Some(provider) = app.state.service.provider(&call.provider.provider) else {
        return html! {};
    };
    html! {
        details {
            summary { (language.choose("Hvad udbyderen fik besked på", "What the provider was told")) " (" (provider.name()) ")" }
            @for entry in &call.timeline {
                h3 { (entry.event.key()) }
                pre tabindex="0" {
                    (String::from_utf8_lossy(&provider.render(&call.provider, &entry.instructions).body))
                }
            }
        }
    }
}
