//! The power goes at random moments, and with it what was not synced: no answer that was given is
//! lost, and the store opens.
//!
//! `tests/power/shim.c` notes every write and every sync of the real program. From what it noted the
//! files are made again as they are after a cut: what was synced, and a part, drawn by chance, of what
//! was not: whole writes, torn ones, in any order. Names of files are taken to survive in the order in
//! which they were given, as a journalling file system has it.
//!
//! One test kills the program and goes on with what the cut left; the other lets it run once and cuts
//! its life at many places. `PORTNER_CUTS` says how often (6 and 60 where it is not set),
//! `PORTNER_SEED` repeats the draw: `PORTNER_CUTS=1000 cargo test --release --test it power_cut::`.
//! Needs a C compiler and a loader that knows `LD_PRELOAD`; says so and passes where they are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use portner::call::{ListName, ProviderCallId};

use super::kill::{Chance, Fault, LISTED, Life, hold_to_answers, live, number_from, seed};

/// What a disk writes as one.
const SECTOR: usize = 512;

/// A file: what is safe, and what was written since.
#[derive(Debug, Default, Clone)]
struct Kept {
    safe: Vec<u8>,
    unsafe_yet: Vec<Change>,
    /// How many of the changes the sync that is under way covers.
    syncing: Option<usize>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { to: usize },
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Cut { to } => file.resize(*to, 0),
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
        }
    }

    /// The change in the parts that a disk writes as one.
    fn sectors(&self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else {
            return vec![self.clone()];
        };
        let mut parts = Vec::new();
        let mut begin = 0;
        while begin < bytes.len() {
            let end = bytes.len().min(begin + SECTOR - (at + begin) % SECTOR);
            parts.push(Self::Write {
                at: at + begin,
                bytes: bytes[begin..end].to_vec(),
            });
            begin = end;
        }
        parts
    }
}

impl Kept {
    /// The file as it is found when the power is back.
    fn after_cut(&self, chance: &mut Chance) -> Vec<u8> {
        let mut file = self.safe.clone();
        let mood = chance.below(4);
        for change in &self.unsafe_yet {
            match (mood, chance.below(3)) {
                // Everything is lost, or everything was just in time.
                (0, _) => {}
                (1, _) | (_, 0) => change.apply(&mut file),
                (_, 1) => {}
                _ => {
                    for part in change.sectors() {
                        if chance.below(2) == 0 {
                            part.apply(&mut file);
                        }
                    }
                }
            }
        }
        file
    }
}

/// A disk that loses what was not synced.
struct Disk {
    shim: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    files: BTreeMap<PathBuf, Kept>,
    lost: usize,
}

impl Disk {
    /// Takes in what the program did to its files.
    fn read_log(&mut self) {
        let log = std::fs::read(&self.log).unwrap_or_default();
        std::fs::remove_file(&self.log).ok();
        self.take_in(&log);
    }

    /// Takes in what was noted; what the end cut off was not acknowledged either.
    fn take_in(&mut self, log: &[u8]) {
        let mut rest = log;
        while let Some((kind, at, path, bytes, after)) = record(rest) {
            rest = after;
            match kind {
                b'c' => {
                    self.files.insert(path, Kept::default());
                }
                b'w' => self.file(path).unsafe_yet.push(Change::Write {
                    at,
                    bytes: bytes.to_vec(),
                }),
                b't' => self.file(path).unsafe_yet.push(Change::Cut { to: at }),
                // Folders are synced too; names are taken to survive.
                b's' | b'S' if !self.files.contains_key(&path) => {}
                b's' => {
                    let file = self.file(path);
                    file.syncing = Some(file.unsafe_yet.len());
                }
                b'S' => {
                    let file = self.file(path);
                    let covered = file.syncing.take().unwrap_or_default();
                    for change in file.unsafe_yet.drain(..covered) {
                        change.apply(&mut file.safe);
                    }
                }
                b'r' => {
                    let to = PathBuf::from(std::str::from_utf8(bytes).unwrap());
                    let files = std::mem::take(&mut self.files).into_iter();
                    self.files = files
                        .map(|(file, kept)| match file.strip_prefix(&path) {
                            Ok(inside) if inside.as_os_str().is_empty() => (to.clone(), kept),
                            Ok(inside) => (to.join(inside), kept),
                            Err(_) => (file, kept),
                        })
                        .collect();
                }
                b'u' => {
                    self.files.remove(&path);
                }
                other => panic!("no record begins with {other}"),
            }
        }
    }

    fn unsynced(&self) -> usize {
        self.files.values().map(|kept| kept.unsafe_yet.len()).sum()
    }

    /// Makes the files under another folder as they are when the power is back.
    fn leave_in(&self, folder: &Path, chance: &mut Chance) {
        let root = self.folder.parent().unwrap();
        for (path, kept) in &self.files {
            let path = folder.join(path.strip_prefix(root).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, kept.after_cut(chance)).unwrap();
        }
    }

    fn file(&mut self, path: PathBuf) -> &mut Kept {
        self.files.entry(path).or_default()
    }

    /// Makes the files as they are when the power is back.
    fn cut(&mut self, chance: &mut Chance) {
        self.read_log();
        self.lost += self.unsynced();
        for (path, kept) in &mut self.files {
            let safe = kept.after_cut(chance);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &safe).unwrap();
            *kept = Kept {
                safe,
                ..Kept::default()
            };
        }
    }
}

/// A record of the shim: its kind, where, the path, the bytes; and what comes after it.
type Record<'a> = (u8, usize, PathBuf, &'a [u8], &'a [u8]);

fn record(log: &[u8]) -> Option<Record<'_>> {
    let (kind, rest) = log.split_first()?;
    let number = |rest: &mut &[u8]| {
        let (head, after) = rest.split_first_chunk::<8>()?;
        *rest = after;
        usize::try_from(u64::from_le_bytes(*head)).ok()
    };
    let mut rest = rest;
    let (path, length, at) = (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
    let (path, rest) = rest.split_at_checked(path)?;
    // What the kill cut off was not acknowledged either.
    let (bytes, rest) = rest.split_at_checked(length)?;
    let path = PathBuf::from(std::str::from_utf8(path).ok()?);
    Some((*kind, at, path, bytes, rest))
}

impl Fault for Disk {
    fn arm(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.shim)
            .env("PORTNER_CUT_ROOT", &self.folder)
            .env("PORTNER_CUT_LOG", &self.log);
    }

    fn strike(&mut self, chance: &mut Chance) {
        self.cut(chance);
    }
}

/// Builds the shim, if that can be done here.
pub(super) fn shim(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power/shim.c");
    let shim = folder.join("shim.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&shim, &source])
        .args(["-ldl", "-lpthread"])
        .status();
    built.is_ok_and(|status| status.success()).then_some(shim)
}

/// A disk for the program whose data is in this folder, where such a thing can be made.
fn disk(folder: &Path) -> Option<Disk> {
    let shim = shim(folder).filter(|_| cfg!(target_os = "linux"));
    if shim.is_none() {
        crate::support::skip("cutting the power needs Linux and a C compiler (cc)");
    }
    Some(Disk {
        shim: shim?,
        folder: folder.join("data"),
        log: folder.join("changes"),
        files: BTreeMap::new(),
        lost: 0,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_lost_when_the_power_goes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut disk) = disk(folder.path()) else {
        return;
    };
    let cuts = number_from("PORTNER_CUTS", 6);
    hold_to_answers(folder.path(), cuts, seed(), &mut disk).await;
    // On a quick disk everything may be synced at so few moments; the other test looks for some that are
    // not.
    assert!(!disk.files.is_empty(), "the shim noted nothing");
    println!("{} writes were not synced when the power went", disk.lost);
}

/// One life of the program, cut at many places: after each cut the store opens and has every answer
/// that had been heard by then.
#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_power_goes_the_store_opens_and_has_every_answer() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = disk(folder.path()) else {
        return;
    };
    let (cuts, seed) = (number_from("PORTNER_CUTS", 60), seed());
    println!("{cuts} cuts, PORTNER_SEED={seed}");
    let mut chance = Chance(seed);
    let time = Duration::from_millis(100 * cuts.clamp(80, 400));
    let life = live(folder.path(), &disk, time).await;
    let log = std::fs::read(&disk.log).unwrap();
    // From the very first write on, while the store is only being made.
    let begun = life.heard.iter().map(|(_, at)| *at).min().unwrap_or(0);
    let (making, living): (Vec<usize>, Vec<usize>) =
        places(&log).into_iter().partition(|place| *place < begun);
    let (mut lost, mut held_to) = (0, 0);
    for _ in 0..cuts {
        // Mostly where something is not synced: everywhere else nothing can be lost.
        let cut_at = match chance.below(8) {
            0 | 1 => pick(&mut chance, log.len()),
            2 | 3 => making[pick(&mut chance, making.len())],
            _ => living[pick(&mut chance, living.len())],
        };
        let mut left = Disk {
            shim: PathBuf::new(),
            folder: disk.folder.clone(),
            log: PathBuf::new(),
            files: BTreeMap::new(),
            lost: 0,
        };
        left.take_in(&log[..cut_at]);
        lost += left.unsynced();
        let after = tempfile::tempdir().unwrap();
        left.leave_in(after.path(), &mut chance);
        held_to += hold_to(&life, cut_at, &after.path().join("data")).await;
    }
    assert!(lost > 0, "nothing was ever lost: the shim does not work");
    println!(
        "{cuts} cuts, {held_to} answers held to, {} lists and {} erased callers; {lost} writes not synced when the power went",
        life.imported.len(),
        life.erased.len(),
    );
}

/// Opens the store that a cut left and holds it to everything that was told by then; how many answers
/// that are.
async fn hold_to(life: &Life, cut_at: usize, folder: &Path) -> usize {
    let address = format!("sled:{}", folder.display());
    let opened = portner::store::open(&address).await;
    let store = opened.unwrap_or_else(|error| panic!("cut after {cut_at} bytes: {error}"));
    let named = |id: &str| ProviderCallId {
        provider: "twilio".into(),
        id: id.into(),
    };
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for (call, _) in life.heard.iter().filter(|(_, at)| *at <= cut_at) {
        *answers.entry(call).or_default() += 1;
    }
    for (call, from, until) in life.erased.iter().filter(|(_, from, _)| *from <= cut_at) {
        answers.remove(call.as_str());
        if until.is_some_and(|until| until <= cut_at) {
            let there = store.call_by_provider(&named(call)).await.unwrap();
            assert!(
                there.is_none(),
                "cut after {cut_at}: erased from {from} on, and is there"
            );
        }
    }
    for (id, count) in &answers {
        let call = store.call_by_provider(&named(id)).await.unwrap();
        let kept = call.map_or(0, |call| call.timeline.len());
        assert!(
            kept >= *count,
            "cut after {cut_at}: {kept} of {count} answers of {id}"
        );
    }
    let listed = store
        .entries(ListName::Allow, None, 2 * LISTED)
        .await
        .unwrap();
    let rounds: BTreeSet<&str> = listed.iter().map(|entry| entry.note.as_str()).collect();
    assert!(
        rounds.len() <= 1,
        "cut after {cut_at}: half a list, {rounds:?}"
    );
    let least = life.imported.iter().filter(|at| **at <= cut_at).count();
    let round = rounds
        .first()
        .map_or(0, |note| note["round ".len()..].parse().unwrap());
    assert!(
        round >= least,
        "cut after {cut_at}: list {round}, not {least}"
    );
    assert_eq!(listed.len(), if round == 0 { 0 } else { LISTED });
    store.close().await;
    answers.values().sum()
}

fn pick(chance: &mut Chance, below: usize) -> usize {
    usize::try_from(chance.below(below as u64)).unwrap()
}

/// Where in the log the power may go while something is not synced.
fn places(log: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut rest = log;
    while let Some((kind, .., after)) = record(rest) {
        rest = after;
        if matches!(kind, b'w' | b't' | b's' | b'r') {
            places.push(log.len() - rest.len());
        }
    }
    places
}
