//! Whether anybody is told of troubles who does not look.

use super::{Findings, House};

const NAME: &str = "told";

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    let config = house.config;
    if config.notify.is_none() {
        let found = findings.say(
            "Alarmer står kun her, på skrivebordet og i loggen: ingen får besked",
            "alarms stand here, at the desk and in the log only: nobody is told",
        );
        let mend = findings.say(
            "sæt en webhook under [notify], eller lad Prometheus se på docs/monitoring/alerts.yml",
            "set a webhook under [notify], or let Prometheus look at docs/monitoring/alerts.yml",
        );
        findings.note(NAME, found, mend);
        return;
    }
    let found = match config.silence_hours {
        0 => findings.say(
            "Alarmer fortælles til webhooken under [notify]".to_owned(),
            "alarms are told to the webhook under [notify]".to_owned(),
        ),
        hours => findings.say(
            format!(
                "Alarmer fortælles til webhooken under [notify], også {hours} timer uden opkald"
            ),
            format!(
                "alarms are told to the webhook under [notify], {hours} hours without a call too"
            ),
        ),
    };
    findings.good(NAME, found);
}
