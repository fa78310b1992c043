//! Calls in memory: those that are not over, because each of their turns reads them, and those
//! that stand in the journal only, because the database does not know them yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::call::{Call, CallId, ProviderCallId};

/// The most calls that are held beside those that wait; beyond it the oldest are read from disk
/// again.
const MOST: usize = 1_024;

/// Calls as they are on disk: only the writer puts them here, after its fsync.
#[derive(Debug, Default)]
pub(super) struct Live {
    calls: BTreeMap<CallId, Held>,
    by_provider: HashMap<ProviderCallId, CallId>,
}

#[derive(Debug)]
struct Held {
    call: Arc<Call>,
    /// The caller's number, so that looking for one need not look at the call.
    caller: Option<u64>,
    /// Whether the database is still to get it.
    waits: bool,
}

impl Live {
    /// Takes a call as it now stands in the journal.
    pub(super) fn put_waiting(&mut self, call: Arc<Call>) {
        self.put(call, true);
    }

    /// Takes a call as it now is in the database.
    pub(super) fn put_settled(&mut self, call: Arc<Call>) {
        if call.is_over() {
            self.remove(call.id);
            return;
        }
        self.put(call, false);
        self.trim();
    }

    fn put(&mut self, call: Arc<Call>, waits: bool) {
        let id = call.id;
        let caller = call.caller.number.public().map(|number| number.as_u64());
        let provider = call.provider.clone();
        let held = Held {
            call,
            caller,
            waits,
        };
        match self.calls.insert(id, held) {
            Some(old) if old.call.provider == provider => return,
            Some(old) => {
                self.by_provider.remove(&old.call.provider);
            }
            None => {}
        }
        self.by_provider.insert(provider, id);
    }

    /// The database holds everything: nothing waits any more, and what is over is let go of.
    pub(super) fn settle(&mut self) {
        let by_provider = &mut self.by_provider;
        self.calls.retain(|_, held| {
            held.waits = false;
            let over = held.call.is_over();
            if over {
                by_provider.remove(&held.call.provider);
            }
            !over
        });
        self.trim();
    }

    fn trim(&mut self) {
        while self.calls.len() > MOST
            && let Some((_, oldest)) = self.calls.pop_first()
        {
            self.by_provider.remove(&oldest.call.provider);
        }
    }

    /// Lets go of a call.
    pub(super) fn remove(&mut self, id: CallId) {
        if let Some(held) = self.calls.remove(&id) {
            self.by_provider.remove(&held.call.provider);
        }
    }

    pub(super) fn call(&self, id: CallId) -> Option<Arc<Call>> {
        self.calls.get(&id).map(|held| held.call.clone())
    }

    pub(super) fn call_by_provider(&self, id: &ProviderCallId) -> Option<Arc<Call>> {
        self.call(*self.by_provider.get(id)?)
    }

    /// The calls that wait and are taken, the newest first; of one caller only, where one is named.
    pub(super) fn waiting(
        &self,
        caller: Option<u64>,
        takes: impl Fn(&Call) -> bool,
    ) -> Vec<Arc<Call>> {
        let waiting = self.calls.values().rev().filter(|held| held.waits);
        waiting
            .filter(|held| caller.is_none() || held.caller == caller)
            .filter(|held| takes(&held.call))
            .map(|held| held.call.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Stage;
    use crate::store::sample;

    fn over(call: &Call) -> Arc<Call> {
        let mut call = call.clone();
        call.stage = Stage::Ended;
        Arc::new(call)
    }

    #[test]
    fn holds_no_more_than_it_may_and_forgets_what_is_over() {
        let mut live = Live::default();
        let calls: Vec<Arc<Call>> = (0..=MOST as u64)
            .map(|number| Arc::new(sample::call(number)))
            .collect();
        for call in &calls {
            live.put_settled(call.clone());
        }
        assert_eq!(live.calls.len(), MOST);
        assert_eq!(live.by_provider.len(), MOST);
        assert!(live.call(calls[0].id).is_none());
        assert!(live.call_by_provider(&calls[0].provider).is_none());
        let last = calls.last().unwrap();
        assert!(live.call_by_provider(&last.provider).is_some());

        live.put_settled(over(last));
        assert!(live.call(last.id).is_none());
        assert!(live.call_by_provider(&last.provider).is_none());
    }

    #[test]
    fn a_call_that_waits_is_held_even_when_it_is_over() {
        let mut live = Live::default();
        let call = over(&sample::call(1));
        live.put_waiting(call.clone());
        live.put_waiting(Arc::new(sample::call(2)));
        live.put_settled(Arc::new(sample::call(3)));
        assert_eq!(live.call(call.id), Some(call.clone()));
        assert_eq!(live.waiting(None, |_| true).len(), 2);
        assert_eq!(
            live.waiting(None, Call::is_over),
            std::slice::from_ref(&call)
        );
        let caller = call.caller.number.public().map(|number| number.as_u64());
        assert_eq!(live.waiting(caller, |_| true), std::slice::from_ref(&call));
        live.settle();
        assert!(live.call(call.id).is_none());
        assert!(live.waiting(None, |_| true).is_empty());
        assert_eq!(live.calls.len(), 2);
        assert_eq!(live.by_provider.len(), 2);
    }
}
