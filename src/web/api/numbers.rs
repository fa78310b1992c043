//! Everything that is held on a telephone number, for whoever asks what that is (GDPR, article 15),
//! and for whoever wants it gone (article 17).

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde_json::Value;

use super::calls::told;
use super::extract::Path;
use crate::call::E164;
use crate::service::erase::Erased;
use crate::service::held::Held;
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::error::Problem;

/// Everything that is held on a number. Where the owner's phone rings is masked for whoever only looks.
#[utoipa::path(
    get, path = "/api/v1/numbers/{number}", tag = "calls", operation_id = "exportNumber",
    params(("number" = String, Path, description = "The number, with its country code")),
    responses(
        (status = 200, description = "Everything that is held", body = Held),
        (status = 400, description = "This is no number", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn held(
    State(app): State<App>,
    visitor: Extension<Visitor>,
    Path(number): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let number = E164::parse(&number).map_err(|error| Problem::invalid(error.told()))?;
    let held = app.state.service.held(number).await?;
    Ok(axum::Json(told(&held, visitor.rights.own_everything())?))
}

/// Erases everything that is held on a number, from every file of the store.
///
/// Nothing brings it back. Backups that were made before still hold it, and so may stores that were put
/// aside, which the answer names. Recorded messages are removed
/// by the provider; until that is done, the outbox says so.
#[utoipa::path(
    delete, path = "/api/v1/numbers/{number}", tag = "calls", operation_id = "eraseNumber",
    params(("number" = String, Path, description = "The number, with its country code")),
    responses(
        (status = 200, description = "It is erased", body = Erased),
        (status = 202, description = "It is erased, and the store is still being written anew without it: ask again to see that done", body = Erased),
        (status = 400, description = "This is no number", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 409, description = "The number is in a call right now", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn erase(
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<(StatusCode, axum::Json<Erased>), Problem> {
    let number = E164::parse(&number).map_err(|error| Problem::invalid(error.told()))?;
    let service = std::sync::Arc::clone(&app.state.service);
    // Whoever asked may not wait for it; it is carried through all the same.
    let erasing = tokio::spawn(async move { service.erase(number).await });
    let erased = erasing.await.map_err(Problem::internal)?;
    let erased = erased?;
    let status = if erased.scrubbed {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, axum::Json(erased)))
}
