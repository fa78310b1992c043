//! What is written for hosts (Fly.io) fits what the program reads and writes there.

use std::fs;
use std::path::Path;

fn read(file: &str) -> String {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(house.join(file)).unwrap()
}

#[test]
fn no_address_of_somebody_elses_app_is_written_for_fly() {
    let fly = read("fly.toml");
    let settings: Vec<&str> = fly.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(settings.iter().any(|line| line.contains("PORTNER_LISTEN")));
    for line in settings {
        assert!(
            !line.contains("PUBLIC_URL") && !line.contains("fly.dev"),
            "{line}"
        );
    }
}
