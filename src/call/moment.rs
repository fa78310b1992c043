//! Days and moments as people write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A day, such as `2026-03-01`. A day with a time and no zone is none: the time would be dropped
/// without a word.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    text.parse()
        .ok()
        .filter(|_| text.len() == "2026-03-01".len())
}

/// A moment with its zone (RFC 3339), or the beginning of a day in this zone.
///
/// ```
/// use portner::call::moment;
/// let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(1));
/// let read = |text| moment(&zone, text).map(|moment| moment.to_string());
/// assert_eq!(read("2026-03-02").unwrap(), "2026-03-01T23:00:00Z");
/// assert_eq!(read("2026-03-01T23:00:00Z"), read("2026-03-02"));
/// assert_eq!(read("2026-03-02T18:00:00"), None);
/// ```
#[must_use]
pub fn moment(zone: &TimeZone, text: &str) -> Option<Timestamp> {
    let begin = || {
        let begin = day(text)?.to_zoned_datetime(zone.clone()).ok()?;
        Some(begin.timestamp())
    };
    text.parse().ok().or_else(begin)
}
