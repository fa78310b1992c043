//! Looks at the whole installation and says in a sentence each what is well and what to mend, in the
//! language of whoever asks: `portner doctor` in a terminal, the desk on its page.
//!
//! Every check is a file with a function `look`, and a line in [`examine`].

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::time::timeout;

use super::policies::Origins;
use crate::call::{Clock as _, Language, SystemClock};
use crate::config::local_key::LocalKey;
use crate::config::{Config, ConfigErrors};
use crate::outbound::{self, Limits};
use crate::telemetry::{Finding, Health};
use crate::web;

mod age;
mod alarms;
mod backup;
mod clock;
mod destinations;
mod disk;
mod in_force;
mod lines;
mod provider;
mod public_address;
mod retention;
mod rules;
mod self_test;
mod service;
mod settings;
mod signature;
mod store;
mod told;

/// The running service, as it was reached.
#[derive(Debug, Clone)]
pub struct Running {
    /// Where it is on this machine.
    pub address: String,
    /// Where the world reaches it, without a slash at the end.
    pub public_url: String,
    /// The key that it takes made-up requests by.
    pub key: LocalKey,
    /// What it answers when asked how it is.
    pub status: Value,
}

/// What is looked at.
struct House<'a> {
    config: &'a Config,
    running: Option<&'a Running>,
}

/// What was found so far.
#[derive(Debug)]
pub struct Findings {
    language: Language,
    found: Vec<Finding>,
}

impl Findings {
    /// Nothing yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            found: Vec::new(),
        }
    }

    /// Everything, in the order in which it was looked at.
    #[must_use]
    pub fn all(self) -> Vec<Finding> {
        self.found
    }

    fn say<T>(&self, danish: T, english: T) -> T {
        self.language.choose(danish, english)
    }

    /// Something is as it should be.
    fn good(&mut self, name: &'static str, found: impl Into<String>) {
        self.push(Health::Good, name, found, "");
    }

    /// Something works, and could be better.
    fn note(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(Health::Note, name, found, mend);
    }

    /// Something is broken.
    fn bad(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(Health::Bad, name, found, mend);
    }

    fn push(
        &mut self,
        state: Health,
        name: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.found.push(Finding {
            name,
            state,
            found: found.into(),
            mend: mend.into(),
        });
    }
}

/// Looks at everything. `running` is the service, or why it cannot be reached.
pub async fn examine(config: &Config, running: Result<&Running, &str>, findings: &mut Findings) {
    let house = House {
        config,
        running: running.ok(),
    };
    let now = SystemClock.now();
    rules::look(&house, findings);
    destinations::look(&house, findings);
    lines::look(&house, findings);
    service::look(running, findings);
    if let Some(running) = house.running {
        in_force::look(running, findings);
        alarms::look(running, findings);
    }
    store::look(&house, findings).await;
    disk::look(&house, findings);
    if let Some(running) = house.running {
        backup::look(running, now, findings);
        retention::look(&house, running, now, findings);
        self_test::look(running, now, findings);
    }
    told::look(&house, findings);
    match outbound::client(Limits::default()) {
        Ok(http) => {
            public_address::look(&house, &http, findings).await;
            provider::look(&house, &http, findings).await;
        }
        Err(error) => findings.bad("network", error.to_string(), ""),
    }
}

/// Whether the settings can be used; nothing else can be looked at where they cannot.
pub fn settings(read: &Result<Config, ConfigErrors>, findings: &mut Findings) {
    settings::look(read, findings);
}

/// How long whoever reads a page waits for what is looked at.
const PATIENCE: Duration = Duration::from_secs(12);

/// Looks at an installation from inside.
pub struct Doctor {
    origins: Origins,
    key: LocalKey,
}

impl Doctor {
    /// For the installation with these settings and this key.
    #[must_use]
    pub fn new(origins: Origins, key: LocalKey) -> Self {
        Self { origins, key }
    }
}

#[async_trait]
impl web::Doctor for Doctor {
    async fn examine(&self, status: Value, language: Language) -> Vec<Finding> {
        let mut findings = Findings::new(language);
        let origins = self.origins.clone();
        let read = tokio::task::spawn_blocking(move || {
            Config::examine(origins.file.as_deref(), &origins.variables)
        });
        let Ok(read) = read.await else {
            return findings.all();
        };
        settings(&read, &mut findings);
        if let Ok(config) = read {
            let running = Running {
                address: format!("http://{}", config.server.listen),
                public_url: config.server.public_url.to_string(),
                key: self.key.clone(),
                status,
            };
            let examined = examine(&config, Ok(&running), &mut findings);
            if timeout(PATIENCE, examined).await.is_err() {
                findings.bad(
                    "network",
                    findings.say(
                        "nettet svarer så langsomt, at ikke alt er set efter",
                        "the network answers so slowly that not everything was looked at",
                    ),
                    findings.say(
                        "`portner doctor` i terminalen venter længere",
                        "`portner doctor` in the terminal waits longer",
                    ),
                );
            }
        }
        findings.all()
    }
}
