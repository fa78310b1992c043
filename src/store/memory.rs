//! A store that is gone when the process is: for trying things out and for tests, where it says
//! what the other stores must do.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::call::{Call, CallId, E164, Effect, ListEntry, ListName, NumberPattern, ProviderCallId};

use super::entries::Entries;
use super::filter::Wanted;
use super::{
    CallFilter, CallPage, Commit, Counts, Job, ListChange, Shelf, Shelved, Store, StoreError,
    bounds, jobs, shelf,
};

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub(super) struct MemoryStore(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    closed: bool,
    calls: BTreeMap<CallId, Call>,
    by_provider: HashMap<ProviderCallId, CallId>,
    entries: Entries,
    jobs: HashMap<Uuid, Job>,
    settings: HashMap<String, Vec<u8>>,
    shelves: BTreeMap<(Shelf, Vec<u8>), Vec<u8>>,
}

impl MemoryStore {
    fn kept(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.closed {
            return Err(StoreError::Closed);
        }
        Ok(kept)
    }
}

/// Refuses list changes of which one is too big.
fn writable(changes: &[ListChange]) -> Result<(), StoreError> {
    for change in changes {
        match change {
            ListChange::Put(entry) => bounds::small("a list entry", entry)?,
            ListChange::Remove { .. } => {}
        }
    }
    Ok(())
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let call = Call::clone(&commit.call);
        bounds::call(&call)?;
        let mut jobs = Vec::new();
        let mut lists = Vec::new();
        for (place, effect) in commit.effects.into_iter().enumerate() {
            if let Some(job) = jobs::job(&call, &effect, place) {
                bounds::small("a job", &job)?;
                jobs.push(job);
            }
            match effect {
                Effect::List(entry) => lists.push(ListChange::Put(entry)),
                Effect::Text { .. }
                | Effect::Mail { .. }
                | Effect::Notify { .. }
                | Effect::RefuseCampaign { .. }
                | Effect::DeleteRecording { .. } => {}
            }
        }
        writable(&lists)?;
        let mut kept = self.kept()?;
        if kept.calls.get(&call.id) == Some(&call) {
            return Ok(());
        }
        kept.jobs.extend(jobs.into_iter().map(|job| (job.id, job)));
        for change in lists {
            kept.entries.apply(change);
        }
        kept.by_provider.insert(call.provider.clone(), call.id);
        kept.calls.insert(call.id, call);
        Ok(())
    }

    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        Ok(self.kept()?.calls.get(&id).cloned())
    }

    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError> {
        let kept = self.kept()?;
        let id = kept.by_provider.get(id);
        Ok(id.and_then(|id| kept.calls.get(id)).cloned())
    }

    async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        let kept = self.kept()?;
        let wanted = Wanted::new(filter);
        let mut found = kept
            .calls
            .values()
            .rev()
            .filter(|call| before.is_none_or(|before| call.id < before))
            .filter(|call| wanted.takes(call));
        let calls: Vec<Call> = found.by_ref().take(limit).cloned().collect();
        let next = calls.last().map(|call| call.id);
        Ok(CallPage {
            next: next.filter(|_| found.next().is_some()),
            calls,
        })
    }

    async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, StoreError> {
        Ok(self.kept()?.entries.matching(number))
    }

    async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<Vec<ListEntry>, StoreError> {
        Ok(self.kept()?.entries.page(list, after, limit))
    }

    async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), StoreError> {
        writable(&changes)?;
        let mut kept = self.kept()?;
        for change in changes {
            kept.entries.apply(change);
        }
        Ok(())
    }

    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        let kept = self.kept()?;
        let mut due: Vec<&Job> = kept.jobs.values().filter(|job| job.due <= now).collect();
        due.sort_unstable_by_key(|job| jobs::order(job));
        Ok(due.into_iter().take(limit).cloned().collect())
    }

    async fn put_job(&self, job: Job) -> Result<(), StoreError> {
        bounds::small("a job", &job)?;
        self.kept()?.jobs.insert(job.id, job);
        Ok(())
    }

    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError> {
        if let Some(job) = &again {
            bounds::small("a job", job)?;
        }
        let mut kept = self.kept()?;
        let known = kept.jobs.remove(&id);
        if let Some(job) = again.filter(|_| known.is_some()) {
            kept.jobs.insert(job.id, job);
        }
        Ok(())
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept()?.settings.get(name).cloned())
    }

    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError> {
        bounds::within("a setting", value.len(), bounds::MAX_SMALL_BYTES)?;
        self.kept()?.settings.insert(name.to_owned(), value);
        Ok(())
    }

    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        shelf::bounded(&changes)?;
        let mut kept = self.kept()?;
        for (name, value) in changes {
            match value {
                Some(value) => kept.shelves.insert((shelf, name), value),
                None => kept.shelves.remove(&(shelf, name)),
            };
        }
        Ok(())
    }

    async fn shelved(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.kept()?;
        Ok(kept.shelves.get(&(shelf, name.to_vec())).cloned())
    }

    async fn shelf(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError> {
        let kept = self.kept()?;
        let from = match after {
            Some(after) => Bound::Excluded((shelf, after.to_vec())),
            None => Bound::Included((shelf, Vec::new())),
        };
        Ok(kept
            .shelves
            .range((from, Bound::Unbounded))
            .take_while(|((own, _), _)| *own == shelf)
            .take(limit)
            .map(|((_, name), value)| Shelved {
                name: name.clone(),
                value: value.clone(),
            })
            .collect())
    }

    async fn remove_calls(&self, ids: Vec<CallId>) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        for id in ids {
            if let Some(call) = kept.calls.remove(&id) {
                kept.by_provider.remove(&call.provider);
            }
        }
        Ok(())
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        self.kept().map(|_| ())
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let kept = self.kept()?;
        Ok(Counts {
            calls: kept.calls.len() as u64,
            entries: kept.entries.len(),
            jobs: kept.jobs.len() as u64,
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.kept().map(|_| ())
    }

    async fn close(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.closed = true;
    }
}
