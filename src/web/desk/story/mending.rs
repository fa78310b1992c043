//! What would have made a wrong verdict right: small changes of the rules, each with what it does to
//! the log, and each taken with one tap.

use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

use super::read;
use crate::call::quantity::number;
use crate::call::{Call, Language, Treatment};
use crate::evaluation::{Again, Change, Recorded, Replayed, Sampled};
use crate::service::propose::{Nothing, Proposal};
use crate::web::App;
use crate::web::api::proposals::{find, told};
use crate::web::auth::sha256;
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::desk::row::caller;
use crate::web::desk::rules::no_folder;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// On how many of the newest calls a change is tried, and for how long.
const CALLS: usize = 1_000;
const TIME: Duration = Duration::from_secs(8);

/// The changes that would do.
pub(in crate::web::desk) async fn page(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
) -> Response {
    let found = async {
        let call = read(&app, &id).await?;
        // Rules hold on all lines, and changes of them are tried on the calls of all.
        let house = app.whole().ok_or_else(|| Problem::not_allowed(false))?;
        let writing = Writing::of(house, app.may_change(None));
        Ok(match find(house, &call, None, CALLS, TIME).await {
            Ok((should, found)) => render(&call, should, found.as_deref(), writing, shown.language),
            Err(problem) if problem.is_too_many() => later(&call, shown.language),
            Err(problem) => return Err(problem),
        })
    };
    match found.await {
        Ok(page) => page.respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Whether whoever looks can have a change written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Here,
    /// No folder is named that rules could be written to.
    Nowhere,
    NotByHim,
}

impl Writing {
    fn of(house: &App, owns: bool) -> Self {
        match house.state.rules().folder {
            _ if !owns => Self::NotByHim,
            Some(_) => Self::Here,
            None => Self::Nowhere,
        }
    }
}

fn render(
    call: &Call,
    should: Treatment,
    found: Result<&[Proposal], &Nothing>,
    writing: Writing,
    language: Language,
) -> Page {
    let (who, _) = caller(call, language);
    let title = language.choose(
        "Hvad ville have gjort det rigtigt?",
        "What would have made it right?",
    );
    let wanted = match should {
        Treatment::Connect => language.choose("være sat igennem", "have come through"),
        Treatment::Message => language.choose("have lagt en besked", "have left a message"),
        Treatment::Reject => language.choose("være afvist", "have been turned away"),
    };
    let body = html! {
        a class="back" href={ "/calls/" (call.id) } { "← " (who) }
        h1 { (title) }
        p class="decision" {
            (language.choose("Mærket er gemt. Den, der ringede, skulle ", "The mark is kept. The caller should ")) (wanted) "."
        }
        @match found {
            Ok(proposals) => {
                p class="quiet" { (language.choose(
                    "Hver ændring er prøvet på reglernes eksempler, på de seneste opkald og på prøvesamtaler. Ingen er foretaget endnu.",
                    "Each change was tried on the examples of the rules, on the latest calls and on sample conversations. None is made yet.")) }
                @if writing == Writing::Nowhere { div class="note" { (no_folder(language)) } }
                @for (number, proposal) in proposals.iter().enumerate() {
                    (card(call, number + 1, proposal, writing, language))
                }
            }
            Err(nothing) => {
                section class="card proposal" {
                    p { (why_not(nothing, language)) }
                    p class="buttons" {
                        @if *nothing == Nothing::OutOfTime {
                            a class="button main" href={ "/calls/" (call.id) "/proposals" } { (language.choose("Prøv igen", "Try again")) }
                        }
                        a class="button" href={ "/calls/" (call.id) } { (language.choose("Tilbage til opkaldet", "Back to the call")) }
                        a class="button" href="/rules" { (language.choose("Se reglerne", "See the rules")) }
                    }
                }
            }
        }
    };
    Page::new(title, body).at(Place::Calls)
}

/// The calls are played for somebody else just now: the mark is kept, and changes are looked for later.
fn later(call: &Call, language: Language) -> Page {
    let (who, _) = caller(call, language);
    let title = language.choose(
        "Hvad ville have gjort det rigtigt?",
        "What would have made it right?",
    );
    let body = html! {
        a class="back" href={ "/calls/" (call.id) } { "← " (who) }
        h1 { (title) }
        section class="card proposal" {
            p { (language.choose(
                "Mærket er gemt. Opkaldene spilles igennem af en anden lige nu, så ændringer kan først prøves om lidt.",
                "The mark is kept. The calls are being played for somebody else just now, so changes can be tried in a while.")) }
            p class="buttons" {
                a class="button main" href={ "/calls/" (call.id) "/proposals" } { (language.choose("Prøv igen", "Try again")) }
                a class="button" href={ "/calls/" (call.id) } { (language.choose("Tilbage til opkaldet", "Back to the call")) }
            }
        }
    };
    Page::new(title, body).at(Place::Calls)
}

fn card(
    call: &Call,
    number: usize,
    proposal: &Proposal,
    writing: Writing,
    language: Language,
) -> Markup {
    let sentences: Vec<String> = proposal
        .changes
        .iter()
        .map(|one| told(one, language))
        .collect();
    let base = proposal
        .before
        .as_ref()
        .map(|text| hex::encode(sha256(text)));
    html! {
        section class="card proposal" aria-labelledby={ "proposal-" (number) } {
            h2 id={ "proposal-" (number) } { (sentences.join(" ")) }
            p { (effect(call, &proposal.effect, language)) }
            p { (sampled(&proposal.sample, language)) }
            @if others(call, &proposal.effect).next().is_some() {
                ul class="hits" {
                    @for change in others(call, &proposal.effect) {
                        li { a href={ "/calls/" (change.id) } { "“" (change.opening) "”" } }
                    }
                }
            }
            details {
                summary { (language.choose("Ændringen i ", "The change in ")) code { (proposal.path) } }
                pre class="diff" tabindex="0" { (proposal.diff) }
            }
            @match writing { Writing::Here => {
                form class="buttons" method="post" action="/rules/save" {
                    input type="hidden" name="path" value=(proposal.path);
                    input type="hidden" name="base" value=[base.as_ref()];
                    input type="hidden" name="text" value=(proposal.after);
                    button class=[(number == 1).then_some("main")] { (language.choose("Gør det sådan", "Do it so")) }
                }
            } Writing::Nowhere => {} Writing::NotByHim => {
                p class="quiet small" { (language.choose("Kun en ejer af hele huset kan ændre reglerne.", "Only an owner of the whole house can change the rules.")) }
            } }
        }
    }
}

/// The other calls that a change would change.
fn others<'a>(call: &Call, effect: &'a Replayed) -> impl Iterator<Item = &'a Change> {
    let own = call.id;
    effect.changes.iter().filter(move |change| change.id != own)
}

/// Whether a caller who was put through would be turned away.
fn turns_away(change: &Change) -> bool {
    let now = match change.now {
        Again::Judged { treatment, .. } => Some(treatment),
        Again::AsksOn { .. } => None,
    };
    (change.was, now) == (Treatment::Connect, Some(Treatment::Reject))
}

/// What a change does to the log, in a sentence.
fn effect(call: &Call, effect: &Replayed, language: Language) -> String {
    let judged = number(effect.judged, language);
    let own = effect.changes.iter().find(|change| change.id == call.id);
    let changed = effect.changed.saturating_sub(usize::from(own.is_some()));
    let came_through = !Recorded::of(call, None).is_refused_by_owner();
    let is_lost = came_through && own.is_some_and(turns_away);
    let lost = effect
        .connected_then_rejected
        .saturating_sub(usize::from(is_lost));
    let mut sentence = match changed {
        0 => language.choose(
            format!("Ingen andre af de seneste {judged} opkald ville være endt anderledes."),
            format!("No other of the latest {judged} calls would have ended otherwise."),
        ),
        1 => language.choose(
            format!("Af de seneste {judged} opkald ville ét være endt anderledes."),
            format!("Of the latest {judged} calls, one would have ended otherwise."),
        ),
        changed => {
            let changed = number(changed, language);
            language.choose(
                format!("Af de seneste {judged} opkald ville {changed} være endt anderledes."),
                format!("Of the latest {judged} calls, {changed} would have ended otherwise."),
            )
        }
    };
    if lost > 0 {
        sentence.push_str(&language.choose(
            format!(" {lost} af dem blev sat igennem og ville blive afvist."),
            format!(" {lost} of them came through and would be turned away."),
        ));
    }
    if effect.marks_mended > 0 {
        sentence.push_str(&language.choose(
            format!(
                " Af dine mærkede opkald bliver {} rigtigt bedømt.",
                effect.marks_mended
            ),
            format!(" {} of your marks would be met.", effect.marks_mended),
        ));
    }
    sentence
}

/// What a change does to the sample, in a sentence.
fn sampled(sample: &Sampled, language: Language) -> String {
    let Sampled {
        conversations,
        mended,
        lost,
        ..
    } = *sample;
    let all = number(conversations, language);
    let told = (number(mended, language), number(lost, language));
    match (mended, lost) {
        _ if conversations == 0 => language
            .choose(
                "Der var ikke tid til at prøve den på samtaler.",
                "There was no time to try it on sample conversations.",
            )
            .to_owned(),
        (0, 0) => language.choose(
            format!("Ingen af {all} prøvesamtaler ender anderledes."),
            format!("None of {all} sample conversations ends otherwise."),
        ),
        _ => language.choose(
            format!(
                "Af {all} prøvesamtaler bliver {} rigtigt bedømt og {} forkert.",
                told.0, told.1
            ),
            format!(
                "Of {all} sample conversations {} are set right and {} turned wrong.",
                told.0, told.1
            ),
        ),
    }
}

fn why_not(nothing: &Nothing, language: Language) -> &'static str {
    match nothing {
        Nothing::NotByRules => language.choose(
            "Ingen regel afgjorde opkaldet: det gjorde du selv, dine lister eller en kampagne, du har afvist, eller også lagde den, der ringede, på inden.",
            "No rule decided this call: you, your lists or a campaign you refused did, or the caller hung up before.",
        ),
        Nothing::Forgotten => language.choose(
            "Det, der blev sagt, er slettet, så ingen anden regel kan prøves på opkaldet.",
            "What was said is removed by now, so no other rule can be tried on this call.",
        ),
        Nothing::AlreadyRight => language.choose(
            "Med reglerne, som de er nu, ender opkaldet, som det skal.",
            "Under the rules as they stand, this call ends as it should.",
        ),
        Nothing::Broken => language.choose(
            "Reglerne, som de står i filerne, virker ikke. Ret dem først.",
            "The rules as they stand do not work. Mend them first.",
        ),
        Nothing::OutOfTime => language.choose(
            "Der blev ikke fundet en ændring i den tid, der var. Prøv igen om lidt.",
            "No change was found in the time there was. Try again in a while.",
        ),
        Nothing::CostsMore => language.choose(
            "Hver lille ændring, der retter dette opkald, ville dømme flere andre forkert, end den retter. Sæt nummeret på en liste.",
            "Every small change that mends this call would turn more others wrong than it sets right. Put the number on a list.",
        ),
        Nothing::NothingDoes => language.choose(
            "Ingen lille ændring af en regel får opkaldet til at ende, som det skal. Sæt nummeret på en liste, eller skriv en regel selv.",
            "No small change of a rule makes this call end as it should. Put the number on a list, or write a rule yourself.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallId, Ground};
    use crate::screening::sample;

    #[test]
    fn the_call_itself_is_no_other_call() {
        let call = sample::call();
        let turned_away = |id: CallId| Change {
            id,
            was: Treatment::Connect,
            now: Again::Judged {
                treatment: Treatment::Reject,
                ground: Ground::UntargetedSelling,
            },
            mark: None,
            agrees: None,
            opening: String::new(),
        };
        let of = |ids: &[CallId]| Replayed {
            judged: 200,
            changed: ids.len(),
            connected_then_rejected: ids.len(),
            changes: ids.iter().copied().map(turned_away).collect(),
            ..Replayed::default()
        };
        let told = |ids: &[CallId]| effect(&call, &of(ids), Language::En);
        let none = "No other of the latest 200 calls would have ended otherwise.";
        assert_eq!(told(&[call.id]), none);
        let other = CallId::new(call.started_at);
        let lost = "Of the latest 200 calls, one would have ended otherwise. \
                    1 of them came through and would be turned away.";
        assert_eq!(told(&[call.id, other]), lost);
        assert_eq!(told(&[other]), lost);
    }
}
