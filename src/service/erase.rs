//! Erasing everything that is held on a telephone number (GDPR, article 17).
//!
//! What [`Service::held`] finds is removed place by place, the calls last, since the rest is found by
//! them: whatever breaks in between, erasing once more finds what is left. Then the store is written
//! anew, so that no file of it has a byte of what was removed.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;
use super::held::{self, Held, OfCallers, of_callers};
use crate::call::{Call, CallId, E164, Effect};
use crate::store::{Job, ListChange, Shelf, Store, StoreError};

/// A call that is not over and to which nothing happened for so long is not live any more.
const LIVE: SignedDuration = SignedDuration::from_hours(2);
/// How often what is held is gathered again and erased, since something may have come meanwhile.
const ROUNDS: usize = 20;
/// How many calls are removed at once.
pub(super) const PORTION: usize = 100;
/// How long whoever asks waits for the files to be written anew; it is done in any case.
const PATIENCE: Duration = Duration::from_secs(12);
/// The setting that says that something was removed and is still in the files.
const SCRUB_DUE: &str = "scrub-due";

/// What was erased.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erased {
    /// Calls.
    pub calls: usize,
    /// Entries of lists that were about this number alone.
    pub entries: usize,
    /// What was still to be told outside.
    pub outbox: usize,
    /// Places in campaigns.
    pub campaigns: usize,
    /// Records of what was done at the desk in which the number is masked now.
    pub deeds: usize,
    /// Recorded messages that the provider is told to remove.
    pub recordings: usize,
    /// Whether no file of the store has any of it any more. If not, the store is still being written
    /// anew: ask again to see it done.
    pub scrubbed: bool,
    /// Folders of stores that were put aside, in the folder of the store. They may still hold it until
    /// they are removed: by hand, or by themselves when the time for words is over.
    pub not_reached: Vec<String>,
}

/// Why a number was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It is on the phone.
    #[error("this number is in a call right now; erase it when the call is over")]
    Live,
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Removes everything that is held on a number, in memory and on disk, and has the provider remove
    /// recorded messages of it. Durable when it resolves. Copies that were made before
    /// ([`Store::backup`]) are not reached, nor stores that were put aside; the latter are named.
    ///
    /// # Errors
    /// [`EraseError`]; what was not erased then is found by the next try.
    pub async fn erase(self: &Arc<Self>, number: E164) -> Result<Erased, EraseError> {
        let mut erased = Erased::default();
        for _ in 0..ROUNDS {
            let store = self.keeper.store().ok_or(StoreError::Closed)?;
            let held = self.held(number).await?;
            if self.keeper.is_unwritten(number)
                || held.calls.iter().any(|one| self.is_live(&one.call))
            {
                return Err(EraseError::Live);
            }
            if held.is_nothing() {
                break;
            }
            self.scrub_is_due(store.as_ref()).await?;
            self.erase_held(store.as_ref(), number, &held, &mut erased)
                .await?;
        }
        self.spend.forget(number);
        let scrub = tokio::spawn({
            let service = Arc::clone(self);
            async move { service.scrub().await }
        });
        erased.scrubbed = match tokio::time::timeout(PATIENCE, scrub).await {
            Err(_) => false,
            Ok(Err(broke)) => return Err(StoreError::Io(broke.to_string()).into()),
            Ok(Ok(scrubbed)) => {
                scrubbed?;
                true
            }
        };
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let aside = store.put_aside().await?;
        erased.not_reached = aside.into_iter().map(|aside| aside.name).collect();
        tracing::info!(%number, calls = erased.calls, "everything held on a number was erased");
        Ok(erased)
    }

    fn is_live(&self, call: &Call) -> bool {
        let last = call
            .timeline
            .last()
            .map_or(call.started_at, |entry| entry.at);
        !call.is_over() && self.clock.now().duration_since(last) < LIVE
    }

    async fn erase_held(
        &self,
        store: &dyn Store,
        number: E164,
        held: &Held,
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        let calls: Vec<&Call> = held.calls.iter().map(|held| &held.call).collect();
        for job in &held.outbox {
            store.settle_job(job.id, None).await?;
        }
        let removals = held.own_entries().map(|entry| ListChange::Remove {
            list: entry.list,
            pattern: entry.pattern,
            line: entry.line.clone(),
        });
        let removals: Vec<ListChange> = removals.collect();
        erased.entries += removals.len();
        store.change_lists(removals).await?;
        for shelf in Shelf::ALL {
            match of_callers(shelf) {
                // Removed with their calls.
                OfCallers::ByCall | OfCallers::Nothing => {}
                OfCallers::Campaigns => {
                    let ids = held.call_ids();
                    self.campaigns
                        .forget(store, &ids, Some(number), None)
                        .await?;
                }
                OfCallers::Texts => {
                    for one in held::naming(store, shelf, number).await? {
                        let text = String::from_utf8_lossy(&one.value);
                        let masked = held::masked(&text, number).into_bytes();
                        store.shelve(shelf, vec![(one.name, Some(masked))]).await?;
                        erased.deeds += 1;
                    }
                }
            }
        }
        erased.recordings += self.remove_calls(store, &calls).await?;
        erased.calls += calls.len();
        erased.outbox += held.outbox.len();
        erased.campaigns += held.campaigns.len();
        Ok(())
    }

    /// Removes calls and the marks on them; has the provider remove what was recorded, and says how
    /// many recordings that are. What else stands beside calls is the caller's matter.
    pub(super) async fn remove_calls(
        &self,
        store: &dyn Store,
        calls: &[&Call],
    ) -> Result<usize, StoreError> {
        let mut recordings = 0;
        for portion in calls.chunks(PORTION) {
            for call in portion {
                recordings += self.let_go_of_recordings(store, call).await?;
            }
            self.removed.note(store, portion, self.clock.now()).await?;
            let ids: Vec<CallId> = portion.iter().map(|call| call.id).collect();
            crate::store::marks::remove(store, &ids).await?;
            self.unheard.forget(store, &ids).await?;
            self.ongoing.forget(&ids);
            store.remove_calls(ids).await?;
        }
        Ok(recordings)
    }

    /// Has the provider remove what was recorded in a call of real people; says how many recordings
    /// that are.
    pub(super) async fn let_go_of_recordings(
        &self,
        store: &dyn Store,
        call: &Call,
    ) -> Result<usize, StoreError> {
        if call.simulated {
            return Ok(0);
        }
        let urls = call.recordings_kept();
        for (number, url) in urls.iter().enumerate() {
            let url = (*url).to_owned();
            let job = Job::of(call, &Effect::DeleteRecording { url }, number);
            if let Some(job) = job {
                store.put_job(job).await?;
            }
        }
        if !urls.is_empty() {
            self.outbox_woken.notify_one();
        }
        Ok(urls.len())
    }

    /// Notes that something is about to be removed that stays in the files until [`Self::scrub`].
    pub(super) async fn scrub_is_due(&self, store: &dyn Store) -> Result<(), StoreError> {
        // Another one each time, so that a scrub that is under way does not take it for done.
        let now = self.clock.now().as_nanosecond().to_be_bytes();
        store.put_setting(SCRUB_DUE, now.to_vec()).await
    }

    /// Whether something was removed that may still be in the files.
    pub(super) async fn needs_scrub(&self, store: &dyn Store) -> Result<bool, StoreError> {
        let due = store.setting(SCRUB_DUE).await?;
        Ok(due.is_some_and(|due| !due.is_empty()))
    }

    /// Writes the store anew without what was removed. One at a time.
    pub(super) async fn scrub(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.scrubbing.lock().await;
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let due = store.setting(SCRUB_DUE).await?;
        store.scrub().await?;
        if store.setting(SCRUB_DUE).await? == due {
            store.put_setting(SCRUB_DUE, Vec::new()).await?;
        }
        Ok(())
    }
}
