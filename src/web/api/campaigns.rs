//! Campaigns: calls that open nearly alike, and what the owner wants of them.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::calls::call_id;
use super::extract::{Json, Path, Query};
use super::rows;
use crate::call::{CallId, bilingual};
use crate::screening::campaign::{Campaign, Sighting};
use crate::service::campaigns::RefuseError;
use crate::web::App;
use crate::web::error::Problem;

/// How long a campaign is refused when nothing is said.
const REFUSE_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Which campaigns are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only those with so many calls; refused ones are always told.
    #[serde(default = "two")]
    #[param(minimum = 1, default = 2)]
    calls: u32,
    /// Whether those of calls that were played to try things out are wanted too.
    #[serde(default = "yes")]
    #[param(default = true)]
    simulated: bool,
    /// How many at most, up to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
}

fn two() -> u32 {
    2
}

fn yes() -> bool {
    true
}

/// Campaigns, the one with the newest call first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Campaigns {
    /// The campaigns.
    campaigns: Vec<CampaignShown>,
    /// How many there are that match, told or not.
    total: usize,
}

/// Calls that open nearly alike.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CampaignShown {
    /// Its name for programs: its first call.
    id: CallId,
    /// Its name for people: its commonest words. Hostile text.
    name: String,
    /// How its first call opened. Hostile text.
    opening: String,
    /// How many calls it has.
    calls: u32,
    /// From how many numbers the newest of them came; withheld ones count as one.
    numbers: usize,
    /// When the first one came.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// When the newest one came.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// Until when it is refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    refused_until: Option<Timestamp>,
    /// Only calls that were played to try things out.
    simulated: bool,
    /// The newest of its calls, at most 20.
    sightings: Vec<Sighting>,
}

impl CampaignShown {
    fn of(campaign: &Campaign, now: Timestamp) -> Self {
        Self {
            id: campaign.id,
            name: campaign.name(),
            opening: campaign.opening.clone(),
            calls: campaign.calls,
            numbers: campaign.numbers(),
            first_at: campaign.first_at,
            last_at: campaign.last_at(),
            refused_until: campaign.refused_until.filter(|until| now < *until),
            simulated: campaign.simulated,
            sightings: campaign.sightings.clone(),
        }
    }
}

/// Calls that open nearly alike, from several numbers or on several days.
#[utoipa::path(
    get, path = "/api/v1/campaigns", tag = "campaigns", operation_id = "listCampaigns",
    params(Wanted),
    responses(
        (status = 200, description = "The campaigns", body = Campaigns),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<Campaigns>, Problem> {
    let limit = rows(wanted.limit)?;
    let service = &app.state.service;
    service.campaigns().load(app.store()?.as_ref()).await?;
    let now = service.clock().now();
    let mut all = service.campaigns().all();
    all.retain(|one| {
        (one.calls >= wanted.calls || one.is_refused(now)) && (wanted.simulated || !one.simulated)
    });
    let shown = all
        .iter()
        .take(limit)
        .map(|one| CampaignShown::of(one, now));
    Ok(axum::Json(Campaigns {
        campaigns: shown.collect(),
        total: all.len(),
    }))
}

/// How long a campaign is refused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    /// Until then; for 90 days when nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Refuses a campaign: who opens nearly word for word as it does gets a no where a rule speaks against
/// him too, else leaves a message, unless anything speaks for him.
#[utoipa::path(
    put, path = "/api/v1/campaigns/{id}/refusal", tag = "campaigns", operation_id = "refuseCampaign",
    params(("id" = Uuid, Path, description = "The campaign")),
    request_body = Refusal,
    responses(
        (status = 200, description = "The campaign as it now is", body = CampaignShown),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such campaign", body = Problem),
        (status = 409, description = "Too many campaigns are refused", body = Problem),
        (status = 415, description = "The body is not JSON", body = Problem),
        (status = 422, description = "This is no moment to refuse it until", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn refuse(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(refusal): Json<Refusal>,
) -> Result<axum::Json<CampaignShown>, Problem> {
    let now = app.state.service.clock().now();
    let until = match refusal.until {
        Some(until) if until <= now => {
            return Err(Problem::unacceptable(bilingual!(
                "until ligger ikke i fremtiden",
                "until is not in the future"
            )));
        }
        Some(until) => until,
        None => now.checked_add(REFUSE_FOR).map_err(Problem::internal)?,
    };
    let id = call_id(&id)?;
    Ok(axum::Json(settle(&app, id, Some(until), now).await?))
}

/// Lets a campaign in again.
#[utoipa::path(
    delete, path = "/api/v1/campaigns/{id}/refusal", tag = "campaigns", operation_id = "admitCampaign",
    params(("id" = Uuid, Path, description = "The campaign")),
    responses(
        (status = 204, description = "It is not refused"),
        (status = 400, description = "This is no name of a campaign", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such campaign", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn admit(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let now = app.state.service.clock().now();
    settle(&app, call_id(&id)?, None, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn settle(
    app: &App,
    id: CallId,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<CampaignShown, Problem> {
    let store = app.store()?;
    let campaigns = app.state.service.campaigns();
    match campaigns.refuse(store.as_ref(), id, until, now).await {
        Ok(Some(campaign)) => Ok(CampaignShown::of(&campaign, now)),
        Ok(None) => Err(Problem::not_found(bilingual!(
            "der er ikke sådan en kampagne",
            "there is no such campaign"
        ))),
        Err(RefuseError::TooMany(error)) => Err(Problem::conflict(error.told())),
        Err(RefuseError::Store(error)) => Err(error.into()),
    }
}
