//! A disk under the real program that fails here and there: a write, a sync, a read that is an error,
//! once or for good. Calls are answered, what was acknowledged is kept, and only what cannot be read any
//! more is set aside.
//!
//! `tests/power/shim.c` is between the program and the disk. Needs a C compiler and a loader that knows
//! `LD_PRELOAD`; says so and passes where they are missing.

use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::disk::{House, is_set_aside};
use super::kill::Fault;
use super::power_cut::shim;
use crate::support::skip;

const READING: u32 = 1;
const WRITING: u32 = 2;
const SYNCING: u32 = 4;
const HALF_WRITTEN: u32 = 8;
/// Input/output error.
const EIO: u32 = 5;
/// No space left on device.
const ENOSPC: u32 = 28;
/// As often as it is tried.
const FOR_GOOD: u32 = u32::MAX;
/// Every byte of a file.
const WHOLE: (u64, u64) = (0, u64::MAX);

/// The disk under a folder, which does as it is told.
struct Disk {
    shim: PathBuf,
    root: PathBuf,
    told: PathBuf,
}

impl Disk {
    fn under(house: &House) -> Option<Self> {
        let Some(shim) = shim(house.path()).filter(|_| cfg!(target_os = "linux")) else {
            skip("a failing disk needs Linux and a C compiler (cc)");
            return None;
        };
        let told = house.path().join("broken");
        std::fs::write(&told, [0; 40]).unwrap();
        Some(Self {
            shim,
            root: house.data(),
            told,
        })
    }

    /// From now on these bytes of a file, or of any, fail so, so often. (`struct broken` of the shim.)
    fn breaks(&self, file: Option<&Path>, bytes: (u64, u64), what: u32, error: u32, times: u32) {
        let inode = file.map_or(0, |file| std::fs::metadata(file).unwrap().ino());
        let numbers = [inode, bytes.0, bytes.1].map(u64::to_ne_bytes);
        let how = [what, error, times, 0].map(u32::to_ne_bytes);
        let told = [numbers.as_flattened(), how.as_flattened()].concat();
        std::fs::OpenOptions::new()
            .write(true)
            .open(&self.told)
            .and_then(|file| file.write_all_at(&told, 0))
            .unwrap();
    }

    /// How often it is still to fail.
    fn is_to_fail(&self) -> u32 {
        let told = std::fs::read(&self.told).unwrap();
        u32::from_ne_bytes(*told[32..].first_chunk().unwrap())
    }

    fn is_mended(&self) {
        self.breaks(None, (0, 0), 0, 0, 0);
    }
}

impl Fault for Disk {
    fn arm(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.shim)
            .env("PORTNER_CUT_ROOT", &self.root)
            .env("PORTNER_CUT_BROKEN", &self.told);
    }
}

async fn until_told_of_damage(house: &House) {
    let began = Instant::now();
    while !house.alarm("damage").await {
        assert!(began.elapsed() < Duration::from_secs(20), "no alarm");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_once_rings_and_heals_and_loses_nothing() {
    let house = House::new();
    let Some(disk) = Disk::under(&house) else {
        return;
    };
    let mut service = house.start_well_on(&disk).await;
    for (what, error) in [
        (SYNCING, EIO),
        (WRITING, EIO),
        (WRITING, ENOSPC),
        (HALF_WRITTEN, 0),
        (READING, EIO),
    ] {
        let times = 1;
        disk.breaks(None, WHOLE, what, error, times);
        // Nobody need read just now.
        let patience = Duration::from_secs(if what == READING { 2 } else { 12 });
        let began = Instant::now();
        while disk.is_to_fail() > 0 && began.elapsed() < patience {
            // In time, with a question or with the phone; the rest is looked at in there.
            house.call().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let met = disk.is_to_fail() < times;
        assert!(met || what == READING, "{what} {error} was never met");
        disk.is_mended();
        house.heals().await;
        house.keeps(house.all()).await;
        // What is acknowledged is on the disk and not only in memory.
        drop(service);
        service = house.start_on(&disk);
        house.is_ready(&service).await;
        house.keeps(house.all()).await;
    }
    assert!(!is_set_aside(&house.data()), "what passes is no damage");
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_read_for_a_moment_at_the_start_costs_nothing() {
    let house = House::new();
    let Some(disk) = Disk::under(&house) else {
        return;
    };
    let service = house.start_well_on(&disk).await;
    for _ in 0..200 {
        house.call().await;
    }
    drop(service);
    for times in [1, 2] {
        disk.breaks(
            Some(&house.data().join("sled/db")),
            WHOLE,
            READING,
            EIO,
            times,
        );
        let service = house.start_on(&disk);
        house.heals().await;
        assert_eq!(disk.is_to_fail(), 0, "it was never met");
        house.keeps(house.all()).await;
        drop(service);
    }
    assert!(!is_set_aside(&house.data()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_disk_cannot_read_any_more_is_set_aside_and_the_rest_goes_on() {
    for met_at_the_start in [true, false] {
        let house = House::new();
        let Some(disk) = Disk::under(&house) else {
            return;
        };
        let service = house.start_well_on(&disk).await;
        for _ in 0..400 {
            house.call().await;
        }
        drop(service);
        // The second life finds on the disk what the first one had in memory.
        let service = house.start_on(&disk);
        house.is_ready(&service).await;
        let database = house.data().join("sled/db");
        let length = std::fs::metadata(&database).unwrap().len();
        let bytes = (length / 4, length / 2);
        disk.breaks(Some(&database), bytes, READING, EIO, FOR_GOOD);
        let service = if met_at_the_start {
            drop(service);
            house.start_on(&disk)
        } else {
            // Somebody looks at the log, and finds it.
            let page = house.read("/api/v1/calls?limit=500").await;
            assert!(!page.contains("started_at"), "it was not met");
            service
        };
        // At the start it may be over before anybody can call.
        if !met_at_the_start {
            house.until_it_rings().await;
        }
        house.heals().await;
        until_told_of_damage(&house).await;
        assert!(is_set_aside(&house.data()));
        let kept = house.kept().await;
        assert!(kept > 200, "{kept}");
        drop(service);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_read_whole_costs_what_stood_there_alone() {
    let house = House::new();
    let Some(disk) = Disk::under(&house) else {
        return;
    };
    let service = house.start_well_on(&disk).await;
    for _ in 0..40 {
        house.call().await;
    }
    drop(service);
    let journal = house.data().join("journal");
    disk.breaks(
        Some(&journal),
        (5 * 4_096, 6 * 4_096),
        READING,
        EIO,
        FOR_GOOD,
    );
    let service = house.start_on(&disk);
    house.heals().await;
    until_told_of_damage(&house).await;
    // A group is a call here, if it is not in the database anyway; who rang meanwhile is written down later.
    let began = Instant::now();
    while house.all() - house.kept().await > 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "calls are lost");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(service);
}
