//! Glue: one event of a call through the rooms.
//!
//! A request is verified and read by its provider, the call is loaded and facts are gathered, the
//! [`screening`] decides, the step is written down, and the provider writes its
//! answer. Everything that decides is elsewhere; what is here is the order of things, their
//! deadlines, and what happens when one of them breaks: the phone rings.

use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Notify, Semaphore, watch as snapshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::call::{
    Call, CallEvent, CallId, Caller, CallerNumber, Clock, Effect, Instruction, ProviderCallId,
};
use crate::providers::{Provider, RawRequest, Received, Refused, Reply};
use crate::screening::{self, Policy, Step};
use crate::store::{Commit, StoreError};
use crate::telemetry::{AlarmKind, Metrics, Shed, Unrecorded, WebhookOutcome};

mod act;
pub mod campaigns;
mod gather;
mod harm;
pub mod hits;
mod keeper;
mod live;
mod notices;
pub mod outbox;
mod policies;
pub mod propose;
pub mod reconcile;
pub mod replay;
mod shelves;
mod spend;
mod supervised;
mod watch;

pub use act::{ActError, Acted};
pub use campaigns::Campaigns;
pub use hits::{Hits, RuleHits};
pub use keeper::{Keeper, Opener, Opening};
pub use live::Live;
pub use notices::Notifier;
pub use policies::Policies;
pub use supervised::supervised;

/// How long one event may take in all before the owner is rung without further thought.
const DEADLINE: Duration = Duration::from_millis(1_500);
/// How long a step may take to be written down.
const STORE_DEADLINE: Duration = Duration::from_millis(800);
/// How many events are taken through the rooms at once; the rest ring the owner at once.
const MOST_IN_HAND: usize = 256;
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
    /// The providers that may call.
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
    providers: Vec<Arc<dyn Provider>>,
    policies: snapshot::Receiver<Arc<Policies>>,
    keeper: Arc<Keeper>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    live: Live,
    campaigns: Campaigns,
    hits: Hits,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
    outbox_woken: Notify,
    notifier: OnceLock<Arc<dyn Notifier>>,
    in_hand: TaskTracker,
    room: Arc<Semaphore>,
    spend: spend::Spend,
    /// When the last real call came in, in seconds since 1970; 0 while that is not known.
    last_call: AtomicI64,
    /// Whether the owner insists on the rules that are held back.
    insists: AtomicBool,
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
            campaigns: Campaigns::default(),
            hits: Hits::default(),
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
            outbox_woken: Notify::new(),
            notifier: OnceLock::new(),
            in_hand: TaskTracker::new(),
            room: Arc::new(Semaphore::new(MOST_IN_HAND)),
            spend: spend::Spend::default(),
            last_call: AtomicI64::new(0),
            insists: AtomicBool::new(false),
        })
    }

    /// Tells the owner's own address of the web what happens, from now on. Only the first holds.
    pub fn notify_through(&self, notifier: Arc<dyn Notifier>) {
        let _ = self.notifier.set(notifier);
    }

    /// The owner insists on rules that are held back because of what they would have done.
    pub fn insist(&self) {
        self.insists.store(true, Ordering::SeqCst);
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
        tokio::join!(
            self.supervise("keeper", &stop, keep),
            self.supervise("outbox", &stop, send),
            self.supervise("watch", &stop, watch),
            self.supervise("shelves", &stop, shelve),
            self.supervise("reconcile", &stop, compare),
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
            Ok(received) => {
                if !received.simulated {
                    self.heard_from_provider(&received);
                }
                self.on_received(provider, received).await
            }
            Err(Refused::Signature(reason)) => {
                self.metrics.signature_refused(provider.name());
                Answer::Refused { reason }
            }
            Err(Refused::Mismatch { expected }) => {
                self.metrics.signature_refused(provider.name());
                let seen = seen_address(&request);
                let told = format!(
                    "a request of {} was refused for its signature: expected it over {expected}, seen {seen}",
                    provider.name()
                );
                self.metrics
                    .alarms()
                    .raise(AlarmKind::Signature, self.clock.now(), told);
                Answer::Refused {
                    reason: "it was not made over this request",
                }
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
                let call = call.unwrap_or_else(|| ProviderCallId {
                    provider: provider.name().into(),
                    id: String::new(),
                });
                Answer::Reply(self.render(provider, &call, &ring))
            }
        })
    }

    /// A real event came, and its signature held.
    fn heard_from_provider(&self, received: &Received) {
        let now = self.clock.now();
        self.metrics.alarms().clear(AlarmKind::Signature, now);
        if matches!(received.event, CallEvent::Incoming { .. }) {
            self.last_call.store(now.as_second(), Ordering::Relaxed);
        }
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
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            self.shed(&received);
            self.metrics
                .webhook(provider.name(), WebhookOutcome::FailedOpen);
            return Answer::Reply(self.render(provider, &id, &safe));
        };
        let service = Arc::clone(self);
        let span = tracing::info_span!(
            "event",
            call.id = tracing::field::Empty,
            call.provider_id = %id.id,
            event = %received.event.key(),
        );
        let task = self.in_hand.spawn(
            async move {
                let _room = room;
                service.on_event(received).await
            }
            .instrument(span),
        );
        let (instructions, outcome) = match tokio::time::timeout(DEADLINE, task).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(error)) => {
                tracing::error!(%error, call.provider_id = %id.id, "an event broke: ringing the owner");
                self.broke("event");
                (safe, WebhookOutcome::FailedOpen)
            }
            Err(_) => {
                tracing::error!(call.provider_id = %id.id, "an event took too long: ringing the owner");
                (safe, WebhookOutcome::FailedOpen)
            }
        };
        self.metrics.webhook(provider.name(), outcome);
        Answer::Reply(self.render(provider, &id, &instructions))
    }

    /// Writes instructions in the provider's language; where that breaks, those that ring the owner.
    fn render(
        &self,
        provider: &Arc<dyn Provider>,
        call: &ProviderCallId,
        instructions: &[Instruction],
    ) -> Reply {
        let write = |instructions: &[Instruction]| {
            catch_unwind(AssertUnwindSafe(|| provider.render(call, instructions)))
        };
        write(instructions).unwrap_or_else(|_| {
            tracing::error!(call.provider_id = %call.id, "writing an answer broke: ringing the owner");
            self.broke("render");
            let policies = self.policies();
            provider.render(call, &screening::ring_the_owner(&policies.lines()[0]))
        })
    }

    fn broke(&self, place: &'static str) {
        self.metrics.panicked(place);
        let told = format!("something broke and calls rang the owner: {place}");
        self.metrics
            .alarms()
            .raise(AlarmKind::Panic, self.clock.now(), told);
    }

    /// Notes a call that there is no room for, as one that rings the owner; within bounds, and
    /// without waiting for anything. It is written down when there is time.
    fn shed(&self, received: &Received) {
        self.metrics.shed(Shed::Overload);
        let now = self.clock.now();
        self.metrics.alarms().raise(
            AlarmKind::Overload,
            now,
            "more requests than can be served: callers ring through without being screened",
        );
        let CallEvent::Incoming { called, .. } = &received.event else {
            return;
        };
        let Ok(_in_order) = self.lock_of(&received.call).try_lock() else {
            return;
        };
        if self.keeper.unwritten_call(&received.call).is_some() {
            return;
        }
        let policies = self.policies();
        let call = begin(received, &policies, now);
        let policy = policies.for_called(called);
        let rung = screening::ring_through(policy, call, received.event.clone(), now);
        self.keeper.remember(Commit {
            call: Arc::new(rung.call),
            effects: rung.effects,
        });
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
            CallEvent::DialEnded { .. }
            | CallEvent::Recorded { .. }
            | CallEvent::Unseen { .. }
            | CallEvent::Ended { .. } => {
                vec![Instruction::Hangup]
            }
            // Providers do not tell of it.
            CallEvent::OwnerActed { .. } => Vec::new(),
        }
    }

    /// One event through the rooms. The same event twice is one event.
    async fn on_event(&self, received: Received) -> (Vec<Instruction>, WebhookOutcome) {
        let _in_order = self.lock_of(&received.call).lock().await;
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
                let known = self.campaigns.known(&call, &received.event, now);
                let mut facts = gather::gather(store.as_deref(), &call, now).await;
                facts.campaign = known;
                facts
            }
            _ => screening::Facts::default(),
        };
        let before = call.timeline.len();
        let safe = screening::ring_the_owner(&policy);
        let event = received.event;
        let plainly = store.is_none() && matches!(event, CallEvent::Incoming { .. });
        if plainly {
            tracing::error!("the store is away: ringing the owner");
        }
        let as_it_was = call.clone();
        let began = Instant::now();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            if plainly {
                screening::ring_through(&policy, call, event, now)
            } else {
                screening::advance(&policy, &facts, call, event, now)
            }
        }));
        self.metrics.decision_took(began.elapsed());
        let Ok(step) = decided else {
            tracing::error!("deciding broke: ringing the owner");
            self.broke("decision");
            return (safe, WebhookOutcome::FailedOpen);
        };
        let mut step = self.within_spend(&policies, &policy, &as_it_was, step, now);
        self.add_notices(&as_it_was, &mut step.effects, &step.call, now);
        if step.call.timeline.len() == before {
            return (step.instructions, WebhookOutcome::Repeated);
        }
        if let Some(verdict) = step.call.verdict.as_ref()
            && as_it_was.verdict.is_none()
        {
            self.metrics.call_decided(verdict);
        }
        self.campaigns.sight(&as_it_was, &step.call);
        self.hits.count(&as_it_was, &step.call);
        self.keep(&policy, as_it_was, step, now).await
    }

    fn add_notices(
        &self,
        before: &Call,
        effects: &mut Vec<Effect>,
        after: &Call,
        now: jiff::Timestamp,
    ) {
        if self.notifier.get().is_some() {
            effects.extend(notices::of_step(before, after, now));
        }
    }

    /// The step, unless it begins to screen a call that is beyond what the owner pays for: that one
    /// rings him plainly. What is refused or put through at once costs nothing and is not counted.
    fn within_spend(
        &self,
        policies: &Policies,
        policy: &Policy,
        as_it_was: &Call,
        step: Step,
        now: jiff::Timestamp,
    ) -> Step {
        let begins_to_ask = as_it_was.timeline.is_empty()
            && !as_it_was.simulated
            && step
                .instructions
                .iter()
                .any(|instruction| matches!(instruction, Instruction::Ask { .. }));
        if !begins_to_ask {
            return step;
        }
        let caller = as_it_was.caller.number.clone();
        let Some(reason) = self.spend.refuses(policies.spend(), caller, now) else {
            return step;
        };
        self.metrics.shed(reason);
        let told = format!("more calls than are to be screened ({reason:?}): they ring through");
        self.metrics.alarms().raise(AlarmKind::Spend, now, told);
        match step.call.timeline.into_iter().next_back() {
            Some(entry) => screening::ring_through(policy, as_it_was.clone(), entry.event, now),
            None => Step {
                instructions: screening::ring_the_owner(policy),
                call: as_it_was.clone(),
                effects: Vec::new(),
            },
        }
    }

    fn lock_of(&self, call: &ProviderCallId) -> &Mutex<()> {
        let hash = self.hasher.hash_one(call);
        let index = usize::try_from(hash % LOCKS as u64).unwrap_or_default();
        &self.locks[index]
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
        begin(received, policies, now)
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
        let event = commit.call.timeline.last().map_or_else(
            || CallEvent::Fallback {
                caller: as_it_was.caller.clone(),
                called: as_it_was.called.clone(),
            },
            |entry| entry.event.clone(),
        );
        let mut effects = commit.effects;
        effects.retain(|effect| !matches!(effect, Effect::Notify { .. }));
        let rung = screening::ring_through(policy, as_it_was.clone(), event, now);
        self.add_notices(&as_it_was, &mut effects, &rung.call, now);
        let call = Arc::new(rung.call);
        self.tell(&call);
        self.keeper.remember(Commit { call, effects });
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

/// The address that a request came to, as far as its headers tell. For people only: headers can be
/// set by anybody.
fn seen_address(request: &RawRequest) -> String {
    let header = |name: &str| request.headers.get(name)?.to_str().ok();
    let host = header("x-forwarded-host")
        .or_else(|| header("host"))
        .unwrap_or("(no host)");
    let scheme = header("x-forwarded-proto").unwrap_or("http");
    let question_mark = if request.query.is_empty() { "" } else { "?" };
    format!(
        "{scheme}://{host}/webhooks/…/{}{question_mark}{}",
        request.step, request.query
    )
}

/// A call from its beginning, as far as the event tells of it.
fn begin(received: &Received, policies: &Policies, now: jiff::Timestamp) -> Call {
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
