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
use crate::telemetry::METRICS_TYPE;

const INSTANCE: HeaderName = HeaderName::from_static("portner-instance");

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
    let alarms: Vec<String> = app
        .state
        .metrics
        .alarms()
        .standing()
        .iter()
        .map(|alarm| alarm.kind.to_string())
        .collect();
    let body = json!({
        "ready": store,
        "store": store,
        "rules_as_written": policies,
        "alarms": alarms,
    });
    (status, Json(body)).into_response()
}

async fn metrics(State(app): State<App>) -> Response {
    let metrics = &app.state.metrics;
    let store = app.state.service.keeper().store();
    metrics.store_is_up(store.is_some());
    if let Some(store) = store
        && let Ok(counts) = store.counts().await
    {
        metrics.jobs_waiting(counts.jobs);
    }
    ([(header::CONTENT_TYPE, METRICS_TYPE)], metrics.render()).into_response()
}
