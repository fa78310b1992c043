//! Counting calls for people: how many, what became of them, and what it saved.
//!
//! **How a minute saved is counted.** Only calls that were turned away count. Each counts with the
//! time that the caller spent with Portner, which the owner would have spent with him, and one
//! minute more, which it takes to get back to work after a telephone call. The sum is rounded to
//! whole minutes. Calls played to try things out count nowhere.

use jiff::Timestamp;

use crate::call::{Call, CallId, Disposition, Judged, Language, Mark, Treatment};
use crate::store::{CallFilter, Store, StoreError};

/// What it takes to get back to work, in seconds.
const BACK_TO_WORK: i64 = 60;
/// No caller is thought to have talked longer than this, whatever the record says, in seconds.
const LONGEST_TALK: i64 = 600;
/// How many calls are read at once.
pub const AT_ONCE: usize = 500;
/// How many calls are counted at most; the newest.
pub const MOST: usize = 50_000;

/// Calls counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// All of them.
    pub calls: u32,
    /// Who were put through.
    pub connected: u32,
    /// Who could leave a message.
    pub messages: u32,
    /// Who were turned away.
    pub rejected: u32,
    /// Who hung up while Portner asked.
    pub hung_up: u32,
    /// Who were asked anything.
    pub asked: u32,
    /// Questions put to them.
    pub questions: u32,
    /// Seconds saved.
    pub seconds: i64,
}

impl Figures {
    /// Counts one more.
    pub fn add(&mut self, call: &Call) {
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

    /// Questions put to each caller who was asked any, with one decimal, as it is written in this
    /// language.
    #[must_use]
    pub fn mean_questions(&self, language: Language) -> String {
        if self.asked == 0 {
            return "–".to_owned();
        }
        let mean = format!("{:.1}", f64::from(self.questions) / f64::from(self.asked));
        language.choose(mean.replace('.', ","), mean)
    }

    /// Minutes saved, as the page of this module says.
    #[must_use]
    pub fn minutes_saved(&self) -> i64 {
        (self.seconds + 30) / 60
    }

    /// A day in a sentence.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
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

/// How the owner marked calls that were judged alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marked {
    /// Judged rightly, he says.
    pub right: u32,
    /// Judged wrongly.
    pub wrong: u32,
}

impl Marked {
    /// How many he marked.
    #[must_use]
    pub fn all(self) -> u32 {
        self.right + self.wrong
    }
}

/// What the owner's marks say of the verdicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Precision([Marked; 3]);

impl Precision {
    /// Counts a mark of a call. Calls played to try things out count nowhere.
    pub fn add(&mut self, call: &Call, mark: &Mark) {
        let Some(verdict) = call.verdict.as_ref().filter(|_| !call.simulated) else {
            return;
        };
        let marked = &mut self.0[place(verdict.would_have.unwrap_or(verdict.treatment))];
        match mark.judged {
            Judged::Right => marked.right += 1,
            Judged::Wrong { .. } => marked.wrong += 1,
        }
    }

    /// The marks of calls that were judged so.
    #[must_use]
    pub fn of(&self, treatment: Treatment) -> Marked {
        self.0[place(treatment)]
    }
}

fn place(treatment: Treatment) -> usize {
    match treatment {
        Treatment::Connect => 0,
        Treatment::Message => 1,
        Treatment::Reject => 2,
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

/// Every real call from then on, newest first, one at a time; the newest 50,000 at most.
///
/// # Errors
/// [`StoreError`], when the log cannot be read.
pub async fn each_call(
    store: &dyn Store,
    from: Timestamp,
    mut look: impl FnMut(&Call) + Send,
) -> Result<(), StoreError> {
    let filter = CallFilter {
        from: Some(from),
        ..CallFilter::default()
    };
    let mut before: Option<CallId> = None;
    let mut seen = 0;
    while seen < MOST {
        let page = store.calls(&filter, before, AT_ONCE).await?;
        seen += page.calls.len();
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
