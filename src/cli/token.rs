//! `portner token`: a new token for the log and the interface.

use std::path::Path;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::json;

use super::client::{Client, Server, wait_for};
use super::{GOOD, settings, terminal};

/// Make a new token to log in with; the old one is worth nothing from then on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  token=$(portner token)
  curl -H \"Authorization: Bearer $token\" http://127.0.0.1:8080/api/v1/status

Exit codes: 0 the new token was written; 1 it was not (is the service running?).")]
pub struct Args {
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let client = Client::new(&settings(file)?, args.server.named())?;
    let answer = wait_for(client.send_json(Method::POST, "token", &json!({})))?;
    let token = answer["token"]
        .as_str()
        .context("the service answered no token")?;
    terminal::print(token)?;
    terminal::complain("It is shown this once. Everybody has to log in again.");
    Ok(GOOD)
}
