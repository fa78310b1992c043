//! `portner lookup`: what the provider knows of a number.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::client::wait_for;
use super::connect::{NO_ACCOUNT, twilio};
use super::terminal::{self, Paint, Stream, harmless};
use super::{BAD, GOOD, number, settings};
use crate::call::E164;
use crate::providers::{NumberFacts, Provider as _};

/// Ask the provider whose kind of number this is: its country, its line and its carrier.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Twilio is asked, with the account of the settings, and charges for it. A name is known of few numbers
outside the United States. Nothing is kept, and no call waits for it.

Examples:
  portner lookup 71234567
  portner lookup +46701234567 --json | jq -r .carrier

Exit codes: 0 such a number can exist; 1 it cannot, or nobody could be asked; 2 typed wrongly.")]
pub struct Args {
    /// The number; without a country code it is Danish
    number: String,
    /// Write it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let number = number(&args.number)?;
    let twilio = twilio(&settings(file)?)?;
    let control = twilio.control().context(NO_ACCOUNT)?;
    let facts = wait_for(async { Ok(control.look_up(number).await?) })?;
    if args.json {
        terminal::print_json(&facts)?;
    } else {
        terminal::print(&shown(number, &facts))?;
    }
    Ok(if facts.valid { GOOD } else { BAD })
}

fn shown(number: E164, facts: &NumberFacts) -> String {
    let valid = match (facts.valid, facts.problems.as_slice()) {
        (true, _) => "yes".to_owned(),
        (false, []) => "no".to_owned(),
        (false, problems) => format!("no ({})", problems.join(", ")),
    };
    let mut text = Paint::on(Stream::Out).strong(&number.full());
    text.push('\n');
    for (name, told) in [
        ("valid", Some(&valid)),
        ("country", facts.country.as_ref()),
        ("national", facts.national.as_ref()),
        ("line", facts.line_type.as_ref()),
        ("carrier", facts.carrier.as_ref()),
        ("name", facts.name.as_ref()),
    ] {
        let told = told.map_or_else(|| "not known".to_owned(), |told| harmless(told));
        let _ = writeln!(text, "  {name:<9} {told}");
    }
    text
}
