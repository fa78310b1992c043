//! The interface for programs, under `/api/v1`. Its description is made from the code.

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::App;
use super::error::Problem;
use super::seen::Veil;
use crate::call::bilingual;
use crate::transfer;

mod backup;
mod calls;
mod campaigns;
mod csv;
mod export;
mod extract;
mod import;
mod lists;
pub(super) mod marks;
mod numbers;
mod outbox;
pub(super) mod proposals;
mod replay;
pub(super) mod rules;
pub(super) mod status;

/// The largest page of anything.
const MOST_ROWS: usize = 500;
/// The page that is given when none is asked for.
const ROWS: usize = 50;

/// How many of anything are wanted.
fn rows(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(ROWS);
    if (1..=MOST_ROWS).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::invalid(bilingual!(
        "limit er {limit}, og skal være fra 1 til {MOST_ROWS}",
        "limit is {limit}, and must be from 1 to {MOST_ROWS}"
    )))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portner",
        description = "Calls, lists and rules of one installation. Every request shows the token \
                       of the installation. Errors are JSON: `error` is a word that does not \
                       change, `message` and `hint` are for people.",
        license(name = "MIT", identifier = "MIT")
    ),
    security(("token" = []))
)]
struct Description;

/// What concerns the installation.
fn described() -> OpenApiRouter<App> {
    let mut description = Description::openapi();
    description
        .components
        .get_or_insert_default()
        .add_security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    let mut router = OpenApiRouter::with_openapi(description)
        .routes(routes!(proposals::post))
        .routes(routes!(campaigns::list))
        .routes(routes!(campaigns::refuse, campaigns::admit))
        .routes(routes!(rules::all))
        .routes(routes!(rules::hits))
        .routes(routes!(replay::post).layer(DefaultBodyLimit::max(replay::MAX_BODY_BYTES)))
        .routes(routes!(rules::put))
        .routes(routes!(numbers::held, numbers::erase))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::send))
        .routes(routes!(outbox::remove))
        .routes(routes!(status::status))
        .routes(routes!(status::insist))
        .routes(routes!(status::new_token));
    // A path that takes several segments is written otherwise in the description than in the router.
    let paths = &mut router.get_openapi_mut().paths.paths;
    if let Some(item) = paths.remove("/api/v1/rules/{*path}") {
        paths.insert("/api/v1/rules/{path}".to_owned(), item);
    }
    router
}

/// What gives out the secrets of accounts too.
fn described_of_owners() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(backup::backup))
}

/// What concerns lines, and is narrowed to those of whoever asks.
fn described_of_lines() -> OpenApiRouter<Veil> {
    OpenApiRouter::new()
        .routes(routes!(calls::list))
        .routes(routes!(calls::live))
        .routes(routes!(calls::one))
        .routes(routes!(marks::put, marks::remove))
        .routes(routes!(lists::page))
        .routes(routes!(import::import).layer(DefaultBodyLimit::max(transfer::MAX_BYTES)))
        .routes(routes!(export::export))
        .routes(routes!(lists::one, lists::put, lists::remove))
}

/// The description of the interface.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut description = described().into_openapi();
    description.merge(described_of_owners().into_openapi());
    description.merge(described_of_lines().into_openapi());
    description
}

/// What is given the house itself.
pub(super) fn routes() -> Router<App> {
    let (router, _) = described().split_for_parts();
    // Few ask for it: it is made when one does, and not held in memory.
    router.route("/api/v1/openapi.json", get(async || Json(openapi())))
}

/// What only owners of the installation are given.
pub(super) fn routes_of_owners() -> Router<App> {
    described_of_owners().split_for_parts().0
}

/// What is given no more of it than whoever asks may see.
pub(super) fn routes_of_lines() -> Router<Veil> {
    described_of_lines().split_for_parts().0
}
