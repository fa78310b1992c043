//! Work in the background that a fault does not end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::call::{Clock, bilingual};
use crate::telemetry::{AlarmKind, Metrics};

/// How long to wait after a fault before the work is taken up again.
const PAUSE: Duration = Duration::from_secs(1);

/// Does this work until it returns or is told to stop. When it panics, that is counted and told to
/// the owner, and the work begins anew.
pub async fn supervised<W>(
    place: &'static str,
    clock: &dyn Clock,
    metrics: &Metrics,
    stop: CancellationToken,
    work: impl Fn() -> W,
) where
    W: Future<Output = ()> + Send + 'static,
{
    loop {
        let Err(error) = tokio::spawn(work()).await else {
            return;
        };
        if !error.is_panic() {
            return;
        }
        metrics.panicked(place);
        let told = bilingual!(
            "arbejde i baggrunden gik i stykker og begynder forfra: {place}",
            "work in the background broke and begins anew: {place}"
        );
        metrics.alarms().raise(AlarmKind::Panic, clock.now(), &told);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::call::FixedClock;

    #[tokio::test]
    async fn work_that_breaks_begins_anew_and_is_told_of() {
        let begun = Arc::new(AtomicU32::new(0));
        let metrics = Metrics::new();
        let clock = FixedClock::at(jiff::Timestamp::UNIX_EPOCH);
        let work = || {
            let begun = Arc::clone(&begun);
            async move {
                assert!(
                    begun.fetch_add(1, Ordering::SeqCst) > 0,
                    "the first time it breaks"
                );
            }
        };
        supervised("test", &clock, &metrics, CancellationToken::new(), work).await;
        assert_eq!(begun.load(Ordering::SeqCst), 2);
        assert_eq!(metrics.alarms().standing()[0].kind, AlarmKind::Panic);
        assert!(
            metrics
                .render()
                .contains(r#"portner_panics_total{place="test"} 1"#)
        );
    }
}
