//! Watches the folders that settings and rules lie in, and swaps the policies when they change.
//!
//! Folders are watched rather than files, since editors replace files. What changed is read again
//! when it has been quiet for a moment; a file that is wrong leaves the last good policies in
//! force and says where it is wrong.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::policies::{Origins, PolicyError, compile};
use crate::config::Config;
use crate::service::Policies;
use crate::telemetry::Metrics;

/// How long it must be quiet before files are read: editors write in several steps.
const QUIET: Duration = Duration::from_millis(300);
/// How often files are compared all the same, for disks that tell of no changes.
const ANYWAY: Duration = Duration::from_secs(30);

/// Reads settings and rules again whenever they change, until told to stop.
pub async fn run(
    origins: Origins,
    config: Config,
    policies: watch::Sender<Arc<Policies>>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let (changed, mut changes) = mpsc::channel::<()>(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // A change that already waits to be looked at covers this one.
            let _ = changed.try_send(());
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, "changes of files are not told here: they are looked for every 30 s");
            None
        }
    };
    for folder in folders(&config) {
        if let Some(watcher) = &mut watcher
            && let Err(error) = watcher.watch(&folder, RecursiveMode::Recursive)
        {
            tracing::warn!(%error, folder = %folder.display(), "this folder cannot be watched");
        }
    }
    let mut seen = fingerprint(&config);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = changes.recv() => {
                tokio::time::sleep(QUIET).await;
                while changes.try_recv().is_ok() {}
            }
            () = tokio::time::sleep(ANYWAY) => {}
        }
        let now = fingerprint(&config);
        if now == seen {
            continue;
        }
        seen = now;
        let origins = origins.clone();
        let read = tokio::task::spawn_blocking(move || read(&origins)).await;
        metrics.policy_reloaded(matches!(read, Ok(Ok(_))));
        take(read, &policies);
    }
}

fn read(origins: &Origins) -> Result<Policies, PolicyError> {
    let config = Config::load(origins.file.as_deref(), &origins.variables)?;
    Ok(compile(&config)?.0)
}

fn take(
    read: Result<Result<Policies, PolicyError>, tokio::task::JoinError>,
    policies: &watch::Sender<Arc<Policies>>,
) {
    let trouble = match read {
        Ok(Ok(new)) => {
            tracing::info!(
                policy = new.lines()[0].rules.version(),
                "the new rules are in force"
            );
            policies.send_replace(Arc::new(new));
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::error!("the changed files are wrong, the rules of before stay in force:\n{trouble}");
    policies.send_modify(|policies| *policies = Arc::new(policies.with_trouble(Some(trouble))));
}

fn folders(config: &Config) -> Vec<PathBuf> {
    let beside = config.file.as_ref().and_then(|file| {
        let parent = file.parent()?;
        Some(if parent.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            parent.to_owned()
        })
    });
    config.rules.folder.iter().cloned().chain(beside).collect()
}

/// The contents of everything that policies are made of, or why they cannot be read.
fn fingerprint(config: &Config) -> Vec<(String, Vec<u8>)> {
    let file = config.file.iter().map(|file| {
        let content = std::fs::read(file).unwrap_or_default();
        (file.display().to_string(), content)
    });
    let rules =
        config
            .rules
            .folder
            .iter()
            .flat_map(|folder| match crate::rules::read_dir(folder) {
                Ok(sources) => sources
                    .into_iter()
                    .map(|source| (source.path, source.text.into_bytes()))
                    .collect(),
                Err(error) => vec![(error.to_string(), Vec::new())],
            });
    let model = config.rules.model().into_iter().map(|path| {
        let content = std::fs::read(&path).unwrap_or_default();
        (path.display().to_string(), content)
    });
    file.chain(rules).chain(model).collect()
}
