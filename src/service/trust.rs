//! How far the clock is trusted with removing things. One that is set years ahead would have everything
//! forgotten at once, so after a leap nothing old is removed for a day, and the owner is told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError};

/// More than this between two looks is a leap: a house is seldom without power for so long.
const LEAP: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long a clock must go on after a leap before it is believed.
const WAIT: SignedDuration = SignedDuration::from_hours(24);

const SETTING: &str = "retention-clock";

/// What is known of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// What it said when it was last believed.
    believed: Timestamp,
    /// What it said after the leap that it is doubted for.
    doubted: Option<Timestamp>,
}

impl Known {
    fn believing(now: Timestamp) -> Self {
        Self {
            believed: now,
            doubted: None,
        }
    }

    /// What is known after another look.
    fn after_a_look(self, now: Timestamp) -> Self {
        if now.duration_since(self.believed) <= LEAP {
            return Self::believing(now);
        }
        match self.doubted.map(|since| now.duration_since(since)) {
            Some(waited) if waited >= WAIT => Self::believing(now),
            Some(waited) if !waited.is_negative() => self,
            _ => Self {
                doubted: Some(now),
                ..self
            },
        }
    }
}

/// Looks at the clock. Since when it is doubted, if it is.
pub(super) async fn look(
    store: &dyn Store,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let kept = store.setting(SETTING).await?;
    let known: Option<Known> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let known = known.map_or_else(|| Known::believing(now), |known| known.after_a_look(now));
    let written = serde_json::to_vec(&known).map_err(|error| StoreError::Io(error.to_string()))?;
    store.put_setting(SETTING, written).await?;
    Ok(known.doubted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_is_doubted_for_a_day_and_a_clock_set_right_is_believed_at_once() {
        let right: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        let known = Known::believing(right);
        assert_eq!(known.after_a_look(right + hours(1)).doubted, None);
        assert_eq!(known.after_a_look(right + hours(24 * 6)).doubted, None);
        assert_eq!(known.after_a_look(right - hours(24 * 400)).doubted, None);

        let wrong = right + hours(24 * 3_650);
        let doubting = known.after_a_look(wrong);
        assert_eq!(doubting.doubted, Some(wrong));
        assert_eq!(doubting.after_a_look(wrong + hours(23)), doubting);
        assert_eq!(doubting.after_a_look(right + hours(2)).doubted, None);
        let later = wrong + hours(24);
        assert_eq!(doubting.after_a_look(later), Known::believing(later));
        let elsewhere = wrong - hours(24 * 30);
        assert_eq!(
            doubting.after_a_look(elsewhere).doubted,
            Some(elsewhere),
            "another leap begins another wait"
        );
    }
}
