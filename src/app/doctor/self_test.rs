//! When a made-up call last went through the whole path. One that fails is an alarm.

use jiff::Timestamp;

use super::age::{ago, hours, last_done, up_hours};
use super::{Findings, Running};

const NAME: &str = "made-up call";
/// One is made every day.
const MOST_HOURS: i64 = 26;

pub(super) fn look(running: &Running, now: Timestamp, findings: &mut Findings) {
    let Some(last) = last_done(running, "self_test") else {
        let found = findings.say(
            "Endnu kom intet prøveopkald igennem",
            "none came through yet",
        );
        if up_hours(&running.status) == 0 {
            let mend = findings.say(
                "det første foretages 15 sekunder efter starten",
                "the first is made 15 seconds after the start",
            );
            findings.note(NAME, found, mend);
        } else {
            let mend = findings.say("se på alarmerne", "look at the alarms");
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
