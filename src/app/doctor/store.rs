//! Whether the store keeps what it is given.

use super::{Findings, House, Running};
use crate::app::{Owner, data_folder};
use crate::config::Config;
use crate::store;

const NAME: &str = "store";

pub(super) async fn look(house: &House<'_>, findings: &mut Findings) {
    match house.running {
        Some(running) => in_use(house.config, running, findings),
        None => alone(house.config, findings).await,
    }
}

/// What the service says of it.
fn in_use(config: &Config, running: &Running, findings: &mut Findings) {
    let store = &running.status["store"];
    let counts = &store["counts"];
    let (calls, entries) = (&counts["calls"], &counts["entries"]);
    let kept = &config.store;
    if store["ok"] == true {
        let found = findings.say(
            format!("Lageret {kept} kan skrives: {calls} opkald, {entries} på lister"),
            format!("{kept} can be written: {calls} calls, {entries} list entries"),
        );
        findings.good(NAME, found);
    } else {
        let more = findings.say("det siger ikke mere", "it says nothing more");
        let trouble = store["trouble"].as_str().unwrap_or(more);
        let found = findings.say(
            format!("Lageret {kept} er væk: {trouble}"),
            format!("{kept} is away: {trouble}"),
        );
        let mend = findings.say(
            "skaf plads på disken eller ret dens rettigheder; Portner prøver selv igen",
            "free the disk or mend its rights; Portner tries again by itself",
        );
        findings.bad(NAME, found, mend);
    }
}

/// Opens it, where no service has it open.
async fn alone(config: &Config, findings: &mut Findings) {
    let kept = &config.store;
    if !data_folder(kept).is_some_and(|folder| folder.exists()) {
        let found = findings.say(
            format!("Lageret {kept} er der ikke endnu"),
            format!("{kept} is not there yet"),
        );
        let mend = findings.say("`portner serve` laver det", "`portner serve` makes it");
        findings.note(NAME, found, mend);
        return;
    }
    let _owner = Owner::of(kept);
    let checked = async {
        let store = store::open(&kept.to_string()).await?;
        let checked = store.check().await;
        store.close().await;
        checked
    };
    match checked.await {
        Ok(()) => {
            let found = findings.say(
                format!("Lageret {kept} kan åbnes og skrives"),
                format!("{kept} can be opened and written"),
            );
            findings.good(NAME, found);
        }
        Err(error) => {
            let mend = findings.say(
                "skaf plads på disken, ret dens rettigheder, eller stop den, der har det åbent",
                "free the disk, mend its rights, or stop whoever has it open",
            );
            findings.bad(NAME, error.to_string(), mend);
        }
    }
}
