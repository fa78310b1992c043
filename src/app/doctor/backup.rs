//! When everything was last copied.

use jiff::Timestamp;

use super::age::{ago, hours, last_done};
use super::{Findings, Running};

const NAME: &str = "backup";
/// After so many hours a copy is old.
const MOST_HOURS: i64 = 26;

pub(super) fn look(running: &Running, now: Timestamp, findings: &mut Findings) {
    let mend = findings.say(
        "tag en hver dag: `portner backup FIL`, se docs/operations.md, Backups",
        "make one every day: `portner backup FILE`, see docs/operations.md, Backups",
    );
    let Some(last) = last_done(running, "backup") else {
        let found = findings.say(
            "Der er aldrig taget en kopi af det, der gemmes",
            "what is kept was never copied",
        );
        findings.note(NAME, found, mend);
        return;
    };
    let hours = hours(last, now);
    let ago = ago(hours, findings.language);
    let found = findings.say(
        format!("Den sidste kopi blev taget {ago}"),
        format!("the last copy was made {ago}"),
    );
    if hours < MOST_HOURS {
        findings.good(NAME, found);
    } else {
        findings.note(NAME, found, mend);
    }
}
