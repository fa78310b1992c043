//! Judges calls of the log again: the caller's recorded answers through the real dialogue, under
//! rules that may be others than those of then.
//!
//! A question that the caller was asked then is answered as he answered it. A question that he was
//! never asked has no honest answer, so the replay ends there and says so. Neither campaigns nor
//! calls that are not among those replayed are known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use serde::Serialize;

use super::recorded::{Decided, Recorded};
use crate::call::{
    Call, CallEvent, CallId, Caller, Ground, Instruction, Judged, LineId, ProviderCallId, Question,
    Stage, Treatment,
};
use crate::screening::{Facts, Policy, advance};

/// Nothing asks more often than this.
const MOST_EVENTS: usize = 40;
/// How long a caller is silent before it counts as an answer.
const SILENCE: SignedDuration = SignedDuration::from_secs(5);
/// How many calls a thread takes at once.
const PORTION: usize = 64;

/// What would become of a caller now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// This.
    Judged {
        /// What becomes of him.
        treatment: Treatment,
        /// By which principle.
        ground: Ground,
    },
    /// He would be asked something that he was never asked; nobody knows what he would say.
    AsksOn {
        /// What he would be asked.
        question: Question,
    },
}

/// A call that was judged again, and how it went.
#[derive(Debug, Clone)]
pub struct Rejudged {
    /// What became of the caller.
    pub again: Again,
    /// The call, as far as it went.
    pub call: Call,
}

/// Judges a call again. The policy is that of its line.
#[must_use]
pub fn replay(policy: &Policy, recorded: &Recorded) -> Rejudged {
    let facts = Facts {
        calls_before: recorded.calls_before,
        ..Facts::default()
    };
    let caller = Caller::with_number(recorded.caller.clone());
    let provider = ProviderCallId {
        provider: "replay".into(),
        id: String::new(),
    };
    let mut now = recorded.began;
    let mut call = Call::begin(
        recorded.id,
        provider,
        policy.line.id.clone(),
        recorded.language,
        caller.clone(),
        String::new(),
        now,
    );
    let mut event = CallEvent::Incoming {
        caller,
        called: String::new(),
    };
    let mut put: BTreeMap<Question, usize> = BTreeMap::new();
    let mut last = Question::Open;
    for _ in 0..MOST_EVENTS {
        let step = advance(policy, &facts, call, event, now);
        call = step.call;
        if call.verdict.is_some() {
            break;
        }
        let question = match call.stage {
            Stage::Asking { question, .. } => question,
            Stage::OfferingKeys => last,
            _ => break,
        };
        last = question;
        let turn = step.instructions.iter().find_map(|one| match one {
            Instruction::Ask { turn, .. } => Some(*turn),
            _ => None,
        });
        let Some(turn) = turn else { break };
        let nth = put.entry(question).or_default();
        let Some((answer, at)) = recorded.answer(question, *nth) else {
            return Rejudged {
                again: Again::AsksOn { question },
                call,
            };
        };
        *nth += 1;
        now = match at {
            Some(at) => now.max(at),
            None => now.saturating_add(SILENCE).unwrap_or(now),
        };
        event = CallEvent::Heard { turn, answer };
    }
    let again = match &call.verdict {
        Some(verdict) => Again::Judged {
            treatment: verdict.would_have.unwrap_or(verdict.treatment),
            ground: verdict.ground,
        },
        None => Again::AsksOn { question: last },
    };
    Rejudged { again, call }
}

/// Judges calls again on several threads; `done` counts them as they are done. What no rule
/// decided is passed over, and so is what was said in words that are forgotten. Once `is_late`, no more
/// are taken.
pub fn replay_all<'p>(
    calls: &[Recorded],
    policy_of: impl Fn(&LineId) -> &'p Policy + Sync,
    threads: usize,
    done: &AtomicUsize,
    is_late: impl Fn() -> bool + Sync,
) -> Vec<Option<Again>> {
    let mut results: Vec<Option<Again>> = vec![None; calls.len()];
    let work = calls.chunks(PORTION).zip(results.chunks_mut(PORTION));
    let work = std::sync::Mutex::new(work);
    let next = || {
        let mut work = work
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        work.next().filter(|_| !is_late())
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some((calls, results)) = next() {
                    for (call, result) in calls.iter().zip(results) {
                        if matches!(call.decided, Decided::ByRules(_)) {
                            *result = Some(replay(policy_of(&call.line), call).again);
                        }
                    }
                    done.fetch_add(calls.len(), Ordering::Relaxed);
                }
            });
        }
    });
    results
}

/// A call that would end otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The call.
    pub id: CallId,
    /// What became of the caller.
    pub was: Treatment,
    /// What would.
    pub now: Again,
    /// What the owner thinks of what became of him.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Judged>,
    /// Whether the owner would agree with what would become of the caller, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agrees: Option<bool>,
    /// The caller's first words. Hostile text.
    pub opening: String,
}

/// How many calls ended so and would end so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Move {
    /// What became of the callers.
    pub was: Treatment,
    /// What would; nothing, where they would be asked what they never were.
    pub now: Option<Treatment>,
    /// How many.
    pub calls: usize,
}

/// What other rules would have made of the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Replayed {
    /// Calls that were looked at.
    pub calls: usize,
    /// Calls that were judged again.
    pub judged: usize,
    /// Calls that the owner, his lists or a campaign he refused decided, or that rang because something of ours broke.
    pub not_by_rules: usize,
    /// Calls that ended before anything was decided.
    pub undecided: usize,
    /// Calls of which the words were removed since, so that they cannot be judged again.
    pub forgotten: usize,
    /// Calls that would end as they did.
    pub same: usize,
    /// Calls that would end otherwise.
    pub changed: usize,
    /// Calls in which something would be asked that never was: nobody knows how they would end.
    pub unknown: usize,
    /// Callers who were put through and would be rejected.
    pub connected_then_rejected: usize,
    /// The share of judged calls that was rejected, from 0 to 1.
    pub rejected_share_was: f64,
    /// The share that would be; calls of which nobody knows count as they were.
    pub rejected_share_now: f64,
    /// Marked calls that ended as the owner wants, and would not any more.
    pub marks_broken: usize,
    /// Marked calls that ended otherwise than the owner wants, and would end as he wants.
    pub marks_mended: usize,
    /// How many calls moved from which end to which, those that stayed included.
    pub moves: Vec<Move>,
    /// The calls that would end otherwise or of which nobody knows: marked ones first, then the
    /// newest.
    pub changes: Vec<Change>,
}

impl Replayed {
    /// Compares what became of calls with what would; at most `most` changes are told one by one.
    #[must_use]
    pub fn of(calls: &[Recorded], results: &[Option<Again>], most: usize) -> Self {
        let was = |call: &Recorded| match call.decided {
            Decided::ByRules(treatment) => Some(treatment),
            _ => None,
        };
        Self::compared(calls, results, was, most)
    }

    /// Compares what one set of rules makes of calls with what another one does. Calls of which
    /// the first one does not know how they end count as they did.
    #[must_use]
    pub fn between(
        calls: &[Recorded],
        before: &[Option<Again>],
        after: &[Option<Again>],
        most: usize,
    ) -> Self {
        let mut known = calls.iter().zip(before).map(|(call, before)| match before {
            Some(Again::Judged { treatment, .. }) => Some(*treatment),
            _ => match call.decided {
                Decided::ByRules(treatment) => Some(treatment),
                _ => None,
            },
        });
        Self::compared(calls, after, |_| known.next().flatten(), most)
    }

    fn compared(
        calls: &[Recorded],
        results: &[Option<Again>],
        mut was: impl FnMut(&Recorded) -> Option<Treatment>,
        most: usize,
    ) -> Self {
        let mut sum = Self {
            calls: calls.len(),
            ..Self::default()
        };
        let mut moves: BTreeMap<(Treatment, Option<Treatment>), usize> = BTreeMap::new();
        let (mut rejected, mut rejected_now) = (0, 0);
        for (call, result) in calls.iter().zip(results) {
            let was = was(call);
            let (Some(was), Some(again)) = (was, *result) else {
                match call.decided {
                    Decided::Nothing => sum.undecided += 1,
                    Decided::Forgotten => sum.forgotten += 1,
                    _ => sum.not_by_rules += 1,
                }
                continue;
            };
            sum.judged += 1;
            let now = match again {
                Again::Judged { treatment, .. } => Some(treatment),
                Again::AsksOn { .. } => None,
            };
            *moves.entry((was, now)).or_default() += 1;
            rejected += usize::from(was == Treatment::Reject);
            rejected_now += usize::from(now.unwrap_or(was) == Treatment::Reject);
            match now {
                None => sum.unknown += 1,
                Some(now) if now == was => {
                    sum.same += 1;
                    continue;
                }
                Some(_) => sum.changed += 1,
            }
            let loses = (was, now) == (Treatment::Connect, Some(Treatment::Reject));
            if loses && !call.is_refused_by_owner() {
                sum.connected_then_rejected += 1;
            }
            sum.changes.push(sum_up(call, was, again));
            match (
                call.agrees(was),
                sum.changes.last().and_then(|change| change.agrees),
            ) {
                (Some(true), Some(false)) => sum.marks_broken += 1,
                (Some(false), Some(true)) => sum.marks_mended += 1,
                _ => {}
            }
        }
        sum.rejected_share_was = share(rejected, sum.judged);
        sum.rejected_share_now = share(rejected_now, sum.judged);
        sum.moves = moves
            .into_iter()
            .map(|((was, now), calls)| Move { was, now, calls })
            .collect();
        sum.changes.sort_by_key(|change| {
            let known = matches!(change.now, Again::Judged { .. });
            (change.mark.is_none(), !known, std::cmp::Reverse(change.id))
        });
        sum.changes.truncate(most);
        sum
    }
}

fn sum_up(call: &Recorded, was: Treatment, again: Again) -> Change {
    let agrees = match again {
        Again::Judged { treatment, .. } => call.agrees(treatment),
        Again::AsksOn { .. } => None,
    };
    Change {
        id: call.id,
        was,
        now: again,
        mark: call.mark,
        agrees,
        opening: call.opening().unwrap_or_default().to_owned(),
    }
}

fn share(part: usize, whole: usize) -> f64 {
    super::Share { part, whole }.value()
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
