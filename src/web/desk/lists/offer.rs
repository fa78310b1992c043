//! What a list's page offers to do after a change: to put an entry back that was removed, or to write one
//! that was held back. It is kept here and the page is given its name alone, so that no link makes the page
//! offer anything else, and no note stands in an address.

use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;

use super::change::{back, done};
use crate::call::{ListEntry, bilingual};
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
        /// What stood in its place then.
        stood: Option<Box<ListEntry>>,
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

    /// What stood in its place when it was offered.
    fn stood(&self) -> Option<&ListEntry> {
        match self {
            Self::Back(_) => None,
            Self::AllTheSame { stood, .. } => stood.as_deref(),
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
    Form(taken): Form<Taken>,
) -> Response {
    let written = async {
        let offer = app.offered(&taken.offer).ok_or_else(|| {
            Problem::conflict(bilingual!(
                "det kan ikke gøres herfra mere; listen står, som den er",
                "this can be done from here no more; the list stands as it is"
            ))
        })?;
        if stands_otherwise(&app, &offer).await? {
            return Err(Problem::conflict(bilingual!(
                "nummeret er sat på listen igen i mellemtiden; det bliver stående, som det er",
                "the number was put on the list again meanwhile; it stays as it is"
            )));
        }
        let list = offer.entry().list;
        let (what, entry, removed) = match offer {
            Offer::Back(entry) => ("restored", entry, None),
            Offer::AllTheSame { entry, removed, .. } => ("saved", entry, removed),
        };
        let pattern = entry.pattern;
        let changes = removed.into_iter().chain([ListChange::Put(entry)]);
        app.change_lists(changes.collect()).await?;
        app.withdraw(&taken.offer);
        Ok((list, done(what, pattern)))
    };
    match written.await {
        Ok((list, done)) => back(list, &done),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Whether something stands in its place by now that was not there when it was offered.
async fn stands_otherwise(app: &Seen, offer: &Offer) -> Result<bool, Problem> {
    let entry = offer.entry();
    let there = app
        .entry(entry.list, entry.pattern, entry.line.as_ref())
        .await?;
    Ok(there.is_some_and(|there| there != *entry && Some(&there) != offer.stood()))
}
