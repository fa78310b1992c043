//! The SDK signs random requests: we accept them, and refuse them once anything is changed.

use http::{HeaderMap, Method};
use portner::providers::{Provider as _, RawRequest, Refused};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
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

/// So many bits are flipped, one at a time, or as many as `PORTNER_FLIPS` says.
const FLIPS: u64 = 20_000;

/// The same name and value pairs, however they are written.
fn pairs(body: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
    pairs.sort();
    pairs.dedup();
    pairs
}

/// Every request with one bit of its signature, step, query or body flipped, as far as HTTP would carry
/// it and it is not the same request in another spelling.
fn flipped(good: &RawRequest) -> impl Iterator<Item = RawRequest> {
    let bits = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        (0..bytes.len() * 8).map(move |bit| {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        })
    };
    let said = pairs(&good.body);
    let bodies = bits(&good.body)
        .filter(move |body| pairs(body) != said)
        .map(|body| {
            let mut request = good.clone();
            request.body = body.into();
            request
        });
    let signatures = bits(good.headers["x-twilio-signature"].as_bytes());
    let signatures = signatures.filter_map(|signature| {
        let mut request = good.clone();
        let signature = http::HeaderValue::from_bytes(&signature).ok()?;
        request.headers.insert("x-twilio-signature", signature);
        Some(request)
    });
    let steps = bits(good.step.as_bytes()).filter_map(|step| {
        let mut request = good.clone();
        request.step = String::from_utf8(step).ok()?;
        Some(request)
    });
    let queries = bits(good.query.as_bytes()).filter_map(|query| {
        let mut request = good.clone();
        request.query = String::from_utf8(query).ok()?;
        Some(request)
    });
    bodies.chain(signatures).chain(steps).chain(queries)
}

#[test]
fn not_one_bit_of_a_signed_request_may_be_another() {
    let flips = std::env::var("PORTNER_FLIPS").map_or(FLIPS, |flips| flips.parse().unwrap());
    let (mut runner, twilio) = (TestRunner::deterministic(), twilio());
    let (mut done, mut requests) = (0, 0);
    while done < flips {
        let sent = sent().new_tree(&mut runner).unwrap().current();
        let signed: Vec<_> = sent
            .pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let signature = portner::providers::twilio::sign(&sent.url(), &signed, TOKEN);
        let good = sent.with(&signature);
        let is_refused = |request: &RawRequest| {
            let read = twilio.receive(request);
            matches!(read, Err(Refused::Signature(_) | Refused::Mismatch { .. }))
        };
        assert!(!is_refused(&good), "{sent:?}");
        requests += 1;
        for request in flipped(&good) {
            assert!(is_refused(&request), "{request:?}");
            done += 1;
        }
    }
    println!("{done} flipped bits of {requests} requests: none was accepted");
}

/// Addresses as an owner may configure them, each signed as the provider would when it is the one that
/// is configured there, and as somebody would who signs for another address.
#[test]
fn only_what_is_signed_for_our_own_address_is_accepted_however_it_is_written() {
    let bases = [
        "https://screen.example.dk",
        "https://screen.example.dk:443",
        "https://screen.example.dk:8443",
        "https://screen.example.dk/portner",
        "https://SCREEN.example.dk",
        "http://screen.example.dk",
        "http://screen.example.dk:80",
        "https://example.dk",
        "https://screen.example.dk.evil.example",
        "https://screen.example.dk@evil.example",
    ];
    let steps = [
        "voice",
        "voice/",
        "heard?turn=1",
        "heard?turn=1&x=&y=%C3%A6+%20",
    ];
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let known = [field("AccountSid", ACCOUNT), field("CallSid", CALL)];
    let bodies = [
        known.to_vec(),
        [
            known.as_slice(),
            &[field("From", ""), field("Said", "a b+c%20")],
        ]
        .concat(),
        [
            known.as_slice(),
            &[field("Twice", "2"), field("Twice", "1")],
        ]
        .concat(),
        [known.as_slice(), &[field("Ærø", "blå 😀"), field("a", "")]].concat(),
    ];
    let twilio_at = |base: &str| {
        let mut settings = crate::settings();
        settings.public_url = base.to_owned();
        portner::providers::twilio::Twilio::new(settings)
    };
    let same = |one: &str, other: &str| {
        let bare = |base: &str| match base.split_once("://") {
            Some(("https", rest)) => format!("https://{}", rest.trim_end_matches(":443")),
            _ => base.trim_end_matches(":80").to_owned(),
        };
        bare(one) == bare(other)
    };
    let (mut accepted, mut refused) = (0, 0);
    for ours in bases {
        let Ok(twilio) = twilio_at(ours) else {
            continue;
        };
        for (signed_for, step) in bases.iter().flat_map(|base| steps.map(|step| (base, step))) {
            for pairs in &bodies {
                let url = format!("{signed_for}/webhooks/twilio/{step}");
                let signature = ask(&json!({
                    "ask": "sign", "url": url, "params": pairs, "key": TOKEN
                }));
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                let form = "application/x-www-form-urlencoded";
                let mut request = request(step, form, body, signature.as_str().unwrap());
                // Whoever sends it may claim anything.
                for (name, value) in [
                    ("host", "screen.example.dk"),
                    ("x-forwarded-host", "screen.example.dk"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-port", "443"),
                    ("x-original-url", "/webhooks/twilio/voice"),
                ] {
                    request.headers.insert(name, value.parse().unwrap());
                }
                let read = twilio.receive(&request);
                let is_refused =
                    matches!(read, Err(Refused::Signature(_) | Refused::Mismatch { .. }));
                assert_eq!(
                    !is_refused,
                    same(ours, signed_for),
                    "{ours}: {url} {pairs:?}"
                );
                if is_refused {
                    refused += 1;
                } else {
                    accepted += 1;
                }
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > 100 && refused > 500, "{accepted} {refused}");
}
