//! When a made-up call last went through the whole path. One that fails is an alarm.

use jiff::Timestamp;

use super::age::{ago, hours, last_done};
use super::{Findings, Running};
use crate::telemetry::AlarmKind;

const NAME: &str = "made-up call";
/// One is made every day.
const MOST_HOURS: i64 = 26;
/// So long after the start, in seconds, the first one has come through or failed.
const FIRST: u64 = 60;

pub(super) fn look(running: &Running, now: Timestamp, findings: &mut Findings) {
    let Some(last) = last_done(running, "self_test") else {
        let found = findings.say(
            "Endnu kom intet prøveopkald igennem",
            "none came through yet",
        );
        if has_failed(running) {
            let mend = findings.say(
                "alarmen siger, hvor det gik i stå; det prøves igen hvert minut",
                "the alarm says where it got stuck; it is tried again every minute",
            );
            findings.bad(NAME, found, mend);
        } else if running.status["uptime_seconds"].as_u64() < Some(FIRST) {
            let mend = findings.say(
                "det første foretages 15 sekunder efter starten",
                "the first is made 15 seconds after the start",
            );
            findings.note(NAME, found, mend);
        } else {
            let mend = findings.say(
                "se i loggen efter self_test",
                "look for self_test in the log",
            );
            findings.bad(NAME, found, mend);
        }
        return;
    };
    let hours = hours(last, now);
    let ago = ago(hours, findings.language);
    let found = findings.say(
        format!("Et prøveopkald kom igennem det hele {ago}"),
        format!("one came through the whole path {ago}"),
    );
    if hours < MOST_HOURS {
        findings.good(NAME, found);
    } else {
        let mend = findings.say(
            "der foretages et hver dag; se i loggen efter self_test",
            "one is made every day; look for self_test in the log",
        );
        findings.bad(NAME, found, mend);
    }
}

/// Whether the last one failed.
fn has_failed(running: &Running) -> bool {
    let alarms = running.status["alarms"].as_array();
    let name = AlarmKind::SelfTest.to_string();
    alarms.is_some_and(|alarms| alarms.iter().any(|alarm| alarm["kind"] == name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::Language;
    use crate::config::local_key::LocalKey;
    use crate::telemetry::Health;

    #[test]
    fn one_that_failed_is_not_told_as_one_to_come() {
        let told = |status: serde_json::Value| {
            let running = Running {
                address: String::new(),
                public_url: String::new(),
                key: LocalKey::fleeting().unwrap(),
                status,
            };
            let mut findings = Findings::new(Language::En);
            look(&running, Timestamp::UNIX_EPOCH, &mut findings);
            findings.all().remove(0)
        };
        let new = told(json!({ "uptime_seconds": 14, "alarms": [] }));
        assert_eq!(new.state, Health::Note, "{new:?}");
        let failed = told(json!({ "uptime_seconds": 20, "alarms": [{ "kind": "self_test" }] }));
        assert_eq!(failed.state, Health::Bad, "{failed:?}");
        assert!(failed.mend.contains("alarm"), "{failed:?}");
        let late = told(json!({ "uptime_seconds": 87, "alarms": [] }));
        assert_eq!(late.state, Health::Bad, "{late:?}");
    }
}
