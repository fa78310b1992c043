//! Deciding, and writing down what was decided. Deciding is pure and should not break; where it
//! does, the owner is rung.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use jiff::Timestamp;

use super::event::Handled;
use super::webhook::safe_instructions;
use super::{Policies, Service};
use crate::call::{Call, CallEvent, Effect};
use crate::screening::{self, Policy, Step};
use crate::telemetry::WebhookOutcome;

impl Service {
    /// Has it decided what an event makes of a call, and writes that down.
    pub(super) async fn decide(
        &self,
        policies: &Policies,
        policy: &Policy,
        call: Call,
        event: CallEvent,
        now: Timestamp,
        by: impl FnOnce(Call, CallEvent) -> Step,
    ) -> Handled {
        let as_it_was = call.clone();
        let happened = event.clone();
        let began = Instant::now();
        let decided = catch_unwind(AssertUnwindSafe(|| by(call, event)));
        self.metrics.decision_took(began.elapsed());
        let Ok(step) = decided else {
            return self.decision_broke(policy, as_it_was, happened, now).await;
        };
        let mut step = self.within_spend(policies, policy, &as_it_was, step, now);
        if step.call.simulated {
            step.effects.retain(|effect| !is_for_real_callers(effect));
        }
        self.add_notices(&as_it_was, &mut step.effects, &step.call, now);
        if step.call.timeline.len() == as_it_was.timeline.len() {
            return Handled::of(step.instructions, WebhookOutcome::Repeated);
        }
        if let Some(verdict) = step.call.verdict.as_ref()
            && as_it_was.verdict.is_none()
        {
            self.metrics.call_decided(verdict);
        }
        self.campaigns.sight(&as_it_was, &step.call);
        self.hits.count(&as_it_was, &step.call);
        self.unheard.left(&as_it_was, &step.call);
        self.keep(policy, as_it_was, step, now).await
    }

    /// The owner is rung, and the call is in the log as one that rang him, if that much can be done.
    async fn decision_broke(
        &self,
        policy: &Policy,
        as_it_was: Call,
        event: CallEvent,
        now: Timestamp,
    ) -> Handled {
        tracing::error!("deciding broke: ringing the owner");
        self.broke("decision");
        let safe = safe_instructions(policy, &event);
        let with_the_caller = matches!(
            event,
            CallEvent::Incoming { .. } | CallEvent::Heard { .. } | CallEvent::Fallback { .. }
        );
        if !with_the_caller {
            return Handled::of(safe, WebhookOutcome::FailedOpen);
        }
        let rung = catch_unwind(AssertUnwindSafe(|| {
            screening::ring_through(policy, as_it_was.clone(), event, now)
        }));
        let Ok(mut step) = rung else {
            return Handled::of(safe, WebhookOutcome::FailedOpen);
        };
        self.add_notices(&as_it_was, &mut step.effects, &step.call, now);
        let kept = self.keep(policy, as_it_was, step, now).await;
        Handled {
            outcome: WebhookOutcome::FailedOpen,
            ..kept
        }
    }
}

/// What changes how others are treated, or costs money: a call that was played to try things out
/// brings none of it about.
fn is_for_real_callers(effect: &Effect) -> bool {
    match effect {
        Effect::List(_) | Effect::RefuseCampaign { .. } | Effect::Text { .. } => true,
        Effect::Mail { .. } | Effect::Notify { .. } | Effect::DeleteRecording { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::{
        Answer, CallId, Caller, CallerNumber, Ground, Instruction, Key, Language, ProviderCallId,
        Treatment,
    };
    use crate::service::sample;
    use crate::store;
    use crate::telemetry::AlarmKind;

    async fn house() -> (Arc<Service>, Arc<Policies>, Timestamp) {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let store = store::open("memory:").await.unwrap();
        let service = sample::service(store, now).await;
        let policies = service.policies();
        (service, policies, now)
    }

    /// A call at its beginning, and what happens first.
    fn beginning(policy: &Policy, now: Timestamp) -> (Call, CallEvent) {
        let caller = Caller::with_number(CallerNumber::Withheld);
        let called = "+4570101010".to_owned();
        let id = ProviderCallId {
            provider: "test".into(),
            id: "1".into(),
        };
        let line = policy.line.id.clone();
        let call = Call::begin(
            CallId::new(now),
            id,
            line,
            Language::Da,
            caller.clone(),
            called.clone(),
            now,
        );
        (call, CallEvent::Incoming { caller, called })
    }

    fn breaks(_: Call, _: CallEvent) -> Step {
        panic!("deciding breaks, as this test wants it to")
    }

    #[tokio::test]
    async fn a_played_call_sends_no_text() {
        for (simulated, sent) in [(false, 1), (true, 0)] {
            let (service, policies, now) = house().await;
            let policy = &policies.lines()[0];
            let (mut call, incoming) = beginning(policy, now);
            call.simulated = simulated;
            let text = Effect::Text {
                to: "+4571234567".parse().unwrap(),
                body: "Ubesvaret".into(),
            };
            let by = |call: Call, event: CallEvent| {
                let mut step = screening::ring_through(policy, call, event, now);
                step.effects.push(text);
                step
            };
            service
                .decide(&policies, policy, call, incoming, now, by)
                .await;
            let store = service.keeper.store().unwrap();
            let mut due = store.jobs_due(now, 9).await.unwrap();
            due.retain(|job| matches!(job.effect, Effect::Text { .. }));
            assert_eq!(due.len(), sent, "{simulated}");
        }
    }

    #[tokio::test]
    async fn when_deciding_breaks_the_owner_is_rung_and_the_call_is_in_the_log() {
        let (service, policies, now) = house().await;
        let policy = &policies.lines()[0];
        let (mut call, incoming) = beginning(policy, now);
        let id = call.provider.clone();
        let events = [
            incoming,
            CallEvent::Heard {
                turn: 1,
                answer: Answer::Silence,
            },
        ];
        for event in events {
            let Handled {
                instructions,
                outcome,
                ..
            } = service
                .decide(&policies, policy, call, event, now, breaks)
                .await;
            assert_eq!(outcome, WebhookOutcome::FailedOpen);
            assert!(
                instructions
                    .iter()
                    .any(|one| matches!(one, Instruction::Dial { .. })),
                "{instructions:?}"
            );
            let store = service.keeper.store().unwrap();
            call = store.call_by_provider(&id).await.unwrap().unwrap();
            let verdict = call.verdict.as_ref().unwrap();
            assert_eq!(
                (verdict.treatment, verdict.ground),
                (Treatment::Connect, Ground::FailOpen)
            );
        }
        assert_eq!(call.timeline.len(), 2);
        let standing = service.metrics.alarms().standing();
        assert!(standing.iter().any(|alarm| alarm.kind == AlarmKind::Panic));
        let figures = service.metrics.render();
        assert!(figures.contains(r#"portner_panics_total{place="decision"} 2"#));

        // Whoever took the call gets it, and nothing else is changed by what broke.
        let pressed = CallEvent::OwnerPressed {
            attempt: 0,
            leg: String::new(),
            key: Key::new('1'),
        };
        let Handled { instructions, .. } = service
            .decide(&policies, policy, call.clone(), pressed, now, breaks)
            .await;
        assert_eq!(instructions, [Instruction::Bridge]);
        let store = service.keeper.store().unwrap();
        assert_eq!(store.call_by_provider(&id).await.unwrap(), Some(call));
    }
}
