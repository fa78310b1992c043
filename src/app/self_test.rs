//! A made-up call, signed as the provider signs, through the public address and the whole house: at
//! the start, after every change of the rules, and every day. Nobody's phone rings.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::call::{Bilingual, CallId};
use crate::config::local_key::LocalKey;
use crate::outbound::{self, Limits, OutboundError};
use crate::providers::twilio::{NAME, sign};
use crate::service::{Policies, Service};
use crate::telemetry::{AlarmKind, Work};

/// How long after the start: first of all, calls are answered.
const FIRST: Duration = Duration::from_secs(15);
/// How often at least.
const EVERY: Duration = Duration::from_secs(24 * 3_600);
/// How soon again after one that failed.
const AGAIN: Duration = Duration::from_secs(60);
/// How long to wait after a change, since changes come in bunches.
const AFTER_CHANGE: Duration = Duration::from_secs(5);

/// Why the made-up call did not get through.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// There is no client to call with.
    #[error(transparent)]
    Client(#[from] OutboundError),
    /// Nobody answered at the public address.
    #[error("nobody answers at {url}: {reason}")]
    Unreachable {
        /// The address that was called.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// Our own signature was refused, as the provider's would be.
    #[error(
        "a request signed over {url} is refused there: the provider's calls would die the same way"
    )]
    Refused {
        /// The address that was called and signed.
        url: String,
    },
    /// An answer came that holds no instructions.
    #[error("{url} answers {status} without instructions: is it this service?")]
    Odd {
        /// The address that was called.
        url: String,
        /// What was answered.
        status: StatusCode,
    },
    /// A request without a signature was taken.
    #[error("{url} takes a request without a signature: something else answers there")]
    Unguarded {
        /// The address that was called.
        url: String,
    },
}

impl SelfTestError {
    /// What is wrong, in both languages.
    fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Client(_) => {
                "der kan ikke ringes ud; er myndighedernes certifikater installeret?".to_owned()
            }
            Self::Unreachable { url, reason } => format!("ingen svarer på {url}: {reason}"),
            Self::Refused { url } => format!(
                "en forespørgsel, der er underskrevet over {url}, afvises der: udbyderens opkald ville dø på samme måde"
            ),
            Self::Odd { url, status } => {
                format!("{url} svarer {status} uden anvisninger: er det denne tjeneste?")
            }
            Self::Unguarded { url } => {
                format!("{url} tager en forespørgsel uden underskrift: der svarer noget andet")
            }
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// Whether this is how a request is answered that is not the provider's: the bare no, or what a source
/// gets from which many came within a minute. Behind a proxy everybody is one source.
pub(super) fn is_refusal(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    )
}

/// What the made-up call needs to know.
#[derive(Clone)]
pub(super) struct SelfTest {
    pub(super) service: Arc<Service>,
    pub(super) policies: watch::Receiver<Arc<Policies>>,
    pub(super) public_url: String,
    pub(super) key: LocalKey,
}

impl SelfTest {
    /// Calls until told to stop.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut pause = FIRST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                changed = self.policies.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(AFTER_CHANGE) => {}
                    }
                }
            }
            self.policies.mark_unchanged();
            let called = self.call().await;
            let metrics = self.service.metrics();
            metrics.self_tested(called.is_ok());
            pause = if called.is_ok() { EVERY } else { AGAIN };
            let now = self.service.clock().now();
            if called.is_ok() {
                metrics.done(Work::SelfTest, now);
            }
            let told = called.err().map(|error| error.told());
            metrics
                .alarms()
                .set(AlarmKind::SelfTest, now, told.as_ref());
        }
    }

    /// One made-up call, from its first ring to its end.
    pub(super) async fn call(&self) -> Result<(), SelfTestError> {
        let http = outbound::client(Limits::default())?;
        let account = self.key.account_sid();
        let name = CallId::new(self.service.clock().now()).to_string();
        let sid = format!("CA{}", name.replace('-', ""));
        let policies = Arc::clone(&self.policies.borrow());
        let line = &policies.lines()[0].line;
        let called = line.numbers.first().map(|number| number.full());
        let called = called.unwrap_or_default();
        // So that nobody who reads the log wonders who that was.
        let caller = line
            .languages
            .greeting()
            .choose("Portners egen prøve", "Portner's own trial");
        let fields = [
            ("AccountSid", account.as_str()),
            ("CallSid", &sid),
            ("From", "anonymous"),
            ("CallerName", caller),
            ("To", &called),
        ];
        let (status, answer) = self.post(&http, "voice", &fields, true).await?;
        let url = self.url("voice");
        if is_refusal(status) {
            return Err(SelfTestError::Refused { url });
        }
        if !status.is_success() || !answer.contains("<Response>") {
            return Err(SelfTestError::Odd { url, status });
        }
        let (status, _) = self.post(&http, "voice", &fields, false).await?;
        if !is_refusal(status) {
            return Err(SelfTestError::Unguarded { url });
        }
        let ended = [
            ("AccountSid", account.as_str()),
            ("CallSid", &sid),
            ("CallStatus", "completed"),
        ];
        self.post(&http, "status", &ended, true).await?;
        Ok(())
    }

    fn url(&self, step: &str) -> String {
        format!("{}/webhooks/{NAME}/{step}", self.public_url)
    }

    async fn post(
        &self,
        http: &reqwest::Client,
        step: &str,
        fields: &[(&str, &str)],
        signed: bool,
    ) -> Result<(StatusCode, String), SelfTestError> {
        let url = self.url(step);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = http
            .post(&url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        if signed {
            let signature = sign(&url, fields, self.key.secret().expose_secret());
            request = request.header("X-Twilio-Signature", signature);
        }
        let unreachable = |error: reqwest::Error| SelfTestError::Unreachable {
            url: url.clone(),
            reason: error.without_url().to_string(),
        };
        let mut answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if text.len() + chunk.len() > 64 * 1024 {
                return Err(SelfTestError::Odd { url, status });
            }
            text.extend_from_slice(&chunk);
        }
        Ok((status, String::from_utf8_lossy(&text).into_owned()))
    }
}
