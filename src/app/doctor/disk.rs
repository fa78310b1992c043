//! How much room the disk of the store has left. A full one cannot even be opened.

use std::path::Path;

use super::{Findings, House};
use crate::app::data_folder;
use crate::call::quantity::{percent, size};

const NAME: &str = "disk";
/// Under so many hundredths of the disk it is time to do something.
const LEAST_SHARE: u64 = 10;
/// And only where less than this is left: a tenth of a large disk is much.
const ENOUGH: u64 = 10 << 30;
/// Under this, in bytes, the next backup or the next writing anew of the store may fail.
const LEAST: u64 = 256 << 20;

/// Room on a disk, in bytes.
#[derive(Debug, Clone, Copy)]
struct Room {
    free: u64,
    whole: u64,
}

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    let Some(folder) = data_folder(&house.config.store) else {
        return;
    };
    let Some(room) = room(&folder) else { return };
    let share = 100 * (room.free >> 20) / (room.whole >> 20).max(1);
    let language = findings.language;
    let (share, free) = (percent(share, language), size(room.free, language));
    let found = findings.say(
        format!("{share} af lagerets disk er ledig ({free})"),
        format!("{share} of the disk of the store is free ({free})"),
    );
    if is_enough(room) {
        findings.good(NAME, found);
    } else {
        let mend = findings.say(
            "skaf plads: på en fuld disk bliver opkald ikke skrevet ned, og lageret kan ikke åbnes",
            "make room: on a full disk calls are not written down, and the store cannot be opened",
        );
        findings.bad(NAME, found, mend);
    }
}

fn is_enough(room: Room) -> bool {
    let is_large_part = room.free / LEAST_SHARE >= room.whole / 100;
    room.free >= LEAST && (is_large_part || room.free >= ENOUGH)
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<Room> {
    // What is not there yet will lie on the disk of the folder around it.
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(Room {
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        whole: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<Room> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nearly_full_disk_is_told_and_a_large_one_is_not_nearly_full() {
        let gib = |free: u64, whole: u64| Room {
            free: free << 30,
            whole: whole << 30,
        };
        assert!(is_enough(gib(1, 3)));
        assert!(is_enough(gib(20, 1_000)));
        assert!(!is_enough(gib(9, 1_000)));
        assert!(!is_enough(gib(0, 1)));
        let small = Room {
            free: 200 << 20,
            whole: 300 << 20,
        };
        assert!(!is_enough(small));
    }

    #[cfg(unix)]
    #[test]
    fn the_room_of_a_folder_that_is_not_there_yet_is_that_of_the_one_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let room = room(&folder.path().join("not/yet")).unwrap();
        assert!(room.whole > 0 && room.free <= room.whole);
    }
}
