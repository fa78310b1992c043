//! That a line only listens as yet, what it would have done meanwhile, and the way on from there.

use jiff::SignedDuration;
use maud::{Markup, html};

use crate::call::{Call, Language, LineId, Treatment};
use crate::screening::line::Mode;
use crate::web::desk::lists::encoded;
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// How far back calls are counted.
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

/// A note for each line that listens.
pub(super) async fn notes(app: &Seen, language: Language) -> Result<Markup, Problem> {
    let policies = app.policies();
    let mut weeks: Vec<(LineId, Week)> = policies
        .lines()
        .iter()
        .map(|policy| &policy.line)
        .filter(|line| line.mode == Mode::Listen && app.sees(Some(&line.id)))
        .map(|line| (line.id.clone(), Week::default()))
        .collect();
    if weeks.is_empty() {
        return Ok(html! {});
    }
    let from = app.now().checked_sub(A_WEEK).unwrap_or_else(|_| app.now());
    app.each_call(from, |call| {
        let of_the_line = weeks.iter_mut().find(|(line, _)| *line == call.line);
        if let Some((_, week)) = of_the_line {
            week.add(call);
        }
    })
    .await?;
    let owns = app.visitor().rights.own_everything();
    let only_line = policies.lines().len() == 1;
    Ok(html! {
        @for (line, week) in &weeks {
            section class="note listening" aria-labelledby={ "listening-" (line) } {
                p id={ "listening-" (line) } {
                    b { (language.choose("Portner lytter kun", "Portner only listens")) }
                    @if !only_line { (language.choose(" på ", " on ")) (line) }
                    (language.choose(": alle kommer igennem. ", ": everybody gets through. "))
                    (week.sentence(language))
                }
                div class="buttons" {
                    a class="button" href={ "/calls?line=" (encoded(&line.0)) } { (language.choose("Se opkaldene", "See the calls")) }
                    @if owns {
                        a class="button" href={ "/settings/line/" (encoded(&line.0)) "#the-line" } { (language.choose("Skift tilstand", "Change the mode")) }
                    }
                }
            }
        }
    })
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
