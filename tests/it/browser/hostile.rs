//! Whatever callers, contacts and files are called, on every page it is text.

use reqwest::Method;
use serde_json::json;

use super::driver::WIDE;
use super::logged_in;
use crate::support::TestApp;

const NAME: &str = "\"><img src=x onerror=fooled=1><b>Per";
const SAID: &str =
    "</script><script>fooled=1</script> vi sælger <svg onload=fooled=1> mobilabonnement";

#[tokio::test]
async fn names_and_words_full_of_markup_are_text_on_every_page() {
    let app = TestApp::start().await;
    for (call, from) in [("1", "+4540112233"), ("2", "+4540112234")] {
        let more = [("CallerName", NAME), ("From", from)];
        app.call(
            call,
            &more,
            &[
                SAID,
                "til den IT-ansvarlige",
                "Vi ringer til alle virksomheder i området med et godt tilbud",
            ],
        )
        .await;
    }
    app.call(
        "3",
        &[("CallerName", NAME), ("From", "+4540112235")],
        &[SAID],
    )
    .await;
    let put = app.api(Method::PUT, "/api/v1/lists/block/+4540112236");
    put.json(&json!({ "note": NAME })).send().await.unwrap();
    let calls = app.calls().await;
    let decided = calls.iter().find(|call| call.verdict.is_some()).unwrap().id;
    let mark = app.api(Method::POST, &format!("/calls/{decided}/mark"));
    mark.form(&[("judged", "connect")]).send().await.unwrap();
    let browser = logged_in(&app, WIDE).await;
    let search: String = form_urlencoded::byte_serialize(SAID.as_bytes()).collect();
    let first = calls.last().unwrap().id;
    for (path, shows) in [
        ("/".to_owned(), SAID),
        ("/calls".to_owned(), SAID),
        (format!("/calls?text={search}"), SAID),
        (format!("/calls?campaign={first}"), SAID),
        (format!("/calls/{decided}"), SAID),
        (format!("/calls/{decided}/proposals"), NAME),
        ("/lists/block".to_owned(), NAME),
        (format!("/lists/block?q={search}"), ""),
        ("/statistics?days=7".to_owned(), "“"),
        ("/rules/file?path=test.toml".to_owned(), ""),
    ] {
        browser.go(&app.url(&path)).await;
        let text = browser.text("main").await;
        assert!(text.contains(shows), "{path}: {text}");
        let fooled = "return [window.fooled ?? 0, document.querySelectorAll('img[src=x], script:not([src]), main svg[onload]').length]";
        assert_eq!(
            browser.run(fooled, json!([])).await,
            json!([0, 0]),
            "{path}"
        );
    }
    assert!(browser.complaints().await.is_empty());
    browser.close().await;
}

/// What runs script where markup is taken from text: tags, attributes, addresses, ends of what it may
/// stand in, encodings, templates. `X` is the deed.
const TRICKS: [&str; 60] = [
    "<script>X</script>",
    "<ScRiPt>X</sCrIpT>",
    "<script/src=data:,X></script>",
    "<script>/*</script><script>*/X</script>",
    "</script><script>X</script>",
    "</title><script>X</script>",
    "</textarea><script>X</script>",
    "</style><script>X</script>",
    "--><script>X</script><!--",
    "]]><script>X</script>",
    "\"><script>X</script>",
    "'><script>X</script>",
    "`><script>X</script>",
    "<<script>X//<</script>",
    "<img src=x onerror=X>",
    "<img src=x onerror=\"X\">",
    "<img src=\"x\" onerror='X'/>",
    "<img/src=x/onerror=X>",
    "<img src=x:x onerror=X>",
    "<image src=x onerror=X>",
    "<svg onload=X>",
    "<svg/onload=X>",
    "<svg><script>X</script></svg>",
    "<svg><animate onbegin=X attributeName=x dur=1s>",
    "<svg><set onbegin=X attributename=x>",
    "<svg><a href=javascript:X><text y=20>a</text></a></svg>",
    "<svg><use href=data:image/svg+xml,X></svg>",
    "<math><mtext><script>X</script></mtext></math>",
    "<body onload=X>",
    "<input autofocus onfocus=X>",
    "<select autofocus onfocus=X>",
    "<textarea autofocus onfocus=X>",
    "<details open ontoggle=X>",
    "<video src=x onerror=X>",
    "<video><source onerror=X></video>",
    "<audio src=x onerror=X>",
    "<iframe src=javascript:X>",
    "<iframe srcdoc=\"<script>parent.X</script>\">",
    "<object data=javascript:X>",
    "<embed src=javascript:X>",
    "<form><button formaction=javascript:X autofocus>",
    "<a href=javascript:X>a</a>",
    "<a href=\"java\tscript:X\">a</a>",
    "<a href=\"&#106;avascript:X\">a</a>",
    "<base href=javascript:X//>",
    "<meta http-equiv=refresh content=\"0;url=javascript:X\">",
    "<link rel=stylesheet href=data:text/css,X onload=X>",
    "<style onload=X></style>",
    "<style>@import 'javascript:X';</style>",
    "<marquee onstart=X>a</marquee>",
    "<div style=animation-name:x onanimationstart=X>a</div>",
    "<p onpointerenter=X tabindex=1 autofocus onfocus=X>a</p>",
    "\" onfocus=X autofocus x=\"",
    "' onfocus=X autofocus x='",
    "\" onmouseover=\"X",
    "javascript:X",
    "&lt;script&gt;X&lt;/script&gt;",
    "\\u003cscript\\u003eX\\u003c/script\\u003e",
    "{{constructor.constructor('X')()}}${X}#{X}",
    "\u{0}<script\u{c}>X</script>\u{2028}",
];

/// Every trick in every place that others fill, on every page that shows it. `PORTNER_TRICKS` says how many
/// of them (10 where it is not set).
#[tokio::test]
async fn sixty_tricks_in_every_place_that_others_fill_do_nothing_on_any_page() {
    let most = usize::try_from(crate::kill::number_from("PORTNER_TRICKS", 10)).unwrap();
    let step = TRICKS.len().div_ceil(most).max(1);
    let app = TestApp::start().await;
    let tricks = TRICKS.iter().enumerate().step_by(step);
    let tricks = tricks.map(|(nth, trick)| (nth, trick.replace('X', &format!("fooled={nth}"))));
    let mut number = 0;
    for (nth, trick) in tricks {
        number += 1;
        let from = format!("+45401122{nth:02}");
        let places = [
            ("From", from.as_str()),
            ("CallerName", &trick),
            ("FromCity", &trick),
            ("ForwardedFrom", &trick),
            ("StirVerstat", &trick),
            ("SipDomain", &trick),
        ];
        let said = format!("vi sælger mobilabonnement {trick}");
        app.call(
            &nth.to_string(),
            &places,
            &[&said, "til den it ansvarlige", &trick],
        )
        .await;
        let put = app.api(
            Method::PUT,
            &format!("/api/v1/lists/block/+45402233{nth:02}"),
        );
        put.json(&json!({ "note": trick })).send().await.unwrap();
        let rule = format!(
            "version = 1\n[[rule]]\nid = \"t{nth}\"\nname = {0}\ntactic = \"D1\"\nkind = \"sell\"\npoints = 1\nphrases = [\"mobilabonnement\"]\nexamples = []\n",
            json!(trick)
        );
        // A name that TOML or the rules refuse is shown as what is wrong.
        let path = format!("/api/v1/rules/t{nth}.toml");
        app.api(Method::PUT, &path).body(rule).send().await.unwrap();
    }
    let browser = logged_in(&app, WIDE).await;
    let calls = app.calls().await;
    assert_eq!(calls.len(), number);
    let mut pages: Vec<String> = [
        "/",
        "/calls",
        "/lists/block",
        "/rules",
        "/statistics?days=7",
        "/access",
        "/settings",
    ]
    .map(str::to_owned)
    .into();
    pages.extend(calls.iter().map(|call| format!("/calls/{}", call.id)));
    let files = (0..TRICKS.len()).step_by(step);
    pages.extend(files.map(|nth| format!("/rules/file?path=t{nth}.toml")));
    for call in calls.iter().filter(|call| call.verdict.is_some()).take(5) {
        let mark = app.api(Method::POST, &format!("/calls/{}/mark", call.id));
        mark.form(&[("judged", "connect")]).send().await.unwrap();
        pages.push(format!("/calls/{}/proposals", call.id));
    }
    for trick in TRICKS.iter().step_by(step) {
        let asked: String = form_urlencoded::byte_serialize(trick.as_bytes()).collect();
        pages.push(format!("/calls?text={asked}"));
        pages.push(format!(
            "/lists/block?q={asked}&done=saved&of={asked}&offer={asked}"
        ));
        pages.push(format!("/try?words={asked}"));
    }
    for path in &pages {
        browser.go(&app.url(path)).await;
        let found = "return [window.fooled ?? 'nothing', document.querySelectorAll('main script, main iframe, main object, main embed, main base, [src=x], [onerror], [onload], [onfocus], [onbegin], [autofocus][onfocus], a[href^=\"javascript:\" i]').length]";
        assert_eq!(
            browser.run(found, json!([])).await,
            json!(["nothing", 0]),
            "{path}"
        );
    }
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
    println!("{number} tricks on {} pages did nothing", pages.len());
    browser.close().await;
}
