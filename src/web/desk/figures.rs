//! Counting calls for people: how many, what became of them, and what it saved.
//!
//! **How a minute saved is counted.** Only calls that were turned away count. Each counts with the
//! time that the caller spent with Portner, which the owner would have spent with him, and one
//! minute more, which it takes to get back to work after a telephone call. The sum is rounded to
//! whole minutes. Calls played to try things out count nowhere.

use jiff::Timestamp;

use crate::call::{Call, CallId, Disposition, Language, LineId, Treatment};
use crate::store::CallFilter;
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// What it takes to get back to work, in seconds.
const BACK_TO_WORK: i64 = 60;
/// No caller is thought to have talked longer than this, whatever the record says, in seconds.
const LONGEST_TALK: i64 = 600;
/// How many calls are read at once.
const AT_ONCE: usize = 500;
/// How many calls are counted at most; the newest.
const MOST: usize = 50_000;

/// Calls counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// All of them.
    pub(super) calls: u32,
    /// Who were put through.
    pub(super) connected: u32,
    /// Who could leave a message.
    pub(super) messages: u32,
    /// Who were turned away.
    pub(super) rejected: u32,
    /// Who hung up while Portner asked.
    pub(super) hung_up: u32,
    /// Who were asked anything.
    pub(super) asked: u32,
    /// Questions put to them.
    pub(super) questions: u32,
    /// Seconds saved.
    pub(super) seconds: i64,
}

impl Figures {
    /// Counts one more.
    pub(super) fn add(&mut self, call: &Call) {
        if call.simulated {
            return;
        }
        self.calls += 1;
        match call.verdict.as_ref().map(|verdict| verdict.treatment) {
            Some(Treatment::Connect) => self.connected += 1,
            Some(Treatment::Message) => self.messages += 1,
            Some(Treatment::Reject) => {
                self.rejected += 1;
                self.seconds += talked(call) + BACK_TO_WORK;
            }
            None => {}
        }
        if call.verdict.is_none() && call.disposition == Some(Disposition::Abandoned) {
            self.hung_up += 1;
        }
        if !call.asked.is_empty() {
            self.asked += 1;
            self.questions += u32::try_from(call.asked.len()).unwrap_or(u32::MAX);
        }
    }

    /// Minutes saved, as the page of this module says.
    pub(super) fn minutes_saved(&self) -> i64 {
        (self.seconds + 30) / 60
    }

    /// A day in a sentence.
    pub(super) fn sentence(&self, language: Language) -> String {
        if self.calls == 0 {
            return language
                .choose("Ingen opkald endnu i dag.", "No calls yet today.")
                .to_owned();
        }
        let parts = [
            Some(many(
                self.calls,
                language.choose(("opkald", "opkald"), ("call", "calls")),
            )),
            some(
                self.connected,
                language.choose(
                    ("sat igennem", "sat igennem"),
                    ("put through", "put through"),
                ),
            ),
            some(
                self.messages,
                language.choose(("besked", "beskeder"), ("message", "messages")),
            ),
            some(
                self.rejected,
                language.choose(("pænt nej", "pæne nej"), ("polite no", "polite nos")),
            ),
            some(
                self.hung_up,
                language.choose(("lagde på", "lagde på"), ("hung up", "hung up")),
            ),
        ];
        let mut sentence = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let minutes = self.minutes_saved();
        if minutes > 0 {
            sentence.push_str(&language.choose(
                format!(
                    ": {minutes} minut{} af din tid sparet",
                    if minutes == 1 { "" } else { "ter" }
                ),
                format!(
                    ": {minutes} minute{} of your time saved",
                    if minutes == 1 { "" } else { "s" }
                ),
            ));
        }
        sentence.push('.');
        sentence
    }
}

fn many(count: u32, (one, more): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn some(count: u32, words: (&str, &str)) -> Option<String> {
    (count > 0).then(|| many(count, words))
}

/// How long the caller spent with Portner, in seconds.
fn talked(call: &Call) -> i64 {
    let last = call.timeline.last().map(|entry| entry.at);
    let end = call.ended_at.or(last).unwrap_or(call.started_at);
    end.duration_since(call.started_at)
        .as_secs()
        .clamp(0, LONGEST_TALK)
}

/// Every real call of this time, newest first, one at a time.
pub(super) async fn each_call(
    app: &Seen,
    from: Timestamp,
    line: Option<LineId>,
    mut look: impl FnMut(&Call) + Send,
) -> Result<(), Problem> {
    let filter = CallFilter {
        from: Some(from),
        line,
        ..CallFilter::default()
    };
    let mut before: Option<CallId> = None;
    let mut read = 0;
    while read < MOST {
        let page = app.calls(&filter, before, AT_ONCE).await?;
        read += page.calls.len();
        page.calls.iter().for_each(&mut look);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_without_what_did_not_happen() {
        let figures = Figures {
            calls: 7,
            connected: 2,
            rejected: 4,
            hung_up: 1,
            seconds: 11 * 60,
            ..Figures::default()
        };
        assert_eq!(
            figures.sentence(Language::En),
            "7 calls, 2 put through, 4 polite nos, 1 hung up: 11 minutes of your time saved."
        );
        assert_eq!(
            figures.sentence(Language::Da),
            "7 opkald, 2 sat igennem, 4 pæne nej, 1 lagde på: 11 minutter af din tid sparet."
        );
        assert_eq!(
            Figures::default().sentence(Language::En),
            "No calls yet today."
        );
    }
}
