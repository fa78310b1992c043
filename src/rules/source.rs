//! Rule files on their way in: read from a folder, within limits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::diagnostic::{Code, Diagnostic};
use super::lines::Lines;
use crate::call::{Bilingual, bilingual};

/// The largest rule file, in bytes.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// The most that all rule files together may have, in bytes.
pub const MAX_PACK_BYTES: u64 = 4 * 1024 * 1024;
/// The most files of a rule folder.
pub const MAX_FILES: usize = 500;
const MAX_DEPTH: usize = 8;

/// One rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, as shown to the owner.
    pub path: String,
    /// What is written in it.
    pub text: String,
}

/// Why a rule folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system would not.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// One file is too large.
    #[error("{path} has {bytes} bytes; a rule file may have at most {MAX_FILE_BYTES}")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// All together are too large.
    #[error("the rule files in {path} have more than {MAX_PACK_BYTES} bytes together")]
    PackTooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// There are too many files, or folders in folders.
    #[error("{path} holds more than {MAX_FILES} rule files, or folders more than {MAX_DEPTH} deep")]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not UTF-8.
    #[error("{path}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The line in which it begins to be none, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// The folder was there before.
    #[error(
        "{path} is gone: put it back, or make an empty folder there to go without rules of your own"
    )]
    Gone {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing to read.
    #[error("there is no rule file (*.toml) in {path}")]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

impl ReadError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Io { path, source } => format!("{} kan ikke læses: {source}", path.display()),
            Self::FileTooLarge { path, bytes } => format!(
                "{} har {bytes} byte; en regelfil må højst have {MAX_FILE_BYTES}",
                path.display()
            ),
            Self::PackTooLarge { path } => format!(
                "regelfilerne i {} har tilsammen mere end {MAX_PACK_BYTES} byte",
                path.display()
            ),
            Self::TooMany { path } => format!(
                "{} har mere end {MAX_FILES} regelfiler eller mapper mere end {MAX_DEPTH} dybt",
                path.display()
            ),
            Self::Encoding { path, line, column } => format!(
                "{}:{line}:{column}: dette er ikke UTF-8-tekst; gem filen som UTF-8",
                path.display()
            ),
            Self::Gone { path } => format!(
                "{} er væk: læg den tilbage, eller lav en tom mappe dér for at undvære egne regler",
                path.display()
            ),
            Self::Nothing { path } => {
                format!("der er ingen regelfil (*.toml) i {}", path.display())
            }
        };
        Bilingual::new(danish, self.to_string())
    }

    /// The same as a problem of a rule file, where it is one of what is written there.
    #[must_use]
    pub fn problem(&self) -> Option<Diagnostic> {
        let Self::Encoding { path, line, column } = self else {
            return None;
        };
        let source = Source {
            path: path.display().to_string(),
            text: String::new(),
        };
        let message = bilingual!("dette er ikke UTF-8-tekst", "this is not UTF-8 text");
        let problem = Diagnostic::error(Code::Encoding, &source, 0..0, message).help(bilingual!(
            "gem filen som UTF-8; det kan enhver editor",
            "save the file as UTF-8; every editor can"
        ));
        Some(Diagnostic {
            line: *line,
            column: *column,
            ..problem
        })
    }
}

/// Reads all `*.toml` files of a folder and of the folders in it, sorted by path.
///
/// Hidden files and folders are left out; links are followed to files, never to folders.
///
/// # Errors
/// [`ReadError`]: the first thing that cannot be read, or that is beyond the limits.
pub fn read_dir(dir: &Path) -> Result<Vec<Source>, ReadError> {
    let mut total = 0;
    let mut sources = Vec::new();
    for source in each_file_in(dir)? {
        let source = source?;
        total += source.text.len() as u64;
        if total > MAX_PACK_BYTES {
            return Err(ReadError::PackTooLarge { path: dir.into() });
        }
        sources.push(source);
    }
    Ok(sources)
}

/// The files that [`read_dir`] would read, as far as they can be read and are within the limits: what is
/// wrong with the others is passed over.
#[must_use]
pub fn read_what_can_be(dir: &Path) -> Vec<Source> {
    let mut total = 0;
    let files = each_file_in(dir).into_iter().flatten();
    files
        .filter_map(Result::ok)
        .take_while(|source| {
            total += source.text.len() as u64;
            total <= MAX_PACK_BYTES
        })
        .collect()
}

fn each_file_in(dir: &Path) -> Result<impl Iterator<Item = Result<Source, ReadError>>, ReadError> {
    let paths = files_in(dir)?;
    if paths.is_empty() {
        return Err(ReadError::Nothing { path: dir.into() });
    }
    Ok(paths.into_iter().map(|path| read_file(&path)))
}

/// The files that [`read_dir`] would read, sorted by path.
///
/// # Errors
/// [`ReadError`], when a folder cannot be read or is beyond the limits.
pub fn files_in(dir: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let mut paths = Vec::new();
    collect(dir, dir, 0, &mut paths)?;
    paths.sort();
    Ok(paths)
}

fn collect(
    root: &Path,
    dir: &Path,
    depth: usize,
    paths: &mut Vec<PathBuf>,
) -> Result<(), ReadError> {
    let failed = |source| ReadError::Io {
        path: dir.into(),
        source,
    };
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            if depth == MAX_DEPTH {
                return Err(ReadError::TooMany { path: root.into() });
            }
            collect(root, &path, depth + 1, paths)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
            && path.is_file()
        {
            if paths.len() == MAX_FILES {
                return Err(ReadError::TooMany { path: root.into() });
            }
            paths.push(path);
        }
    }
    Ok(())
}

/// Reads one rule file.
///
/// # Errors
/// [`ReadError`], when it cannot be read, is too large or is no text.
pub fn read_file(path: &Path) -> Result<Source, ReadError> {
    use io::Read as _;
    let failed = |source| ReadError::Io {
        path: path.into(),
        source,
    };
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::FileTooLarge {
            path: path.into(),
            bytes: fs::metadata(path).map_or(bytes.len() as u64, |data| data.len()),
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let good = String::from_utf8_lossy(good);
        let (line, column) = Lines::of(&good).place(good.len());
        ReadError::Encoding {
            path: path.into(),
            line,
            column,
        }
    })?;
    Ok(Source {
        path: path.display().to_string(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_folders_in_order_and_leaves_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("b")).unwrap();
        fs::write(dir.path().join("b/x.toml"), "b = 1").unwrap();
        fs::write(dir.path().join("a.toml"), "a = 1").unwrap();
        fs::write(dir.path().join(".hidden.toml"), "h = 1").unwrap();
        fs::write(dir.path().join("README.md"), "# no").unwrap();
        let texts: Vec<String> = read_dir(dir.path())
            .unwrap()
            .into_iter()
            .map(|source| source.text)
            .collect();
        assert_eq!(texts, ["a = 1", "b = 1"]);
    }

    #[test]
    fn refuses_what_is_too_large_or_no_text() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            read_dir(dir.path()),
            Err(ReadError::Nothing { .. })
        ));
        fs::write(dir.path().join("a.toml"), b"x\n\xc3\xa6r\xe6\n").unwrap();
        let error = read_dir(dir.path()).unwrap_err();
        let place = error
            .problem()
            .map(|problem| (problem.line, problem.column));
        assert_eq!(place, Some((2, 3)), "{error}");
        assert!(error.to_string().contains("a.toml:2:3: "), "{error}");
        fs::write(dir.path().join("a.toml"), vec![b' '; 1024 * 1024 + 1]).unwrap();
        assert!(matches!(
            read_dir(dir.path()),
            Err(ReadError::FileTooLarge { .. })
        ));
        for name in ["a", "b", "c", "d", "e"] {
            let path = dir.path().join(name).with_extension("toml");
            fs::write(path, vec![b' '; 1024 * 1024]).unwrap();
        }
        assert!(matches!(
            read_dir(dir.path()),
            Err(ReadError::PackTooLarge { .. })
        ));
        assert!(matches!(
            read_dir(&dir.path().join("none")),
            Err(ReadError::Io { .. })
        ));
    }

    #[test]
    fn what_can_be_read_is_read_without_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), [b'x', 0xff]).unwrap();
        fs::write(dir.path().join("b.toml"), "b = 1").unwrap();
        fs::write(dir.path().join("c.toml"), vec![b' '; 1024 * 1024 + 1]).unwrap();
        let read = read_what_can_be(dir.path());
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].text, "b = 1");
        assert_eq!(read_what_can_be(&dir.path().join("none")), []);
    }

    #[cfg(unix)]
    #[test]
    fn never_follows_a_link_to_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), "a = 1").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        assert_eq!(read_dir(dir.path()).unwrap().len(), 1);
    }
}
