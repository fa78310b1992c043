//! Rule files as they lie in the owner's folder and stand beside Portner's: read, checked together, and
//! written where nothing is lost by it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path as FilePath, PathBuf};

use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::App;
use super::auth::sha256;
use super::error::Problem;
use super::files::{blocking, replace, unwritable};
use crate::call::{LineId, bilingual};
use crate::config;
use crate::rules::{self, Code, Diagnostic, Lexicon, Severity, Source};

/// The longest path of a rule file below its folder, in bytes.
const MAX_PATH_BYTES: usize = 200;

/// A rule file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct File {
    /// Its path below the folder.
    pub(super) path: String,
    /// Whether it is the owner's; the others come with Portner and cannot be written.
    pub(super) own: bool,
    /// SHA-256 of its text in hex: send it as `If-Match` to write over it.
    pub(super) hash: String,
    /// What is written in it.
    pub(super) text: String,
}

/// What was written.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Written {
    /// The file as it now is.
    pub(super) file: File,
    /// What is doubtful about the rules, and works all the same.
    #[schema(value_type = Vec<Object>)]
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl File {
    /// The file as the rules read it.
    pub(super) fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            text: self.text.clone(),
        }
    }

    pub(super) fn own(path: String, text: String) -> Self {
        Self {
            own: true,
            hash: hex::encode(sha256(&text)),
            path,
            text,
        }
    }
}

/// Every file that counts, Portner's first.
pub(super) fn read(rules: &config::Rules) -> Result<Vec<File>, Problem> {
    Ok(beside_shipped(read_own(rules)?, rules.shipped))
}

/// The owner's files.
pub(super) fn read_own(rules: &config::Rules) -> Result<Vec<File>, Problem> {
    let Some(folder) = &rules.folder else {
        return Ok(Vec::new());
    };
    let sources = folder.read().map_err(|error| {
        Problem::internal(error).hint(bilingual!(
            "regelmappen kan ikke læses",
            "the rule folder cannot be read"
        ))
    })?;
    let file = |source: Source| {
        let path = FilePath::new(&source.path);
        let path = path.strip_prefix(folder.path()).unwrap_or(path);
        File::own(path.display().to_string(), source.text)
    };
    Ok(sources.into_iter().map(file).collect())
}

/// These files of the owner's after those of Portner's that count beside them.
pub(super) fn beside_shipped(own: Vec<File>, with_shipped: bool) -> Vec<File> {
    let mut files = Vec::new();
    if with_shipped {
        let sources: Vec<Source> = own.iter().map(File::source).collect();
        let shipped = rules::shipped_beside(&sources).into_iter();
        files.extend(shipped.map(|source| File {
            own: false,
            ..File::own(source.path, source.text)
        }));
    }
    files.extend(own);
    files
}

/// Writes a rule file, one writer at a time.
pub(super) async fn replace_file(
    app: App,
    path: String,
    base: Option<String>,
    text: String,
) -> Result<Written, Problem> {
    /// Two writers at once would each think that the file is as they read it.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _alone = ONE_AT_A_TIME.lock().await;
    blocking(move || write(&app, &path, base.as_deref(), text)).await
}

fn write(app: &App, path: &str, base: Option<&str>, text: String) -> Result<Written, Problem> {
    let rules = app.state.rules();
    let Some(folder) = &rules.folder else {
        return Err(Problem::conflict(bilingual!(
            "disse regler følger med Portner og kan ikke ændres her",
            "these rules come with Portner and cannot be changed here"
        ))
        .hint(bilingual!(
            "nævn din egen mappe i indstillingerne: [rules] folder = \"…\"",
            "name a folder of your own in the settings: [rules] folder = \"…\""
        )));
    };
    folder
        .begin()
        .map_err(|error| Problem::unwritable(unwritable(folder.path(), &error)))?;
    let target = within(folder.path(), path)?;
    let before = read_own(&rules)?;
    let known = before.iter().position(|file| file.path == path);
    unchanged(known.map(|at| before[at].hash.as_str()), base)?;
    let file = File::own(path.to_owned(), text);
    let mut own = before.clone();
    match known {
        Some(at) => own[at] = file.clone(),
        None => own.push(file.clone()),
    }
    let checked = |own| check(app, &beside_shipped(own, rules.shipped));
    let diagnostics = checked(own);
    if !is_mended(&diagnostics, path, || checked(before)) {
        return Err(Problem::unacceptable(bilingual!(
            "reglerne ville ikke virke med denne fil; den er ikke skrevet",
            "the rules would not work with this file; it is not written"
        ))
        .diagnostics(diagnostics));
    }
    replace(&target, &file.text)
        .map_err(|error| Problem::unwritable(unwritable(&target, &error)))?;
    Ok(Written { file, diagnostics })
}

/// Whether nothing is wrong with this file, and nothing elsewhere that was right before: of several
/// files that are wrong, one is mended after the other.
fn is_mended(now: &[Diagnostic], path: &str, before: impl FnOnce() -> Vec<Diagnostic>) -> bool {
    let is_error = |problem: &&Diagnostic| problem.severity == Severity::Error;
    let mut errors = now.iter().filter(is_error).peekable();
    if errors.peek().is_none() {
        return true;
    }
    let before = before();
    errors.all(|error| error.file != path && before.contains(error))
}

/// Whether the file is still as the writer read it.
fn unchanged(now: Option<&str>, base: Option<&str>) -> Result<(), Problem> {
    match (now, base) {
        (None, None) => Ok(()),
        (Some(now), Some(base)) if now == base => Ok(()),
        (Some(_), None) => Err(Problem::conflict(bilingual!(
            "denne fil findes",
            "this file exists"
        ))
        .hint(bilingual!(
            "læs den, og send dens hash som If-Match for at skrive over den",
            "read it, and send its hash as If-Match to write over it"
        ))),
        (Some(_), Some(_)) => Err(Problem::conflict(bilingual!(
            "denne fil blev ændret imens",
            "this file was changed meanwhile"
        ))
        .hint(bilingual!(
            "læs den igen, og sæt din ændring ind i det, den er nu",
            "read it again and put your change into what it is now"
        ))),
        (None, Some(_)) => Err(Problem::conflict(bilingual!(
            "denne fil er væk",
            "this file is gone"
        ))
        .hint(bilingual!(
            "udelad If-Match for at skrive den på ny",
            "leave out If-Match to write it anew"
        ))),
    }
}

/// What is wrong or doubtful, for any of the lines. Examples that come with Portner are left aside:
/// what a line sells cancels some of them, and that is meant.
pub(super) fn check(app: &App, files: &[File]) -> Vec<Diagnostic> {
    let sources: Vec<Source> = files.iter().map(File::source).collect();
    let is_own = |path: &str| files.iter().any(|file| file.own && file.path == path);
    let matters = |problem: &Diagnostic| {
        is_own(&problem.file)
            || !matches!(problem.code, Code::ExampleMissed | Code::CounterExampleHit)
    };
    let mut known = HashSet::new();
    let mut found: Vec<Diagnostic> = Vec::new();
    let policies = app.state.service.policies();
    let lines: Vec<LineId> = policies
        .lines()
        .iter()
        .map(|one| one.line.id.clone())
        .collect();
    for policy in policies.lines() {
        let lexicon = Lexicon(policy.line.lexicon());
        for problem in rules::check_for_lines(&sources, &lexicon, &lines).diagnostics {
            if matters(&problem) && known.insert(problem.clone()) {
                found.push(problem);
            }
        }
    }
    found
}

/// A path that stays below the folder and is that of a rule file which is read.
pub(super) fn below(text: &str) -> Result<String, Problem> {
    let path = FilePath::new(text);
    let parts_are_plain = path.components().all(|part| match part {
        Component::Normal(name) => name
            .to_str()
            .is_some_and(|name| !name.starts_with('.') && !name.contains(char::is_control)),
        _ => false,
    });
    let is_rule_file = path
        .extension()
        .is_some_and(|extension| extension == "toml");
    let is_plain = !text.contains(['\\', ':', '\0']) && !text.contains("//");
    if parts_are_plain && is_rule_file && is_plain && text.len() <= MAX_PATH_BYTES {
        return Ok(text.to_owned());
    }
    Err(Problem::invalid(bilingual!(
        "“{text}” er ikke stien til en regelfil",
        "“{text}” is no path of a rule file"
    ))
    .hint(bilingual!(
        "sådan som mine.toml eller da/mine.toml, under regelmappen",
        "such as mine.toml or da/mine.toml, below the rule folder"
    )))
}

/// The place to write to. Folders are made; links that lead elsewhere are not followed.
fn within(folder: &FilePath, path: &str) -> Result<PathBuf, Problem> {
    let target = folder.join(path);
    let parent = target.parent().unwrap_or(folder);
    let settle = || -> io::Result<bool> {
        let root = folder.canonicalize()?;
        let mut deepest = parent;
        while !deepest.exists() {
            deepest = deepest.parent().unwrap_or(folder);
        }
        if !deepest.canonicalize()?.starts_with(&root) {
            return Ok(false);
        }
        fs::create_dir_all(parent)?;
        let is_link = fs::symlink_metadata(&target).is_ok_and(|data| data.is_symlink());
        Ok(parent.canonicalize()?.starts_with(&root) && !is_link)
    };
    match settle() {
        Ok(true) => Ok(target),
        Ok(false) => Err(Problem::conflict(bilingual!(
            "stien er et link eller fører ud af regelmappen",
            "this path is a link, or leads out of the rule folder"
        ))),
        Err(error) => Err(Problem::internal(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rule_files_below_the_folder_have_a_path() {
        for good in ["mine.toml", "da/mine.toml", "a/b/c.toml"] {
            assert!(below(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/x.toml",
            "../x.toml",
            "da/../../x.toml",
            "./x.toml",
            "da//x.toml",
            ".hidden.toml",
            ".git/x.toml",
            "x.rs",
            "toml",
            "c:\\x.toml",
            "x\n.toml",
        ] {
            assert!(below(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_write_needs_to_know_what_it_replaces() {
        assert!(unchanged(None, None).is_ok());
        assert!(unchanged(Some("a"), Some("a")).is_ok());
        for (now, base) in [(Some("a"), Some("b")), (Some("a"), None), (None, Some("a"))] {
            assert!(unchanged(now, base).is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("x"), folder.path().join("x.toml")).unwrap();
        assert!(within(folder.path(), "out/x.toml").is_err());
        assert!(within(folder.path(), "out/deeper/x.toml").is_err());
        assert!(within(folder.path(), "x.toml").is_err());
        let target = within(folder.path(), "da/x.toml").unwrap();
        replace(&target, "version = 1").unwrap();
        assert_eq!(fs::read_to_string(target).unwrap(), "version = 1");
        assert_eq!(fs::read_dir(folder.path().join("da")).unwrap().count(), 1);
    }
}
