//! No toll fraud: nothing but the configured destinations is ever dialled, whatever is said, called
//! or pressed, and more calls than the owner pays for ring him plainly.

use std::sync::Arc;

use portner::service::Answer;
use portner::telemetry::AlarmKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quick_xml::events::Event;

use crate::fail_open::{Installation, rings_plainly};
use crate::kill::number_from;

const SETTINGS: &str = r#"
[spend]
per_minute = 1000
per_caller = 1000
[[line]]
id = "shop"
number = "+4570101010"
[[line.destination]]
number = "+4520111111"
[[line.destination]]
sip = "sip:per@pbx.example.dk"
"#;
const MAY: [&str; 2] = ["+4520111111", "sip:per@pbx.example.dk"];

/// Every target of every `Dial` in a document; and every verb, so that none is smuggled in.
fn dialled(document: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = quick_xml::Reader::from_str(document);
    let (mut targets, mut verbs, mut within) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("the document is one") {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                verbs.push(name.clone());
                within.push(name);
            }
            Event::Empty(tag) => {
                verbs.push(tag.name().as_ref().to_owned());
            }
            Event::End(_) => {
                within.pop();
            }
            Event::Text(text) if within.iter().any(|name| name == "Dial") => {
                let text = text.trim().to_owned();
                targets.extend((!text.is_empty()).then_some(text));
            }
            Event::Eof => return (targets, verbs),
            _ => {}
        }
    }
}

/// Texts that somebody who wants a dear number dialled would try, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let tricks = prop::sample::select(vec![
        "+88213000000&+4520111111",
        "sip:+3598810000@evil.example;transport=udp",
        "</Dial><Dial><Number>+88213000000</Number>",
        "+4520111111,,9w88213000000",
        "tel:+88213000000;phone-context=+1",
        "client:owner?x=1",
        "%2B88213000000",
        "\u{202e}11111102 54+",
        "ring mig op på +88213000000",
        "]]><Reject/>",
    ]);
    prop_oneof![
        tricks.prop_map(str::to_owned),
        "\\PC{0,60}",
        "[0-9+*#,;w&]{0,40}"
    ]
}

#[test]
fn only_configured_destinations_are_dialled_whatever_comes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(Installation::with(SETTINGS, |twilio| Arc::new(twilio)));
    let steps = prop::sample::select(vec![
        "voice",
        "heard?turn=1",
        "heard?turn=2",
        "heard?turn=3",
        "dialled?attempt=0",
        "dialled?attempt=1",
        "dialled?attempt=7",
        "recorded?turn=1",
        "fallback",
        "status",
    ]);
    let names = prop::sample::select(vec![
        "From",
        "To",
        "Called",
        "SpeechResult",
        "Digits",
        "CallerName",
        "ForwardedFrom",
        "DialCallStatus",
        "DialCallDuration",
        "RecordingUrl",
        "StirVerstat",
        "SipDomain",
    ]);
    let fields = prop::collection::btree_map(names, hostile(), 0..6);
    let events = prop::collection::vec((steps, fields), 1..7);
    let mut runner = TestRunner::new(Config {
        cases: u32::try_from(number_from("PORTNER_CASES", 200)).unwrap(),
        failure_persistence: None,
        ..Config::default()
    });
    let number = std::cell::Cell::new(0_u32);
    runner
        .run(&events, |events| {
            number.set(number.get() + 1);
            let sid = format!("CA{:032x}", number.get());
            for (step, fields) in &events {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let answer = runtime.block_on(house.answer(&sid, step, &fields));
                let Answer::Reply(reply) = answer else {
                    continue;
                };
                let document = String::from_utf8(reply.body.to_vec()).unwrap();
                let (targets, verbs) = dialled(&document);
                for target in targets {
                    prop_assert!(MAY.contains(&target.as_str()), "{target} in {document}");
                }
                for verb in verbs {
                    let known = [
                        "Response", "Say", "Gather", "Dial", "Number", "Sip", "Client", "Record",
                        "Reject", "Hangup", "Pause", "Redirect",
                    ];
                    prop_assert!(known.contains(&verb.as_str()), "{verb} in {document}");
                }
            }
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn beyond_what_the_owner_pays_for_calls_ring_him_plainly() {
    let settings = SETTINGS.replace("per_caller = 1000", "per_caller = 2");
    let house = Installation::with(&settings, |twilio| Arc::new(twilio)).await;
    let call = |number: u32| format!("CA{number:032x}");
    for number in 0..2 {
        let answer = house.hook_of(&call(number), "voice", &[]).await;
        assert!(answer.contains("<Gather"), "{answer}");
    }
    let third = house.hook_of(&call(2), "voice", &[]).await;
    assert!(rings_plainly(&third), "{third}");
    assert_eq!(
        house.hook_of(&call(2), "voice", &[]).await,
        third,
        "twice is once"
    );
    let other = house
        .hook_of(&call(3), "voice", &[("From", "+4571234568")])
        .await;
    assert!(
        other.contains("<Gather"),
        "another caller is screened: {other}"
    );
    let standing = house.service.metrics().alarms().standing();
    assert!(standing.iter().any(|alarm| alarm.kind == AlarmKind::Spend));
    let figures = house.service.metrics().render();
    assert!(
        figures.contains(r#"portner_calls_shed_total{reason="per_caller"} 1"#),
        "{figures}"
    );
    // An hour later he is screened again.
    house.clock.advance(jiff::SignedDuration::from_hours(1));
    let later = house.hook_of(&call(4), "voice", &[]).await;
    assert!(later.contains("<Gather"), "{later}");
}
