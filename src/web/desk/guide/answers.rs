//! The answers given so far. They are kept until the line is made, so that the guide can be gone on
//! with tomorrow, or in another browser.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::questions::{QUESTIONS, Question};
use crate::call::Language;
use crate::config::{Change, Problem as Told, Severity, Sheet, amend, plain_id};
use crate::web::App;
use crate::web::desk::settings::field::{Posted, changes};
use crate::web::desk::settings::read_sheet;
use crate::web::error::Problem;

/// No table of the settings.
pub(super) const NOWHERE: &str = "new";
/// Where the store keeps them.
const SETTING: &str = "guide";

/// What was answered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Answers {
    /// How many questions are behind, from 0.
    pub(super) behind: usize,
    /// Whether the owner does not want to be asked.
    pub(super) skipped: bool,
    /// Field by field, as typed.
    typed: BTreeMap<String, String>,
}

impl Answers {
    pub(super) async fn read(app: &App) -> Result<Self, Problem> {
        let kept = app.store()?.setting(SETTING).await?;
        let read = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
        Ok(read.unwrap_or_default())
    }

    pub(super) async fn keep(&self, app: &App) -> Result<(), Problem> {
        let value = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(app.store()?.put_setting(SETTING, value).await?)
    }

    /// Takes what was typed to a question in place of what was there.
    pub(super) fn take(&mut self, question: &Question, posted: &Posted) {
        for part in question.parts {
            self.typed.retain(|name, _| !belongs(part, name));
        }
        let mine = |name: &String| question.parts.iter().any(|part| belongs(part, name));
        let typed = posted.0.iter().filter(|(name, _)| mine(name));
        self.typed.extend(typed.cloned());
    }

    /// What was typed, and what is proposed where nothing was.
    pub(super) fn posted(&self, language: Language) -> Posted {
        let mut posted = Posted(self.typed.clone().into_iter().collect());
        let languages = language.choose("da,en", "en,da");
        for (name, value) in [
            ("mode", "listen"),
            ("no_answer", "voicemail"),
            ("languages", languages),
        ] {
            if posted.get(name).is_none() {
                posted.0.push((name.to_owned(), value.to_owned()));
            }
        }
        posted
    }

    /// The file with the line in it as far as it is known, and what the line is called.
    pub(super) fn written(&self, app: &App, text: &str) -> Option<(String, String)> {
        let sheet = read_sheet(app, text).ok()?;
        let known = sheet.lines();
        let base = format!("line[{}]", known.len());
        let id = self.id(&known);
        let mut all = vec![Change::Set {
            setting: format!("{base}.id"),
            to: id.clone().into(),
        }];
        // Whatever was asked is written, so that a hand finds it in the file: it is compared with a
        // table that is not there.
        let typed = Posted(self.typed.clone().into_iter().collect());
        let parts = QUESTIONS.iter().flat_map(|question| question.parts);
        for mut change in changes(parts, &typed, &sheet, NOWHERE) {
            let (Change::Set { setting, .. } | Change::Rows { setting, .. }) = &mut change;
            *setting = setting.replacen(NOWHERE, &base, 1);
            all.push(change);
        }
        Some((amend(text, &all)?, id))
    }

    fn id(&self, known: &[&str]) -> String {
        let of = |name: &str| self.typed.get(name).map(|text| plain_id(text));
        let plain = of("profile.company.name")
            .filter(|id| !id.is_empty())
            .or_else(|| of("profile.owner.name"))
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| "line".to_owned());
        let mut id = plain.clone();
        let mut count = 2;
        while known.contains(&id.as_str()) {
            let short: String = plain.chars().take(36).collect();
            id = format!("{short}-{count}");
            count += 1;
        }
        id
    }

    /// What the checker says of the answers to a question; what else is missing is still to come.
    pub(super) fn told(
        &self,
        app: &App,
        text: &str,
        question: &Question,
    ) -> Option<(Sheet, String, Vec<Told>)> {
        let before = read_sheet(app, text).ok()?;
        let base = format!("line[{}]", before.lines().len());
        let (written, _) = self.written(app, text)?;
        let sheet = read_sheet(app, &written).ok()?;
        let about = |told: &&Told| {
            let rest = told
                .setting
                .strip_prefix(&base)
                .and_then(|rest| rest.strip_prefix('.'));
            told.severity == Severity::Error
                && rest.is_some_and(|name| question.parts.iter().any(|part| is_about(part, name)))
        };
        let told = sheet.problems().iter().filter(about).cloned().collect();
        Some((sheet, base, told))
    }
}

fn key(part: &super::Part) -> &str {
    match part {
        super::Part::One(field) => field.key(),
        super::Part::Many(rows) => rows.key(),
    }
}

/// Whether something typed belongs to this part.
fn belongs(part: &super::Part, name: &str) -> bool {
    let rest = name.strip_prefix(key(part));
    rest.is_some_and(|rest| rest.is_empty() || rest == ".asked")
}

/// Whether a setting is this part's.
fn is_about(part: &super::Part, setting: &str) -> bool {
    let key = key(part);
    match key.strip_suffix(".to") {
        // The list without an entry is the telephone that is missing.
        Some(table) => setting.starts_with(table) || table.starts_with(setting),
        None => {
            setting == key
                || setting
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with('['))
        }
    }
}
