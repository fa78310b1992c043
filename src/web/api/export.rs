//! A list as a file, written while it is sent.

use std::io;

use axum::Extension;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query};
use super::lists::named;
use crate::call::ListName;
use crate::transfer::{self, Format};
use crate::web::error::Problem;
use crate::web::seen::{EntryPage, Seen};
use crate::web::server::Lasting;

/// How many entries are read and written at once.
const PORTION: usize = 1_000;

/// How the file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Written {
    /// As a table for spreadsheets, or as contacts.
    #[serde(default)]
    #[param(inline, default = "csv")]
    format: FileFormat,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FileFormat {
    #[default]
    Csv,
    Vcard,
}

/// A whole list as a file, with entries that have expired. An import reads it.
#[utoipa::path(
    get, path = "/api/v1/lists/{list}/export", tag = "lists", operation_id = "exportEntries",
    params(("list" = ListName, Path, description = "The list"), Written),
    responses(
        (status = 200, description = "The file", content(
            (String = "text/csv"), (String = "text/vcard"))),
        (status = 400, description = "There is no such format", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such list", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn export(
    app: Seen,
    Path(list): Path<String>,
    Query(written): Query<Written>,
) -> Result<Response, Problem> {
    let list = named(&list)?;
    let (format, kind, ending) = match written.format {
        FileFormat::Csv => (
            Format::Csv,
            "text/csv; charset=utf-8; header=present",
            "csv",
        ),
        FileFormat::Vcard => (Format::VCard, "text/vcard; charset=utf-8", "vcf"),
    };
    // The first portion before the answer begins, so that a store that is away is told as such.
    let first = app.entries(list, None, PORTION).await?;
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(write(app, list, format, first, sender));
    let name = format!("attachment; filename=\"{}.{ending}\"", list.as_str());
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    let body = Body::from_stream(ReceiverStream::new(pieces));
    Ok((headers, Extension(Lasting), body).into_response())
}

/// Sends the file piece by piece, until the list ends or nobody reads on. A store that fails
/// meanwhile breaks the answer off, so that half a file is not taken for a whole one.
async fn write(
    app: Seen,
    list: ListName,
    format: Format,
    first: EntryPage,
    to: mpsc::Sender<Result<String, io::Error>>,
) {
    let heading = transfer::export(format, &[]);
    let mut piece = transfer::export(format, &first.entries);
    let mut next = first.next;
    loop {
        if to.send(Ok(piece)).await.is_err() {
            return;
        }
        if next.is_none() {
            return;
        }
        let page = match app.entries(list, next, PORTION).await {
            Ok(page) => page,
            Err(problem) => {
                tracing::warn!(error = problem.message().english(), "an export broke off");
                let _ = to
                    .send(Err(io::Error::other(problem.message().english())))
                    .await;
                return;
            }
        };
        next = page.next;
        let whole = transfer::export(format, &page.entries);
        piece = whole.strip_prefix(&heading).unwrap_or(&whole).to_owned();
    }
}
