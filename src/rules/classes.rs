//! Word classes: what the files and the owner's profile put into them, and what follows from it.

use std::collections::{HashMap, HashSet};

use super::Lexicon;
use super::builtin;
use super::diagnostic::Code;
use super::lowering::{Lowering, Place, Use};
use super::normalise;
use super::program::{Op, width};
use super::symbol::{Atom, Symbol};
use super::vocabulary::DIGITS;
use crate::call::{Language, bilingual};

const MAX_ENTRY_WORDS: u32 = 10;
const MAX_DEPTH: u32 = 8;

/// A way to be in a class that takes more than one word.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub class: Symbol,
    pub ops: Vec<Op>,
    /// Entries of level 0 need no other entry, those of level 1 need those of level 0, …
    pub level: u32,
}

/// All classes, as they are being put together.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    /// For each symbol the classes that it is in by itself.
    parents: HashMap<Symbol, Vec<Symbol>>,
    entries: Vec<Entry>,
    /// Classes that something is in.
    filled: HashSet<Symbol>,
    /// Words that are names.
    pub names: HashSet<String>,
}

impl Classes {
    /// What a file says is in a class.
    pub fn written(&mut self, name: &str, place: Place<'_>, lowering: &mut Lowering) {
        let class = lowering.symbols.intern(Atom::Class(name.to_owned()));
        let Some(ops) = lowering.phrase(place, Use::Class) else {
            return;
        };
        let (least, most) = width(&ops);
        if least == 0 || most > MAX_ENTRY_WORDS {
            let message = bilingual!(
                "det, der er i en ordklasse, har 1 til {MAX_ENTRY_WORDS} ord",
                "what is in a class has 1 to {MAX_ENTRY_WORDS} words"
            );
            lowering
                .problems
                .push(place.error(Code::Phrase, 0..place.text.value.len(), message));
            return;
        }
        self.add(class, ops);
    }

    /// The classes that are always there.
    pub fn built_in(&mut self, lowering: &mut Lowering) {
        self.fill("weekday", builtin::weekdays(), lowering);
        self.fill("month", builtin::months(), lowering);
        let digits = self.fill(DIGITS, Vec::new(), lowering);
        let ones = self.fill("ones@", builtin::ones(), lowering);
        for language in [None, Some(Language::Da), Some(Language::En)] {
            let name = builtin::number_class(language);
            let class = lowering.symbols.intern(Atom::Class(name.into()));
            let clear = self.fill(
                &format!("{name}@clear"),
                builtin::numbers(language),
                lowering,
            );
            self.add(clear, vec![Op::Symbol(digits)]);
            self.add(class, vec![Op::Symbol(clear)]);
            // “one four” and “four one” are numbers, “one” alone may be somebody.
            self.add(class, vec![Op::Many(ones), Op::Symbol(clear)]);
            self.add(class, vec![Op::Symbol(clear), Op::Many(ones)]);
        }
    }

    fn fill(&mut self, name: &str, words: Vec<String>, lowering: &mut Lowering) -> Symbol {
        let class = lowering.symbols.intern(Atom::Class(name.to_owned()));
        for word in words {
            let word = lowering.symbols.intern(Atom::Word(word));
            self.add(class, vec![Op::Symbol(word)]);
        }
        class
    }

    /// What the owner's profile brings.
    pub fn owner(&mut self, lexicon: &Lexicon, lowering: &mut Lowering) {
        for name in builtin::OWNER {
            lowering.symbols.intern(Atom::Class((*name).to_owned()));
        }
        for (name, entries) in &lexicon.0 {
            let class = lowering.symbols.intern(Atom::Class(name.clone()));
            let is_name = builtin::holds_names(name);
            for entry in entries {
                let words = normalise::words(entry);
                let Some((last, first)) = words.split_last() else {
                    continue;
                };
                if words.len() > MAX_ENTRY_WORDS as usize {
                    continue;
                }
                for last in inflected(last, is_name) {
                    if is_name {
                        self.names.extend(words.iter().cloned());
                        self.names.insert(last.clone());
                    }
                    let ops = first
                        .iter()
                        .chain([&last])
                        .map(|word| Op::Symbol(lowering.symbols.intern(Atom::Word(word.clone()))))
                        .collect();
                    self.add(class, ops);
                }
            }
        }
    }

    fn add(&mut self, class: Symbol, ops: Vec<Op>) {
        self.filled.insert(class);
        match ops[..] {
            [Op::Symbol(symbol)] => self.parents.entry(symbol).or_default().push(class),
            _ => self.entries.push(Entry {
                class,
                ops,
                level: 0,
            }),
        }
    }

    /// Whether nothing is in a class.
    pub fn is_empty(&self, class: Symbol) -> bool {
        !self.filled.contains(&class)
    }

    /// The classes that lead back to themselves, or are too deep in each other.
    pub fn circular(&self) -> Vec<Symbol> {
        let mut depths = HashMap::new();
        let needs = self.needs();
        let mut classes: Vec<Symbol> = self.filled.iter().copied().collect();
        classes.sort_unstable();
        classes
            .into_iter()
            .filter(|class| depth(*class, &needs, &mut depths, 0).is_none())
            .collect()
    }

    /// For each class the classes it needs, and how many levels of entries lie between.
    fn needs(&self) -> HashMap<Symbol, Vec<(Symbol, u32)>> {
        let mut needs: HashMap<Symbol, Vec<(Symbol, u32)>> = HashMap::new();
        for (symbol, parents) in &self.parents {
            for parent in parents {
                needs.entry(*parent).or_default().push((*symbol, 0));
            }
        }
        for entry in &self.entries {
            let needed = needs.entry(entry.class).or_default();
            needed.extend(symbols(&entry.ops).map(|symbol| (symbol, 1)));
        }
        needs
    }

    /// For each symbol, itself and the classes that it is in, and so on upwards; and the entries
    /// of more than one word, by level. Only to be asked when nothing is circular.
    pub fn finish(mut self, count: usize) -> (Vec<Vec<Symbol>>, Vec<Entry>) {
        let needs = self.needs();
        let mut depths = HashMap::new();
        for entry in &mut self.entries {
            entry.level = symbols(&entry.ops)
                .filter_map(|symbol| depth(symbol, &needs, &mut depths, 0))
                .max()
                .unwrap_or(0);
        }
        let closure = (0..count)
            .map(|symbol| {
                let mut all = vec![Symbol::try_from(symbol).unwrap_or(Symbol::MAX)];
                let mut at = 0;
                while let Some(symbol) = all.get(at) {
                    let parents = self.parents.get(symbol).into_iter().flatten();
                    let new: Vec<Symbol> = parents
                        .copied()
                        .filter(|parent| !all.contains(parent))
                        .collect();
                    all.extend(new);
                    at += 1;
                }
                all
            })
            .collect();
        (closure, self.entries)
    }
}

fn symbols(ops: &[Op]) -> impl Iterator<Item = Symbol> {
    ops.iter().filter_map(|op| match op {
        Op::Symbol(symbol) | Op::Many(symbol) => Some(*symbol),
        _ => None,
    })
}

/// How many levels of entries lie below a symbol; nothing, when it leads back to itself.
fn depth(
    symbol: Symbol,
    needs: &HashMap<Symbol, Vec<(Symbol, u32)>>,
    known: &mut HashMap<Symbol, Option<u32>>,
    deep: u32,
) -> Option<u32> {
    if let Some(depth) = known.get(&symbol) {
        return *depth;
    }
    if deep > MAX_DEPTH {
        return None;
    }
    let Some(needed) = needs.get(&symbol) else {
        return Some(0);
    };
    // While it is being worked out, coming back to it means going round.
    known.insert(symbol, None);
    let mut most = Some(0);
    for (needed, levels) in needed {
        let below = depth(*needed, needs, known, deep + 1).map(|below| below + levels);
        most = most.zip(below).map(|(most, below)| most.max(below));
    }
    known.insert(symbol, most);
    most
}

/// A word of the owner's with the endings it takes in Danish and English. Names only take the
/// genitive.
fn inflected(word: &str, is_name: bool) -> Vec<String> {
    const ENDINGS: &[&str] = &[
        "e", "en", "et", "er", "erne", "ene", "ne", "n", "r", "s", "es", "ens", "ets", "ers", "ing",
    ];
    const BASES: &[&str] = &["erne", "ene", "er", "en", "et", "es", "e", "s"];
    let mut words = vec![word.to_owned()];
    let letters = word.len();
    if letters < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return words;
    }
    if is_name {
        words.push(format!("{word}s"));
        return words;
    }
    let base = BASES
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .filter(|base| base.len() >= 4);
    for stem in [Some(word), base].into_iter().flatten() {
        words.push(stem.to_owned());
        words.extend(ENDINGS.iter().map(|ending| format!("{stem}{ending}")));
    }
    words.sort_unstable();
    words.dedup();
    words
}
