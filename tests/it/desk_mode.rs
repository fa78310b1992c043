//! A line that listens at first, and screens when its owner says so.

use portner::call::{Ground, Treatment};
use portner::screening::line::Mode;

use crate::desk_settings::FILE;
use crate::support::living::Living;

#[tokio::test]
async fn a_line_that_only_listens_says_so_until_it_screens() {
    let settings = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nmode = \"listen\"\ndestination = [{ number = \"+4520111111\" }]\n";
    let app = Living::start(Some(settings)).await;
    let quiet = app.get("/?lang=da").await;
    assert!(
        quiet.contains("Portner lytter kun") && quiet.contains("Ingen har ringet"),
        "{quiet}"
    );
    let words = [
        "Ja goddag, taler jeg med den IT-ansvarlige?",
        "Det handler om at optimere jeres drift.",
        "Mange i jeres branche sparer penge hos os.",
    ];
    let sold = app.call("1", "+4570101010", &words).await;
    let verdict = sold.verdict.as_ref().unwrap();
    assert_eq!(verdict.treatment, Treatment::Connect);
    assert_eq!(verdict.would_have, Some(Treatment::Reject));
    let now = app.get("/?lang=da").await;
    assert!(
        now.contains("1 opkald, hvoraf 1 ville være blevet afvist"),
        "{now}"
    );
    assert!(now.contains("action=\"/now/mode\""), "{now}");
    let log = app.get("/calls?lang=da").await;
    assert!(log.contains("Ellers: Afvist"), "{log}");
    let log = app.get("/api/v1/calls").await;
    assert!(log.contains("\"would_have\":\"reject\""), "{log}");
    let table = app.get("/api/v1/calls?format=csv").await;
    assert!(table.contains("ground,would_have,"), "{table}");
    assert!(table.contains(",reject,"), "{table}");

    let begun = app.post("/try", &[("to", "+4570101010")]).await;
    let trial = begun.headers()["location"].to_str().unwrap().to_owned();
    for said in words {
        app.post(&trial, &[("words", said)]).await;
    }
    let trial = app.get(&format!("{trial}?lang=da")).await;
    assert!(
        trial.contains("Linjen lytter kun. Ellers: Afvist"),
        "{trial}"
    );

    std::fs::write(&app.file, settings.replace("listen", "screen")).unwrap();
    app.until(|policies| policies.lines()[0].line.mode == Mode::Screen)
        .await;
    assert!(!app.get("/?lang=da").await.contains("Portner lytter kun"));
    // A fraud is not called back: that may be what he wants.
    let words =
        ["This is Microsoft support, your computer has a virus, you must install AnyDesk now"];
    let fraud = app.call("2", "+4570101010", &words).await;
    assert_eq!(fraud.verdict.as_ref().unwrap().ground, Ground::Fraud);
    app.hang_up("2", "+4570101010").await;
    let story = app.get(&format!("/calls/{}", fraud.id)).await;
    assert!(!story.contains("href=\"tel:"), "{story}");
    // Whoever is still on the line need not be rung.
    let story = app.get(&format!("/calls/{}", sold.id)).await;
    assert!(!story.contains("href=\"tel:"), "{story}");
    app.hang_up("1", "+4570101010").await;
    let story = app.get(&format!("/calls/{}", sold.id)).await;
    assert!(story.contains("href=\"tel:"), "{story}");
}

#[tokio::test]
async fn one_tap_has_a_line_screen_and_another_listen_again() {
    let settings = FILE.replace("mode = \"screen\"", "mode = \"listen\"");
    let app = Living::start(Some(&settings)).await;
    let tap = async |line: &str, mode: &str| {
        let answer = app
            .post("/now/mode", &[("line", line), ("mode", mode)])
            .await;
        let to = answer.headers().get("location").cloned();
        let to = to.map(|to| to.to_str().unwrap().to_owned());
        (answer.status().as_u16(), to.unwrap_or_default())
    };
    let mode = || app.app.service.policies().lines()[0].line.mode;
    let before = app.get("/?lang=en").await;
    assert!(before.contains(">Start screening<"), "{before}");

    let (status, then) = tap("shop", "screen").await;
    assert_eq!((status, &*then), (303, "/?done=screen&line=shop"));
    // It is in force when the page comes, and everything else in the file is as it was.
    assert_eq!(mode(), Mode::Screen);
    assert_eq!(app.text(), FILE);
    let told = app.get(&format!("{then}&lang=en")).await;
    for part in [
        "Portner is screening now",
        "/settings/line/shop#the-line",
        ">Only listen again<",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("Portner only listens"), "{told}");
    let danish = app.get(&format!("{then}&lang=da")).await;
    assert!(danish.contains("Portner sorterer nu"), "{danish}");
    let other = app.get("/?done=screen&line=%3Cb%3E&lang=en").await;
    assert!(!other.contains("screening now") && !other.contains("<b>"));

    let (_, then) = tap("shop", "listen").await;
    assert_eq!((mode(), app.text()), (Mode::Listen, settings.clone()));
    let told = app.get(&format!("{then}&lang=en")).await;
    assert!(told.contains("Portner only listens again"), "{told}");
    assert!(told.contains(">Start screening<"), "{told}");
    let access = app.get("/access?lang=en").await;
    assert!(access.contains("Switched whether a line screens"));

    assert_eq!(tap("nowhere", "screen").await.0, 404);
    assert_eq!(tap("shop", "dance").await.0, 422);
    std::fs::write(&app.file, "[[line").unwrap();
    assert_eq!(tap("shop", "screen").await.0, 409);
    assert_eq!(app.text(), "[[line");
}
