//! Finding calls: by id, by the provider's name, by filter; and jobs. Of calls, what is in memory goes
//! before what is in the database, which may not have it yet.

use std::ops::{ControlFlow, RangeInclusive};

use uuid::Uuid;

use super::blocks::{BY_CALLER, BY_PROVIDER, BY_TIME};
use super::keys::Key;
use super::value::{self, Digest, Head};
use super::{DATABASE, Shared, failed, keys};
use crate::call::{Call, CallId, ProviderCallId};
use crate::store::filter::Wanted;
use crate::store::{CallFilter, CallPage, Job, StoreError};

/// How often a call or a job is read again that was rewritten while it was read.
const ATTEMPTS: usize = 16;

/// Finds a call.
pub(super) fn call(shared: &Shared, id: CallId) -> Result<Option<Call>, StoreError> {
    let held = shared.live().call(id);
    match held {
        Some(call) => Ok(Some(Call::clone(&call))),
        None => kept(shared.database().tree(), id),
    }
}

/// Reads the jobs between two keys, in the order in which they are due.
pub(super) fn jobs(
    shared: &Shared,
    keys: RangeInclusive<Key>,
    limit: usize,
) -> Result<Vec<Job>, StoreError> {
    let database = shared.database();
    let mut passed_over = PassedOver::default();
    let mut jobs = Vec::new();
    for bytes in database.tree().range(keys).values() {
        if jobs.len() == limit {
            break;
        }
        let job = value::read("a job", &bytes.map_err(failed)?);
        jobs.extend(passed_over.unless_unreadable(job)?);
    }
    Ok(jobs)
}

/// What one reading passes over, since this program cannot read it, as a later one may have written it.
/// Told when the reading ends.
#[derive(Default)]
struct PassedOver {
    count: usize,
    first: Option<StoreError>,
}

impl PassedOver {
    /// What was read, or nothing where it alone cannot be read. Damage of the database is handed on.
    fn unless_unreadable<T>(
        &mut self,
        read: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(error @ StoreError::Corrupt { what, .. }) if what != DATABASE => {
                self.count += 1;
                self.first.get_or_insert(error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

impl Drop for PassedOver {
    fn drop(&mut self) {
        if let Some(error) = &self.first {
            let count = self.count;
            tracing::error!(count, %error, "what cannot be read in the store is passed over");
        }
    }
}

/// Finds a job.
pub(super) fn job(shared: &Shared, id: Uuid) -> Result<Option<Job>, StoreError> {
    let database = shared.database();
    let tree = database.tree();
    for _ in 0..ATTEMPTS {
        let Some(due) = tree.get(keys::job_due(id)).map_err(failed)? else {
            return Ok(None);
        };
        let key = keys::job_at(value::read_raw("a job", &due)?, id);
        if let Some(bytes) = tree.get(key).map_err(failed)? {
            return value::read("a job", &bytes).map(Some);
        }
    }
    Ok(None)
}

/// Reads a call from the database.
pub(super) fn kept(tree: &::sled::Tree, id: CallId) -> Result<Option<Call>, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(first) = tree.get(keys::call(id, 0)).map_err(failed)? else {
            return Ok(None);
        };
        let (head, part) = Head::read(&first)?;
        if head.pieces == 1 {
            return value::read_call(part).map(Some);
        }
        if let Some(packed) = rest_of(tree, id, head, part)? {
            return value::read_call(&packed).map(Some);
        }
    }
    Err(value::torn("its pieces do not belong together"))
}

/// Puts a call together, unless it is rewritten meanwhile.
fn rest_of(
    tree: &::sled::Tree,
    id: CallId,
    head: Head,
    first: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut packed = first.to_vec();
    for piece in 1..head.pieces {
        let Some(bytes) = tree.get(keys::call(id, piece)).map_err(failed)? else {
            return Ok(None);
        };
        let (print, part) = value::read_piece(&bytes)?;
        if print != head.print {
            return Ok(None);
        }
        packed.extend_from_slice(part);
    }
    Ok(Some(packed))
}

/// Finds the call that the provider calls so.
pub(super) fn call_by_provider(
    shared: &Shared,
    provider: &ProviderCallId,
) -> Result<Option<Call>, StoreError> {
    let held = shared.live().call_by_provider(provider);
    if let Some(call) = held {
        return Ok(Some(Call::clone(&call)));
    }
    let print = value::provider_print(provider).to_be_bytes();
    let (low, high) = (
        [&print[..], &[0; 16]].concat(),
        [&print[..], &[0xff; 16]].concat(),
    );
    let mut ids = Vec::new();
    BY_PROVIDER.walk(shared.database().tree(), &low, &high, |record| {
        ids.extend(record.last_chunk().map(|id| CallId::from_bytes(*id)));
        Ok(ControlFlow::Continue(()))
    })?;
    for id in ids {
        if let Some(call) = call(shared, id)?
            && call.provider == *provider
        {
            return Ok(Some(call));
        }
    }
    Ok(None)
}

/// Finds a page of calls: those that wait in memory, and between them those of the database,
/// walking the index over the caller's number if the filter names one, or else the index over
/// time. Both hold enough to pass over calls of another line or verdict, or without a message, unread.
/// Blocks for as long as it takes.
pub(super) fn calls(
    shared: &Shared,
    filter: &CallFilter,
    before: Option<CallId>,
    limit: usize,
) -> Result<CallPage, StoreError> {
    let lowest = filter.from.map(keys::first_id);
    let lowest = lowest.unwrap_or(CallId::from_bytes([0; 16]));
    // A call within the last millisecond before `until` may have the higher id of that moment.
    let until = filter.until.map(|until| {
        let next = until.checked_add(jiff::SignedDuration::from_millis(1));
        keys::first_id(next.unwrap_or(until))
    });
    let highest = [before, until].into_iter().flatten().min();
    let highest = highest.unwrap_or(CallId::from_bytes([0xff; 16]));

    let caller = filter.caller.map(|caller| caller.as_u64().to_be_bytes());
    let index = if caller.is_some() { BY_CALLER } else { BY_TIME };
    let caller = caller.as_ref().map_or(&[][..], |caller| &caller[..]);
    let key = |id: CallId| [caller, &id.as_bytes()[..]].concat();

    let wanted = Wanted::new(filter);
    let number = filter.caller.map(|caller| caller.as_u64());
    let waiting = shared.live().waiting(number, |call| {
        before.is_none_or(|before| call.id < before) && wanted.takes(call)
    });
    let mut waiting = waiting.into_iter().peekable();
    let mut found = Found::new(limit);
    let mut passed_over = PassedOver::default();
    index.walk(
        shared.database().tree(),
        &key(lowest),
        &key(highest),
        |record| {
            let (id, digest) = record.split_at(index.key);
            let digest = Digest::from_bytes(digest);
            let id = id.last_chunk().map(|id| CallId::from_bytes(*id));
            let (Some(id), Some(digest)) = (id, digest) else {
                return Ok(ControlFlow::Continue(()));
            };
            if before.is_some_and(|before| before <= id) {
                return Ok(ControlFlow::Continue(()));
            }
            while let Some(newer) = waiting.next_if(|call| call.id >= id) {
                let same = newer.id == id;
                if found.is_full_with(|| Call::clone(&newer)) {
                    return Ok(ControlFlow::Break(()));
                }
                if same {
                    return Ok(ControlFlow::Continue(()));
                }
            }
            if !digest.may_be(filter) {
                return Ok(ControlFlow::Continue(()));
            }
            let call = passed_over.unless_unreadable(call(shared, id))?.flatten();
            let Some(call) = call.filter(|call| wanted.takes(call)) else {
                return Ok(ControlFlow::Continue(()));
            };
            Ok(if found.is_full_with(|| call) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        },
    )?;
    for older in waiting {
        if found.is_full_with(|| Call::clone(&older)) {
            break;
        }
    }
    Ok(found.page)
}

/// Counts the calls of a caller by what the indexes know of them, which is enough when nothing but
/// caller, beginning and simulation matters; otherwise by finding them.
pub(super) fn count(
    shared: &Shared,
    filter: &CallFilter,
    before: Option<CallId>,
    most: usize,
) -> Result<usize, StoreError> {
    let plain = CallFilter {
        caller: filter.caller,
        from: filter.from,
        simulated: filter.simulated,
        ..CallFilter::default()
    };
    let Some(caller) = filter.caller.filter(|_| plain == *filter) else {
        return Ok(calls(shared, filter, before, most)?.calls.len());
    };
    let wanted = Wanted::new(filter);
    let is_before = |id| before.is_none_or(|before| id < before);
    let waiting = shared.live().waiting(Some(caller.as_u64()), |call| {
        is_before(call.id) && wanted.takes(call)
    });
    let caller = caller.as_u64().to_be_bytes();
    let lowest = filter
        .from
        .map_or([0; 16], |from| *keys::first_id(from).as_bytes());
    let highest = before.map_or([0xff; 16], |before| *before.as_bytes());
    let mut count = waiting.len();
    let (low, high) = (
        [&caller[..], &lowest].concat(),
        [&caller[..], &highest].concat(),
    );
    BY_CALLER.walk(shared.database().tree(), &low, &high, |record| {
        if count >= most {
            return Ok(ControlFlow::Break(()));
        }
        let (key, digest) = record.split_at(BY_CALLER.key);
        if let (Some(id), Some(digest)) = (key.last_chunk(), Digest::from_bytes(digest)) {
            let id = CallId::from_bytes(*id);
            let new = is_before(id) && waiting.iter().all(|call| call.id != id);
            count += usize::from(new && digest.may_be(filter));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count.min(most))
}

/// A page as it is filled.
struct Found {
    page: CallPage,
    limit: usize,
}

impl Found {
    fn new(limit: usize) -> Self {
        Self {
            page: CallPage::default(),
            limit,
        }
    }

    /// Takes a call. When there is no room for it, the page is full and has a next one.
    fn is_full_with(&mut self, call: impl FnOnce() -> Call) -> bool {
        if self.page.next.is_some() {
            return true;
        }
        if self.page.calls.len() == self.limit {
            self.page.next = self.page.calls.last().map(|call| call.id);
            return true;
        }
        self.page.calls.push(call());
        false
    }
}
