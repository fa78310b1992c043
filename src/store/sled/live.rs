//! Calls in memory: those that are not over, because each of their turns reads them, and those
//! that stand in the journal only, because the database does not know them yet.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::call::{Call, CallId, ProviderCallId};

/// The most calls that are held beside those that wait; beyond it the oldest are read from disk
/// again.
const MOST: usize = 256;

/// Calls as they are on disk: only the writer puts them here, after its fsync.
#[derive(Debug, Default)]
pub(super) struct Live {
    calls: BTreeMap<CallId, Arc<Call>>,
    by_provider: HashMap<ProviderCallId, CallId>,
    /// Those that the database is still to get, each with its caller's number.
    waiting: BTreeMap<CallId, Option<u64>>,
    /// The same by their callers, so that looking for one caller's need not look at all.
    by_caller: BTreeSet<(Option<u64>, CallId)>,
}

impl Live {
    /// Takes a call as it now stands in the journal.
    pub(super) fn put_waiting(&mut self, call: Arc<Call>) {
        let caller = call.caller.number.public().map(|number| number.as_u64());
        if let Some(before) = self.waiting.insert(call.id, caller) {
            self.by_caller.remove(&(before, call.id));
        }
        self.by_caller.insert((caller, call.id));
        self.put(call);
    }

    /// Takes a call as it now is in the database.
    pub(super) fn put_settled(&mut self, call: Arc<Call>) {
        if call.is_over() {
            self.remove(call.id);
            return;
        }
        self.stop_waiting(call.id);
        self.put(call);
        self.trim();
    }

    fn stop_waiting(&mut self, id: CallId) {
        if let Some(caller) = self.waiting.remove(&id) {
            self.by_caller.remove(&(caller, id));
        }
    }

    fn put(&mut self, call: Arc<Call>) {
        let id = call.id;
        let (old, provider) = match self.calls.entry(id) {
            Entry::Vacant(place) => (None, place.insert(call).provider.clone()),
            Entry::Occupied(mut place) => {
                let same = place.get().provider == call.provider;
                let old = place.insert(call);
                if same {
                    return;
                }
                (Some(old), place.get().provider.clone())
            }
        };
        if let Some(old) = old {
            self.by_provider.remove(&old.provider);
        }
        self.by_provider.insert(provider, id);
    }

    /// The database holds everything: nothing waits any more, and what is over is let go of.
    pub(super) fn settle(&mut self) {
        self.by_caller.clear();
        for id in std::mem::take(&mut self.waiting).into_keys() {
            if self.calls.get(&id).is_some_and(|call| call.is_over()) {
                self.remove(id);
            }
        }
        self.trim();
    }

    /// Lets go of the oldest that do not wait.
    fn trim(&mut self) {
        let over = self.calls.len().saturating_sub(MOST + self.waiting.len());
        let settled = self
            .calls
            .keys()
            .filter(|id| !self.waiting.contains_key(id));
        let oldest: Vec<CallId> = settled.take(over).copied().collect();
        for id in oldest {
            self.remove(id);
        }
    }

    /// Lets go of a call.
    pub(super) fn remove(&mut self, id: CallId) {
        self.stop_waiting(id);
        if let Some(call) = self.calls.remove(&id) {
            self.by_provider.remove(&call.provider);
        }
    }

    pub(super) fn call(&self, id: CallId) -> Option<Arc<Call>> {
        self.calls.get(&id).cloned()
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
        let ids: Vec<CallId> = match caller {
            None => self.waiting.keys().rev().copied().collect(),
            Some(_) => {
                let [first, last] = [[0; 16], [0xff; 16]].map(CallId::from_bytes);
                let its = self.by_caller.range((caller, first)..=(caller, last));
                its.rev().map(|(_, id)| *id).collect()
            }
        };
        ids.iter()
            .filter_map(|id| self.calls.get(id))
            .filter(|call| takes(call))
            .cloned()
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
