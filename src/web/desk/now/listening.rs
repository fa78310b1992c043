//! That a line only listens as yet, what it would have done meanwhile, and the way on from there.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::switching::button;
use crate::call::{Call, Language, LineId, Treatment};
use crate::screening::line::Mode;
use crate::store::CallFilter;
use crate::web::desk::lists::encoded;
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// How far back from last midnight calls are counted.
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a line that listens would have done to real calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Week {
    calls: u32,
    rejected: u32,
    messages: u32,
}

impl Week {
    fn add(&mut self, call: &Call) {
        self.calls += 1;
        match call.verdict.as_ref().and_then(|verdict| verdict.would_have) {
            Some(Treatment::Reject) => self.rejected += 1,
            Some(Treatment::Message) => self.messages += 1,
            Some(Treatment::Connect) | None => {}
        }
    }

    fn sentence(self, language: Language) -> String {
        let Self {
            calls,
            rejected,
            messages,
        } = self;
        if calls == 0 {
            return language
                .choose(
                    "Ingen har ringet den seneste uge.",
                    "Nobody has called in the last week.",
                )
                .to_owned();
        }
        let many = if calls == 1 { "call" } else { "calls" };
        language.choose(
            format!("Den seneste uge: {calls} opkald, hvoraf {rejected} ville være blevet afvist, og {messages} kunne have lagt en besked."),
            format!("In the last week: {calls} {many}, of which {rejected} would have been turned away and {messages} could have left a message."),
        )
    }
}

/// What was counted of the days before today. They are over, so once a day is enough.
#[derive(Debug, Default)]
pub(in crate::web) struct Past(Mutex<HashMap<LineId, (Timestamp, Week)>>);

impl Past {
    fn counted(&self) -> MutexGuard<'_, HashMap<LineId, (Timestamp, Week)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The week before this midnight.
    async fn of(&self, app: &Seen, line: &LineId, midnight: Timestamp) -> Result<Week, Problem> {
        let known = self.counted().get(line).copied();
        if let Some((_, week)) = known.filter(|(until, _)| *until == midnight) {
            return Ok(week);
        }
        let filter = CallFilter {
            line: Some(line.clone()),
            from: midnight.checked_sub(A_WEEK).ok(),
            until: Some(midnight),
            ..CallFilter::default()
        };
        let mut week = Week::default();
        app.each_call_of(&filter, |call| week.add(call)).await?;
        self.counted().insert(line.clone(), (midnight, week));
        Ok(week)
    }
}

/// The lines that listen, each with what it would have done.
pub(super) struct Weeks(Vec<(LineId, Week)>);

impl Weeks {
    /// With the days before this midnight; today's calls are still to be added.
    pub(super) async fn before(app: &Seen, midnight: Timestamp) -> Result<Self, Problem> {
        let policies = app.policies();
        let lines = policies.lines().iter().map(|policy| &policy.line);
        let mut weeks = Vec::new();
        for line in lines.filter(|line| line.mode == Mode::Listen) {
            let week = app.listened().of(app, &line.id, midnight).await?;
            weeks.push((line.id.clone(), week));
        }
        Ok(Self(weeks))
    }

    /// Counts a call of today.
    pub(super) fn add(&mut self, call: &Call) {
        let of_the_line = self.0.iter_mut().find(|(line, _)| *line == call.line);
        if let Some((_, week)) = of_the_line {
            week.add(call);
        }
    }

    /// A note for each line.
    pub(super) fn notes(&self, app: &Seen, language: Language) -> Markup {
        let only_line = app.policies().lines().len() == 1;
        html! {
            @for (line, week) in &self.0 {
                section class="note listening" aria-labelledby={ "listening-" (line) } {
                    p id={ "listening-" (line) } {
                        b { (language.choose("Portner lytter kun", "Portner only listens")) }
                        @if !only_line { (language.choose(" på ", " on ")) (line) }
                        (language.choose(": alle kommer igennem. ", ": everybody gets through. "))
                        (week.sentence(language))
                    }
                    div class="buttons" {
                        @if app.may_change(Some(line)) {
                            (button(line, Mode::Screen, "main", language.choose("Begynd at sortere", "Start screening")))
                        }
                        a class="button" href={ "/calls?line=" (encoded(&line.0)) } { (language.choose("Se opkaldene", "See the calls")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_without_calls_is_not_counted_out() {
        let none = Week::default();
        assert_eq!(
            none.sentence(Language::Da),
            "Ingen har ringet den seneste uge."
        );
        let some = Week {
            calls: 9,
            rejected: 3,
            messages: 2,
        };
        assert!(some.sentence(Language::En).contains("9 calls, of which 3"));
    }
}
