//! Where lists are read and changed: at the running service, or in the store.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::app::Owner;
use crate::call::{Bilingual, E164, Language, LineId, ListEntry, ListName, NumberPattern, Origin};
use crate::cli::calls::is_kept;
use crate::cli::client::{Client, Declined, is_away, segment};
use crate::cli::terminal::{self, harmless};
use crate::config::Config;
use crate::screening::line::Line;
use crate::service::harm;
use crate::store::{self, ListChange, Store};
use crate::transfer::{self, Format, Import, Remark};

/// How many entries go to the service at once.
const CHUNK: usize = 1_000;
/// What to do about a pattern that would turn callers away.
const INSIST: &str = "write more of the number, or add --insist";

/// Where lists are read and changed: at the service, or in the store that none has open.
pub(super) enum Lists {
    Service(Client),
    Store {
        store: Arc<dyn Store>,
        /// The lines, as the settings have them.
        lines: Vec<Line>,
        /// Gone after the store.
        _owner: Owner,
    },
}

impl Lists {
    /// The service where one runs; else, unless another machine was meant, the store.
    pub(super) async fn open(config: &Config, server: Option<&str>) -> anyhow::Result<Self> {
        let client = Client::new(config, server);
        let reached = match client {
            Ok(client) => client.get("status", &[]).await.map(|_| client),
            Err(error) => Err(error),
        };
        match reached {
            Ok(client) => Ok(Self::Service(client)),
            Err(error) if is_away(&error, server) && is_kept(config) => {
                terminal::complain("No service runs: opening the store directly.");
                let owner = Owner::of(&config.store);
                Ok(Self::Store {
                    store: store::open(&config.store.to_string()).await?,
                    lines: config.lines.clone(),
                    _owner: owner,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Lets go of the store, if it was opened here.
    pub(super) async fn close(&self) {
        if let Self::Store { store, .. } = self {
            store.close().await;
        }
    }

    /// Every entry of a list, or of all of them.
    pub(super) async fn read(&self, list: Option<ListName>) -> anyhow::Result<Vec<ListEntry>> {
        let mut all = Vec::new();
        let names = list.map_or_else(|| ListName::ALL.to_vec(), |name| vec![name]);
        for name in names {
            let mut after: Option<NumberPattern> = None;
            loop {
                let (page, next) = self.page(name, after).await?;
                all.extend(page);
                match next {
                    Some(_) => after = next,
                    None => break,
                }
            }
        }
        Ok(all)
    }

    async fn page(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
    ) -> anyhow::Result<(Vec<ListEntry>, Option<NumberPattern>)> {
        match self {
            Self::Service(client) => {
                let mut query = vec![("limit", "500".to_owned())];
                query.extend(after.map(|after| ("after", after.full())));
                let page = client
                    .get(&format!("lists/{}", list.as_str()), &query)
                    .await?;
                let entries: Vec<ListEntry> = serde_json::from_value(page["entries"].clone())?;
                Ok((entries, serde_json::from_value(page["next"].clone())?))
            }
            Self::Store { store, .. } => {
                let entries = store.entries(list, after, 500).await?;
                let next = entries.last().map(|entry| entry.pattern);
                Ok((entries, next))
            }
        }
    }

    /// Puts an entry on its list.
    pub(super) async fn put(&self, entry: &ListEntry, insist: bool) -> anyhow::Result<()> {
        match self {
            Self::Service(client) => {
                let mut body = json!({"note": entry.note});
                if let Some(line) = &entry.line {
                    body["line"] = json!(line);
                }
                if let Some(end) = entry.expires_at {
                    body["expires_at"] = json!(end);
                }
                let path = format!(
                    "lists/{}/{}",
                    entry.list.as_str(),
                    segment(&entry.pattern.full())
                );
                let request = client
                    .request(Method::PUT, &path)
                    .query(&[("insist", insist)])
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.to_string());
                client.send(request).await.map_err(insisting)?;
            }
            Self::Store { store, lines, .. } => {
                if let Some(line) = &entry.line {
                    is_line(lines, line)?;
                }
                if entry.list == ListName::Block && !insist {
                    let line = entry.line.as_ref();
                    let own = lines.iter().flat_map(Line::own_numbers);
                    let harm = harm::of_blocking(store.as_ref(), entry.pattern, line, own).await?;
                    if let Some(harm) = harm {
                        anyhow::bail!("{}; {INSIST}", harm.words(Language::En));
                    }
                }
                store
                    .change_lists(vec![ListChange::Put(entry.clone())])
                    .await?;
            }
        }
        Ok(())
    }

    /// Takes a pattern off a list.
    pub(super) async fn remove(
        &self,
        list: ListName,
        pattern: NumberPattern,
        line: Option<LineId>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Service(client) => {
                let path = format!("lists/{}/{}", list.as_str(), segment(&pattern.full()));
                let query: Vec<_> = line.map(|line| ("line", line.0)).into_iter().collect();
                client
                    .send(client.request(Method::DELETE, &path).query(&query))
                    .await?;
            }
            Self::Store { store, .. } => {
                let listed = listed(store.as_ref(), list, pattern).await?;
                if !listed.iter().any(|entry| entry.line == line) {
                    let (number, list) = (pattern.full(), list.as_str());
                    anyhow::bail!("{number} is not on the list {list}");
                }
                store
                    .change_lists(vec![ListChange::Remove {
                        list,
                        pattern,
                        line,
                    }])
                    .await?;
            }
        }
        Ok(())
    }

    /// Whether the owner wrote this pattern onto this list by hand already.
    pub(super) async fn has_by_hand(&self, wanted: &ListEntry) -> anyhow::Result<bool> {
        let (list, pattern) = (wanted.list, wanted.pattern);
        let listed: Vec<ListEntry> = match self {
            Self::Service(client) => {
                let path = format!("lists/{}/{}", list.as_str(), segment(&pattern.full()));
                match client.get(&path, &[]).await {
                    Ok(found) => serde_json::from_value(found["entries"].clone())?,
                    Err(error) if declined(&error) == Some(404) => Vec::new(),
                    Err(error) => return Err(error),
                }
            }
            Self::Store { store, .. } => listed(store.as_ref(), list, pattern).await?,
        };
        let is_it = |one: &ListEntry| one.line == wanted.line && one.origin == Origin::Owner;
        Ok(listed.iter().any(is_it))
    }

    /// Refuses those rows of a file that do not fit here, such as those for lines that do not exist.
    pub(super) async fn fit(
        &self,
        read: &mut Import,
        lines: &[LineId],
        insist: bool,
    ) -> anyhow::Result<()> {
        let Self::Service(client) = self else {
            read.refuse_unknown_lines(lines);
            return Ok(());
        };
        let mut remarks: HashMap<usize, Remark> = HashMap::new();
        for (nth, piece) in read.entries.chunks(CHUNK).enumerate() {
            let how = [("dry_run", true), ("insist", insist)];
            let answer: Value = client.send(sent(client, piece, how)).await?.json().await?;
            for told in answer["refused"].as_array().into_iter().flatten() {
                let row = told["row"]
                    .as_u64()
                    .and_then(|row| usize::try_from(row).ok());
                // Each entry is a row of its own, behind that of the names.
                let place = row.and_then(|row| row.checked_sub(2));
                let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
                let both = |text: String| Bilingual::new(text.clone(), text);
                let place = nth * CHUNK + place.context("the service refuses no row of these")?;
                let remark = Remark {
                    row: read.rows.get(place).copied().unwrap_or_default(),
                    value: text("value"),
                    reason: both(text("reason")),
                    suggestion: both(text("suggestion")),
                };
                remarks.insert(place, remark);
            }
        }
        let mut places = 0..;
        read.refuse(|_, _| remarks.remove(&places.next()?));
        Ok(())
    }

    /// Keeps entries of a file: in pieces, or with `strict` all at once or not at all.
    pub(super) async fn import(
        &self,
        entries: &[ListEntry],
        strict: bool,
        insist: bool,
    ) -> anyhow::Result<()> {
        let bar = ProgressBar::new(entries.len() as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos} of {len} entries, {eta} left")
        {
            bar.set_style(style);
        }
        let size = if strict { entries.len().max(1) } else { CHUNK };
        for piece in entries.chunks(size) {
            match self {
                Self::Service(client) => {
                    let how = [("strict", true), ("insist", insist)];
                    let answer: Value = client.send(sent(client, piece, how)).await?.json().await?;
                    if answer["taken"] != piece.len() {
                        anyhow::bail!(
                            "the service took {} of {} entries",
                            answer["taken"],
                            piece.len()
                        );
                    }
                }
                Self::Store { store, .. } => {
                    let changes = piece.iter().cloned().map(ListChange::Put).collect();
                    store.change_lists(changes).await?;
                }
            }
            bar.inc(piece.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// The entries of a list with just this pattern, for whichever line.
async fn listed(
    store: &dyn Store,
    list: ListName,
    pattern: NumberPattern,
) -> anyhow::Result<Vec<ListEntry>> {
    let number = E164::parse(&format!("+{:0<5}", pattern.digits()))?;
    let mut found = store.entries_matching(number).await?;
    found.retain(|entry| (entry.list, entry.pattern) == (list, pattern));
    Ok(found)
}

/// As the service has it: an entry for a line that there is not would never hold.
fn is_line(lines: &[Line], wanted: &LineId) -> anyhow::Result<()> {
    let lines: Vec<&str> = lines.iter().map(|line| line.id.0.as_str()).collect();
    anyhow::ensure!(
        lines.contains(&wanted.0.as_str()),
        "there is no line “{}”; the lines are: {}",
        harmless(&wanted.0),
        lines.join(", ")
    );
    Ok(())
}

/// Entries as they go to the service.
fn sent(client: &Client, piece: &[ListEntry], how: [(&str, bool); 2]) -> RequestBuilder {
    client
        .request(Method::POST, "lists/import")
        .query(&how)
        .header(CONTENT_TYPE, "text/csv; charset=utf-8")
        .body(transfer::export(Format::Csv, piece))
}

/// What the service says of a pattern that would do harm, with how to insist in a terminal.
fn insisting(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Declined>() {
        Ok(declined) if declined.status == 409 => declined.hinting(INSIST).into(),
        Ok(declined) => declined.into(),
        Err(error) => error,
    }
}

/// The status of a request that the service declined.
fn declined(error: &anyhow::Error) -> Option<u16> {
    error
        .downcast_ref::<Declined>()
        .map(|declined| declined.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::local_key::LocalKey;

    #[tokio::test]
    async fn how_to_insist_is_told_as_it_is_typed() {
        let answer = json!({
            "error": "conflict",
            "message": "of the last 9 calls, 3 that were put through would be turned away",
            "hint": "write more of the number, or insist (`?insist=true`)",
        });
        let server = wiremock::MockServer::start().await;
        let declines = wiremock::ResponseTemplate::new(409).set_body_json(answer);
        wiremock::Mock::given(wiremock::matchers::any())
            .respond_with(declines)
            .mount(&server)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let address = format!("[store]\naddress = \"sled:{}\"\n", folder.path().display());
        let config = Config::from_text(None, &address, &Default::default()).unwrap();
        LocalKey::ensure(folder.path()).unwrap();
        let lists = Lists::Service(Client::new(&config, Some(&server.uri())).unwrap());
        let entry = store::sample::entry(ListName::Block, "+45*");
        let told = lists.put(&entry, false).await.unwrap_err().to_string();
        assert!(
            told.ends_with("would be turned away; write more of the number, or add --insist"),
            "{told}"
        );
    }
}
