//! The alert rules and the dashboard name figures that exist, and places of the handbook that do.

use std::collections::BTreeSet;

const FIGURES: &str = include_str!("../../src/telemetry/metrics/mod.rs");
const ALERTS: &str = include_str!("../../docs/monitoring/alerts.yml");
const DASHBOARD: &str = include_str!("../../docs/monitoring/grafana.json");
const HANDBOOK: &str = include_str!("../../docs/operations.md");

fn named(text: &str) -> BTreeSet<String> {
    text.match_indices("portner_")
        .map(|(at, prefix)| {
            let rest = &text[at + prefix.len()..];
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

#[test]
fn alerts_and_dashboard_name_figures_that_exist() {
    for (file, text) in [("alerts", ALERTS), ("dashboard", DASHBOARD)] {
        let names = named(text);
        assert!(names.len() > 10, "{file}");
        for name in names {
            let base = name
                .trim_end_matches("_bucket")
                .trim_end_matches("_total")
                .trim_end_matches("_seconds");
            let known = [base, name.as_str()]
                .iter()
                .any(|name| FIGURES.contains(&format!("\"{name}\"")));
            assert!(known, "{file}: portner_{name} is no figure");
        }
    }
    serde_json::from_str::<serde_json::Value>(DASHBOARD).expect("the dashboard is JSON");
}

#[test]
fn every_alert_leads_to_a_place_in_the_handbook_and_every_alarm_has_one() {
    let places: BTreeSet<String> = HANDBOOK
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-")
        })
        .collect();
    let count = |what: &str| ALERTS.matches(what).count();
    assert!(count("- alert:") > 15);
    assert_eq!(count("- alert:"), count("runbook: docs/operations.md#"));
    for line in ALERTS.lines().filter(|line| line.contains("runbook:")) {
        let (_, place) = line.split_once('#').expect("a place");
        assert!(places.contains(place), "{place}");
    }
    for kind in portner::telemetry::AlarmKind::ALL {
        assert!(
            places.contains(&kind.to_string()),
            "{kind} is not in the handbook"
        );
    }
}
