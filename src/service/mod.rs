//! Glue: one event of a call through the rooms.
//!
//! A request is verified and read by its provider, the call is loaded and facts are gathered, the
//! [`screening`](crate::screening) decides, the step is written down, and the provider writes its
//! answer. Everything that decides is elsewhere; what is here is the order of things, their
//! deadlines, and what happens when one of them breaks: the phone rings.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::{Mutex, Notify, watch as snapshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::call::Clock;
use crate::providers::{Provider, Reply};
use crate::telemetry::Metrics;

mod act;
pub mod campaigns;
#[cfg(test)]
mod carried;
mod decide;
mod ended_entries;
pub mod erase;
mod event;
mod exchange;
pub mod figures;
mod gather;
pub mod harm;
pub mod held;
pub mod hits;
mod keep;
mod keeper;
mod live;
mod notices;
mod ongoing;
pub mod outbox;
mod policies;
pub mod propose;
pub mod reconcile;
mod removed;
pub mod replay;
pub mod retention;
mod room;
#[cfg(test)]
mod sample;
mod shelves;
mod spend;
mod supervised;
mod trust;
mod unheard;
mod watch;
mod webhook;
mod weekly;

pub use act::{ActError, Acted};
pub use campaigns::Campaigns;
pub use harm::Harm;
pub use hits::{Hits, RuleHits};
pub use keeper::{Keeper, Opener, Opening};
pub use live::Live;
pub use notices::{Mailer, Notifier};
pub use policies::{Policies, Trouble};
pub use supervised::supervised;
pub use unheard::Unheard;

/// Calls are worked on in order; different calls share these locks by chance only.
const LOCKS: usize = 1_024;

/// What a webhook is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is not from the provider: a bare refusal, so that the provider goes to its fallback.
    Refused {
        /// Why it is not.
        reason: &'static str,
    },
    /// It was read and needs no answer.
    Nothing,
    /// Instructions in the provider's own language.
    Reply(Reply),
}

/// What the service is put together from.
pub struct Parts {
    /// The providers that may call at first.
    pub providers: Vec<Arc<dyn Provider>>,
    /// The policies, swapped whole when rules or configuration change.
    pub policies: snapshot::Receiver<Arc<Policies>>,
    /// The store, or the attempt at one.
    pub keeper: Arc<Keeper>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// Takes events of calls through the rooms.
pub struct Service {
    exchange: exchange::Exchange,
    policies: snapshot::Receiver<Arc<Policies>>,
    keeper: Arc<Keeper>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    live: Live,
    ongoing: ongoing::Ongoing,
    campaigns: Campaigns,
    hits: Hits,
    unheard: Unheard,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
    outbox_woken: Notify,
    notifier: notices::Way<dyn Notifier>,
    mailer: notices::Way<dyn Mailer>,
    in_hand: TaskTracker,
    room: Arc<room::Room>,
    spend: spend::Spend,
    removed: removed::RemovedCalls,
    /// Held while the store is written anew.
    scrubbing: Mutex<()>,
    /// When the last real call came in, in seconds since 1970; 0 while that is not known.
    last_call: AtomicI64,
    /// Whether the owner insists on the rules that are held back.
    insists: AtomicBool,
    /// Whether the program is about to stop.
    is_leaving: AtomicBool,
    /// What the clock said after a leap that it is doubted for, in seconds since 1970; 0 while it is
    /// believed.
    clock_doubted: AtomicI64,
}

impl Service {
    /// Puts the service together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            exchange: exchange::Exchange::new(parts.providers),
            policies: parts.policies,
            keeper: parts.keeper,
            clock: parts.clock,
            metrics: parts.metrics,
            live: Live::default(),
            ongoing: ongoing::Ongoing::default(),
            campaigns: Campaigns::default(),
            hits: Hits::default(),
            unheard: Unheard::default(),
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
            outbox_woken: Notify::new(),
            notifier: notices::Way::none(),
            mailer: notices::Way::none(),
            in_hand: TaskTracker::new(),
            room: Arc::default(),
            spend: spend::Spend::default(),
            removed: removed::RemovedCalls::default(),
            scrubbing: Mutex::new(()),
            last_call: AtomicI64::new(0),
            insists: AtomicBool::new(false),
            is_leaving: AtomicBool::new(false),
            clock_doubted: AtomicI64::new(0),
        })
    }

    /// Tells the owner's own address of the web what happens, from now on; nobody without one. What
    /// waits in the outbox goes this way too.
    pub fn notify_through(&self, notifier: Option<Arc<dyn Notifier>>) {
        self.notifier.swap(notifier);
    }

    /// Sends mails to the owner this way from now on; none without one.
    pub fn mail_through(&self, mailer: Option<Arc<dyn Mailer>>) {
        self.mailer.swap(mailer);
    }

    /// The owner insists on rules that are held back because of what they would have done.
    pub fn insist(&self) {
        self.insists.store(true, Ordering::SeqCst);
    }

    /// Waits until other policies are in force than at this moment, or others keep being kept from it.
    pub fn policies_changed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut policies = self.policies.clone();
        policies.mark_unchanged();
        async move {
            // Nobody changes them any more: nothing to wait for.
            let _ = policies.changed().await;
        }
    }

    /// Whether the owner insisted since this was asked last.
    #[must_use]
    pub fn take_insistence(&self) -> bool {
        self.insists.swap(false, Ordering::SeqCst)
    }

    /// Works in the background until told to stop: keeps the store open, does what is in the
    /// outbox, watches the house. What breaks of it begins anew.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let keep = || {
            let (keeper, stop) = (Arc::clone(&self.keeper), stop.clone());
            async move { keeper.run(stop).await }
        };
        let send = || outbox::run(Arc::clone(&self), stop.clone());
        let watch = || watch::run(Arc::clone(&self), stop.clone());
        let shelve = || shelves::run(Arc::clone(&self), stop.clone());
        let compare = || reconcile::run(Arc::clone(&self), stop.clone());
        let sum_up = || weekly::run(Arc::clone(&self), stop.clone());
        let tidy = || retention::run(Arc::clone(&self), stop.clone());
        tokio::join!(
            self.supervise("keeper", &stop, keep),
            self.supervise("outbox", &stop, send),
            self.supervise("watch", &stop, watch),
            self.supervise("shelves", &stop, shelve),
            self.supervise("reconcile", &stop, compare),
            self.supervise("weekly", &stop, sum_up),
            self.supervise("retention", &stop, tidy),
        );
    }

    async fn supervise<W: Future<Output = ()> + Send + 'static>(
        &self,
        place: &'static str,
        stop: &CancellationToken,
        work: impl Fn() -> W,
    ) {
        supervised(place, self.clock(), &self.metrics, stop.clone(), work).await;
    }

    /// Waits for the events in hand, writes what waited, and closes the store.
    pub async fn close(&self) {
        self.in_hand.close();
        self.in_hand.wait().await;
        if let Some(store) = self.keeper.store() {
            shelves::keep(self, store.as_ref()).await;
        }
        self.keeper.close().await;
    }

    /// The provider with this name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        self.exchange.named(name)
    }

    /// Puts other providers in force. Calls that are under way go on under those that were.
    pub fn call_through(&self, providers: Vec<Arc<dyn Provider>>) {
        self.exchange.swap(providers, self.clock.now());
    }

    /// The policies as they are now.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.policies.borrow())
    }

    /// The store, or the attempt at one.
    #[must_use]
    pub fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// The hub that tells of every change of a call.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// What is counted, and the board of alarms.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The campaigns that callers were found to belong to.
    #[must_use]
    pub fn campaigns(&self) -> &Campaigns {
        &self.campaigns
    }

    /// How often each rule hit.
    #[must_use]
    pub fn hits(&self) -> &Hits {
        &self.hits
    }

    /// The messages that nobody has heard yet.
    #[must_use]
    pub fn unheard(&self) -> &Unheard {
        &self.unheard
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}
