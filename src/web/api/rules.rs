//! Rule files, read and written. What would not work is never written.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path as FilePath, PathBuf};

use axum::extract::State;
use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query, Text};
use crate::call::{EvidenceKind, LineId, bilingual};
use crate::config;
use crate::rules::{self, Code, Diagnostic, Lexicon, Life, MAX_FILE_BYTES, Severity, Source};
use crate::web::App;
use crate::web::auth::sha256;
use crate::web::error::{Problem, told_in};
use crate::web::files::{blocking, replace, unwritable};
use crate::web::language::Shown;

/// The longest path of a rule file below its folder, in bytes.
const MAX_PATH_BYTES: usize = 200;

/// The rules, file by file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rules {
    /// The version that judges calls now.
    version: String,
    /// Why what stands in the files is not what judges calls, where that is so.
    trouble: Option<String>,
    /// Whether files can be written here.
    writable: bool,
    /// The files.
    files: Vec<File>,
    /// What is wrong or doubtful about them.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    /// The rules that judge calls now, in the order of the files.
    rules: Vec<Counted>,
}

/// A rule, and how often it hit.
#[derive(Debug, Serialize, ToSchema)]
struct Counted {
    /// Its id.
    id: String,
    /// What it sees, in plain words.
    name: String,
    /// The file it stands in.
    file: String,
    /// The line it begins in, from 1.
    line: usize,
    /// The tactic or caller pattern it knows.
    tactic: String,
    /// What a hit is evidence of.
    kind: EvidenceKind,
    /// How strong the evidence is, 0 to 5.
    points: u8,
    /// Whether it counts: `live`, `shadow` (its hits are counted and have no effect), `draft` (it
    /// is only checked).
    #[schema(value_type = String)]
    life: Life,
    /// Calls of real callers in which it hit.
    calls: u64,
    /// Calls that were played to try things out in which it hit.
    played: u64,
    /// When it hit last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
}

/// A rule file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::web) struct File {
    /// Its path below the folder.
    pub(in crate::web) path: String,
    /// Whether it is the owner's; the others come with Portner and cannot be written.
    pub(in crate::web) own: bool,
    /// SHA-256 of its text in hex: send it as `If-Match` to write over it.
    pub(in crate::web) hash: String,
    /// What is written in it.
    pub(in crate::web) text: String,
}

/// Every rule file, with what is wrong or doubtful about them all.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules", operation_id = "getRules",
    responses(
        (status = 200, description = "The rules", body = Rules),
        (status = 401, description = "Without the token", body = Problem),
        (status = 500, description = "The rule folder cannot be read", body = Problem),
    )
)]
pub(super) async fn all(
    State(app): State<App>,
    shown: Shown,
) -> Result<axum::Json<Rules>, Problem> {
    let policies = app.state.service.policies();
    let version = policies.lines()[0].rules.version().to_owned();
    let trouble = policies
        .trouble()
        .map(|trouble| trouble.told().told_in(shown.language).to_owned());
    let rules = counted(&app).await;
    let found = blocking(move || {
        let files = read(&app.state.rules)?;
        let diagnostics = told_in(shown.language, check(&app, &files));
        Ok(Rules {
            version,
            trouble,
            writable: app.state.rules.folder.is_some(),
            files,
            diagnostics,
            rules,
        })
    });
    Ok(axum::Json(found.await?))
}

/// Every rule in force, and how often it hit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleHits {
    /// The rules, in the order of the files.
    rules: Vec<Counted>,
}

/// How often each rule in force hit; quicker than all about the rules, since nothing is checked.
#[utoipa::path(
    get, path = "/api/v1/rules/hits", tag = "rules", operation_id = "getRuleHits",
    responses(
        (status = 200, description = "The rules and their hits", body = RuleHits),
        (status = 401, description = "Without the token", body = Problem),
    )
)]
pub(super) async fn hits(State(app): State<App>) -> axum::Json<RuleHits> {
    let rules = counted(&app).await;
    axum::Json(RuleHits { rules })
}

/// Every rule in force with its hits. A store that is away makes the counts those since the start.
async fn counted(app: &App) -> Vec<Counted> {
    let service = &app.state.service;
    if let Some(store) = service.keeper().store()
        && let Err(error) = service.hits().load(store.as_ref()).await
    {
        tracing::warn!(%error, "the counts of rules could not be read");
    }
    let hits = service.hits().all();
    let policies = service.policies();
    let rules = policies.lines()[0].rules.rules();
    rules
        .iter()
        .map(|rule| {
            let hits = hits.get(&rule.id).copied().unwrap_or_default();
            Counted {
                id: rule.id.clone(),
                name: rule.name.clone(),
                file: rule.file.clone(),
                line: rule.line,
                tactic: rule.tactic.clone(),
                kind: rule.kind,
                points: rule.points,
                life: rule.life,
                calls: hits.calls,
                played: hits.played,
                last_at: hits.last_at,
            }
        })
        .collect()
}

/// What the writer knows of the file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Base {
    /// The file's hash when it was read, for those who cannot send `If-Match`.
    base: Option<String>,
}

/// What was written.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Written {
    /// The file as it now is.
    pub(in crate::web) file: File,
    /// What is doubtful about the rules, and works all the same.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
}

/// Writes a rule file, if all rules together work with it.
///
/// A file that is there is only written over with its hash in `If-Match` (or `?base=`), so that
/// nothing is lost that was changed meanwhile. The rules come into force as with any change of the
/// folder, within a second.
#[utoipa::path(
    put, path = "/api/v1/rules/{*path}", tag = "rules", operation_id = "putRules",
    params(
        ("path" = String, Path, description = "The file below the folder, `*.toml`"),
        ("If-Match" = Option<String>, Header, description = "The hash of the file when it was read"),
        Base,
    ),
    request_body(content = String, content_type = "text/plain", description = "The text of the file"),
    responses(
        (status = 200, description = "It is written", body = Written),
        (status = 400, description = "This is no path of a rule file", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 409, description = "The file was changed meanwhile, or nothing can be written here", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
        (status = 422, description = "The rules would not work", body = Problem),
        (status = 500, description = "The rule folder cannot be read", body = Problem),
        (status = 507, description = "The disk does not take the file", body = Problem),
    )
)]
pub(super) async fn put(
    State(app): State<App>,
    shown: Shown,
    Path(path): Path<String>,
    Query(base): Query<Base>,
    headers: HeaderMap,
    Text(text): Text,
) -> Result<axum::Json<Written>, Problem> {
    let path = below(&path)?;
    let base = headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.trim().trim_matches('"').to_owned())
        .or(base.base);
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Problem::too_large(bilingual!(
            "filen har {length} byte og må højst have {MAX_FILE_BYTES}",
            "the file has {length} bytes, and may have at most {MAX_FILE_BYTES}",
            length = text.len()
        )));
    }
    let mut written = replace_file(app, path, base, text).await?;
    written.diagnostics = told_in(shown.language, written.diagnostics);
    Ok(axum::Json(written))
}

/// Writes a rule file, one writer at a time.
pub(in crate::web) async fn replace_file(
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
    let Some(folder) = &app.state.rules.folder else {
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
    let mut files = read(&app.state.rules)?;
    let known = files.iter().position(|file| file.own && file.path == path);
    unchanged(known.map(|at| files[at].hash.as_str()), base)?;
    let file = File::own(path.to_owned(), text);
    let before = files.clone();
    match known {
        Some(at) => files[at] = file.clone(),
        None => files.push(file.clone()),
    }
    let diagnostics = check(app, &files);
    if !is_mended(&diagnostics, path, || check(app, &before)) {
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

impl File {
    /// The file as the rules read it.
    pub(in crate::web) fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            text: self.text.clone(),
        }
    }

    pub(in crate::web) fn own(path: String, text: String) -> Self {
        Self {
            own: true,
            hash: hex::encode(sha256(&text)),
            path,
            text,
        }
    }
}

/// Every file that counts, the shipped ones first.
pub(in crate::web) fn read(rules: &config::Rules) -> Result<Vec<File>, Problem> {
    let mut files = Vec::new();
    if rules.shipped {
        files.extend(rules::shipped().into_iter().map(|source| File {
            own: false,
            ..File::own(source.path, source.text)
        }));
    }
    let Some(folder) = &rules.folder else {
        return Ok(files);
    };
    match folder.read() {
        Ok(sources) => files.extend(sources.into_iter().map(|source| {
            let path = FilePath::new(&source.path);
            let path = path.strip_prefix(folder.path()).unwrap_or(path);
            File::own(path.display().to_string(), source.text)
        })),
        Err(error) => {
            return Err(Problem::internal(error).hint(bilingual!(
                "regelmappen kan ikke læses",
                "the rule folder cannot be read"
            )));
        }
    }
    Ok(files)
}

/// What is wrong or doubtful, for any of the lines. Examples that come with Portner are left aside:
/// what a line sells cancels some of them, and that is meant.
pub(in crate::web) fn check(app: &App, files: &[File]) -> Vec<Diagnostic> {
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
pub(in crate::web) fn below(text: &str) -> Result<String, Problem> {
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
