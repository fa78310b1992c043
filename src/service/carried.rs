//! A provider that does what it is told, while answers come late, get lost, or are given without a look at
//! the call, and the owner changes his mind: whatever the order, every call comes to an end, and who spoke
//! with the owner hears no more of us.

use jiff::Timestamp;
use proptest::prelude::*;

use super::sample;
use super::webhook::safe_instructions;
use crate::call::{
    Answer, Call, CallEvent, DialOutcome, Disposition, Instruction, Key, Recording, Stage,
    Utterance,
};
use crate::screening::line::{Mode, Whisper};
use crate::screening::{self, Facts, Policy};

/// What becomes of an event and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    /// It is taken in, and the answer comes too late.
    Late,
    /// It is not taken in.
    Shed,
    /// The answer is lost, and the provider asks for something safe.
    Lost,
    /// It cannot be written down.
    Unkept,
    /// The provider tells first that the call is over.
    Overtaken,
}

/// One event: what the people do, what becomes of it, and which policy is in force.
type Turn = (u8, Fate, usize);

struct Carried {
    policies: Vec<Policy>,
    call: Call,
    now: Timestamp,
    turns: std::vec::IntoIter<Turn>,
    spoke: bool,
    left_a_message: bool,
}

impl Carried {
    fn turn(&mut self) -> Turn {
        self.turns.next().unwrap_or((0, Fate::Well, 0))
    }

    /// The answer to an event, as the provider gets it.
    fn tell(&mut self, event: CallEvent, fate: Fate, policy: usize) -> Vec<Instruction> {
        let policy = self.policies[policy].clone();
        let safe = safe_instructions(&policy, &event);
        if fate == Fate::Shed && !event.took_place() {
            return safe;
        }
        // Where the answer to the owner's key was lost too, nothing is left that tells of it.
        let is_untold = matches!(self.call.stage, Stage::Connected { .. }) && !self.spoke;
        let is_ring_end = matches!(event, CallEvent::DialEnded { .. });
        if fate == Fate::Overtaken && is_ring_end && !is_untold {
            self.advance(&policy, CallEvent::Ended { seconds: Some(90) });
        }
        let before = self.call.clone();
        let told = self.advance(&policy, event.clone());
        match fate {
            Fate::Late => safe,
            Fate::Lost if event.is_on_owners_leg() => vec![Instruction::Hangup],
            Fate::Lost if !matches!(event, CallEvent::Fallback { .. }) => {
                let fallback = CallEvent::Fallback {
                    caller: self.call.caller.clone(),
                    called: self.call.called.clone(),
                    failed: event.key(),
                };
                let (_, fate, policy) = self.turn();
                // Two failures in a row, and nothing tells that a conversation was before them.
                let fate = if event.took_place() { Fate::Well } else { fate };
                self.tell(fallback, fate, policy)
            }
            Fate::Unkept
                if told
                    .iter()
                    .any(|told| matches!(told, Instruction::Ask { .. })) =>
            {
                let rung = screening::ring_through(&policy, before, event, self.now);
                self.call = rung.call;
                rung.instructions
            }
            _ => told,
        }
    }

    fn advance(&mut self, policy: &Policy, event: CallEvent) -> Vec<Instruction> {
        let call = self.call.clone();
        let step = screening::advance(policy, &Facts::default(), call, event, self.now);
        self.call = step.call;
        step.instructions
    }

    /// Does what stands in a document; gives the next one, or nothing at the end of the call.
    fn carry_out(&mut self, document: &[Instruction]) -> Option<Vec<Instruction>> {
        for instruction in document {
            let (does, fate, policy) = self.turn();
            let event = match instruction {
                Instruction::Ask { turn, .. } => CallEvent::Heard {
                    turn: *turn,
                    answer: match does % 4 {
                        0 => Answer::Speech(Utterance::new("jeg vil gerne tale med Per", None)),
                        1 => Answer::Key(Key::new('1').unwrap()),
                        2 => Answer::Key(Key::new('2').unwrap()),
                        _ => Answer::Silence,
                    },
                },
                Instruction::Dial {
                    attempt, whisper, ..
                } => self.ring(*attempt, *whisper, does),
                Instruction::Record { turn, .. } => {
                    self.left_a_message = true;
                    CallEvent::Recorded {
                        turn: *turn,
                        aside: false,
                        recording: Recording {
                            url: "https://example.com/RE1".into(),
                            seconds: Some(7),
                        },
                    }
                }
                Instruction::Hangup | Instruction::Reject { .. } => return None,
                _ => continue,
            };
            let next = self.tell(event, fate, policy);
            let is_connected = self.call.disposition == Some(Disposition::Connected);
            assert!(!self.spoke || is_connected);
            return Some(next);
        }
        None
    }

    /// The owner's phone rings: how that ends.
    fn ring(&mut self, attempt: u16, whisper: bool, does: u8) -> CallEvent {
        let picks_up = !does.is_multiple_of(3);
        let bridged = picks_up && (!whisper || self.is_let_through(attempt));
        self.spoke |= bridged;
        CallEvent::DialEnded {
            attempt,
            outcome: if picks_up {
                DialOutcome::Answered
            } else {
                DialOutcome::NoAnswer
            },
            seconds: if bridged { 60 } else { 0 },
            bridged: Some(bridged),
        }
    }

    /// The owner is told who calls, unless it comes to something else.
    fn is_let_through(&mut self, attempt: u16) -> bool {
        let leg = String::from("CA8");
        let (_, fate, policy) = self.turn();
        let reached = CallEvent::OwnerReached {
            attempt,
            leg: leg.clone(),
        };
        let told = self.tell(reached, fate, policy);
        if !matches!(told[..], [Instruction::Whisper { .. }]) {
            return told == [Instruction::Bridge];
        }
        let (does, fate, policy) = self.turn();
        let key = [None, Key::new('1'), Key::new('2'), Key::new('4')][usize::from(does % 4)];
        let pressed = CallEvent::OwnerPressed { attempt, leg, key };
        self.tell(pressed, fate, policy) == [Instruction::Bridge]
    }
}

/// The same line as its owner may have it from one moment to the next.
fn policies() -> Vec<Policy> {
    let mut usual = sample::policy();
    let again = usual.line.attempts[0].clone();
    usual.line.attempts.push(again);
    let mut straight = usual.clone();
    straight.line.whisper = Whisper::Off;
    let mut listening = usual.clone();
    listening.line.mode = Mode::Listen;
    vec![usual, straight, listening]
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let fate = prop_oneof![
        4 => Just(Fate::Well),
        1 => Just(Fate::Late),
        1 => Just(Fate::Shed),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Unkept),
        1 => Just(Fate::Overtaken),
    ];
    proptest::collection::vec((any::<u8>(), fate, 0_usize..3), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_call_comes_to_an_end_and_a_conversation_is_the_last_of_it(turns in turns()) {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let call = screening::sample::call();
        let incoming = CallEvent::Incoming {
            caller: call.caller.clone(),
            called: call.called.clone(),
        };
        let mut carried = Carried {
            policies: policies(),
            call,
            now,
            turns: turns.into_iter(),
            spoke: false,
            left_a_message: false,
        };
        let (_, fate, policy) = carried.turn();
        let mut document = Some(carried.tell(incoming, fate, policy));
        let mut documents = 0;
        while let Some(told) = document {
            documents += 1;
            prop_assert!(documents < 60, "{:#?}", carried.call.timeline);
            let spoke = carried.spoke;
            document = carried.carry_out(&told);
            if let Some(next) = &document && !spoke && carried.spoke {
                prop_assert_eq!(&next[..], &[Instruction::Hangup], "{:#?}", &carried.call);
            }
        }
        let usual = carried.policies[0].clone();
        carried.advance(&usual, CallEvent::Ended { seconds: None });
        let is_connected = carried.call.disposition == Some(Disposition::Connected);
        prop_assert!(!is_connected || carried.spoke, "{:#?}", carried.call);
        prop_assert!(!carried.left_a_message || !carried.spoke, "{:#?}", carried.call);
    }
}
