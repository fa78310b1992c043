//! The owner's lists, read and written by hand.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Json, Path, Query};
use super::rows;
use crate::call::{
    Bilingual, LineId, ListEntry, ListName, NumberPattern, Origin, bilingual, harmless,
};
use crate::store::ListChange;
use crate::transfer::MAX_NOTE_CHARS;
use crate::web::error::Problem;
use crate::web::seen::{EntryPage, Seen};

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Only entries after this pattern: `next` of the page before.
    after: Option<String>,
    /// How many, up to 500; all entries of one pattern come together.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
}

/// Entries of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entries {
    /// The entries, in the order of their patterns.
    entries: Vec<ListEntry>,
    /// Pass it as `after` for the next page; there is none after the last.
    #[schema(value_type = Option<String>)]
    next: Option<NumberPattern>,
}

/// A list, page by page.
#[utoipa::path(
    get, path = "/api/v1/lists/{list}", tag = "lists", operation_id = "listEntries",
    params(("list" = ListName, Path, description = "The list"), Part),
    responses(
        (status = 200, description = "A page of entries", body = Entries),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn page(
    app: Seen,
    Path(list): Path<String>,
    Query(part): Query<Part>,
) -> Result<axum::Json<Entries>, Problem> {
    let list = named(&list)?;
    let after = part.after.as_deref().map(pattern).transpose()?;
    let limit = rows(part.limit)?;
    let EntryPage { entries, next } = app.entries(list, after, limit).await?;
    Ok(axum::Json(Entries { entries, next }))
}

/// Which of the entries of a pattern is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfLine {
    /// The entry for this line; without it, the one for all lines.
    line: Option<String>,
}

/// Every entry of one pattern.
#[utoipa::path(
    get, path = "/api/v1/lists/{list}/{pattern}", tag = "lists", operation_id = "getEntries",
    params(
        ("list" = ListName, Path, description = "The list"),
        ("pattern" = String, Path, description = "`+4571234567`, or `+4571*` for all that begin so"),
    ),
    responses(
        (status = 200, description = "The entries, one for each line at most", body = Entries),
        (status = 400, description = "This is no pattern", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list or entry", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn one(
    app: Seen,
    Path((list, text)): Path<(String, String)>,
) -> Result<axum::Json<Entries>, Problem> {
    let (list, pattern) = (named(&list)?, pattern(&text)?);
    let entries = app.entries_of(list, pattern).await?;
    if entries.is_empty() {
        return Err(not_listed(list, pattern));
    }
    Ok(axum::Json(Entries {
        entries,
        next: None,
    }))
}

/// What is written about a pattern.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NewEntry {
    /// Who this is, in the owner's words; at most 500 characters.
    #[schema(max_length = 500)]
    note: String,
    /// The line it holds for; without one it holds for all.
    line: Option<String>,
    /// When it stops to hold; without it, never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Whether somebody insists.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Insistence {
    /// Writes it though it would have turned callers away who were put through.
    #[serde(default)]
    insist: bool,
}

/// Writes an entry, in place of the one with the same pattern and line.
///
/// A beginning of numbers is blocked only if none of the last 1,000 callers who were put through would be
/// turned away by it, or somebody insists.
#[utoipa::path(
    put, path = "/api/v1/lists/{list}/{pattern}", tag = "lists", operation_id = "putEntry",
    params(
        ("list" = ListName, Path, description = "The list"),
        ("pattern" = String, Path, description = "`+4571234567`, or `+4571*` for all that begin so"),
        Insistence,
    ),
    request_body = NewEntry,
    responses(
        (status = 200, description = "The entry as it now is", body = ListEntry),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list", body = Problem),
        (status = 409, description = "It would turn callers away who were put through", body = Problem),
        (status = 415, description = "The body is not JSON", body = Problem),
        (status = 422, description = "The entry cannot be accepted", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn put(
    app: Seen,
    Path((list, text)): Path<(String, String)>,
    Query(how): Query<Insistence>,
    Json(new): Json<NewEntry>,
) -> Result<axum::Json<ListEntry>, Problem> {
    let (list, pattern) = (named(&list)?, pattern(&text)?);
    let now = app.now();
    let entry = ListEntry {
        pattern,
        list,
        line: new.line.map(|line| line_named(&app, line)).transpose()?,
        note: note(&new.note)?,
        origin: Origin::Owner,
        added_at: now,
        expires_at: new.expires_at,
    };
    if entry.expires_at.is_some_and(|end| end <= now) {
        return Err(Problem::unacceptable(bilingual!(
            "expires_at: den tid er forbi, så det ville aldrig gælde",
            "expires_at: this moment has passed, so the entry would never hold"
        )));
    }
    if !how.insist
        && let Some(harm) = app.harm_of(&entry).await?
    {
        return Err(
            Problem::conflict(Bilingual::of(|language| harm.words(language))).hint(bilingual!(
                "skriv mere af nummeret, eller insister (`?insist=true`)",
                "write more of the number, or insist (`?insist=true`)"
            )),
        );
    }
    let change = ListChange::Put(entry.clone());
    app.change_lists(vec![change]).await?;
    Ok(axum::Json(entry))
}

/// Removes an entry.
#[utoipa::path(
    delete, path = "/api/v1/lists/{list}/{pattern}", tag = "lists", operation_id = "removeEntry",
    params(
        ("list" = ListName, Path, description = "The list"),
        ("pattern" = String, Path, description = "`+4571234567`, or `+4571*` for all that begin so"),
        OfLine,
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list or entry", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn remove(
    app: Seen,
    Path((list, text)): Path<(String, String)>,
    Query(of): Query<OfLine>,
) -> Result<StatusCode, Problem> {
    let (list, pattern) = (named(&list)?, pattern(&text)?);
    let line = of.line.map(LineId);
    if app.entry(list, pattern, line.as_ref()).await?.is_none() {
        return Err(not_listed(list, pattern));
    }
    let change = ListChange::Remove {
        list,
        pattern,
        line,
    };
    app.change_lists(vec![change]).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn named(text: &str) -> Result<ListName, Problem> {
    ListName::parse(text).ok_or_else(|| {
        Problem::not_found(bilingual!(
            "der er ingen liste “{text}”",
            "there is no list “{text}”"
        ))
        .hint(bilingual!(
            "listerne er allow, wanted og block",
            "the lists are allow, wanted and block"
        ))
    })
}

fn pattern(text: &str) -> Result<NumberPattern, Problem> {
    NumberPattern::parse(text).map_err(|error| {
        let told = error.told();
        Problem::invalid(Bilingual::of(|language| {
            format!("“{text}”: {}", told.told_in(language))
        }))
        .hint(bilingual!(
            "sådan som +4571234567, eller +4571* for alle numre, der begynder sådan",
            "such as +4571234567, or +4571* for all numbers that begin so"
        ))
    })
}

pub(super) fn line_named(app: &Seen, line: String) -> Result<LineId, Problem> {
    let policies = app.policies();
    let line = LineId(line);
    if policies.lines().iter().any(|own| own.line.id == line) {
        return Ok(line);
    }
    let own: Vec<&str> = policies
        .lines()
        .iter()
        .map(|own| own.line.id.0.as_str())
        .collect();
    Err(Problem::unacceptable(bilingual!(
        "line: der er ingen linje “{line}”",
        "line: there is no line “{line}”"
    ))
    .hint(bilingual!(
        "linjerne er: {lines}",
        "the lines are: {lines}",
        lines = own.join(", ")
    )))
}

fn note(text: &str) -> Result<String, Problem> {
    let text: String = harmless(text).collect();
    let text = text.trim();
    let length = text.chars().count();
    if length > MAX_NOTE_CHARS {
        return Err(Problem::unacceptable(bilingual!(
            "note: {length} tegn er mere end {MAX_NOTE_CHARS}",
            "note: {length} characters are more than {MAX_NOTE_CHARS}"
        )));
    }
    Ok(text.to_owned())
}

fn not_listed(list: ListName, pattern: NumberPattern) -> Problem {
    Problem::not_found(bilingual!(
        "{number} står ikke på listen {list}",
        "{number} is not on the list {list}",
        number = pattern.full(),
        list = list.as_str()
    ))
}
