//! From files to policies: settings and rules are read, checked and compiled together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::call::{Bilingual, bilingual};
use crate::config::{Config, ConfigErrors};
use crate::rules::{self, Diagnostic, Lexicon, Problems, RuleSet, Source};
use crate::screening::Policy;
use crate::service::Policies;

/// Why files give no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The settings are wrong.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// The folder of rules cannot be read.
    #[error(transparent)]
    Read(#[from] rules::ReadError),
    /// Rules are wrong.
    #[error("{0}")]
    Rules(Problems),
    /// There is no line.
    #[error("no line is configured: add a [[line]] with the number that people call")]
    NoLine,
}

impl PolicyError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        match self {
            Self::Config(errors) => Bilingual::of(|language| errors.told_in(language)),
            Self::Read(error) => error.told(),
            Self::Rules(problems) => problems.told(),
            Self::NoLine => bilingual!(
                "ingen linje er sat op: tilføj en [[line]] med det nummer, folk ringer til",
                "no line is configured: add a [[line]] with the number that people call"
            ),
        }
    }
}

/// Where settings come from, to be read again when they change.
#[derive(Debug, Clone)]
pub struct Origins {
    /// The settings file that was named, if one was.
    pub file: Option<PathBuf>,
    /// The variables of the environment.
    pub variables: BTreeMap<String, String>,
}

/// The rule files that these settings ask for: what Portner comes with, then the owner's.
///
/// # Errors
/// [`rules::ReadError`] when the owner's folder cannot be read.
pub fn sources(config: &Config) -> Result<Vec<Source>, rules::ReadError> {
    Ok(rules::after_shipped(
        config.rules.own()?,
        config.rules.shipped,
    ))
}

/// Compiles the policies of all lines.
///
/// # Errors
/// [`PolicyError`], with everything that is wrong.
pub fn compile(config: &Config) -> Result<(Policies, Vec<Diagnostic>), PolicyError> {
    compile_of(config, &sources(config)?)
}

/// Compiles the policies of all lines of these rule files.
pub(super) fn compile_of(
    config: &Config,
    sources: &[Source],
) -> Result<(Policies, Vec<Diagnostic>), PolicyError> {
    let mut warnings = Vec::new();
    let mut lines = Vec::new();
    for line in &config.lines {
        let lexicon = Lexicon(line.lexicon());
        let compiled = RuleSet::compile(sources, &lexicon).map_err(PolicyError::Rules)?;
        if lines.is_empty() {
            warnings = compiled.warnings;
        }
        lines.push(Policy::new(
            line.clone(),
            Arc::new(compiled.rules),
            config.limits,
        ));
    }
    let policies = Policies::new(lines)
        .ok_or(PolicyError::NoLine)?
        .with_spend(config.spend)
        .with_silence(config.silence_hours)
        .with_retention(config.retention);
    Ok((policies, warnings))
}
