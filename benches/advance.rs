//! What deciding costs: one answer of twenty words through `screening::advance`, with the rules
//! that Portner comes with.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use portner::app::policies;
use portner::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, Language, ProviderCallId, Question,
    Utterance,
};
use portner::config::Config;
use portner::opinion;
use portner::screening::{self, Facts, Policy};

/// As in the program.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many calls are timed one by one.
const SINGLE: usize = 20_000;

/// Twenty words each: a seller who says much and nothing particular, and a customer.
const ANSWERS: [(&str, Language, &str); 4] = [
    (
        "danish_seller",
        Language::Da,
        "Ja goddag det er Mads fra Nordisk Energi taler jeg med den der er ansvarlig for \
         jeres elaftale i firmaet",
    ),
    (
        "danish_customer",
        Language::Da,
        "Ja hej det er Lone fra Skive jeg ringer om den faktura I sendte i tirsdags på det \
         nye skilt",
    ),
    (
        "english_seller",
        Language::En,
        "Good morning this is Mark from Nordic Energy could I speak to whoever is in charge \
         of your electricity contract",
    ),
    (
        "english_customer",
        Language::En,
        "Yes hello this is Jane from Skive I am calling about the invoice you sent us Tuesday \
         for that sign",
    ),
];

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// A call to which the greeting was spoken.
fn greeted(policy: &Policy, language: Language) -> Call {
    let caller = Caller::with_number(CallerNumber::read("+4571234567"));
    let provider = ProviderCallId {
        provider: "twilio".into(),
        id: "CA00000000000000000000000000000001".into(),
    };
    let line = policy.line.id.clone();
    let called = "+4570101010".to_owned();
    let call = Call::begin(
        CallId::new(now()),
        provider,
        line,
        language,
        caller.clone(),
        called.clone(),
        now(),
    );
    let event = CallEvent::Incoming { caller, called };
    screening::advance(policy, &Facts::default(), call, event, now()).call
}

/// Of calls timed one by one: whatever else the machine does falls on a few of them only, while it
/// falls on every batch that criterion times.
fn median(mut timed: impl FnMut() -> Duration) -> Duration {
    let mut took: Vec<Duration> = (0..SINGLE).map(|_| timed()).collect();
    took.sort_unstable();
    took[SINGLE / 2]
}

fn advance(criterion: &mut Criterion) {
    let config = Config::from_text(None, "", &BTreeMap::new()).unwrap();
    let (policies, _) = policies::compile(&config).unwrap();
    let policy = policies.lines()[0].as_ref();
    let facts = Facts::default();
    let later = now() + SignedDuration::from_secs(8);
    let mut group = criterion.benchmark_group("advance");
    for (name, language, words) in ANSWERS {
        assert_eq!(words.split_whitespace().count(), 20, "{name}");
        let call = greeted(policy, language);
        let heard = CallEvent::Heard {
            turn: call.turn,
            answer: Answer::Speech(Utterance::new(words, Some(0.9))),
        };
        let step = screening::advance(policy, &facts, call.clone(), heard.clone(), later);
        assert!(step.call.timeline.len() > call.timeline.len(), "{name}");
        println!(
            "{name}: {} rules fired, {:?}",
            step.call.reasons.len(),
            step.call.verdict.as_ref().map(|verdict| verdict.treatment)
        );
        let single = median(|| {
            let (call, heard) = (call.clone(), heard.clone());
            let began = Instant::now();
            let step = screening::advance(policy, &facts, black_box(call), heard, later);
            let took = began.elapsed();
            drop(step);
            took
        });
        println!("{name}: median of {SINGLE} single calls {single:?}");
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (call.clone(), heard.clone()),
                |(call, heard)| screening::advance(policy, &facts, black_box(call), heard, later),
                BatchSize::LargeInput,
            );
        });
        if let Some(second) = &policy.opinion {
            let reading = policy.rules.read(words);
            group.bench_function(format!("{name}: the second opinion alone"), |bencher| {
                bencher.iter(|| {
                    let answer = opinion::Answer {
                        question: Question::Open,
                        reading: &reading,
                        mask: &second.mask,
                        hits: &step.call.reasons,
                    };
                    second.model.hear(None, black_box(&answer), &[])
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, advance);
criterion_main!(benches);
