//! Whether the disk is there that the store's folder lies on. Where a volume is not mounted, its mount
//! point is an empty folder, and a new store in it would know no customer.
//!
//! The file system table (`fstab(5)`) says where one is meant to be. In a container nothing does, and
//! nothing need: what starts it mounts its volumes or does not start it.

use std::fs;
use std::path::{Path, PathBuf};

/// The place on the way to this folder where a volume belongs and is not mounted.
#[cfg(unix)]
pub(super) fn missing(folder: &Path) -> Option<PathBuf> {
    let table = fs::read_to_string("/etc/fstab").unwrap_or_default();
    let folder = std::path::absolute(folder).ok()?;
    // What is not there yet will lie where the folder around it does.
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let places = [there.canonicalize().ok()?, folder];
    let on_the_way = |place: &PathBuf| places.iter().any(|folder| folder.starts_with(place));
    mount_points(&table)
        .filter(on_the_way)
        .find(|place| !is_mounted(place))
}

#[cfg(not(unix))]
pub(super) fn missing(_: &Path) -> Option<PathBuf> {
    None
}

/// Where the table says that volumes are mounted at the start.
fn mount_points(table: &str) -> impl Iterator<Item = PathBuf> {
    let lines = table.lines().map(str::trim);
    let volumes = lines.filter(|line| !line.starts_with('#'));
    volumes.filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (place, _, options) = (fields.next()?, fields.next()?, fields.next()?);
        // What is bound lies on a disk that is there already.
        let is_other = |option| matches!(option, "noauto" | "bind" | "rbind");
        (!options.split(',').any(is_other)).then(|| unescaped(place).into())
    })
}

/// Blanks in a field stand as their octal numbers.
fn unescaped(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |field, (escaped, sign)| {
            field.replace(escaped, sign)
        })
}

/// Whether this folder is there and on another device than the one around it. What may not be looked at
/// counts as such.
#[cfg(unix)]
fn is_mounted(place: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev());
    match (place.parent().map(device), device(place)) {
        (Some(Ok(around)), Ok(device)) => around != device,
        (_, Err(error)) => error.kind() != std::io::ErrorKind::NotFound,
        _ => true,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_where_volumes_belong() {
        let table = "# <file system> <mount point> <type> <options> <dump> <pass>\n\
             UUID=1 / ext4 errors=remount-ro 0 1\n\
             UUID=2 /var/lib/portner ext4 defaults,nofail 0 2\n\
             UUID=3 /srv/with\\040blank xfs noatime\n\
             UUID=4 none swap sw 0 0\n\
             UUID=5 /media/stick vfat noauto,user 0 0\n\
             /srv/a /srv/b none bind 0 0\n\
             broken\n";
        let places: Vec<PathBuf> = mount_points(table).collect();
        let expected = ["/", "/var/lib/portner", "/srv/with blank", "none"];
        assert_eq!(places, expected.map(PathBuf::from));
    }

    #[test]
    fn a_mount_point_is_told_from_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_mounted(folder.path()));
        assert!(is_mounted(Path::new("/")));
        assert!(is_mounted(Path::new("/proc")));
        assert!(!is_mounted(&folder.path().join("none")));
    }
}
