//! The settings: one `portner.toml`, `PORTNER_*` variables over it, and defaults under both.
//!
//! [`Config::load`] reads and checks everything at once and hands out values that cannot be wrong
//! any more. [`mod@file`] is what may be written; [`Effective`] is what holds and where it came from.
//! Rules and lists are not settings.

mod check;
mod desk;
mod destination;
mod edit;
mod effective;
mod environment;
pub mod file;
mod fly;
mod line;
pub mod local_key;
mod mail;
mod notify;
mod problem;
mod read;
mod reference;
mod rules;
mod secrets;
mod shape;
mod sheet;
mod tree;
mod twilio;
mod url;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::call::{E164, LineId, Retention};

pub use crate::screening::line::{Limits, Line as LineConfig, SpendLimits};
pub use edit::{Change, Row as ListRow, amend};
pub use effective::{Effective, Row};
pub use environment::environment;
pub use line::plain_id;
pub use problem::{ConfigErrors, Look, Origin, Problem, Severity};
pub use read::content;
pub use reference::reference;
pub use rules::{OwnRules, Rules};
pub use secrets::{hide, reveal};
pub use sheet::Sheet;
pub use url::{BaseUrl, UrlError};

/// The name of the file that is read when none is named.
pub const FILE_NAME: &str = "portner.toml";

/// Everything that is set, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Portner listens, and where it is reached from outside.
    pub server: Server,
    /// Where calls and lists are kept.
    pub store: StoreAddress,
    /// Where the rules come from.
    pub rules: Rules,
    /// The account at Twilio, where there is one.
    pub twilio: Option<Twilio>,
    /// How far a conversation may go.
    pub limits: Limits,
    /// How many calls are screened.
    pub spend: SpendLimits,
    /// Where the owner is told of what happens, where he wants that.
    pub notify: Option<Notify>,
    /// How mails to the owner are sent, where he wants any.
    pub mail: Option<Mail>,
    /// The provider of OpenID Connect that the desk can be entered through, where there is one.
    pub oidc: Option<Oidc>,
    /// After how many hours without any call the owner is told; 0 for never.
    pub silence_hours: u16,
    /// How long what is known of callers is kept.
    pub retention: Retention,
    /// The lines, in the order in which they are written; at least one.
    pub lines: Vec<LineConfig>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What works, but is probably not meant; perhaps nothing.
    pub warnings: ConfigErrors,
    /// Every setting as it holds, and where it came from.
    pub effective: Effective,
}

/// Where Portner listens, and where it is reached from outside.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The address that providers call. It counts in signatures, whatever a proxy writes.
    pub public_url: BaseUrl,
}

/// Where calls and lists are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// A sled database in this folder.
    Sled(PathBuf),
    /// Nothing is kept longer than the process runs.
    Memory,
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sled(folder) => write!(f, "sled:{}", folder.display()),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

/// An address of the owner's that is told what happens.
#[derive(Debug, Clone)]
pub struct Notify {
    /// The address. It may hold a secret itself, so it is not shown.
    pub url: SecretString,
    /// What messages are signed with.
    pub secret: SecretString,
    /// Whether the address may lead into a private network.
    pub allow_private: bool,
}

/// How mails to the owner are sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server.
    pub host: String,
    /// Its port, where it is not the usual one.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    pub security: file::MailSecurity,
    /// User and password, where the server wants them.
    pub login: Option<(String, SecretString)>,
    /// Whom mails come from.
    pub from: String,
    /// Who gets them.
    pub to: String,
}

/// A provider of OpenID Connect, and who may enter the desk through it.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// Its address, to the letter.
    pub issuer: String,
    /// What this installation is called there.
    pub client_id: String,
    /// What it proves itself by.
    pub client_secret: Option<SecretString>,
    /// What people call it.
    pub name: String,
    /// The e-mail addresses of owners, in small letters.
    pub owners: Vec<String>,
    /// The e-mail addresses of viewers, in small letters.
    pub viewers: Vec<String>,
    /// Who may see some lines alone.
    pub lines: Vec<OidcLine>,
}

/// Who may see a line, and nothing else.
#[derive(Debug, Clone)]
pub struct OidcLine {
    /// The line.
    pub line: LineId,
    /// The e-mail addresses of its owners, in small letters.
    pub owners: Vec<String>,
    /// The e-mail addresses of its viewers, in small letters.
    pub viewers: Vec<String>,
}

/// An account at Twilio.
#[derive(Debug, Clone)]
pub struct Twilio {
    /// The account's SID. Every request of the provider names it, and is refused if it names another.
    pub account_sid: String,
    /// The key that webhooks are signed with.
    pub auth_token: SecretString,
    /// The other key, while keys are being changed: signatures by either hold.
    pub auth_token_secondary: Option<SecretString>,
    /// The key that the REST API is called with; without it, the auth token is used.
    pub api_key: Option<ApiKey>,
    /// Where the REST API is.
    pub base_url: BaseUrl,
    /// Where numbers are looked up.
    pub lookups_url: BaseUrl,
    /// The voice that speaks Danish, in Twilio's name for it.
    pub voice_da: String,
    /// The voice that speaks English.
    pub voice_en: String,
    /// The model that recognises speech, in Twilio's name for it.
    pub speech_model: Option<String>,
}

/// Secrets are compared too.
impl PartialEq for Twilio {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            account_sid,
            auth_token,
            auth_token_secondary,
            api_key,
            base_url,
            lookups_url,
            voice_da,
            voice_en,
            speech_model,
        } = self;
        let secret = |secret: &Option<SecretString>| {
            let secret = secret.as_ref();
            secret.map(|secret| secret.expose_secret().to_owned())
        };
        *account_sid == other.account_sid
            && auth_token.expose_secret() == other.auth_token.expose_secret()
            && secret(auth_token_secondary) == secret(&other.auth_token_secondary)
            && *api_key == other.api_key
            && *base_url == other.base_url
            && *lookups_url == other.lookups_url
            && *voice_da == other.voice_da
            && *voice_en == other.voice_en
            && *speech_model == other.speech_model
    }
}

/// Secrets are compared too.
impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.sid == other.sid && self.secret.expose_secret() == other.secret.expose_secret()
    }
}

/// A key of the REST API.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its SID.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

impl Config {
    /// Reads and checks the settings: the file at `path`, else `portner.toml` where Portner was
    /// started, else none; then `variables`, of which those named `PORTNER_…` count, and `FLY_APP_NAME`.
    ///
    /// # Errors
    /// [`ConfigErrors`]: everything that is wrong, each with its place.
    pub fn load(
        path: Option<&Path>,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigErrors> {
        read::load(path, variables, Look::Quick)
    }

    /// Reads and checks the settings as [`Config::load`] does, and looks at them closely.
    ///
    /// # Errors
    /// [`ConfigErrors`]: everything that is wrong, each with its place.
    pub fn examine(
        path: Option<&Path>,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigErrors> {
        read::load(path, variables, Look::Close)
    }

    /// Looks closely at settings that were read already. `file` is the name that problems are shown under;
    /// folders in the text are meant from where it lies.
    ///
    /// # Errors
    /// [`ConfigErrors`]: everything that is wrong, each with its place.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use portner::config::Config;
    /// let config = Config::from_text(None, "", &BTreeMap::new()).unwrap();
    /// assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:8080");
    /// assert_eq!(config.lines[0].id.to_string(), "demo");
    /// ```
    pub fn from_text(
        file: Option<&Path>,
        text: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigErrors> {
        read::read(file, text, variables, Look::Close)
    }

    /// The line with this number.
    #[must_use]
    pub fn line(&self, called: E164) -> Option<&LineConfig> {
        self.lines
            .iter()
            .find(|line| line.numbers.contains(&called))
    }
}
