//! The log as it changes.

use std::time::Duration;

use jiff::tz::TimeZone;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::Value;

use super::{Args, Verdict, caller, line};
use crate::call::E164;
use crate::cli::client::Client;
use crate::cli::terminal;

/// Shows calls as they change: server-sent events, one after the other.
pub(super) async fn follow(args: &Args, client: &Client, zone: &TimeZone) -> anyhow::Result<()> {
    let request = client
        .request(Method::GET, "calls/live")
        .header(ACCEPT, "text/event-stream")
        .timeout(Duration::from_secs(365 * 24 * 3600));
    let mut stream = client.send(request).await?;
    terminal::complain("Following the calls; Ctrl-C ends it.");
    let mut unread: Vec<u8> = Vec::new();
    while let Some(bytes) = stream.chunk().await? {
        unread.extend_from_slice(&bytes);
        while let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = unread.drain(..end + 2).collect();
            if let Some(call) = event_call(&String::from_utf8_lossy(&event))
                && is_wanted(args, &call)?
            {
                let text = if args.json {
                    call.to_string()
                } else {
                    line(&call, zone)
                };
                terminal::print(&text)?;
            }
        }
    }
    terminal::complain("The service has stopped.");
    Ok(())
}

/// The call that an event is about.
fn event_call(event: &str) -> Option<Value> {
    let field = |name: &str| {
        let lines = event
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
    };
    (field("event") == "call").then(|| serde_json::from_str(&field("data")).ok())?
}

fn is_wanted(args: &Args, call: &Value) -> anyhow::Result<bool> {
    let caller = args
        .caller
        .as_deref()
        .map(caller)
        .transpose()?
        .map(E164::full);
    let is = |name: &str, wanted: Option<&str>| wanted.is_none_or(|wanted| call[name] == wanted);
    let is_about_a_message = call["verdict"] == "message" || call["disposition"] == "message";
    Ok((is_about_a_message || !args.message)
        && !(args.real && call["simulated"] == true)
        && is("caller", caller.as_deref())
        && is("line", args.line.as_deref())
        && is("verdict", args.verdict.map(Verdict::word)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_events_about_calls_are_calls() {
        let call = event_call("event: call\ndata: {\"id\":\"x\"}\nid: x\n\n").unwrap();
        assert_eq!(call["id"], "x");
        assert_eq!(event_call("event: reload\ndata: 1\n\n"), None);
        assert_eq!(event_call(":\n\n"), None);
    }

    fn typed(words: &[&str]) -> Result<Args, clap::Error> {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("calls"));
        let words = std::iter::once(&"calls").chain(words);
        let matches = command.try_get_matches_from(words)?;
        <Args as clap::FromArgMatches>::from_arg_matches(&matches)
    }

    #[test]
    fn only_real_calls_are_followed_where_nothing_else_is_wanted() {
        let (played, real) = (json!({"simulated": true}), json!({"simulated": false}));
        let all = typed(&["--follow"]).unwrap();
        let only_real = typed(&["--follow", "--real"]).unwrap();
        assert!(is_wanted(&all, &played).unwrap() && is_wanted(&all, &real).unwrap());
        assert!(!is_wanted(&only_real, &played).unwrap());
        assert!(is_wanted(&only_real, &real).unwrap());
    }

    #[test]
    fn what_no_change_of_a_call_tells_is_refused_with_following() {
        for narrowed in [
            ["--text", "ordre"],
            ["--since", "2026-03-01"],
            ["--until", "2026-03-01"],
            ["--mark", "wrong"],
        ] {
            assert!(typed(&narrowed).is_ok(), "{narrowed:?}");
            let refused = typed(&[&["--follow"], &narrowed[..]].concat());
            let kind = refused.map(|_| ()).unwrap_err().kind();
            assert_eq!(kind, clap::error::ErrorKind::ArgumentConflict);
        }
    }
}
