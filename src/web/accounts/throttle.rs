//! Holds guessing at one name back: after a few wrong passwords or codes, each further try has to wait
//! longer than the one before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How many wrong passwords cost nothing.
const FREE: u32 = 4;
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);
/// How many names are remembered; then the oldest goes.
const MOST_NAMES: usize = 1_000;

/// Wrong passwords or codes by name.
#[derive(Debug, Default)]
pub(in crate::web) struct NameThrottle(Mutex<HashMap<String, (u32, Timestamp)>>);

impl NameThrottle {
    /// Whether a password or code for this name is looked at now. It counts as a wrong one until
    /// it was right, so that many at once are no way around the pauses.
    pub(in crate::web) fn may_try(&self, name: &str, now: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = key(name);
        if let Some((wrong, last)) = known.get_mut(&name) {
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
        known.insert(name, (1, now));
        true
    }

    /// Forgets the wrong ones after a right one.
    pub(in crate::web) fn succeeded(&self, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&key(name));
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
        for _ in 0..5 {
            assert!(throttle.may_try("anne", at(0)));
        }
        assert!(!throttle.may_try(" ANNE ", at(1)));
        assert!(throttle.may_try("per", at(0)));
        assert!(throttle.may_try("Anne", at(2)));
        for second in 0..1_000 {
            throttle.may_try("anne", at(second));
        }
        assert!(!throttle.may_try("anne", at(1_000)));
        assert!(throttle.may_try("anne", at(1_060)));
        throttle.succeeded("anne");
        assert!(throttle.may_try("anne", at(1_060)));
    }

    #[test]
    fn other_names_push_no_guessing_out() {
        let throttle = NameThrottle::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        while throttle.may_try("anne", now) {}
        for other in 0..3 * MOST_NAMES {
            throttle.may_try(&other.to_string(), now);
        }
        assert!(!throttle.may_try("anne", now));
    }
}
