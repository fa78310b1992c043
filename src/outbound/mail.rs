//! Mails to the owner, through a mail server of his (SMTP, RFC 5321).

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::CONNECT_LIMIT;

/// The ports of RFC 8314 and RFC 5321.
const SUBMISSIONS_PORT: u16 = 465;
const SUBMISSION_PORT: u16 = 587;
const PLAIN_PORT: u16 = 25;
/// How long a mail may take in all: servers that look for spam take their time.
const MAIL_LIMIT: Duration = Duration::from_secs(60);

/// How the connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after the greeting, or nothing is sent.
    StartTls,
    /// None.
    None,
}

/// Where mails go out, and to whom.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The mail server.
    pub host: String,
    /// Its port; without one, the usual one.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    pub security: Security,
    /// User and password, where the server wants them.
    pub login: Option<(String, SecretString)>,
    /// Whom mails come from.
    pub from: String,
    /// Who gets them.
    pub to: String,
}

/// Sends mails from one address to another.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailbox,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

/// Why no mail can be sent, or this one was not.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is none.
    #[error("“{0}” is not a mail address")]
    Address(String),
    /// The mail could not be written.
    #[error("the mail could not be written: {0}")]
    Unwritable(#[from] lettre::error::Error),
    /// The server did not answer in time.
    #[error("the mail server took longer than {} s", MAIL_LIMIT.as_secs())]
    TooSlow,
    /// The server could not be reached, or did not take it.
    #[error("the mail server did not take it: {0}")]
    NotTaken(#[from] lettre::transport::smtp::Error),
}

/// The address, as it is written.
///
/// # Errors
/// [`MailError::Address`], when it is none.
pub fn address(text: &str) -> Result<Mailbox, MailError> {
    let address = text.parse();
    address.map_err(|_| MailError::Address(text.to_owned()))
}

impl Mail {
    /// Prepares for sending; nothing is connected yet.
    ///
    /// # Errors
    /// [`MailError`], when an address is none or TLS cannot be set up.
    pub fn new(settings: MailSettings) -> Result<Self, MailError> {
        let (from, to) = (address(&settings.from)?, address(&settings.to)?);
        let tls = || TlsParameters::new(settings.host.clone());
        let (tls, usual) = match settings.security {
            Security::Tls => (Tls::Wrapper(tls()?), SUBMISSIONS_PORT),
            Security::StartTls => (Tls::Required(tls()?), SUBMISSION_PORT),
            Security::None => (Tls::None, PLAIN_PORT),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(CONNECT_LIMIT));
        if let Some((user, password)) = settings.login {
            let password = password.expose_secret().to_owned();
            transport = transport.credentials(Credentials::new(user, password));
        }
        Ok(Self {
            transport: transport.build(),
            from,
            to,
        })
    }

    /// Sends a mail. The same one has the same `id` each time, and so the same `Message-ID`.
    ///
    /// # Errors
    /// [`MailError`], which is safe to show.
    pub async fn send(
        &self,
        id: Uuid,
        now: Timestamp,
        subject: &str,
        text: &str,
    ) -> Result<(), MailError> {
        let domain = self.from.email.domain();
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .date(sent_at(now))
            .message_id(Some(format!("<{}@{domain}>", id.simple())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .subject(subject)
            .singlepart(
                SinglePart::builder()
                    .header(header::ContentType::TEXT_PLAIN)
                    .body(text.to_owned()),
            )?;
        // The library waits for answers without an end.
        let sending = self.transport.send(message);
        let sent = tokio::time::timeout(MAIL_LIMIT, sending).await;
        sent.map_err(|_| MailError::TooSlow)??;
        Ok(())
    }
}

fn sent_at(now: Timestamp) -> SystemTime {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
