//! The commands: what is typed in a terminal, and what is shown there.
//!
//! Each command is a file with its arguments and its `run`. A command reads arguments, asks the
//! rooms of the house or the running service, and prints; it decides nothing about calls.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::config::{Config, ConfigErrors, environment};

pub mod args;
mod backup;
mod call;
mod calls;
mod campaigns;
mod check;
mod client;
mod completions;
mod config;
mod connect;
mod doctor;
mod erase;
mod eval;
mod explain;
mod export;
mod hits;
mod learn;
mod lists;
mod man;
mod outbox;
mod propose;
mod replay;
mod restore;
mod serve;
mod terminal;
mod token;

use args::{Cli, Command};

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

/// Reads the arguments of this process, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::from(GOOD),
        Err(error) => {
            terminal::complain(&describe(&error));
            ExitCode::from(if error.is::<Usage>() { USAGE } else { BAD })
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<u8> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve(args) => serve::run(&args, file),
        Command::Call(args) => call::run(args, file),
        Command::Calls(args) => calls::run(&args, file),
        Command::Campaigns(args) => campaigns::run(&args, file),
        Command::Lists(args) => lists::run(&args, file),
        Command::Explain(args) => explain::run(&args, file),
        Command::Config(args) => config::run(&args, file),
        Command::Doctor(args) => doctor::run(&args, file),
        Command::Connect(args) => connect::run(&args, file),
        Command::Export(args) => export::run(&args, file),
        Command::Erase(args) => erase::run(&args, file),
        Command::Backup(args) => backup::run(&args, file),
        Command::Restore(args) => restore::run(&args, file),
        Command::Outbox(args) => outbox::run(&args, file),
        Command::Token(args) => token::run(&args, file),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Check(args) => check::run(&args, file),
        Command::Eval(args) => eval::run(&args, file),
        Command::Propose(args) => propose::run(&args, file),
        Command::Learn(args) => learn::run(&args, file),
        Command::Replay(args) => replay::run(&args, file),
    }
}

fn settings(file: Option<&Path>) -> anyhow::Result<Config> {
    Ok(Config::load(file, &environment())?)
}

fn describe(error: &anyhow::Error) -> String {
    match error.downcast_ref::<ConfigErrors>() {
        Some(errors) => errors.render(terminal::colours(terminal::Stream::Err)),
        None => format!(
            "{}: {}",
            terminal::Paint::on(terminal::Stream::Err).bad("error"),
            causes(error)
        ),
    }
}

/// An error and what led to it; a cause that was named already is not named again.
fn causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.ends_with(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// Whoever read our output has stopped reading: no fault of anybody.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
