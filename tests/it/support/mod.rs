//! A whole installation on a port of its own, with a store in memory and a clock that stands.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use portner::app::doctor::Doctor;
use portner::app::{Origins, policies};
use portner::call::{Call, Clock, FixedClock};
use portner::config::local_key::LocalKey;
use portner::config::{Config, OwnRules, Rules};
use portner::identity;
use portner::providers::Provider;
use portner::providers::twilio::{Account, ApiSettings, Settings, Twilio, sign};
use portner::service::{Keeper, Parts, Policies, Service};
use portner::store::{self, CallFilter, Store};
use portner::telemetry::Metrics;
use portner::web::{self, Limits, SettingsFile, SignIn, WebState};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub mod living;

pub const PUBLIC_URL: &str = "http://portner.test";
pub const LOCAL_KEY: &str = "the-key-of-this-machine";
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "the-auth-token-of-the-account";
const CALLED: &str = "+4570101010";

const RULES: &str = r#"
version = 1
[[rule]]
id = "sells-subscriptions"
name = "Sells subscriptions"
tactic = "D1"
kind = "sell"
points = 3
phrases = ["mobilabonnement"]
[[rule]]
id = "asks-for-it"
name = "Asks for an IT manager"
tactic = "A1"
kind = "sell"
points = 3
phrases = ["it ansvarlig*"]
"#;

pub struct TestApp {
    pub address: SocketAddr,
    pub store: Arc<dyn Store>,
    pub service: Arc<Service>,
    pub clock: Arc<FixedClock>,
    /// Swaps the policies that are in force.
    pub policies: watch::Sender<Arc<Policies>>,
    pub token: String,
    pub rules: TempDir,
    pub client: Client,
    _folder: TempDir,
    stop: CancellationToken,
    served: JoinHandle<std::io::Result<()>>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(Limits {
            login_delay: Duration::from_millis(1),
            ..Limits::default()
        })
        .await
    }

    /// With its store at this address.
    pub async fn start_on(address: &str) -> Self {
        Self::put_together(Limits::default(), address.to_owned()).await
    }

    /// With its store at this address, and so much allowed.
    pub async fn start_on_with(address: &str, limits: Limits) -> Self {
        Self::put_together(limits, address.to_owned()).await
    }

    pub async fn start_with(limits: Limits) -> Self {
        Self::put_together(limits, "memory:".to_owned()).await
    }

    /// With an account at a provider whose interface is at this address.
    pub async fn start_with_provider(address: &str) -> Self {
        let mut api = ApiSettings::new(ACCOUNT, AUTH_TOKEN.to_owned().into());
        api.base_url = address.to_owned();
        let (limits, address) = (Limits::default(), "memory:".to_owned());
        Self::serve(Assembled::with_api(limits, address, "", Some(api)).await).await
    }

    /// With these settings beside those that every test has.
    pub async fn start_set_up(settings: &str) -> Self {
        let limits = Limits {
            login_delay: Duration::from_millis(1),
            ..Limits::default()
        };
        Self::serve(Assembled::new(limits, "memory:".to_owned(), settings).await).await
    }

    async fn put_together(limits: Limits, address: String) -> Self {
        Self::serve(Assembled::new(limits, address, "").await).await
    }

    async fn serve(assembled: Assembled) -> Self {
        let Assembled {
            state,
            store,
            clock,
            policies,
            token,
            rules,
            folder,
        } = assembled;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        Self {
            address: listener.local_addr().unwrap(),
            store,
            service: Arc::clone(&state.service),
            clock,
            policies,
            token,
            rules,
            _folder: folder,
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
            served: tokio::spawn(web::serve(listener, state, stop.clone())),
            stop,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request that shows the token.
    pub fn api(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, self.url(path))
            .bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Response {
        let request = self.api(reqwest::Method::GET, path);
        request.send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> serde_json::Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// A webhook of Twilio's about this call, signed.
    pub async fn hook(&self, call: &str, step: &str, more: &[(&str, &str)]) -> Response {
        let sid = format!("CA{call:0>32}");
        let mut fields = vec![
            ("AccountSid", ACCOUNT),
            ("CallSid", sid.as_str()),
            ("From", "+4571234567"),
            ("To", CALLED),
            ("CallStatus", "ringing"),
        ];
        for (name, value) in more {
            fields.retain(|(own, _)| own != name);
            fields.push((name, value));
        }
        let signature = sign(
            &format!("{PUBLIC_URL}/webhooks/twilio/{step}"),
            &fields,
            AUTH_TOKEN,
        );
        self.client
            .post(self.url(&format!("/webhooks/twilio/{step}")))
            .header("x-twilio-signature", signature)
            .form(&fields)
            .send()
            .await
            .unwrap()
    }

    /// Lets somebody call and say these things, each to the question that was asked last.
    pub async fn call(&self, call: &str, more: &[(&str, &str)], words: &[&str]) -> String {
        let response = self.hook(call, "voice", more).await;
        assert_eq!(response.status(), 200);
        let mut answer = response.text().await.unwrap();
        for words in words {
            let Some(step) = next_step(&answer) else {
                break;
            };
            let response = self
                .hook(
                    call,
                    &step,
                    &[("SpeechResult", words), ("Confidence", "0.9")],
                )
                .await;
            assert_eq!(response.status(), 200, "{step}");
            answer = response.text().await.unwrap();
        }
        answer
    }

    pub async fn calls(&self) -> Vec<Call> {
        let filter = CallFilter {
            simulated: true,
            ..CallFilter::default()
        };
        self.store.calls(&filter, None, 100).await.unwrap().calls
    }

    /// Stops the server and says how long that took.
    pub async fn stop(self) -> Duration {
        let began = std::time::Instant::now();
        self.stop.cancel();
        self.served.await.unwrap().unwrap();
        began.elapsed()
    }
}

/// The parts of an installation that is not served yet.
struct Assembled {
    state: WebState,
    store: Arc<dyn Store>,
    clock: Arc<FixedClock>,
    policies: watch::Sender<Arc<Policies>>,
    token: String,
    rules: TempDir,
    folder: TempDir,
}

impl Assembled {
    async fn new(limits: Limits, address: String, more: &str) -> Self {
        Self::with_api(limits, address, more, None).await
    }

    async fn with_api(
        limits: Limits,
        address: String,
        more: &str,
        api: Option<ApiSettings>,
    ) -> Self {
        let rules = tempfile::tempdir().unwrap();
        std::fs::write(rules.path().join("test.toml"), RULES).unwrap();
        let settings = format!(
            "[rules]\nshipped = false\nfolder = \"{}\"\n{more}",
            rules.path().display()
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portner.toml");
        std::fs::write(&file, &settings).unwrap();
        let config = Config::from_text(Some(&file), &settings, &BTreeMap::new()).unwrap();
        let origins = Origins {
            file: Some(file.clone()),
            variables: BTreeMap::new(),
        };
        let (policies, _) = policies::compile(&config).unwrap();
        let (sender, in_force) = watch::channel(Arc::new(policies));
        let mut twilio = Settings::new(PUBLIC_URL);
        twilio.account = Some(Account::new(ACCOUNT, AUTH_TOKEN.to_owned().into()));
        twilio.trial = Some(Account::new(
            "AC00000000000000000000000000000002",
            LOCAL_KEY.to_owned().into(),
        ));
        twilio.api = api;
        let twilio: Arc<dyn Provider> = Arc::new(Twilio::new(twilio).unwrap());
        let keeper = Keeper::new(Box::new(move || {
            let address = address.clone();
            Box::pin(async move { store::open(&address).await })
        }));
        keeper.open().await.unwrap();
        let store = keeper.store().unwrap();
        let token = web::ensure_token(store.as_ref()).await.unwrap().unwrap();
        let sign_in = config.oidc.map(|oidc| SignIn {
            provider: Arc::new(
                identity::Provider::new(identity::Settings {
                    issuer: oidc.issuer,
                    client_id: oidc.client_id,
                    client_secret: oidc.client_secret,
                    redirect_uri: format!("{PUBLIC_URL}{}", SignIn::COMES_BACK_TO),
                })
                .unwrap(),
            ),
            name: oidc.name,
            owners: oidc.owners,
            viewers: oidc.viewers,
            lines: oidc.lines,
        });
        let metrics = Arc::new(Metrics::new());
        let clock = Arc::new(FixedClock::at("2026-03-02T09:00:00Z".parse().unwrap()));
        let service = Service::new(Parts {
            providers: vec![twilio],
            policies: in_force,
            keeper: Arc::new(keeper),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            metrics: Arc::clone(&metrics),
        });
        let state = WebState {
            service,
            metrics,
            local_key: SecretString::from(LOCAL_KEY),
            public_url: PUBLIC_URL.to_owned(),
            rules: watch::channel(Rules {
                folder: Some(OwnRules::named(rules.path().to_owned())),
                ..Rules::default()
            })
            .1,
            settings: SettingsFile {
                path: file,
                variables: BTreeMap::new(),
            },
            doctor: Arc::new(Doctor::new(origins, LocalKey::fleeting().unwrap())),
            instance: "this-run".to_owned(),
            limits,
            sign_in,
        };
        Self {
            state,
            store,
            clock,
            policies: sender,
            token: token.expose().to_owned(),
            rules,
            folder,
        }
    }
}

/// Makes the first account by its link, logged in: its cookie.
pub async fn first_account(app: &TestApp, name: &str, password: &str) -> String {
    let link = web::first_link(app.store.as_ref()).await.unwrap().unwrap();
    let address = app.url(&format!("/welcome/{}", link.expose_secret()));
    let form = [("name", name), ("password", password)];
    let made = app.client.post(address).form(&form).send().await.unwrap();
    assert_eq!(made.status(), 303);
    let cookie = made.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Every address that is served, with the methods that it knows; none where it takes them all.
/// Read off the router itself, so that none is forgotten.
pub async fn routes() -> Vec<(String, Vec<String>)> {
    let assembled = Assembled::new(Limits::default(), "memory:".to_owned(), "").await;
    let router = web::router(assembled.state, CancellationToken::new());
    let shown = format!("{router:?}");
    let (shown, _) = shown.split_once("fallback_router").unwrap();
    let known =
        r#"RouteId\((\d+)\): MethodRouter.*?allow_header: (?:Bytes\(b"([^"]*)"\)|Skip|None)"#;
    let known: BTreeMap<&str, Vec<String>> = regex::Regex::new(known)
        .unwrap()
        .captures_iter(shown)
        .map(|found| {
            let methods = found.get(2).map_or("", |methods| methods.as_str());
            let methods = methods.split(',').filter(|method| !method.is_empty());
            (
                found.get(1).unwrap().as_str(),
                methods.map(str::to_owned).collect(),
            )
        })
        .collect();
    let paths = regex::Regex::new(r#"RouteId\((\d+)\): "([^"]+)""#).unwrap();
    let mut routes: Vec<(String, Vec<String>)> = paths
        .captures_iter(shown)
        .map(|found| (found[2].to_owned(), known[&found[1]].clone()))
        .collect();
    routes.sort();
    assert!(
        routes.len() == known.len() && routes.len() > 50,
        "the router is shown otherwise than thought: {shown}"
    );
    routes
}

/// Where a document says that the next answer goes.
pub fn next_step(document: &str) -> Option<String> {
    let (_, rest) = document.split_once("/webhooks/twilio/")?;
    let end = rest.find(['"', '<'])?;
    Some(rest[..end].replace("&amp;", "&"))
}

/// Says that a test cannot be run here, past the harness, which keeps what tests print to itself.
pub fn skip(why: &str) {
    use std::io::Write as _;
    let told = format!("skipped: {why}\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}
