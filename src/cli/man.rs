//! `portner man`: the manual page, made from the same words as `--help`.

use clap::CommandFactory as _;

use super::{Cli, GOOD, terminal};

/// Write the manual page of a command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner man > /usr/local/share/man/man1/portner.1
  portner man call | man -l -")]
pub struct Args {
    /// The command; without it, portner itself
    command: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut command = Cli::command();
    command.build();
    let page = match &args.command {
        None => clap_mangen::Man::new(command),
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            let found = found.ok_or_else(|| super::Usage(format!("there is no command {name}")))?;
            clap_mangen::Man::new(found)
        }
    };
    // It is the program that has a version, not the command.
    let page = page.source(concat!("portner ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text)?;
    terminal::print(&String::from_utf8_lossy(&text))?;
    Ok(GOOD)
}
