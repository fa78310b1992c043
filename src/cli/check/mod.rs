//! `portner check`: rules are compiled, looked at, and tried on their own examples.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::json;

use crate::call::LineId;
use crate::cli::client::{Client, Server, wait_for};
use crate::cli::terminal::{self, Paint, Stream, counted};
use crate::cli::{BAD, GOOD, Usage, settings};
use crate::config::Config;
use crate::rules::{self, Diagnostic, Lexicon, ReadError, Report, Severity, Source};

mod hits;

/// Check rules: every example is tried by the code that judges calls.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner check                     the rules that would be used now
  portner check my-rules            a folder, together with the rules that Portner comes with
  portner check my-rules/loans.toml one file
  portner check --hits              how often each rule hit so far
  portner check --schema > my-rules/schema.json
  portner check --json | jq .errors

Exit codes: 0 the rules can be used; 1 they cannot; 2 typed wrongly.")]
pub struct Args {
    /// Folders or files of rules; without any, the folder in the settings, else what Portner
    /// comes with
    #[arg(value_name = "FOLDER|FILE")]
    paths: Vec<PathBuf>,
    /// Show how often each rule in force hit, those that never did last
    #[arg(long, conflicts_with = "paths")]
    hits: bool,
    /// Print the JSON schema of rule files, by which editors complete them
    #[arg(long, conflicts_with_all = ["paths", "hits", "insist"])]
    schema: bool,
    /// Write everything that was found as JSON
    #[arg(long)]
    json: bool,
    /// Tell the running service to take the rules on disk although it holds them back for what
    /// they would have done to the last calls
    #[arg(long, conflicts_with = "paths")]
    insist: bool,
    #[command(flatten)]
    server: Server,
}

/// What is checked.
struct Pack {
    sources: Vec<Source>,
    lexicon: Lexicon,
    /// The files whose problems are told; problems of rules that the owner did not write are not:
    /// he cannot mend them.
    told: Vec<String>,
    /// The lines that there are, where that is known.
    lines: Option<Vec<LineId>>,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    if args.schema {
        terminal::print(&rules::schema_text())?;
        return Ok(GOOD);
    }
    if args.insist {
        let client = Client::new(&settings(file)?, args.server.named())?;
        wait_for(client.send_json(Method::POST, "rules/insist", &json!({})))?;
        terminal::print("The rules on disk are taken, if they work.")?;
        return Ok(GOOD);
    }
    if args.hits {
        return hits::run(args.json, args.server.named(), file);
    }
    let pack = match pack(args, file) {
        Ok(pack) => pack,
        Err(error) => return tell(&unread(error)?, &[], args.json),
    };
    let mut report = match &pack.lines {
        Some(lines) => rules::check_for_lines(&pack.sources, &pack.lexicon, lines),
        None => rules::check(&pack.sources, &pack.lexicon),
    };
    report
        .diagnostics
        .retain(|problem| pack.told.contains(&problem.file));
    tell(&report, &pack.sources, args.json)
}

/// What can be told of a file that is no text like that of any other.
fn unread(error: anyhow::Error) -> anyhow::Result<Report> {
    let problem = error.downcast_ref().and_then(ReadError::problem);
    let problem = problem.ok_or(error)?;
    Ok(Report {
        diagnostics: vec![problem],
        rules: 0,
        examples: 0,
    })
}

fn tell(report: &Report, sources: &[Source], as_json: bool) -> anyhow::Result<u8> {
    let (errors, warnings) = (report.errors(), report.warnings());
    if as_json {
        terminal::print_json(&json!({
            "rules": report.rules,
            "examples": report.examples,
            "errors": errors,
            "warnings": warnings,
            "diagnostics": report.diagnostics,
        }))?;
    } else {
        let paint = Paint::on(Stream::Out);
        let mut text = String::new();
        for severity in [Severity::Warning, Severity::Error] {
            let of_it = |problem: &&Diagnostic| problem.severity == severity;
            for problem in report.diagnostics.iter().filter(of_it) {
                let shown = problem.render(sources, terminal::colours(Stream::Out));
                let _ = writeln!(text, "{shown}\n");
            }
        }
        let sum = format!(
            "{}, {} tried, {}, {}",
            counted(report.rules, "rule"),
            counted(report.examples, "example"),
            counted(errors, "error"),
            counted(warnings, "warning"),
        );
        let sum = if report.is_usable() {
            paint.good(&sum)
        } else {
            paint.bad(&sum)
        };
        let _ = writeln!(text, "{sum}");
        terminal::print(&text)?;
    }
    Ok(if report.is_usable() { GOOD } else { BAD })
}

fn pack(args: &Args, file: Option<&Path>) -> anyhow::Result<Pack> {
    if args.paths.is_empty() {
        let config = settings(file)?;
        let own = config.rules.own()?;
        if own.is_empty() {
            return Ok(in_force(rules::shipped(), false, Lexicon::default()));
        }
        return Ok(Pack {
            lines: lines(&config),
            ..in_force(own, config.rules.shipped, lexicon(&config))
        });
    }
    let mut own: Vec<Source> = Vec::new();
    for path in &args.paths {
        own.extend(read(path)?);
    }
    // A folder may be checked where no settings are, or while they are wrong.
    let config = settings(file).ok().filter(|config| config.file.is_some());
    let shipped = config.as_ref().is_none_or(|config| config.rules.shipped);
    Ok(Pack {
        lines: config.as_ref().and_then(lines),
        ..in_force(
            own,
            shipped,
            config.as_ref().map(lexicon).unwrap_or_default(),
        )
    })
}

/// The lines of a settings file.
fn lines(config: &Config) -> Option<Vec<LineId>> {
    let lines = || config.lines.iter().map(|line| line.id.clone()).collect();
    config.file.is_some().then(lines)
}

/// The words of the first line's profile.
fn lexicon(config: &Config) -> Lexicon {
    Lexicon(
        config
            .lines
            .first()
            .map(crate::screening::line::Line::lexicon)
            .unwrap_or_default(),
    )
}

/// What would be in force with these files of the owner's.
fn in_force(own: Vec<Source>, with_shipped: bool, lexicon: Lexicon) -> Pack {
    Pack {
        told: own.iter().map(|source| source.path.clone()).collect(),
        lexicon: lexicon_for(&own, lexicon),
        sources: rules::after_shipped(own, with_shipped),
        lines: None,
    }
}

/// The words to try these files with: a copy of Portner's own folder stands for itself.
fn lexicon_for(own: &[Source], lexicon: Lexicon) -> Lexicon {
    if rules::is_whole_pack(own) {
        Lexicon::default()
    } else {
        lexicon
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Source>> {
    if path.is_dir() {
        return Ok(rules::read_dir(path)?);
    }
    std::fs::metadata(path).map_err(|error| {
        let path = path.display();
        Usage(format!("there is no rule file {path} ({error})"))
    })?;
    Ok(vec![rules::read_file(path)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str) -> Source {
        Source {
            path: path.into(),
            text: "version = 1\n".into(),
        }
    }

    #[test]
    fn a_file_that_is_no_text_is_told_of_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, b"version = 1\nname = \"sm\xf8rrebr\xf8d\"\n").unwrap();
        for path in [folder.path(), &path] {
            let report = unread(read(path).unwrap_err()).unwrap();
            let problem = &report.diagnostics[0];
            assert_eq!((problem.line, problem.column), (2, 11));
            assert_eq!((report.errors(), report.is_usable()), (1, false));
            let shown = problem.render(&[], false);
            assert!(shown.contains("mine.toml:2:11"), "{shown}");
            assert!(shown.contains("save the file as UTF-8"), "{shown}");
        }
        let other = unread(anyhow::anyhow!("something else")).unwrap_err();
        assert_eq!(other.to_string(), "something else");
    }

    #[test]
    fn without_the_shipped_rules_only_the_owners_are_checked() {
        let pack = in_force(vec![source("mine.toml")], false, Lexicon::default());
        assert_eq!(pack.sources.len(), 1);
    }
}
