//! Right or wrong: the owner's word on how a call was judged, with one tap.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::read;
use crate::call::{Call, Judged, Language, Mark, Treatment, bilingual};
use crate::evaluation::Recorded;
use crate::web::desk::filter::verdict;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

const MARKED: &str = "marked";
const UNMARKED: &str = "unmarked";

/// What the owner tapped: `right`, `wrong`, `off`, or what should have become of the caller.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Tapped {
    judged: String,
}

/// Marks a call, or takes the mark away.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Response {
    let marked = async {
        let call = read(&app, &id).await?;
        let judged = match tapped.judged.as_str() {
            "off" => None,
            "right" => Some(Judged::Right),
            "wrong" => Some(Judged::Wrong { should: None }),
            should => Some(Judged::Wrong {
                should: Some(verdict(should).ok_or_else(|| {
                    Problem::invalid(bilingual!("dette er intet mærke", "this is no mark"))
                })?),
            }),
        };
        let now = app.now();
        let mark = judged.map(|judged| Mark::new(judged, "", app.visitor().name(), now));
        app.put_mark(call.id, mark.as_ref()).await?;
        let is_wrong = judged.is_some_and(Judged::is_wrong);
        Ok::<_, Problem>(is_wrong && app.whole().is_some())
    };
    match marked.await {
        Ok(true) => Redirect::to(&format!("/calls/{id}/proposals")).into_response(),
        Ok(false) => {
            let word = if tapped.judged == "off" {
                UNMARKED
            } else {
                MARKED
            };
            Redirect::to(&format!("/calls/{id}?done={word}")).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// What the page says after it.
pub(super) fn done(word: &str, language: Language) -> Option<&'static str> {
    match word {
        MARKED => Some(language.choose("Mærket er gemt.", "The mark is kept.")),
        UNMARKED => Some(language.choose("Mærket er fjernet.", "The mark is taken away.")),
        _ => None,
    }
}

/// The mark of a call.
pub(super) async fn of(app: &Seen, call: &Call) -> Result<Option<Mark>, Problem> {
    app.mark(call).await
}

/// The buttons; for whoever only looks, the mark alone.
pub(super) fn card(app: &Seen, call: &Call, mark: Option<&Mark>, language: Language) -> Markup {
    let Some(verdict) = &call.verdict else {
        return html! {};
    };
    let may_mark = app.may_change(Some(&call.line));
    if mark.is_none() && !may_mark {
        return html! {};
    }
    let given = verdict.would_have.unwrap_or(verdict.treatment);
    let recorded = Recorded::of(call, mark.map(|mark| mark.judged));
    let is_mendable = app.whole().is_some() && recorded.should_have_been().is_some();
    html! {
        section class="card" aria-labelledby="right" {
            h2 id="right" { (language.choose("Var det rigtigt?", "Was that right?")) }
            @if let Some(mark) = mark { p class="marked" { (mark.judged.word(language)) } }
            @if may_mark { form class="buttons" method="post" action={ "/calls/" (call.id) "/mark" } {
                @if mark.is_some() {
                    button class="plain" name="judged" value="off" { (language.choose("Fjern mærket", "Take the mark away")) }
                } @else {
                    button class="connect" name="judged" value="right" { "✓ " (language.choose("Rigtigt", "Right")) }
                    @for (should, value, name) in [
                        (Treatment::Connect, "connect", language.choose("Forkert: skulle igennem", "Wrong: should come through")),
                        (Treatment::Message, "message", language.choose("Forkert: hellere en besked", "Wrong: rather a message")),
                        (Treatment::Reject, "reject", language.choose("Forkert: skulle afvises", "Wrong: should be turned away")),
                    ] {
                        @if should != given { button name="judged" value=(value) { (name) } }
                    }
                }
            } }
            @if is_mendable {
                p class="after" {
                    a href={ "/calls/" (call.id) "/proposals" } {
                        @if recorded.is_refused_by_owner() {
                            (language.choose(
                                "Se, hvilken ændring af reglerne der ville have sparet dig for at tage telefonen",
                                "See which change of the rules would have saved you from picking up"))
                        } @else {
                            (language.choose(
                                "Se, hvilken ændring af reglerne der ville have gjort det rigtigt",
                                "See which change of the rules would have made it right"))
                        }
                    }
                }
            }
        }
    }
}
