//! Holds guessing at one name back: after a few wrong passwords, each further try has to wait
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

/// Wrong passwords by name.
#[derive(Debug, Default)]
pub(in crate::web) struct NameThrottle(Mutex<HashMap<String, (u32, Timestamp)>>);

impl NameThrottle {
    /// Whether a password for this name is looked at now.
    pub(in crate::web) fn may_try(&self, name: &str, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&name.to_lowercase())
            .is_none_or(|(wrong, last)| now.duration_since(*last) >= pause(*wrong))
    }

    /// Counts a wrong one.
    pub(in crate::web) fn failed(&self, name: &str, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_NAMES
            && let Some(oldest) = known.iter().min_by_key(|(_, (_, last))| *last)
        {
            let oldest = oldest.0.clone();
            known.remove(&oldest);
        }
        let entry = known.entry(name.to_lowercase()).or_insert((0, now));
        *entry = (entry.0.saturating_add(1), now);
    }

    /// Forgets the wrong ones after a right one.
    pub(in crate::web) fn succeeded(&self, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&name.to_lowercase());
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
        for _ in 0..4 {
            throttle.failed("anne", at(0));
            assert!(throttle.may_try("anne", at(0)));
        }
        throttle.failed("Anne", at(0));
        assert!(!throttle.may_try("ANNE", at(1)));
        assert!(throttle.may_try("anne", at(2)));
        assert!(throttle.may_try("per", at(0)));
        for _ in 0..50 {
            throttle.failed("anne", at(10));
        }
        assert!(!throttle.may_try("anne", at(69)) && throttle.may_try("anne", at(70)));
        throttle.succeeded("anne");
        assert!(throttle.may_try("anne", at(10)));
    }
}
