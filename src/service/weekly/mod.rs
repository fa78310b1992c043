//! Each Monday morning, where the first line is, the owner is told how the week before went: by
//! webhook, by mail, or both. Which Monday was told last is kept, so that it is told once however
//! often the program starts; a Monday that was slept through is told when it wakes.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Service;
use super::notices::notice;
use crate::call::{CallId, Effect};
use crate::store::{Job, Store, StoreError};

mod summary;

use self::summary::Summary;

/// The hour of Monday from which on it is told.
const HOUR: i8 = 7;
/// How often the clock is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// Where the store keeps the Monday that was told last.
const SETTING: &str = "weekly-told";

/// Works until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        if let Some(store) = service.keeper.store()
            && let Err(error) = tell(&service, store.as_ref()).await
        {
            tracing::warn!(%error, "the week could not be told and is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Tells the week before the latest Monday, unless that was done. The first start tells nothing.
async fn tell(service: &Service, store: &dyn Store) -> Result<(), StoreError> {
    let (by_webhook, by_mail) = (
        service.notifier.get().is_some(),
        service.mailer.get().is_some(),
    );
    if !by_webhook && !by_mail {
        return Ok(());
    }
    let policies = service.policies();
    let line = &policies.lines()[0].line;
    let now = service.clock.now();
    let Some(week) = Week::before(now, &line.time_zone) else {
        return Ok(());
    };
    let told = store.setting(SETTING).await?;
    let told = told.and_then(|kept| String::from_utf8(kept).ok()?.parse::<Date>().ok());
    if told.is_some_and(|told| week.monday <= told) {
        return Ok(());
    }
    if told.is_some() {
        let summary = Summary::read(service, store, &week).await?;
        let mut jobs = Vec::new();
        if by_webhook {
            jobs.push(notice("summary.weekly", now, summary.data(&week)));
        }
        if by_mail {
            jobs.push(summary.mail(&week, line.languages.greeting()));
        }
        for effect in jobs {
            let job = week.job(effect, now);
            store.put_job(job).await?;
        }
        tracing::info!(monday = %week.monday, "the week before is told");
        service.outbox_woken.notify_one();
    }
    let kept = week.monday.to_string().into_bytes();
    store.put_setting(SETTING, kept).await
}

/// Seven days, and the Monday after them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Week {
    first: Date,
    last: Date,
    monday: Date,
    from: Timestamp,
    until: Timestamp,
}

impl Week {
    /// The week before the latest Monday morning.
    fn before(now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let here = zone.to_datetime(now);
        let since = i64::from(here.weekday().since(Weekday::Monday));
        let monday = here.date().checked_sub(since.days()).ok()?;
        let too_early = since == 0 && here.hour() < HOUR;
        let back: Span = if too_early { 1.week() } else { 0.weeks() };
        let monday = monday.checked_sub(back).ok()?;
        let first = monday.checked_sub(1.week()).ok()?;
        let midnight = |day: Date| Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp());
        Some(Self {
            first,
            last: monday.checked_sub(1.day()).ok()?,
            monday,
            from: midnight(first)?,
            until: midnight(monday)?,
        })
    }

    /// The job that tells it so; the same week gives the same one, so that it stands there once.
    fn job(&self, effect: Effect, now: Timestamp) -> Job {
        let way = u8::from(matches!(effect, Effect::Mail { .. }));
        let millis = u64::try_from(self.until.as_millisecond()).unwrap_or_default();
        let tail = [way, 0x77, 0x65, 0x65, 0x6b, 0, 0, 0, 0, 0];
        Job {
            id: uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid(),
            call: CallId::from_bytes(*Uuid::nil().as_bytes()),
            provider: String::new(),
            effect,
            attempts: 0,
            due: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_told_from_monday_morning_on_where_the_line_is() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let told = |now: &str| {
            let week = Week::before(now.parse().unwrap(), &zone).unwrap();
            (week.first.to_string(), week.last.to_string())
        };
        let second = ("2026-03-02".to_owned(), "2026-03-08".to_owned());
        let first = ("2026-02-23".to_owned(), "2026-03-01".to_owned());
        assert_eq!(told("2026-03-09T05:59:59Z"), first, "a minute to seven");
        assert_eq!(told("2026-03-09T06:00:00Z"), second);
        assert_eq!(told("2026-03-15T22:59:59Z"), second, "late on Sunday");
        let spring = Week::before("2026-03-30T06:00:00Z".parse().unwrap(), &zone).unwrap();
        assert_eq!(
            spring.until.duration_since(spring.from).as_hours(),
            7 * 24 - 1,
            "summer time began on that Sunday"
        );
    }

    #[test]
    fn a_week_has_one_job_for_each_way() {
        let now = "2026-03-09T06:00:00Z".parse().unwrap();
        let week = Week::before(now, &TimeZone::UTC).unwrap();
        let mail = || Effect::Mail {
            subject: String::new(),
            text: String::new(),
        };
        let id = |effect| week.job(effect, now).id;
        assert_eq!(id(mail()), id(mail()));
        assert_ne!(
            id(mail()),
            id(Effect::Notify {
                body: String::new()
            })
        );
    }
}
