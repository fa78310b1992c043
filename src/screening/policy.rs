//! All by which the callers of a line are judged: one immutable snapshot.

use std::sync::Arc;

use crate::opinion::{Mask, Model};
use crate::rules::{Lexicon, RuleSet};

use super::line::{Limits, Line};

/// How many phrases a recogniser takes at most.
const MOST_HINTS: usize = 100;
/// How long such a phrase may be, in characters.
const LONGEST_HINT: usize = 100;

/// What recognition should expect on any line; names of the line's own are added.
const COMMON_HINTS: &[&str] = &[
    "IT-ansvarlig",
    "den ansvarlige",
    "indkøb",
    "abonnement",
    "mobilabonnement",
    "elaftale",
    "forsikring",
    "pension",
    "besparelse",
    "uforpligtende",
    "tilbud",
    "konsulent",
    "undersøgelse",
    "annonce",
    "faktura",
    "ordre",
    "levering",
    "reparation",
    "reklamation",
    "Skattestyrelsen",
    "kommunen",
    "politiet",
    "sygehuset",
];

/// How a line is screened. A call is judged by one such snapshot at a time.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What the owner settled for the line.
    pub line: Line,
    /// The rules, with the words of the owner's profile in them.
    pub rules: Arc<RuleSet>,
    /// How far screening may go.
    pub limits: Limits,
    /// The words that recognition should expect.
    pub hints: Arc<[String]>,
    /// The learned second opinion, where the line wants one.
    pub opinion: Option<SecondOpinion>,
}

/// A learned model, and the names of this business that are hidden from it.
#[derive(Debug, Clone)]
pub struct SecondOpinion {
    /// What was learned.
    pub model: Arc<Model>,
    /// The names.
    pub mask: Arc<Mask>,
}

impl Policy {
    /// A policy of these parts.
    #[must_use]
    pub fn new(line: Line, rules: Arc<RuleSet>, limits: Limits) -> Self {
        let profile = &line.profile;
        let own = [&profile.owner.name, &profile.company.name]
            .into_iter()
            .chain(profile.services.iter())
            .chain(profile.known_customers.iter().map(|known| &known.name))
            .chain(profile.known_suppliers.iter().map(|known| &known.name))
            .map(String::as_str);
        let mut hints: Vec<String> = Vec::new();
        for hint in own.chain(COMMON_HINTS.iter().copied()) {
            let hint = hint.trim();
            let fits = !hint.is_empty() && hint.chars().count() <= LONGEST_HINT;
            if fits && !hint.contains(',') && hints.len() < MOST_HINTS {
                hints.push(hint.to_owned());
            }
        }
        let opinion = line.opinion.as_ref().map(|model| SecondOpinion {
            model: Arc::clone(model),
            mask: Arc::new(Mask::new(&Lexicon(line.lexicon()))),
        });
        Self {
            line,
            rules,
            limits,
            hints: hints.into(),
            opinion,
        }
    }
}
