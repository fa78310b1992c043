//! `portner connect`: a provider's number is pointed at this installation.

use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::client::wait_for;
use super::terminal::{self, Paint, Stream};
use super::{BAD, GOOD, Usage, settings};
use crate::app;
use crate::call::E164;
use crate::config::Config;
use crate::config::local_key::LocalKey;
use crate::providers::twilio::Twilio;
use crate::providers::{Control, ControlError, NumberSettings, Provider as _};

/// What is said where no account at the provider is set.
pub(super) const NO_ACCOUNT: &str = "no account at Twilio is set: give PORTNER_TWILIO_ACCOUNT_SID and \
     PORTNER_TWILIO_AUTH_TOKEN, from the first page of Twilio's console";

/// Point a provider's number at this installation: shows what it will set, then sets it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Needs PORTNER_TWILIO_ACCOUNT_SID, PORTNER_TWILIO_AUTH_TOKEN and PORTNER_PUBLIC_URL, or the same in
the settings file.

Examples:
  portner connect twilio --dry-run
  portner connect twilio
  portner connect twilio --number +4570101010 --yes

Exit codes: 0 the numbers are set as they should be; 1 they are not; 2 typed wrongly.")]
pub struct Args {
    /// The provider
    provider: Known,
    /// The number; without it, all numbers of all lines
    #[arg(long, value_name = "NUMBER")]
    number: Vec<String>,
    /// Set it without asking
    #[arg(long)]
    yes: bool,
    /// Only show what would be set
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Known {
    Twilio,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let Known::Twilio = args.provider;
    let config = settings(file)?;
    let twilio = twilio(&config)?;
    let control = twilio.control().context(NO_ACCOUNT)?;
    let wanted = twilio.wanted_number_settings();
    if !wanted.voice_url.starts_with("https://") {
        anyhow::bail!(
            "the public address {} is not one that Twilio should call: set PORTNER_PUBLIC_URL to \
             the https address under which the world reaches this machine",
            config.server.public_url
        );
    }
    let numbers = numbers(args, &config)?;
    let mut all = true;
    for number in numbers {
        match wait_for(connect(args, control, number, &wanted)) {
            Ok(set) => all &= set,
            // The others can be set all the same.
            Err(error) if is_missing(&error) => {
                terminal::complain(&format!("{error}"));
                all = false;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(if all { GOOD } else { BAD })
}

/// Twilio as it is set. A service that never ran has no key yet; none is needed here.
pub(super) fn twilio(config: &Config) -> anyhow::Result<Twilio> {
    let kept = app::data_folder(&config.store).map(|folder| LocalKey::read(&folder));
    let key = match kept {
        Some(Ok(key)) => key,
        Some(Err(_)) | None => LocalKey::fleeting()?,
    };
    Ok(app::twilio(
        &config.server.public_url,
        config.twilio.as_ref(),
        &key,
    )?)
}

fn numbers(args: &Args, config: &Config) -> anyhow::Result<Vec<E164>> {
    let own = config
        .lines
        .iter()
        .flat_map(|line| line.numbers.iter().copied());
    if args.number.is_empty() {
        return Ok(own.collect());
    }
    args.number
        .iter()
        .map(|text| {
            let number = E164::parse_national(text, "DK")
                .map_err(|error| Usage(format!("--number {text}: {error}")))?;
            if config.line(number).is_none() {
                terminal::complain(&format!(
                    "{} is the number of no line: its callers would ring the first one.",
                    number.full()
                ));
            }
            Ok(number)
        })
        .collect()
}

async fn connect(
    args: &Args,
    control: &dyn Control,
    number: E164,
    wanted: &NumberSettings,
) -> anyhow::Result<bool> {
    let paint = Paint::on(Stream::Out);
    let current = control.number_settings(number).await?;
    let wanted = current.keeping_fallback(wanted);
    let changes = current.changes_to(&wanted);
    let mut text = paint.strong(&number.full());
    text.push('\n');
    if changes.is_empty() {
        text.push_str("  is set as it should be\n");
        terminal::print(&text)?;
        return Ok(true);
    }
    for (name, is, should) in &changes {
        let is = if is.is_empty() { "(nothing)" } else { is };
        let _ = writeln!(
            text,
            "  {name:<16} {is}\n  {:<16} → {}",
            "",
            paint.good(should)
        );
    }
    terminal::print(&text)?;
    if args.dry_run || !(args.yes || agreed()?) {
        terminal::print("  nothing was changed")?;
        return Ok(false);
    }
    control.set_number_settings(number, &wanted).await?;
    let now = control.number_settings(number).await?;
    if now != wanted {
        anyhow::bail!(
            "Twilio took the settings of {} and shows other ones: look at the number in its console",
            number.full()
        );
    }
    terminal::print(&paint.good("  set, and read back"))?;
    Ok(true)
}

/// Whether the account does not have the number.
fn is_missing(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ControlError::NoSuchNumber { .. })
    )
}

fn agreed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Usage("nobody is there to ask: say --yes, or --dry-run".into()).into());
    }
    let mut out = std::io::stdout().lock();
    write!(out, "Set this? [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(
        line.trim().to_lowercase().as_str(),
        "y" | "yes" | "j" | "ja"
    ))
}
