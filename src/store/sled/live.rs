//! The calls that are not over, in memory, because each of their turns reads them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::call::{Call, CallId, ProviderCallId};

/// The most calls that are held; beyond it the oldest are read from disk again.
const MOST: usize = 4_096;

/// Calls that are not over, as they are on disk: only the writer puts them here, after its fsync.
#[derive(Debug, Default)]
pub(super) struct Live {
    calls: BTreeMap<CallId, Arc<Call>>,
    by_provider: HashMap<ProviderCallId, CallId>,
}

impl Live {
    /// Takes a call as it now is on disk.
    pub(super) fn put(&mut self, call: Arc<Call>) {
        if call.is_over() {
            self.remove(call.id);
            return;
        }
        let id = call.id;
        match self.calls.insert(id, call.clone()) {
            Some(old) if old.provider == call.provider => return,
            Some(old) => {
                self.by_provider.remove(&old.provider);
            }
            None => {}
        }
        self.by_provider.insert(call.provider.clone(), id);
        if self.calls.len() > MOST
            && let Some((_, oldest)) = self.calls.pop_first()
        {
            self.by_provider.remove(&oldest.provider);
        }
    }

    fn remove(&mut self, id: CallId) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Stage;
    use crate::store::sample;

    #[test]
    fn holds_no_more_than_it_may_and_forgets_what_is_over() {
        let mut live = Live::default();
        let calls: Vec<Arc<Call>> = (0..=MOST as u64)
            .map(|number| Arc::new(sample::call(number)))
            .collect();
        for call in &calls {
            live.put(call.clone());
        }
        assert_eq!(live.calls.len(), MOST);
        assert_eq!(live.by_provider.len(), MOST);
        assert!(live.call(calls[0].id).is_none());
        assert!(live.call_by_provider(&calls[0].provider).is_none());
        let last = calls.last().unwrap();
        assert!(live.call_by_provider(&last.provider).is_some());

        let mut over = Call::clone(last);
        over.stage = Stage::Ended;
        live.put(Arc::new(over));
        assert!(live.call(last.id).is_none());
        assert!(live.call_by_provider(&last.provider).is_none());
    }
}
