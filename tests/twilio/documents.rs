//! The SDK's builder writes the same documents, and knows every verb and attribute of ours.

use portner::call::{E164, Instruction, Language, RejectCause, Target};
use portner::providers::Provider as _;
use portner::providers::twilio::Settings;
use serde_json::{Value, json};

use crate::oracle::ask;
use crate::{CALL, PUBLIC, call, twilio};

fn say(text: &str, language: Language) -> Instruction {
    Instruction::Say {
        text: text.into(),
        language,
    }
}

fn ask_for(text: &str, language: Language, hints: &[&str]) -> Instruction {
    Instruction::Ask {
        turn: 1,
        question: None,
        text: text.into(),
        language,
        hints: hints.iter().map(|hint| (*hint).to_owned()).collect(),
        wait_seconds: 6,
        pause_seconds: 2,
    }
}

fn dial(targets: Vec<Target>, whisper: bool) -> Instruction {
    Instruction::Dial {
        attempt: 1,
        place: None,
        targets,
        ring_seconds: 20,
        whisper,
    }
}

/// Every instruction, alone and as calls put them together.
fn documents() -> Vec<Vec<Instruction>> {
    let number = || Target::Number(E164::parse("+4571234567").unwrap());
    let everywhere = vec![
        number(),
        Target::Sip("sip:per@example.dk?x-line=1&x=2".into()),
        Target::Client("per".into()),
    ];
    let awkward = "Per & søn <A/S>: \"Æbler\", 5 € – 'nu' ]]> \u{1f354}";
    vec![
        vec![],
        vec![Instruction::Bridge],
        vec![Instruction::Hangup],
        vec![say(awkward, Language::Da), Instruction::Hangup],
        vec![ask_for("Goddag. Hvem er du?", Language::Da, &[])],
        vec![
            say("One moment.", Language::En),
            ask_for(awkward, Language::En, &["order", "Blåvand & co", "\"x\""]),
        ],
        vec![dial(vec![number()], false)],
        vec![say("Et øjeblik.", Language::Da), dial(everywhere, true)],
        vec![Instruction::Whisper {
            attempt: 1,
            text: awkward.into(),
            language: Language::Da,
            wait_seconds: 8,
        }],
        vec![
            say("Læg en besked.", Language::Da),
            Instruction::Record {
                turn: 3,
                max_seconds: 120,
            },
        ],
        vec![Instruction::Reject {
            cause: RejectCause::Busy,
        }],
        vec![Instruction::Reject {
            cause: RejectCause::Declined,
        }],
    ]
}

fn written(instructions: &[Instruction]) -> String {
    let reply = twilio().render(&call(), instructions);
    assert_eq!(reply.content_type, "text/xml; charset=utf-8");
    String::from_utf8(reply.body.to_vec()).unwrap()
}

#[test]
fn the_sdk_builds_the_same_documents() {
    let voices: serde_json::Map<String, Value> = Settings::new(PUBLIC)
        .voices
        .into_iter()
        .map(|(language, voice)| (language.code().to_owned(), voice.into()))
        .collect();
    for instructions in documents() {
        let theirs = ask(&json!({
            "ask": "build",
            "instructions": instructions,
            "call": CALL,
            "base": format!("{PUBLIC}/webhooks/twilio/"),
            "voices": voices,
        }));
        let ours = ask(&json!({ "ask": "canonical", "xml": written(&instructions) }));
        assert_eq!(ours, theirs, "{instructions:?}");
    }
}

#[test]
fn the_sdk_knows_every_verb_and_attribute() {
    for instructions in documents() {
        let document = written(&instructions);
        let problems = ask(&json!({ "ask": "check", "xml": document }));
        assert_eq!(problems, json!([]), "{document}");
    }
}

#[test]
fn the_check_sees_what_it_is_for() {
    for (document, problem) in [
        (
            "<Response><Gather bargein=\"true\"/></Response>",
            "bargein of <Gather>",
        ),
        (
            "<Response><Number>1</Number></Response>",
            "<Number> in <Response>",
        ),
        (
            "<Response><Dial><Say>x</Say></Dial></Response>",
            "<Say> in <Dial>",
        ),
        ("<Reply/>", "<Reply> as root"),
    ] {
        assert_eq!(
            ask(&json!({ "ask": "check", "xml": document })),
            json!([problem])
        );
    }
}
