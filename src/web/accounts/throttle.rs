//! Holds guessing at one name back: after a few wrong passwords or codes, each further try at the same
//! door has to wait longer than the one before.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How many wrong passwords cost nothing.
const FREE: u32 = 4;
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);
/// After so long without a try the wrong ones are forgotten: five tries an hour guess nothing.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);
/// How many counters each door has.
const COUNTERS: usize = 1 << 13;
/// How many doors there are.
const DOORS: usize = Door::Inside as usize + 1;

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

/// Wrong passwords or codes by door and name. Which of a door's counters is whose nobody outside can tell,
/// and none is pushed out by other names: however many there are, they take no more memory.
#[derive(Debug)]
pub(in crate::web) struct NameThrottle {
    key: RandomState,
    counters: Mutex<Box<[Wrong]>>,
}

/// How many wrong ones there were, and when the last one was.
#[derive(Debug, Clone, Copy, Default)]
struct Wrong {
    times: u32,
    last: Timestamp,
}

impl Default for NameThrottle {
    fn default() -> Self {
        Self {
            key: RandomState::new(),
            counters: Mutex::new(vec![Wrong::default(); DOORS * COUNTERS].into()),
        }
    }
}

impl NameThrottle {
    /// Whether a password or code for this name is looked at here now. It counts as a wrong one until
    /// it was right, so that many at once are no way around the pauses.
    pub(in crate::web) fn may_try(&self, door: Door, name: &str, now: Timestamp) -> bool {
        self.at(door, name, |wrong| {
            if now.duration_since(wrong.last) >= FORGOTTEN {
                *wrong = Wrong::default();
            }
            if now.duration_since(wrong.last) < pause(wrong.times) {
                return false;
            }
            *wrong = Wrong {
                times: wrong.times.saturating_add(1),
                last: now,
            };
            true
        })
    }

    /// Forgets the wrong ones after a right one.
    pub(in crate::web) fn succeeded(&self, door: Door, name: &str) {
        self.at(door, name, |wrong| *wrong = Wrong::default());
    }

    fn at<T>(&self, door: Door, name: &str, look: impl FnOnce(&mut Wrong) -> T) -> T {
        let place = self.place(door, name);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut counters[place])
    }

    /// The counter of a name, written as accounts compare them.
    fn place(&self, door: Door, name: &str) -> usize {
        let hashed = self.key.hash_one(super::key(name));
        let of_door = usize::try_from(hashed % COUNTERS as u64).unwrap_or_default();
        door as usize * COUNTERS + of_door
    }
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
        let other = others(&throttle, "anne").next().unwrap();
        assert!(may_try(&other, at(0)));
        assert!(may_try("Anne", at(2)));
        for second in 0..1_000 {
            may_try("anne", at(second));
        }
        assert!(!may_try("anne", at(1_000)));
        assert!(may_try("anne", at(1_060)));
        throttle.succeeded(Door::Password, "anne");
        assert!(may_try("anne", at(1_060)));
        while may_try("anne", at(1_060)) {}
        assert!(may_try("anne", at(1_060 + 3_600)));
        assert!(may_try("anne", at(1_060 + 3_600)), "that is long ago");
    }

    #[test]
    fn guessing_at_one_door_holds_nobody_back_at_another() {
        let throttle = NameThrottle::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        while throttle.may_try(Door::Password, "anne", now) {}
        for name in (0..20_000).map(|other| format!("other{other}")) {
            while throttle.may_try(Door::Password, &name, now) {}
        }
        for door in [Door::Code, Door::Inside] {
            assert!(throttle.may_try(door, "anne", now), "{door:?}");
            throttle.succeeded(door, "anne");
        }
        assert!(!throttle.may_try(Door::Password, "anne", now));
    }

    /// Names with counters other than this one's.
    fn others(throttle: &NameThrottle, name: &str) -> impl Iterator<Item = String> {
        let own = throttle.place(Door::Password, name);
        let names = (0..).map(|other| format!("other{other}"));
        names.filter(move |other| throttle.place(Door::Password, other) != own)
    }

    #[test]
    fn other_names_push_no_guessing_out_and_empty_no_counter() {
        let throttle = NameThrottle::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        for other in others(&throttle, "anne").take(3_000) {
            for _ in 0..5 {
                throttle.may_try(Door::Password, &other, now);
            }
        }
        let mut looked_at = 0;
        for other in others(&throttle, "anne").skip(3_000).take(100) {
            for _ in 0..4 {
                looked_at += u32::from(throttle.may_try(Door::Password, "anne", now));
            }
            throttle.may_try(Door::Password, &other, now);
        }
        assert_eq!(looked_at, FREE + 1);
    }
}
