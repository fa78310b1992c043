//! The providers that may call, swapped whole when their settings change.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use crate::call::CallEvent;
use crate::providers::{Provider, RawRequest, Received, Refused};

/// So long after a swap, calls that began before it are taken through to their end.
const CALLS_END_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Whose keys a request was signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    Current,
    /// Those that were in force before: a call goes on with them, and none begins.
    Former,
}

/// A request that was shown to a provider.
pub(super) struct Shown {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) read: Result<Received, Refused>,
    pub(super) keys: Keys,
}

/// The providers in force, and for a while those that were.
pub(super) struct Exchange(RwLock<State>);

struct State {
    current: Vec<Arc<dyn Provider>>,
    former: Vec<Arc<dyn Provider>>,
    former_until: Timestamp,
}

impl Exchange {
    pub(super) fn new(current: Vec<Arc<dyn Provider>>) -> Self {
        Self(RwLock::new(State {
            current,
            former: Vec::new(),
            former_until: Timestamp::MIN,
        }))
    }

    /// Puts others in force.
    pub(super) fn swap(&self, providers: Vec<Arc<dyn Provider>>, now: Timestamp) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.former = std::mem::replace(&mut state.current, providers);
        state.former_until = now.saturating_add(CALLS_END_WITHIN).unwrap_or(now);
    }

    /// Those in force.
    pub(super) fn all(&self) -> Vec<Arc<dyn Provider>> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        state.current.clone()
    }

    /// The one in force with this name.
    pub(super) fn named(&self, name: &str) -> Option<Arc<dyn Provider>> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        find(&state.current, name)
    }

    /// Who reads a request, what he reads, and by whose keys. What the provider in force refuses is
    /// shown to the one before.
    pub(super) fn receive(
        &self,
        name: &str,
        request: &RawRequest,
        now: Timestamp,
    ) -> Option<Shown> {
        let provider = self.named(name)?;
        let read = provider.receive(request);
        if matches!(read, Err(Refused::Signature(_) | Refused::Mismatch { .. }))
            && let Some(former) = self.former(name, now)
            && let Ok(received) = former.receive(request)
            && !matches!(received.event, CallEvent::Incoming { .. })
        {
            return Some(Shown {
                provider: former,
                read: Ok(received),
                keys: Keys::Former,
            });
        }
        Some(Shown {
            provider,
            read,
            keys: Keys::Current,
        })
    }

    fn former(&self, name: &str, now: Timestamp) -> Option<Arc<dyn Provider>> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let providers = (now < state.former_until).then_some(&state.former)?;
        find(providers, name)
    }
}

fn find(providers: &[Arc<dyn Provider>], name: &str) -> Option<Arc<dyn Provider>> {
    let found = providers.iter().find(|provider| provider.name() == name);
    found.map(Arc::clone)
}
