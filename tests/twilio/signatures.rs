//! The SDK signs random requests: we accept them, and refuse them once anything is changed.

use http::{HeaderMap, Method};
use portner::providers::{Provider as _, RawRequest, Refused};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::oracle::ask;
use crate::{ACCOUNT, CALL, PUBLIC, TOKEN, twilio};

#[derive(Debug, Clone)]
struct Sent {
    step: &'static str,
    pairs: Vec<(String, String)>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let steps = prop_oneof![
        Just("voice"),
        Just("heard?turn=1"),
        Just("heard?turn=1&x=%C3%A6+%20&y"),
        Just("dialled?attempt=0"),
        Just("status"),
    ];
    let name = "[A-Za-z][A-Za-z0-9_-]{0,12}";
    let value = prop_oneof!["\\PC{0,40}", "[ -~æøåÆØÅ]{0,40}", Just(String::new())];
    let more = proptest::collection::vec((name, value), 0..20);
    (steps, more, "\\PC{0,60}").prop_map(|(step, more, words)| {
        let known = [
            ("AccountSid", ACCOUNT),
            ("CallSid", CALL),
            ("From", "+4571234567"),
            ("To", "+4589880000"),
            ("FromCity", ""),
            ("SpeechResult", &words),
        ];
        let pairs = known
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            // Our prefix keeps random names off those that mean something.
            .chain(
                more.into_iter()
                    .map(|(name, value)| (format!("X{name}"), value)),
            )
            .collect();
        Sent { step, pairs }
    })
}

impl Sent {
    fn url(&self) -> String {
        format!("{PUBLIC}/webhooks/twilio/{}", self.step)
    }

    fn question(&self, ask: &str) -> Value {
        json!({ "ask": ask, "url": self.url(), "params": self.pairs, "key": TOKEN })
    }

    fn with(&self, signature: &str) -> RawRequest {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.pairs)
            .finish();
        let form = "application/x-www-form-urlencoded";
        request(self.step, form, body, signature)
    }
}

fn request(address: &str, media_type: &str, body: String, signature: &str) -> RawRequest {
    let (step, query) = address.split_once('?').unwrap_or((address, ""));
    let mut headers = HeaderMap::new();
    headers.insert("content-type", media_type.parse().unwrap());
    headers.insert("x-twilio-signature", signature.parse().unwrap());
    RawRequest {
        method: Method::POST,
        step: step.into(),
        query: query.into(),
        headers,
        body: body.into(),
    }
}

fn is_refused(request: &RawRequest) -> bool {
    matches!(
        twilio().receive(request),
        Err(Refused::Signature(_) | Refused::Mismatch { .. })
    )
}

/// As many cases as that, or as `PORTNER_CASES` says.
fn run(cases: u32, test: impl Fn(Sent, prop::sample::Index) -> Result<(), TestCaseError>) {
    let asked_for = std::env::var("PORTNER_CASES").map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: asked_for.unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (sent(), any::<prop::sample::Index>());
    TestRunner::new(config)
        .run(&strategy, |(sent, index)| test(sent, index))
        .unwrap();
}

#[test]
fn what_the_sdk_signs_is_accepted() {
    run(300, |sent, _| {
        let signature = ask(&sent.question("sign"));
        let signature = signature.as_str().unwrap();
        prop_assert!(!is_refused(&sent.with(signature)));
        let pairs: Vec<_> = sent
            .pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        prop_assert_eq!(
            portner::providers::twilio::sign(&sent.url(), &pairs, TOKEN),
            signature
        );
        Ok(())
    });
}

#[test]
fn what_we_sign_the_sdk_accepts() {
    run(100, |sent, _| {
        let pairs: Vec<_> = sent
            .pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let mut question = sent.question("validate");
        question["signature"] = portner::providers::twilio::sign(&sent.url(), &pairs, TOKEN).into();
        prop_assert_eq!(ask(&question), true);
        Ok(())
    });
}

#[test]
fn what_is_changed_after_signing_is_refused() {
    run(150, |sent, index| {
        let signature = ask(&sent.question("sign"));
        let signature = signature.as_str().unwrap();
        let good = sent.with(signature);

        let mut extra = sent.clone();
        extra.pairs.push(("XExtra".into(), "1".into()));
        prop_assert!(is_refused(&extra.with(signature)), "an extra field");

        let mut fewer = sent.clone();
        let (name, value) = fewer.pairs.remove(index.index(sent.pairs.len()));
        if !fewer.pairs.contains(&(name.clone(), value.clone())) {
            prop_assert!(
                is_refused(&fewer.with(signature)),
                "without {} {}",
                name,
                value
            );
        }

        let mut other = sent.clone();
        other.pairs[index.index(sent.pairs.len())].1.push('x');
        prop_assert!(is_refused(&other.with(signature)), "another value");

        let mut step = good.clone();
        step.step = format!("{}x", good.step);
        prop_assert!(is_refused(&step), "another step");

        let mut query = good.clone();
        query.query.push_str("&turn=2");
        prop_assert!(is_refused(&query), "a longer query");

        let mut flipped = good.body.to_vec();
        let at = index.index(flipped.len());
        flipped[at] ^= 1;
        let pairs = |body: &[u8]| {
            let mut pairs: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
            pairs.sort();
            pairs.dedup();
            pairs
        };
        if pairs(&flipped) != pairs(&good.body) {
            let mut bit = good.clone();
            bit.body = flipped.into();
            prop_assert!(is_refused(&bit), "a flipped bit at {at}");
        }

        let mut wrong_key = sent.question("sign");
        wrong_key["key"] = "another".into();
        let wrong_key = ask(&wrong_key);
        prop_assert!(
            is_refused(&sent.with(wrong_key.as_str().unwrap())),
            "another key"
        );
        Ok(())
    });
}

#[test]
fn a_json_body_is_accepted_as_the_sdk_binds_it() {
    let body = json!({ "AccountSid": ACCOUNT, "CallSid": CALL, "CallStatus": "completed", "name": "Søren" });
    let body = body.to_string();
    for step in ["status", "status?x=1"] {
        let url = format!("{PUBLIC}/webhooks/twilio/{step}");
        let signed = ask(&json!({ "ask": "sign_body", "url": url, "body": body, "key": TOKEN }));
        let address =
            &signed["url"].as_str().unwrap()[format!("{PUBLIC}/webhooks/twilio/").len()..];
        let signature = signed["signature"].as_str().unwrap();
        let send = |body: String| request(address, "application/json", body, signature);
        assert!(twilio().receive(&send(body.clone())).is_ok());
        assert!(is_refused(&send(body.replace("completed", "completes"))));
    }
}
