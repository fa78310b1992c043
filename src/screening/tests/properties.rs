//! What holds whatever a caller does.

use proptest::prelude::*;

use super::*;

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
        2 => (0_u16..3, leg()).prop_map(|(attempt, leg)| CallEvent::OwnerReached { attempt, leg }),
        2 => (0_u16..3, leg(), proptest::option::of(proptest::sample::select(vec!['1', '2', '3', '4', '7'])))
            .prop_map(|(attempt, leg, key)| CallEvent::OwnerPressed { attempt, leg, key: key.and_then(Key::new) }),
        2 => (0_u16..3, outcome, 0_u32..100, any::<Option<bool>>())
            .prop_map(|(attempt, outcome, seconds, bridged)| CallEvent::DialEnded { attempt, outcome, seconds, bridged }),
        1 => (0_u16..9, proptest::option::of(0_u32..60), any::<bool>()).prop_map(|(turn, seconds, aside)| CallEvent::Recorded {
            turn,
            aside,
            recording: Recording { url: "https://example.com/RE1".into(), seconds },
        }),
        1 => Just(CallEvent::Ended { seconds: None }),
        1 => (caller(), "[a-c]?").prop_map(|(caller, failed)| CallEvent::Fallback { caller, called: String::new(), failed }),
    ]
}

/// The owner's phones may ring together.
fn leg() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![String::new(), "CA8".to_owned(), "CA9".to_owned()])
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
    /// offered a connection or a message, a no whose grounds are written down, or having heard that
    /// the owner took it.
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
            if let Some(mut event) = event {
                // Most answers are to what was just asked.
                if let CallEvent::Heard { turn, .. } = &mut event
                    && *turn < 6
                {
                    *turn = played.call.turn;
                }
                played.now = played.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap();
                played.on(event);
            }
            // The provider may tell that the owner was rung, or of a message, while we could not write
            // down what led to it.
            offered.connection |= played.call.disposition == Some(Disposition::Connected);
            offered.message |= played.call.disposition == Some(Disposition::Message);
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

    /// However long a caller keeps talking and pressing keys, it is decided within the bounds of a call.
    #[test]
    fn a_call_is_decided_in_a_bounded_number_of_turns(answers in proptest::collection::vec(
        prop_oneof![
            "[a-zæøå ]{0,40}".prop_map(|text| Answer::Speech(Utterance::new(&text, None))),
            "[0-9*#]".prop_map(|sign| Answer::Key(Key::new(sign.chars().next().unwrap()).unwrap())),
        ],
        30,
    )) {
        let mut played = Played::stranger();
        let mut turns = 0;
        for answer in answers {
            if played.call.verdict.is_some() {
                break;
            }
            turns += 1;
            played.answer(answer);
        }
        prop_assert!(played.call.verdict.is_some());
        prop_assert!(turns <= 10);
    }
}
