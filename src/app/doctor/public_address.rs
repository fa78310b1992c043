//! The address that providers call: reached, answered by this service, guarded. What it says of the time
//! is our own clock again.

use super::{Findings, House, signature};

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
    use std::collections::BTreeMap;

    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::app::doctor::Running;
    use crate::call::Language;
    use crate::config::Config;
    use crate::config::local_key::LocalKey;

    #[tokio::test]
    async fn our_own_clock_is_not_compared_with_itself() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200)
            .insert_header("portner-instance", "this")
            .insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let (host, address) = ("telefon.example.dk", *server.address());
        let http = reqwest::Client::builder().no_proxy().resolve(host, address);
        let config = Config::from_text(None, "", &BTreeMap::new()).unwrap();
        let running = Running {
            address: server.uri(),
            public_url: format!("http://{host}:{}", address.port()),
            key: LocalKey::fleeting().unwrap(),
            status: serde_json::json!({ "instance": "this" }),
        };
        let house = House {
            config: &config,
            running: Some(&running),
        };
        let mut findings = Findings::new(Language::En);
        look(&house, &http.build().unwrap(), &mut findings).await;
        let found = findings.all();
        let names: Vec<&str> = found.iter().map(|one| one.name).collect();
        assert_eq!(names, ["signature", "public address"], "{found:?}");
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        assert!(is_this_machine("http://127.0.0.1:8080"));
        assert!(is_this_machine("http://[::1]:8080"));
        assert!(is_this_machine("http://localhost"));
        assert!(!is_this_machine("https://telefon.example.dk"));
    }
}
