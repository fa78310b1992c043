use secrecy::SecretString;

use super::*;
use crate::call::CallEvent;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const LOCAL: &str = "AC00000000000000000000000000000002";
const CALL: &str = "CA00000000000000000000000000000001";
const PUBLIC: &str = "https://screen.example.dk/portner";

fn twilio() -> Twilio {
    let mut settings = Settings::new(PUBLIC);
    let mut account = Account::new(ACCOUNT, "first".into());
    account.tokens.push("second".into());
    account.shared_keys.push(SharedKey {
        id: "key1".into(),
        secret: "shared".into(),
    });
    settings.account = Some(account);
    settings.trial = Some(Account::new(LOCAL, "local".into()));
    Twilio::new(settings).unwrap()
}

struct Call {
    step: &'static str,
    fields: Vec<(&'static str, &'static str)>,
}

impl Call {
    fn new(step: &'static str, account: &'static str) -> Self {
        let fields = vec![
            ("AccountSid", account),
            ("CallSid", CALL),
            ("From", "+4571234567"),
            ("To", "+4589880000"),
            ("FromCity", ""),
        ];
        Self { step, fields }
    }

    fn url(&self) -> String {
        format!("{PUBLIC}/webhooks/twilio/{}", self.step)
    }

    fn signed(&self, token: &str) -> RawRequest {
        let mut request = self.unsigned();
        let signature = sign(&self.url(), &self.fields, token);
        let signature = signature.parse().unwrap();
        request.headers.insert(signature::SIGNATURE, signature);
        request
    }

    fn unsigned(&self) -> RawRequest {
        let (step, query) = self.step.split_once('?').unwrap_or((self.step, ""));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish();
        let mut headers = HeaderMap::new();
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        headers.insert(header::CONTENT_TYPE, form.parse().unwrap());
        headers.insert(header::HOST, "evil.example.com".parse().unwrap());
        RawRequest {
            method: Method::POST,
            step: step.into(),
            query: query.into(),
            headers,
            body: body.into(),
        }
    }
}

fn refused(request: &RawRequest) -> bool {
    matches!(
        twilio().receive(request),
        Err(Refused::Signature(_) | Refused::Mismatch { .. })
    )
}

#[test]
fn a_signed_call_is_received_with_either_token() {
    for token in ["first", "second"] {
        let received = twilio()
            .receive(&Call::new("voice", ACCOUNT).signed(token))
            .unwrap();
        assert_eq!(received.call.id, CALL);
        assert_eq!(received.call.provider, "twilio");
        assert!(matches!(received.event, CallEvent::Incoming { .. }));
        assert!(!received.simulated);
    }
}

#[test]
fn a_call_of_the_trial_account_is_marked_as_such_and_its_token_opens_no_other() {
    let call = Call::new("heard?turn=1", LOCAL);
    assert!(twilio().receive(&call.signed("local")).unwrap().simulated);
    assert!(refused(&call.signed("first")));
    assert!(refused(&Call::new("heard?turn=1", ACCOUNT).signed("local")));
}

#[test]
fn an_account_that_is_not_ours_is_refused_whatever_the_signature() {
    let stranger = "AC00000000000000000000000000000009";
    assert!(refused(&Call::new("voice", stranger).signed("first")));
    let mut nameless = Call::new("voice", ACCOUNT);
    nameless.fields.remove(0);
    assert!(refused(&nameless.signed("first")));
}

#[test]
fn no_signature_an_empty_one_and_two_are_refused() {
    let call = Call::new("voice", ACCOUNT);
    assert!(refused(&call.unsigned()));
    let mut empty = call.unsigned();
    empty
        .headers
        .insert(signature::SIGNATURE, "".parse().unwrap());
    assert!(refused(&empty));
    let mut twice = call.signed("first");
    let other = twice.headers[signature::SIGNATURE].clone();
    twice.headers.append(signature::SIGNATURE, other);
    assert!(refused(&twice));
}

#[test]
fn the_address_is_part_of_what_is_signed() {
    let good = Call::new("heard?turn=1", ACCOUNT).signed("first");
    assert!(twilio().receive(&good).is_ok());
    for (step, query) in [
        ("heard", "turn=2"),
        ("heard", "turn=%31"),
        ("recorded", "turn=1"),
        ("heard", ""),
        ("heard/", "turn=1"),
    ] {
        let mut moved = good.clone();
        moved.step = step.into();
        moved.query = query.into();
        assert!(refused(&moved), "{step}?{query}");
    }
}

#[test]
fn another_method_is_another_request() {
    let call = Call::new("voice", ACCOUNT);
    for method in [Method::GET, Method::PUT, Method::HEAD] {
        let mut request = call.signed("first");
        request.method = method;
        assert!(refused(&request));
    }
}

#[test]
fn a_get_request_tells_everything_in_its_query() {
    let query = format!("AccountSid={ACCOUNT}&CallSid={CALL}&From=%2B4571234567&To=%2B4589880000");
    let url = format!("{PUBLIC}/webhooks/twilio/voice?{query}");
    let mut request = Call::new("voice", ACCOUNT).unsigned();
    request.method = Method::GET;
    request.query = query;
    let signature = sign(&url, &[], "first").parse().unwrap();
    request.headers.insert(signature::SIGNATURE, signature);
    let received = twilio().receive(&request).unwrap();
    assert!(matches!(received.event, CallEvent::Incoming { .. }));
    request.query.push_str("&Digits=1");
    assert!(refused(&request));
}

#[test]
fn a_json_body_counts_only_with_its_hash() {
    let body =
        format!(r#"{{"AccountSid":"{ACCOUNT}","CallSid":"{CALL}","CallStatus":"completed"}}"#);
    let hash = hex::encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        body.as_bytes(),
    ));
    let json = |query: String, body: String| {
        let url = format!("{PUBLIC}/webhooks/twilio/status?{query}");
        let mut request = Call::new("status", ACCOUNT).unsigned();
        request
            .headers
            .insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        let signature = sign(url.trim_end_matches('?'), &[], "first")
            .parse()
            .unwrap();
        request.headers.insert(signature::SIGNATURE, signature);
        request.query = query;
        request.body = body.into();
        request
    };
    let bound = json(format!("bodySHA256={hash}"), body.clone());
    let received = twilio().receive(&bound).unwrap();
    assert_eq!(received.event, CallEvent::Ended { seconds: None });
    assert!(refused(&json(
        format!("bodySHA256={hash}"),
        format!("{body} ")
    )));
    assert!(refused(&json(String::new(), body)));
}

#[test]
fn a_shared_key_counts_only_where_the_request_names_it() {
    let call = Call::new("voice", ACCOUNT);
    let fields = call
        .fields
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    let message: Fields<'_> = fields;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"shared");
    let text = message
        .sorted()
        .iter()
        .fold(call.url(), |text, (name, value)| text + name + value);
    let tag = aws_lc_rs::hmac::sign(&key, text.as_bytes());
    let signature = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, tag);
    let with = |settings: Option<&str>| {
        let mut request = call.unsigned();
        request
            .headers
            .insert(signature::SIGNATURE, signature.parse().unwrap());
        if let Some(settings) = settings {
            request
                .headers
                .insert(signature::SETTINGS, settings.parse().unwrap());
        }
        request
    };
    assert!(
        twilio()
            .receive(&with(Some("key=key1,algorithm=HMAC_SHA256")))
            .is_ok()
    );
    assert!(refused(&with(Some("key=key2,algorithm=HMAC_SHA256"))));
    assert!(refused(&with(Some("key=key1,algorithm=HMAC_SHA1"))));
    assert!(refused(&with(None)));
}

#[test]
fn an_oversized_body_is_refused_unread() {
    let mut call = Call::new("voice", ACCOUNT);
    let long: &'static str = "x".repeat(MAX_BODY_BYTES).leak();
    call.fields.push(("Extra", long));
    assert!(refused(&call.signed("first")));
}

#[test]
fn secrets_do_not_show() {
    let mut settings = Settings::new(PUBLIC);
    settings.account = Some(Account::new(ACCOUNT, "s3cret".into()));
    settings.api = Some(ApiSettings::new(ACCOUNT, "s3cret".into()));
    assert!(!format!("{settings:?}").contains("s3cret"));
    assert!(!format!("{:?}", Twilio::new(settings).unwrap()).contains("s3cret"));
}

#[test]
fn settings_that_would_lock_us_out_or_let_others_in_are_refused() {
    let with = |token: &str, url: &str| {
        let mut settings = Settings::new(url);
        let token = SecretString::from(token.to_owned());
        settings.account = Some(Account::new(ACCOUNT, token));
        settings
    };
    assert!(Twilio::new(with("t", PUBLIC)).is_ok());
    assert!(matches!(
        Twilio::new(with("", PUBLIC)),
        Err(SettingsError::EmptySecret(_))
    ));
    for url in [
        "",
        "screen.example.dk",
        "https://a.dk/",
        "https://a.dk?x=1",
        "https://a.dk#x",
        "ftp://a.dk",
        "https://a.dk/\n",
    ] {
        assert!(
            matches!(
                Twilio::new(with("t", url)),
                Err(SettingsError::PublicUrl(_))
            ),
            "{url}"
        );
    }
    let mut twice = with("t", PUBLIC);
    twice.trial.clone_from(&twice.account);
    assert!(matches!(
        Twilio::new(twice),
        Err(SettingsError::AccountTwice(_))
    ));
    let mut bare = with("t", PUBLIC);
    bare.account.as_mut().unwrap().tokens.clear();
    assert!(matches!(Twilio::new(bare), Err(SettingsError::NoSecret(_))));
}

#[test]
fn the_number_is_to_call_these_addresses() {
    let wanted = twilio().wanted_number_settings();
    assert_eq!(wanted.voice_url, format!("{PUBLIC}/webhooks/twilio/voice"));
    assert_eq!(
        wanted.fallback_url,
        format!("{PUBLIC}/webhooks/twilio/fallback")
    );
    assert_eq!(
        wanted.status_url,
        format!("{PUBLIC}/webhooks/twilio/status")
    );
}
