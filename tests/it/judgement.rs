//! The figures of the judgement do not fall: the scored third of every set, which nothing was tuned
//! on or learned from, as it was said and as a poor recogniser hears it.

use std::sync::Arc;

use jiff::Timestamp;
use portner::app::policies;
use portner::config::Config;
use portner::evaluation::{Conversation, Garbler, Label, Outcome, Set, Table, corpus, play};
use portner::rules::{Lexicon, RuleSet};
use portner::screening::Policy;
use portner::screening::line::Mode;

fn policy(set: &Set) -> Policy {
    let config = Config::from_text(None, "", &Default::default()).unwrap();
    let mut line = config.lines.first().cloned().unwrap();
    line.profile = set.profile.clone();
    line.mode = Mode::Screen;
    let sources = policies::sources(&config).unwrap();
    let rules = RuleSet::compile(&sources, &Lexicon(line.lexicon())).unwrap();
    Policy::new(line, Arc::new(rules.rules), config.limits)
}

/// The scored third: clear conversations and hard ones, with `rate` of the words misheard.
fn scored(rate: f64) -> [Table; 2] {
    let began = Timestamp::from_second(1_767_610_800).unwrap();
    let garbler = Garbler::new(rate, 1).unwrap();
    let mut tables = [Table::default(), Table::default()];
    for set in &corpus().unwrap() {
        let policy = policy(set);
        for said in set.conversations.iter().filter(|one| one.is_scored()) {
            let heard: Conversation = garbler.garble(said);
            let played = play(&policy, &heard, None, began);
            tables[usize::from(said.hard)].add(said, &played);
        }
    }
    tables
}

fn told_no(table: &Table) -> f64 {
    let untargeted = |label| label == Label::UntargetedSales;
    table.share(untargeted, Outcome::Reject).value()
}

/// Of 7,211 legitimate callers, most of them learned from, nobody is turned away; one may be, when
/// something is learned anew.
const MOST_WRONGED: usize = 1;

fn wronged(tables: &[Table]) -> usize {
    let rejected = |table: &Table| table.legitimate_rejected().part;
    tables.iter().map(rejected).sum()
}

#[test]
fn hardly_anybody_is_wronged_and_sellers_are_told_no() {
    let tables = scored(0.0);
    assert!(wronged(&tables) <= MOST_WRONGED, "{}", wronged(&tables));
    let count = |label: Label, outcome| -> usize {
        let of = |table: &Table| table.count(|one| one == label, outcome);
        tables.iter().map(of).sum()
    };
    let rejected = count(Label::TargetedSales, Some(Outcome::Reject));
    assert!(
        rejected * 20 <= count(Label::TargetedSales, None),
        "{rejected}"
    );
    let rang = count(Label::Robocall, Some(Outcome::Connect));
    assert!(rang * 100 <= count(Label::Robocall, None), "{rang}");
    let [clear, hard] = &tables;
    assert!(clear.mean_questions() <= 1.4, "{}", clear.mean_questions());
    assert!(told_no(clear) >= 0.62, "{}", told_no(clear));
    assert!(told_no(hard) >= 0.34, "{}", told_no(hard));
}

#[test]
fn two_words_of_ten_misheard_wrong_hardly_anybody() {
    let tables = scored(0.2);
    assert!(wronged(&tables) <= MOST_WRONGED, "{}", wronged(&tables));
    assert!(told_no(&tables[0]) >= 0.49, "{}", told_no(&tables[0]));
}
