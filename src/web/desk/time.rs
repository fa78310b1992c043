//! Days, hours and numbers as the owner reads them.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::alarms::capital;
use crate::call::{CallerNumber, Language};

const DAYS: [(&str, &str); 7] = [
    ("mandag", "Monday"),
    ("tirsdag", "Tuesday"),
    ("onsdag", "Wednesday"),
    ("torsdag", "Thursday"),
    ("fredag", "Friday"),
    ("lørdag", "Saturday"),
    ("søndag", "Sunday"),
];
const MONTHS: [(&str, &str); 12] = [
    ("januar", "January"),
    ("februar", "February"),
    ("marts", "March"),
    ("april", "April"),
    ("maj", "May"),
    ("juni", "June"),
    ("juli", "July"),
    ("august", "August"),
    ("september", "September"),
    ("oktober", "October"),
    ("november", "November"),
    ("december", "December"),
];

/// The heading over the calls of a day.
pub(super) fn day_heading(day: Date, today: Date, language: Language) -> String {
    lately(day, today, language).map_or_else(|| dated(day, today, language), capital)
}

/// The same day where a sentence goes on.
pub(super) fn day_in_a_sentence(day: Date, today: Date, language: Language) -> String {
    lately(day, today, language).map_or_else(|| dated(day, today, language), str::to_owned)
}

fn lately(day: Date, today: Date, language: Language) -> Option<&'static str> {
    if day == today {
        return Some(language.choose("i dag", "today"));
    }
    let is_yesterday = today.yesterday().is_ok_and(|yesterday| day == yesterday);
    is_yesterday.then(|| language.choose("i går", "yesterday"))
}

fn dated(day: Date, today: Date, language: Language) -> String {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(day.month() - 1).unwrap_or_default();
    let (weekday, month) = (DAYS[weekday], MONTHS[month]);
    let number = day.day();
    let year = if day.year() == today.year() {
        String::new()
    } else {
        format!(" {}", day.year())
    };
    language.choose(
        format!("{} {number}. {}{year}", weekday.0, month.0),
        format!("{} {number} {}{year}", weekday.1, month.1),
    )
}

/// A day in few signs.
pub(super) fn short_day(day: Date, language: Language) -> String {
    let month = usize::try_from(day.month() - 1).unwrap_or_default();
    let name: String = MONTHS[month].1.chars().take(3).collect();
    language.choose(
        format!("{}.{}.", day.day(), day.month()),
        format!("{} {name}", day.day()),
    )
}

/// The time of day.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%H:%M")
        .to_string()
}

/// The moment: the day where it is not today, and the time of day.
pub(super) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone, language: Language) -> String {
    let day = zone.to_datetime(at).date();
    let today = zone.to_datetime(now).date();
    format!("{} {}", day_heading(day, today, language), clock(at, zone))
}

/// Minutes and seconds.
pub(super) fn lasted(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The caller's number, or that there is none.
pub(super) fn caller_number(caller: &CallerNumber, language: Language) -> String {
    match caller {
        CallerNumber::Withheld => language
            .choose("Skjult nummer", "Number withheld")
            .to_owned(),
        CallerNumber::Public(own) => own.grouped(),
        CallerNumber::Address(address) => address.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_as_people_name_them() {
        let today: Date = "2026-03-02".parse().unwrap();
        let heading = |day: &str, language| day_heading(day.parse().unwrap(), today, language);
        assert_eq!(heading("2026-03-02", Language::Da), "I dag");
        assert_eq!(heading("2026-03-01", Language::En), "Yesterday");
        assert_eq!(heading("2026-02-27", Language::Da), "fredag 27. februar");
        assert_eq!(
            heading("2025-12-31", Language::En),
            "Wednesday 31 December 2025"
        );
        let within = |day: &str, language| day_in_a_sentence(day.parse().unwrap(), today, language);
        assert_eq!(within("2026-03-02", Language::Da), "i dag");
        assert_eq!(within("2026-03-01", Language::En), "yesterday");
        assert_eq!(within("2026-02-27", Language::En), "Friday 27 February");
    }
}
