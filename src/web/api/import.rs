//! A file of entries, taken onto the lists.
//!
//! Every request stands for itself: a long file may come in pieces, one request each, and whoever
//! sends them knows how far it is.

use std::collections::{HashMap, HashSet};

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::Query;
use super::lists::line_named;
use crate::call::{Language, LineId, ListEntry, ListName, NumberPattern, Origin, bilingual};
use crate::store::ListChange;
use crate::transfer::{self, Defaults, Format, Import, MAX_BYTES, Remark, TransferError};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// How many entries are looked up before calls get their turn again.
const AT_ONCE: usize = 500;

/// How a file is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// The list, for rows that name none.
    #[param(inline)]
    list: Option<ListName>,
    /// The line, for rows that name none; without it, those hold for all lines.
    line: Option<String>,
    /// The country (ISO 3166, two letters) of numbers without country code.
    #[param(default = "DK", min_length = 2, max_length = 2)]
    region: Option<String>,
    /// Whether all rows are taken or none.
    #[serde(default)]
    strict: bool,
    /// Whether only to say what would come of it.
    #[serde(default)]
    dry_run: bool,
    /// Takes beginnings of numbers to block too, of rows that say in `origin` that the owner wrote them.
    #[serde(default)]
    insist: bool,
}

/// What came of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    /// How many entries were taken; with `dry_run`, how many would be.
    taken: usize,
    /// How many of them were on their list already and are written anew.
    replaced: usize,
    /// The rows that were not taken, in the order of the file.
    refused: Vec<RowRemark>,
    /// The rows that were taken and are probably not meant, such as a number with a digit missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    doubtful: Vec<RowRemark>,
    /// The headings of columns in which something stands that was not read, since no such column is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    unread: Vec<String>,
}

/// A row that was not taken, or is to be looked at.
#[derive(Debug, Serialize, ToSchema)]
struct RowRemark {
    /// The line of the table that it begins in, from 1; of contacts, the place in the file.
    row: usize,
    /// What stands there.
    value: String,
    /// What is wrong with it.
    reason: String,
    /// What to do.
    suggestion: String,
}

impl RowRemark {
    fn all(refused: Vec<Remark>, language: Language) -> Vec<Self> {
        let told = |refusal: Remark| Self {
            row: refusal.row,
            value: refusal.value,
            reason: refusal.reason.told_in(language).to_owned(),
            suggestion: refusal.suggestion.told_in(language).to_owned(),
        };
        refused.into_iter().map(told).collect()
    }
}

/// Why nothing of a file was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NothingTaken {
    #[serde(flatten)]
    problem: Problem,
    /// The rows that are refused; missing when something else is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    refused: Vec<RowRemark>,
}

impl NothingTaken {
    fn because(refused: Vec<Remark>, language: Language) -> Self {
        let rows = refused.len();
        let first = refused.first().map_or(0, |refusal| refusal.row);
        let problem = Problem::unacceptable(if rows == 1 {
            bilingual!(
                "række {first} er afvist; intet er optaget",
                "row {first} is refused; nothing was taken"
            )
        } else {
            bilingual!(
                "{rows} rækker er afvist, den første er række {first}; intet er optaget",
                "{rows} rows are refused, the first of them row {first}; nothing was taken"
            )
        })
        .hint(bilingual!(
            "ret rækkerne i `refused`, eller udelad strict for at optage de andre",
            "mend the rows in `refused`, or leave out strict to take the others"
        ));
        Self {
            problem: problem.for_readers_of(language),
            refused: RowRemark::all(refused, language),
        }
    }
}

impl IntoResponse for NothingTaken {
    fn into_response(self) -> Response {
        (self.problem.status(), axum::Json(self)).into_response()
    }
}

/// A file, as its `Content-Type` says that it is to be read.
pub(super) struct File {
    format: Format,
    bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let format = format(request.headers())?;
        // A length that is said beforehand spares reading what is refused anyway.
        if request.body().size_hint().lower() > MAX_BYTES as u64 {
            return Err(too_large());
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::unreadable(&rejection.body_text()),
        })?;
        Ok(Self { format, bytes })
    }
}

fn too_large() -> Problem {
    Problem::too_large(bilingual!(
        "filen har mere end {MAX_BYTES} byte",
        "the file has more than {MAX_BYTES} bytes"
    ))
    .hint(bilingual!(
        "del den, og send stykkerne efter hinanden",
        "split it and send the pieces one after another"
    ))
}

fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    match kind.as_deref() {
        Some("text/csv") => Ok(Format::Csv),
        Some("text/vcard" | "text/x-vcard") => Ok(Format::VCard),
        _ => Err(Problem::media_type(bilingual!(
            "dette er hverken en tabel eller kontakter",
            "this is neither a table nor contacts"
        ))
        .hint(bilingual!(
            "sig med `Content-Type`, hvad det er: text/csv eller text/vcard",
            "say with `Content-Type` which it is: text/csv or text/vcard"
        ))),
    }
}

/// Takes the entries of a file onto the lists, all in one change.
///
/// With `strict` nothing is taken when any row is refused. An entry that is on its list already
/// is written anew, with `added` and `origin` as the file has them. A beginning of numbers blocks only
/// where the owner writes it by hand, so such rows are refused, except those that say so and are on the
/// list already, or with `insist`. The same file twice is the same as once.
#[utoipa::path(
    post, path = "/api/v1/lists/import", tag = "lists", operation_id = "importEntries",
    params(How),
    request_body(description = "The file, or a piece of a long one", content(
        (String = "text/csv"), (String = "text/vcard"))),
    responses(
        (status = 200, description = "What came of it", body = Report),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 413, description = "The file has too many bytes; send it in pieces", body = Problem),
        (status = 415, description = "The body is neither a table nor contacts", body = Problem),
        (status = 422, description = "Nothing was taken: with `strict` a row is refused, no row \
            can be read at all, or there is no such line", body = NothingTaken),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn import(
    app: Seen,
    shown: Shown,
    Query(how): Query<How>,
    File { format, bytes }: File,
) -> Result<Response, Problem> {
    let line = how.line.map(|line| line_named(&app, line)).transpose()?;
    let policies = app.policies();
    let lines: Vec<LineId> = policies
        .lines()
        .iter()
        .map(|own| own.line.id.clone())
        .filter(|line| app.may_change(Some(line)))
        .collect();
    let defaults = Defaults {
        list: how.list,
        region: region(how.region)?,
        time_zone: policies.lines()[0].line.time_zone.clone(),
        now: app.now(),
    };
    let read =
        tokio::task::spawn_blocking(move || transfer::import(format, &bytes, &defaults)).await;
    let mut read = read.map_err(Problem::internal)?.map_err(unreadable)?;
    let his = by_hand(&app, &read, line.as_ref()).await?;
    read.take_by_hand(|entry| how.insist || his.contains(&(entry.pattern, entry.line.clone())));
    let doubtful = std::mem::take(&mut read.doubtful);
    let unread = std::mem::take(&mut read.unread);
    let fit = tokio::task::spawn_blocking(move || fitted(read, line.as_ref(), &lines)).await;
    let (entries, refused) = fit.map_err(Problem::internal)?;
    if how.strict && !refused.is_empty() {
        return Ok(NothingTaken::because(refused, shown.language).into_response());
    }
    let report = Report {
        taken: entries.len(),
        replaced: known(&app, &entries).await?,
        refused: RowRemark::all(refused, shown.language),
        doubtful: RowRemark::all(doubtful, shown.language),
        unread,
    };
    if !how.dry_run && !entries.is_empty() {
        let changes = entries.into_iter().map(ListChange::Put).collect();
        app.change_lists(changes).await?;
    }
    Ok(axum::Json(report).into_response())
}

/// Those beginnings of numbers that the owner blocks by hand already, for the same line.
async fn by_hand(
    app: &Seen,
    read: &Import,
    meant: Option<&LineId>,
) -> Result<HashSet<(NumberPattern, Option<LineId>)>, Problem> {
    let mut his = HashSet::new();
    for portion in read.by_hand.chunks(AT_ONCE) {
        for (_, entry) in portion {
            let line = entry.line.as_ref().or(meant);
            let listed = app.entries_of(entry.list, entry.pattern).await?;
            let is_his = |one: &ListEntry| one.origin == Origin::Owner && one.line.as_ref() == line;
            if listed.iter().any(is_his) {
                his.insert((entry.pattern, entry.line.clone()));
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(his)
}

fn unreadable(error: TransferError) -> Problem {
    match error {
        TransferError::TooLarge(_) => Problem::too_large(error.told()),
        TransferError::TooManyRows | TransferError::NoNumbers | TransferError::Empty => {
            Problem::unacceptable(error.told())
        }
    }
}

fn region(text: Option<String>) -> Result<String, Problem> {
    let region = text.map_or_else(|| "DK".to_owned(), |text| text.to_ascii_uppercase());
    if region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(region)
    } else {
        Err(Problem::invalid(bilingual!(
            "region: “{region}” er ikke et land",
            "region: “{region}” is no country"
        ))
        .hint(bilingual!(
            "skriv dets to bogstaver, sådan som DK",
            "write its two letters, such as DK"
        )))
    }
}

/// What fits this installation: rows for other lines than those that he may change are refused; those without a line get
/// the one that is meant for them, and are refused where they become the same as another by that.
fn fitted(
    mut read: Import,
    meant: Option<&LineId>,
    lines: &[LineId],
) -> (Vec<ListEntry>, Vec<Remark>) {
    read.refuse_unknown_lines(lines);
    let mut first = HashMap::new();
    for entry in &mut read.entries {
        entry.line = entry.line.take().or_else(|| meant.cloned());
    }
    read.refuse(|row, entry| {
        let name = (entry.list, entry.pattern, entry.line.clone());
        let Some(earlier) = first.get(&name) else {
            first.insert(name, row);
            return None;
        };
        Some(Remark {
            row,
            value: entry.pattern.full(),
            reason: bilingual!(
                "dette nummer står i række {earlier} i forvejen",
                "this number stands in row {earlier} already"
            ),
            suggestion: bilingual!("udelad en af dem", "leave out one of them"),
        })
    });
    (read.entries, read.refused)
}

/// How many of these are on their list already.
async fn known(app: &Seen, entries: &[ListEntry]) -> Result<usize, Problem> {
    let mut known = 0;
    for portion in entries.chunks(AT_ONCE) {
        for entry in portion {
            let listed = app.entries_of(entry.list, entry.pattern).await?;
            known += usize::from(listed.iter().any(|one| one.line == entry.line));
        }
        tokio::task::yield_now().await;
    }
    Ok(known)
}
