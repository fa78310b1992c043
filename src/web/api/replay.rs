//! Rules that are not in force yet, tried on the calls of the log.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use super::calls::moment;
use super::extract::Json;
use crate::call::{LineId, bilingual};
use crate::evaluation::Replayed;
use crate::rules::{Diagnostic, after_shipped};
use crate::service::{Policies, replay};
use crate::store::CallFilter;
use crate::web::App;
use crate::web::error::{Problem, told_in};
use crate::web::language::Shown;
use crate::web::rule_files::{File, below, read_own};
use crate::web::server::Lasting;

/// The largest body: all rule files, as JSON writes them.
pub(super) const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;
/// How many calls are judged again when nothing is said.
const CALLS: usize = 1_000;
/// How many calls are judged again at most for an answer in one piece.
const MOST_IN_ONE_PIECE: usize = 10_000;
/// How many changes are told one by one when nothing is said, and at most.
const CHANGES: usize = 50;
const MOST_CHANGES: usize = 1_000;
/// The media type of an answer that tells how far it is.
const LINES: &str = "application/x-ndjson";
/// How often it is told how far it is.
const BEAT: Duration = Duration::from_millis(200);

/// Each replay takes processors and memory.
pub(super) static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// Which rules are tried on which calls.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// Rule files, in place of the owner's with the same path, or beside them.
    #[schema(inline)]
    #[serde(default)]
    files: Vec<Draft>,
    /// Whether these files are all that the owner has: those in his folder are left out then.
    #[serde(default)]
    whole: bool,
    /// What the outcome is compared with.
    #[schema(inline)]
    #[serde(default)]
    against: Against,
    /// Only calls to this line.
    line: Option<String>,
    /// Not before: a moment (RFC 3339) or a day in the time zone of the first line.
    from: Option<String>,
    /// Before: a moment (RFC 3339) or a day in the time zone of the first line.
    until: Option<String>,
    /// Whether calls that were played to try things out are judged too.
    #[serde(default)]
    simulated: bool,
    /// The newest so many calls; 1,000 when nothing is said.
    #[schema(minimum = 1, maximum = 500_000, default = 1000)]
    limit: Option<usize>,
    /// How many changed calls are told one by one; 50 when nothing is said.
    #[schema(minimum = 0, maximum = 1000, default = 50)]
    changes: Option<usize>,
}

/// A rule file that is not written yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// Its path below the rule folder.
    path: String,
    /// What is written in it.
    text: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Against {
    /// What became of the callers.
    #[default]
    Log,
    /// What the rules in force would make of them.
    Rules,
}

/// What the rules would have made of the calls.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Outcome {
    /// What would have changed.
    #[serde(flatten)]
    replayed: Replayed,
    /// The version that these rules would have.
    version: String,
    /// What is wrong or doubtful about the files that were sent.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

/// Tries rules on the calls of the log; nothing is written and no rule changes.
///
/// Every call is judged again through the dialogue: the caller answers what he was asked then, and
/// where he would be asked something else the call counts as `unknown`. With
/// `Accept: application/x-ndjson` an object a line says how far it is, and the last one holds the
/// outcome as `result` or what went wrong as `problem`; more than 10,000 calls are only judged so.
#[utoipa::path(
    post, path = "/api/v1/rules/replay", tag = "rules", operation_id = "replayRules",
    request_body = Trial,
    responses(
        (status = 200, description = "What would have changed", content(
            (Outcome = "application/json"), (String = "application/x-ndjson"))),
        (status = 400, description = "Something in the request cannot be read", body = Problem),
        (status = 401, description = "Without the token", body = Problem),
        (status = 415, description = "The body is not JSON", body = Problem),
        (status = 422, description = "The rules would not work", body = Problem),
        (status = 503, description = "The store is away, or another replay runs", body = Problem),
    )
)]
pub(super) async fn post(
    State(app): State<App>,
    shown: Shown,
    headers: HeaderMap,
    Json(trial): Json<Trial>,
) -> Result<Response, Problem> {
    let alone = ONE_AT_A_TIME
        .try_acquire()
        .map_err(|_| Problem::replaying())?;
    let by_lines = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes() == LINES.as_bytes());
    let plan = Plan::of(&app, trial, by_lines)?;
    let progress = Arc::new(Progress::default());
    let work = run(app, plan, Arc::clone(&progress), alone);
    let work = async move {
        let mut outcome = work.await?;
        outcome.diagnostics = told_in(shown.language, outcome.diagnostics);
        Ok::<_, Problem>(outcome)
    };
    if !by_lines {
        return Ok(axum::Json(work.await?).into_response());
    }
    let (sender, lines) = mpsc::channel::<Result<Bytes, Infallible>>(4);
    tokio::spawn(async move {
        tokio::pin!(work);
        loop {
            let line = tokio::select! {
                outcome = &mut work => match outcome {
                    Ok(outcome) => Line::Result(outcome),
                    Err(problem) => Line::Problem(problem.for_readers_of(shown.language)),
                },
                () = tokio::time::sleep(BEAT) => Line::Progress(progress.told()),
            };
            let last = !matches!(line, Line::Progress(_));
            let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
            bytes.push(b'\n');
            if sender.send(Ok(bytes.into())).await.is_err() || last {
                return;
            }
        }
    });
    let body = Body::from_stream(ReceiverStream::new(lines));
    let headers = [(header::CONTENT_TYPE, LINES)];
    Ok((headers, Extension(Lasting), body).into_response())
}

/// A line of an answer that tells how far it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(Told),
    Result(Outcome),
    Problem(Problem),
}

#[derive(Debug, Serialize)]
struct Told {
    read: usize,
    judged: usize,
}

#[derive(Debug, Default)]
struct Progress {
    read: AtomicUsize,
    judged: AtomicUsize,
}

impl Progress {
    fn told(&self) -> Told {
        Told {
            read: self.read.load(Ordering::Relaxed),
            judged: self.judged.load(Ordering::Relaxed),
        }
    }
}

/// A trial whose every part can be used.
struct Plan {
    files: Vec<Draft>,
    whole: bool,
    against: Against,
    filter: CallFilter,
    limit: usize,
    changes: usize,
}

impl Plan {
    fn of(app: &App, trial: Trial, by_lines: bool) -> Result<Self, Problem> {
        let limit = trial.limit.unwrap_or(CALLS);
        if !(1..=replay::MOST_CALLS).contains(&limit) {
            return Err(Problem::invalid(bilingual!(
                "limit er {limit}, og skal være fra 1 til {most}",
                "limit is {limit}, and must be from 1 to {most}",
                most = replay::MOST_CALLS
            )));
        }
        if limit > MOST_IN_ONE_PIECE && !by_lines {
            return Err(Problem::invalid(bilingual!(
                "flere end {MOST_IN_ONE_PIECE} opkald dømmes kun linje for linje",
                "more than {MOST_IN_ONE_PIECE} calls are only judged by lines"
            ))
            .hint(bilingual!(
                "send så Accept: {LINES}",
                "send Accept: {LINES}"
            )));
        }
        let changes = trial.changes.unwrap_or(CHANGES);
        if changes > MOST_CHANGES {
            return Err(Problem::invalid(bilingual!(
                "changes er {changes}, og skal være fra 0 til {MOST_CHANGES}",
                "changes is {changes}, and must be from 0 to {MOST_CHANGES}"
            )));
        }
        for file in &trial.files {
            below(&file.path)?;
        }
        let policies = app.state.service.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let when = |name: &str, text: &Option<String>| {
            let read = |text: &String| moment(zone, name, text);
            text.as_ref().map(read).transpose()
        };
        Ok(Self {
            filter: CallFilter {
                line: trial.line.map(LineId),
                from: when("from", &trial.from)?,
                until: when("until", &trial.until)?,
                simulated: trial.simulated,
                ..CallFilter::default()
            },
            files: trial.files,
            whole: trial.whole,
            against: trial.against,
            limit,
            changes,
        })
    }
}

async fn run(
    app: App,
    plan: Plan,
    progress: Arc<Progress>,
    alone: SemaphorePermit<'static>,
) -> Result<Outcome, Problem> {
    let began = Instant::now();
    let Plan {
        files,
        whole,
        against,
        filter,
        limit,
        changes,
    } = plan;
    let in_force = app.state.service.policies();
    let store = app.store()?;
    let compiled = tokio::task::spawn_blocking({
        let in_force = Arc::clone(&in_force);
        move || compile(&app, &in_force, files, whole)
    });
    let (policies, diagnostics) = compiled.await.map_err(Problem::internal)??;
    let calls = replay::read_log(store.as_ref(), &filter, limit, &progress.read).await?;
    let judged = tokio::task::spawn_blocking(move || {
        // Held until this is done, whether anybody still waits for it or not.
        let _alone = alone;
        let after = replay::judge(&policies, &calls, &progress.judged);
        let replayed = match against {
            Against::Log => Replayed::of(&calls, &after, changes),
            Against::Rules => {
                let before = replay::judge(&in_force, &calls, &AtomicUsize::new(0));
                Replayed::between(&calls, &before, &after, changes)
            }
        };
        (replayed, policies.lines()[0].rules.version().to_owned())
    });
    let (replayed, version) = judged.await.map_err(Problem::internal)?;
    Ok(Outcome {
        replayed,
        version,
        diagnostics,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The policies that these files would make, and what is wrong or doubtful about the files.
fn compile(
    app: &App,
    in_force: &Policies,
    drafts: Vec<Draft>,
    whole: bool,
) -> Result<(Policies, Vec<Diagnostic>), Problem> {
    let sent: Vec<String> = drafts.iter().map(|draft| draft.path.clone()).collect();
    let rules = app.state.rules();
    let mut own = read_own(&rules)?;
    own.retain(|file| !whole && !sent.contains(&file.path));
    own.extend(
        drafts
            .into_iter()
            .map(|draft| File::own(draft.path, draft.text)),
    );
    let own = own.iter().map(File::source);
    let sources = after_shipped(own.collect(), rules.shipped);
    match in_force.with_rules(&sources) {
        Ok((policies, warnings)) => {
            let of_those = |problem: &Diagnostic| sent.contains(&problem.file);
            let warnings = warnings.into_iter().filter(of_those).collect();
            Ok((policies, warnings))
        }
        Err(problems) => Err(Problem::unacceptable(bilingual!(
            "reglerne ville ikke virke med disse filer",
            "the rules would not work with these files"
        ))
        .diagnostics(problems.0)),
    }
}
