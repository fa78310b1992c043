//! A signed request that matters to nobody must be taken, and the same without a signature not.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;

use super::public_address::reason;
use super::{Findings, Running};
use crate::providers::twilio::sign;

pub(super) async fn look(http: &reqwest::Client, running: &Running, findings: &mut Findings) {
    const NAME: &str = "signature";
    let url = format!("{}/webhooks/twilio/status", running.public_url);
    let account = running.key.account_sid();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
    ];
    let signature = sign(&url, &fields, running.key.secret().expose_secret());
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = || {
        http.post(&url)
            .timeout(Duration::from_secs(8))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.clone())
    };
    let signed = request()
        .header("X-Twilio-Signature", signature)
        .send()
        .await;
    let unsigned = request().send().await;
    match (signed, unsigned) {
        (Ok(signed), Ok(unsigned)) if signed.status().is_success() && unsigned.status() == 403 => {
            let found = findings.say(
                "En signeret forespørgsel tages, en usigneret afvises",
                "a signed request is taken, an unsigned one refused",
            );
            findings.good(NAME, found);
        }
        (Ok(signed), _) if signed.status() == 403 => {
            let found = findings.say(
                format!("{url} afviser en forespørgsel, der er signeret rigtigt, så udbyderens opkald ville dø"),
                format!("{url} refuses a request that is signed rightly, so the provider's calls would die"),
            );
            let mend = findings.say(
                "PORTNER_PUBLIC_URL skal bogstav for bogstav være det, udbyderen kalder",
                "PORTNER_PUBLIC_URL must be, letter by letter, what the provider calls",
            );
            findings.bad(NAME, found, mend);
        }
        (Ok(signed), Ok(unsigned)) => {
            let (signed, unsigned) = (signed.status(), unsigned.status());
            let found = findings.say(
                format!("signeret fik {signed}, usigneret {unsigned}"),
                format!("signed got {signed}, unsigned {unsigned}"),
            );
            let mend = findings.say(
                "noget mellem verden og Portner svarer i dens sted",
                "something between the world and Portner answers in its place",
            );
            findings.bad(NAME, found, mend);
        }
        (Err(error), _) | (_, Err(error)) => {
            let why = reason(&error);
            let found = findings.say(
                format!("{url} svarede ikke: {why}"),
                format!("{url} did not answer: {why}"),
            );
            let mend = findings.say("se på proxyen", "look at the proxy");
            findings.bad(NAME, found, mend);
        }
    }
}
