//! The whole dialogue, event by event: examples that must come out as they do, and properties
//! that hold whatever a caller does.

use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::hours::OpeningHours;
use super::line::{Blocked, Closed, Languages, Limits, Line, Mode, NoAnswer, TargetedSellers};
use super::profile::Profile;
use super::{Facts, Policy, Step, advance, sample};
use crate::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, DialOutcome, Disposition, Effect,
    Ground, Instruction, Key, Language, ListEntry, ListName, NumberPattern, Origin, ProviderCallId,
    Recording, Stage, Treatment, Utterance,
};
use crate::opinion::Model;
use crate::rules::{self, Lexicon, RuleSet};

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
    fn begin(policy: Policy, facts: Facts, from: &str) -> Self {
        let caller = Caller::with_number(CallerNumber::read(from));
        let call = Call::begin(
            CallId::new(now()),
            ProviderCallId {
                provider: "test".into(),
                id: "CA1".into(),
            },
            policy.line.id.clone(),
            policy.line.languages.greeting(),
            caller.clone(),
            "+4570101010".into(),
            now(),
        );
        let mut played = Self {
            policy,
            facts,
            call,
            now: now(),
            instructions: Vec::new(),
            effects: Vec::new(),
        };
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
        self.on(CallEvent::OwnerReached { attempt });
        self.on(CallEvent::OwnerPressed {
            attempt,
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
fn a_known_customer_rings_straight_through() {
    let played = Played::begin(policy(), listed(ListName::Allow), CALLER);
    assert!(matches!(
        played.instructions[..],
        [Instruction::Dial { whisper: false, .. }]
    ));
    assert_eq!(played.ground(), Some(Ground::Allowed));
}

#[test]
fn a_wanted_customer_is_announced_as_one() {
    let mut played = Played::begin(policy(), listed(ListName::Wanted), CALLER);
    assert!(matches!(
        played.instructions[..],
        [Instruction::Dial { whisper: true, .. }]
    ));
    played.on(CallEvent::OwnerReached { attempt: 0 });
    assert!(played.said().contains("ønskeliste"), "{}", played.said());
    assert!(played.said().contains("Hanne fra Havnen"));
}

#[test]
fn a_blocked_caller_is_refused_before_the_call_is_answered() {
    let played = Played::begin(policy(), listed(ListName::Block), CALLER);
    assert!(matches!(
        played.instructions[..],
        [Instruction::Reject { .. }]
    ));
    assert_eq!(played.call.disposition, Some(Disposition::Rejected));
}

#[test]
fn a_spoken_no_to_a_blocked_caller_offers_the_way_back() {
    let mut policy = policy();
    policy.line.blocked = Blocked::Spoken;
    let mut played = Played::begin(policy, listed(ListName::Block), CALLER);
    assert_eq!(played.call.stage, Stage::Refusing);
    played.press('1');
    assert!(played.records());
}

#[test]
fn the_greeting_says_that_a_machine_answers_and_takes_notes() {
    for (language, words) in [
        (Language::Da, ["automat", "skriver"]),
        (Language::En, ["machine", "write"]),
    ] {
        let mut policy = policy();
        policy.line.languages = Languages::new(&[language, Language::Da, Language::En]).unwrap();
        let played = Played::begin(policy, Facts::default(), CALLER);
        for word in words {
            assert!(played.said().contains(word), "{}", played.said());
        }
        assert!(matches!(
            played.instructions[..],
            [Instruction::Say { .. }, Instruction::Ask { turn: 1, .. }]
        ));
    }
}

#[test]
fn whoever_asks_for_a_role_and_cannot_say_why_gets_a_no() {
    let mut played = Played::stranger();
    played.say("Ja goddag, taler jeg med den IT-ansvarlige?");
    assert_eq!(played.treatment(), None, "one weak sign decides nothing");
    played.say("det handler om at optimere jeres drift");
    if played.treatment().is_none() {
        played.say("mange i jeres branche sparer penge hos os");
    }
    assert_eq!(played.treatment(), Some(Treatment::Reject));
    assert_eq!(played.ground(), Some(Ground::UntargetedSelling));
    assert!(played.said().contains("tryk 1"), "{}", played.said());
    played.press('1');
    assert!(played.records(), "even a wrong no loses nobody");
}

#[test]
fn conversations_end_as_they_should() {
    use Treatment::{Connect, Message, Reject};
    for (answers, endings) in [
        (
            &[
                "Taler jeg med den IT-ansvarlige?",
                "jeg ringer om jeres sag fire syv to serveren er nede",
            ][..],
            &[Connect][..],
        ),
        (
            &[
                "hej anna holm fra holm træ jeg vil gerne tale med per",
                "jeg vil sælge jer eg",
                "på jeres hjemmeside står at i bygger i eg i de mål vi saver",
            ],
            &[Connect, Message],
        ),
        (
            &[
                "er per der",
                "det er privat",
                "hanne topp jeg er hans søster",
            ],
            &[Connect],
        ),
        (
            &[
                "jeg skal bare bekræfte jeres oplysninger til registret",
                "det er til registret",
                "det gælder alle",
            ],
            &[Reject, Message],
        ),
        (&["ring lige til mig det er mor"], &[Connect]),
        (&["hello i have your delivery"], &[Connect]),
        (
            &[
                "jag heter lars och ringer om beställningen",
                "jag heter lars",
                "beställningen",
            ],
            &[Connect, Message],
        ),
        (
            &[
                "har du to minutter vi kan spare jer 30 procent på mobilen",
                "vi ringer til alle i området",
                "vi ringer til alle i området",
            ],
            &[Reject],
        ),
        (
            &[
                "dansk politi jeg skal tale med per topp om en sag",
                "det er fra politiet i viborg",
            ],
            &[Connect, Message],
        ),
        (&["der er sket en ulykke"], &[Connect]),
        (&["hej det er lone min hjemmeside er nede"], &[Connect]),
    ] {
        let mut played = Played::stranger();
        for answer in answers {
            if played.treatment().is_none() {
                played.say(answer);
            }
        }
        let ended = played.treatment();
        assert!(
            ended.is_some_and(|treatment| endings.contains(&treatment)),
            "{answers:?} ended in {ended:?} by {:?} with {:#?}",
            played.ground(),
            played.call.reasons
        );
    }
}

#[test]
fn silence_is_asked_again_once_then_offered_keys_then_a_message_and_never_a_no() {
    let mut played = Played::stranger();
    played.silent();
    assert!(matches!(
        played.call.stage,
        Stage::Asking { again: true, .. }
    ));
    played.silent();
    assert_eq!(played.call.stage, Stage::OfferingKeys);
    assert!(played.said().contains("ryk 1"), "{}", played.said());
    played.silent();
    assert!(played.records());
    assert_eq!(played.ground(), Some(Ground::Silent));
}

#[test]
fn keys_lead_to_a_message_or_to_a_person() {
    let mut played = Played::stranger();
    assert!(played.silent().silent().press('1').records());
    let mut played = Played::stranger();
    played.silent().silent().press('2');
    assert!(matches!(played.call.stage, Stage::Ringing { .. }));
    let mut played = Played::stranger();
    assert!(played.press('1').records());
}

#[test]
fn doubtful_recognition_is_asked_again_and_judges_nothing() {
    let mut played = Played::stranger();
    played.answer(Answer::Speech(Utterance::new(
        "vi kan spare jer penge på mobilabonnement",
        Some(0.2),
    )));
    assert!(played.call.reasons.is_empty());
    assert!(matches!(
        played.call.stage,
        Stage::Asking { again: true, .. }
    ));
}

#[test]
fn who_speaks_english_is_spoken_to_in_english() {
    let mut played = Played::stranger();
    played.say("hello i would like to speak to the owner please");
    assert_eq!(played.call.language, Language::En);
    assert!(matches!(
        played.instructions.last(),
        Some(
            Instruction::Ask {
                language: Language::En,
                ..
            } | Instruction::Dial { .. }
        )
    ));
}

#[test]
fn a_line_that_listens_puts_everybody_through_and_writes_down_what_it_would_have_done() {
    let mut policy = policy();
    policy.line.mode = Mode::Listen;
    let mut played = Played::begin(policy.clone(), Facts::default(), CALLER);
    played.say("taler jeg med den it-ansvarlige");
    played.say("det handler om jeres mobilabonnementer");
    played.say("vi ringer til alle i området fordi mange sparer penge hos os");
    assert!(matches!(
        played.instructions.last(),
        Some(Instruction::Dial { whisper: false, .. })
    ));
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(verdict.would_have, Some(Treatment::Reject));
    let played = Played::begin(policy, listed(ListName::Block), CALLER);
    assert_eq!(played.treatment(), Some(Treatment::Connect));
}

#[test]
fn a_targeted_seller_is_treated_as_the_owner_chose() {
    let answers = [
        "anna holm fra holm træ jeg vil gerne sælge jer noget det siger jeg lige ud",
        "jeg vil sælge jer eg i planker",
        "på jeres hjemmeside står at i bygger i eg og vi saver eg i de mål",
    ];
    for (chosen, treatment) in [
        (TargetedSellers::Connect, Treatment::Connect),
        (TargetedSellers::Message, Treatment::Message),
    ] {
        let mut policy = policy();
        policy.line.targeted_sellers = chosen;
        let mut played = Played::begin(policy, Facts::default(), CALLER);
        for answer in answers {
            if played.treatment().is_none() {
                played.say(answer);
            }
        }
        assert_eq!(
            played.ground(),
            Some(Ground::TargetedSeller),
            "{:#?}",
            played.call.reasons
        );
        assert_eq!(played.treatment(), Some(treatment));
    }
}

fn ringing() -> Played {
    let mut played = Played::stranger();
    played.say("hej det er lone min hjemmeside er nede");
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 0 }));
    played
}

#[test]
fn the_owner_hears_who_calls_and_takes_the_call_with_a_key() {
    let mut played = ringing();
    played.on(CallEvent::OwnerReached { attempt: 0 });
    let whisper = played.said();
    assert!(whisper.to_lowercase().contains("lone"), "{whisper}");
    assert!(whisper.contains("ryk 1"), "{whisper}");
    played.on(CallEvent::OwnerPressed {
        attempt: 0,
        key: Key::new('1'),
    });
    assert_eq!(played.instructions, [Instruction::Bridge]);
    played.dial_ends(DialOutcome::Answered, 90);
    played.on(CallEvent::Ended { seconds: Some(120) });
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
}

#[test]
fn a_voicemail_that_picks_up_never_swallows_a_call() {
    let mut played = ringing();
    played.owner(None);
    assert_eq!(played.instructions, [Instruction::Hangup]);
    played.dial_ends(DialOutcome::Answered, 12);
    assert!(played.records(), "the caller leaves a message with us");
}

#[test]
fn keys_of_the_owner_refuse_and_list() {
    let mut played = ringing();
    played.owner(Some('2')).dial_ends(DialOutcome::Answered, 8);
    assert_eq!(played.call.stage, Stage::Refusing);
    assert_eq!(played.ground(), Some(Ground::OwnerDecided));

    let mut played = ringing();
    played.owner(Some('3'));
    assert_eq!(played.instructions, [Instruction::Bridge]);
    assert!(
        matches!(&played.effects[..], [Effect::List(entry)] if entry.list == ListName::Allow && entry.expires_at.is_none())
    );

    let mut played = ringing();
    played.owner(Some('4'));
    assert!(
        matches!(&played.effects[..], [Effect::List(entry), Effect::RefuseCampaign { until }]
            if entry.list == ListName::Block && entry.expires_at.is_some() && *until > now())
    );
    played.dial_ends(DialOutcome::Answered, 8);
    assert_eq!(played.call.stage, Stage::Refusing);
}

#[test]
fn when_nobody_answers_the_caller_gets_what_the_owner_chose() {
    let mut played = ringing();
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records());

    let to = "+4520111111".parse().unwrap();
    let mut policy = policy();
    policy.line.no_answer = NoAnswer::Text { to };
    let mut played = Played::begin(policy, Facts::default(), CALLER);
    played.say("hej det er lone min hjemmeside er nede");
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(
        matches!(&played.effects[..], [Effect::Text { to: sent, body }] if *sent == to && body.contains(CALLER))
    );
    assert_eq!(played.instructions.last(), Some(&Instruction::Hangup));
}

#[test]
fn outside_the_opening_hours_whoever_would_get_through_leaves_a_message() {
    let mut policy = policy();
    policy.line.closed = Closed::Message;
    policy.line.hours = OpeningHours::Weekly(std::array::from_fn(|_| Vec::new()));
    let mut played = Played::begin(policy.clone(), Facts::default(), CALLER);
    played.say("hej det er lone min hjemmeside er nede");
    assert!(played.records());
    let mut urgent = Played::begin(policy, Facts::default(), CALLER);
    urgent.say("der er sket en ulykke");
    assert!(matches!(urgent.call.stage, Stage::Ringing { .. }));
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
    played.on(CallEvent::Recorded {
        turn: 4,
        recording: Recording {
            url: "https://example.com/RE1".into(),
            seconds: 7,
        },
    });
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
    });
    assert!(matches!(
        played.instructions.last(),
        Some(Instruction::Dial { whisper: false, .. })
    ));
}

fn any_event() -> impl Strategy<Value = CallEvent> {
    let words = prop_oneof![
        Just("taler jeg med den it-ansvarlige".to_owned()),
        Just("det handler om at optimere jeres drift".to_owned()),
        Just("vi kan spare jer 30 procent på mobilregningen".to_owned()),
        Just("vi ringer til alle i området".to_owned()),
        Just("hej det er lone min hjemmeside er nede".to_owned()),
        Just("jeg skal bare bekræfte jeres oplysninger".to_owned()),
        Just("der er sket en ulykke".to_owned()),
        Just("hallo".to_owned()),
        "\\PC{0,60}",
    ];
    let answer = prop_oneof![
        4 => (words, proptest::option::of(0.0_f32..1.0))
            .prop_map(|(text, confidence)| Answer::Speech(Utterance::new(&text, confidence))),
        1 => proptest::sample::select("0123456789*#".chars().collect::<Vec<_>>())
            .prop_map(|sign| Answer::Key(Key::new(sign).unwrap())),
        2 => Just(Answer::Silence),
    ];
    let caller = || {
        prop_oneof![Just(CALLER), Just("anonymous")]
            .prop_map(|from| Caller::with_number(CallerNumber::read(from)))
    };
    let outcome = prop_oneof![
        Just(DialOutcome::Answered),
        Just(DialOutcome::NoAnswer),
        Just(DialOutcome::Busy),
        Just(DialOutcome::Failed),
        Just(DialOutcome::Cancelled),
    ];
    prop_oneof![
        1 => caller().prop_map(|caller| CallEvent::Incoming { caller, called: "+4570101010".into() }),
        12 => (0_u16..9, answer).prop_map(|(turn, answer)| CallEvent::Heard { turn, answer }),
        2 => (0_u16..3).prop_map(|attempt| CallEvent::OwnerReached { attempt }),
        2 => (0_u16..3, proptest::option::of(proptest::sample::select(vec!['1', '2', '3', '4', '7'])))
            .prop_map(|(attempt, key)| CallEvent::OwnerPressed { attempt, key: key.and_then(Key::new) }),
        2 => (0_u16..3, outcome, 0_u32..100)
            .prop_map(|(attempt, outcome, seconds)| CallEvent::DialEnded { attempt, outcome, seconds }),
        1 => (0_u16..9, 0_u32..60).prop_map(|(turn, seconds)| CallEvent::Recorded {
            turn,
            recording: Recording { url: "https://example.com/RE1".into(), seconds },
        }),
        1 => Just(CallEvent::Ended { seconds: None }),
        1 => caller().prop_map(|caller| CallEvent::Fallback { caller, called: String::new() }),
    ]
}

/// What a caller was offered, over a whole call.
#[derive(Default)]
struct Offered {
    connection: bool,
    message: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// From every state every event gives a valid step, and we never end a call without having
    /// offered a connection or a message, or a no whose grounds are written down.
    #[test]
    fn nobody_is_lost(
        events in proptest::collection::vec(any_event(), 1..25),
        list in proptest::option::of(proptest::sample::select(ListName::ALL.to_vec())),
        seconds in 0_i64..20,
    ) {
        let policy = policy();
        let facts = list.map_or_else(Facts::default, listed);
        let mut played = Played::begin(policy.clone(), facts, CALLER);
        let mut offered = Offered::default();
        let mut asked = 0;
        for event in std::iter::once(None).chain(events.into_iter().map(Some)) {
            let on_callers_leg = !matches!(
                event,
                Some(CallEvent::OwnerReached { .. } | CallEvent::OwnerPressed { .. })
            );
            let ended_by_caller = matches!(event, Some(CallEvent::Ended { .. }));
            let was_over = played.call.is_over();
            if let Some(event) = event {
                played.now = played.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap();
                played.on(event);
            }
            for instruction in &played.instructions {
                match instruction {
                    Instruction::Dial { targets, .. } => {
                        offered.connection = true;
                        for target in targets {
                            prop_assert!(policy.line.attempts.iter().any(|attempt| attempt.targets.contains(target)));
                        }
                    }
                    Instruction::Record { .. } => offered.message = true,
                    Instruction::Ask { .. } => asked += 1,
                    _ => {}
                }
            }
            let ends = played.instructions.iter().any(|instruction| {
                matches!(instruction, Instruction::Hangup | Instruction::Reject { .. })
            });
            if ends && on_callers_leg && !was_over && !ended_by_caller {
                let grounds = played.call.verdict.as_ref().is_some_and(|verdict| {
                    verdict.treatment == Treatment::Reject
                        && (!played.call.reasons.is_empty() || verdict.ground == Ground::OwnerDecided)
                });
                prop_assert!(
                    offered.connection || offered.message || grounds,
                    "ended at {:?} with {:?}",
                    played.call.stage,
                    played.call.verdict
                );
            }
            prop_assert!(played.call.asked.len() <= usize::from(policy.limits.max_questions));
            prop_assert!(played.call.turn <= policy.limits.max_turns + 4);
            prop_assert!(on_callers_leg || !played.instructions.is_empty());
        }
        prop_assert!(asked <= 40, "{asked} prompts");
    }

    /// Silence, keys, poor recognition and words of no known language never reject anybody.
    #[test]
    fn nothing_but_words_rejects(answers in proptest::collection::vec(
        prop_oneof![
            Just(Answer::Silence),
            Just(Answer::Key(Key::new('5').unwrap())),
            Just(Answer::Speech(Utterance::new("hallo", None))),
            Just(Answer::Speech(Utterance::new("vi sælger mobilabonnementer billigt", Some(0.1)))),
            "[\\u{4e00}-\\u{4fff} ]{1,20}".prop_map(|text| Answer::Speech(Utterance::new(&text, None))),
        ], 0..10),
        withheld in any::<bool>(),
    ) {
        let from = if withheld { "anonymous" } else { CALLER };
        let mut played = Played::begin(policy(), Facts::default(), from);
        for answer in answers {
            played.answer(answer);
        }
        prop_assert_ne!(played.treatment(), Some(Treatment::Reject));
    }

    /// However long a caller keeps talking, it is decided within the bounds of a call.
    #[test]
    fn a_call_is_decided_in_a_bounded_number_of_turns(texts in proptest::collection::vec("[a-zæøå ]{0,40}", 30)) {
        let mut played = Played::stranger();
        let mut turns = 0;
        for text in texts {
            if played.call.verdict.is_some() {
                break;
            }
            turns += 1;
            played.say(&text);
        }
        prop_assert!(played.call.verdict.is_some());
        prop_assert!(turns <= 10);
    }
}

/// A stranger whose words are those of a campaign that the owner refused.
fn refused_campaign() -> Played {
    let facts = Facts {
        campaign: Some(super::campaign::Known {
            name: "nordlys mobilabonnement".into(),
            days_ago: vec![0, 1],
            refused: true,
        }),
        ..Facts::default()
    };
    Played::begin(policy(), facts, CALLER)
}

#[test]
fn a_refused_campaign_gets_a_no_only_where_a_rule_speaks_against_it_too() {
    let mut played = refused_campaign();
    played.say("goddag taler jeg med den it ansvarlige i jeres virksomhed");
    assert_eq!(played.ground(), Some(Ground::RefusedCampaign));
    assert_eq!(played.call.stage, Stage::Refusing);
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(verdict.treatment, Treatment::Reject);
    let noted = |reason: &&crate::call::Reason| reason.rule == "campaign-refused";
    assert_eq!(played.call.reasons.iter().filter(noted).count(), 1);

    // The match alone rejects nobody.
    let mut played = refused_campaign();
    played.say("jo altså den grønne er den som vi så forleden");
    let verdict = played.call.verdict.clone().unwrap();
    assert_eq!(
        (verdict.treatment, verdict.ground),
        (Treatment::Message, Ground::RefusedCampaign)
    );

    // What speaks for the caller sets it aside.
    for words in [
        "hej det er lone min hjemmeside er nede",
        "det er fra skolen din søn er kommet til skade",
    ] {
        let mut played = refused_campaign();
        played.say(words);
        let ground = played.ground();
        assert!(
            !matches!(ground, Some(Ground::RefusedCampaign)),
            "{words}: {ground:?}"
        );
    }
}
