//! What Twilio's dialect costs for each request: verify and read, write, and both.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, Method};
use portner::call::{Instruction, Language};
use portner::providers::twilio::{Account, Settings, Twilio, sign};
use portner::providers::{Provider as _, RawRequest};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const PUBLIC: &str = "https://screen.example.dk";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// An incoming call with every field that Twilio sends for a Danish number.
fn incoming() -> RawRequest {
    let fields = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", "CA00000000000000000000000000000001"),
        ("CallStatus", "ringing"),
        (
            "CallToken",
            "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9%22%7D",
        ),
        ("Called", "+4589880000"),
        ("CalledCity", ""),
        ("CalledCountry", "DK"),
        ("CalledState", ""),
        ("CalledZip", ""),
        ("Caller", "+4571234567"),
        ("CallerCity", ""),
        ("CallerCountry", "DK"),
        ("CallerState", ""),
        ("CallerZip", ""),
        ("Direction", "inbound"),
        ("From", "+4571234567"),
        ("FromCity", ""),
        ("FromCountry", "DK"),
        ("FromState", ""),
        ("FromZip", ""),
        ("To", "+4589880000"),
        ("ToCity", ""),
        ("ToCountry", "DK"),
        ("ToState", ""),
        ("ToZip", ""),
    ];
    let signature = sign(&format!("{PUBLIC}/webhooks/twilio/voice"), &fields, TOKEN);
    let mut headers = HeaderMap::new();
    headers.insert("x-twilio-signature", signature.parse().unwrap());
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    headers.insert("content-type", form.parse().unwrap());
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    RawRequest {
        method: Method::POST,
        step: "voice".into(),
        query: String::new(),
        headers,
        body: body.into(),
    }
}

fn question() -> Vec<Instruction> {
    let hints = "ansvarlig,abonnement,elaftale,tilbud,møde,faktura,ordre,levering,reklamation";
    vec![Instruction::Ask {
        turn: 1,
        question: None,
        text: "Goddag, du taler med en telefonsvarer, og det du siger, bliver skrevet ned. \
               Hvem er du, og hvad drejer det sig om?"
            .into(),
        language: Language::Da,
        hints: hints.split(',').map(str::to_owned).collect(),
        wait_seconds: 6,
        pause_seconds: 2,
    }]
}

fn twilio(criterion: &mut Criterion) {
    let mut settings = Settings::new(PUBLIC);
    settings.account = Some(Account::new(ACCOUNT, TOKEN.into()));
    let twilio = Twilio::new(settings).unwrap();
    let request = incoming();
    let call = twilio.receive(&request).unwrap().call;
    let question = question();
    let mut group = criterion.benchmark_group("twilio");
    group.bench_function("receive", |bencher| {
        bencher.iter(|| twilio.receive(black_box(&request)).unwrap());
    });
    let mut forged = request.clone();
    forged.query = "x=1".into();
    group.bench_function("refuse", |bencher| {
        bencher.iter(|| twilio.receive(black_box(&forged)).unwrap_err());
    });
    group.bench_function("render", |bencher| {
        bencher.iter(|| twilio.render(&call, black_box(&question)));
    });
    group.finish();
}

criterion_group!(benches, twilio);
criterion_main!(benches);
