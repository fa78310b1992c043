//! One event of a call through the rooms, in order: the call, the facts, the decision, the record.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::Mutex;
use tracing::Instrument as _;

use crate::call::{
    Bilingual, Call, CallEvent, CallId, Caller, CallerNumber, Effect, Instruction, ProviderCallId,
    bilingual,
};
use crate::providers::Received;
use crate::screening::{self, Policy, Step};
use crate::telemetry::{AlarmKind, WebhookOutcome};

use super::keep::{STORE_DEADLINE, log};
use super::{LOCKS, Policies, Service, gather, notices};

/// What became of an event.
pub(super) struct Handled {
    /// What the provider is to do.
    pub(super) instructions: Vec<Instruction>,
    pub(super) outcome: WebhookOutcome,
    /// The call as it now is, where the event made another of it.
    pub(super) call: Option<Arc<Call>>,
}

impl Handled {
    /// An event that left the call as it was.
    pub(super) fn of(instructions: Vec<Instruction>, outcome: WebhookOutcome) -> Self {
        Self {
            instructions,
            outcome,
            call: None,
        }
    }
}

impl Service {
    /// One event through the rooms. The same event twice is one event.
    pub(super) async fn on_event(&self, received: Received) -> (Vec<Instruction>, WebhookOutcome) {
        let _in_order = self.lock_of(&received.call).lock().await;
        let now = self.clock.now();
        let policies = self.policies();
        let call = self.load(&received, &policies, now).await;
        // Begun when all that it tells is known: what is noted down later is costly to add.
        let span = tracing::info_span!(
            "event",
            call.id = %call.id,
            call.provider_id = received.call.id,
            event = received.event.key(),
        );
        let taken = self.take(received, call, &policies, now);
        let handled = taken.instrument(span).await;
        if let Some(call) = &handled.call {
            log(call);
        }
        (handled.instructions, handled.outcome)
    }

    /// One event of a call that was loaded or begun for it.
    async fn take(
        &self,
        received: Received,
        call: Call,
        policies: &Policies,
        now: jiff::Timestamp,
    ) -> Handled {
        if call.simulated != received.simulated {
            tracing::warn!(
                "a call that was played to try things out named a real one, or the other way round"
            );
            return Handled::of(vec![Instruction::Hangup], WebhookOutcome::Irrelevant);
        }
        let never_came =
            call.timeline.is_empty() && matches!(received.event, CallEvent::Ended { .. });
        if never_came && self.has_ledger(&received.call) {
            // The provider's list tells of it soon, and the owner hears of it then.
            return Handled::of(vec![Instruction::Hangup], WebhookOutcome::Irrelevant);
        }
        let is_real = !call.simulated;
        let store = self.keeper.store();
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
        let is_leaving = self.is_leaving.load(Ordering::SeqCst);
        let plainly =
            (store.is_none() || is_leaving) && matches!(received.event, CallEvent::Incoming { .. });
        if plainly {
            let why = if is_leaving {
                "the program is about to stop"
            } else {
                "the store is away"
            };
            tracing::error!("{why}: ringing the owner");
        }
        let by = |call, event| {
            if plainly {
                screening::ring_through(&policy, call, event, now)
            } else {
                screening::advance(&policy, &facts, call, event, now)
            }
        };
        let handled = self
            .decide(policies, &policy, call, received.event, now, by)
            .await;
        if never_came && is_real {
            let told = bilingual!(
                "et opkald kom aldrig hertil, kun at det sluttede; det står i loggen: “Kom aldrig hertil”",
                "a call never came here, only that it ended; the log has it: “Never came here”"
            );
            let alarms = self.metrics.alarms();
            alarms.raise(AlarmKind::MissedCalls, now, &told);
        }
        handled
    }

    /// Whether the provider of a call keeps a list of calls that they are compared with.
    fn has_ledger(&self, call: &ProviderCallId) -> bool {
        let provider = self.provider(&call.provider);
        provider.is_some_and(|provider| provider.control().is_some())
    }

    pub(super) fn add_notices(
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
    pub(super) fn within_spend(
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
        let told = Bilingual::of(|language| {
            let when = reason.words(language);
            language.choose(
                format!("flere opkald end der må spørges ud ({when}): de ringer igennem"),
                format!("more calls than are to be screened ({when}): they ring through"),
            )
        });
        self.metrics.alarms().raise(AlarmKind::Spend, now, &told);
        match step.call.timeline.into_iter().next_back() {
            Some(entry) => screening::ring_through(policy, as_it_was.clone(), entry.event, now),
            None => Step {
                instructions: screening::ring_the_owner(policy),
                call: as_it_was.clone(),
                effects: Vec::new(),
            },
        }
    }

    pub(super) fn lock_of(&self, call: &ProviderCallId) -> &Mutex<()> {
        let hash = self.hasher.hash_one(call);
        let index = usize::try_from(hash % LOCKS as u64).unwrap_or_default();
        &self.locks[index]
    }

    /// The call that an event is about: as it was kept, or as it last was where the store fails, or from
    /// its beginning. A call in the middle that nobody knows is one whose beginning was lost: the owner
    /// is rung.
    pub(super) async fn load(
        &self,
        received: &Received,
        policies: &Policies,
        now: jiff::Timestamp,
    ) -> Call {
        if let Some(call) = self.keeper.unwritten_call(&received.call) {
            return told_more(call, received, policies);
        }
        if let Some(store) = self.keeper.store() {
            match tokio::time::timeout(STORE_DEADLINE, store.call_by_provider(&received.call)).await
            {
                Ok(Ok(Some(call))) => return told_more(call, received, policies),
                Ok(Ok(None)) => return begin(received, policies, now),
                Ok(Err(error)) => self.keeper.give_up(&error),
                Err(_) => tracing::warn!(
                    call.provider_id = %received.call.id,
                    "the store was too slow to find the call"
                ),
            }
        }
        let ongoing = self.ongoing.find(&received.call);
        ongoing.unwrap_or_else(|| begin(received, policies, now))
    }

    /// Whether anything is known of a call.
    pub(super) async fn is_known(&self, call: &ProviderCallId) -> bool {
        if self.ongoing.find(call).is_some() || self.keeper.unwritten_call(call).is_some() {
            return true;
        }
        let Some(store) = self.keeper.store() else {
            return false;
        };
        let found = tokio::time::timeout(STORE_DEADLINE, store.call_by_provider(call)).await;
        matches!(found, Ok(Ok(Some(_))))
    }
}

/// A call whose beginning is lost and of which the owner's own leg told first, as soon as the caller's
/// tells who called whom.
fn told_more(mut call: Call, received: &Received, policies: &Policies) -> Call {
    if call.called.is_empty()
        && !received.called.is_empty()
        && let Some(caller) = &received.caller
    {
        call.line = policies.for_called(&received.called).line.id.clone();
        call.called.clone_from(&received.called);
        call.caller = caller.clone();
    }
    call
}

/// A call from its beginning, as far as the event tells of it.
pub(super) fn begin(received: &Received, policies: &Policies, now: jiff::Timestamp) -> Call {
    let caller = received.caller.clone();
    let caller = caller.unwrap_or_else(|| Caller::with_number(CallerNumber::Withheld));
    let policy = policies.for_called(&received.called);
    let mut call = Call::begin(
        CallId::new(now),
        received.call.clone(),
        policy.line.id.clone(),
        policy.line.languages.greeting(),
        caller,
        received.called.clone(),
        now,
    );
    call.simulated = received.simulated;
    call
}
