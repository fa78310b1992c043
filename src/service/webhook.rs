//! A webhook of a provider: verified, within bounds, and answered whatever breaks behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::call::{CallEvent, DialOutcome, Instruction, Key, ProviderCallId, bilingual};
use crate::providers::{Provider, RawRequest, Received, Refused, Reply};
use crate::screening::{self, Policy};
use crate::store::Commit;
use crate::telemetry::{AlarmKind, Shed, WebhookOutcome};

use super::event::begin;
use super::exchange::Keys;
use super::{Answer, Service};

/// How long one event may take in all before the owner is rung without further thought.
const DEADLINE: Duration = Duration::from_millis(1_500);

impl Service {
    /// Answers a webhook. Whatever breaks on the way, a verified call gets instructions that ring
    /// the owner. `None` when there is no such provider.
    pub async fn on_request(
        self: &Arc<Self>,
        provider: &str,
        request: RawRequest,
    ) -> Option<Answer> {
        let now = self.clock.now();
        let shown = self.exchange.receive(provider, &request, now)?;
        let provider = &shown.provider;
        Some(match shown.read {
            Ok(received) if shown.keys == Keys::Former && !self.is_known(&received.call).await => {
                self.metrics.signature_refused(provider.name());
                Answer::Refused {
                    reason: "no call begins with keys of before",
                }
            }
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
                let told = bilingual!(
                    "en forespørgsel fra {name} blev afvist for sin underskrift: ventet over {expected}, set {seen}",
                    "a request of {name} was refused for its signature: expected it over {expected}, seen {seen}",
                    name = provider.name()
                );
                self.metrics
                    .alarms()
                    .raise(AlarmKind::Signature, self.clock.now(), &told);
                Answer::Refused {
                    reason: "its signature was not made over this request",
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
        let policies = self.policies();
        let policy = policies.for_called(&received.called);
        // Decided before anything can break.
        let safe = safe_instructions(policy, &received.event);
        let place = self.room.enter(Instant::now());
        // A message, a conversation and the end of a call are told of once, and few come: they are taken,
        // room or not.
        let is_told_once =
            received.event.took_place() || matches!(received.event, CallEvent::Ended { .. });
        if place.is_none() && !is_told_once {
            let rung = self.shed(&received).unwrap_or(safe);
            self.metrics
                .webhook(provider.name(), WebhookOutcome::FailedOpen);
            return Answer::Reply(self.render(provider, &id, &rung));
        }
        let service = Arc::clone(self);
        let task = self.in_hand.spawn(async move {
            let _place = place;
            service.on_event(received).await
        });
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

    pub(super) fn broke(&self, place: &'static str) {
        self.metrics.panicked(place);
        let told = bilingual!(
            "noget gik i stykker, og opkald ringede igennem: {place}",
            "something broke and calls rang the owner: {place}"
        );
        self.metrics
            .alarms()
            .raise(AlarmKind::Panic, self.clock.now(), &told);
    }

    /// Notes a call that there is no room for, as one that rings the owner; within bounds, and
    /// without waiting for anything. It is written down when there is time. Gives what was noted as the
    /// answer, where something was.
    fn shed(&self, received: &Received) -> Option<Vec<Instruction>> {
        self.metrics.shed(Shed::Overload);
        let now = self.clock.now();
        let alarms = self.metrics.alarms();
        if !alarms.goes_on(AlarmKind::Overload) {
            let told = bilingual!(
                "flere forespørgsler, end der kan svares på: opkald ringer igennem uden at blive spurgt ud",
                "more requests than can be served: callers ring through without being screened"
            );
            alarms.raise(AlarmKind::Overload, now, &told);
        }
        if !matches!(received.event, CallEvent::Incoming { .. }) || self.keeper.is_full() {
            return None;
        }
        let _in_order = self.lock_of(&received.call).try_lock().ok()?;
        if self.keeper.unwritten_call(&received.call).is_some() {
            return None;
        }
        let policies = self.policies();
        let call = begin(received, &policies, now);
        let policy = policies.for_called(&received.called);
        let rung = screening::ring_through(policy, call, received.event.clone(), now);
        self.keeper.remember(Commit {
            call: Arc::new(rung.call),
            effects: rung.effects,
        });
        Some(rung.instructions)
    }
}

/// What is answered when everything else breaks.
pub(super) fn safe_instructions(policy: &Policy, event: &CallEvent) -> Vec<Instruction> {
    match event {
        CallEvent::Incoming { .. } | CallEvent::Heard { .. } | CallEvent::Fallback { .. } => {
            screening::ring_in_place_of(policy, event)
        }
        CallEvent::OwnerReached { .. } => vec![Instruction::Bridge],
        CallEvent::OwnerPressed { key, .. } => match key.map(Key::sign) {
            Some('1' | '3') => vec![Instruction::Bridge],
            _ => vec![Instruction::Hangup],
        },
        CallEvent::DialEnded {
            outcome: DialOutcome::NoAnswer | DialOutcome::Busy | DialOutcome::Failed,
            ..
        }
        // A mobile's voicemail took it, and pressed no key.
        | CallEvent::DialEnded {
            outcome: DialOutcome::Answered,
            seconds: 0,
            ..
        } => screening::nobody_answered(policy),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::sample::policy;

    #[test]
    fn a_caller_whose_ring_a_voicemail_took_may_leave_a_message() {
        for (seconds, is_lost) in [(0, true), (9, false)] {
            let ended = CallEvent::DialEnded {
                attempt: 0,
                outcome: DialOutcome::Answered,
                seconds,
                bridged: None,
            };
            let safe = safe_instructions(&policy(), &ended);
            let records = matches!(safe.last(), Some(Instruction::Record { .. }));
            assert_eq!(records, is_lost, "{safe:?}");
        }
    }

    #[test]
    fn a_key_that_refuses_lets_nobody_through() {
        for (sign, takes) in [('1', true), ('2', false), ('3', true), ('4', false)] {
            let pressed = CallEvent::OwnerPressed {
                attempt: 0,
                leg: String::new(),
                key: Key::new(sign),
            };
            let safe = safe_instructions(&policy(), &pressed);
            assert_eq!(safe == [Instruction::Bridge], takes, "{sign}");
        }
    }
}
