//! What the owner does with a live call from his desk.
//!
//! His wish is an event like any other: it goes through [`crate::screening::advance`] and is
//! written down before the provider is told. Where the provider cannot be told, because no account
//! is configured, the call is a trial, or the network fails, the wish takes effect with the
//! caller's next answer, which gets the instructions that were last written down.

use crate::call::{Call, CallEvent, CallId, OwnerAction};
use crate::providers::Received;
use crate::screening;
use crate::store::StoreError;
use crate::telemetry::WebhookOutcome;

use super::Service;

/// When a wish of the owner takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// The provider was told.
    Now,
    /// With the caller's next answer.
    WithTheNextAnswer,
}

/// Why nothing came of a wish.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There is no such call.
    #[error("there is no such call")]
    Unknown,
    /// The call has gone on meanwhile.
    #[error("the call has gone on, and this cannot be done with it any more")]
    TooLate,
    /// The step could not be written down, so nothing was told to the provider.
    #[error("it could not be written down, so the call goes on as it was")]
    NotKept,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Does what the owner wants with a live call.
    ///
    /// # Errors
    /// [`ActError`]; then the call goes on as it was.
    pub async fn act(&self, id: CallId, action: OwnerAction) -> Result<Acted, ActError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let call = store.call(id).await?.ok_or(ActError::Unknown)?;
        if !screening::may_act(&call, action) {
            return Err(ActError::TooLate);
        }
        let wish = Received {
            call: call.provider.clone(),
            called: call.called.clone(),
            caller: Some(call.caller.clone()),
            event: CallEvent::OwnerActed {
                turn: call.turn,
                action,
            },
            simulated: call.simulated,
        };
        let (instructions, outcome) = self.on_event(wish).await;
        match outcome {
            WebhookOutcome::Answered if instructions.is_empty() => Err(ActError::TooLate),
            WebhookOutcome::Answered => Ok(self.redirect(&call, &instructions).await),
            WebhookOutcome::Repeated => Ok(Acted::WithTheNextAnswer),
            _ => Err(ActError::NotKept),
        }
    }

    async fn redirect(&self, call: &Call, instructions: &[crate::call::Instruction]) -> Acted {
        let provider = self.provider(&call.provider.provider);
        let control = provider.as_ref().and_then(|provider| provider.control());
        let Some(control) = control.filter(|_| !call.simulated) else {
            return Acted::WithTheNextAnswer;
        };
        match control.redirect(&call.provider, instructions).await {
            Ok(()) => Acted::Now,
            Err(error) => {
                tracing::warn!(%error, call.id = %call.id, "the provider could not be told what the owner wants: it takes effect with the caller's next answer");
                Acted::WithTheNextAnswer
            }
        }
    }
}
