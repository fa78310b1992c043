//! How callers are received on each line.

use super::{Findings, House};
use crate::screening::line::{Mode, Whisper};

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    for line in &house.config.lines {
        let id = &line.id;
        let is_listening = line.mode == Mode::Listen;
        if line.whisper == Whisper::Off || is_listening {
            let found = findings.say(
                format!("Linjen {id} ringer uden at sige, hvem det er, så en mobils telefonsvarer kan sluge et opkald"),
                format!("the line {id} rings without telling who calls, so a mobile's voicemail can swallow a call"),
            );
            let mend = if is_listening {
                findings.say(
                    "så længe den kun lytter, er det sådan: slå mobilens egen telefonsvarer fra",
                    "while it only listens, that is so: switch off the mobile's own voicemail",
                )
            } else {
                findings.say("sæt whisper = true for den", "set whisper = true for it")
            };
            findings.note("whisper", found, mend);
        } else {
            let found = findings.say(
                format!("Indehaveren af {id} hører, hvem det er, og trykker en tast"),
                format!("the owner of {id} hears who calls and presses a key"),
            );
            findings.good("whisper", found);
        }
        if is_listening {
            let found = findings.say(
                format!("Linjen {id} lytter kun: alle ringer igennem"),
                format!("the line {id} only listens: everybody rings through"),
            );
            let mend = findings.say(
                "sæt mode = \"screen\", når du stoler på dens log",
                "set mode = \"screen\" when you trust its log",
            );
            findings.note("mode", found, mend);
        }
    }
}
