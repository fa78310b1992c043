//! How many events may be in hand at once, by how long they take.
//!
//! A fixed bound is too many for a slow machine and too few for a fast one: what counts is that
//! whoever is let in is answered in time. While events take longer than they should, fewer are let
//! in; while they do not, more (additive increase, multiplicative decrease, as TCP has it). Whoever is
//! not let in costs little and rings at once, if the processors have time for him: where an event took
//! too long and more were turned away meanwhile than there are places, one is let in at a time, and one
//! more with each round that is quick again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Never more than so many.
const MOST: f64 = 256.0;
/// So many while nothing is known of the machine.
const FIRST: f64 = 64.0;
/// So many always, as long as hardly anybody is turned away: with one after the other a machine would
/// have to take 60 ms for each to be late.
const LEAST: f64 = 16.0;
/// So many where more are turned away than there are places.
const CROWDED: f64 = 1.0;
/// How long an event should take. Those who are turned away wait for the same processors: where one
/// takes longer than this, either the disk is slow or nobody is answered quickly any more.
const AIM: Duration = Duration::from_millis(25);
/// What is left of the bound when one took longer.
const LESS: f64 = 0.7;

/// Room for events.
#[derive(Debug)]
pub(super) struct Room(Mutex<State>);

#[derive(Debug)]
struct State {
    in_hand: u32,
    bound: f64,
    /// How many ever were.
    turned_away: u64,
    /// Those that came before then say nothing about the bound as it is.
    lowered: Option<Instant>,
}

/// The place of one event. Whoever lets go of it says how long it took.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    since: Instant,
    turned_away_before: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self(Mutex::new(State {
            in_hand: 0,
            bound: FIRST,
            turned_away: 0,
            lowered: None,
        }))
    }
}

impl Room {
    /// A place, where there is one.
    pub(super) fn enter(self: &Arc<Self>, now: Instant) -> Option<Place> {
        let mut state = self.state();
        if f64::from(state.in_hand) >= state.bound {
            state.turned_away += 1;
            return None;
        }
        state.in_hand += 1;
        Some(Place {
            room: Arc::clone(self),
            since: now,
            turned_away_before: state.turned_away,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn leave(&self, now: Instant) {
        let mut state = self.room.state();
        let busy = f64::from(state.in_hand) > state.bound / 2.0;
        state.in_hand = state.in_hand.saturating_sub(1);
        if now.duration_since(self.since) <= AIM {
            // What nobody needs proves nothing.
            if busy {
                state.bound = (state.bound + 1.0 / state.bound).min(MOST);
            }
        } else if state.lowered.is_none_or(|lowered| lowered <= self.since) {
            let turned_away = state.turned_away - self.turned_away_before;
            state.bound = if turned_away as f64 > state.bound {
                CROWDED
            } else {
                (state.bound * LESS).max(LEAST)
            };
            state.lowered = Some(now);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes as many as are let in while so many more come, and lets go of all after so long. How many
    /// were let in.
    fn round(room: &Arc<Room>, now: &mut Instant, too_many: usize, took: Duration) -> usize {
        let mut places: Vec<Place> = std::iter::from_fn(|| room.enter(*now)).collect();
        let more = (1..too_many).filter_map(|_| room.enter(*now));
        assert_eq!(more.count(), 0);
        *now += took;
        for place in &places {
            place.leave(*now);
        }
        let count = places.len();
        // They have left already.
        places.drain(..).for_each(std::mem::forget);
        count
    }

    #[test]
    fn fewer_are_let_in_while_they_take_too_long_and_more_when_they_do_not() {
        let (room, mut now) = (Arc::new(Room::default()), Instant::now());
        let (quick, slow) = (AIM / 2, AIM * 3);
        assert_eq!(round(&room, &mut now, 1, slow), 64);
        let fewer = round(&room, &mut now, 1, slow);
        assert_eq!(fewer, 45, "once for all that were in hand together");
        for _ in 0..20 {
            round(&room, &mut now, 1, slow);
        }
        assert_eq!(round(&room, &mut now, 1, quick), 16, "never fewer");
        for _ in 0..800 {
            round(&room, &mut now, 1, quick);
        }
        assert_eq!(round(&room, &mut now, 1, quick), 256);
    }

    #[test]
    fn where_more_are_turned_away_than_there_are_places_one_is_let_in_at_a_time() {
        let (room, mut now) = (Arc::new(Room::default()), Instant::now());
        let (quick, slow) = (AIM / 2, AIM * 3);
        round(&room, &mut now, 500, quick);
        assert_eq!(round(&room, &mut now, 1, slow), 65, "they were quick");
        assert_eq!(round(&room, &mut now, 47, slow), 46);
        assert_eq!(round(&room, &mut now, 500, quick), 1);
        assert_eq!(round(&room, &mut now, 500, quick), 2, "one more each time");
        assert_eq!(round(&room, &mut now, 500, slow), 3);
        assert_eq!(round(&room, &mut now, 1, quick), 1);
    }

    #[test]
    fn a_few_slow_ones_are_all_let_in() {
        let (room, mut now) = (Arc::new(Room::default()), Instant::now());
        for _ in 0..50 {
            let places: Vec<_> = (0..16).map(|_| room.enter(now).expect("room")).collect();
            now += AIM * 4;
            for place in places {
                place.leave(now);
                std::mem::forget(place);
            }
        }
    }
}
