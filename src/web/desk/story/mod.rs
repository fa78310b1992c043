//! One call in full: what became of it and why, the conversation with the words that fired, the
//! receipt of points, what would have tipped it, and what the provider was told.

use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::Page;
use super::place::Place;
use super::row::{caller, ground, kind, outcome, verdict_word};
use super::time::{caller_number, lasted, moment};
use super::trouble;
use crate::call::{Call, CallId, Ground, Language, ListEntry, Mark};
use crate::screening::campaign::Campaign;
use crate::screening::tipping;
use crate::store::Job;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

mod delivery;
pub(super) mod erasing;
pub(super) mod listing;
pub(super) mod marking;
pub(super) mod mending;
mod receipt;
pub(super) mod recording;
mod talk;

pub(super) use receipt::{kind_class, receipt, slots, sums};
pub(super) use talk::{conversation, happened};

/// What was done on the page before this one.
#[derive(Deserialize)]
pub(super) struct Came {
    #[serde(default)]
    done: String,
}

/// The page of a call.
pub(super) async fn page(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Query(came): Query<Came>,
) -> Response {
    match read(&app, &id).await {
        Ok(call) => {
            let listed = match listing::listed(&app, &call).await {
                Ok(listed) => listed,
                Err(problem) => return trouble(&shown, &problem),
            };
            let mark = match marking::of(&app, &call).await {
                Ok(mark) => mark,
                Err(problem) => return trouble(&shown, &problem),
            };
            let jobs = match delivery::of(&app, &call).await {
                Ok(jobs) => jobs,
                Err(problem) => return trouble(&shown, &problem),
            };
            let done = marking::done(&came.done, shown.language)
                .or_else(|| recording::done(&came.done, shown.language))
                .map(str::to_owned)
                .or_else(|| listing::done(&app, &call, &listed, &came.done, shown.language));
            let around = Around {
                listed,
                mark,
                jobs,
                campaign: campaign(&app, &call),
                done,
            };
            story(&app, &call, &around, shown.language).respond(&shown)
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The call with this name.
pub(super) async fn read(app: &Seen, id: &str) -> Result<Call, Problem> {
    let id = CallId::parse(id).ok_or_else(Problem::no_such_call)?;
    app.call(id).await?.ok_or_else(Problem::no_such_call)
}

/// What is known beside the call itself.
struct Around {
    listed: Vec<ListEntry>,
    mark: Option<Mark>,
    /// What it brought about and is not done yet.
    jobs: Vec<Job>,
    campaign: Option<Campaign>,
    done: Option<String>,
}

fn story(app: &Seen, call: &Call, around: &Around, language: Language) -> Page {
    let (who, _) = caller(call, language);
    let policies = app.policies();
    let policy = policies.for_line(&call.line);
    let body = html! {
        a class="back" href="/calls" { "← " (language.choose("Alle opkald", "All calls")) }
        @if let Some(done) = &around.done { p class="note done" role="status" { (done) } }
        (headline(call, &who, language))
        (steps(app, call, language))
        (recording::player(app, call, language))
        div class="story" {
            section aria-labelledby="talk" {
                h2 id="talk" { (language.choose("Samtalen", "The conversation")) }
                (talk::conversation(call, language))
            }
            div class="side" {
                (marking::card(app, call, around.mark.as_ref(), language))
                (listing::card(app, call, &around.listed, language))
                (slots(call, language))
                (receipt(call, language))
                (receipt::tips(&tipping::tips(policy, call), language))
                (delivery::card(&around.jobs, language))
                (facts(app, call, around.campaign.as_ref(), language))
                (erasing::card(app, call, language))
            }
        }
        (told(app, call, language))
    };
    Page::new(who, body).at(Place::Calls)
}

fn headline(call: &Call, who: &str, language: Language) -> Markup {
    html! {
        div class={ "headline " (kind(call)) } {
            h1 { (who) }
            span class="pill" { (verdict_word(call, language)) }
            @if let Some(outcome) = outcome(call, language) { span class="quiet" { (outcome) } }
            @if call.simulated { span class="tag" { (language.choose("Prøveopkald", "Trial call")) } }
        }
        (decision(call, language))
    }
}

/// Why it was decided so, and on a line that only listens what would have become of the caller.
pub(super) fn decision(call: &Call, language: Language) -> Markup {
    html! {
        @if let Some(verdict) = &call.verdict {
            p class="decision" {
                @if let Some(ground) = ground(call, language) { (ground) }
                @if let Some(would_have) = verdict.would_have {
                    " " span class="quiet" {
                        (language.choose("Linjen lytter kun. Ellers: ", "This line only listens. Otherwise: "))
                        (would_have.word(language)) "."
                    }
                }
            }
        }
    }
}

/// What an owner wants next: to call back, and on a phone the way past the conversation.
fn steps(app: &Seen, call: &Call, language: Language) -> Markup {
    let Some(number) = call.caller.number.public() else {
        return html! {};
    };
    let ground = call.verdict.as_ref().map(|verdict| verdict.ground);
    // Whoever calls a fraud back may pay for it by the minute; a trial's number may be anybody's; and
    // whoever is still on the line need not be rung.
    let may_ring = ground != Some(Ground::Fraud) && !call.simulated && call.is_over();
    let may_change = app.may_change(Some(&call.line));
    html! {
        p class="buttons next" {
            @if may_ring { a class="button main" href={ "tel:" (number.full()) } { (language.choose("Ring tilbage", "Call back")) } }
            @if may_change {
                @if call.verdict.is_some() { a class="button narrow" href="#right" { (language.choose("Var det rigtigt?", "Was that right?")) } }
                a class="button narrow" href="#next-time" { (language.choose("Næste gang", "Next time")) }
            }
        }
    }
}

/// The campaign that the call belongs to, where others do too.
fn campaign(app: &Seen, call: &Call) -> Option<Campaign> {
    let campaign = app.campaigns()?.of_call(call.id);
    campaign.filter(|one| one.calls > 1)
}

fn facts(app: &Seen, call: &Call, campaign: Option<&Campaign>, language: Language) -> Markup {
    let policies = app.policies();
    let zone = &policies.for_line(&call.line).line.time_zone;
    let now = app.now();
    let fact = |name: &str, text: &str| {
        html! { @if !text.is_empty() { div { dt { (name) } dd { (text) } } } }
    };
    let policy = call.verdict.as_ref().map(|verdict| verdict.policy.as_str());
    let name = call.caller.name.as_deref();
    html! {
        section class="card" aria-labelledby="facts" {
            h2 id="facts" { (language.choose("Opkaldet", "The call")) }
            dl class="facts" {
                (fact(language.choose("Nummer", "Number"), &caller_number(&call.caller.number, language)))
                (fact(language.choose("Navn fra nettet", "Name from the network"), name.unwrap_or_default()))
                (fact(language.choose("Linje", "Line"), &call.line.0))
                (fact(language.choose("Begyndte", "Began"), &moment(call.started_at, now, zone, language)))
                @if let Some(end) = call.ended_at {
                    (fact(language.choose("Varede", "Lasted"), &lasted(end.duration_since(call.started_at).as_secs())))
                }
                (fact(language.choose("Sprog", "Language"), language.choose(
                    call.language.choose("dansk", "engelsk"), call.language.choose("Danish", "English"))))
                (fact(language.choose("Regelversion", "Rule version"), policy.unwrap_or_default()))
                @if let Some(campaign) = campaign {
                    div {
                        dt { (language.choose("Kampagne", "Campaign")) }
                        dd { a href={ "/calls?campaign=" (campaign.id) } { "“" (campaign.name()) "”" }
                            " " span class="quiet" { (campaign.calls) " " (language.choose("opkald", "calls")) } }
                    }
                }
            }
        }
    }
}

/// The documents that the provider got, as it got them, for whoever may change the line.
fn told(app: &Seen, call: &Call, language: Language) -> Markup {
    let provider = app.provider(&call.provider.provider);
    // It says where the owner's phone rings.
    let Some(provider) = provider.filter(|_| app.may_change(Some(&call.line))) else {
        return html! {};
    };
    html! {
        details {
            summary { (language.choose("Hvad udbyderen fik besked på", "What the provider was told")) " (" (provider.name()) ")" }
            @for entry in &call.timeline {
                h3 { code { (entry.event.key()) } }
                pre tabindex="0" {
                    (String::from_utf8_lossy(&provider.render(&call.provider, &entry.instructions).body))
                }
            }
        }
    }
}
