//! The latest calls that are over, day by day, as rows of the log.

use jiff::civil::Date;
use maud::{Markup, html};
use serde::Serialize;

use super::is_in_progress;
use crate::call::Language;
use crate::store::CallFilter;
use crate::web::desk::row::Row;
use crate::web::desk::time::day_heading;
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// How many are shown.
const ROWS: usize = 5;
/// How many are looked through for them: those in progress are among the latest.
const LOOKED_THROUGH: usize = 25;

/// The rows of a day.
#[derive(Debug, Serialize)]
pub(super) struct Day {
    date: Date,
    name: String,
    rows: Vec<Row>,
}

/// The latest real calls, newest first.
pub(super) async fn read(app: &Seen, language: Language) -> Result<Vec<Day>, Problem> {
    // Trials are no calls of the day, and Portner makes some by itself.
    let filter = CallFilter::default();
    let now = app.now();
    let mut calls = app.calls(&filter, None, LOOKED_THROUGH).await?.calls;
    calls.retain(|call| !is_in_progress(call, now));
    calls.truncate(ROWS);
    let rows: Vec<Row> = calls
        .iter()
        .map(|call| Row::of(app, call, language))
        .collect();
    let today = app.policies().lines()[0].line.time_zone.to_datetime(now);
    let days = rows.chunk_by(|one, other| one.day == other.day);
    Ok(days
        .map(|rows| Day {
            date: rows[0].day,
            name: day_heading(rows[0].day, today.date(), language),
            rows: rows.to_vec(),
        })
        .collect())
}

/// The latest calls, and the way to all of them.
pub(super) fn markup(days: &[Day], language: Language) -> Markup {
    html! {
        section class="latest" aria-labelledby="latest-name" hidden[days.is_empty()] {
            div class="head" {
                h2 id="latest-name" { (language.choose("Seneste opkald", "Latest calls")) }
                a class="push small" href="/calls" { (language.choose("Se alle opkald", "See all calls")) }
            }
            div id="latest" {
                @for day in days {
                    p class="day" id={ "day-" (day.date) } { (day.name) }
                    ol class="log" aria-labelledby={ "day-" (day.date) } {
                        @for row in &day.rows { (row.markup(language)) }
                    }
                }
            }
            template id="row" { (Row::empty().markup(language)) }
        }
    }
}
