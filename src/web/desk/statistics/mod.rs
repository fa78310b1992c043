//! What the doorman did over time: calls by day and verdict, questions, hang-ups, time saved.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::figures::{Figures, each_call};
use super::layout::Page;
use super::place::Place;
use super::time::{day_heading, short_day};
use super::trouble;
use crate::call::{Disposition, Language, Treatment};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

mod chart;

/// The spans that can be chosen, in days.
const SPANS: [i64; 3] = [7, 30, 90];

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

/// The page.
pub(super) async fn page(app: Seen, shown: Shown, Query(asked): Query<Asked>) -> Response {
    let span = asked.days.parse().ok();
    let span = span.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[1]);
    match read(&app, span).await {
        Ok((all, days)) => render(&all, &days, span, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn read(app: &Seen, span: i64) -> Result<(Figures, Vec<Day>), Problem> {
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
    let mut all = Figures::default();
    each_call(app, from.timestamp(), None, |call| {
        let date = zone.to_datetime(call.started_at).date();
        all.add(call);
        if let Ok(at) = days.binary_search_by_key(&date, |day| day.date) {
            days[at].figures.add(call);
        }
    })
    .await?;
    Ok((all, days))
}

fn render(all: &Figures, days: &[Day], span: i64, language: Language) -> Page {
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
        (tiles(all, language))
        section class="card" aria-labelledby="by-day" {
            h2 id="by-day" { (language.choose("Opkald dag for dag", "Calls by day")) }
            (chart::bars(days, language))
            ul class="legend" aria-hidden="true" {
                li class="connect" { (Treatment::Connect.word(language)) }
                li class="message" { (Treatment::Message.word(language)) }
                li class="reject" { (Treatment::Reject.word(language)) }
                li class="over" { (Disposition::Abandoned.word(language)) " / " (language.choose("ikke afgjort", "not decided")) }
            }
            details {
                summary { (language.choose("Som tabel", "As a table")) }
                (table(days, language))
            }
        }
        p class="quiet small" {
            (language.choose(
                "Prøveopkald tæller ikke med. Et minut er sparet, når et opkald blev afvist: tiden hos Portner, og ét minut til at finde tilbage til arbejdet.",
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
            (tile(language.choose("Opkald", "Calls"), all.calls.to_string()))
            (tile(language.choose("Sat igennem", "Put through"), all.connected.to_string()))
            (tile(language.choose("Pæne nej", "Polite nos"), all.rejected.to_string()))
            (tile(language.choose("Minutter sparet", "Minutes saved"), all.minutes_saved().to_string()))
            (tile(language.choose("Spørgsmål pr. opkald", "Questions per caller"), average(all.questions, all.asked, language)))
            (tile(language.choose("Lagde på undervejs", "Hung up while asked"), share(all.hung_up, all.asked)))
        }
    }
}

/// A mean with one decimal, as it is written in this language.
fn average(sum: u32, count: u32, language: Language) -> String {
    if count == 0 {
        return "–".to_owned();
    }
    let mean = format!("{:.1}", f64::from(sum) / f64::from(count));
    language.choose(mean.replace('.', ","), mean)
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!(
        "{} ({:.0} %)",
        part,
        100.0 * f64::from(part) / f64::from(whole)
    )
}

fn table(days: &[Day], language: Language) -> Markup {
    let today = days.last().map(|day| day.date).unwrap_or_default();
    html! {
        div class="scroll" role="region" tabindex="0" aria-labelledby="by-day" {
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
                                td class="points" { (count) }
                            }
                            td class="points" { (day.figures.minutes_saved()) }
                        }
                    }
                }
            }
        }
    }
}
