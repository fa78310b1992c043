//! Deciding: what a call's next event makes of it. Pure: no clock, no I/O, no async.
//!
//! [`advance`] takes a call, what just happened to it, and everything that is known, and gives the
//! call as it now is, what the provider is to do, and what else is to be done. How the doorman
//! talks with the caller is in `dialogue`, by which principles he judges in [`principles`], what
//! becomes of the caller then in `conclusion`, and how the owner is rung in `ringing`.

use jiff::Timestamp;

use self::line::NoAnswer;
use self::rings::Ring;
use self::wording::Prompt;
use crate::call::{Call, CallEvent, Effect, Entry, Instruction, OwnerAction, Stage};

mod answered;
pub mod campaign;
mod choice;
mod conclusion;
mod dialogue;
pub mod evidence;
mod facts;
mod hints;
pub mod hours;
mod language;
pub mod line;
mod policy;
pub mod principles;
pub mod profile;
mod reasons;
pub mod rehearsal;
mod ringing;
mod rings;
#[cfg(test)]
pub(crate) mod sample;
mod second;
mod slots;
mod speaking;
mod summary;
#[cfg(test)]
mod tests;
pub mod tipping;
pub mod wording;

pub use answered::{Answered, answers};
pub use facts::Facts;
pub use hints::Hints;
pub use language::is_clear;
pub use policy::{Policy, SecondOpinion};
pub use reasons::reasons;

/// What an event makes of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The call as it now is.
    pub call: Call,
    /// What the provider is to do, on the leg that the event came from.
    pub instructions: Vec<Instruction>,
    /// What else is to be done.
    pub effects: Vec<Effect>,
}

/// Takes a call one event further.
///
/// An event that the call has seen before gets the instructions it got then, and one that comes
/// after the end changes nothing, except that neither a message which was recorded nor a
/// conversation that took place is ever lost.
#[must_use]
pub fn advance(
    policy: &Policy,
    facts: &Facts,
    call: Call,
    event: CallEvent,
    now: Timestamp,
) -> Step {
    let known = answered(&call, &event).map(<[Instruction]>::to_vec);
    // Providers may tell that a call is over before they tell how its last part ended.
    let late = call.is_over() && !event.took_place();
    if let Some(instructions) = known.or_else(|| late.then(|| vec![Instruction::Hangup])) {
        return Step {
            call,
            instructions,
            effects: Vec::new(),
        };
    }
    step(policy, facts, call, event, now, |doorman, event| {
        doorman.on(event)
    })
}

/// The instructions that an event got when it was new. An answer that is heard twice, for want of room or
/// time, may give two rings of one number: the end of one is the same only where it ended alike.
fn answered<'a>(call: &'a Call, event: &CallEvent) -> Option<&'a [Instruction]> {
    match event {
        CallEvent::DialEnded { attempt, .. } if Ring::find(call, *attempt).is_none() => {
            let mut entries = call.timeline.iter();
            let same = entries.find(|entry| entry.event == *event)?;
            Some(&same.instructions)
        }
        _ => call.answered(&event.key()),
    }
}

/// Takes a call one event further without screening it: the owner is rung, unless it was decided
/// otherwise before. For when there is no store to screen with, or no room, or no money.
///
/// The event is written down as the one it is, so that the same one again is no new one.
#[must_use]
pub fn ring_through(policy: &Policy, call: Call, event: CallEvent, now: Timestamp) -> Step {
    let facts = Facts::default();
    if answered(&call, &event).is_some() || call.is_over() {
        return advance(policy, &facts, call, event, now);
    }
    step(policy, &facts, call, event, now, |doorman, _| {
        doorman.fall_back()
    })
}

/// What the doorman does with a call because of an event, which is written down.
fn step(
    policy: &Policy,
    facts: &Facts,
    mut call: Call,
    event: CallEvent,
    now: Timestamp,
    decide: impl FnOnce(&mut Doorman<'_>, &CallEvent) -> Vec<Instruction>,
) -> Step {
    let mut doorman = Doorman {
        policy,
        facts,
        call: &mut call,
        event: &event,
        now,
        effects: Vec::new(),
    };
    let instructions = decide(&mut doorman, &event);
    let effects = doorman.effects;
    call.timeline.push(Entry {
        at: now,
        event,
        instructions: instructions.clone(),
    });
    Step {
        call,
        instructions,
        effects,
    }
}

/// What the owner's phone gets when nothing else can be decided: a plain ring, as if nobody stood
/// at the door.
#[must_use]
pub fn ring_the_owner(policy: &Policy) -> Vec<Instruction> {
    plain_ring(policy, rings::AT_ONCE)
}

/// The same in place of what this event leads to: what comes after it goes on where the call was, when
/// nobody answers.
#[must_use]
pub fn ring_in_place_of(policy: &Policy, event: &CallEvent) -> Vec<Instruction> {
    plain_ring(policy, rings::in_place_of(event))
}

fn plain_ring(policy: &Policy, attempt: u16) -> Vec<Instruction> {
    policy.line.attempts.first().map_or_else(
        || vec![Instruction::Hangup],
        |first| {
            vec![Instruction::Dial {
                attempt,
                place: Some(0),
                targets: first.targets.clone(),
                ring_seconds: first.ring_seconds,
                whisper: false,
            }]
        },
    )
}

/// What a caller gets whom nobody answered, when nothing else can be decided.
#[must_use]
pub fn nobody_answered(policy: &Policy) -> Vec<Instruction> {
    let language = policy.line.languages.greeting();
    let say = |prompt| Instruction::Say {
        text: policy.line.wordings.say(prompt, language),
        language,
    };
    match policy.line.no_answer {
        NoAnswer::Voicemail => vec![
            say(Prompt::NoAnswer),
            Instruction::Record {
                turn: 1,
                max_seconds: policy.limits.message_seconds,
            },
        ],
        NoAnswer::Text { .. } | NoAnswer::Goodbye => {
            vec![say(Prompt::Goodbye), Instruction::Hangup]
        }
    }
}

/// Whether the owner may do this with a call as it now is: while Portner speaks with the caller
/// everything, while the owner's own phone rings only what ends the ringing. Where it rings plainly
/// nothing: he may be speaking with the caller already, since nobody tells that he picked up.
#[must_use]
pub fn may_act(call: &Call, action: OwnerAction) -> bool {
    match call.stage {
        Stage::Asking { .. } | Stage::OfferingKeys | Stage::Refusing => true,
        Stage::Ringing { attempt } => {
            Ring::find(call, attempt).is_some_and(Ring::whispers)
                && matches!(action, OwnerAction::TakeMessage | OwnerAction::Refuse)
        }
        Stage::Offered
        | Stage::Connected { .. }
        | Stage::Recording
        | Stage::Closing
        | Stage::Ended => false,
    }
}

/// One call at the door, for the time of one event.
struct Doorman<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    call: &'a mut Call,
    /// What happened.
    event: &'a CallEvent,
    now: Timestamp,
    effects: Vec<Effect>,
}

impl Doorman<'_> {
    fn on(&mut self, event: &CallEvent) -> Vec<Instruction> {
        match event {
            CallEvent::Incoming { .. } if self.call.stage == Stage::Offered => self.open(),
            CallEvent::Heard { turn, answer } if *turn == self.call.turn => self.heard(answer),
            CallEvent::OwnerReached { attempt, .. } => self.owner_reached(*attempt),
            CallEvent::OwnerPressed { attempt, key, .. } => self.owner_pressed(*attempt, *key),
            CallEvent::DialEnded {
                attempt,
                outcome,
                seconds,
                bridged,
            } => {
                let spoke = rings::spoke(self.call, *attempt, *outcome, *seconds, *bridged);
                self.dial_ended(*attempt, *outcome, spoke, *bridged)
            }
            CallEvent::Recorded {
                aside, recording, ..
            } => self.recorded(recording, *aside),
            CallEvent::Ended { .. } => self.ended(),
            CallEvent::OwnerActed { action, .. } => self.owner_acted(*action),
            CallEvent::Fallback { .. } => self.fall_back(),
            CallEvent::Unseen { .. } => self.unseen(),
            CallEvent::Incoming { .. } | CallEvent::Heard { .. } => self.stay(),
        }
    }
}
