//! The owner's lists as files.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MOST_ROWS;
use super::extract::{Path, Query};
use super::lists::{line_named, named};
use crate::call::ListName;
use crate::store::ListChange;
use crate::transfer::{self, Defaults, Format, Refusal};
use crate::web::App;
use crate::web::error::Problem;

/// How a file is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// The list, for rows that name none.
    list: Option<String>,
    /// Whether all rows are taken or none.
    #[serde(default)]
    strict: bool,
    /// The country (ISO 3166) of numbers without country code; `DK` when nothing is said.
    region: Option<String>,
}

/// What came of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imported {
    /// How many entries were taken.
    imported: usize,
    /// The rows that were not, and why.
    #[schema(value_type = Vec<Object>)]
    refused: Vec<Refusal>,
}

/// Reads entries from a file, CSV or vCard; which of them, the file itself tells.
///
/// With `strict` nothing is taken when a row is refused. What is taken, is taken at once.
#[utoipa::path(
    post, path = "/api/v1/lists/import", tag = "lists", operation_id = "importEntries",
    params(How),
    request_body(content((String = "text/csv"), (String = "text/vcard"))),
    responses(
        (status = 200, description = "What came of it", body = Imported),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list", body = Problem),
        (status = 413, description = "The file is too large for one request", body = Problem),
        (status = 422, description = "Nothing of the file can be read", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn import(
    State(app): State<App>,
    Query(how): Query<How>,
    file: Bytes,
) -> Result<axum::Json<Imported>, Problem> {
    let list = how.list.as_deref().map(named).transpose()?;
    let now = app.state.service.clock().now();
    let time_zone = app.state.service.policies().lines()[0]
        .line
        .time_zone
        .clone();
    let defaults = Defaults {
        list,
        region: how.region.unwrap_or_else(|| "DK".to_owned()).to_uppercase(),
        time_zone,
        now,
    };
    let read =
        tokio::task::spawn_blocking(move || transfer::import(Format::of(&file), &file, &defaults));
    let read = read
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::unacceptable)?;
    let mut imported = 0;
    if !how.strict || read.refused.is_empty() {
        for line in read.entries.iter().filter_map(|entry| entry.line.as_ref()) {
            line_named(&app, line.0.clone())?;
        }
        imported = read.entries.len();
        let changes = read.entries.into_iter().map(ListChange::Put).collect();
        app.store()?.change_lists(changes).await?;
    }
    Ok(axum::Json(Imported {
        imported,
        refused: read.refused,
    }))
}

/// How a file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct As {
    /// `csv` or `vcard`; `csv` when nothing is said.
    #[param(inline)]
    format: Option<FileFormat>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FileFormat {
    Csv,
    Vcard,
}

/// A whole list as a file.
#[utoipa::path(
    get, path = "/api/v1/lists/{list}/export", tag = "lists", operation_id = "exportEntries",
    params(("list" = ListName, Path, description = "The list"), As),
    responses(
        (status = 200, description = "The file", content(
            (String = "text/csv"), (String = "text/vcard"))),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    Path(list): Path<String>,
    Query(how): Query<As>,
) -> Result<Response, Problem> {
    let list = named(&list)?;
    let store = app.store()?;
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let page = store.entries(list, after, MOST_ROWS).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.pattern);
        entries.extend(page);
    }
    let (format, media_type) = match how.format {
        Some(FileFormat::Vcard) => (Format::VCard, "text/vcard; charset=utf-8"),
        Some(FileFormat::Csv) | None => (Format::Csv, "text/csv; charset=utf-8; header=present"),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        ),
    ];
    Ok((headers, transfer::export(format, &entries)).into_response())
}
