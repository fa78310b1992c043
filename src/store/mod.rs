//! What the service keeps: calls, lists, jobs to be done, the key to its interface.
//!
//! A whole store can be copied while it is used ([`Store::backup`]) and made from such a copy
//! ([`restore`]). Its format has a number: an older one is taken over when it is opened, a newer
//! one is refused.
//!
//! A store is one file or folder that implements [`Store`]; [`open`] chooses by address. What a
//! future of [`Store::commit`] or [`Store::change_lists`] resolves to `Ok` for is on disk.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::{
    Bilingual, Call, CallId, E164, Effect, LineId, ListEntry, ListName, NumberPattern,
    ProviderCallId, Treatment,
};

mod archive;
pub mod backups;
mod bounds;
mod entries;
mod filter;
mod jobs;
pub mod marks;
mod memory;
pub mod search;
mod shelf;
mod sled;

#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod hindered;
#[cfg(test)]
pub(crate) mod sample;

pub use archive::RestoreError;
pub(crate) use jobs::fingerprint;
pub use shelf::{MAX_SHELVED_BYTES, Shelf, Shelved, newest_first};

/// Opens the store at an address: `memory:` for one that is gone when the process is, or
/// `sled:FOLDER` for an embedded one in a folder, which is made if it is missing.
///
/// A store that has failed is replaced whole: [`Store::close`] it, then open it again.
///
/// # Errors
/// [`StoreError::Open`], saying what is in the way.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = portner::store::open("memory:").await.unwrap();
/// assert_eq!(store.counts().await.unwrap().calls, 0);
/// assert!(portner::store::open("papyrus:").await.is_err());
/// # });
/// ```
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    match address.split_once(':') {
        Some(("memory", "")) => Ok(Arc::new(memory::MemoryStore::default())),
        Some(("sled", folder)) if !folder.is_empty() => {
            Ok(Arc::new(sled::SledStore::open(folder.into()).await?))
        }
        _ => Err(StoreError::Open {
            path: address.to_owned(),
            reason: "a store's address is memory: or sled:FOLDER".to_owned(),
        }),
    }
}

/// Makes the folder that a store will lie in, where there is none: nobody else on the machine may look
/// into it.
///
/// # Errors
/// As the disk has them.
pub fn make_folder(folder: &std::path::Path) -> std::io::Result<()> {
    sled::make_folder(folder)
}

/// Sees that a backup is whole and can be taken back; how many records it has.
///
/// # Errors
/// [`RestoreError`], saying what is wrong with it.
pub fn verify_backup(file: &mut std::fs::File) -> Result<u64, RestoreError> {
    sled::verify(file)
}

/// Makes the store at an address from a backup. One that is in use is refused; one that holds
/// something is refused too, or with `replace` put aside in a folder `before-restore-…`.
///
/// # Errors
/// [`RestoreError`]; nothing was changed then.
pub async fn restore(
    address: &str,
    backup: std::fs::File,
    replace: bool,
) -> Result<Counts, RestoreError> {
    match address.split_once(':') {
        Some(("sled", folder)) if !folder.is_empty() => {
            sled::restore(folder.into(), backup, replace).await
        }
        _ => Err(RestoreError::Store(StoreError::Open {
            path: address.to_owned(),
            reason: "a backup is restored into sled:FOLDER".to_owned(),
        })),
    }
}

/// A step of a call to be kept: the call as it now is, and what is to be done because of it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The call, whole.
    pub call: Arc<Call>,
    /// What is to be done. List entries take effect with the commit, the rest becomes jobs.
    pub effects: Vec<Effect>,
}

/// Which calls are looked for. What is not set does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// The line that was called.
    pub line: Option<LineId>,
    /// The number that called.
    pub caller: Option<E164>,
    /// What became of the caller.
    pub verdict: Option<Treatment>,
    /// Only where a message was left, whatever the verdict, or the caller was sent to leave one.
    pub message: bool,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Words that were said, without regard to case.
    pub text: Option<String>,
    /// Whether calls that were played to try things out are wanted too.
    pub simulated: bool,
}

/// A page of calls, newest first.
#[derive(Debug, Clone, Default)]
pub struct CallPage {
    /// The calls.
    pub calls: Vec<Call>,
    /// Where the next page begins, if there is one: pass it as `before`.
    pub next: Option<CallId>,
}

/// A change of the owner's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    /// Puts an entry, in place of one with the same list, pattern and line.
    Put(ListEntry),
    /// Removes the entry with this list, pattern and line.
    Remove {
        /// The list.
        list: ListName,
        /// The pattern.
        pattern: NumberPattern,
        /// The line it held for.
        line: Option<LineId>,
    },
}

/// Something to be done outside, kept until it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its own name.
    pub id: Uuid,
    /// The call it comes from.
    pub call: CallId,
    /// The provider it goes through.
    pub provider: String,
    /// What is to be done.
    pub effect: Effect,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried next.
    pub due: Timestamp,
}

/// A store that another one took the place of. It is kept whole: nothing that is erased or forgotten
/// since is out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its folder, in the folder of the store.
    pub name: String,
    /// Whether it was damaged; else a backup took its place.
    pub damaged: bool,
    /// Since when it lies there.
    pub since: Timestamp,
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    /// Calls.
    pub calls: u64,
    /// List entries.
    pub entries: u64,
    /// Jobs not yet done.
    pub jobs: u64,
}

/// What keeps things. Every key begins with the tenant.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a step of a call. Durable when it resolves. The same step twice is one step.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// The call with this name.
    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError>;

    /// The call that the provider calls so.
    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError>;

    /// Calls that match, newest first, beginning before the call `before`; at most `limit`.
    async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError>;

    /// How many calls match, beginning before the call `before`; no more than `most` are counted.
    /// `from` may be taken to the millisecond.
    async fn count_calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        most: usize,
    ) -> Result<usize, StoreError> {
        Ok(self.calls(filter, before, most).await?.calls.len())
    }

    /// Every list entry whose pattern the number falls under, whatever the list, expired or not.
    async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, StoreError>;

    /// Entries of a list in the order of their patterns, after `after`. At most `limit`, except
    /// that entries with the same pattern for several lines are never torn apart; fewer than
    /// `limit` are the last.
    async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<Vec<ListEntry>, StoreError>;

    /// Changes lists, all of it or nothing. Durable when it resolves.
    async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), StoreError>;

    /// Jobs that are due, the oldest first; at most `limit`.
    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError>;

    /// Jobs that are due then or later, the oldest first; at most `limit`.
    async fn jobs_from(&self, from: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        let mut jobs = self.jobs_due(Timestamp::MAX, usize::MAX).await?;
        jobs.retain(|job| job.due >= from);
        jobs.truncate(limit);
        Ok(jobs)
    }

    /// The job with this id.
    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        let jobs = self.jobs_due(Timestamp::MAX, usize::MAX).await?;
        Ok(jobs.into_iter().find(|job| job.id == id))
    }

    /// Keeps a job that comes of no step of a call, in place of one with the same id. Durable when it
    /// resolves.
    async fn put_job(&self, job: Job) -> Result<(), StoreError>;

    /// Keeps a job as it now is, or forgets it when it is done. One that is gone meanwhile stays gone.
    /// Durable when it resolves.
    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError>;

    /// A small value that the service keeps for itself, such as the hash of its key.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps such a value. Durable when it resolves.
    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError>;

    /// Puts things on a shelf, or takes them off where there is no value: all of it or nothing.
    /// Durable when it resolves.
    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError>;

    /// The thing that stands under this name on a shelf.
    async fn shelved(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The things on a shelf in the order of their names, after `after`; at most `limit`.
    async fn shelf(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError>;

    /// Removes calls for good, with everything by which they are found, all of them or none. What
    /// stands beside them ([`Shelf`], jobs) is not touched. Durable when it resolves; the bytes stay in
    /// the files until [`Store::scrub`].
    async fn remove_calls(&self, ids: Vec<CallId>) -> Result<(), StoreError>;

    /// Writes everything that is kept into fresh files and removes the old ones, so that nothing is
    /// left of what was removed or changed. Calls go on meanwhile.
    async fn scrub(&self) -> Result<(), StoreError>;

    /// How many of each there are; costs the same however many there are.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// A copy of everything as it is when this resolves, made while calls go on: a file that is
    /// read from its beginning and is gone when it is let go of. [`verify_backup`] reads it,
    /// [`restore`] takes it back. One is made at a time.
    async fn backup(&self) -> Result<std::fs::File, StoreError> {
        Err(StoreError::KeepsNothing)
    }

    /// The stores that were put aside for this one and are still there.
    async fn put_aside(&self) -> Result<Vec<Aside>, StoreError> {
        Ok(Vec::new())
    }

    /// Removes those of them that were put aside before then; which they were.
    async fn remove_aside(&self, before: Timestamp) -> Result<Vec<Aside>, StoreError> {
        let _ = before;
        Ok(Vec::new())
    }

    /// The damage that was met in it since it was opened. Nothing of it is used any more then; the next
    /// opening sets it aside.
    fn damage(&self) -> Option<StoreError> {
        None
    }

    /// Writes something and sees that it is kept.
    async fn check(&self) -> Result<(), StoreError>;

    /// Finishes what was begun and lets go of the files.
    async fn close(&self);
}

impl StoreError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Open { path, reason } => format!("lageret i {path} kan ikke åbnes: {reason}"),
            Self::Io(reason) => format!("lageret svigtede: {reason}"),
            Self::Corrupt { reason, .. } => {
                format!("noget i lageret kan ikke læses: {reason}")
            }
            Self::TooBig { bytes, most, .. } => {
                format!("det er for stort til at blive gemt: {bytes} byte, højst {most}")
            }
            Self::BackupRuns => {
                "en anden sikkerhedskopi er ved at blive taget; vent, til den er færdig".to_owned()
            }
            Self::KeepsNothing => {
                "dette lager gemmer ikke noget, så der er intet at tage en kopi af".to_owned()
            }
            Self::Closed => "lageret er ikke åbent".to_owned(),
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// Why something could not be kept or found.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The store could not be opened.
    #[error("the store at {path} cannot be opened: {reason}")]
    Open {
        /// Where it is.
        path: String,
        /// What is in the way.
        reason: String,
    },
    /// The store could not be read or written.
    #[error("the store failed: {0}")]
    Io(String),
    /// What was kept cannot be read.
    #[error("{what} in the store cannot be read: {reason}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// More than the store takes in one piece.
    #[error("{what} is too big to be kept: {bytes} bytes, at most {most}")]
    TooBig {
        /// What it is.
        what: &'static str,
        /// How big it is.
        bytes: usize,
        /// How big it may be.
        most: usize,
    },
    /// A copy of everything is being made already.
    #[error("another backup is being made; wait until it is done")]
    BackupRuns,
    /// It is in memory only.
    #[error("this store keeps nothing, so there is nothing to back up")]
    KeepsNothing,
    /// The store is not open.
    #[error("the store is not open")]
    Closed,
}
