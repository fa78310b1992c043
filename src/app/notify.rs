//! The owner's own addresses, as the service tells them things.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::config::file::MailSecurity;
use crate::config::{self, Notify};
use crate::outbound::mail::{Mail, MailError, MailSettings, Security};
use crate::outbound::webhook::{Webhook, WebhookError};
use crate::service::{Mailer, Notifier};

/// Tells one address by signed webhooks.
pub(super) struct ByWebhook(Webhook);

impl ByWebhook {
    pub(super) fn new(settings: &Notify) -> Result<Self, WebhookError> {
        let url = settings.url.expose_secret();
        Webhook::new(url, &settings.secret, settings.allow_private).map(Self)
    }
}

#[async_trait]
impl Notifier for ByWebhook {
    async fn notify(&self, id: &str, now: Timestamp, body: &str) -> Result<(), String> {
        self.0
            .send(id, now, body)
            .await
            .map_err(|error| error.to_string())
    }
}

/// Writes mails to one address, each with the way to the desk below it.
pub struct ByMail {
    mail: Mail,
    desk: String,
}

impl ByMail {
    /// Mails as they are set, from the installation at this address.
    ///
    /// # Errors
    /// [`MailError`], when the settings cannot work.
    pub fn new(settings: &config::Mail, desk: String) -> Result<Self, MailError> {
        let mail = Mail::new(MailSettings {
            host: settings.host.clone(),
            port: settings.port,
            security: match settings.security {
                MailSecurity::Tls => Security::Tls,
                MailSecurity::Starttls => Security::StartTls,
                MailSecurity::None => Security::None,
            },
            login: settings.login.clone(),
            from: settings.from.clone(),
            to: settings.to.clone(),
        })?;
        Ok(Self { mail, desk })
    }
}

#[async_trait]
impl Mailer for ByMail {
    async fn send(
        &self,
        id: Uuid,
        now: Timestamp,
        subject: &str,
        text: &str,
    ) -> Result<(), String> {
        let text = format!("{text}\n\n-- \n{}\n", self.desk);
        let sent = self.mail.send(id, now, subject, &text).await;
        sent.map_err(|error| error.to_string())
    }
}
