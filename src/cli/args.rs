//! What may be typed after `portner`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::{
    backup, call, calls, campaigns, check, completions, config, connect, doctor, erase, eval,
    explain, export, learn, lists, man, outbox, propose, replay, restore, serve, token,
};

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
    #[arg(long, value_name = "FILE", global = true, env = "PORTNER_CONFIG")]
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
