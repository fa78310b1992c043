//! The address that providers call: reached, answered by this service, guarded, on time.

use super::{Findings, House, clock, signature};

pub(super) async fn look(house: &House<'_>, http: &reqwest::Client, findings: &mut Findings) {
    const NAME: &str = "public address";
    let public = house.running.map_or_else(
        || house.config.server.public_url.to_string(),
        |running| running.public_url.clone(),
    );
    let mend = findings.say(
        "se på DNS, proxyen og dens certifikat, og på PORTNER_PUBLIC_URL",
        "look at DNS, the proxy and its certificate, and at PORTNER_PUBLIC_URL",
    );
    let answered = http.get(format!("{public}/health/live")).send().await;
    let headers = match answered {
        Ok(answer) if answer.status().is_success() => answer.headers().clone(),
        Ok(answer) => {
            let status = answer.status();
            let found = findings.say(
                format!("{public} svarer {status}"),
                format!("{public} answers {status}"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
        Err(error) => {
            let why = reason(&error);
            let found = findings.say(
                format!("{public} kan ikke nås: {why}"),
                format!("{public} cannot be reached: {why}"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
    };
    if let Some(running) = house.running {
        let answering = headers
            .get("portner-instance")
            .and_then(|value| value.to_str().ok());
        let own = running.status["instance"].as_str();
        if own.is_none() || own != answering {
            let found = findings.say(
                format!("{public} besvares af noget andet end denne tjeneste"),
                format!("{public} is answered by something else than this service"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
        signature::look(http, running, findings).await;
    }
    if is_this_machine(&public) {
        let found = findings.say(
            format!("{public} kan kun nås på denne maskine"),
            format!("{public} is reached on this machine only"),
        );
        let mend = findings.say(
            "nok til at prøve; en udbyder skal bruge PORTNER_PUBLIC_URL, en https-adresse",
            "enough to try things out; a provider needs PORTNER_PUBLIC_URL, an https address",
        );
        findings.note(NAME, found, mend);
    } else {
        let found = findings.say(
            format!("{public} besvares af denne tjeneste"),
            format!("{public} is answered by this service"),
        );
        findings.good(NAME, found);
        clock::look(&headers, findings);
    }
}

fn is_this_machine(url: &str) -> bool {
    reqwest::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .is_some_and(|host| {
            let host = host.trim_matches(['[', ']']);
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        })
}

/// What the network said at the bottom of it.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        assert!(is_this_machine("http://127.0.0.1:8080"));
        assert!(is_this_machine("http://[::1]:8080"));
        assert!(is_this_machine("http://localhost"));
        assert!(!is_this_machine("https://telefon.example.dk"));
    }
}
