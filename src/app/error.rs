//! Why the house cannot be put together, as the one who wrote the settings is told.

use super::PolicyError;
use crate::call::Bilingual;
use crate::config::local_key::LocalKeyError;
use crate::outbound::OutboundError;
use crate::outbound::mail::MailError;
use crate::outbound::webhook::WebhookError;
use crate::providers::twilio::SettingsError;

/// Why the house cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Settings or rules are wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// There is no key for this machine.
    #[error(transparent)]
    LocalKey(#[from] LocalKeyError),
    /// The provider's settings cannot work.
    #[error(transparent)]
    Provider(#[from] SettingsError),
    /// Nothing can go out to the provider of OpenID Connect.
    #[error("[desk.oidc]: {0}")]
    Identity(#[from] OutboundError),
    /// The owner's own address cannot be told anything.
    #[error("[notify]: {0}")]
    Notify(#[from] WebhookError),
    /// No mails can be sent.
    #[error("[mail]: {0}")]
    Mail(#[from] MailError),
}

impl AppError {
    /// What is wrong, in both languages. What the machine or another server said of it stays in its
    /// own words.
    pub(super) fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Policy(error) => return error.told(),
            Self::LocalKey(error) => format!("maskinens nøgle: {error}"),
            Self::Provider(error) => return error.told(),
            Self::Identity(error) => format!("[desk.oidc]: {}", no_client(error)),
            Self::Notify(WebhookError::Url) => "[notify]: det er ikke en adresse på nettet".into(),
            Self::Notify(WebhookError::Secret) => {
                "[notify]: nøglen skal være whsec_ og 24 til 64 byte i base64".into()
            }
            Self::Notify(WebhookError::Client(error)) => format!("[notify]: {}", no_client(error)),
            Self::Mail(MailError::Address(address)) => {
                format!("[mail]: “{address}” er ikke en mailadresse")
            }
            Self::Mail(error) => format!("[mail]: der kan ikke sendes mails: {error}"),
        };
        Bilingual::new(danish, self.to_string())
    }
}

fn no_client(error: &OutboundError) -> String {
    format!("der kunne ikke laves en HTTP-klient: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Language;

    #[test]
    fn what_an_owner_wrote_wrongly_is_told_in_both_languages() {
        let errors = [
            AppError::from(SettingsError::NoSecret("AC1".to_owned())),
            AppError::from(SettingsError::PublicUrl("x".to_owned())),
            AppError::from(WebhookError::Secret),
            AppError::from(WebhookError::Url),
            AppError::from(MailError::Address("x".to_owned())),
        ];
        for error in errors {
            let told = error.told();
            assert_ne!(told.told_in(Language::Da), told.english());
            assert_eq!(told.english(), error.to_string());
        }
    }
}
