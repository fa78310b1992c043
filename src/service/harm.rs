//! What new rules, or a new beginning of numbers that is blocked, would have done to the last calls of
//! the log: what works and is wrong is held back, and the owner is told why.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::replay::{judge, read_log};
use super::{Policies, Service};
use crate::call::{Call, E164, Ground, Language, LineId, NumberPattern, Treatment};
use crate::evaluation::{Again, Decided, Recorded};
use crate::store::{CallFilter, Store, StoreError};

/// How many calls new rules are tried on.
const CALLS: usize = 1_000;
/// How many calls are read at once.
const PORTION: usize = 500;
/// How long reading the log may take; a store that is away keeps no rules waiting.
const LIMIT: Duration = Duration::from_secs(5);
/// By how many hundredths the share of callers that are turned away may move.
const MOST_POINTS: f64 = 5.0;
/// Fewer calls than this have no share that means anything.
const FEWEST: usize = 20;

/// What rules that work would have done to the last calls of the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Harm {
    /// Callers who were put through would be turned away.
    Lost {
        /// How many.
        lost: usize,
        /// Of how many calls.
        of: usize,
    },
    /// The share of callers that are turned away moves far.
    Share {
        /// Of how many calls.
        judged: usize,
        /// What it was, in hundredths.
        was: f64,
        /// What it would be, in hundredths.
        is: f64,
    },
    /// A number of the owner's own begins as those that would be blocked, and so do many around him.
    Own,
}

impl Harm {
    /// The harm, as a clause.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Lost { lost, of } => language.choose(
                format!("af de sidste {of} opkald ville {lost}, der blev sat igennem, blive afvist"),
                format!(
                    "of the last {of} calls, {lost} that {} put through would be turned away",
                    if *lost == 1 { "was" } else { "were" }
                ),
            ),
            Self::Share { judged, was, is } => language.choose(
                format!("af de sidste {judged} opkald ville {is:.0} % blive afvist, hvor det var {was:.0} %"),
                format!("of the last {judged} callers {is:.0}% would be turned away, where it was {was:.0}%"),
            ),
            Self::Own => language
                .choose(
                    "sådan begynder dit eget nummer også",
                    "your own number begins so too",
                )
                .to_owned(),
        }
    }
}

impl Service {
    /// Why these policies should not be taken without the owner's word; `None` when nothing speaks
    /// against them, or nothing is known.
    pub async fn harm_of(&self, new: &Policies) -> Option<Harm> {
        let store = self.keeper.store()?;
        let read = AtomicUsize::new(0);
        let filter = CallFilter::default();
        let log = read_log(store.as_ref(), &filter, CALLS, &read);
        let calls = match tokio::time::timeout(LIMIT, log).await {
            Ok(Ok(calls)) => calls,
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the log could not be read: the new rules are taken untried");
                return None;
            }
        };
        let (old, new) = (self.policies(), new.clone());
        tokio::task::spawn_blocking(move || {
            let done = AtomicUsize::new(0);
            let before = judge(&old, &calls, &done);
            let after = judge(&new, &calls, &done);
            harm(&calls, &before, &after)
        })
        .await
        .ok()
        .flatten()
    }
}

/// Whom a beginning of numbers on the list of those who are blocked would turn away: callers among the
/// last ones who were put through, and are on no list themselves; and, whatever the log says, whoever has
/// a number like the owner's own. A whole number is one caller, whom the owner means.
///
/// # Errors
/// When the log cannot be read.
pub async fn of_blocking(
    store: &dyn Store,
    pattern: NumberPattern,
    line: Option<&LineId>,
    mut own: impl Iterator<Item = E164>,
) -> Result<Option<Harm>, StoreError> {
    if pattern.is_exact() {
        return Ok(None);
    }
    let filter = CallFilter {
        line: line.cloned(),
        ..CallFilter::default()
    };
    let (mut lost, mut of, mut before) = (0, 0, None);
    while of < CALLS {
        let page = store.calls(&filter, before, PORTION).await?;
        let turned_away = |call: &&Call| was_put_through(call) && falls_under(call, pattern);
        lost += page.calls.iter().filter(turned_away).count();
        of += page.calls.len();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    if lost > 0 {
        return Ok(Some(Harm::Lost { lost, of }));
    }
    let is_like_his = own.any(|number| pattern.matches(number));
    Ok(is_like_his.then_some(Harm::Own))
}

fn was_put_through(call: &Call) -> bool {
    call.verdict.as_ref().is_some_and(|verdict| {
        verdict.treatment == Treatment::Connect
            && !matches!(
                verdict.ground,
                Ground::Allowed | Ground::Wanted | Ground::FailOpen
            )
    })
}

fn falls_under(call: &Call, pattern: NumberPattern) -> bool {
    let number = call.caller.number.public();
    number.is_some_and(|number| pattern.matches(number))
}

fn rejected(again: Option<Again>) -> bool {
    matches!(
        again,
        Some(Again::Judged {
            treatment: Treatment::Reject,
            ..
        })
    )
}

fn harm(calls: &[Recorded], before: &[Option<Again>], after: &[Option<Again>]) -> Option<Harm> {
    let both = || before.iter().copied().zip(after.iter().copied());
    let lost = calls
        .iter()
        .zip(both())
        .filter(|(call, (before, after))| {
            call.decided == Decided::ByRules(Treatment::Connect)
                && !rejected(*before)
                && rejected(*after)
                // The owner wants no such caller: he marked it so, or said no when he was rung.
                && call.wanted().or(call.given) != Some(Treatment::Reject)
        })
        .count();
    if lost > 0 {
        return Some(Harm::Lost {
            lost,
            of: calls.len(),
        });
    }
    let judged = both()
        .filter(|(before, after)| before.is_some() && after.is_some())
        .count();
    if judged < FEWEST {
        return None;
    }
    let share = |results: &[Option<Again>]| {
        let rejected = results.iter().filter(|again| rejected(**again)).count();
        100.0 * rejected as f64 / judged as f64
    };
    let (was, is) = (share(before), share(after));
    ((is - was).abs() > MOST_POINTS).then_some(Harm::Share { judged, was, is })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallId, Caller, CallerNumber, Judged, ProviderCallId, Score, Verdict};

    fn recorded(ground: Ground, treatment: Treatment, mark: Option<Judged>) -> Recorded {
        let began = "2026-11-23T10:00:00Z".parse().unwrap();
        let provider = ProviderCallId {
            provider: "trial".into(),
            id: String::new(),
        };
        let mut call = Call::begin(
            CallId::new(began),
            provider,
            LineId("main".into()),
            Language::Da,
            Caller::with_number(CallerNumber::Withheld),
            String::new(),
            began,
        );
        call.verdict = Some(Verdict {
            treatment,
            ground,
            score: Score::default(),
            missing: Vec::new(),
            policy: String::new(),
            would_have: None,
        });
        Recorded::of(&call, mark)
    }

    fn harm_to(call: Recorded) -> Option<Harm> {
        let judged = |treatment| {
            let ground = Ground::Rule;
            [Some(Again::Judged { treatment, ground })]
        };
        let (before, after) = (judged(Treatment::Connect), judged(Treatment::Reject));
        harm(&[call], &before, &after)
    }

    #[test]
    fn whom_the_owner_wants_turned_away_is_not_lost() {
        let wrong = |should| Some(Judged::Wrong { should });
        let lost = Some(Harm::Lost { lost: 1, of: 1 });
        for (mark, harm) in [
            (None, lost),
            (Some(Judged::Right), lost),
            (wrong(Some(Treatment::Message)), lost),
            (wrong(Some(Treatment::Reject)), None),
            (wrong(None), None),
        ] {
            let call = recorded(Ground::Errand, Treatment::Connect, mark);
            assert_eq!(harm_to(call), harm, "{mark:?}");
        }
        let mut refused = recorded(Ground::Errand, Treatment::Connect, None);
        refused.given = Some(Treatment::Reject);
        assert_eq!(harm_to(refused.clone()), None);
        refused.mark = wrong(Some(Treatment::Connect));
        assert_eq!(harm_to(refused), lost);
    }

    #[tokio::test]
    async fn what_covers_the_owners_own_number_is_held_back_whatever_the_log_says() {
        let store = crate::store::open("memory:").await.unwrap();
        let own = E164::parse("+4570101010").unwrap();
        for (blocked, harm) in [
            ("+45*", Some(Harm::Own)),
            ("+4570*", Some(Harm::Own)),
            ("+4571*", None),
            ("+4570101010", None),
        ] {
            let pattern = NumberPattern::parse(blocked).unwrap();
            let found = of_blocking(store.as_ref(), pattern, None, [own].into_iter()).await;
            assert_eq!(found.unwrap(), harm, "{blocked}");
        }
    }
}
