//! What keeps calls from being lost in silence: the provider's own list as a second ledger, our own
//! made-up call, the alarm about signatures, the alarm about silence, rules held back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use portner::app::{App, Origins};
use portner::call::{Disposition, ProviderCallId};
use portner::config::Config;
use portner::providers::twilio::{Account, ApiSettings, Settings, Twilio};
use portner::service::Answer;
use portner::service::reconcile::ReconcileError;
use portner::store::CallFilter;
use portner::telemetry::AlarmKind;
use portner::web::{self, Limits, SettingsFile, WebState};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use wiremock::matchers::{any, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fail_open::{Installation, SID, signed_by};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "the-auth-token";
const PUBLIC_URL: &str = "https://portner.test";

fn stands(house: &Installation, kind: AlarmKind) -> Option<String> {
    let standing = house.service.metrics().alarms().standing();
    let alarm = standing.into_iter().find(|alarm| alarm.kind == kind);
    alarm.map(|alarm| alarm.text.english().to_owned())
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn house_with_list(server: &MockServer) -> Installation {
    house_set_up_with_list(server, "").await
}

async fn house_set_up_with_list(server: &MockServer, settings: &str) -> Installation {
    let url = server.uri();
    Installation::with(settings, move |_| {
        let mut settings = Settings::new(PUBLIC_URL);
        settings.account = Some(Account::new(ACCOUNT, TOKEN.to_owned().into()));
        let mut api = ApiSettings::new(ACCOUNT, TOKEN.to_owned().into());
        api.base_url = url;
        settings.api = Some(api);
        Arc::new(Twilio::new(settings).unwrap())
    })
    .await
}

fn listed(sid: &str, more: serde_json::Value) -> serde_json::Value {
    let mut call = json!({
        "sid": sid, "from": "+4571234567", "to": "+4570101010", "direction": "inbound",
        "parent_call_sid": null, "status": "completed", "duration": "37",
        "start_time": "Mon, 23 Nov 2026 08:00:00 +0000",
    });
    for (name, value) in more.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

#[tokio::test]
async fn what_only_the_provider_knows_of_is_entered_once_and_told() {
    let server = MockServer::start().await;
    let list = format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json");
    let missed = "CA000000000000000000000000000000f1";
    let second_page = "CA000000000000000000000000000000f2";
    let first = json!({
        "calls": [
            listed(missed, json!({})),
            listed(SID, json!({})),
            listed("CA000000000000000000000000000000f3", json!({"direction": "outbound-dial"})),
            listed("CA000000000000000000000000000000f4", json!({"status": "in-progress"})),
            listed("CA000000000000000000000000000000f5", json!({"to": "+4599999999"})),
            listed("CA000000000000000000000000000000f6", json!({"start_time": "Mon, 23 Nov 2020 08:00:00 +0000"})),
            listed("not a call", json!({})),
            listed("CA000000000000000000000000000000f7", json!({"start_time": "yesterday"})),
        ],
        "next_page_uri": format!("{list}?Page=1&PageSize=100"),
    });
    let second = json!({
        "calls": [listed(second_page, json!({"from": "anonymous", "status": "no-answer", "duration": "0"}))],
        "next_page_uri": null,
    });
    Mock::given(path(&list))
        .and(query_param("Page", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(path(&list))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&server)
        .await;
    let house = house_with_list(&server).await;
    house.hook("voice", &[]).await;
    // It was away when the call came, and is back when it ends.
    let over = [("CallStatus", "completed"), ("CallDuration", "37")];
    house.hook_of(missed, "status", &over).await;
    house.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(house.service.reconcile().await.unwrap(), 2);
    assert_eq!(house.service.reconcile().await.unwrap(), 0, "twice is once");
    assert_eq!(house.kept.counts().await.unwrap().calls, 3);
    let id = ProviderCallId {
        provider: "twilio".into(),
        id: missed.into(),
    };
    let call = house.kept.call_by_provider(&id).await.unwrap().unwrap();
    assert_eq!(call.disposition, Some(Disposition::Unseen));
    assert_eq!(call.started_at.to_string(), "2026-11-23T08:00:00Z");
    assert_eq!(call.ended_at.unwrap().to_string(), "2026-11-23T08:00:37Z");
    assert!(
        stands(&house, AlarmKind::MissedCalls)
            .unwrap()
            .starts_with("2 calls")
    );
    // The end of a call that is known and never came here is told by the list.
    let id = ProviderCallId {
        provider: "twilio".into(),
        id: SID.into(),
    };
    let call = house.kept.call_by_provider(&id).await.unwrap().unwrap();
    assert!(call.is_over() && call.ended_at.unwrap() >= call.timeline[0].at);
    let figures = house.service.metrics().render();
    assert!(
        figures.contains("portner_calls_reconciled_total 2"),
        "{figures}"
    );
}

#[tokio::test]
async fn a_call_of_which_the_end_alone_is_told_never_came_here_where_no_list_tells_of_it() {
    let house = Installation::start().await;
    let over = [("CallStatus", "completed")];
    // A call that is known ended as it did.
    house.hook("voice", &[]).await;
    house.hook("status", &over).await;
    let call = house.kept_call().await.unwrap();
    assert_eq!(call.disposition, Some(Disposition::Abandoned));
    assert_eq!(stands(&house, AlarmKind::MissedCalls), None);
    let sid = "CA000000000000000000000000000000f1";
    house.hook_of(sid, "status", &over).await;
    let id = ProviderCallId {
        provider: "twilio".into(),
        id: sid.into(),
    };
    let call = house.kept.call_by_provider(&id).await.unwrap().unwrap();
    assert_eq!(call.disposition, Some(Disposition::Unseen));
    assert!(call.is_over());
    let told = stands(&house, AlarmKind::MissedCalls).expect("an alarm");
    assert!(told.starts_with("a call never came here"), "{told}");
}

#[tokio::test]
async fn whoever_was_erased_is_not_entered_again() {
    let server = MockServer::start().await;
    let calls = json!({
        "calls": [
            listed("CA000000000000000000000000000000f1", json!({})),
            listed("CA000000000000000000000000000000f2", json!({"from": "+4571234568"})),
        ],
        "next_page_uri": null,
    });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(calls))
        .mount(&server)
        .await;
    let house = house_with_list(&server).await;
    house.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(house.service.reconcile().await.unwrap(), 2);
    let number = "+4571234567".parse().unwrap();
    house.service.erase(number).await.unwrap();
    assert_eq!(house.service.reconcile().await.unwrap(), 0);
    assert_eq!(house.kept.counts().await.unwrap().calls, 1);
}

#[tokio::test]
async fn a_lost_disk_is_told_from_a_program_that_was_away() {
    let server = MockServer::start().await;
    let list = format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json");
    let last_week = json!({ "start_time": "Wed, 18 Nov 2026 08:00:00 +0000" });
    let calls = json!({
        "calls": [
            listed("CA000000000000000000000000000000f1", json!({})),
            listed("CA000000000000000000000000000000f2", last_week),
        ],
        "next_page_uri": null,
    });
    Mock::given(path(&list))
        .respond_with(ResponseTemplate::new(200).set_body_json(calls))
        .mount(&server)
        .await;
    let house = house_with_list(&server).await;
    // A call of a minute ago says nothing of what was before.
    house.hook("voice", &[]).await;
    house.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(
        house.service.reconcile().await.unwrap(),
        1,
        "the last day's"
    );
    let told = stands(&house, AlarmKind::FreshStore).expect("an alarm");
    assert!(told.contains("2 calls before"), "{told}");
    assert_eq!(stands(&house, AlarmKind::MissedCalls), None);
    // Once the owner's lists are there it is over, and what is missing now was missed.
    let entry = portner::store::ListChange::Put(portner::call::ListEntry {
        pattern: portner::call::NumberPattern::parse("+4571234567").unwrap(),
        list: portner::call::ListName::Allow,
        line: None,
        note: String::new(),
        origin: portner::call::Origin::Owner,
        added_at: "2026-11-23T09:00:00Z".parse().unwrap(),
        expires_at: None,
    });
    house.kept.change_lists(vec![entry]).await.unwrap();
    house.service.reconcile().await.unwrap();
    assert_eq!(stands(&house, AlarmKind::FreshStore), None);
}

#[tokio::test]
async fn calls_whose_time_was_over_are_not_taken_for_those_of_a_lost_disk() {
    let server = MockServer::start().await;
    let friday = json!({ "start_time": "Fri, 20 Nov 2026 08:00:00 +0000" });
    let calls = json!({
        "calls": [
            listed("CA000000000000000000000000000000f1", json!({})),
            listed("CA000000000000000000000000000000f2", friday),
        ],
        "next_page_uri": null,
    });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(calls))
        .mount(&server)
        .await;
    let settings = "[retention]\nwords_days = 1\nrecordings_days = 1\ncalls_days = 1\n";
    let house = house_set_up_with_list(&server, settings).await;
    // Half past eight: nobody called since Friday until just now.
    house.clock.advance(SignedDuration::from_mins(-90));
    assert_eq!(house.service.reconcile().await.unwrap(), 1);
    assert_eq!(stands(&house, AlarmKind::FreshStore), None);
    let told = stands(&house, AlarmKind::MissedCalls).expect("an alarm");
    assert!(told.starts_with("1 call of the last day"), "{told}");
}

#[tokio::test]
async fn a_list_that_is_nonsense_or_leads_elsewhere_does_no_harm() {
    for template in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
        ResponseTemplate::new(200).set_body_json(json!({
            "calls": [], "next_page_uri": "https://evil.example/2010-04-01/Accounts/x"
        })),
        ResponseTemplate::new(200).set_body_string("x".repeat(1024 * 1024)),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(template)
            .mount(&server)
            .await;
        let house = house_with_list(&server).await;
        let error = house.service.reconcile().await.unwrap_err();
        assert!(matches!(error, ReconcileError::List(_)), "{error}");
        let answer = house.hook("voice", &[]).await;
        assert!(answer.contains("<Gather"), "{answer}");
    }
}

#[tokio::test]
async fn a_list_that_hangs_keeps_no_call_waiting() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(any()).respond_with(slow).mount(&server).await;
    let house = house_with_list(&server).await;
    let service = Arc::clone(&house.service);
    let comparing = tokio::spawn(async move { service.reconcile().await });
    let began = Instant::now();
    while server.received_requests().await.unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is not asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let began = Instant::now();
    let answer = house.hook("voice", &[]).await;
    assert!(answer.contains("<Gather"), "{answer}");
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(!comparing.is_finished(), "it still waits");
    comparing.abort();
}

#[tokio::test]
async fn a_refused_signature_that_names_our_account_says_what_was_expected_and_what_was_seen() {
    let house = Installation::start().await;
    let fields = [
        ("AccountSid", ACCOUNT),
        ("CallSid", SID),
        ("To", "+4570101010"),
    ];
    // Signed over another address, as behind a proxy that was not told of.
    let mut request = signed_by("http://10.0.0.7:8080", TOKEN, "voice", &fields);
    request
        .headers
        .insert("host", "10.0.0.7:8080".parse().unwrap());
    let answer = house.service.on_request("twilio", request).await.unwrap();
    assert!(matches!(answer, Answer::Refused { .. }));
    let text = stands(&house, AlarmKind::Signature).expect("an alarm");
    assert!(
        text.contains("https://portner.test/webhooks/twilio/voice"),
        "{text}"
    );
    assert!(text.contains("http://10.0.0.7:8080/"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
    // Somebody who does not even know the account is no reason to wake the owner.
    house.hook("voice", &[]).await;
    assert_eq!(
        stands(&house, AlarmKind::Signature),
        None,
        "over with the first that holds"
    );
    let strangers = [("AccountSid", "AC9"), ("CallSid", SID)];
    let request = signed_by(PUBLIC_URL, "guess", "voice", &strangers);
    house.service.on_request("twilio", request).await;
    assert_eq!(stands(&house, AlarmKind::Signature), None);
}

#[tokio::test]
async fn silence_is_noticed_and_a_call_ends_it() {
    let house = Installation::start().await;
    house.hook("voice", &[]).await;
    house.clock.advance(SignedDuration::from_hours(95));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stands(&house, AlarmKind::Silence), None);
    house.clock.advance(SignedDuration::from_hours(2));
    until("the alarm", || stands(&house, AlarmKind::Silence).is_some()).await;
    house
        .hook_of("CA000000000000000000000000000000aa", "voice", &[])
        .await;
    until("it is over", || {
        stands(&house, AlarmKind::Silence).is_none()
    })
    .await;
}

/// The house as `portner serve` joins it, with its web edge, on a port of its own.
struct Serving {
    app: Arc<App>,
    stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl Serving {
    async fn start(settings: &str, public_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portner.toml");
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        std::fs::write(
            folder.path().join("rules/own.toml"),
            rules("mobilabonnement"),
        )
        .unwrap();
        std::fs::write(&file, settings).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut variables = BTreeMap::from([(
            "PORTNER_LISTEN".to_owned(),
            listener.local_addr().unwrap().to_string(),
        )]);
        if let Some(url) = public_url {
            variables.insert("PORTNER_PUBLIC_URL".to_owned(), url.to_owned());
        }
        let config = Config::load(Some(&file), &variables).unwrap();
        let origins = Origins {
            file: config.file.clone(),
            variables,
        };
        let keeper = portner::app::keeper(&config.store);
        let app = Arc::new(App::new(config, origins, keeper).unwrap());
        app.service.keeper().open().await.unwrap();
        let stop = CancellationToken::new();
        let state = WebState {
            service: Arc::clone(&app.service),
            metrics: Arc::clone(&app.metrics),
            local_key: app.local_key.secret().clone(),
            public_url: app.config().server.public_url.to_string(),
            rules: app.rules(),
            settings: SettingsFile::default(),
            doctor: app.doctor(),
            instance: "this".to_owned(),
            limits: Limits::default(),
            sign_in: None,
        };
        tokio::spawn(web::serve(listener, state, stop.clone()));
        tokio::spawn({
            let (app, stop) = (Arc::clone(&app), stop.clone());
            async move { app.run(stop).await }
        });
        Self { app, stop, folder }
    }

    fn save(&self, text: &str) {
        std::fs::write(self.folder.path().join("rules/own.toml"), text).unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

const SETTINGS: &str =
    "[store]\naddress = \"memory:\"\n[rules]\nshipped = false\nfolder = \"rules\"\n";

fn rules(phrase: &str) -> String {
    format!(
        "version = 1\n[[rule]]\nid = \"no\"\nname = \"No\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 5\ni_mean_it = true\naction = \"reject\"\nphrases = [\"{phrase}\"]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_call_goes_through_the_whole_house_or_says_where_it_stuck() {
    let good = Serving::start(SETTINGS, None).await;
    good.app.try_out().await.unwrap();
    let store = good.app.service.keeper().store().unwrap();
    let calls = store
        .calls(&Default::default(), None, 10)
        .await
        .unwrap()
        .calls;
    assert!(calls.is_empty(), "it is no call of the log's: {calls:?}");
    let trials = CallFilter {
        simulated: true,
        ..CallFilter::default()
    };
    let trials = store.calls(&trials, None, 10).await.unwrap().calls;
    assert_eq!(
        trials[0].caller.name.as_deref(),
        Some("Portners egen prøve")
    );
    // Nobody there.
    let gone = Serving::start(SETTINGS, Some("http://127.0.0.1:1")).await;
    let error = gone.app.try_out().await.unwrap_err().to_string();
    assert!(
        error.contains("nobody answers at http://127.0.0.1:1/webhooks/twilio/voice"),
        "{error}"
    );
    // Somebody else there, who takes anything.
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string("<Response></Response>"))
        .mount(&server)
        .await;
    let fooled = Serving::start(SETTINGS, Some(&server.uri())).await;
    let error = fooled.app.try_out().await.unwrap_err().to_string();
    assert!(error.contains("without a signature"), "{error}");
    // Another one of us there: our signature does not hold for it.
    let port = good.app.config().server.listen.port();
    let mistaken = Serving::start(SETTINGS, Some(&format!("http://127.0.0.1:{port}"))).await;
    let error = mistaken.app.try_out().await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_work_and_are_wrong_are_held_back_until_the_owner_insists() {
    let settings = format!(
        "{SETTINGS}[providers.twilio]\nauth_token = \"{TOKEN}\"\naccount_sid = \"{ACCOUNT}\"\nbase_url = \"http://127.0.0.1:1\"\n[spend]\nper_caller = 1000\n"
    );
    let house = Serving::start(&settings, None).await;
    let base = house.app.config().server.public_url.to_string();
    let ask = async |sid: &str, step: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("AccountSid", ACCOUNT),
            ("CallSid", sid),
            ("From", "+4571234567"),
            ("To", "+4570101010"),
        ];
        fields.extend_from_slice(more);
        let request = signed_by(&base, TOKEN, step, &fields);
        house
            .app
            .service
            .on_request("twilio", request)
            .await
            .unwrap()
    };
    for number in 0..30_u32 {
        let sid = format!("CA{number:032x}");
        ask(&sid, "voice", &[]).await;
        let words = [(
            "SpeechResult",
            "hej det er Lone fra bageriet jeg ringer om min ordre på et nyt logo",
        )];
        for turn in 1..4 {
            ask(&sid, &format!("heard?turn={turn}"), &words).await;
        }
    }
    let store = house.app.service.keeper().store().unwrap();
    let calls = store
        .calls(&Default::default(), None, 100)
        .await
        .unwrap()
        .calls;
    assert_eq!(calls.len(), 30);
    let before = version(&house);
    house.save(&rules("ordre"));
    until("they are held", || {
        trouble(&house).is_some_and(|text| text.contains("held back"))
    })
    .await;
    assert_eq!(version(&house), before, "{:?}", trouble(&house));
    let held = || house.app.service.policies().are_held();
    assert!(held());
    house.save("not a rule file");
    until("a broken file is not held, it is wrong", || {
        trouble(&house).is_some() && !held()
    })
    .await;
    // What harms nobody is taken meanwhile.
    house.save(&rules("kviksølvtermometer"));
    until("harmless ones are taken", || {
        trouble(&house).is_none() && version(&house) != before
    })
    .await;
    let before = version(&house);
    house.save(&rules("ordre"));
    until("they are held again", || trouble(&house).is_some()).await;
    house.app.service.insist();
    until("the owner insists", || {
        trouble(&house).is_none() && version(&house) != before
    })
    .await;
}

fn version(house: &Serving) -> String {
    house.app.service.policies().lines()[0]
        .rules
        .version()
        .to_owned()
}

fn trouble(house: &Serving) -> Option<String> {
    house
        .app
        .service
        .policies()
        .trouble()
        .map(|trouble| trouble.told().english().to_owned())
}
