//! Whether it runs, whether it is of use, and figures for those who watch it.
//!
//! Liveness does not ask the store: a full disk must not become a loop of restarts.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::App;
use super::metrics::Snapshot;

const INSTANCE: HeaderName = HeaderName::from_static("portner-instance");
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What answers without a token.
pub(super) fn open() -> Router<App> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
}

/// What needs one.
pub(super) fn guarded() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn live(State(app): State<App>) -> Response {
    let instance = app.state.instance.clone();
    ([(INSTANCE, instance)], Json(json!({ "live": true }))).into_response()
}

async fn ready(State(app): State<App>) -> Response {
    let store = app.state.service.keeper().store().is_some();
    let policies = app.state.service.policies().trouble().is_none();
    let status = if store {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "ready": store, "store": store, "rules_as_written": policies });
    (status, Json(body)).into_response()
}

async fn metrics(State(app): State<App>) -> Response {
    let keeper = app.state.service.keeper();
    let counts = match keeper.store() {
        Some(store) => store.counts().await.ok(),
        None => None,
    };
    let text = app.state.metrics.text(&Snapshot {
        counts,
        unwritten: keeper.unwritten(),
        uptime: app.started.elapsed(),
    });
    ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response()
}
