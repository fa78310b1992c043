//! Writing a step down, which comes before telling it: only what is on disk may hold a caller up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::{Call, CallEvent, Effect, Instruction};
use crate::screening::{self, Policy, Step};
use crate::store::{Commit, StoreError};
use crate::telemetry::{Unrecorded, WebhookOutcome};

use super::Service;
use super::event::Handled;

/// How long a call may take to be found, and its step to be written down. Both together leave an event
/// time enough where no facts about the caller are late too; where they are, the owner is rung plainly.
pub(super) const STORE_DEADLINE: Duration = Duration::from_millis(650);

impl Service {
    /// Writes a step down and gives its answer. A question or a refusal is only told when it is on
    /// disk: otherwise the owner is rung. Whatever could not be written is remembered, and written
    /// later; but a wish of the owner's is as if it never was, and he is told so.
    pub(super) async fn keep(
        &self,
        policy: &Policy,
        as_it_was: Call,
        step: Step,
        now: jiff::Timestamp,
    ) -> Handled {
        let has_jobs = !step.effects.is_empty();
        let commit = Commit {
            call: Arc::new(step.call),
            effects: step.effects,
        };
        if self.write(&commit).await {
            self.show(&commit.call);
            if has_jobs {
                self.outbox_woken.notify_one();
            }
            return Handled {
                instructions: step.instructions,
                outcome: WebhookOutcome::Answered,
                call: Some(commit.call),
            };
        }
        let last = commit.call.timeline.last().map(|entry| &entry.event);
        if matches!(last, Some(CallEvent::OwnerActed { .. })) {
            return Handled::of(Vec::new(), WebhookOutcome::FailedOpen);
        }
        let holds_up = step.instructions.iter().any(|instruction| {
            matches!(
                instruction,
                Instruction::Ask { .. } | Instruction::Reject { .. }
            )
        });
        if !holds_up {
            let call = Arc::clone(&commit.call);
            self.show(&call);
            self.keeper.remember(commit);
            return Handled {
                instructions: step.instructions,
                outcome: WebhookOutcome::Answered,
                call: Some(call),
            };
        }
        tracing::error!(call.id = %as_it_was.id, "a step could not be kept: ringing the owner");
        let event = commit.call.timeline.last().map_or_else(
            || CallEvent::Fallback {
                caller: as_it_was.caller.clone(),
                called: as_it_was.called.clone(),
                failed: String::new(),
            },
            |entry| entry.event.clone(),
        );
        let mut effects = commit.effects;
        effects.retain(|effect| !matches!(effect, Effect::Notify { .. }));
        let rung = screening::ring_through(policy, as_it_was.clone(), event, now);
        self.add_notices(&as_it_was, &mut effects, &rung.call, now);
        let call = Arc::new(rung.call);
        self.show(&call);
        self.keeper.remember(Commit {
            call: Arc::clone(&call),
            effects,
        });
        Handled {
            instructions: rung.instructions,
            outcome: WebhookOutcome::FailedOpen,
            call: Some(call),
        }
    }

    pub(super) fn tell(&self, call: &Arc<Call>) {
        self.show(call);
        log(call);
    }

    /// Notes how a call now is, and shows it to whoever looks on.
    fn show(&self, call: &Arc<Call>) {
        self.ongoing.note(call);
        self.live.tell(call);
    }

    /// Whether a step is on disk now.
    pub(super) async fn write(&self, commit: &Commit) -> bool {
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

/// The one line that every event has. It tells whose it is itself, and is written when the span of the
/// event is over: a line has the span that it stands in read and written anew.
pub(super) fn log(call: &Call) {
    let verdict = call.verdict.as_ref();
    let event = call.timeline.last().map(|entry| entry.event.key());
    tracing::info!(
        call.id = %call.id,
        call.provider_id = call.provider.id,
        event,
        line = call.line.0,
        caller = %call.caller.number,
        turn = call.turn,
        verdict = verdict.map(|verdict| debug(verdict.treatment)),
        ground = verdict.map(|verdict| debug(verdict.ground)),
        "call"
    );
}
