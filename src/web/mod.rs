//! The HTTP edge: provider webhooks, the interface for programs, the owner's page, health.
//!
//! It translates between HTTP and the [`Service`] and decides nothing about calls. Webhooks pass
//! no more than a body limit and their own deadline on the way to the service; everything else
//! passes the login, the check of where a request comes from, and a deadline too.
//!
//! Not for: markup of providers, what is said, what is kept.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::any;
use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::call::Language;
use crate::config::{Rules, Sheet};
use crate::service::Service;
use crate::store::Store;
use crate::telemetry::{Finding, Metrics};

use self::accounts::Needs;
use self::brief::Brief;
use self::error::Problem;
use self::seen::Veil;

mod accounts;
mod api;
mod audit;
mod auth;
mod brief;
mod desk;
mod error;
mod files;
mod headers;
mod health;
mod hook;
mod language;
mod lengths;
mod refusals;
mod rule_files;
mod seen;
mod server;
mod sessions;
mod settings;
mod sign_in;
mod stream;
mod view;

pub use accounts::first_link;
pub use api::openapi;
pub use auth::{NewToken, ensure_token};
pub use sessions::cookie;
pub use settings::SettingsFile;
pub use sign_in::SignIn;
pub use view::CallSummary;

/// What the edge is put together from.
pub struct WebState {
    /// The service that calls go through.
    pub service: Arc<Service>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The secret that programs on the same machine may use in place of the token.
    pub local_key: SecretString,
    /// The address of this installation as the world sees it, without a slash at its end.
    pub public_url: String,
    /// Where the rules in force come from, as the settings have it now.
    pub rules: watch::Receiver<Rules>,
    /// Where the settings are.
    pub settings: SettingsFile,
    /// Who looks at the whole installation when asked.
    pub doctor: Arc<dyn Doctor>,
    /// A name for this run of the program, so that it can be told from any other.
    pub instance: String,
    /// How much of everything is allowed.
    pub limits: Limits,
    /// The provider that people may log in through, where there is one.
    pub sign_in: Option<SignIn>,
}

impl WebState {
    /// Where the rules come from now.
    fn rules(&self) -> Rules {
        self.rules.borrow().clone()
    }
}

/// Looks at the whole installation, as `portner doctor` does.
#[async_trait]
pub trait Doctor: Send + Sync {
    /// Everything that was looked at, told in this language. `status` is what the interface
    /// answers when asked how it is.
    async fn examine(&self, status: serde_json::Value, language: Language) -> Vec<Finding>;
}

/// How much of everything is allowed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many connections may be open; more wait until one closes.
    pub connections: usize,
    /// How many event streams may be open, and of one visitor at most 16; more are refused.
    pub streams: usize,
    /// How long a request's header may take, how long a connection may be idle, and after how long
    /// one whose reader does not read on may make room for another.
    pub header: Duration,
    /// How long a webhook's body may take.
    pub body: Duration,
    /// How long any other request may take before its answer begins.
    pub request: Duration,
    /// How long requests in hand may take to finish when the server stops.
    pub drain: Duration,
    /// How long the answer to the first wrong login is held back; it doubles with each further one.
    pub login_delay: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 768,
            streams: 64,
            header: Duration::from_secs(15),
            body: Duration::from_secs(5),
            request: Duration::from_secs(20),
            drain: Duration::from_secs(15),
            login_delay: Duration::from_millis(250),
        }
    }
}

/// What every handler is given.
type App = Arc<Inner>;

struct Inner {
    state: WebState,
    stop: CancellationToken,
    /// The settings as they were when all this began.
    began_with: Option<Sheet>,
    streams: stream::Open,
    sessions: sessions::Sessions,
    token: auth::LastRead,
    throttle: auth::Throttle,
    refusals: refusals::Refusals,
    names: accounts::NameThrottle,
    changing: accounts::Changing,
    saving: settings::Saving,
    /// Whose password was right and whose code is still to come.
    halfway: Brief<String>,
    /// What lists' pages offer, and to whom.
    offers: Brief<(String, desk::Offer)>,
    listened: desk::Past,
    started: Instant,
}

impl Inner {
    fn store(&self) -> Result<Arc<dyn Store>, Problem> {
        let keeper = self.state.service.keeper();
        keeper.store().ok_or_else(Problem::store_away)
    }
}

/// The largest body of a request that is neither a webhook nor an import, in bytes.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// How long there is for the code of a login.
const TIME_FOR_A_CODE: SignedDuration = SignedDuration::from_mins(5);
/// How long what a page offers can be taken.
const TIME_FOR_AN_OFFER: SignedDuration = SignedDuration::from_hours(1);

/// Serves until told to stop, then ends event streams, finishes the requests in hand, and returns.
///
/// # Errors
/// When the listener is of no use from the beginning.
pub async fn serve(
    listener: TcpListener,
    state: WebState,
    stop: CancellationToken,
) -> io::Result<()> {
    let limits = state.limits.clone();
    let router = router(state, stop.clone());
    server::run(listener, router, &limits, stop).await
}

/// Every route with its guards. `stop` ends the event streams.
pub fn router(state: WebState, stop: CancellationToken) -> Router {
    let app: App = Arc::new(Inner {
        streams: stream::Open::new(state.limits.streams),
        sessions: sessions::Sessions::new(),
        token: auth::LastRead::default(),
        throttle: auth::Throttle::new(state.limits.login_delay),
        refusals: refusals::Refusals::default(),
        names: accounts::NameThrottle::default(),
        changing: accounts::Changing::default(),
        saving: settings::Saving::default(),
        halfway: Brief::new(TIME_FOR_A_CODE),
        offers: Brief::new(TIME_FOR_AN_OFFER),
        listened: desk::Past::default(),
        started: Instant::now(),
        began_with: state.settings.sheet(),
        state,
        stop,
    });
    let programs = |needs| from_fn_with_state((app.clone(), needs), auth::for_programs);
    let people = |needs| from_fn_with_state((app.clone(), needs), auth::for_people);
    let veil = Veil::before(app.clone());
    let guarded = Router::new()
        .merge(api::routes().layer(programs(Needs::Everything)))
        .merge(api::routes_of_owners().layer(programs(Needs::Ownership)))
        .merge(
            api::routes_of_lines()
                .with_state(veil.clone())
                .layer(programs(Needs::SomeLine)),
        )
        .merge(health::guarded().layer(programs(Needs::Everything)))
        .merge(desk::pages().layer(people(Needs::Everything)))
        .merge(
            desk::pages_of_lines()
                .with_state(veil)
                .layer(people(Needs::SomeLine)),
        )
        .merge(desk::pages_of_oneself().layer(people(Needs::Oneself)))
        .merge(desk::login())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(error::in_their_language))
                .layer(from_fn_with_state(app.state.limits.request, desk::in_time))
                .layer(csrf(&app.state.public_url))
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES)),
        );
    Router::new()
        .merge(guarded)
        .merge(desk::assets())
        .merge(health::open())
        .fallback(desk::nothing_here)
        .method_not_allowed_fallback(desk::wrong_method)
        .layer(map_response(headers::secure))
        .route("/webhooks/{*rest}", any(hook::receive))
        .layer(CatchPanicLayer::custom(error::panicked))
        .with_state(app)
}

/// Refuses changes that another site's page sends in the owner's name. Requests without the
/// headers that browsers send come from programs and pass; those carry a token.
fn csrf(
    public_url: &str,
) -> CsrfLayer<fn(tower_http::csrf::ProtectionError) -> axum::response::Response> {
    let origin = origin(public_url);
    let layer = CsrfLayer::new();
    let layer = match layer.clone().add_trusted_origin(&origin) {
        Ok(trusting) => trusting,
        Err(error) => {
            tracing::warn!(%error, "the public address cannot be an origin");
            layer
        }
    };
    layer.with_rejection_response(error::cross_site as fn(_) -> _)
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}")
}
