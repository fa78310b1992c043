//! The log as a table for spreadsheets: pages of it under one heading.

use reqwest::Method;

use super::part;
use crate::cli::client::Client;

/// As many calls as are wanted, or as there are.
pub(super) async fn read(
    client: &Client,
    query: &[(&'static str, String)],
    most: usize,
) -> anyhow::Result<String> {
    let mut table = String::new();
    let (mut rows, mut before) = (0, None);
    loop {
        let query = part(query, most.saturating_sub(rows), before);
        let request = client.request(Method::GET, "calls").query(&query);
        let answer = client.send(request).await?;
        let next = answer.headers().get("portner-next");
        before = next.and_then(|next| Some(next.to_str().ok()?.to_owned()));
        let page = answer.text().await?;
        rows += csv::Reader::from_reader(page.as_bytes()).records().count();
        let is_first = table.is_empty();
        table.push_str(if is_first {
            &page
        } else {
            without_heading(&page)
        });
        if before.is_none() || rows >= most {
            return Ok(table);
        }
    }
}

/// The rows of a page. Its heading is words of ours, and so it is one line.
fn without_heading(page: &str) -> &str {
    page.split_once('\n').map_or("", |(_, rows)| rows)
}
