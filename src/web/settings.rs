//! The settings file, as the desk reads and writes it: what is there, and what may take its place.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio::sync::Mutex;

use super::App;
use super::auth::sha256;
use super::desk::history;
use super::error::Problem;
use super::files::{blocking, replace, unwritable, why};
use crate::call::{Bilingual, bilingual};
use crate::config::{Config, ConfigErrors, Look, Sheet, content, hide, reveal};

/// Where the settings are, and the variables of the environment over them.
#[derive(Debug, Clone, Default)]
pub struct SettingsFile {
    /// The file; it is made when there is none.
    pub path: PathBuf,
    /// The variables.
    pub variables: BTreeMap<String, String>,
}

/// The file as it is now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    /// What is written in it.
    pub(super) text: String,
    /// The hash of that; nothing where there is no file.
    pub(super) hash: Option<String>,
}

/// Held while the file is compared and written: two writers at once would each think that it is as
/// they read it.
#[derive(Debug, Default)]
pub(super) struct Saving(Mutex<()>);

/// Why the file was left alone.
#[derive(Debug)]
pub(super) enum NotSaved {
    /// It was changed since it was read: what it is now.
    Changed(Current),
    /// The settings would not work.
    Wrong(ConfigErrors),
    /// It cannot be written.
    Unwritable(Bilingual),
}

impl SettingsFile {
    /// Reads the file; an empty text where there is none.
    pub(super) fn read(&self) -> Result<Current, Problem> {
        let bytes = match content(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Current {
                    text: String::new(),
                    hash: None,
                });
            }
            Err(error) => return Err(self.unreadable(&why(&error))),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Current {
                hash: Some(hex::encode(sha256(&text))),
                text,
            }),
            Err(_) => Err(self.unreadable(&bilingual!(
                "den er ikke UTF-8-tekst",
                "it is not UTF-8 text"
            ))),
        }
    }

    fn unreadable(&self, why: &Bilingual) -> Problem {
        let path = self.path.display();
        Problem::conflict(Bilingual::of(|language| {
            let cannot = language.choose("kan ikke læses", "cannot be read");
            format!("{path} {cannot}: {}", why.told_in(language))
        }))
    }

    /// The settings, setting by setting, looked at quickly; nothing while the file is no TOML.
    pub(super) fn sheet(&self) -> Option<Sheet> {
        let current = self.read().ok()?;
        Sheet::read(
            Some(&self.path),
            &current.text,
            &self.variables,
            Look::Quick,
        )
        .ok()
    }

    /// The folder that the file lies in, its name there, and the place to write to: where it is a
    /// link, what that leads to is written.
    fn place(&self) -> (PathBuf, String, PathBuf) {
        let target = self.path.canonicalize();
        let target = target.unwrap_or_else(|_| self.path.clone());
        let name = self.path.file_name().unwrap_or_default();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        (
            folder.to_owned(),
            name.to_string_lossy().into_owned(),
            target,
        )
    }

    /// What was saved before, newest first.
    pub(super) fn versions(&self) -> Result<Vec<history::Version>, Problem> {
        let (folder, name, _) = self.place();
        history::list(&folder, &name).map_err(Problem::internal)
    }

    /// What was saved then.
    pub(super) fn version(&self, version: &str) -> Result<String, Problem> {
        let (folder, name, _) = self.place();
        history::read(&folder, &name, version).map_err(|_| Problem::no_such_version())
    }
}

/// Reads the file.
pub(super) async fn read(app: &App) -> Result<Current, Problem> {
    let settings = app.state.settings.clone();
    blocking(move || settings.read()).await
}

/// Writes the file, if it is still as it was read and the settings would work. Both are kept: what
/// was there and what is there now.
pub(super) async fn save(
    app: &App,
    base: Option<String>,
    text: String,
    by: &str,
) -> Result<Result<(), NotSaved>, Problem> {
    let _alone = app.saving.0.lock().await;
    let settings = app.state.settings.clone();
    let now = app.state.service.clock().now();
    let by = by.to_owned();
    blocking(move || {
        let current = settings.read()?;
        if current.hash != base {
            return Ok(Err(NotSaved::Changed(current)));
        }
        if let Err(wrong) = Config::from_text(Some(&settings.path), &text, &settings.variables) {
            return Ok(Err(NotSaved::Wrong(wrong)));
        }
        if current.hash.is_some() && current.text == text {
            return Ok(Ok(()));
        }
        let (folder, name, target) = settings.place();
        if let Err(error) = replace(&target, &text) {
            return Ok(Err(NotSaved::Unwritable(unwritable(&target, &error))));
        }
        let before = current.hash.is_some().then_some(current.text.as_str());
        if let Err(error) = history::record(&folder, &name, before, &text, &by, now) {
            tracing::warn!(%error, "what the settings were before could not be kept");
        }
        Ok(Ok(()))
    })
    .await
}

/// The text as it may be shown.
pub(super) fn shown(app: &App, text: &str) -> String {
    hide(text, &key(app))
}

/// The text as it is meant: with the secrets of the file, and of what was saved before, in place of
/// the marks that stand for them.
///
/// # Errors
/// The line of a mark that stands for nothing.
pub(super) fn meant(app: &App, shown: &str, file: &str) -> Result<String, usize> {
    reveal(shown, file, &key(app))
}

fn key(app: &App) -> Vec<u8> {
    use secrecy::ExposeSecret as _;
    sha256(app.state.local_key.expose_secret())
        .as_ref()
        .to_vec()
}

/// What of the settings is only read when Portner starts.
const READ_AT_START: [&str; 10] = [
    "server.listen",
    "server.public_url",
    "store.address",
    "desk.oidc.issuer",
    "desk.oidc.client_id",
    "desk.oidc.client_secret",
    "desk.oidc.name",
    "desk.oidc.owners",
    "desk.oidc.viewers",
    "desk.oidc.line",
];

/// Whether a setting is only read when Portner starts.
pub(super) fn needs_restart(setting: &str) -> bool {
    READ_AT_START.contains(&setting)
}

/// The settings that were changed and wait for Portner to be started anew.
pub(super) fn waiting(app: &App, now: &Sheet) -> Vec<&'static str> {
    let Some(began) = &app.began_with else {
        return Vec::new();
    };
    let changed = |setting: &&str| !now.is_as(began, setting);
    READ_AT_START.into_iter().filter(changed).collect()
}
