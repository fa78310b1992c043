//! What is still to be told outside, and what was given up.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::Path;
use crate::call::{Effect, bilingual};
use crate::service::outbox::is_given_up;
use crate::store::Job;
use crate::web::App;
use crate::web::error::Problem;

/// Everything that is still to be told outside.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Outbox {
    /// What is due next comes first, what was given up last.
    jobs: Vec<Waiting>,
}

/// Something that is still to be told outside.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    /// Its own name.
    id: Uuid,
    /// The call it comes from; none for a trouble.
    call: Option<String>,
    /// How it is told.
    kind: Kind,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next; none when it was given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
}

/// How something is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// By a text message.
    Text,
    /// By a webhook.
    Webhook,
    /// By a mail.
    Mail,
    /// The provider is to remove a recorded message.
    Removal,
    /// Not at all: nothing is left to do.
    Nothing,
}

/// The outbox.
#[utoipa::path(
    get, path = "/api/v1/outbox", tag = "installation", operation_id = "getOutbox",
    responses(
        (status = 200, description = "What waits and what was given up", body = Outbox),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<Outbox>, Problem> {
    let jobs = app.state.service.outbox().await?;
    Ok(axum::Json(Outbox {
        jobs: jobs.into_iter().map(waiting).collect(),
    }))
}

fn waiting(job: Job) -> Waiting {
    let given_up = is_given_up(&job);
    let of_a_call = job.call.as_bytes() != &[0; 16];
    Waiting {
        id: job.id,
        call: of_a_call.then(|| job.call.to_string()),
        kind: match job.effect {
            Effect::Text { .. } => Kind::Text,
            Effect::Notify { .. } => Kind::Webhook,
            Effect::Mail { .. } => Kind::Mail,
            Effect::DeleteRecording { .. } => Kind::Removal,
            Effect::List(_) | Effect::RefuseCampaign { .. } => Kind::Nothing,
        },
        attempts: job.attempts,
        due: (!given_up).then_some(job.due),
    }
}

/// Sends something of the outbox now.
#[utoipa::path(
    post, path = "/api/v1/outbox/{id}/send", tag = "installation", operation_id = "sendAgain",
    params(("id" = Uuid, Path, description = "Its name")),
    responses(
        (status = 202, description = "It is sent now"),
        (status = 400, description = "That is no name", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such thing in the outbox", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn send(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    if app.state.service.send_again(id).await? {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(none(id))
    }
}

/// Drops something of the outbox: it is never sent.
#[utoipa::path(
    delete, path = "/api/v1/outbox/{id}", tag = "installation", operation_id = "dropJob",
    params(("id" = Uuid, Path, description = "Its name")),
    responses(
        (status = 204, description = "It is dropped"),
        (status = 400, description = "That is no name", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such thing in the outbox", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn remove(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    if app.state.service.drop_job(id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(none(id))
    }
}

fn none(id: Uuid) -> Problem {
    Problem::not_found(bilingual!(
        "intet i udbakken hedder {id}",
        "nothing in the outbox is called {id}"
    ))
}
