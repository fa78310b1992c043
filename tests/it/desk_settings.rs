//! The settings and the guide, over HTTP: what is written into the file, what is refused, and what
//! the next call knows.

use portner::call::Treatment;
use portner::screening::line::Mode;
use serde_json::json;
use wiremock::matchers::{basic_auth, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::living::Living;
use crate::support::next_step;

/// A file as an owner keeps it, with a secret and things that no form knows.
pub const FILE: &str = "\
# Pers indstillinger. Ring til Lone, hvis du ændrer noget.
[providers.twilio]
speech_model = \"deepgram_nova-3\" # den bedste
#auth_token_secondary = \"hemmelig-fra-før\"

[notify]
secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\" # vores egen
webhook = \"https://example.dk/portner\"

[[line]] # butikken
id = \"shop\"
number = \"+4570101010\"
mode = \"screen\"   # siden marts
hours = { mon-thu = \"08:00-16:00\", fri = \"08:00-12:00\" }
closed = \"connect\"

[line.profile]
trade = \"webdesign\"
services = [
    \"hjemmeside\", # mest
    \"logo\",
]

[line.profile.company]
name = \"Topp Design\"

# Min mobil.
[[line.destination]]
number = \"+4520111111\"
";

/// The value of a hidden field.
pub fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Every field of the form that is sent as it stands, with some of them typed anew.
fn filled<'a>(page: &'a str, typed: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let (_, form) = page.split_once("<form class=\"settings\"").unwrap();
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(plain(rest.split('"').next()?))
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    for (at, _) in form.match_indices('<') {
        let tag = form[at..].split('>').next().unwrap();
        let rest = &form[at + tag.len() + 1..];
        let Some(name) = attribute(tag, "name") else {
            continue;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        let value = if tag.starts_with("<textarea") {
            plain(
                rest.split("</textarea>")
                    .next()
                    .unwrap()
                    .trim_start_matches('\n'),
            )
        } else if tag.starts_with("<select") {
            let options = rest.split("</select>").next().unwrap();
            let chosen = options
                .split("<option")
                .find(|option| option.contains(" selected"));
            chosen
                .and_then(|option| attribute(option, "value"))
                .unwrap_or_default()
        } else if tag.starts_with("<button")
            || (["radio", "checkbox"].contains(&kind.as_str()) && !tag.contains(" checked"))
        {
            continue;
        } else {
            attribute(tag, "value").unwrap_or_default()
        };
        fields.push((name, value));
    }
    for (name, value) in typed {
        fields.retain(|(own, _)| own != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Opens a form, types, and sends it.
async fn save(app: &Living, path: &str, typed: &[(&str, &str)]) -> (u16, String) {
    let page = app.get(&format!("{path}?lang=en")).await;
    send(app, path, &filled(&page, typed)).await
}

async fn send(app: &Living, path: &str, fields: &[(String, String)]) -> (u16, String) {
    let response = app
        .post(&format!("{path}?lang=en"), &borrowed(fields))
        .await;
    let status = response.status().as_u16();
    (status, response.text().await.unwrap())
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields.map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// Lines that went and lines that came.
fn changed(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let only = |one: &str, other: &str| {
        let known: Vec<&str> = other.lines().collect();
        one.lines()
            .filter(|line| !known.contains(line))
            .map(str::to_owned)
            .collect()
    };
    (only(before, after), only(after, before))
}

#[tokio::test]
async fn a_form_that_is_sent_as_it_stands_changes_nothing() {
    let app = Living::start(Some(FILE)).await;
    for path in [
        "/settings/line/shop",
        "/settings/line/shop/profile",
        "/settings/line/shop/ringing",
        "/settings/line/shop/wordings",
        "/settings/general",
    ] {
        let (status, answer) = save(&app, path, &[]).await;
        assert_eq!(status, 303, "{path}: {answer}");
        assert_eq!(app.text(), FILE, "{path}");
    }
}

#[tokio::test]
async fn what_is_typed_is_written_in_its_place_and_the_next_call_knows_it() {
    let app = Living::start(Some(FILE)).await;
    let says = ["Hej, det er Lone Krogh fra Blomsterhjørnet, er Per Topp der?"];
    let before = app.call("1", "+4570101010", &says).await;
    let typed = [
        (
            "profile.services",
            "hjemmeside\r\nlogo\r\ngrønne tagrender\r\n",
        ),
        ("profile.owner.name", "Per Topp"),
        ("profile.known_customers[0].name", "Blomsterhjørnet"),
        ("profile.known_customers[0].people", "Lone Krogh\r\nHans"),
    ];
    let (status, answer) = save(&app, "/settings/line/shop/profile", &typed).await;
    assert_eq!(status, 303, "{answer}");
    let (gone, new) = changed(FILE, &app.text());
    assert!(gone.is_empty(), "{gone:?}");
    for line in [
        "    \"grønne tagrender\",",
        "name = \"Per Topp\"",
        "[[line.profile.known_customers]]",
        "people = [\"Lone Krogh\", \"Hans\"]",
    ] {
        assert!(new.iter().any(|own| own == line), "{line} not in {new:?}");
    }
    app.until(|policies| policies.lines()[0].line.profile.owner.name == "Per Topp")
        .await;
    let after = app.call("2", "+4570101010", &says).await;
    let known = |call: &portner::call::Call| format!("{:?} {:?}", call.slots, call.reasons);
    assert_ne!(
        known(&before),
        known(&after),
        "the call knows nothing of it"
    );
    assert!(
        known(&after).len() > known(&before).len(),
        "{}",
        known(&after)
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_in_the_checkers_words_and_not_written() {
    let app = Living::start(Some(FILE)).await;
    let typed = [
        ("number", "banana"),
        ("whisper_wait_seconds", "99"),
        ("expect", "Nordlys Telefoni"),
    ];
    let (status, answer) = save(&app, "/settings/line/shop", &typed).await;
    assert_eq!(status, 422);
    assert_eq!(app.text(), FILE);
    let page = app.get("/settings/line/shop?lang=da").await;
    let danish = app
        .post(
            "/settings/line/shop?lang=da",
            &borrowed(&filled(&page, &typed)),
        )
        .await;
    let danish = danish.text().await.unwrap();
    for told in [
        "skal være fra 3 til 30",
        "hører ikke til i et telefonnummer",
    ] {
        assert!(danish.contains(told), "no “{told}”: {danish}");
    }
    let at = |id: &str| {
        let (_, rest) = answer
            .split_once(&format!("id=\"{id}-told\""))
            .unwrap_or_else(|| panic!("{id}: {answer}"));
        rest.split("</div>").next().unwrap().to_owned()
    };
    assert!(at("whisper_wait_seconds").contains("must be from 3 to 30"));
    assert!(at("number").contains("+4520111111"), "{}", at("number"));
    assert!(
        answer.contains("banana") && answer.contains("Nordlys Telefoni"),
        "what was typed is gone"
    );
    let ring = [
        ("destination[0].to", "70 10 10 10"),
        ("hours.tue", "from 9"),
        ("no_answer", "text"),
    ];
    let (status, answer) = save(&app, "/settings/line/shop/ringing", &ring).await;
    assert_eq!(status, 422);
    assert!(
        answer.contains("the call would come back here without end"),
        "{answer}"
    );
    assert!(answer.contains("is not a range of times"), "{answer}");
    assert!(!answer.contains("elsewhere in the file"), "{answer}");
    let focused = answer.split("autofocus").next().unwrap();
    let focused = focused.rsplit_once("name=\"").unwrap().1;
    assert!(focused.starts_with("destination[0].to\""), "{focused}");
    assert_eq!(answer.matches(" autofocus").count(), 1, "{answer}");
    let words = [("whisper_wait_seconds", "eight")];
    let (status, answer) = save(&app, "/settings/line/shop", &words).await;
    assert_eq!(status, 422);
    assert!(answer.contains("Write a whole number."), "{answer}");
    assert!(!answer.contains("quotes"), "{answer}");
    let (status, answer) = save(
        &app,
        "/settings/line/shop/wordings",
        &[("wordings.en.notice", "Hi {firma} {nobody}")],
    )
    .await;
    assert_eq!(status, 422);
    assert!(answer.contains("known here: {company}"), "{answer}");
    assert_eq!(app.text(), FILE);
}

#[tokio::test]
async fn phones_are_added_moved_and_removed_and_hours_kept_as_people_write_them() {
    let app = Living::start(Some(FILE)).await;
    let path = "/settings/line/shop/ringing";
    let (status, answer) = save(
        &app,
        path,
        &[
            ("destination[1].to", "sip:per@pbx.toppdesign.dk"),
            ("destination[1].ring_seconds", "15"),
            ("hours.fri", "08:00-13:00"),
        ],
    )
    .await;
    assert_eq!(status, 303, "{answer}");
    let text = app.text();
    assert!(
        text.contains("hours = { mon-thu = \"08:00-16:00\", fri = \"08:00-13:00\" }"),
        "{text}"
    );
    assert!(
        text.ends_with(
            "\n[[line.destination]]\nsip = \"sip:per@pbx.toppdesign.dk\"\nring_seconds = 15\n"
        ),
        "{text}"
    );
    assert_eq!(save(&app, path, &[("do", "up:destination:1")]).await.0, 303);
    let text = app.text();
    assert!(
        text.find("sip:per").unwrap() < text.find("# Min mobil.").unwrap(),
        "{text}"
    );
    app.until(|policies| policies.lines()[0].line.attempts.len() == 2)
        .await;
    assert_eq!(
        save(&app, path, &[("do", "drop:destination:0")]).await.0,
        303
    );
    assert!(
        !app.text().contains("sip:per")
            && app
                .text()
                .contains("# Min mobil.\n[[line.destination]]\nnumber = \"+4520111111\"\n")
    );
    // The last telephone cannot be taken away.
    let (status, answer) = save(&app, path, &[("do", "drop:destination:0")]).await;
    assert_eq!(status, 422);
    assert!(
        answer.contains("nobody&#39;s phone would ring")
            || answer.contains("nobody's phone would ring"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_change_by_hand_is_never_written_over_unseen() {
    let app = Living::start(Some(FILE)).await;
    let path = "/settings/line/shop/profile";
    let page = app.get(&format!("{path}?lang=en")).await;
    let by_hand = FILE.replace("trade = \"webdesign\"", "trade = \"tømrer\" # ny");
    std::fs::write(&app.file, &by_hand).unwrap();
    let fields = filled(&page, &[("profile.company.city", "Skive")]);
    let (status, conflict) = send(&app, path, &fields).await;
    assert_eq!(status, 409);
    assert_eq!(app.text(), by_hand);
    assert!(
        conflict.contains("On disk it now says: ") && conflict.contains("tømrer"),
        "{conflict}"
    );
    assert!(
        conflict.contains("value=\"Skive\""),
        "what was typed is gone: {conflict}"
    );
    let again = filled(&conflict, &[("profile.trade", "tømrer")]);
    assert_eq!(send(&app, path, &again).await.0, 303);
    let text = app.text();
    assert!(
        text.contains("trade = \"tømrer\" # ny") && text.contains("city = \"Skive\""),
        "{text}"
    );
    // What the hand wrote is in the history, and so is the way back.
    let file = app.get("/settings/file?lang=en").await;
    assert!(
        file.contains("before") || file.contains("by-hand"),
        "{file}"
    );
    let name = file
        .split("?version=")
        .nth(2)
        .unwrap()
        .split(['"', '#'])
        .next()
        .unwrap()
        .to_owned();
    let compared = app
        .get(&format!("/settings/file?lang=en&version={name}"))
        .await;
    assert!(
        compared.contains("<ins>+ city = &quot;Skive&quot;")
            || compared.contains("city = \"Skive\""),
        "{compared}"
    );
    let back = [
        ("base", field(&compared, "base")),
        ("version", field(&compared, "version")),
    ];
    let back: Vec<(&str, &str)> = back.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(app.post("/settings/file", &back).await.status(), 303);
    assert_eq!(app.text(), by_hand);
}

#[tokio::test]
async fn the_file_is_edited_without_its_secrets_and_keeps_them() {
    let app = Living::start(Some(FILE)).await;
    let page = app.get("/settings/file?lang=en").await;
    for secret in [
        "whsec_Mf",
        "hemmelig-fra-før",
        crate::support::living::AUTH_TOKEN,
    ] {
        assert!(!page.contains(secret), "{secret}");
    }
    for path in [
        "/settings",
        "/settings/general",
        "/settings/health",
        "/settings/line/shop",
    ] {
        let page = app.get(path).await;
        assert!(
            !page.contains("whsec_Mf") && !page.contains(crate::support::living::AUTH_TOKEN),
            "{path}"
        );
    }
    let base = field(&page, "base");
    let (_, text) = page.split_once("<textarea id=\"text\"").unwrap();
    let text = plain(
        text.split_once(">\n")
            .unwrap()
            .1
            .split("</textarea>")
            .next()
            .unwrap(),
    );
    assert!(
        text.contains("••••") && text.contains("# vores egen"),
        "{text}"
    );
    let post = async |text: &str, base: &str, what: &str| {
        let form = [("base", base), ("text", text), ("do", what)];
        let response = app.post("/settings/file?lang=en", &form).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let other = text.replace("mode = \"screen\"   # siden marts", "mode = \"listen\"");
    let (status, looked) = post(&other.replace("listen", "lisen"), &base, "look").await;
    assert_eq!(status, 200);
    assert!(
        looked.contains("did you mean &quot;listen&quot;?")
            || looked.contains("did you mean \"listen\"?"),
        "{looked}"
    );
    assert_eq!(
        post(&other.replace("listen", "lisen"), &base, "save")
            .await
            .0,
        422
    );
    assert_eq!(post("x = = y", &base, "save").await.0, 422);
    assert_eq!(app.text(), FILE);
    let stranger = other.replace("••••", "••••0");
    assert_eq!(post(&stranger, &base, "save").await.0, 409);
    assert_eq!(post(&other, &base, "save").await.0, 303);
    assert_eq!(
        app.text(),
        FILE.replace("mode = \"screen\"   # siden marts", "mode = \"listen\"")
    );
    app.until(|policies| policies.lines()[0].line.mode == Mode::Listen)
        .await;
    assert_eq!(post(&other, &base, "save").await.0, 409);
}

#[tokio::test]
async fn what_the_environment_sets_is_shown_and_what_waits_for_a_start_is_said() {
    let app = Living::start(Some(FILE)).await;
    let general = app.get("/settings/general?lang=en").await;
    assert!(!general.contains("Takes effect only when"), "{general}");
    let typed = [("limits.max_questions", "2")];
    let (status, answer) = save(&app, "/settings/general", &typed).await;
    assert_eq!(status, 303, "{answer}");
    let typed = [("server.public_url", "https://telefon.toppdesign.dk")];
    let (status, answer) = save(&app, "/settings/provider", &typed).await;
    assert_eq!(status, 303, "{answer}");
    app.until(|policies| policies.lines()[0].limits.max_questions == 2)
        .await;
    let general = app.get("/settings/general?lang=en").await;
    assert!(
        general.contains("Takes effect only when")
            && general.contains("<code>server.public_url</code>"),
        "{general}"
    );
    assert!(
        app.text()
            .contains("public_url = \"https://telefon.toppdesign.dk\"")
    );
}

#[tokio::test]
async fn viewers_see_no_settings_and_every_change_is_written_down() {
    let app = Living::start(Some(FILE)).await;
    let new = [
        ("name", "per"),
        ("password", "vogn og hest"),
        ("role", "viewer"),
    ];
    assert_eq!(app.post("/access/add", &new).await.status(), 303);
    let log_in = [("name", "per"), ("password", "vogn og hest")];
    let cookie = app.log_in(&log_in).await;
    for path in [
        "/settings",
        "/settings/file",
        "/settings/line/shop",
        "/settings/health",
        "/settings/keys",
        "/settings/provider",
        "/guide",
        "/guide/1",
    ] {
        let response = app
            .client
            .get(app.url(path))
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403, "{path}");
        let response = app
            .client
            .post(app.url(path))
            .header("cookie", &cookie)
            .form(&[("base", "")])
            .send()
            .await
            .unwrap();
        assert!(
            [403, 405].contains(&response.status().as_u16()),
            "{path} {}",
            response.status()
        );
    }
    assert_eq!(app.text(), FILE);
    assert_eq!(
        save(&app, "/settings/line/shop", &[("tone", "dry")])
            .await
            .0,
        303
    );
    assert!(app.get("/access").await.contains("Saved settings"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_the_same_at_the_desk_as_in_a_terminal() {
    let app = Living::start(Some(FILE)).await;
    let page = app.get("/settings/health?lang=en").await;
    let output = assert_cmd::Command::cargo_bin("portner")
        .unwrap()
        .args([
            "--config",
            app.file.to_str().unwrap(),
            "doctor",
            "--json",
            "--server",
            &app.url(""),
        ])
        .env(
            "PORTNER_STORE",
            format!("sled:{}", app.folder.path().join("data").display()),
        )
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let page = plain(&page);
    let checks = told["checks"].as_array().unwrap();
    let alike = checks.iter().filter(|check| {
        [
            "destinations",
            "whisper",
            "store",
            "signature",
            "alarms",
            "rules",
        ]
        .contains(&check["name"].as_str().unwrap())
    });
    let mut count = 0;
    for check in alike {
        let found = check["found"].as_str().unwrap();
        assert!(page.contains(found), "{found}\n{page}");
        count += 1;
    }
    assert!(count >= 5, "{told}");
    let danish = app.get("/settings/health?lang=da").await;
    assert!(
        danish.contains("hører, hvem det er, og trykker en tast"),
        "{danish}"
    );
}

#[tokio::test]
async fn texts_are_heard_with_their_names_in_place() {
    let app = Living::start(Some(FILE)).await;
    let say = async |setting: &str, text: &str| {
        let response = app
            .post(
                "/settings/say?lang=en",
                &[("line", "shop"), ("setting", setting), ("text", text)],
            )
            .await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(
        say("wordings.en.goodbye", "Bye from {company}.").await,
        (200, "Bye from Topp Design.".into())
    );
    assert!(
        say("wordings.da.notice", "")
            .await
            .1
            .contains("Topp Design")
    );
    assert_eq!(say("wordings.en.goodbye", "{nobody}").await.0, 422);
    for (language, firm) in [("da", "Blomsterhjørnet"), ("en", "the flower shop")] {
        let said = say(&format!("wordings.{language}.whisper"), "").await.1;
        assert!(said.contains(firm), "{said}");
    }
    let typed = [("wordings.en.goodbye", "Bye from {company}.")];
    assert_eq!(
        save(&app, "/settings/line/shop/wordings?spoken=en", &typed)
            .await
            .0,
        303
    );
    assert!(
        app.text()
            .contains("[line.wordings.en]\ngoodbye = \"Bye from {company}.\""),
        "{}",
        app.text()
    );
}

#[tokio::test]
async fn a_new_token_is_shown_once_and_the_old_one_is_worth_nothing() {
    let mut app = Living::start(Some(FILE)).await;
    let response = app.post("/settings/keys", &[("sure", "on")]).await;
    let page = response.text().await.unwrap();
    assert!(!page.contains("hreflang"), "a link would lose it: {page}");
    let (_, rest) = page
        .split_once("<pre id=\"token\" tabindex=\"0\">")
        .unwrap();
    let new = rest.split('<').next().unwrap().to_owned();
    let old = app
        .client
        .get(app.url("/api/v1/status"))
        .bearer_auth(&app.token)
        .send()
        .await
        .unwrap();
    assert_eq!(old.status(), 401);
    app.token = new.clone();
    assert!(!app.get("/settings/keys").await.contains(&new));
}

#[tokio::test]
async fn the_guide_makes_a_line_of_five_answers_and_can_be_left() {
    let app = Living::start(Some("# Mine.\n[limits]\nmax_questions = 2\n")).await;
    assert!(app.get("/?lang=en").await.contains("href=\"/guide\""));
    let next = async |at: usize, form: &[(&str, &str)]| {
        let response = app.post(&format!("/guide/{at}?lang=en"), form).await;
        let status = response.status().as_u16();
        let to = response
            .headers()
            .get("location")
            .map(|to| to.to_str().unwrap().to_owned());
        (
            status,
            to.unwrap_or_default(),
            response.text().await.unwrap(),
        )
    };
    let to_question = async || {
        let response = app
            .client
            .get(app.url("/guide"))
            .bearer_auth(&app.token)
            .send()
            .await
            .unwrap();
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(to_question().await, "/guide/1");
    let you = [
        ("profile.owner.name", "Søren <b>Holm"),
        ("profile.company.name", "Sørens Tømrer ApS"),
        ("profile.company.city", ""),
    ];
    assert_eq!(next(1, &you).await.1, "/guide/2");
    // Left, and gone on with; nothing is written before the end.
    assert_eq!(
        app.post("/guide/skip", &[]).await.headers()["location"],
        "/"
    );
    assert!(!app.get("/?lang=en").await.contains("href=\"/guide\""));
    assert!(!app.text().contains("line"));
    assert_eq!(to_question().await, "/guide/2");
    assert!(
        app.get("/guide/1")
            .await
            .contains("value=\"Søren &lt;b&gt;Holm\"")
    );
    let business = [
        ("profile.trade", "tømrer"),
        ("profile.services", "tag\r\nvinduer"),
        ("profile.owner.is_the_only_person.asked", "1"),
        ("profile.owner.is_the_only_person", "yes"),
    ];
    assert_eq!(next(2, &business).await.1, "/guide/3");
    let (status, _, wrong) = next(3, &[("number", "12")]).await;
    assert_eq!(status, 422);
    assert!(
        wrong.contains("id=\"number-told\"") && wrong.contains("aria-invalid=\"true\""),
        "{wrong}"
    );
    assert_eq!(next(3, &[("number", "70 10 10 20")]).await.1, "/guide/4");
    let (status, _, looped) = next(
        4,
        &[
            ("destination[0].to", "70101020"),
            ("no_answer", "voicemail"),
        ],
    )
    .await;
    assert_eq!(status, 422);
    assert!(looped.contains("without end"), "{looped}");
    let (status, _, missing) =
        next(4, &[("destination[0].to", ""), ("no_answer", "voicemail")]).await;
    assert_eq!(status, 422, "{missing}");
    assert_eq!(
        next(
            4,
            &[
                ("destination[0].to", "20 11 11 12"),
                ("no_answer", "voicemail")
            ]
        )
        .await
        .1,
        "/guide/5"
    );
    let (status, to, answer) = next(5, &[("mode", "listen"), ("languages", "da")]).await;
    assert_eq!(
        (status, to.as_str()),
        (303, "/guide/done?line=soerens-toemrer-aps"),
        "{answer}"
    );
    let text = app.text();
    assert!(
        text.starts_with(
            "# Mine.\n[limits]\nmax_questions = 2\n\n[[line]]\nid = \"soerens-toemrer-aps\"\n"
        ),
        "{text}"
    );
    for line in [
        "number = \"+4570101020\"",
        "mode = \"listen\"",
        "languages = [\"da\"]",
        "is_the_only_person = true",
        "services = [\"tag\", \"vinduer\"]",
        "number = \"+4520111112\"",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} not in {text}");
    }
    app.until(|policies| policies.lines()[0].line.id.0 == "soerens-toemrer-aps")
        .await;
    let done = app
        .get("/guide/done?line=soerens-toemrer-aps&lang=en")
        .await;
    assert!(done.contains("value=\"+4570101020\""), "{done}");
    let called = app.post("/try", &[("to", "+4570101020")]).await;
    let trial = app
        .get(called.headers()["location"].to_str().unwrap())
        .await;
    assert!(trial.contains("Sørens Tømrer ApS"), "{trial}");
    let real = app
        .call("9", "+4570101020", &["Vi sælger mobilabonnement"])
        .await;
    assert_eq!(real.line.0, "soerens-toemrer-aps");
    assert_ne!(
        real.verdict.map(|verdict| verdict.treatment),
        Some(Treatment::Reject)
    );
    assert!(!app.get("/?lang=en").await.contains("href=\"/guide\""));
    // Another line may follow; its name is its own.
    assert_eq!(to_question().await, "/guide/1");
}

#[tokio::test]
async fn a_file_that_is_broken_by_hand_can_be_mended_here() {
    let app = Living::start(Some(FILE)).await;
    std::fs::write(&app.file, format!("{FILE}\nx = = 1\n")).unwrap();
    let page = app.get("/settings?lang=en").await;
    assert!(
        page.contains("cannot be read") && page.contains("/settings/file"),
        "{page}"
    );
    let half = FILE.replace("number = \"+4520111111\"", "number = \"+4570101010\"");
    std::fs::write(&app.file, &half).unwrap();
    let (status, answer) = save(&app, "/settings/line/shop", &[("tone", "dry")]).await;
    assert_eq!(status, 422);
    assert!(
        answer.contains("Something is wrong elsewhere") && answer.contains("without end"),
        "{answer}"
    );
    let (status, answer) = save(
        &app,
        "/settings/line/shop/ringing",
        &[("destination[0].to", "+4520111113")],
    )
    .await;
    assert_eq!(status, 303, "{answer}");
    let gone = app
        .client
        .get(app.url("/settings/line/nothing"))
        .bearer_auth(&app.token)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);
}

/// The account at a provider is typed at the desk: it is written, never shown again, and looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_at_the_provider_is_typed_and_its_secrets_never_come_out_again() {
    const SID: &str = "AC0123456789abcdef0123456789abcdef";
    const TOKEN: &str = "hemmelig-kontonøgle";
    let provider = MockServer::start().await;
    let numbers = format!("/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json");
    Mock::given(path(&numbers))
        .and(basic_auth(SID, TOKEN))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "incoming_phone_numbers": [{"sid": "PN1", "phone_number": "+4570101010", "voice_url": "https://old.example.com/voice"}],
        })))
        .mount(&provider)
        .await;
    let file = FILE.replace(
        "speech_model",
        &format!("base_url = \"{}\"\nspeech_model", provider.uri()),
    );
    let app = Living::start_with(Some(&file), &[]).await;
    let address = "/settings/provider";
    let sid = "providers.twilio.account_sid";
    let token = "providers.twilio.auth_token";

    let (status, page) = save(
        &app,
        address,
        &[(sid, &SID.replace("AC", "SK")), (token, TOKEN)],
    )
    .await;
    assert_eq!(status, 422);
    assert!(
        page.contains("The SID here begins with AC") && !page.contains(TOKEN),
        "{page}"
    );
    let (status, page) = save(&app, address, &[(sid, SID)]).await;
    assert_eq!((status, app.text()), (422, file.clone()), "{page}");
    assert!(
        page.contains("auth_token"),
        "the other half is missing: {page}"
    );

    let (status, _) = save(&app, address, &[(sid, SID), (token, TOKEN)]).await;
    assert_eq!(status, 303);
    let written = app.text();
    assert!(
        written.contains(&format!("account_sid = \"{SID}\"")),
        "{written}"
    );
    assert!(
        written.contains(&format!("auth_token = \"{TOKEN}\"")),
        "{written}"
    );
    assert!(written.contains("# den bedste"), "{written}");
    let page = app.get(&format!("{address}?done=saved&lang=en")).await;
    assert!(!page.contains(TOKEN), "{page}");
    assert!(!page.contains("Takes effect only when"), "{page}");
    assert!(
        page.contains("https://old.example.com/voice"),
        "the doctor looked: {page}"
    );
    assert!(page.contains("Forget it"), "{page}");
    for other in ["/settings/file", "/settings", "/access"] {
        assert!(!app.get(other).await.contains(TOKEN), "{other}");
    }

    let (status, _) = save(&app, address, &[]).await;
    assert_eq!(
        (status, app.text()),
        (303, written),
        "empty leaves it as it is"
    );
    let secondary = "providers.twilio.auth_token_secondary";
    save(&app, address, &[(secondary, "den-anden-nøgle")]).await;
    assert!(app.text().contains("den-anden-nøgle"));
    let forget = format!("{secondary}.forget");
    save(&app, address, &[(&forget, "yes")]).await;
    assert!(!app.text().contains("den-anden-nøgle"));
}

/// A new account takes calls at once. Whoever called by the old one is taken through to the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_is_live_without_a_restart_and_no_call_is_lost() {
    const OLD: (&str, &str) = ("AC0123456789abcdef0123456789abcdef", "den-gamle");
    const NEW: (&str, &str) = ("ACfedcba9876543210fedcba9876543210", "den-nye");
    async fn send(app: &Living, account: (&str, &str), call: &str, step: &str) -> (u16, String) {
        let fields = [
            ("AccountSid", account.0),
            ("CallSid", call),
            ("From", "+4571234567"),
            ("To", "+4570101010"),
            ("CallStatus", "in-progress"),
            ("SpeechResult", "jeg hedder Lone og vil have et skilt"),
            ("Confidence", "0.9"),
        ];
        let answer = app.signed(account.1, step, &fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
    let [under_way, late, first] = ["1", "2", "3"].map(|nth| format!("CA{nth:0>32}"));
    let file = FILE.replace(
        "speech_model",
        &format!(
            "account_sid = \"{}\"\nauth_token = \"{}\"\nspeech_model",
            OLD.0, OLD.1
        ),
    );
    let app = Living::start_with(Some(&file), &[]).await;
    let (status, greeting) = send(&app, OLD, &under_way, "voice").await;
    assert_eq!(status, 200);
    assert_eq!(send(&app, NEW, &first, "voice").await.0, 403);

    let typed = [
        ("providers.twilio.account_sid", NEW.0),
        ("providers.twilio.auth_token", NEW.1),
        ("providers.twilio.voice_da", "Google.da-DK-Wavenet-A"),
    ];
    let in_force = app.app.service.policies_changed();
    let (status, answer) = save(&app, "/settings/provider", &typed).await;
    assert_eq!(status, 303, "{answer}");
    tokio::time::timeout(std::time::Duration::from_secs(10), in_force)
        .await
        .expect("the account never came");
    let (status, said) = send(&app, NEW, &first, "voice").await;
    assert_eq!(status, 200);
    assert!(said.contains("Google.da-DK-Wavenet-A"), "{said}");
    assert_eq!(send(&app, OLD, &late, "voice").await.0, 403);
    let step = next_step(&greeting).unwrap();
    let (status, answer) = send(&app, OLD, &under_way, &step).await;
    assert_eq!(status, 200);
    assert!(answer.contains("<Response>"), "{answer}");
    assert_eq!(send(&app, (OLD.0, "en-tredje"), &late, &step).await.0, 403);
}
