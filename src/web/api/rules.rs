//! Rule files, read and written. What would not work is never written.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query, Text};
use crate::call::{EvidenceKind, bilingual};
use crate::rules::{Diagnostic, Life, MAX_FILE_BYTES};
use crate::web::App;
use crate::web::error::{Problem, told_in};
use crate::web::files::blocking;
use crate::web::language::Shown;
use crate::web::rule_files::{File, Written, below, check, read, replace_file};

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

/// Every rule file, with what is wrong or doubtful about them all.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules", operation_id = "getRules",
    responses(
        (status = 200, description = "The rules", body = Rules),
        (status = 401, description = "Without the token", body = Problem),
        (status = 500, description = "The rule folder cannot be read", body = Problem),
        (status = 503, description = "The store is away, and no token was read of it yet", body = Problem),
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
        let own = app.state.rules();
        let files = read(&own)?;
        let diagnostics = told_in(shown.language, check(&app, &files));
        Ok(Rules {
            version,
            trouble,
            writable: own.folder.is_some(),
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
        (status = 503, description = "The store is away, and no token was read of it yet", body = Problem),
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
        (status = 503, description = "The store is away, and no token was read of it yet", body = Problem),
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
