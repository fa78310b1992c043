//! What phrases are made of: a word, a part of a word, or a class of words, each with a number.

use std::collections::HashMap;

/// A symbol by its number.
pub(super) type Symbol = u32;

/// What a symbol is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    /// A whole word.
    Word(String),
    /// How a word begins.
    Stem(String),
    /// How a word ends.
    Tail(String),
    /// What stands anywhere in a word.
    Part(String),
    /// Any word of a class, by its name.
    Class(String),
}

/// Symbols while they are being collected.
#[derive(Debug, Clone, Default)]
pub(super) struct Symbols {
    ids: HashMap<Atom, Symbol>,
    pub atoms: Vec<Atom>,
}

impl Symbols {
    /// The number of a symbol, a new one if need be.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "packs are far below 4 Gi words"
    )]
    pub fn intern(&mut self, atom: Atom) -> Symbol {
        let atoms = &mut self.atoms;
        *self.ids.entry(atom).or_insert_with_key(|atom| {
            atoms.push(atom.clone());
            atoms.len() as Symbol - 1
        })
    }

    pub fn get(&self, atom: &Atom) -> Option<Symbol> {
        self.ids.get(atom).copied()
    }

    /// Every class, by its name.
    pub fn classes(&self) -> impl Iterator<Item = (Box<str>, Symbol)> {
        (0..)
            .zip(&self.atoms)
            .filter_map(|(symbol, atom)| match atom {
                Atom::Class(name) => Some((name.as_str().into(), symbol)),
                _ => None,
            })
    }
}
