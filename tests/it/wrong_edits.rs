//! Edits that can be read, work, and would turn customers away: each is refused, or held back until the
//! owner insists.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use portner::app::policies;
use portner::config::Config;
use portner::service::Policies;
use portner::store::{Shelf, Shelved};
use reqwest::Method;
use serde_json::json;

use crate::fail_open::Installation;
use crate::support::TestApp;

/// What customers of a signmaker say, each of whom is put through.
const CUSTOMERS: [&str; 12] = [
    "hej det er Lone fra bageriet jeg ringer om min ordre på et nyt logo",
    "goddag jeg har bestilt et skilt hos jer og det er ikke kommet endnu",
    "jeg vil gerne høre hvad det koster at få lavet et skilt til min butik",
    "det er Per jeg ringer angående fakturaen vi fik på skiltet i sidste uge",
    "hej jeg skal bruge et tilbud på visitkort til min café",
    "mit skilt er gået i stykker kan I reparere det",
    "hvornår kan jeg hente mit skilt",
    "jeg vil gerne ændre min bestilling af logoet",
    "hej det er Anna vi har en aftale på torsdag om opsætning af skiltet",
    "jeg har fået et forkert skilt og vil gerne bytte det",
    "kan I komme og måle op til et nyt facadeskilt hos os",
    "jeg ringer om den regning jeg fik i går den er betalt to gange",
];

fn settings(folder: &std::path::Path) -> String {
    format!(
        "[rules]\nfolder = \"{}\"\n[spend]\nper_minute = 1000\nper_caller = 1000\n[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\n[[line.destination]]\nnumber = \"+4520111111\"\n",
        folder.display()
    )
}

/// The policies with this rule beside those that are shipped, if they can be had.
fn with(rule: &str) -> Option<Policies> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.toml"), rule).unwrap();
    let config = Config::from_text(None, &settings(folder.path()), &BTreeMap::new()).unwrap();
    policies::compile(&config)
        .ok()
        .map(|(compiled, _)| compiled)
}

fn rule(body: &str) -> String {
    format!(
        "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 5\naction = \"reject\"\ni_mean_it = true\n{body}\n"
    )
}

/// Fifty edits, each of which would turn some of these customers away, or everybody.
fn edits() -> Vec<String> {
    let phrases = [
        "",
        " ",
        "*",
        "<3>",
        "[hej]",
        "hej",
        "goddag",
        "jeg",
        "det er",
        "ringer om",
        "ringer",
        "skilt",
        "skilt*",
        "*skilt",
        "min",
        "mit",
        "ordre",
        "logo*",
        "bestilt",
        "bestilling*",
        "tilbud",
        "faktura*",
        "regning",
        "(jeg|vi|det)",
        "jeg <6> skilt",
        "hvad det koster",
        "vil gerne",
        "kan i",
        "hej det er",
        "en aftale",
        "hos jer",
        "butik",
    ];
    let expressions = [
        ".*",
        ".",
        "^",
        "$",
        "\\\\w+",
        "[a-zæøå]",
        "(?i)e",
        ".+",
        "\\\\b",
        "(jeg|det|hvornår|kan|hej|mit)",
    ];
    let conditions = [
        "numbers = [\"+45\"]",
        "numbers = [\"+457\"]",
        "numbers = [\"+\"]",
        "numbers = [\"45\"]",
        "numbers = [\"\"]",
        "countries = [\"DK\"]",
        "withheld = false",
        "not = { withheld = true }",
    ];
    let mut edits: Vec<String> = Vec::new();
    edits.extend(phrases.map(|phrase| rule(&format!("phrases = [\"{phrase}\"]"))));
    edits.extend(expressions.map(|regex| rule(&format!("regex = [\"{regex}\"]"))));
    edits.extend(conditions.map(|when| rule(&format!("when = {{ {when} }}"))));
    edits
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_edits_that_would_turn_customers_away_are_refused_or_held_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.toml"), "version = 1\n").unwrap();
    let house = Installation::with(&settings(folder.path()), |twilio| Arc::new(twilio)).await;
    for (number, words) in CUSTOMERS.iter().cycle().take(36).enumerate() {
        let sid = format!("CA{number:032x}");
        let from = format!("+45712{number:05}");
        let said = [("From", from.as_str()), ("SpeechResult", *words)];
        house.hook_of(&sid, "voice", &said[..1]).await;
        for turn in 1..4 {
            house
                .hook_of(&sid, &format!("heard?turn={turn}"), &said)
                .await;
        }
        house
            .answer(&sid, "status", &[said[0], ("CallStatus", "completed")])
            .await;
        house.clock.advance(SignedDuration::from_mins(1));
    }
    // What harms nobody is taken: the check itself is none that says no to everything.
    let harmless = with(&rule("phrases = [\"kviksølvtermometer\"]")).expect("it compiles");
    assert_eq!(house.service.harm_of(&harmless).await, None);
    let edits = edits();
    assert_eq!(edits.len(), 50);
    let (mut refused, mut held) = (0, 0);
    for edit in &edits {
        match with(edit) {
            None => refused += 1,
            Some(new) => {
                let harm = house.service.harm_of(&new).await;
                assert!(harm.is_some(), "it would be taken:\n{edit}");
                held += 1;
            }
        }
    }
    println!("{refused} refused, {held} held back");
    assert!(refused >= 5 && held >= 30, "{refused} {held}");
}

#[tokio::test]
async fn a_beginning_of_numbers_that_would_block_customers_waits_until_somebody_insists() {
    let app = TestApp::start().await;
    app.call("1", &[], &[CUSTOMERS[0], "det er Lone", "et logo"])
        .await;
    let call = app.calls().await.remove(0);
    assert_eq!(
        call.verdict.unwrap().treatment,
        portner::call::Treatment::Connect
    );
    let put = async |path: &str| {
        let request = app.api(Method::PUT, &format!("/api/v1/lists/{path}"));
        request.json(&json!({})).send().await.unwrap()
    };
    for wide in ["+45*", "+4571*", "+4571234567*"] {
        let answer = put(&format!("block/{wide}")).await;
        assert_eq!(answer.status(), 409, "{wide}");
        let told = answer.text().await.unwrap();
        assert!(
            told.contains("of the last 1 calls, 1 that was put through"),
            "{told}"
        );
    }
    // Other numbers, this number alone, and the other lists.
    for fine in ["block/+4572*", "block/+4571234567", "allow/+45*"] {
        assert_eq!(put(fine).await.status(), 200, "{fine}");
    }
    assert_eq!(app.store.counts().await.unwrap().entries, 3);
    assert_eq!(put("block/+45*?insist=true").await.status(), 200);

    // At the desk, with a button to insist by.
    let typed = app.api(Method::POST, "/lists/block/put");
    let typed = typed.form(&[("number", "+457*"), ("note", "<b>alle")]);
    let answer = typed.send().await.unwrap();
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/lists/block?done=held&offer="), "{to}");
    let page = app.get(&to).await.text().await.unwrap();
    assert!(
        page.contains("role=\"alert\"") && !page.contains("<b>alle"),
        "{page}"
    );
    assert_eq!(app.store.counts().await.unwrap().entries, 4);
    let deeds = app.store.shelf(Shelf::Audit, None, 100).await.unwrap();
    let held = |deed: &Shelved| {
        let deed: serde_json::Value = serde_json::from_slice(&deed.value).unwrap();
        deed["what"] == "POST /lists/block/put" && deed["status"] == 422
    };
    assert!(deeds.iter().any(held), "the record tells it as refused");
    let (_, offer) = to.split_once("&offer=").unwrap();
    let insist = app.api(Method::POST, "/lists/block/restore");
    let answer = insist.form(&[("offer", offer)]).send();
    assert_eq!(
        answer.await.unwrap().headers()["location"],
        "/lists/block?done=saved&of=%2B457*"
    );
    assert_eq!(app.store.counts().await.unwrap().entries, 5);

    // A file is no hand: rows that are beginnings, and its own headings, block nobody.
    let file = app.api(Method::POST, "/api/v1/lists/import?list=block");
    let file = file
        .header("content-type", "text/csv")
        .body("number,note\n+4572*,alle\n+4540506070,en\n");
    let report: serde_json::Value = file.send().await.unwrap().json().await.unwrap();
    assert_eq!(report["taken"], 1, "{report}");
    assert_eq!(app.store.counts().await.unwrap().entries, 6);
}
