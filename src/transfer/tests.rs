use proptest::prelude::*;

use super::*;
use crate::call::Language;

fn defaults() -> Defaults {
    Defaults {
        list: Some(ListName::Allow),
        region: "DK".into(),
        time_zone: TimeZone::get("Europe/Copenhagen").unwrap(),
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
    }
}

fn read(format: Format, text: &[u8]) -> Import {
    import(format, text, &defaults()).unwrap()
}

fn numbers(import: &Import) -> Vec<String> {
    import
        .entries
        .iter()
        .map(|entry| entry.pattern.full())
        .collect()
}

#[test]
fn danish_headings_in_any_order_are_known() {
    let text = "Navn;Tlf.;Liste;Udløber;Bemærkning\r\n\
                Søren;71 23 45 67;blokeret;31-12-2026;ringer om el\r\n\
                Lone;+46 70 123 45 67;;;\r\n";
    let read = read(Format::Csv, text.as_bytes());
    assert_eq!(read.refused, []);
    assert_eq!(numbers(&read), ["+4571234567", "+46701234567"]);
    let first = &read.entries[0];
    assert_eq!(
        (first.list, first.note.as_str()),
        (ListName::Block, "Søren, ringer om el")
    );
    assert_eq!(first.origin, Origin::Import);
    // The last day counts whole, in the owner's zone.
    assert_eq!(
        first.expires_at.unwrap().to_string(),
        "2026-12-31T23:00:00Z"
    );
    assert_eq!(read.entries[1].list, ListName::Allow);
}

#[test]
fn an_end_day_is_known_by_its_common_names_and_what_is_not_read_is_told() {
    for heading in ["til", "Til og med", "Gælder til", "until", "To"] {
        let text = format!("nummer;navn;{heading}\n20304055;Per;2027-01-01\n");
        let read = read(Format::Csv, text.as_bytes());
        assert!(read.entries[0].expires_at.is_some(), "{heading}");
        assert_eq!(read.unread, [""; 0], "{heading}");
    }
    let other = read(
        Format::Csv,
        "nummer;ophør;By\n20304055;2020-01-01;\n".as_bytes(),
    );
    assert_eq!(numbers(&other), ["+4520304055"]);
    assert_eq!(other.unread, ["ophør"], "nothing stands in the other one");
}

#[test]
fn every_number_name_and_note_of_a_row_counts() {
    let text = "Navn;Firma;Telefon;Mobil;Note;Kommentar\n\
                Per;Topp VVS;71234567;20111111;kun om dagen;\n\
                Lone;Lone;20222222;;ny;ringer tit\n\
                Bo;;20333333;+45 20 33 33 33;;\n\
                Ida;;;;;\n";
    let read = read(Format::Csv, text.as_bytes());
    let kept: Vec<(String, &str)> = read
        .entries
        .iter()
        .map(|entry| (entry.pattern.full(), entry.note.as_str()))
        .collect();
    let expected = [
        ("+4571234567", "Per, Topp VVS, kun om dagen"),
        ("+4520111111", "Per, Topp VVS, kun om dagen"),
        ("+4520222222", "Lone, ny, ringer tit"),
        ("+4520333333", "Bo"),
    ];
    assert_eq!(kept, expected.map(|(number, note)| (number.into(), note)));
    assert_eq!(read.rows, [2, 2, 3, 4]);
    let refused: Vec<usize> = read.refused.iter().map(|refusal| refusal.row).collect();
    assert_eq!(refused, [5]);
    assert_eq!(read.unread, [""; 0]);
}

#[test]
fn tables_without_headings_tabs_and_old_encodings_are_read() {
    assert_eq!(
        numbers(&read(Format::Csv, b"71234567\n20 11 11 11\n")),
        ["+4571234567", "+4520111111"]
    );
    let tabs = read(Format::Csv, b"S\xf8ren\t71234567\n");
    assert_eq!(tabs.entries[0].note, "Søren");
    let said = read(Format::Csv, b"sep=;\nnumber;note\n71234567;a,b\nx;y\n");
    assert_eq!(said.entries[0].note, "a,b");
    assert_eq!(said.refused[0].row, 4);
}

#[test]
fn each_refused_row_says_where_what_and_why() {
    let text = "number,list,expires\n\
                ,allow,\n\
                12345678,allow,\n\
                \"4,57E+09\",allow,\n\
                +4571234567,maybe,\n\
                +4571234567,allow,2020-01-01\n\
                +4571234567,allow,soon\n\
                +4571*,block,\n\
                +4571234567,allow,\n\
                +45 71 23 45 67,allow,\n";
    let read = read(Format::Csv, text.as_bytes());
    assert_eq!(numbers(&read), ["+4571234567"]);
    assert_eq!(read.rows, [9]);
    let rows: Vec<usize> = read.refused.iter().map(|refusal| refusal.row).collect();
    assert_eq!(rows, [2, 3, 4, 5, 6, 7, 8, 10]);
    assert!(read.refused.iter().all(|refusal| {
        [&refusal.reason, &refusal.suggestion]
            .iter()
            .all(|told| told.told_in(Language::Da) != told.english())
    }));
    assert!(
        read.refused[2].suggestion.english().contains("as text"),
        "{:?}",
        read.refused[2]
    );
    assert!(read.refused[6].reason.english().contains("by hand"));
    assert!(read.refused[7].reason.english().contains("row 9"));
}

#[test]
fn beginnings_that_were_written_by_hand_are_taken_from_a_file_only_if_they_are_the_owners() {
    let by_hand = ListEntry {
        origin: Origin::Owner,
        added_at: "2026-02-01T08:00:00Z".parse().unwrap(),
        ..entry(4_570, false, ListName::Block, "sælgere".into(), None, None)
    };
    let from_a_file = entry(4_571, false, ListName::Block, String::new(), None, None);
    for format in [Format::Csv, Format::VCard] {
        let text = export(format, &[by_hand.clone(), from_a_file.clone()]);
        let first = read(format, text.as_bytes());
        assert_eq!((first.entries.len(), first.refused.len()), (0, 2), "{text}");
        let mut his = first.clone();
        his.take_by_hand(|entry| entry.pattern.full() == "+4570*");
        assert_eq!(his.entries, std::slice::from_ref(&by_hand));
        assert_eq!(his.rows.len(), 1);
        assert_eq!(his.refused.len(), 1);
        assert_eq!(his.refused[0].value, "+4571*");
        let mut not_his = first;
        not_his.take_by_hand(|_| false);
        assert_eq!((not_his.entries.len(), not_his.refused.len()), (0, 2));
    }
}

#[test]
fn what_has_passed_is_copied_and_nothing_comes_from_the_future() {
    let text = "number,list,expires,added,origin\n\
                +4571234567,allow,2020-01-01,2019-01-01T00:00:00Z,owner\n\
                +4520111111,allow,,2099-01-01T00:00:00Z,web\n";
    let read = read(Format::Csv, text.as_bytes());
    assert_eq!(read.refused, []);
    assert!(read.entries[0].expires_at.is_some());
    assert_eq!(read.entries[0].added_at.to_string(), "2019-01-01T00:00:00Z");
    assert_eq!(read.entries[1].added_at, defaults().now);
    assert_eq!(read.entries[1].origin, Origin::Import);
}

#[test]
fn a_quotation_that_is_not_closed_swallows_no_rows_unsaid() {
    let rows = "nummer;note\n71234567;\"a \"\"b\nc\"\n20111111;\"kun om dagen\n20222222;ny\n";
    let whole = read(Format::Csv, b"nummer;note\n71234567;\"a\nb\"");
    assert_eq!((numbers(&whole).len(), whole.refused.len()), (1, 0));
    for end in ["", "\n", "\r\n\r\n"] {
        let text = format!("{rows}20333333;{end}");
        let read = read(Format::Csv, text.as_bytes());
        assert_eq!(numbers(&read), ["+4571234567"]);
        let [refused] = read.refused.as_slice() else {
            panic!("{:?}", read.refused);
        };
        assert_eq!(refused.row, 4);
        assert!(refused.suggestion.english().contains("quotation marks"));
    }
    let headings = read(Format::Csv, b"nummer;\"note\n71234567;a\n");
    assert_eq!(headings.refused.len(), 1);
}

#[test]
fn files_that_are_none_are_refused_whole() {
    assert_eq!(
        import(Format::Csv, b" \n", &defaults()),
        Err(TransferError::Empty)
    );
    assert_eq!(
        import(Format::Csv, b"a,b\nc,d\n", &defaults()),
        Err(TransferError::NoNumbers)
    );
    let long = vec![b'1'; MAX_BYTES + 1];
    assert_eq!(
        import(Format::Csv, &long, &defaults()),
        Err(TransferError::TooLarge(MAX_BYTES + 1))
    );
}

#[test]
fn rows_that_cannot_be_read_count_too() {
    let contact = "BEGIN:VCARD\r\nTEL:71234567\r\nEND:VCARD\r\n";
    // A separator that is half a letter leaves halves of letters.
    let (junk, halved) = ("x\n".repeat(MAX_ROWS), "é\n".repeat(MAX_ROWS));
    for (format, most, one_more) in [
        (Format::VCard, junk.clone(), format!("{junk}x\n")),
        (Format::VCard, junk.clone(), format!("{junk}{contact}")),
        (
            Format::Csv,
            format!("sep=é\n{halved}"),
            format!("sep=é\n{halved}é\n"),
        ),
    ] {
        let read = import(format, most.as_bytes(), &defaults()).unwrap();
        assert_eq!(read.refused.len(), MAX_ROWS);
        assert_eq!(
            import(format, one_more.as_bytes(), &defaults()),
            Err(TransferError::TooManyRows)
        );
    }
}

#[test]
fn every_number_of_a_contact_counts() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Topp;Per;;;\r\nFN:Per Topp\r\n\
                TEL;TYPE=CELL:71 23 45 67\r\nitem1.TEL;TYPE=WORK:+45 20 11 11 11\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Lone\r\nTEL;VALUE=uri:tel:+46-70-123-45-67;ext=1\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:S=C3=B8rensen;Bo\r\nTEL;CELL:20222222\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nEND:VCARD\r\n";
    assert_eq!(Format::of(text.as_bytes()), Format::VCard);
    let read = read(Format::VCard, text.as_bytes());
    assert_eq!(
        numbers(&read),
        ["+4571234567", "+4520111111", "+46701234567", "+4520222222"]
    );
    let notes: Vec<&str> = read
        .entries
        .iter()
        .map(|entry| entry.note.as_str())
        .collect();
    assert_eq!(notes, ["Per Topp", "Per Topp", "Lone", "Bo Sørensen"]);
    assert_eq!(read.refused.len(), 1);
    assert_eq!(read.refused[0].row, 4);
}

#[test]
fn no_cell_is_a_formula() {
    let entry = ListEntry {
        note: "=HYPERLINK(\"http://x\")".into(),
        ..entry(
            4_571_234_567,
            true,
            ListName::Allow,
            String::new(),
            None,
            None,
        )
    };
    let text = export(Format::Csv, &[entry]);
    assert!(text.contains("\"'=HYPERLINK("), "{text}");
    assert!(text.contains("\r\n+4571234567,"), "{text}");
    for formula in [
        "=1+1",
        " =1+1",
        "+cmd|' /C calc'!A0",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        "'=1",
    ] {
        assert_eq!(guarded(formula), format!("'{formula}"));
    }
    for text in ["+4571234567", "Per Topp", "", "a=b"] {
        assert_eq!(guarded(text), text);
    }
}

fn entry(
    number: u64,
    exact: bool,
    list: ListName,
    note: String,
    line: Option<String>,
    expires: Option<i64>,
) -> ListEntry {
    let star = if exact { "" } else { "*" };
    ListEntry {
        pattern: NumberPattern::parse(&format!("+{number}{star}")).unwrap(),
        list,
        line: line.map(LineId),
        note,
        origin: Origin::Import,
        added_at: defaults().now,
        expires_at: expires.map(|seconds| Timestamp::from_second(seconds).unwrap()),
    }
}

fn any_entry() -> impl Strategy<Value = ListEntry> {
    let note =
        "[-=+@'\"\\\\,;:a-zæøå€🎺 .*]{0,120}".prop_map(|note: String| note.trim().to_owned());
    let line = proptest::option::of("[a-z][a-z-]{0,10}");
    let expires = proptest::option::of(1_800_000_000_i64..4_000_000_000);
    let added = (0..Origin::ALL.len(), 1_000_000_000_i64..1_700_000_000);
    (
        10_000_u64..1_000_000_000_000_000,
        any::<bool>(),
        0..3_usize,
        note,
        line,
        expires,
        added,
    )
        .prop_map(|(number, exact, list, note, line, expires, (origin, at))| {
            let list = ListName::ALL[list];
            let exact = exact || list == ListName::Block;
            ListEntry {
                origin: Origin::ALL[origin],
                added_at: Timestamp::from_second(at).unwrap(),
                ..entry(number, exact, list, note, line, expires)
            }
        })
}

proptest! {
    #[test]
    fn what_export_writes_import_reads(entries in proptest::collection::vec(any_entry(), 1..20)) {
        let mut once: Vec<ListEntry> = Vec::new();
        for entry in entries {
            let same = |one: &ListEntry| (one.list, one.pattern, &one.line) == (entry.list, entry.pattern, &entry.line);
            if !once.iter().any(same) {
                once.push(entry);
            }
        }
        for format in [Format::Csv, Format::VCard] {
            let text = export(format, &once);
            prop_assert_eq!(Format::of(text.as_bytes()), format);
            let read = read(format, text.as_bytes());
            prop_assert_eq!(&read.refused, &[]);
            prop_assert_eq!(&read.entries, &once, "{}", text);
        }
    }

    #[test]
    fn nothing_that_is_read_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), vcard: bool) {
        let mut file = if vcard { b"BEGIN:VCARD\r\nTEL:".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _ = import(Format::of(&file), &file, &defaults());
    }
}

#[test]
fn rows_are_counted_as_an_editor_counts_them() {
    let files = [
        "nummer\n\n12\n+4571234567\nx\n",
        "nummer\r\n\r\n12\r\n+4571234567\r\nx\r\n",
    ];
    for file in files {
        let read = import(Format::Csv, file.as_bytes(), &defaults()).unwrap();
        let rows: Vec<usize> = read.refused.iter().map(|refusal| refusal.row).collect();
        assert_eq!(rows, [3, 5], "{file:?}");
    }
}
