//! How many calls may be screened: screening costs money by the minute, ringing the owner does not
//! cost more than it did before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::call::{CallerNumber, E164};
use crate::screening::line::SpendLimits;
use crate::telemetry::Shed;

/// How many callers are counted apart; when there are more, all are forgotten.
const MOST_CALLERS: usize = 10_000;

/// Counts calls in windows that begin with their first call.
#[derive(Debug, Default)]
pub(super) struct Spend(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    minute: Window,
    day: Window,
    callers: HashMap<CallerNumber, Window>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Window {
    began: Timestamp,
    calls: u32,
}

impl Window {
    /// Counts a call; `false` when it is one too many. A clock that was set back begins anew.
    fn admits(&mut self, now: Timestamp, length: SignedDuration, most: u32) -> bool {
        let age = now.duration_since(self.began);
        if age >= length || age.is_negative() {
            *self = Self {
                began: now,
                calls: 0,
            };
        }
        self.calls = self.calls.saturating_add(1);
        self.calls <= most
    }
}

impl Spend {
    /// Counts a call that is to be screened, and says why it should not be, if so.
    pub(super) fn refuses(
        &self,
        limits: &SpendLimits,
        caller: CallerNumber,
        now: Timestamp,
    ) -> Option<Shed> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.callers.len() >= MOST_CALLERS {
            counted.callers.clear();
        }
        // Whoever withholds his number shares that with many others.
        if caller != CallerNumber::Withheld
            && !counted.callers.entry(caller).or_default().admits(
                now,
                SignedDuration::from_hours(1),
                limits.per_caller,
            )
        {
            return Some(Shed::PerCaller);
        }
        if !counted
            .minute
            .admits(now, SignedDuration::from_mins(1), limits.per_minute)
        {
            return Some(Shed::PerMinute);
        }
        if !counted
            .day
            .admits(now, SignedDuration::from_hours(24), limits.per_day)
        {
            return Some(Shed::PerDay);
        }
        None
    }

    /// Forgets that a number called.
    pub(super) fn forget(&self, number: E164) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.callers.remove(&CallerNumber::Public(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SpendLimits = SpendLimits {
        per_minute: 4,
        per_caller: 2,
        per_day: 6,
    };

    fn caller(last: u32) -> CallerNumber {
        CallerNumber::read(&format!("+457123456{last}"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    #[test]
    fn each_bound_holds_for_its_time_and_no_longer() {
        let spend = Spend::default();
        let refuses = |who, when| spend.refuses(&LIMITS, caller(who), at(when));
        assert_eq!(refuses(1, 0), None);
        assert_eq!(refuses(1, 1), None);
        assert_eq!(refuses(1, 2), Some(Shed::PerCaller));
        assert_eq!(refuses(2, 3), None);
        assert_eq!(refuses(3, 4), None);
        assert_eq!(refuses(4, 5), Some(Shed::PerMinute));
        assert_eq!(refuses(4, 61), None);
        assert_eq!(refuses(5, 62), None);
        assert_eq!(refuses(6, 63), Some(Shed::PerDay));
        assert_eq!(refuses(6, 24 * 3600 + 63), None);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let spend = Spend::default();
        for _ in 0..3 {
            let _ = spend.refuses(&LIMITS, caller(1), at(1_000_000));
        }
        assert_eq!(spend.refuses(&LIMITS, caller(1), at(0)), None);
    }
}
