//! The owner's word on rules that are held back for what they would have done to the last calls.

use std::time::Duration;

use axum::extract::State;
use axum::response::Redirect;

use crate::web::App;

/// How long the page waits for the rules to be taken; they are taken all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the rules on disk as they are.
pub(in crate::web::desk) async fn insist(State(app): State<App>) -> Redirect {
    let service = &app.state.service;
    let changed = service.policies_changed();
    service.insist();
    let _ = tokio::time::timeout(PATIENCE, changed).await;
    Redirect::to("/rules?done=insisted")
}
