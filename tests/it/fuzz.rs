//! The fuzz targets over their seeds and over damaged copies of them: what `tests/fuzz.sh` does for
//! hours, for a moment on every change.

use std::path::Path;

#[path = "../../fuzz/src/edge.rs"]
mod edge;
#[path = "../../fuzz/src/rules.rs"]
mod rules;

/// How many damaged copies are made of all the seeds of a target together.
const COPIES: usize = 450;

/// Letters that mean something somewhere.
const SPLICES: &[&str] = &[
    "",
    "",
    "(",
    ")",
    "|",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "*",
    "\"",
    "'",
    "=",
    "\n",
    " ",
    "\0",
    "æ",
    "\u{30a}",
    "\u{200d}",
    "9",
    "<9>",
    "{any}",
    "{number}",
    "[[rule]]",
    "((((",
    "999999999999",
    "\r\n",
    "&",
    "%",
    ";",
    "<![CDATA[",
];

fn throw_at(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut seeds: Vec<Vec<u8>> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{}", folder.display());
    // Every run sees the same (Knuth's MMIX generator).
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let copies = COPIES / seeds.len();
    for seed in seeds {
        target(&seed);
        let mut bytes = seed.clone();
        for copy in 0..copies {
            if copy % 10 == 0 {
                bytes.clone_from(&seed);
            }
            let from = below(bytes.len() + 1);
            let to = (from + below(8)).min(bytes.len());
            if below(6) == 0 {
                let again = bytes[from..].to_vec();
                bytes.extend(again);
                bytes.truncate(4096);
            } else {
                bytes.splice(from..to, SPLICES[below(SPLICES.len())].bytes());
            }
            target(&bytes);
        }
    }
}

#[test]
fn requests_of_a_provider() {
    throw_at("webhook", edge::webhook);
    throw_at("signature", edge::signature);
}

#[test]
fn lists_that_are_brought_in() {
    throw_at("csv", edge::csv);
    throw_at("vcard", edge::vcard);
    throw_at("number", edge::number);
}

#[test]
fn cookies_and_settings() {
    throw_at("cookie", edge::cookie);
    throw_at("settings", edge::settings);
}

#[test]
fn rule_files() {
    throw_at("rule_file", rules::rule_file);
}

#[test]
fn phrases() {
    throw_at("phrase", rules::phrase);
}

#[test]
fn what_callers_say() {
    throw_at("normaliser", rules::normaliser);
}

#[test]
fn phrases_against_what_callers_say() {
    throw_at("matcher", rules::matcher);
}
