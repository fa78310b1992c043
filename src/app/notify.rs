//! The owner's own address of the web, as the service tells it things.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::config::Notify;
use crate::outbound::webhook::{Webhook, WebhookError};
use crate::service::Notifier;

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
