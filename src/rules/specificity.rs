//! How particular an answer is: whether there is something in it to hold on to.

use super::builtin;
use super::reading::Reading;
use super::symbol::Symbol;

/// How particular an answer is, from nothing to what is true of this business only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Specificity {
    /// Not even two words.
    Nothing,
    /// Words that could be said to any business.
    General,
    /// A figure, a day, a month, the town, or a thing that the rules call `{concrete}`.
    Concrete,
    /// The owner, his firm, somebody he knows, or something he sells.
    Particular,
}

impl Specificity {
    /// All of them as they are written in rules, the least first.
    pub const NAMES: &[&str] = &["nothing", "general", "concrete", "particular"];
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [
        Self::Nothing,
        Self::General,
        Self::Concrete,
        Self::Particular,
    ];
}

/// The classes whose words make an answer particular.
#[derive(Debug, Default)]
pub(super) struct Telling {
    concrete: Vec<Symbol>,
    particular: Vec<Symbol>,
}

impl Telling {
    pub fn of(classes: &[(Box<str>, Symbol)]) -> Self {
        let all = |names: &[&str]| {
            let named = classes.iter().filter(|(name, _)| names.contains(&&**name));
            named.map(|(_, class)| *class).collect()
        };
        Self {
            concrete: all(builtin::CONCRETE),
            particular: [builtin::KNOWN, builtin::SOLD].map(all).concat(),
        }
    }
}

impl Reading<'_, '_> {
    /// How particular the text is.
    ///
    /// ```
    /// use portner::rules::{Lexicon, RuleSet, Specificity, shipped};
    /// let lexicon = Lexicon([("services".into(), vec!["skilte".into()])].into());
    /// let rules = RuleSet::compile(&shipped(), &lexicon).unwrap().rules;
    /// let particular = |text| rules.read(text).specificity();
    /// assert_eq!(particular("nej"), Specificity::Nothing);
    /// assert_eq!(particular("det er et godt tilbud"), Specificity::General);
    /// assert_eq!(particular("vi bestilte på torsdag"), Specificity::Concrete);
    /// assert_eq!(particular("fordi i laver skilte"), Specificity::Particular);
    /// ```
    #[must_use]
    pub fn specificity(&self) -> Specificity {
        let classes = &self.rules().0.telling;
        if self.has_one_of(&classes.particular) {
            Specificity::Particular
        } else if self.has_one_of(&classes.concrete) {
            Specificity::Concrete
        } else if self.normalised().words.len() >= 2 {
            Specificity::General
        } else {
            Specificity::Nothing
        }
    }
}
