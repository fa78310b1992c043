//! The provider's own list of calls as a second ledger: what it has and the log has not is entered,
//! and told to the owner, even after the loss of the disk. An empty disk in its place looks like a new
//! installation to everybody but that list. A call of the log whose end never came is over by it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Service;
use crate::call::{Call, CallEvent, CallId, Caller, E164, bilingual};
use crate::providers::{ControlError, ListedCall};
use crate::screening::{self, Facts};
use crate::store::{CallFilter, Commit, Store, StoreError};
use crate::telemetry::AlarmKind;

/// How long to wait after the start, so that calls of before are written down first.
const FIRST: Duration = Duration::from_secs(20);
/// How often to compare.
const EVERY: Duration = Duration::from_secs(3_600);
/// How soon to try again what did not work.
const AGAIN: Duration = Duration::from_secs(300);
/// How far back to look.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_hours(26);
/// What began so lately may still be on its way to us.
const FRESH: SignedDuration = SignedDuration::from_mins(2);
/// A log that has no call older than this may be that of a new disk.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);
/// How far back to look then: further than a quiet week.
const PAST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Why log and list could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The list cannot be had.
    #[error("the provider's own list of calls cannot be had: {0}")]
    List(#[from] ControlError),
    /// The log cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Compares until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let now = service.clock.now();
        let compared = service.reconcile().await;
        let list = match &compared {
            Err(ReconcileError::List(error)) => Some(error.told()),
            _ => None,
        };
        let alarms = service.metrics.alarms();
        alarms.set(AlarmKind::Ledger, now, list.as_ref());
        pause = if compared.is_ok() { EVERY } else { AGAIN };
        if let Err(error) = compared {
            tracing::warn!(%error, "the log was not compared with the provider's list");
        }
    }
}

impl Service {
    /// Enters the calls of the last day that the providers' lists have and the log has not; says how
    /// many.
    ///
    /// # Errors
    /// [`ReconcileError`], when list or log cannot be had.
    pub async fn reconcile(&self) -> Result<usize, ReconcileError> {
        let now = self.clock.now();
        let ago = |time| now.saturating_sub(time).unwrap_or(now);
        let is_young = self.is_young(ago(YOUNG)).await?;
        let window = self.window(WINDOW);
        let since = ago(if is_young { self.window(PAST) } else { window });
        let (mut entered, mut missed, mut of_before) = (0, 0, 0);
        for provider in self.exchange.all() {
            let Some(control) = provider.control() else {
                continue;
            };
            for listed in control.calls_since(since).await? {
                if listed.began > ago(FRESH) || !self.is_ours(&listed.called) {
                    continue;
                }
                // Those from before the log began were not missed: nobody was there yet, or had them.
                let is_of_before = is_young && listed.began < ago(YOUNG);
                of_before += usize::from(is_of_before);
                if listed.began >= ago(window) && self.enter(&listed).await? {
                    entered += 1;
                    missed += usize::from(!is_of_before);
                }
            }
        }
        self.metrics.calls_reconciled(entered);
        if of_before > 0 {
            let told = bilingual!(
                "loggen og listerne begynder forfra, og udbyderen havde {of_before} opkald før: er dette ingen ny installation, er dens disk væk, eller en anden sat i stedet",
                "the log and the lists begin anew, and the provider had {of_before} calls before: if this is no new installation, its disk is gone or another one is mounted"
            );
            self.metrics
                .alarms()
                .raise(AlarmKind::FreshStore, now, &told);
        }
        if missed > 0 {
            let told = match missed {
                1 => bilingual!(
                    "1 opkald fra det sidste døgn kom aldrig hertil; nu står det i loggen: “Kom aldrig hertil”",
                    "1 call of the last day never came here; the log has it now: “Never came here”"
                ),
                _ => bilingual!(
                    "{missed} opkald fra det sidste døgn kom aldrig hertil; nu står de i loggen: “Kom aldrig hertil”",
                    "{missed} calls of the last day never came here; the log has them now: “Never came here”"
                ),
            };
            self.metrics
                .alarms()
                .raise(AlarmKind::MissedCalls, now, &told);
        }
        Ok(entered)
    }

    /// How far back to look of so much: no further than calls are kept.
    fn window(&self, most: SignedDuration) -> SignedDuration {
        match self.policies().retention().calls_days {
            0 => most,
            days => most.min(SignedDuration::from_hours(24 * i64::from(days))),
        }
    }

    /// Whether the log begins after this time and nothing is on a list. Where something is on one, the
    /// disk is no new one, and nobody need be told any more that it may be.
    async fn is_young(&self, before: Timestamp) -> Result<bool, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        if store.counts().await?.entries > 0 {
            let now = self.clock.now();
            self.metrics.alarms().clear(AlarmKind::FreshStore, now);
            return Ok(false);
        }
        let older = CallFilter {
            until: Some(before),
            ..CallFilter::default()
        };
        Ok(store.count_calls(&older, None, 1).await? == 0)
    }

    fn is_ours(&self, called: &str) -> bool {
        E164::parse(called).is_ok_and(|number| {
            let policies = self.policies();
            let mut lines = policies.lines().iter();
            lines.any(|policy| policy.line.numbers.contains(&number))
        })
    }

    /// Writes a call down that the log has not; `false` when it has, or had until it was removed. One
    /// whose end never came here is over now.
    async fn enter(&self, listed: &ListedCall) -> Result<bool, StoreError> {
        let _in_order = self.lock_of(&listed.id).lock().await;
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        if self.keeper.unwritten_call(&listed.id).is_some() {
            return Ok(false);
        }
        let known = store.call_by_provider(&listed.id).await?;
        let is_new = known.is_none();
        let call = match known {
            Some(call) if call.is_over() => return Ok(false),
            Some(call) => self.over(call, listed),
            None if self.removed.holds(store.as_ref(), &listed.id).await? => return Ok(false),
            None => self.unseen(listed),
        };
        let commit = Commit {
            call: Arc::new(call),
            effects: Vec::new(),
        };
        Store::commit(store.as_ref(), commit.clone()).await?;
        if is_new {
            tracing::warn!(call.id = %commit.call.id, "a call never came here; the provider's list has it");
        }
        self.tell(&commit.call);
        Ok(is_new)
    }

    /// A call whose end never came here.
    fn over(&self, call: Call, listed: &ListedCall) -> Call {
        let policies = self.policies();
        let policy = policies.for_line(&call.line);
        let last = call.timeline.last().map_or(listed.began, |last| last.at);
        let seconds = Some(listed.seconds);
        let event = CallEvent::Ended { seconds };
        let at = ended(listed).max(last);
        screening::advance(policy, &Facts::default(), call, event, at).call
    }

    fn unseen(&self, listed: &ListedCall) -> Call {
        let policies = self.policies();
        let policy = policies.for_called(&listed.called);
        let caller = Caller::with_number(listed.caller.clone());
        let call = Call::begin(
            CallId::new(listed.began),
            listed.id.clone(),
            policy.line.id.clone(),
            policy.line.languages.greeting(),
            caller.clone(),
            listed.called.clone(),
            listed.began,
        );
        let event = CallEvent::Unseen {
            caller,
            called: listed.called.clone(),
            seconds: listed.seconds,
        };
        screening::advance(policy, &Facts::default(), call, event, ended(listed)).call
    }
}

/// When a call was over by the provider's list.
fn ended(listed: &ListedCall) -> Timestamp {
    let lasted = SignedDuration::from_secs(i64::from(listed.seconds));
    listed
        .began
        .saturating_add(lasted)
        .unwrap_or(Timestamp::MAX)
}
