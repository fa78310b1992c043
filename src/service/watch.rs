//! Looks at the house every second and puts on the board what the owner must know of.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Service;
use crate::telemetry::AlarmKind;

/// How often to look.
const EVERY: Duration = Duration::from_secs(1);
/// How long an alarm about a passing thing stands after it was last seen.
const PASSING: Duration = Duration::from_secs(300);
/// Before this program was made (2026-11-01): a clock that says so is wrong.
const MADE: i64 = 1_793_491_200;

/// Looks until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        look(&service);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

fn look(service: &Service) {
    let now = service.clock.now();
    let alarms = service.metrics.alarms();
    let keeper = service.keeper();
    let unwritten = keeper.unwritten();
    service.metrics.store_is_up(keeper.store().is_some());
    service.metrics.calls_unwritten(unwritten);
    let store = keeper.trouble().or_else(|| {
        (unwritten > 0).then(|| format!("{unwritten} calls wait in memory to be written"))
    });
    alarms.set(AlarmKind::Store, now, store);
    alarms.set(AlarmKind::Rules, now, service.policies().trouble());
    alarms.set(AlarmKind::Clock, now, too_early(now));
    for kind in [AlarmKind::Overload, AlarmKind::Spend, AlarmKind::Panic] {
        alarms.clear_when_quiet(kind, now, PASSING);
    }
}

fn too_early(now: Timestamp) -> Option<String> {
    (now.as_second() < MADE).then(|| {
        format!("the clock says {now}, which is before this program was made: opening hours cannot be trusted")
    })
}
