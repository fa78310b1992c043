//! The SDK's REST client and ours send the same requests to the same local server, and ours keeps
//! to its rules when that server misbehaves.

use std::time::{Duration, Instant};

use portner::call::{E164, Instruction, Language, ProviderCallId};
use portner::providers::twilio::{ApiSettings, Twilio};
use portner::providers::{Control, ControlError, NumberSettings, Provider as _};
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::oracle::{ask, try_ask};
use crate::{ACCOUNT, CALL, call, settings};

const KEY: &str = "SK00000000000000000000000000000001";
const SECRET: &str = "a+secret:with/everything";
const RECORDING: &str = "RE00000000000000000000000000000007";
const NUMBER_SID: &str = "PN00000000000000000000000000000001";

fn owner() -> E164 {
    E164::parse("+4571234567").unwrap()
}

fn with_api(url: &str) -> Twilio {
    let mut settings = settings();
    let mut api = ApiSettings::new(ACCOUNT, SECRET.into());
    api.username = KEY.into();
    api.base_url = url.into();
    api.lookups_url = url.into();
    settings.api = Some(api);
    Twilio::new(settings).unwrap()
}

fn control(twilio: &Twilio) -> &dyn Control {
    twilio.control().unwrap()
}

/// An answer that pleases every action but looking for a number of the account.
fn everything() -> Value {
    json!({
        "sid": "SM1",
        "phone_number": "+4571234567",
        "valid": true,
    })
}

/// The numbers of the account.
fn numbers() -> Value {
    json!({
        "page": 0,
        "page_size": 20,
        "next_page_uri": null,
        "incoming_phone_numbers": [
            { "sid": "PN9", "phone_number": "+45712345670", "voice_url": "x" },
            {
                "sid": NUMBER_SID,
                "phone_number": "+4571234567",
                "voice_url": "https://old.example.dk/voice",
                "voice_fallback_url": null,
                "status_callback": "",
                "voice_application_sid": "",
                "trunk_sid": null,
            },
        ],
    })
}

/// A server that always answers the same.
async fn server(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

/// A server that is Twilio on a good day.
async fn friendly_server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!(
            "/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"
        )))
        .respond_with(ResponseTemplate::new(200).set_body_json(numbers()))
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(everything()))
        .mount(&server)
        .await;
    server
}

/// What matters of a request on the wire.
fn shape(request: &Request) -> Value {
    let decoded = form_urlencoded::parse(request.url.path().replace('+', "%2B").as_bytes())
        .map(|(path, _)| path.into_owned())
        .collect::<String>();
    let sorted = |pairs: &[u8]| {
        let mut pairs: Vec<_> = form_urlencoded::parse(pairs).into_owned().collect();
        pairs.sort();
        pairs
    };
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    json!({
        "method": request.method.as_str(),
        "path": decoded,
        "query": sorted(request.url.query().unwrap_or_default().as_bytes()),
        "form": sorted(&request.body),
        "authorization": header("authorization"),
        "accept": header("accept"),
        "form_type": (request.method.as_str() == "POST").then(|| header("content-type")),
    })
}

async fn shapes(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    server.reset().await;
    requests.iter().map(shape).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_sends_the_same_requests() {
    let sdk_server = friendly_server().await;
    let our_server = friendly_server().await;
    let twilio = with_api(&our_server.uri());
    let ours = control(&twilio);
    let theirs = |act: &str, more: Value| {
        let mut question = json!({
            "ask": "rest",
            "act": act,
            "base_url": sdk_server.uri(),
            "account": ACCOUNT,
            "key": KEY,
            "secret": SECRET,
        });
        let question_fields = question.as_object_mut().unwrap();
        question_fields.extend(more.as_object().unwrap().clone());
        tokio::task::block_in_place(|| ask(&question))
    };

    let say = [Instruction::Say {
        text: "Blåbær & mere".into(),
        language: Language::Da,
    }];
    let document = twilio.render(&call(), &say);
    let document = String::from_utf8(document.body.to_vec()).unwrap();
    theirs("redirect", json!({ "call": CALL, "twiml": document }));
    ours.redirect(&call(), &say).await.unwrap();

    let text = "Opkald fra +45: æ & ø = 100 %";
    let sid = theirs(
        "send_text",
        json!({ "to": "+4571234567", "from": "Portner", "body": text }),
    );
    assert_eq!(ours.send_text("Portner", owner(), text).await.unwrap(), sid);

    theirs("look_up", json!({ "number": "+4571234567" }));
    assert!(ours.look_up(owner()).await.unwrap().valid);

    let wanted = twilio.wanted_number_settings();
    theirs("find", json!({ "number": "+4571234567" }));
    let change = json!({
        "sid": NUMBER_SID,
        "voice_url": wanted.voice_url,
        "fallback_url": wanted.fallback_url,
        "status_url": wanted.status_url,
    });
    theirs("set", change);
    ours.set_number_settings(owner(), &wanted).await.unwrap();

    let (theirs, ours) = (shapes(&sdk_server).await, shapes(&our_server).await);
    assert_eq!(theirs.len(), 5);
    assert_eq!(ours, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_twilio_s_reads_as_the_sdk_reads_it() {
    let body = json!({
        "code": 21211,
        "message": "The 'To' number +4571234567 is not a valid phone number.",
        "more_info": "https://www.twilio.com/docs/errors/21211",
        "status": 400,
    });
    let server = server(ResponseTemplate::new(400).set_body_json(body)).await;
    let question = json!({
        "ask": "rest", "act": "send_text", "base_url": server.uri(), "account": ACCOUNT,
        "key": KEY, "secret": SECRET, "to": "+4571234567", "from": "Portner", "body": "x",
    });
    let theirs = tokio::task::block_in_place(|| try_ask(&question)).unwrap_err();
    assert!(theirs.contains("HTTP 400 error"), "{theirs}");
    let twilio = with_api(&server.uri());
    let ours = control(&twilio)
        .send_text("Portner", owner(), "x")
        .await
        .unwrap_err();
    assert_eq!(
        ours.to_string(),
        "twilio refused (400, error 21211): The 'To' number +45712····· is not a valid phone number."
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

/// Where a recording of this account is told to lie: only the names in the address count.
fn recording() -> String {
    format!("https://elsewhere.example/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_removed_as_the_sdk_removes_it() {
    let (sdk_server, our_server) = (
        server(ResponseTemplate::new(204)).await,
        server(ResponseTemplate::new(204)).await,
    );
    let question = json!({
        "ask": "rest", "act": "delete_recording", "base_url": sdk_server.uri(),
        "account": ACCOUNT, "key": KEY, "secret": SECRET, "recording": RECORDING,
    });
    let removed = tokio::task::block_in_place(|| ask(&question));
    assert_eq!(removed, json!(true));
    let twilio = with_api(&our_server.uri());
    let url = recording();
    control(&twilio).delete_recording(&url).await.unwrap();
    let (theirs, ours) = (shapes(&sdk_server).await, shapes(&our_server).await);
    for part in ["method", "path", "query", "form", "authorization"] {
        assert_eq!(ours[0][part], theirs[0][part], "{part}");
    }
    // What another account has is never gone because this one knows nothing of it.
    let of_another =
        format!("https://api.twilio.com/2010-04-01/Accounts/AC9/Recordings/{RECORDING}");
    for wrong in [
        "",
        "https://elsewhere.example/",
        "https://api.twilio.com/Recordings/../Calls",
        &of_another,
    ] {
        assert!(
            control(&twilio).delete_recording(wrong).await.is_err(),
            "{wrong}"
        );
    }
    assert!(shapes(&our_server).await.is_empty());
    // Gone already is as good; whatever else is wrong is told.
    for (status, good) in [(404, true), (200, true), (401, false), (500, false)] {
        let body = json!({ "status": status, "message": "told" });
        let server = server(ResponseTemplate::new(status).set_body_json(body)).await;
        let twilio = with_api(&server.uri());
        let done = control(&twilio).delete_recording(&url).await;
        assert_eq!(done.is_ok(), good, "{status}: {done:?}");
    }
}

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    for (status, texts, removals) in [(500, 1, 3), (503, 1, 3), (429, 3, 3), (401, 1, 1)] {
        let server = server(ResponseTemplate::new(status)).await;
        let twilio = with_api(&server.uri());
        let control = control(&twilio);
        assert!(control.send_text("Portner", owner(), "x").await.is_err());
        assert_eq!(shapes(&server).await.len(), texts, "texts at {status}");
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        assert!(control.delete_recording(&recording()).await.is_err());
        assert_eq!(
            shapes(&server).await.len(),
            removals,
            "removals at {status}"
        );
    }
}

#[tokio::test]
async fn a_fault_that_passes_is_got_over() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(everything());
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let twilio = with_api(&server.uri());
    control(&twilio)
        .delete_recording(&recording())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_is_silent_or_gone_holds_nobody_up() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    let server = server(slow).await;
    let twilio = with_api(&server.uri());
    let start = Instant::now();
    let error = control(&twilio)
        .send_text("Portner", owner(), "x")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ControlError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(12));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);

    // Nothing listens on port 1 of this machine.
    let twilio = with_api("http://127.0.0.1:1");
    let error = control(&twilio).number_settings(owner()).await.unwrap_err();
    assert!(
        matches!(error, ControlError::Unreachable { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn answers_that_are_none_are_said_to_be() {
    for body in [
        "",
        "[]",
        "{\"incoming_phone_numbers\":7}",
        "<html>",
        &"x".repeat(300 * 1024),
    ] {
        let server = server(ResponseTemplate::new(200).set_body_string(body)).await;
        let twilio = with_api(&server.uri());
        let error = control(&twilio).number_settings(owner()).await.unwrap_err();
        assert!(
            matches!(error, ControlError::Unreadable { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = friendly_server().await;
    let moved = ResponseTemplate::new(307).insert_header("location", &*elsewhere.uri());
    let server = server(moved).await;
    let twilio = with_api(&server.uri());
    let error = control(&twilio).number_settings(owner()).await.unwrap_err();
    assert!(
        matches!(error, ControlError::Refused { status: 307, .. }),
        "{error:?}"
    );
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn errors_hold_no_secret_and_no_number() {
    let twilio = with_api("http://127.0.0.1:1");
    let error = control(&twilio).number_settings(owner()).await.unwrap_err();
    let everything = format!("{error} {error:?} {twilio:?}");
    for hidden in [SECRET, "4571234567", ACCOUNT] {
        let shown = everything.replace(&format!("{twilio:?}"), "");
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(!everything.contains(SECRET));
}

#[tokio::test]
async fn a_number_is_found_read_and_set() {
    let server = friendly_server().await;
    let twilio = with_api(&server.uri());
    let control = control(&twilio);
    assert_eq!(
        control.number_settings(owner()).await.unwrap(),
        NumberSettings {
            voice_url: "https://old.example.dk/voice".into(),
            fallback_url: String::new(),
            status_url: String::new(),
        }
    );
    let stranger = E164::parse("+4533333333").unwrap();
    let error = control.number_settings(stranger).await.unwrap_err();
    assert!(matches!(error, ControlError::NoSuchNumber { number, .. } if number == stranger));
}

/// An answer of Lookup v2, as its reference shows it.
fn looked_up(more: &Value) -> Value {
    let mut answer = json!({
        "calling_country_code": "45",
        "country_code": "DK",
        "phone_number": "+4571234567",
        "national_format": "71 23 45 67",
        "valid": true,
        "validation_errors": [],
        "caller_name": null,
        "sim_swap": null,
        "call_forwarding": null,
        "line_status": null,
        "line_type_intelligence": {
            "error_code": null,
            "mobile_country_code": "238",
            "mobile_network_code": "01",
            "carrier_name": "TDC A/S",
            "type": "mobile",
        },
        "url": "https://lookups.twilio.com/v2/PhoneNumbers/+4571234567",
    });
    let fields = answer.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    answer
}

#[tokio::test]
async fn what_is_known_of_a_number_is_read_and_what_is_not_known_is_no_error() {
    let told = async |more: Value| {
        let server = server(ResponseTemplate::new(200).set_body_json(looked_up(&more))).await;
        let facts = control(&with_api(&server.uri()))
            .look_up(owner())
            .await
            .unwrap();
        let asked = shapes(&server).await.pop().unwrap();
        assert_eq!(asked["path"], "/v2/PhoneNumbers/+4571234567");
        let fields = json!([["Fields", "line_type_intelligence,caller_name"]]);
        assert_eq!(asked["query"], fields);
        facts
    };
    let known = told(json!({})).await;
    assert!(known.valid && known.problems.is_empty());
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(known.country, text("DK"));
    assert_eq!(known.national, text("71 23 45 67"));
    assert_eq!(known.line_type, text("mobile"));
    assert_eq!(known.carrier, text("TDC A/S"));
    assert_eq!(known.name, None);
    let name =
        json!({ "caller_name": "TOPP DESIGN", "caller_type": "BUSINESS", "error_code": null });
    assert_eq!(
        told(json!({ "caller_name": name })).await.name,
        text("TOPP DESIGN")
    );

    let nobody_knows = json!({
        "error_code": 60600,
        "mobile_country_code": null,
        "mobile_network_code": null,
        "carrier_name": null,
        "type": null,
    });
    let unknown = told(json!({ "line_type_intelligence": nobody_knows })).await;
    assert_eq!((unknown.valid, unknown.line_type), (true, None));
    let impossible = told(json!({
        "valid": false,
        "validation_errors": ["TOO_SHORT"],
        "country_code": null,
        "national_format": null,
        "line_type_intelligence": null,
    }))
    .await;
    assert_eq!(
        (impossible.valid, &*impossible.problems),
        (false, &["TOO_SHORT".to_owned()][..])
    );
}

#[tokio::test]
async fn what_takes_the_calls_elsewhere_is_told_and_taken_off() {
    let server = MockServer::start().await;
    let mut number = numbers()["incoming_phone_numbers"][1].clone();
    number["voice_application_sid"] = "AP1".into();
    number["trunk_sid"] = "TK1".into();
    let page = json!({ "incoming_phone_numbers": [number] });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(&server)
        .await;
    let address = format!("/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/{NUMBER_SID}.json");
    Mock::given(method("POST"))
        .and(path(address))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let twilio = with_api(&server.uri());
    let found = control(&twilio).number_settings(owner()).await.unwrap();
    assert_eq!(found.voice_url, "application AP1");
    let wanted = twilio.wanted_number_settings();
    control(&twilio)
        .set_number_settings(owner(), &wanted)
        .await
        .unwrap();
    let sent = shapes(&server).await.pop().unwrap();
    let form = sent["form"].as_array().unwrap();
    for cleared in ["VoiceApplicationSid", "TrunkSid"] {
        assert!(form.contains(&json!([cleared, ""])), "{sent}");
    }
}

#[tokio::test]
async fn a_long_document_is_shortened_for_a_live_call() {
    let server = friendly_server().await;
    let twilio = with_api(&server.uri());
    let long = [Instruction::Say {
        text: "\"å\"".repeat(4_000),
        language: Language::Da,
    }];
    control(&twilio).redirect(&call(), &long).await.unwrap();
    let sent = shapes(&server).await.pop().unwrap();
    let document = sent["form"][0][1].as_str().unwrap();
    assert!(document.chars().count() <= 4_000 && document.ends_with("</Response>"));

    let nonsense = ProviderCallId {
        provider: "twilio".into(),
        id: "../../Messages".into(),
    };
    let error = control(&twilio).redirect(&nonsense, &[]).await.unwrap_err();
    assert!(matches!(error, ControlError::Unsendable { .. }));
    assert!(server.received_requests().await.unwrap().is_empty());
}
