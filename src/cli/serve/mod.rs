//! `portner serve`: puts the house together and answers until told to stop.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::GOOD;
use super::terminal::{self, Paint, Stream};
use crate::app::{self, App, Origins};
use crate::call::{CallId, Clock as _, SystemClock};
use crate::config::{Config, FILE_NAME, environment};
use crate::telemetry::Logging;
use crate::web::{self, SettingsFile, WebState};

mod entrance;
mod welcome;

use entrance::Entrance;
use welcome::{Typed, entrances, welcome};

/// Threads that answer. One would do for more calls than a business has; the second goes on when
/// something keeps the first. More cost more to wake than they do.
const WORKERS: usize = 2;
/// The most threads for what blocks: pages of the log, files, names of hosts. More wait.
const BLOCKING: usize = 32;

/// Answer the phone: listen for the provider's webhooks, serve the log and the interface.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without any settings it serves a line to try things out on this machine, with no account anywhere;
`portner call` in a second terminal is the caller.

Examples:
  portner serve
  portner serve --listen 127.0.0.1:9000 --store sled:/var/lib/portner
  portner --config /etc/portner.toml serve
  PORTNER_LOG=debug portner serve

Log lines go to standard error; PORTNER_LOG and PORTNER_LOG_FORMAT (human, json) choose them.
Exit codes: 0 it was told to stop and finished the calls in hand; 1 it could not start; 2 typed
wrongly.")]
pub struct Args {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where calls and lists are kept: sled:FOLDER or memory:
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let mut variables = environment();
    for (name, value) in [
        ("PORTNER_LISTEN", &args.listen),
        ("PORTNER_STORE", &args.store),
    ] {
        if let Some(value) = value {
            variables.insert(name.to_owned(), value.clone());
        }
    }
    let _logging =
        Logging::from_variables(&variables, std::io::stderr().is_terminal())?.install()?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .context("the system gives no threads to serve with")?
        .block_on(serve(args, file, variables))
}

async fn serve(
    args: &Args,
    file: Option<&Path>,
    mut variables: std::collections::BTreeMap<String, String>,
) -> anyhow::Result<u8> {
    let mut config = Config::load(file, &variables)?;
    // Before anybody can find out that it is up, and tell it to go down again.
    let mut stopping = Stopping::listen().context("the system does not tell when to stop")?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}: does another Portner run? choose another port with --listen",
                config.server.listen
            )
        })?;
    let address = listener.local_addr()?;
    if config.server.listen.port() == 0 {
        // The port is known only now, and addresses are made with it.
        variables.insert("PORTNER_LISTEN".to_owned(), address.to_string());
        config = Config::load(file, &variables)?;
    }
    let origins = Origins {
        file: config.file.clone(),
        variables,
    };
    let keeper = app::keeper(&config.store);
    // While the rules are compiled. How it went is asked when the house is up.
    tokio::spawn({
        let keeper = Arc::clone(&keeper);
        async move { keeper.open().await }
    });
    let app = Arc::new(App::new(config, origins, keeper)?);
    if !app.config().warnings.problems.is_empty() {
        terminal::complain(&app.config().warnings.render(terminal::colours(Stream::Err)));
    }
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), stop.clone());
        async move { app.run(stop).await }
    });
    let state = web_state(&app);
    let web = tokio::spawn(web::serve(listener, state, stop.clone()));
    // The phone does not wait for it.
    let mut entrance = Entrance::new(Arc::clone(&app));
    let made = entrance.open().await;
    let typed = typed(args, file, app.config());
    let paint = Paint::on(Stream::Out);
    terminal::print(&welcome(app.config(), &made, &typed, paint))?;
    let keeping = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), stop.clone());
        let tell = move |made: &_| entrances(app.config(), made, &typed).join("\n");
        entrance.keep(stop, tell)
    });
    stopping.told().await;
    terminal::print("Stopping: the calls in hand are finished first. Once more stops at once.\n")
        .ok();
    tokio::select! {
        () = app.service.finish_calls() => {}
        () = stopping.told() => {}
    }
    stop.cancel();
    web.await.context("serving broke off")??;
    running
        .await
        .context("the work in the background broke off")?;
    keeping
        .await
        .context("looking after the entrance broke off")?;
    app.service.close().await;
    Ok(GOOD)
}

fn web_state(app: &App) -> WebState {
    let config = app.config();
    WebState {
        service: Arc::clone(&app.service),
        metrics: Arc::clone(&app.metrics),
        local_key: app.local_key.secret().clone(),
        public_url: config.server.public_url.to_string(),
        rules: app.rules(),
        settings: SettingsFile {
            path: config.file.clone().unwrap_or_else(|| FILE_NAME.into()),
            variables: app.origins().variables.clone(),
        },
        doctor: app.doctor(),
        instance: CallId::new(SystemClock.now()).to_string(),
        limits: web::Limits::default(),
        sign_in: app.sign_in.clone(),
    }
}

/// How the commands are typed, by how this one was.
fn typed(args: &Args, file: Option<&Path>, config: &Config) -> Typed {
    let program = std::env::args_os().next();
    let program = program.as_deref().unwrap_or("portner".as_ref());
    let store = args.store.as_deref();
    Typed::new(&program.to_string_lossy(), file, store, config)
}

/// What says that it is to stop. From the moment this is made, being told does not kill.
struct Stopping {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Stopping {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        Ok(Self { signals })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn told(&mut self) {
        let [interrupted, terminated] = &mut self.signals;
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn told(&mut self) {
        // Without a way to be told, it serves until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
