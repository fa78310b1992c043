//! How common a symbol is likely to be in what callers say: the rarest word of a phrase decides
//! when the phrase is looked at.

use super::classes::Entry;
use super::normalise;
use super::program::required;
use super::rule::Rule;
use super::symbol::{Atom, Symbol, Symbols};

/// Likely counts by symbol.
pub(super) struct Weights(Vec<f32>);

impl Weights {
    /// Counted in the examples of all rules.
    pub fn of(symbols: &Symbols, rules: &[Rule]) -> Self {
        let mut weights: Vec<f32> = symbols.atoms.iter().map(guess).collect();
        for rule in rules {
            for text in rule.examples.iter().chain(&rule.counter_examples) {
                for word in normalise::words(text) {
                    if let Some(symbol) = symbols.get(&Atom::Word(word)) {
                        weights[symbol as usize] += 1.0;
                    }
                }
            }
        }
        Self(weights)
    }

    /// With what is in the classes added to them.
    pub fn of_classes(&self, closure: &[Vec<Symbol>], entries: &[Entry]) -> Vec<f32> {
        let mut weights = self.0.clone();
        let mut add = |symbol: Symbol, weight: f32| {
            for class in closure[symbol as usize].iter().skip(1) {
                weights[*class as usize] += weight;
            }
        };
        for (symbol, weight) in (0..).zip(&self.0) {
            add(symbol, *weight);
        }
        for entry in entries {
            let sum =
                |cut: &Vec<Symbol>| -> f32 { cut.iter().map(|at| self.0[*at as usize]).sum() };
            let rarest = required(&entry.ops)
                .iter()
                .map(sum)
                .fold(f32::MAX, f32::min);
            for class in &closure[entry.class as usize] {
                weights[*class as usize] += rarest.min(100.0) / 2.0;
            }
        }
        weights
    }
}

/// Without any text to count in: short words are common.
fn guess(atom: &Atom) -> f32 {
    match atom {
        Atom::Word(word) => match word.len() {
            0..=2 => 12.0,
            3 => 8.0,
            4 => 3.0,
            5 => 1.5,
            _ => 1.0,
        },
        Atom::Stem(_) | Atom::Tail(_) | Atom::Part(_) => 3.0,
        Atom::Class(_) => 0.5,
    }
}
