//! Where the owner's phone rings.

use super::{Findings, House};
use crate::call::E164;

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    let lines = &house.config.lines;
    let numbers: Vec<E164> = lines
        .iter()
        .flat_map(|line| line.numbers.iter().copied())
        .collect();
    let rings: usize = lines.iter().map(|line| line.attempts.len()).sum();
    let count = numbers.len();
    // A destination that is a line of ours is refused when settings are read.
    let found = findings.say(
        format!("steder at ringe: {rings}, numre: {count}; intet sted fører hertil igen"),
        format!("places to ring: {rings}, numbers: {count}; no place leads back here"),
    );
    findings.good("destinations", found);
}
