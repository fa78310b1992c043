//! `portner backup`: a copy of everything that is kept, in one file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;

use super::calls::is_kept;
use super::client::{Client, Server, is_away, wait_for};
use super::{GOOD, settings, terminal};
use crate::app::Owner;
use crate::call::{Clock as _, SystemClock};
use crate::config::Config;
use crate::store::{self, backups};

/// How long the whole may take, and each piece of it.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Copy calls, lists and everything else that is kept into one file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The running service makes the copy while it answers calls; without one the store is opened
directly. The file ends with a checksum, is read again before the command says that it is done,
and is never written over another one. `portner restore` takes it back.

It holds what callers said and who they are: keep it as you would keep the store. The rules and
the settings file are not in it.

Examples:
  portner backup portner.backup
  portner backup /var/backups/portner-$(date +%F).backup
  portner restore portner.backup

Exit codes: 0 the copy is there and whole; 1 it is not; 2 typed wrongly.")]
pub struct Args {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    if args.file.exists() {
        anyhow::bail!(
            "{} is there already; choose another name, or move it away first",
            args.file.display()
        );
    }
    let draft = draft_of(&args.file);
    let written = write(&draft, &config, args.server.named());
    if written.is_err() {
        fs::remove_file(&draft).ok();
    }
    let (records, bytes) = written?;
    fs::rename(&draft, &args.file)
        .and_then(|()| sync_folder(&args.file))
        .with_context(|| format!("{} cannot be put in place", args.file.display()))?;
    terminal::print(&format!(
        "{} holds everything: {records} records, {bytes} bytes, checksum good.",
        args.file.display()
    ))?;
    Ok(GOOD)
}

fn write(draft: &Path, config: &Config, server: Option<&str>) -> anyhow::Result<(u64, u64)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = options
        .open(draft)
        .with_context(|| format!("{} cannot be written", draft.display()))?;
    wait_for(async {
        match from_service(config, server, &mut to).await {
            Err(error) if is_away(&error, server) && is_kept(config) => {
                from_store(config, &mut to).await
            }
            done => done,
        }
    })?;
    let records = store::verify_backup(&mut to)?;
    to.sync_all()?;
    Ok((records, to.metadata()?.len()))
}

async fn from_service(config: &Config, server: Option<&str>, to: &mut File) -> anyhow::Result<()> {
    let client = Client::new(config, server)?;
    let request = client.request(Method::GET, "backup").timeout(PATIENCE);
    let mut answer = client.send(request).await?;
    while let Some(piece) = answer
        .chunk()
        .await
        .context("the service broke the copy off")?
    {
        to.write_all(&piece)?;
    }
    Ok(())
}

async fn from_store(config: &Config, to: &mut File) -> anyhow::Result<()> {
    let _owner = Owner::of(&config.store);
    let store = store::open(&config.store.to_string()).await?;
    let at = SystemClock.now();
    let copied = async {
        let mut copy = store.backup().await?;
        io::copy(&mut copy, to).context("the copy cannot be written")?;
        Ok(backups::note(store.as_ref(), at).await?)
    };
    let copied = copied.await;
    store.close().await;
    copied
}

fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
