//! Glue: one event of a call through the rooms.
//!
//! A request is verified and read by its provider, the call is loaded and facts are gathered, the
//! [`screening`] decides, the step is written down, and the provider writes its
//! answer. Everything that decides is elsewhere; what is here is the order of things, their
//! deadlines, and what happens when one of them breaks: the phone rings.

use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::call::{Call, CallEvent, CallId, Caller, CallerNumber, Clock, Instruction};
use crate::providers::{Provider, RawRequest, Received, Refused, Reply};
use crate::screening::{self, Policy, Step};
use crate::store::{Commit, StoreError};
use crate::telemetry::{Metrics, Unrecorded, WebhookOutcome};

mod act;
mod gather;
mod keeper;
mod live;
mod outbox;
mod policies;
pub mod replay;

pub use act::{ActError, Acted};
pub use keeper::{Keeper, Opener, Opening};
pub use live::Live;
pub use policies::Policies;

/// How long one event may take in all before the owner is rung without further thought.
const DEADLINE: Duration = Duration::from_millis(1_500);
/// How long a step may take to be written down.
const STORE_DEADLINE: Duration = Duration::from_millis(800);
/// Calls are worked on in order; different calls share these locks by chance only.
const LOCKS: usize = 1_024;

/// What a webhook is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is not from the provider: a bare refusal, so that the provider goes to its fallback.
    Refused,
    /// It was read and needs no answer.
    Nothing,
    /// Instructions in the provider's own language.
    Reply(Reply),
}

/// What the service is put together from.
pub struct Parts {
    /// The providers that may call.
    pub providers: Vec<Arc<dyn Provider>>,
    /// The policies, swapped whole when rules or configuration change.
    pub policies: watch::Receiver<Arc<Policies>>,
    /// The store, or the attempt at one.
    pub keeper: Arc<Keeper>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// Takes events of calls through the rooms.
pub struct Service {
    providers: Vec<Arc<dyn Provider>>,
    policies: watch::Receiver<Arc<Policies>>,
    keeper: Arc<Keeper>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    live: Live,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
    outbox_woken: Notify,
    in_hand: TaskTracker,
}

impl Service {
    /// Puts the service together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            providers: parts.providers,
            policies: parts.policies,
            keeper: parts.keeper,
            clock: parts.clock,
            metrics: parts.metrics,
            live: Live::default(),
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
            outbox_woken: Notify::new(),
            in_hand: TaskTracker::new(),
        })
    }

    /// Works in the background until told to stop: keeps the store open, does what is in the
    /// outbox.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let keeper = Arc::clone(&self.keeper);
        tokio::join!(keeper.run(stop.clone()), outbox::run(self, stop));
    }

    /// Waits for the events in hand, writes what waited, and closes the store.
    pub async fn close(&self) {
        self.in_hand.close();
        self.in_hand.wait().await;
        self.keeper.close().await;
    }

    /// The provider with this name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&dyn Provider> {
        self.providers
            .iter()
            .find(|provider| provider.name() == name)
            .map(AsRef::as_ref)
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

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Answers a webhook. Whatever breaks on the way, a verified call gets instructions that ring
    /// the owner. `None` when there is no such provider.
    pub async fn on_request(
        self: &Arc<Self>,
        provider: &str,
        request: RawRequest,
    ) -> Option<Answer> {
        let provider = self
            .providers
            .iter()
            .find(|known| known.name() == provider)?;
        Some(match provider.receive(&request) {
            Ok(received) => self.on_received(provider, received).await,
            Err(Refused::Signature(reason)) => {
                tracing::warn!(provider = provider.name(), step = %request.step, reason, "a request was refused");
                self.metrics.signature_refused(provider.name());
                Answer::Refused
            }
            Err(Refused::Irrelevant) => {
                self.metrics
                    .webhook(provider.name(), WebhookOutcome::Irrelevant);
                Answer::Nothing
            }
            Err(Refused::Unreadable { reason, call }) => {
                tracing::error!(provider = provider.name(), step = %request.step, reason, "a signed request could not be read: ringing the owner");
                self.metrics
                    .webhook(provider.name(), WebhookOutcome::Unreadable);
                let policies = self.policies();
                let ring = screening::ring_the_owner(&policies.lines()[0]);
                let call = call.unwrap_or_else(|| crate::call::ProviderCallId {
                    provider: provider.name().into(),
                    id: String::new(),
                });
                Answer::Reply(provider.render(&call, &ring))
            }
        })
    }

    /// Takes a verified event through, in a task of its own: a provider that hangs up on us does
    /// not stop what was begun.
    async fn on_received(
        self: &Arc<Self>,
        provider: &Arc<dyn Provider>,
        received: Received,
    ) -> Answer {
        let id = received.call.clone();
        let safe = self.safe_instructions(&received);
        let service = Arc::clone(self);
        let span = tracing::info_span!(
            "event",
            call.id = tracing::field::Empty,
            call.provider_id = %id.id,
            event = %received.event.key(),
        );
        let task = self
            .in_hand
            .spawn(async move { service.on_event(received).await }.instrument(span));
        let (instructions, outcome) = match tokio::time::timeout(DEADLINE, task).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(error)) => {
                tracing::error!(%error, call.provider_id = %id.id, "an event broke: ringing the owner");
                (safe, WebhookOutcome::FailedOpen)
            }
            Err(_) => {
                tracing::error!(call.provider_id = %id.id, "an event took too long: ringing the owner");
                (safe, WebhookOutcome::FailedOpen)
            }
        };
        self.metrics.webhook(provider.name(), outcome);
        Answer::Reply(provider.render(&id, &instructions))
    }

    /// What is answered when everything else breaks, decided before anything can.
    fn safe_instructions(&self, received: &Received) -> Vec<Instruction> {
        let policies = self.policies();
        match &received.event {
            CallEvent::Incoming { called, .. } | CallEvent::Fallback { called, .. } => {
                screening::ring_the_owner(policies.for_called(called))
            }
            CallEvent::Heard { .. } => screening::ring_the_owner(&policies.lines()[0]),
            CallEvent::OwnerReached { .. } => vec![Instruction::Bridge],
            CallEvent::OwnerPressed { key, .. } => match key {
                Some(_) => vec![Instruction::Bridge],
                None => vec![Instruction::Hangup],
            },
            CallEvent::DialEnded { .. } | CallEvent::Recorded { .. } | CallEvent::Ended { .. } => {
                vec![Instruction::Hangup]
            }
            // Providers do not tell of it.
            CallEvent::OwnerActed { .. } => Vec::new(),
        }
    }

    /// One event through the rooms. The same event twice is one event.
    async fn on_event(&self, received: Received) -> (Vec<Instruction>, WebhookOutcome) {
        let _in_order = self.lock(&received).await;
        let now = self.clock.now();
        let policies = self.policies();
        let store = self.keeper.store();
        let call = self.load(&received, &policies, now).await;
        if call.simulated != received.simulated {
            tracing::warn!(
                "a call that was played to try things out named a real one, or the other way round"
            );
            return (vec![Instruction::Hangup], WebhookOutcome::Irrelevant);
        }
        tracing::Span::current().record("call.id", tracing::field::display(call.id));
        let policy = Arc::clone(policies.for_line(&call.line));
        let facts = match received.event {
            CallEvent::Incoming { .. } | CallEvent::Heard { .. } => {
                gather::gather(store.as_deref(), &call, now).await
            }
            _ => screening::Facts::default(),
        };
        let before = call.timeline.len();
        let safe = screening::ring_the_owner(&policy);
        let event = match received.event {
            CallEvent::Incoming { caller, called } if store.is_none() => {
                tracing::error!("the store is away: ringing the owner");
                CallEvent::Fallback { caller, called }
            }
            event => event,
        };
        let as_it_was = call.clone();
        let began = Instant::now();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            screening::advance(&policy, &facts, call, event, now)
        }));
        self.metrics.decision_took(began.elapsed());
        let Ok(step) = decided else {
            tracing::error!("deciding broke: ringing the owner");
            return (safe, WebhookOutcome::FailedOpen);
        };
        if step.call.timeline.len() == before {
            return (step.instructions, WebhookOutcome::Repeated);
        }
        if let Some(verdict) = step.call.verdict.as_ref()
            && as_it_was.verdict.is_none()
        {
            self.metrics.call_decided(verdict);
        }
        self.keep(&policy, as_it_was, step, now).await
    }

    async fn lock(&self, received: &Received) -> tokio::sync::MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one(&received.call);
        let index = usize::try_from(hash % LOCKS as u64).unwrap_or_default();
        self.locks[index].lock().await
    }

    /// The call that an event is about: as it was kept, or from its beginning. A call in the middle
    /// that nobody knows is one whose beginning was lost: the owner is rung.
    async fn load(&self, received: &Received, policies: &Policies, now: jiff::Timestamp) -> Call {
        if let Some(call) = self.keeper.unwritten_call(&received.call) {
            return call;
        }
        if let Some(store) = self.keeper.store() {
            match tokio::time::timeout(STORE_DEADLINE, store.call_by_provider(&received.call)).await
            {
                Ok(Ok(Some(call))) => return call,
                Ok(Ok(None)) => {}
                Ok(Err(error)) => self.keeper.give_up(&error),
                Err(_) => tracing::warn!("the store was too slow to find the call"),
            }
        }
        let (caller, called) = match &received.event {
            CallEvent::Incoming { caller, called } | CallEvent::Fallback { caller, called } => {
                (caller.clone(), called.clone())
            }
            _ => (Caller::with_number(CallerNumber::Withheld), String::new()),
        };
        let policy = policies.for_called(&called);
        let mut call = Call::begin(
            CallId::new(now),
            received.call.clone(),
            policy.line.id.clone(),
            policy.line.languages.greeting(),
            caller,
            called,
            now,
        );
        call.simulated = received.simulated;
        call
    }

    /// Writes a step down and gives its answer. A question or a refusal is only told when it is on
    /// disk: otherwise the owner is rung. Whatever could not be written is remembered, and written
    /// later.
    async fn keep(
        &self,
        policy: &Policy,
        as_it_was: Call,
        step: Step,
        now: jiff::Timestamp,
    ) -> (Vec<Instruction>, WebhookOutcome) {
        let has_jobs = !step.effects.is_empty();
        let commit = Commit {
            call: Arc::new(step.call),
            effects: step.effects,
        };
        if self.write(&commit).await {
            self.tell(&commit.call);
            if has_jobs {
                self.outbox_woken.notify_one();
            }
            return (step.instructions, WebhookOutcome::Answered);
        }
        let holds_up = step.instructions.iter().any(|instruction| {
            matches!(
                instruction,
                Instruction::Ask { .. } | Instruction::Reject { .. }
            )
        });
        if !holds_up {
            self.tell(&commit.call);
            self.keeper.remember(commit);
            return (step.instructions, WebhookOutcome::Answered);
        }
        tracing::error!(call.id = %as_it_was.id, "a step could not be kept: ringing the owner");
        let event = CallEvent::Fallback {
            caller: as_it_was.caller.clone(),
            called: as_it_was.called.clone(),
        };
        let facts = screening::Facts::default();
        let rung = screening::advance(policy, &facts, as_it_was, event, now);
        let call = Arc::new(rung.call);
        self.tell(&call);
        self.keeper.remember(Commit {
            call,
            effects: commit.effects,
        });
        (rung.instructions, WebhookOutcome::FailedOpen)
    }

    fn tell(&self, call: &Arc<Call>) {
        self.live.tell(call);
        log(call);
    }

    /// Whether a step is on disk now.
    async fn write(&self, commit: &Commit) -> bool {
        let waiting = self.keeper.unwritten_call(&commit.call.provider).is_some();
        let Some(store) = self.keeper.store().filter(|_| !waiting) else {
            self.metrics.answer_unrecorded(Unrecorded::Failed);
            return false;
        };
        let began = Instant::now();
        let written = tokio::time::timeout(STORE_DEADLINE, store.commit(commit.clone())).await;
        self.metrics.commit_took(began.elapsed());
        match written {
            Ok(Ok(())) => return true,
            // What is too big stays so: the store itself is well.
            Ok(Err(error @ StoreError::TooBig { .. })) => {
                tracing::error!(%error, "a step of a call could not be kept");
                self.metrics.answer_unrecorded(Unrecorded::Failed);
                return false;
            }
            Ok(Err(error)) => {
                self.metrics.answer_unrecorded(Unrecorded::Failed);
                self.keeper.give_up(&error);
            }
            Err(_) => {
                self.metrics.answer_unrecorded(Unrecorded::Late);
                tracing::warn!("the store was too slow: the call is written later");
            }
        }
        false
    }
}

fn log(call: &Call) {
    let verdict = call.verdict.as_ref();
    tracing::info!(
        line = %call.line,
        caller = %call.caller.number,
        turn = call.turn,
        verdict = ?verdict.map(|verdict| verdict.treatment),
        ground = ?verdict.map(|verdict| verdict.ground),
        "call"
    );
}
