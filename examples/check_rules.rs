//! Checks a folder of rules.
use std::path::Path;

use portner::rules::{Lexicon, check, read_dir};

fn main() {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "rules".into());
    let sources = match read_dir(Path::new(&dir)) {
        Ok(sources) => sources,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    let report = check(&sources, &Lexicon::default());
    for problem in &report.diagnostics {
        println!("{}\n", problem.render(&sources, false));
    }
    println!(
        "{} rules, {} examples, {} errors, {} warnings",
        report.rules,
        report.examples,
        report.errors(),
        report.diagnostics.len() - report.errors()
    );
    std::process::exit(i32::from(!report.is_usable()));
}
