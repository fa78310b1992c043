//! The troubles that the service itself knows of.

use super::{Findings, Running, age};
use crate::call::{Clock as _, SystemClock};
use crate::telemetry::AlarmKind;

pub(super) fn look(running: &Running, findings: &mut Findings) {
    let standing = running.status["alarms"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for alarm in standing {
        let text = alarm["text"].as_str().unwrap_or_default();
        let since = alarm["since"].as_str().and_then(|since| since.parse().ok());
        let since = since.map_or_else(String::new, |since| {
            let hours = age::hours(since, SystemClock.now());
            format!(" ({})", age::ago(hours, findings.language))
        });
        let kind: Option<AlarmKind> = serde_json::from_value(alarm["kind"].clone()).ok();
        let words = kind.map_or("", |kind| kind.words(findings.language));
        let found = format!("{words}{since}: {text}");
        findings.bad(
            "alarm",
            found,
            kind.map_or("", |kind| kind.mend(findings.language)),
        );
    }
    if standing.is_empty() {
        let found = findings.say("Ingen alarmer", "none stand");
        findings.good("alarms", found);
    }
}
