//! Keeps the store open, or tries to. The phone does not wait for it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::call::{Call, ProviderCallId};
use crate::store::{Commit, Store, StoreError};

/// How long to wait before the store is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How many calls are kept in memory while the store is away.
const MOST_UNWRITTEN: usize = 2_000;

/// Opens the store at an address.
pub type Opener = Box<dyn Fn() -> Opening + Send + Sync>;
/// A store that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn Store>, StoreError>> + Send>>;

/// Holds the store while it is there, and the calls that could not be written while it is not.
pub struct Keeper {
    opener: Opener,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    store: Option<Arc<dyn Store>>,
    trouble: Option<String>,
    unwritten: HashMap<ProviderCallId, Commit>,
}

impl Keeper {
    /// A keeper whose store is not open yet.
    #[must_use]
    pub fn new(opener: Opener) -> Self {
        Self {
            opener,
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
    pub fn trouble(&self) -> Option<String> {
        self.read().trouble.clone()
    }

    /// How many calls wait in memory to be written.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.read().unwritten.len()
    }

    /// A call that waits in memory to be written.
    pub(super) fn unwritten_call(&self, id: &ProviderCallId) -> Option<Call> {
        let state = self.read();
        if state.unwritten.is_empty() {
            return None;
        }
        state
            .unwritten
            .get(id)
            .map(|commit| Call::clone(&commit.call))
    }

    /// Remembers what could not be written, within bounds.
    pub(super) fn remember(&self, commit: Commit) {
        let mut state = self.write();
        let id = commit.call.provider.clone();
        if let Some(known) = state.unwritten.get_mut(&id) {
            let mut effects = std::mem::take(&mut known.effects);
            effects.extend(commit.effects);
            *known = Commit { effects, ..commit };
        } else if state.unwritten.len() < MOST_UNWRITTEN {
            state.unwritten.insert(id, commit);
        } else {
            tracing::error!(call.id = %commit.call.id, "too many calls wait for the store: this one is only in this log");
        }
    }

    /// Tries to open the store.
    ///
    /// # Errors
    /// Why it does not open.
    pub async fn open(&self) -> Result<(), StoreError> {
        let opened = (self.opener)().await;
        let mut state = self.write();
        match opened {
            Ok(store) => {
                state.trouble = None;
                state.store = Some(store);
                Ok(())
            }
            Err(error) => {
                state.trouble = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Lets go of a store that failed, so that it is opened anew.
    pub(super) fn give_up(&self, error: &StoreError) {
        let failed = {
            let mut state = self.write();
            state.trouble = Some(error.to_string());
            state.store.take()
        };
        if let Some(store) = failed {
            tracing::error!(%error, "the store failed: calls ring the owner until it is back");
            tokio::spawn(async move { store.close().await });
        }
    }

    /// Keeps trying until told to stop: opens the store when it is away, and writes what waited.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
            if self.store().is_none() {
                match self.open().await {
                    Ok(()) => tracing::info!("the store is open again"),
                    Err(error) => tracing::warn!(%error, "the store is still away"),
                }
            }
            self.write_what_waited().await;
        }
    }

    async fn write_what_waited(&self) {
        let Some(store) = self.store() else { return };
        let waiting: Vec<Commit> = self.read().unwritten.values().cloned().collect();
        for commit in waiting {
            let id = commit.call.provider.clone();
            let written = commit.call.timeline.len();
            if let Err(error) = store.commit(commit).await {
                self.give_up(&error);
                return;
            }
            let mut state = self.write();
            let unchanged = state
                .unwritten
                .get(&id)
                .is_some_and(|now| now.call.timeline.len() == written);
            if unchanged {
                state.unwritten.remove(&id);
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
