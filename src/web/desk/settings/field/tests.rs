use std::collections::BTreeMap;

use super::*;
use crate::config::{Look, Sheet, amend};

const FILE: &str = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nhours = { mon-fri = \"08:00-16:00\", sun = \"closed\" }\n\n[line.profile]\nservices = [\"logo\"] # what we do\n\n# My mobile.\n[[line.destination]]\nnumber = \"+4520111111\"\n\n# The desk.\n[[line.destination]]\nsip = \"sip:per@pbx.dk\"\n";

static DESTINATION: Rows = Rows {
    key: "destination",
    name: ("", ""),
    one: ("", ""),
    hint: ("", ""),
    columns: &[
        Field::new("to", Kind::Target, ("", "")),
        Field::new("ring_seconds", Kind::Number, ("", "")),
        Field::new("together", Kind::Flag, ("", "")),
    ],
    ordered: true,
};

fn sheet(text: &str) -> Sheet {
    Sheet::read(None, text, &BTreeMap::new(), Look::Close).unwrap()
}

fn after(parts: &[Part], typed: &[(&str, &str)]) -> String {
    let posted = Posted(
        typed
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    );
    amend(FILE, &changes(parts, &posted, &sheet(FILE), "line[0]")).unwrap()
}

#[test]
fn what_is_typed_as_it_is_changes_nothing() {
    let parts = [
        Field::new("number", Kind::Phones, ("", "")).part(),
        Field::new("profile.services", Kind::Words, ("", "")).part(),
        Field::new("profile.trade", Kind::Text, ("", "")).part(),
        Field::new("mode", Kind::Text, ("", "")).part(),
        Field::new("whisper_wait_seconds", Kind::Number, ("", "")).part(),
        Field::new("whisper", Kind::Flag, ("", "")).part(),
        Field::new("hours", Kind::Week, ("", "")).part(),
        Part::Many(DESTINATION),
    ];
    let typed = [
        ("number", "70 10 10 10"),
        ("profile.services", " logo \r\n"),
        ("profile.trade", ""),
        ("mode", "screen"),
        ("whisper_wait_seconds", "8"),
        ("whisper.asked", "1"),
        ("whisper", "yes"),
        ("hours.always", "no"),
        ("hours.mon", "08:00-16:00"),
        ("hours.tue", "08:00-16:00"),
        ("hours.wed", "08:00-16:00"),
        ("hours.thu", "08:00-16:00"),
        ("hours.fri", "08:00-16:00"),
        ("destination[0].to", "20 11 11 11"),
        ("destination[0].ring_seconds", "20"),
        ("destination[0].together.asked", "1"),
        ("destination[1].to", "sip:per@pbx.dk"),
        ("destination[1].ring_seconds", "20"),
        ("destination[1].together.asked", "1"),
        ("destination[2].to", ""),
        ("destination[2].ring_seconds", ""),
    ];
    assert_eq!(after(&parts, &typed), FILE);
    assert_eq!(after(&parts, &[]), FILE);
}

#[test]
fn rows_come_go_and_change_places() {
    let parts = [Part::Many(DESTINATION)];
    let mut typed = vec![
        ("destination[0].to", "+4520111111"),
        ("destination[1].to", "sip:per@pbx.dk"),
        ("destination[2].to", "client:owner"),
        ("destination[2].together.asked", "1"),
        ("destination[2].together", "yes"),
    ];
    let more = after(&parts, &typed);
    assert_eq!(
        more,
        format!("{FILE}\n[[line.destination]]\nclient = \"owner\"\ntogether = true\n")
    );
    typed.truncate(2);
    typed.push(("do", "up:destination:1"));
    let moved = after(&parts, &typed);
    assert!(
        moved.find("# The desk.").unwrap() < moved.find("# My mobile.").unwrap(),
        "{moved}"
    );
    typed.pop();
    typed.push(("do", "drop:destination:0"));
    let fewer = after(&parts, &typed);
    assert!(
        !fewer.contains("2011") && fewer.contains("# The desk."),
        "{fewer}"
    );
    typed[1].1 = "20111112";
    typed.pop();
    let other = after(&parts, &typed);
    assert!(
        other.ends_with("[[line.destination]]\nnumber = \"+4520111112\"\n"),
        "{other}"
    );
}

#[test]
fn hours_are_written_as_people_write_them() {
    let parts = [Field::new("hours", Kind::Week, ("", "")).part()];
    let typed = [
        ("hours.always", "no"),
        ("hours.mon", "9-12"),
        ("hours.tue", "9-12"),
        ("hours.sat", "10-14"),
    ];
    assert!(after(&parts, &typed).contains("hours = { mon-tue = \"9-12\", sat = \"10-14\" }\n"));
    assert!(!after(&parts, &[("hours.always", "yes")]).contains("hours"));
    let none = after(&parts, &[("hours.always", "no")]);
    assert!(none.contains("hours = {}\n"), "{none}");
}

#[test]
fn several_numbers_are_one_and_the_others() {
    let parts = [Field::new("number", Kind::Phones, ("", "")).part()];
    let more = after(&parts, &[("number", "70101010\n70101011")]);
    assert!(
        more.contains("number = \"+4570101010\"\n")
            && more.contains("numbers = [\"+4570101011\"]\n"),
        "{more}"
    );
    let odd = after(&parts, &[("number", "banana")]);
    assert!(odd.contains("number = \"banana\""), "{odd}");
}

#[test]
fn a_secret_stays_unless_another_is_typed_or_it_is_to_be_forgotten() {
    let file = "[providers.twilio]\nauth_token = \"old\" # ours\n";
    let parts = [Field::new("providers.twilio.auth_token", Kind::Secret, ("", "")).part()];
    let after = |typed: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| {
            (
                format!("providers.twilio.auth_token{name}"),
                (*value).to_owned(),
            )
        };
        let posted = Posted(typed.iter().map(own).collect());
        amend(file, &changes(&parts, &posted, &sheet(file), "")).unwrap()
    };
    assert_eq!(after(&[("", "")]), file);
    assert_eq!(after(&[]), file);
    assert_eq!(after(&[("", " new ")]), file.replace("old", "new"));
    assert!(!after(&[("", ""), (".forget", "yes")]).contains("auth_token"));
}
