//! What may be typed after `portner`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::{call, check, eval, serve};

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
    /// Check rules: every example is tried by the code that judges calls
    Check(check::Args),
    /// Judge labelled conversations and count what becomes of them
    Eval(eval::Args),
}
