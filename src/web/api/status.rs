//! How the installation is, and its key.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Bilingual, E164, LineId, Target};
use crate::screening::line::Mode;
use crate::service::Trouble;
use crate::store::Counts;
use crate::telemetry::{Alarm, Work};
use crate::web::App;
use crate::web::error::Problem;

/// How the installation is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Status {
    /// The version of the program.
    version: &'static str,
    /// The name of this run of it; `/health/live` tells the same in a header.
    instance: String,
    /// How long it has run, in seconds.
    uptime_seconds: u64,
    /// The store.
    pub(in crate::web) store: StoreStatus,
    /// The version of the rules that judge calls now.
    policy: String,
    /// Why what stands in the files is not what judges calls, where that is so.
    #[schema(value_type = Option<String>)]
    pub(in crate::web) rules_trouble: Option<Bilingual>,
    /// Whether that is because they would have turned away callers of the log: they work, and are
    /// held back until somebody insists.
    rules_held: bool,
    /// When work that is done over and over was last done well.
    last_done: LastDone,
    /// The troubles that stand.
    pub(in crate::web) alarms: Vec<Alarm>,
    /// The lines.
    lines: Vec<LineStatus>,
}

/// When work that is done over and over was last done well; nothing, where it was not yet.
#[derive(Debug, Serialize, ToSchema)]
struct LastDone {
    /// A made-up call through the whole path, since the start.
    #[schema(value_type = Option<String>, format = DateTime)]
    self_test: Option<Timestamp>,
    /// Removing what is known of callers and whose time is over, since the start.
    #[schema(value_type = Option<String>, format = DateTime)]
    retention: Option<Timestamp>,
    /// A copy of everything that is kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    backup: Option<Timestamp>,
}

/// How the store is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct StoreStatus {
    /// Whether it is open and can be written.
    ok: bool,
    /// What is in the way.
    #[schema(value_type = Option<String>)]
    pub(in crate::web) trouble: Option<Bilingual>,
    /// How many calls wait in memory to be written.
    unwritten: usize,
    /// What it holds.
    counts: Option<Counts>,
}

/// A line.
#[derive(Debug, Serialize, ToSchema)]
struct LineStatus {
    /// Its name.
    #[schema(value_type = String)]
    id: LineId,
    /// The numbers that people call.
    #[schema(value_type = Vec<String>)]
    numbers: Vec<E164>,
    /// Whether callers are screened or only listened to.
    #[schema(value_type = String)]
    mode: Mode,
    /// Where the owner's phone rings, masked; attempt by attempt.
    destinations: Vec<Vec<String>>,
    /// The version of the rules that judge its calls.
    policy: String,
}

/// How the installation is.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "installation", operation_id = "getStatus",
    responses(
        (status = 200, description = "How it is", body = Status),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away, and no token was read of it yet", body = Problem),
    )
)]
pub(in crate::web) async fn status(State(app): State<App>) -> axum::Json<Status> {
    let service = &app.state.service;
    let policies = service.policies();
    let lines = policies
        .lines()
        .iter()
        .map(|policy| LineStatus {
            id: policy.line.id.clone(),
            numbers: policy.line.numbers.clone(),
            mode: policy.line.mode,
            destinations: policy
                .line
                .attempts
                .iter()
                .map(|attempt| attempt.targets.iter().map(masked).collect())
                .collect(),
            policy: policy.rules.version().to_owned(),
        })
        .collect();
    axum::Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        instance: app.state.instance.clone(),
        uptime_seconds: app.started.elapsed().as_secs(),
        store: store(&app).await,
        policy: policies.lines()[0].rules.version().to_owned(),
        rules_trouble: policies.trouble().map(Trouble::told),
        rules_held: policies.are_held(),
        last_done: LastDone {
            self_test: app.state.metrics.last_done(Work::SelfTest),
            retention: app.state.metrics.last_done(Work::Retention),
            backup: app.state.metrics.last_done(Work::Backup),
        },
        alarms: app.state.metrics.alarms().standing(),
        lines,
    })
}

async fn store(app: &App) -> StoreStatus {
    let keeper = app.state.service.keeper();
    let unwritten = keeper.unwritten();
    let Some(store) = keeper.store() else {
        return StoreStatus {
            ok: false,
            trouble: keeper.trouble(),
            unwritten,
            counts: None,
        };
    };
    let checked = store.check().await;
    StoreStatus {
        ok: checked.is_ok(),
        trouble: checked.err().map(|error| error.told()),
        unwritten,
        counts: store.counts().await.ok(),
    }
}

pub(in crate::web) fn masked(target: &Target) -> String {
    match target {
        Target::Number(number) => number.to_string(),
        Target::Sip(address) => {
            let host = address.split_once('@').map_or("····", |(_, host)| host);
            format!("sip:····@{host}")
        }
        Target::Client(_) => "client:····".to_owned(),
    }
}

/// Takes the rules on disk although they were held back for what they would have done to the last
/// calls of the log.
#[utoipa::path(
    post, path = "/api/v1/rules/insist", tag = "rules", operation_id = "insist",
    responses(
        (status = 202, description = "They are taken, if they work"),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away, and no token was read of it yet", body = Problem),
    )
)]
pub(super) async fn insist(State(app): State<App>) -> axum::http::StatusCode {
    app.state.service.insist();
    axum::http::StatusCode::ACCEPTED
}

/// A new token.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Token {
    /// The token. It is shown this once.
    token: String,
}

/// Makes a new token. The old one is worth nothing from then on, and everybody has to log in
/// again.
#[utoipa::path(
    post, path = "/api/v1/token", tag = "installation", operation_id = "newToken",
    responses(
        (status = 200, description = "The new token", body = Token),
        (status = 401, description = "Without the token", body = Problem),
        (status = 503, description = "The store is away", body = Problem),
    )
)]
pub(super) async fn new_token(State(app): State<App>) -> Result<axum::Json<Token>, Problem> {
    let token = app.sessions.renew_token(&app).await?;
    Ok(axum::Json(Token {
        token: token.expose().to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_masked() {
        let number = Target::Number(E164::parse("+4571234567").unwrap());
        assert_eq!(masked(&number), "+4571····67");
        assert_eq!(masked(&Target::Sip("sip:per@a.dk".into())), "sip:····@a.dk");
        assert_eq!(masked(&Target::Client("per".into())), "client:····");
    }
}
