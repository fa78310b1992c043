//! What judging an answer costs: the default pack, and made-up packs of 200 to 10,000 rules.
//!
//! Each made-up rule is one phrase with an alternative, an optional word and a gap, in which two
//! or three words are rare; answers have 18 words, every fifth of them says one of the phrases,
//! and every tenth word is garbled, so that the fuzzy way is gone too.
//!
//! Beside Hyperscan, in the same run (the first one takes some minutes for its 10,000 expressions):
//!
//! ```sh
//! apt-get install libhyperscan-dev
//! cc -O2 -o /tmp/scan benches/hyperscan/scan.c -lhs
//! HYPERSCAN=/tmp/scan cargo bench --bench rules -- rules,
//! ```
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use portner::call::Question;
use portner::rules::{Lexicon, RuleSet, Situation, Source, shipped};

/// How often all answers are read beside Hyperscan.
const ROUNDS: u32 = 300;

const SMALL: &[&str] = &[
    "jeg", "du", "i", "er", "det", "den", "en", "og", "at", "med", "på", "til", "for", "har", "vi",
    "så", "kan", "om", "fra", "som", "lige", "være", "nogle", "også", "skal",
];

/// A small generator of numbers, so that every run sees the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a>(&mut self, words: &'a [String]) -> &'a str {
        // The first words are said far more often than the last.
        let at = self.below(words.len()) * self.below(words.len()) / words.len();
        &words[at]
    }
}

fn vocabulary() -> Vec<String> {
    let front = [
        "be", "for", "an", "af", "ud", "op", "sam", "til", "på", "under", "over", "mel",
    ];
    let middle = [
        "læs", "svar", "tal", "sik", "bil", "kring", "hand", "støt", "val", "ført", "løb",
    ];
    let back = [
        "ning", "else", "lig", "er", "ede", "erne", "hed", "tid", "mand", "skab", "råd",
    ];
    let mut words: Vec<String> = SMALL.iter().map(|word| (*word).to_owned()).collect();
    for a in front {
        for b in middle {
            for c in back {
                words.push(format!("{a}{b}{c}"));
                words.push(format!("{b}{c}"));
            }
        }
    }
    words.sort();
    words.dedup();
    let mut dice = Dice(7);
    for at in (1..words.len()).rev() {
        words.swap(at, dice.below(at + 1));
    }
    words
}

struct Made {
    sources: Vec<Source>,
    answers: Vec<String>,
    /// The same rules as regular expressions on normalised text.
    patterns: Vec<String>,
}

/// The letters that normalised text is written in.
fn plain(text: &str) -> String {
    text.replace('æ', "ae")
        .replace('ø', "oe")
        .replace('å', "aa")
}

fn made(count: usize) -> Made {
    let words = vocabulary();
    let mut dice = Dice(count as u64);
    let mut sources: Vec<Source> = Vec::new();
    let (mut said, mut patterns) = (Vec::new(), Vec::new());
    for rule in 0..count {
        if rule.is_multiple_of(2_000) {
            sources.push(Source {
                path: format!("{rule}.toml"),
                text: "version = 1\n".into(),
            });
        }
        let (a, b, c) = (dice.pick(&words), dice.pick(&words), dice.pick(&words));
        let (d, small) = (
            &words[dice.below(words.len())],
            SMALL[dice.below(SMALL.len())],
        );
        sources.last_mut().unwrap().text += &format!(
            "[[rule]]\nid = \"r{rule}\"\nname = \"r\"\ntactic = \"A1\"\nkind = \"sell\"\npoints = 1\n\
             phrases = [\"({a}|{b}) [{small}] <3> {c} {d}\"]\n"
        );
        said.push(format!("{a} {c} {d}"));
        patterns.push(plain(&format!(
            r"\b(?:{a}|{b})(?: {small})?(?: [a-z0-9]+){{0,3}} {c} {d}\b"
        )));
    }
    let answers = (0..200)
        .map(|nth| {
            let mut answer: Vec<String> = Vec::new();
            while answer.len() < 18 {
                let mut word = if dice.below(2) == 0 {
                    SMALL[dice.below(SMALL.len())].to_owned()
                } else {
                    dice.pick(&words).to_owned()
                };
                if dice.below(10) == 0 && word.is_ascii() && word.len() > 4 {
                    word.remove(dice.below(word.len()));
                }
                answer.push(word);
            }
            if (nth % 5) == 0 {
                answer[15] = said[dice.below(said.len())].clone();
                answer.truncate(16);
            }
            answer.join(" ")
        })
        .collect();
    Made {
        sources,
        answers,
        patterns,
    }
}

fn judge(bench: &mut Criterion, name: &str, rules: &RuleSet, answers: &[String]) {
    let situation = Situation::default();
    let mut next = answers.iter().cycle();
    let hits: usize = answers
        .iter()
        .map(|text| rules.read(text).evaluate(Question::Open, &situation).len())
        .sum();
    println!("{name}: {hits} hits in {} answers", answers.len());
    bench.bench_function(name, |bench| {
        bench.iter_batched(
            || next.next().unwrap(),
            |text| black_box(rules.read(text).evaluate(Question::Open, &situation).len()),
            BatchSize::SmallInput,
        );
    });
}

/// The least processor time of one of many rounds over all answers, for one answer.
fn least(rules: &RuleSet, answers: &[String]) -> Duration {
    let situation = Situation::default();
    let round = || {
        let began = Instant::now();
        for text in answers {
            black_box(rules.read(text).evaluate(Question::Open, &situation).len());
        }
        began.elapsed()
    };
    let least = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    least / u32::try_from(answers.len()).unwrap()
}

/// By turns with Hyperscan on the same rules and answers, when `HYPERSCAN` names the program made
/// from `benches/hyperscan/scan.c`. Hyperscan gets normalised text and finds nothing fuzzy.
fn against_hyperscan(count: usize, rules: &RuleSet, made: &Made) {
    let Ok(program) = std::env::var("HYPERSCAN") else {
        return;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = |kind: &str| folder.join(format!("{count}.{kind}"));
    std::fs::write(file("patterns"), made.patterns.join("\n")).unwrap();
    std::fs::write(file("texts"), plain(&made.answers.join("\n"))).unwrap();
    for _ in 0..3 {
        let ours = least(rules, &made.answers);
        let theirs = Command::new(&program)
            .args([file("patterns"), file("texts"), file("database")])
            .arg(ROUNDS.to_string())
            .output()
            .unwrap();
        let printed = String::from_utf8(theirs.stdout).unwrap();
        let microseconds: f64 = printed.split(' ').next().unwrap().parse().unwrap();
        let ratio = ours.as_secs_f64() * 1e6 / microseconds;
        println!("{count} rules: {ours:?}, Hyperscan {microseconds} µs, ratio {ratio:.2}");
    }
}

fn rules(bench: &mut Criterion) {
    let pack = RuleSet::compile(&shipped(), &Lexicon::default())
        .unwrap()
        .rules;
    let mut answers: Vec<String> = Vec::new();
    for texts in pack
        .rules()
        .iter()
        .flat_map(|rule| &rule.examples)
        .collect::<Vec<_>>()
        .chunks(3)
    {
        let joined = texts
            .iter()
            .map(|text| text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        answers.push(joined.split(' ').take(20).collect::<Vec<_>>().join(" "));
    }
    judge(bench, "default pack, 20 words", &pack, &answers);
    bench.bench_function("default pack, compile", |bench| {
        let sources = shipped();
        bench.iter(|| RuleSet::compile(&sources, &Lexicon::default()).unwrap());
    });
    for count in [200, 1_000, 10_000] {
        let made = made(count);
        let pack = RuleSet::compile(&made.sources, &Lexicon::default())
            .unwrap()
            .rules;
        judge(
            bench,
            &format!("{count} rules, 18 words"),
            &pack,
            &made.answers,
        );
        against_hyperscan(count, &pack, &made);
        bench.bench_function(&format!("{count} rules, compile"), |bench| {
            bench.iter(|| RuleSet::compile(&made.sources, &Lexicon::default()).unwrap());
        });
    }
}

criterion_group! {
    name = group;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    targets = rules
}
criterion_main!(group);
