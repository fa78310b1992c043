//! Reads what Twilio tells: a verified request becomes a [`CallEvent`].
//!
//! Names that are not known are passed over, since Twilio adds new ones without notice. A name
//! that matters and comes twice makes the request unreadable.

use super::NAME;
use super::fields::{Fields, Twice};
use super::step::{NoStep, Step, is_call_sid};
use crate::call::{
    Answer, Attestation, CallEvent, Caller, CallerNumber, DialOutcome, Key, ProviderCallId,
    Recording, Utterance, harmless,
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
        let leg = own_call.map(|leg| leg.id).unwrap_or_default();
        let event = if matches!(step, Step::Whisper { .. }) {
            CallEvent::OwnerReached { attempt, leg }
        } else {
            // An unreadable key is no key: the conversation is not his until he says so.
            let key = fields.one("Digits").unwrap_or(None).and_then(first_key);
            CallEvent::OwnerPressed { attempt, leg, key }
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

/// The number of ours that the caller of this event called, where that is said. On the owner's own
/// leg `To` is his number, not ours.
pub fn line_called(event: &CallEvent, fields: &Fields<'_>) -> String {
    if event.is_on_owners_leg() {
        return String::new();
    }
    called(fields).unwrap_or_default()
}

/// Who called, where this event says it. On the owner's own leg `From` and `To` are others.
pub fn who_called(event: &CallEvent, fields: &Fields<'_>) -> Option<Caller> {
    match event {
        event if event.is_on_owners_leg() => None,
        CallEvent::Incoming { caller, .. } | CallEvent::Fallback { caller, .. } => {
            Some(caller.clone())
        }
        _ => {
            fields.one("From").ok().flatten()?;
            caller(fields).ok()
        }
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
            failed: fields.one("ErrorUrl")?.map(step_of).unwrap_or_default(),
        },
        Step::Heard { turn } => CallEvent::Heard {
            turn,
            answer: answer(fields)?,
        },
        Step::Dialled { attempt } => dial_ended(attempt, fields)?,
        Step::Recorded { turn } => match recording(fields)? {
            Some(recording) => CallEvent::Recorded {
                turn,
                aside: false,
                recording,
            },
            None => return Ok(Told::TooLittle("RecordingUrl is missing or not an address")),
        },
        // Tells the same as the action, and serves when that one got lost or did not know the length.
        Step::Recording { turn } => match (fields.one("RecordingStatus")?, recording(fields)?) {
            (Some("completed"), Some(recording)) => CallEvent::Recorded {
                turn,
                aside: true,
                recording,
            },
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
    let bridged = match fields.one("DialBridged")? {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let seconds = match bridged {
        Some(false) => 0,
        _ => number(fields, "DialCallDuration")?.unwrap_or(0),
    };
    Ok(CallEvent::DialEnded {
        attempt,
        outcome,
        seconds,
        bridged,
    })
}

fn recording(fields: &Fields<'_>) -> Result<Option<Recording>, Twice> {
    let seconds = number(fields, "RecordingDuration")?;
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

/// The end of an address of ours, which names the moment of the call.
fn step_of(address: &str) -> String {
    label(address.rsplit('/').next().unwrap_or_default())
}

fn number(fields: &Fields<'_>, name: &str) -> Result<Option<u32>, Twice> {
    Ok(fields.one(name)?.and_then(|text| text.parse().ok()))
}

/// A short text from outside: what steers a reader becomes a blank, what is too long is cut.
fn label(text: &str) -> String {
    let text: String = harmless(text).take(MAX_LABEL_CHARS).collect();
    text.trim().to_owned()
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
