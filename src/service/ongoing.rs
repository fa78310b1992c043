//! The calls that go on, as they last were: what is known of them while the store fails, and what is
//! finished before the program stops.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Service;
use crate::call::{Call, CallId, ProviderCallId, Stage};

/// No more calls than this are held; beyond it the oldest are let go of.
const MOST: usize = 256;
/// A call of which nothing was heard for so long is not waited for: no question and no phone of the
/// owner's waits longer.
const LATELY: SignedDuration = SignedDuration::from_secs(30);
/// How long the program waits for calls before it stops.
const LAST_WAIT: Duration = Duration::from_secs(20);
/// How often it looks whether they are over.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Calls that are not over.
#[derive(Debug, Default)]
pub(super) struct Ongoing(Mutex<BTreeMap<CallId, Arc<Call>>>);

impl Ongoing {
    /// Notes how a call now is.
    pub(super) fn note(&self, call: &Arc<Call>) {
        let mut calls = self.calls();
        if call.is_over() {
            calls.remove(&call.id);
            return;
        }
        calls.insert(call.id, Arc::clone(call));
        if calls.len() > MOST {
            calls.pop_first();
        }
    }

    /// The call that the provider calls so.
    pub(super) fn find(&self, id: &ProviderCallId) -> Option<Call> {
        let calls = self.calls();
        let found = calls.values().rev().find(|call| call.provider == *id);
        found.map(|call| Call::clone(call))
    }

    /// Forgets calls that are removed from the store.
    pub(super) fn forget(&self, ids: &[CallId]) {
        let ids: HashSet<&CallId> = ids.iter().collect();
        self.calls().retain(|id, _| !ids.contains(id));
    }

    /// Whether a caller is waiting for what Portner says next.
    fn is_anybody_waiting(&self, now: Timestamp) -> bool {
        let calls = self.calls();
        let mut calls = calls.values();
        calls.any(|call| is_waiting(call, now))
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<CallId, Arc<Call>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_waiting(call: &Call, now: Timestamp) -> bool {
    let with_us = matches!(
        call.stage,
        Stage::Asking { .. }
            | Stage::OfferingKeys
            | Stage::Refusing
            | Stage::Ringing { .. }
            | Stage::Recording
    );
    let last = call.timeline.last().map_or(call.started_at, |last| last.at);
    with_us && !call.simulated && now.duration_since(last) < LATELY
}

impl Service {
    /// Lets callers in hand come to an end, for a while, before the program stops. Whoever calls
    /// meanwhile rings the owner at once.
    pub async fn finish_calls(&self) {
        self.is_leaving.store(true, Ordering::SeqCst);
        let until = tokio::time::Instant::now() + LAST_WAIT;
        while self.ongoing.is_anybody_waiting(self.clock.now())
            && tokio::time::Instant::now() < until
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    fn asked(number: u64) -> Arc<Call> {
        let mut call = sample::heard(sample::call(number), "hallo");
        call.stage = Stage::OfferingKeys;
        Arc::new(call)
    }

    #[test]
    fn a_call_is_held_until_it_is_over() {
        let ongoing = Ongoing::default();
        let call = asked(1);
        ongoing.note(&call);
        assert_eq!(ongoing.find(&call.provider).as_ref(), Some(&*call));
        let mut over = Call::clone(&call);
        over.stage = Stage::Ended;
        ongoing.note(&Arc::new(over));
        assert_eq!(ongoing.find(&call.provider), None);

        ongoing.note(&call);
        ongoing.forget(&[call.id]);
        assert_eq!(ongoing.find(&call.provider), None);
    }

    #[test]
    fn of_very_many_the_newest_are_held() {
        let ongoing = Ongoing::default();
        let calls: Vec<_> = (0..MOST as u64 + 3).map(asked).collect();
        calls.iter().for_each(|call| ongoing.note(call));
        assert_eq!(ongoing.calls().len(), MOST);
        assert_eq!(ongoing.find(&calls[0].provider), None);
        assert!(ongoing.find(&calls[MOST + 2].provider).is_some());
    }

    #[test]
    fn a_caller_is_waited_for_while_he_may_still_answer() {
        let ongoing = Ongoing::default();
        let call = asked(1);
        let last = call.timeline.last().unwrap().at;
        let later = |seconds| last + SignedDuration::from_secs(seconds);
        assert!(!ongoing.is_anybody_waiting(last));
        ongoing.note(&call);
        assert!(ongoing.is_anybody_waiting(later(25)));
        assert!(!ongoing.is_anybody_waiting(later(40)), "he is gone");
        let mut played = Call::clone(&call);
        played.simulated = true;
        ongoing.note(&Arc::new(played));
        assert!(!ongoing.is_anybody_waiting(last), "nobody is there");
    }
}
