//! Charts as SVG. No text of a caller stands in one; every number also stands in a table beside it.

use std::error::Error;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::coord::combinators::WithKeyPoints;
use plotters::coord::types::RangedCoordi32;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Busy, Day};
use crate::call::Language;
use crate::web::desk::time::short_day;

/// How large a drawing is made: it is shown as wide as there is room for.
#[derive(Debug, Clone, Copy)]
struct Paper {
    class: &'static str,
    width: u32,
    height: u32,
    font: (&'static str, u32),
    /// How many days are named.
    names: usize,
    /// Above so many days the bars are too narrow for numbers on them.
    most_numbered: usize,
}

const WIDE: Paper = Paper {
    class: "wide-one",
    width: 760,
    height: 230,
    font: ("sans-serif", 15),
    names: 8,
    most_numbered: 31,
};
/// For half of a wide page.
const HALF: Paper = Paper {
    width: 420,
    names: 6,
    ..WIDE
};
/// For a phone.
const NARROW: Paper = Paper {
    class: "narrow-one",
    width: 350,
    height: 230,
    font: ("sans-serif", 17),
    names: 4,
    most_numbered: 7,
};
/// The room beside a bar, at most.
const GAP: u32 = 3;
/// The height of a campaign's row.
const ROW: u32 = 34;

const CONNECT: RGBColor = RGBColor(0x2f, 0x8f, 0x5b);
const MESSAGE: RGBColor = RGBColor(0xbd, 0x7d, 0x10);
const REJECT: RGBColor = RGBColor(0xc9, 0x48, 0x4c);
const OVER: RGBColor = RGBColor(0x8a, 0x88, 0x80);

/// What a drawing is made on.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A bar for each day, in parts by what became of the callers.
pub(super) fn bars(days: &[Day], language: Language) -> Markup {
    let name = language.choose(
        "Søjler med opkald dag for dag; tallene står i tabellen",
        "Bars of calls by day; the numbers are in the table",
    );
    let on = |paper| figure(paper, name, |area| draw_bars(area, paper, days, language));
    html! { (on(WIDE)) (on(NARROW)) }
}

fn draw_bars(
    area: &Area,
    paper: Paper,
    days: &[Day],
    language: Language,
) -> Result<(), Box<dyn Error>> {
    let most = days.iter().map(|day| day.figures.calls).max();
    // A little room above, for the numbers.
    let top = most.unwrap_or(0).max(4) * 11 / 10 + 1;
    let mut chart = ChartBuilder::on(area)
        .margin(4)
        .margin_right(paper.font.1 * 2)
        .x_label_area_size(paper.font.1 * 2)
        .y_label_area_size(paper.font.1 * 5 / 2)
        .build_cartesian_2d(across(days, paper)?, 0..top)?;
    // The more days, the less room is left between them.
    let gap = GAP.min(paper.width / 5 / u32::try_from(days.len().max(1))?);
    let day_name = |middle: &i32| name(days, *middle, language);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(1)
        .light_line_style(TRANSPARENT)
        .x_labels(days.len())
        .y_labels(5)
        .x_label_formatter(&day_name)
        .label_style(paper.font)
        .draw()?;
    for (at, day) in (0..).zip(days) {
        for (colour, from, count) in parts(day) {
            let left = (2 * at, from);
            let right = (2 * (at + 1), from + count);
            let mut bar = Rectangle::new([left, right], colour.filled());
            bar.set_margin(0, 0, gap, gap);
            chart.draw_series([bar])?;
        }
        if day.figures.calls > 0 && days.len() <= paper.most_numbered {
            let style = TextStyle::from(paper.font.into_font());
            let style = style.pos(Pos::new(HPos::Center, VPos::Bottom));
            let place = (middle(at), day.figures.calls);
            let number = Text::new(day.figures.calls.to_string(), place, style);
            chart.draw_series([number])?;
        }
    }
    Ok(())
}

/// The days side by side, two steps each; a few of them are to be named, and today among them.
fn across(days: &[Day], paper: Paper) -> Result<WithKeyPoints<RangedCoordi32>, Box<dyn Error>> {
    let count = i32::try_from(days.len())?;
    let apart = days.len().div_ceil(paper.names).max(1);
    let named = (0..count).rev().step_by(apart);
    Ok((0..2 * count).with_key_points(named.map(middle).collect()))
}

/// The middle of a day.
fn middle(at: i32) -> i32 {
    2 * at + 1
}

/// What stands below the middle of a day. The last one is today.
fn name(days: &[Day], middle: i32, language: Language) -> String {
    let at = usize::try_from(middle / 2).unwrap_or(usize::MAX);
    match days.get(at) {
        Some(_) if at + 1 == days.len() => language.choose("i dag", "today").to_owned(),
        Some(day) => short_day(day.date, language),
        None => String::new(),
    }
}

/// What became of the callers of a day: the colour, how many lie below, and how many these are.
fn parts(day: &Day) -> Vec<(RGBColor, u32, u32)> {
    let figures = &day.figures;
    let decided = figures.connected + figures.messages + figures.rejected;
    let counts = [
        (CONNECT, figures.connected),
        (MESSAGE, figures.messages),
        (REJECT, figures.rejected),
        (OVER, figures.calls.saturating_sub(decided)),
    ];
    let mut below = 0;
    let mut parts = Vec::new();
    for (colour, count) in counts {
        if count > 0 {
            parts.push((colour, below, count));
        }
        below += count;
    }
    parts
}

/// The campaigns one below the other, each with a disc for each day on which it called.
pub(super) fn campaigns(seen: &[Busy], days: &[Day], language: Language) -> Markup {
    let rows = u32::try_from(seen.len()).unwrap_or(1);
    let name = language.choose(
        "Kampagner over tid; tallene står i tabellen",
        "Campaigns over time; the numbers are in the table",
    );
    let on = |paper: Paper| {
        let paper = Paper {
            height: (rows + 1) * ROW + 40,
            ..paper
        };
        figure(paper, name, |area| {
            draw_campaigns(area, paper, seen, days, language)
        })
    };
    html! { (on(HALF)) (on(NARROW)) }
}

fn draw_campaigns(
    area: &Area,
    paper: Paper,
    seen: &[Busy],
    days: &[Day],
    language: Language,
) -> Result<(), Box<dyn Error>> {
    let rows = i32::try_from(seen.len())?;
    let mut chart = ChartBuilder::on(area)
        .margin(4)
        .margin_right(paper.font.1 * 2)
        .x_label_area_size(paper.font.1 * 2)
        .y_label_area_size(paper.font.1 * 5 / 2)
        .build_cartesian_2d(across(days, paper)?, -1..rows)?;
    let day_name = |middle: &i32| name(days, *middle, language);
    // The first campaign stands at the top; half a row is free above and below.
    let place = |at: usize| rows - 1 - i32::try_from(at).unwrap_or(0);
    let letter = |row: &i32| {
        usize::try_from(rows - 1 - row)
            .ok()
            .and_then(|at| seen.get(at))
            .map_or_else(String::new, |one| one.letter.to_string())
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(1)
        .light_line_style(TRANSPARENT)
        .x_labels(days.len())
        .y_labels(seen.len() + 2)
        .x_label_formatter(&day_name)
        .y_label_formatter(&letter)
        .label_style(paper.font)
        .draw()?;
    for (row, one) in seen.iter().enumerate() {
        for (at, calls) in (0..).zip(&one.by_day).filter(|(_, calls)| **calls > 0) {
            let centre = (middle(at), place(row));
            // The area grows with the calls.
            let radius = (5.0 * f64::from(*calls).sqrt()).min(f64::from(ROW) / 2.0 - 1.0);
            #[expect(clippy::cast_possible_truncation, reason = "at most half a row")]
            let disc = Circle::new(centre, radius as i32, REJECT.mix(0.75).filled());
            chart.draw_series([disc])?;
        }
    }
    Ok(())
}

/// A drawing with its name. One that fails is left out: its numbers stand in the table.
fn figure(
    paper: Paper,
    name: &str,
    draw: impl FnOnce(&Area) -> Result<(), Box<dyn Error>>,
) -> Markup {
    let mut svg = String::new();
    let drawn = {
        let area =
            SVGBackend::with_string(&mut svg, (paper.width, paper.height)).into_drawing_area();
        draw(&area).and_then(|()| Ok(area.present()?))
    };
    if let Err(error) = drawn {
        tracing::error!(%error, "a chart could not be drawn");
        return html! {};
    }
    html! { div class={ "chart " (paper.class) } role="img" aria-label=(name) { (PreEscaped(svg)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::figures::Figures;

    fn day() -> Day {
        Day {
            date: "2026-03-02".parse().unwrap(),
            figures: Figures {
                calls: 6,
                connected: 2,
                rejected: 3,
                ..Figures::default()
            },
        }
    }

    #[test]
    fn parts_stand_on_one_another_and_add_up() {
        assert_eq!(
            parts(&day()),
            [(CONNECT, 0, 2), (REJECT, 2, 3), (OVER, 5, 1)]
        );
        let drawn = bars(&[day(), day()], Language::En).into_string();
        for colour in ["#2F8F5B", "#C9484C", "#8A8880"] {
            let bars = format!("fill=\"{colour}\"");
            // Both days, wide and narrow.
            assert_eq!(drawn.matches(&bars).count(), 4, "{drawn}");
        }
        assert!(
            !drawn.contains("style="),
            "the policy of the pages takes none"
        );
    }

    #[test]
    fn few_days_are_named_and_today_among_them() {
        let days: Vec<Day> = (0..90).map(|_| day()).collect();
        for (paper, names) in [(WIDE, 8), (NARROW, 4)] {
            let named = across(&days, paper).unwrap().bold_points().to_vec();
            assert_eq!(named.len(), names);
            assert_eq!(name(&days, named[0], Language::En), "today");
            assert_eq!(name(&days, named[1], Language::En), "2 Mar");
        }
    }

    #[test]
    fn a_campaign_has_a_disc_for_each_day_it_called() {
        let seen = Busy {
            letter: 'A',
            by_day: vec![0, 3, 1],
            ..Busy::default()
        };
        let drawn = campaigns(&[seen], &[day(), day(), day()], Language::Da).into_string();
        assert_eq!(drawn.matches("<circle").count(), 4, "{drawn}");
        assert!(
            drawn.contains(">\nA\n<") || drawn.contains(">A<"),
            "{drawn}"
        );
    }
}
