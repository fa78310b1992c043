use proptest::prelude::*;
use quick_xml::Reader;

use super::*;
use crate::call::{E164, ProviderCallId};

const CALL: &str = "CA00000000000000000000000000000001";
const PREFIX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

fn style() -> Style {
    Style {
        base: "https://screen.example.dk/webhooks/twilio/".into(),
        voices: super::super::settings::default_voices(),
        speech_model: None,
    }
}

fn call() -> ProviderCallId {
    ProviderCallId {
        provider: "twilio".into(),
        id: CALL.into(),
    }
}

fn written(instructions: &[Instruction]) -> String {
    let document = style().document(&call(), instructions);
    document.strip_prefix(PREFIX).unwrap().to_owned()
}

fn say(text: &str) -> Instruction {
    Instruction::Say {
        text: text.into(),
        language: Language::Da,
    }
}

fn ask(text: &str, hints: Vec<String>) -> Instruction {
    Instruction::Ask {
        turn: 2,
        question: None,
        text: text.into(),
        language: Language::En,
        hints: hints.into(),
        wait_seconds: 0,
        pause_seconds: 2,
    }
}

#[test]
fn nothing_and_a_bridge_are_an_empty_response() {
    assert_eq!(written(&[]), "<Response></Response>");
    assert_eq!(written(&[Instruction::Bridge]), "<Response></Response>");
    assert_eq!(style().document(&call(), &[]), EMPTY);
}

#[test]
fn a_question_is_a_gather_that_always_reports_back() {
    let hints = vec!["order, urgent".into(), "  ".into(), "complaint".into()];
    assert_eq!(
        written(&[ask("Who & why?", hints)]),
        "<Response><Gather input=\"dtmf speech\" \
         action=\"https://screen.example.dk/webhooks/twilio/heard?turn=2\" method=\"POST\" \
         actionOnEmptyResult=\"true\" language=\"en-GB\" numDigits=\"1\" \
         profanityFilter=\"false\" bargeIn=\"true\" timeout=\"1\" speechTimeout=\"2\" \
         hints=\"order  urgent,complaint\">\
         <Say language=\"en-GB\" voice=\"Polly.Amy-Neural\">Who &amp; why?</Say></Gather>\
         <Redirect method=\"POST\">https://screen.example.dk/webhooks/twilio/heard?turn=2\
         </Redirect></Response>"
    );
}

#[test]
fn what_is_said_before_a_question_can_be_interrupted_too() {
    let document = written(&[say("Et."), say("To."), ask("Hvem?", Vec::new())]);
    let (before, within) = document.split_once("<Gather").unwrap();
    assert_eq!(before, "<Response>");
    let (within, after) = within.split_once("</Gather>").unwrap();
    assert_eq!(
        spoken(&format!("<Gather{within}</Gather>")),
        ["Et.", "To.", "Hvem?"]
    );
    assert!(!after.contains("<Say"), "{after}");
    // What leads elsewhere, or says nothing further, stays as it was.
    let dial = Instruction::Dial {
        attempt: 0,
        place: None,
        targets: vec![Target::Client("per".into())],
        ring_seconds: 20,
        whisper: false,
    };
    let document = written(&[say("Et øjeblik."), dial, ask("Hvem?", Vec::new())]);
    assert!(document.starts_with("<Response><Say "), "{document}");
    assert!(!document.contains("<Gather"), "{document}");
}

#[test]
fn a_whisper_without_a_key_does_not_end_and_so_does_not_connect() {
    let whisper = Instruction::Whisper {
        attempt: 1,
        text: "Per, om en ordre.".into(),
        language: Language::Da,
        wait_seconds: 8,
    };
    let document = written(&[whisper]);
    let redirect = format!(
        "</Gather><Redirect method=\"POST\">https://screen.example.dk/webhooks/twilio/\
         pressed?call={CALL}&amp;attempt=1</Redirect></Response>"
    );
    assert!(document.ends_with(&redirect), "{document}");
}

#[test]
fn all_targets_ring_at_once_and_are_told_who_calls() {
    let dial = Instruction::Dial {
        attempt: 0,
        place: None,
        targets: vec![
            Target::Number(E164::parse("+4571234567").unwrap()),
            Target::Sip("sip:per@example.dk;transport=tls".into()),
            Target::Client("client:per".into()),
        ],
        ring_seconds: 20,
        whisper: true,
    };
    let url = format!(
        "url=\"https://screen.example.dk/webhooks/twilio/whisper?call={CALL}&amp;attempt=0\" \
         method=\"POST\""
    );
    assert_eq!(
        written(&[dial]),
        format!(
            "<Response><Dial action=\"https://screen.example.dk/webhooks/twilio/dialled?attempt=0\" \
             method=\"POST\" answerOnBridge=\"true\" timeout=\"20\">\
             <Number {url}>+4571234567</Number>\
             <Sip {url}>sip:per@example.dk;transport=tls</Sip>\
             <Client {url}>per</Client></Dial></Response>"
        )
    );
}

#[test]
fn ringing_nobody_is_an_attempt_that_failed() {
    let dial = Instruction::Dial {
        attempt: 3,
        place: None,
        targets: vec![],
        ring_seconds: 20,
        whisper: false,
    };
    assert_eq!(
        written(&[dial]),
        "<Response><Redirect method=\"POST\">\
         https://screen.example.dk/webhooks/twilio/dialled?attempt=3</Redirect></Response>"
    );
}

#[test]
fn the_owner_sees_the_caller_s_number() {
    let dial = Instruction::Dial {
        attempt: 0,
        place: None,
        targets: vec![Target::Client("per".into())],
        ring_seconds: 1,
        whisper: false,
    };
    let dial = style().document(&call(), &[dial]);
    assert!(dial.contains("timeout=\"5\"><Client>per<"), "{dial}");
}

#[test]
fn a_call_is_refused_only_before_it_is_answered() {
    let reject = |cause| Instruction::Reject { cause };
    assert_eq!(
        written(&[reject(RejectCause::Busy), say("x")]),
        "<Response><Reject reason=\"busy\"/></Response>"
    );
    assert_eq!(
        written(&[reject(RejectCause::Declined)]),
        "<Response><Reject reason=\"rejected\"/></Response>"
    );
    let late = written(&[say("Nej tak."), reject(RejectCause::Busy)]);
    assert!(late.ends_with("</Say><Hangup/></Response>"), "{late}");
}

#[test]
fn a_recording_has_an_action_an_end_and_a_limit() {
    let record = Instruction::Record {
        turn: 5,
        max_seconds: 0,
    };
    assert_eq!(
        written(&[record]),
        "<Response><Record action=\"https://screen.example.dk/webhooks/twilio/recorded?turn=5\" \
         method=\"POST\" maxLength=\"1\" timeout=\"5\" finishOnKey=\"#\" playBeep=\"true\" \
         trim=\"trim-silence\" \
         recordingStatusCallback=\"https://screen.example.dk/webhooks/twilio/recording?turn=5\" \
         recordingStatusCallbackMethod=\"POST\" recordingStatusCallbackEvent=\"completed\"/>\
         <Hangup/></Response>"
    );
}

#[test]
fn text_is_data_whatever_it_holds() {
    assert_eq!(
        spoken(&written(&[say(
            " <Dial>&lt;\u{0}\u{1b}]]>\u{fffe}\r\n\"ø\" "
        )])),
        ["<Dial>&lt;  ]]>   \"ø\""]
    );
    assert_eq!(written(&[say(" \u{7} ")]), "<Response></Response>");
}

#[test]
fn what_is_too_long_is_shortened_and_still_a_document() {
    let hints: Vec<String> = (0..5_000)
        .map(|number| format!("&&&&&&&&&&{number}"))
        .collect();
    let mut instructions = vec![say(&"\"".repeat(70_000)); 8];
    instructions.push(ask(&"'".repeat(70_000), hints));
    let document = style().document(&call(), &instructions);
    assert!(document.len() <= MAX_DOCUMENT_BYTES, "{}", document.len());
    assert_eq!(spoken(&document).len(), 9);

    let fits = |document: &str| document.chars().count() <= 4_000;
    let short = style().document_within(&call(), &[say(&"å".repeat(70_000))], fits);
    assert!(short.is_some_and(|short| fits(&short) && short.contains("åååå")));
    assert_eq!(style().document_within(&call(), &[], |_| false), None);
}

/// The texts of all `Say`, as a reader gets them; panics where the document is not well-formed.
fn spoken(document: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let mut texts = Vec::new();
    let mut within = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap();
                }
                within = start.name().as_ref() == "Say";
                if within {
                    texts.push(String::new());
                }
            }
            Event::Empty(empty) => {
                for attribute in empty.attributes() {
                    attribute.unwrap();
                }
            }
            Event::End(_) => within = false,
            Event::Text(text) if within => {
                texts.last_mut().unwrap().push_str(&text.xml10_content());
            }
            Event::GeneralRef(entity) if within => {
                let entity = format!("&{};", &*entity.into_inner());
                let character = quick_xml::escape::unescape(&entity).unwrap();
                texts.last_mut().unwrap().push_str(&character);
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&'\"\\x00-\\x1f\u{fffe}]{0,30}",
        "\\PC{0,300}"
    ]
}

fn instructions() -> impl Strategy<Value = Instruction> {
    let language = prop_oneof![Just(Language::Da), Just(Language::En)];
    let target = prop_oneof![
        (10_000_u64..1_000_000_000_000_000)
            .prop_map(|number| Target::Number(E164::parse(&number.to_string()).unwrap())),
        texts().prop_map(Target::Sip),
        texts().prop_map(Target::Client),
    ];
    prop_oneof![
        (texts(), language.clone())
            .prop_map(|(text, language)| Instruction::Say { text, language }),
        (
            any::<u16>(),
            texts(),
            language.clone(),
            prop::collection::vec(texts(), 0..5),
            any::<(u8, u8)>()
        )
            .prop_map(
                |(turn, text, language, hints, (wait_seconds, pause_seconds))| {
                    Instruction::Ask {
                        turn,
                        question: None,
                        text,
                        language,
                        hints: hints.into(),
                        wait_seconds,
                        pause_seconds,
                    }
                }
            ),
        (
            any::<u16>(),
            prop::collection::vec(target, 0..12),
            any::<u16>(),
            any::<bool>()
        )
            .prop_map(|(attempt, targets, ring_seconds, whisper)| {
                Instruction::Dial {
                    attempt,
                    place: None,
                    targets,
                    ring_seconds,
                    whisper,
                }
            }),
        (any::<u16>(), texts(), language, any::<u8>()).prop_map(
            |(attempt, text, language, wait_seconds)| {
                Instruction::Whisper {
                    attempt,
                    text,
                    language,
                    wait_seconds,
                }
            }
        ),
        Just(Instruction::Bridge),
        any::<(u16, u16)>()
            .prop_map(|(turn, max_seconds)| Instruction::Record { turn, max_seconds }),
        Just(Instruction::Reject {
            cause: RejectCause::Busy
        }),
        Just(Instruction::Hangup),
    ]
}

proptest! {
    #[test]
    fn every_document_is_well_formed_and_short_enough(
        instructions in prop::collection::vec(instructions(), 0..12)
    ) {
        let document = style().document(&call(), &instructions);
        prop_assert!(document.starts_with("<?xml"));
        prop_assert!(document.len() <= MAX_DOCUMENT_BYTES);
        prop_assert!(document.chars().all(|character| !character.is_control()));
        spoken(&document);
    }

    #[test]
    fn what_is_said_is_the_text(text in texts()) {
        let expected: Vec<String> = Some(plain(&text).into_owned()).into_iter().filter(|text| !text.is_empty()).collect();
        prop_assert_eq!(spoken(&written(&[say(&text)])), expected);
    }
}
