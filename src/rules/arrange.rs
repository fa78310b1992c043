//! Puts every phrase where the matcher finds it.

use super::buckets::Lists;
use super::matcher::{CUT, Candidate, Guard, Matcher, NOTHING, Need, Pattern};
use super::program::Op;
use super::rule_set::Code as RuleCode;
use super::symbol::{Symbol, Symbols};
use super::vocabulary::Vocabulary;

/// A phrase on its way.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub head: u32,
    pub phrase: u32,
    pub ops: Vec<Op>,
    pub cuts: Vec<Vec<Symbol>>,
    pub level: Level,
}

/// When a phrase is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Class(u32),
    Rule,
    Unless,
}

/// Puts every program under the rarest symbols that it needs.
#[expect(
    clippy::cast_possible_truncation,
    reason = "packs are far below 4 Gi phrases"
)]
pub(super) fn arrange(
    drafts: Vec<Draft>,
    vocabulary: Vocabulary,
    symbols: &Symbols,
    weights: &[f32],
    codes: &mut [RuleCode],
) -> Matcher {
    let count = symbols.atoms.len();
    let mut levels: Vec<Vec<Vec<Candidate>>> = Vec::new();
    let mut rules: Vec<Vec<Candidate>> = vec![Vec::new(); count];
    let mut ops = Vec::new();
    let mut patterns = Vec::with_capacity(drafts.len());
    let mut cuts_kept: Vec<Vec<Symbol>> = Vec::new();
    for draft in drafts {
        let id = patterns.len() as u32;
        let start = ops.len() as u32;
        ops.extend_from_slice(&draft.ops);
        patterns.push(Pattern {
            head: draft.head,
            phrase: draft.phrase,
            start,
            end: ops.len() as u32,
        });
        let weight =
            |cut: &Vec<Symbol>| -> f32 { cut.iter().map(|symbol| weights[*symbol as usize]).sum() };
        let mut cuts = draft.cuts;
        cuts.sort_by(|one, other| weight(one).total_cmp(&weight(other)));
        let mut cuts = cuts.into_iter();
        let Some(anchors) = cuts.next() else {
            continue;
        };
        let mut need = |cut: Option<Vec<Symbol>>| match cut {
            None => NOTHING,
            Some(cut) if cut.len() == 1 => cut[0],
            Some(cut) => {
                cuts_kept.push(cut);
                CUT | (cuts_kept.len() as Need - 1)
            }
        };
        let candidate = Candidate {
            pattern: id,
            needs: [need(cuts.next()), need(cuts.next()), need(cuts.next())],
        };
        let index = match draft.level {
            Level::Rule => &mut rules,
            Level::Class(level) => {
                while levels.len() <= level as usize {
                    levels.push(vec![Vec::new(); count]);
                }
                &mut levels[level as usize]
            }
            Level::Unless => {
                let anchor = need(Some(anchors));
                codes[draft.head as usize]
                    .unless
                    .push(Guard { anchor, candidate });
                continue;
            }
        };
        for symbol in anchors {
            index[symbol as usize].push(candidate);
        }
    }
    ops.shrink_to_fit();
    Matcher {
        vocabulary,
        ops,
        patterns,
        levels: levels.into_iter().map(Lists::build).collect(),
        rules: Lists::build(rules),
        cuts: Lists::build(cuts_kept),
    }
}
