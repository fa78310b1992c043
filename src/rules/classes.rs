//! Word classes: what the files and the owner's profile put into them, and what follows from it.

use std::collections::{HashMap, HashSet};

use super::Lexicon;
use super::builtin;
use super::diagnostic::Code;
use super::lint::is_small_word;
use super::lowering::{Lowering, Place, Use};
use super::normalise;
use super::program::{Op, width};
use super::symbol::{Atom, Symbol};
use super::vocabulary::DIGITS;
use crate::call::{Language, bilingual};

const MAX_ENTRY_WORDS: u32 = 10;
/// How deep classes may be in each other.
pub(super) const MAX_DEPTH: u32 = 8;

/// For each class the symbols it needs, and how many levels of entries lie between.
type Needs = HashMap<Symbol, Vec<(Symbol, u32)>>;

/// A way to be in a class that takes more than one word.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub class: Symbol,
    pub ops: Vec<Op>,
    /// Entries of level 0 need no other entry, those of level 1 need those of level 0, …
    pub level: u32,
}

/// Why a class cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It leads back to itself.
    Circular,
    /// Classes lie in it more than [`MAX_DEPTH`] deep.
    Deep,
}

/// What lies below a class.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    /// How many levels of entries.
    levels: u32,
    /// How deep other classes lie in it.
    nested: u32,
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
    /// Whether some cannot be used, so that all of them are left out.
    pub are_lost: bool,
}

impl Classes {
    /// None of those that there were, since some of them cannot be used.
    pub fn lost() -> Self {
        Self {
            are_lost: true,
            ..Self::default()
        }
    }

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
            let endings = Endings::of(name);
            for entry in entries {
                let words = normalise::words(entry);
                let Some((last, first)) = words.split_last() else {
                    continue;
                };
                if words.len() > MAX_ENTRY_WORDS as usize {
                    continue;
                }
                for last in inflected(last, endings) {
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

    /// The classes that cannot be used.
    pub fn unusable(&self) -> Vec<(Symbol, Unusable)> {
        let needs = self.needs();
        let depths = depths(&needs);
        let circular = circular(&needs, &depths);
        let mut classes: Vec<Symbol> = needs.into_keys().collect();
        classes.sort_unstable();
        let why = |class: &Symbol| match depths.get(class) {
            Some(depth) => (depth.nested > MAX_DEPTH).then_some(Unusable::Deep),
            None => circular.contains(class).then_some(Unusable::Circular),
        };
        classes
            .into_iter()
            .filter_map(|class| Some((class, why(&class)?)))
            .collect()
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::new();
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
    /// of more than one word, by level. Only to be asked when all can be used.
    pub fn finish(mut self, count: usize) -> (Vec<Vec<Symbol>>, Vec<Entry>) {
        let depths = depths(&self.needs());
        for entry in &mut self.entries {
            entry.level = symbols(&entry.ops)
                .filter_map(|symbol| depths.get(&symbol))
                .map(|depth| depth.levels)
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

/// What lies below each class, but for those that lead into a circle.
fn depths(needs: &Needs) -> HashMap<Symbol, Depth> {
    let mut users: HashMap<Symbol, Vec<Symbol>> = HashMap::new();
    let mut waits: HashMap<Symbol, usize> = HashMap::new();
    let mut ready = Vec::new();
    for (class, needed) in needs {
        let classes = needed.iter().map(|(needed, _)| *needed);
        let classes: Vec<Symbol> = classes.filter(|one| needs.contains_key(one)).collect();
        if classes.is_empty() {
            ready.push(*class);
        }
        waits.insert(*class, classes.len());
        for needed in classes {
            users.entry(needed).or_default().push(*class);
        }
    }
    let mut depths: HashMap<Symbol, Depth> = HashMap::new();
    while let Some(class) = ready.pop() {
        let mut depth = Depth::default();
        for (needed, levels) in needs.get(&class).into_iter().flatten() {
            let below = depths.get(needed);
            let below_levels = below.map_or(0, |below| below.levels);
            depth.levels = depth.levels.max(below_levels + levels);
            depth.nested = depth.nested.max(below.map_or(0, |below| below.nested + 1));
        }
        depths.insert(class, depth);
        for user in users.get(&class).into_iter().flatten() {
            let Some(left) = waits.get_mut(user) else {
                continue;
            };
            *left -= 1;
            if *left == 0 {
                ready.push(*user);
            }
        }
    }
    depths
}

/// The classes that lead back to themselves: of those without a depth, the ones that another such
/// needs.
fn circular(needs: &Needs, depths: &HashMap<Symbol, Depth>) -> HashSet<Symbol> {
    let left = |class: &Symbol| needs.contains_key(class) && !depths.contains_key(class);
    let mut users = Needs::new();
    for (class, needed) in needs.iter().filter(|(class, _)| left(class)) {
        users.entry(*class).or_default();
        for (needed, _) in needed.iter().filter(|(needed, _)| left(needed)) {
            users.entry(*needed).or_default().push((*class, 0));
        }
    }
    let outside = self::depths(&users);
    let all = users.into_keys();
    all.filter(|class| !outside.contains_key(class)).collect()
}

/// Which endings the words of a class take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endings {
    /// Names: the genitive.
    Names,
    /// Roles: all, but none is taken off. What a buyer does is no buyer.
    Roles,
    /// Things: all, in place of the one that the word has too.
    Things,
}

impl Endings {
    fn of(class: &str) -> Self {
        if builtin::holds_names(class) {
            Self::Names
        } else if class == builtin::MISSING_ROLES {
            Self::Roles
        } else {
            Self::Things
        }
    }
}

/// A word of the owner's with the endings it takes in Danish and English, but for those that make it a
/// word which is in all speech: who writes wills does not sell what will be.
fn inflected(word: &str, endings: Endings) -> Vec<String> {
    const ENDINGS: &[&str] = &[
        "e", "en", "et", "er", "erne", "ene", "ne", "n", "r", "s", "es", "ens", "ets", "ers", "ing",
    ];
    const BASES: &[&str] = &["erne", "ene", "er", "en", "et", "es", "e", "s"];
    let mut words = vec![word.to_owned()];
    let letters = word.len();
    if letters < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return words;
    }
    if endings == Endings::Names {
        words.push(format!("{word}s"));
        return words;
    }
    let base = BASES
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .filter(|base| base.len() >= 4 && endings == Endings::Things);
    for stem in [Some(word), base].into_iter().flatten() {
        words.push(stem.to_owned());
        words.extend(ENDINGS.iter().map(|ending| format!("{stem}{ending}")));
    }
    words.retain(|form| form == word || !is_small_word(form));
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use crate::rules::{Code, Lexicon, Source, check};

    /// What is found in a file of these classes, and one rule whose example needs another class.
    fn found(classes: &[(String, String)]) -> Vec<(Code, String)> {
        let mut text = String::from("version = 1\n[classes]\nother = [\"lån\"]\n");
        for (name, inner) in classes {
            text.push_str(&format!("{name} = [\"{inner}\"]\n"));
        }
        text.push_str(
            "[[rule]]\nid = \"one\"\nname = \"One\"\ntactic = \"A1\"\nkind = \"sell\"\npoints = 1\n\
             phrases = [\"billigt {other}\"]\nexamples = [\"et billigt lån\"]\n",
        );
        let path = "test.toml".into();
        let report = check(&[Source { path, text }], &Lexicon::default());
        let told = report.diagnostics.into_iter();
        told.map(|one| (one.code, one.message.english().to_owned()))
            .collect()
    }

    /// So many classes, each in the one before, named upwards or downwards.
    fn chain(length: usize, upwards: bool) -> Vec<(String, String)> {
        let name = |at: usize| format!("c{}", if upwards { at } else { length - 1 - at });
        let chain = (0..length).map(|at| {
            let inner = (at + 1 < length).then(|| format!("{{{}}}", name(at + 1)));
            (name(at), inner.unwrap_or_else(|| "blomst".into()))
        });
        let mut chain: Vec<_> = chain.collect();
        chain.sort();
        chain
    }

    #[test]
    fn how_deep_classes_lie_is_the_same_whatever_their_order() {
        for upwards in [true, false] {
            assert_eq!(found(&chain(9, upwards)), []);
            let deep = found(&chain(10, upwards));
            assert_eq!(deep.len(), 1, "{deep:?}");
            assert_eq!(deep[0].0, Code::CircularClass);
            assert!(deep[0].1.contains("more than 8 deep"), "{deep:?}");
        }
    }

    #[test]
    fn only_what_leads_back_to_itself_is_told_and_no_example_with_it() {
        let class = |name: &str, inner: &str| (name.to_owned(), inner.to_owned());
        let circle = [
            class("a", "{b}"),
            class("b", "{a} mere"),
            class("needs_a", "{a}"),
        ];
        let mut told = found(&circle);
        told.sort();
        assert_eq!(told.len(), 2, "{told:?}");
        for ((code, message), name) in told.iter().zip(["“a”", "“b”"]) {
            assert_eq!(*code, Code::CircularClass);
            assert!(
                message.contains(name) && message.contains("leads back"),
                "{message}"
            );
        }
    }
}
