//! Trying a call in the browser. The owner plays the caller, and his own phone too; every step is
//! a request as the provider would send it, signed with the key of this machine, and goes the same
//! way as a real one. Such calls are marked and count nowhere.

use axum::extract::{Form, Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::assets;
use super::layout::Page;
use super::lists::REGION;
use super::place::Place;
use super::row::{caller, kind, outcome, verdict_word};
use super::story::{conversation, decision, read, receipt, slots};
use super::time::caller_number;
use super::trouble;
use crate::call::{
    Call, CallEvent, CallId, Caller, CallerNumber, E164, Instruction, Language, Stage, bilingual,
};
use crate::service::Answer;
use crate::web::App;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

mod events;

use self::events::{Played, events};

/// Who calls when nothing is typed.
const NOBODY_SPECIAL: &str = "+4571234567";
/// What might be said, as people say it on Danish telephones.
const IDEAS: [&str; 4] = [
    "Ja goddag, taler jeg med den IT-ansvarlige?",
    "Hej, det er Lone. Min hjemmeside er nede.",
    "Vi ringer til alle virksomheder i området med et godt tilbud.",
    "Goddag, jeg ringer fra skolen om dit barn.",
];
/// No step of a trial brings about more events than this.
const MOST_EVENTS: usize = 8;

/// What a trial may begin with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The number that is called.
    to: String,
}

/// Where a trial begins.
pub(super) async fn page(app: Seen, shown: Shown, Query(asked): Query<Asked>) -> Response {
    if !app.may_change_some_line() {
        return trouble(&shown, &Problem::not_allowed(true));
    }
    let nothing_yet = Begin {
        to: asked.to,
        ..Begin::default()
    };
    beginning(&app, &nothing_yet, false, shown.language).respond(&shown)
}

/// The page with what was typed, and whether its number cannot be read.
fn beginning(app: &Seen, typed: &Begin, unreadable: bool, language: Language) -> Page {
    let policies = app.policies();
    let title = Place::Try.name(language);
    let nobody = caller_number(&CallerNumber::read(NOBODY_SPECIAL), language);
    let body = html! {
        div class="head" { h1 { (title) } }
        div class="columns" {
            section class="card" aria-labelledby="begin" {
                h2 id="begin" { (language.choose("Ring op", "Call")) }
                p class="quiet" { (language.choose(
                    "Du er den, der ringer. Opkaldet går samme vej som et rigtigt, er mærket som prøve og tæller ikke med.",
                    "You are the caller. The call goes the same way as a real one, is marked as a trial and counts for nothing.")) }
                form class="stack" method="post" action="/try" {
                    div class="field" {
                        label for="from" { (language.choose("Fra nummer (tomt: ", "From number (empty: ")) (nobody) ")" }
                        input id="from" name="from" inputmode="tel" autocomplete="off" placeholder="71 23 45 67" value=(typed.from)
                            autofocus[unreadable] aria-invalid=[unreadable.then_some("true")]
                            aria-describedby=[unreadable.then_some("from-wrong")];
                        @if unreadable {
                            span id="from-wrong" class="wrong small" role="alert" { (language.choose(
                                "Nummeret kan ikke læses. Skriv det som 71 23 45 67 eller med landekode.",
                                "The number cannot be read. Write it like 71 23 45 67 or with its country code.")) }
                        }
                    }
                    div class="field" {
                        label for="name" { (language.choose("Navn fra nettet", "Name from the network")) }
                        input id="name" name="name" maxlength="60" autocomplete="off" value=(typed.name);
                    }
                    label class="check" { input type="checkbox" name="withheld" value="1" checked[!typed.withheld.is_empty()]; (language.choose("Skjult nummer", "Number withheld")) }
                    div class="field" {
                        label for="to" { (language.choose("Til linje", "To line")) }
                        select id="to" name="to" {
                            @for policy in policies.lines().iter().filter(|policy| app.may_change(Some(&policy.line.id))) {
                                @for own in &policy.line.numbers {
                                    option value=(own.full()) selected[own.full() == typed.to] { (policy.line.id) " · " (own.grouped()) }
                                }
                            }
                        }
                    }
                    button class="main" { (language.choose("Ring op", "Call")) }
                }
            }
            section class="card" aria-labelledby="ideas" {
                h2 id="ideas" { (language.choose("Sig for eksempel", "Say for example")) }
                ul class="tips" lang="da" {
                    @for idea in IDEAS { li { "“" (idea) "”" } }
                }
            }
        }
    };
    Page::new(title, body).at(Place::Try)
}

/// Who calls whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Begin {
    from: String,
    name: String,
    withheld: String,
    to: String,
}

impl Begin {
    /// The number that calls; nothing, where what was typed is none.
    fn number(&self) -> Option<CallerNumber> {
        match self.from.trim() {
            _ if !self.withheld.is_empty() => Some(CallerNumber::Withheld),
            "" => Some(CallerNumber::read(NOBODY_SPECIAL)),
            typed => {
                let number = E164::parse_national(typed, REGION);
                number.map(CallerNumber::Public).ok()
            }
        }
    }
}

/// Begins a trial.
pub(super) async fn begin(app: Seen, shown: Shown, Form(typed): Form<Begin>) -> Response {
    let Some(number) = typed.number() else {
        let mut response = beginning(&app, &typed, true, shown.language).respond(&shown);
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return response;
    };
    let name: String = typed.name.trim().chars().take(60).collect();
    let mut from = Caller::with_number(number);
    from.name = Some(name).filter(|name| !name.is_empty());
    let event = CallEvent::Incoming {
        caller: from,
        called: typed.to.clone(),
    };
    let begun = async {
        let house = app.to_change(&app.line_called(&typed.to))?;
        let provider = app.provider(PROVIDER).ok_or_else(no_trials)?;
        let id = provider.trial_call(CallId::new(app.now()));
        send(house, &id, &event).await?;
        let call = house.store()?.call_by_provider(&id).await?;
        call.ok_or_else(Problem::store_away)
    };
    match begun.await {
        Ok(call) => Redirect::to(&format!("/try/{}", call.id)).into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The provider whose requests trials are made of.
const PROVIDER: &str = "twilio";

fn no_trials() -> Problem {
    Problem::conflict(bilingual!(
        "der er ingen nøgle at underskrive prøveopkald med",
        "there is no key to sign trial calls with"
    ))
}

fn no_trial() -> Problem {
    Problem::not_found(bilingual!("dette er intet prøveopkald", "this is no trial"))
}

/// Sends what the provider would send.
async fn send(
    app: &App,
    call: &crate::call::ProviderCallId,
    event: &CallEvent,
) -> Result<(), Problem> {
    let service = &app.state.service;
    let provider = service.provider(&call.provider).ok_or_else(no_trials)?;
    let request = provider.pretend(call, event).ok_or_else(no_trials)?;
    match service.on_request(provider.name(), request).await {
        Some(Answer::Reply(_) | Answer::Nothing) => Ok(()),
        Some(Answer::Refused { .. }) | None => Err(Problem::internal("a trial was refused")),
    }
}

/// A trial as it goes.
pub(super) async fn going(app: Seen, shown: Shown, Path(id): Path<String>) -> Response {
    match read(&app, &id).await {
        Ok(call) if call.simulated && !app.may_change(Some(&call.line)) => {
            Redirect::to(&format!("/calls/{}", call.id)).into_response()
        }
        Ok(call) if call.simulated => render(&call, shown.language).respond(&shown),
        Ok(_) => trouble(&shown, &no_trial()),
        Err(problem) => trouble(&shown, &problem),
    }
}

fn render(call: &Call, language: Language) -> Page {
    let (who, _) = caller(call, language);
    let last = last_words(call);
    let body = html! {
        a class="back" href="/try" { "← " (language.choose("Nyt prøveopkald", "Another trial call")) }
        div class={ "headline " (kind(call)) } {
            h1 { (who) }
            span class="pill" { (verdict_word(call, language)) }
            @if let Some(outcome) = outcome(call, language) { span class="quiet" { (outcome) } }
            span class="tag" { (language.choose("Prøveopkald", "Trial call")) }
        }
        (decision(call, language))
        div class="story" {
            section class="trial" aria-label=(language.choose("Samtalen", "The conversation")) {
                div aria-live="polite" { (conversation(call, language)) }
                (answer(call, language))
                label class="check small" hidden {
                    input type="checkbox" id="aloud" data-words=(last) data-lang=(call.language.tag());
                    (language.choose("Læs Portners ord højt", "Read Portner's words aloud"))
                }
            }
            div class="side" {
                (slots(call, language))
                (receipt(call, language))
            }
        }
    };
    Page::new(who, body).at(Place::Try).script(&assets::TRY)
}

/// What Portner said last to the caller.
fn last_words(call: &Call) -> String {
    let spoken = |instruction: &Instruction| match instruction {
        Instruction::Say { text, .. } | Instruction::Ask { text, .. } => Some(text.clone()),
        _ => None,
    };
    call.timeline
        .iter()
        .rev()
        .map(|entry| {
            entry
                .instructions
                .iter()
                .filter_map(spoken)
                .collect::<Vec<_>>()
        })
        .find(|words| !words.is_empty())
        .unwrap_or_default()
        .join(" ")
}

/// What can be done now.
fn answer(call: &Call, language: Language) -> Markup {
    let key = |key: &str, name: &str| {
        html! { button name="press" value=(key) { kbd { (key) } " " (name) } }
    };
    let action = format!("/try/{}", call.id);
    html! {
        @match call.stage {
            Stage::Asking { .. } | Stage::OfferingKeys | Stage::Refusing => {
                form class="stack answer" method="post" action=(action) {
                    label for="words" { (language.choose("Du siger", "You say")) }
                    div class="buttons" {
                        input id="words" name="words" autocomplete="off" autofocus maxlength="1000" lang=(call.language.code());
                        button type="button" id="speak" hidden data-lang=(call.language.tag()) { (language.choose("Tal", "Speak")) }
                        button class="main" { (language.choose("Sig det", "Say it")) }
                    }
                }
                form class="buttons" method="post" action=(action) {
                    (key("1", language.choose("besked", "message")))
                    (key("2", language.choose("igennem", "through")))
                    (key("9", language.choose("privatliv", "privacy")))
                    button name="press" value="silence" { (language.choose("Vær stille", "Say nothing")) }
                    button name="press" value="hangup" { (language.choose("Læg på", "Hang up")) }
                }
            }
            Stage::Ringing { .. } => {
                section class="note" aria-labelledby="your-phone" {
                    h2 id="your-phone" { (language.choose("Din telefon ringer", "Your phone rings")) }
                    form class="buttons" method="post" action=(action) {
                        (key("1", language.choose("tag den", "take it")))
                        (key("2", language.choose("et pænt nej", "a polite no")))
                        button name="press" value="silence" { (language.choose("Lad den ringe", "Let it ring")) }
                        button name="press" value="hangup" { (language.choose("Den, der ringer, lægger på", "The caller hangs up")) }
                    }
                }
            }
            Stage::Recording => {
                form class="buttons" method="post" action=(action) {
                    button class="main" name="press" value="message" { (language.choose("Læg en besked", "Leave a message")) }
                    button name="press" value="hangup" { (language.choose("Læg på", "Hang up")) }
                }
            }
            _ => {
                p class="buttons" {
                    a class="button" href={ "/calls/" (call.id) } { (language.choose("Hele historien", "The whole story")) }
                    a class="button" href="/try" { (language.choose("Nyt prøveopkald", "Another trial call")) }
                }
            }
        }
    }
}

/// Lets happen what was typed or tapped.
pub(super) async fn go_on(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(played): Form<Played>,
) -> Response {
    let gone = async {
        let mut call = read(&app, &id).await?;
        if !call.simulated {
            return Err(no_trial());
        }
        let mut waiting = events(&call, &played);
        for _ in 0..MOST_EVENTS {
            let event = if waiting.is_empty() {
                match call.stage {
                    Stage::Closing => CallEvent::Ended { seconds: Some(30) },
                    _ => break,
                }
            } else {
                waiting.remove(0)
            };
            send(app.to_change(&call.line)?, &call.provider, &event).await?;
            call = read(&app, &id).await?;
        }
        Ok(())
    };
    match gone.await {
        Ok(()) => Redirect::to(&format!("/try/{id}")).into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}
