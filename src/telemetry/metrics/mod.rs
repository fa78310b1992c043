//! Figures: all names in one place, labels from enums and constants only.

use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::alarms::{AlarmKind, Alarms};
use crate::call::Verdict;

mod labels;

pub use labels::{Forgotten, JobOutcome, Shed, Unrecorded, WebhookOutcome, Work};

use labels::{
    AlarmLabel, CallLabels, ForgottenLabel, JobLabel, Name, Outcome, PlaceLabel, ProviderLabel,
    ResultLabel, ShedLabel, UnrecordedLabel, WebhookLabels, WorkLabel,
};

/// The media type of what [`Metrics::render`] writes (OpenMetrics 1.0).
pub const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The service's figures. Each process, and each test, has its own.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    webhooks: Family<WebhookLabels, Counter>,
    signatures_refused: Family<ProviderLabel, Counter>,
    calls: Family<CallLabels, Counter>,
    policy_reloads: Family<ResultLabel, Counter>,
    store_up: Gauge,
    store_commit: Histogram,
    decision: Histogram,
    unrecorded: Family<UnrecordedLabel, Counter>,
    jobs: Family<JobLabel, Counter>,
    jobs_waiting: Gauge,
    alarm: Family<AlarmLabel, Gauge>,
    panics: Family<PlaceLabel, Counter>,
    shed: Family<ShedLabel, Counter>,
    unwritten: Gauge,
    refusals_limited: Counter,
    reconciled: Counter,
    last_call: Gauge,
    forgotten: Family<ForgottenLabel, Counter>,
    self_tests: Family<ResultLabel, Counter>,
    last_done: Family<WorkLabel, Gauge>,
    alarms: Alarms,
}

impl Metrics {
    /// All figures at nothing. The order here is the order in which they are written.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("portner");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which Portner this is", version);
        let figures = &mut registry;
        Self {
            webhooks: figure(
                figures,
                "webhooks",
                "Requests to the webhooks, by provider and what became of them",
            ),
            signatures_refused: figure(
                figures,
                "signatures_refused",
                "Requests whose signature did not hold, by provider",
            ),
            calls: figure(
                figures,
                "calls",
                "Calls decided, by what became of the caller and by which principle",
            ),
            policy_reloads: figure(
                figures,
                "policy_reloads",
                "Rule files read again, by result; a failure keeps the last good ones",
            ),
            store_up: figure(
                figures,
                "store_up",
                "Whether the store keeps what it is given",
            ),
            store_commit: seconds(
                figures,
                "store_commit",
                "How long it takes until a step of a call is on disk",
                COMMIT_SECONDS,
            ),
            decision: seconds(
                figures,
                "decision",
                "How long it takes to judge an event of a call",
                DECISION_SECONDS,
            ),
            unrecorded: figure(
                figures,
                "answers_unrecorded",
                "Answers that went out before their record was on disk, by why",
            ),
            jobs: figure(
                figures,
                "jobs",
                "Jobs of the outbox, by what became of them",
            ),
            jobs_waiting: figure(figures, "jobs_waiting", "Jobs of the outbox that wait"),
            alarm: figure(
                figures,
                "alarm",
                "Whether a trouble stands that the owner must know of, by kind",
            ),
            panics: figure(
                figures,
                "panics",
                "Faults of the program that were caught, by place",
            ),
            shed: figure(
                figures,
                "calls_shed",
                "Requests of the provider that rang the owner without being screened, by why",
            ),
            refusals_limited: figure(
                figures,
                "refusals_limited",
                "Refused webhooks from sources that sent too many of them",
            ),
            reconciled: figure(
                figures,
                "calls_reconciled",
                "Calls that only the provider's own list had",
            ),
            last_call: figure(
                figures,
                "last_call_timestamp_seconds",
                "When the last real call came in, in seconds since 1970",
            ),
            forgotten: figure(
                figures,
                "forgotten",
                "What was removed because its time was over, by kind",
            ),
            self_tests: figure(
                figures,
                "self_tests",
                "Made-up calls through the whole path, by result",
            ),
            last_done: figure(
                figures,
                "last_done_timestamp_seconds",
                "When work that is done over and over was last done well, in seconds since 1970",
            ),
            unwritten: figure(
                figures,
                "calls_unwritten",
                "Calls that wait in memory for the store",
            ),
            alarms: Alarms::default(),
            registry,
        }
    }

    /// What the owner must be told.
    #[must_use]
    pub fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    /// A fault of the program that was caught. Places are constants of the code.
    pub fn panicked(&self, place: &'static str) {
        self.panics.get_or_create(&PlaceLabel { place }).inc();
    }

    /// A request of the provider that rang the owner without being screened.
    pub fn shed(&self, reason: Shed) {
        let reason = Name(reason);
        self.shed.get_or_create(&ShedLabel { reason }).inc();
    }

    /// Calls that only the provider's own list had.
    pub fn calls_reconciled(&self, calls: usize) {
        self.reconciled.inc_by(calls as u64);
    }

    /// When the last real call came in, in seconds since 1970.
    pub fn last_call_at(&self, second: i64) {
        self.last_call.set(second);
    }

    /// So much was removed because its time was over.
    pub fn forgot(&self, kind: Forgotten, count: u64) {
        let kind = Name(kind);
        self.forgotten
            .get_or_create(&ForgottenLabel { kind })
            .inc_by(count);
    }

    /// A made-up call went through the whole path, or did not.
    pub fn self_tested(&self, good: bool) {
        let result = Name(Outcome::of(good));
        self.self_tests.get_or_create(&ResultLabel { result }).inc();
    }

    /// Work that is done over and over was done well.
    pub fn done(&self, work: Work, at: Timestamp) {
        let work = Name(work);
        self.last_done
            .get_or_create(&WorkLabel { work })
            .set(at.as_second());
    }

    /// When it was last done well, as far as is known.
    #[must_use]
    pub fn last_done(&self, work: Work) -> Option<Timestamp> {
        let work = Name(work);
        let at = self.last_done.get(&WorkLabel { work })?.get();
        Timestamp::from_second(at).ok()
    }

    /// A refused webhook from a source that sent too many of them.
    pub fn refusal_limited(&self) {
        self.refusals_limited.inc();
    }

    /// How many calls wait in memory for the store.
    pub fn calls_unwritten(&self, waiting: usize) {
        self.unwritten
            .set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// A request to a webhook of this provider. Names of providers are constants of the code.
    pub fn webhook(&self, provider: &'static str, outcome: WebhookOutcome) {
        let outcome = Name(outcome);
        self.webhooks
            .get_or_create(&WebhookLabels { provider, outcome })
            .inc();
    }

    /// A request whose signature did not hold.
    pub fn signature_refused(&self, provider: &'static str) {
        self.signatures_refused
            .get_or_create(&ProviderLabel { provider })
            .inc();
        self.webhook(provider, WebhookOutcome::Refused);
    }

    /// A call that was decided.
    pub fn call_decided(&self, verdict: &Verdict) {
        self.calls
            .get_or_create(&CallLabels {
                treatment: Name(verdict.treatment),
                ground: Name(verdict.ground),
            })
            .inc();
    }

    /// Rule files that were read again.
    pub fn policy_reloaded(&self, good: bool) {
        let result = Name(Outcome::of(good));
        self.policy_reloads
            .get_or_create(&ResultLabel { result })
            .inc();
    }

    /// Whether the store keeps what it is given.
    pub fn store_is_up(&self, up: bool) {
        self.store_up.set(i64::from(up));
    }

    /// How long it took until a step of a call was on disk.
    pub fn commit_took(&self, time: Duration) {
        self.store_commit.observe(time.as_secs_f64());
    }

    /// How long it took to judge an event.
    pub fn decision_took(&self, time: Duration) {
        self.decision.observe(time.as_secs_f64());
    }

    /// An answer that went out before its record was on disk.
    pub fn answer_unrecorded(&self, reason: Unrecorded) {
        let reason = Name(reason);
        self.unrecorded
            .get_or_create(&UnrecordedLabel { reason })
            .inc();
    }

    /// A job of the outbox that was tried.
    pub fn job(&self, outcome: JobOutcome) {
        let outcome = Name(outcome);
        self.jobs.get_or_create(&JobLabel { outcome }).inc();
    }

    /// How many jobs of the outbox wait.
    pub fn jobs_waiting(&self, waiting: u64) {
        let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
        self.jobs_waiting.set(waiting);
    }

    /// All figures, in the text format of OpenMetrics 1.0 ([`METRICS_TYPE`]).
    ///
    /// ```
    /// use portner::telemetry::Metrics;
    /// let metrics = Metrics::new();
    /// metrics.policy_reloaded(true);
    /// assert!(metrics.render().contains(r#"portner_policy_reloads_total{result="ok"} 1"#));
    /// ```
    #[must_use]
    pub fn render(&self) -> String {
        let standing = self.alarms.standing();
        for kind in AlarmKind::ALL {
            let stands = standing.iter().any(|alarm| alarm.kind == kind);
            self.alarm
                .get_or_create(&AlarmLabel { kind: Name(kind) })
                .set(i64::from(stands));
        }
        let mut text = String::with_capacity(4096);
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// From 0.25 ms to 2 s: a commit waits for one fsync.
const COMMIT_SECONDS: [f64; 12] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.8, 2.0,
];

/// From 5 µs to 50 ms, which is the deadline.
const DECISION_SECONDS: [f64; 10] = [
    0.000_005, 0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05,
];

/// A new figure, entered in the registry.
fn figure<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let figure = M::default();
    registry.register(name, help, figure.clone());
    figure
}

/// A new figure of how long something takes, entered in the registry. The bounds are in seconds.
fn seconds<const N: usize>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    bounds: [f64; N],
) -> Histogram {
    let figure = Histogram::new(bounds);
    registry.register_with_unit(name, help, Unit::Seconds, figure.clone());
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Ground, Treatment, bilingual};

    #[test]
    fn figures_are_rendered_with_their_labels() {
        let metrics = Metrics::new();
        metrics.signature_refused("twilio");
        metrics.webhook("twilio", WebhookOutcome::FailedOpen);
        metrics.call_decided(&Verdict {
            treatment: Treatment::Reject,
            ground: Ground::UntargetedSelling,
            score: crate::call::Score::default(),
            missing: Vec::new(),
            policy: String::new(),
            would_have: None,
        });
        metrics.policy_reloaded(false);
        metrics.store_is_up(true);
        metrics.commit_took(Duration::from_millis(3));
        metrics.decision_took(Duration::from_micros(8));
        metrics.answer_unrecorded(Unrecorded::Late);
        metrics.job(JobOutcome::GivenUp);
        metrics.jobs_waiting(2);
        metrics.panicked("event");
        metrics.shed(Shed::PerCaller);
        metrics.calls_unwritten(3);
        let now = jiff::Timestamp::UNIX_EPOCH;
        metrics.alarms().raise(
            AlarmKind::SelfTest,
            now,
            &bilingual!("det gik galt", "it failed"),
        );
        let text = metrics.render();
        for line in [
            r#"portner_webhooks_total{provider="twilio",outcome="refused"} 1"#,
            r#"portner_webhooks_total{provider="twilio",outcome="failed_open"} 1"#,
            r#"portner_signatures_refused_total{provider="twilio"} 1"#,
            r#"portner_calls_total{treatment="reject",ground="untargeted_selling"} 1"#,
            r#"portner_policy_reloads_total{result="failed"} 1"#,
            "portner_store_up 1",
            r#"portner_store_commit_seconds_bucket{le="0.005"} 1"#,
            r#"portner_decision_seconds_bucket{le="0.00001"} 1"#,
            r#"portner_answers_unrecorded_total{reason="late"} 1"#,
            r#"portner_jobs_total{outcome="given_up"} 1"#,
            "portner_jobs_waiting 2",
            r#"portner_alarm{kind="self_test"} 1"#,
            r#"portner_alarm{kind="store"} 0"#,
            r#"portner_panics_total{place="event"} 1"#,
            r#"portner_calls_shed_total{reason="per_caller"} 1"#,
            "portner_calls_unwritten 3",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line}\n---\n{text}");
        }
    }
}
