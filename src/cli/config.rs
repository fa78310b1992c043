//! `portner config`: every setting as it holds, and where it came from.

use std::path::Path;

use super::GOOD;
use super::terminal::{self, Stream};
use crate::config::{Config, environment};

/// Show every setting as it holds, and where it came from. Secrets are hidden.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner config
  portner --config /etc/portner.toml config
  portner config --reference > settings.md
  PORTNER_LISTEN=0.0.0.0:80 portner config | grep listen

Exit codes: 0 the settings can be used; 1 they cannot; 2 typed wrongly.")]
pub struct Args {
    /// Describe every setting that there is, as Markdown
    #[arg(long)]
    reference: bool,
    /// Write the settings as JSON
    #[arg(long, conflicts_with = "reference")]
    json: bool,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    if args.reference {
        terminal::print(&crate::config::reference())?;
        return Ok(GOOD);
    }
    let config = Config::examine(file, &environment())?;
    if !config.warnings.problems.is_empty() {
        terminal::complain(&config.warnings.render(terminal::colours(Stream::Err)));
    }
    if args.json {
        terminal::print_json(&config.effective)?;
    } else {
        terminal::print(&config.effective.render())?;
    }
    Ok(GOOD)
}
