//! What might set a wrong verdict right: small changes of the rules, each tried on the call, on the
//! examples of all rules, on the log and on a sample of conversations. Nothing is written here.

use super::{Policies, replay};
use crate::call::{Bilingual, Treatment};
use crate::evaluation::{
    self, Again, Candidate, Conversation, Recorded, Replayed, Sampled, candidates, ends_right,
    last_resorts,
};
use crate::rules::{
    self, Amendment, Groundwork, Lexicon, Source, after_shipped, amend, unified_diff,
};

/// How many changes are tried at most, beside those that are tried only when none of them does.
const MOST_TRIED: usize = 32;
/// How many that do are measured.
const MOST_MEASURED: usize = 6;
/// How many changed calls are told one by one with each proposal.
const CHANGES: usize = 10;

/// A change that sets the verdict right, and what else it does.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The file, below the owner's folder.
    pub path: String,
    /// What changes in it.
    pub changes: Vec<Amendment>,
    /// What stands in the file; `None`, when it is not there yet.
    pub before: Option<String>,
    /// What would.
    pub after: String,
    /// The change as `diff -u` writes it.
    pub diff: String,
    /// What it does to the calls of the log, against the rules as they stand.
    pub effect: Replayed,
    /// What it does to a sample of conversations with other businesses.
    pub sample: Sampled,
}

/// Why nothing is proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// No rule had a say.
    #[error(
        "no rule decided this call: you, your lists or a campaign you refused did, or the caller hung up before"
    )]
    NotByRules,
    /// What was said is removed.
    #[error("what the caller said is removed by now, so nobody can try another rule on it")]
    Forgotten,
    /// It is right already.
    #[error("under the rules as they stand, this call ends as it should")]
    AlreadyRight,
    /// What stands in the files does not work.
    #[error("the rules as they stand do not work; mend them first")]
    Broken,
    /// It took too long.
    #[error("no change was found in the time there was; try again with fewer calls")]
    OutOfTime,
    /// What does turns more callers wrong than it sets right.
    #[error(
        "every small change that makes this call end as it should turns more other callers wrong than \
         it sets right"
    )]
    CostsMore,
    /// Nothing small does.
    #[error("no small change of a rule makes this call end as it should")]
    NothingDoes,
}

impl Nothing {
    /// Why, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::NotByRules => {
                "ingen regel afgjorde opkaldet: det gjorde du, dine lister eller en kampagne, du har \
                 afvist, eller også lagde den, der ringede, på inden"
            }
            Self::Forgotten => {
                "det, der blev sagt, er slettet, så ingen anden regel kan prøves på opkaldet"
            }
            Self::AlreadyRight => "med reglerne, som de er nu, ender opkaldet, som det skal",
            Self::Broken => "reglerne, som de står i filerne, virker ikke; ret dem først",
            Self::OutOfTime => {
                "der blev ikke fundet en ændring i den tid, der var; prøv igen med færre opkald"
            }
            Self::CostsMore => {
                "hver lille ændring, der retter dette opkald, dømmer flere andre forkert, end den retter"
            }
            Self::NothingDoes => {
                "ingen lille ændring af en regel får opkaldet til at ende, som det skal"
            }
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// The rules as they stand in the files.
#[derive(Debug, Clone)]
pub struct Files {
    /// The owner's files, by their paths below his folder.
    pub own: Vec<Source>,
    /// Whether the rules that Portner comes with count too.
    pub shipped: bool,
}

impl Files {
    fn with(&self, path: &str, text: &str) -> Vec<Source> {
        let mut own = self.own.clone();
        own.retain(|source| source.path != path);
        own.push(Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        after_shipped(own, self.shipped)
    }

    fn text(&self, path: &str) -> Option<&str> {
        let source = self.own.iter().find(|source| source.path == path);
        source.map(|source| source.text.as_str())
    }
}

/// Proposes changes that make this call end as it should, the best first, at most three: those
/// that turn the fewest of `sample` wrong and change the fewest other calls of `log`, never one that
/// breaks what the owner marked right or loses more of the sample than is mended, and no two that differ by their points only.
/// Blocks; asks `is_late` now and then and makes do with what it has when it is.
///
/// # Errors
/// [`Nothing`].
pub fn propose(
    policies: &Policies,
    files: &Files,
    call: &Recorded,
    should: Treatment,
    log: &[Recorded],
    sample: &[Conversation],
    is_late: impl Fn() -> bool + Sync,
) -> Result<Vec<Proposal>, Nothing> {
    match call.decided {
        evaluation::Decided::ByRules(_) => {}
        evaluation::Decided::Forgotten => return Err(Nothing::Forgotten),
        evaluation::Decided::ByOwner
        | evaluation::Decided::Otherwise
        | evaluation::Decided::Nothing => return Err(Nothing::NotByRules),
    }
    let sources = after_shipped(files.own.clone(), files.shipped);
    let standing = if policies.are_of(&sources) {
        policies.clone()
    } else {
        let (standing, _) = policies.with_rules(&sources).map_err(|_| Nothing::Broken)?;
        standing
    };
    let policy = standing.for_line(&call.line);
    let judged = evaluation::replay(policy, call);
    let was = match judged.again {
        Again::Judged { treatment, .. } if treatment == should => {
            return Err(Nothing::AlreadyRight);
        }
        Again::Judged { treatment, .. } => treatment,
        Again::AsksOn { .. } => Treatment::Message,
    };
    let is_own = |rule: &rules::Rule| files.text(&rule.file).is_some();
    let tried = candidates(&judged.call, was, should, policy.rules.rules(), is_own);
    let tried = tried.into_iter().take(MOST_TRIED).map(|one| (one, false));
    let last = last_resorts(&judged.call, should, policy.rules.rules()).into_iter();
    let tried = tried.chain(last.map(|one| (one, true)));
    let before = replay::judge_in_time(&standing, log, &is_late).ok_or(Nothing::OutOfTime)?;
    let mut sampled_before = None;
    let mut costs_more = false;
    let mut changes = Changes::of(files);
    let mut found: Vec<Proposal> = Vec::new();
    for (candidate, is_last) in tried {
        if is_late() || (is_last && !found.is_empty()) {
            break;
        }
        if found
            .iter()
            .any(|one| is_like(&one.changes, &candidate.changes))
        {
            continue;
        }
        let Some((proposal, after)) = try_out(&standing, &mut changes, call, should, candidate)
        else {
            continue;
        };
        if sampled_before.is_none() {
            sampled_before = ends_right(policy, sample, &is_late);
        }
        let sampled_after = ends_right(after.for_line(&call.line), sample, &is_late);
        // In no time, what the log shows has to do.
        let sampled = sampled_before
            .as_ref()
            .zip(sampled_after)
            .map(|(before, after)| Sampled::between(sample, before, &after))
            .unwrap_or_default();
        let Some(after) = replay::judge_in_time(&after, log, &is_late) else {
            break;
        };
        let effect = Replayed::between(log, &before, &after, CHANGES);
        // The call itself is mended in any case.
        if sampled.lost > sampled.mended + effect.marks_mended.max(1) {
            costs_more = true;
            continue;
        }
        let alone = effect.changed <= 1 && effect.unknown == 0 && sampled.lost == 0;
        if effect.marks_broken == 0 {
            found.push(Proposal {
                effect,
                sample: sampled,
                ..proposal
            });
        }
        if found.len() >= MOST_MEASURED || (alone && found.len() >= 3) {
            break;
        }
    }
    found.sort_by_key(|one| {
        let (effect, sampled) = (&one.effect, &one.sample);
        (
            effect.connected_then_rejected + sampled.legitimate_lost,
            sampled.lost.saturating_sub(sampled.mended),
            effect.changed + effect.unknown,
        )
    });
    let lexicon = Lexicon(policy.line.lexicon());
    let works =
        |one: &Proposal| rules::check(&files.with(&one.path, &one.after), &lexicon).is_usable();
    let best: Vec<Proposal> = found.into_iter().filter(works).take(3).collect();
    match (best.is_empty(), is_late()) {
        (false, _) => Ok(best),
        (true, true) => Err(Nothing::OutOfTime),
        (true, false) if costs_more => Err(Nothing::CostsMore),
        (true, false) => Err(Nothing::NothingDoes),
    }
}

/// The files with one of them changed, over and over: what the others come to is kept.
struct Changes<'a> {
    standing: &'a Files,
    grounds: Vec<(String, Lexicon, Groundwork)>,
}

impl<'a> Changes<'a> {
    fn of(standing: &'a Files) -> Self {
        Self {
            standing,
            grounds: Vec::new(),
        }
    }

    /// The policies with this file as it is here; nothing, where it does not work.
    fn policies(&mut self, standing: &Policies, changed: &Source) -> Option<Policies> {
        let compiled =
            standing.with_compiled(|lexicon| self.ground(changed, lexicon).compile(changed));
        compiled.ok().map(|(policies, _)| policies)
    }

    fn ground(&mut self, changed: &Source, lexicon: &Lexicon) -> &Groundwork {
        let known = self
            .grounds
            .iter()
            .position(|(path, of, _)| *path == changed.path && of == lexicon);
        let at = known.unwrap_or_else(|| {
            let mut fixed = self.standing.with(&changed.path, &changed.text);
            fixed.pop();
            let ground = Groundwork::new(fixed, changed, lexicon);
            self.grounds
                .push((changed.path.clone(), lexicon.clone(), ground));
            self.grounds.len() - 1
        });
        &self.grounds[at].2
    }
}

/// Whether both do the same, more or less: where the smaller change does, the larger is not wanted.
fn is_like(one: &[Amendment], other: &[Amendment]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_like(other))
}

/// A change that makes the call end as it should, and the policies with it.
fn try_out(
    standing: &Policies,
    files: &mut Changes<'_>,
    call: &Recorded,
    should: Treatment,
    candidate: Candidate,
) -> Option<(Proposal, Policies)> {
    let Candidate { path, changes } = candidate;
    let before = files.standing.text(&path);
    let after = changes
        .iter()
        .try_fold(before.unwrap_or_default().to_owned(), |text, change| {
            amend(&text, change)
        })?;
    let changed = Source { path, text: after };
    let alone = standing.of_lines(|line| *line == call.line);
    let on_its_line = files.policies(alone.as_ref().unwrap_or(standing), &changed)?;
    let ends = evaluation::replay(on_its_line.for_line(&call.line), call).again;
    if !matches!(ends, Again::Judged { treatment, .. } if treatment == should) {
        return None;
    }
    let policies = match standing.lines() {
        [_] => on_its_line,
        _ => files.policies(standing, &changed)?,
    };
    let Source { path, text: after } = changed;
    let proposal = Proposal {
        diff: unified_diff(&path, before.unwrap_or_default(), &after),
        before: before.map(str::to_owned),
        after,
        path,
        changes,
        effect: Replayed::default(),
        sample: Sampled::default(),
    };
    Some((proposal, policies))
}
