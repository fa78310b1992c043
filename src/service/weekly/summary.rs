//! A week in figures and in words.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Week;
use crate::call::{Effect, Language, LineId, Treatment};
use crate::service::Service;
use crate::service::figures::{Figures, Precision, each_call};
use crate::store::{Store, StoreError, marks};

/// How many campaigns are named.
const CAMPAIGNS: usize = 3;
/// The longest name of a campaign, in characters.
const MAX_NAME_CHARS: usize = 60;

/// What is told of a week.
pub(super) struct Summary {
    all: Figures,
    lines: BTreeMap<LineId, Figures>,
    precision: Precision,
    campaigns: Vec<Busy>,
}

/// A campaign with several calls in the week.
struct Busy {
    /// Hostile text.
    name: String,
    calls: usize,
}

impl Summary {
    pub(super) async fn read(
        service: &Service,
        store: &dyn Store,
        week: &Week,
    ) -> Result<Self, StoreError> {
        let marks = marks::all(store).await?;
        let mut all = Figures::default();
        let mut lines: BTreeMap<LineId, Figures> = BTreeMap::new();
        let mut precision = Precision::default();
        each_call(store, week.from, |call| {
            if call.started_at >= week.until {
                return;
            }
            all.add(call);
            lines.entry(call.line.clone()).or_default().add(call);
            if let Some(mark) = marks.get(&call.id) {
                precision.add(call, mark);
            }
        })
        .await?;
        service.campaigns().load(store).await?;
        let mut campaigns: Vec<Busy> = service
            .campaigns()
            .all()
            .iter()
            .filter(|one| !one.simulated)
            .map(|one| Busy {
                name: one.name().chars().take(MAX_NAME_CHARS).collect(),
                calls: one
                    .sightings
                    .iter()
                    .filter(|seen| week.from <= seen.at && seen.at < week.until)
                    .count(),
            })
            .filter(|busy| busy.calls > 1)
            .collect();
        campaigns.sort_by_key(|busy| std::cmp::Reverse(busy.calls));
        campaigns.truncate(CAMPAIGNS);
        Ok(Self {
            all,
            lines,
            precision,
            campaigns,
        })
    }

    /// The figures, for programs.
    pub(super) fn data(&self, week: &Week) -> Value {
        let marked = |treatment| {
            let marked = self.precision.of(treatment);
            json!({ "right": marked.right, "wrong": marked.wrong })
        };
        let campaign = |busy: &Busy| json!({ "name": busy.name, "calls": busy.calls });
        let mut data = json!({
            "from": week.first.to_string(),
            "to": week.last.to_string(),
            "marked": {
                "connect": marked(Treatment::Connect),
                "message": marked(Treatment::Message),
                "reject": marked(Treatment::Reject),
            },
            "campaigns": self.campaigns.iter().map(campaign).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|(line, figures)| (line.0.clone(), counted(figures)))
                .collect::<serde_json::Map<_, _>>(),
        });
        if let (Some(data), Value::Object(all)) = (data.as_object_mut(), counted(&self.all)) {
            data.extend(all);
        }
        data
    }

    /// The mail.
    pub(super) fn mail(&self, week: &Week, language: Language) -> Effect {
        let number = week.first.iso_week_date().week();
        let figures = &self.all;
        let subject = language.choose(
            format!(
                "Uge {number} ved døren: {} opkald, {} pæne nej",
                figures.calls, figures.rejected
            ),
            format!(
                "Week {number} at the door: {} calls, {} polite nos",
                figures.calls, figures.rejected
            ),
        );
        Effect::Mail {
            subject,
            text: self.text(week, language),
        }
    }

    fn text(&self, week: &Week, language: Language) -> String {
        let figures = &self.all;
        let (first, last) = (week.first, week.last);
        let mut lines = vec![
            language.choose(
                format!("Fra {first} til {last} (begge med):"),
                format!("From {first} to {last} (both included):"),
            ),
            String::new(),
        ];
        if figures.calls == 0 {
            let quiet = language.choose("Ingen ringede.", "Nobody called.");
            lines.push(quiet.to_owned());
            return lines.join("\n");
        }
        let mut count = |danish: &str, english: &str, value: String| {
            lines.push(format!(
                "{:>6}  {}",
                value,
                language.choose(danish, english)
            ));
        };
        count("opkald", "calls", figures.calls.to_string());
        count("sat igennem", "put through", figures.connected.to_string());
        count(
            "fik lov at lægge en besked",
            "could leave a message",
            figures.messages.to_string(),
        );
        count("pæne nej", "polite nos", figures.rejected.to_string());
        count(
            "lagde på, mens Portner spurgte",
            "hung up while Portner asked",
            figures.hung_up.to_string(),
        );
        count(
            "spørgsmål pr. opkald",
            "questions per caller",
            figures.mean_questions(language),
        );
        count(
            "minutter af din tid sparet",
            "minutes of your time saved",
            figures.minutes_saved().to_string(),
        );
        if self.lines.len() > 1 {
            lines.push(String::new());
            for (line, figures) in &self.lines {
                lines.push(format!("{line}: {}", figures.sentence(language)));
            }
        }
        let nos = self.precision.of(Treatment::Reject);
        if nos.all() > 0 {
            lines.push(String::new());
            lines.push(language.choose(
                format!(
                    "Af de nej, du har mærket, var {} rigtige og {} forkerte.",
                    nos.right, nos.wrong
                ),
                format!(
                    "Of the nos you marked, {} were right and {} wrong.",
                    nos.right, nos.wrong
                ),
            ));
        }
        if !self.campaigns.is_empty() {
            lines.push(String::new());
            let heading = language.choose("Kampagner:", "Campaigns:");
            lines.push(heading.to_owned());
            let word = language.choose("opkald", "calls");
            let busy = self.campaigns.iter();
            lines.extend(busy.map(|busy| format!("  {} {word}: {}", busy.calls, busy.name)));
        }
        lines.join("\n")
    }
}

fn counted(figures: &Figures) -> Value {
    json!({
        "calls": figures.calls,
        "connected": figures.connected,
        "messages": figures.messages,
        "rejected": figures.rejected,
        "hung_up": figures.hung_up,
        "asked": figures.asked,
        "questions": figures.questions,
        "minutes_saved": figures.minutes_saved(),
    })
}
