//! What a list's page offers to do after a change: to put an entry back that was removed, or to write one
//! that was held back. It is kept here and the page is given its name alone, so that no link makes the page
//! offer anything else, and no number and no note stands in an address.

use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;

use super::change::{back, done};
use crate::call::{ListEntry, ListName, bilingual};
use crate::service::Harm;
use crate::store::ListChange;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// A change that is offered.
#[derive(Debug, Clone)]
pub(in crate::web) enum Offer {
    /// To put an entry back as it was.
    Back(ListEntry),
    /// To write an entry all the same.
    AllTheSame {
        /// The entry that was held back.
        entry: ListEntry,
        /// What goes with it: the removal of the entry that it takes the place of.
        removed: Option<ListChange>,
        /// Why it was held back.
        harm: Harm,
    },
}

impl Offer {
    /// The entry that it would write.
    pub(super) fn entry(&self) -> &ListEntry {
        match self {
            Self::Back(entry) | Self::AllTheSame { entry, .. } => entry,
        }
    }
}

/// The offer that was taken.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Taken {
    offer: String,
}

/// Does what was offered.
pub(in crate::web::desk) async fn take(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Form(taken): Form<Taken>,
) -> Response {
    let Some(list) = ListName::parse(&list) else {
        return trouble(&shown, &Problem::no_such_list());
    };
    let written = async {
        let offer = app.offered(&taken.offer).ok_or_else(|| {
            Problem::conflict(bilingual!(
                "det er gjort, eller det er for længe siden; listen står, som den er",
                "it is done, or it was too long ago; the list stands as it is"
            ))
        })?;
        let (what, entry, removed) = match offer {
            Offer::Back(entry) if stands_otherwise(&app, &entry).await? => {
                return Err(Problem::conflict(bilingual!(
                    "nummeret er sat på listen igen i mellemtiden; det bliver stående, som det er",
                    "the number was put on the list again meanwhile; it stays as it is"
                )));
            }
            Offer::Back(entry) => ("restored", entry, None),
            Offer::AllTheSame { entry, removed, .. } => ("saved", entry, removed),
        };
        let pattern = entry.pattern;
        let changes = removed.into_iter().chain([ListChange::Put(entry)]);
        app.change_lists(changes.collect()).await?;
        app.withdraw(&taken.offer);
        Ok(done(what, pattern))
    };
    match written.await {
        Ok(done) => back(list, &done),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Whether another entry stands in the place of this one by now.
async fn stands_otherwise(app: &Seen, entry: &ListEntry) -> Result<bool, Problem> {
    let there = app.entries_of(entry.list, entry.pattern).await?;
    let is_other = |one: &ListEntry| one.line == entry.line && one != entry;
    Ok(there.iter().any(is_other))
}
