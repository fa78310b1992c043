//! The rules: read from files, checked, compiled, and asked about what a caller said.
//!
//! A rule file is TOML that the owner of a small business can read and change; `rules/README.md`
//! is the guide to it. [`read_dir`] reads files, [`RuleSet::compile`] makes one matcher of all of
//! them, [`Reading::evaluate`] says which rules an answer hits and where, and [`check()`] tells what
//! is wrong or doubtful about a pack, with every example of it tried.
//!
//! Nothing here decides about a call: what hits add up to is the business of `screening`.
//!
//! ```
//! use portner::call::Question;
//! use portner::rules::{Lexicon, RuleSet, Situation, Source};
//! let source = Source {
//!     path: "mine.toml".into(),
//!     text: r#"
//!         version = 1
//!         [[rule]]
//!         id = "ask-it"
//!         name = "Asks for the person in charge of IT"
//!         tactic = "A1"
//!         kind = "sell"
//!         points = 2
//!         phrases = ["(taler|snakker) [jeg] med <3> it ansvarlig*"]
//!     "#.into(),
//! };
//! let rules = RuleSet::compile(&[source], &Lexicon::default()).unwrap().rules;
//! let answer = "Ja goddag, taler jeg med den IT-ansvarlige?";
//! let hits = rules.read(answer).evaluate(Question::Open, &Situation::default());
//! assert_eq!(hits[0].rule.id, "ask-it");
//! let words: Vec<&str> = hits[0].spans.iter().map(|span| &answer[span.clone()]).collect();
//! assert_eq!(words, ["taler jeg med", "IT-ansvarlige"]);
//! ```

mod amend;
mod arrange;
mod buckets;
mod builtin;
mod check;
mod classes;
mod compile;
mod condition;
mod diagnostic;
mod edit;
mod file;
mod findings;
mod groundwork;
mod key;
mod life;
mod lines;
mod lint;
mod lowering;
mod matcher;
mod names;
mod normalise;
mod occurrences;
mod overlap;
mod pack;
mod phrase;
mod program;
#[cfg(test)]
mod properties;
mod reader;
mod reading;
mod regexes;
mod rejects;
mod rule;
mod rule_set;
mod schema;
mod shipped;
mod situation;
mod source;
mod specificity;
mod symbol;
pub(crate) mod syntax;
mod telling;
#[cfg(test)]
mod tests;
mod vocabulary;
mod weights;

use std::collections::BTreeMap;

pub use amend::{Amendment, NewRule, amend, unified_diff};
pub use check::{Report, check, check_for_lines};
pub use diagnostic::{Code, Diagnostic, Problems, Severity};
pub use groundwork::Groundwork;
pub use life::{Switch, switched, switches};
pub use lint::is_small_word;
pub(crate) use normalise::Normalised;
pub use normalise::words as plain_words;
pub use pack::{after_shipped, is_whole_pack, shipped_beside};
pub use reading::Reading;
pub use rule::{HINTS, Life, MOST_BY_HINTS, Rule};
pub use rule_set::{Compiled, Hit, RuleSet};
pub use schema::{reference, schema, schema_text};
pub use shipped::shipped;
pub use situation::Situation;
pub use source::{
    MAX_FILE_BYTES, MAX_FILES, MAX_PACK_BYTES, ReadError, Source, files_in, read_dir, read_file,
    read_what_can_be,
};
pub use specificity::Specificity;

/// Words that the owner's profile puts into classes, by the name of the class: `owner`, `company`,
/// `we_sell`, …
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon(pub BTreeMap<String, Vec<String>>);
