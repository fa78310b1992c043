//! Calls in progress, turn by turn, and what the owner can do with them; messages that wait; the latest
//! calls; today in a sentence.

use axum::Json;
use axum::extract::{Form, Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::Event;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::alarms::troubles;
use super::assets;
use super::calls::state;
use super::guide;
use super::layout::Page;
use super::place::Place;
use super::trouble;
use crate::call::{Call, CallId, Language, OwnerAction};
use crate::service::figures::Figures;
use crate::service::{ActError, Acted};
use crate::store::CallFilter;
use crate::web::App;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;
use crate::web::stream;

mod card;
mod latest;
mod listening;
pub(super) mod switching;
mod waiting;

use self::card::Card;
pub(in crate::web) use self::listening::Past;
use self::listening::Weeks;
use self::waiting::Waiting;

/// A call whose end was never told is not thought to go on for longer than this.
const LONGEST_CALL: SignedDuration = SignedDuration::from_hours(2);
/// A trial call that nobody plays on for so long was left: a page that is closed tells of no end.
const TRIAL_LEFT: SignedDuration = SignedDuration::from_mins(5);
/// How many calls are looked through for those in progress.
const MOST: usize = 200;

/// The first page.
pub(super) async fn page(app: Seen, shown: Shown, Query(came): Query<switching::Came>) -> Response {
    let language = shown.language;
    let invitation = guide::invitation(&app, language).await;
    let found = async {
        let mut weeks = Weeks::before(&app, midnight(&app)).await?;
        let beside = Beside::read(&app, language, |call| weeks.add(call)).await?;
        Ok::<_, Problem>((in_progress(&app).await?, beside, weeks))
    };
    match found.await {
        Ok((calls, beside, weeks)) => {
            let done = switching::done(&app, &came, language);
            let notes = html! { (invitation) (done) (weeks.notes(&app, language)) };
            render(&app, &calls, &beside, &notes, &shown).respond(&shown)
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// What stands beside the calls in progress.
#[derive(Debug, Serialize)]
pub(super) struct Beside {
    /// Today in a sentence.
    today: String,
    waiting: Waiting,
    latest: Vec<latest::Day>,
}

impl Beside {
    /// Reads it; `look` is shown each of today's calls.
    async fn read(
        app: &Seen,
        language: Language,
        look: impl FnMut(&Call) + Send,
    ) -> Result<Self, Problem> {
        Ok(Self {
            today: today(app, look).await?.sentence(language),
            waiting: Waiting::read(app, language).await?,
            latest: latest::read(app, language).await?,
        })
    }
}

fn render(app: &Seen, calls: &[Call], beside: &Beside, notes: &Markup, shown: &Shown) -> Page {
    let language = shown.language;
    let title = Place::Now.name(language);
    let body = html! {
        div class="head" {
            h1 { (title) }
            (state(language))
            fieldset class="switches-now push small" hidden {
                legend class="sr" { (language.choose("Ved nye opkald", "On new calls")) }
                label class="check" {
                    input id="ring-me" type="checkbox";
                    (language.choose("Lyd", "Sound"))
                }
                label class="check" hidden {
                    input id="tell-me" type="checkbox" data-title=(language.choose("Nyt opkald", "New call"))
                        data-denied=(language.choose("Browseren er sat til ikke at vise beskeder herfra.", "The browser is set to show no messages from here."))
                        data-unable=(language.choose("Browseren her viser ingen beskeder fra en side.", "This browser shows no messages that a page makes."));
                    (language.choose("Besked fra browseren", "Browser notification"))
                }
            }
        }
        @if let Some(house) = app.whole() { (troubles(house, shown)) }
        (notes)
        p class="note trouble" id="act-trouble" role="alert" hidden {}
        div id="now" data-live="/now/live" data-beside="/now/beside"
            data-failed=(language.choose("Det lykkedes ikke. Prøv igen.", "That did not work. Try again.")) {
            @for call in calls { (Card::of(app, call, language).markup(app.may_change(Some(&call.line)), language)) }
        }
        (beside.waiting.markup())
        section class="card quiet-now" id="none" hidden[!calls.is_empty()] {
            p class="big" { (language.choose("Der er stille.", "It is quiet.")) }
            p class="quiet" { (language.choose(
                "Når nogen ringer, står samtalen her, mens den foregår.",
                "When somebody calls, the conversation stands here as it goes.")) }
        }
        section class="today" aria-labelledby="today-name" {
            h2 id="today-name" { (language.choose("I dag", "Today")) }
            p id="today" class="big" { (beside.today) }
            p class="quiet small" {
                (language.choose(
                    "Minutter er sparet ved opkald, der blev afvist: tiden hos Portner, og ét minut til at finde tilbage til arbejdet.",
                    "Minutes are saved by calls that were turned away: the time with Portner, and one minute to get back to work."))
            }
        }
        (latest::markup(&beside.latest, language))
        template id="card" { (Card::empty(language).markup(app.may_change_some_line(), language)) }
    };
    Page::new(title, body)
        .at(Place::Now)
        .script(&assets::ROW)
        .script(&assets::NOW)
}

async fn in_progress(app: &Seen) -> Result<Vec<Call>, Problem> {
    let now = app.now();
    let filter = CallFilter {
        from: now.checked_sub(LONGEST_CALL).ok(),
        simulated: true,
        ..CallFilter::default()
    };
    let mut calls = app.calls(&filter, None, MOST).await?.calls;
    calls.retain(|call| is_in_progress(call, now));
    Ok(calls)
}

/// Whether a call goes on, as far as is known: the end of one may never have been told.
fn is_in_progress(call: &Call, now: Timestamp) -> bool {
    let latest = call
        .timeline
        .last()
        .map_or(call.started_at, |entry| entry.at);
    let was_left = call.simulated && now.duration_since(latest) > TRIAL_LEFT;
    !call.is_over() && !was_left && now.duration_since(call.started_at) <= LONGEST_CALL
}

/// When today began.
fn midnight(app: &Seen) -> Timestamp {
    let policies = app.policies();
    let zone = policies.lines()[0].line.time_zone.clone();
    let now = app.now().to_zoned_datetime(zone);
    now.start_of_day()
        .map_or(now.timestamp(), |day| day.timestamp())
}

async fn today(app: &Seen, mut look: impl FnMut(&Call) + Send) -> Result<Figures, Problem> {
    let mut figures = Figures::default();
    app.each_call(midnight(app), |call| {
        figures.add(call);
        look(call);
    })
    .await?;
    Ok(figures)
}

/// What stands beside the calls in progress, for the script.
pub(super) async fn beside(app: Seen, shown: Shown) -> Result<Json<Beside>, Problem> {
    Beside::read(&app, shown.language, |_| {}).await.map(Json)
}

/// Calls as they go, as the fields of their cards.
pub(super) async fn live(app: Seen, shown: Shown) -> Result<Response, Problem> {
    let watching = app.clone();
    stream::open(&app, move |call| {
        let card = Card::of(&watching, call, shown.language);
        Event::default()
            .event("call")
            .json_data(&card)
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a change of a call cannot be told");
                Event::default().event("reload").data("1")
            })
    })
}

/// What the owner wants with a call.
#[derive(Deserialize)]
pub(super) struct Wish {
    action: String,
}

/// The house, where the call is on a line of his.
async fn changeable(app: &Seen, id: CallId) -> Result<&App, Problem> {
    let call = app.call(id).await?;
    let call = call.ok_or_else(Problem::no_such_call)?;
    app.to_change(&call.line)
}

/// Does it, and says in a sentence what came of it.
pub(super) async fn act(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(wish): Form<Wish>,
) -> Response {
    let language = shown.language;
    let (Some(id), Some(action)) = (CallId::parse(&id), OwnerAction::parse(&wish.action)) else {
        return trouble(&shown, &Problem::no_such_call());
    };
    let house = match changeable(&app, id).await {
        Ok(house) => house,
        Err(problem) => return trouble(&shown, &problem),
    };
    let (status, words) = match house.state.service.act(id, action).await {
        Ok(Acted::Now) => (
            StatusCode::OK,
            language.choose("Det er gjort.", "It is done."),
        ),
        Ok(Acted::WithTheNextAnswer) => (
            StatusCode::OK,
            language.choose(
                "Det sker, når den, der ringer, har svaret næste gang.",
                "It happens when the caller has given his next answer.",
            ),
        ),
        Err(ActError::TooLate) => (
            StatusCode::CONFLICT,
            language.choose(
                "Opkaldet er kommet videre, så det kan ikke gøres mere.",
                "The call has gone on, so this cannot be done any more.",
            ),
        ),
        Err(ActError::Unknown) => {
            return trouble(&shown, &Problem::no_such_call());
        }
        Err(error @ (ActError::NotKept | ActError::Store(_))) => {
            tracing::warn!(%error, "a wish of the owner came to nothing");
            return trouble(&shown, &Problem::store_away());
        }
    };
    let body = html! {
        h1 { (words) }
        p { a class="button" href="/" { (language.choose("Tilbage", "Back")) } }
    };
    let page = Page::new(words, body).at(Place::Now).found_at("/");
    let mut response = page.respond(&shown);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn a_trial_that_was_left_goes_on_no_longer_than_minutes_and_a_call_for_hours() {
        let real = sample::call(1);
        let trial = Call {
            simulated: true,
            ..real.clone()
        };
        let after = |minutes| real.started_at + SignedDuration::from_mins(minutes);
        assert!(is_in_progress(&trial, after(4)) && is_in_progress(&real, after(4)));
        assert!(!is_in_progress(&trial, after(20)) && is_in_progress(&real, after(20)));
        assert!(!is_in_progress(&real, after(121)));
    }
}
