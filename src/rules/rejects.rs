//! Refuses a rule that could turn a caller away alone, unless that is meant.

use super::Source;
use super::diagnostic::{Code, Diagnostic};
use super::file::Written;
use super::rule::Life;
use super::telling::Scale;
use crate::call::{EvidenceKind, Treatment, bilingual};

/// From so many points on, selling or fraud alone could turn a caller away, whatever he says.
const REJECTING_POINTS: u8 = 4;
/// From so many points on, fraud ends a call, and selling does when nothing is said for it.
const STRONG_POINTS: u8 = 3;

/// What is wrong with it, when it is not said that it is meant.
pub(super) fn rejects_alone(
    source: &Source,
    rule: &Written,
    scale: &mut Scale,
) -> Option<Diagnostic> {
    if rule.i_mean_it || rule.life != Life::Live {
        return None;
    }
    at_once(source, rule)
        .or_else(|| without_words(source, rule))
        .or_else(|| by_a_weak_phrase(source, rule, scale))
}

fn is_strong(rule: &Written) -> bool {
    accuses(rule) && rule.points >= STRONG_POINTS
}

fn accuses(rule: &Written) -> bool {
    matches!(rule.kind, EvidenceKind::Sell | EvidenceKind::Scam)
}

fn at_once(source: &Source, rule: &Written) -> Option<Diagnostic> {
    let (message, help) = if rule.action == Some(Treatment::Reject) {
        let message = if rule.phrases.is_empty() && rule.regex.is_empty() {
            bilingual!(
                "denne regel afviser enhver, for hvem dens betingelser holder",
                "this rule turns every caller away for whom its conditions hold"
            )
        } else {
            bilingual!(
                "denne regel afviser enhver, der siger en af dens vendinger",
                "this rule turns every caller away who says one of its phrases"
            )
        };
        let help = bilingual!(
            "giv den point i stedet for `action`, så ét hit ikke afgør det; er det meningen: i_mean_it = true",
            "give it points instead of the `action`, so that one hit does not decide; if it is meant: i_mean_it = true"
        );
        (message, help)
    } else if accuses(rule) && rule.points >= REJECTING_POINTS {
        let message = bilingual!(
            "en regel med så mange point kunne alene afvise nogen",
            "a rule of so many points could turn a caller away alone"
        );
        let help = bilingual!(
            "giv den højst 3 point; er det meningen: i_mean_it = true",
            "give it 3 points or fewer; if it is meant: i_mean_it = true"
        );
        (message, help)
    } else {
        return None;
    };
    let span = rule.id.span.clone();
    Some(Diagnostic::error(Code::RejectsAlone, source, span, message).help(help))
}

/// Nobody sees at a glance whom a regular expression hits, and conditions hit whoever fulfils them.
fn without_words(source: &Source, rule: &Written) -> Option<Diagnostic> {
    if !is_strong(rule) {
        return None;
    }
    let (span, message) = match rule.regex.first() {
        Some(regex) => (
            regex.span.clone(),
            bilingual!(
                "reglen er stærk nok til at afvise alle, som dette regulære udtryk rammer",
                "the rule is strong enough to turn everybody away whom this regular expression hits"
            ),
        ),
        None if rule.phrases.is_empty() => (
            rule.id.span.clone(),
            bilingual!(
                "reglen er stærk nok til at afvise alle, for hvem dens betingelser holder, hvad de end siger",
                "the rule is strong enough to turn everybody away for whom its conditions hold, whatever they say"
            ),
        ),
        None => return None,
    };
    Some(
        Diagnostic::error(Code::RejectsAlone, source, span, message).help(bilingual!(
            "skriv vendinger, eller giv reglen højst 2 point; er det meningen: i_mean_it = true",
            "write phrases, or give the rule 2 points or fewer; if it is meant: i_mean_it = true"
        )),
    )
}

/// One phrase of a strong rule is in too much of what people say.
fn by_a_weak_phrase(source: &Source, rule: &Written, scale: &mut Scale) -> Option<Diagnostic> {
    if !is_strong(rule) {
        return None;
    }
    let (weak, words) = rule
        .phrases
        .iter()
        .find_map(|text| Some((text, scale.anybodys(&text.value, &rule.answers)?)))?;
    let message = bilingual!(
        "“{words}” er nok til at ramme denne vending: det siger mange, og reglen er stærk nok til at afvise dem",
        "“{words}” is enough to hit this phrase: many callers say that, and the rule is strong enough to turn them away"
    );
    Some(
        Diagnostic::error(Code::RejectsAlone, source, weak.span.clone(), message).help(bilingual!(
            "tilføj ord til vendingen, eller giv reglen højst 2 point; er det meningen: i_mean_it = true",
            "add words to the phrase, or give the rule 2 points or fewer; if it is meant: i_mean_it = true"
        )),
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::{Code, Lexicon, Severity, Source, check};

    /// Why these lines of a rule are refused, if they are, and what is advised.
    fn refused(lines: &str) -> Option<(String, String)> {
        let source = Source {
            path: "test.toml".into(),
            text: format!(
                "version = 1\n[classes]\nsm = [\"har\", \"du\"]\n[[rule]]\nid = \"x\"\nname = \"x\"\n\
                 tactic = \"A1\"\n{lines}\n"
            ),
        };
        let found = check(&[source], &Lexicon::default()).diagnostics;
        assert!(
            found
                .iter()
                .all(|one| one.severity == Severity::Warning || one.code == Code::RejectsAlone),
            "{found:?}"
        );
        let one = found
            .into_iter()
            .find(|one| one.code == Code::RejectsAlone)?;
        let help = one.help.map(|help| help.english().to_owned());
        Some((one.message.english().to_owned(), help.unwrap_or_default()))
    }

    const STRONG: &str = "kind = \"scam\"\npoints = 3\n";

    #[test]
    fn what_turns_callers_away_by_accident_is_refused_unless_it_is_meant() {
        let rejecting = "kind = \"sell\"\npoints = 1\naction = \"reject\"\n";
        for lines in [
            format!("{rejecting}when = {{ withheld = true }}"),
            format!("{rejecting}phrases = [\"har du\"]\nwhen = {{ says_at_least = \"nothing\" }}"),
            format!("{rejecting}phrases = [\"send os koden\"]"),
            format!("{STRONG}regex = [\"har du\"]"),
            format!("{STRONG}phrases = [\"send os koden\"]\nregex = [\"har du\"]"),
            format!("{STRONG}phrases = [\"{{sm}}\"]"),
            format!("{STRONG}phrases = [\"har*\", \"hej*\"]"),
            format!("{STRONG}phrases = [\"har du lige\", \"det er fra\", \"jeg skal bare\"]"),
            format!("{STRONG}phrases = [\"faktura\"]"),
            format!("{STRONG}when = {{ countries = [\"PL\"] }}"),
            format!("{STRONG}when = {{ calls_before = 1 }}"),
            format!("{STRONG}phrases = [\"har du\", \"send os koden\"]"),
        ] {
            assert!(refused(&lines).is_some(), "{lines}");
            let meant = format!("{lines}\ni_mean_it = true");
            assert_eq!(refused(&meant), None, "{meant}");
            let on_trial = format!("{lines}\nlife = \"shadow\"");
            assert_eq!(refused(&on_trial), None, "{on_trial}");
            let weaker = format!("{}\n", lines.replace("points = 3", "points = 2"));
            assert_eq!(
                refused(&weaker).is_some(),
                lines.starts_with(rejecting),
                "{weaker}"
            );
        }
        for sound in [
            "phrases = [\"send os koden\"]",
            "phrases = [\"ikke bare jer\"]\nanswers = [\"why\"]",
        ] {
            assert_eq!(refused(&format!("{STRONG}{sound}")), None, "{sound}");
        }
    }

    #[test]
    fn what_is_advised_helps() {
        let many = "kind = \"sell\"\npoints = 5\nphrases = [\"send os koden\"]\n";
        let (_, advice) = refused(many).unwrap();
        assert!(
            advice.contains("3 points or fewer") && !advice.contains("when"),
            "{advice}"
        );
        assert_eq!(refused(&many.replace('5', "3")), None);
        let action =
            "kind = \"sell\"\npoints = 1\nphrases = [\"send os koden\"]\naction = \"reject\"\n";
        let (_, advice) = refused(action).unwrap();
        assert!(advice.contains("instead of the `action`"), "{advice}");
        assert_eq!(refused(&action.replace("action = \"reject\"", "")), None);
    }
}
