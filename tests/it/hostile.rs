//! Hostile text: what a caller is called, says and sends arrives everywhere as harmless text.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::support::TestApp;

const PAYLOADS: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</Say><Dial><Number>+88213000000</Number></Dial><Say>",
    "]]><!--<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]>&a;",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "line one\r\nHTTP/1.1 200 OK\r\nset-cookie: x=y",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{0}\u{8}\u{b}",
    "\u{202e}gnp.exe\u{2066}\u{200f}\u{feff}",
    "{\"level\":\"ERROR\",\"message\":\"forged\"}\n{\"level\":\"ERROR\"}",
    "\u{fffe}\u{ffff}\u{10ffff}😀𝕏",
];

/// Whether XML 1.0 allows the character.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// No spreadsheet takes it for a formula: it begins with none, or is a telephone number.
fn is_harmless_cell(cell: &str) -> bool {
    let rest = cell.trim_start_matches(['+', '-']);
    let number = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
    number || !cell.starts_with(['=', '@', '+', '-', '\t', '\r'])
}

fn is_harmless_page(page: &str, what: &str) {
    for tag in ["<script>alert", "<img src=x", "<Dial>", "\u{202e}"] {
        assert!(!page.contains(tag), "{tag} in {what}:\n{page}");
    }
    assert!(
        !page.contains('\u{1b}') && !page.contains('\u{0}'),
        "control characters in {what}"
    );
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn whatever_a_caller_sends_is_text_in_markup_pages_exports_and_logs() {
    let log = Lines::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::start().await;
    for (number, payload) in PAYLOADS.into_iter().enumerate() {
        let call = number.to_string();
        let from = format!("+45712345{number:02}");
        let more = [
            ("CallerName", payload),
            ("From", from.as_str()),
            ("FromCity", payload),
        ];
        let mut answers = vec![app.call(&call, &more, &[payload, payload, payload]).await];
        for step in [
            "dialled?attempt=0",
            "whisper?attempt=0",
            "recorded?turn=1",
            "fallback",
            "status",
        ] {
            let fields = [
                ("DialCallStatus", payload),
                ("Digits", payload),
                ("RecordingUrl", payload),
                ("CallStatus", payload),
                ("StirVerstat", payload),
                ("ForwardedFrom", payload),
                ("ErrorUrl", payload),
            ];
            let response = app.hook(&call, step, &fields).await;
            assert!(
                response.status().as_u16() < 500,
                "{step}: {}",
                response.status()
            );
            answers.push(response.text().await.unwrap());
        }
        for answer in answers {
            assert!(
                answer.chars().all(is_xml),
                "not XML for {payload:?}: {answer:?}"
            );
            let mut reader = quick_xml::Reader::from_str(&answer);
            while reader.read_event().expect("well-formed") != quick_xml::events::Event::Eof {}
            assert!(!answer.contains("+88213000000</Number>"), "{answer}");
        }
    }
    let calls = app.calls().await;
    assert_eq!(calls.len(), PAYLOADS.len());
    for call in &calls {
        let path = format!("/calls/{}", call.id);
        let page = app.get(&path).await.text().await.unwrap();
        is_harmless_page(&page, &path);
        let story = app.get(&format!("/api/v1/calls/{}", call.id)).await;
        assert_eq!(story.headers()["content-type"], "application/json");
        story.json::<serde_json::Value>().await.unwrap();
    }
    // A list that was made by somebody else, with the same tricks in its notes.
    let mut list = csv::Writer::from_writer(Vec::new());
    list.write_record(["number", "note"]).unwrap();
    for (number, payload) in PAYLOADS.into_iter().enumerate() {
        list.write_record([format!("+45202030{number:02}").as_str(), payload])
            .unwrap();
    }
    let imported = app
        .api(reqwest::Method::POST, "/api/v1/lists/import?list=allow")
        .header("content-type", "text/csv")
        .body(list.into_inner().unwrap());
    assert_eq!(imported.send().await.unwrap().status(), 200);
    for path in [
        "/",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/calls",
        "/calls?text=%3Cscript%3Ealert(1)%3C/script%3E",
        "/lists/allow",
        "/statistics",
        "/rules",
        "/try",
        "/settings",
        "/access",
    ] {
        let response = app.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        is_harmless_page(&response.text().await.unwrap(), path);
    }
    for (path, rows) in [
        ("/api/v1/calls?format=csv", PAYLOADS.len()),
        ("/api/v1/lists/allow/export?format=csv", PAYLOADS.len()),
    ] {
        let export = app.get(path).await;
        let kind = export.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("text/csv"), "{path}: {kind}");
        let text = export.text().await.unwrap();
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.flexible(true).from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.into_records().map(Result::unwrap).collect();
        assert!(records.len() >= rows, "{path}: {text}");
        for cell in records.iter().flatten() {
            assert!(is_harmless_cell(cell), "{path}: {cell}");
        }
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.lines().count() > PAYLOADS.len(), "something was logged");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is one object");
        assert_ne!(line["message"], "forged");
    }
    assert!(!log.contains('\u{1b}') && !log.contains('\u{202e}'));
    for number in 0..PAYLOADS.len() {
        assert!(
            !log.contains(&format!("45712345{number:02}")),
            "a whole number in the log"
        );
    }
}

#[tokio::test]
async fn everything_that_is_held_on_a_number_can_be_had() {
    let app = TestApp::start().await;
    app.call("1", &[], &["Hej, det er Lone fra bageriet"]).await;
    app.call("2", &[("From", "+4571234568")], &["Somebody else entirely"])
        .await;
    let held = app.json("/api/v1/numbers/%2B4571234567").await;
    assert_eq!(held["number"], "+4571234567");
    assert_eq!(held["calls"].as_array().unwrap().len(), 1);
    let text = held.to_string();
    assert!(
        text.contains("Lone fra bageriet") && !text.contains("Somebody else"),
        "{text}"
    );
    // What is signed wrongly in our own name is an alarm, and stands on the desk.
    let forged = app.client.post(app.url("/webhooks/twilio/voice"));
    let forged = forged.header("x-twilio-signature", "bm90IHRydWU=");
    let fields = [("AccountSid", "AC00000000000000000000000000000001")];
    forged.form(&fields).send().await.unwrap();
    let desk = app.get("/").await.text().await.unwrap();
    assert!(desk.contains("refused"), "{desk}");
    let ready = app.get("/health/ready").await.text().await.unwrap();
    assert!(ready.contains("signature"), "{ready}");
    assert_eq!(app.get("/api/v1/numbers/bageriet").await.status(), 400);
}

#[tokio::test]
async fn a_megabyte_and_what_is_no_text_do_no_harm() {
    let app = TestApp::start().await;
    let megabyte = "x".repeat(1024 * 1024);
    assert_eq!(
        app.hook("1", "voice", &[("CallerName", &megabyte)])
            .await
            .status(),
        413
    );
    // As much as fits.
    let much = "ø".repeat(9_000);
    assert_eq!(
        app.hook("2", "voice", &[("CallerName", &much)])
            .await
            .status(),
        200
    );
    assert_eq!(
        app.hook("2", "heard?turn=1", &[("SpeechResult", &much)])
            .await
            .status(),
        200
    );
    let call = app.calls().await.into_iter().next().unwrap();
    assert!(call.caller.name.unwrap().chars().count() <= 200);
    // Bytes that are no UTF-8, in every place; never signed, so refused, and never a 500.
    for path in [
        "/webhooks/twilio/voice?x=%ff%fe",
        "/webhooks/twilio/%ff",
        "/calls/%ff%c0%af",
        "/?q=%ff",
    ] {
        let request = app
            .api(reqwest::Method::POST, path)
            .body(vec![0xff, 0xfe, b'=', 0x80]);
        let status = request
            .header("content-type", "application/x-www-form-urlencoded")
            .send()
            .await
            .unwrap()
            .status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
}
