//! What figures are counted by: enums and constants of the code, so that no figure has more than a
//! few values.

use std::fmt::{self, Debug, Write as _};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use crate::call::{Ground, Language, Treatment};
use crate::telemetry::alarms::AlarmKind;

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WebhookOutcome {
    /// It moved a call on.
    Answered,
    /// It was a repeat and got the first answer again.
    Repeated,
    /// It told nothing that matters.
    Irrelevant,
    /// It was not signed, or wrongly.
    Refused,
    /// It was signed and could not be read; the owner was rung.
    Unreadable,
    /// Something of ours broke; the owner was rung.
    FailedOpen,
}

/// What became of a job of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobOutcome {
    /// It is done.
    Done,
    /// It failed and will be tried again.
    Retried,
    /// It failed for good.
    GivenUp,
}

/// What is removed when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forgotten {
    /// What callers said, counted by calls.
    Words,
    /// Recorded messages.
    Recordings,
    /// Calls.
    Calls,
    /// Entries of lists that ended.
    Entries,
    /// What was given up in the outbox.
    Outbox,
    /// What people did at the desk.
    Audit,
}

/// Work that is done over and over, and that nobody would miss at once if it were not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// A made-up call through the whole path.
    SelfTest,
    /// Removing what is known of callers and whose time is over.
    Retention,
    /// A copy of everything that is kept.
    Backup,
}

/// Why a request of the provider was answered without being screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shed {
    /// As many requests were in hand as may be.
    Overload,
    /// More calls in a minute than may be screened.
    PerMinute,
    /// More calls of one caller in an hour than may be screened.
    PerCaller,
    /// More calls in a day than may be screened.
    PerDay,
}

impl Shed {
    /// How so many calls came.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Self::Overload => language.choose("på én gang", "at once"),
            Self::PerMinute => language.choose("på et minut", "in a minute"),
            Self::PerCaller => {
                language.choose("fra ét nummer på en time", "of one number in an hour")
            }
            Self::PerDay => language.choose("på en dag", "in a day"),
        }
    }
}

/// Why an answer went out before its record was on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unrecorded {
    /// The record came too late.
    Late,
    /// The record failed.
    Failed,
}

/// Whether something went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    Ok,
    Failed,
}

impl Outcome {
    pub fn of(good: bool) -> Self {
        if good { Self::Ok } else { Self::Failed }
    }
}

/// An enum as a label: its name in small letters, words joined by `_`, as serde writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name<T>(pub T);

impl<T: Debug> EncodeLabelValue for Name<T> {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let name = format!("{:?}", self.0);
        for (place, letter) in name.chars().enumerate() {
            if letter.is_ascii_uppercase() && place > 0 {
                encoder.write_char('_')?;
            }
            encoder.write_char(letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct WebhookLabels {
    pub provider: &'static str,
    pub outcome: Name<WebhookOutcome>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ProviderLabel {
    pub provider: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub treatment: Name<Treatment>,
    pub ground: Name<Ground>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ResultLabel {
    pub result: Name<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct UnrecordedLabel {
    pub reason: Name<Unrecorded>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ForgottenLabel {
    pub kind: Name<Forgotten>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct WorkLabel {
    pub work: Name<Work>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct JobLabel {
    pub outcome: Name<JobOutcome>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AlarmLabel {
    pub kind: Name<AlarmKind>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PlaceLabel {
    pub place: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShedLabel {
    pub reason: Name<Shed>,
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn labels_are_what_serde_writes() {
        for ground in [Ground::UntargetedSelling, Ground::FailOpen, Ground::Silent] {
            let labels = CallLabels {
                treatment: Name(Treatment::Connect),
                ground: Name(ground),
            };
            let family = Family::<CallLabels, Counter>::default();
            family.get_or_create(&labels).inc();
            let mut registry = Registry::default();
            registry.register("calls", "Calls", family);
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            let name = serde_json::to_value(ground).unwrap();
            assert!(text.contains(name.as_str().unwrap()), "{text}");
        }
    }
}
