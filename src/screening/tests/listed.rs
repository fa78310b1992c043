//! Callers whose number is on a list of the owner's.

use super::*;

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
    played.on(reached(""));
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
