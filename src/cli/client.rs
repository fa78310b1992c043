//! The running service, as the commands reach it: over HTTP on this machine, with its local key.

use anyhow::Context as _;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Usage;
use super::terminal::harmless;
use crate::app::data_folder;
use crate::config::local_key::{LocalKey, LocalKeyError};
use crate::config::{Config, Origin};
use crate::outbound::{self, Limits};

/// There is no service to ask.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRunning {
    /// Nobody answers where the service should be.
    #[error(
        "no Portner answers at {base}: start it with `portner serve`, or name its address with --server"
    )]
    Silent {
        /// Where it should be.
        base: String,
    },
    /// Beside the store there is no key, and a service that runs leaves it there.
    #[error("{told}")]
    NoKey {
        /// Where the key should be. A whole sentence, its source included.
        told: String,
    },
}

/// Whether no service runs where one was looked for without being named, so that the store on this
/// machine may be opened in its place: who names another house wants nothing of this one.
pub(super) fn is_away(error: &anyhow::Error, server: Option<&str>) -> bool {
    error.is::<NotRunning>() && server.is_none()
}

/// What the service answered when it would not.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub(super) struct Declined {
    pub(super) status: u16,
    message: String,
    hint: Option<String>,
}

impl Declined {
    /// The same with another hint than the one for programs.
    pub(super) fn hinting(self, hint: &str) -> Self {
        Self {
            hint: Some(hint.to_owned()),
            ..self
        }
    }
}

/// Which service is asked.
#[derive(Debug, clap::Args)]
pub(super) struct Server {
    /// Where the service is, when not where the settings say
    #[arg(
        long = "server",
        value_name = "URL",
        env = "PORTNER_SERVER",
        global = true
    )]
    named: Option<String>,
}

impl Server {
    /// The address that was named. An empty one counts as not set, as that of any variable does.
    pub(super) fn named(&self) -> Option<&str> {
        let named = self.named.as_deref()?;
        Some(named).filter(|named| !named.trim().is_empty())
    }
}

/// The running service.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    /// Where it is on this machine, without a slash at the end.
    pub(super) base: String,
    /// Where the world reaches it, without a slash at the end.
    pub(super) public_url: String,
    pub(super) key: LocalKey,
}

impl Client {
    /// The service that these settings are for, or the one at `server`.
    pub(super) fn new(config: &Config, server: Option<&str>) -> anyhow::Result<Self> {
        let base = match server {
            Some(server) => address(server)?,
            None => base(config),
        };
        let is_set = config
            .effective
            .row("server.public_url")
            .is_some_and(|row| row.origin != Origin::Default && !row.value.is_empty());
        let public_url = if is_set || server.is_none() {
            config.server.public_url.to_string()
        } else {
            base.clone()
        };
        let folder = data_folder(&config.store).context(
            "a service that keeps nothing has no key on this machine: give it a store, such as \
             `--store sled:portner-data`",
        )?;
        Ok(Self {
            http: outbound::client(Limits::default())?,
            base,
            public_url,
            key: LocalKey::read(&folder).map_err(without_key)?,
        })
    }

    /// A request to the interface, below `/api/v1`.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1/{path}", self.base))
            .bearer_auth(self.key.secret().expose_secret())
    }

    /// Sends a request and gives the answer when it is a good one.
    pub(super) async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        let told: Value = serde_json::from_str(&text).unwrap_or_default();
        let word = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
        let message = word("message").unwrap_or_else(|| without_words(&self.base, status));
        let hint = if status.as_u16() == 401 {
            Some("the key on this machine is not that service's: is its store another one?".into())
        } else {
            word("hint")
        };
        Err(Declined {
            status: status.as_u16(),
            message,
            hint,
        }
        .into())
    }

    /// Asks for JSON.
    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        let request = self
            .request(Method::GET, path)
            .query(query)
            .header(ACCEPT, "application/json");
        Ok(self.send(request).await?.json().await?)
    }

    /// Sends a JSON body.
    pub(super) async fn send_json(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = self
            .request(method, path)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let text = self.send(request).await?.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// What a failure of the network means.
    pub(super) fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        if error.is_connect() {
            NotRunning::Silent {
                base: self.base.clone(),
            }
            .into()
        } else {
            anyhow::Error::new(error.without_url())
                .context(format!("{} did not answer as it should", self.base))
        }
    }
}

/// The address of a service that was named, without a slash at the end.
fn address(server: &str) -> Result<String, Usage> {
    let named = server.trim().trim_end_matches('/');
    let is_whole = Url::parse(named).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_whole {
        return Ok(named.to_owned());
    }
    let like = match named {
        bare if !bare.is_empty() && !bare.contains("://") => format!("http://{bare}"),
        _ => "http://127.0.0.1:8080".to_owned(),
    };
    Err(Usage(format!(
        "--server {} is no address of a service; write \"{}\"",
        harmless(server),
        harmless(&like)
    )))
}

/// What it means that the key of this machine cannot be read.
fn without_key(error: LocalKeyError) -> anyhow::Error {
    let told = error.to_string();
    if error.is_none_there() {
        NotRunning::NoKey { told }.into()
    } else {
        anyhow::Error::msg(told)
    }
}

/// What an answer means that says nothing itself.
fn without_words(base: &str, status: StatusCode) -> String {
    format!("{base} answered {status}, which is not Portner's way")
}

/// Where a service with these settings is reached on its own machine.
pub(super) fn base(config: &Config) -> String {
    let mut listen = config.server.listen;
    if listen.ip().is_unspecified() {
        listen.set_ip(if listen.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    format!("http://{listen}")
}

/// What only stands in one part of an address, written so that it cannot be anything else.
pub(super) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Runs what waits for the network.
pub(super) fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the system gives no means to wait for the network")?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_no_service_is_named_may_the_store_stand_in_for_it() {
        let away = anyhow::Error::new(NotRunning::Silent {
            base: "http://127.0.0.1:8080".into(),
        });
        assert!(is_away(&away, None));
        assert!(!is_away(&away, Some("http://127.0.0.1:8080")));
        assert!(!is_away(&anyhow::anyhow!("declined"), None));
    }

    #[test]
    fn a_service_is_named_by_its_whole_address() {
        assert_eq!(
            address("http://127.0.0.1:1/").unwrap(),
            "http://127.0.0.1:1"
        );
        for (typed, meant) in [
            ("127.0.0.1:18431", "http://127.0.0.1:18431"),
            ("localhost:18431/", "http://localhost:18431"),
            ("foo", "http://foo"),
            ("ftp://foo", "http://127.0.0.1:8080"),
        ] {
            let told = address(typed).unwrap_err().0;
            assert!(told.ends_with(&format!("write \"{meant}\"")), "{told}");
        }
    }

    #[test]
    fn an_answer_without_words_is_told_by_its_number() {
        let told = without_words("http://127.0.0.1:8080", StatusCode::BAD_GATEWAY);
        assert!(told.contains("502"));
    }
}
