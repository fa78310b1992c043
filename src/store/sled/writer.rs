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
use super::bulk::{self, Bulk, Phase};
use super::census::Census;
use super::change::{self, Step, WrittenJob};
use super::journal::Journal;
use super::pending::Pending;
use super::scrub::Scrubbing;
use super::{Shared, failed, keys, panicked, value};
use crate::call::CallId;
use crate::store::{Counts, ListChange, StoreError};

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
    /// A job is done, or is as it now is.
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

/// What a batch changes in memory once it is on disk.
#[derive(Default)]
struct Outcome<'a> {
    steps: Vec<&'a Step>,
    lists: Vec<&'a ListChange>,
    removed: Vec<CallId>,
    counts: Counts,
}

impl Writer {
    /// Works until the store is closed or nobody is left who could ask for anything.
    pub(super) fn run(mut self) {
        loop {
            let mut group = Vec::new();
            let mut open = true;
            if self.bulk.is_none() && self.backup.is_none() && self.scrub.is_none() {
                match self.lists_waiting.pop_front() {
                    Some(request) => group.push(request),
                    None => match self.requests.blocking_recv() {
                        Some(request) => group.push(request),
                        None => open = false,
                    },
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
    fn work(&mut self, mut group: Vec<Request>) {
        group.retain_mut(|request| self.is_of_a_group(request));
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

    /// Takes list changes that are too many for one batch out of the group, or those that must
    /// wait for such.
    fn is_of_a_group(&mut self, request: &mut Request) -> bool {
        if matches!(request.change, Change::Backup(_)) {
            let change = std::mem::replace(&mut request.change, Change::Settle);
            let (done, _) = oneshot::channel();
            if let Change::Backup(file) = change {
                self.begin_copying(file, std::mem::replace(&mut request.done, done));
            }
            return true;
        }
        if matches!(request.change, Change::Scrub) {
            request.change = Change::Settle;
            let (done, _) = oneshot::channel();
            self.begin_scrubbing(std::mem::replace(&mut request.done, done));
            return true;
        }
        let Change::Lists(changes) = &mut request.change else {
            return true;
        };
        let many = changes.len() > bulk::PORTION;
        if self.bulk.is_none() && !many {
            return true;
        }
        let changes = std::mem::take(changes);
        let (done, _) = oneshot::channel();
        let done = std::mem::replace(&mut request.done, done);
        if self.bulk.is_some() {
            let change = Change::Lists(changes);
            self.lists_waiting.push_back(Request { change, done });
        } else {
            self.bulk = Some((Bulk::new(changes), Some(done)));
        }
        false
    }

    /// Writes a group where it belongs.
    fn write(&mut self, group: &mut [Request]) -> Result<(), StoreError> {
        if self.fits_the_journal(group) {
            let records = group.iter().filter_map(|request| match &request.change {
                Change::Step(step) => Some(step.packed()),
                _ => None,
            });
            if self.journal.append(records).map_err(io_failed)? {
                return self.wait(group);
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
    fn wait(&mut self, group: &mut [Request]) -> Result<(), StoreError> {
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

    /// Writes what waits and what is new into the database, and begins the journal anew.
    fn settle(&mut self, group: &[Request]) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let database = shared.database();
        let mut pending = Pending::up_to(database.tree(), self.newest);
        let mut outcome = Outcome {
            counts: self.counts,
            ..Outcome::default()
        };
        for step in self.waiting.values() {
            step.put(&mut pending, &mut outcome.counts)?;
        }
        for request in group {
            self.put(&mut pending, &mut outcome, &request.change)?;
        }
        if pending.is_empty() && self.waiting.is_empty() {
            return Ok(());
        }
        let lists = outcome.lists.iter().copied();
        outcome.counts.entries = shared.entries().len_after(lists);
        pending.put(keys::meta("journal"), self.journal.mark().write());
        self.durably(pending, outcome.counts)?;
        self.journal.restart();
        self.note(group)?;
        let written = outcome.steps.iter().map(|step| step.call.id);
        self.newest = written
            .chain(self.waiting.keys().copied())
            .fold(self.newest, CallId::max);
        self.waiting.clear();
        self.new = 0;
        if !outcome.lists.is_empty() || group.iter().any(|one| one.is_setting()) {
            shared.spare.is_outdated();
        }
        let mut entries = shared.entries_mut();
        for change in outcome.lists {
            entries.apply(ListChange::clone(change));
        }
        drop(entries);
        let mut live = shared.live();
        live.settle();
        for step in outcome.steps {
            live.put_settled(step.call.clone());
        }
        for id in outcome.removed {
            live.remove(id);
        }
        drop(live);
        self.tell_counts();
        Ok(())
    }

    /// Writes into the journal the steps of a group that went into the database without it. Not before
    /// the database has them: a step taken over from the journal alone would lack what is to be done
    /// because of it.
    fn note(&mut self, group: &[Request]) -> Result<(), StoreError> {
        let mut steps = group.iter().filter_map(|request| match &request.change {
            Change::Step(step) => Some(step.packed()),
            _ => None,
        });
        let Some(first) = steps.next() else {
            return Ok(());
        };
        let steps = std::iter::once(first).chain(steps);
        self.journal.note(steps).map_err(io_failed)
    }

    /// Writes a portion of many list changes.
    fn write_portion(&mut self) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let Some((bulk, _)) = &self.bulk else {
            return Ok(());
        };
        let database = shared.database();
        let mut pending = Pending::new(database.tree());
        bulk.put(&mut pending)?;
        let holds = bulk.phase() == Phase::Deciding;
        let mut counts = self.counts;
        if holds {
            counts.entries = shared.entries().len_after(bulk.changes());
        }
        self.durably(pending, counts)?;
        if let Some((bulk, _)) = self.bulk.as_ref().filter(|_| holds) {
            let mut entries = shared.entries_mut();
            for change in bulk.changes() {
                entries.apply(change.clone());
            }
            shared.spare.is_outdated();
        }
        self.tell_counts();
        Ok(())
    }

    /// Applies a batch, and returns when it is on disk.
    fn durably(&mut self, mut pending: Pending, counts: Counts) -> Result<(), StoreError> {
        if counts != self.counts {
            pending.put(keys::meta("counts"), value::write("the counts", &counts)?);
        }
        let meanwhile = self.census.at_most(counts);
        if meanwhile != self.census.written() {
            self.census.write(meanwhile).map_err(io_failed)?;
        }
        if let Some(mut copying) = self.backup.take() {
            match copying.note(&pending) {
                Ok(()) => self.backup = Some(copying),
                Err(error) => copying.break_off(error),
            }
        }
        if let Some((scrub, _)) = &self.scrub
            && let Err(error) = scrub.note(&pending)
        {
            self.break_off_scrubbing(error);
        }
        pending.apply()?;
        self.shared.database().sync()?;
        if self.census.is_off(counts) {
            self.census.write(counts).map_err(io_failed)?;
        }
        self.counts = counts;
        Ok(())
    }

    fn put<'a>(
        &mut self,
        pending: &mut Pending,
        outcome: &mut Outcome<'a>,
        change: &'a Change,
    ) -> Result<(), StoreError> {
        match change {
            Change::Step(step) => {
                if step.put(pending, &mut outcome.counts)? {
                    outcome.steps.push(step);
                    for change in &step.lists {
                        self.put_entry(pending, outcome, change)?;
                    }
                }
            }
            Change::Lists(changes) => {
                for change in changes {
                    self.put_entry(pending, outcome, change)?;
                }
            }
            Change::Job(id, again) => {
                change::remove_job(pending, &mut outcome.counts, *id)?;
                if let Some(job) = again {
                    job.put(pending, &mut outcome.counts)?;
                }
            }
            Change::Setting(name, value) => pending.put(keys::setting(name), value.clone()),
            Change::Check => {
                let key = keys::meta("check");
                let number: u64 = match pending.get(&key)? {
                    Some(bytes) => value::read("the check", &bytes)?,
                    None => 0,
                };
                pending.put(key, value::write("the check", &number.wrapping_add(1))?);
            }
            Change::Remove(ids) => {
                for id in ids {
                    change::remove_call(pending, &mut outcome.counts, *id)?;
                    outcome.removed.push(*id);
                }
            }
            Change::Backup(_) | Change::Scrub | Change::Settle | Change::Close => {}
        }
        Ok(())
    }

    fn put_entry<'a>(
        &mut self,
        pending: &mut Pending,
        outcome: &mut Outcome<'a>,
        change: &'a ListChange,
    ) -> Result<(), StoreError> {
        if let Some((bulk, _)) = &mut self.bulk {
            bulk.give_way(pending, change);
        }
        outcome.lists.push(change);
        change::put_entry(pending, change)
    }

    fn begin_copying(&mut self, file: File, done: Waiting) {
        if self.backup.is_some() {
            let busy = "another backup is being made; wait until it is done".to_owned();
            done.send(Err(StoreError::Io(busy))).ok();
            return;
        }
        match Copying::begin(file, done) {
            Ok(copying) => self.backup = Some(copying),
            Err(error) => tracing::error!(%error, "no backup can be made"),
        }
    }

    /// Copies a portion, if a backup is being made. It may fail without the store failing.
    fn go_on_copying(&mut self) {
        let Some(mut copying) = self.backup.take() else {
            return;
        };
        let shared = self.shared.clone();
        let copied = catch_unwind(AssertUnwindSafe(|| {
            let database = shared.database();
            copying.go_on(database.tree(), database.shelves())
        }))
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
        match copied {
            Err(error) => copying.break_off(error),
            Ok(false) => self.backup = Some(copying),
            Ok(true) => {
                // What waits belongs to it too.
                self.backup = Some(copying);
                let settled = self.guarded(|writer| writer.settle(&[]));
                match (self.backup.take(), settled) {
                    (Some(copying), Ok(())) => copying.finish(),
                    (Some(copying), Err(error)) => copying.break_off(error),
                    (None, _) => {}
                }
            }
        }
    }

    fn begin_scrubbing(&mut self, done: Waiting) {
        if self.scrub.is_some() {
            let busy = "the store is being written anew already".to_owned();
            done.send(Err(StoreError::Io(busy))).ok();
            return;
        }
        let begun = catch_unwind(AssertUnwindSafe(|| Scrubbing::begin(&self.folder)));
        match begun.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            Ok(scrub) => self.scrub = Some((scrub, done)),
            Err(error) => {
                tracing::error!(%error, "the store cannot be written anew");
                done.send(Err(error)).ok();
            }
        }
    }

    /// Copies a portion into the fresh database, if there is one; that may fail without the store
    /// failing. When all is there, it takes the place of the old one.
    fn go_on_scrubbing(&mut self) {
        let database = self.shared.database();
        let Some((scrub, _)) = &mut self.scrub else {
            return;
        };
        let copied = catch_unwind(AssertUnwindSafe(|| scrub.go_on(database.tree())))
            .unwrap_or_else(|panic| Err(panicked(&*panic)));
        drop(database);
        match copied {
            Ok(false) => {}
            Ok(true) => {
                let replaced = self.guarded(Self::replace);
                if let Some((scrub, done)) = self.scrub.take() {
                    let removed = replaced.and_then(|()| scrub.finish());
                    done.send(removed).ok();
                }
            }
            Err(error) => self.break_off_scrubbing(error),
        }
    }

    fn break_off_scrubbing(&mut self, error: StoreError) {
        if let Some((scrub, done)) = self.scrub.take() {
            tracing::error!(%error, "the store could not be written anew; it stays as it is");
            scrub.break_off();
            done.send(Err(error)).ok();
        }
    }

    /// Puts the fresh database in the place of the old one, and a fresh journal.
    fn replace(&mut self) -> Result<(), StoreError> {
        // What waits belongs to it too.
        self.settle(&[])?;
        let Some((scrub, _)) = &self.scrub else {
            return Ok(());
        };
        let shared = self.shared.clone();
        let nobody_shelves = shared.shelving.write();
        let nobody_shelves = nobody_shelves.unwrap_or_else(PoisonError::into_inner);
        let fresh = scrub.take_over(&shared.database())?;
        *shared
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        drop(nobody_shelves);
        Ok(self.journal.renew(&self.folder)?)
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

    /// Moves list changes by the thousand on, and answers as soon as they hold.
    fn answer_bulk(&mut self, result: &Result<(), StoreError>) {
        let Some((mut bulk, mut done)) = self.bulk.take() else {
            return;
        };
        let decided = bulk.phase() == Phase::Deciding;
        if (decided || result.is_err())
            && let Some(done) = done.take()
        {
            done.send(result.clone()).ok();
        }
        bulk.kept();
        if result.is_ok() && bulk.phase() != Phase::Done {
            self.bulk = Some((bulk, done));
        }
    }

    /// Finishes what was begun.
    fn finish(mut self, close: Option<Request>) {
        while self.failure.is_none() && (self.bulk.is_some() || !self.lists_waiting.is_empty()) {
            let group = match &self.bulk {
                Some(_) => Vec::new(),
                None => self.lists_waiting.pop_front().into_iter().collect(),
            };
            self.work(group);
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

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn io_failed(error: std::io::Error) -> StoreError {
    StoreError::Io(error.to_string())
}
