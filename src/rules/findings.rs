//! What is found wrong with rule files, within bounds: who mends the first hundred problems of a file
//! looks again anyway, and a small file can hold a hundred thousand.

use std::collections::HashMap;

use super::Source;
use super::diagnostic::{Code, Diagnostic, Severity};
use super::lines::Lines;
use crate::call::bilingual;

/// So many errors of a file are told, and so many warnings.
const MOST_TOLD: usize = 100;

/// Problems while they are being found.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    told: Vec<Diagnostic>,
    /// How many each file has of each severity.
    counts: HashMap<(String, Severity), usize>,
    total: usize,
    errors: usize,
}

impl Findings {
    pub fn push(&mut self, problem: Diagnostic) {
        self.total += 1;
        self.errors += usize::from(problem.severity == Severity::Error);
        let of_it = (problem.file.clone(), problem.severity);
        let count = self.counts.entry(of_it).or_default();
        *count += 1;
        if *count <= MOST_TOLD {
            self.told.push(problem);
        }
    }

    pub fn extend(&mut self, problems: impl IntoIterator<Item = Diagnostic>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// Takes over what was found elsewhere.
    pub fn join(&mut self, other: Self) {
        self.total += other.total;
        self.errors += other.errors;
        for (of_it, more) in other.counts {
            *self.counts.entry(of_it).or_default() += more;
        }
        self.told.extend(other.told);
    }

    /// How many were found, told or not.
    pub fn len(&self) -> usize {
        self.total
    }

    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// What is told, each with its line and column, in the order of the files; for a file that has
    /// more, how many.
    pub fn in_order<'s>(
        mut self,
        sources: impl IntoIterator<Item = &'s Source>,
    ) -> Vec<Diagnostic> {
        if self.told.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::with_capacity(self.told.len());
        let mut by_file: HashMap<String, Vec<Diagnostic>> = HashMap::new();
        for problem in self.told.drain(..) {
            by_file
                .entry(problem.file.clone())
                .or_default()
                .push(problem);
        }
        let sources: Vec<&Source> = sources.into_iter().collect();
        for (at, source) in sources.iter().enumerate() {
            // Of two files with one path the owner's comes last.
            if sources[at + 1..]
                .iter()
                .any(|later| later.path == source.path)
            {
                continue;
            }
            let Some(mut here) = by_file.remove(&source.path) else {
                continue;
            };
            here.sort_by_key(|problem| problem.span.start);
            for severity in [Severity::Error, Severity::Warning] {
                here.extend(self.and_more(source, severity, &here));
            }
            let lines = Lines::of(&source.text);
            for problem in &mut here {
                (problem.line, problem.column) = lines.place(problem.span.start);
            }
            found.extend(here);
        }
        found
    }

    /// Says how many of a file are not told, at the last of those that are.
    fn and_more(
        &self,
        source: &Source,
        severity: Severity,
        told: &[Diagnostic],
    ) -> Option<Diagnostic> {
        let count = *self.counts.get(&(source.path.clone(), severity))?;
        let mut of_it = told.iter().filter(|problem| problem.severity == severity);
        let more = count.checked_sub(of_it.clone().count())?;
        let span = of_it.next_back().filter(|_| more > 0)?.span.clone();
        let told = match severity {
            Severity::Error => Diagnostic::error(
                Code::More,
                source,
                span,
                bilingual!(
                    "filen har flere fejl end dem, der er nævnt: {more} til",
                    "the file has more errors than those that are told: {more} more"
                ),
            ),
            Severity::Warning => Diagnostic::warning(
                Code::More,
                source,
                span,
                bilingual!(
                    "filen har flere advarsler end dem, der er nævnt: {more} til",
                    "the file has more warnings than those that are told: {more} more"
                ),
            ),
        };
        Some(told.standing_for(more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        Source {
            path: "x.toml".into(),
            text: "a\nbå\nc".into(),
        }
    }

    #[test]
    fn a_hundred_of_each_are_told_and_the_rest_is_counted() {
        let source = source();
        let message = || bilingual!("galt", "wrong");
        let mut found = Findings::default();
        for _ in 0..1_234 {
            found.push(Diagnostic::warning(
                Code::NoEffect,
                &source,
                2..3,
                message(),
            ));
        }
        found.push(Diagnostic::error(Code::Phrase, &source, 3..5, message()));
        assert_eq!((found.len(), found.errors()), (1_235, 1));
        let told = found.in_order([&source]);
        assert_eq!(told.len(), MOST_TOLD + 2);
        let error = told.iter().find(|one| one.severity == Severity::Error);
        assert_eq!(error.map(|one| (one.line, one.column)), Some((2, 2)));
        let last = told.last().map(|one| (one.code, one.message.english()));
        let (code, message) = last.unwrap_or((Code::NoEffect, ""));
        assert_eq!(code, Code::More);
        assert!(message.ends_with("1134 more"), "{message}");
    }

    #[test]
    fn where_all_are_told_nothing_is_added() {
        let source = source();
        let mut found = Findings::default();
        found.push(Diagnostic::error(
            Code::Phrase,
            &source,
            0..1,
            bilingual!("galt", "wrong"),
        ));
        assert_eq!(found.in_order([&source]).len(), 1);
    }
}
