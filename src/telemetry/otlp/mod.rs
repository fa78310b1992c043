//! Traces for an OpenTelemetry collector, by OTLP over HTTP as protobuf: a span for each event of a
//! call, in one trace with the others of that call. Silent unless OpenTelemetry's own variables name a
//! collector; they are read from the environment by its own crates, and so by this file.
//!
//! No call waits for any of it. A span that ended goes into a queue with an end, and is dropped where
//! that is full; a thread beside the calls sends what is in it.

mod collector;

use std::time::Duration;

use opentelemetry::trace::{SpanContext, TraceId, TracerProvider as _};
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::WithHttpConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use self::collector::Collector;
use crate::call::CallId;
use crate::outbound::OutboundError;

/// What this is called where its owner gives no other name.
const NAME: &str = env!("CARGO_PKG_NAME");
/// How long the end of the program may wait for the last spans to be taken.
const LAST_LIMIT: Duration = Duration::from_secs(2);

/// Why there are no traces, though a variable asks for them.
#[derive(Debug, thiserror::Error)]
pub(super) enum TracesError {
    /// There is no client to send with.
    #[error(transparent)]
    Client(#[from] OutboundError),
    /// The system gives nothing to send with.
    #[error("the system gives nothing to send traces with: {0}")]
    System(#[from] std::io::Error),
    /// A variable cannot be meant.
    #[error(transparent)]
    Variable(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Traces on their way to a collector. Gone, the last of them are handed over, within a bound.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send traces, where a variable says whereto.
    pub(super) fn begin() -> Result<Option<Self>, TracesError> {
        if !are_wanted(|name| std::env::var(name).unwrap_or_default()) {
            return Ok(None);
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(ByCall(exporter))
            .with_resource(resource())
            .build();
        Ok(Some(Self(provider)))
    }

    /// What makes spans of OpenTelemetry of ours. It takes no others: those of libraries may hold
    /// addresses and bodies.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(NAME))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target(NAME, LevelFilter::INFO))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if self.0.shutdown_with_timeout(LAST_LIMIT).is_err() {
            tracing::warn!("the collector did not take the last traces in time");
        }
    }
}

/// Whether traces are to be sent, by what the variables say.
fn are_wanted(variable: impl Fn(&str) -> String) -> bool {
    let variable = |name| variable(name).trim().to_ascii_lowercase();
    let endpoints = [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];
    let exporters = variable("OTEL_TRACES_EXPORTER");
    endpoints.into_iter().any(|name| !variable(name).is_empty())
        && variable("OTEL_SDK_DISABLED") != "true"
        && (exporters.is_empty() || exporters.split(',').any(|name| name.trim() == "otlp"))
}

/// Who sends them.
fn resource() -> Resource {
    let told = || {
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        Resource::builder().with_attribute(version)
    };
    let name = told().build().get(&Key::from_static_str("service.name"));
    // So begins what the SDK makes up where nobody gave a name.
    if name.is_none_or(|name| name.as_str().starts_with("unknown_service")) {
        told().with_service_name(NAME).build()
    } else {
        told().build()
    }
}

/// Puts the spans of a call into one trace, whose name is the call's own.
#[derive(Debug)]
struct ByCall<E>(E);

impl<E: SpanExporter> SpanExporter for ByCall<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            if let Some(call) = call_of(span) {
                let old = &span.span_context;
                span.span_context = SpanContext::new(
                    TraceId::from_bytes(*call.as_bytes()),
                    old.span_id(),
                    old.trace_flags(),
                    old.is_remote(),
                    old.trace_state().clone(),
                );
            }
        }
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn call_of(span: &SpanData) -> Option<CallId> {
    let mut told = span.attributes.iter();
    let call = told.find(|attribute| attribute.key.as_str() == "call.id")?;
    CallId::parse(&call.value.as_str())
}
