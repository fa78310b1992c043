//! Pointing a number at this installation, through a server that speaks Twilio's REST API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use assert_cmd::Command as Typed;
use serde_json::json;
use wiremock::matchers::{basic_auth, method, path, query_param};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const NUMBER_SID: &str = "PN0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-that-nobody-may-see";
const NUMBER: &str = "+4570101010";

/// The number as Twilio keeps it: what was posted is what is shown.
#[derive(Clone, Default)]
struct Number(Arc<Mutex<HashMap<String, String>>>);

impl Number {
    fn get(&self, name: &str) -> String {
        let fields = self.0.lock().unwrap();
        fields.get(name).cloned().unwrap_or_default()
    }

    fn shown(&self) -> serde_json::Value {
        json!({
            "sid": NUMBER_SID,
            "phone_number": NUMBER,
            "voice_url": self.get("VoiceUrl"),
            "voice_method": self.get("VoiceMethod"),
            "voice_fallback_url": self.get("VoiceFallbackUrl"),
            "status_callback": self.get("StatusCallback"),
            "voice_application_sid": null,
            "trunk_sid": null,
        })
    }
}

impl Respond for Number {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if request.method.as_str() == "POST" {
            let mut fields = self.0.lock().unwrap();
            for (name, value) in form_urlencoded::parse(&request.body) {
                fields.insert(name.into_owned(), value.into_owned());
            }
            drop(fields);
            return ResponseTemplate::new(200).set_body_json(self.shown());
        }
        ResponseTemplate::new(200).set_body_json(json!({
            "incoming_phone_numbers": [self.shown()],
        }))
    }
}

struct Provider {
    server: MockServer,
    number: Number,
}

impl Provider {
    async fn start() -> Self {
        let server = MockServer::start().await;
        let number = Number::default();
        let account = format!("/2010-04-01/Accounts/{ACCOUNT}");
        Mock::given(method("GET"))
            .and(path(format!("{account}/IncomingPhoneNumbers.json")))
            .and(query_param("PhoneNumber", NUMBER))
            .and(basic_auth(ACCOUNT, TOKEN))
            .respond_with(number.clone())
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path(format!(
                "{account}/IncomingPhoneNumbers/{NUMBER_SID}.json"
            )))
            .and(basic_auth(ACCOUNT, TOKEN))
            .respond_with(number.clone())
            .mount(&server)
            .await;
        Self { server, number }
    }

    /// Runs a command with this provider's account, and gives its exit code and all it said.
    async fn portner(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let folder = tempfile::tempdir().unwrap();
        let base = self.server.uri();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let output = tokio::task::spawn_blocking(move || {
            Typed::cargo_bin("portner")
                .unwrap()
                .current_dir(folder.path())
                .env("PORTNER_PUBLIC_URL", "https://portner.example.dk")
                .env("PORTNER_TWILIO_ACCOUNT_SID", ACCOUNT)
                .env("PORTNER_TWILIO_AUTH_TOKEN", TOKEN)
                .env("PORTNER_TWILIO_BASE_URL", &base)
                .env("PORTNER_TWILIO_LOOKUPS_URL", &base)
                .args(arguments)
                .output()
                .unwrap()
        })
        .await
        .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains(TOKEN), "{said}");
        (output.status.code(), said)
    }
}

#[tokio::test]
async fn what_will_be_set_is_shown_first_and_then_set_and_read_back() {
    let provider = Provider::start().await;
    let (code, said) = provider.portner(&["connect", "twilio", "--dry-run"]).await;
    assert!(
        said.contains("https://portner.example.dk/webhooks/twilio/voice"),
        "{code:?} {said}"
    );
    assert_eq!(
        provider.number.get("VoiceUrl"),
        "",
        "a dry run sets nothing"
    );

    let (code, said) = provider.portner(&["connect", "twilio", "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
    for (field, step) in [
        ("VoiceUrl", "voice"),
        ("VoiceFallbackUrl", "fallback"),
        ("StatusCallback", "status"),
    ] {
        assert_eq!(
            provider.number.get(field),
            format!("https://portner.example.dk/webhooks/twilio/{step}")
        );
    }
    assert_eq!(provider.number.get("VoiceMethod"), "POST");

    let (code, said) = provider.portner(&["connect", "twilio", "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn a_fallback_on_another_machine_is_left_alone() {
    let provider = Provider::start().await;
    let elsewhere = "https://elsewhere.example.com/ring-the-owner.xml";
    provider
        .number
        .0
        .lock()
        .unwrap()
        .insert("VoiceFallbackUrl".into(), elsewhere.into());
    let (code, said) = provider.portner(&["connect", "twilio", "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(provider.number.get("VoiceFallbackUrl"), elsewhere);
    let (_, said) = provider.portner(&["doctor"]).await;
    assert!(said.contains("with a fallback"), "{said}");
}

#[tokio::test]
async fn the_doctor_tells_of_a_fallback_that_is_portner_itself() {
    let provider = Provider::start().await;
    provider.portner(&["connect", "twilio", "--yes"]).await;
    let (_, said) = provider.portner(&["doctor"]).await;
    assert!(said.contains("its fallback is Portner itself"), "{said}");
    assert!(said.contains("<Dial>"), "{said}");
}

#[tokio::test]
async fn a_number_that_is_not_in_the_account_is_named() {
    let provider = Provider::start().await;
    // Twilio answers with an empty page.
    Mock::given(method("GET"))
        .and(path(format!(
            "/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"
        )))
        .and(query_param("PhoneNumber", "+4570999999"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({ "incoming_phone_numbers": [] })),
        )
        .mount(&provider.server)
        .await;
    let numbers = ["--number", "+4570999999", "--number", NUMBER];
    let (code, said) = provider
        .portner(&[&["connect", "twilio", "--yes"][..], &numbers].concat())
        .await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("no number +4570999999 in this account"),
        "{said}"
    );
    // The other one is set all the same.
    assert_eq!(
        provider.number.get("VoiceUrl"),
        "https://portner.example.dk/webhooks/twilio/voice"
    );
}

#[tokio::test]
async fn a_number_is_looked_up() {
    let provider = Provider::start().await;
    let answer = json!({
        "country_code": "DK",
        "phone_number": "+4571234567",
        "national_format": "71 23 45 67",
        "valid": true,
        "validation_errors": [],
        "caller_name": null,
        "line_type_intelligence": { "carrier_name": "TDC\u{1b}[2J A/S", "type": "mobile" },
    });
    Mock::given(method("GET"))
        .and(path("/v2/PhoneNumbers/+4571234567"))
        .and(query_param("Fields", "line_type_intelligence,caller_name"))
        .and(basic_auth(ACCOUNT, TOKEN))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&provider.server)
        .await;
    let (code, said) = provider.portner(&["lookup", "71 23 45 67"]).await;
    assert_eq!(code, Some(0), "{said}");
    for told in [
        "valid     yes",
        "country   DK",
        "71 23 45 67",
        "mobile",
        "TDC",
    ] {
        assert!(said.contains(told), "{said}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");

    let impossible = json!({ "valid": false, "validation_errors": ["INVALID_BUT_POSSIBLE"] });
    Mock::given(method("GET"))
        .and(path("/v2/PhoneNumbers/+4570000000"))
        .respond_with(ResponseTemplate::new(200).set_body_json(impossible))
        .mount(&provider.server)
        .await;
    let (code, said) = provider.portner(&["lookup", "+4570000000"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no (INVALID_BUT_POSSIBLE)"), "{said}");
    let (code, said) = provider.portner(&["lookup", "banana"]).await;
    assert_eq!(code, Some(2), "{said}");
}

#[tokio::test]
async fn the_doctor_sees_that_the_provider_calls_somebody_else() {
    let provider = Provider::start().await;
    provider.number.0.lock().unwrap().insert(
        "VoiceUrl".into(),
        "https://old.example.com/webhooks/twilio/voice".into(),
    );
    let (code, said) = provider.portner(&["doctor"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("https://old.example.com"), "{said}");
    assert!(said.contains("portner connect twilio"), "{said}");
}
