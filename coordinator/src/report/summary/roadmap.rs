//! How far the organization is along the handbook, as `summary.json` has it. Units and accounts stand in `roadmap.ndjson`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::roadmap;

/// The organization.
#[derive(Serialize)]
pub(super) struct Roadmap<'a> {
    level: u8,
    level_once_confirmed: u8,
    processes: u64,
    states: BTreeMap<&'static str, u64>,
    attested: u64,
    accounts_by_level: &'a [u64],
    places: u64,
    places_done: u64,
    steps: u64,
    steps_done: u64,
    next: Vec<Next<'a>>,
}

#[derive(Serialize)]
struct Next<'a> {
    process: &'a str,
    step: &'a str,
    title: &'a str,
    action: &'static str,
    accounts: u64,
    controls: Vec<Control<'a>>,
    value: f64,
    sum: &'a str,
    after: &'a [String],
}

#[derive(Serialize)]
struct Control<'a> {
    control: &'a str,
    severity: &'static str,
    accounts: u64,
}

/// What is kept of a night.
#[derive(Serialize)]
pub(super) struct Figures {
    level: u8,
    processes: u64,
    processes_done: u64,
    places: u64,
    places_done: u64,
    steps: u64,
    steps_done: u64,
}

impl<'a> From<&'a roadmap::Roadmap> for Roadmap<'a> {
    fn from(of: &'a roadmap::Roadmap) -> Self {
        let mut states = BTreeMap::new();
        for (state, _, count) in of.levels.iter().flat_map(|level| &level.states) {
            *states.entry(*state).or_default() += count;
        }
        Self {
            level: of.level,
            level_once_confirmed: of.level_once_confirmed,
            processes: of.figures.processes,
            states,
            attested: of.attested,
            accounts_by_level: &of.accounts_by_level,
            places: of.figures.places,
            places_done: of.figures.places_done,
            steps: of.figures.steps,
            steps_done: of.figures.steps_done,
            next: of.next.iter().map(Next::from).collect(),
        }
    }
}

impl<'a> From<&'a roadmap::Next> for Next<'a> {
    fn from(of: &'a roadmap::Next) -> Self {
        let control = |(control, severity, accounts): &'a (String, &'static str, u64)| Control {
            control,
            severity,
            accounts: *accounts,
        };
        Self {
            process: &of.process,
            step: &of.step,
            title: &of.title,
            action: of.action,
            accounts: of.accounts,
            controls: of.controls.iter().map(control).collect(),
            value: of.value,
            sum: &of.sum,
            after: &of.after,
        }
    }
}

impl From<roadmap::Figures> for Figures {
    fn from(of: roadmap::Figures) -> Self {
        let roadmap::Figures { level, processes_done, processes, places_done, places, steps_done, steps } = of;
        Self { level, processes, processes_done, places, places_done, steps, steps_done }
    }
}
