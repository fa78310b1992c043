//! Everything that is held on a telephone number, for whoever asks what that is (GDPR, article 15).

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::Path;
use crate::call::{Call, CallId, E164, ListEntry, Mark};
use crate::store::{CallFilter, marks};
use crate::web::App;
use crate::web::error::Problem;

/// How many calls are read at once.
const PORTION: usize = 200;
/// The most calls of a number that are given.
const MOST_CALLS: usize = 10_000;

/// Everything that is held on a number.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Held {
    /// The number.
    number: String,
    /// Its calls, newest first, with all that was said.
    calls: Vec<HeldCall>,
    /// The entries of the owner's lists that it falls under.
    entries: Vec<ListEntry>,
    /// What is still to be told outside about its calls.
    outbox: Vec<Uuid>,
}

/// A call of the number.
#[derive(Debug, Serialize, ToSchema)]
struct HeldCall {
    /// The call, whole.
    call: Call,
    /// What the owner thinks of it.
    mark: Option<Mark>,
}

/// Everything that is held on a number.
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
    Path(number): Path<String>,
) -> Result<axum::Json<Held>, Problem> {
    let number = E164::parse(&number).map_err(Problem::invalid)?;
    let store = app.store()?;
    let filter = CallFilter {
        caller: Some(number),
        simulated: true,
        ..CallFilter::default()
    };
    let mut calls = Vec::new();
    let mut before: Option<CallId> = None;
    while calls.len() < MOST_CALLS {
        let page = store.calls(&filter, before, PORTION).await?;
        for call in page.calls {
            let mark = marks::of(store.as_ref(), call.id).await?;
            calls.push(HeldCall { call, mark });
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let jobs = app.state.service.outbox().await?;
    let outbox = jobs
        .iter()
        .filter(|job| calls.iter().any(|held| held.call.id == job.call))
        .map(|job| job.id)
        .collect();
    Ok(axum::Json(Held {
        number: number.full(),
        entries: store.entries_matching(number).await?,
        calls,
        outbox,
    }))
}
