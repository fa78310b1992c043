//! The one thread that writes: takes what is waiting, sees all of it onto the disk at once, then
//! answers everybody who waits.
//!
//! Steps of calls with nothing to be done because of them, which is nearly all, go into the
//! [`journal`](super::journal) and wait in memory. Anything else, too many that wait, a full
//! journal, or a quiet moment makes one batch for the database of all that waits and what is new.
//! The batch also says up to which group of the journal it goes, so that each step is in force
//! exactly once whatever happens, and then the journal begins anew. Steps that went into the database
//! without the journal are noted in it afterwards, so that it has the latest of every call.
//!
//! sled 0.34's own `flush` does not fsync on Linux, so the file is fsynced here as well. A write
//! or fsync that fails leaves nobody knowing what is on disk, and the next fsync may well succeed
//! without it; so after the first failure nothing is written any more until the store is opened
//! anew.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::backup::Copying;
use super::bulk::{self, Bulk};
use super::census::Census;
use super::change::{Step, WrittenJob};
use super::failure::io_failed;
use super::journal::Journal;
use super::scrub::Scrubbing;
use super::{Shared, failed, keys, panicked};
use crate::call::CallId;
use crate::store::{Counts, ListChange, StoreError};

mod batch;
mod portions;

/// The most changes that share an fsync.
const GROUP: usize = 256;

/// The most calls that wait for the database. More make each of its batches longer, and whoever
/// comes meanwhile waits for it.
const MOST_WAITING: usize = 128;

/// Something to be written.
#[derive(Debug)]
pub(super) enum Change {
    /// A step of a call.
    Step(Box<Step>),
    /// Changes of the owner's lists.
    Lists(Vec<ListChange>),
    /// A job is there.
    NewJob(WrittenJob),
    /// A job is done, or is as it now is if it is there still.
    Job(Uuid, Option<WrittenJob>),
    /// A small value of the service.
    Setting(String, Vec<u8>),
    /// Write something, read it back.
    Check,
    /// Copy everything there is into this file, while calls go on.
    Backup(File),
    /// Remove these calls.
    Remove(Vec<CallId>),
    /// Write everything into a fresh database, while calls go on.
    Scrub,
    /// See to it that the database has everything; nothing is new.
    Settle,
    /// Stop.
    Close,
}

/// Who waits for an answer.
pub(super) type Waiting = oneshot::Sender<Result<(), StoreError>>;

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) change: Change,
    pub(super) done: Waiting,
}

impl Request {
    /// See to it that the database has everything; nobody waits for that.
    fn settle() -> Self {
        Self {
            change: Change::Settle,
            done: oneshot::channel().0,
        }
    }

    fn is_setting(&self) -> bool {
        matches!(self.change, Change::Setting(..))
    }
}

/// Where the writer stands.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) folder: PathBuf,
    pub(super) journal: Journal,
    /// The calls that the database does not have as they are now.
    pub(super) waiting: BTreeMap<CallId, Step>,
    /// How many of them it does not have at all.
    pub(super) new: u64,
    /// No call that it has has a higher id.
    pub(super) newest: CallId,
    pub(super) census: Census,
    /// What is in the database.
    pub(super) counts: Counts,
    pub(super) requests: mpsc::Receiver<Request>,
    /// List changes by the thousand that are on their way, and who waits for them to hold.
    pub(super) bulk: Option<(Bulk, Option<Waiting>)>,
    pub(super) backup: Option<Copying>,
    /// A fresh database that is being filled, and who waits for it.
    pub(super) scrub: Option<(Scrubbing, Waiting)>,
    /// List changes that wait until those that are on their way are through.
    pub(super) lists_waiting: VecDeque<Request>,
    pub(super) failure: Option<StoreError>,
}

impl Writer {
    /// Works until the store is closed or nobody is left who could ask for anything.
    pub(super) fn run(mut self) {
        loop {
            let mut group = Vec::new();
            let mut open = true;
            if !self.is_busy() && self.backup.is_none() && self.scrub.is_none() {
                match self.requests.blocking_recv() {
                    Some(request) => group.push(request),
                    None => open = false,
                }
            }
            while group.len() < GROUP
                && let Ok(request) = self.requests.try_recv()
            {
                group.push(request);
            }
            let close = group
                .iter()
                .position(|request| matches!(request.change, Change::Close));
            let close = close.map(|place| group.remove(place));
            self.work(group);
            if close.is_some() || !open {
                self.finish(close);
                return;
            }
        }
    }

    /// Writes a group of changes and answers, then a portion of many list changes, if any are on
    /// their way.
    fn work(&mut self, group: Vec<Request>) {
        let mut group: Vec<Request> = group
            .into_iter()
            .filter_map(|request| self.admit(request))
            .collect();
        self.admit_lists(&mut group);
        if !group.is_empty() {
            let result = self.guarded(|writer| writer.write(&mut group));
            answer_all(group, &result);
        }
        if self.bulk.is_some() {
            let result = self.guarded(Self::write_portion);
            self.answer_bulk(&result);
        }
        self.go_on_copying();
        self.go_on_scrubbing();
    }

    /// Does something that must not be gone on from when it fails.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = self.failure.clone() {
            return Err(failure);
        }
        let result = catch_unwind(AssertUnwindSafe(|| work(self)))
            .unwrap_or_else(|panic| Err(panicked(&*panic)));
        if let Err(failure) = &result {
            tracing::error!(
                %failure,
                "the store takes no more writes until it is opened anew"
            );
            self.failure = Some(failure.clone());
        }
        result
    }

    /// Takes out of a group what is too much for one batch, and what must wait for such.
    fn admit(&mut self, Request { change, done }: Request) -> Option<Request> {
        match change {
            Change::Backup(file) => {
                self.begin_copying(file, done);
                Some(Request::settle())
            }
            Change::Scrub => {
                self.begin_scrubbing(done);
                Some(Request::settle())
            }
            Change::Lists(_) => {
                self.lists_waiting.push_back(Request { change, done });
                None
            }
            _ => Some(Request { change, done }),
        }
    }

    /// Takes list changes into a group in the order in which they came, up to those that are too much for
    /// one batch.
    fn admit_lists(&mut self, group: &mut Vec<Request>) {
        while self.bulk.is_none()
            && let Some(Request { change, done }) = self.lists_waiting.pop_front()
        {
            match change {
                Change::Lists(changes) if changes.len() > bulk::PORTION => {
                    self.bulk = Some((Bulk::new(changes), Some(done)));
                }
                _ => group.push(Request { change, done }),
            }
        }
    }

    /// Whether list changes are on their way, or wait until those are through.
    fn is_busy(&self) -> bool {
        self.bulk.is_some() || !self.lists_waiting.is_empty()
    }

    /// Writes a group where it belongs.
    fn write(&mut self, group: &mut [Request]) -> Result<(), StoreError> {
        if self.fits_the_journal(group) {
            let records = group.iter().filter_map(|request| match &request.change {
                Change::Step(step) => Some(step.packed()),
                _ => None,
            });
            if self.journal.append(records).map_err(io_failed)? {
                return self.hold(group);
            }
        }
        self.settle(group)
    }

    fn fits_the_journal(&self, group: &[Request]) -> bool {
        self.waiting.len() + group.len() <= MOST_WAITING
            && group
                .iter()
                .all(|request| matches!(&request.change, Change::Step(step) if step.is_plain()))
    }

    /// The steps of a group are in the journal: keeps them for the database, and lets the readers
    /// see them.
    fn hold(&mut self, group: &mut [Request]) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let database = shared.database();
        let tree = database.tree();
        for request in group.iter_mut() {
            let change = std::mem::replace(&mut request.change, Change::Settle);
            if let Change::Step(step) = change {
                let call = step.call.clone();
                if self.waiting.insert(call.id, *step).is_none() {
                    let is_new = call.id > self.newest
                        || !tree.contains_key(keys::call(call.id, 0)).map_err(failed)?;
                    self.new += u64::from(is_new);
                }
                shared.live().put_waiting(call);
            }
        }
        self.tell_counts();
        Ok(())
    }

    fn tell_counts(&self) {
        let mut counts = self
            .shared
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *counts = self.counts;
        counts.calls += self.new;
    }

    /// Finishes what was begun.
    fn finish(mut self, close: Option<Request>) {
        while self.failure.is_none() && self.is_busy() {
            self.work(Vec::new());
        }
        if let Some(copying) = self.backup.take() {
            copying.break_off(StoreError::Closed);
        }
        self.break_off_scrubbing(StoreError::Closed);
        // What cannot be settled stands in the journal; the next opening tries again.
        self.guarded(|writer| writer.settle(&[])).ok();
        if self.failure.is_none()
            && self.census.written() != self.counts
            && let Err(error) = self.census.write(self.counts)
        {
            tracing::warn!(%error, "the number of calls could not be noted beside the store");
        }
        let synced = catch_unwind(AssertUnwindSafe(|| self.shared.database().sync()));
        if let Err(error) = synced.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            tracing::error!(%error, "the store could not be synced when it was closed");
        }
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            answer_all(vec![request], &Err(StoreError::Closed));
        }
        // Whoever waits for the end may open the store again at once: let go of it first.
        let Self {
            shared, journal, ..
        } = self;
        drop((shared, journal));
        answer_all(close.into_iter().collect(), &Ok(()));
    }
}

/// Answers; nobody may be left to hear it.
fn answer_all(group: Vec<Request>, result: &Result<(), StoreError>) {
    for request in group {
        request.done.send(result.clone()).ok();
    }
}
