//! What the provider has for our numbers.

use super::{Findings, House, clock};
use crate::config::local_key::LocalKey;
use crate::providers::{ControlError, Provider as _};

const NAME: &str = "provider";

pub(super) async fn look(house: &House<'_>, http: &reqwest::Client, findings: &mut Findings) {
    let House {
        config, running, ..
    } = *house;
    let Some(account) = &config.twilio else {
        let found = findings.say(
            "Ingen konto hos en udbyder er sat",
            "no account at a provider is set",
        );
        let mend = findings.say(
            "`portner connect twilio --help` siger, hvad der skal til",
            "`portner connect twilio --help` says what it needs",
        );
        findings.note(NAME, found, mend);
        return;
    };
    if let Ok(answer) = http.get(account.base_url.to_string()).send().await {
        clock::look(answer.headers(), findings);
    }
    let key = match running {
        Some(running) => Ok(running.key.clone()),
        None => LocalKey::fleeting(),
    };
    let twilio = key.map_err(|error| error.to_string()).and_then(|key| {
        crate::app::twilio(&config.server.public_url, config.twilio.as_ref(), &key)
            .map_err(|error| error.to_string())
    });
    let twilio = match twilio {
        Ok(twilio) => twilio,
        Err(error) => {
            let mend = findings.say(
                "ret indstillingerne for Twilio",
                "mend the settings of Twilio",
            );
            findings.bad(NAME, error, mend);
            return;
        }
    };
    let Some(control) = twilio.control() else {
        let found = findings.say(
            "Twilios webhooks tages, men kontoen er ikke sat",
            "Twilio's webhooks are taken, but its account is not set",
        );
        let mend = findings.say(
            "sæt PORTNER_TWILIO_ACCOUNT_SID, så der kan ses efter hos den",
            "set PORTNER_TWILIO_ACCOUNT_SID to have it looked at",
        );
        findings.note(NAME, found, mend);
        return;
    };
    for number in config.lines.iter().flat_map(|line| &line.numbers) {
        let full = number.full();
        match control.number_settings(*number).await {
            Ok(current) => {
                let wanted = current.keeping_fallback(&twilio.wanted_number_settings());
                let wrong = current.changes_to(&wanted);
                for (name, is, should) in &wrong {
                    let nothing = findings.say("intet", "nothing");
                    let is = if is.is_empty() { nothing } else { is };
                    let found = findings.say(
                        format!("{full}: {name} er {is}, ikke {should}"),
                        format!("the {name} of {full} is {is}, not {should}"),
                    );
                    let mend = findings.say(
                        "`portner connect twilio` sætter det",
                        "`portner connect twilio` sets it",
                    );
                    findings.bad(NAME, found, mend);
                }
                let itself = config.server.public_url.join("/");
                if wrong.is_empty() && current.fallback_url.starts_with(&itself) {
                    let found = findings.say(
                        format!("{full} er sat, som det skal være, men udvejen er Portner selv"),
                        format!(
                            "{full} is set as it should be, but its fallback is Portner itself"
                        ),
                    );
                    let mend = findings.say(
                        "når Portner ikke svarer, ringer ingen telefon: lad udvejen være et fast \
                         dokument et andet sted, der ringer til dig \
                         (<Response><Dial>+45…</Dial></Response>)",
                        "when Portner does not answer, no phone rings: let the fallback be a static \
                         document somewhere else that dials you \
                         (<Response><Dial>+45…</Dial></Response>)",
                    );
                    findings.note(NAME, found, mend);
                } else if wrong.is_empty() {
                    let found = findings.say(
                        format!("{full} er sat, som det skal være, med en udvej"),
                        format!("{full} is set as it should be, with a fallback"),
                    );
                    findings.good(NAME, found);
                }
            }
            Err(error @ ControlError::Unreachable { .. }) => {
                let mend = findings.say(
                    "se på, hvordan denne maskine kommer på internettet (DNS, firewall, proxy)",
                    "look at this machine's way to the internet (DNS, firewall, proxy)",
                );
                let found = error.told();
                findings.bad(NAME, found.told_in(findings.language), mend);
                // It would be the same for each number.
                break;
            }
            Err(error) => {
                let mend = findings.say(
                    "se på nummeret og nøglen i Twilios konsol",
                    "look at the number and the token in Twilio's console",
                );
                let found = error.told();
                findings.bad(NAME, found.told_in(findings.language), mend);
            }
        }
    }
}
