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

#[test]
fn nobody_is_wronged_and_sellers_are_told_no() {
    let [clear, hard] = scored(0.0);
    for table in [&clear, &hard] {
        assert_eq!(table.legitimate_rejected().part, 0);
        let robocall = |label| label == Label::Robocall;
        assert_eq!(table.share(robocall, Outcome::Connect).part, 0);
        assert!(table.mean_questions() < 2.0, "{}", table.mean_questions());
    }
    let targeted = |label| label == Label::TargetedSales;
    let rejected =
        clear.count(targeted, Some(Outcome::Reject)) + hard.count(targeted, Some(Outcome::Reject));
    let all = clear.count(targeted, None) + hard.count(targeted, None);
    assert!(rejected * 20 <= all, "{rejected} of {all}");
    assert!(told_no(&clear) >= 0.8, "{}", told_no(&clear));
    assert!(told_no(&hard) >= 0.6, "{}", told_no(&hard));
}

#[test]
fn two_words_of_ten_misheard_wrong_nobody() {
    let [clear, hard] = scored(0.2);
    assert_eq!(clear.legitimate_rejected().part, 0);
    assert_eq!(hard.legitimate_rejected().part, 0);
    assert!(told_no(&clear) >= 0.7, "{}", told_no(&clear));
}
