//! A made-up organization: what each of its jobs finds on each night, from a seed.
//!
//! An account has about a thousand resources: some of the whole account, most in its main Region, some in a second one, and
//! what AWS puts into each of fifteen that nobody uses.

use std::collections::BTreeMap;

use anyhow::Context;
use plumbline_baseline::Doc;
use plumbline_proto::agent_v1::{Document, Listing, Row};
use plumbline_proto::chunk::Item;
use plumbline_tree::{self as tree, Builder, Grounds, Nodes};

use super::fill::{Filling, mix, word};
use super::templates::{self, Template};
use super::verdicts::{not_applicable, row};

const SEED: u64 = 0x09;
/// Of a thousand resources, how many change in one member on a night that changes something, and how many are replaced.
const CHANGED: u64 = 8;
const REPLACED: u64 = 2;
/// One of so many controls is about the account and Region as a whole.
const ABOUT_SCOPE: usize = 13;
/// `aws-global` first, then the main Region, then the second one.
const REGIONS: [&str; 18] = [
    "aws-global",
    "eu-west-1",
    "us-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Jobs that each account has.
pub(super) const JOBS_AN_ACCOUNT: usize = REGIONS.len();

/// The organization.
pub(super) struct Corpus {
    templates: Vec<Template>,
    pub(super) controls: Vec<Control>,
    accounts: usize,
}

/// A control, and what it is about.
pub(super) struct Control {
    pub(super) id: String,
    /// A type by its place; `None` for the account and Region as a whole.
    about: Option<usize>,
}

/// One account and Region, the job of a night.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) account: usize,
    region: usize,
}

/// A night: its number, and how many nights so far changed something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Night {
    pub(super) number: u64,
    pub(super) changes: u64,
}

/// What a job finds.
pub(super) struct Findings {
    pub(super) nodes: Nodes,
    pub(super) resources: u64,
    pub(super) rows: u64,
    /// Bytes of the documents.
    pub(super) bytes: u64,
}

/// One resource as it is on a night.
struct Resource<'a> {
    filling: Filling<'a>,
    /// The last of the changing nights that changed it.
    change: Option<u64>,
}

impl Place {
    pub(super) fn region(self) -> &'static str {
        REGIONS[self.region]
    }
}

impl Corpus {
    /// About so many resources, and so many controls.
    pub(super) fn new(resources: usize, controls: usize) -> anyhow::Result<Self> {
        let templates = templates::all()?;
        let an_account: usize =
            templates.iter().map(|each| each.counts[0] + each.counts[1] + each.counts[2] * (REGIONS.len() - 3)).sum();
        let accounts = ((resources + an_account / 2) / an_account).max(1);
        let control = |number: usize| {
            let about = (number % ABOUT_SCOPE != ABOUT_SCOPE - 1).then_some(number % templates.len());
            let service = about.map_or("account", |of| templates[of].type_name).to_ascii_lowercase();
            let service = service.split("::").nth(1).unwrap_or(&service).to_owned();
            let [one, other] = [1, 2].map(|salt| word(mix(number as u64, salt)));
            Control { id: format!("{service}-{one}-{other}-{number}"), about }
        };
        let controls = (0..controls).map(control).collect();
        Ok(Self { templates, controls, accounts })
    }

    /// The types, by CloudFormation's names.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &'static str> {
        self.templates.iter().map(|template| template.type_name)
    }

    /// The ids of the accounts.
    pub(super) fn accounts(&self) -> impl Iterator<Item = String> {
        (0..self.accounts).map(account_id)
    }

    /// What jobs a night has.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        (0..self.accounts).flat_map(|account| (0..REGIONS.len()).map(move |region| Place { account, region }))
    }

    /// The Regions.
    pub(super) fn regions() -> impl Iterator<Item = &'static str> {
        REGIONS[1..].iter().copied()
    }

    /// The controls that run in a place, by their numbers.
    pub(super) fn controls_in(&self, place: Place) -> Vec<u32> {
        let runs = |control: &Control| match control.about {
            Some(of) => self.templates[of].is_global == (place.region == 0),
            None => place.region != 0,
        };
        (0..).zip(&self.controls).filter(|(_, control)| runs(control)).map(|(number, _)| number).collect()
    }

    /// What the job of a place finds, as an agent puts it together.
    pub(super) fn result(&self, place: Place, night: Night) -> anyhow::Result<Findings> {
        let account = account_id(place.account);
        let mut by_control: BTreeMap<Option<usize>, Vec<&Control>> = BTreeMap::new();
        for number in self.controls_in(place) {
            let control = &self.controls[number as usize];
            by_control.entry(control.about).or_default().push(control);
        }
        let mut found = Found::default();
        for control in by_control.remove(&None).unwrap_or_default() {
            found.row(row(&control.id, seed_of(place, usize::MAX, 0), "", ""));
        }
        for (of, template) in self.templates.iter().enumerate() {
            let controls = by_control.remove(&Some(of)).unwrap_or_default();
            if template.is_global != (place.region == 0) {
                continue;
            }
            found.items.push(Item::Listing(Listing { r#type: template.type_name.to_owned(), unread: String::new() }));
            let count = count(template, place);
            for index in 0..count {
                let resource = resource(template, &account, place, (of, index), night);
                found.resource(template, &resource, &controls)?;
            }
            if count == 0 {
                controls.iter().for_each(|control| found.row(not_applicable(&control.id, template.type_name)));
            }
        }
        Ok(found.finish())
    }

    /// Resources that are new, or others than on the nights before.
    pub(super) fn changed(&self, place: Place, night: Night) -> Vec<String> {
        let account = account_id(place.account);
        let mut changed = Vec::new();
        for (of, template) in self.templates.iter().enumerate() {
            if template.is_global != (place.region == 0) {
                continue;
            }
            for index in 0..count(template, place) {
                let resource = resource(template, &account, place, (of, index), night);
                changed.extend((resource.change == Some(night.changes)).then_some(resource.filling.id));
            }
        }
        changed
    }
}

/// What is found, item by item.
#[derive(Default)]
struct Found {
    items: Vec<Item>,
    resources: u64,
    rows: u64,
    bytes: u64,
}

impl Found {
    fn row(&mut self, row: Row) {
        self.rows += 1;
        self.items.push(Item::Row(row));
    }

    fn resource(&mut self, template: &Template, resource: &Resource<'_>, controls: &[&Control]) -> anyhow::Result<()> {
        let filling = &resource.filling;
        let content = canonical(&filling.fill(template.document))?;
        let volatile = match template.volatile {
            "" => Vec::new(),
            volatile => canonical(&filling.fill(volatile))?,
        };
        (self.resources, self.bytes) = (self.resources + 1, self.bytes + content.len() as u64);
        let (of, id) = (template.type_name.to_owned(), filling.id.clone());
        self.items.push(Item::Document(Document { r#type: of, id, content, volatile }));
        for (place, control) in controls.iter().enumerate() {
            // Of five that changed, one is judged otherwise by one control.
            let flips = place == 0 && filling.version.is_multiple_of(5) && resource.change.is_some();
            let seed = if flips { mix(filling.seed, filling.version) } else { filling.seed };
            self.row(row(&control.id, seed, &filling.id, template.type_name));
        }
        Ok(())
    }

    fn finish(self) -> Findings {
        let mut builder = Builder::new(Grounds::Findings);
        builder.extend(self.items);
        Findings { nodes: builder.finish(), resources: self.resources, rows: self.rows, bytes: self.bytes }
    }
}

fn canonical(json: &str) -> anyhow::Result<Vec<u8>> {
    let document = Doc::from_json(json).with_context(|| format!("a template is no JSON: {json}"))?;
    Ok(tree::write(&document))
}

fn account_id(number: usize) -> String {
    (100_000_000_000 + mix(SEED, number as u64) % 900_000_000_000).to_string()
}

fn count(template: &Template, place: Place) -> usize {
    template.counts[place.region.saturating_sub(1).min(2)]
}

fn seed_of(place: Place, of: usize, index: usize) -> u64 {
    [place.account, place.region, of, index].iter().fold(SEED, |seed, part| mix(seed, *part as u64))
}

/// One resource: what became of it until a night.
fn resource<'a>(
    template: &Template,
    account: &'a str,
    place: Place,
    (of, index): (usize, usize),
    night: Night,
) -> Resource<'a> {
    let born = seed_of(place, of, index);
    let (mut seed, mut version, mut change) = (born, born, None);
    for on in 1..=night.changes {
        match mix(born, 1_000 + on) % 1_000 {
            // Never the value that it had.
            roll if roll < CHANGED => (version, change) = (version.wrapping_add(1 + roll), Some(on)),
            roll if roll < CHANGED + REPLACED => {
                seed = mix(seed, on);
                (version, change) = (seed, Some(on));
            }
            _ => {}
        }
    }
    let mut filling = Filling {
        place: seed_of(place, 0, usize::MAX),
        account,
        region: place.region(),
        index,
        seed,
        version,
        tonight: mix(seed, 10_000 + night.number),
        id: String::new(),
    };
    filling.id = filling.fill(template.id);
    Resource { filling, change }
}
