//! What goes out: signed, at least once, set aside when nobody takes it, sent again on demand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use portner::call::{CallId, Clock as _, Effect};
use portner::outbound::webhook::Webhook;
use portner::providers::twilio::{ApiSettings, Settings, Twilio};
use portner::service::Notifier;
use portner::service::outbox::is_given_up;
use portner::store::Job;
use portner::telemetry::AlarmKind;
use tokio::net::TcpListener;
use uuid::Uuid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::fail_open::{FULL, Installation, WELL};
use crate::support::living::Living;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Told(Webhook);

#[async_trait]
impl Notifier for Told {
    async fn notify(&self, id: &str, now: Timestamp, body: &str) -> Result<(), String> {
        let sent = self.0.send(id, now, body).await;
        sent.map_err(|error| error.to_string())
    }
}

async fn house(server: &MockServer) -> Installation {
    let house = Installation::start().await;
    let webhook = Webhook::new(&server.uri(), &SECRET.to_owned().into(), true).unwrap();
    house.service.notify_through(Some(Arc::new(Told(webhook))));
    house
}

async fn received(server: &MockServer, least: usize) -> Vec<Request> {
    let began = Instant::now();
    loop {
        let requests = server.received_requests().await.unwrap();
        if requests.len() >= least {
            return requests;
        }
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "only {}",
            requests.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers[name].to_str().unwrap()
}

/// As a receiver checks it, by the specification.
fn holds(request: &Request) -> bool {
    let key = BASE64_STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let body = std::str::from_utf8(&request.body).unwrap();
    let (id, at) = (
        header(request, "webhook-id"),
        header(request, "webhook-timestamp"),
    );
    let given = header(request, "webhook-signature")
        .strip_prefix("v1,")
        .unwrap();
    let given = BASE64_STANDARD.decode(given).unwrap();
    hmac::verify(&key, format!("{id}.{at}.{body}").as_bytes(), &given).is_ok()
}

/// Lets time pass for jobs that wait, and wakes the outbox by another call.
async fn later(house: &Installation, hours: i64, number: u32) {
    house.clock.advance(SignedDuration::from_hours(hours));
    let sid = format!("CAeeee{number:028x}");
    house.hook_of(&sid, "voice", &[("From", "anonymous")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_told_once_signed_and_again_until_it_is_taken() {
    let server = MockServer::start().await;
    let refusing = Mock::given(any()).respond_with(ResponseTemplate::new(500));
    let refusing = refusing.up_to_n_times(1).mount_as_scoped(&server).await;
    let house = house(&server).await;
    // Nobody knows its beginning: it is put through, and that is a verdict.
    house
        .hook("heard?turn=4", &[("SpeechResult", "hej igen")])
        .await;
    assert!(holds(&received(&server, 1).await[0]));
    drop(refusing);
    Mock::given(any())
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    house.clock.advance(SignedDuration::from_secs(6));
    let began = Instant::now();
    while house.kept.counts().await.unwrap().jobs > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "taken is done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(holds));
    let told = requests.last().unwrap();
    assert_eq!(requests.len(), 2, "once more than it was refused");
    assert_eq!(
        header(told, "webhook-id"),
        header(&requests[0], "webhook-id")
    );
    assert_eq!(told.body, requests[0].body);
    let body: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(body["type"], "call.decided");
    assert_eq!(body["data"]["treatment"], "connect");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_takes_is_set_aside_told_of_and_sent_again_on_demand() {
    let server = MockServer::start().await;
    let refusing = Mock::given(any()).respond_with(ResponseTemplate::new(503));
    let refusing = refusing.mount_as_scoped(&server).await;
    let house = house(&server).await;
    house.hook("heard?turn=4", &[("SpeechResult", "hej")]).await;
    let mut round = 0;
    let began = Instant::now();
    let dead = loop {
        let jobs = house.service.outbox().await.unwrap();
        if let Some(job) = jobs.iter().find(|job| is_given_up(job)) {
            break job.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{jobs:?}");
        round += 1;
        later(&house, 25, round).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(dead.attempts, 10);
    let standing = house.service.metrics().alarms().standing();
    assert!(
        standing.iter().any(|alarm| alarm.kind == AlarmKind::Outbox),
        "{standing:?}"
    );
    let shown = format!("{standing:?}");
    assert!(
        !shown.contains(&server.uri()) && !shown.contains("whsec"),
        "{shown}"
    );
    drop(refusing);
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    assert!(house.service.send_again(dead.id).await.unwrap());
    let id = format!("msg_{}", dead.id.simple());
    let began = Instant::now();
    loop {
        let requests = server.received_requests().await.unwrap();
        if requests
            .iter()
            .any(|request| header(request, "webhook-id") == id)
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let stands = || {
        let standing = house.service.metrics().alarms().standing();
        standing.iter().any(|alarm| alarm.kind == AlarmKind::Outbox)
    };
    while stands() {
        assert!(began.elapsed() < Duration::from_secs(15), "it is over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What becomes of a text for the owner that the provider answers so.
async fn text_answered_with(status: u16) -> (Job, usize, Option<String>) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status))
        .mount(&server)
        .await;
    let url = server.uri();
    let house = Installation::with("", move |_| {
        let account = "AC00000000000000000000000000000001";
        let mut settings = Settings::new("https://portner.test");
        let mut api = ApiSettings::new(account, "the-auth-token".to_owned().into());
        api.base_url = url;
        settings.api = Some(api);
        Arc::new(Twilio::new(settings).unwrap())
    })
    .await;
    let job = Job {
        id: Uuid::from_u128(1),
        call: CallId::from_bytes([1; 16]),
        provider: "twilio".into(),
        effect: Effect::Text {
            to: "+4571234567".parse().unwrap(),
            body: "Ubesvaret".into(),
        },
        attempts: 0,
        due: house.clock.now(),
    };
    house.kept.put_job(job.clone()).await.unwrap();
    house.service.send_again(job.id).await.unwrap();
    let began = Instant::now();
    let tried = loop {
        let job = house.kept.job(job.id).await.unwrap().unwrap();
        if job.attempts > 0 {
            break job;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "it is not tried");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let standing = house.service.metrics().alarms().standing();
    let alarm = standing
        .into_iter()
        .find(|alarm| alarm.kind == AlarmKind::Outbox);
    let requests = server.received_requests().await.unwrap().len();
    (
        tried,
        requests,
        alarm.map(|alarm| alarm.text.english().to_owned()),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_refused_for_good_or_may_have_arrived_is_given_up_at_once() {
    for (status, why) in [
        (400, "it is refused each time"),
        (500, "nobody knows whether it arrived"),
        (200, "nobody knows whether it arrived"),
    ] {
        let (job, requests, alarm) = text_answered_with(status).await;
        assert!(is_given_up(&job) && job.attempts == 1, "{status}: {job:?}");
        assert_eq!(requests, 1, "{status}");
        assert!(alarm.unwrap().contains(why), "{status}");
    }
    let (job, _, alarm) = text_answered_with(429).await;
    assert!(!is_given_up(&job), "it was surely not sent: {job:?}");
    assert_eq!(alarm, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trouble_is_told_even_when_there_is_no_store_to_keep_it_in() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let house = house(&server).await;
    house.breaks(FULL);
    house.hook("voice", &[]).await;
    let kinds = |requests: &[Request]| -> Vec<(String, String)> {
        let bodies = requests.iter().map(|request| {
            assert!(holds(request));
            serde_json::from_slice::<serde_json::Value>(&request.body).unwrap()
        });
        bodies
            .map(|body| {
                let word = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
                (word(&body["type"]), word(&body["data"]["kind"]))
            })
            .collect()
    };
    let raised = ("alarm.raised".to_owned(), "store".to_owned());
    let cleared = ("alarm.cleared".to_owned(), "store".to_owned());
    let began = Instant::now();
    while !kinds(&server.received_requests().await.unwrap()).contains(&raised) {
        assert!(began.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.breaks(WELL);
    while !kinds(&server.received_requests().await.unwrap()).contains(&cleared) {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_keeps_no_call_waiting() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(any()).respond_with(slow).mount(&server).await;
    let house = house(&server).await;
    for number in 0..5_u32 {
        let sid = format!("CA{number:032x}");
        let began = Instant::now();
        house
            .hook_of(&sid, "heard?turn=4", &[("SpeechResult", "hej")])
            .await;
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
    }
}

/// Whoever mends the address or the password is told there at once: what waits goes that way too.
#[tokio::test(flavor = "multi_thread")]
async fn another_webhook_and_another_mail_server_are_taken_without_a_restart() {
    let (before, after) = (MockServer::start().await, MockServer::start().await);
    for server in [&before, &after] {
        let taken = Mock::given(any()).respond_with(ResponseTemplate::new(204));
        taken.mount(server).await;
    }
    let mails = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mail_server = mails.local_addr().unwrap();
    let webhook = |server: &MockServer| {
        let address = server.uri();
        format!("[notify]\nwebhook = \"{address}\"\nsecret = \"{SECRET}\"\nallow_private = true\n")
    };
    let app = Living::start(Some(&webhook(&before))).await;
    let mail = format!(
        "[mail]\nserver = \"{mail_server}\"\nsecurity = \"none\"\nfrom = \"portner@example.dk\"\nto = \"per@example.dk\"\n"
    );
    let settings = webhook(&after) + &mail;
    // Files are looked at from soon after the start on.
    for again in 0..20 {
        let in_force = app.app.service.policies_changed();
        std::fs::write(&app.file, format!("{settings}# {again}\n")).unwrap();
        let waited = tokio::time::timeout(Duration::from_secs(3), in_force);
        if waited.await.is_ok() {
            break;
        }
    }
    let in_time = Duration::from_secs(10);
    let now = app.app.service.clock().now();
    let job = |number: u128, effect: Effect| Job {
        id: Uuid::from_u128(number),
        call: CallId::from_bytes([0; 16]),
        provider: String::new(),
        effect,
        attempts: 0,
        due: now,
    };
    let (subject, text) = ("Ugen".to_owned(), "Intet".to_owned());
    let store = app.app.service.keeper().store().unwrap();
    for job in [
        job(1, Effect::Notify { body: "{}".into() }),
        job(2, Effect::Mail { subject, text }),
    ] {
        store.put_job(job).await.unwrap();
    }
    assert!(holds(&received(&after, 1).await[0]));
    let comes = tokio::time::timeout(in_time, mails.accept()).await;
    assert!(comes.is_ok(), "no mail was sent");
    let is_old = |request: &Request| request.body == b"{}";
    assert!(!before.received_requests().await.unwrap().iter().any(is_old));
}
