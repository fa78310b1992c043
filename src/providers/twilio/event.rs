//! Reads what Twilio tells: a verified request becomes a [`CallEvent`].
//!
//! Names that are not known are passed over, since Twilio adds new ones without notice. A name
//! that matters and comes twice makes the request unreadable.

use super::NAME;
use super::fields::{Fields, Twice};
use super::step::{NoStep, Step, is_call_sid};
use crate::call::{
    Answer, Attestation, CallEvent, Caller, CallerNumber, DialOutcome, Key, ProviderCallId,
    Recording, Utterance,
};
use crate::providers::Refused;

/// The longest name or number that is kept, in characters.
const MAX_LABEL_CHARS: usize = 200;
/// The longest address of a recording that is kept.
const MAX_URL_BYTES: usize = 500;

/// Reads a verified request: the end of its address, its query, and the fields that Twilio sent.
pub fn read(
    step: &str,
    query: &Fields<'_>,
    fields: &Fields<'_>,
) -> Result<(ProviderCallId, CallEvent), Refused> {
    let own_call = fields.one("CallSid").ok().flatten();
    let own_call = own_call.filter(|sid| is_call_sid(sid)).map(call_id);
    let unreadable = |reason| Refused::Unreadable {
        reason,
        call: own_call.clone(),
    };
    let step = Step::read(step, query).map_err(|reason| match reason {
        NoStep::Unknown => Refused::Irrelevant,
        NoStep::Number => unreadable("the address does not say which turn or attempt it is about"),
        // Ringing the owner cannot be the answer on the owner's own leg, and these addresses
        // stand nowhere but in our markup.
        NoStep::OwnersLeg => Refused::Signature("an address that was never given out"),
    })?;
    if let Step::Whisper { call, attempt } | Step::Pressed { call, attempt } = &step {
        let parent = fields.one("ParentCallSid");
        if !matches!(parent, Ok(None)) && parent != Ok(Some(call)) {
            return Err(Refused::Signature("the leg belongs to another call"));
        }
        let attempt = *attempt;
        let event = if matches!(step, Step::Whisper { .. }) {
            CallEvent::OwnerReached { attempt }
        } else {
            // An unreadable key is no key: the conversation is not his until he says so.
            let key = fields.one("Digits").unwrap_or(None).and_then(first_key);
            CallEvent::OwnerPressed { attempt, key }
        };
        return Ok((call_id(call), event));
    }
    let call = own_call
        .clone()
        .ok_or_else(|| unreadable("CallSid is missing or not one"))?;
    let event = on_callers_leg(&step, fields)
        .map_err(|Twice| unreadable("a field that matters came twice"))?;
    match event {
        Told::Event(event) => Ok((call, event)),
        Told::Nothing => Err(Refused::Irrelevant),
        Told::TooLittle(reason) => Err(unreadable(reason)),
    }
}

enum Told {
    Event(CallEvent),
    Nothing,
    TooLittle(&'static str),
}

fn on_callers_leg(step: &Step, fields: &Fields<'_>) -> Result<Told, Twice> {
    Ok(Told::Event(match *step {
        Step::Voice => CallEvent::Incoming {
            caller: caller(fields)?,
            called: called(fields)?,
        },
        Step::Fallback => CallEvent::Fallback {
            caller: caller(fields)?,
            called: called(fields)?,
        },
        Step::Heard { turn } => CallEvent::Heard {
            turn,
            answer: answer(fields)?,
        },
        Step::Dialled { attempt } => dial_ended(attempt, fields)?,
        Step::Recorded { turn } => match recording(fields)? {
            Some(recording) => CallEvent::Recorded { turn, recording },
            None => return Ok(Told::TooLittle("RecordingUrl is missing or not an address")),
        },
        // Tells the same as the action, and serves when that one got lost.
        Step::Recording { turn } => match (fields.one("RecordingStatus")?, recording(fields)?) {
            (Some("completed"), Some(recording)) => CallEvent::Recorded { turn, recording },
            _ => return Ok(Told::Nothing),
        },
        Step::Status => match fields.one("CallStatus")? {
            Some("completed" | "busy" | "failed" | "no-answer" | "canceled")
                if fields.one("ParentCallSid")?.is_none() =>
            {
                CallEvent::Ended {
                    seconds: number(fields, "CallDuration")?,
                }
            }
            _ => return Ok(Told::Nothing),
        },
        Step::Whisper { .. } | Step::Pressed { .. } => return Ok(Told::Nothing),
    }))
}

fn call_id(sid: impl Into<String>) -> ProviderCallId {
    ProviderCallId {
        provider: NAME.into(),
        id: sid.into(),
    }
}

fn caller(fields: &Fields<'_>) -> Result<Caller, Twice> {
    let forwarded_from = fields.one("ForwardedFrom")?;
    Ok(Caller {
        number: CallerNumber::read(fields.one("From")?.unwrap_or_default()),
        name: fields
            .one("CallerName")?
            .map(label)
            .filter(|name| !name.is_empty()),
        attestation: fields.one("StirVerstat")?.and_then(attestation),
        forwarded_from: forwarded_from.and_then(|from| CallerNumber::read(from).public()),
    })
}

fn called(fields: &Fields<'_>) -> Result<String, Twice> {
    Ok(fields.one("To")?.map(label).unwrap_or_default())
}

/// What the network says of the number (`StirVerstat`), by the exact words: `-Passed-A` is also
/// how two others begin. No word and an unknown word mean that nothing is known.
fn attestation(verstat: &str) -> Option<Attestation> {
    let rest = verstat.strip_prefix("TN-Validation-")?;
    let (grade, suffixed) = match rest.strip_suffix("-Diverted") {
        Some(grade) => (grade, true),
        None => match rest.strip_suffix("-Passthrough") {
            Some(grade) => (grade, true),
            None => (rest, false),
        },
    };
    match grade {
        "Passed-A" => Some(Attestation::Full),
        "Passed-B" => Some(Attestation::Partial),
        "Passed-C" => Some(Attestation::Gateway),
        "Failed-A" | "Failed-B" | "Failed-C" => Some(Attestation::Failed),
        "Failed" if !suffixed => Some(Attestation::Failed),
        _ => None,
    }
}

/// A key counts before words: whoever presses one while talking has decided.
fn answer(fields: &Fields<'_>) -> Result<Answer, Twice> {
    let confidence = fields.one("Confidence")?.and_then(|text| text.parse().ok());
    let speech = fields.one("SpeechResult")?;
    if let Some(key) = fields.one("Digits")?.and_then(first_key) {
        return Ok(Answer::Key(key));
    }
    let words = speech.map(|words| Utterance::new(words, confidence));
    Ok(words
        .filter(|words| !words.text.is_empty())
        .map_or(Answer::Silence, Answer::Speech))
}

/// The first key of `Digits`, which also says `hangup` when there was none.
fn first_key(digits: &str) -> Option<Key> {
    digits.chars().next().and_then(Key::new)
}

/// `answered` and `completed` mean that somebody or something picked up; whether the owner took
/// the call, only his key tells.
fn dial_ended(attempt: u16, fields: &Fields<'_>) -> Result<CallEvent, Twice> {
    let outcome = match fields.one("DialCallStatus")? {
        Some("completed" | "answered") => DialOutcome::Answered,
        Some("no-answer") => DialOutcome::NoAnswer,
        Some("busy") => DialOutcome::Busy,
        Some("canceled") => DialOutcome::Cancelled,
        _ => DialOutcome::Failed,
    };
    let seconds = match fields.one("DialBridged")? {
        Some("false") => 0,
        _ => number(fields, "DialCallDuration")?.unwrap_or(0),
    };
    Ok(CallEvent::DialEnded {
        attempt,
        outcome,
        seconds,
    })
}

fn recording(fields: &Fields<'_>) -> Result<Option<Recording>, Twice> {
    let seconds = number(fields, "RecordingDuration")?.unwrap_or(0);
    let url = fields.one("RecordingUrl")?;
    let is_address = |url: &&str| {
        url.starts_with("https://")
            && url.len() <= MAX_URL_BYTES
            && url.bytes().all(|byte| byte.is_ascii_graphic())
    };
    Ok(url.filter(is_address).map(|url| Recording {
        url: url.to_owned(),
        seconds,
    }))
}

fn number(fields: &Fields<'_>, name: &str) -> Result<Option<u32>, Twice> {
    Ok(fields.one(name)?.and_then(|text| text.parse().ok()))
}

/// A short text from outside: control characters become blanks, what is too long is cut.
fn label(text: &str) -> String {
    let clean = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let text: String = text.chars().map(clean).take(MAX_LABEL_CHARS).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
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
            Ok((CALL.into(), CallEvent::OwnerReached { attempt: 1 }))
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
                Ok((CALL.into(), CallEvent::OwnerPressed { attempt: 1, key }))
            );
        }
        let twice = [("CallSid", CHILD), ("Digits", "1"), ("Digits", "4")];
        assert_eq!(
            told(&pressed, &twice).unwrap().1,
            CallEvent::OwnerPressed {
                attempt: 1,
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
                    seconds: 17
                }
            );
        }
        let fields = [
            ("DialCallStatus", "completed"),
            ("DialCallDuration", "17"),
            ("DialBridged", "false"),
        ];
        assert!(matches!(
            event("dialled?attempt=2", &fields),
            CallEvent::DialEnded { seconds: 0, .. }
        ));
    }

    #[test]
    fn a_message_is_told_by_action_and_by_callback_alike() {
        let fields = [
            ("RecordingUrl", "https://api.twilio.com/RE1"),
            ("RecordingDuration", "9"),
            ("RecordingStatus", "completed"),
        ];
        let recorded = event("recorded?turn=4", &fields);
        assert_eq!(event("recording?turn=4", &fields), recorded);
        assert_eq!(recorded.key(), "recorded-4");
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
}
