//! Keeps the store open, or tries to. The phone does not wait for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::call::{Bilingual, Call, E164, ProviderCallId, bilingual};
use crate::store::{Commit, Store, StoreError};

/// How long to wait before the store is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How long opening may take before it is told of.
const SLOW: Duration = Duration::from_secs(5);
/// How often the same trouble is logged while it stands.
const SAID_EVERY: Duration = Duration::from_secs(600);
/// How many calls are kept in memory while the store is away.
const MOST_UNWRITTEN: usize = 2_000;

/// Opens the store at an address.
pub type Opener = Box<dyn Fn() -> Opening + Send + Sync>;
/// A store that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn Store>, StoreError>> + Send>>;

/// Holds the store while it is there, and the calls that could not be written while it is not.
pub struct Keeper {
    opener: Opener,
    opening: tokio::sync::Mutex<()>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    store: Option<Arc<dyn Store>>,
    trouble: Option<Bilingual>,
    /// Of each call its latest step, and those before it that bring something about: what a step brings
    /// about is known by the step, so that it is done once though it was written, late, all the same.
    unwritten: HashMap<ProviderCallId, Vec<Commit>>,
    /// How many calls there was no more room for.
    beyond: u64,
}

impl State {
    /// Counts a call that there is no room for. A line of the log for each would fill the disk.
    fn pass_over(&mut self) {
        self.beyond += 1;
        if self.beyond.is_power_of_two() {
            tracing::error!(
                calls = self.beyond,
                "too many calls wait for the store: so many since the start are only in the \
                 provider's own list, from which they are entered"
            );
        }
    }
}

/// What was logged last: a line for each try would fill the disk.
#[derive(Default)]
struct Said(Option<(String, Instant)>);

impl Said {
    /// Whether this is to be logged now.
    fn is_news(&mut self, reason: &str, now: Instant) -> bool {
        let is_old = self
            .0
            .as_ref()
            .is_some_and(|(said, at)| said == reason && now.duration_since(*at) < SAID_EVERY);
        if !is_old {
            self.0 = Some((reason.to_owned(), now));
        }
        !is_old
    }
}

impl Keeper {
    /// A keeper whose store is not open yet.
    #[must_use]
    pub fn new(opener: Opener) -> Self {
        Self {
            opener,
            opening: tokio::sync::Mutex::new(()),
            state: RwLock::default(),
        }
    }

    /// The store, while it is there.
    #[must_use]
    pub fn store(&self) -> Option<Arc<dyn Store>> {
        self.read().store.clone()
    }

    /// Why the store is not there, in words.
    #[must_use]
    pub fn trouble(&self) -> Option<Bilingual> {
        self.read().trouble.clone()
    }

    /// How many calls wait in memory to be written.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.read().unwritten.len()
    }

    /// Whether a call of this number waits in memory to be written.
    pub(super) fn is_unwritten(&self, number: E164) -> bool {
        let state = self.read();
        let mut waiting = state.unwritten.values().flatten();
        waiting.any(|commit| commit.call.caller.number.public() == Some(number))
    }

    /// A call that waits in memory to be written.
    pub(super) fn unwritten_call(&self, id: &ProviderCallId) -> Option<Call> {
        let state = self.read();
        if state.unwritten.is_empty() {
            return None;
        }
        let latest = state.unwritten.get(id)?.last()?;
        Some(Call::clone(&latest.call))
    }

    /// Remembers what could not be written, within bounds.
    pub(super) fn remember(&self, commit: Commit) {
        let mut state = self.write();
        let id = commit.call.provider.clone();
        if let Some(steps) = state.unwritten.get_mut(&id) {
            steps.pop_if(|latest| latest.effects.is_empty());
            steps.push(commit);
        } else if state.unwritten.len() < MOST_UNWRITTEN {
            state.unwritten.insert(id, vec![commit]);
        } else {
            state.pass_over();
        }
    }

    /// Whether there is no room to remember another call. One that there is none for is counted.
    pub(super) fn is_full(&self) -> bool {
        let full = self.read().unwritten.len() >= MOST_UNWRITTEN;
        if full {
            self.write().pass_over();
        }
        full
    }

    /// Tries to open the store, unless it is open. One try at a time; a try that panics is one that
    /// failed, and one that hangs is told of while it does.
    ///
    /// # Errors
    /// Why it does not open.
    pub async fn open(&self) -> Result<(), StoreError> {
        let _alone = self.opening.lock().await;
        if self.store().is_some() {
            return Ok(());
        }
        let mut opening = tokio::spawn((self.opener)());
        let opened = loop {
            match tokio::time::timeout(SLOW, &mut opening).await {
                Ok(opened) => break opened,
                Err(_) => {
                    tracing::warn!("the store is still being opened");
                    self.write().trouble = Some(bilingual!(
                        "det bliver stadig åbnet",
                        "it is still being opened"
                    ));
                }
            }
        };
        let opened = opened.unwrap_or_else(|error| Err(StoreError::Io(error.to_string())));
        let mut state = self.write();
        match opened {
            Ok(store) => {
                state.trouble = None;
                state.store = Some(store);
                Ok(())
            }
            Err(error) => {
                state.trouble = Some(error.told());
                Err(error)
            }
        }
    }

    /// Lets go of a store that failed, so that it is opened anew.
    pub(super) fn give_up(&self, error: &StoreError) {
        let failed = {
            let mut state = self.write();
            state.trouble = Some(error.told());
            state.store.take()
        };
        if let Some(store) = failed {
            tracing::error!(%error, "the store failed: calls ring the owner until it is back");
            tokio::spawn(async move { store.close().await });
        }
    }

    /// Keeps trying until told to stop: lets go of the store when it is damaged, opens it when it is
    /// away, and writes what waited.
    pub async fn run(&self, stop: CancellationToken) {
        let mut said = Said::default();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
            if let Some(damage) = self.store().and_then(|store| store.damage()) {
                self.give_up(&damage);
            }
            if self.store().is_none() {
                match self.open().await {
                    Ok(()) => {
                        said = Said::default();
                        tracing::info!("the store is open again");
                    }
                    Err(error) => {
                        if said.is_news(&error.to_string(), Instant::now()) {
                            tracing::warn!(%error, "the store is still away; it is tried again");
                        }
                    }
                }
            }
            self.write_what_waited().await;
        }
    }

    async fn write_what_waited(&self) {
        let Some(store) = self.store() else { return };
        let waiting: Vec<Commit> = self.read().unwritten.values().flatten().cloned().collect();
        for commit in waiting {
            let id = commit.call.provider.clone();
            let written = commit.call.timeline.len();
            match tokio::time::timeout(SLOW, store.commit(commit)).await {
                Ok(Ok(())) => {}
                // It would keep all the others waiting; the store itself is well.
                Ok(Err(error @ StoreError::TooBig { .. })) => {
                    tracing::error!(%error, "a call cannot be kept: it is only in this log");
                }
                Ok(Err(error)) => {
                    self.give_up(&error);
                    return;
                }
                Err(_) => {
                    tracing::warn!("the store is too slow to write what waited");
                    return;
                }
            }
            let mut state = self.write();
            if let Entry::Occupied(mut steps) = state.unwritten.entry(id) {
                steps
                    .get_mut()
                    .retain(|step| step.call.timeline.len() != written);
                if steps.get().is_empty() {
                    steps.remove();
                }
            }
        }
    }

    /// Writes what waited and closes the store.
    pub async fn close(&self) {
        self.write_what_waited().await;
        let store = self.write().store.take();
        if let Some(store) = store {
            store.close().await;
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Effect;
    use crate::store::sample::{call, heard};

    #[tokio::test]
    async fn what_a_step_brings_about_is_done_once_though_it_was_written_after_all() {
        let store = crate::store::open("memory:").await.unwrap();
        let kept = Arc::clone(&store);
        let keeper = Keeper::new(Box::new(move || {
            let store = Arc::clone(&kept);
            Box::pin(async move { Ok(store) })
        }));
        keeper.open().await.unwrap();
        let step = |call: &Call, told: Option<&str>| Commit {
            call: Arc::new(call.clone()),
            effects: told
                .map(|body| Effect::Notify { body: body.into() })
                .into_iter()
                .collect(),
        };
        let jobs = async || {
            let jobs = store.jobs_due(jiff::Timestamp::MAX, 9).await.unwrap();
            jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
        };
        let first = heard(call(1), "hej");
        let second = heard(first.clone(), "det er lone");
        let third = heard(second.clone(), "farvel");
        // It was too late for whoever waited, and written all the same.
        store.commit(step(&first, Some("en"))).await.unwrap();
        keeper.remember(step(&first, Some("en")));
        let written = jobs().await;
        keeper.remember(step(&second, None));
        keeper.remember(step(&third, Some("to")));
        assert_eq!(keeper.unwritten_call(&third.provider), Some(third.clone()));
        assert_eq!(keeper.unwritten(), 1);
        keeper.write_what_waited().await;
        assert_eq!(keeper.unwritten(), 0);
        assert_eq!(store.call(third.id).await.unwrap(), Some(third));
        let all = jobs().await;
        assert_eq!((all.len(), &all[..1]), (2, &written[..]));
    }

    #[test]
    fn the_same_trouble_is_logged_once_and_then_seldom() {
        let mut said = Said::default();
        let began = Instant::now();
        let tries = (0..1_000).map(|number| began + RETRY * number);
        let lines = tries.filter(|now| said.is_news("locked", *now)).count();
        assert_eq!(lines, 4, "2,000 seconds");
        let now = began + RETRY * 1_000;
        assert!(said.is_news("full", now) && said.is_news("locked", now));
    }
}
