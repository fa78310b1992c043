//! Rules of one's own at the desk: where they are written, when they count, and why they may be held back.

use portner::call::Treatment;
use portner::service::Trouble;

use crate::desk_settings::{FILE, field};
use crate::support::living::Living;

/// What a line sells cancels examples of shipped rules. That is no reason to refuse the owner's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_sells_what_shipped_rules_are_about_saves_his_own_rules() {
    let sells = FILE.replace("\"logo\",", "\"logo\", \"webshop\", \"grafisk design\",");
    let app = Living::start(Some(&format!("[rules]\nfolder = \"rules\"\n{sells}"))).await;
    let written = app.folder.path().join("rules/own.toml");
    let before = std::fs::read_to_string(&written).unwrap();
    let save = async |points: &str| {
        let page = app.get("/rules/file?path=own.toml&lang=en").await;
        let text = before.replace("points = 1", points);
        let base = field(&page, "base");
        let form = [("path", "own.toml"), ("base", &*base), ("text", &*text)];
        let response = app.post("/rules/save?lang=en", &form).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, answer) = save("points = 2").await;
    assert_eq!(status, 303, "{answer}");
    let now = std::fs::read_to_string(&written).unwrap();
    assert!(now.contains("points = 2"), "{now}");
    let (status, answer) = save("points = 9").await;
    assert_eq!(status, 422);
    assert!(
        answer.contains("own.toml:") && !answer.contains("rules/da/"),
        "{answer}"
    );
    // What the file was before is found from there too.
    let before = answer.split("href=\"").map(|rest| rest.split('"').next());
    let before = before.flatten().find(|href| href.contains("version="));
    let before = before.unwrap().replace("&amp;", "&");
    let before = format!("{}&lang=en", before.replace("#compared", ""));
    assert!(app.get(&before).await.contains("From then to now"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_file_that_is_a_link_is_not_saved_is_told_as_it_is() {
    let app = Living::start(Some(&format!("[rules]\nfolder = \"rules\"\n{FILE}"))).await;
    let own = app.folder.path().join("rules/own.toml");
    let elsewhere = app.folder.path().join("elsewhere.toml");
    std::fs::rename(&own, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &own).unwrap();
    let text = std::fs::read_to_string(&elsewhere).unwrap();
    let page = app.get("/rules/file?path=own.toml&lang=en").await;
    let save = async |base: &str| {
        let form = [("path", "own.toml"), ("base", base), ("text", &*text)];
        let response = app.post("/rules/save?lang=en", &form).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, answer) = save(&field(&page, "base")).await;
    assert_eq!(status, 422);
    assert!(answer.contains("This path is a link"), "{answer}");
    assert!(!answer.contains("was changed on disk"), "{answer}");
    let (status, answer) = save("another").await;
    assert_eq!(status, 409);
    assert!(answer.contains("was changed on disk"), "{answer}");
}

/// Whoever begins has no folder of rules. The first one that he writes makes it, beside the calls, and
/// judges at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_rule_of_an_owner_needs_neither_a_folder_nor_a_new_start() {
    let app = Living::start(None).await;
    let folder = app.folder.path().join("data/rules");
    let page = app.get("/rules?lang=en").await;
    assert!(page.contains("New file"), "{page}");
    assert!(!folder.exists());

    let in_force = app.app.service.policies_changed();
    let rule = "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 1\nphrases = [\"kviksølvtermometer*\"]\n";
    let form = [("path", "mine.toml"), ("base", ""), ("text", rule)];
    let response = app.post("/rules/save?lang=en", &form).await;
    assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
    assert_eq!(
        std::fs::read_to_string(folder.join("mine.toml")).unwrap(),
        rule
    );
    tokio::time::timeout(std::time::Duration::from_secs(10), in_force)
        .await
        .expect("the rule never counted");
    let policies = app.app.service.policies();
    let rules = policies.lines()[0].rules.rules();
    assert!(rules.iter().any(|rule| rule.id == "mine"));
}

const REJECTING: &str = "version = 1\n[[rule]]\nid = \"no\"\nname = \"No\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 5\ni_mean_it = true\naction = \"reject\"\nphrases = [\"ordre\"]\n";

/// Customers whom that rule would turn away, and who come through while it is not there.
async fn customers_come_through(app: &Living) {
    for number in 0..25 {
        let words = "hej det er Lone fra bageriet jeg ringer om min ordre på et nyt logo";
        let call = app
            .call(&number.to_string(), "+4570101010", &[words, words, words])
            .await;
        assert_ne!(call.verdict.unwrap().treatment, Treatment::Reject);
    }
}

/// What rules judge that are begun with since his own are wrong says nothing against his own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_were_wrong_at_the_start_are_not_held_back_when_they_are_mended() {
    let settings = format!("[rules]\nfolder = \"rules\"\n[spend]\nper_caller = 1000\n{FILE}");
    let mistyped = REJECTING.replace("tactic", "tactik");
    let app = Living::start_with_rules(&settings, &mistyped).await;
    let wrong = app.app.service.policies();
    assert!(matches!(wrong.trouble(), Some(Trouble::Wrong(_))));
    customers_come_through(&app).await;
    std::fs::write(app.folder.path().join("rules/own.toml"), REJECTING).unwrap();
    app.until(|policies| policies.trouble().is_none()).await;
    let policies = app.app.service.policies();
    let rules = policies.lines()[0].rules.rules();
    assert!(rules.iter().any(|rule| rule.id == "no"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_wrong_files_one_is_mended_after_the_other() {
    let app = Living::start(Some(&format!("[rules]\nfolder = \"rules\"\n{FILE}"))).await;
    let rules = app.folder.path().join("rules");
    let right = std::fs::read_to_string(rules.join("own.toml")).unwrap();
    let other = right.replace("\"own\"", "\"other\"");
    for (name, text) in [("own.toml", &right), ("other.toml", &other)] {
        std::fs::write(rules.join(name), text.replace("tactic", "tactik")).unwrap();
    }
    let save = async |name: &str, text: &str| {
        let page = app.get(&format!("/rules/file?path={name}&lang=en")).await;
        let base = field(&page, "base");
        let form = [("path", name), ("base", &*base), ("text", text)];
        let response = app.post("/rules/save?lang=en", &form).await;
        response.status().as_u16()
    };
    // What is wrong with it stays wrong, and what was right stays right.
    assert_eq!(
        save("own.toml", &right.replace("tactic", "taktik")).await,
        422
    );
    assert_eq!(save("own.toml", &right).await, 303);
    assert_eq!(save("other.toml", &right).await, 422, "the same id");
    assert_eq!(save("other.toml", &other).await, 303);
}

/// Rules that would turn callers away who came through are held back, and the owner can insist.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_told_why_rules_are_held_back_and_insists_with_a_button() {
    let app = Living::start(Some(&format!(
        "[rules]\nfolder = \"rules\"\n[spend]\nper_caller = 1000\n{FILE}"
    )))
    .await;
    customers_come_through(&app).await;
    let rules = app.folder.path().join("rules");
    let before = app.app.service.policies().lines()[0]
        .rules
        .version()
        .to_owned();
    std::fs::write(rules.join("mine.toml"), REJECTING).unwrap();
    app.until(|policies| matches!(policies.trouble(), Some(Trouble::Held(_))))
        .await;
    for (path, words) in [
        ("/rules?lang=da", "blive afvist"),
        ("/rules?lang=en", "would be turned away"),
        ("/?lang=en", "would be turned away"),
    ] {
        let page = app.get(path).await;
        assert!(
            page.contains(words) && page.contains("action=\"/rules/insist\""),
            "{page}"
        );
    }
    let viewer = [
        ("name", "vera"),
        ("password", "vogn og hest"),
        ("role", "viewer"),
    ];
    app.post("/access/add", &viewer).await;
    let cookie = app.log_in(&viewer[..2]).await;
    let ask = app
        .client
        .get(app.url("/rules?lang=en"))
        .header("cookie", &cookie);
    let page = ask.send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("held back") && !page.contains("/rules/insist"),
        "{page}"
    );
    let refused = app
        .client
        .post(app.url("/rules/insist"))
        .header("cookie", &cookie);
    assert_eq!(refused.send().await.unwrap().status(), 403);
    assert!(app.app.service.policies().trouble().is_some());

    let insisted = app.post("/rules/insist", &[]).await;
    assert_eq!(insisted.headers()["location"], "/rules?done=insisted");
    let page = app.get("/rules?done=insisted&lang=en").await;
    assert!(page.contains("the new rules are in force"), "{page}");
    assert_ne!(
        app.app.service.policies().lines()[0].rules.version(),
        before
    );
    let call = app.call("99", "+4570101010", &["min ordre"; 3]).await;
    assert_eq!(call.verdict.unwrap().treatment, Treatment::Reject);
    let access = app.get("/access?lang=en").await;
    assert!(
        access.contains("Insisted on rules that were held back"),
        "{access}"
    );
}

/// The folder that the settings name now is the one that is judged by, shown and written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_folder_of_rules_is_where_the_desk_writes_without_a_new_start() {
    let settings = |folder: &str| format!("[rules]\nfolder = \"{folder}\"\n{FILE}");
    let app = Living::start(Some(&settings("rules"))).await;
    let other = app.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let rule = "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 1\nphrases = [\"kviksølvtermometer*\"]\n";
    std::fs::write(other.join("mine.toml"), rule).unwrap();
    std::fs::write(&app.file, settings("other")).unwrap();
    app.until(|policies| {
        let mut rules = policies.lines()[0].rules.rules().iter();
        rules.any(|rule| rule.id == "mine")
    })
    .await;

    let page = app.get("/rules/file?path=mine.toml&lang=en").await;
    let text = rule.replace("points = 1", "points = 2");
    let base = field(&page, "base");
    let form = [("path", "mine.toml"), ("base", &*base), ("text", &*text)];
    let response = app.post("/rules/save?lang=en", &form).await;
    assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
    let written = std::fs::read_to_string(other.join("mine.toml")).unwrap();
    assert_eq!(written, text);
    assert!(!app.folder.path().join("rules/mine.toml").exists());
    let general = app.get("/settings/general?lang=en").await;
    assert!(!general.contains("start Portner again"), "{general}");
}

#[tokio::test]
async fn without_a_place_for_rules_the_way_to_one_is_shown() {
    let app = Living::start_with(None, &[("PORTNER_STORE", "memory:")]).await;
    let rules = app.get("/rules?lang=en").await;
    assert!(
        rules.contains("href=\"/settings/general#installation\""),
        "{rules}"
    );
    let general = app.get("/settings/general").await;
    assert!(general.contains("id=\"installation\""), "{general}");
}
