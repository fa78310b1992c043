//! The hub that tells whoever looks on about every change of a call.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::call::Call;

/// How many changes a slow onlooker may lag behind before he has to look everything up again.
const BACKLOG: usize = 256;

/// Passes changes of calls on to everybody who listens.
#[derive(Debug, Clone)]
pub struct Live {
    changes: broadcast::Sender<Arc<Call>>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            changes: broadcast::Sender::new(BACKLOG),
        }
    }
}

impl Live {
    /// Listens from now on. A receiver that lags is told so, and should look everything up again.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Call>> {
        self.changes.subscribe()
    }

    /// Tells everybody how a call now is.
    pub(super) fn tell(&self, call: &Arc<Call>) {
        // Nobody listening is no failure.
        let _ = self.changes.send(Arc::clone(call));
    }
}
