//! Keeps what is counted beside the calls: reads it as soon as the store is there, then writes what
//! changes.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Service;
use crate::store::Store;

/// How often what changed is written.
const PAUSE: Duration = Duration::from_secs(5);
/// How often the store is asked for while it is not there yet.
const SOON: Duration = Duration::from_millis(100);

/// Works until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        let pause = match service.keeper.store() {
            Some(store) => {
                keep(&service, store.as_ref()).await;
                PAUSE
            }
            None => SOON,
        };
        let rested = tokio::time::sleep(pause);
        tokio::pin!(rested);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = &mut rested => break,
                () = service.unheard.woken() => {
                    if let Some(store) = service.keeper.store() {
                        service.unheard.save(store.as_ref()).await;
                    }
                }
            }
        }
    }
}

/// Reads what was not read yet, and writes what changed.
pub(super) async fn keep(service: &Service, store: &dyn Store) {
    let (campaigns, hits, unheard) = (&service.campaigns, &service.hits, &service.unheard);
    let read = async {
        campaigns.load(store).await?;
        hits.load(store).await?;
        unheard.load(store).await
    };
    if let Err(error) = read.await {
        tracing::warn!(%error, "what is kept beside the calls could not be read");
        return;
    }
    campaigns.save(store).await;
    hits.save(store).await;
    unheard.save(store).await;
}
