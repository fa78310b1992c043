//! The commands, as they are typed.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_cmd::Command as Typed;
use portner::call::{Clock as _, SystemClock};
use serde_json::Value;

use crate::crowded::fill;
use crate::support::skip;

/// A command in a folder of its own, without anything of the environment's.
fn portner(folder: &Path) -> Typed {
    let mut command = Typed::cargo_bin("portner").expect("the program is built");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTNER_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder);
    command
}

fn json(typed: &mut Typed, code: i32) -> Value {
    let output = typed.output().expect("it runs");
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

fn text(typed: &mut Typed, code: i32) -> String {
    let output = typed.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &said
}

/// A service that is stopped when its test is over.
pub(super) struct Served {
    child: Child,
    pub(super) url: String,
    welcome: String,
}

impl Served {
    pub(super) fn in_folder(folder: &Path) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("portner"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env("PORTNER_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it writes")).lines();
        let mut welcome = String::new();
        for line in lines.by_ref() {
            let line = line.expect("it is text");
            welcome.push_str(&line);
            welcome.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        // Goes on reading, so that nothing that is written there blocks the service.
        std::thread::spawn(move || lines.for_each(drop));
        let url = welcome
            .split_whitespace()
            .find(|word| word.starts_with("http://") && word.ends_with('/'))
            .expect("it says where to look")
            .trim_end_matches('/')
            .to_owned();
        Self {
            child,
            url,
            welcome,
        }
    }

    fn call(&self, folder: &Path, more: &[&str]) -> Value {
        json(
            portner(folder)
                .args(["call", "--json", "--server", &self.url])
                .args(more),
            0,
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_teaches_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(portner(folder.path()).arg("--help"), 0);
    for command in [
        "serve",
        "call",
        "calls",
        "lists",
        "lookup",
        "check",
        "explain",
        "eval",
        "config",
        "doctor",
        "connect",
        "backup",
        "restore",
        "token",
        "completions",
        "man",
    ] {
        assert!(
            help.contains(&format!("  {command} ")),
            "{command} is not in\n{help}"
        );
        let help = text(portner(folder.path()).args([command, "--help"]), 0);
        assert!(help.contains("Examples:"), "{command} shows no example");
    }
}

#[test]
fn what_is_typed_wrongly_is_exit_code_two() {
    let folder = tempfile::tempdir().unwrap();
    for typed in [
        &["dance"][..],
        &["call", "--from", "banana"],
        &["call", "--press", "12"],
        &["lists", "add", "allow", "x"],
        &["calls", "--since", "yesterday"],
        &["calls", "--csv", "--until", "soon"],
        &["eval", "missing.jsonl"],
        &["check", "missing.toml"],
    ] {
        text(portner(folder.path()).args(typed), 2);
    }
}

#[test]
fn without_a_service_it_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let said = text(portner(folder.path()).args(["call", "--say", "hej"]), 1);
    assert!(said.contains("portner serve"), "{said}");
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let said = |server: &str, code| {
        let mut typed = portner(folder.path());
        typed.env("PORTNER_CONFIG", "");
        typed.env("PORTNER_SERVER", server);
        text(typed.arg("calls"), code)
    };
    let without = text(portner(folder.path()).arg("calls"), 1);
    assert_eq!(said("", 1), without);
    assert!(said("nowhere", 2).contains("http://nowhere"));
}

#[test]
fn the_shipped_rules_are_checked_and_a_broken_one_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(portner(folder.path()).args(["check", "--json"]), 0);
    assert_eq!(report["errors"], 0);
    assert!(report["rules"].as_u64().unwrap() >= 60);
    assert!(report["examples"].as_u64().unwrap() >= 60 * 7);

    let file = folder.path().join("mine.toml");
    let rule = "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"A1\"\nkind = \"sell\"\n\
                points = 1\nphrases = [\"grønne køer\"]\nexamples = [\"røde heste\"]\n";
    std::fs::write(&file, rule).unwrap();
    let said = text(portner(folder.path()).args(["check", "mine.toml"]), 1);
    assert!(
        said.contains("mine.toml") && said.contains("does not hit"),
        "{said}"
    );
    std::fs::write(&file, rule.replace("røde heste", "vi har grønne køer her")).unwrap();
    text(portner(folder.path()).args(["check", "mine.toml"]), 0);

    // A copy stands for the file that it was made of, as it does for the service, whether its folder is that
    // of the settings or is named. What is wrong in it is shown in it.
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/da/hints_wares.toml");
    std::fs::create_dir_all(folder.path().join("rules/da")).unwrap();
    std::fs::copy(shipped, folder.path().join("rules/da/hints_wares.toml")).unwrap();
    let mut check = portner(folder.path());
    text(check.arg("check").env("PORTNER_RULES", "rules"), 0);
    text(portner(folder.path()).args(["check", "rules"]), 0);
    let copy = folder.path().join("rules/da/hints_wares.toml");
    let shipped = std::fs::read_to_string(&copy).unwrap();
    std::fs::write(&copy, shipped.clone() + "[[rule]]\nid = \"mine\"\n").unwrap();
    let said = text(portner(folder.path()).args(["check", "rules"]), 1);
    let line = shipped.lines().count() + 1;
    assert!(said.contains(&format!("hints_wares.toml:{line}")), "{said}");
    // One that has only its name from Portner's stands beside it.
    std::fs::write(&copy, "[[rule]]\nid = \"mine\"\n".repeat(2)).unwrap();
    let said = text(portner(folder.path()).args(["check", "rules"]), 1);
    assert!(said.contains("hints_wares.toml:"), "{said}");
}

#[test]
fn the_settings_show_where_they_come_from_and_mistakes_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let shown = text(
        portner(folder.path())
            .arg("config")
            .env("PORTNER_LISTEN", "127.0.0.1:9"),
        0,
    );
    let listen = shown
        .lines()
        .find(|line| line.starts_with("server.listen"))
        .unwrap();
    assert!(
        listen.contains("127.0.0.1:9") && listen.contains("PORTNER_LISTEN"),
        "{listen}"
    );
    std::fs::write(
        folder.path().join("portner.toml"),
        "[server]\nlisen = \"x\"\n",
    )
    .unwrap();
    let said = text(portner(folder.path()).arg("config"), 1);
    assert!(
        said.contains("portner.toml:2") && said.contains("listen"),
        "{said}"
    );
}

#[test]
fn shells_and_man_get_what_they_read() {
    let folder = tempfile::tempdir().unwrap();
    assert!(text(portner(folder.path()).args(["completions", "bash"]), 0).contains("_portner()"));
    let version = concat!("\"portner ", env!("CARGO_PKG_VERSION"), "\"");
    for page in [&["man"][..], &["man", "call"]] {
        let page = text(portner(folder.path()).args(page), 0);
        let heading = page.lines().find(|line| line.starts_with(".TH portner"));
        assert!(heading.unwrap().contains(version), "{heading:?}");
    }
}

#[test]
fn words_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let said = "taler jeg med den IT-ansvarlige";
    let explained = text(portner(folder.path()).args(["explain", said]), 0);
    assert!(
        explained.contains("^^^^") && explained.contains("da-ask-role-it"),
        "{explained}"
    );
    assert!(
        explained.contains("What would have tipped it:"),
        "{explained}"
    );
    let told = json(portner(folder.path()).args(["explain", "--json", said]), 0);
    assert!(told["tips"][0]["en"].is_string(), "{told}");
}

#[test]
fn labelled_conversations_are_judged_and_their_verdicts_written() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"id":"x1","lang":"da","label":"customer","accept":["connect","message"],"turns":[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]}"#;
    std::fs::write(folder.path().join("one.jsonl"), line).unwrap();
    let figures = json(
        portner(folder.path()).args(["eval", "one.jsonl", "--json", "--predictions", "out.jsonl"]),
        0,
    );
    assert_eq!(figures["da"]["outcomes"]["customer"]["connect"], 1);
    assert!(figures.get("en").is_none());
    let written = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        written,
        serde_json::json!({"id": "x1", "verdict": "connect", "questions": 1})
    );
}

#[test]
fn conversations_are_held_in_the_name_of_the_owner_who_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"id":"x1","lang":"da","label":"untargeted_sales","accept":["reject"],"turns":[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]}"#;
    std::fs::write(folder.path().join("one.jsonl"), line).unwrap();
    let owner = r#"{"company":{"name":"Havn & Hegn"}}"#;
    std::fs::write(folder.path().join("owner.json"), owner).unwrap();
    let eval = ["eval", "one.jsonl", "--owner", "owner.json", "--misses"];
    let told = text(portner(folder.path()).args(eval), 0);
    assert!(told.contains("automaten hos Havn & Hegn"), "{told}");
}

#[test]
fn conversations_are_garbled_by_a_seed() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/en.jsonl");
    let folder = tempfile::tempdir().unwrap();
    let figures = |more: &[&str]| {
        json(
            portner(folder.path())
                .args(["eval", corpus, "--scored", "--json"])
                .args(more),
            0,
        )
    };
    let garbled = figures(&["--garble", "0.3", "--seed", "7"]);
    assert_eq!(garbled, figures(&["--garble", "0.3", "--seed", "7"]));
    assert_ne!(garbled, figures(&[]));
    assert_eq!(figures(&["--garble", "0"]), figures(&[]));
    portner(folder.path())
        .args(["eval", corpus, "--garble", "20"])
        .assert()
        .code(2);
}

#[test]
fn a_played_call_counts_for_nothing_whatever_the_owner_presses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = Served::in_folder(folder);
    let play = |key: &str| {
        let errand = "hej det er Lone, min hjemmeside er nede";
        let arguments = ["call", "--say", errand, "--owner-key", key];
        let mut typed = portner(folder);
        text(typed.args(arguments).args(["--server", &served.url]), 0)
    };
    let refused = play("4");
    assert!(
        refused.contains("blocked the number for 30 days"),
        "{refused}"
    );
    let allowed = play("3");
    assert!(allowed.contains("connect"), "{allowed}");
    assert!(allowed.contains("on the allow list"), "{allowed}");
    let ask = |arguments: &[&str]| {
        let mut typed = portner(folder);
        json(
            typed
                .args(arguments)
                .args(["--json", "--server", &served.url]),
            0,
        )
    };
    assert_eq!(ask(&["lists", "show"]), serde_json::json!([]));
    let campaigns = ask(&["campaigns"]);
    assert!(campaigns[0]["refused_until"].is_null(), "{campaigns:#}");
}

#[test]
fn a_newcomer_serves_calls_and_looks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = Served::in_folder(folder);
    assert!(served.welcome.contains("portner call") && served.welcome.contains("portner_"));

    let customer = served.call(
        folder,
        &["--say", "hej det er Lone, min hjemmeside er nede"],
    );
    assert_eq!(customer["verdict"], "connect");
    assert_eq!(customer["disposition"], "connected");
    assert!(customer["whisper"].as_str().unwrap().contains("Lone"));
    assert_eq!(
        customer["turns"][0]["heard"],
        "hej det er Lone, min hjemmeside er nede"
    );

    // The owner lets the time pass, as a mobile's voicemail does: the caller leaves a message.
    let message = served.call(
        folder,
        &[
            "--say",
            "hej det er Lone, min hjemmeside er nede",
            "--say",
            "ring til mig",
            "--owner-key",
            "none",
        ],
    );
    assert_eq!(message["verdict"], "connect");
    assert_eq!(message["disposition"], "message");

    let seller = served.call(
        folder,
        &[
            "--say",
            "Ja goddag, taler jeg med den IT-ansvarlige?",
            "--say",
            "vi ringer til alle i området om jeres mobilabonnementer",
            "--say",
            "fordi vi har et uforpligtende tilbud",
        ],
    );
    assert_eq!(seller["verdict"], "reject");
    assert!(!seller["reasons"].as_array().unwrap().is_empty());

    // A key on the spoken no leads to a message: even a wrong no loses nobody.
    let saved = served.call(
        folder,
        &[
            "--say",
            "Ja goddag, taler jeg med den IT-ansvarlige?",
            "--say",
            "vi ringer til alle i området om jeres mobilabonnementer",
            "--press",
            "1",
            "--say",
            "det var en fejl",
        ],
    );
    assert_eq!(saved["disposition"], "message", "{saved:#}");

    let silent = served.call(folder, &["--from", "withheld"]);
    assert_ne!(silent["verdict"], "reject");

    let log = json(
        portner(folder).args(["calls", "--json", "--server", &served.url]),
        0,
    );
    assert_eq!(log.as_array().unwrap().len(), 5);
    let messages = json(
        portner(folder).args(["calls", "--message", "--json", "--server", &served.url]),
        0,
    );
    let messages = messages.as_array().unwrap();
    assert!(
        messages.iter().any(|call| call["id"] == saved["call_id"]) && messages.len() < 5,
        "{messages:#?}"
    );
    let id = seller["call_id"].as_str().unwrap();
    let story = text(
        portner(folder).args(["calls", id, "--server", &served.url]),
        0,
    );
    assert!(
        story.contains("IT-ansvarlige") && story.contains("da-ask-role-it"),
        "{story}"
    );
    let health = json(
        portner(folder).args(["doctor", "--json", "--server", &served.url]),
        0,
    );
    assert_eq!(health["healthy"], true, "{health:#}");
    let token = text(portner(folder).args(["token", "--server", &served.url]), 0);
    assert!(token.starts_with("portner_"), "{token}");
}

#[test]
fn a_table_holds_as_many_calls_as_are_wanted_under_one_heading() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // More than a page holds, and so late that all of them are still kept.
    let minutes = (SystemClock.now().as_second() - 1_740_000_000) / 60;
    let now = usize::try_from(minutes).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let address = format!("sled:{}", folder.join("portner-data").display());
        let store = portner::store::open(&address).await.unwrap();
        fill(&store, now - 1_100, now).await;
        store.close().await;
    });
    drop(runtime);
    let served = Served::in_folder(folder);
    for (limit, rows) in [("1050", 1_050), ("2000", 1_100)] {
        let mut typed = portner(folder);
        typed.args(["calls", "--csv", "--limit", limit, "--server", &served.url]);
        let table = text(&mut typed, 0);
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let ids: BTreeSet<String> = reader
            .records()
            .map(|row| row.unwrap()[0].to_owned())
            .collect();
        assert_eq!(ids.len(), rows);
        assert_eq!(table.lines().count(), rows + 1);
    }
}

#[test]
fn lists_are_read_from_files_and_hold_for_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Where nobody listens, once the service is gone.
    std::fs::write(
        folder.join("portner.toml"),
        "[server]\nlisten = \"127.0.0.1:9\"\n",
    )
    .unwrap();
    let served = Served::in_folder(folder);
    let lists = |typed: &[&str], code| {
        text(
            portner(folder)
                .args(["lists", "--server", &served.url])
                .args(typed),
            code,
        )
    };
    let csv =
        "Navn;Telefon;Liste\nLone;71 23 45 67;wanted\nBo;hemmeligt;\nElselskabet;70123456;block\n";
    std::fs::write(folder.join("kunder.csv"), csv).unwrap();

    let refused = lists(&["import", "kunder.csv", "--strict"], 1);
    assert!(
        refused.contains("row 3") && refused.contains("0 entries imported"),
        "{refused}"
    );
    assert!(lists(&["show"], 0).contains("No entries"));
    assert!(lists(&["import", "kunder.csv"], 1).contains("2 entries imported, 1 row refused"));
    let unknown = "nummer;linje\n\n+4571234571;nolinje\n+4571234581;\n";
    std::fs::write(folder.join("unknown.csv"), unknown).unwrap();
    let told = lists(&["import", "unknown.csv", "--list", "wanted"], 1);
    assert!(
        told.contains("row 3") && told.contains("no such line") && told.contains("1 entry"),
        "{told}"
    );
    lists(&["remove", "wanted", "71234581"], 0);
    let shown = lists(&["show"], 0);
    assert!(
        shown.contains("wanted  +4571234567") && shown.contains("block   +4570123456"),
        "{shown}"
    );

    let blocked = served.call(folder, &["--from", "70123456", "--say", "hej"]);
    assert_eq!(
        (&blocked["verdict"], &blocked["ground"]),
        (&"reject".into(), &"blocked".into())
    );
    let wanted = served.call(folder, &["--from", "71234567"]);
    assert_eq!(
        (&wanted["verdict"], &wanted["ground"]),
        (&"connect".into(), &"wanted".into())
    );

    lists(
        &[
            "add",
            "allow",
            "20 11 11 11",
            "--note",
            "Søren",
            "--until",
            "2099-12-31",
        ],
        0,
    );
    let passed = lists(&["add", "allow", "20222222", "--until", "2020-01-01"], 2);
    assert!(passed.contains("--until 2020-01-01 has passed"), "{passed}");
    lists(&["remove", "block", "70123456"], 0);
    for (format, file) in [("csv", "out.csv"), ("vcard", "out.vcf")] {
        lists(&["export", "--format", format, "-o", file], 0);
        let again = lists(&["import", file, "--strict"], 0);
        assert!(again.contains("2 entries imported"), "{again}");
    }
    // An export that nobody changed changes nothing, and nothing of it is refused.
    lists(&["add", "block", "+4572*", "--until", "2099-12-31"], 0);
    let before = lists(&["show", "--json"], 0);
    lists(&["export", "-o", "all.csv"], 0);
    lists(&["import", "all.csv"], 0);
    assert_eq!(lists(&["show", "--json"], 0), before);
    let shown = lists(&["show"], 0);
    let whole = "block   +4572*            until 2099-12-31 (written 2";
    assert!(shown.contains(whole), "{shown}");
    drop(served);
    // The service is gone: the store is opened directly.
    let alone = text(portner(folder).args(["lists", "show"]), 0);
    assert!(
        alone.contains("+4520111111") && alone.contains("directly"),
        "{alone}"
    );
    text(portner(folder).args(["lists", "import", "all.csv"]), 0);
}

#[test]
fn the_log_is_the_same_whether_the_service_or_the_store_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    let mut served = Served::in_folder(there);
    served.call(there, &["--say", "hej det er Lone om fakturaen"]);
    let url = served.url.clone();
    let asked = json(
        portner(there).args(["calls", "--json", "--server", &url]),
        0,
    );
    let id = asked[0]["id"].as_str().unwrap();
    let mark = ["mark", id, "right"];
    text(
        portner(there).args(["calls", "--server", &url]).args(mark),
        0,
    );
    let said = text(portner(there).args(["calls", "--json"]).args(mark), 2);
    assert!(said.contains("only --server goes before mark"), "{said}");
    let typed = ["campaigns", "--json", "admit", id];
    text(portner(there).args(typed), 2);
    let typed = ["campaigns", "--server", &url, "admit", id];
    assert!(text(portner(there).args(typed), 0).contains("let in again"));

    let asked = json(
        portner(there).args(["calls", "--json", "--server", &url]),
        0,
    );
    served.child.kill().unwrap();
    served.child.wait().unwrap();
    let mut direct = portner(there);
    direct.env("PORTNER_LISTEN", "127.0.0.1:1");
    assert_eq!(json(direct.args(["calls", "--json"]), 0), asked);
}

#[test]
fn without_a_service_lists_are_changed_as_the_service_does() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("portner-data")).unwrap();
    let lists = |typed: &[&str], code| {
        let mut command = portner(folder.path());
        command.env("PORTNER_LISTEN", "127.0.0.1:1");
        text(command.arg("lists").args(typed), code)
    };
    let said = lists(&["remove", "block", "70123456"], 1);
    assert!(
        said.contains("+4570123456 is not on the list block"),
        "{said}"
    );
    let said = lists(&["add", "block", "70123456", "--line", "nosuch"], 1);
    assert!(said.contains("there is no line “nosuch”"), "{said}");
    lists(&["add", "block", "70123456", "--line", "demo"], 0);
    lists(&["remove", "block", "70123456"], 1);
    lists(&["remove", "allow", "70123456", "--line", "demo"], 1);
    lists(&["remove", "block", "70123456", "--line", "demo"], 0);
    assert!(lists(&["show"], 0).contains("No entries"));
}

#[test]
fn what_is_held_on_a_number_is_written_out_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    let served = Served::in_folder(there);
    let typed = |typed: &[&str], code| {
        let mut command = portner(there);
        command.args(typed).args(["--server", &served.url]);
        text(&mut command, code)
    };
    typed(
        &["lists", "add", "block", "71234567", "--note", "Hr. Hansen"],
        0,
    );
    assert!(typed(&["export", "+4571234567"], 0).contains("Hr. Hansen"));
    let said = typed(&["erase", "+4571234567"], 1);
    assert!(said.contains("--yes"), "{said}");
    // On a terminal it is asked first.
    let program = assert_cmd::cargo::cargo_bin!("portner").display();
    let asked = format!("{program} erase +4571234567 --server {}", served.url);
    let mut terminal = Typed::new("script");
    terminal.args(["-qec", &asked, "/dev/null"]);
    terminal.current_dir(there).write_stdin("no\n");
    assert!(text(&mut terminal, 1).contains("Nothing was erased"));
    let said = typed(&["erase", "--yes", "+45 71 23 45 67"], 0);
    assert!(
        said.contains("Erased: 1 list entry, 1 record masked"),
        "{said}"
    );
    assert!(!typed(&["export", "+4571234567"], 0).contains("Hr. Hansen"));
    let said = typed(&["erase", "--yes", "+4571234567"], 0);
    assert!(said.contains("Nothing is held"), "{said}");
    let said = typed(&["erase", "--yes", "71 23 45 67"], 0);
    assert!(said.contains("Nothing is held on +4571234567"), "{said}");
    typed(&["erase", "--yes", "Hansen"], 2);
}

#[test]
fn a_backup_is_taken_while_serving_and_restored_where_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    let mut served = Served::in_folder(there);
    served.call(there, &["--say", "hej det er Lone om fakturaen"]);
    let url = served.url.clone();
    let server = ["--server", &url];
    text(
        portner(there)
            .args(["lists", "add", "allow", "71234567"])
            .args(server),
        0,
    );
    let backup = |name: &str, code| text(portner(there).args(["backup", name]).args(server), code);
    let said = backup("one.backup", 0);
    assert!(said.contains("checksum good"), "{said}");
    assert!(backup("one.backup", 1).contains("there already"));

    let restore = |typed: &[&str], store: &str, code| {
        let mut command = portner(there);
        command.env("PORTNER_STORE", format!("sled:{store}"));
        text(command.arg("restore").args(typed), code)
    };
    let said = restore(&["one.backup"], "portner-data", 1);
    assert!(said.contains("another process"), "{said}");
    served.child.kill().unwrap();
    served.child.wait().unwrap();
    let said = restore(&["one.backup"], "portner-data", 1);
    assert!(said.contains("1 calls and 1 list entries"), "{said}");
    let said = restore(&["one.backup"], "elsewhere", 0);
    assert!(said.contains("1 calls, 1 list entries"), "{said}");
    restore(&["one.backup", "--replace"], "portner-data", 0);
    assert!(there.join("portner-data/before-restore-1/sled").exists());

    // Without a service the store is opened directly, and the copy of the copy is as good.
    let mut direct = portner(there);
    direct.env("PORTNER_STORE", "sled:elsewhere");
    direct.env("PORTNER_LISTEN", "127.0.0.1:1");
    text(direct.args(["backup", "two.backup"]), 0);

    let whole = std::fs::read(there.join("two.backup")).unwrap();
    for (name, bytes, expected) in [
        ("cut", &whole[..whole.len() / 2], "cut off"),
        ("other", b"name,number\n".as_slice(), "no backup"),
    ] {
        std::fs::write(there.join(name), bytes).unwrap();
        let said = restore(&[name], "third", 1);
        assert!(said.contains(expected), "{said}");
        assert!(!there.join("third/sled").exists());
    }
}

#[test]
fn what_root_types_leaves_the_store_to_whom_it_belongs() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    if there.metadata().unwrap().uid() != 0 {
        return skip("files of somebody else's need root");
    }
    let typed = |store: &str, typed: &[&str], code| {
        let mut command = portner(there);
        command.env("PORTNER_STORE", format!("sled:{store}"));
        command.env("PORTNER_LISTEN", "127.0.0.1:1");
        text(command.args(typed), code)
    };
    let is_all_of = |user: u32, place: &Path| {
        let mut places = vec![place.to_owned()];
        while let Some(place) = places.pop() {
            assert_eq!(place.symlink_metadata().unwrap().uid(), user, "{place:?}");
            if place.is_dir() {
                let inside = std::fs::read_dir(&place).unwrap();
                places.extend(inside.map(|entry| entry.unwrap().path()));
            }
        }
    };
    std::fs::create_dir(there.join("own")).unwrap();
    let add = ["lists", "add", "allow", "71234567"];
    typed("own", &add, 0);
    typed("own", &["backup", "one.backup"], 0);
    is_all_of(0, &there.join("own"));

    std::fs::create_dir(there.join("his")).unwrap();
    chown(there.join("his"), Some(NOBODY), Some(NOBODY)).unwrap();
    typed("his/around/store", &["restore", "one.backup"], 0);
    is_all_of(NOBODY, &there.join("his"));
    typed(
        "his/around/store",
        &["lists", "add", "block", "70123456"],
        0,
    );
    typed("his/around/store", &["calls"], 0);
    typed(
        "his/around/store",
        &["restore", "--replace", "one.backup"],
        0,
    );
    is_all_of(NOBODY, &there.join("his"));

    // What links lead to is not in the folder.
    let (kept, store) = (there.join("kept"), there.join("his/around/store"));
    std::fs::write(&kept, "").unwrap();
    std::os::unix::fs::symlink(&kept, store.join("link")).unwrap();
    typed("his/around/store", &["calls"], 0);
    std::fs::hard_link(&kept, store.join("second-name")).unwrap();
    typed("his/around/store", &["calls"], 0);
    assert_eq!(kept.metadata().unwrap().uid(), 0);

    // Where a file is root's all the same, whoever may not write it is told which.
    chown(there, Some(NOBODY), Some(NOBODY)).unwrap();
    chown(there.join("his/around/store/journal"), Some(0), Some(0)).unwrap();
    let refused = Command::new(assert_cmd::cargo::cargo_bin!("portner"))
        .args(["lists", "show"])
        .current_dir(there)
        .env("PORTNER_STORE", "sled:his/around/store")
        .env("PORTNER_LISTEN", "127.0.0.1:1")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    let named = "this user may not write his/around/store/journal";
    assert!(said.contains(named), "{said}");
}

#[test]
fn every_command_teaches_by_an_example() {
    fn walk(command: &clap::Command, path: &str, seen: &mut usize) {
        let name = format!("{path} {}", command.get_name());
        let name = name.trim();
        let mut below = command.get_subcommands().peekable();
        if path.is_empty() || below.peek().is_some() {
            for one in below.filter(|one| one.get_name() != "help") {
                walk(one, name, seen);
            }
            return;
        }
        *seen += 1;
        let help = command.clone().render_long_help().to_string();
        let example = help.split_once("Example").map(|(_, examples)| examples);
        assert!(
            example.is_some_and(|examples| examples.contains(name)),
            "`{name} --help` has no example:\n{help}"
        );
    }
    let mut seen = 0;
    let command = <portner::cli::Cli as clap::CommandFactory>::command();
    walk(&command, "", &mut seen);
    assert!(seen > 25, "{seen}");
}
