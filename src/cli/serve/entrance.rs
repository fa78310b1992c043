//! By what the owner and his programs come in: the key of this machine, the link to the first login, the
//! token. They are kept where the store is, which the phone does not wait for: where it is away at the
//! start, or made anew later, they are made when it is there.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cli::terminal;
use crate::store::Store;
use crate::web::{NewToken, ensure_token, first_link};

/// How often to look whether the store is another one.
const LOOK: Duration = Duration::from_secs(2);

/// What was made anew and is shown this once.
#[derive(Default)]
pub(super) struct Made {
    /// The last part of the link to the first login, as long as there is no account.
    pub link: Option<SecretString>,
    /// The token, where there was none.
    pub token: Option<NewToken>,
}

/// Makes what is not there, and again whenever the store is another one.
pub(super) struct Entrance {
    app: Arc<App>,
    /// The store beside which the key is.
    key: Known,
    /// The store in which the rest is.
    rest: Known,
    /// What did not work, as it was logged.
    said: BTreeSet<String>,
}

/// A store that is known. Held weakly: whoever holds a store keeps it open.
#[derive(Default)]
struct Known(Option<Weak<dyn Store>>);

impl Known {
    fn is(&self, store: &Arc<dyn Store>) -> bool {
        let known = self.0.as_ref();
        known.is_some_and(|known| known.ptr_eq(&Arc::downgrade(store)))
    }

    fn set(&mut self, store: &Arc<dyn Store>) {
        self.0 = Some(Arc::downgrade(store));
    }
}

impl Entrance {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            app,
            key: Known::default(),
            rest: Known::default(),
            said: BTreeSet::new(),
        }
    }

    /// Opens the store and makes what is not there. What does not work is tried again in [`Self::keep`].
    pub(super) async fn open(&mut self) -> Made {
        if let Err(error) = self.app.service.keeper().open().await {
            tracing::error!(%error, "the store does not open: calls ring the owner, and it is tried again");
            return Made::default();
        }
        self.look().await.unwrap_or_default()
    }

    /// Looks after it until told to stop, and shows with `tell` what was made.
    pub(super) async fn keep(mut self, stop: CancellationToken, tell: impl Fn(&Made) -> String) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let Some(made) = self.look().await else {
                continue;
            };
            tracing::info!(
                new_link = made.link.is_some(),
                new_token = made.token.is_some(),
                "the store is there: what lets people and programs in is too"
            );
            let told = tell(&made);
            if !told.is_empty() {
                // Where nobody reads, nobody can be told.
                terminal::print(&told).ok();
            }
        }
    }

    /// What was made in a store in which it was not looked after before.
    async fn look(&mut self) -> Option<Made> {
        let store = self.app.service.keeper().store()?;
        if !self.key.is(&store) {
            match keep_key(&self.app).await {
                Ok(()) => self.key.set(&store),
                Err(error) => self.say(&error),
            }
        }
        if self.rest.is(&store) {
            return None;
        }
        match make(store.as_ref()).await {
            Ok(made) => {
                self.rest.set(&store);
                Some(made)
            }
            Err(error) => {
                self.say(&error);
                None
            }
        }
    }

    fn say(&mut self, error: &anyhow::Error) {
        if self.said.insert(format!("{error:#}")) {
            tracing::error!("{error:#}; it is tried again");
        }
    }
}

async fn keep_key(app: &Arc<App>) -> anyhow::Result<()> {
    let app = Arc::clone(app);
    let kept = tokio::task::spawn_blocking(move || app.keep_local_key()).await?;
    // What it says is a whole sentence, its source included.
    if kept.map_err(|error| anyhow::anyhow!("{error}"))? {
        tracing::info!("the key of this machine is kept: the commands reach this service");
    }
    Ok(())
}

/// The token comes last: it is shown only when it is made, the link may be made again.
async fn make(store: &dyn Store) -> anyhow::Result<Made> {
    let link = first_link(store).await;
    let link = link.context("the link of the first login cannot be made")?;
    let token = ensure_token(store).await;
    let token = token.context("the token cannot be made")?;
    Ok(Made { link, token })
}
