//! From rule files to a [`RuleSet`]: everything that can be worked out before a call comes.

use std::collections::{HashMap, HashSet};

use regex::Regex;

use super::arrange::{Draft, Level, arrange};
use super::classes::{Classes, MAX_DEPTH, Unusable};
use super::diagnostic::{Code, Diagnostic};
use super::file::{self, QUESTIONS, RuleFile, Written};
use super::findings::Findings;
use super::lines::Lines;
use super::lowering::{Lowering, Place, Use};
use super::normalise;
use super::program::{required, width};
use super::reader::Text;
use super::regexes::Regexes;
use super::rejects::rejects_alone;
use super::rule::{Life, Rule};
use super::rule_set::{Code as RuleCode, RuleSet};
use super::shipped::is_shipped;
use super::symbol::{Atom, Symbol};
use super::telling::Scale;
use super::vocabulary::{Ingredients, Vocabulary};
use super::weights::Weights;
use super::{Lexicon, MAX_PACK_BYTES, Source};
use crate::call::bilingual;

/// The most words that a phrase may take, with all its gaps.
const MAX_WIDTH: u32 = 30;
const MAX_PHRASES: usize = 200;

/// What became of rule files, good or bad.
pub(super) struct Built<'a> {
    /// The rules that could be compiled.
    pub rules: RuleSet,
    /// For each of them, its file and what is written there.
    pub written: Vec<(&'a Source, Written)>,
    /// What was found.
    pub problems: Findings,
    /// Whether no class of words could be used, so that what hits an example tells nothing.
    pub lacks_classes: bool,
}

/// Compiles what can be compiled.
pub(super) fn build<'a>(sources: &'a [Source], lexicon: &Lexicon) -> Built<'a> {
    let mut problems = Findings::default();
    let files = read(sources, &mut problems);
    let (mut builder, classes) = Builder::begin(&files, lexicon, problems);
    let lacks_classes = classes.are_lost;
    let mut written = Vec::new();
    for (source, file) in files {
        let rules = builder.rules(source, file);
        written.extend(rules.into_iter().map(|rule| (source, rule)));
    }
    let (rules, problems) = builder.finish(classes, version(sources, lexicon));
    Built {
        rules,
        written,
        problems,
        lacks_classes,
    }
}

pub(super) fn read<'a>(
    sources: &'a [Source],
    problems: &mut Findings,
) -> Vec<(&'a Source, RuleFile)> {
    let mut total = 0;
    let mut files = Vec::with_capacity(sources.len());
    for source in sources {
        total += source.text.len() as u64;
        if total > MAX_PACK_BYTES {
            let message = bilingual!(
                "alle regelfiler tilsammen må højst have {MAX_PACK_BYTES} bytes",
                "all rule files together may have at most {MAX_PACK_BYTES} bytes"
            );
            problems.push(Diagnostic::error(Code::TooLarge, source, 0..0, message));
            break;
        }
        files.push((source, file::read(source, problems)));
    }
    files
}

/// Twelve hexadecimal digits that change with anything that the rules depend on.
pub(super) fn version<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    lexicon: &Lexicon,
) -> String {
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut add = |text: &str| {
        digest.update(&(text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    for source in sources {
        add(&source.text);
    }
    for (name, words) in &lexicon.0 {
        add(name);
        words.iter().for_each(|word| add(word));
    }
    hex::encode(&digest.finish().as_ref()[..6])
}

/// Rules while they are being compiled.
#[derive(Debug, Clone, Default)]
pub(super) struct Builder {
    lowering: Lowering,
    /// The files in which rules of these names stand.
    ids: HashMap<String, String>,
    programs: Vec<Draft>,
    rules: Vec<Rule>,
    codes: Vec<RuleCode>,
    regexes: Regexes,
    scale: Scale,
}

impl Builder {
    /// With the classes of all files and none of their rules.
    pub fn begin(
        files: &[(&Source, RuleFile)],
        lexicon: &Lexicon,
        problems: Findings,
    ) -> (Self, Classes) {
        let mut builder = Self {
            scale: Scale::of(files.iter().map(|(_, file)| file)),
            ..Self::default()
        };
        builder.lowering.problems = problems;
        let names = files.iter().flat_map(|(_, file)| &file.classes);
        builder.lowering.known = super::builtin::OWNER
            .iter()
            .copied()
            .chain(super::builtin::CLASSES.iter().map(|(name, _)| *name))
            .chain([super::builtin::THINGS])
            .chain(names.map(|(name, _)| name.value.as_str()))
            .chain(lexicon.0.keys().map(String::as_str))
            .map(str::to_owned)
            .collect();
        let classes = builder.classes(files, lexicon);
        (builder, classes)
    }

    /// Adds what was found elsewhere.
    pub fn found(&mut self, problems: Findings) {
        self.lowering.problems.join(problems);
    }

    /// Adds the rules of a file; those that could be compiled.
    pub fn rules(&mut self, source: &Source, file: RuleFile) -> Vec<Written> {
        let mut good = Vec::new();
        let lines = Lines::of(&source.text);
        for mut rule in file.rules {
            let id = &rule.id;
            if let Some(first) = self.ids.get(&id.value) {
                let message = bilingual!(
                    "der er en regel “{id}” i forvejen",
                    "there is a rule “{id}” already",
                    id = id.value
                );
                let help = bilingual!("den anden er i {first}", "the other one is in {first}");
                let problem =
                    Diagnostic::error(Code::DuplicateId, source, id.span.clone(), message);
                self.lowering.problems.push(problem.help(help));
                continue;
            }
            self.ids.insert(id.value.clone(), source.path.clone());
            if self.rule(source, &lines, file.language, &mut rule) {
                good.push(rule);
            }
        }
        good
    }

    fn classes(&mut self, files: &[(&Source, RuleFile)], lexicon: &Lexicon) -> Classes {
        let mut classes = Classes::default();
        classes.built_in(&mut self.lowering);
        classes.owner(lexicon, &mut self.lowering);
        let built_in = |name: &str| super::builtin::CLASSES.iter().any(|(own, _)| *own == name);
        let mut places: HashMap<Symbol, (&Source, &Text)> = HashMap::new();
        for (source, file) in files {
            for (name, entries) in &file.classes {
                if built_in(&name.value) {
                    let message = bilingual!(
                        "“{name}” er en indbygget ordklasse",
                        "“{name}” is a built-in class",
                        name = name.value
                    );
                    let problem =
                        Diagnostic::error(Code::WrongValue, source, name.span.clone(), message)
                            .help(bilingual!(
                                "giv din et andet navn",
                                "give yours another name"
                            ));
                    self.lowering.problems.push(problem);
                    continue;
                }
                let symbol = self
                    .lowering
                    .symbols
                    .intern(Atom::Class(name.value.clone()));
                places.entry(symbol).or_insert((source, name));
                for text in entries {
                    let place = Place {
                        source,
                        language: file.language,
                        text,
                    };
                    classes.written(&name.value, place, &mut self.lowering);
                }
            }
        }
        for (class, (source, name)) in &places {
            if classes.is_empty(*class) && !super::builtin::OWNER.contains(&name.value.as_str()) {
                let message = bilingual!(
                    "ordklassen “{name}” er tom",
                    "the word class “{name}” is empty",
                    name = name.value
                );
                let problem =
                    Diagnostic::warning(Code::EmptyClass, source, name.span.clone(), message).help(
                        bilingual!(
                            "vendinger, der kræver et ord af den, rammer aldrig",
                            "phrases that need a word of it never hit"
                        ),
                    );
                self.lowering.problems.push(problem);
            }
        }
        let unusable = classes.unusable();
        for (class, why) in &unusable {
            let Some((source, name)) = places.get(class) else {
                continue;
            };
            let span = name.span.clone();
            let name = &name.value;
            let message = match why {
                Unusable::Circular => bilingual!(
                    "ordklassen “{name}” fører tilbage til sig selv",
                    "the word class “{name}” leads back to itself"
                ),
                Unusable::Deep => bilingual!(
                    "i ordklassen “{name}” ligger ordklasser mere end {MAX_DEPTH} dybt i hinanden",
                    "in the word class “{name}” word classes are nested more than {MAX_DEPTH} deep"
                ),
            };
            let problem = Diagnostic::error(Code::CircularClass, source, span, message);
            self.lowering.problems.push(problem);
        }
        if unusable.is_empty() {
            classes
        } else {
            Classes::lost()
        }
    }

    /// Whether the rule could be compiled.
    fn rule(
        &mut self,
        source: &Source,
        lines: &Lines<'_>,
        language: Option<crate::call::Language>,
        written: &mut Written,
    ) -> bool {
        let before = self.lowering.problems.errors();
        let programs = self.programs.len();
        let head = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        for (texts, level) in [
            (&written.phrases, Level::Rule),
            (&written.unless, Level::Unless),
        ] {
            if texts.len() > MAX_PHRASES {
                let message = bilingual!(
                    "en regel må højst have {MAX_PHRASES} vendinger",
                    "a rule may have at most {MAX_PHRASES} phrases"
                );
                let span = written.span.clone();
                self.lowering.problems.push(Diagnostic::error(
                    Code::TooLarge,
                    source,
                    span,
                    message,
                ));
                continue;
            }
            for (phrase, text) in texts.iter().enumerate() {
                let place = Place {
                    source,
                    language,
                    text,
                };
                self.phrase(place, head, u32::try_from(phrase).unwrap_or(0), level);
            }
        }
        let regexes: Vec<Regex> = written
            .regex
            .iter()
            .filter_map(|text| self.regex(source, text))
            .collect();
        // Those that Portner comes with are looked at by a test: what anybody says takes a second
        // reading of them all to know, and every start would wait for it.
        if !is_shipped(source) {
            self.lowering
                .problems
                .extend(rejects_alone(source, written, &mut self.scale));
        }
        if self.lowering.problems.errors() > before {
            self.programs.truncate(programs);
            return false;
        }
        let texts = |texts: &[Text]| texts.iter().map(|text| text.value.clone()).collect();
        self.rules.push(Rule {
            id: written.id.value.clone(),
            name: written.name.clone(),
            description: written.description.clone(),
            tactic: written.tactic.clone(),
            kind: written.kind,
            points: written.points,
            life: written.life,
            fills: written.fills.clone(),
            answers: written.answers.clone(),
            action: written.action,
            language,
            phrases: texts(&written.phrases),
            unless: texts(&written.unless),
            examples: texts(&written.examples),
            counter_examples: texts(&written.counter_examples),
            file: source.path.clone(),
            line: lines.line(written.span.start),
        });
        self.codes.push(RuleCode {
            answers: question_set(&written.answers),
            draft: written.life == Life::Draft,
            wordless: written.phrases.is_empty() && written.regex.is_empty(),
            regexes,
            when: std::mem::take(&mut written.when),
            ..RuleCode::default()
        });
        true
    }

    fn phrase(&mut self, place: Place<'_>, head: u32, phrase: u32, level: Level) {
        let Some(ops) = self.lowering.phrase(place, Use::Rule) else {
            return;
        };
        let whole = 0..place.text.value.len();
        let most = width(&ops).1;
        if most > MAX_WIDTH {
            let message = bilingual!(
                "vendingen rummer op til {most} ord; der må højst være {MAX_WIDTH}",
                "the phrase takes up to {most} words; at most {MAX_WIDTH} are allowed"
            );
            let problem = place.error(Code::Phrase, whole, message);
            self.lowering.problems.push(problem.help(bilingual!(
                "brug smallere huller, eller to vendinger",
                "use narrower gaps, or two phrases"
            )));
            return;
        }
        let cuts = required(&ops);
        if cuts.is_empty() {
            let problem = place
                .error(
                    Code::Phrase,
                    whole,
                    bilingual!(
                        "vendingen kræver intet ord og ville ramme alt",
                        "the phrase needs no word and would hit everything"
                    ),
                )
                .help(bilingual!(
                    "mindst ét ord skal være der: hverken et, der kan udelades, eller et hul",
                    "at least one word must be there: not optional, and no gap"
                ));
            self.lowering.problems.push(problem);
            return;
        }
        self.programs.push(Draft {
            head,
            phrase,
            ops,
            cuts,
            level,
        });
    }

    fn regex(&mut self, source: &Source, text: &Text) -> Option<Regex> {
        let refuse = |message| {
            let problem = Diagnostic::error(Code::Regex, source, text.span.clone(), message);
            self.lowering.problems.push(problem.help(bilingual!(
                "en vending kan ofte sige det samme og er hurtigere",
                "a phrase can often say the same, and is faster"
            )));
        };
        self.regexes.compile(&text.value).map_err(refuse).ok()
    }

    /// The rules, and what was found.
    pub fn finish(mut self, classes: Classes, version: String) -> (RuleSet, Findings) {
        let symbols = self.lowering.symbols;
        let weights = Weights::of(&symbols, &self.rules);
        let ordinary = ordinary_words(&self.rules);
        let names = classes.names.clone();
        let (closure, entries) = classes.finish(symbols.atoms.len());
        let class_weights = weights.of_classes(&closure, &entries);
        for entry in entries {
            self.programs.push(Draft {
                head: entry.class,
                phrase: 0,
                cuts: required(&entry.ops),
                ops: entry.ops,
                level: Level::Class(entry.level),
            });
        }
        let vocabulary = Vocabulary::build(Ingredients {
            symbols: &symbols,
            closure,
            ordinary,
            names: &names,
        });
        let matcher = arrange(
            self.programs,
            vocabulary,
            &symbols,
            &class_weights,
            &mut self.codes,
        );
        let rules = RuleSet::new(version, self.rules, self.codes, matcher, &symbols);
        (rules, self.lowering.problems)
    }
}

/// The set of questions as bits, in the order of [`QUESTIONS`].
pub(super) fn question_set(questions: &[crate::call::Question]) -> u8 {
    QUESTIONS
        .iter()
        .enumerate()
        .filter(|(_, question)| questions.contains(question))
        .fold(0, |set, (at, _)| set | 1 << at)
}

/// Words that callers say in the examples of two rules, or in a counter-example, are words: they
/// are not taken for others that were misheard.
fn ordinary_words(rules: &[Rule]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for rule in rules {
        let mut mine = HashSet::new();
        for text in &rule.examples {
            mine.extend(normalise::words(text));
        }
        for word in mine {
            *counts.entry(word).or_default() += 1;
        }
        for text in &rule.counter_examples {
            for word in normalise::words(text) {
                *counts.entry(word).or_default() += 2;
            }
        }
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count >= 2)
        .map(|(word, _)| word)
        .collect()
}
