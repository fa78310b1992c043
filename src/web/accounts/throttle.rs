//! Holds guessing at one name back: after a few wrong passwords or codes, each further try at the same
//! door has to wait longer than the one before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How many wrong passwords cost nothing.
const FREE: u32 = 4;
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);
/// How many names are remembered; then the oldest goes.
const MOST_NAMES: usize = 1_000;

/// Where a password or a code is shown. Wrong ones at one door hold nobody back at another: whoever
/// guesses from outside keeps no one from what he does inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::web) enum Door {
    /// The password of a login, open to everybody.
    Password,
    /// The code of an account: whoever comes here had the password right.
    Code,
    /// The password once more, of whoever is logged in.
    Inside,
}

/// Wrong passwords or codes by door and name.
#[derive(Debug, Default)]
pub(in crate::web) struct NameThrottle(Mutex<HashMap<(Door, String), (u32, Timestamp)>>);

impl NameThrottle {
    /// Whether a password or code for this name is looked at here now. It counts as a wrong one until
    /// it was right, so that many at once are no way around the pauses.
    pub(in crate::web) fn may_try(&self, door: Door, name: &str, now: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (door, key(name));
        if let Some((wrong, last)) = known.get_mut(&place) {
            if now.duration_since(*last) < pause(*wrong) {
                return false;
            }
            (*wrong, *last) = (wrong.saturating_add(1), now);
            return true;
        }
        // Whoever was guessed at least makes room, so that other names push no guessing out.
        if known.len() >= MOST_NAMES
            && let Some(least) = known.iter().min_by_key(|(_, guessed)| **guessed)
        {
            let least = least.0.clone();
            known.remove(&least);
        }
        known.insert(place, (1, now));
        true
    }

    /// Forgets the wrong ones after a right one.
    pub(in crate::web) fn succeeded(&self, door: Door, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(door, key(name)));
    }
}

/// Names as accounts compare them.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

fn pause(wrong: u32) -> SignedDuration {
    match wrong.checked_sub(FREE) {
        None | Some(0) => SignedDuration::ZERO,
        Some(more) => SignedDuration::from_secs(1 << more.min(6)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_waits_longer_each_time_and_only_at_that_name() {
        let throttle = NameThrottle::default();
        let at = |second: i64| Timestamp::from_second(1_790_000_000 + second).unwrap();
        let may_try = |name: &str, now| throttle.may_try(Door::Password, name, now);
        for _ in 0..5 {
            assert!(may_try("anne", at(0)));
        }
        assert!(!may_try(" ANNE ", at(1)));
        assert!(may_try("per", at(0)));
        assert!(may_try("Anne", at(2)));
        for second in 0..1_000 {
            may_try("anne", at(second));
        }
        assert!(!may_try("anne", at(1_000)));
        assert!(may_try("anne", at(1_060)));
        throttle.succeeded(Door::Password, "anne");
        assert!(may_try("anne", at(1_060)));
    }

    #[test]
    fn guessing_at_one_door_holds_nobody_back_at_another() {
        let throttle = NameThrottle::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        while throttle.may_try(Door::Password, "anne", now) {}
        for door in [Door::Code, Door::Inside] {
            assert!(throttle.may_try(door, "anne", now), "{door:?}");
            throttle.succeeded(door, "anne");
        }
        assert!(!throttle.may_try(Door::Password, "anne", now));
    }

    #[test]
    fn other_names_push_no_guessing_out() {
        let throttle = NameThrottle::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        while throttle.may_try(Door::Password, "anne", now) {}
        for other in 0..3 * MOST_NAMES {
            throttle.may_try(Door::Password, &other.to_string(), now);
        }
        assert!(!throttle.may_try(Door::Password, "anne", now));
    }
}
