//! The way to the collector: with the client that everything goes out by, under a short time limit.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use tokio::runtime::{Builder, Runtime};

use super::TracesError;
use crate::outbound::{self, CONNECT_LIMIT, Limits};

/// The longest time for one request.
const LIMIT: Duration = Duration::from_secs(5);
/// The longest answer that is read; one that takes everything is a few bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How often it is logged that traces are not taken, as long as they are not.
const SAID_EVERY: Duration = Duration::from_secs(600);

/// A collector of traces.
#[derive(Debug)]
pub(super) struct Collector {
    client: reqwest::Client,
    /// Of its own, so that no collector takes time from calls, and the last spans can still be sent
    /// when theirs has ended. Kept for as long as the process lives: to let go of one would be to wait
    /// for every look-up of a name.
    runtime: &'static Runtime,
    said: Mutex<Option<Instant>>,
}

impl Collector {
    pub(super) fn new() -> Result<Self, TracesError> {
        let client = outbound::client(Limits {
            connect: CONNECT_LIMIT,
            total: LIMIT,
        })?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()?;
        Ok(Self {
            client,
            runtime: Box::leak(Box::new(runtime)),
            said: Mutex::default(),
        })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut answer = self.client.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            body.extend_from_slice(&piece);
            if body.len() > LONGEST_ANSWER {
                return Err(Box::new(ResponseBodyTooLarge::new()));
            }
        }
        let mut whole = Response::new(body.into());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }

    /// Logs why traces are not taken, unless that was said a while ago.
    fn complain(&self, reason: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|at| at.elapsed() >= SAID_EVERY) {
            *said = Some(Instant::now());
            tracing::warn!(
                reason,
                "a collector does not take traces: it is tried again, and then they are dropped; look \
                 at it, and at the variables OTEL_EXPORTER_OTLP_…"
            );
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Called on the thread of the queue, which has nothing else to do meanwhile.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.runtime.block_on(self.send(request));
        match &sent {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => self.complain(&format!("it answered {}", answer.status())),
            Err(error) => self.complain(&at_the_bottom(error.as_ref())),
        }
        sent
    }
}

/// What the network said at the bottom of it; further up stands the address, which may hold a secret.
fn at_the_bottom(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
