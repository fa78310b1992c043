//! Bad neighbours: a call is answered all the same. More calls than can be served: `overload`.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portner::call::{ListEntry, ListName, NumberPattern, Origin};
use portner::store::{ListChange, Shelf};
use portner::web::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::disk::House;
use crate::fail_open::{HANGS, Installation, WELL, rings_plainly};
use crate::kill::Fault;
use crate::support::{TestApp, skip};

/// More at once than may be in hand, behind a store that has stopped.
#[tokio::test(flavor = "multi_thread")]
async fn beyond_what_can_be_served_callers_ring_through_at_once() {
    let house = Arc::new(Installation::start().await);
    house.breaks(HANGS);
    let at_once = Arc::new(AtomicUsize::new(0));
    let mut calls = Vec::new();
    for number in 0..1_000_u32 {
        let (house, at_once) = (Arc::clone(&house), Arc::clone(&at_once));
        calls.push(tokio::spawn(async move {
            let began = Instant::now();
            let answer = house
                .hook_of(&format!("CA{number:032x}"), "voice", &[])
                .await;
            assert!(rings_plainly(&answer), "{answer}");
            if began.elapsed() < Duration::from_millis(500) {
                at_once.fetch_add(1, Ordering::SeqCst);
            }
            began.elapsed()
        }));
    }
    for call in calls {
        let took = call.await.unwrap();
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
    assert!(at_once.load(Ordering::SeqCst) >= 500, "{at_once:?}");
    let figures = house.service.metrics().render();
    assert!(
        figures.contains(r#"portner_calls_shed_total{reason="overload"}"#),
        "{figures}"
    );
    // Nobody took such a call: the caller may leave a message.
    let answer = house
        .hook_of(
            &format!("CA{:032x}", 999),
            "dialled?attempt=0",
            &[("DialCallStatus", "no-answer")],
        )
        .await;
    assert!(answer.contains("<Record"), "{answer}");
    house.breaks(WELL);
    for _ in 0..100 {
        let sid = "CAffffffffffffffffffffffffffffffff";
        let answer = house
            .hook_of(sid, "voice", &[("From", "+4570123456")])
            .await;
        if answer.contains("<Gather") && house.service.keeper().unwritten() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The one above may have been shed first; what counts is that all are written down.
    assert_eq!(house.service.keeper().unwritten(), 0);
}

#[tokio::test]
async fn whoever_holds_connections_and_says_nothing_makes_room_for_calls() {
    let app = TestApp::start_with(Limits {
        connections: 50,
        ..Limits::default()
    })
    .await;
    let mut idle = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        if number % 2 == 0 {
            // Half a header is no request either.
            let _ = stream
                .write_all(b"POST /webhooks/twilio/voice HTTP/1.1\r\nho")
                .await;
        }
        idle.push(stream);
    }
    let began = Instant::now();
    let response = app.hook("1", "voice", &[]).await;
    assert_eq!(response.status(), 200);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

/// A request for a file that is long, of which the beginning is read.
async fn begun(app: &TestApp, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: bearer {}\r\n\r\n",
        app.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200", "{path}");
    stream
}

/// Connections that are answered and then say nothing.
async fn others(app: &TestApp) -> Vec<TcpStream> {
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut other = TcpStream::connect(app.address).await.unwrap();
        let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
        other.write_all(request).await.unwrap();
        let mut answer = vec![0; 12];
        other.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 200");
        others.push(other);
    }
    others
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_sent_makes_no_room_until_all_of_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", folder.path().display());
    let few = || Limits {
        connections: 2,
        ..Limits::default()
    };
    // Longer than what lies between the two ends of a connection.
    let backed_up = TestApp::start_on_with(&address, few()).await;
    let marks = (0_u32..4_000).map(|name| (name.to_be_bytes().to_vec(), Some(vec![7; 6_000])));
    let marked = backed_up.store.shelve(Shelf::Marks, marks.collect());
    marked.await.unwrap();
    let exported = TestApp::start_with(few()).await;
    let entry = |number: u32| {
        ListChange::Put(ListEntry {
            list: ListName::Block,
            pattern: NumberPattern::parse(&format!("+45{}", 20_000_000 + number)).unwrap(),
            line: None,
            note: "x".repeat(1_000),
            origin: Origin::Owner,
            added_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
        })
    };
    let listed = exported
        .store
        .change_lists((0..24_000).map(entry).collect());
    listed.await.unwrap();
    for (app, path) in [
        (&backed_up, "/api/v1/backup"),
        (&exported, "/api/v1/lists/block/export"),
    ] {
        let mut file = begun(app, path).await;
        let _idle = others(app).await;
        let mut rest = vec![0; 64 * 1024];
        let mut end = Vec::new();
        while !end.ends_with(b"\r\n0\r\n\r\n") {
            let length = file.read(&mut rest).await.unwrap();
            assert_ne!(length, 0, "{path} broke off");
            end.extend_from_slice(&rest[..length]);
            end.drain(..end.len().saturating_sub(7));
        }
        let began = Instant::now();
        let _idle = others(app).await;
        assert_eq!(file.read(&mut rest).await.unwrap_or(0), 0, "{path}");
        assert!(began.elapsed() < Duration::from_secs(5), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_files_and_does_not_read_them_makes_room_for_calls() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", folder.path().display());
    let limits = Limits {
        connections: 2,
        header: Duration::from_millis(500),
        ..Limits::default()
    };
    let app = TestApp::start_on_with(&address, limits).await;
    let marks = (0_u32..4_000).map(|name| (name.to_be_bytes().to_vec(), Some(vec![7; 6_000])));
    let marked = app.store.shelve(Shelf::Marks, marks.collect());
    marked.await.unwrap();
    let _unread = [
        begun(&app, "/api/v1/backup").await,
        begun(&app, "/api/v1/backup").await,
    ];
    let began = Instant::now();
    assert_eq!(app.hook("1", "voice", &[]).await.status(), 200);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

/// The program may have few files open, as in a container that is held short.
struct FewFiles;

impl Fault for FewFiles {
    fn arm(&self, command: &mut Command) {
        let program = command.get_program().to_owned();
        *command = Command::new("prlimit");
        command.arg("--nofile=96:96").arg(program);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_system_gives_no_more_connections_idle_ones_make_room_for_calls() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skip("holding a program to few open files needs prlimit (util-linux)");
        return;
    }
    let house = House::new();
    let service = house.start_well_on(&FewFiles).await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(TcpStream::connect(service.address).await.unwrap());
    }
    for _ in 0..5 {
        // It looks at how long that takes.
        house.call().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    house.heals().await;
    house.keeps(house.all()).await;
    drop(service);
}

#[tokio::test]
async fn event_streams_are_bounded_and_do_not_keep_calls_out() {
    let app = TestApp::start_with(Limits {
        streams: 3,
        ..Limits::default()
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let stream = app.get("/api/v1/calls/live").await;
        assert_eq!(stream.status(), 200);
        open.push(stream);
    }
    assert_eq!(app.get("/api/v1/calls/live").await.status(), 503);
    assert_eq!(app.hook("1", "voice", &[]).await.status(), 200);
}

#[tokio::test]
async fn two_lengths_are_refused_and_nothing_follows_a_chunked_request() {
    let app = TestApp::start().await;
    let body = "5\r\nhello\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    let both = "content-length: 5\r\ntransfer-encoding: chunked\r\n";
    for (blank, headers, status) in [
        ("", both, "400"),
        ("\r\n\r\n", both, "400"),
        (
            "",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "400",
        ),
        ("", "transfer-encoding: chunked\r\n", ""),
        ("", "transfer-encoding: gzip\r\n", "400"),
        ("", "content-length: 5\r\ncontent-length: 6\r\n", "400"),
        ("", "content-length: -1\r\n", "400"),
    ] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let request = format!(
            "{blank}POST /webhooks/twilio/voice HTTP/1.1\r\nhost: x\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .expect("the connection is closed")
            .ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{headers}: {answer}"
        );
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{headers}: {answer}");
    }
}

#[tokio::test]
async fn headers_are_bounded() {
    let app = TestApp::start().await;
    let many = (0..200)
        .map(|n| format!("x-{n}: y\r\n"))
        .collect::<String>();
    let long = format!("x: {}\r\n", "y".repeat(64 * 1024));
    for headers in [many, long] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let request = format!("GET /health/live HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        // It may close before all is written.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 431");
    }
}

#[tokio::test]
async fn a_storm_of_forged_requests_locks_nobody_out() {
    let app = Arc::new(TestApp::start().await);
    let mut storm = Vec::new();
    for _ in 0..8 {
        let app = Arc::clone(&app);
        storm.push(tokio::spawn(async move {
            for _ in 0..60 {
                let forged = app.client.post(app.url("/webhooks/twilio/voice"));
                let forged = forged.header("x-twilio-signature", "bm90IHRydWU=");
                let response = forged.form(&[("AccountSid", "AC1")]).send().await.unwrap();
                assert!(matches!(response.status().as_u16(), 403 | 429));
            }
        }));
    }
    for storm in storm {
        storm.await.unwrap();
    }
    // The provider, from the very same address.
    let began = Instant::now();
    assert_eq!(app.hook("1", "voice", &[]).await.status(), 200);
    assert!(began.elapsed() < Duration::from_secs(2));
    let desk = app.get("/").await.text().await.unwrap();
    assert!(
        !desk.contains("<section class=\"note trouble\""),
        "a storm of strangers is no trouble of the owner's"
    );
    let figures = app.get("/metrics").await.text().await.unwrap();
    let sources = "portner_refusals_limited_total";
    assert!(figures.contains(sources), "{figures}");
}
