//! Opening hours in a form: a field for each weekday.

use serde_json::{Map, Value as Json};

use super::Posted;
use super::change::{join, text};
use crate::call::Language;
use crate::config::Sheet;
use crate::screening::hours::{DAYS, parse_days};

/// What is written for each weekday, Monday first; nothing where it is always open.
pub(in super::super) fn week_of(hours: Option<&Json>) -> Option<[String; 7]> {
    let mut week: [String; 7] = Default::default();
    for (days, ranges) in hours?.as_object()? {
        for day in parse_days(days).unwrap_or_default() {
            let ranges = ranges.as_str().unwrap_or_default().trim();
            week[day] = if ranges.eq_ignore_ascii_case("closed") {
                String::new()
            } else {
                ranges.to_owned()
            };
        }
    }
    Some(week)
}

/// The hours that were typed; days in a row that are alike are written as one.
pub(super) fn week(
    posted: &Posted,
    name: &str,
    sheet: &Sheet,
    base: &str,
) -> Option<Vec<(String, Json)>> {
    let always = posted.get(&format!("{name}.always"))? == "yes";
    let wanted = (!always).then(|| {
        DAYS.map(|day| {
            let typed = posted.get(&format!("{name}.{day}")).unwrap_or_default();
            typed.trim().to_owned()
        })
    });
    if wanted == week_of(sheet.get(&join(base, name))) {
        return None;
    }
    let Some(week) = wanted else {
        return Some(vec![(name.to_owned(), Json::Null)]);
    };
    let mut hours = Map::new();
    let mut day = 0;
    while day < DAYS.len() {
        let alike = week[day..].iter().take_while(|other| **other == week[day]);
        let last = day + alike.count() - 1;
        let days = if last == day {
            DAYS[day].to_owned()
        } else {
            format!("{}-{}", DAYS[day], DAYS[last])
        };
        if !week[day].is_empty() {
            hours.insert(days, text(&week[day]));
        }
        day = last + 1;
    }
    Some(vec![(name.to_owned(), Json::Object(hours))])
}

/// Weekdays by name.
pub(in super::super) fn day_name(day: usize, language: Language) -> &'static str {
    const DANISH: [&str; 7] = [
        "Mandag", "Tirsdag", "Onsdag", "Torsdag", "Fredag", "Lørdag", "Søndag",
    ];
    const ENGLISH: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    language.choose(DANISH, ENGLISH)[day]
}
