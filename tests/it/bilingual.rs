//! What is told in two languages says the same in both, and no page has words that are not told in two.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::architecture::sources;
use crate::recording::{address_of, left_a_message};
use crate::support::TestApp;
use crate::support::living::Living;

/// The two texts of each `bilingual!` in a source, Danish first.
fn pairs(source: &str) -> Vec<(String, String)> {
    let pair = Regex::new(r#"bilingual!\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)""#).unwrap();
    pair.captures_iter(source)
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect()
}

/// What is filled in, in any order; `{{` is a bracket and nothing to fill.
fn filled(placeholder: &Regex, text: &str) -> BTreeSet<String> {
    let text = text.replace("{{", "").replace("}}", "");
    let found = placeholder.find_iter(&text);
    found.map(|one| one.as_str().to_owned()).collect()
}

#[test]
fn every_text_in_two_languages_is_filled_with_the_same_things_and_translated() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let placeholder = Regex::new(r"\{[^}]*\}").unwrap();
    let (mut told, mut wrong) = (0, Vec::new());
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        let written =
            source.matches("bilingual!(\n").count() + source.matches("bilingual!(\"").count();
        let pairs = pairs(&source);
        assert_eq!(pairs.len(), written, "{}", path.display());
        told += pairs.len();
        for (danish, english) in pairs {
            let words = placeholder.replace_all(&english, "");
            let untranslated = danish == english && words.contains(char::is_alphabetic);
            if untranslated || filled(&placeholder, &danish) != filled(&placeholder, &english) {
                wrong.push(format!("{}: “{danish}” – “{english}”", path.display()));
            }
        }
    }
    assert!(told > 100, "only {told} found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What pages show that is nobody's language: names, numbers, what callers and owners wrote.
const DATA: [&str; 12] = [
    "Portner",
    "Dansk",
    "English",
    "AC0000",
    "Lone",
    "demo",
    "shop",
    ".toml",
    "/api/v1/",
    "POST /",
    "IT manager",
    "Sells subscriptions",
];
/// What is called the same in Danish and in English.
const ALIKE: [&str; 5] = ["Tone", "Version", "vCard", "token", "opinion"];

/// The texts of a page, and those that are read out in place of something seen.
fn texts(page: &str) -> BTreeSet<String> {
    let whole = Regex::new(
        r"(?s)<(code|pre|textarea|script|noscript)\b.*?</(code|pre|textarea|script|noscript)>",
    )
    .unwrap();
    let page = whole.replace_all(page, "");
    // What says itself which language it is in is what somebody said in it; keys are called as they are.
    let marked = Regex::new(
        r#"(?s)<(p|span|dd|blockquote) [^>]*lang="..".*?</(p|span|dd|blockquote)>|<kbd>.*?</kbd>"#,
    )
    .unwrap();
    let page = marked.replace_all(&page, "");
    let text = Regex::new(r#">([^<>]+)<|(?:aria-label|title|alt|placeholder)="([^"]+)""#).unwrap();
    let found = text.captures_iter(&page);
    found
        .filter_map(|found| found.get(1).or(found.get(2)))
        .map(|text| text.as_str().trim().to_owned())
        .filter(|text| text.chars().filter(|sign| sign.is_alphabetic()).count() > 1)
        .collect()
}

/// What stands on both pages although one is Danish and the other English.
fn untranslated(danish: &str, english: &str) -> Vec<String> {
    let (danish, english) = (texts(danish), texts(english));
    assert!(danish.len() > 5, "{danish:?}");
    danish
        .intersection(&english)
        .filter(|text| !DATA.iter().any(|own| text.contains(own)))
        .filter(|text| !ALIKE.contains(&text.as_str()))
        .filter(|text| !text.starts_with('“') && !is_a_hash(text))
        .cloned()
        .collect()
}

/// Whether it is a version of the rules.
fn is_a_hash(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|sign| sign.is_ascii_hexdigit())
}

#[tokio::test]
async fn no_page_of_the_desk_shows_a_word_that_is_not_told_in_both_languages() {
    let app = TestApp::start().await;
    app.call(
        "1",
        &[("CallerName", "Lone")],
        &[
            "Vi sælger mobilabonnement",
            "til den IT-ansvarlige",
            "Vi ringer til alle virksomheder i området med et godt tilbud",
        ],
    )
    .await;
    let left = left_a_message(&app, "2", &address_of("RE00000000000000000000000000000001")).await;
    let calls = app.calls().await;
    let decided = calls.iter().find(|call| call.verdict.is_some()).unwrap().id;
    let put = app.api(reqwest::Method::PUT, "/api/v1/lists/allow/+4540112233");
    put.json(&serde_json::json!({"note": "Lone"}))
        .send()
        .await
        .unwrap();
    let story = format!("/calls/{decided}");
    let mark = app.api(reqwest::Method::POST, &format!("{story}/mark"));
    mark.form(&[("judged", "connect")]).send().await.unwrap();
    let mut bad = Vec::new();
    for path in [
        "/",
        "/calls",
        &story,
        &format!("{story}/proposals"),
        &format!("/calls/{left}"),
        "/lists/allow",
        "/lists/block",
        "/lists/wanted",
        "/rules",
        "/rules/file?path=test.toml",
        "/try",
        "/statistics?days=7",
        "/settings",
        "/access",
        "/login",
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = async |language: &str| {
            let page = app.api(
                reqwest::Method::GET,
                &format!("{path}{sign}lang={language}"),
            );
            page.send().await.unwrap().text().await.unwrap()
        };
        let found = untranslated(&page("da").await, &page("en").await);
        bad.extend(found.into_iter().map(|text| format!("{path}: {text}")));
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_of_the_settings_shows_a_word_that_is_not_told_in_both_languages() {
    const FILE: &str = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\n[[line.destination]]\nnumber = \"+4520111111\"\n";
    let app = Living::start(Some(FILE)).await;
    let mut bad = Vec::new();
    for path in [
        "/settings",
        "/settings/general",
        "/settings/provider?look=1",
        "/settings/health",
        "/settings/keys",
        "/settings/file",
        "/settings/line/shop",
        "/settings/line/shop/profile",
        "/settings/line/shop/ringing",
        "/settings/line/shop/wordings",
        "/guide/1",
        "/guide/2",
        "/guide/3",
        "/guide/4",
        "/guide/5",
        "/guide/done?line=shop",
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = async |language: &str| app.get(&format!("{path}{sign}lang={language}")).await;
        let found = untranslated(&page("da").await, &page("en").await);
        bad.extend(found.into_iter().map(|text| format!("{path}: {text}")));
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}
