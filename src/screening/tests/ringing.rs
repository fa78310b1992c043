//! The owner is rung, and whoever does not reach him leaves a message.

use super::*;

fn ringing() -> Played {
    let mut played = Played::stranger();
    played.say("hej det er lone min hjemmeside er nede");
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 0 }));
    played
}

#[test]
fn the_owner_hears_who_calls_and_takes_the_call_with_a_key() {
    let mut played = ringing();
    played.on(reached(""));
    let whisper = played.said();
    assert!(whisper.to_lowercase().contains("lone"), "{whisper}");
    assert!(whisper.contains("ryk 1"), "{whisper}");
    played.on(pressed("", '1'));
    assert_eq!(played.instructions, [Instruction::Bridge]);
    played.dial_ends(DialOutcome::Answered, 90);
    played.on(CallEvent::Ended { seconds: Some(120) });
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
}

#[test]
fn whoever_spoke_with_the_owner_is_not_asked_on() {
    // The store was late with an answer: the owner was rung plainly, and that is not written down.
    let mut played = Played::stranger();
    played.on(CallEvent::DialEnded {
        attempt: 0,
        outcome: DialOutcome::Answered,
        seconds: 60,
        bridged: None,
    });
    assert_eq!(played.instructions, [Instruction::Hangup]);
    assert_eq!(played.call.disposition, Some(Disposition::Connected));

    let mut played = Played::stranger();
    let asked = played.instructions.clone();
    played.on(CallEvent::DialEnded {
        attempt: 0,
        outcome: DialOutcome::NoAnswer,
        seconds: 0,
        bridged: None,
    });
    assert_eq!(played.instructions, asked, "he is asked on");
    // His next ring is none that ended before.
    played.say("hej det er lone min hjemmeside er nede");
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 1 }));
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records(), "{:?}", played.instructions);
}

/// The end of a ring of which nothing is written down, in the middle of a dialogue.
fn plainly_rung(outcome: DialOutcome, seconds: u32) -> CallEvent {
    let heard = CallEvent::Heard {
        turn: 1,
        answer: Answer::Silence,
    };
    let [Instruction::Dial { attempt, .. }] = ring_in_place_of(&policy(), &heard)[..] else {
        panic!("the owner is rung");
    };
    CallEvent::DialEnded {
        attempt,
        outcome,
        seconds,
        bridged: None,
    }
}

#[test]
fn a_plain_ring_in_the_middle_answers_for_none_of_the_lines() {
    let mut played = Played::stranger();
    let asked = played.instructions.clone();
    played.on(plainly_rung(DialOutcome::NoAnswer, 0));
    assert_eq!(played.instructions, asked, "he is asked on");
    played.say("hej det er lone min hjemmeside er nede");
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 0 }));
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records(), "{:?}", played.instructions);

    let mut played = ringing();
    played.on(plainly_rung(DialOutcome::Answered, 60));
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
}

#[test]
fn whoever_nobody_answered_leaves_a_message_though_his_beginning_is_lost() {
    let caller = Caller::with_number(CallerNumber::read(CALLER));
    let mut played = Played::unknown(policy(), Facts::default(), caller);
    played.on(CallEvent::DialEnded {
        attempt: 0,
        outcome: DialOutcome::NoAnswer,
        seconds: 0,
        bridged: None,
    });
    assert!(played.records(), "{:?}", played.instructions);
    assert_eq!(played.ground(), Some(Ground::FailOpen));
}

#[test]
fn a_message_ends_the_call_wherever_it_stood() {
    // The end of the ringing was too late to be written down.
    let mut played = ringing();
    played.leaves_a_message();
    assert_eq!(played.call.disposition, Some(Disposition::Message));
    assert_eq!(played.instructions.last(), Some(&Instruction::Hangup));
}

#[test]
fn of_two_recordings_the_longer_is_the_message_and_neither_is_forgotten() {
    let mut played = ringing();
    played.leaves_a_message();
    for (number, seconds, kept) in [(2, 3, 1), (3, 9, 3), (4, 9, 3)] {
        played.on(CallEvent::Recorded {
            turn: 4 + number,
            aside: true,
            recording: Recording {
                url: format!("https://example.com/RE{number}"),
                seconds: Some(seconds),
            },
        });
        let message = played.call.recording_kept().unwrap();
        assert_eq!(message, format!("https://example.com/RE{kept}"));
    }
    let kept = played.call.recordings_kept();
    assert_eq!(kept.len(), 4, "{kept:?}");
    let struck = played.call.without_recording();
    assert!(struck.recordings_kept().is_empty());
}

#[test]
fn a_conversation_on_a_plain_ring_is_not_cut_off_from_the_desk() {
    let actions = [OwnerAction::TakeMessage, OwnerAction::Refuse];
    let mut played = ringing();
    for action in actions {
        assert!(may_act(&played.call, action), "he hears who calls first");
    }
    // Beyond what can be served he is rung plainly.
    let caller = Caller::with_number(CallerNumber::read(CALLER));
    let mut plain = Played::unknown(policy(), Facts::default(), caller.clone());
    plain.on(CallEvent::Fallback {
        caller,
        called: "+4570101010".into(),
        failed: String::new(),
    });
    let turn = plain.call.turn;
    for action in actions {
        assert!(!may_act(&plain.call, action), "nobody tells that he speaks");
        plain.on(CallEvent::OwnerActed { turn, action });
        assert_eq!(plain.instructions, []);
        assert!(matches!(plain.call.stage, Stage::Ringing { .. }));
    }
    played.on(CallEvent::OwnerActed {
        turn: played.call.turn,
        action: OwnerAction::TakeMessage,
    });
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn a_call_that_was_refused_with_a_key_may_still_be_taken_at_the_desk() {
    let mut played = ringing();
    played.owner(Some('2')).dial_ends(DialOutcome::Answered, 0);
    let (turn, action) = (played.call.turn, OwnerAction::Take);
    played.on(CallEvent::OwnerActed { turn, action });
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 1 }));
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records(), "{:?}", played.instructions);
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
    // Who asked whether somebody is there before he said it is refused with his like too.
    let mut played = Played::stranger();
    played.say("hallo?");
    played.say("hej det er lone min hjemmeside er nede");
    played.owner(Some('4'));
    let refuses = |effect: &Effect| matches!(effect, Effect::RefuseCampaign { .. });
    assert!(played.effects.iter().any(refuses));
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
fn of_phones_that_ring_together_each_answers_for_itself() {
    let mut played = ringing();
    played.on(reached("CA8")).on(reached("CA9"));
    assert!(played.said().contains("lone"), "{}", played.said());
    played.on(CallEvent::OwnerPressed {
        attempt: 0,
        leg: "CA8".into(),
        key: None,
    });
    assert_eq!(played.instructions, [Instruction::Hangup]);
    played.on(pressed("CA9", '1'));
    assert_eq!(played.instructions, [Instruction::Bridge]);

    let mut played = ringing();
    played.on(pressed("CA8", '2')).on(pressed("CA9", '1'));
    assert_eq!(played.instructions, [Instruction::Bridge]);
    assert_eq!(played.treatment(), Some(Treatment::Connect));
}

#[test]
fn a_phone_on_which_no_key_was_pressed_means_a_message_whatever_the_next_one_does() {
    let mut policy = policy();
    policy.line.no_answer = NoAnswer::Goodbye;
    let first = policy.line.attempts[0].clone();
    policy.line.attempts.push(first);
    let mut played = Played::begin(policy, Facts::default(), CALLER);
    played.say("hej det er lone min hjemmeside er nede");
    played.owner(None).dial_ends(DialOutcome::Answered, 0);
    assert!(matches!(played.call.stage, Stage::Ringing { attempt: 1 }));
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn the_owner_takes_a_call_of_whose_beginning_nothing_is_known() {
    let caller = Caller::with_number(CallerNumber::Withheld);
    for key in ['1', '3'] {
        let mut played = Played::unknown(policy(), Facts::default(), caller.clone());
        played.on(reached(""));
        assert!(played.said().contains("ryk 1"), "{}", played.said());
        played.on(pressed("", key));
        assert_eq!(played.instructions, [Instruction::Bridge]);
        played.dial_ends(DialOutcome::Answered, 40);
        assert_eq!(played.call.disposition, Some(Disposition::Connected));
    }
    let mut played = Played::unknown(policy(), Facts::default(), caller);
    played.on(pressed("", '2'));
    played.dial_ends(DialOutcome::Answered, 0);
    assert_eq!(played.call.stage, Stage::Refusing);
}

/// What the provider tells of a message, in its turn or beside it.
fn told_of_a_message(aside: bool, seconds: Option<u32>) -> CallEvent {
    CallEvent::Recorded {
        turn: 4,
        aside,
        recording: Recording {
            url: "https://example.com/RE1".into(),
            seconds,
        },
    }
}

#[test]
fn a_message_is_kept_though_its_length_comes_later() {
    for first in [None, Some(0), Some(6)] {
        let mut played = Played::stranger();
        played.press('1').on(told_of_a_message(false, first));
        let is_thanked = played.said().contains("gemt");
        assert_eq!(is_thanked, first != Some(0), "{first:?}");
        assert_eq!(played.call.recording.is_some(), is_thanked);
        played.on(told_of_a_message(true, Some(7)));
        assert_eq!(played.call.recording.as_ref().unwrap().seconds, Some(7));
        assert_eq!(played.call.disposition, Some(Disposition::Message));
        played.on(CallEvent::Ended { seconds: None });
        played.on(told_of_a_message(true, None));
        assert_eq!(played.call.recording.as_ref().unwrap().seconds, Some(7));
    }
}

#[test]
fn what_is_told_beside_the_call_takes_no_thanks_from_the_caller() {
    let mut played = Played::stranger();
    played.press('1').on(told_of_a_message(true, Some(7)));
    played.on(told_of_a_message(false, Some(7)));
    assert!(played.said().contains("gemt"), "{}", played.said());
}

#[test]
fn a_caller_without_a_number_cannot_be_let_through_always() {
    let mut played = Played::begin(policy(), Facts::default(), "anonymous");
    played.say("hej det er lone min hjemmeside er nede");
    played.on(reached(""));
    let whisper = played.said();
    assert!(
        whisper.contains("2 for") && !whisper.contains("3 for"),
        "{whisper}"
    );
}

/// Two destinations, one after the other.
fn two_destinations() -> Policy {
    let mut policy = policy();
    let first = policy.line.attempts[0].clone();
    policy.line.attempts.push(first);
    policy
}

fn fallback(played: &Played, failed: &str) -> CallEvent {
    CallEvent::Fallback {
        caller: played.call.caller.clone(),
        called: String::new(),
        failed: failed.into(),
    }
}

#[test]
fn a_ring_that_an_older_version_gave_goes_on_to_the_next_destination() {
    let mut played = Played::begin(two_destinations(), Facts::default(), CALLER);
    played.say("hej det er lone min hjemmeside er nede");
    for entry in &mut played.call.timeline {
        for told in &mut entry.instructions {
            if let Instruction::Dial { place, .. } = told {
                *place = None;
            }
        }
    }
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(matches!(
        played.instructions[..],
        [Instruction::Dial { place: Some(1), .. }]
    ));
    played.dial_ends(DialOutcome::NoAnswer, 0);
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn what_falls_back_while_the_phone_rings_is_a_ring_of_its_own() {
    let mut played = ringing();
    played.on(fallback(&played, "heard?turn=1"));
    assert!(matches!(
        played.instructions.last(),
        Some(Instruction::Dial {
            attempt: 1,
            whisper: false,
            ..
        })
    ));
    played.dial_ends(DialOutcome::Answered, 180);
    assert_eq!(played.instructions, [Instruction::Hangup]);
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
}

#[test]
fn what_falls_back_when_all_is_done_rings_nobody() {
    let mut spoken = ringing();
    spoken.owner(Some('1'));
    let mut recorded = ringing();
    recorded.leaves_a_message();
    for mut played in [spoken, recorded] {
        played.on(fallback(&played, "dialled?attempt=0"));
        assert_eq!(played.instructions, [Instruction::Hangup]);
    }
    // Whoever was to leave a message still is.
    let mut played = ringing();
    played.dial_ends(DialOutcome::NoAnswer, 0);
    played.on(fallback(&played, "dialled?attempt=0"));
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn what_the_owner_settles_while_the_phone_rings_changes_no_ring() {
    let mut listening = policy();
    listening.line.mode = Mode::Listen;
    let mut played = Played::begin(listening, Facts::default(), CALLER);
    played.say("hej det er lone min hjemmeside er nede");
    played.policy = policy();
    played.dial_ends(DialOutcome::Answered, 300);
    assert_eq!(played.call.disposition, Some(Disposition::Connected));

    let mut played = ringing();
    played.policy.line.whisper = Whisper::Off;
    played.on(reached(""));
    assert_eq!(played.instructions, [Instruction::Bridge]);
    played.dial_ends(DialOutcome::Answered, 300);
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
}

/// The end of the first ring, when it was picked up.
fn picked_up(bridged: bool) -> CallEvent {
    CallEvent::DialEnded {
        attempt: 0,
        outcome: DialOutcome::Answered,
        seconds: 120,
        bridged: Some(bridged),
    }
}

#[test]
fn whom_the_owner_was_connected_with_in_an_emergency_he_spoke_with() {
    // What he pressed, or that he was reached at all, is not written down.
    let mut played = ringing();
    played.on(picked_up(true));
    assert_eq!(played.instructions, [Instruction::Hangup]);
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
    let mut played = ringing();
    played.on(reached("CA8")).on(picked_up(true));
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
    let mut played = ringing();
    played.on(picked_up(false));
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn a_phone_that_was_hung_up_on_connected_nobody_whatever_the_provider_says() {
    let mut played = ringing();
    played.owner(None).on(picked_up(true));
    assert!(played.records(), "{:?}", played.instructions);
}

#[test]
fn a_conversation_is_one_though_its_end_comes_after_that_of_the_call() {
    let mut played = Played::begin(policy(), listed(ListName::Allow), CALLER);
    played.on(CallEvent::Ended { seconds: Some(300) });
    assert_eq!(played.call.disposition, Some(Disposition::NotAnswered));
    let ended = played.call.ended_at;
    played.on(picked_up(true));
    assert_eq!(played.call.disposition, Some(Disposition::Connected));
    assert_eq!(
        (played.call.ended_at, played.call.stage),
        (ended, Stage::Ended)
    );
}
