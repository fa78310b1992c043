//! A store that is damaged is set aside, whole and under a name of its own, and a new one begun in
//! its place: with the owner's lists, settings, accounts and logins of the spare copy, whatever else can
//! be read of the old one ([`salvage`]), and every call that the journal still has. The provider's own
//! list of calls brings more of them back (`service::reconcile`).
//!
//! Without the lists a customer might be asked what he never was before, or worse. So where the spare
//! copy is missing or broken, nothing is done: the store stays away and everybody rings through.
//! The same holds for a store that somebody else has open, that a full or failing disk keeps from
//! opening, or that a newer program wrote: none of these is damage ([`Refusal`]).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::aside::{self, DAMAGED};
use super::census::Census;
use super::change::Step;
use super::database::{self, Database, Lock};
use super::failure::io_failed;
use super::journal::{self, Journal};
use super::keys::Kind;
use super::opening::{self, Opened, Part, Refusal, WITHOUT_JOURNAL};
use super::pending::Pending;
use super::{current, find, keys, restore, salvage, spare, unreadable, value};
use crate::call::Call;
use crate::store::{Counts, RestoreError, StoreError};

/// How many calls are taken over at once.
const PORTION: usize = 100;

/// What fails so often, with this between, is not mended by waiting.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Opens the store in this folder. One that is damaged is set aside and replaced, but for one that was
/// made so itself: its damage is in what it was made of. Blocks.
pub(super) fn open(folder: &Path) -> Result<Opened, Refusal> {
    let opened = open_or_replace(folder)?;
    current::forget_successor(folder).map_err(io_failed)?;
    Ok(opened)
}

fn open_or_replace(folder: &Path) -> Result<Opened, Refusal> {
    finish_replacing(folder).map_err(io_failed)?;
    let is_damaged = |opened: &Result<_, _>| matches!(opened, Err(Refusal::Damaged(..)));
    let mut opened = opening::open(folder);
    for _ in 1..TRIES {
        if is_damaged(&opened) {
            std::thread::park_timeout(PAUSE);
            opened = opening::open(folder);
        }
    }
    let Err(Refusal::Damaged(part, damage)) = opened else {
        return opened;
    };
    let name = current::name(folder).map_err(io_failed)?;
    if part == Part::Database && current::successor(folder).is_some_and(|it| it == name) {
        let reason = format!(
            "{damage}; it was made in place of a damaged one and is damaged too: put a backup in its place"
        );
        return Err(Refusal::Damaged(part, StoreError::Io(reason)));
    }
    match replace(folder, part) {
        Ok(aside) => {
            tracing::error!(
                %damage,
                aside = %aside.display(),
                "the store was damaged: it is set aside, and a new one is begun with the owner's lists"
            );
            opening::open(folder)
        }
        Err(Refusal::Locked) => Err(Refusal::Locked),
        Err(Refusal::Damaged(_, error) | Refusal::Failed(error)) => {
            let reason = format!("{damage}; it cannot be replaced either: {error}");
            Err(Refusal::Damaged(part, StoreError::Io(reason)))
        }
    }
}

fn replace(folder: &Path, part: Part) -> Result<PathBuf, Refusal> {
    match part {
        Part::Database => replace_database(folder),
        Part::Journal => Ok(replace_journal(folder).map_err(io_failed)?),
    }
}

/// The database is well: it goes on with what can be read of the journal, or without it.
fn replace_journal(folder: &Path) -> io::Result<PathBuf> {
    let aside = aside::make(folder, DAMAGED)?;
    let path = folder.join(journal::NAME);
    let (kept, draft) = (aside.join(journal::NAME), folder.join("journal.new"));
    if path.exists() && unreadable::copy_around(&path, &draft)? > 0 {
        fs::hard_link(&path, &kept)?;
        fs::rename(&draft, &path)?;
    } else {
        if path.exists() {
            fs::rename(&path, &kept)?;
        }
        // Without it a lost journal is no reason to stop.
        Census::forget(folder)?;
    }
    database::sync_folders(&aside)?;
    Ok(aside)
}

/// Everything is ready before anything is moved, and every step can be the last: [`finish_replacing`]
/// does the rest, and a database that is not there while the spare copy is counts as damaged too.
fn replace_database(folder: &Path) -> Result<PathBuf, Refusal> {
    let old = current::name(folder).map_err(io_failed)?;
    let new = current::next(&old);
    let lock = lock(&folder.join(&old))?;
    let counts = make(folder, &folder.join(&old), &folder.join(&new)).map_err(restore_failed)?;
    let aside = aside::make(folder, DAMAGED).map_err(io_failed)?;
    let swap = || {
        for name in [journal::NAME, Census::NAME, spare::NAME] {
            let path = folder.join(name);
            if path.exists() {
                unreadable::copy_around(&path, &aside.join(name))?;
            }
        }
        current::note_successor(folder, &new)?;
        if folder.join(&old).exists() {
            fs::rename(folder.join(&old), aside.join("sled"))?;
        }
        database::sync_folders(&aside)?;
        Census::read(folder).write(counts)?;
        current::choose(folder, &new)
    };
    swap().map_err(io_failed)?;
    drop(lock);
    Ok(aside)
}

/// Takes the new database where a replacing ended between moving the old one away and choosing it.
fn finish_replacing(folder: &Path) -> io::Result<()> {
    let is_there = |name: &String| folder.join(name).exists();
    let Some(new) = current::successor(folder).filter(is_there) else {
        return Ok(());
    };
    if is_there(&current::name(folder)?) {
        return Ok(());
    }
    tracing::error!("a damaged store was set aside when the power went: the new one is taken now");
    // It tells of the old one, which may have held more.
    Census::forget(folder)?;
    current::choose(folder, &new)
}

/// sled's own lock, as soon as its threads of the last try have let go of it.
fn lock(database: &Path) -> Result<Lock, Refusal> {
    match database::lock_in_time(database).map_err(io_failed)? {
        Lock::Taken => Err(Refusal::Locked),
        lock => Ok(lock),
    }
}

/// Makes the database that is to count, in place of the old one; how much is in it.
fn make(folder: &Path, old: &Path, path: &Path) -> Result<Counts, RestoreError> {
    let mut file = File::open(folder.join(spare::NAME))?;
    restore::verify(&mut file)?;
    if path.exists() {
        // One that was begun and did not come to count.
        fs::remove_dir_all(path)?;
    }
    Database::create(folder, path)?;
    let database = Database::open(path)?;
    restore::take_over(&database, &mut file)?;
    let entries = database.tree().scan_prefix(keys::start(Kind::Entry));
    let mut counts = Counts {
        entries: entries.count() as u64,
        ..Counts::default()
    };
    salvage::take_over(folder, old, &database, &mut counts);
    take_over_journal(folder, &database, &mut counts)?;
    let mut pending = Pending::new(database.tree());
    pending.put(keys::meta("counts"), value::write("the counts", &counts)?);
    pending.put(keys::meta("format"), WITHOUT_JOURNAL.to_be_bytes().to_vec());
    pending.apply()?;
    database.sync()?;
    Ok(counts)
}

/// Puts the calls of the journal into the new database, behind those of the old one: it has the latest.
/// It also has what is left of earlier times; of a call that went on further in the old database, nothing
/// counts until the journal has more of it.
fn take_over_journal(
    folder: &Path,
    database: &Database,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    let tree = database.tree();
    let is_news = |call: &Call| match find::kept(tree, call.id) {
        Ok(Some(kept)) => kept.timeline.len() < call.timeline.len(),
        _ => true,
    };
    let mut taken_over = HashSet::new();
    for portion in Journal::salvage(folder).chunks(PORTION) {
        let mut pending = Pending::new(tree);
        for packed in portion {
            match Step::read(packed) {
                Ok(step) if taken_over.contains(&step.call.id) || is_news(&step.call) => {
                    taken_over.insert(step.call.id);
                    step.put(&mut pending, counts)?;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "a call in the journal is lost"),
            }
        }
        pending.apply()?;
    }
    Ok(())
}

fn restore_failed(error: RestoreError) -> StoreError {
    match error {
        RestoreError::Store(error) => error,
        other => StoreError::Io(format!("its spare copy cannot be used: {other}")),
    }
}
