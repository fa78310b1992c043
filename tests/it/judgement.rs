//! The figures of the judgement do not fall: businesses that nothing was learned from, and the scored
//! third of the first sets, as it was said and as a poor recogniser hears it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use portner::app::policies;
use portner::config::Config;
use portner::evaluation::{BEGAN, Conversation, Garbler, Label, Outcome, Set, Table, corpus, play};
use portner::rules::{Lexicon, RuleSet};
use portner::screening::Policy;
use portner::screening::line::Mode;
use portner::screening::profile::Profile;

fn policy(set: &Set) -> Policy {
    let config = Config::from_text(None, "", &Default::default()).unwrap();
    let mut line = config.lines.first().cloned().unwrap();
    line.profile = set.profile.clone();
    line.mode = Mode::Screen;
    let sources = policies::sources(&config).unwrap();
    let rules = RuleSet::compile(&sources, &Lexicon(line.lexicon())).unwrap();
    Policy::new(line, Arc::new(rules.rules), config.limits)
}

/// The businesses under `unseen`, with every caller of theirs.
fn unseen() -> Vec<Set> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/unseen");
    let business = |entry: std::io::Result<fs::DirEntry>| {
        let folder = entry.unwrap().path();
        let profile = fs::read_to_string(folder.join("owner.json")).unwrap();
        let said = |language: &str| {
            let path = folder.join(format!("{language}.jsonl"));
            let text = fs::read_to_string(&path).unwrap_or_default();
            Conversation::read_all(&path.display().to_string(), &text).unwrap()
        };
        Set {
            profile: Profile::from_json(&profile).unwrap(),
            conversations: ["da", "en"].iter().flat_map(|one| said(one)).collect(),
            divided: false,
            weight: 1.0,
            marked: Vec::new(),
        }
    };
    fs::read_dir(folder).unwrap().map(business).collect()
}

/// What is only scored: clear conversations and hard ones, with `rate` of the words misheard.
fn scored(rate: f64) -> [Table; 2] {
    let garbler = Garbler::new(rate, 1).unwrap();
    let mut divided = corpus().unwrap();
    divided.retain(|set| set.divided);
    for set in &mut divided {
        set.conversations.retain(Conversation::is_scored);
    }
    let mut tables = [Table::default(), Table::default()];
    for set in divided.into_iter().chain(unseen()) {
        let policy = policy(&set);
        for said in &set.conversations {
            let heard: Conversation = garbler.garble(said);
            let played = play(&policy, &heard, None, BEGAN);
            tables[usize::from(said.hard)].add(said, &played);
        }
    }
    tables
}

fn told_no(table: &Table) -> f64 {
    let untargeted = |label| label == Label::UntargetedSales;
    table.share(untargeted, Outcome::Reject).value()
}

/// Of 7,633 legitimate callers eight are turned away, four of them by the hardest eight businesses; three more
/// may be, when something is learned anew.
const MOST_WRONGED: usize = 11;
/// With two words of ten misheard it is eleven.
const MOST_WRONGED_MISHEARD: usize = 14;

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
    assert!(rang * 50 <= count(Label::Robocall, None), "{rang}");
    let [clear, hard] = &tables;
    assert!(clear.mean_questions() <= 1.6, "{}", clear.mean_questions());
    assert!(told_no(clear) >= 0.65, "{}", told_no(clear));
    assert!(told_no(hard) >= 0.31, "{}", told_no(hard));
}

#[test]
fn two_words_of_ten_misheard_wrong_hardly_anybody() {
    let tables = scored(0.2);
    let wronged = wronged(&tables);
    assert!(wronged <= MOST_WRONGED_MISHEARD, "{wronged}");
    assert!(told_no(&tables[0]) >= 0.56, "{}", told_no(&tables[0]));
}
