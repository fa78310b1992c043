//! A batch for the database: all that waits and what is new, applied as one, in memory only after
//! it is on disk.

use super::{Change, Request, Writer};
use crate::call::CallId;
use crate::store::sled::change::{self, Step};
use crate::store::sled::failure::io_failed;
use crate::store::sled::pending::Pending;
use crate::store::sled::{keys, value};
use crate::store::{Counts, ListChange, StoreError};

/// What a batch changes in memory once it is on disk.
#[derive(Default)]
struct Outcome<'a> {
    steps: Vec<&'a Step>,
    lists: Vec<&'a ListChange>,
    removed: Vec<CallId>,
    counts: Counts,
}

impl Writer {
    /// Writes what waits and what is new into the database, and begins the journal anew.
    pub(super) fn settle(&mut self, group: &[Request]) -> Result<(), StoreError> {
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
        let mut entries = shared.entries_mut();
        for change in &outcome.lists {
            entries.apply(ListChange::clone(change));
        }
        drop(entries);
        // Not before: the spare copy is written from what is in memory.
        if !outcome.lists.is_empty() || group.iter().any(Request::is_setting) {
            shared.spare.is_outdated();
        }
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

    /// Applies a batch, and returns when it is on disk.
    pub(super) fn durably(
        &mut self,
        mut pending: Pending,
        counts: Counts,
    ) -> Result<(), StoreError> {
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
            Change::NewJob(job) => job.put(pending, &mut outcome.counts)?,
            Change::Job(id, again) => {
                let was_there = change::remove_job(pending, &mut outcome.counts, *id)?;
                if let Some(job) = again.as_ref().filter(|_| was_there) {
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
}
