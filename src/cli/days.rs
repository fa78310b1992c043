//! Days and moments as the commands read and show them: by the clock of the first line, as the service
//! and the desk do.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Usage;
use crate::call::{Clock as _, SystemClock, day};
use crate::config::Config;

/// The time zone of the first line.
pub(super) fn zone(config: &Config) -> TimeZone {
    config
        .lines
        .first()
        .map_or_else(TimeZone::system, |line| line.time_zone.clone())
}

/// What was typed with this option: a moment, or the beginning of a day.
fn moment(zone: &TimeZone, option: &str, text: &str) -> Result<Timestamp, Usage> {
    crate::call::moment(zone, text).ok_or_else(|| neither(option, text))
}

/// The time between what was typed with `--since` and with `--until`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Span {
    pub(super) fn read(
        config: &Config,
        since: Option<&str>,
        until: Option<&str>,
    ) -> Result<Self, Usage> {
        let zone = zone(config);
        let read =
            |option, text: Option<&str>| text.map(|text| moment(&zone, option, text)).transpose();
        Ok(Self {
            from: read("--since", since)?,
            until: read("--until", until)?,
        })
    }
}

/// What was typed with `--until` of something that holds so long: a moment, or a day through its end. It must not be over.
pub(super) fn end(zone: &TimeZone, text: &str) -> Result<Timestamp, Usage> {
    let after = |day: jiff::civil::Date| {
        let midnight = day.tomorrow()?.to_zoned_datetime(zone.clone())?;
        Ok::<_, jiff::Error>(midnight.timestamp())
    };
    let end = match day(text) {
        Some(day) => after(day).ok(),
        None => crate::call::moment(zone, text),
    };
    let end = end.ok_or_else(|| neither("--until", text))?;
    if end <= SystemClock.now() {
        let told = format!("--until {text} has passed, so it would never hold");
        return Err(Usage(told));
    }
    Ok(end)
}

fn neither(option: &str, text: &str) -> Usage {
    Usage(format!(
        "{option}: “{text}” is neither a day nor a moment with its zone, such as 2026-03-01 or \
         2026-03-01T08:00:00+01:00"
    ))
}

/// A moment of an answer, to the minute.
pub(super) fn shown(zone: &TimeZone, moment: &Value) -> String {
    let read = moment.as_str().and_then(|text| text.parse().ok());
    read.map_or_else(
        || "–".to_owned(),
        |moment: Timestamp| {
            let local = moment.to_zoned_datetime(zone.clone());
            local.strftime("%Y-%m-%d %H:%M").to_string()
        },
    )
}

/// The day that something ends with; with the hour, where it ends within one.
pub(super) fn last_day(zone: &TimeZone, end: Timestamp) -> String {
    let end = end.to_zoned_datetime(zone.clone());
    match end.start_of_day() {
        Ok(begin) if begin == end => end.date().yesterday().unwrap_or(end.date()).to_string(),
        Ok(_) | Err(_) => end.strftime("%Y-%m-%d %H:%M").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copenhagen() -> TimeZone {
        TimeZone::get("Europe/Copenhagen").unwrap()
    }

    #[test]
    fn what_ends_on_a_day_holds_through_it() {
        let zone = copenhagen();
        let read = end(&zone, "2099-12-31").unwrap();
        assert_eq!(read.to_string(), "2099-12-31T23:00:00Z");
        assert_eq!(last_day(&zone, read), "2099-12-31");
        let within = end(&zone, "2099-12-31T10:00:00Z").unwrap();
        assert_eq!(last_day(&zone, within), "2099-12-31 11:00");
        assert!(
            end(&zone, "2020-01-01")
                .unwrap_err()
                .0
                .contains("has passed")
        );
    }

    #[test]
    fn a_time_without_a_zone_is_not_dropped_without_a_word() {
        let zone = copenhagen();
        for text in ["2026-12-01T23:00:00", "2026-12-02T15:00", "soon"] {
            let told = moment(&zone, "--since", text).unwrap_err().0;
            assert!(told.starts_with("--since: “"), "{told}");
            let told = end(&zone, text).unwrap_err().0;
            assert!(told.starts_with("--until: “"), "{told}");
        }
        let begin = moment(&zone, "--since", "2026-12-01").unwrap();
        assert_eq!(begin.to_string(), "2026-11-30T23:00:00Z");
    }
}
