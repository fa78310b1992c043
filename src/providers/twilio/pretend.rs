//! The requests that Twilio would send for a trial call, signed with the key that only serves for
//! trying things out. What reads them is what reads Twilio's own.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use super::fields::Fields;
use super::signature::{self, Key};
use super::step::Step;
use crate::call::{Answer, CallEvent, CallId, CallerNumber, DialOutcome, ProviderCallId};
use crate::providers::RawRequest;

/// Twilio's name for a trial call that we call so.
pub fn call_sid(id: CallId) -> String {
    format!("CA{}", hex::encode(id.as_bytes()))
}

/// The signed request for an event; nothing for events that Twilio does not tell.
pub fn request(
    account: &str,
    key: &Key,
    base: &str,
    call: &ProviderCallId,
    event: &CallEvent,
) -> Option<RawRequest> {
    let (step, told) = told(call, event)?;
    let mut fields: Vec<(&str, String)> = vec![("AccountSid", account.to_owned())];
    match step {
        Step::Whisper { .. } | Step::Pressed { .. } => {
            fields.push(("ParentCallSid", call.id.clone()));
        }
        _ => fields.push(("CallSid", call.id.clone())),
    }
    fields.extend(told);
    let address = step.address(base);
    let signed: Fields = fields
        .iter()
        .map(|(name, value)| ((*name).into(), value.as_str().into()))
        .collect();
    let mut headers = HeaderMap::new();
    let signature = HeaderValue::try_from(key.sign(&address, &signed)).ok()?;
    headers.insert(signature::SIGNATURE, signature);
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(&fields);
    let rest = address.strip_prefix(base)?;
    let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
    Some(RawRequest {
        method: Method::POST,
        step: name.to_owned(),
        query: query.to_owned(),
        headers,
        body: Bytes::from(body.finish()),
    })
}

/// The moment that Twilio tells of, and the fields it tells with.
fn told(call: &ProviderCallId, event: &CallEvent) -> Option<(Step, Vec<(&'static str, String)>)> {
    Some(match event {
        CallEvent::Incoming { caller, called } => {
            let from = match &caller.number {
                CallerNumber::Withheld => "anonymous".to_owned(),
                known => known.full(),
            };
            let mut fields = vec![
                ("From", from),
                ("To", called.clone()),
                ("CallStatus", "ringing".to_owned()),
            ];
            fields.extend(caller.name.clone().map(|name| ("CallerName", name)));
            (Step::Voice, fields)
        }
        CallEvent::Heard { turn, answer } => {
            let fields = match answer {
                Answer::Speech(words) => vec![
                    ("SpeechResult", words.text.clone()),
                    ("Confidence", words.confidence.unwrap_or(0.9).to_string()),
                ],
                Answer::Key(key) => vec![("Digits", key.sign().to_string())],
                Answer::Silence => Vec::new(),
            };
            (Step::Heard { turn: *turn }, fields)
        }
        CallEvent::OwnerReached { attempt, .. } => (
            Step::Whisper {
                call: call.id.clone(),
                attempt: *attempt,
            },
            Vec::new(),
        ),
        CallEvent::OwnerPressed { attempt, key, .. } => (
            Step::Pressed {
                call: call.id.clone(),
                attempt: *attempt,
            },
            key.map(|key| ("Digits", key.sign().to_string()))
                .into_iter()
                .collect(),
        ),
        CallEvent::DialEnded {
            attempt,
            outcome,
            seconds,
            bridged,
        } => {
            let status = match outcome {
                DialOutcome::Answered => "completed",
                DialOutcome::NoAnswer => "no-answer",
                DialOutcome::Busy => "busy",
                DialOutcome::Failed => "failed",
                DialOutcome::Cancelled => "canceled",
            };
            let fields = vec![
                ("DialCallStatus", status.to_owned()),
                ("DialBridged", bridged.unwrap_or(*seconds > 0).to_string()),
                ("DialCallDuration", seconds.to_string()),
            ];
            (Step::Dialled { attempt: *attempt }, fields)
        }
        CallEvent::Recorded {
            turn, recording, ..
        } => {
            let mut fields = vec![("RecordingUrl", recording.url.clone())];
            let seconds = recording.seconds.map(|seconds| seconds.to_string());
            fields.extend(seconds.map(|seconds| ("RecordingDuration", seconds)));
            (Step::Recorded { turn: *turn }, fields)
        }
        CallEvent::Ended { seconds } => {
            let mut fields = vec![("CallStatus", "completed".to_owned())];
            fields.extend(seconds.map(|seconds| ("CallDuration", seconds.to_string())));
            (Step::Status, fields)
        }
        CallEvent::OwnerActed { .. } | CallEvent::Unseen { .. } | CallEvent::Fallback { .. } => {
            return None;
        }
    })
}
