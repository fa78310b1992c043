//! How long ago something was done, by the status of the service.

use jiff::Timestamp;
use serde_json::Value;

use super::Running;
use crate::call::Language;

/// When work of this name was last done well.
pub(super) fn last_done(running: &Running, work: &str) -> Option<Timestamp> {
    running.status["last_done"][work].as_str()?.parse().ok()
}

/// Hours since then.
pub(super) fn hours(since: Timestamp, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(since.as_second()).max(0) / 3_600
}

/// How long the service has run, in hours.
pub(super) fn up_hours(status: &Value) -> i64 {
    let seconds = status["uptime_seconds"].as_u64().unwrap_or(0);
    i64::try_from(seconds / 3_600).unwrap_or(i64::MAX)
}

/// So many hours ago, in words.
pub(super) fn ago(hours: i64, language: Language) -> String {
    match hours {
        0 => language
            .choose("for under en time siden", "less than an hour ago")
            .into(),
        1 => language.choose("for en time siden", "an hour ago").into(),
        2..48 => language.choose(
            format!("for {hours} timer siden"),
            format!("{hours} hours ago"),
        ),
        _ => {
            let days = hours / 24;
            language.choose(format!("for {days} dage siden"), format!("{days} days ago"))
        }
    }
}
