//! A signed request that matters to nobody must be taken, and the same without a signature not.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;

use super::public_address::reason;
use super::{Findings, Running};
use crate::app::self_test::is_refusal;
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
        (Ok(signed), Ok(unsigned))
            if signed.status().is_success() && is_refusal(unsigned.status()) =>
        {
            let found = findings.say(
                "En signeret forespørgsel tages, en usigneret afvises",
                "a signed request is taken, an unsigned one refused",
            );
            findings.good(NAME, found);
        }
        (Ok(signed), _) if is_refusal(signed.status()) => {
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

#[cfg(test)]
mod tests {
    use wiremock::matchers::{any, header_exists};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::call::Language;
    use crate::config::local_key::LocalKey;
    use crate::telemetry::Health;

    /// What is found where a signed request gets one status and an unsigned one another.
    async fn found(signed: u16, unsigned: u16) -> Health {
        let server = MockServer::start().await;
        let with_signature = Mock::given(header_exists("X-Twilio-Signature"));
        let answer = with_signature.respond_with(ResponseTemplate::new(signed));
        answer.with_priority(1).mount(&server).await;
        let without = Mock::given(any()).respond_with(ResponseTemplate::new(unsigned));
        without.mount(&server).await;
        let running = Running {
            address: server.uri(),
            public_url: server.uri(),
            key: LocalKey::fleeting().unwrap(),
            status: serde_json::Value::Null,
        };
        let mut findings = Findings::new(Language::En);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        look(&http, &running, &mut findings).await;
        findings.all().remove(0).state
    }

    #[tokio::test]
    async fn a_storm_of_strangers_is_no_fault_of_ours() {
        for (signed, unsigned, state) in [
            (204, 403, Health::Good),
            (204, 429, Health::Good),
            (403, 403, Health::Bad),
            (429, 429, Health::Bad),
            (204, 204, Health::Bad),
        ] {
            assert_eq!(found(signed, unsigned).await, state, "{signed} {unsigned}");
        }
    }
}
