//! The regular expressions of a pack: each within bounds, and all of them together. A short one can
//! take much memory, and while rules are exchanged the old ones are there too.

use regex::{Error, Regex, RegexBuilder};

use crate::call::{Bilingual, bilingual};

const MOST: usize = 200;
const MOST_CHARS: usize = 300;
const MOST_NESTED: u32 = 50;
/// What one expression may take, in KiB.
const MOST_KIB: usize = 64;
/// What all of them may take, in KiB.
const BUDGET_KIB: usize = 1024;
/// The size that is tried first; each next one is twice as large.
const LEAST_KIB: usize = 4;
/// What matching may remember of a text.
const MEMORY_KIB: usize = 64;
/// Where to stop compiling, when so many expressions were too large: each of them takes time.
const MOST_ERRORS: usize = 8;

/// How many there are so far, and what they take.
#[derive(Debug, Clone, Default)]
pub(super) struct Regexes {
    count: usize,
    errors: usize,
    kib: usize,
}

impl Regexes {
    /// Compiles one more.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(&mut self, text: &str) -> Result<Regex, Bilingual> {
        self.count += 1;
        if self.errors > MOST_ERRORS {
            return Err(bilingual!(
                "ikke set på: mere end {MOST_ERRORS} regulære udtryk er forkerte",
                "not looked at: more than {MOST_ERRORS} regular expressions are wrong"
            ));
        }
        if self.count > MOST {
            return Err(bilingual!(
                "alle regler tilsammen må højst have {MOST} regulære udtryk",
                "a pack may have at most {MOST} regular expressions"
            ));
        }
        if text.trim().is_empty() || text.chars().count() > MOST_CHARS {
            return Err(bilingual!(
                "et regulært udtryk har 1 til {MOST_CHARS} tegn",
                "a regular expression has 1 to {MOST_CHARS} characters"
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(bilingual!(
                "der står et styretegn i det regulære udtryk: mellem \"…\" bliver \\b til ét; skriv det i enkelte anførselstegn, '…'",
                "there is a control character in the regular expression: between \"…\", \\b becomes one; write it in single quotes, '…'"
            ));
        }
        if !text.is_ascii() {
            return Err(bilingual!(
                "regulære udtryk ser normaliseret tekst: skriv ae, oe, aa",
                "regular expressions see normalised text: write ae, oe, aa"
            ));
        }
        let (regex, kib) = smallest(text).map_err(|error| {
            self.errors += 1;
            why_not(&error)
        })?;
        if regex.is_match("") {
            return Err(bilingual!(
                "dette regulære udtryk rammer enhver tekst",
                "this regular expression hits every text"
            ));
        }
        if self.kib + kib > BUDGET_KIB {
            return Err(bilingual!(
                "alle regulære udtryk tilsammen må fylde {BUDGET_KIB} KiB i hukommelsen; med dette er det mere",
                "all regular expressions together may take {BUDGET_KIB} KiB of memory; with this one it is more"
            ));
        }
        self.kib += kib;
        Ok(regex)
    }
}

/// The expression, and the smallest size that it fits into.
fn smallest(text: &str) -> Result<(Regex, usize), Error> {
    let mut kib = LEAST_KIB;
    loop {
        match within(text, kib) {
            Err(Error::CompiledTooBig(_)) if kib < MOST_KIB => kib *= 2,
            built => return built.map(|regex| (regex, kib)),
        }
    }
}

fn within(text: &str, kib: usize) -> Result<Regex, Error> {
    RegexBuilder::new(text)
        .size_limit(kib * 1024)
        .dfa_size_limit(MEMORY_KIB * 1024)
        .nest_limit(MOST_NESTED)
        .case_insensitive(true)
        .build()
}

fn why_not(error: &Error) -> Bilingual {
    if matches!(error, Error::CompiledTooBig(_)) {
        return bilingual!(
            "det regulære udtryk fylder mere end {MOST_KIB} KiB i hukommelsen: {{50}} skriver det, der står foran, halvtreds gange, og \\w er tusinder af bogstaver (skriv [a-z0-9])",
            "the regular expression takes more than {MOST_KIB} KiB of memory: {{50}} writes what stands before it fifty times, and \\w is thousands of letters (write [a-z0-9])"
        );
    }
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default();
    let why = last.trim_start_matches("error: ");
    bilingual!(
        "det regulære udtryk kan ikke bruges: {why}",
        "the regular expression cannot be used: {why}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(regexes: &mut Regexes, text: &str) -> String {
        let why = regexes.compile(text).unwrap_err();
        why.english().to_owned()
    }

    #[test]
    fn one_that_takes_much_memory_is_refused() {
        let why = refused(&mut Regexes::default(), "(a{50}){50}b1");
        assert!(why.contains("64 KiB"), "{why}");
        let mut plain = Regexes::default();
        assert!(plain.compile(r"\bpaa (moede|besoeg)\b").is_ok());
        assert_eq!(plain.kib, LEAST_KIB);
    }

    #[test]
    fn a_backspace_in_place_of_the_end_of_a_word_is_refused() {
        let why = refused(&mut Regexes::default(), "\u{8}kun i (dag|aften)\u{8}");
        assert!(why.contains("single quotes"), "{why}");
        assert!(Regexes::default().compile(r"\bkun i (dag|aften)\b").is_ok());
    }

    #[test]
    fn all_together_have_a_budget() {
        let mut all = Regexes::default();
        let one = |n: usize| format!("(a{{40}}){{10}}b{n}");
        let taken = (0..MOST).take_while(|n| all.compile(&one(*n)).is_ok());
        assert!((5..100).contains(&taken.count()));
        let why = refused(&mut all, &one(0));
        assert!(why.contains("together"), "{why}");
        // What is small still finds room, and what was refused took none.
        assert!(all.kib <= BUDGET_KIB);
    }
}
