//! The schedules of the configuration that is handed out as an example: they are understood, fire, and show every key.

use plumbline_schedule::ScheduleSpec;
use plumbline_schedule::spec::{KEYS, Planned, checked};
use serde::Deserialize;

const EXAMPLE: &str = include_str!("../../deploy/plumbline.example.yaml");

/// What of the configuration is about schedules.
#[derive(Deserialize)]
struct Configuration {
    schedules: Vec<ScheduleSpec>,
}

#[test]
fn the_schedules_of_the_example_are_understood() {
    let configuration: Configuration = serde_saphyr::from_str(EXAMPLE).expect("the example is a configuration");
    let planned = checked(&configuration.schedules).expect("the example has no mistakes");
    let names: Vec<&str> = planned.iter().map(|schedule| schedule.rule.name.as_str()).collect();
    assert_eq!(names, ["nightly", "production"]);
    for Planned { rule, deadline, .. } in &planned {
        assert!(deadline.is_some_and(|deadline| deadline > rule.window), "{}", rule.name);
    }
}

#[test]
fn the_example_shows_every_key_of_a_schedule() {
    let schedules = EXAMPLE.split("\nschedules:\n").nth(1).expect("the example has schedules");
    for key in KEYS {
        assert!(schedules.contains(&format!(" {key}:")), "{key}");
    }
}
