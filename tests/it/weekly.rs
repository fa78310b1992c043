//! Each Monday the owner is told of the week before: by a signed webhook and by a mail through a mail
//! server that others wrote, once, whatever is started anew.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use portner::app::ByMail;
use portner::call::{Judged, Mark};
use portner::config::Config;
use portner::service::{Mailer as _, Notifier};
use portner::store::{CallFilter, marks};
use serde_json::Value;
use uuid::Uuid;

use crate::fail_open::Installation;

const PASSWORD: &str = "hest og vogn";

/// A mail server in a process of its own.
struct MailServer {
    process: Child,
    port: u16,
    mails: Receiver<Value>,
}

impl MailServer {
    fn start(password: Option<&str>) -> Self {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
        let installed = Command::new(sdk.join("install.sh")).status().unwrap();
        assert!(installed.success());
        let mut process = Command::new(sdk.join(".venv/bin/python"))
            .arg(sdk.join("mail_server.py"))
            .args(password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self {
            process,
            port,
            mails,
        }
    }

    fn mail(&self) -> Value {
        let mail = self.mails.recv_timeout(Duration::from_secs(20));
        mail.expect("a mail arrives")
    }

    /// The owner's way to send mails through it.
    fn mailer(&self, more: &str) -> ByMail {
        let settings = format!(
            "[mail]\nserver = \"127.0.0.1:{}\"\nfrom = \"portner@example.dk\"\nto = \"per@example.dk\"\n{more}",
            self.port
        );
        let config = Config::from_text(None, &settings, &BTreeMap::new()).unwrap();
        ByMail::new(&config.mail.unwrap(), "https://portner.test".to_owned()).unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the webhook told, by the ids of the messages.
#[derive(Default)]
struct Heard(Mutex<Vec<(String, Value)>>);

#[async_trait]
impl Notifier for Heard {
    async fn notify(&self, id: &str, _now: Timestamp, body: &str) -> Result<(), String> {
        let body = serde_json::from_str(body).unwrap();
        self.0.lock().unwrap().push((id.to_owned(), body));
        Ok(())
    }
}

impl Heard {
    fn weeks(&self) -> Vec<Value> {
        let heard = self.0.lock().unwrap();
        let weekly = heard
            .iter()
            .filter(|(_, body)| body["type"] == "summary.weekly");
        weekly.map(|(_, body)| body["data"].clone()).collect()
    }
}

async fn until(mut holds: impl AsyncFnMut() -> bool, what: &str) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The Monday that was told last.
async fn told(house: &Installation) -> Option<String> {
    let kept = house.kept.setting("weekly-told").await.unwrap();
    kept.map(|kept| String::from_utf8(kept).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_week_is_told_once_by_mail_and_webhook_whatever_is_started_anew() {
    let server = MailServer::start(Some(PASSWORD));
    let login = format!("security = \"none\"\nuser = \"portner\"\npassword = \"{PASSWORD}\"\n");
    let heard = Arc::new(Heard::default());
    let connect = |house: &Installation| {
        let heard: Arc<dyn Notifier> = Arc::<Heard>::clone(&heard);
        house.service.notify_through(Some(heard));
        let mailer = Arc::new(server.mailer(&login));
        house.service.mail_through(Some(mailer));
    };
    // A Monday at eleven in the morning. The first start tells nothing.
    let house = Installation::start().await;
    connect(&house);
    until(async || told(&house).await.is_some(), "the Monday is kept").await;
    assert_eq!(told(&house).await.as_deref(), Some("2026-11-23"));

    house.hook("voice", &[("From", "anonymous")]).await;
    for (turn, words) in [
        "taler jeg med den it ansvarlige",
        "det handler om at optimere jeres drift",
        "mange i jeres branche sparer penge hos os og vi ringer til alle",
    ]
    .iter()
    .enumerate()
    {
        let step = format!("heard?turn={}", turn + 1);
        house
            .hook(&step, &[("SpeechResult", words), ("From", "anonymous")])
            .await;
    }
    let calls = house
        .kept
        .calls(&CallFilter::default(), None, 9)
        .await
        .unwrap()
        .calls;
    assert!(calls[0].verdict.is_some());
    let mark = Mark::new(
        Judged::Right,
        "",
        "per",
        portner::call::Clock::now(house.clock.as_ref()),
    );
    marks::put(house.kept.as_ref(), calls[0].id, Some(&mark))
        .await
        .unwrap();

    house.clock.advance(SignedDuration::from_hours(7 * 24));
    let mail = server.mail();
    assert_eq!(
        mail["envelope"],
        serde_json::json!(["portner@example.dk", "per@example.dk"])
    );
    assert_eq!(mail["login"], true);
    assert_eq!(mail["subject"], "Uge 48 ved døren: 1 opkald, 1 pæne nej");
    let text = mail["text"].as_str().unwrap();
    for part in [
        "Fra 2026-11-23 til 2026-11-29",
        "1  opkald",
        "var 1 rigtige og 0 forkerte",
        "https://portner.test",
    ] {
        assert!(text.contains(part), "no “{part}” in:\n{text}");
    }
    until(async || !heard.weeks().is_empty(), "the webhook").await;
    let week = heard.weeks().remove(0);
    assert_eq!(
        (&week["from"], &week["to"]),
        (&"2026-11-23".into(), &"2026-11-29".into())
    );
    assert_eq!((&week["calls"], &week["rejected"]), (&1.into(), &1.into()));
    assert_eq!(week["marked"]["reject"]["right"], 1);
    assert_eq!(week["lines"]["demo"]["calls"], 1);

    let house = house.begun_anew().await;
    connect(&house);
    // Whatever was to be told would be in the outbox before this one is through it.
    house
        .hook(
            "status",
            &[("CallStatus", "completed"), ("From", "anonymous")],
        )
        .await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(told(&house).await.as_deref(), Some("2026-11-30"));
    assert_eq!(heard.weeks().len(), 1, "once");
    assert!(server.mails.try_recv().is_err(), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_goes_out_where_the_server_offers_no_tls() {
    let server = MailServer::start(Some(PASSWORD));
    let login = format!("security = \"starttls\"\nuser = \"portner\"\npassword = \"{PASSWORD}\"\n");
    let send = async |mailer: ByMail| {
        mailer
            .send(Uuid::nil(), Timestamp::UNIX_EPOCH, "Æ", "x")
            .await
    };
    let refused = send(server.mailer(&login)).await.unwrap_err();
    assert!(!refused.contains(PASSWORD), "{refused}");
    let wrong = login
        .replace("starttls", "none")
        .replace(PASSWORD, "gris og kærre");
    let refused = send(server.mailer(&wrong)).await.unwrap_err();
    assert!(refused.contains("535"), "{refused}");
    assert!(server.mails.try_recv().is_err());
    send(server.mailer(&login.replace("starttls", "none")))
        .await
        .unwrap();
    let mail = server.mail();
    assert_eq!(
        (&mail["subject"], &mail["auto-submitted"]),
        (&"Æ".into(), &"auto-generated".into())
    );
    assert_eq!(
        mail["message-id"],
        "<00000000000000000000000000000000@example.dk>"
    );
}
