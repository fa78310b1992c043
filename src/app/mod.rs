//! Puts the house together: the only place that names concrete parts and joins them.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::call::{Clock, Language, SystemClock};
use crate::config::local_key::{LocalKey, LocalKeyError};
use crate::config::{self, BaseUrl, Config, StoreAddress};
use crate::identity;
use crate::providers::twilio::{Account, ApiSettings, Settings, SettingsError, Twilio};
use crate::service::{Keeper, Parts, Service, supervised};
use crate::store;
use crate::telemetry::Metrics;
use crate::web::SignIn;

mod beginning;
pub mod doctor;
mod error;
mod notify;
mod owner;
pub mod policies;
mod reload;
mod self_test;

pub use error::AppError;
pub use notify::ByMail;
pub use owner::Owner;
pub use policies::{Origins, PolicyError};
pub use self_test::SelfTestError;

/// The house, put together and not yet answering.
pub struct App {
    /// What takes calls through.
    pub service: Arc<Service>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The key of this machine.
    pub local_key: LocalKey,
    /// The provider that people may log in through, where there is one.
    pub sign_in: Option<SignIn>,
    config: Config,
    origins: Origins,
    policies: watch::Sender<Arc<crate::service::Policies>>,
    rules: watch::Sender<config::Rules>,
}

impl App {
    /// Puts the parts together. The store need not be open yet: the phone does not wait for it.
    ///
    /// # Errors
    /// [`AppError`], before anything runs.
    pub fn new(config: Config, origins: Origins, keeper: Arc<Keeper>) -> Result<Self, AppError> {
        let compiled = beginning::begin(&config)?;
        let local_key = local_key(&config.store)?;
        let public_url = &config.server.public_url;
        let twilio = twilio(public_url, config.twilio.as_ref(), &local_key)?;
        let (policies, in_force) = watch::channel(Arc::new(compiled));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let metrics = Arc::new(Metrics::new());
        let service = Service::new(Parts {
            providers: vec![Arc::new(twilio)],
            policies: in_force,
            keeper,
            clock,
            metrics: Arc::clone(&metrics),
        });
        notify::Ways::of(&config, public_url)?.take(&service);
        Ok(Self {
            service,
            metrics,
            local_key,
            sign_in: sign_in(&config)?,
            rules: watch::Sender::new(config.rules.clone()),
            config,
            origins,
            policies,
        })
    }

    /// Makes up a call and takes it through the public address and the whole house.
    ///
    /// # Errors
    /// [`SelfTestError`]: where it got stuck.
    pub async fn try_out(&self) -> Result<(), SelfTestError> {
        self.self_test().call().await
    }

    /// Who looks at the whole house when asked.
    #[must_use]
    pub fn doctor(&self) -> Arc<dyn crate::web::Doctor> {
        Arc::new(doctor::Doctor::new(
            self.origins.clone(),
            self.local_key.clone(),
        ))
    }

    /// Where the settings come from.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Where the rules come from, by the settings as they were last taken.
    #[must_use]
    pub fn rules(&self) -> watch::Receiver<config::Rules> {
        self.rules.subscribe()
    }

    /// Keeps the key of this machine beside the store, which may have been away at the start: the commands
    /// reach the service by it. `true` when it was not kept there before.
    ///
    /// # Errors
    /// [`LocalKeyError`] when it cannot be written.
    pub fn keep_local_key(&self) -> Result<bool, LocalKeyError> {
        match data_folder(&self.config.store) {
            Some(folder) => self.local_key.keep(&folder),
            None => Ok(false),
        }
    }

    fn self_test(&self) -> self_test::SelfTest {
        self_test::SelfTest {
            service: Arc::clone(&self.service),
            policies: self.policies.subscribe(),
            public_url: self.config.server.public_url.to_string(),
            key: self.local_key.clone(),
        }
    }

    /// The settings that the house was put together with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Opens the store and works in the background until told to stop: watches files, keeps the
    /// store open, does what is in the outbox.
    pub async fn run(&self, stop: CancellationToken) {
        let reload = || {
            reload::run(
                self.origins.clone(),
                self.config.clone(),
                self.local_key.clone(),
                self.policies.clone(),
                self.rules.clone(),
                Arc::clone(&self.service),
                stop.clone(),
            )
        };
        let test = self.self_test();
        let self_test = || test.clone().run(stop.clone());
        let clock = self.service.clock();
        tokio::join!(
            supervised("self_test", clock, &self.metrics, stop.clone(), self_test),
            supervised("reload", clock, &self.metrics, stop.clone(), reload),
            Arc::clone(&self.service).run(stop.clone()),
        );
    }
}

/// Who keeps the store at this address; it is not open yet.
#[must_use]
pub fn keeper(store: &StoreAddress) -> Arc<Keeper> {
    let address = store.to_string();
    Arc::new(Keeper::new(Box::new(move || {
        let address = address.clone();
        Box::pin(async move { store::open(&address).await })
    })))
}

/// The provider that people may log in through, where the settings name one.
fn sign_in(config: &Config) -> Result<Option<SignIn>, AppError> {
    let Some(oidc) = &config.oidc else {
        return Ok(None);
    };
    let provider = identity::Provider::new(identity::Settings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.client_secret.clone(),
        redirect_uri: config.server.public_url.join(SignIn::COMES_BACK_TO),
    })?;
    Ok(Some(SignIn {
        provider: Arc::new(provider),
        name: oidc.name.clone(),
        owners: oidc.owners.clone(),
        viewers: oidc.viewers.clone(),
        lines: oidc.lines.clone(),
    }))
}

/// The key of this machine. A folder that cannot be written does not keep the phone from being
/// answered: until the store is there ([`App::keep_local_key`]), the commands cannot reach the service then.
fn local_key(store: &StoreAddress) -> Result<LocalKey, LocalKeyError> {
    let Some(folder) = data_folder(store) else {
        return LocalKey::fleeting();
    };
    let made = store::make_folder(&folder).map_err(|source| LocalKeyError::Write {
        path: folder.clone(),
        source,
    });
    made.and_then(|()| LocalKey::ensure(&folder))
        .or_else(|error| {
            tracing::error!(%error, "going on without a key that is kept");
            LocalKey::fleeting()
        })
}

/// The folder that the store and the key of this machine lie in; none when nothing is kept.
#[must_use]
pub fn data_folder(store: &StoreAddress) -> Option<PathBuf> {
    match store {
        StoreAddress::Sled(folder) => Some(folder.clone()),
        StoreAddress::Memory => None,
    }
}

/// Twilio with the account that is set, beside the one whose calls only try things out.
///
/// # Errors
/// [`SettingsError`] when the settings cannot work.
pub fn twilio(
    public_url: &BaseUrl,
    account: Option<&config::Twilio>,
    local_key: &LocalKey,
) -> Result<Twilio, SettingsError> {
    let mut settings = Settings::new(public_url.to_string());
    let trial = Account::new(local_key.account_sid(), local_key.secret().clone());
    settings.trial = Some(trial);
    if let Some(account) = account {
        settings
            .voices
            .insert(Language::Da, account.voice_da.clone());
        settings
            .voices
            .insert(Language::En, account.voice_en.clone());
        settings.speech_model.clone_from(&account.speech_model);
        let sid = &account.account_sid;
        let mut real = Account::new(sid.clone(), account.auth_token.clone());
        real.tokens.extend(account.auth_token_secondary.clone());
        settings.account = Some(real);
        let mut api = ApiSettings::new(sid.clone(), account.auth_token.clone());
        if let Some(key) = &account.api_key {
            api.username.clone_from(&key.sid);
            api.secret = key.secret.clone();
        }
        api.base_url = account.base_url.to_string();
        api.lookups_url = account.lookups_url.to_string();
        settings.api = Some(api);
    }
    Twilio::new(settings)
}
