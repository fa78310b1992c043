//! What each change does to the database, as puts and removes.

use std::sync::Arc;

use uuid::Uuid;

use super::blocks::{BY_CALLER, BY_PROVIDER, BY_TIME};
use super::pending::Pending;
use super::value::{Head, KeptCall};
use super::{keys, value};
use crate::call::{Call, CallId, Effect};
use crate::store::{Commit, Counts, Job, ListChange, StoreError, jobs};

/// A step of a call, written out as far as that can be done without the database.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) call: Arc<Call>,
    kept: KeptCall,
    pub(super) lists: Vec<ListChange>,
    jobs: Vec<WrittenJob>,
}

/// A job and the bytes it is kept as.
#[derive(Debug)]
pub(super) struct WrittenJob {
    job: Job,
    bytes: Vec<u8>,
}

impl Step {
    pub(super) fn write(commit: Commit) -> Result<Self, StoreError> {
        let kept = KeptCall::write(&commit.call)?;
        let mut lists = Vec::new();
        let mut written = Vec::new();
        for (place, effect) in commit.effects.into_iter().enumerate() {
            if let Some(job) = jobs::job(&commit.call, &effect, place) {
                written.push(WrittenJob::write(job)?);
            }
            match effect {
                Effect::List(entry) => {
                    let change = ListChange::Put(entry);
                    write_entry(&change)?;
                    lists.push(change);
                }
                Effect::Text { .. }
                | Effect::Mail { .. }
                | Effect::Notify { .. }
                | Effect::RefuseCampaign { .. }
                | Effect::DeleteRecording { .. } => {}
            }
        }
        Ok(Self {
            call: commit.call,
            kept,
            lists,
            jobs: written,
        })
    }

    /// Whether it is the call alone, with nothing to be done because of it.
    pub(super) fn is_plain(&self) -> bool {
        self.lists.is_empty() && self.jobs.is_empty()
    }

    /// The call, as the journal keeps it.
    pub(super) fn packed(&self) -> &[u8] {
        &self.kept.packed
    }

    /// The step that a record of the journal was.
    pub(super) fn read(packed: &[u8]) -> Result<Self, StoreError> {
        let call = Arc::new(value::read_call(packed)?);
        let effects = Vec::new();
        Self::write(Commit { call, effects })
    }

    /// Puts the call, its places in the indexes and its jobs. Returns whether anything is new
    /// about it; list changes are left to the caller.
    pub(super) fn put(
        &self,
        pending: &mut Pending,
        counts: &mut Counts,
    ) -> Result<bool, StoreError> {
        let id = self.call.id;
        let head = self.kept.head;
        let first = pending.first_piece(id)?;
        let old = match &first {
            Some(piece) => Some(Head::read(piece)?.0),
            None => None,
        };
        if old.is_some_and(|old| old.print == head.print) && self.is_kept(pending)? {
            return Ok(false);
        }
        for (place, piece) in (0..).zip(self.kept.pieces()) {
            pending.put(keys::call(id, place), piece);
        }
        for place in head.pieces..old.map_or(0, |old| old.pieces) {
            pending.remove(keys::call(id, place));
        }
        put_in_indexes(pending, id, old, head)?;
        counts.calls += u64::from(old.is_none());
        for written in &self.jobs {
            written.put(pending, counts)?;
        }
        Ok(true)
    }

    fn is_kept(&self, pending: &Pending) -> Result<bool, StoreError> {
        for (place, piece) in (0..).zip(self.kept.pieces()) {
            let kept = pending.get(&keys::call(self.call.id, place))?;
            if kept.as_deref() != Some(piece.as_slice()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Removes a call with its places in the indexes, if there is one with this id.
pub(super) fn remove_call(
    pending: &mut Pending,
    counts: &mut Counts,
    id: CallId,
) -> Result<(), StoreError> {
    let Some(first) = pending.get(&keys::call(id, 0))? else {
        return Ok(());
    };
    let (head, _) = Head::read(&first)?;
    for place in 0..head.pieces {
        pending.remove(keys::call(id, place));
    }
    BY_TIME.remove(pending, &by_time(id, head))?;
    if head.caller != 0 {
        BY_CALLER.remove(pending, &by_caller(id, head))?;
    }
    BY_PROVIDER.remove(pending, &by_provider(id, head))?;
    counts.calls = counts.calls.saturating_sub(1);
    Ok(())
}

fn by_time(id: CallId, head: Head) -> Vec<u8> {
    [&id.as_bytes()[..], &head.digest.bytes()].concat()
}

fn by_caller(id: CallId, head: Head) -> Vec<u8> {
    let caller = head.caller.to_be_bytes();
    [&caller[..], id.as_bytes(), &head.digest.bytes()].concat()
}

fn by_provider(id: CallId, head: Head) -> Vec<u8> {
    [&head.provider.to_be_bytes()[..], id.as_bytes()].concat()
}

fn put_in_indexes(
    pending: &mut Pending,
    id: CallId,
    old: Option<Head>,
    new: Head,
) -> Result<(), StoreError> {
    let changed = |part: fn(Head) -> u64| old.is_none_or(|old| part(old) != part(new));

    let digest = old.is_none_or(|old| old.digest != new.digest);
    if digest {
        BY_TIME.put(pending, &by_time(id, new))?;
    }
    let caller = changed(|head| head.caller);
    if let Some(old) = old.filter(|old| caller && old.caller != 0) {
        BY_CALLER.remove(pending, &by_caller(id, old))?;
    }
    if new.caller != 0 && (digest || caller) {
        BY_CALLER.put(pending, &by_caller(id, new))?;
    }
    if changed(|head| head.provider) {
        if let Some(old) = old {
            BY_PROVIDER.remove(pending, &by_provider(id, old))?;
        }
        BY_PROVIDER.put(pending, &by_provider(id, new))?;
    }
    Ok(())
}

impl WrittenJob {
    pub(super) fn write(job: Job) -> Result<Self, StoreError> {
        let bytes = value::write("a job", &job)?;
        Ok(Self { job, bytes })
    }

    pub(super) fn put(&self, pending: &mut Pending, counts: &mut Counts) -> Result<(), StoreError> {
        let id = self.job.id;
        remove_job(pending, counts, id)?;
        let due = self.job.due;
        pending.put(keys::job(due, id), self.bytes.clone());
        pending.put(keys::job_due(id), value::seal(&keys::time(due)));
        counts.jobs += 1;
        Ok(())
    }
}

/// Removes a job, if there is one with this id; whether there was.
pub(super) fn remove_job(
    pending: &mut Pending,
    counts: &mut Counts,
    id: Uuid,
) -> Result<bool, StoreError> {
    let due = keys::job_due(id);
    let Some(kept) = pending.get(&due)? else {
        return Ok(false);
    };
    pending.remove(keys::job_at(value::read_raw("a job", &kept)?, id));
    pending.remove(due);
    counts.jobs = counts.jobs.saturating_sub(1);
    Ok(true)
}

/// The bytes that a list change leaves behind: an entry, or nothing.
pub(super) fn write_entry(change: &ListChange) -> Result<Option<Vec<u8>>, StoreError> {
    match change {
        ListChange::Put(entry) => value::write("a list entry", entry).map(Some),
        ListChange::Remove { .. } => Ok(None),
    }
}

/// Puts or removes a list entry.
pub(super) fn put_entry(pending: &mut Pending, change: &ListChange) -> Result<(), StoreError> {
    let key = keys::entry(&change.name());
    match write_entry(change)? {
        Some(bytes) => pending.put(key, bytes),
        None => pending.remove(key),
    }
    Ok(())
}
