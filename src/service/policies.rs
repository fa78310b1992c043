//! The policies of all lines: one snapshot, swapped whole.

use std::collections::HashMap;
use std::sync::Arc;

use super::Harm;
use crate::call::{Bilingual, E164, LineId, Retention};
use crate::rules::{Compiled, Diagnostic, Lexicon, Problems, RuleSet, Source};
use crate::screening::Policy;
use crate::screening::line::SpendLimits;

/// Every line's policy, found by the number that was called.
#[derive(Debug, Clone)]
pub struct Policies {
    by_number: HashMap<E164, Arc<Policy>>,
    in_order: Vec<Arc<Policy>>,
    spend: SpendLimits,
    silence_hours: u16,
    retention: Retention,
    trouble: Option<Trouble>,
    lacks_files: bool,
}

/// Why newer files on disk are not in force.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// They are wrong: where and how, as a person reads it.
    Wrong(Bilingual),
    /// They work, and would do harm. The owner can insist.
    Held(Harm),
}

impl Trouble {
    /// What is wrong, and what to do where it is not plain.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        match self {
            Self::Wrong(wrong) => wrong.clone(),
            Self::Held(harm) => Bilingual::of(|language| {
                let harm = harm.words(language);
                language.choose(
                    format!(
                        "de nye regler er holdt tilbage: {harm}. `portner replay` viser hvilke; \
                         `portner check --insist` tager dem alligevel"
                    ),
                    format!(
                        "the new rules are held back: {harm}. `portner replay` shows which; \
                         `portner check --insist` takes them all the same"
                    ),
                )
            }),
        }
    }
}

impl Policies {
    /// Gathers the policies of lines. `None` without any line.
    #[must_use]
    pub fn new(lines: Vec<Policy>) -> Option<Self> {
        let mut by_number = HashMap::new();
        let mut in_order = Vec::new();
        for policy in lines {
            let policy = Arc::new(policy);
            for number in policy.line.numbers.iter().copied() {
                by_number.insert(number, Arc::clone(&policy));
            }
            in_order.push(policy);
        }
        (!in_order.is_empty()).then_some(Self {
            by_number,
            in_order,
            spend: SpendLimits::default(),
            silence_hours: 0,
            retention: Retention::default(),
            trouble: None,
            lacks_files: false,
        })
    }

    /// The same policies with these bounds on how many calls are screened.
    #[must_use]
    pub fn with_spend(self, spend: SpendLimits) -> Self {
        Self { spend, ..self }
    }

    /// The same policies; after so many hours without a call the owner is told, never for 0.
    #[must_use]
    pub fn with_silence(self, silence_hours: u16) -> Self {
        Self {
            silence_hours,
            ..self
        }
    }

    /// The same policies; what is known of callers is kept so long.
    #[must_use]
    pub fn with_retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// How long what is known of callers is kept.
    #[must_use]
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// After how many hours without a call the owner is told; 0 for never.
    #[must_use]
    pub fn silence_hours(&self) -> u16 {
        self.silence_hours
    }

    /// How many calls are screened.
    #[must_use]
    pub fn spend(&self) -> &SpendLimits {
        &self.spend
    }

    /// Whether these files are what every line's rules were compiled from.
    #[must_use]
    pub fn are_of(&self, sources: &[Source]) -> bool {
        self.in_order.iter().all(|policy| {
            let lexicon = Lexicon(policy.line.lexicon());
            policy.rules.version() == RuleSet::version_of(sources, &lexicon)
        })
    }

    /// The same lines under other rules, and what is doubtful about those.
    ///
    /// # Errors
    /// Everything that is wrong with the rules.
    pub fn with_rules(&self, sources: &[Source]) -> Result<(Self, Vec<Diagnostic>), Problems> {
        self.with_compiled(|lexicon| RuleSet::compile(sources, lexicon))
    }

    /// The same, by whoever compiles the rules for a lexicon.
    ///
    /// # Errors
    /// Everything that is wrong with the rules.
    pub fn with_compiled(
        &self,
        mut compile: impl FnMut(&Lexicon) -> Result<Compiled, Problems>,
    ) -> Result<(Self, Vec<Diagnostic>), Problems> {
        let mut warnings = Vec::new();
        let mut lines: Vec<Policy> = Vec::new();
        for old in &self.in_order {
            let lexicon = Lexicon(old.line.lexicon());
            let alike = lines.iter().find(|one| one.line.lexicon() == lexicon.0);
            let rules = match alike {
                Some(alike) => Arc::clone(&alike.rules),
                None => {
                    let compiled = compile(&lexicon)?;
                    if lines.is_empty() {
                        warnings = compiled.warnings;
                    }
                    Arc::new(compiled.rules)
                }
            };
            lines.push(Policy {
                rules,
                ..Policy::clone(old)
            });
        }
        let mut new = self.clone();
        new.by_number.clear();
        new.in_order.clear();
        for policy in lines.into_iter().map(Arc::new) {
            for number in policy.line.numbers.iter().copied() {
                new.by_number.insert(number, Arc::clone(&policy));
            }
            new.in_order.push(policy);
        }
        Ok((new, warnings))
    }

    /// The policies of those lines alone that are `wanted`; `None` when none is.
    #[must_use]
    pub fn of_lines(&self, wanted: impl Fn(&LineId) -> bool) -> Option<Self> {
        let mut some = self.clone();
        some.in_order.retain(|policy| wanted(&policy.line.id));
        some.by_number.retain(|_, policy| wanted(&policy.line.id));
        (!some.in_order.is_empty()).then_some(some)
    }

    /// The same policies, with what keeps newer ones from being taken; `None` when nothing does.
    #[must_use]
    pub fn with_trouble(&self, trouble: Option<Trouble>) -> Self {
        Self {
            trouble,
            ..self.clone()
        }
    }

    /// The same, made without files of the owner's that are wrong, since there were none before to go on
    /// with.
    #[must_use]
    pub fn without_files(self, trouble: Trouble) -> Self {
        Self {
            trouble: Some(trouble),
            lacks_files: true,
            ..self
        }
    }

    /// Whether files of the owner's were left out: what these judged meanwhile is no measure for him.
    #[must_use]
    pub fn lacks_files(&self) -> bool {
        self.lacks_files
    }

    /// Why newer files on disk are not in force.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Whether newer files work and are held back for the harm they would do.
    #[must_use]
    pub fn are_held(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Held(_)))
    }

    /// The policy of the line that has this number. A number that no line has belongs to the first
    /// line, so that a verified call always rings somebody.
    #[must_use]
    pub fn for_called(&self, called: &str) -> &Arc<Policy> {
        E164::parse(called)
            .ok()
            .and_then(|number| self.by_number.get(&number))
            .unwrap_or(&self.in_order[0])
    }

    /// The policy of this line, or of the first one when it is gone from the configuration.
    #[must_use]
    pub fn for_line(&self, line: &LineId) -> &Arc<Policy> {
        self.in_order
            .iter()
            .find(|policy| policy.line.id == *line)
            .unwrap_or(&self.in_order[0])
    }

    /// Every line's policy, in the order of the configuration. Never empty.
    #[must_use]
    pub fn lines(&self) -> &[Arc<Policy>] {
        &self.in_order
    }
}
