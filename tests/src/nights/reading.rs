//! What is done with the nights that were stored: reports, comparisons, searches, and what keeps a store in order.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_baseline::ScanId;
use plumbline_coordinator::read::inventory::Inventory;
use plumbline_coordinator::read::search::{About, Answer, Search, Tag};
use plumbline_coordinator::read::{Comparison, History, ScanView, Searched, Sought};
use plumbline_coordinator::store::{Error, Retention, Store};
use tokio::time::Instant;

use super::exchange::NOW;
use super::replayed::Asked;

/// Something that was done: how long it took, and how much it found.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What.
    pub what: String,
    /// How long it took.
    pub took: Duration,
    /// How many it found or wrote.
    pub count: u64,
    /// Of what.
    pub unit: String,
}

fn timed(
    what: &'static str,
    unit: &'static str,
    read: impl FnOnce() -> anyhow::Result<u64>,
) -> anyhow::Result<Reading> {
    let started = Instant::now();
    let count = read().context(what)?;
    Ok(Reading { what: what.to_owned(), took: started.elapsed(), count, unit: unit.to_owned() })
}

/// Reads what there is; `scans` are the nights in their order, `resource` one that changed on the third.
pub(super) fn all(store: &Store, scans: &[ScanId], resource: &str) -> anyhow::Result<Vec<Reading>> {
    let [.., unchanged, changed, last] = scans else { anyhow::bail!("there are three nights at least") };
    Ok(vec![
        timed("all rows, as a report", "rows", || report(store, last))?,
        timed("diff, 1 % changed", "differences", || difference(store, unchanged, changed))?,
        timed("diff, unchanged", "differences", || difference(store, changed, last))?,
        timed("history of one resource", "histories", || {
            Ok(History::open(store)?.of_resource(resource, &Searched::default())?.len() as u64)
        })?,
        timed("resources with a tag", "resources", || search(store, last))?,
        timed("store verify", "jobs", || {
            let verified = store.verify()?;
            ensure!(verified.is_clean(), "{:?}", verified.damage);
            Ok(verified.jobs)
        })?,
    ])
}

/// Asks controls of the last night, on all processors.
pub(super) fn replay(store: &Store, scans: &[ScanId], asked: &Asked) -> anyhow::Result<Reading> {
    let last = scans.last().context("there is a night")?;
    let started = Instant::now();
    let verdicts = asked.replay(store, last)?;
    let took = started.elapsed();
    Ok(Reading {
        what: format!("replay with {} controls of the pack", asked.controls()),
        took,
        count: verdicts.all,
        unit: format!("verdicts ({} pass, {} fail)", verdicts.passed, verdicts.failed),
    })
}

fn report(store: &Store, scan: &ScanId) -> anyhow::Result<u64> {
    let mut rows = 0;
    ScanView::open(store, scan)?.context("the scan is there")?.for_each(|_| {
        rows += 1;
        Ok::<_, Error>(())
    })?;
    Ok(rows)
}

fn difference(store: &Store, one: &ScanId, other: &ScanId) -> anyhow::Result<u64> {
    let comparison = Comparison::open(store, one, other)?.context("the scans are there")?;
    Ok(comparison.for_each(&Sought::default(), |_| Ok::<_, Error>(()))?.differences)
}

fn search(store: &Store, scan: &ScanId) -> anyhow::Result<u64> {
    let tag = Tag::parse("team=payments").context("a tag")?;
    let search = Search { tags: vec![tag], ..Search::default() };
    let inventory = Inventory::of_scan(store, scan)?.context("the scan is there")?;
    let mut found = 0;
    for place in inventory.places() {
        inventory.visit(
            place,
            |_| true,
            |listing| {
                let about = About { declared: None, has_changing: listing.has_changing };
                let is_one = |resource| search.decide(resource, about) == Answer::Yes;
                found += listing.documents.iter().filter(|resource| is_one(resource)).count() as u64;
                Ok::<_, Error>(())
            },
        )?;
    }
    Ok(found)
}

/// Opens a copy of the file that was made while a night was stored: as if its process had been killed then.
pub(super) fn open_as_killed(directory: &Path) -> anyhow::Result<Reading> {
    timed("open, killed in the third night", "scans", || {
        let store = Store::create(directory)?;
        Ok(store.scans()?.len() as u64)
    })
}

/// Takes the oldest night out.
pub(super) async fn prune(store: &Store, nights: u32) -> anyhow::Result<Reading> {
    let plan = store.plan_prune(&Retention { nights: nights - 1, ..Retention::default() })?;
    ensure!(plan.leaving.len() == 1, "one night leaves, not {}", plan.leaving.len());
    let started = Instant::now();
    let progress = store.prune(&plan, NOW).await?;
    let (what, unit) = ("prune the oldest night".to_owned(), "records".to_owned());
    Ok(Reading { what, took: started.elapsed(), count: progress.changes, unit })
}

/// Writes the file again, without what is empty in it.
pub(super) fn compact(directory: &Path) -> anyhow::Result<Reading> {
    timed("compact", "bytes", || Ok(Store::compact(directory)?.bytes))
}
