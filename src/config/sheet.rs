//! The settings as a form shows them: what holds, setting by setting, where it came from, and what
//! is wrong, also while they cannot be used.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::file::Secret;
use super::fly;
use super::problem::{ConfigErrors, Look, Problem};
use super::read::{self, Reading};
use super::tree::Places;

/// The settings, setting by setting.
#[derive(Debug, Clone)]
pub struct Sheet {
    tree: Value,
    client_secret: Option<Secret>,
    places: Places,
    problems: Vec<Problem>,
}

impl Sheet {
    /// Reads settings as [`super::Config::from_text`] does, and gives them also when something is
    /// wrong with them.
    ///
    /// # Errors
    /// [`ConfigErrors`] when the text is no TOML, so that nothing can be told apart.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use portner::config::{Look, Sheet};
    /// let text = "[limits]\nmax_turns = 99";
    /// let sheet = Sheet::read(None, text, &BTreeMap::new(), Look::Quick).unwrap();
    /// assert_eq!(sheet.get("limits.max_seconds").unwrap(), 45);
    /// assert_eq!(sheet.problems()[0].setting, "limits.max_turns");
    /// ```
    pub fn read(
        file: Option<&Path>,
        text: &str,
        variables: &BTreeMap<String, String>,
        look: Look,
    ) -> Result<Self, ConfigErrors> {
        let Reading {
            settings,
            places,
            problems,
            ..
        } = read::understand(file, text, variables, look)?;
        Ok(Self {
            tree: serde_json::to_value(&settings).unwrap_or_default(),
            client_secret: settings.desk.oidc.client_secret,
            places,
            problems,
        })
    }

    /// What holds for a setting, its default included; secrets are hidden. `None` when there is no
    /// such setting.
    #[must_use]
    pub fn get(&self, setting: &str) -> Option<&Value> {
        let pointer = setting.replace(['.', '['], "/").replace(']', "");
        self.tree.pointer(&format!("/{pointer}"))
    }

    /// Whether a setting is as it is on another sheet. Secrets look all the same; the one that is read
    /// at the start alone is compared for what it is.
    #[must_use]
    pub fn is_as(&self, other: &Self, setting: &str) -> bool {
        let is_same_secret = || {
            let secret = |sheet: &Self| sheet.client_secret.as_ref().map(|one| one.0.clone());
            secret(self) == secret(other)
        };
        self.get(setting) == other.get(setting)
            && (setting != "desk.oidc.client_secret" || is_same_secret())
    }

    /// The variable of the environment that set it; what is written in the file counts nothing
    /// then.
    #[must_use]
    pub fn variable(&self, setting: &str) -> Option<&str> {
        let variable = self.places.variable(setting);
        // What is written beats that one.
        variable.filter(|variable| *variable != fly::VARIABLE)
    }

    /// Whether the setting is written in the file.
    #[must_use]
    pub fn is_written(&self, setting: &str) -> bool {
        self.places.exact(setting).is_some()
    }

    /// The ids of the lines that are written, in their order; none where only the line to try
    /// things out serves.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        if !self.is_written("line") {
            return Vec::new();
        }
        let lines = self.tree["line"].as_array();
        lines
            .into_iter()
            .flatten()
            .map(|line| line["id"].as_str().unwrap_or_default())
            .collect()
    }

    /// What is wrong or doubtful, errors first.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_secret_is_another_setting_however_both_look() {
        let read = |secret: &str| {
            let text = format!("[desk.oidc]\nclient_secret = \"{secret}\"\nname = \"Google\"\n");
            Sheet::read(None, &text, &BTreeMap::new(), Look::Quick).unwrap()
        };
        let (one, other) = (read("den-gamle"), read("den-nye"));
        let setting = "desk.oidc.client_secret";
        assert_eq!(one.get(setting), other.get(setting));
        assert!(!one.is_as(&other, setting) && one.is_as(&read("den-gamle"), setting));
        assert!(one.is_as(&other, "desk.oidc.name"));
        assert!(!format!("{one:?}").contains("gamle"));
    }
}
