//! Webhooks over HTTP: from the provider only, within bounds, answered in its language.

use std::time::Duration;

use portner::call::Treatment;
use portner::web::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

#[tokio::test]
async fn a_signed_call_goes_from_ring_to_verdict() {
    let app = TestApp::start().await;
    let response = app.hook("1", "voice", &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/xml; charset=utf-8"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let greeting = response.text().await.unwrap();
    assert!(greeting.contains("<Gather"), "{greeting}");
    let answers = [
        "Hej, taler jeg med den IT-ansvarlige?",
        "Det handler om et mobilabonnement",
        "Vi ringer til alle virksomheder i området med et godt tilbud",
    ];
    app.call("1", &[], &answers).await;
    let calls = app.calls().await;
    assert_eq!(calls.len(), 1);
    let verdict = calls[0].verdict.as_ref().expect("a verdict fell");
    assert_eq!(verdict.treatment, Treatment::Reject, "{verdict:?}");
    let story = app.json(&format!("/api/v1/calls/{}", calls[0].id)).await;
    assert_eq!(story["call"]["verdict"]["treatment"], "reject");
    assert_eq!(story["markup"][0]["body"], greeting);
    assert!(
        story["sentences"]["en"]
            .as_str()
            .unwrap()
            .starts_with("Turned away.")
    );
    app.hook("1", "status", &[("CallStatus", "completed")])
        .await;
    assert!(app.calls().await[0].is_over());
}

#[tokio::test]
async fn what_is_not_signed_is_refused_and_leaves_nothing() {
    let app = TestApp::start().await;
    let forged = app
        .client
        .post(app.url("/webhooks/twilio/voice"))
        .header("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
        .form(&[
            ("AccountSid", "AC00000000000000000000000000000001"),
            ("CallSid", "CA1"),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403);
    assert_eq!(forged.text().await.unwrap(), "");
    assert!(app.calls().await.is_empty());
    let counted = app.get("/metrics").await.text().await.unwrap();
    let line = "portner_signatures_refused_total{provider=\"twilio\"} 1";
    assert!(counted.lines().any(|own| own == line), "{counted}");
}

#[tokio::test]
async fn only_what_providers_send_is_taken() {
    let app = TestApp::start().await;
    let post = |path: &str, size: usize| {
        let request = app.client.post(app.url(path)).body(vec![b'x'; size]);
        async move { request.send().await.unwrap() }
    };
    let too_large = post("/webhooks/twilio/voice", 64 * 1024 + 1).await;
    assert_eq!(too_large.status(), 413);
    assert_eq!(too_large.text().await.unwrap(), "");
    assert_eq!(
        post("/webhooks/twilio/voice", 64 * 1024).await.status(),
        403
    );
    assert_eq!(post("/webhooks/nobody/voice", 1).await.status(), 404);
    let put = app.client.put(app.url("/webhooks/twilio/voice")).send();
    assert_eq!(put.await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_body_without_a_length_is_bounded_too() {
    let app = TestApp::start().await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head =
        "POST /webhooks/twilio/voice HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 32 * 1024, "x".repeat(32 * 1024));
    for _ in 0..3 {
        // The server may close before all of it is sent.
        let _ = stream.write_all(chunk.as_bytes()).await;
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn whoever_is_slow_is_not_waited_for() {
    let app = TestApp::start_with(Limits {
        header: Duration::from_millis(200),
        body: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    let mut slow_header = TcpStream::connect(app.address).await.unwrap();
    slow_header
        .write_all(b"GET / HTTP/1.1\r\nho")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), slow_header.read_to_end(&mut rest));
    closed.await.expect("the connection is closed").ok();

    let mut slow_body = TcpStream::connect(app.address).await.unwrap();
    let head = "POST /webhooks/twilio/voice HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx";
    slow_body.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    slow_body.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn beyond_the_limit_connections_wait_for_room() {
    let app = TestApp::start_with(Limits {
        connections: 1,
        header: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let _idle = TcpStream::connect(app.address).await.unwrap();
    let live = app
        .client
        .get(app.url("/health/live"))
        .send()
        .await
        .unwrap();
    assert_eq!(live.status(), 200);
}
