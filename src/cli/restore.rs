//! `portner restore`: a backup becomes the store.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::client::wait_for;
use super::{GOOD, settings, terminal};
use crate::app::Owner;
use crate::store::{self, RestoreError};

/// Make the store from a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file is read to its end first: one that is broken, of a newer Portner, or no backup at all is
refused and nothing is changed. So is a store that holds something, unless --replace is given;
it is then put aside in a folder before-restore-1 beside the new one. Stop the service first.

Tokens to log in with are those from the time of the backup.

Examples:
  portner restore portner.backup
  portner restore --replace /var/backups/portner-2026-11-24.backup
  PORTNER_STORE=sled:/tmp/look portner restore portner.backup   (to look into it elsewhere)

Exit codes: 0 the store is the one from the backup; 1 nothing was changed; 2 typed wrongly.")]
pub struct Args {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put a store that holds something aside
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let store = settings(file)?.store;
    let address = store.to_string();
    let _owner = Owner::of(&store);
    let backup = File::open(&args.file)
        .with_context(|| format!("{} cannot be opened", args.file.display()))?;
    let restored = wait_for(async {
        let restored = store::restore(&address, backup, args.replace).await;
        restored.map_err(|error| match error {
            occupied @ RestoreError::Occupied { .. } => anyhow::anyhow!(
                "{occupied}; `portner restore --replace` puts them aside, and PORTNER_STORE names \
                 another place to restore to"
            ),
            unopened @ RestoreError::CannotBeOpened(_) => anyhow::anyhow!(
                "{unopened}; `portner restore --replace` puts it aside, and PORTNER_STORE names \
                 another place to restore to"
            ),
            other => other.into(),
        })
    })?;
    terminal::print(&format!(
        "Restored into {address}: {} calls, {} list entries, {} jobs to be done.",
        restored.calls, restored.entries, restored.jobs
    ))?;
    Ok(GOOD)
}
