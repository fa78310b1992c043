//! What the doorman did over time: calls by day and verdict, questions, hang-ups, time saved, the
//! campaigns that called, and how often the owner agrees.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::Page;
use super::place::Place;
use super::time::{day_heading, short_day};
use super::trouble;
use crate::call::quantity::{number, share};
use crate::call::{CallId, Disposition, Language, Treatment};
use crate::screening::campaign::Campaign;
use crate::service::figures::{Figures, Precision};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

mod chart;

/// The spans that can be chosen, in days.
const SPANS: [i64; 3] = [7, 30, 90];
/// How many campaigns are shown: those with the most calls.
const CAMPAIGNS: usize = 6;
/// How the owner finds a campaign of the table in the chart.
const LETTERS: [char; CAMPAIGNS] = ['A', 'B', 'C', 'D', 'E', 'F'];

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    days: String,
}

/// The figures of a day.
#[derive(Debug, Clone, Copy)]
struct Day {
    date: Date,
    figures: Figures,
}

/// A campaign that called.
#[derive(Debug, Clone, Default)]
struct Busy {
    letter: char,
    id: Option<CallId>,
    /// Hostile text.
    name: String,
    /// Its calls on each day, as far as they are remembered one by one.
    by_day: Vec<u32>,
    /// All its calls, those before included.
    calls: u32,
    numbers: usize,
    refused: bool,
}

/// All that the page shows.
struct Shape {
    all: Figures,
    days: Vec<Day>,
    precision: Precision,
    /// Nothing for whoever does not see them.
    campaigns: Option<Vec<Busy>>,
}

/// The page.
pub(super) async fn page(app: Seen, shown: Shown, Query(asked): Query<Asked>) -> Response {
    let span = asked.days.parse().ok();
    let span = span.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[1]);
    match read(&app, span).await {
        Ok(shape) => render(&shape, span, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn read(app: &Seen, span: i64) -> Result<Shape, Problem> {
    let policies = app.policies();
    let zone = policies.lines()[0].line.time_zone.clone();
    let today = zone.to_datetime(app.now()).date();
    let first = today
        .checked_sub((span - 1).days())
        .map_err(Problem::internal)?;
    let from = first
        .to_zoned_datetime(zone.clone())
        .map_err(Problem::internal)?;
    let mut days: Vec<Day> = first
        .series(1.day())
        .take_while(|date| *date <= today)
        .map(|date| Day {
            date,
            figures: Figures::default(),
        })
        .collect();
    let marks = app.every_mark().await?;
    let mut all = Figures::default();
    let mut precision = Precision::default();
    app.each_call(from.timestamp(), |call| {
        let date = zone.to_datetime(call.started_at).date();
        all.add(call);
        if let Some(mark) = marks.get(&call.id) {
            precision.add(call, mark);
        }
        if let Ok(at) = days.binary_search_by_key(&date, |day| day.date) {
            days[at].figures.add(call);
        }
    })
    .await?;
    let now = app.now();
    let is_refused = |one: &Campaign| one.refused_until.is_some_and(|until| now < until);
    let campaigns = app.campaigns();
    let campaigns = campaigns.map(|known| busy(&known.all(), &days, &zone, is_refused));
    Ok(Shape {
        all,
        days,
        precision,
        campaigns,
    })
}

/// The campaigns that called on these days, those with the most calls first.
fn busy(
    all: &[Campaign],
    days: &[Day],
    zone: &TimeZone,
    is_refused: impl Fn(&Campaign) -> bool,
) -> Vec<Busy> {
    let mut found: Vec<Busy> = all
        .iter()
        .filter(|one| !one.simulated && one.calls > 1)
        .map(|one| {
            let mut by_day = vec![0; days.len()];
            for sighting in &one.sightings {
                let date = zone.to_datetime(sighting.at).date();
                if let Ok(at) = days.binary_search_by_key(&date, |day| day.date) {
                    by_day[at] += 1;
                }
            }
            Busy {
                letter: ' ',
                id: Some(one.id),
                name: one.name(),
                by_day,
                calls: one.calls,
                numbers: one.numbers(),
                refused: is_refused(one),
            }
        })
        .filter(|one| one.by_day.iter().any(|calls| *calls > 0))
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.by_day.iter().sum::<u32>()));
    found.truncate(CAMPAIGNS);
    for (one, letter) in found.iter_mut().zip(LETTERS) {
        one.letter = letter;
    }
    found
}

fn render(shape: &Shape, span: i64, language: Language) -> Page {
    let title = Place::Statistics.name(language);
    let body = html! {
        div class="head" {
            h1 { (title) }
            nav class="tabs push" aria-label=(language.choose("Tidsrum", "Time span")) {
                @for days in SPANS {
                    a href={ "?days=" (days) } aria-current=[(days == span).then_some("page")] { (days) " " (language.choose("dage", "days")) }
                }
            }
        }
        (tiles(&shape.all, language))
        section class="card" aria-labelledby="by-day" {
            h2 id="by-day" { (language.choose("Opkald dag for dag", "Calls by day")) }
            @if shape.all.calls == 0 {
                p class="quiet" { (language.choose("Ingen opkald i det tidsrum.", "No calls in that time.")) }
            } @else {
                (chart::bars(&shape.days, language))
                ul class="legend" aria-hidden="true" {
                    li class="connect" { (Treatment::Connect.word(language)) }
                    li class="message" { (Treatment::Message.word(language)) }
                    li class="reject" { (Treatment::Reject.word(language)) }
                    li class="over" { (Disposition::Abandoned.word(language)) " / " (language.choose("ikke afgjort", "not decided")) }
                }
                details {
                    summary { (language.choose("Som tabel", "As a table")) }
                    (table(&shape.days, language))
                }
            }
        }
        div class="pair" {
            @if let Some(seen) = &shape.campaigns {
                div class="card" {
                    h2 id="campaigns" { (language.choose("Kampagner", "Campaigns")) }
                    (campaigns(seen, &shape.days, language))
                }
            }
            div class="card" {
                h2 id="precision" { (language.choose("Efter dine mærker", "By your marks")) }
                (precision(&shape.precision, language))
            }
        }
        p class="quiet small" {
            (language.choose(
                "Prøveopkald tæller ikke med. Minutter er sparet ved opkald, der blev afvist: tiden hos Portner, og ét minut til at finde tilbage til arbejdet.",
                "Trial calls do not count. Minutes are saved by calls that were turned away: the time with Portner, and one minute to get back to work."))
        }
    };
    Page::new(title, body).at(Place::Statistics)
}

fn tiles(all: &Figures, language: Language) -> Markup {
    let tile =
        |name: &str, value: String| html! { div { dt { (name) } dd class="figure" { (value) } } };
    html! {
        dl class="tiles" {
            (tile(language.choose("Opkald", "Calls"), number(all.calls, language)))
            (tile(language.choose("Sat igennem", "Put through"), number(all.connected, language)))
            (tile(language.choose("Pæne nej", "Polite nos"), number(all.rejected, language)))
            (tile(language.choose("Minutter sparet", "Minutes saved"), number(all.minutes_saved(), language)))
            (tile(language.choose("Spørgsmål pr. opkald", "Questions per caller"), all.mean_questions(language)))
            (tile(language.choose("Lagde på undervejs", "Hung up while asked"), hung_up(all, language)))
        }
    }
}

/// How many hung up while they were asked, and which part of all who were.
fn hung_up(all: &Figures, language: Language) -> String {
    let part = share(all.hung_up, all.asked, language);
    if all.asked == 0 {
        return part;
    }
    format!("{} ({part})", number(all.hung_up, language))
}

fn campaigns(seen: &[Busy], days: &[Day], language: Language) -> Markup {
    if seen.is_empty() {
        return html! {
            p class="quiet" { (language.choose(
                "Når flere ringer med næsten de samme ord, står de samlet her.",
                "When several people call with nearly the same words, they stand together here.")) }
        };
    }
    html! {
        (chart::campaigns(seen, days, language))
        div class="scroll" role="region" tabindex="0" aria-labelledby="campaigns" {
            table {
                thead { tr {
                    th scope="col" { (language.choose("Kampagne", "Campaign")) }
                    th scope="col" class="points" { (language.choose("I tidsrummet", "In this time")) }
                    th scope="col" class="points" { (language.choose("I alt", "In all")) }
                    th scope="col" class="points" { (language.choose("Numre", "Numbers")) }
                } }
                tbody {
                    @for one in seen {
                        tr {
                            th scope="row" {
                                span class="quiet" { (one.letter) } " "
                                @if let Some(id) = one.id { a href={ "/calls?campaign=" (id) } { "“" (one.name) "”" } }
                                @if one.refused { " " span class="tag" { (language.choose("afvises", "refused")) } }
                            }
                            td class="points" { (number(one.by_day.iter().sum::<u32>(), language)) }
                            td class="points" { (number(one.calls, language)) }
                            td class="points" { (number(one.numbers, language)) }
                        }
                    }
                }
            }
        }
        p class="quiet small" { (language.choose(
            "Af hver kampagne huskes de nyeste 20 opkald et for et.",
            "The newest 20 calls of each campaign are remembered one by one.")) }
    }
}

fn precision(precision: &Precision, language: Language) -> Markup {
    let verdicts = [Treatment::Reject, Treatment::Message, Treatment::Connect];
    if verdicts
        .iter()
        .all(|verdict| precision.of(*verdict).all() == 0)
    {
        return html! {
            p class="quiet" { (language.choose(
                "Mærk opkald som rigtige eller forkerte på deres side. Så står det her, hvor tit Portner rammer.",
                "Mark calls right or wrong on their pages. Then it stands here how often Portner is right.")) }
        };
    }
    html! {
        div class="scroll" role="region" tabindex="0" aria-labelledby="precision" {
            table {
                thead { tr {
                    th scope="col" { (language.choose("Udfald", "Verdict")) }
                    th scope="col" class="points" { (language.choose("Rigtige", "Right")) }
                    th scope="col" class="points" { (language.choose("Forkerte", "Wrong")) }
                    th scope="col" class="points" { (language.choose("Rammer", "Precision")) }
                } }
                tbody {
                    @for verdict in verdicts {
                        @let marked = precision.of(verdict);
                        tr {
                            th scope="row" { (verdict.word(language)) }
                            td class="points" { (number(marked.right, language)) }
                            td class="points" { (number(marked.wrong, language)) }
                            td class="points" { (share(marked.right, marked.all(), language)) }
                        }
                    }
                }
            }
        }
    }
}

fn table(days: &[Day], language: Language) -> Markup {
    let today = days.last().map(|day| day.date).unwrap_or_default();
    html! {
        div class="scroll" role="region" tabindex="0" aria-label=(language.choose("Dag for dag, som tabel", "By day, as a table")) {
            table {
                thead { tr {
                    th scope="col" { (language.choose("Dag", "Day")) }
                    th scope="col" class="points" { (language.choose("Opkald", "Calls")) }
                    th scope="col" class="points" { (Treatment::Connect.word(language)) }
                    th scope="col" class="points" { (Treatment::Message.word(language)) }
                    th scope="col" class="points" { (Treatment::Reject.word(language)) }
                    th scope="col" class="points" { (language.choose("Lagde på", "Hung up")) }
                    th scope="col" class="points" { (language.choose("Minutter sparet", "Minutes saved")) }
                } }
                tbody {
                    @for day in days.iter().rev().filter(|day| day.figures.calls > 0) {
                        tr {
                            th scope="row" title=(short_day(day.date, language)) { (day_heading(day.date, today, language)) }
                            @for count in [day.figures.calls, day.figures.connected, day.figures.messages, day.figures.rejected, day.figures.hung_up] {
                                td class="points" { (number(count, language)) }
                            }
                            td class="points" { (number(day.figures.minutes_saved(), language)) }
                        }
                    }
                }
            }
        }
    }
}
