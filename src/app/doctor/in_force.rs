//! Whether what stands in the files is what judges calls.

use super::{Findings, Running};

const NAME: &str = "rules in force";

pub(super) fn look(running: &Running, findings: &mut Findings) {
    let status = &running.status;
    let version = status["policy"].as_str().unwrap_or_default();
    let Some(trouble) = status["rules_trouble"].as_str() else {
        let found = findings.say(
            format!("Det, der står i filerne, dømmer: version {version}"),
            format!("what the files say: version {version}"),
        );
        findings.good(NAME, found);
        return;
    };
    if status["rules_held"] == true {
        let found = findings.say(
            format!("Nye regler holdes tilbage, reglerne fra før dømmer: {trouble}"),
            format!("new rules are held back, the rules of before judge: {trouble}"),
        );
        let mend = findings.say(
            "`portner replay` viser, hvem det ville gå ud over; ret reglerne, eller tag dem alligevel \
             med `portner check --insist`",
            "`portner replay` shows whom it would hit; mend the rules, or take them all the same \
             with `portner check --insist`",
        );
        findings.bad(NAME, found, mend);
    } else {
        let found = findings.say(
            format!("Det, der gælder, er ikke det, filerne siger: {trouble}"),
            format!("not what the files say: {trouble}"),
        );
        let mend = findings.say(
            "ret filerne; imens dømmer de seneste regler, der kunne bruges",
            "mend the files; the last rules that could be used judge meanwhile",
        );
        findings.bad(NAME, found, mend);
    }
}
