//! What nights find: accounts with two Regions each, and what changes in them from one night to the next.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::{Document, Listing, Row, Status};
use plumbline_proto::chunk::Item;

use super::chance::Chance;

/// Accounts: histories have the first two.
pub(super) const ACCOUNTS: [&str; 8] = [
    "111122223333",
    "444455556666",
    "555566667777",
    "666677778888",
    "777788889999",
    "888899990000",
    "999900001111",
    "999911112222",
];
/// Accounts and Regions of histories.
const PLACES: usize = 4;
/// The Regions of each.
pub(super) const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
/// The types.
pub(super) const TYPES: [&str; 3] = ["AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"];
/// The controls, each on all types.
pub(super) const CONTROLS: [&str; 2] = ["encrypted", "private"];
/// Why a listing is not complete.
pub(super) const UNREAD: &str = r#"{"$unread":{"reason":"access_denied","operation":"List","detail":""}}"#;

/// What a job finds of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether that is all of it.
    pub(super) is_complete: bool,
    /// Resources by number: their version, from which all else follows.
    pub(super) resources: BTreeMap<usize, usize>,
}

/// What a job finds, by type; none when it is given up.
pub(super) type JobFound = Option<BTreeMap<usize, Found>>;

/// What a scan finds.
#[derive(Clone, Debug)]
pub(super) struct Night {
    /// The scan's id.
    pub(super) id: String,
    /// When it started.
    pub(super) started: String,
    /// Whether it asks the first control only.
    pub(super) is_limited: bool,
    /// By account and Region, Regions of one account together.
    pub(super) jobs: Vec<JobFound>,
}

impl Night {
    /// The controls that it asks.
    pub(super) fn controls(&self) -> &'static [&'static str] {
        if self.is_limited { &CONTROLS[..1] } else { &CONTROLS }
    }
}

/// What a control says of a version.
pub(super) fn status(version: usize, control: usize) -> Status {
    [Status::Pass, Status::Fail, Status::Unknown, Status::NotApplicable][(version + control) % 4]
}

/// Why.
pub(super) fn reason(status: Status) -> &'static str {
    match status {
        Status::Unknown => "access_denied: GetPolicy",
        Status::NotApplicable => "excluded: by hand",
        _ => "",
    }
}

/// The id of a resource.
pub(super) fn resource(job: usize, of: usize, number: usize) -> String {
    let (account, region) = (ACCOUNTS[job / REGIONS.len()], REGIONS[job % REGIONS.len()]);
    let service = TYPES[of].split("::").nth(1).unwrap_or_default().to_lowercase();
    format!("arn:aws:{service}:{region}:{account}:r-{number:04}")
}

/// The document of a version, in canonical form.
pub(super) fn document(version: usize) -> String {
    format!(r#"{{"Tags":{{"version":"{version}"}},"Version":{version}}}"#)
}

/// What changes by itself of a version.
pub(super) fn changing(version: usize, night: usize) -> String {
    format!(r#"{{"Used":{}}}"#, 100 * night + version)
}

/// All that a job of a night finds, as an agent has it; `number` is the night's.
pub(super) fn items(found: &BTreeMap<usize, Found>, job: usize, night: &Night, number: usize) -> Vec<Item> {
    let mut items = Vec::new();
    for (&of, Found { is_complete, resources }) in found {
        let r#type = TYPES[of].to_owned();
        let unread = if *is_complete { String::new() } else { UNREAD.to_owned() };
        items.push(Item::Listing(Listing { r#type: r#type.clone(), unread }));
        for (&resource_number, &version) in resources {
            let id = resource(job, of, resource_number);
            if !night.is_limited {
                items.push(Item::Document(Document {
                    r#type: r#type.clone(),
                    id: id.clone(),
                    content: document(version).into_bytes(),
                    volatile: changing(version, number).into_bytes(),
                }));
            }
            items.extend(night.controls().iter().enumerate().map(|(control, name)| {
                let status = status(version, control);
                Item::Row(Row {
                    control: (*name).to_owned(),
                    status: status as i32,
                    reason: reason(status).to_owned(),
                    resource: id.clone(),
                    resource_type: r#type.clone(),
                    ..Row::default()
                })
            }));
        }
    }
    items
}

/// Three nights, the second one followed by a scan of one control: nothing changes in one place, a little in another, a
/// type goes and comes back, a listing is cut off, a job is given up.
pub(super) fn nights(seed: u64, resources: usize) -> Vec<Night> {
    let mut chance = Chance::new(seed);
    let first: Vec<BTreeMap<usize, Found>> =
        (0..PLACES).map(|_| (0..TYPES.len()).map(|of| (of, all(resources, &mut chance))).collect()).collect();
    let mut second = first.clone();
    change(&mut second[1], &mut chance);
    second[2].remove(&1);
    change(&mut second[3], &mut chance);
    cut_off(&mut second[3], &mut chance);
    let mut limited = second.clone();
    for found in limited.iter_mut().flat_map(BTreeMap::values_mut) {
        found.is_complete = true;
    }
    // What was listed in part is listed whole here, and so is all that was known.
    limited[3].clone_from(&first[3]);
    limited[2].clone_from(&first[2]);
    limited.iter_mut().take(2).for_each(|found| vary(found, &mut chance));
    let mut third = first.clone();
    third[0].clone_from(&second[0]);
    third.iter_mut().for_each(|found| change(found, &mut chance));
    let night = |id: &str, day: usize, is_limited, jobs: Vec<BTreeMap<usize, Found>>| Night {
        id: id.to_owned(),
        started: format!("2026-01-{day:02}T02:00:00Z"),
        is_limited,
        jobs: jobs.into_iter().map(Some).collect(),
    };
    let mut nights = vec![
        night("NIGHT1", 1, false, first),
        night("NIGHT2", 2, false, second),
        night("NIGHT2LIMITED", 2, true, limited),
        night("NIGHT3", 3, false, third),
    ];
    nights[3].jobs[1] = None;
    nights
}

/// A night by its number, with one job in each account and Region, whatever the nights before it were: one job in twelve is
/// given up, one listing in six is cut off.
pub(super) fn night(seed: u64, number: usize) -> Night {
    let mut chance = Chance::new(seed.wrapping_add(number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let jobs = (0..ACCOUNTS.len() * REGIONS.len()).map(|_| {
        let is_given_up = chance.one_in(12);
        let found = (0..TYPES.len()).map(|of| (of, some(&mut chance))).collect();
        (!is_given_up).then_some(found)
    });
    Night {
        id: format!("NIGHT{number:06}"),
        started: "2026-01-01T02:00:00Z".to_owned(),
        is_limited: false,
        jobs: jobs.collect(),
    }
}

/// Most of six resources.
fn some(chance: &mut Chance) -> Found {
    let mut resources = BTreeMap::new();
    for number in 0..6 {
        if !chance.one_in(8) {
            resources.insert(number, chance.below(4));
        }
    }
    Found { resources, is_complete: !chance.one_in(6) }
}

fn all(resources: usize, chance: &mut Chance) -> Found {
    let resources = (0..resources).map(|number| (number, chance.below(4))).collect();
    Found { is_complete: true, resources }
}

/// Some are others, one is gone, one is new.
fn change(found: &mut BTreeMap<usize, Found>, chance: &mut Chance) {
    vary(found, chance);
    for Found { resources, .. } in found.values_mut() {
        let count = resources.len();
        if count > 2 {
            resources.remove(&chance.below(count));
        }
        resources.insert(1_000 + chance.below(4), chance.below(4));
    }
}

/// About one in five is another one.
fn vary(found: &mut BTreeMap<usize, Found>, chance: &mut Chance) {
    for version in found.values_mut().flat_map(|found| found.resources.values_mut()) {
        if chance.one_in(5) {
            *version = (*version + 1 + chance.below(3)) % 4;
        }
    }
}

/// A listing ends after its first half.
fn cut_off(found: &mut BTreeMap<usize, Found>, chance: &mut Chance) {
    if let Some(cut) = found.get_mut(&chance.below(TYPES.len())) {
        cut.is_complete = false;
        let half = cut.resources.len() / 2;
        cut.resources = cut.resources.iter().take(half.max(1)).map(|(number, version)| (*number, *version)).collect();
    }
}
