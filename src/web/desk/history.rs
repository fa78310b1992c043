//! What a file was before: every saved text lies in `.history` in the file's folder, named by when
//! and by whom, for the eyes of Portner's own user alone. Hidden folders are no rules, so none of it
//! judges calls.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// How many texts of a file are kept.
const MOST: usize = 100;
const FOLDER: &str = ".history";
const FORMAT: &str = "%Y%m%dT%H%M%S%3fZ";

/// A text that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Version {
    /// Its name, which sorts by time.
    pub(in crate::web) name: String,
    /// When it was saved.
    pub(in crate::web) at: Timestamp,
    /// By whom.
    pub(in crate::web) by: String,
}

fn place(folder: &Path, file: &str) -> PathBuf {
    folder.join(FOLDER).join(file.replace('/', "~"))
}

/// Keeps a text. The same text twice in a row is kept once.
pub(in crate::web) fn keep(
    folder: &Path,
    file: &str,
    text: &str,
    by: &str,
    now: Timestamp,
) -> io::Result<()> {
    let place = place(folder, file);
    fs::create_dir_all(&place)?;
    let known = list(folder, file)?;
    if let Some(last) = known.first()
        && read(folder, file, &last.name).is_ok_and(|own| own == text)
    {
        return Ok(());
    }
    for old in known.iter().skip(MOST - 1) {
        fs::remove_file(place.join(&old.name))?;
    }
    let by: String = by
        .chars()
        .map(|sign| {
            if sign.is_ascii_alphanumeric() {
                sign
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let name = format!("{}_{by}.toml", now.strftime(FORMAT));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(place.join(name))?.write_all(text.as_bytes())
}

/// Keeps what was saved just now, and what was there before where nothing is kept yet.
pub(in crate::web) fn record(
    folder: &Path,
    file: &str,
    before: Option<&str>,
    text: &str,
    by: &str,
    now: Timestamp,
) -> io::Result<()> {
    let newest = list(folder, file)?.into_iter().next();
    let known = newest.and_then(|newest| read(folder, file, &newest.name).ok());
    if let Some(before) = before.filter(|before| known.as_deref() != Some(before)) {
        let earlier = now.checked_sub(jiff::SignedDuration::from_millis(1));
        let by = if known.is_some() { "by-hand" } else { "before" };
        keep(folder, file, before, by, earlier.unwrap_or(now))?;
    }
    keep(folder, file, text, by, now)
}

/// What is kept of a file, newest first.
pub(in crate::web) fn list(folder: &Path, file: &str) -> io::Result<Vec<Version>> {
    let entries = match fs::read_dir(place(folder, file)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut versions: Vec<Version> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| version(entry.file_name().to_str()?))
        .collect();
    versions.sort_by(|one, other| other.name.cmp(&one.name));
    Ok(versions)
}

/// A text that is kept.
pub(in crate::web) fn read(folder: &Path, file: &str, name: &str) -> io::Result<String> {
    if version(name).is_none() || name.contains(['/', '\\']) {
        return Err(io::ErrorKind::NotFound.into());
    }
    fs::read_to_string(place(folder, file).join(name))
}

fn version(name: &str) -> Option<Version> {
    let (moment, by) = name.strip_suffix(".toml")?.split_once('_')?;
    let at = jiff::civil::DateTime::strptime(FORMAT, moment).ok()?;
    Some(Version {
        name: name.to_owned(),
        at: at
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp(),
        by: by.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_newest_first_and_repeats_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let keep = |text, by, now| keep(folder.path(), "da/mine.toml", text, by, at(now)).unwrap();
        keep("one", "anne", "2026-03-02T09:00:00Z");
        keep("two", "../Per", "2026-03-02T09:00:01Z");
        keep("two", "anne", "2026-03-02T09:00:02Z");
        let kept = list(folder.path(), "da/mine.toml").unwrap();
        let by: Vec<&str> = kept.iter().map(|version| version.by.as_str()).collect();
        assert_eq!(by, ["---Per", "anne"]);
        assert_eq!(kept[0].at, at("2026-03-02T09:00:01Z"));
        let text = read(folder.path(), "da/mine.toml", &kept[1].name).unwrap();
        assert_eq!(text, "one");
        assert!(read(folder.path(), "da/mine.toml", "../../x.toml").is_err());
        assert!(list(folder.path(), "other.toml").unwrap().is_empty());
    }
}
