//! A store that can be hindered, for tests: its commits fail after so many, what is put on a shelf
//! waits, and calls are never counted to the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    CallFilter, CallPage, Commit, Counts, Job, ListChange, Shelf, Shelved, Store, StoreError,
};
use crate::call::{Call, CallId, E164, ListEntry, ListName, NumberPattern, ProviderCallId};

/// A store in memory with something in its way.
pub(crate) struct Hindered {
    kept: Arc<dyn Store>,
    commits_left: AtomicUsize,
    never_counts: AtomicBool,
    holds_next: AtomicBool,
    held: Notify,
    let_go: Notify,
}

impl Hindered {
    /// Nothing is in its way yet.
    pub(crate) async fn new() -> Arc<Self> {
        Arc::new(Self {
            kept: super::open("memory:").await.unwrap(),
            commits_left: AtomicUsize::new(usize::MAX),
            never_counts: AtomicBool::new(false),
            holds_next: AtomicBool::new(false),
            held: Notify::new(),
            let_go: Notify::new(),
        })
    }

    /// So many commits are kept from now on, and every one after those fails.
    pub(crate) fn keeps_commits(&self, commits: usize) {
        self.commits_left.store(commits, Ordering::SeqCst);
    }

    /// Whoever has calls counted from now on waits for ever.
    pub(crate) fn never_counts(&self) {
        self.never_counts.store(true, Ordering::SeqCst);
    }

    /// What is put on a shelf next waits on its way there, as it is.
    pub(crate) fn hold_next_shelved(&self) {
        self.holds_next.store(true, Ordering::SeqCst);
    }

    /// Waits until something waits on its way to a shelf.
    pub(crate) async fn holds_something(&self) {
        self.held.notified().await;
    }

    /// Lets it go there.
    pub(crate) fn let_go(&self) {
        self.let_go.notify_one();
    }
}

#[async_trait]
impl Store for Hindered {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let one_less = |left: usize| left.checked_sub(1);
        let left = &self.commits_left;
        if left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_err()
        {
            return Err(StoreError::Io("No space left on device".into()));
        }
        self.kept.commit(commit).await
    }
    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        self.kept.call(id).await
    }
    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError> {
        self.kept.call_by_provider(id).await
    }
    async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        self.kept.calls(filter, before, limit).await
    }
    async fn count_calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        most: usize,
    ) -> Result<usize, StoreError> {
        if self.never_counts.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.kept.count_calls(filter, before, most).await
    }
    async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, StoreError> {
        self.kept.entries_matching(number).await
    }
    async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<Vec<ListEntry>, StoreError> {
        self.kept.entries(list, after, limit).await
    }
    async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), StoreError> {
        self.kept.change_lists(changes).await
    }
    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.kept.jobs_due(now, limit).await
    }
    async fn put_job(&self, job: Job) -> Result<(), StoreError> {
        self.kept.put_job(job).await
    }

    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError> {
        self.kept.settle_job(id, again).await
    }
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.setting(name).await
    }
    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.kept.put_setting(name, value).await
    }
    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        if self.holds_next.swap(false, Ordering::SeqCst) {
            self.held.notify_one();
            self.let_go.notified().await;
        }
        self.kept.shelve(shelf, changes).await
    }
    async fn shelved(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.shelved(shelf, name).await
    }
    async fn shelf(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError> {
        self.kept.shelf(shelf, after, limit).await
    }
    async fn remove_calls(&self, ids: Vec<CallId>) -> Result<(), StoreError> {
        self.kept.remove_calls(ids).await
    }
    async fn scrub(&self) -> Result<(), StoreError> {
        self.kept.scrub().await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.kept.counts().await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.kept.check().await
    }
    async fn close(&self) {
        self.kept.close().await;
    }
}
