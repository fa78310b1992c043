//! What a call brought about outside, as far as it is not done yet: texts and webhooks that wait or
//! were given up. What is done is gone from the outbox.

use maud::{Markup, html};

use crate::call::{Call, Effect, Language};
use crate::service::outbox::is_given_up;
use crate::store::Job;
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// What of this call is in the outbox.
pub(super) async fn of(app: &Seen, call: &Call) -> Result<Vec<Job>, Problem> {
    let mut jobs = app.jobs_of(call).await?;
    jobs.retain(|job| name(&job.effect, Language::En).is_some());
    Ok(jobs)
}

/// What waits, and what was given up.
pub(super) fn card(jobs: &[Job], language: Language) -> Markup {
    if jobs.is_empty() {
        return html! {};
    }
    html! {
        section class="card" aria-labelledby="delivery" {
            h2 id="delivery" { (language.choose("Endnu ikke leveret", "Not delivered yet")) }
            ul class="findings" {
                @for job in jobs {
                    @let given_up = is_given_up(job);
                    li class=(if given_up { "reject" } else { "message" }) {
                        span class="sign" aria-hidden="true" { (if given_up { "✕" } else { "…" }) }
                        div {
                            (name(&job.effect, language).unwrap_or_default())
                            div class="quiet small" { (state(job, language)) }
                        }
                    }
                }
            }
            @if jobs.iter().any(is_given_up) {
                p class="small quiet" { (language.choose("Send igen: ", "Send again: ")) code { "portner outbox --send-all" } }
            }
        }
    }
}

fn name(effect: &Effect, language: Language) -> Option<&'static str> {
    match effect {
        Effect::Text { .. } => Some(language.choose("Sms til dig", "Text to you")),
        Effect::Notify { .. } => Some(language.choose("Webhook", "Webhook")),
        Effect::Mail { .. } => Some(language.choose("Mail til dig", "Mail to you")),
        Effect::DeleteRecording { .. } => Some(language.choose(
            "Beskeden slettes hos udbyderen",
            "The provider removes the message",
        )),
        Effect::List(_) | Effect::RefuseCampaign { .. } => None,
    }
}

fn state(job: &Job, language: Language) -> String {
    let tries = job.attempts;
    if is_given_up(job) {
        language.choose(
            format!("Opgivet efter {tries} forsøg"),
            format!("Given up after {tries} tries"),
        )
    } else if tries == 0 {
        language.choose("På vej", "On its way").to_owned()
    } else {
        language.choose(
            format!(
                "Forsøgt {tries} {}, prøver igen",
                if tries == 1 { "gang" } else { "gange" }
            ),
            format!(
                "Tried {tries} {}, tries again",
                if tries == 1 { "time" } else { "times" }
            ),
        )
    }
}
