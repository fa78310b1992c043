//! Bars, drawn on the server as SVG. Colours come from the style sheet, numbers also stand in a
//! table beside it.

use maud::{Markup, html};

use super::Day;
use crate::call::Language;
use crate::web::desk::time::short_day;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 200;
/// The room under the bars for the days, and over them for the numbers.
const FOOT: u32 = 20;
const HEAD: u32 = 16;
/// The room beside the bars, for the names of the first and the last day.
const SIDE: i64 = 12;
const GAP_SHARE: f64 = 0.25;

/// A bar for each day, in parts by what became of the callers.
pub(super) fn bars(days: &[Day], language: Language) -> Markup {
    let most = days
        .iter()
        .map(|day| day.figures.calls)
        .max()
        .unwrap_or(0)
        .max(1);
    let slot = f64::from(WIDTH) / f64::from(u32::try_from(days.len()).unwrap_or(1).max(1));
    let floor = f64::from(HEIGHT - FOOT);
    let scale = (floor - f64::from(HEAD)) / f64::from(most);
    let every = (days.len() / 8).max(1);
    let name = language.choose(
        "Søjler med opkald dag for dag; tallene står i tabellen",
        "Bars of calls by day; the numbers are in the table",
    );
    html! {
        svg class="chart" viewBox={ (-SIDE) " 0 " (i64::from(WIDTH) + 2 * SIDE) " " (HEIGHT) } role="img" aria-label=(name) {
            line class="base" x1="0" x2=(WIDTH) y1=(floor) y2=(floor) {}
            @for (at, day) in (0_u32..).zip(days) {
                @let left = f64::from(at) * slot + slot * GAP_SHARE / 2.0;
                @let width = slot * (1.0 - GAP_SHARE);
                @for (class, from, count) in parts(day) {
                    @let height = f64::from(count) * scale;
                    rect class={ "part " (class) } x=(round(left)) width=(round(width))
                        y=(round(floor - f64::from(from + count) * scale)) height=(round(height)) {}
                }
                @if day.figures.calls > 0 && days.len() <= 31 {
                    text x=(round(left + width / 2.0)) text-anchor="middle"
                        y=(round(floor - f64::from(day.figures.calls) * scale - 4.0)) { (day.figures.calls) }
                }
                @if (days.len() - 1 - usize::try_from(at).unwrap_or(0)).is_multiple_of(every) {
                    text x=(round(left + width / 2.0)) y=(HEIGHT - 5) text-anchor="middle" { (short_day(day.date, language)) }
                }
            }
        }
    }
}

/// What became of the callers of a day: the mark, how many lie below, and how many these are.
fn parts(day: &Day) -> Vec<(&'static str, u32, u32)> {
    let figures = &day.figures;
    let decided = figures.connected + figures.messages + figures.rejected;
    let counts = [
        ("connect", figures.connected),
        ("message", figures.messages),
        ("reject", figures.rejected),
        ("over", figures.calls.saturating_sub(decided)),
    ];
    let mut below = 0;
    let mut parts = Vec::new();
    for (class, count) in counts {
        if count > 0 {
            parts.push((class, below, count));
        }
        below += count;
    }
    parts
}

fn round(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::desk::figures::Figures;

    #[test]
    fn parts_stand_on_one_another_and_add_up() {
        let day = Day {
            date: "2026-03-02".parse().unwrap(),
            figures: Figures {
                calls: 6,
                connected: 2,
                rejected: 3,
                ..Figures::default()
            },
        };
        assert_eq!(
            parts(&day),
            [("connect", 0, 2), ("reject", 2, 3), ("over", 5, 1)]
        );
        let drawn = bars(&[day], Language::En).into_string();
        assert_eq!(drawn.matches("<rect").count(), 3);
    }
}
