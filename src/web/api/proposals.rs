//! What might set a wrong verdict right.

use std::time::{Duration, Instant};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls::call_id;
use super::extract::{Json, Path};
use super::replay::ONE_AT_A_TIME;
use crate::call::{Call, CallId, EvidenceKind, Language, Treatment, bilingual};
use crate::evaluation::{self, Recorded, Replayed, Sampled};
use crate::rules::Amendment;
use crate::service::propose::{Files, Nothing, Proposal, propose};
use crate::service::replay;
use crate::store::{CallFilter, marks};
use crate::web::App;
use crate::web::auth::sha256;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::rule_files::{File, read_own};

/// On how many calls a change is tried when nothing is said, and at most.
const CALLS: usize = 1_000;
const MOST_CALLS: usize = 10_000;
/// How long changes are tried; what is found by then is told.
const TIME: Duration = Duration::from_secs(12);

/// What is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// What should have become of the caller; what the call's mark says, when nothing is said.
    #[serde(default)]
    #[schema(inline)]
    should: Option<Treatment>,
    /// The newest so many calls on which changes are tried; 1,000 when nothing is said.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000, default = 1000)]
    limit: Option<usize>,
}

/// Changes of the rules, the best first. None of them is made: to take one, write its text with
/// `PUT /api/v1/rules/{path}` and its `base` as `If-Match`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Proposals {
    /// What should become of the caller.
    should: Treatment,
    /// The changes; none when nothing small does.
    proposals: Vec<ProposalShown>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A change of a rule file.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalShown {
    /// What it does, in Danish.
    da: String,
    /// What it does, in English.
    en: String,
    /// The file below the rule folder.
    path: String,
    /// The hash of the file as it stands; nothing, when it is not there yet.
    base: Option<String>,
    /// What would stand in the file. Holds words of callers.
    text: String,
    /// The change as `diff -u` writes it.
    diff: String,
    /// What it would change in the log, against the rules as they stand.
    effect: Replayed,
    /// What it would change in a sample of conversations with other businesses.
    sample: Sampled,
}

/// Proposes small changes of the rules that make a call end as it should, each tried on the
/// examples of all rules, on the log and on a sample of conversations. Nothing is changed.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/proposals", tag = "calls", operation_id = "proposeRules",
    params(("id" = Uuid, Path, description = "The call")),
    request_body = Wish,
    responses(
        (status = 200, description = "Changes that would do", body = Proposals),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 404, description = "There is no such call", body = Problem),
        (status = 415, description = "The body is not JSON", body = Problem),
        (status = 422, description = "The call is not marked wrong, and nothing else is said", body = Problem),
        (status = 503, description = "The store is away, or a replay runs", body = Problem),
    )
)]
pub(super) async fn post(
    State(app): State<App>,
    shown: Shown,
    Path(id): Path<String>,
    Json(wish): Json<Wish>,
) -> Result<axum::Json<Proposals>, Problem> {
    let limit = wish.limit.unwrap_or(CALLS);
    if limit > MOST_CALLS {
        return Err(Problem::invalid(bilingual!(
            "limit er {limit}, og skal være fra 0 til {MOST_CALLS}",
            "limit is {limit}, and must be from 0 to {MOST_CALLS}"
        )));
    }
    let id = call_id(&id)?;
    let call = app
        .store()?
        .call(id)
        .await?
        .ok_or_else(Problem::no_such_call)?;
    let (should, found) = find(&app, &call, wish.should, limit, TIME).await?;
    let language = shown.language;
    let (proposals, reason) = match found {
        Ok(proposals) => (proposals, None),
        Err(nothing) => (
            Vec::new(),
            Some(nothing.told().told_in(language).to_owned()),
        ),
    };
    Ok(axum::Json(Proposals {
        should,
        proposals: proposals.into_iter().map(|one| proposed(one, id)).collect(),
        reason,
    }))
}

/// What should have become of the caller, and the changes that would do, tried on the newest so
/// many calls for so long.
pub(in crate::web) async fn find(
    app: &App,
    call: &Call,
    should: Option<Treatment>,
    limit: usize,
    time: Duration,
) -> Result<(Treatment, Result<Vec<Proposal>, Nothing>), Problem> {
    let began = Instant::now();
    let alone = ONE_AT_A_TIME
        .try_acquire()
        .map_err(|_| Problem::replaying())?;
    let store = app.store()?;
    let mark = marks::of(store.as_ref(), call.id).await?;
    let mark = mark.map(|mark| mark.judged);
    let recorded = Recorded::of(call, mark);
    let should = should.or(recorded.should_have_been()).ok_or_else(|| {
        Problem::unacceptable(bilingual!(
            "dette opkald er ikke mærket forkert",
            "this call is not marked wrong"
        ))
        .hint(bilingual!("mærk det forkert først", "mark it wrong first"))
    })?;
    let filter = CallFilter {
        simulated: call.simulated,
        ..CallFilter::default()
    };
    let read_so_far = Default::default();
    let log = replay::read_log(store.as_ref(), &filter, limit, &read_so_far).await?;
    let app = App::clone(app);
    let work = tokio::task::spawn_blocking(move || {
        // Held until this is done, whether anybody still waits for it or not.
        let _alone = alone;
        let rules = app.state.rules();
        let own = read_own(&rules)?;
        let files = Files {
            own: own.iter().map(File::source).collect(),
            shipped: rules.shipped,
        };
        let policies = app.state.service.policies();
        let sample = evaluation::sample().map_err(Problem::internal)?;
        let is_late = || began.elapsed() > time;
        Ok::<_, Problem>(propose(
            &policies, &files, &recorded, should, &log, &sample, is_late,
        ))
    });
    let found = work.await.map_err(Problem::internal)?;
    Ok((should, found?))
}

fn proposed(proposal: Proposal, id: CallId) -> ProposalShown {
    let Proposal {
        path,
        changes,
        before,
        after,
        diff,
        effect,
        sample,
    } = proposal;
    tracing::debug!(call.id = %id, path, "a change of the rules is proposed");
    let sentence = |language| {
        let parts: Vec<String> = changes.iter().map(|one| told(one, language)).collect();
        parts.join(" ")
    };
    ProposalShown {
        da: sentence(Language::Da),
        en: sentence(Language::En),
        base: before.map(|text| hex::encode(sha256(&text))),
        text: after,
        path,
        diff,
        effect,
        sample,
    }
}

/// A change as a sentence.
pub(in crate::web) fn told(change: &Amendment, language: Language) -> String {
    let da = language == Language::Da;
    match change {
        Amendment::CounterExample { rule, .. } if da => {
            format!("Reglen “{rule}” får opkaldets ord som modeksempel.")
        }
        Amendment::CounterExample { rule, .. } => {
            format!("The rule “{rule}” gets the caller's words as a counter-example.")
        }
        Amendment::Unless { rule, phrase, .. } if da => {
            format!("Reglen “{rule}” tæller ikke, når der siges “{phrase}”.")
        }
        Amendment::Unless { rule, phrase, .. } => {
            format!("The rule “{rule}” does not count where “{phrase}” is said.")
        }
        Amendment::Phrase { rule, phrase, .. } if da => {
            format!("Reglen “{rule}” kender også “{phrase}”.")
        }
        Amendment::Phrase { rule, phrase, .. } => {
            format!("The rule “{rule}” knows “{phrase}” too.")
        }
        Amendment::Points { rule, points } if da => {
            format!("Reglen “{rule}” giver {points} point.")
        }
        Amendment::Points { rule, points } => format!("The rule “{rule}” gives {points} points."),
        Amendment::New(rule) => {
            let phrase = &rule.phrase;
            match (rule.kind, da) {
                (EvidenceKind::Protected, true) => {
                    format!("En ny regel: den, der siger “{phrase}”, bliver aldrig holdt op.")
                }
                (EvidenceKind::Protected, false) => {
                    format!("A new rule: who says “{phrase}” is never held up.")
                }
                (EvidenceKind::Trust, true) => {
                    format!("En ny regel: “{phrase}” taler for den, der ringer.")
                }
                (EvidenceKind::Trust, false) => {
                    format!("A new rule: “{phrase}” speaks for the caller.")
                }
                (_, true) => format!("En ny regel: “{phrase}” er salg."),
                (_, false) => format!("A new rule: “{phrase}” is selling."),
            }
        }
    }
}
