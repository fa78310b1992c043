//! The whole dialogue, event by event.

use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};

use super::hours::OpeningHours;
use super::line::{
    Blocked, Closed, Languages, Limits, Line, Mode, NoAnswer, TargetedSellers, Whisper,
};
use super::profile::Profile;
use super::{Facts, Policy, Step, advance, may_act, ring_in_place_of, sample};
use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, DialOutcome, Disposition, Effect,
    Ground, Instruction, Key, Language, ListEntry, ListName, NumberPattern, Origin, OwnerAction,
    ProviderCallId, Question, Recording, Stage, Treatment, Utterance,
};
use crate::opinion::Model;
use crate::rules::{self, Lexicon, RuleSet};

mod conversation;
mod listed;
mod properties;
mod ringing;
mod whispered;

const CALLER: &str = "+4571234567";

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn line() -> Line {
    let mut profile = Profile::default();
    profile.owner.name = "Per Topp".into();
    profile.owner.is_the_only_person = true;
    profile.company.name = "Topp Design".into();
    profile.company.city = "Skive".into();
    profile.services = vec!["hjemmesider".into(), "skilte".into()];
    Line {
        time_zone: jiff::tz::TimeZone::get("Europe/Copenhagen").unwrap(),
        opinion: Some(Arc::clone(Model::shipped())),
        ..sample::line(profile)
    }
}

fn policy() -> Policy {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    let line = line();
    let rules = RULES.get_or_init(|| {
        let lexicon = Lexicon(line.lexicon());
        let compiled = RuleSet::compile(&rules::shipped(), &lexicon);
        Arc::new(compiled.expect("the shipped rules compile").rules)
    });
    Policy::new(line, Arc::clone(rules), Limits::default())
}

/// The first destination picked up, on this leg.
fn reached(leg: &str) -> CallEvent {
    CallEvent::OwnerReached {
        attempt: 0,
        leg: leg.to_owned(),
    }
}

/// There a key was pressed.
fn pressed(leg: &str, key: char) -> CallEvent {
    CallEvent::OwnerPressed {
        attempt: 0,
        leg: leg.to_owned(),
        key: Key::new(key),
    }
}

/// A call that is played by hand.
struct Played {
    policy: Policy,
    facts: Facts,
    call: Call,
    now: Timestamp,
    instructions: Vec<Instruction>,
    effects: Vec<Effect>,
}

impl Played {
    /// A call of whose beginning nothing is known.
    fn unknown(policy: Policy, facts: Facts, caller: Caller) -> Self {
        let call = Call::begin(
            CallId::new(now()),
            ProviderCallId {
                provider: "test".into(),
                id: "CA1".into(),
            },
            policy.line.id.clone(),
            policy.line.languages.greeting(),
            caller,
            "+4570101010".into(),
            now(),
        );
        Self {
            policy,
            facts,
            call,
            now: now(),
            instructions: Vec::new(),
            effects: Vec::new(),
        }
    }

    fn begin(policy: Policy, facts: Facts, from: &str) -> Self {
        let caller = Caller::with_number(CallerNumber::read(from));
        let mut played = Self::unknown(policy, facts, caller.clone());
        played.on(CallEvent::Incoming {
            caller,
            called: "+4570101010".into(),
        });
        played
    }

    fn stranger() -> Self {
        Self::begin(policy(), Facts::default(), CALLER)
    }

    fn on(&mut self, event: CallEvent) -> &mut Self {
        let Step {
            call,
            instructions,
            effects,
        } = advance(
            &self.policy,
            &self.facts,
            self.call.clone(),
            event,
            self.now,
        );
        self.call = call;
        self.instructions = instructions;
        self.effects = effects;
        self.now = self
            .now
            .saturating_add(SignedDuration::from_secs(6))
            .unwrap();
        self
    }

    fn answer(&mut self, answer: Answer) -> &mut Self {
        let turn = self.call.turn;
        self.on(CallEvent::Heard { turn, answer })
    }

    fn say(&mut self, text: &str) -> &mut Self {
        self.answer(Answer::Speech(Utterance::new(text, None)))
    }

    fn press(&mut self, sign: char) -> &mut Self {
        self.answer(Answer::Key(Key::new(sign).unwrap()))
    }

    fn silent(&mut self) -> &mut Self {
        self.answer(Answer::Silence)
    }

    fn owner(&mut self, key: Option<char>) -> &mut Self {
        let attempt = match self.call.stage {
            Stage::Ringing { attempt } => attempt,
            other => panic!("the owner is not being rung: {other:?}"),
        };
        let leg = String::new();
        self.on(CallEvent::OwnerReached {
            attempt,
            leg: leg.clone(),
        });
        self.on(CallEvent::OwnerPressed {
            attempt,
            leg,
            key: key.and_then(Key::new),
        })
    }

    fn dial_ends(&mut self, outcome: DialOutcome, seconds: u32) -> &mut Self {
        let attempt = match self.call.stage {
            Stage::Ringing { attempt } | Stage::Connected { attempt } => attempt,
            other => panic!("nobody is being rung: {other:?}"),
        };
        self.on(CallEvent::DialEnded {
            attempt,
            outcome,
            seconds,
            bridged: None,
        })
    }

    fn leaves_a_message(&mut self) -> &mut Self {
        self.on(CallEvent::Recorded {
            turn: 4,
            aside: false,
            recording: Recording {
                url: "https://example.com/RE1".into(),
                seconds: Some(7),
            },
        })
    }

    fn treatment(&self) -> Option<Treatment> {
        self.call.verdict.as_ref().map(|verdict| verdict.treatment)
    }

    fn ground(&self) -> Option<Ground> {
        self.call.verdict.as_ref().map(|verdict| verdict.ground)
    }

    fn said(&self) -> String {
        self.instructions
            .iter()
            .map(|instruction| match instruction {
                Instruction::Say { text, .. }
                | Instruction::Ask { text, .. }
                | Instruction::Whisper { text, .. } => text.as_str(),
                _ => "",
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn records(&self) -> bool {
        matches!(self.instructions.last(), Some(Instruction::Record { .. }))
    }
}

fn listed(list: ListName) -> Facts {
    Facts {
        listed: Some(ListEntry {
            pattern: NumberPattern::parse(CALLER).unwrap(),
            list,
            line: None,
            note: "Hanne fra Havnen".into(),
            origin: Origin::Owner,
            added_at: now(),
            expires_at: None,
        }),
        ..Facts::default()
    }
}

#[test]
fn the_same_event_twice_is_one_event() {
    let mut played = Played::stranger();
    let turn = played.call.turn;
    let event = CallEvent::Heard {
        turn,
        answer: Answer::Speech(Utterance::new(
            "hej det er lone min hjemmeside er nede",
            None,
        )),
    };
    played.on(event.clone());
    let (call, instructions) = (played.call.clone(), played.instructions.clone());
    played.on(event);
    assert_eq!((&played.call, &played.instructions), (&call, &instructions));
}

#[test]
fn after_the_end_nothing_changes_but_a_message_is_never_lost() {
    let mut played = Played::stranger();
    played.silent().silent().press('1');
    played.on(CallEvent::Ended { seconds: None });
    let before = played.call.clone();
    played.on(CallEvent::Heard {
        turn: 9,
        answer: Answer::Silence,
    });
    assert_eq!(played.call, before);
    played.leaves_a_message();
    assert_eq!(played.call.disposition, Some(Disposition::Message));
    assert!(played.call.recording.is_some());
}

#[test]
fn what_the_provider_cannot_do_rings_the_owner() {
    let mut played = Played::stranger();
    let caller = played.call.caller.clone();
    played.on(CallEvent::Fallback {
        caller,
        called: String::new(),
        failed: String::new(),
    });
    assert!(matches!(
        played.instructions.last(),
        Some(Instruction::Dial { whisper: false, .. })
    ));
}
