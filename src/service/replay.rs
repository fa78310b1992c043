//! The log judged again: calls are read page by page, kept as far as a replay needs them, and
//! judged on several threads.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::Policies;
use crate::evaluation::{Again, Recorded, count_earlier_calls, replay_all};
use crate::store::{CallFilter, Store, StoreError, marks};

/// How many calls are read at once.
const PORTION: usize = 500;
/// The most calls that are judged again in one go, for the sake of memory: about 1 KiB each.
pub const MOST_CALLS: usize = 500_000;

/// Reads the newest calls that match, at most `most`, with the owner's marks. `read` counts them
/// as they come.
///
/// # Errors
/// [`StoreError`], when something cannot be read.
pub async fn read_log(
    store: &dyn Store,
    filter: &CallFilter,
    most: usize,
    read: &AtomicUsize,
) -> Result<Vec<Recorded>, StoreError> {
    let marks = marks::all(store).await?;
    let most = most.min(MOST_CALLS);
    let mut calls: Vec<Recorded> = Vec::new();
    let mut before = None;
    while calls.len() < most {
        let limit = PORTION.min(most - calls.len());
        let page = store.calls(filter, before, limit).await?;
        calls.extend(page.calls.iter().map(|call| {
            let mark = marks.get(&call.id).map(|mark| mark.judged);
            Recorded::of(call, mark)
        }));
        read.store(calls.len(), std::sync::atomic::Ordering::Relaxed);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    count_earlier_calls(&mut calls);
    Ok(calls)
}

/// Judges calls again, each by the policy of its line. Blocks; leaves one processor to the calls
/// that are being made meanwhile, where there are several.
#[must_use]
pub fn judge(policies: &Policies, calls: &[Recorded], done: &AtomicUsize) -> Vec<Option<Again>> {
    judged(policies, calls, done, || false)
}

/// The same; nothing, when it is late before all of them are judged.
pub fn judge_in_time(
    policies: &Policies,
    calls: &[Recorded],
    is_late: impl Fn() -> bool + Sync,
) -> Option<Vec<Option<Again>>> {
    let done = AtomicUsize::new(0);
    let results = judged(policies, calls, &done, is_late);
    (done.into_inner() == calls.len()).then_some(results)
}

fn judged(
    policies: &Policies,
    calls: &[Recorded],
    done: &AtomicUsize,
    is_late: impl Fn() -> bool + Sync,
) -> Vec<Option<Again>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let policy_of = |line: &_| Arc::as_ref(policies.for_line(line));
    let threads = processors.saturating_sub(1).max(1);
    replay_all(calls, policy_of, threads, done, is_late)
}
