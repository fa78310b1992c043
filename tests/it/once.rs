//! Twice is once: duplicated, reordered and late webhooks change nothing and get the same answer.
//!
//! `PORTNER_CASES` says for how many calls (120 where it is not set).

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::fail_open::Installation;
use crate::kill::number_from;

const STRANGER: &str = "det handler om at optimere jeres drift";

/// Everything that a provider may tell of a call, in the order in which it would.
const EVENTS: [(&str, &[(&str, &str)]); 12] = [
    ("voice", &[]),
    (
        "heard?turn=1",
        &[("SpeechResult", "taler jeg med den it ansvarlige")],
    ),
    ("heard?turn=2", &[("SpeechResult", STRANGER)]),
    (
        "heard?turn=3",
        &[
            ("SpeechResult", "vi sparer alle penge"),
            ("Confidence", "0.7"),
        ],
    ),
    ("heard?turn=4", &[("Digits", "1")]),
    ("dialled?attempt=0", &[("DialCallStatus", "no-answer")]),
    (
        "recorded?turn=4",
        &[
            ("RecordingUrl", "https://api.twilio.com/r/RE1"),
            ("RecordingDuration", "7"),
        ],
    ),
    (
        "recording?turn=4",
        &[
            ("RecordingStatus", "completed"),
            ("RecordingUrl", "https://api.twilio.com/r/RE1"),
            ("RecordingDuration", "7"),
        ],
    ),
    ("status", &[("CallStatus", "in-progress")]),
    (
        "status",
        &[("CallStatus", "completed"), ("CallDuration", "31")],
    ),
    ("fallback", &[("ErrorCode", "11200")]),
    ("voice", &[("CallerName", "somebody else")]),
];

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

#[test]
fn whatever_the_order_and_however_often_a_call_is_one_call() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(Installation::start());
    let number = std::cell::Cell::new(0_u32);
    // Any order, with as many repeats as it likes.
    let orders = prop::collection::vec(0..EVENTS.len(), 1..20);
    runner(u32::try_from(number_from("PORTNER_CASES", 120)).unwrap())
        .run(&orders, |order| {
            number.set(number.get() + 1);
            let sid = format!("CA{:032x}", number.get());
            runtime.block_on(async {
                let mut told: Vec<(usize, String)> = Vec::new();
                for event in &order {
                    let (step, fields) = EVENTS[*event];
                    let answer = format!("{:?}", house.answer(&sid, step, fields).await);
                    prop_assert!(!answer.contains("Refused"), "{answer}");
                    let call = kept(&house, &sid).await;
                    // At once again: the same answer, and not a byte of the record moves.
                    let again = format!("{:?}", house.answer(&sid, step, fields).await);
                    prop_assert_eq!(&again, &answer, "event {} at once again", event);
                    prop_assert_eq!(&kept(&house, &sid).await, &call, "event {}", event);
                    told.push((*event, answer));
                }
                let before = kept(&house, &sid).await;
                // A day after, in another order: each gets what it got when it was news.
                house.clock.advance(jiff::SignedDuration::from_hours(25));
                for (event, answer) in told.iter().rev() {
                    let (step, fields) = EVENTS[*event];
                    let late = format!("{:?}", house.answer(&sid, step, fields).await);
                    let first = told.iter().find(|(other, _)| other == event).unwrap();
                    let key_twice = matches!(event, 0 | 6 | 7 | 11);
                    if !key_twice {
                        prop_assert_eq!(&late, &first.1, "event {} late; {}", event, answer);
                    }
                }
                prop_assert_eq!(kept(&house, &sid).await, before);
                Ok::<(), TestCaseError>(())
            })
        })
        .unwrap();
}

/// The record as it is kept.
async fn kept(house: &Installation, sid: &str) -> Option<String> {
    let id = portner::call::ProviderCallId {
        provider: "twilio".into(),
        id: sid.into(),
    };
    let call = house.kept.call_by_provider(&id).await.unwrap()?;
    Some(serde_json::to_string(&call).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_webhook_many_times_at_once_is_one_call_with_one_answer() {
    let house = std::sync::Arc::new(Installation::start().await);
    let mut tasks = Vec::new();
    for _ in 0..40 {
        let house = std::sync::Arc::clone(&house);
        tasks.push(tokio::spawn(async move { house.hook("voice", &[]).await }));
    }
    let mut answers = std::collections::BTreeSet::new();
    for task in tasks {
        answers.insert(task.await.unwrap());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(house.kept.counts().await.unwrap().calls, 1);
    assert_eq!(house.kept_call().await.unwrap().timeline.len(), 1);
}
