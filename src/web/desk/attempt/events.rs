//! What the provider would tell when the caller or the owner of a trial does something.

use serde::Deserialize;

use crate::call::{
    Answer, Call, CallEvent, DialOutcome, Instruction, Key, Recording, Stage, Utterance,
};

/// How long a trial's conversation is said to have lasted, in seconds.
const TALKED_SECONDS: u32 = 30;

/// What was typed or tapped.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::desk) struct Played {
    pub(super) words: String,
    /// A key, `silence`, `message` or `hangup`.
    pub(super) press: String,
}

/// The events that follow from it, in order.
pub(super) fn events(call: &Call, played: &Played) -> Vec<CallEvent> {
    if played.press == "hangup" {
        return vec![CallEvent::Ended {
            seconds: Some(TALKED_SECONDS),
        }];
    }
    let mut signs = played.press.chars();
    let key = signs
        .next()
        .filter(|_| signs.next().is_none())
        .and_then(Key::new);
    match call.stage {
        Stage::Asking { .. } | Stage::OfferingKeys | Stage::Refusing => {
            let words = Utterance::new(&played.words, Some(0.9));
            let answer = match key {
                Some(key) => Answer::Key(key),
                None if words.text.is_empty() => Answer::Silence,
                None => Answer::Speech(words),
            };
            vec![CallEvent::Heard {
                turn: call.turn,
                answer,
            }]
        }
        Stage::Ringing { attempt } => rung(call, attempt, key),
        Stage::Recording => vec![CallEvent::Recorded {
            turn: call.turn,
            aside: false,
            recording: Recording {
                url: "https://recordings.invalid/trial".to_owned(),
                seconds: Some(8),
            },
        }],
        _ => Vec::new(),
    }
}

/// The owner's phone rings: what he does, and how the ringing ends.
fn rung(call: &Call, attempt: u16, key: Option<Key>) -> Vec<CallEvent> {
    let ended = |outcome, seconds| CallEvent::DialEnded {
        attempt,
        outcome,
        seconds,
        bridged: None,
    };
    let Some(key) = key else {
        return vec![ended(DialOutcome::NoAnswer, 0)];
    };
    let whispers = call.timeline.iter().rev().any(|entry| {
        entry.instructions.iter().any(|told| {
            matches!(told, Instruction::Dial { attempt: own, whisper: true, .. } if *own == attempt)
        })
    });
    let takes = matches!(key.sign(), '1' | '3');
    let end = match (takes, whispers) {
        (true, _) => ended(DialOutcome::Answered, TALKED_SECONDS),
        (false, true) => ended(DialOutcome::Answered, 0),
        (false, false) => ended(DialOutcome::Busy, 0),
    };
    if !whispers {
        return vec![end];
    }
    vec![
        CallEvent::OwnerReached {
            attempt,
            leg: String::new(),
        },
        CallEvent::OwnerPressed {
            attempt,
            leg: String::new(),
            key: Some(key),
        },
        end,
    ]
}
