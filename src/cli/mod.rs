//! The commands: what is typed in a terminal, and what is shown there.
//!
//! Each command is a file with its `Args` and its `run`, named here in three lines: its module, a
//! variant of [`Command`], and an arm of `Command::run`. A command reads arguments, asks the rooms
//! of the house or the running service, and prints; it decides nothing about calls.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Parser, Subcommand};

use self::terminal::harmless;
use crate::call::E164;
use crate::config::{Config, environment};

mod backup;
mod call;
mod calls;
mod campaigns;
mod check;
mod client;
mod completions;
mod config;
mod connect;
mod days;
mod doctor;
mod erase;
mod eval;
mod explain;
mod export;
mod failure;
mod learn;
mod lists;
mod lookup;
mod man;
mod outbox;
mod propose;
mod replay;
mod restore;
mod serve;
mod terminal;
mod token;
mod underline;

/// It went well.
const GOOD: u8 = 0;
/// It did not go well, or what was looked at is not good.
const BAD: u8 = 1;
/// The command was typed wrongly.
const USAGE: u8 = 2;

/// What was typed cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Answers the phone of a small business: asks who, what and why, and lets the right callers
/// through.
#[derive(Debug, Parser)]
#[command(
    name = "portner",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
To begin:
  portner serve     in one terminal: a line to try things out, no account needed
  portner call      in another: be the caller

Colours are written on terminals only; NO_COLOR=1 turns them off.
Exit codes: 0 it went well; 1 it did not, or what was looked at is not good; 2 typed wrongly.")]
pub struct Cli {
    /// The settings file; without it, portner.toml in this folder, if there is one
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "PORTNER_CONFIG",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer the phone: webhooks, the call log, the interface
    Serve(serve::Args),
    /// Be the caller, and see the verdict with its reasons
    Call(call::Args),
    /// Show the call log, or one call in full
    Calls(calls::Args),
    /// Show and change who always rings through, who is wanted, and who is refused
    Lists(lists::Args),
    /// Ask the provider what it knows of a number: country, line, carrier
    Lookup(lookup::Args),
    /// Show calls that open nearly alike, and refuse what you never want to hear again
    Campaigns(campaigns::Args),
    /// Check rules: every example is tried by the code that judges calls
    Check(check::Args),
    /// Show what the rules make of words, or made of a call
    Explain(explain::Args),
    /// Judge labelled conversations and count what becomes of them
    Eval(eval::Args),
    /// Learn a second opinion from labelled conversations, and say what it adds
    Learn(learn::Args),
    /// Judge the calls of the log again under other rules, and show what would change
    Replay(replay::Args),
    /// Propose a small change of the rules that sets a wrong verdict right
    Propose(propose::Args),
    /// Show every setting as it holds, and where it came from
    Config(config::Args),
    /// Look at the whole installation, and say what to mend
    Doctor(doctor::Args),
    /// Point a provider's number at this installation
    Connect(connect::Args),
    /// Write everything that is held on a telephone number
    Export(export::Args),
    /// Erase everything that is held on a telephone number
    Erase(erase::Args),
    /// Show what is still to be told outside, and send again what was given up
    Outbox(outbox::Args),
    /// Copy everything that is kept into one file
    Backup(backup::Args),
    /// Make the store from such a file
    Restore(restore::Args),
    /// Make a new token to log in with
    Token(token::Args),
    /// Write what a shell needs to complete commands
    Completions(completions::Args),
    /// Write the manual page of a command
    Man(man::Args),
}

impl Command {
    fn run(self, settings: Option<&Path>) -> anyhow::Result<u8> {
        match self {
            Self::Serve(args) => serve::run(&args, settings),
            Self::Call(args) => call::run(args, settings),
            Self::Calls(args) => calls::run(&args, settings),
            Self::Lists(args) => lists::run(&args, settings),
            Self::Lookup(args) => lookup::run(&args, settings),
            Self::Campaigns(args) => campaigns::run(&args, settings),
            Self::Check(args) => check::run(&args, settings),
            Self::Explain(args) => explain::run(&args, settings),
            Self::Eval(args) => eval::run(&args, settings),
            Self::Learn(args) => learn::run(&args, settings),
            Self::Replay(args) => replay::run(&args, settings),
            Self::Propose(args) => propose::run(&args, settings),
            Self::Config(args) => config::run(&args, settings),
            Self::Doctor(args) => doctor::run(&args, settings),
            Self::Connect(args) => connect::run(&args, settings),
            Self::Export(args) => export::run(&args, settings),
            Self::Erase(args) => erase::run(&args, settings),
            Self::Outbox(args) => outbox::run(&args, settings),
            Self::Backup(args) => backup::run(&args, settings),
            Self::Restore(args) => restore::run(&args, settings),
            Self::Token(args) => token::run(&args, settings),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args),
        }
    }
}

/// Reads the arguments of this process, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // An empty one counts as not set, as that of any variable does.
    let named = cli.config.filter(|file| !file.as_os_str().is_empty());
    match cli.command.run(named.as_deref()) {
        Ok(code) => ExitCode::from(code),
        Err(error) if failure::is_broken_pipe(&error) => ExitCode::from(GOOD),
        Err(error) => {
            terminal::complain(&failure::describe(&error));
            ExitCode::from(if error.is::<Usage>() { USAGE } else { BAD })
        }
    }
}

/// A telephone number as it was typed; without a country code it is Danish.
fn number(text: &str) -> Result<E164, Usage> {
    E164::parse_national(text, "DK").map_err(|error| Usage(format!("{}: {error}", harmless(text))))
}

/// The settings, checked, or what is wrong with them.
fn settings(file: Option<&Path>) -> anyhow::Result<Config> {
    Ok(Config::load(file, &environment())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_country_code_is_danish_wherever_it_is_typed() {
        let full = |text| number(text).unwrap().full();
        for text in ["71110001", "71 11 00 01", "+45 71 11 00 01"] {
            assert_eq!(full(text), "+4571110001", "{text}");
        }
        assert_eq!(full("+46701234567"), "+46701234567");
        assert!(number("Hansen").unwrap_err().0.starts_with("Hansen: "));
    }
}
