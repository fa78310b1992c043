//! The servers, each a process of its own, and what the system says of them.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portner::call::{E164, ListEntry, ListName, NumberPattern, Origin};
use portner::store::{self, ListChange};

use crate::load::Connection;
use crate::requests::{ACCOUNT, AUTH_TOKEN, PUBLIC_URL};
use crate::{BARE, Result};

const READY: &[u8] = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// `USER_HZ`, the unit of times in `/proc` on Linux.
const TICKS_A_SECOND: f64 = 100.0;
/// More calls than an owner would pay for: what is measured is screening them.
const SETTINGS: &str =
    "[spend]\nper_minute = 1_000_000\nper_caller = 10_000\nper_day = 1_000_000\n";

/// A server in a process of its own; killed when it is let go of.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it said that it is ready.
    pub ready_after: Duration,
}

impl Server {
    /// The yardstick.
    pub async fn bare() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(BARE);
        Self::start(command, |command, address| {
            command.arg(address);
        })
        .await
    }

    /// `portner serve` as it is shipped, in a folder of its own. Its log goes nowhere, at the
    /// level given, or at its default.
    pub async fn portner(folder: &Path, log: Option<&str>) -> Result<Self> {
        fs::write(folder.join("portner.toml"), SETTINGS)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_portner"));
        command
            .arg("serve")
            .current_dir(folder)
            .env("PORTNER_STORE", address_of(folder))
            .env("PORTNER_PUBLIC_URL", PUBLIC_URL)
            .env("PORTNER_TWILIO_ACCOUNT_SID", ACCOUNT)
            .env("PORTNER_TWILIO_AUTH_TOKEN", AUTH_TOKEN);
        if let Some(level) = log {
            command.env("PORTNER_LOG", level);
        }
        Self::start(command, |command, address| {
            command.args(["--listen", address]);
        })
        .await
    }

    async fn start(mut command: Command, listen: impl Fn(&mut Command, &str)) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        listen(&mut command, &address.to_string());
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        while !server.is_ready().await {
            if began.elapsed() > Duration::from_secs(60) || server.child.try_wait()?.is_some() {
                return Err("a server does not start".into());
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        server.ready_after = began.elapsed();
        Ok(server)
    }

    async fn is_ready(&self) -> bool {
        match Connection::open(self.address).await {
            Ok(mut connection) => connection.ask(READY, "").await.is_ok(),
            Err(_) => false,
        }
    }

    /// The time that all of its threads had on a processor, in the kernel and outside.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in brackets, may hold blanks; times are fields 14 and 15 of the whole.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let times = after_name.split_whitespace().skip(11).take(2);
        let ticks = times
            .map(str::parse::<u32>)
            .sum::<std::result::Result<u32, _>>()?;
        Ok(Duration::from_secs_f64(f64::from(ticks) / TICKS_A_SECOND))
    }

    /// What it holds of the machine's memory now, and the most it ever held, in MiB.
    pub fn resident(&self) -> Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let figure = line.and_then(|line| line.split_whitespace().next());
            Ok(figure.ok_or("no such line in /proc")?.parse()?)
        };
        Ok((kib("VmRSS:")? / 1024.0, kib("VmHWM:")? / 1024.0))
    }

    /// Tells it to stop, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        let ended = self.child.wait()?;
        if told.success() && ended.success() {
            Ok(())
        } else {
            Err("a server did not stop in order".into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a store in this folder and puts so many entries on its lists. None is a caller's.
pub async fn furnish(folder: &Path, entries: u64) -> Result<()> {
    let store = store::open(&address_of(folder)).await?;
    let entries = (0..entries).map(|number| {
        let digits = (4_530_000_000 + number * 37).to_string();
        Ok(ListChange::Put(ListEntry {
            pattern: NumberPattern::exact(E164::parse(&digits)?),
            list: ListName::ALL[number as usize % 3],
            line: None,
            note: "Jens Hansen, tømrer".into(),
            origin: Origin::Import,
            added_at: "2026-11-23T10:00:00Z".parse()?,
            expires_at: None,
        }))
    });
    store.change_lists(entries.collect::<Result<_>>()?).await?;
    store.close().await;
    Ok(())
}

fn address_of(folder: &Path) -> String {
    format!("sled:{}", folder.join("data").display())
}
