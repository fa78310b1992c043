//! The owner's own addresses, as the service tells them things.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::AppError;
use crate::config::file::MailSecurity;
use crate::config::{self, BaseUrl, Config, Notify};
use crate::outbound::mail::{Mail, MailError, MailSettings, Security};
use crate::outbound::webhook::{Webhook, WebhookError};
use crate::service::{Mailer, Notifier, Service};

/// The ways to the owner that are set.
pub(super) struct Ways {
    notifier: Option<Arc<dyn Notifier>>,
    mailer: Option<Arc<dyn Mailer>>,
}

impl Ways {
    /// Those of these settings, from the installation at this address.
    pub(super) fn of(config: &Config, desk: &BaseUrl) -> Result<Self, AppError> {
        let by_webhook = config.notify.as_ref().map(ByWebhook::new).transpose()?;
        let by_mail = config.mail.as_ref();
        let by_mail = by_mail.map(|mail| ByMail::new(mail, desk.to_string()));
        Ok(Self {
            notifier: by_webhook.map(|way| Arc::new(way) as Arc<dyn Notifier>),
            mailer: by_mail
                .transpose()?
                .map(|way| Arc::new(way) as Arc<dyn Mailer>),
        })
    }

    /// Puts them in force.
    pub(super) fn take(self, service: &Service) {
        service.notify_through(self.notifier);
        service.mail_through(self.mailer);
    }
}

/// Tells one address by signed webhooks.
struct ByWebhook(Webhook);

impl ByWebhook {
    fn new(settings: &Notify) -> Result<Self, WebhookError> {
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
