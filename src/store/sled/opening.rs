//! Opening the database, which may fail in every way there is: locked, full, torn, panicking,
//! newer than this program, or open and empty.

use std::hash::{BuildHasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Instant;

use super::census::Census;
use super::change::Step;
use super::damage::{self, Damage};
use super::database::{LOCK_ATTEMPTS, LOCK_PAUSE};
use super::failure::io_failed;
use super::journal::{Found, Journal, JournalError, Mark};
use super::keys::{self, Kind};
use super::live::Live;
use super::pending::Pending;
use super::{
    Database, Shared, bulk, current, failed, folder, panicked, restore, spare, value, volume,
};
use crate::call::CallId;
use crate::store::entries::Entries;
use crate::store::{Counts, ListChange, StoreError};

/// The format of the whole that is written now.
pub(super) const FORMAT: u32 = 2;
/// The one before: it had no journal, everything else is the same. Opening makes one.
pub(super) const WITHOUT_JOURNAL: u32 = 1;

/// Opening longer than this is worth a warning.
const SLOW_SECONDS: u64 = 5;

/// An open database and what belongs to its writer.
pub(super) struct Opened {
    pub(super) shared: Shared,
    pub(super) journal: Journal,
    pub(super) census: Census,
    pub(super) counts: Counts,
    /// The highest id of a call in the database.
    pub(super) newest: CallId,
}

/// Why the store in a folder did not open.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Somebody else has it.
    Locked,
    /// This part of it is not as it was written: it is there, and nothing of it can be used.
    Damaged(Part, StoreError),
    /// Anything else.
    Failed(StoreError),
}

/// What a store consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Database,
    Journal,
}

impl Refusal {
    /// Says what is in the way, and what to do where that is known.
    pub(super) fn told(self, folder: &Path) -> StoreError {
        let reason = match self {
            Self::Locked => "another process has it open; stop that one first".to_owned(),
            Self::Damaged(_, StoreError::Io(reason))
            | Self::Failed(StoreError::Open { reason, .. } | StoreError::Io(reason)) => reason,
            Self::Damaged(_, other) | Self::Failed(other) => other.to_string(),
        };
        let reason = match folder::closed_to_us(folder) {
            Some(file) => format!("{reason}; this user may not write {}", file.display()),
            None => reason,
        };
        let path = folder.display().to_string();
        StoreError::Open { path, reason }
    }
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Io(error) => io_failed(error),
            JournalError::Newer => Self::Io(error.to_string()),
            JournalError::Missing | JournalError::Wrong(_) | JournalError::Unreadable(_) => {
                Self::Io(format!(
                    "{error}, and with it the latest steps of calls; put back the whole folder from a \
                 backup, or delete counts.json in it to go on with what is left"
                ))
            }
        }
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Io(_) | JournalError::Newer => Self::Failed(error.into()),
            JournalError::Missing | JournalError::Wrong(_) | JournalError::Unreadable(_) => {
                Self::Damaged(Part::Journal, error.into())
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            // sled has no better way to say it.
            StoreError::Io(reason) if reason.contains("could not acquire lock") => Self::Locked,
            damaged @ StoreError::Corrupt { .. } => Self::Damaged(Part::Database, damaged),
            other => Self::Failed(other),
        }
    }
}

/// Opens the store in this folder, which is made if it is missing. Blocks.
pub(super) fn open(folder: &Path) -> Result<Opened, Refusal> {
    let began = Instant::now();
    let mut attempt = 1;
    let opened = loop {
        let opened = catch_unwind(AssertUnwindSafe(|| open_database(folder)))
            .unwrap_or_else(|panic| Err(Refusal::Damaged(Part::Database, panicked(&*panic))));
        match opened {
            Err(Refusal::Locked) if attempt < LOCK_ATTEMPTS => attempt += 1,
            opened => break opened?,
        }
        std::thread::park_timeout(LOCK_PAUSE);
    };
    let Counts {
        calls,
        entries,
        jobs,
    } = opened.counts;
    let took = began.elapsed();
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let bytes = opened.shared.database().bytes();
    if took.as_secs() >= SLOW_SECONDS {
        tracing::warn!(
            millis,
            bytes,
            calls,
            entries,
            jobs,
            "the store opened slowly"
        );
    } else {
        tracing::info!(millis, bytes, calls, entries, jobs, "the store is open");
    }
    Ok(opened)
}

fn open_database(folder: &Path) -> Result<Opened, Refusal> {
    let name = current::name(folder).map_err(io_failed)?;
    let path = folder.join(&name);
    if !path.exists() {
        if spare::is_there(folder) {
            let gone = StoreError::Io(format!("its database {name} is gone"));
            return Err(Refusal::Damaged(Part::Database, gone));
        }
        if let Some(place) = volume::missing(folder) {
            return Err(Refusal::Failed(StoreError::Io(format!(
                "nothing is mounted at {}, where the system's table of file systems has a volume; mount \
                 it, or take it out of /etc/fstab to begin a new store here",
                place.display()
            ))));
        }
        Database::create(folder, &path)?;
    }
    let database = Database::open(&path)?;
    damage::look_into(folder, &name, &database)?;
    current::remove_others(folder, &name).map_err(io_failed)?;
    let db = database.tree();
    let durably = |pending: Pending| {
        pending.apply()?;
        database.sync()
    };
    let census = Census::read(folder);
    let missing = |counts| match census.missing(counts) {
        Some(reason) => Err(Refusal::Damaged(Part::Database, StoreError::Io(reason))),
        None => Ok(()),
    };
    let format = read_format(db)?;
    if format.is_none() {
        missing(Counts::default())?;
    }
    let (journal, found) = match format {
        Some(FORMAT) => open_journal(db, folder, &census)?,
        // New, or from before there were journals.
        _ => (Journal::create(folder, salt())?, Found::default()),
    };
    if format != Some(FORMAT) || found.is_another {
        let mut pending = Pending::new(db);
        pending.put(keys::meta("format"), FORMAT.to_be_bytes().to_vec());
        pending.put(keys::meta("journal"), journal.mark().write());
        durably(pending)?;
    }
    let recovered = bulk::recover(db, durably)?;
    if recovered > 0 {
        tracing::info!(
            changes = recovered,
            "list changes that a crash interrupted are settled"
        );
    }
    let entries = load_entries(db)?;
    let mut counts = match db.get(keys::meta("counts")).map_err(failed)? {
        Some(bytes) => value::read("the counts", &bytes)?,
        None => Counts::default(),
    };
    counts.entries = entries.len();
    if !found.calls.is_empty() {
        counts = replay(db, &journal, &found, counts, durably)?;
    }
    // Not before: what only the journal had counts too.
    missing(counts)?;
    restore::remove_draft(folder).map_err(io_failed)?;
    let newest = newest_call(db)?;
    Ok(Opened {
        shared: Shared {
            database: RwLock::new(Arc::new(database)),
            shelving: RwLock::new(()),
            live: Mutex::new(Live::default()),
            entries: RwLock::new(entries),
            counts: Mutex::new(counts),
            spare: spare::Spare::default(),
            damage: Damage::none_yet(folder),
        },
        journal,
        census,
        counts,
        newest,
    })
}

/// The highest id of a call, or one that no call has.
fn newest_call(db: &::sled::Tree) -> Result<CallId, StoreError> {
    let last = db.scan_prefix(keys::start(Kind::Call)).keys().next_back();
    let last = last.transpose().map_err(failed)?;
    let found = last.and_then(|key| keys::call_piece(&key));
    Ok(found.map_or(CallId::from_bytes([0; 16]), |(id, _)| id))
}

/// A number that no other journal is likely to have.
fn salt() -> u64 {
    RandomState::new().hash_one("journal")
}

/// Opens the journal of this database. One that is lost stops everything, unless the owner has
/// said that he wants to go on without.
fn open_journal(
    db: &::sled::Tree,
    folder: &Path,
    census: &Census,
) -> Result<(Journal, Found), Refusal> {
    let mark = db.get(keys::meta("journal")).map_err(failed)?;
    let mark = Mark::read(&mark.ok_or_else(|| StoreError::Corrupt {
        what: "the mark of the journal",
        reason: "it is gone".into(),
    })?)?;
    match Journal::open(folder, mark) {
        Err(lost @ (JournalError::Missing | JournalError::Wrong(_))) if !census.is_there() => {
            tracing::error!(%lost, "going on without what only the journal had");
            let found = Found {
                is_another: true,
                ..Found::default()
            };
            Ok((Journal::create(folder, salt())?, found))
        }
        opened => Ok(opened?),
    }
}

/// Puts into the database what only the journal has.
fn replay(
    db: &::sled::Tree,
    journal: &Journal,
    found: &Found,
    mut counts: Counts,
    durably: impl FnOnce(Pending) -> Result<(), StoreError>,
) -> Result<Counts, StoreError> {
    if found.missing > 0 {
        tracing::error!(
            groups = found.missing,
            "the journal is damaged: some steps of calls are lost"
        );
    }
    let mut pending = Pending::new(db);
    for packed in &found.calls {
        let step = Step::read(packed).map_err(unknown_words)?;
        step.put(&mut pending, &mut counts)?;
    }
    pending.put(keys::meta("counts"), value::write("the counts", &counts)?);
    pending.put(keys::meta("journal"), journal.mark().write());
    durably(pending)?;
    let steps = found.calls.len();
    tracing::info!(steps, "steps of calls are taken over from the journal");
    Ok(counts)
}

/// The disk gave back what was written, and this program does not understand it. That is no damage.
fn unknown_words(error: StoreError) -> StoreError {
    StoreError::Io(format!(
        "{error}; a newer Portner wrote it: start that one, or put back the backup from before the update"
    ))
}

/// The format of what is there; none when there is nothing.
fn read_format(db: &::sled::Tree) -> Result<Option<u32>, StoreError> {
    let said = match db.get(keys::meta("format")).map_err(failed)? {
        None if db.is_empty() => return Ok(None),
        None => {
            return Err(StoreError::Io(
                "there is something in it that Portner did not write".to_owned(),
            ));
        }
        Some(bytes) => bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)),
    };
    match said {
        Some(format @ 1..=FORMAT) => Ok(Some(format)),
        Some(format) if format > FORMAT => Err(StoreError::Io(format!(
            "a newer Portner wrote it (format {format}, this one knows {FORMAT}); start the \
             newer one, or put back the backup from before the update"
        ))),
        other => Err(StoreError::Io(format!(
            "its format is {other:?}, which no Portner wrote"
        ))),
    }
}

fn load_entries(db: &::sled::Tree) -> Result<Entries, StoreError> {
    let mut entries = Entries::default();
    for found in db.scan_prefix(keys::start(Kind::Entry)) {
        let (_, bytes) = found.map_err(failed)?;
        let entry = value::read("a list entry", &bytes).map_err(unknown_words)?;
        entries.apply(ListChange::Put(entry));
    }
    Ok(entries)
}
