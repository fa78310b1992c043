//! The one thread that writes: takes what is waiting, applies it as one batch, sees it onto the
//! disk, then answers everybody who waits.
//!
//! sled 0.34's own `flush` does not fsync on Linux, so the file is fsynced here as well. A write
//! or fsync that fails leaves nobody knowing what is on disk, and the next fsync may well succeed
//! without it; so after the first failure nothing is written any more until the store is opened
//! anew.

use std::collections::VecDeque;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::bulk::{self, Bulk, Phase};
use super::census::Census;
use super::change::{self, Step, WrittenJob};
use super::pending::Pending;
use super::{Shared, failed, keys, panicked, value};
use crate::store::{Counts, ListChange, StoreError};

/// The most changes that share an fsync.
const GROUP: usize = 256;

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
    /// Stop.
    Close,
}

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) change: Change,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

/// Where the writer stands.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) file: File,
    pub(super) census: Census,
    pub(super) counts: Counts,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) bulk: Option<(Bulk, Request)>,
    /// List changes that wait until those that are on their way are through.
    pub(super) lists_waiting: VecDeque<Request>,
    pub(super) failure: Option<StoreError>,
}

/// What a group changes in memory once it is on disk.
#[derive(Default)]
struct Outcome<'a> {
    steps: Vec<&'a Step>,
    lists: Vec<&'a ListChange>,
    counts: Counts,
}

impl Writer {
    /// Works until the store is closed or nobody is left who could ask for anything.
    pub(super) fn run(mut self) {
        loop {
            let mut group = Vec::new();
            let mut open = true;
            if self.bulk.is_none() {
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

    /// Writes a group of changes and answers.
    fn work(&mut self, mut group: Vec<Request>) {
        group = group
            .into_iter()
            .filter_map(|request| self.take_lists(request))
            .collect();
        if group.is_empty() && self.bulk.is_none() {
            return;
        }
        let result = match self.failure.clone() {
            Some(failure) => Err(failure),
            None => catch_unwind(AssertUnwindSafe(|| self.write(&group)))
                .unwrap_or_else(|panic| Err(panicked(&*panic))),
        };
        if let Err(failure) = &result
            && self.failure.is_none()
        {
            tracing::error!(
                %failure,
                "the store takes no more writes until it is opened anew"
            );
            self.failure = Some(failure.clone());
        }
        for request in group {
            answer(request, result.clone());
        }
        self.answer_bulk(&result);
    }

    /// Starts with list changes that are too many for one batch; hands everything else back.
    fn take_lists(&mut self, request: Request) -> Option<Request> {
        let Change::Lists(changes) = &request.change else {
            return Some(request);
        };
        if self.bulk.is_some() {
            self.lists_waiting.push_back(request);
            return None;
        }
        if changes.len() <= bulk::PORTION {
            return Some(request);
        }
        let Request { change, done } = request;
        if let Change::Lists(changes) = change {
            let bulk = Bulk::new(changes);
            let change = Change::Lists(Vec::new());
            self.bulk = Some((bulk, Request { change, done }));
        }
        None
    }

    fn write(&mut self, group: &[Request]) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let mut pending = Pending::new(&shared.db);
        let mut outcome = Outcome {
            counts: self.counts,
            ..Outcome::default()
        };
        for request in group {
            self.put(&mut pending, &mut outcome, &request.change)?;
        }
        let phase = self.bulk.as_ref().map(|(bulk, _)| bulk.phase());
        if let Some((bulk, _)) = &self.bulk {
            bulk.put(&mut pending)?;
        }
        let holds = phase == Some(Phase::Deciding);
        let entries = {
            let now = shared
                .entries
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            let bulk = self.bulk.iter().filter(|_| holds);
            let bulk = bulk.flat_map(|(bulk, _)| bulk.changes());
            now.len_after(outcome.lists.iter().copied().chain(bulk))
        };
        outcome.counts.entries = entries;
        if pending.is_empty() {
            return Ok(());
        }
        if outcome.counts != self.counts {
            pending.put(
                keys::meta("counts"),
                value::write("the counts", &outcome.counts)?,
            );
        }
        if self.census.is_off(outcome.counts) {
            self.census
                .write(outcome.counts)
                .map_err(|error| StoreError::Io(error.to_string()))?;
        }
        pending.apply()?;
        shared.db.flush().map_err(failed)?;
        self.file
            .sync_all()
            .map_err(|error| StoreError::Io(error.to_string()))?;
        self.publish(&outcome, holds);
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
            Change::Close => {}
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

    /// Everything is on disk: lets the readers see it.
    fn publish(&mut self, outcome: &Outcome, holds: bool) {
        let shared = &self.shared;
        if holds || !outcome.lists.is_empty() {
            let mut entries = shared
                .entries
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            for change in &outcome.lists {
                entries.apply(ListChange::clone(change));
            }
            if let Some((bulk, _)) = self.bulk.as_ref().filter(|_| holds) {
                for change in bulk.changes() {
                    entries.apply(change.clone());
                }
            }
        }
        let mut live = shared.live.lock().unwrap_or_else(PoisonError::into_inner);
        for step in &outcome.steps {
            live.put(step.call.clone());
        }
        drop(live);
        self.counts = outcome.counts;
        *shared.counts.lock().unwrap_or_else(PoisonError::into_inner) = outcome.counts;
    }

    /// Moves list changes by the thousand on, and answers as soon as they hold.
    fn answer_bulk(&mut self, result: &Result<(), StoreError>) {
        let Some((mut bulk, request)) = self.bulk.take() else {
            return;
        };
        if result.is_err() {
            return answer(request, result.clone());
        }
        let decided = bulk.phase() == Phase::Deciding;
        bulk.kept();
        let mut waiting = Some(request);
        if decided && let Some(request) = waiting.take() {
            answer(request, Ok(()));
        }
        if bulk.phase() == Phase::Done {
            return;
        }
        let (done, _) = oneshot::channel();
        let change = Change::Lists(Vec::new());
        self.bulk = Some((bulk, waiting.unwrap_or(Request { change, done })));
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
        if self.failure.is_none()
            && self.census.written() != self.counts
            && let Err(error) = self.census.write(self.counts)
        {
            tracing::warn!(%error, "the number of calls could not be noted beside the store");
        }
        let flushed = catch_unwind(AssertUnwindSafe(|| self.shared.db.flush()));
        if let Err(error) = self.file.sync_all() {
            tracing::error!(%error, "the store could not be synced when it was closed");
        }
        if !matches!(flushed, Ok(Ok(_))) {
            tracing::error!("the store could not be flushed when it was closed");
        }
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            answer(request, Err(StoreError::Closed));
        }
        // Whoever waits for the end may open the store again at once: let go of it first.
        let Self { shared, file, .. } = self;
        drop((shared, file));
        if let Some(request) = close {
            answer(request, Ok(()));
        }
    }
}

/// Answers; nobody may be left to hear it.
fn answer(request: Request, result: Result<(), StoreError>) {
    request.done.send(result).ok();
}
