//! What is counted, under names that stay. Labels are words of a fixed set, never numbers of
//! telephones nor anything a caller says.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::Counts;

/// How a webhook was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Outcome {
    /// With instructions.
    Answered,
    /// With nothing, since nothing was asked.
    Nothing,
    /// With a refusal: the signature did not hold.
    Refused,
    /// With an error: too large, too slow, cut off.
    Malformed,
    /// There is no such provider.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabels {
    outcome: Outcome,
}

/// The counters of the edge, in a registry of their own.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    webhooks: Family<WebhookLabels, Counter>,
    webhook_seconds: Histogram,
    failed_logins: Counter,
    streams: Gauge,
    store_open: Gauge,
    unwritten: Gauge,
    calls: Gauge,
    entries: Gauge,
    jobs: Gauge,
    uptime: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters that stand at nought.
    #[must_use]
    pub fn new() -> Self {
        let buckets = [
            0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
            1.0, 2.0,
        ];
        let mut metrics = Self {
            registry: Registry::with_prefix("portner"),
            webhooks: Family::default(),
            webhook_seconds: Histogram::new(buckets),
            failed_logins: Counter::default(),
            streams: Gauge::default(),
            store_open: Gauge::default(),
            unwritten: Gauge::default(),
            calls: Gauge::default(),
            entries: Gauge::default(),
            jobs: Gauge::default(),
            uptime: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "webhooks",
            "Webhooks by how they were answered",
            metrics.webhooks.clone(),
        );
        registry.register_with_unit(
            "webhook_duration",
            "Time from a webhook's header to its answer",
            Unit::Seconds,
            metrics.webhook_seconds.clone(),
        );
        registry.register(
            "failed_logins",
            "Logins with a wrong token",
            metrics.failed_logins.clone(),
        );
        for (name, help, gauge) in [
            ("event_streams", "Open event streams", &metrics.streams),
            (
                "store_open",
                "1 while the store is open, else 0",
                &metrics.store_open,
            ),
            (
                "unwritten_calls",
                "Calls that wait in memory for the store",
                &metrics.unwritten,
            ),
            ("calls", "Calls in the store", &metrics.calls),
            (
                "list_entries",
                "List entries in the store",
                &metrics.entries,
            ),
            ("jobs", "Jobs not yet done", &metrics.jobs),
        ] {
            registry.register(name, help, gauge.clone());
        }
        registry.register_with_unit(
            "uptime",
            "Time since the start",
            Unit::Seconds,
            metrics.uptime.clone(),
        );
        metrics
    }

    /// Counts a webhook.
    pub(super) fn webhook(&self, outcome: Outcome, took: Duration) {
        self.webhooks
            .get_or_create(&WebhookLabels { outcome })
            .inc();
        self.webhook_seconds.observe(took.as_secs_f64());
    }

    /// Counts a login with a wrong token.
    pub(super) fn failed_login(&self) {
        self.failed_logins.inc();
    }

    /// The gauge of open event streams.
    pub(super) fn streams(&self) -> &Gauge {
        &self.streams
    }

    /// Everything in the text format of OpenMetrics 1.0.
    pub(super) fn text(&self, now: &Snapshot) -> String {
        self.store_open.set(i64::from(now.counts.is_some()));
        self.unwritten.set(whole(now.unwritten));
        self.uptime.set(whole(now.uptime.as_secs()));
        if let Some(counts) = now.counts {
            self.calls.set(whole(counts.calls));
            self.entries.set(whole(counts.entries));
            self.jobs.set(whole(counts.jobs));
        }
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// What is only known when it is asked for.
pub(super) struct Snapshot {
    /// What the store holds, while it is there.
    pub(super) counts: Option<Counts>,
    /// How many calls wait for it.
    pub(super) unwritten: usize,
    /// How long the program has run.
    pub(super) uptime: Duration,
}

fn whole<N>(number: N) -> i64
where
    i64: TryFrom<N>,
{
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_outcome() {
        let metrics = Metrics::new();
        metrics.webhook(Outcome::Refused, Duration::from_micros(80));
        metrics.webhook(Outcome::Refused, Duration::from_micros(80));
        let text = metrics.text(&Snapshot {
            counts: None,
            unwritten: 3,
            uptime: Duration::from_secs(61),
        });
        for line in [
            "portner_webhooks_total{outcome=\"Refused\"} 2",
            "portner_webhook_duration_seconds_count 2",
            "portner_store_open 0",
            "portner_unwritten_calls 3",
            "portner_uptime_seconds 61",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} in\n{text}");
        }
    }
}
