//! Looks whether settings and rules changed on disk, and swaps the policies when they did; the ways to
//! the owner with them, and the provider, where its account is another.
//!
//! Files are looked at rather than watched: a watch goes blind when a folder is deleted and made
//! again, when a link is turned to another folder, and on some disks from the beginning. Looking
//! costs a few system calls. What changed is read when it has been quiet for a moment; what is
//! wrong leaves the last good policies in force and says where it is wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::notify::Ways;
use super::policies::{Origins, PolicyError, compile, sources};
use super::{AppError, twilio};
use crate::call::bilingual;
use crate::config::local_key::LocalKey;
use crate::config::{self, BaseUrl, Config, FILE_NAME, OwnRules};
use crate::providers::twilio::Twilio;
use crate::rules;
use crate::service::{Policies, Service, Trouble};

/// How often to look.
const LOOK: Duration = Duration::from_millis(250);
/// How many looks in a row must see the same before it is read: editors write in several steps.
const QUIET_LOOKS: u32 = 1;
/// After so many looks that each saw something new, it is read all the same.
const MOST_LOOKS: u32 = 8;
/// Every so many looks the contents are compared too: two saves within one tick of the disk's clock
/// look the same from outside.
const CONTENTS_EVERY: u32 = 20;

/// Reads settings and rules again whenever they change, until told to stop.
pub async fn run(
    mut origins: Origins,
    config: Config,
    local_key: LocalKey,
    policies: watch::Sender<Arc<Policies>>,
    rules: watch::Sender<config::Rules>,
    service: Arc<Service>,
    stop: CancellationToken,
) {
    let mut places = Places::of(&config);
    let mut outside = look(&places, Places::outside).await;
    let mut inside = look(&places, Places::inside).await;
    let mut folder = places.folder_in(&outside);
    let mut looks: u32 = 0;
    if policies.borrow().trouble().is_some() || !are_in_force(&config, &policies).await {
        // Wrong when they were read for the start, or saved since.
        inside.clear();
        looks = CONTENTS_EVERY - 1;
    }
    let public_url = config.server.public_url;
    let mut account = config.twilio;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        looks = looks.wrapping_add(1);
        let now = look(&places, Places::outside).await;
        let changed = now != outside;
        let insists = service.take_insistence();
        if !changed && !insists && !looks.is_multiple_of(CONTENTS_EVERY) {
            continue;
        }
        outside = if changed {
            settle(&places, now).await
        } else {
            now
        };
        folder = places.folder_in(&outside).or(folder);
        let now = look(&places, Places::inside).await;
        if now == inside && !insists {
            continue;
        }
        inside = now;
        let (from, folder) = (origins.clone(), folder.clone());
        let (before, url, key) = (account.clone(), public_url.clone(), local_key.clone());
        let read = move || read(&from, before.as_ref(), folder.as_deref(), &url, &key);
        let may_be_held = !insists && !service.policies().lacks_files();
        let read = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(new)) if may_be_held => match service.harm_of(&new.policies).await {
                None => Ok(new),
                Some(harm) => Err(Trouble::Held(harm)),
            },
            Ok(Ok(good)) => Ok(good),
            Ok(Err(error)) => Err(Trouble::Wrong(error.told())),
            Err(error) => Err(Trouble::Wrong(bilingual!(
                "en fejl i Portner selv stod i vejen: {error}",
                "a fault of Portner's own was in the way: {error}",
                error = error
            ))),
        };
        service.metrics().policy_reloaded(read.is_ok());
        if let Some(config) = take(read, &policies, &rules, &service) {
            let now = Places::of(&config);
            if now != places {
                // What lies there was read, but nobody knows what it looked like then.
                places = now;
                inside.clear();
            }
            // A file that was made since and then is missing is no reason to go without it.
            origins.file = config.file.or(origins.file);
            account = config.twilio;
        }
    }
}

/// Whether the rules in force are those of the files.
async fn are_in_force(config: &Config, policies: &watch::Sender<Arc<Policies>>) -> bool {
    let (config, policies) = (config.clone(), Arc::clone(&policies.borrow()));
    let compare = move || sources(&config).is_ok_and(|sources| policies.are_of(&sources));
    tokio::task::spawn_blocking(compare).await.unwrap_or(true)
}

/// Looks until nothing moves any more, or long enough.
async fn settle(places: &Places, mut before: Outside) -> Outside {
    let mut quiet = 0;
    for _ in 0..MOST_LOOKS {
        tokio::time::sleep(LOOK / 2).await;
        let now = look(places, Places::outside).await;
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
        if quiet >= QUIET_LOOKS {
            break;
        }
    }
    before
}

/// Disks can be slow: never on a thread that answers calls.
async fn look<T: Default + Send + 'static>(places: &Places, how: fn(&Places) -> T) -> T {
    let places = places.clone();
    tokio::task::spawn_blocking(move || how(&places))
        .await
        .unwrap_or_default()
}

/// What was read, and works.
struct New {
    config: Config,
    policies: Policies,
    ways: Ways,
    /// Where the account is another than before.
    provider: Option<Twilio>,
}

/// Reads everything. `folder` is one of the owner's rules that was there.
fn read(
    origins: &Origins,
    before: Option<&config::Twilio>,
    folder: Option<&Path>,
    public_url: &BaseUrl,
    local_key: &LocalKey,
) -> Result<New, AppError> {
    let config =
        Config::load(origins.file.as_deref(), &origins.variables).map_err(PolicyError::from)?;
    // Nobody takes his rules back by losing the folder, though one that was never begun may be missing.
    if let Some(path) = config.rules.folder.as_ref().map(OwnRules::path)
        && folder == Some(path)
        && !path.exists()
    {
        let path = path.to_owned();
        return Err(PolicyError::from(rules::ReadError::Gone { path }).into());
    }
    let (policies, _) = compile(&config)?;
    let account = config.twilio.as_ref();
    let provider = (account != before)
        .then(|| twilio(public_url, account, local_key))
        .transpose()?;
    Ok(New {
        ways: Ways::of(&config, public_url)?,
        config,
        policies,
        provider,
    })
}

/// Puts in force what is new; says what was wrong with it otherwise.
fn take(
    read: Result<New, Trouble>,
    policies: &watch::Sender<Arc<Policies>>,
    rules: &watch::Sender<config::Rules>,
    service: &Service,
) -> Option<Config> {
    let trouble = match read {
        Ok(new) => {
            tracing::info!(
                policy = new.policies.lines()[0].rules.version(),
                "the new rules are in force"
            );
            if let Some(provider) = new.provider {
                tracing::info!("the new settings of the provider are in force");
                service.call_through(vec![Arc::new(provider)]);
            }
            new.ways.take(service);
            rules.send_replace(new.config.rules.clone());
            policies.send_replace(Arc::new(new.policies));
            return Some(new.config);
        }
        Err(trouble) => trouble,
    };
    // What was wrong at the start already was told then.
    if policies.borrow().trouble() != Some(&trouble) {
        tracing::error!(
            "the changed files are not taken, the rules of before stay in force:\n{}",
            trouble.told().english()
        );
    }
    policies.send_modify(|policies| *policies = Arc::new(policies.with_trouble(Some(trouble))));
    None
}

/// What policies are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Places {
    file: Option<PathBuf>,
    rules: Option<OwnRules>,
    model: Option<PathBuf>,
}

/// How files look without being read: name, length, time of change, and which file it is.
type Outside = Vec<(PathBuf, Option<Stamp>)>;
type Stamp = (u64, Option<SystemTime>, u64);

/// The contents of all files, or why they cannot be read.
type Inside = Vec<(String, Vec<u8>)>;

impl Places {
    fn of(config: &Config) -> Self {
        Self {
            // A file that is not there yet may be made.
            file: Some(config.file.clone().unwrap_or_else(|| FILE_NAME.into())),
            rules: config.rules.folder.clone(),
            model: config.rules.model(),
        }
    }

    fn outside(&self) -> Outside {
        let mut stamps = Vec::new();
        for file in self.file.iter().chain(&self.model) {
            stamps.push((file.clone(), stamp(file)));
        }
        if let Some(folder) = self.rules.as_ref().map(OwnRules::path) {
            stamps.push((folder.to_owned(), stamp(folder)));
            for path in rules::files_in(folder).unwrap_or_default() {
                let stamp = stamp(&path);
                stamps.push((path, stamp));
            }
        }
        stamps
    }

    /// The folder of the owner's rules, where it was there when this was seen.
    fn folder_in(&self, seen: &Outside) -> Option<PathBuf> {
        let folder = self.rules.as_ref()?.path();
        let is_there = |(path, stamp): &(PathBuf, Option<Stamp>)| path == folder && stamp.is_some();
        seen.iter().any(is_there).then(|| folder.to_owned())
    }

    fn inside(&self) -> Inside {
        let file = self.file.iter().map(|file| {
            let content = crate::config::content(file).unwrap_or_default();
            (file.display().to_string(), content)
        });
        let rules = self.rules.iter().flat_map(|folder| match folder.read() {
            Ok(sources) => sources
                .into_iter()
                .map(|source| (source.path, source.text.into_bytes()))
                .collect(),
            Err(error) => vec![(error.to_string(), Vec::new())],
        });
        let model = self.model.iter().map(|path| {
            let content = std::fs::read(path).unwrap_or_default();
            (path.display().to_string(), content)
        });
        file.chain(rules).chain(model).collect()
    }
}

/// Links are followed: what they lead to counts.
fn stamp(path: &Path) -> Option<Stamp> {
    let data = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(&data);
    #[cfg(not(unix))]
    let which = 0;
    Some((data.len(), data.modified().ok(), which))
}
