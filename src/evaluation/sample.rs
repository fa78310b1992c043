//! A sample of this project's conversations, small enough to be played for every change that is
//! proposed: what mends one call must not lose several others.

use serde::Serialize;

use super::{BEGAN, Conversation, ConversationError, CorpusError, is_right, play};
use crate::screening::Policy;
use crate::screening::line::Mode;

/// As `build.rs` packs it: one conversation a line, of the first set all, of the others every so many.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sample.lz4"));

/// What a change does to the sample, judged with the profile and the settings of the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Sampled {
    /// Conversations that were played; none, where there was no time for them.
    pub conversations: usize,
    /// Those that ended wrongly and would end as they should.
    pub mended: usize,
    /// Those that ended as they should and would not.
    pub lost: usize,
    /// Those of the lost whose callers are legitimate.
    pub legitimate_lost: usize,
}

/// Every so many conversation of the sample is played: all, but where the compiler did not optimise,
/// which makes each take ten times as long.
const STEP: usize = if cfg!(debug_assertions) { 20 } else { 1 };

/// The conversations of the sample.
///
/// # Errors
/// The first line that cannot be read.
pub fn sample() -> Result<Vec<Conversation>, CorpusError> {
    every(STEP)
}

fn every(step: usize) -> Result<Vec<Conversation>, CorpusError> {
    let text = String::from_utf8(lz4_flex::decompress_size_prepended(PACKED)?)?;
    let read = |(number, line): (usize, &str)| {
        // Two businesses may have conversations of one name.
        serde_json::from_str::<Conversation>(line).map_err(|error| ConversationError {
            file: "sample".into(),
            line: number,
            column: error.column(),
            reason: error.to_string(),
        })
    };
    Ok((1..)
        .zip(text.lines())
        .step_by(step)
        .map(read)
        .collect::<Result<_, _>>()?)
}

/// Whether each of these conversations ends as it should under a policy, as if the line screened;
/// nothing, when it gets late over it.
#[must_use]
pub fn ends_right(
    policy: &Policy,
    sample: &[Conversation],
    is_late: impl Fn() -> bool,
) -> Option<Vec<bool>> {
    let mut policy = policy.clone();
    policy.line.mode = Mode::Screen;
    sample
        .iter()
        .map(|one| (!is_late()).then(|| is_right(one, &play(&policy, one, None, BEGAN))))
        .collect()
}

impl Sampled {
    /// What is different between two ways to judge the sample.
    #[must_use]
    pub fn between(sample: &[Conversation], before: &[bool], after: &[bool]) -> Self {
        let mut sampled = Self {
            conversations: sample.len(),
            ..Self::default()
        };
        for ((one, was), is) in sample.iter().zip(before).zip(after) {
            sampled.mended += usize::from(!was && *is);
            sampled.lost += usize::from(*was && !is);
            sampled.legitimate_lost += usize::from(*was && !is && one.label.is_legitimate());
        }
        sampled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_callers_of_all_kinds_and_is_soon_played() {
        let all = every(1).unwrap();
        assert!((1_100..=2_500).contains(&all.len()), "{}", all.len());
        let legitimate = all.iter().filter(|one| one.label.is_legitimate()).count();
        assert!(legitimate * 3 > all.len() && legitimate * 3 < all.len() * 2);
    }

    #[test]
    fn what_is_mended_and_lost_is_counted() {
        let line =
            |label: &str| format!(r#"{{"id":"x","lang":"da","label":"{label}","turns":[]}}"#);
        let labels = ["customer", "untargeted_sales", "robocall", "scam"];
        let sample: Vec<Conversation> = labels
            .iter()
            .map(|label| serde_json::from_str(&line(label)).unwrap())
            .collect();
        let before = [true, true, false, true];
        let after = [false, false, true, true];
        let sampled = Sampled::between(&sample, &before, &after);
        assert_eq!((sampled.conversations, sampled.mended), (4, 1));
        assert_eq!((sampled.lost, sampled.legitimate_lost), (2, 1));
    }
}
