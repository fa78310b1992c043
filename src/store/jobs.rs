//! The jobs that a step of a call brings about.

use uuid::Uuid;

use crate::call::{Call, Effect};

use super::Job;

/// The job for an effect of a call's latest step, or `None` for an effect that is done with the
/// commit itself.
///
/// Its id is a UUID of version 7 with the time of that step; the rest of it comes from the call,
/// the step and the effect's `place` among its siblings, so that the same step gives the same job.
pub(super) fn job(call: &Call, effect: &Effect, place: usize) -> Option<Job> {
    match effect {
        Effect::List(_) => return None,
        Effect::Text { .. }
        | Effect::Mail { .. }
        | Effect::Notify { .. }
        | Effect::RefuseCampaign { .. }
        | Effect::DeleteRecording { .. } => {}
    }
    let due = call
        .timeline
        .last()
        .map_or(call.started_at, |entry| entry.at);
    let millis = u64::try_from(due.as_millisecond()).unwrap_or_default();
    let step = [call.timeline.len(), place].map(|number| number as u64);
    let mut seed = call.id.as_bytes().to_vec();
    seed.extend(step.iter().flat_map(|number| number.to_be_bytes()));
    let first = fingerprint(&seed);
    seed.push(0xff);
    let second = fingerprint(&seed);
    let mut tail = [0; 10];
    tail[..8].copy_from_slice(&first.to_be_bytes());
    tail[8..].copy_from_slice(&second.to_be_bytes()[..2]);
    Some(Job {
        id: uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid(),
        call: call.id,
        provider: call.provider.provider.clone(),
        effect: effect.clone(),
        attempts: 0,
        due,
    })
}

/// The place of the first effect that a call's latest step did not have, but that comes of it later; that
/// of each further one is one less.
const LATER: usize = usize::MAX;

impl Job {
    /// What is to be done because of a call that is over, as the `number`th such thing, counted from 0;
    /// the same each time it is asked for, and due at once. `None` for what needs no job.
    #[must_use]
    pub fn of(call: &Call, effect: &Effect, number: usize) -> Option<Self> {
        job(call, effect, LATER - number)
    }
}

/// A 64-bit fingerprint that stays the same over versions and machines. Not for secrets, and two
/// texts may share one: whoever finds something by it looks again.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64;
    let mut mix = |word: [u8; 8]| {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    };
    let (words, rest) = bytes.as_chunks();
    words.iter().copied().for_each(&mut mix);
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        mix(word);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The order in which jobs are done: as they are due, and by their ids where that is the same.
pub(super) fn order(job: &Job) -> (i128, Uuid) {
    (job.due.as_nanosecond(), job.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_stay_what_they_are_in_the_files() {
        for (text, print) in [
            ("", 0x0),
            ("Portner", 0x98ae0f30747be03b),
            ("in words", 0x9fb5f7766357d022),
            ("twilio\0CA1234567890abcdef", 0x9aa81a729bfdb4e8),
        ] {
            assert_eq!(fingerprint(text.as_bytes()), print, "{text}");
        }
    }
}
