//! The troubles that the service itself knows of.

use super::{Findings, Running};
use crate::telemetry::AlarmKind;

pub(super) fn look(running: &Running, findings: &mut Findings) {
    let standing = running.status["alarms"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for alarm in standing {
        let text = alarm["text"].as_str().unwrap_or_default();
        let since = alarm["since"].as_str().unwrap_or_default();
        let kind: Option<AlarmKind> = serde_json::from_value(alarm["kind"].clone()).ok();
        let found = findings.say(
            format!("{text} (siden {since})"),
            format!("{text} (since {since})"),
        );
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
