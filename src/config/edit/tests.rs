use serde_json::json;

use toml_edit::DocumentMut;

use super::*;

const FILE: &str = r#"# My settings
[limits]
# Not too long.
max_turns = 6 # turns
max_seconds = 40

[[line]] # the shop
id = "shop"
number = "+4570101010"
hours = { mon-fri = "08:00-16:00" }

[line.profile]
trade = "webdesign"
services = [
    "hjemmeside", # most of all
    "logo",
]
owner = { name = "Per Topp" } # me

# My mobile.
[[line.destination]]
number = "+4520111111"
ring_seconds = 20 # before voicemail

# The desk.
[[line.destination]]
sip = "sip:per@pbx.dk"

[[line]]
id = "home"
profile.trade = "none"
destination = [{ client = "owner" }]

[notify] # last
silence_hours = 5
"#;

fn set(setting: &str, to: Json) -> Change {
    Change::Set {
        setting: setting.into(),
        to,
    }
}

fn lines<'a>(of: &'a str, but_not_in: &str) -> Vec<&'a str> {
    let known: Vec<&str> = but_not_in.lines().collect();
    of.lines().filter(|line| !known.contains(line)).collect()
}

/// The lines that went and those that came.
fn changed(changes: &[Change]) -> (Vec<String>, Vec<String>) {
    let after = amend(FILE, changes).unwrap();
    let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
    after.parse::<DocumentMut>().unwrap();
    toml::from_str::<toml::Table>(&after).unwrap_or_else(|error| panic!("{error}\n{after}"));
    (owned(lines(FILE, &after)), owned(lines(&after, FILE)))
}

#[test]
fn only_what_is_meant_changes() {
    for (setting, to, gone, new) in [
        (
            "limits.max_turns",
            json!(9),
            vec!["max_turns = 6 # turns"],
            vec!["max_turns = 9 # turns"],
        ),
        (
            "line[0].profile.owner.name",
            json!("Anne"),
            vec!["owner = { name = \"Per Topp\" } # me"],
            vec!["owner = { name = \"Anne\" } # me"],
        ),
        (
            "line[0].profile.company.name",
            json!("Topp"),
            vec![],
            vec!["[line.profile.company]", "name = \"Topp\""],
        ),
        (
            "line[1].profile.company.name",
            json!("Topp"),
            vec![],
            vec!["profile.company.name = \"Topp\""],
        ),
        (
            "line[0].mode",
            json!("listen"),
            vec![],
            vec!["mode = \"listen\""],
        ),
        (
            "line[0].hours",
            json!({"mon": "9-12"}),
            vec!["hours = { mon-fri = \"08:00-16:00\" }"],
            vec!["hours = { mon = \"9-12\" }"],
        ),
        (
            "line[0].hours",
            Json::Null,
            vec!["hours = { mon-fri = \"08:00-16:00\" }"],
            vec![],
        ),
        (
            "line[0].profile.services",
            json!(["hjemmeside", "logo", "print"]),
            vec![],
            vec!["    \"print\","],
        ),
        (
            "line[0].profile.services",
            json!(["hjemmeside"]),
            vec!["    \"logo\","],
            vec![],
        ),
        (
            "spend.per_day",
            json!(7),
            vec![],
            vec!["[spend]", "per_day = 7"],
        ),
        ("spend.per_day", Json::Null, vec![], vec![]),
        (
            "line[1].destination[0].client",
            json!("per"),
            vec!["destination = [{ client = \"owner\" }]"],
            vec!["destination = [{ client = \"per\" }]"],
        ),
    ] {
        let (went, came) = changed(&[set(setting, to)]);
        assert_eq!(
            (went, came),
            (
                gone.into_iter().map(str::to_owned).collect(),
                new.into_iter().map(str::to_owned).collect()
            ),
            "{setting}"
        );
    }
}

#[test]
fn what_stands_above_a_setting_outlives_it() {
    let (went, came) = changed(&[set("limits.max_turns", Json::Null)]);
    assert_eq!(
        (went, came),
        (vec!["max_turns = 6 # turns".to_owned()], vec![])
    );
    let text = "[a]\nx = 1\n# about y\ny = 2\n\n[b]\n";
    let after = amend(text, &[set("a.y", Json::Null)]).unwrap();
    assert_eq!(after, "[a]\nx = 1\n# about y\n\n[b]\n");
}

#[test]
fn rows_move_with_what_is_written_about_them() {
    let row = |was, cells: Json| Row {
        was,
        cells: cells.as_object().unwrap().clone().into_iter().collect(),
    };
    let rows = |rows| Change::Rows {
        setting: "line[0].destination".into(),
        rows,
    };
    let swapped = amend(
        FILE,
        &[rows(vec![row(Some(1), json!({})), row(Some(0), json!({}))])],
    )
    .unwrap();
    let (desk, mobile) = (
        swapped.find("# The desk.").unwrap(),
        swapped.find("# My mobile.").unwrap(),
    );
    assert!(
        desk < mobile && mobile < swapped.find("id = \"home\"").unwrap(),
        "{swapped}"
    );
    assert_eq!(lines(&swapped, FILE).len(), 0);
    let fewer = amend(
        FILE,
        &[rows(vec![row(Some(1), json!({"ring_seconds": 15}))])],
    )
    .unwrap();
    assert!(
        fewer.contains(
            "# The desk.\n[[line.destination]]\nsip = \"sip:per@pbx.dk\"\nring_seconds = 15\n"
        ),
        "{fewer}"
    );
    assert!(!fewer.contains("+4520111111"));
    let more = amend(
        FILE,
        &[rows(vec![
            row(Some(0), json!({"ring_seconds": null})),
            row(Some(1), json!({})),
            row(None, json!({"client": "owner", "together": true})),
        ])],
    )
    .unwrap();
    let new = more.find("client = \"owner\"\ntogether = true").unwrap();
    assert!(
        more.find("sip:per").unwrap() < new && new < more.find("id = \"home\"").unwrap(),
        "{more}"
    );
    let inline = Change::Rows {
        setting: "line[1].destination".into(),
        rows: vec![
            row(Some(0), json!({})),
            row(None, json!({"number": "+4520111112"})),
        ],
    };
    assert_eq!(
        changed(&[inline]).1,
        ["destination = [{ client = \"owner\" }, { number = \"+4520111112\" }]"]
    );
    let first = Change::Rows {
        setting: "line[1].profile.products".into(),
        rows: vec![row(None, json!({"name": "Toppakken"}))],
    };
    let (_, came) = changed(&[first]);
    assert!(
        came.contains(&"name = \"Toppakken\"".to_owned()),
        "{came:?}"
    );
}

#[test]
fn a_line_is_added_after_the_last_one() {
    let (went, came) = changed(&[
        set("line[2].id", json!("new")),
        set("line[2].profile.owner.name", json!("Anne")),
        set("line[2].destination[0].number", json!("+4520111112")),
    ]);
    assert!(went.is_empty());
    assert_eq!(
        came,
        [
            "id = \"new\"",
            "[line.profile.owner]",
            "name = \"Anne\"",
            "number = \"+4520111112\""
        ]
    );
    let first = amend(
        "",
        &[
            set("line[0].id", json!("new")),
            set("line[0].profile.trade", json!("a")),
        ],
    )
    .unwrap();
    assert_eq!(
        first.trim_start(),
        "[[line]]\nid = \"new\"\n\n[line.profile]\ntrade = \"a\"\n"
    );
    assert_eq!(amend("a = ", &[]), None);
    assert_eq!(amend("line = 3", &[set("line[0].id", json!("x"))]), None);
}
