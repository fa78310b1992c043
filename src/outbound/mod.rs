//! Everything that goes out: the one place that builds an HTTP client, and the one that sends mail.
//!
//! A client of ours has time limits (reqwest has none by itself), follows no redirects, takes no
//! proxy from the environment and speaks TLS through rustls. Trying again is for the caller to
//! allow, with [`retrying`], and only for what may be done twice.

use std::sync::Arc;
use std::time::Duration;

mod guard;
pub mod mail;
pub mod webhook;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::Url;

/// The longest wait for a connection.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// The longest time for one request with its answer.
pub const TOTAL_LIMIT: Duration = Duration::from_secs(8);

/// The time that a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the connection.
    pub connect: Duration,
    /// For everything, from the look-up of the name to the last byte.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT_LIMIT,
            total: TOTAL_LIMIT,
        }
    }
}

/// Why nothing can go out.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// TLS could not be set up, most often because the machine has no certificates of authorities
    /// (the package `ca-certificates`).
    #[error("no HTTP client could be made; are the certificates of authorities installed?")]
    Client(#[source] reqwest::Error),
}

/// Makes a client.
///
/// # Errors
/// [`OutboundError`], when TLS cannot be set up.
pub fn client(limits: Limits) -> Result<reqwest::Client, OutboundError> {
    builder(limits).build().map_err(OutboundError::Client)
}

/// A client for addresses that somebody else names: it reaches the public internet alone, over TLS.
#[derive(Debug, Clone)]
pub struct PublicClient(reqwest::Client);

impl PublicClient {
    /// Makes one.
    ///
    /// # Errors
    /// [`OutboundError`], when TLS cannot be set up.
    pub fn new(limits: Limits) -> Result<Self, OutboundError> {
        let builder = builder(limits)
            .https_only(true)
            .dns_resolver(Arc::new(guard::PublicOnly));
        Ok(Self(builder.build().map_err(OutboundError::Client)?))
    }

    /// A request for what lies at this address; nothing, where that cannot be public.
    #[must_use]
    pub fn get(&self, url: Url) -> Option<reqwest::RequestBuilder> {
        guard::may_be_public(&url).then(|| self.0.get(url))
    }
}

fn builder(limits: Limits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("portner/", env!("CARGO_PKG_VERSION")))
        .tls_backend_rustls()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(limits.connect)
        .timeout(limits.total)
}

/// Tries up to three times, with growing and uneven pauses of up to two seconds, as long as
/// `again` says of the error that another try may help and does no harm.
///
/// # Errors
/// The error of the last try.
pub async fn retrying<T, E, F>(
    attempt: impl FnMut() -> F,
    again: impl FnMut(&E) -> bool,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let pauses = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(2))
        .with_factor(3.0)
        .with_max_times(2)
        .with_jitter();
    attempt.retry(pauses).when(again).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn only_what_may_be_repeated_is_repeated() {
        for (error, expected) in [("again", 3), ("never", 1)] {
            let tries = AtomicUsize::new(0);
            let result: Result<(), _> = retrying(
                || async {
                    tries.fetch_add(1, Ordering::Relaxed);
                    Err(error)
                },
                |error| *error == "again",
            )
            .await;
            assert_eq!(result, Err(error));
            assert_eq!(tries.into_inner(), expected);
        }
    }
}
