//! `portner completions`: what a shell needs to complete commands.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::{Cli, GOOD, terminal};

/// Write what a shell needs to complete commands.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner completions bash > /etc/bash_completion.d/portner
  portner completions zsh > ~/.zfunc/_portner
  portner completions fish > ~/.config/fish/completions/portner.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "portner", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(GOOD)
}
