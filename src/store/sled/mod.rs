//! The store in one folder, on sled 0.34: nothing to install, one process, one machine.
//!
//! What it does about sled's weaknesses:
//!
//! * Each of its writes costs several threads' attention, and `flush` does not even fsync on Linux:
//!   steps of calls are acknowledged by a [`journal`] in front of it and go into sled in batches;
//!   [`writer`] fsyncs sled's file itself, for everybody at once who waits at that moment.
//! * Opening may panic, or show an empty database after a power cut: [`opening`] catches the one
//!   and sees the other by a file beside it ([`census`]).
//! * Values of a size are put into files of their own, which no fsync of ours covers: calls are
//!   kept in pieces ([`value`]), everything else is bounded.
//! * Every page of the tree costs memory, used or not: indexes are packed into blocks
//!   ([`blocks`]).
//! * A segment of its file is used again before what was moved out of it is on disk: [`barrier`]
//!   makes sled wait for the disk.
//! * What was left of an opening that broke off is taken for the newest of its snapshots, and then
//!   nothing opens any more: [`database`] removes it first.
//! * What is removed stays in its file: [`scrub`] writes everything anew into another one.
//! * A batch is whole within one tree only, so there is one ([`keys`]); and it holds all readers
//!   while it is applied, so long lists of changes go in portions ([`bulk`]).
//!
//! A database or a journal that is damaged all the same is set aside, and a new one begun with a spare
//! copy of the owner's lists and what can be read of the old one ([`healing`], [`spare`], [`salvage`]),
//! also where the damage is met later than at opening ([`damage`]). What the disk cannot read any more is
//! damage too ([`unreadable`]).
//!
//! What is kept beside the calls, such as the owner's marks, has a tree of its own ([`shelves`]).
//!
//! In memory are the owner's lists, the calls that are not over, and those that only the journal has
//! ([`live`]); all of them change only when the change is on disk.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use self::change::{Step, WrittenJob};
use self::database::Database;
use self::failure::{failed, io_failed, panicked};
pub(super) use self::folder::make as make_folder;
use self::live::Live;
use self::writer::{Change, Request, Writer};
use super::entries::Entries;
use super::{
    Aside, CallFilter, CallPage, Commit, Counts, Job, ListChange, RestoreError, Shelf, Shelved,
    Store, StoreError, shelf,
};
use crate::call::{Call, CallId, E164, ListEntry, ListName, NumberPattern, ProviderCallId};

mod aside;
mod backup;
mod barrier;
mod blocks;
mod bulk;
mod census;
mod change;
mod current;
mod damage;
mod database;
mod failure;
mod find;
mod folder;
mod healing;
mod journal;
mod keys;
mod live;
mod opening;
mod pending;
mod restore;
mod salvage;
mod scrub;
mod shelves;
mod spare;
mod unreadable;
mod value;
mod volume;
mod writer;

#[cfg(test)]
mod tests;

/// How many changes may wait for the writer before those who bring more wait too.
const QUEUE: usize = 1_024;

/// What sled's own files are called when they are damaged.
const DATABASE: &str = "the database";

/// No more calls of one caller than this are counted at once.
const FEW: usize = 20;

/// How often calls that only the journal has are put into the database while nothing else makes the
/// writer do so.
const SETTLE: Duration = Duration::from_secs(5);

/// What readers and the writer share.
pub(super) struct Shared {
    /// Replaced whole when everything is written anew.
    database: RwLock<Arc<Database>>,
    /// Held for reading by whoever puts something on a shelf, which the writer does not see; held
    /// for writing while the database is replaced.
    shelving: RwLock<()>,
    live: Mutex<Live>,
    entries: RwLock<Entries>,
    counts: Mutex<Counts>,
    spare: spare::Spare,
    damage: damage::Damage,
}

/// A store in a folder.
pub(super) struct SledStore(RwLock<Option<Open>>);

/// A store that is open.
#[derive(Clone)]
struct Open {
    folder: Arc<std::path::Path>,
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
}

impl SledStore {
    /// Opens the store in this folder, which is made if it is missing.
    pub(super) async fn open(folder: PathBuf) -> Result<Self, StoreError> {
        let path = folder.clone();
        let open = move || healing::open(&path).map_err(|refusal| refusal.told(&path));
        let opened = blocking(open).await?;
        let (requests, receiver) = mpsc::channel(QUEUE);
        let shared = Arc::new(opened.shared);
        let writer = Writer {
            shared: shared.clone(),
            journal: opened.journal,
            waiting: std::collections::BTreeMap::new(),
            new: 0,
            newest: opened.newest,
            census: opened.census,
            counts: opened.counts,
            requests: receiver,
            folder: folder.clone(),
            bulk: None,
            backup: None,
            scrub: None,
            lists_waiting: std::collections::VecDeque::new(),
            failure: None,
        };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(|| writer.run())
            .map_err(|error| StoreError::Open {
                path: folder.display().to_string(),
                reason: error.to_string(),
            })?;
        let folder: Arc<std::path::Path> = folder.into();
        let noted = spare::keep(Arc::clone(&folder), Arc::downgrade(&shared));
        tokio::spawn(noted);
        tokio::spawn(settle(requests.downgrade()));
        Ok(Self(RwLock::new(Some(Open {
            folder,
            shared,
            requests,
        }))))
    }

    fn opened(&self) -> Result<Open, StoreError> {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.clone().ok_or(StoreError::Closed)?;
        match open.shared.damage.met() {
            Some(damage) => Err(damage.clone()),
            None => Ok(open),
        }
    }

    fn shared(&self) -> Result<Arc<Shared>, StoreError> {
        self.opened().map(|open| open.shared)
    }

    /// Reads something at once.
    fn look<T>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let shared = self.shared()?;
        shared.damage.seen(read(&shared))
    }

    /// Reads something that takes its time.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared()?;
        blocking(move || shared.damage.seen(read(&shared))).await
    }

    /// Has a change written and waits until it is on disk.
    async fn write(&self, change: Change) -> Result<(), StoreError> {
        // Nothing of the store is held while waiting, so that it can be let go of.
        let requests = self.opened()?.requests;
        let written = send(requests, change).await;
        match self.opened() {
            Ok(open) => open.shared.damage.seen(written),
            Err(_) => written,
        }
    }
}

/// Has the database brought up to date now and then, as long as the store is open.
async fn settle(requests: mpsc::WeakSender<Request>) {
    let mut now_and_then = tokio::time::interval(SETTLE);
    loop {
        now_and_then.tick().await;
        let Some(requests) = requests.upgrade() else {
            return;
        };
        let (done, _) = oneshot::channel();
        let change = Change::Settle;
        // A writer with so much to do that there is no room settles anyway.
        if let Err(mpsc::error::TrySendError::Closed(_)) =
            requests.try_send(Request { change, done })
        {
            return;
        }
    }
}

async fn send(requests: mpsc::Sender<Request>, change: Change) -> Result<(), StoreError> {
    let (done, answer) = oneshot::channel();
    requests
        .send(Request { change, done })
        .await
        .map_err(|_| StoreError::Closed)?;
    answer.await.map_err(|_| StoreError::Closed)?
}

#[async_trait]
impl Store for SledStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.write(Change::Step(Box::new(Step::write(commit)?)))
            .await
    }

    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        self.look(|shared| find::call(shared, id))
    }

    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError> {
        self.look(|shared| find::call_by_provider(shared, id))
    }

    async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        let filter = filter.clone();
        self.read(move |shared| find::calls(shared, &filter, before, limit))
            .await
    }

    async fn count_calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        most: usize,
    ) -> Result<usize, StoreError> {
        // A few calls of one caller are counted faster than a thread is woken to count them.
        if filter.caller.is_some() && most <= FEW {
            return self.look(|shared| find::count(shared, filter, before, most));
        }
        let filter = filter.clone();
        self.read(move |shared| find::count(shared, &filter, before, most))
            .await
    }

    async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, StoreError> {
        Ok(self.shared()?.entries().matching(number))
    }

    async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<Vec<ListEntry>, StoreError> {
        self.read(move |shared| Ok(shared.entries().page(list, after, limit)))
            .await
    }

    async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), StoreError> {
        let changes = if changes.len() > bulk::PORTION {
            blocking(|| writable(changes)).await?
        } else {
            writable(changes)?
        };
        self.write(Change::Lists(changes)).await
    }

    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        let from = keys::start(keys::Kind::Job);
        let until = keys::job(now, Uuid::max());
        self.read(move |shared| find::jobs(shared, from..=until, limit))
            .await
    }

    async fn jobs_from(&self, from: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        let from = keys::job(from, Uuid::nil());
        let until = keys::job(Timestamp::MAX, Uuid::max());
        self.read(move |shared| find::jobs(shared, from..=until, limit))
            .await
    }

    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        self.look(|shared| find::job(shared, id))
    }

    async fn put_job(&self, job: Job) -> Result<(), StoreError> {
        let job = WrittenJob::write(job)?;
        self.write(Change::NewJob(job)).await
    }

    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError> {
        let again = again.map(WrittenJob::write).transpose()?;
        self.write(Change::Job(id, again)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.look(|shared| {
            let database = shared.database();
            let kept = database.tree().get(keys::setting(name)).map_err(failed)?;
            kept.map(|bytes| value::read_raw("a setting", &bytes).map(<[u8]>::to_vec))
                .transpose()
        })
    }

    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError> {
        let value = value::write_raw("a setting", &value)?;
        self.write(Change::Setting(name.to_owned(), value)).await
    }

    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        shelf::bounded(&changes)?;
        self.read(move |shared| {
            let _not_replaced = shared
                .shelving
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            let database = shared.database();
            database.shelves().put(shelf, changes)?;
            database.sync()?;
            if spare::SHELVES.contains(&shelf) {
                shared.spare.is_outdated();
            }
            Ok(())
        })
        .await
    }

    async fn shelved(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.look(|shared| shared.database().shelves().get(shelf, name))
    }

    async fn shelf(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError> {
        let after = after.map(<[u8]>::to_vec);
        self.read(move |shared| {
            let database = shared.database();
            database.shelves().page(shelf, after.as_deref(), limit)
        })
        .await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let shared = self.shared()?;
        let counts = shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(*counts)
    }

    async fn backup(&self) -> Result<std::fs::File, StoreError> {
        let folder = self.opened()?.folder;
        let made = blocking(move || {
            let made = backup::passing_file(&folder).and_then(|file| Ok((file.try_clone()?, file)));
            made.map_err(|error| StoreError::Io(format!("no backup can be made: {error}")))
        });
        let (copy, file) = made.await?;
        self.write(Change::Backup(copy)).await?;
        Ok(file)
    }

    async fn remove_calls(&self, ids: Vec<CallId>) -> Result<(), StoreError> {
        self.write(Change::Remove(ids)).await
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        self.write(Change::Scrub).await?;
        let Open { folder, shared, .. } = self.opened()?;
        blocking(move || {
            shared.spare.is_outdated();
            shared.write_spare(&folder)
        })
        .await
    }

    async fn put_aside(&self) -> Result<Vec<Aside>, StoreError> {
        let folder = self.opened()?.folder;
        blocking(move || aside::all(&folder).map_err(io_failed)).await
    }

    async fn remove_aside(&self, before: Timestamp) -> Result<Vec<Aside>, StoreError> {
        let folder = self.opened()?.folder;
        blocking(move || aside::remove(&folder, before).map_err(io_failed)).await
    }

    fn damage(&self) -> Option<StoreError> {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref()?.shared.damage.met().cloned()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.write(Change::Check).await
    }

    async fn close(&self) {
        let open = self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Open {
            folder,
            shared,
            requests,
        }) = open
        else {
            return;
        };
        // It may have stopped by itself; then there is nothing to wait for.
        send(requests, Change::Close).await.ok();
        // The last to let go of sled waits for its threads.
        blocking(move || {
            if let Err(error) = shared.write_spare(&folder) {
                tracing::warn!(%error, "the spare copy of the lists is not the latest");
            }
            drop(shared);
            Ok(())
        })
        .await
        .ok();
    }
}

impl Shared {
    /// The database as it now is. It stays readable for whoever holds it, even when another one is
    /// put in its place; whoever writes holds it for one change only.
    fn database(&self) -> Arc<Database> {
        let database = self.database.read();
        Arc::clone(&database.unwrap_or_else(PoisonError::into_inner))
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, Entries> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands changes back if all of them can be written.
fn writable(changes: Vec<ListChange>) -> Result<Vec<ListChange>, StoreError> {
    for change in &changes {
        change::write_entry(change)?;
    }
    Ok(changes)
}

/// Runs something that may take long, or panic, on a thread for such things.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Err(panicked(&*panic)),
            Err(_) => Err(StoreError::Closed),
        },
    }
}

/// Makes the store of a backup in this folder.
pub(super) async fn restore(
    folder: PathBuf,
    mut file: std::fs::File,
    replace: bool,
) -> Result<Counts, RestoreError> {
    let done = blocking(move || Ok(restore::restore(&folder, &mut file, replace)));
    done.await?
}

/// Sees that a backup is whole.
pub(super) fn verify(file: &mut std::fs::File) -> Result<u64, RestoreError> {
    restore::verify(file)
}
