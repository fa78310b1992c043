//! What is written for hosts (the systemd unit, Fly.io) fits what the program reads and writes there.

use std::fs;
use std::path::Path;

fn read(file: &str) -> String {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(house.join(file)).unwrap()
}

/// What a unit says of a name, every time it does.
fn said<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    let of_it = lines.filter(|(said, _)| *said == name);
    of_it.map(|(_, what)| what).collect()
}

#[test]
fn the_unit_serves_where_the_desk_can_save_and_commands_find_everything() {
    let unit = read("docs/systemd/portner.service");
    // The state folder is the only one that its user may write to.
    assert_eq!(said(&unit, "DynamicUser"), ["yes"]);
    assert_eq!(said(&unit, "StateDirectory"), ["portner"]);
    assert_eq!(said(&unit, "WorkingDirectory"), ["/var/lib/portner"]);
    // A file that is named must be there, and a variable of the unit is in no shell.
    assert_eq!(said(&unit, "ExecStart"), ["/usr/local/bin/portner serve"]);
    assert_eq!(said(&unit, "Environment"), [""; 0]);
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
