//! Lists as files, in and out over the interface for programs.

use portner::call::{LineId, ListEntry, ListName, NumberPattern, Origin};
use portner::store::ListChange;
use portner::transfer;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

const CSV: &str = "text/csv; charset=utf-8";
const VCARD: &str = "text/vcard";
const DAY: &str = "2026-03-02T09:00:00Z";

async fn import(app: &TestApp, query: &str, kind: &str, file: impl Into<Vec<u8>>) -> Response {
    app.api(Method::POST, &format!("/api/v1/lists/import?{query}"))
        .header("content-type", kind)
        .body(file.into())
        .send()
        .await
        .unwrap()
}

async fn taken(app: &TestApp, query: &str, kind: &str, file: impl Into<Vec<u8>>) -> Value {
    let response = import(app, query, kind, file).await;
    assert_eq!(response.status(), 200, "{query}");
    response.json().await.unwrap()
}

async fn listed(app: &TestApp, list: ListName) -> Vec<ListEntry> {
    app.store.entries(list, None, 10_000).await.unwrap()
}

fn numbers(entries: &[ListEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.pattern.full()).collect()
}

fn rows(report: &Value) -> Vec<u64> {
    let refused = report["refused"].as_array().unwrap();
    for one in refused {
        for field in ["reason", "suggestion"] {
            assert_ne!(one[field].as_str().unwrap(), "", "{one}");
        }
    }
    refused
        .iter()
        .map(|one| one["row"].as_u64().unwrap())
        .collect()
}

async fn own_line(app: &TestApp) -> LineId {
    let status = app.json("/api/v1/status").await;
    LineId(status["lines"][0]["id"].as_str().unwrap().to_owned())
}

fn entry(list: ListName, pattern: &str, note: &str) -> ListEntry {
    ListEntry {
        pattern: NumberPattern::parse(pattern).unwrap(),
        list,
        line: None,
        note: note.to_owned(),
        origin: Origin::Import,
        added_at: DAY.parse().unwrap(),
        expires_at: None,
    }
}

async fn put(app: &TestApp, entries: &[ListEntry]) {
    let changes = entries.iter().cloned().map(ListChange::Put).collect();
    app.store.change_lists(changes).await.unwrap();
}

#[tokio::test]
async fn a_table_is_taken_onto_the_lists_that_it_names() {
    let app = TestApp::start().await;
    let file = "Navn;Telefon;Liste;Udløber\r\n\
                Søren;71 23 45 67;;\r\n\
                Sælger;+46 70 123 45 67;bloker;31-12-2026\r\n";
    let report = taken(&app, "list=wanted", CSV, file).await;
    assert_eq!(report, json!({"taken": 2, "replaced": 0, "refused": []}));
    let wanted = listed(&app, ListName::Wanted).await;
    assert_eq!(numbers(&wanted), ["+4571234567"]);
    assert_eq!(
        (wanted[0].note.as_str(), wanted[0].origin, &wanted[0].line),
        ("Søren", Origin::Import, &None)
    );
    assert_eq!(wanted[0].added_at, DAY.parse().unwrap());
    let blocked = listed(&app, ListName::Block).await;
    assert_eq!(numbers(&blocked), ["+46701234567"]);
    assert!(blocked[0].expires_at.is_some());

    // A second time, with a number more.
    let more = format!("{file}Lone;20111111;;\r\n");
    let report = taken(&app, "list=wanted", CSV, more).await;
    assert_eq!(report, json!({"taken": 3, "replaced": 2, "refused": []}));
    assert_eq!(listed(&app, ListName::Wanted).await.len(), 2);
}

#[tokio::test]
async fn a_column_that_is_not_known_is_told_in_the_report() {
    let app = TestApp::start().await;
    let file = "nummer;navn;ophør\n20304055;Per;2020-01-01\n";
    let report = taken(&app, "list=allow", CSV, file).await;
    assert_eq!(
        report,
        json!({"taken": 1, "replaced": 0, "refused": [], "unread": ["ophør"]})
    );
}

#[tokio::test]
async fn refused_rows_are_named_and_the_others_taken() {
    let app = TestApp::start().await;
    let line = own_line(&app).await;
    let file = format!(
        "number,list,line,note\n\
         +4571234567,,,good\n\
         12,allow,,too short\n\
         +4571*,block,,a beginning\n\
         +4520111111,friends,,no list\n\
         +4520222222,allow,moon,no line\n\
         +4520333333,block,{line},good\n\
         +45 71 23 45 67,allow,,again\n\
         +4530*,allow,,a beginning that may ring\n"
    );
    let danish = app
        .api(Method::POST, "/api/v1/lists/import?list=allow&dry_run=true")
        .header("content-type", CSV)
        .header("accept-language", "da-DK")
        .body(file.clone())
        .send()
        .await
        .unwrap();
    let danish: Value = danish.json().await.unwrap();
    let told = danish["refused"][1]["reason"].as_str().unwrap();
    assert!(told.contains("med hånden"), "{danish}");

    let report = taken(&app, "list=allow", CSV, file.clone()).await;
    assert_eq!(report["taken"], 3);
    assert_eq!(rows(&report), [3, 4, 5, 6, 8]);
    let of = |place: usize, field: &str| report["refused"][place][field].as_str().unwrap();
    assert_eq!(of(1, "value"), "+4571*");
    assert!(of(1, "reason").contains("by hand"), "{report}");
    assert!(
        of(1, "suggestion").contains("add block '+4571*'"),
        "{report}"
    );
    assert_eq!(of(3, "value"), "moon");
    assert!(of(3, "suggestion").contains(&line.0), "{report}");
    assert!(of(4, "reason").contains("row 2"), "{report}");
    assert_eq!(
        numbers(&listed(&app, ListName::Allow).await),
        ["+4530*", "+4571234567"]
    );
    let blocked = listed(&app, ListName::Block).await;
    assert_eq!(numbers(&blocked), ["+4520333333"]);
    assert_eq!(blocked[0].line, Some(line));

    // Without a list for all, the first row is refused too.
    let report = taken(&app, "", CSV, file).await;
    assert_eq!(rows(&report), [2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn strict_takes_all_rows_or_none() {
    let app = TestApp::start().await;
    put(&app, &[entry(ListName::Allow, "+4520111111", "as it was")]).await;
    let file = "number,note\n+4520111111,anew\n?,x\n71234567,y\n";
    let before = listed(&app, ListName::Allow).await;
    for query in [
        "list=allow&strict=true",
        "list=allow&strict=true&dry_run=true",
    ] {
        let response = import(&app, query, CSV, file).await;
        assert_eq!(response.status(), 422, "{query}");
        let report: Value = response.json().await.unwrap();
        assert_eq!(report["error"], "unacceptable");
        assert!(report["message"].as_str().unwrap().contains("row 3"));
        assert_eq!(rows(&report), [3]);
        assert_eq!(listed(&app, ListName::Allow).await, before, "{query}");
    }
    let mended = file.replace("?,x\n", "");
    let report = taken(&app, "list=allow&strict=true", CSV, mended).await;
    assert_eq!(report, json!({"taken": 2, "replaced": 1, "refused": []}));
    assert_eq!(listed(&app, ListName::Allow).await[0].note, "anew");
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let app = TestApp::start().await;
    put(&app, &[entry(ListName::Allow, "+4520111111", "")]).await;
    let before = listed(&app, ListName::Allow).await;
    let file = "20111111\n71234567\nx\n";
    let dry = taken(&app, "list=allow&dry_run=true", CSV, file).await;
    assert_eq!((&dry["taken"], &dry["replaced"]), (&json!(2), &json!(1)));
    assert_eq!(rows(&dry), [3]);
    assert_eq!(listed(&app, ListName::Allow).await, before);
    assert_eq!(taken(&app, "list=allow", CSV, file).await, dry);
    assert_eq!(listed(&app, ListName::Allow).await.len(), 2);
}

#[tokio::test]
async fn contacts_are_taken_with_every_number() {
    let app = TestApp::start().await;
    let file = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Per Topp\r\nTEL;TYPE=CELL:71 23 45 67\r\n\
                TEL;TYPE=WORK:+45 20 11 11 11\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Nobody\r\nEND:VCARD\r\n";
    for kind in [VCARD, "Text/vCard; charset=utf-8", "text/x-vcard"] {
        let report = taken(&app, "list=allow", kind, file).await;
        assert_eq!(
            (&report["taken"], rows(&report)),
            (&json!(2), vec![2]),
            "{kind}"
        );
    }
    let allowed = listed(&app, ListName::Allow).await;
    assert_eq!(numbers(&allowed), ["+4520111111", "+4571234567"]);
    assert!(allowed.iter().all(|entry| entry.note == "Per Topp"));
}

#[tokio::test]
async fn country_and_line_count_for_rows_that_name_none() {
    let app = TestApp::start().await;
    let line = own_line(&app).await;
    let report = taken(&app, "list=allow&region=se", CSV, "070-123 45 67\n").await;
    assert_eq!(report["taken"], 1);
    assert_eq!(
        numbers(&listed(&app, ListName::Allow).await),
        ["+46701234567"]
    );

    // With the line, the second row becomes the same as the first.
    let file = format!("number,line\n71234567,{line}\n71234567,\n20111111,\n");
    let report = taken(&app, &format!("list=wanted&line={line}"), CSV, file).await;
    assert_eq!((&report["taken"], rows(&report)), (&json!(2), vec![3]));
    let wanted = listed(&app, ListName::Wanted).await;
    assert_eq!(numbers(&wanted), ["+4520111111", "+4571234567"]);
    assert!(
        wanted
            .iter()
            .all(|entry| entry.line.as_ref() == Some(&line))
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_whole() {
    let app = TestApp::start().await;
    for (query, kind, file, status, word) in [
        ("list=friends", CSV, "71234567\n", 400, "friends"),
        (
            "list=allow&region=Denmark",
            CSV,
            "71234567\n",
            400,
            "region",
        ),
        (
            "list=allow&strict=perhaps",
            CSV,
            "71234567\n",
            400,
            "strict",
        ),
        ("list=allow&stricht=true", CSV, "71234567\n", 400, "stricht"),
        ("list=allow&line=moon", CSV, "71234567\n", 422, "moon"),
        (
            "list=allow",
            "application/json",
            "71234567\n",
            415,
            "text/csv",
        ),
        ("list=allow", "", "71234567\n", 415, "text/vcard"),
        ("list=allow", CSV, " \n", 422, "empty"),
        ("list=allow", CSV, "a,b\nc,d\n", 422, "column"),
    ] {
        let response = import(&app, query, kind, file).await;
        assert_eq!(response.status(), status, "{query} {kind} {file}");
        let problem: Value = response.json().await.unwrap();
        let text = format!("{} {}", problem["message"], problem["hint"]);
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(app.store.counts().await.unwrap().entries, 0);
}

#[tokio::test]
async fn files_go_neither_in_nor_out_without_the_token() {
    let app = TestApp::start().await;
    put(&app, &[entry(ListName::Allow, "+4520111111", "Mette")]).await;
    let address = app.url("/api/v1/lists/import?list=allow");
    let post = app.client.post(address).header("content-type", CSV);
    let response = post.body("71234567\n").send().await.unwrap();
    assert_eq!(response.status(), 401);
    let get = app.client.get(app.url("/api/v1/lists/allow/export"));
    let response = get.send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(!response.text().await.unwrap().contains("Mette"));
    assert_eq!(listed(&app, ListName::Allow).await.len(), 1);
}

#[tokio::test]
async fn large_files_are_taken_and_larger_ones_refused() {
    let app = TestApp::start().await;
    let mut file = String::from("number,note\n");
    for number in 20_000_000..20_005_000 {
        file.push_str(&format!("+45{number},{}\n", "x".repeat(450)));
    }
    assert!(file.len() > 2 * 1024 * 1024, "more than other bodies");
    let report = taken(&app, "list=allow", CSV, file).await;
    assert_eq!((&report["taken"], rows(&report)), (&json!(5_000), vec![]));

    let response = import(&app, "list=allow", CSV, vec![b'1'; transfer::MAX_BYTES + 1]).await;
    assert_eq!(response.status(), 413);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["error"], "too_large");

    // The length that is said is enough to refuse it, so nothing of it is sent.
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /api/v1/lists/import?list=allow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: text/csv\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        app.token,
        transfer::MAX_BYTES + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("split it"), "{answer}");
    assert_eq!(app.store.counts().await.unwrap().entries, 5_000);
}

#[tokio::test]
async fn an_exported_table_holds_no_formulas() {
    let app = TestApp::start().await;
    let note = "=HYPERLINK(\"http://evil\")";
    put(&app, &[entry(ListName::Wanted, "+4520111111", note)]).await;
    let response = app.get("/api/v1/lists/wanted/export").await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/csv"));
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"wanted.csv\""
    );
    assert_eq!(header("cache-control"), "no-store");
    let table = response.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[0], "+4520111111");
    assert!(row.iter().any(|cell| cell == format!("'{note}")), "{row:?}");
    assert!(!row.iter().any(|cell| cell.starts_with('=')), "{row:?}");
    // Read again, it is what it was.
    taken(&app, "", CSV, table).await;
    assert_eq!(listed(&app, ListName::Wanted).await[0].note, note);

    for (path, status) in [
        ("friends/export", 404),
        ("allow/export?format=pdf", 400),
        ("allow/export?colour=red", 400),
    ] {
        let response = app.get(&format!("/api/v1/lists/{path}")).await;
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    let app = TestApp::start().await;
    let line = own_line(&app).await;
    // More than are read and written at once, and prefixes, lines, ends and odd notes among them.
    let mut entries: Vec<ListEntry> = (20_000_000..20_002_100)
        .map(|number| {
            entry(
                ListName::Allow,
                &format!("+45{number}"),
                "Søren; \"A/S\", +1",
            )
        })
        .collect();
    entries.push(entry(ListName::Allow, "+4530*", "a beginning"));
    entries.push(ListEntry {
        line: Some(line),
        expires_at: Some("2026-12-31T23:00:00Z".parse().unwrap()),
        ..entry(ListName::Allow, "+4571234567", "")
    });
    put(&app, &entries).await;
    let kept = listed(&app, ListName::Allow).await;
    assert_eq!(kept.len(), 2_102);
    for (format, kind, name) in [("csv", CSV, "allow.csv"), ("vcard", VCARD, "allow.vcf")] {
        let path = format!("/api/v1/lists/allow/export?format={format}");
        let response = app.get(&path).await;
        assert_eq!(response.status(), 200);
        let disposition = response.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.contains(name), "{disposition}");
        let file = response.text().await.unwrap();
        assert_eq!(
            file.matches("number,list,note").count(),
            usize::from(format == "csv")
        );

        let other = TestApp::start().await;
        let report = taken(&other, "strict=true", kind, file).await;
        assert_eq!(report["taken"], 2_102, "{format}");
        assert_eq!(listed(&other, ListName::Allow).await, kept, "{format}");
    }
    // A list without entries is a file without any.
    let empty = app.get("/api/v1/lists/block/export").await;
    let empty = empty.text().await.unwrap();
    assert_eq!(taken(&app, "", CSV, empty).await["taken"], 0);
}

#[tokio::test]
async fn a_file_alone_blocks_no_beginning_of_numbers_and_an_export_changes_nothing() {
    let app = TestApp::start().await;
    let by_hand = ListEntry {
        origin: Origin::Owner,
        added_at: "2026-02-01T08:00:00Z".parse().unwrap(),
        ..entry(ListName::Block, "+4570*", "sælgere")
    };
    put(&app, &[by_hand]).await;
    let kept = listed(&app, ListName::Block).await;
    let file = app.get("/api/v1/lists/block/export").await;
    let file = file.text().await.unwrap();
    let report = taken(&app, "strict=true", CSV, file.clone()).await;
    assert_eq!(report, json!({"taken": 1, "replaced": 1, "refused": []}));
    assert_eq!(listed(&app, ListName::Block).await, kept);

    // Elsewhere it is only what a file says, until the owner insists; for a line it is another entry.
    let other = TestApp::start().await;
    let line = own_line(&app).await;
    assert_eq!(rows(&taken(&other, "", CSV, file.clone()).await), [2]);
    assert_eq!(
        rows(&taken(&app, &format!("line={line}"), CSV, file.clone()).await),
        [2]
    );
    let foreign = "number,list\n+4571*,block\n";
    assert_eq!(rows(&taken(&other, "insist=true", CSV, foreign).await), [2]);
    assert!(listed(&other, ListName::Block).await.is_empty());
    assert_eq!(taken(&other, "insist=true", CSV, file).await["taken"], 1);
    assert_eq!(listed(&other, ListName::Block).await, kept);
}

#[tokio::test]
async fn a_file_in_pieces_is_the_same_as_whole() {
    let app = TestApp::start().await;
    for piece in ["number\n71234567\n20111111\n", "number\n20222222\nx\n"] {
        // A piece that is sent twice, since its answer was lost, changes nothing further.
        for _ in 0..2 {
            assert_eq!(import(&app, "list=allow", CSV, piece).await.status(), 200);
        }
    }
    assert_eq!(
        numbers(&listed(&app, ListName::Allow).await),
        ["+4520111111", "+4520222222", "+4571234567"]
    );
}
