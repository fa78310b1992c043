//! `portner export`: everything that is held on a telephone number.

use std::path::Path;

use super::client::{Client, Server, segment, wait_for};
use super::{GOOD, number, settings, terminal};

/// Write everything that is held on a telephone number, for whoever asks what that is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Its calls with all that was said, the lists it is on, and what is still to be told of it, as JSON.

Examples:
  portner export +4571234567
  portner export \"+45 71 23 45 67\" > held.json

Exit codes: 0 it was written; 1 it was not; 2 typed wrongly.")]
pub struct Args {
    /// The number; without a country code it is Danish
    #[arg(value_name = "NUMBER")]
    number: String,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let number = number(&args.number)?;
    let client = Client::new(&settings(file)?, args.server.named())?;
    let path = format!("numbers/{}", segment(&number.full()));
    terminal::print_json(&wait_for(client.get(&path, &[]))?)?;
    Ok(GOOD)
}
