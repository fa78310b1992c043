//! A whole installation that reads its settings again when they change, in a folder of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portner::app::{App, Origins};
use portner::call::Call;
use portner::config::Config;
use portner::providers::twilio::sign;
use portner::store::CallFilter;
use portner::web::{self, Limits, SettingsFile, WebState};
use reqwest::{Client, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::next_step;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "the-auth-token-of-the-account";

const IDENTITY: [(&str, &str); 2] = [
    ("PORTNER_TWILIO_ACCOUNT_SID", ACCOUNT),
    ("PORTNER_TWILIO_AUTH_TOKEN", AUTH_TOKEN),
];

/// What lies in the folder `rules`, for settings that name it.
const RULES: &str = "version = 1\n[[rule]]\nid = \"own\"\nname = \"Own\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 1\nphrases = [\"kviksølvtermometer*\"]\n";

pub struct Living {
    pub app: Arc<App>,
    pub folder: TempDir,
    pub file: PathBuf,
    pub token: String,
    pub client: Client,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Living {
    /// With these settings; without a file where there are none.
    pub async fn start(settings: Option<&str>) -> Self {
        Self::begin(settings, &IDENTITY, RULES).await
    }

    /// With these variables instead of those of an account.
    pub async fn start_with(settings: Option<&str>, more: &[(&str, &str)]) -> Self {
        Self::begin(settings, more, RULES).await
    }

    /// With these in the file of rules.
    pub async fn start_with_rules(settings: &str, rules: &str) -> Self {
        Self::begin(Some(settings), &IDENTITY, rules).await
    }

    async fn begin(settings: Option<&str>, more: &[(&str, &str)], own: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portner.toml");
        let rules = folder.path().join("rules");
        std::fs::create_dir(&rules).unwrap();
        std::fs::write(rules.join("own.toml"), own).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = format!("sled:{}", folder.path().join("data").display());
        let mut variables = BTreeMap::from([
            ("PORTNER_LISTEN".to_owned(), address.to_string()),
            ("PORTNER_STORE".to_owned(), store),
        ]);
        let more = more.iter();
        variables.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        std::fs::write(&file, settings.unwrap_or_default()).unwrap();
        let config = Config::load(Some(&file), &variables).unwrap();
        let origins = Origins {
            file: Some(file.clone()),
            variables: variables.clone(),
        };
        let keeper = portner::app::keeper(&config.store);
        let app = Arc::new(App::new(config, origins, keeper).unwrap());
        app.service.keeper().open().await.unwrap();
        let store = app.service.keeper().store().unwrap();
        let token = web::ensure_token(store.as_ref()).await.unwrap().unwrap();
        let stop = CancellationToken::new();
        let state = WebState {
            service: Arc::clone(&app.service),
            metrics: Arc::clone(&app.metrics),
            local_key: app.local_key.secret().clone(),
            public_url: app.config().server.public_url.to_string(),
            rules: app.rules(),
            settings: SettingsFile {
                path: file.clone(),
                variables,
            },
            doctor: app.doctor(),
            instance: "this".to_owned(),
            limits: Limits::default(),
            sign_in: None,
        };
        tokio::spawn(web::serve(listener, state, stop.clone()));
        tokio::spawn({
            let (app, stop) = (Arc::clone(&app), stop.clone());
            async move { app.run(stop).await }
        });
        Self {
            app,
            folder,
            file,
            token: token.expose().to_owned(),
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            address,
            stop,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What is written in the settings file.
    pub fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    /// A page, or what it answers to a form.
    pub async fn get(&self, path: &str) -> String {
        let response = self
            .client
            .get(self.url(path))
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(self.url(path)).bearer_auth(&self.token);
        request.form(form).send().await.unwrap()
    }

    /// Logs somebody in by name and password: the cookie that browsers send from then on.
    pub async fn log_in(&self, form: &[(&str, &str)]) -> String {
        let request = self.client.post(self.url("/login")).form(form);
        let entered = request.send().await.unwrap();
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Waits until the policies in force are as they should be.
    pub async fn until(&self, wanted: impl Fn(&portner::service::Policies) -> bool) {
        let began = Instant::now();
        while !wanted(&self.app.service.policies()) {
            let trouble = self
                .app
                .service
                .policies()
                .trouble()
                .map(|trouble| trouble.told().english().to_owned());
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "never: {trouble:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Somebody calls this number and says these things; how his call is then.
    pub async fn call(&self, id: &str, to: &str, words: &[&str]) -> Call {
        let sid = format!("CA{id:0>32}");
        let fields = |more: &[(&'static str, &str)]| {
            let mut fields: Vec<(&'static str, String)> = vec![
                ("AccountSid", ACCOUNT.into()),
                ("CallSid", sid.clone()),
                ("From", "+4571234567".into()),
                ("To", to.into()),
                ("CallStatus", "ringing".into()),
            ];
            fields.extend(
                more.iter()
                    .map(|(name, value)| (*name, (*value).to_owned())),
            );
            fields
        };
        let mut answer = self.hook("voice", &fields(&[])).await;
        for said in words {
            let Some(step) = next_step(&answer) else {
                break;
            };
            answer = self
                .hook(
                    &step,
                    &fields(&[("SpeechResult", said), ("Confidence", "0.9")]),
                )
                .await;
        }
        let store = self.app.service.keeper().store().unwrap();
        let filter = CallFilter {
            simulated: true,
            ..CallFilter::default()
        };
        let calls = store.calls(&filter, None, 100).await.unwrap().calls;
        calls
            .into_iter()
            .find(|call| call.provider.id == sid)
            .unwrap()
    }

    /// Whoever called this number hangs up.
    pub async fn hang_up(&self, id: &str, to: &str) {
        let fields = [
            ("AccountSid", ACCOUNT.to_owned()),
            ("CallSid", format!("CA{id:0>32}")),
            ("From", "+4571234567".to_owned()),
            ("To", to.to_owned()),
            ("CallStatus", "completed".to_owned()),
        ];
        self.hook("status", &fields).await;
    }

    /// What the provider sends, signed with this token.
    pub async fn signed(&self, token: &str, step: &str, fields: &[(&str, &str)]) -> Response {
        let url = self.url(&format!("/webhooks/twilio/{step}"));
        let request = self
            .client
            .post(&url)
            .header("x-twilio-signature", sign(&url, fields, token));
        request.form(fields).send().await.unwrap()
    }

    async fn hook(&self, step: &str, fields: &[(&'static str, String)]) -> String {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let response = self.signed(AUTH_TOKEN, step, &fields).await;
        assert_eq!(response.status(), 200, "{step}");
        response.text().await.unwrap()
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
