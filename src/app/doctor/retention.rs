//! How long what is known of callers is kept, and whether what is over is removed.

use jiff::Timestamp;

use super::age::{ago, hours, last_done, up_hours};
use super::{Findings, House, Running};

const NAME: &str = "retention";
/// It is looked through every ten minutes; after so many hours without, something is in the way.
const MOST_HOURS: i64 = 2;

pub(super) fn look(house: &House<'_>, running: &Running, now: Timestamp, findings: &mut Findings) {
    let keep = &house.config.retention;
    let days = |days: u16| match days {
        0 => findings.say("for altid".to_owned(), "for ever".to_owned()),
        days => findings.say(format!("{days} dage"), format!("{days} days")),
    };
    let (words, recordings, calls) = (
        days(keep.words_days),
        days(keep.recordings_days),
        days(keep.calls_days),
    );
    let kept = findings.say(
        format!("Ord gemmes {words}, indtalte beskeder {recordings}, opkald {calls}"),
        format!("words are kept {words}, messages {recordings}, calls {calls}"),
    );
    let last = last_done(running, "retention");
    let idle = last.map_or_else(|| up_hours(&running.status), |last| hours(last, now));
    if idle >= MOST_HOURS {
        let found = findings.say(
            format!("{kept}; der er ikke ryddet op i {idle} timer"),
            format!("{kept}; nothing was tidied up for {idle} hours"),
        );
        let mend = findings.say(
            "loggen siger hvorfor: “what is old could not be removed”",
            "the log says why: “what is old could not be removed”",
        );
        findings.bad(NAME, found, mend);
        return;
    }
    if [keep.words_days, keep.recordings_days, keep.calls_days].contains(&0) {
        let mend = findings.say(
            "sæt en tid under [retention]; der skal være en grund til at gemme, hvad folk sagde",
            "set a time under [retention]; keeping what people said takes a reason",
        );
        findings.note(NAME, kept, mend);
        return;
    }
    let found = match last {
        Some(_) => {
            let ago = ago(idle, findings.language);
            findings.say(
                format!("{kept}; der blev ryddet op {ago}"),
                format!("{kept}; tidied up {ago}"),
            )
        }
        None => kept,
    };
    findings.good(NAME, found);
}
