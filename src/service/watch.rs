//! Looks at the house every second and puts on the board what the owner must know of.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Service, Trouble};
use crate::call::{Bilingual, bilingual};
use crate::store::{Aside, CallFilter, backups};
use crate::telemetry::{AlarmKind, Work};

/// How often to look.
const EVERY: Duration = Duration::from_secs(1);
/// How long the store may take.
const STORE_LIMIT: Duration = Duration::from_secs(5);
/// How long an alarm about a passing thing stands after it was last seen.
const PASSING: Duration = Duration::from_secs(300);
/// How long the owner is told of calls that never came here, after the last of them was found.
const A_DAY: Duration = Duration::from_secs(24 * 3_600);
/// Before this program was made (2026-11-01): a clock that says so is wrong.
const MADE: i64 = 1_793_491_200;

/// Looks until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        remember(&service).await;
        look(&service);
        look_for_damage(&service).await;
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
        (unwritten > 0).then(|| match unwritten {
            1 => bilingual!(
                "1 opkald venter i hukommelsen på at blive skrevet ned",
                "1 call waits in memory to be written"
            ),
            _ => bilingual!(
                "{unwritten} opkald venter i hukommelsen på at blive skrevet ned",
                "{unwritten} calls wait in memory to be written"
            ),
        })
    });
    alarms.set(AlarmKind::Store, now, store.as_ref());
    let rules = service.policies().trouble().map(Trouble::told);
    alarms.set(AlarmKind::Rules, now, rules.as_ref());
    let clock = too_early(now).or_else(|| leapt(service));
    alarms.set(AlarmKind::Clock, now, clock.as_ref());
    alarms.set(AlarmKind::Silence, now, silence(service, now).as_ref());
    for kind in [AlarmKind::Overload, AlarmKind::Spend, AlarmKind::Panic] {
        alarms.clear_when_quiet(kind, now, PASSING);
    }
    // So that calls that are missed another time are news.
    alarms.clear_when_quiet(AlarmKind::MissedCalls, now, A_DAY);
}

/// Whether the store that is open took the place of one that was damaged.
async fn look_for_damage(service: &Service) {
    let Some(store) = service.keeper.store() else {
        return;
    };
    if let Ok(Ok(aside)) = tokio::time::timeout(STORE_LIMIT, store.put_aside()).await {
        let now = service.clock.now();
        let days = service.policies().retention().words_days;
        let told = damage(&aside, days);
        service
            .metrics
            .alarms()
            .set(AlarmKind::Damage, now, told.as_ref());
    }
}

/// What the owner is told of damaged stores, which are removed after so many days; 0 for never.
fn damage(aside: &[Aside], days: u16) -> Option<Bilingual> {
    let damaged = aside.iter().filter(|aside| aside.damaged);
    let names: Vec<&str> = damaged.map(|aside| aside.name.as_str()).collect();
    let names = names.join(", ");
    (!names.is_empty()).then(|| match days {
        0 => bilingual!(
            "lageret var beskadiget og er sat til side i {names}, hvor det ligger, til du fjerner det: opkald fra før kan mangle",
            "the store was damaged and is set aside in {names}, where it is kept until you remove it: calls of before may be missing"
        ),
        days => bilingual!(
            "lageret var beskadiget og er sat til side i {names}, hvor det ligger i {days} dage, så længe som ord gør: opkald fra før kan mangle",
            "the store was damaged and is set aside in {names}, where it is kept for {days} days, as long as words are: calls of before may be missing"
        ),
    })
}

/// After a start: when the last real call came, by the log (without one, now), and when the last copy
/// was made.
async fn remember(service: &Service) {
    if service.last_call.load(Ordering::Relaxed) != 0 {
        return;
    }
    let Some(store) = service.keeper.store() else {
        return;
    };
    let any = CallFilter::default();
    let newest = store.calls(&any, None, 1);
    let Ok(Ok(newest)) = tokio::time::timeout(STORE_LIMIT, newest).await else {
        return;
    };
    let newest = newest.calls.first().map(|call| call.started_at);
    let at = newest.unwrap_or_else(|| service.clock.now()).as_second();
    let unknown = service
        .last_call
        .compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed);
    if unknown.is_ok() {
        service.metrics.last_call_at(at);
    }
    let copied = backups::last(store.as_ref());
    if let Ok(Ok(Some(at))) = tokio::time::timeout(STORE_LIMIT, copied).await {
        service.metrics.done(Work::Backup, at);
    }
}

fn silence(service: &Service, now: Timestamp) -> Option<Bilingual> {
    let last = service.last_call.load(Ordering::Relaxed);
    service.metrics.last_call_at(last);
    let most = i64::from(service.policies().silence_hours());
    let quiet = now.as_second().saturating_sub(last) / 3_600;
    (last != 0 && most != 0 && quiet >= most).then(|| {
        bilingual!(
            "der er intet opkald kommet i {quiet} timer",
            "no call has come in for {quiet} hours"
        )
    })
}

fn leapt(service: &Service) -> Option<Bilingual> {
    let since = service.clock_doubted.load(Ordering::Relaxed);
    let since = Timestamp::from_second(since).ok().filter(|_| since != 0)?;
    Some(bilingual!(
        "uret sprang frem, til {since}: i et døgn derefter fjernes intet gammelt",
        "the clock leapt ahead, to {since}: nothing old is removed for a day after it"
    ))
}

fn too_early(now: Timestamp) -> Option<Bilingual> {
    (now.as_second() < MADE).then(|| {
        bilingual!(
            "uret siger {now}, som er før dette program blev lavet: åbningstider kan ikke passe",
            "the clock says {now}, which is before this program was made: opening hours cannot be trusted"
        )
    })
}
