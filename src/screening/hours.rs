//! Opening hours by weekday, in the line's own time zone.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::call::Bilingual;

/// When the phone may ring. Times are minutes of the day; a range that ends before it begins runs
/// past midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpeningHours {
    /// At any time.
    Always,
    /// By weekday, Monday first; a day without ranges is closed.
    Weekly([Vec<Range>; 7]),
}

/// From one minute of the day to another, the last one not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    from: u16,
    to: u16,
}

const DAY: u16 = 24 * 60;

/// Why opening hours cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not a weekday or a range of them.
    #[error("“{0}” is not a weekday")]
    Day(String),
    /// Not a range of times.
    #[error("“{0}” is not a range of times")]
    Range(String),
    /// Not a time of day.
    #[error("“{0}” is not a time of day")]
    Time(String),
    /// Begins and ends at the same minute.
    #[error("“{0}” begins and ends at the same minute")]
    Empty(String),
}

impl HoursError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Day(written) => format!("“{written}” er ingen ugedag"),
            Self::Range(written) => format!("“{written}” er intet tidsrum"),
            Self::Time(written) => format!("“{written}” er intet klokkeslæt"),
            Self::Empty(written) => format!("“{written}” begynder og ender i samme minut"),
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// The weekdays as they are written in settings.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl OpeningHours {
    /// Whether it is open at this moment in this zone.
    #[must_use]
    pub fn is_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let Self::Weekly(days) = self else {
            return true;
        };
        let local = zone.to_datetime(now);
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()))
            .unwrap_or_default();
        let today = index(local.weekday());
        let yesterday = (today + 6) % 7;
        days[today]
            .iter()
            .any(|range| range.from <= minute && (minute < range.to || range.runs_past_midnight()))
            || days[yesterday]
                .iter()
                .any(|range| range.runs_past_midnight() && minute < range.to)
    }
}

impl Range {
    fn runs_past_midnight(self) -> bool {
        self.to < self.from
    }
}

fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

/// Reads a weekday or a range of them: `mon`, `mon-fri`, `sat-mon`. The answers are numbers,
/// Monday 0.
///
/// # Errors
/// [`HoursError::Day`] with the part that is no weekday.
pub fn parse_days(text: &str) -> Result<Vec<usize>, HoursError> {
    let day = |name: &str| {
        let name = name.trim();
        DAYS.iter()
            .position(|day| day.eq_ignore_ascii_case(name))
            .ok_or_else(|| HoursError::Day(name.to_owned()))
    };
    match text.split_once('-') {
        None => Ok(vec![day(text)?]),
        Some((from, to)) => {
            let (from, to) = (day(from)?, day(to)?);
            let length = (to + 7 - from) % 7 + 1;
            Ok((from..from + length).map(|day| day % 7).collect())
        }
    }
}

/// Reads the ranges of a day: `08:00-16:00`, `08:00-12:00, 13:00-16:00`, or `closed` (`lukket`).
///
/// # Errors
/// [`HoursError`] with the part that cannot be read.
///
/// ```
/// use portner::screening::hours::parse_ranges;
/// assert_eq!(parse_ranges("08:00-12:00, 13:00-16:00").unwrap().len(), 2);
/// assert!(parse_ranges("closed").unwrap().is_empty());
/// assert!(parse_ranges("8-16").is_ok());
/// assert!(parse_ranges("08:00").is_err());
/// ```
pub fn parse_ranges(text: &str) -> Result<Vec<Range>, HoursError> {
    if ["closed", "lukket"].contains(&&*text.trim().to_lowercase()) {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let (from, to) = part
                .split_once(['-', '–'])
                .ok_or_else(|| HoursError::Range(part.to_owned()))?;
            let (from, to) = (parse_time(from)?, parse_time(to)?);
            if from == to || from == DAY {
                return Err(HoursError::Empty(part.to_owned()));
            }
            Ok(Range { from, to })
        })
        .collect()
}

fn parse_time(text: &str) -> Result<u16, HoursError> {
    let text = text.trim();
    let wrong = || HoursError::Time(text.to_owned());
    let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "0"));
    let number = |digits: &str| {
        if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        digits.parse::<u16>().map_err(|_| wrong())
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    if minute > 59 || total > DAY {
        return Err(wrong());
    }
    Ok(total)
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            self.from / 60,
            self.from % 60,
            self.to / 60,
            self.to % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(entries: &[(&str, &str)]) -> OpeningHours {
        let mut days: [Vec<Range>; 7] = Default::default();
        for (names, ranges) in entries {
            for day in parse_days(names).unwrap() {
                days[day].extend(parse_ranges(ranges).unwrap());
            }
        }
        OpeningHours::Weekly(days)
    }

    fn open(hours: &OpeningHours, local: &str) -> bool {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let local = local.parse::<jiff::civil::DateTime>().unwrap();
        let moment = zone.to_timestamp(local).unwrap();
        hours.is_open(moment, &zone)
    }

    #[test]
    fn a_working_week() {
        let hours = weekly(&[("mon-thu", "08:00-12:00, 12:30-16:00"), ("fri", "8-14")]);
        // 2026-11-23 is a Monday.
        assert!(open(&hours, "2026-11-23T08:00"));
        assert!(!open(&hours, "2026-11-23T07:59"));
        assert!(!open(&hours, "2026-11-23T12:15"));
        assert!(open(&hours, "2026-11-23T15:59"));
        assert!(!open(&hours, "2026-11-23T16:00"));
        assert!(!open(&hours, "2026-11-27T14:00"));
        assert!(!open(&hours, "2026-11-28T10:00"));
        assert!(open(&OpeningHours::Always, "2026-11-28T03:00"));
    }

    #[test]
    fn hours_follow_the_zone_through_daylight_saving() {
        let hours = weekly(&[("mon", "08:00-16:00")]);
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let summer: Timestamp = "2026-07-06T06:30:00Z".parse().unwrap();
        let winter: Timestamp = "2026-12-07T06:30:00Z".parse().unwrap();
        assert!(hours.is_open(summer, &zone));
        assert!(!hours.is_open(winter, &zone));
    }

    #[test]
    fn a_night_runs_into_the_next_day() {
        let hours = weekly(&[("sat", "22:00-02:00"), ("sun", "12:00-24:00")]);
        assert!(open(&hours, "2026-11-28T23:30"));
        assert!(open(&hours, "2026-11-29T01:59"));
        assert!(!open(&hours, "2026-11-29T02:00"));
        assert!(open(&hours, "2026-11-29T23:59"));
        assert!(!open(&hours, "2026-11-30T00:00"));
    }

    #[test]
    fn a_day_is_closed_in_both_languages() {
        for word in ["closed", "Lukket", " lukket "] {
            assert_eq!(parse_ranges(word), Ok(Vec::new()), "{word}");
        }
    }

    #[test]
    fn mistakes_name_the_part_that_is_wrong() {
        assert_eq!(parse_days("man-fre"), Err(HoursError::Day("man".into())));
        assert_eq!(parse_days("sat-mon"), Ok(vec![5, 6, 0]));
        assert_eq!(
            parse_ranges("08:00-25:00"),
            Err(HoursError::Time("25:00".into()))
        );
        assert_eq!(parse_ranges("8"), Err(HoursError::Range("8".into())));
        assert_eq!(
            parse_ranges("08:00-08:00"),
            Err(HoursError::Empty("08:00-08:00".into()))
        );
        assert!(parse_ranges("24:01-25").is_err());
        assert!(parse_ranges("").is_err());
    }
}
