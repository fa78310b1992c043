//! The rings of a call: how they are numbered, and what is known of one from the call's record.
//!
//! Every ring that is written down has a number that is never given twice in a call: the end of one is
//! then never taken for the end of another, whatever was late, lost, or told again. Which of the line's
//! destinations it rings, and whether with a whisper, stands beside the number, since the policy may
//! change while the phone rings. A ring that is given without a look at the call is numbered by what it is
//! given in place of.

use crate::call::{Call, CallEvent, DialOutcome, Instruction};

/// From here on are the numbers of rings that are given without a look at the call, and are written
/// down nowhere.
const UNWRITTEN: u16 = 0x8000;

/// The number of a ring that is given when nothing is known of a call.
pub(super) const AT_ONCE: u16 = u16::MAX;

/// From here on are those that are given when an answer was lost, by what it would have answered.
const WAS_LOST: u16 = 0xc000;

/// The number of a ring that is given in place of what this event leads to.
pub(super) fn in_place_of(event: &CallEvent) -> u16 {
    match event {
        CallEvent::Heard { turn, .. } => UNWRITTEN + turn % (WAS_LOST - UNWRITTEN),
        CallEvent::Fallback { failed, .. } if !failed.is_empty() => {
            let mix = |sum: u16, byte: u8| sum.wrapping_mul(31).wrapping_add(byte.into());
            WAS_LOST + failed.bytes().fold(0, mix) % (AT_ONCE - WAS_LOST)
        }
        _ => AT_ONCE,
    }
}

/// The number of the next ring, when this happened to the call.
pub(super) fn next(call: &Call, event: &CallEvent) -> u16 {
    let told = call.timeline.iter().flat_map(|entry| &entry.instructions);
    let told = told.filter_map(|told| match told {
        Instruction::Dial { attempt, .. } => Some(*attempt),
        _ => None,
    });
    let happened = call.timeline.iter().map(|entry| &entry.event);
    let happened = happened.chain([event]).filter_map(CallEvent::attempt);
    let taken = told.chain(happened).filter(|number| *number < UNWRITTEN);
    taken.max().map_or(0, |number| number + 1)
}

/// A ring as it was given to the provider.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring {
    place: u16,
    whisper: bool,
    phones: usize,
}

impl Ring {
    /// The ring with this number, where it is written down.
    pub(super) fn find(call: &Call, number: u16) -> Option<Self> {
        let mut told = call.timeline.iter().flat_map(|entry| &entry.instructions);
        told.find_map(|told| match told {
            Instruction::Dial {
                attempt,
                place,
                targets,
                whisper,
                ..
            } if *attempt == number => Some(Self {
                place: place.unwrap_or(number),
                whisper: *whisper,
                phones: targets.len(),
            }),
            _ => None,
        })
    }

    /// Whether the owner is told who calls before he is put through.
    pub(super) fn whispers(self) -> bool {
        self.whisper
    }
}

/// Which of the line's attempts a ring was. One that is written down nowhere rang the first, or was numbered
/// by it.
pub(super) fn place(call: &Call, number: u16) -> u16 {
    let unwritten = if number < UNWRITTEN { number } else { 0 };
    Ring::find(call, number).map_or(unwritten, |ring| ring.place)
}

/// Whether caller and owner spoke in the ring that ended so.
///
/// A plain ring that was picked up was a conversation. Where the owner is told who calls, his key decides,
/// and what the provider says counts only for phones whose answer is not written down: it was given
/// without a look at the call.
pub(super) fn spoke(
    call: &Call,
    number: u16,
    outcome: DialOutcome,
    seconds: u32,
    bridged: Option<bool>,
) -> bool {
    if outcome != DialOutcome::Answered || seconds == 0 {
        return false;
    }
    let legs = || {
        let of_ring =
            |event: &CallEvent| event.is_on_owners_leg() && event.attempt() == Some(number);
        call.timeline
            .iter()
            .filter(move |entry| of_ring(&entry.event))
    };
    let ring = Ring::find(call, number);
    let whispered = ring.map_or_else(|| legs().next().is_some(), |ring| ring.whisper);
    let let_go = legs().filter(|leg| leg.instructions == [Instruction::Hangup]);
    let phones = ring.map_or(1, |ring| ring.phones);
    !whispered || (bridged == Some(true) && let_go.count() < phones)
}
