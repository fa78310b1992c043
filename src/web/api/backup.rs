//! A copy of everything that is kept, as a file.

use std::fs::File;
use std::io::{self, Read as _};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::call::bilingual;
use crate::store::{StoreError, backups};
use crate::telemetry::Work;
use crate::web::App;
use crate::web::error::Problem;
use crate::web::server::Lasting;

/// How many bytes are read and sent at once.
const PIECE: usize = 64 * 1024;

/// A copy of everything that is kept: calls, lists, marks, what is still to be done, settings.
///
/// It is as things were when the answer begins, and is made while calls go on. Its last bytes are
/// a checksum of the rest. `portner restore` takes it back. The hashes of passwords and the secrets of
/// codes are in it too, so it is for owners of everything only.
#[utoipa::path(
    get, path = "/api/v1/backup", tag = "installation", operation_id = "getBackup",
    responses(
        (status = 200, description = "The copy", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "Without the token", body = Problem),
        (status = 403, description = "The account does not own everything", body = Problem),
        (status = 409, description = "Another copy is being made, or the store is in memory only", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
        (status = 507, description = "The disk does not take a copy", body = Problem),
    )
)]
pub(super) async fn backup(State(app): State<App>) -> Result<Response, Problem> {
    let store = app.store()?;
    let file = store.backup().await.map_err(not_made)?;
    let at = app.state.service.clock().now();
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(async move {
        let sent = tokio::task::spawn_blocking(move || read(file, &sender));
        if let Ok(true) = sent.await {
            app.state.metrics.done(Work::Backup, at);
            if let Err(error) = backups::note(store.as_ref(), at).await {
                tracing::warn!(%error, "that a backup was made could not be noted");
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"portner.backup\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(ReceiverStream::new(pieces));
    Ok((headers, Extension(Lasting), body).into_response())
}

/// Why there is no copy. A store that cannot write one may serve calls well all the same.
fn not_made(error: StoreError) -> Problem {
    match error {
        StoreError::Io(reason) => Problem::unwritable(bilingual!(
            "der er ikke taget nogen sikkerhedskopi: {reason}",
            "no backup was made: {reason}"
        )),
        error => error.into(),
    }
}

/// Sends the file until it ends or nobody reads on; whether all of it was sent.
fn read(mut file: File, to: &mpsc::Sender<io::Result<Bytes>>) -> bool {
    loop {
        let mut piece = vec![0; PIECE];
        let sent = match file.read(&mut piece) {
            Ok(0) => return true,
            Ok(length) => {
                piece.truncate(length);
                to.blocking_send(Ok(piece.into()))
            }
            Err(error) => {
                tracing::warn!(%error, "a backup broke off");
                to.blocking_send(Err(error)).ok();
                return false;
            }
        };
        if sent.is_err() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_copy_that_is_refused_is_told_from_one_that_the_disk_does_not_take() {
        for (error, status) in [
            (StoreError::BackupRuns, StatusCode::CONFLICT),
            (StoreError::KeepsNothing, StatusCode::CONFLICT),
            (
                StoreError::Io("full".into()),
                StatusCode::INSUFFICIENT_STORAGE,
            ),
            (StoreError::Closed, StatusCode::SERVICE_UNAVAILABLE),
        ] {
            assert_eq!(not_made(error).status(), status);
        }
    }
}
