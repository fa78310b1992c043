//! What a person sees who mistyped something, and what holds for one who did not.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::call::{Language, Target};
use crate::screening::hours::OpeningHours;
use crate::screening::line::{Attempt, Closed, Mode, NoAnswer, Whisper};
use crate::screening::wording::Prompt;

const EXAMPLE: &str = include_str!("../../docs/portner.toml");

/// A line with nothing wrong, to which settings are added.
const LINE: &str = r#"
[[line]]
id = "shop"
number = "+4570101010"
profile = { company = { name = "Topp Design" } }
destination = [{ number = "+4520111111" }]
"#;

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_text(Some(Path::new("portner.toml")), text, &variables)
}

#[track_caller]
fn good(text: &str, variables: &[(&str, &str)]) -> Config {
    load(text, variables).unwrap_or_else(|errors| panic!("{errors}"))
}

#[track_caller]
fn shown(text: &str, variables: &[(&str, &str)]) -> String {
    match load(text, variables) {
        Ok(_) => panic!("nothing was found wrong"),
        Err(errors) => {
            for problem in &errors.problems {
                let told = [Some(&problem.message), problem.help.as_ref()];
                for told in told.into_iter().flatten() {
                    assert_ne!(told.told_in(Language::Da), told.english());
                }
            }
            errors.to_string()
        }
    }
}

/// Asserts that exactly this is shown, leading and trailing line breaks aside.
#[track_caller]
fn assert_shown(text: &str, expected: &str) {
    let shown = shown(text, &[]);
    assert_eq!(shown.trim(), expected.trim(), "\n{shown}");
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    let shown = shown(text, &[]);
    for part in parts {
        assert!(shown.contains(part), "no “{part}” in:\n{shown}");
    }
}

#[test]
fn nothing_written_serves_the_demo_line() {
    let config = Config::from_text(None, "", &BTreeMap::new()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:8080");
    assert_eq!(config.store.to_string(), "sled:portner-data");
    assert_eq!(
        config.rules,
        Rules {
            folder: Some(OwnRules::beside(Path::new("portner-data"))),
            shipped: true,
            second_opinion: true,
        }
    );
    assert!(config.twilio.is_none());
    assert!(config.warnings.problems.is_empty());
    let [line] = config.lines.as_slice() else {
        panic!("{:?}", config.lines);
    };
    assert_eq!(line.numbers[0].full(), "+4570101010");
    assert_eq!(line.mode, Mode::Screen);
    assert_eq!(line.attempts[0].targets, [Target::Client("owner".into())]);
    assert!(line.profile.owner.is_the_only_person);
    assert!(line.wordings.greeting(Language::Da).contains("Topp Design"));
}

#[test]
fn variables_alone_turn_twilio_on() {
    let config = good(
        "",
        &[
            (
                "PORTNER_TWILIO_ACCOUNT_SID",
                "AC00000000000000000000000000000123",
            ),
            ("PORTNER_TWILIO_AUTH_TOKEN", "hemmeligt\n"),
            ("PORTNER_PUBLIC_URL", "https://telefon.dk"),
            ("PORTNER_TWILIO_BASE_URL", "http://127.0.0.1:9999"),
            ("PORTNER_STORE", ""),
        ],
    );
    let twilio = config.twilio.unwrap();
    assert_eq!(twilio.account_sid, "AC00000000000000000000000000000123");
    assert_eq!(twilio.auth_token.expose_secret(), "hemmeligt");
    assert_eq!(twilio.base_url.as_str(), "http://127.0.0.1:9999");
    assert_eq!(config.server.public_url.as_str(), "https://telefon.dk");
    assert_eq!(config.store.to_string(), "sled:portner-data");
    assert_eq!(config.lines[0].id.to_string(), "demo");
}

#[test]
fn the_example_holds_and_nothing_in_it_is_doubtful() {
    let config = good(EXAMPLE, &[]);
    assert!(config.warnings.problems.is_empty(), "{}", config.warnings);
    let line = &config.lines[0];
    assert_eq!(line.closed, Closed::Message);
    assert!(matches!(line.hours, OpeningHours::Weekly(_)));
    assert!(matches!(line.no_answer, NoAnswer::Text { .. }));
    assert_eq!(line.whisper, Whisper::On { wait_seconds: 8 });
    assert_eq!(line.attempts.len(), 2);
    assert_eq!(line.attempts[0].targets.len(), 2);
    assert_eq!(
        line.attempts[1],
        Attempt {
            targets: vec![Target::Client("owner".into())],
            ring_seconds: 20
        }
    );
    assert_eq!(
        line.wordings.say(Prompt::Goodbye, Language::Da),
        "Tak for opkaldet til Topp Design. Hej hej."
    );
    assert!(line.lexicon()["contacts"].contains(&"Nordlys Telefoni".to_owned()));
}

#[test]
fn the_example_shows_every_setting() {
    fn settings(schema: &serde_json::Value, path: &str, found: &mut Vec<String>) {
        let schema = schema.get("items").unwrap_or(schema);
        match shape::properties(schema) {
            Some(known) => {
                for (key, schema) in known {
                    settings(schema, &tree::join(path, key), found);
                }
            }
            None => found.push(path.to_owned()),
        }
    }
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => setting,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    good(&uncommented, &[]);

    let table = toml::de::DeTable::parse(&uncommented).unwrap();
    let (_, places) = tree::plain(table.get_ref());
    let shown: Vec<String> = places
        .paths()
        .map(|path| {
            let heading = shape::heading(path);
            heading.trim_matches(['[', ']']).to_owned()
        })
        .collect();
    let mut every = Vec::new();
    settings(&shape::schema(), "", &mut every);
    assert!(every.len() > 50);
    for setting in every {
        assert!(
            shown.contains(&setting),
            "docs/portner.toml lacks {setting}"
        );
    }
}

#[test]
fn an_unknown_setting_is_shown_with_what_was_meant() {
    assert_shown(
        "[server]\nlisen = \"127.0.0.1:80\"\n",
        r#"
error: there is no setting `lisen` in [server]
 --> portner.toml:2:1
  |
2 | lisen = "127.0.0.1:80"
  | ^^^^^ unknown
  |
  = help: did you mean `listen`?
"#,
    );
    assert_says(
        "public_url = \"https://telefon.dk\"",
        &["at the top of the file", "`public_url` belongs in [server]"],
    );
    assert_says("[server]\nfarve = 1", &["known here: listen, public_url"]);
}

#[test]
fn a_loop_is_refused_in_any_notation() {
    assert_shown(
        "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nprofile.company.name = \"T\"\n\
         [[line.destination]]\nnumber = \"0045 70 10 10 10\"\n",
        r#"
error: this is the number of line "shop": the call would come back here without end
 --> portner.toml:6:10
  |
6 | number = "0045 70 10 10 10"
  |          ^^^^^^^^^^^^^^^^^^ a loop
  |
  = help: write a number that rings the owner's own phone and is not forwarded here
"#,
    );
    for destination in [
        "number = \"+45 70 10 10 10\"",
        "number = \"70101010\"",
        "sip = \"sip:+4570101010@pbx.dk\"",
        "sip = \"sip:70101010@pbx.dk;transport=tls\"",
        "sip = \"SIPS:%2B4570101010;x=1@pbx.dk:5061\"",
        "sip = \"sip:004570101010:pw@pbx.dk\"",
        "sip = \"sip:4570101010@pbx.dk\"",
        "client = \"+4570101010\"",
        "client = \"client:4570101010\"",
    ] {
        let line = LINE.replace("number = \"+4520111111\"", destination);
        assert_says(
            &line,
            &["the number of line \"shop\": the call would come back"],
        );
    }
    let other = LINE
        .replace("shop", "other")
        .replace("+4570101010", "+4570101011");
    let there = LINE.replace("+4520111111", "+4570101011");
    assert_says(
        &format!("{other}{there}"),
        &["the number of line \"other\": the call would come back"],
    );
    let texts = format!("{LINE}text_to = \"+4570101010\"\n");
    assert_says(&texts, &["nobody reads texts there"]);
}

#[test]
fn a_national_number_is_shown_as_it_must_be_written() {
    let line = LINE.replace("+4520111111", "20 11 11 11");
    assert_says(
        &line,
        &["the number has no country code", "write \"+4520111111\""],
    );
    let line = LINE.replace("+4520111111", "2011111");
    assert_says(&line, &["the number is too short", "8 digits"]);
    let line = LINE.replace("+4520111111", "+45 20 11 x1");
    assert_says(&line, &["“x” does not belong in a telephone number"]);
    let odd = LINE.replace("+4520111111", "+4512345678");
    let warnings = good(&odd, &[]).warnings.to_string();
    assert!(warnings.contains("knows no such number"), "{warnings}");
}

#[test]
fn the_numbering_plans_are_asked_only_where_somebody_looks_closely() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portner.toml");
    std::fs::write(&path, LINE.replace("+4520111111", "+4512345678")).unwrap();
    let read = |how: fn(Option<&Path>, &BTreeMap<String, String>) -> Result<Config, _>| {
        let config: Result<Config, ConfigErrors> = how(Some(&path), &BTreeMap::new());
        config.unwrap().warnings.problems.len()
    };
    assert_eq!(read(Config::load), 0);
    assert_eq!(read(Config::examine), 1);
}

#[test]
fn addresses_are_shown_as_they_must_be_written() {
    for (written, says) in [
        ("http://telefon.dk/", "write \"https://telefon.dk\""),
        ("https://telefon.dk/", "write \"https://telefon.dk\""),
        ("telefon.dk", "write \"https://telefon.dk\""),
        ("https://a:b@telefon.dk", "no user name or password"),
        ("https://telefon.dk?a=1", "nothing may come after the path"),
    ] {
        assert_says(&format!("[server]\npublic_url = {written:?}"), &[says]);
    }
    for (written, says) in [
        ("8080", "write \"127.0.0.1:8080\""),
        ("localhost:9000", "write \"127.0.0.1:9000\""),
        (":9000", "write \"0.0.0.0:9000\""),
        ("her", "write \"127.0.0.1:8080\""),
    ] {
        assert_says(&format!("[server]\nlisten = {written:?}"), &[says]);
    }
    assert_says("[store]\naddress = \"data\"", &["write \"sled:data\""]);
    assert_says(
        "[store]\naddress = \"postgres://x\"",
        &["not the address of a store"],
    );
}

#[test]
fn variables_are_named_when_they_are_wrong() {
    let shown = shown(
        "[server]\nlisten = \"127.0.0.1:1\"\n",
        &[
            ("PORTNER_LISTEN", "8080"),
            ("PORTNER_PUBLIC_URL", "http://telefon.dk"),
        ],
    );
    assert!(
        shown.contains("PORTNER_LISTEN: this is not an address and a port"),
        "{shown}"
    );
    assert!(
        shown.contains("PORTNER_PUBLIC_URL: anybody on the way"),
        "{shown}"
    );
    assert!(!shown.contains("portner.toml:"), "{shown}");

    let misspelt = [
        ("PORTNER_TWILIO_AUTHTOKEN", "x"),
        ("PORTNER_SERVICE_HOST", "y"),
    ];
    let warnings = good("", &misspelt).warnings.to_string();
    assert!(
        warnings.contains("did you mean PORTNER_TWILIO_AUTH_TOKEN?"),
        "{warnings}"
    );
    assert!(!warnings.contains("SERVICE_HOST"), "{warnings}");
}

#[test]
fn secrets_are_never_shown() {
    let shown = shown(
        "[providers.twilio]\nauth_tokn = \"hemmeligt-1\"\nauth_token = 77001\n\
         api_key_secret = \"hemmeligt-2\n",
        &[],
    );
    assert!(shown.contains("portner.toml:4"), "{shown}");
    let shown = shown.clone()
        + &load(
            "[providers.twilio]\nauth_tokn = \"hemmeligt-1\"\nauth_token = 77001\n\
             account_sid = \"hemmeligt-3 \"\n",
            &[],
        )
        .unwrap_err()
        .to_string();
    assert!(shown.contains("did you mean `auth_token`?"), "{shown}");
    assert!(
        !shown.contains("hemmeligt") && !shown.contains("77001"),
        "{shown}"
    );

    let config = good(
        "[providers.twilio]\naccount_sid = \"AC00000000000000000000000000000001\"\nauth_token = \"hemmeligt\"\n",
        &[
            (
                "PORTNER_TWILIO_API_KEY",
                "SK00000000000000000000000000000001",
            ),
            ("PORTNER_TWILIO_API_SECRET", "hemmeligt"),
        ],
    );
    let everything = format!(
        "{config:?}{}{}",
        config.effective.render(),
        serde_json::to_string(&config.effective).unwrap()
    );
    assert!(!everything.contains("hemmeligt"), "{everything}");
}

#[test]
fn half_an_account_is_completed() {
    assert_says(
        "[providers.twilio]\naccount_sid = \"AC00000000000000000000000000000001\"",
        &["`auth_token` is missing", "set PORTNER_TWILIO_AUTH_TOKEN"],
    );
    assert_says(
        "[providers.twilio]\nauth_token = \"x\"\naccount_sid = \"SK00000000000000000000000000000001\"",
        &["it goes into `api_key_sid`"],
    );
    assert_says(
        "[providers.twilio]\nauth_token = \"x\"\napi_key_sid = \"SK00000000000000000000000000000001\"",
        &["`api_key_secret` is missing"],
    );
    assert_says(
        "[providers.twilio]\nauth_token = \"x\"",
        &["`account_sid` is missing", "set PORTNER_TWILIO_ACCOUNT_SID"],
    );
}

#[test]
fn a_number_that_repeats_is_shown_where_it_is_written() {
    let more = "number = \"+4570202020\"\nnumbers = [\"+4570303030\",\n\"+4570101010\"]";
    let second = LINE
        .replace("shop", "other")
        .replace("number = \"+4570101010\"", more);
    let told = shown(&format!("{LINE}{second}"), &[]);
    assert!(
        told.contains("line \"shop\" has this number already"),
        "{told}"
    );
    assert!(told.contains("portner.toml:12:1"), "{told}");
}

#[test]
fn what_is_written_in_too_few_words_is_answered_with_an_example() {
    let several = format!("{LINE}hours = {{ \"mon,tue\" = \"08:00-16:00\" }}\n");
    assert_says(
        &several,
        &["“mon,tue” is not a weekday", "write each day on its own"],
    );
    assert_says(
        &format!("{LINE}hours = \"8-16\"\n"),
        &[
            "`hours` must be",
            "write it like { ",
            "mon-thu = \"08:00-16:00\"",
        ],
    );
    assert_says(
        &LINE.replace("{ number = \"+4520111111\" }", "\"+4520111111\""),
        &[
            "`destination` must be",
            "write it like { number = \"+4520111111\" }",
        ],
    );
}

#[test]
fn a_sid_that_was_cut_off_is_none() {
    assert_says(
        "[providers.twilio]\nauth_token = \"x\"\naccount_sid = \"AC123\"",
        &[
            "portner.toml:3:",
            "this SID has 5 characters",
            "it begins with AC and has 34 characters",
        ],
    );
}

#[test]
fn lines_must_be_told_apart_and_ring_somebody() {
    assert_says(
        &format!("{LINE}{LINE}"),
        &[
            "there is another line with the id \"shop\"",
            "line \"shop\" has this number already",
        ],
    );
    assert_says(
        "[[line]]",
        &[
            "the line has no id",
            "the line has no number",
            "the line has no destination: nobody's phone would ring",
        ],
    );
    assert_says(
        &LINE.replace("shop", "Bøf & Bajer"),
        &["write \"boef-bajer\""],
    );
    assert_says("[line]\nid = \"x\"", &["write [[line]] with two brackets"]);
    let both = LINE.replace(
        "{ number = \"+4520111111\" }",
        "{ number = \"+4520111111\", client = \"owner\" }, {}, { sip = \"per@pbx.dk\" }",
    );
    assert_says(
        &both,
        &[
            "a destination is one of number, sip and client",
            "the destination names nobody to ring",
            "write \"sip:per@pbx.dk\"",
        ],
    );
    let alone = LINE.replace("\" }]", "\", together = true }]");
    assert_says(&alone, &["no destination before this one"]);
}

#[test]
fn one_mistake_is_not_told_as_two() {
    let told = |text: &str| load(text, &[]).unwrap_err().problems.len();
    assert_eq!(
        told(&LINE.replace("number = \"+4570101010\"", "numbr = \"+4570101010\"")),
        1
    );
    assert_eq!(
        told(&LINE.replace("number = \"+4570101010\"", "numbers = [7, 8]")),
        2
    );
    assert_eq!(told(&LINE.replace("id = \"shop\"", "id = 7")), 1);
    assert_eq!(told(&LINE.replace("+4520111111", "hjemme")), 1);
}

#[test]
fn settings_of_a_line_are_checked() {
    let with = |setting: &str| LINE.replace("id = ", &format!("{setting}\nid = "));
    assert_says(&with("mode = \"screan\""), &["did you mean \"screen\"?"]);
    assert_says(
        &with("languages = \"da\""),
        &["put it in brackets: [\"da\"]"],
    );
    assert_says(
        &with("languages = [\"dk\"]"),
        &["cannot be \"dk\"", "\"da\""],
    );
    assert_says(&with("languages = []"), &["at least one language"]);
    assert_says(
        &with("time_zone = \"Europe/Copenhagn\""),
        &["did you mean \"Europe/Copenhagen\"?"],
    );
    assert_says(
        &with("hours = { man-fre = \"08:00-16:00\" }"),
        &["“man” is not a weekday", "write mon"],
    );
    assert_says(
        &with("hours = { mon = \"8-26\" }"),
        &["“26” is not a time of day"],
    );
    assert_says(
        &with("hours = { mon-fri = \"8-16\", fri = \"8-12\" }"),
        &["the hours of fri are written twice"],
    );
    assert_says(
        &with("hours = { sat = 08:00:00 }"),
        &["not a date or a time", "in quotes"],
    );
    assert_says(
        &with("no_answer = \"text\""),
        &["the number that texts go to is missing", "text_to ="],
    );
    assert_says(&with("whisper_wait_seconds = 300"), &["from 3 to 30"]);
    assert_says(
        &with("whisper = \"yes\""),
        &["true or false, without quotes"],
    );
    assert_says("[limits]\nmax_questions = 9", &["must be from 1 to 4"]);
    assert_says(
        "[rules]\nshipped = false",
        &["there are no rules at all", "name a folder"],
    );
}

#[test]
fn texts_are_checked() {
    let with = |text: &str| format!("{LINE}[line.wordings.da]\n{text}\n");
    assert_says(&with("notise = \"Hej\""), &["did you mean \"notice\"?"]);
    assert_says(
        &with("goodbye = \"Farvel {frima}\""),
        &["no placeholder {frima}", "did you mean {firma}?", "{owner}"],
    );
    assert_says(&with("no = \"Nej {caller}\""), &["no placeholder {caller}"]);
    assert_says(
        &with("notice = \" \""),
        &["that a machine answers", "but say it"],
    );
    assert_says(
        &with(&format!("no = {:?}", "nej ".repeat(100))),
        &["the text has 400 characters"],
    );
    assert_says(&with("no = \"[Nej\""), &["“[” stands alone"]);
    let long = with(&format!("ask_open = {:?}", "Hvem er du? ".repeat(10)));
    let warnings = good(&long, &[]).warnings.to_string();
    assert!(warnings.contains("people talk over it"), "{warnings}");
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    let errors = load(
        "[server]\nlisten = 1\n[limits]\nmax_turns = 0\n[[line]]\nid = \"x\"\nnumber = \"+4570101010\"\n\
         mode = \"?\"\n",
        &[],
    )
    .unwrap_err();
    let settings: Vec<&str> = errors.problems.iter().map(|p| p.setting.as_str()).collect();
    assert_eq!(
        settings,
        [
            "server.listen",
            "limits.max_turns",
            "line[0].destination",
            "line[0].mode",
            "line[0].profile"
        ]
    );
    let json = serde_json::to_value(&errors).unwrap();
    assert_eq!(json["problems"][0]["origin"]["file"]["line"], 2);
    assert_eq!(json["problems"][0]["severity"], "error");
    assert_eq!(json["file"], "portner.toml");
}

#[test]
fn mistakes_in_the_writing_are_shown_where_they_are() {
    assert_says("[server\nlisten = 1", &["portner.toml:1:8"]);
    assert_says(
        "[server]\nlisten = \"a\"\nlisten = \"b\"",
        &["portner.toml:3"],
    );
}

#[test]
fn no_table_is_forgotten_where_settings_are_shown() {
    let config = good("", &[]);
    let schema = shape::schema();
    let tables = shape::properties(&schema).unwrap();
    assert!(tables.len() > 8);
    for (table, _) in tables {
        let below = tree::join(table, "");
        assert!(
            config
                .effective
                .rows
                .iter()
                .any(|row| row.setting.starts_with(&below)),
            "`portner config` lacks [{table}]"
        );
    }
}

#[test]
fn an_address_that_may_hold_a_secret_is_shown_as_far_as_its_host() {
    let config = good(
        "[notify]\nwebhook = \"https://hooks.example.dk/s3cret?s3cret\"\nsecret = \"whsec_s3crets3crets3crets3crets3crets3\"\n",
        &[],
    );
    let shown = config.effective.render();
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(
        shown.contains("\"https://hooks.example.dk/••••\""),
        "{shown}"
    );
    for written in [
        "webhook = \"htps://hooks.example.dk/s3cret\"",
        "webhok = \"https://hooks.example.dk/s3cret\"",
    ] {
        let secret = "whsec_s3crets3crets3crets3crets3crets3";
        let told = self::shown(
            &format!("[notify]\n{written}\n"),
            &[("PORTNER_NOTIFY_SECRET", secret)],
        );
        assert!(told.contains("portner.toml:2"), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn ways_to_the_owner_are_read_as_they_will_be_used() {
    let ways = |webhook: &str, secret: &str, from: &str| {
        format!(
            "[notify]\nwebhook = \"{webhook}\"\nsecret = \"{secret}\"\n\
             [mail]\nserver = \"smtp.example.dk\"\nto = \"per@example.dk\"\nfrom = \"{from}\"\n"
        )
    };
    let url = "https://hooks.example.dk/portner?to=me";
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let from = "portner@example.dk";
    let config = good(&ways(url, secret, from), &[]);
    assert!(config.notify.is_some() && config.mail.is_some());
    for (settings, place) in [
        (ways("https://hooks.example.dk:99999/x", secret, from), "2:"),
        (ways(url, "whsec_YQ==", from), "3:"),
        (
            ways(url, "whsec_not base64 at all, as it seems", from),
            "3:",
        ),
        (ways(url, secret, "per..p@example.dk"), "7:"),
        (ways(url, secret, "per@-example-.dk"), "7:"),
    ] {
        let told = shown(&settings, &[]);
        assert!(told.contains(&format!("portner.toml:{place}")), "{told}");
    }
}

#[test]
fn every_value_says_where_it_came_from() {
    let config = good(
        &format!("[server]\nlisten = \"127.0.0.1:81\"\n{LINE}"),
        &[
            ("PORTNER_RULES", "mine"),
            (
                "PORTNER_TWILIO_ACCOUNT_SID",
                "AC00000000000000000000000000000001",
            ),
            ("PORTNER_TWILIO_AUTH_TOKEN", "x"),
        ],
    );
    let shown = config.effective.render();
    let line = |setting: &str| {
        let row = shown.lines().find(|line| line.starts_with(setting));
        row.unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        line("server.listen"),
        ["server.listen", "\"127.0.0.1:81\"", "portner.toml:2"]
    );
    assert_eq!(
        line("rules.folder"),
        ["rules.folder", "\"mine\"", "PORTNER_RULES"]
    );
    assert_eq!(
        line("providers.twilio.auth_token "),
        [
            "providers.twilio.auth_token",
            "••••",
            "PORTNER_TWILIO_AUTH_TOKEN"
        ]
    );
    assert_eq!(
        line("server.public_url"),
        ["server.public_url", "\"http://127.0.0.1:81\"", "default"]
    );
    assert_eq!(
        line("line.shop.destination.1.ring_seconds"),
        ["line.shop.destination.1.ring_seconds", "20", "default"]
    );
    assert_eq!(
        line("line.shop.mode"),
        ["line.shop.mode", "\"screen\"", "default"]
    );
    assert!(shown.contains("providers.twilio.api_key_sid") && shown.contains("(not set)"));
    let row = config.effective.row("line.shop.number").unwrap();
    assert_eq!(row.origin, Origin::File { line: 6, column: 1 });
}

#[test]
fn on_fly_the_public_address_is_that_of_the_app_unless_somebody_says_another() {
    let fly = ("FLY_APP_NAME", "min-portner");
    let config = good("", &[fly]);
    let url = "https://min-portner.fly.dev";
    assert_eq!(config.server.public_url.as_str(), url);
    let row = config.effective.row("server.public_url").unwrap();
    assert_eq!(row.origin, Origin::Variable("FLY_APP_NAME".to_owned()));

    let other = good("", &[fly, ("PORTNER_PUBLIC_URL", "https://telefon.dk")]);
    assert_eq!(other.server.public_url.as_str(), "https://telefon.dk");
    let text = "[server]\npublic_url = \"https://telefon.dk\"\n";
    let written = good(text, &[fly]);
    assert_eq!(written.server.public_url.as_str(), "https://telefon.dk");
    assert!(shown("server = 1", &[fly]).contains("server"));

    // The form may change it: what is written counts.
    let variables = BTreeMap::from([(fly.0.to_owned(), fly.1.to_owned())]);
    let sheet = Sheet::read(None, "", &variables, Look::Quick).unwrap();
    assert_eq!(sheet.get("server.public_url").unwrap(), url);
    assert_eq!(sheet.variable("server.public_url"), None);
}

#[test]
fn folders_are_meant_from_where_the_file_lies() {
    let text = "[store]\naddress = \"sled:data\"\n[rules]\nfolder = \"mine\"\n";
    let file = Path::new("/etc/portner/portner.toml");
    let config = Config::from_text(Some(file), text, &BTreeMap::new()).unwrap();
    assert_eq!(config.store.to_string(), "sled:/etc/portner/data");
    assert_eq!(
        config.rules.folder,
        Some(OwnRules::named("/etc/portner/mine".into()))
    );
    let variables = BTreeMap::from([("PORTNER_STORE".to_owned(), "sled:here".to_owned())]);
    let config = Config::from_text(Some(file), text, &variables).unwrap();
    assert_eq!(config.store.to_string(), "sled:here");
}

#[test]
fn files_that_are_no_settings_are_refused_kindly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portner.toml");
    let load = || {
        Config::load(Some(&path), &BTreeMap::new())
            .map(|config| config.lines.len())
            .map_err(|errors| errors.to_string())
    };
    assert!(load().unwrap_err().contains("cannot be read"));
    std::fs::write(&path, b"# a\n\xff").unwrap();
    let error = load().unwrap_err();
    assert!(
        error.contains("is not UTF-8 text in line 2, character 1"),
        "{error}"
    );
    std::fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
    assert!(load().unwrap_err().contains("more than 1048576 bytes"));
    std::fs::write(&path, LINE).unwrap();
    assert_eq!(load(), Ok(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_settings_or_a_list_of_problems(text in "(\\PC|\n){0,200}") {
        if let Err(errors) = load(&text, &[]) {
            prop_assert!(!errors.to_string().is_empty());
            prop_assert!(!errors.problems.is_empty());
        }
    }

    #[test]
    fn any_damage_to_the_example_is_settings_or_a_list_of_problems(
        at in 0..EXAMPLE.len(),
        length in 0_usize..40,
        put in "[\\PC\n]{0,12}",
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match load(&text, &[("PORTNER_LISTEN", &put)]) {
            Ok(config) => { let _ = config.effective.render(); }
            Err(errors) => prop_assert!(!errors.render(true).is_empty()),
        }
    }

    #[test]
    fn any_bytes_as_a_file_are_settings_or_a_list_of_problems(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portner.toml");
        std::fs::write(&path, bytes).unwrap();
        if let Err(errors) = Config::load(Some(&path), &BTreeMap::new()) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}

#[test]
fn whoever_comes_in_for_a_line_is_listed_for_one_that_there_is_and_only_there() {
    let oidc = "[desk.oidc]\nissuer = \"https://id.example.dk\"\nclient_id = \"portner\"\n";
    let line = |more: &str| format!("{oidc}[[desk.oidc.line]]\nline = \"shop\"\n{more}\n{LINE}");
    let known = good(&line("owners = [\"Mette@a.dk\"]"), &[]).oidc.unwrap();
    assert_eq!(known.lines[0].line.0, "shop");
    assert_eq!(known.lines[0].owners, ["mette@a.dk"]);
    let elsewhere = line("owners = [\"mette@a.dk\"]").replace("line = \"shop\"", "line = \"shp\"");
    let told = shown(&elsewhere, &[]);
    assert!(
        told.contains("there is no line “shp”") && told.contains("the lines are: shop"),
        "{told}"
    );
    let twice = line("viewers = [\"mette@a.dk\"]")
        .replace("client_id", "owners = [\"mette@a.dk\"]\nclient_id");
    let told = shown(&twice, &[]);
    assert!(told.contains("sees every line already"), "{told}");
    let told = shown(&line("owners = [\"mette\"]"), &[]);
    assert!(told.contains("is no e-mail address"), "{told}");
}
