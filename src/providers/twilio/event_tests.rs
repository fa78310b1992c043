use super::*;
use crate::call::E164;

const CALL: &str = "CA00000000000000000000000000000001";
const CHILD: &str = "CA00000000000000000000000000000002";

fn told(step: &str, fields: &[(&str, &str)]) -> Result<(String, CallEvent), Refused> {
    let (name, query) = step.split_once('?').unwrap_or((step, ""));
    let fields = [("CallSid", CALL)]
        .iter()
        .filter(|_| !fields.iter().any(|(name, _)| *name == "CallSid"))
        .chain(fields)
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    read(name, &Fields::query(query), &fields).map(|(call, event)| (call.id, event))
}

fn event(step: &str, fields: &[(&str, &str)]) -> CallEvent {
    told(step, fields).unwrap().1
}

#[test]
fn an_incoming_call_is_read_with_all_that_the_network_says() {
    let event = event(
        "voice",
        &[
            ("From", "+4571234567"),
            ("To", "+4589880000"),
            ("CallerName", " Evil\u{0}\n<b>Corp "),
            ("ForwardedFrom", "+4533123456"),
            ("StirVerstat", "TN-Validation-Passed-B-Diverted"),
            ("FromCity", ""),
            ("SomethingNew", "1"),
        ],
    );
    assert_eq!(
        event,
        CallEvent::Incoming {
            caller: Caller {
                number: CallerNumber::Public(E164::parse("+4571234567").unwrap()),
                name: Some("Evil  <b>Corp".into()),
                attestation: Some(Attestation::Partial),
                forwarded_from: Some(E164::parse("+4533123456").unwrap()),
            },
            called: "+4589880000".into(),
        }
    );
}

#[test]
fn a_missing_or_withheld_number_is_still_a_call() {
    for from in [&[][..], &[("From", "anonymous")], &[("From", "+266696687")]] {
        let CallEvent::Incoming { caller, called } = event("voice", from) else {
            panic!("not an incoming call");
        };
        assert_eq!(caller, Caller::with_number(CallerNumber::Withheld));
        assert_eq!(called, "");
    }
}

#[test]
fn every_event_of_the_caller_s_leg_says_who_called() {
    let fields: Fields<'_> = [("From", "+4571234567"), ("To", "+4589880000")]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let who = |event: &CallEvent| who_called(event, &fields).map(|caller| caller.number);
    let number = CallerNumber::Public(E164::parse("+4571234567").unwrap());
    for step in ["heard?turn=2", "dialled?attempt=0"] {
        assert_eq!(who(&event(step, &[])), Some(number.clone()), "{step}");
        // Some callbacks do not say it, and then nothing is claimed.
        assert_eq!(who_called(&event(step, &[]), &Fields::default()), None);
    }
    // There it would be the owner's number, or the one that is shown to him.
    let owners = CallEvent::OwnerReached {
        attempt: 0,
        leg: CHILD.into(),
    };
    assert_eq!(who(&owners), None);
}

#[test]
fn attestation_goes_by_exact_words() {
    for (verstat, expected) in [
        ("TN-Validation-Passed-A", Some(Attestation::Full)),
        (
            "TN-Validation-Passed-A-Passthrough",
            Some(Attestation::Full),
        ),
        ("TN-Validation-Passed-C", Some(Attestation::Gateway)),
        ("TN-Validation-Failed", Some(Attestation::Failed)),
        ("TN-Validation-Failed-A-Diverted", Some(Attestation::Failed)),
        ("TN-Validation-Failed-Diverted", None),
        ("TN-Validation-Passed-AB", None),
        ("TN-Validation-Passed-A-Diverted-Passthrough", None),
        ("tn-validation-passed-a", None),
        ("No-TN-Validation", None),
        ("NULL", None),
    ] {
        assert_eq!(attestation(verstat), expected, "{verstat}");
    }
}

#[test]
fn words_keys_and_silence_are_told_apart() {
    let heard = |fields: &[_]| match event("heard?turn=3", fields) {
        CallEvent::Heard { turn: 3, answer } => answer,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        heard(&[("SpeechResult", "Ja\thej"), ("Confidence", "0.91")]),
        Answer::Speech(Utterance::new("Ja hej", Some(0.91)))
    );
    assert_eq!(
        heard(&[("SpeechResult", "hej"), ("Confidence", "0")]),
        Answer::Speech(Utterance::new("hej", None))
    );
    assert_eq!(
        heard(&[("SpeechResult", "hej"), ("Confidence", "NaN")]),
        Answer::Speech(Utterance::new("hej", None))
    );
    let key = |sign| Answer::Key(Key::new(sign).unwrap());
    assert_eq!(heard(&[("Digits", "1")]), key('1'));
    assert_eq!(
        heard(&[("Digits", "*2"), ("SpeechResult", "hej")]),
        key('*')
    );
    assert_eq!(heard(&[("Digits", "hangup")]), Answer::Silence);
    assert_eq!(heard(&[("SpeechResult", " \u{1} ")]), Answer::Silence);
    assert_eq!(heard(&[]), Answer::Silence);
}

#[test]
fn the_owner_s_leg_speaks_for_the_caller_s_call() {
    let whisper = format!("whisper?call={CALL}&attempt=1");
    let child = [("CallSid", CHILD), ("ParentCallSid", CALL)];
    assert_eq!(
        told(&whisper, &child),
        Ok((
            CALL.into(),
            CallEvent::OwnerReached {
                attempt: 1,
                leg: CHILD.into()
            }
        ))
    );
    assert_eq!(
        told(&whisper, &[("CallSid", CHILD)]).unwrap().0,
        CALL,
        "the parent need not be told"
    );
    assert!(matches!(
        told(&whisper, &[("CallSid", CHILD), ("ParentCallSid", CHILD)]),
        Err(Refused::Signature(_))
    ));
    let pressed = format!("pressed?call={CALL}&attempt=1");
    for (digits, key) in [("3", Key::new('3')), ("", None), ("x", None)] {
        assert_eq!(
            told(&pressed, &[("CallSid", CHILD), ("Digits", digits)]),
            Ok((
                CALL.into(),
                CallEvent::OwnerPressed {
                    attempt: 1,
                    leg: CHILD.into(),
                    key
                }
            ))
        );
    }
    let twice = [("CallSid", CHILD), ("Digits", "1"), ("Digits", "4")];
    assert_eq!(
        told(&pressed, &twice).unwrap().1,
        CallEvent::OwnerPressed {
            attempt: 1,
            leg: CHILD.into(),
            key: None
        }
    );
}

#[test]
fn a_broken_address_never_rings_the_owner_on_his_own_leg() {
    assert!(matches!(
        told("whisper?attempt=0", &[]),
        Err(Refused::Signature(_))
    ));
    assert!(matches!(
        told("heard", &[]),
        Err(Refused::Unreadable { call: Some(_), .. })
    ));
}

#[test]
fn the_end_of_ringing_is_read_and_never_lost() {
    for (status, outcome) in [
        ("completed", DialOutcome::Answered),
        ("answered", DialOutcome::Answered),
        ("no-answer", DialOutcome::NoAnswer),
        ("busy", DialOutcome::Busy),
        ("canceled", DialOutcome::Cancelled),
        ("failed", DialOutcome::Failed),
        ("", DialOutcome::Failed),
        ("something new", DialOutcome::Failed),
    ] {
        let fields = [("DialCallStatus", status), ("DialCallDuration", "17")];
        assert_eq!(
            event("dialled?attempt=2", &fields),
            CallEvent::DialEnded {
                attempt: 2,
                outcome,
                seconds: 17,
                bridged: None,
            }
        );
    }
    for (told, bridged, seconds) in [("true", true, 17), ("false", false, 0)] {
        let fields = [
            ("DialCallStatus", "completed"),
            ("DialCallDuration", "17"),
            ("DialBridged", told),
        ];
        assert_eq!(
            event("dialled?attempt=2", &fields),
            CallEvent::DialEnded {
                attempt: 2,
                outcome: DialOutcome::Answered,
                seconds,
                bridged: Some(bridged),
            }
        );
    }
}

#[test]
fn what_falls_back_for_another_reason_is_another_event() {
    let key = |failed| event("fallback", &[("ErrorUrl", failed)]).key();
    let of = |step: &str| format!("https://portner.example/webhooks/twilio/{step}");
    let keys = [
        key(""),
        key(&of("heard?turn=2")),
        key(&of("dialled?attempt=0")),
    ];
    assert_eq!(
        keys,
        [
            "fallback",
            "fallback-heard?turn=2",
            "fallback-dialled?attempt=0"
        ]
    );
}

#[test]
fn a_message_is_told_by_action_and_beside_the_call() {
    let fields = [
        ("RecordingUrl", "https://api.twilio.com/RE1"),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "9"),
    ];
    let told_so = |step: &str, fields: &[_]| match event(step, fields) {
        CallEvent::Recorded {
            turn: 4,
            aside,
            recording,
        } => (aside, recording.seconds),
        other => panic!("{other:?}"),
    };
    assert_eq!(told_so("recorded?turn=4", &fields), (false, Some(9)));
    assert_eq!(told_so("recorded?turn=4", &fields[..2]), (false, None));
    assert_eq!(told_so("recording?turn=4", &fields), (true, Some(9)));
    let keys = ["recorded?turn=4", "recording?turn=4"].map(|step| event(step, &fields).key());
    assert_eq!(keys, ["recorded-4", "recording-4"]);
    for (step, url) in [
        ("recorded", "javascript:alert(1)"),
        ("recorded", "https://a b"),
    ] {
        assert!(matches!(
            told(&format!("{step}?turn=4"), &[("RecordingUrl", url)]),
            Err(Refused::Unreadable { .. })
        ));
    }
    assert_eq!(
        told("recording?turn=4", &[("RecordingStatus", "absent")]),
        Err(Refused::Irrelevant)
    );
}

#[test]
fn only_the_end_of_the_caller_s_leg_ends_the_call() {
    for status in ["completed", "busy", "failed", "no-answer", "canceled"] {
        assert_eq!(
            event("status", &[("CallStatus", status), ("CallDuration", "31")]),
            CallEvent::Ended { seconds: Some(31) }
        );
    }
    for status in ["ringing", "in-progress", "initiated", ""] {
        assert_eq!(
            told("status", &[("CallStatus", status)]),
            Err(Refused::Irrelevant)
        );
    }
    assert_eq!(
        told(
            "status",
            &[("CallStatus", "completed"), ("ParentCallSid", CHILD)]
        ),
        Err(Refused::Irrelevant)
    );
    assert_eq!(told("nonsense", &[]), Err(Refused::Irrelevant));
}

#[test]
fn without_a_call_there_is_no_event() {
    for sid in ["", "CA1", "CA0000000000000000000000000000000g", "../../etc"] {
        assert!(
            matches!(
                told("voice", &[("CallSid", sid)]),
                Err(Refused::Unreadable { call: None, .. })
            ),
            "{sid}"
        );
    }
    assert!(matches!(
        told("voice", &[("From", "+4571234567"), ("From", "+4571234568")]),
        Err(Refused::Unreadable { call: Some(_), .. })
    ));
}
