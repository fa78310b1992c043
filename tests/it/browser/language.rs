//! Whether everything on a page is in its language: what is not says which language it is in.

use serde_json::{Value, json};

use super::driver::Browser;

/// Words that are in most English sentences and in no Danish ones.
const ENGLISH: &str = "the is are was not this that and with of which you your has cannot from when only what been there will would does than their nobody until";
/// Words that are in most Danish sentences and in no English ones.
const DANISH: &str = "og er det den der ikke til på som af har kan hvad hvor når fra også ingen du jeg vi om må skal bliver eller efter denne ud mere siden ville din";

/// Whatever a person reads or hears read out that is not marked as being in another language.
const TEXTS: &str = "
    const own = document.documentElement.lang;
    const data = 'code, pre, textarea, script, style, noscript';
    const counts = (element) => element && !element.closest(data) && element.closest('[lang]').lang === own;
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
            if (counts(node.parentElement)) texts.push(node.data);
        } else if (counts(node)) {
            for (const attribute of node.attributes) {
                const isRead = /^(aria-label|title|alt|placeholder)$/.test(attribute.name);
                const isForScripts = /^data-(?!say|words)/.test(attribute.name) && attribute.value.includes(' ');
                if (isRead || isForScripts) texts.push(attribute.value);
            }
        }
    }
    texts.push(document.title);
    return [own, texts];";

/// What on the page is in the other language without saying so.
pub async fn strangers(browser: &Browser) -> Vec<String> {
    let told = browser.run(TEXTS, json!([])).await;
    let (own, other) = match told[0].as_str() {
        Some("da") => (DANISH, ENGLISH),
        Some("en") => (ENGLISH, DANISH),
        _ => return vec![format!("the page says no language of ours: {}", told[0])],
    };
    let texts = told[1].as_array().into_iter().flatten();
    let texts = texts.filter_map(Value::as_str);
    texts
        .filter(|text| holds(text, other) > holds(text, own))
        .map(|text| format!("not in the language of the page: {text}"))
        .collect()
}

/// How many of these words a text has, without what it quotes of somebody.
fn holds(text: &str, words: &str) -> usize {
    let quoted = regex::Regex::new("“[^”]*”").unwrap();
    let text = quoted.replace_all(text, "");
    let of_text = text.split(|letter: char| !letter.is_alphabetic());
    // What is all in capitals is a sign and no word: HVEM, IT.
    let of_text = of_text.filter(|word| word.chars().any(char::is_lowercase));
    let of_text = of_text.map(str::to_lowercase);
    of_text
        .filter(|word| words.split(' ').any(|one| one == word))
        .count()
}

#[test]
fn a_sentence_of_the_other_language_is_noticed() {
    assert!(holds("The file cannot be read", ENGLISH) > holds("The file cannot be read", DANISH));
    assert!(holds("Filen kan ikke læses", DANISH) > holds("Filen kan ikke læses", ENGLISH));
    assert_eq!(holds("Portner, Nordlys", ENGLISH), 0);
}
